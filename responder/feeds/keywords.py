"""Suggestions of keywords for a feed: those of its event, names of its places, and words of its hazard, to tick.

Words and places are offered in the languages of the event, else in those of its countries and English.
"""

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from babel.languages import get_official_languages
from django.utils.translation import gettext as _

from classifier.languages import name_of
from classifier.places import gazetteer
from responder.feeds import hazard_words
from responder.models import Event

MOST_PLACES, MOST_LANGUAGES, MOST_TICKED = 15, 8, 200
WORD, PLACE = "word", "place"
SCRIPTS = {
    "ar": "ARABIC", "fa": "ARABIC", "ur": "ARABIC", "bn": "BENGALI", "zh": "CJK", "ja": "KATAKANA", "el": "GREEK",
    "hi": "DEVANAGARI", "ne": "DEVANAGARI", "ru": "CYRILLIC", "uk": "CYRILLIC",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Suggestions:
    """Keywords that belong together.

    Arguments:
        title: of the group, such as the name of a language.
        kind: `word` or `place`.
        language: code of their language, for screen readers; empty if they have several.
        words: the keywords, each once.
    """

    title: str
    kind: str
    language: str
    words: tuple[str, ...]


def suggest(event: Event, *, stems: bool = True) -> list[Suggestions]:
    """Suggestions for feeds of an event; groups without any keyword are left out.

    Arguments:
        stems: whether to include stems of words, for sources that match parts of words.
    """
    languages = languages_of(event)
    found = [Suggestions(_("Keywords of the event"), WORD, "", tuple(event.keywords))]
    rows = hazard_words.rows_for(event.hazard)
    for row in [*rows, hazard_words.ANY]:
        for language in languages:
            words = hazard_words.words(row, language, stems=stems)
            title = f"{_titles()[row]} · {name_of(language)}"
            found.append(Suggestions(title, WORD, language, words))
    found.append(Suggestions(_("Places"), PLACE, "", tuple(places(event, languages))))
    return [group for group in found if group.words]


def languages_of(event: Event) -> list[str]:
    """Codes of the table's languages that posts of the event may be in."""
    known = hazard_words.languages()
    chosen = [code for code in event.languages if code in known]
    if not chosen:
        chosen = ["en"]
        for country in event.country_codes:
            chosen += [code for code in get_official_languages(country, de_facto=True) if code in known]
    return list(dict.fromkeys(chosen))[:MOST_LANGUAGES]


def places(event: Event, languages: Sequence[str]) -> list[str]:
    """Names of the largest places in the event's countries and area, in the scripts of the languages."""
    bbox = event.bbox
    if not event.country_codes and bbox is None:
        return []
    scripts = {SCRIPTS[code] for code in languages if code in SCRIPTS}
    names: list[str] = []
    for name, others in gazetteer.largest(tuple(event.country_codes), bbox, MOST_PLACES):
        names.append(name)
        for script in sorted(scripts):
            names += [one for one in others if _is_in(one, script)][:1]
    return list(dict.fromkeys(names))


def _is_in(text: str, script: str) -> bool:
    return all(unicodedata.name(letter, "").startswith(script) for letter in text if letter.isalpha())


def _titles() -> dict[str, str]:
    return {
        "flood": _("Flood"), "storm": _("Storm"), "earthquake": _("Earthquake"), "fire": _("Fire"),
        "landslide": _("Landslide"), "tsunami": _("Tsunami"), "volcano": _("Volcano"), "epidemic": _("Epidemic"),
        "drought": _("Drought"), hazard_words.ANY: _("Rescue"),
    }  # fmt: skip


def ticked(values: Iterable[Any], length: int) -> list[str]:
    """The ticked keywords of a form, each once; too many and too long ones are left out."""
    clean = (" ".join(str(value).replace("\x00", "").split()) for value in list(values)[:MOST_TICKED])
    return list(dict.fromkeys(word for word in clean if 0 < len(word) <= length))
