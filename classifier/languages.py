"""In which languages a model was measured, and whether its word counts for a text; elsewhere it "can't judge"."""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from classifier.letters import HAN, HANGUL, KANA, LATIN

TESTED = frozenset({"en"})  # of a model whose config.json does not say
UNKNOWN = frozenset({"", "und", "qme", "zxx"})  # what feeds say where they cannot tell
UNDETERMINED = "und"
NAMES = Path(__file__).with_name("language_names.json")  # in the light distribution alone
# ISO 639: former codes, three letters, and members of one language, as feeds write them.
SAME = {
    "in": "id", "iw": "he", "ji": "yi", "nb": "no", "nn": "no", "fil": "tl", "eng": "en", "spa": "es", "por": "pt",
    "fra": "fr", "deu": "de", "ita": "it", "ara": "ar", "hat": "ht", "swa": "sw", "sh": "sr", "mo": "ro", "cmn": "zh",
}  # fmt: skip
# Script, as `letters.script_of` names it, → languages that are written in it.
_WRITTEN_IN = {
    "ARABIC": "ar fa ur ps ckb ku sd ug dv pa ks bal az ms ha",
    "ARMENIAN": "hy",
    "BENGALI": "bn as mni",
    "CYRILLIC": "ru uk be bg mk sr bs mn kk ky tg uz tt ba cv ab os az tk sah ce",
    "DEVANAGARI": "hi ne mr sa mai bho new doi sd kok ks bih",
    "ETHIOPIC": "am ti gez",
    "GEORGIAN": "ka",
    "GREEK": "el",
    "GUJARATI": "gu",
    "GURMUKHI": "pa",
    "HEBREW": "he yi",
    "KANNADA": "kn",
    "KHMER": "km",
    "LAO": "lo",
    "MALAYALAM": "ml",
    "MYANMAR": "my shn mnw",
    "ORIYA": "or",
    "SINHALA": "si",
    "TAMIL": "ta",
    "TELUGU": "te",
    "THAANA": "dv",
    "THAI": "th",
    "TIBETAN": "bo dz",
    HAN: "zh ja ko",
    HANGUL: "ko",
    KANA: "ja",
}
_ALSO_LATIN = frozenset("ku az ms ha sr bs uz tk kk tt mn".split())
_SCRIPTS: dict[str, set[str]] = {code: {LATIN} for code in _ALSO_LATIN}
for _script, _codes in _WRITTEN_IN.items():
    for _code in _codes.split():
        _SCRIPTS.setdefault(_code, set()).add(_script)
# Scripts that one language of today's posts is written in: they name it, however short the text.
ONLY = {script: codes for script, codes in _WRITTEN_IN.items() if " " not in codes}


def is_unknown(code: str | None) -> bool:
    """Whether a source's code says that it does not know the language."""
    return (code or "").lower() in UNKNOWN


def plain(code: str) -> str:
    """A language code without its region, in today's form: `PT-br` → `pt`, `iw` → `he`."""
    language = code.lower().replace("_", "-").split("-")[0]
    return SAME.get(language, language)


def is_written_in(code: str, script: str) -> bool:
    """Whether texts in this language may be written in `script`; true for a text without letters.

    A language that is not listed is written in Latin letters.
    """
    return not script or script in _SCRIPTS.get(plain(code), {LATIN})


def is_ruled_out(code: str, script: str) -> bool:
    """Whether a text in `script` can't be in this language.

    Latin letters rule no language out: Hindi, Arabic and Russian are also typed in them.
    """
    return script != LATIN and not is_written_in(code, script)


def is_measured(
    code: str | None,
    script: str = "",
    measured: Collection[str] = TESTED,
    chances: Mapping[str, float] | None = None,
) -> bool:
    """Whether the model's quality is known for a text, so that its category may be shown as a judgement.

    Arguments:
        code: the text's language, as stated or detected; empty or `und` where nobody knows it.
        script: of most of its letters, as `letters.script_of` says; empty where there are none.
        measured: the languages that the model was measured in.
        chances: of a text whose language is unknown, language → probability. The text counts only if the measured
            languages are together at least as likely as if all languages were equally likely.
    """
    if is_unknown(code):
        possible = {plain(one) for one in measured if is_written_in(one, script)}
        if not possible or not chances:
            return bool(possible)
        return sum(chances.get(one, 0.0) for one in possible) >= len(possible) / len(chances)
    return plain(code or "") in {plain(one) for one in measured} and is_written_in(code or "", script)


def measured_by(config: Mapping[str, Any], key: str = "tested_languages") -> frozenset[str]:
    """The languages that a model was measured in, from its config.json; with `tested_spans` those of its spans."""
    found = config.get(key)
    return frozenset(map(str, found)) if isinstance(found, list) else TESTED


@dataclass(frozen=True, slots=True)
class Quality:
    """What was measured of a model in one language; `n` 0 and None where nothing was.

    Arguments:
        accuracy, macro_f1: of the category on real posts, 0 to 1.
        told, told_urgent: of situations told in 20 languages (`classifier/ml/parallel.py`): how often the category is
            right, and how many of the urgent ones stay High or Critical, 0 to 1.
        counts: whether the language counts as measured, so that the model's category is shown as a judgement.
    """

    code: str
    name: str
    n: int
    accuracy: float | None
    macro_f1: float | None
    counts: bool
    told: float | None = None
    told_urgent: float | None = None


def quality(metrics: Mapping[str, Any], measured: Collection[str]) -> list[Quality]:
    """What a model's metrics.json says language by language, the measured ones first, then the most texts.

    English that has no entry of its own is what the categories' test file is in.
    """
    table = dict(metrics.get("languages") or {})
    if "en" not in table and metrics.get("category"):
        table["en"] = metrics["category"]
    told = metrics.get("parallel") or {}
    codes = dict.fromkeys([*table, *told, *measured])
    rows = [_quality(code, table.get(code) or {}, told.get(code) or {}, measured) for code in codes]
    return sorted(rows, key=lambda row: (not row.counts, -row.n, row.name))


def _quality(code: str, real: Mapping[str, Any], told: Mapping[str, Any], measured: Collection[str]) -> Quality:
    return Quality(
        code,
        name_of(code),
        int(real.get("n") or 0),
        real.get("accuracy"),
        real.get("macro_f1"),
        is_measured(code, "", measured),
        told.get("category"),
        told.get("urgent_kept"),
    )


def name_of(code: str, reader: str = "en") -> str:
    """The name of a language code; the code itself where Unicode's list (CLDR) has none.

    Arguments:
        reader: code of the language that the name is in. The light distribution has the English names alone.
    """
    if is_unknown(code):
        return "Unknown language"
    names = _english_names() if reader == "en" or NAMES.exists() else _names_in(reader)
    tag = code.replace("-", "_")
    return str(names.get(tag) or names.get(tag.lower()) or names.get(plain(code)) or code)


@lru_cache(maxsize=8)
def _names_in(reader: str) -> Mapping[str, Any]:
    from babel import Locale  # its list takes a moment to load

    return Locale.parse(reader, sep="-").languages


@lru_cache(maxsize=1)
def _english_names() -> Mapping[str, Any]:
    """Names by code, from Babel; the light distribution has a file made from it, as Babel is larger than the rest."""
    if NAMES.exists():
        return dict(json.loads(NAMES.read_text(encoding="utf-8")))
    from babel import Locale  # its list takes a moment to load

    return Locale("en").languages
