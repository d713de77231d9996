"""Signs for and against an incident, shown to people. Only people set its verification.

Cues are words in English, Spanish, Portuguese and French, and the form of authors' names. They miss much.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from responder.incidents import wordings
from responder.models import Post

LOOKED_AT = 200  # newest posts
KINDS = ("eyewitness", "official", "media", "organisation")
_FLAGS = re.IGNORECASE
EYEWITNESS = re.compile(
    r"\b(?:i (?:can )?(?:see|saw|hear|heard)|i'?m (?:at|in|on|near)|we (?:are|have|can|need)|my (?:house|street|family|"
    r"neighbou?rs?|brother|sister|mother|father)|our (?:house|street|town|village|school|camp)|right here|in front of me|"
    r"estamos|minha casa|nossa rua|mi casa|nuestra|estoy|je vois|nous sommes|ma maison)\b", _FLAGS)  # fmt: skip
OFFICIAL = re.compile(
    r"\b(?:police|fire (?:service|brigade|department)|civil protection|ministry|government|mayor|authorit(?:y|ies)|"
    r"ingd|proteção civil|protección civil|governo|gobierno|ministério|préfecture|sapeurs)\b", _FLAGS)  # fmt: skip
MEDIA = re.compile(r"\b(?:breaking|reports?:|reporters?|according to|news|via @|live updates|notícias|noticias|última hora)\b",
                   _FLAGS)  # fmt: skip
ORGANISATION = re.compile(r"\b(?:red cross|red crescent|cruz (?:vermelha|roja)|croix-rouge|unicef|unhcr|wfp|msf|oxfam|caritas|"
                          r"our (?:team|volunteers)|ngo|ong)\b", _FLAGS)  # fmt: skip
NAMES = {
    "official": re.compile(r"police|polic[ií]a|gov|minist|bombeiro|ingd|sapeurs|fire_?dept|camara|prefect", _FLAGS),
    "media": re.compile(r"news|notic|jornal|radio|rádio|tv\b|press|times|herald|gazet|diario|journal", _FLAGS),
    "organisation": re.compile(r"ong|ngo|redcross|cruz|unicef|wfp|msf|oxfam|caritas|relief|ajuda|ayuda", _FLAGS),
}
CONTRADICTION = re.compile(
    r"\b(?:fake|false (?:report|alarm|rumou?r)|rumou?rs?|hoax|not true|untrue|debunked|misinformation|old (?:photo|video|picture)|"
    r"is safe|are safe|no (?:flood|fire|damage|victims)|already (?:rescued|repaired|open)|é mentira|mentira|falso|boato|"
    r"bulo|no es cierto|faux|rumeur|c'est faux)\b", _FLAGS)  # fmt: skip
TEXTS = {"eyewitness": EYEWITNESS, "official": OFFICIAL, "media": MEDIA, "organisation": ORGANISATION}


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason: `for`, `against` or `unclear`, as a sentence, with the posts it is based on."""

    side: str
    text: str
    post_ids: tuple[int, ...] = ()


def reasons(posts: Sequence[Post]) -> list[Reason]:
    """The reasons in the newest posts of an incident; `posts` are at most LOOKED_AT."""
    if not posts:
        return []
    found = [_independence(posts)]
    for kind in KINDS:
        ids = tuple(post.pk for post in posts if kind in kinds_of(post))
        if ids:
            found.append(Reason("for", _KIND_WORDS[kind](len(ids)), ids))
    against = tuple(post.pk for post in posts if CONTRADICTION.search(post.text))
    if against:
        text = ngettext(
            "%(n)d post uses words of doubt or contradiction: read it",
            "%(n)d posts use words of doubt or contradiction: read them", len(against),
        )  # fmt: skip
        found.append(Reason("against", text % {"n": len(against)}, against))
    return found


def kinds_of(post: Post) -> set[str]:
    """The kinds of source that a post reads like; may be none or several."""
    text, name = post.text[:2_000], post.author_handle[:100]
    named = {kind for kind, pattern in NAMES.items() if pattern.search(name)}
    return named | {kind for kind, pattern in TEXTS.items() if pattern.search(text)}


def independent(posts: Sequence[Post]) -> int:
    """Return the number of independent authors (see `wordings`); `posts` are at most LOOKED_AT."""
    return wordings.speakers(posts)


def _independence(posts: Sequence[Post]) -> Reason:
    number = independent(posts)
    if number < 2:
        return Reason("unclear", _("Only one independent source: one author, or copies of one text"))
    return Reason("for", _("%(n)d authors, each in their own words") % {"n": number})


_KIND_WORDS = {
    "eyewitness": lambda n: ngettext("%(n)d post reads like an eyewitness", "%(n)d posts read like eyewitnesses", n) % {"n": n},
    "official": lambda n: ngettext("%(n)d post by or citing officials", "%(n)d posts by or citing officials", n) % {"n": n},
    "media": lambda n: ngettext("%(n)d post by or citing media", "%(n)d posts by or citing media", n) % {"n": n},
    "organisation": lambda n: ngettext("%(n)d post by or citing an organisation", "%(n)d posts by or citing organisations", n) % {"n": n},
}  # fmt: skip
