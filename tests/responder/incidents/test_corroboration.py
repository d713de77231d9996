"""Reasons for and against: what they rest on, and that they never decide."""

import random
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from rapidfuzz import process

from responder.incidents import corroboration
from responder.models import Post
from tests.responder.incidents import pairs

DENIALS = Path(__file__).with_name("denials.tsv")
BEGAN = datetime(2026, 3, 1, tzinfo=UTC)


def post(text, author="", key=None, **columns):
    return Post(
        pk=hash((text, author)) % 10**6, text=text, author_handle=author, source="wire", text_key=key or text, **columns
    )


@pytest.mark.parametrize(
    ("text", "author", "kinds"),
    [
        ("I can see the water in my street", "ana", {"eyewitness"}),
        ("Nossa rua está cheia de água", "ana", {"eyewitness"}),
        ("Road closed", "PoliceBeira", {"official"}),
        ("According to the ministry the dam holds", "ana", {"official", "media"}),
        ("Flood reaches town", "radio_sofala", {"media"}),
        ("Our volunteers bring blankets", "ana", {"organisation"}),
        ("Water is needed", "ana", set()),
    ],
)
def test_posts_read_like_kinds_of_sources(text, author, kinds):
    assert corroboration.kinds_of(post(text, author)) == kinds


def test_copies_and_repetitions_are_one_voice():
    copies = [post("Bridge gone", f"a{n}", key="same") for n in range(5)]
    one_author = [post(f"Bridge gone {n}", "a") for n in range(5)]
    for posts in (copies, one_author):
        assert corroboration.independent(posts) == 1
        assert corroboration.reasons(posts)[0].side == "unclear"
    assert corroboration.reasons([post("Bridge gone", "a"), post("No bridge any more", "b")])[0].side == "for"


def by(*texts_and_authors):
    """Posts a minute apart, in this order."""
    return [
        post(text, author, created_at=BEGAN + timedelta(minutes=number))
        for number, (text, author) in enumerate(texts_and_authors)
    ]


ORIGINAL = "The bridge at the market is gone and forty people wait for boats"


@pytest.mark.parametrize(
    "copy",
    [
        "The brigde at the market is gone and fourty people wait for boats",
        "The bridge at the market is gone and 40 people wait for boats https://example.org/2",
        "RT @ana: The bridge at the market is gone and forty people wait for boats",
        "QT The bridge at the market is gone and forty people wait for boats! 🙏🙏 #flood #help",
        "\u201cThe bridge at the market is gone and forty people wait for boats\u201d via @ana",
        "Please share: the bridge at the market is gone and forty people wait for boats",
        "The bridge at the market is gone and forty people wait for boa…",
        "forty people wait for boats and the bridge at the market is gone",
        "THE BRIDGE AT THE MARKET IS GONE, AND FORTY PEOPLE WAIT FOR BOATS",
        "Ｔｈｅ bridge at the mаrket is gone and forty people wait for boats",
    ],
)
def test_near_copies_are_one_voice(copy):
    posts = by((ORIGINAL, "ana"), *((copy, f"copier{number}") for number in range(4)))
    assert corroboration.independent(posts) == 1
    assert corroboration.reasons(posts)[0].side == "unclear"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("कृपया मदद करें, बाज़ार के पास पुल टूट गया है", "कृपया मदद करे बाज़ार के पास पुल टूट गया हैं"),
        ("الجسر قرب السوق انهار وأربعون شخصا ينتظرون", "الجسر قرب السوق انهار و أربعون شخص ينتظرون"),
        ("市場の近くの橋が流されました、四十人が待っています", "市場の近くの橋が流されました。四十人が待ってます"),
        ("สะพานใกล้ตลาดขาด มีคนรอเรือสี่สิบคน", "สะพานใกล้ตลาดขาด มีคนรอเรือสี่สิบคนค่ะ"),
        ("Мост у рынка смыло, сорок человек ждут лодки", "Мост у рынка смыло, сорок человек ждут лодку"),
    ],
)
def test_near_copies_are_one_voice_in_any_script(one, other):
    assert corroboration.independent(by((one, "ana"), (other, "rui"))) == 1


def test_a_campaign_is_one_voice_whatever_names_it_fills_in():
    villages = ["Buzi", "Nhamatanda", "Dondo", "Chimoio", "Marromeu"]
    posts = by(
        *((f"Dear government, please send help to {village} before the night #SaveSofala #ActNow", f"a{village}")
          for village in villages)
    )  # fmt: skip
    assert corroboration.independent(posts) == 1


