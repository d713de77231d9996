"""Names as they are compared, in any script.

What goes: case, accents of Latin, Greek, Cyrillic, Hebrew and Arabic letters, apostrophes, full stops, invisible
characters. What becomes one: hyphens and spaces; Arabic, Persian and Urdu shapes of alef, yeh, kaf and heh; dotted and
dotless i; both sigmas; nukta letters and their base letters; nasals written as letters or as a dot; long and
short i and u of Indic scripts; traditional,
simplified and Japanese forms of a Han character. What stays: vowel signs of Indic and Southeast Asian scripts,
Japanese voicing marks, Cyrillic й, ї and ў, all of which make another name.
"""

import re
import unicodedata
from functools import cache
from pathlib import Path

HAN_VARIANTS = Path(__file__).with_name("han_variants.txt")

# Marks that only accent a letter. Those of Indic scripts and U+3099/U+309A (が from か) are not among them.
_ACCENTS = re.compile(
    "[\u0300-\u036f\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e8\u06ea-\u06ed]"
)
_NUKTA = re.compile("[\u093c\u09bc\u0a3c\u0abc\u0b3c]")
_ZWNJ_IN_ARABIC = re.compile("(?<=[\u0600-\u06ff])\u200c+(?=[\u0600-\u06ff])")
# A nasal before a consonant of its own row is the same sound as the dot above: काठमाण्डौ, काठमांडौ.
_NASALS = re.compile("ङ्(?=[क-ङ])|ञ्(?=[च-ञ])|ण्(?=[ट-ण])|न्(?=[त-न])|म्(?=[प-म])|ँ")
# Long and short i and u of Devanagari and Bengali, which transcriptions of foreign names mix: खार्तूम, खार्तुम.
_LENGTHS = str.maketrans("ीूऊईীূঊঈ", "िुउइিুউই")
_PLAIN = str.maketrans(
    {
        "ı": "i", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ħ": "h", "ə": "a",
        "ς": "σ", "ё": "е",
        "ٱ": "ا", "ى": "ي", "ی": "ي", "ې": "ي", "ے": "ي", "ک": "ك", "ڪ": "ك", "ة": "ه", "ہ": "ه", "ھ": "ه", "ە": "ه",
        "ۃ": "ه", "ں": "ن", "ـ": None,
        "‐": " ", "‑": " ", "‒": " ", "–": " ", "—": " ", "-": " ", "־": " ",
        "’": None, "'": None, "‘": None, "`": None, "ʻ": None, "ʼ": None, "ʿ": None, "ʾ": None, "´": None, ".": None,
        "·": None, "・": None, "״": None, "׳": None,
        "\u00ad": None, "\u200b": None, "\u200c": None, "\u200d": None, "\u200e": None, "\u200f": None, "\u2060": None,
        "\u2066": None, "\u2067": None, "\u2068": None, "\u2069": None, "\ufe0e": None, "\ufe0f": None, "\ufeff": None,
    }
)  # fmt: skip
# Cyrillic letters that decompose into a letter and a mark, and are letters of their own.
_KEPT = str.maketrans({"й": "\ue000", "ї": "\ue001", "ў": "\ue002"})
_RESTORED = str.maketrans({"\ue000": "й", "\ue001": "ї", "\ue002": "ў"})


def fold(name: str) -> str:
    """The comparable form of a name; works on any string and keeps what it does not know.

    Folding twice gives the same as folding once.
    """
    if name.isascii():
        return " ".join(name.lower().translate(_PLAIN).split())
    text = _ZWNJ_IN_ARABIC.sub(" ", unicodedata.normalize("NFKC", name)).casefold()
    text = unicodedata.normalize("NFKD", unicodedata.normalize("NFC", text).translate(_KEPT))
    text = _NUKTA.sub("", _ACCENTS.sub("", text)).translate(_RESTORED)
    text = unicodedata.normalize("NFC", text).translate(_PLAIN)
    text = _NASALS.sub("ं", text.translate(_LENGTHS))
    return " ".join(text.translate(_han()).split())


@cache
def _han() -> dict[int, int]:
    """Traditional and Japanese forms of Han characters → the simplified one."""
    forms, simplified = HAN_VARIANTS.read_text(encoding="utf-8").split("\n")[:2]
    return {ord(form): ord(plain) for form, plain in zip(forms, simplified, strict=True)}
