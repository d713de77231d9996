"""In which languages a model was measured, and whether its word counts for a text; elsewhere it "can't judge"."""

from collections.abc import Collection, Mapping
from typing import Any

from classifier.letters import HAN, HANGUL, KANA, LATIN

TESTED = frozenset({"en"})  # of a model whose config.json does not say
UNKNOWN = frozenset({"", "und", "qme", "zxx"})  # what feeds say where they cannot tell
UNDETERMINED = "und"
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


def is_measured(code: str | None, script: str = "", measured: Collection[str] = TESTED) -> bool:
    """Whether the model's quality is known for a text, so that its category may be shown as a judgement.

    Arguments:
        code: the text's language, as stated or detected; empty or `und` where nobody knows it.
        script: of most of its letters, as `letters.script_of` says; empty where there are none.
        measured: the languages that the model was measured in.
    """
    if is_unknown(code):
        return any(is_written_in(one, script) for one in measured)
    return plain(code or "") in {plain(one) for one in measured} and is_written_in(code or "", script)


def measured_by(config: Mapping[str, Any]) -> frozenset[str]:
    """The languages that a model was measured in, from its config.json."""
    found = config.get("tested_languages")
    return frozenset(map(str, found)) if isinstance(found, list) else TESTED


def name_of(code: str) -> str:
    """The English name of a language code; the code itself where Unicode's list (CLDR) has none."""
    if is_unknown(code):
        return "Unknown language"
    from babel import Locale  # its list takes a moment to load

    names = Locale("en").languages
    tag = code.replace("-", "_")
    return str(names.get(tag) or names.get(tag.lower()) or names.get(plain(code)) or code)