def test_five_people_in_five_wordings_are_five_voices():
    texts = [
        "I see the bridge at the market breaking in two", "Puente caído, no podemos cruzar al hospital",
        "Water is up to the first floor in our street", "My mother waits on the roof of the school, please send a boat",
        "Nobody can cross the river any more, the road ends in the water",
    ]  # fmt: skip
    posts = by(*((text, f"a{number}") for number, text in enumerate(texts)))
    assert corroboration.independent(posts) == 5
    assert "5" in corroboration.reasons(posts)[0].text
    boosted = posts + by(*((f"RT @a0: {texts[0]}", f"b{number}") for number in range(20)))
    assert corroboration.independent(boosted) == 5


FIRST, SECOND, THIRD = ORIGINAL, "Puente caído, no podemos cruzar al hospital", "Water is up to the first floor here"


@pytest.mark.parametrize(
    ("posts", "voices"),
    [
        (((FIRST, "ana"), (SECOND, "ana"), (FIRST, "rui")), 1),  # the second copies one of two wordings
        (((FIRST, "ana"), (SECOND, "rui"), (FIRST, "rui"), (SECOND, "ana")), 2),
        (((FIRST, "ana"), (SECOND, "ana"), (THIRD, "ana")), 1),
        (((FIRST, "ana"), (SECOND, "@ANA"), (THIRD, "rui")), 2),  # one handle
        (((FIRST, ""), (SECOND, ""), (THIRD, "rui")), 2),  # those without an author may all be by one person
        (
            ((FIRST, "ana"), ("🙏🙏", "rui"), ("https://example.org/1", "eva"), ("@ana", "tom"), ("!!!", "gil")),
            1,
        ),  # no words
    ],
)
def test_a_wording_belongs_to_whoever_posted_it_first(posts, voices):
    assert corroboration.independent(by(*posts)) == voices


def test_where_times_do_not_tell_each_wording_finds_a_person_if_any_can_be_found():
    both = [post(text, author, created_at=BEGAN) for text in (FIRST, SECOND) for author in ("ana", "rui")]
    assert corroboration.independent(both) == 2
    chain = [post(FIRST, "ana"), post(FIRST, "rui"), post(SECOND, "rui"), post(SECOND, "eva"), post(THIRD, "rui")]
    assert corroboration.independent(chain) == 3


def test_a_full_page_of_posts_is_compared_in_one_call(monkeypatch):
    calls = []
    compare = process.cdist
    monkeypatch.setattr(process, "cdist", lambda *given, **named: calls.append(given) or compare(*given, **named))
    words = ["bridge", "water", "roof", "boat", "school", "street", "market", "night", "rain", "child", "road", "river"]
    rng = random.Random(7)
    posts = by(*(
        (" ".join(rng.choices(words, k=14)), f"a{number}") for number in range(corroboration.LOOKED_AT)
    ))  # fmt: skip
    assert 1 < corroboration.independent(posts) <= corroboration.LOOKED_AT
    assert len(calls) == 1 and {len(given[0]) for given in calls} == {corroboration.LOOKED_AT}


@pytest.mark.parametrize(
    "text", ["This is fake", "Isto é mentira", "Old photo from 2019", "The bridge is already open"]
)
def test_words_of_doubt_are_shown_with_their_posts(text):
    doubted = post(text, "b")
    against = [one for one in corroboration.reasons([post("Bridge gone", "a"), doubted]) if one.side == "against"]
    assert [one.post_ids for one in against] == [(doubted.pk,)]


def test_denials_are_found_and_negated_help_is_none() -> None:
    """The figures of docs/reference/incidents.md: what is lost here is lost to whoever reads the reasons."""
    rows = [line.split("\t") for line in DENIALS.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    denied = [text for _lang, kind, text in rows if kind == "deny"]
    stated = [text for _lang, kind, text in rows if kind == "state"]
    written = list(pairs.read())
    denied_claims = [pair.second for pair in written if pair.kind == "denial"]
    others = {pair.second for pair in written if pair.kind != "denial"} | {pair.first for pair in written}
    found = {
        "denials": sum(map(corroboration.contradicts, denied)), "statements": sum(map(corroboration.contradicts, stated)),
        "pairs": sum(map(corroboration.contradicts, denied_claims)),
        "others": sum(map(corroboration.contradicts, others)),
    }  # fmt: skip
    assert (len(denied), len(stated), len(denied_claims), len(others)) == (36, 34, 17, 354)
    assert found == {"denials": 35, "statements": 0, "pairs": 17, "others": 1}


def test_words_of_doubt_take_no_longer_for_a_longer_text() -> None:
    began = time.perf_counter()
    for text in ("no " * 50_000, "is not " * 50_000, "no " + "a" * 100_000 + " ", "contrary " * 20_000):
        corroboration.contradicts(text)
    assert time.perf_counter() - began < 2


def test_no_posts_no_reasons():
    assert corroboration.reasons([]) == []
