"""Which names of a place go into the gazetteer: names in all scripts from GeoNames, CLDR and ISO 3166-2.

A name has a rank: 0 its own or one in another script than Latin, 1 another Latin spelling, 2 a code like NSW, which
counts only right behind the name of a place that lies there.
"""

import functools
import gettext
import re
import sys
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pycountry
from babel import Locale
from babel.core import get_global
from babel.localedata import locale_identifiers

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from classifier.places.fold import fold

OWN, OTHER, CODE = 0, 1, 2
Names = dict[str, int]
# Words for a kind of area, before or behind its name.
KIND_BEHIND = re.compile(
    r" (?:district|province|region|department|governorate|prefecture|division|oblast|regency|municipality|sheng|shi"
    r"|zizhiqu|xian|ken|viloyati|voivodeship|canton)$"
)
KIND_BEFORE = re.compile(
    r"^(?:provincia (?:de|del|di)|departamento (?:de|del)|departement (?:de|du|des|de la)|region (?:de|du|des|del)"
    r"|province (?:of|de|du|di)|provincia|provinsi|kabupaten|kota|municipio (?:de|del)|municipality of|state of"
    r"|estado (?:de|do|da)|distrito (?:de|do)|district of|nomos|nomarchia|gorad|horad|lungsod ng|lalawigan ng|nea"
    r"|estado|wilaya (?:de|d)|gouvernorat (?:de|du)) (?=\w{3})"
)
# The same in other scripts: a name is also known without it.
KIND_ELSEWHERE = re.compile(
    "(?:自治区|特别行政区|地区|市|县|省|区|州|府|都|町|村|郡|邦|시|도|군|주"
    "| город| область| край| район| муж| місто| область| район"
    "| जिला| जिल्ला| राज्य| জেলা| বিভাগ| রাজ্য| ضلع| صوبه| استان| ولايه)$"
    "|^(?:محافظه |ولايه |مدينه |استان |شهر |شهرستان |Νομός |νομοσ |περιφερεια |город |місто |область )"
)
# What is left of Northern Province or 四日市 without its kind: no name.
NO_NAMES = frozenset(
    """new north south east west northern southern eastern western central center centre upper lower capital federal
    metropolitan national special la las los el les san santa saint""".split()
)
DAY = re.compile("日$")
MOST_SPELLINGS = ((1_000_000, 40), (100_000, 14), (15_000, 4), (0, 0))  # (people, Latin spellings that are kept)
LONGEST_NAME = 40
SMALL = 15_000  # people: below, a town has its names in the scripts of its country alone
USED_BY = 1.0  # per cent of a country's people who use a language
# ISO 15924 codes whose letters Unicode names by another word.
SCRIPT_NAMES = {
    "Hans": "CJK", "Hant": "CJK", "Jpan": "CJK", "Kore": "HANGUL", "Mymr": "MYANMAR", "Ethi": "ETHIOPIC", "Laoo": "LAO",
    "Khmr": "KHMER", "Beng": "BENGALI", "Deva": "DEVANAGARI", "Arab": "ARABIC", "Cyrl": "CYRILLIC", "Grek": "GREEK",
    "Hebr": "HEBREW", "Armn": "ARMENIAN", "Geor": "GEORGIAN", "Sinh": "SINHALA", "Taml": "TAMIL", "Telu": "TELUGU",
    "Knda": "KANNADA", "Mlym": "MALAYALAM", "Gujr": "GUJARATI", "Guru": "GURMUKHI", "Orya": "ORIYA", "Tibt": "TIBETAN",
    "Thaa": "THAANA", "Mong": "MONGOLIAN", "Tfng": "TIFINAGH", "Thai": "THAI", "Latn": "LATIN",
}  # fmt: skip
# Languages whose Latin names of countries are taken although no other language shares them. Of smaller ones a name like
# "poo" (the United States) would be found in half of all texts.
SPOKEN = frozenset(
    """en es fr pt it de nl sv nb nn da fi is pl cs sk sl hr bs hu ro sq et lv lt tr az uz id ms fil vi sw ha yo ig zu xh
    af so om ca gl eu ga cy mt ht""".split()
)
# A Latin name of a country must be its name in this share of the languages that use it at all.
AGREEMENT = 0.25


@functools.cache
def script(letter: str) -> str:
    """LATIN, ARABIC, CJK and so on; empty for what is no letter."""
    return unicodedata.name(letter, "").split(" ")[0] if letter.isalpha() else ""


def scripts(name: str) -> set[str]:
    """The scripts of a name's letters; the scripts of Japanese count as one."""
    if name.isascii():
        return {"LATIN"}
    found = {script(letter) for letter in name} - {""}
    return {"CJK" if each in ("HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA") else each for each in found}


