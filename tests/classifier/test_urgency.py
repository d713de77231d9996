"""Words of danger in 20 languages: what must rise, what must not, and however people spell it."""

import json
import time
import tomllib
from collections import Counter
from pathlib import Path

import pytest

from classifier import priority, urgency
from classifier.ml import parallel
from classifier.urgency import folding, lexicon, phrases

LANGUAGES = ["ar", "bn", "el", "en", "es", "fa", "fr", "hi", "id", "it", "ja", "ne", "pt", "ru", "sw", "tl", "tr", "uk", "ur", "zh"]  # fmt: skip
CASES = [line.split("\t") for line in (Path(__file__).parent / "data" / "urgency.tsv").read_text("utf-8").splitlines()]
PARALLEL = parallel.FILE
LEAST_FOUND, MOST_WRONG = 0.8, 0.05  # shares, by language


def raises_to(text: str, lang: str | None = None) -> str:
    """What the rules alone raise a post to, or empty."""
    found = next(priority.rules(text, lang), None)
    return found.priority if found else ""


def test_each_language_has_a_file_and_cases() -> None:
    assert lexicon.languages() == LANGUAGES
    counts = Counter((lang, wanted) for lang, wanted, _ in CASES)
    assert all(counts[lang, wanted] >= 6 for lang in LANGUAGES for wanted in ("up", "no"))


@pytest.mark.parametrize(("lang", "wanted", "text"), CASES)
def test_danger_rises_and_nothing_else_does(lang: str, wanted: str, text: str) -> None:
    assert (raises_to(text, lang) in ("High", "Critical")) == (wanted == "up")


@pytest.mark.parametrize(("lang", "wanted", "text"), CASES)
def test_the_language_need_not_be_known(lang: str, wanted: str, text: str) -> None:
    assert bool(raises_to(text)) == (wanted == "up")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_same_situations_are_found_in_each_language(lang: str) -> None:
    rows = [row for row in map(json.loads, PARALLEL.read_text("utf-8").splitlines()) if row["lang"] == lang]
    urgent = [bool(raises_to(row["text"], lang)) for row in rows if row["urgent"]]
    calm = [bool(raises_to(row["text"], lang)) for row in rows if not row["urgent"]]
    assert sum(urgent) / len(urgent) >= LEAST_FOUND and sum(calm) / len(calm) <= MOST_WRONG


@pytest.mark.parametrize(
    "text",
    [
        "heeeelp usss we are traaapped",  # repeated letters
        "ＨＥＬＰ ＵＳ, ｗｅ ａｒｅ ｔｒａｐｐｅｄ",  # full-width
        "we are tra\u00adpped with ki\u200bds",  # soft hyphen, zero-width space
        "we аrе trарреd with kіds",  # Cyrillic letters that look Latin
        "w3 are tr4pped with k1ds",  # digits for letters
        "S.O.S 3 people",
        "S O S 3 people",
        "#SendHelp #TrappedOnRoof",
        "people tra\u0301pped",  # a stray accent
        "𝐭𝐫𝐚𝐩𝐩𝐞𝐝 with children",  # mathematical letters
        "ayúdennooos, estamos ATRAPADOSSS",
        "SOCORROOO estamos ILHADOS",
        "ÇOCUKLAR MAHSUR KALDI",  # dotless and dotted i
        "COCUKLAR MAHSUR KALDİ",
        "MAHSUR KALDIK YARDIM EDİN",
        "мы зaстрялu нa крышe",  # Latin letters in Cyrillic words
        "ΕΓΚΛΩΒΙΣΜΕΝΟΙ ΜΕ ΠΑΙΔΙΑ",  # capitals without accents
        "أَطْفَال مُحَاصَرُون",  # harakat
        "اطفال محاصرووون",
        "أطفـــال محـــاصرون",  # tatweel
        "نفس نمي‌كشه آمبولانس بفرستيد",  # Arabic yeh and kaf in Persian
        "फँसे हुए बच्चे",
        "फंसे हुए बच्‍चे",  # zero-width joiner
        "আটকা পড়েছি",  # letter and nukta apart
        "タスケテ！屋根の上",  # katakana, half a word
        "ﾀｽｹﾃ 屋根の上",
        "被困在屋頂",  # traditional
        "救 命 ！ 孩 子 被 困",
    ],
)
def test_odd_spelling_is_read(text: str) -> None:
    assert raises_to(text) in ("High", "Critical")


@pytest.mark.parametrize(
    "text",
    [
        "No one is trapped in the building",
        "Nobody was trapped, all children are safe",
        "The kids are not trapped any more",
        "They were rescued from the roof this morning",
        "trapped in this queue with two kids lol",
        "children trapped in the lift 😂",
        "haha I am trapped with my kids",
        "Reports of people trapped are false",
        "If you are trapped, call the fire brigade",
    ],
)
def test_negation_good_endings_and_jokes_take_danger_back(text: str) -> None:
    assert raises_to(text, "en") == ""


def test_who_is_still_in_danger_counts_after_a_rescue() -> None:
    assert raises_to("Rescuers saved six people, two children are still trapped", "en") == "Critical"
    assert raises_to("My neighbour was rescued. We are trapped on the roof with a baby.", "en") == "Critical"
    assert raises_to("We are trapped with a baby. All safe now.", "en") == ""


def test_a_comma_ends_a_negation() -> None:
    assert raises_to("No, trapped children need help now", "en") == "Critical"


def test_words_of_the_post_are_given_as_written() -> None:
    found = next(priority.rules("Two KIDS are Stuck On The Roof", "en"))
    assert (found.concepts, found.words, found.language) == (("trapped", "children"), ("Stuck", "KIDS"), "en")


def test_languages_share_words_and_the_stated_one_decides() -> None:
    text = "auxilio de 50 mil por casa, cadastro abre segunda para as familias"
    assert raises_to(text, "pt") == ""
    assert raises_to("auxilio, familias en el techo", "es") == "Critical"


@pytest.mark.parametrize("text", ["", " ", "🙂", "\ud800", "\x00", "a" * 50_000, "trapped " * 20_000, "困" * 20_000, "s " * 9_000])  # fmt: skip
def test_any_text_is_read_quickly(text: str) -> None:
    lexicon.lexicon()
    start = time.process_time()
    urgency.find(text)
    assert time.process_time() - start < 2


@pytest.mark.parametrize("phrase", ["", "..", "the?", "trapped ..?", "trapped the?", "!"])
def test_a_phrase_that_would_match_too_much_is_refused(phrase: str) -> None:
    with pytest.raises(ValueError):
        phrases.parse(phrase, gap=4)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_stems_are_not_so_short_that_they_match_anything(lang: str) -> None:
    content = tomllib.loads((lexicon.FOLDER / f"{lang}.toml").read_text("utf-8"))
    words = [word for section in ("danger", "cancel") for kind in content[section].values() for phrase in kind for word in phrase.replace("|", " ").split()]  # fmt: skip
    short = {word for word in words if word.endswith("*") and len(folding.fold(word.strip("*+"))) < 2}
    assert not short


def test_a_kind_that_does_not_exist_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "en.toml").write_text('[danger]\ntraped = ["trapped"]\n')
    monkeypatch.setattr(lexicon, "FOLDER", tmp_path)
    lexicon.lexicon.cache_clear()
    with pytest.raises(ValueError, match="traped"):
        lexicon.lexicon()
    monkeypatch.undo()
    lexicon.lexicon.cache_clear()
