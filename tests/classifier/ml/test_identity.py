"""The identity of a text: what makes two posts copies, and what never does."""

import hashlib
import json
import unicodedata
from itertools import combinations
from pathlib import Path

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from classifier import feedback
from classifier.ml import answer_cache
from classifier.ml.identity import identity_of, text_digest, text_key

CASES = Path(__file__).parents[2] / "cases"
# Letters, signs and digits of scripts in which each of them tells words apart.
SCRIPTS = {
    "Devanagari": "अआइईकखगघचछजटडतदनपबमयरलवशसहािीुूृेैोौंँ्०१२३४५६७८९",
    "Bengali": "অআইকখগচজটডতদনপবমরলশসহািীুূেৈোৌংঁ্০১২৩৪৫৬৭৮৯",
    "Tamil": "அஆஇஈகஙசஞடணதநபமயரலவழளறனாிீுூெேைொோௌ்௧௨௩௪௫",
    "Thai": "กขคงจชซดตถทนบปผฝพฟมยรลวสหอะาิีึืุูเแโไใ่้๊๋๐๑๒๓๔๕๖๗๘๙",
    "Arabic": "ابتثجحخدذرزسشصضطظعغفقكلمنهوىيةءآأؤإئ٠١٢٣٤٥٦٧٨٩",
    "Hebrew": "אבגדהוזחטיכךלמםנןסעפףצץקרשת0123456789",
    "Burmese": "ကခဂငစဆဇညတထဒနပဖဗမယရလဝသဟအာိီုူေဲံ့း်ျြွှ၀၁၂၃၄၅၆၇၈၉",
    "Cyrillic": "абвгдежзийклмнопрстуфхцчшщъыьэюя0123456789",
    "Latin": "abcdefghijklmnopqrstuvwxyzáàâäãçéèêëíìîïñóòôöõúùûü0123456789",
}
WORDS = st.sampled_from(sorted(SCRIPTS)).flatmap(
    lambda script: st.lists(st.text(SCRIPTS[script], min_size=1, max_size=8), min_size=1, max_size=6)
)


def indic_texts() -> list[str]:
    lines = (CASES / "c28_indic_copies.ndjson").read_text().splitlines()
    return [json.loads(line)["text"] for line in lines]


OTHER_TEXTS = [
    ("मेरा बेटा लापता है, कृपया मदद करें", "मेरी बेटी लापता है, कृपया मदद करें"),
    ("மகன் காணவில்லை", "மகள் காணவில்லை"),
    ("আমার ছেলে", "আমার ছেলি"),
    ("น้ำท่วมบ้าน", "น้าท่วมบ้าน"),
    ("ใกล้ตลาด", "ไกลตลาด"),  # near the market, far from it
    ("הילד נמצא", "הילדה נמצאה"),
    ("مصابون في المدرسة 12", "مصابون في المدرسة 21"),
    ("Need 50 tents", "Need 500 tents"),
    ("Need 1.5 litres", "Need 15 litres"),
    ("Trapped at 12 Rue Pavée", "Trapped at 14 Rue Pavée"),
    ("Trapped in Mango Street", "Trapped in Baker Street"),
    ("ждём на улице Мира", "ждем на улице Мира"),
    ("https://example.org/a被困三人", "https://example.org/a获救三人"),
    ("@rescue被困三人", "@rescue获救三人"),
    ("!!!", "???"),
    ("😭😭", "🙏"),
    ("https://example.org/1", "https://example.org/2"),
    ("٣", "٤"),
]


@pytest.mark.parametrize(("one", "other"), OTHER_TEXTS)
def test_another_letter_mark_or_digit_makes_another_text(one: str, other: str) -> None:
    assert text_key(one) != text_key(other)
    assert feedback.text_key(one) != feedback.text_key(other)
    assert answer_cache.key_of(one) != answer_cache.key_of(other)


def test_words_that_differ_in_vowel_signs_alone_are_no_copies() -> None:
    texts = indic_texts()
    assert len({text_key(text) for text in texts}) == len(texts) == 8


