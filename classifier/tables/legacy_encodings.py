"""Guesses the encoding of a text that is not Unicode.

Where bytes beyond ASCII stand alone between letters, as in European languages, the encoding is that in which they are the
letters of one language. Otherwise charset-normalizer compares how plausible the decoded texts are. For short texts with
several equally plausible encodings, the frequency of the letters decides.
"""

import re
from collections import Counter
from itertools import pairwise

from classifier.tables import plausible

LATIN: dict[str, tuple[str, ...]] = {
    "windows-1252": (
        "àâæçéèêëîïôœùûüÿ", "áéíñóúüªº", "áâãàçéêíóôõú", "äöüßé", "àèéìíòóù", "åäöæøé", "éëïöüèê", "áéíóúýðþæö", "äõöüšž",
    ),
    "windows-1254": ("çğıöşüâîûİ",),
    "windows-1250": ("ąćęłńóśźż", "áčďéěíňóřšťúůýž", "áäčďéíĺľňóôŕšťúýž", "áéíóöőúüű", "čćđšž", "ăâîşţ"),
    "windows-1257": ("ąčęėįšųūž", "āčēģīķļņšūž", "äõöüšž"),
    "iso8859-2": ("ąćęłńóśźż", "áčďéěíňóřšťúůýž", "áéíóöőúüű"),
    "mac-roman": ("àâæçéèêëîïôœùûüÿ", "áéíñóúüªº", "áâãàçéêíóôõú", "äöüßé", "àèéìíòóù"),
    "iso8859-15": ("àâæçéèêëîïôœùûüÿ",),
}  # fmt: skip
OTHERS = (
    "cp1256", "cp1251", "koi8_r", "koi8_u", "cp1253", "cp1255", "cp874", "gb18030", "big5", "shift_jis", "euc_jp", "euc_kr",
    "iso8859_5", "iso8859_6", "iso8859_7", "iso8859_8", "cp866",
)  # fmt: skip
# The display name, and the codec that also decodes the extensions of Windows programs.
NAMES = {
    "koi8_r": ("koi8-r", "koi8-r"), "koi8_u": ("koi8-u", "koi8-u"), "cp874": ("windows-874", "cp874"),
    "gb18030": ("gb18030", "gb18030"), "big5": ("big5", "cp950"), "shift_jis": ("shift_jis", "cp932"),
    "euc_jp": ("euc-jp", "euc_jp"), "euc_kr": ("euc-kr", "cp949"),
}  # fmt: skip
EAST_ASIAN = frozenset(("gb18030", "big5", "shift_jis", "euc_jp", "euc_kr"))
COHERENT, SIMILAR_CHAOS = 0.25, 0.05
SHORT = 60  # bytes beyond ASCII
RUNS = re.compile(rb"[\x80-\xff]+")
ISOLATED = 0.75  # share of runs of one or two bytes in a text of European languages
PUNCTUATION = frozenset("“”‘’„–—…«»°€£§®™·•¿¡´\N{NO-BREAK SPACE}")
FALLBACK = ("windows-1252", "cp1252")


def guess(sample: bytes) -> tuple[str, str]:
    """Return the display name of the encoding, and the name of its codec.

    Arguments:
        sample: lines with non-ASCII bytes.
    """
    runs = [len(run) for run in RUNS.findall(sample)]
    if not runs:
        return FALLBACK
    isolated = sum(1 for length in runs if length <= 2) / len(runs)
    if isolated >= ISOLATED:
        return _latin(sample)
    return _other(sample) or _latin(sample)


def _latin(sample: bytes) -> tuple[str, str]:
    best, most = FALLBACK, -1.0
    for name, alphabets in LATIN.items():
        total = fitting = 0
        for line in sample.decode(name, "replace").splitlines():  # each may be in another language
            letters, wrong = _characters(line)
            total += sum(letters.values()) + wrong
            fitting += max(sum(letters[one] for one in alphabet) for alphabet in alphabets)
        share = fitting / total if total else 0.5
        if share > most + 1e-9:
            best, most = (name, name), share
    return best


def _characters(text: str) -> tuple[Counter[str], int]:
    """Return the non-ASCII letters, and the number of improbable characters: symbols, and capitals after lower-case letters."""
    letters, wrong = Counter[str](), 0
    for before, char in pairwise(" " + text):
        if char.isascii() or char in PUNCTUATION:
            continue
        if not char.isalpha() or (char.isupper() and before.islower()):
            wrong += 1
        else:
            letters[char.lower()] += 1
    return letters, wrong


def _other(sample: bytes) -> tuple[str, str] | None:
    from charset_normalizer import from_bytes

    matches = list(from_bytes(sample, cp_isolation=list(OTHERS), threshold=0.4, language_threshold=0.05))
    if not matches:
        return None
    codec = matches[0].encoding
    if sum(len(run) for run in RUNS.findall(sample)) < SHORT:  # too little to measure chaos or a language
        likely = (one for one in matches if one.chaos <= matches[0].chaos + SIMILAR_CHAOS)
        codec = max(likely, key=lambda one: plausible.score(str(one), one.encoding)).encoding
    elif matches[0].coherence < COHERENT:  # languages are not measured in Chinese, Japanese and Korean texts
        most = matches[0].chaos + SIMILAR_CHAOS
        codec = next((one.encoding for one in matches if one.encoding in EAST_ASIAN and one.chaos <= most), codec)
    name = codec.replace("_", "-")
    return NAMES.get(codec) or (name.replace("cp125", "windows-125"), codec)
