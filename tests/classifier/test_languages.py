"""Whose word counts: a category is a judgement only where the model was measured in the language of the text."""

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from classifier import languages
from classifier.languages import is_measured, is_ruled_out, measured_by, name_of
from classifier.letters import script_of
from classifier.predict import Message, classify

MANY = frozenset({"en", "es", "ar"})


@pytest.mark.parametrize(
    ("code", "measured"),
    [("en", True), ("en-GB", True), ("EN", True), ("eng", True), ("pt", False), ("pt-BR", False), ("", True), ("und", True)],
)  # fmt: skip
def test_only_english_was_measured(code: str, measured: bool) -> None:
    assert is_measured(code) is measured


@pytest.mark.parametrize(
    ("text", "script"),
    [
        ("We need water", "LATIN"), ("ＨＥＬＰ us", "LATIN"), ("НELР mе", "LATIN"), ("𝐇𝐄𝐋𝐏 𝐮𝐬", "LATIN"),
        ("नमस्ते पुल", "DEVANAGARI"), ("نحتاج ماء", "ARABIC"), ("Помогите", "CYRILLIC"), ("救命", "CJK"),
        ("助けてください 水", "KANA"), ("ช่วยด้วย", "THAI"), ("እርዳታ", "ETHIOPIC"), ("도와주세요", "HANGUL"),
        ("Flood in กรุงเทพ now", "LATIN"), ("OK نحتاج الى ماء", "ARABIC"), ("SOS ماء", "LATIN"),
        ("RT @helpers: مساعدة https://example.org/flood", "ARABIC"), ("#earthquake #help ماء", "ARABIC"),
        ("#earthquake", "LATIN"), ("&#1606;&#1581;&#1578;", "ARABIC"), ("🆘 911 😭", ""), ("", ""), ("\ud800", ""),
    ],
)  # fmt: skip
def test_a_text_has_the_script_of_most_of_its_letters(text: str, script: str) -> None:
    assert script_of(text) == script


@pytest.mark.parametrize(
    ("code", "script", "measured", "counts"),
    [
        ("", "ARABIC", languages.TESTED, False), ("en", "ARABIC", languages.TESTED, False),
        ("", "ARABIC", MANY, True), ("ar", "ARABIC", MANY, True), ("fa", "ARABIC", MANY, False),
        ("", "CYRILLIC", MANY, False), ("es", "LATIN", MANY, True), ("", "", MANY, True),
        ("hi", "LATIN", frozenset({"hi"}), False), ("", "LATIN", frozenset({"ar"}), False), ("en", "", frozenset(), False),
    ],
)  # fmt: skip
def test_language_and_script_decide_together(code: str, script: str, measured: frozenset[str], counts: bool) -> None:
    assert is_measured(code, script, measured) is counts


def test_latin_letters_rule_no_language_out_and_others_do() -> None:
    assert is_ruled_out("en", "ARABIC") and is_ruled_out("ru", "ARABIC") and is_ruled_out("pt-BR", "CJK")
    assert not is_ruled_out("hi", "LATIN") and not is_ruled_out("sr", "CYRILLIC") and not is_ruled_out("en", "")


def test_a_model_says_in_which_languages_it_was_measured() -> None:
    assert measured_by({"tested_languages": ["en", "es"]}) == {"en", "es"}
    assert measured_by({"tested_languages": []}) == frozenset()
    assert measured_by({}) == measured_by({"tested_languages": "en"}) == languages.TESTED


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("tr", "Turkish"), ("am", "Amharic"), ("ht", "Haitian Creole"), ("pt-BR", "Brazilian Portuguese"), ("in", "Indonesian"),
        ("ZH", "Chinese"), ("", "Unknown language"), ("und", "Unknown language"), ("qqq", "qqq"),
    ],
)  # fmt: skip
def test_languages_have_english_names(code: str, name: str) -> None:
    assert name_of(code) == name


def measured_in(codes: frozenset[str], runtime: Any) -> Any:
    """The shipped model, as if it had been measured in these languages."""
    info = SimpleNamespace(languages=codes, span_languages=codes, as_dict=runtime.info.as_dict)
    return SimpleNamespace(info=info, predict=runtime.predict)


@pytest.fixture
def english_runtime(shipped_runtime: Any) -> Any:
    return measured_in(languages.TESTED, shipped_runtime)


def test_a_post_in_an_unmeasured_language_has_a_label_but_no_judgement(english_runtime: Any) -> None:
    text = "We need water and food for 200 families in the school"
    said, unsaid = classify([Message("1", text, lang="sw"), Message("2", text)], runtime=english_runtime)
    assert said["category"]["label"] == unsaid["category"]["label"]
    assert said["category"]["abstained"] and not unsaid["category"]["abstained"]
    assert said["language"] == {"code": "sw", "name": "Swahili", "probability": 1.0, "measured": False}
    assert unsaid["language"].items() >= {"code": "en", "name": "English", "measured": True}.items()
    assert 0.7 <= unsaid["language"]["probability"] <= 1


@pytest.mark.parametrize("lang", [None, "", "und", "en"])
def test_a_script_that_rules_english_out_is_never_judged(english_runtime: Any, lang: str | None) -> None:
    texts = ["نحتاج الى ماء ودواء", "Помогите", "救命 房子塌了", "पुल"]
    answers = classify([Message(text, text, lang=lang) for text in texts], runtime=english_runtime)
    assert [answer["language"]["measured"] for answer in answers] == [False] * len(texts)
    assert all(answer["category"]["abstained"] for answer in answers)
    assert {answer["language"]["code"] for answer in answers} == {"und"}


def test_the_answering_model_decides_what_counts(shipped_runtime: Any) -> None:
    runtime = measured_in(MANY, shipped_runtime)
    texts = ["نحتاج الى ماء ودواء", "Помогите", "Estamos en el techo con cinco niños y el agua sigue subiendo"]
    answers = classify([Message("", text) for text in texts], runtime=runtime)
    assert [answer["language"]["measured"] for answer in answers] == [True, False, True]


def test_the_shipped_model_names_its_languages(shipped_runtime: Any) -> None:
    folder = Path(languages.__file__).parent / "shipped" / f"{shipped_runtime.info.name}-{shipped_runtime.info.version}"
    stated = json.loads((folder / "config.json").read_text())["tested_languages"]
    assert shipped_runtime.info.languages == set(stated)