COPIES = [
    ("Bridge down in Beira", "RT @relief: bridge DOWN, in #Beira! https://example.org/1"),
    ("Bridge down in Beira", "RT @a: RT @b: Bridge down in Beira 🙏"),
    ("Bridge down in Beira", "Ｂｒｉｄｇｅ ｄｏｗｎ ｉｎ Ｂｅｉｒａ"),
    ("Bridge down in Beira", "𝐁𝐫𝐢𝐝𝐠𝐞 𝖽𝗈𝗐𝗇 in B̶e̶i̶r̶a̶"),
    ("Bridge down in Beira", "Br\u200bid\u2060ge do\u034fwn in Be\ufe0fira"),
    ("Bridge down in Beira", "Brіdgе dоwn in Bеіrа"),  # Cyrillic і, е, о, а
    ("Bridge down in Beira", "Bridge down &#105;n&nbsp;Beira"),
    ("Bridge down in Beira", "Bridge down in Beira @help@relief.example @aid.bsky.social"),
    ("Água já em Búzi", unicodedata.normalize("NFD", "ÁGUA JÁ EM BÚZI")),
    ("Straße gesperrt", "STRASSE GESPERRT"),
    ("İstanbul'da enkaz altındayız", "ISTANBUL'DA ENKAZ ALTINDAYIZ"),
    ("ΟΔΟΣ ΚΛΕΙΣΤΗ".lower(), "ΟΔΟΣ ΚΛΕΙΣΤΗ"),
    ("कृपया मदद करें, मकान 45", "कृपया मदद करें मकान ४५ https://example.org/x"),
    ("@राहत पानी चाहिए", "पानी चाहिए"),
    ("قُتِلَ ثَلاثَةٌ في المَدْرَسَةِ ١٢", "قتل ثلاثة في المدرسة 12"),
    ("نحتـــاج المـــاء", "نحتاج الماء"),
    ("کمک کنید ۱۲ نفر", "كمك كنيد 12 نفر"),
    ("שָׁלוֹם לְכֻלָּם", "שלום לכלם"),
    ("น้ำท่วมบ้าน", "น\u0e49\u0e4d\u0e32ท่วมบ้าน"),
    ("Call １２３４", "call 1234"),
    ("😭 😭", "😭😭️ @someone"),
]


@pytest.mark.parametrize(("one", "other"), COPIES)
def test_what_is_not_read_makes_no_other_text(one: str, other: str) -> None:
    assert identity_of(one) == identity_of(other)
    assert text_key(one) == text_key(other) == text_digest(other)[:32]


@given(WORDS)
@example(["i̇", "ı"])
@example(["ss", "µ"])
def test_copies_in_any_script_have_one_key(words: list[str]) -> None:
    text = " ".join(words)
    key = text_key(text)
    assert key == text_key(text.upper()) == text_key(unicodedata.normalize("NFD", text))
    assert key == text_key(f"RT @sender: {', '.join(words)}! https://example.org/1 &amp; 🙏")
    assert key == text_key("\u200b".join(text))


@given(WORDS, st.data())
def test_any_other_letter_mark_or_digit_has_another_key(words: list[str], data: st.DataObject) -> None:
    text = " ".join(words)
    at = data.draw(st.integers(0, len(text) - 1).filter(lambda position: text[position] != " "))
    script = next(signs for signs in SCRIPTS.values() if text[at] in signs)
    other = data.draw(st.sampled_from([sign for sign in script if sign != text[at]]))
    changed = text[:at] + other + text[at + 1 :]
    # "rt" at the beginning is a retweet's mark.
    assume(not any(one.startswith("rt") for one in (text, changed)))
    assert text_key(text) != text_key(changed)
    assert text_key(text) != text_key(text[:at] + text[at] + text[at:])


@given(st.text(st.characters(), max_size=300))  # lone surrogates included
def test_any_string_has_a_key_and_normalising_twice_changes_nothing(text: str) -> None:
    assert len(text_key(text)) == 32
    assert identity_of(text) == " ".join(identity_of(text).split())


@given(st.lists(st.sampled_from(["😭", "🙏", "!", "…", "👨‍👩‍👧"]), min_size=1, max_size=6))
def test_symbols_alone_are_told_apart_by_what_they_are(symbols: list[str]) -> None:
    text = "".join(symbols)
    assert text_key(text) == text_key(f" {' '.join(symbols)}\n")
    assert text_key(text) != text_key(text + "💧")


def test_symbols_have_no_common_key() -> None:
    texts = ["", "!", "?", "😭", "🙏", "https://example.org", "@someone", "¡!"]
    for one, other in combinations(texts, 2):
        assert text_key(one) != text_key(other), (one, other)


def test_the_memory_of_characters_is_bounded_by_those_that_exist() -> None:
    private = "".join(chr(code) for code in range(0xF0000, 0xF0100))
    assert text_key(private) == hashlib.sha256(identity_of(private).encode()).hexdigest()[:32]
    from classifier.ml import identity

    assert not {ord(one) for one in private} & set(identity._FORMS)
