"""Phrases that somebody asked to hide are found however they are typed, and nothing else is."""

import pytest
from django.apps import apps
from hypothesis import given
from hypothesis import strategies as st

from responder.errors import Invalid
from responder.models import HiddenPhrase
from responder.privacy import hidden_phrases
from responder.privacy.masking import HIDDEN

NUMBER = "+258 84 555 0143"
WAYS = [
    "call +258 84 555 0143 now",
    "call 00258845550143 now",
    "call 084 555 0143 now",
    "call (258) 845-550-143 now",
    "call 84.555.01.43 now",
    "call ８４ ５５５ ０１４３ now",
    "call ٨٤٥٥٥٠١٤٣ now",
    "call ८४ ५५५ ०१४३ now",
]


@pytest.mark.parametrize("text", WAYS)
def test_a_number_is_hidden_in_every_way_of_typing(text: str) -> None:
    hidden, count = hidden_phrases.hide(text, [hidden_phrases.parse(NUMBER)])
    assert (hidden, count) == (f"call {HIDDEN} now", 1)


def test_only_that_number_is_hidden_of_several() -> None:
    text = "82 555 0199, 84 555 0143 or 21 555 0100; 1284555014377 is no telephone"
    hidden, count = hidden_phrases.hide(text, [hidden_phrases.parse("845550143")])
    assert (hidden, count) == (f"82 555 0199, {HIDDEN} or 21 555 0100; 1284555014377 is no telephone", 1)


def test_a_link_to_a_conversation_loses_its_number() -> None:
    assert hidden_phrases.hide("https://wa.me/258845550143", [hidden_phrases.parse(NUMBER)]) == (
        f"https://wa.me/{HIDDEN}",
        1,
    )


@pytest.mark.parametrize(
    ("phrase", "text", "hidden"),
    [
        ("Zelda Quarrow", "where is ZELDA  quarrow? Zelda's boat", f"where is {HIDDEN}? Zelda's boat"),
        ("@zelda_q", "by @zelda_q: water", f"by {HIDDEN}: water"),
        ("Ｚelda", "zelda came, zeldas did not", f"{HIDDEN} came, zeldas did not"),
        ("14 Kestrel Lane", "at 14, Kestrel Lane. 15 Kestrel Lane too", f"at {HIDDEN}. 15 Kestrel Lane too"),
        ("สมชาย", "พบสมชายแล้ว", f"พบ{HIDDEN}แล้ว"),
        ("میرزا‌ خان", "میرزا خان کجاست", f"{HIDDEN} کجاست"),
    ],
)
def test_words_are_hidden_without_case_and_width(phrase: str, text: str, hidden: str) -> None:
    assert hidden_phrases.hide(text, [hidden_phrases.parse(phrase)])[0] == hidden


@pytest.mark.parametrize("typed", ["", "  ", "12345", "ab", "...", "x " * 25, "y" * 121])
def test_what_would_hide_too_much_is_refused(typed: str) -> None:
    with pytest.raises(Invalid):
        hidden_phrases.parse(typed)


@given(st.text(max_size=80), st.text(max_size=20))
def test_hiding_is_idempotent_and_never_fails(text: str, phrase: str) -> None:
    try:
        wanted = [hidden_phrases.parse(phrase)]
    except Invalid:
        return
    once = hidden_phrases.hide(text, wanted)[0]
    assert hidden_phrases.hide(once, wanted) == (once, 0)


@pytest.mark.django_db
def test_rules_hold_no_word_and_count_for_their_post_alone() -> None:
    hidden_phrases.remember([hidden_phrases.parse("Zelda Quarrow")], source="wire", source_id="1")
    hidden_phrases.remember([hidden_phrases.parse(NUMBER)])
    hidden_phrases.remember([hidden_phrases.parse(NUMBER)])
    assert HiddenPhrase.objects.count() == 2
    stored = str(list(apps.get_model("responder", "HiddenPhrase").objects.values()))
    assert "zelda" not in stored.lower() and "5550143" not in stored
    text = f"Zelda Quarrow: {NUMBER}"
    rules = hidden_phrases.rules_for("wire", ["1", "2"])
    assert hidden_phrases.hide_by_rules(text, rules.of_post("wire", "1")) == f"{HIDDEN}: {HIDDEN}"
    assert hidden_phrases.hide_by_rules(text, rules.of_post("wire", "2")) == f"Zelda Quarrow: {HIDDEN}"


@pytest.mark.django_db
def test_a_text_is_refused_only_where_it_is_long_enough() -> None:
    assert not hidden_phrases.remember_text("Help us")
    assert hidden_phrases.remember_text("Zelda Quarrow is missing in Kestrel Lane")
    rules = hidden_phrases.rules_for("wire", [])
    assert rules.refuses("zelda quarrow is missing, in Kestrel Lane!") and not rules.refuses("Help us")