def of_city(city: dict[str, Any]) -> Names:
    """A city's own name, its names in other scripts and the Latin spellings that most languages share."""
    names: Names = {}
    spellings: Counter[str] = Counter()
    foreign = city["population"] >= SMALL
    own_scripts = native(city["countrycode"]) - {"LATIN"}
    for name in city["alternatenames"]:
        if not foreign and script(name[:1] or " ") not in own_scripts | {"", "HIRAGANA", "KATAKANA"}:
            continue  # most names of most towns: looking at each of their letters takes minutes
        used = scripts(name)
        if used == {"LATIN"}:
            if name[:1].isupper() and not name.isupper() and len(name) >= 4 and name.count(" ") < 4:
                spellings[fold(name)] += 1
        elif (
            len(used) == 1 and "," not in name and "،" not in name and (foreign or used <= native(city["countrycode"]))
        ):
            _add(names, name, OWN, KIND_ELSEWHERE)
    most = next(count for people, count in MOST_SPELLINGS if city["population"] >= people)
    for name, _ in sorted(spellings.items(), key=lambda pair: (-pair[1], pair[0]))[:most]:
        names.setdefault(name, OTHER)
    names[fold(city["name"])] = OWN
    return usable(names)


def of_area(
    name: str, aliases: Iterable[str], iso_code: str | None, *, bare: bool = True, translated: bool = True
) -> Names:
    """Names of a state, province or district, its code, and its names without the word for the kind of area.

    Arguments:
        name: its own.
        aliases: others, in any script.
        iso_code: of ISO 3166-2, like AU-NSW.
        bare: whether the word for the kind may be missing; Harris County is not Harris.
        translated: whether its names in other languages than its own are taken, and other Latin spellings.
    """
    names: Names = {}
    kinds = (KIND_BEHIND, KIND_BEFORE, KIND_ELSEWHERE) if bare else (KIND_ELSEWHERE,)
    for alias in [*aliases, *(translations(iso_code) if iso_code and translated else ())]:
        latin = scripts(alias) == {"LATIN"}
        if translated or not latin:
            _add(names, alias, OTHER if latin else OWN, *kinds)
    code = iso_code.split("-")[1] if iso_code else ""
    if code.isalpha() and len(code) >= 2:
        names.setdefault(code.lower(), CODE)
    _add(names, name, OWN, *kinds)
    return usable(names)


def _add(names: Names, name: str, rank: int, *kinds: re.Pattern[str]) -> None:
    """Add a name as it is, and without its kind of place unless that leaves no name or a country's."""
    folded = fold(re.sub(r"\s*[\[(（].*", "", name))
    names[folded] = min(rank, names.get(folded, rank))
    for kind in kinds:
        bare = kind.sub("", folded)
        if bare != folded and len(bare) >= 2 and bare not in NO_NAMES | country_names() and not DAY.search(bare):
            names[bare] = min(rank, names.get(bare, rank))


@functools.cache
def country_names() -> frozenset[str]:
    """Every name of every country."""
    return frozenset(name for names in territories().values() for name in names)


@functools.cache
def native(country: str) -> frozenset[str]:
    """The scripts in which a country's own languages are written, after CLDR."""
    likely = get_global("likely_subtags")
    languages = get_global("territory_languages").get(country, {})
    found = set()
    for language, use in languages.items():
        if use["official_status"] or use["population_percent"] >= USED_BY:
            subtags = likely.get(language, language).split("_") + language.split("_")
            found |= {SCRIPT_NAMES[subtag] for subtag in subtags if subtag in SCRIPT_NAMES}
    return frozenset(found)


def usable(names: Names) -> Names:
    """Those of two to forty characters that have a letter."""
    return {n: rank for n, rank in names.items() if 2 <= len(n) <= LONGEST_NAME and any(c.isalpha() for c in n)}


@functools.cache
def _catalogues() -> tuple[gettext.NullTranslations, ...]:
    folder = Path(pycountry.LOCALES_DIR)
    found = sorted(path.parts[-3] for path in folder.glob("*/LC_MESSAGES/iso3166-2.mo"))
    return tuple(gettext.translation("iso3166-2", str(folder), [locale]) for locale in found)


def translations(iso_code: str) -> list[str]:
    """Names of an ISO 3166-2 code in the languages of pycountry's catalogues that translate it."""
    subdivision = pycountry.subdivisions.get(code=iso_code)
    if subdivision is None:
        return []
    name = subdivision.name
    return [name, *sorted({catalogue.gettext(name) for catalogue in _catalogues()} - {name})]


@functools.cache
def territories() -> dict[str, Names]:
    """ISO code → names of the country in all languages of CLDR.

    Two countries may share a name (Kongo); a name that only few languages give to a country is left to the other.
    """
    claims: dict[str, Counter[str]] = defaultdict(Counter)
    spoken: set[str] = set()
    for identifier in sorted(locale_identifiers()):
        if identifier.count("_") > 1 or (identifier.count("_") == 1 and len(identifier.split("_")[1]) == 2):
            continue  # en_AU names countries as en does
        for code, name in Locale.parse(identifier).territories.items():
            if len(code) == 2 and code.isalpha():
                folded = fold(re.sub(r"\s*[\[(（].*", "", name)).rstrip(":")
                claims[folded][code] += 1
                if identifier.split("_")[0] in SPOKEN:
                    spoken.add(folded)
    found: dict[str, Names] = defaultdict(dict)
    for name, codes in claims.items():
        if name not in spoken and scripts(name) == {"LATIN"} and codes.total() < 3:
            continue
        for code, count in codes.items():
            if count >= AGREEMENT * max(codes.values()):
                found[code][name] = OWN if scripts(name) != {"LATIN"} or count > 3 else OTHER
    return {code: usable(names) for code, names in found.items()}
