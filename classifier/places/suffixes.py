"""Names without the endings that languages put behind them, as candidates to look up in the gazetteer.

Rules, not dictionaries: a candidate may be no word at all, and nothing says which is right. The gazetteer decides.
Languages that leave names as they are (Indonesian, Tagalog, Chinese, Japanese) have no rules. Known limits: vowels that
come and go inside a stem (Russian "Орла" of "Орёл"), Turkish possessives ("Hatay ilinde"), Korean particles.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator
from itertools import chain, islice, zip_longest

from classifier.words import APOSTROPHES

MOST = 8  # candidates of one word, itself included
LEAST = 3  # letters of a stem
_APOSTROPHE = re.compile(f"[{re.escape(APOSTROPHES)}]")
_ELISION = re.compile(rf"(?:d|l|qu|dell|nell|all|dall|sull)[{re.escape(APOSTROPHES)}](?=\w)", re.IGNORECASE)
_SAINT = re.compile(r"(?:st|saint)\b", re.IGNORECASE)
Endings = dict[str, tuple[str, ...]]  # ending → what may stand there instead


def stems(word: str, lang: str | None = None) -> Iterator[str]:
    """Candidates for the name in `word`: the word itself first, then the likeliest; at most 8, each once.

    Arguments:
        word: as it stands in the text; of several words only the last has an ending, in Slavic names also the first.
        lang: ISO 639-1 code of the text; None tries the rules of the word's script.
    """
    yield from islice(dict.fromkeys(chain([word], _stems(word, (lang or "").partition("-")[0].lower()))), MOST)


def stem_length(name: str, start: int = 0) -> int:
    """How many characters of the word that begins at `start` and ends the name stand before an apostrophe's ending.

    "Kahramanmaraş'ta" and "Beira's" have one; "Xi'an", "Sana'a" and "St. John's" are whole.
    """
    word = name[start:]
    mark = next(reversed(list(_APOSTROPHE.finditer(word))), None)
    if mark is None or mark.start() < 2:
        return len(word)
    stem, ending = word[: mark.start()], _turkish_lower(word[mark.end() :])
    if ending == "s":
        return len(word) if _SAINT.match(name) else len(stem)
    return len(stem) if _is_turkish_ending(_turkish_lower(stem), ending) else len(word)


def elision_length(name: str) -> int:
    """How many characters of a French "d'" stand before the name: two of "d'Abidjan", none of "D'Iberville"."""
    return 2 if name[:1] == "d" and _ELISION.match(name) and name[2:3].isupper() else 0


def _stems(word: str, lang: str) -> Iterator[str]:
    head, space, last = word.rpartition(" ")
    if not last:
        return
    found = [head + space + stem for stem in _SCRIPTS.get(_script(last), _latin)(last, lang)]
    if head and _script(last) == "CYRILLIC":  # "Нижнем Новгороде": both words have an ending
        nominatives = [stem.removeprefix(head) for stem in found[:2]]
        found = [first + stem for first in islice(_replaced(head, _ADJECTIVES), 2) for stem in nominatives] + found
    yield from found


def _script(word: str) -> str:
    letter = next((character for character in word if character.isalpha()), "a")
    return unicodedata.name(letter, "LATIN").partition(" ")[0]


def _replaced(word: str, endings: Endings, least: int = LEAST) -> Iterator[str]:
    """The word with each ending that it has replaced, the longest ending first."""
    plain = "".join(map(_plain, word))
    for length in range(min(len(word) - least, max(map(len, endings))), 0, -1):
        for instead in endings.get(plain[-length:], ()):
            yield word[:-length] + instead


def _plain(character: str) -> str:
    """A Greek letter without its accent, any other in lower case; one character for one."""
    lower = character.lower()
    if "\u0370" <= character <= "\u03ff" or "\u1f00" <= character <= "\u1fff":
        lower = unicodedata.normalize("NFD", lower)[0]
    return lower if len(lower) == 1 else character


# Latin script: English, Turkish, French, Italian, Swahili.


def _latin(word: str, lang: str) -> Iterator[str]:
    length = stem_length(word)
    if length < len(word):
        yield word[:length]
    elif word[-1:] in APOSTROPHES and word[-2:-1] in ("s", "S"):  # the parents' house
        yield word[:-1]
    elided = _ELISION.match(word)
    if elided and lang in ("", "fr", "it", "ca"):
        yield word[elided.end() :]
    if lang in ("tr", "az") and not _APOSTROPHE.search(word):
        yield from _turkish(word)
    if lang == "sw" and word.lower().endswith("ni") and len(word) >= LEAST + 3:
        yield word[:-2]


_BACK, _FRONT = "aı", "eöü"  # "i", "o" and "u" are typed for all vowels where the keyboard has no others
_VOWELS, _VOICELESS = "aeıioöuü", "fstkçcşhp"
_HARD = {"ğ": "k", "b": "p", "d": "t", "c": "ç"}
_AFTER_VOWEL = "ya ye yı yi yu yü nın nin nun nün yla yle nda nde ndan nden na ne nı ni nu nü".split()
_AFTER_CONSONANT = "a e ı i u ü ın in un ün la le".split()
_AFTER_ANY = (
    "da de ta te dan den tan ten daki deki taki teki dır dir tır tir lı li lu lü lar ler ca ce ça çe "
    "dakiler dekiler takiler tekiler lılar liler".split()
)
_TURKISH = tuple(sorted({*_AFTER_VOWEL, *_AFTER_CONSONANT, *_AFTER_ANY}, key=len, reverse=True))


def _turkish_lower(text: str) -> str:
    """Lower case with Turkish i; one character for one."""
    return "".join(map(_plain, text.replace("İ", "i").replace("I", "ı")))


def _is_turkish_ending(stem: str, ending: str) -> bool:
    """Whether Turkish may put `ending` behind `stem`: both in lower case."""
    if ending not in _TURKISH or not stem:
        return False
    last_vowel = next((letter for letter in reversed(stem) if letter in _VOWELS), "")
    vowel = next(letter for letter in ending if letter in _VOWELS)
    if (last_vowel in _BACK and vowel in _FRONT) or (last_vowel in _FRONT and vowel in _BACK):
        return not last_vowel
    if ending[0] in "dt" and ending[0] != ("t" if stem[-1] in _VOICELESS else "d"):
        return False
    return ending in _AFTER_ANY or ending in (_AFTER_VOWEL if stem[-1] in _VOWELS else _AFTER_CONSONANT)


def _turkish(word: str) -> Iterator[str]:
    lower = _turkish_lower(word)
    for ending in _TURKISH:
        stem = word[: -len(ending)]
        if len(stem) < LEAST or not lower.endswith(ending) or not _is_turkish_ending(lower[: len(stem)], ending):
            continue
        hard = _HARD.get(lower[len(stem) - 1])
        if hard and ending[0] in _VOWELS:  # "Gölcüğe" of "Gölcük"
            yield stem[:-1] + hard
        yield stem


# Cyrillic script: Russian and Ukrainian case endings with the nominative's instead.

_ADJECTIVES: Endings = {
    "ого": ("ый", "ий", "ое"), "его": ("ий", "ее"), "ому": ("ый", "ий", "ое"), "ему": ("ий", "ее"),
    "ым": ("ый", "ое"), "им": ("ий",), "ом": ("ый", "ий", "ое"), "ем": ("ий", "ее"), "ой": ("ая",), "ей": ("яя",),
    "ую": ("ая",), "юю": ("яя",), "ых": ("ые",), "их": ("ие",), "ої": ("а",), "ій": ("а",), "ою": ("а",), "у": ("а",),
}  # fmt: skip
_RUSSIAN: Endings = {
    "ами": ("ы", "а", "и"), "ями": ("и", "я"), "ого": ("ый", "ий", "ое"), "его": ("ий", "ее"), "ому": ("ый", "ий"),
    "ему": ("ий",), "ией": ("ия",), "ах": ("ы", "и", "а"), "ях": ("и", "я"), "ам": ("ы", "а"), "ям": ("и", "я"),
    "ом": ("", "о", "ый"), "ем": ("ь", "й", "", "е"), "ым": ("ый", ""), "им": ("ий",), "ой": ("а", "ая"),
    "ей": ("я", "ь"), "ую": ("ая",), "ью": ("ь",), "ии": ("ия",), "ию": ("ия",),
    "а": ("", "о"), "я": ("ь", "й", "е"), "у": ("", "а", "о"), "ю": ("я", "ь", "й", "е"), "ы": ("а", ""),
    "и": ("ь", "а", "я"), "е": ("", "а", "о", "ь", "я"),
}  # fmt: skip
_UKRAINIAN: Endings = {
    "ові": ("ів", ""), "ова": ("ів",), "ову": ("ів",), "овом": ("ів",), "еві": ("ів", "ь"), "ева": ("ів",),
    "єві": ("їв",), "єва": ("їв",), "єву": ("їв",), "євом": ("їв",), "ого": ("ий", "е"), "ому": ("ий", "е"),
    "ами": ("и", "а"), "ями": ("і", "я"), "ської": ("ська",), "ській": ("ська",), "ську": ("ськ", "ська"),
    "ах": ("и", "і", "а"), "ях": ("і", "я"), "ам": ("и", "а"), "ям": ("і",), "ів": ("и", "і"), "ом": ("", "о"),
    "ем": ("", "е", "ь"), "єм": ("й",), "им": ("ий",), "ої": ("а",), "ій": ("а", "я"), "ою": ("а",), "ею": ("я", "а"),
    "єю": ("я",), "ії": ("ія",), "ію": ("ія",), "а": ("", "о"), "я": ("ь", "й", "е"), "у": ("", "а", "о"),
    "ю": ("я", "ь", "й", "е"), "и": ("а",), "і": ("", "а", "о", "я", "ь"), "ї": ("я",),
}  # fmt: skip
_ONLY_UKRAINIAN, _ONLY_RUSSIAN = re.compile("[іїєґ]", re.IGNORECASE), re.compile("[ыэъё]", re.IGNORECASE)


def _cyrillic(word: str, lang: str) -> Iterator[str]:
    if lang == "uk" or (lang != "ru" and _ONLY_UKRAINIAN.search(word)):
        return _replaced(word, _UKRAINIAN, least=2)
    if lang == "ru" or _ONLY_RUSSIAN.search(word):
        return _replaced(word, _RUSSIAN)
    both = zip_longest(_replaced(word, _RUSSIAN), _replaced(word, _UKRAINIAN))
    return (stem for pair in both for stem in pair if stem)


# Greek: genitive and accusative.

_GREEK: Endings = {
    "ιου": ("ι", "ιο", "ιος"), "εως": ("η",), "ους": ("οι", "ος"), "ου": ("ος", "ο"), "ον": ("ος", "ο"), "ων": ("α", "ες", "οι", "ο"),
    "ην": ("η",), "αν": ("α",), "ης": ("η",), "ας": ("α",), "ο": ("ος",), "α": ("ας",), "η": ("ης",),
}  # fmt: skip


def _greek(word: str, lang: str) -> Iterator[str]:
    return _replaced(word, _GREEK)


# Indic scripts.

_BENGALI: Endings = {
    "\u09df": ("",), "য\u09bc": ("",), "তে": ("",), "কে": ("",), "ের": ("",), "এর": ("",), "র": ("",), "ে": ("",),
}  # fmt: skip
_NEPALI: Endings = dict.fromkeys("मा को का की बाट ले लाई देखि सम्म तिर मै".split(), ("",))
_HINDI: Endings = {"े": ("ा",), "ों": ("ा", "")}
_MARATHI: Endings = {"ात": ("ा", "े", ""), "त": ("",), "ला": ("",), "चा": ("",), "ची": ("",), "चे": ("",), "हून": ("",)}


def _bengali(word: str, lang: str) -> Iterator[str]:
    return _replaced(word, _BENGALI, least=2)


def _devanagari(word: str, lang: str) -> Iterator[str]:
    if lang == "mr":
        return _replaced(word, _MARATHI, least=2)
    if lang == "hi":
        return _replaced(word, _HINDI, least=2)
    return chain(_replaced(word, _NEPALI, least=2), _replaced(word, _HINDI, least=2))


# Arabic script: Arabic puts words before the name, Persian and Urdu a sound behind it.

_JOINED = re.compile("[وف]?[بلك]?(?=..)")
_EZAFE: Endings = {
    "\u0650": ("",), "ۀ": ("ه",), "ه\u0654": ("ه",), "ۂ": ("ہ",), "\u200cی": ("",), "\u200cها": ("",),
    "ای": ("ا",), "وی": ("و",), "ے": ("ہ", "ا"),
}  # fmt: skip


def _arabic(word: str, lang: str) -> Iterator[str]:
    if lang not in ("fa", "ur", "ps"):
        yield from _without_prefix(word)
    if lang != "ar":
        yield from _replaced(word, _EZAFE, least=2)


def _without_prefix(word: str) -> Iterator[str]:
    """The name without و ف ب ل ك and the article; "لل" hides the article's first letter."""
    rests = []
    for prefix in ("", *(first + second for first in ("", "و", "ف") for second in ("", "ب", "ل", "ك"))):
        if word.startswith(prefix) and len(word) - len(prefix) >= LEAST:
            rest = word[len(prefix) :]
            if prefix.endswith("ل") and rest.startswith("ل"):
                rest = "ا" + rest
            rests.append(rest)
    for rest in sorted(set(rests), key=len):
        if rest.startswith("ال"):
            yield rest
            yield rest[2:]
    yield from sorted(set(rests), key=len, reverse=True)


_SCRIPTS: dict[str, Callable[[str, str], Iterator[str]]] = {
    "LATIN": _latin, "CYRILLIC": _cyrillic, "GREEK": _greek, "BENGALI": _bengali, "DEVANAGARI": _devanagari,
    "ARABIC": _arabic,
}  # fmt: skip
