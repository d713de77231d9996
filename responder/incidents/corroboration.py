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
# Words of doubt about a claim, harm that is negated, and harm that is over. More than a word is asked for where the word
# alone would be harm: "no longer" needs what is no longer, "back" what is back. `denials.tsv` measures them.
DOUBT = (
    r"fake|false (?:report|alarm|rumou?r)|rumou?rs?|hoax|not true|untrue|debunked|misinformation|disinformation|unfounded|"
    r"misleading|(?:is|was|were|are) denied|den(?:y|ies|ied) (?:that|the|any|reports?)|old (?:photo|video|picture)|contrary to|"
    r"stop (?:sharing|spreading|sending)|correction:|after all,|"
    r"é mentira|mentira|falso|falsa (?:notícia|noticia|alarma)|boato|bulo|no es (?:cierto|verdad)|não é verdade|desm[ei]nt\w+|"
    r"dejen de (?:compartir|enviar|mandar)|parem de (?:partilhar|compartilhar|enviar|mandar)|"
    r"faux|fausse (?:alerte|rumeur|information)|rumeur|pas vrai|dément\w*|intox|arrêtez de (?:partager|envoyer)"
)
HARM = (
    r"collapsed?|fall(?:en)?|burn(?:t|ing)?|on fire|evacuated|closed|cut off|flooded|blocked|trapped|stuck|stranded|broken|burst|"
    r"broke|gone|damaged|destroyed|washed away|missing|dead|hurt|injured|killed|hit|poisoned|contaminated|leaking"
)
NEGATED = (
    rf"(?:is|are|was|were|has|have|had|did) (?:not|never) (?:been |being )?(?:{HARM})|"
    rf"(?:isn|aren|wasn|weren|hasn|haven|didn)['’]t (?:been |being )?(?:{HARM})|was never (?:{HARM})|"
    rf"no(?:body| one) (?:is|was|were|got) (?:{HARM})|"
    r"no (?:flood|fire|flames|damage|victims?|casualties|injuries|deaths|explosions?|tsunami|(?:second )?\w* ?(?:wave|surge)|evacuation|voices)\b|"
    r"no \w+ (?:are |is )?(?:stranded|trapped|missing|hurt|injured|expected|heard|wanted|needed)|no need (?:for|to)|"
    r"no hay (?:nadie atrapado|heridos|v[ií]ctimas|muertos|daños|incendio|atrapados)|no (?:se )?ha (?:roto|caído|cerrado)|no se (?:cayó|rompió)|"
    r"não há (?:ninguém pres\w|feridos|vítimas|mortos|danos|incêndio)|não (?:caiu|rebentou|ruiu|fechou|está (?:fechad|cortad)\w)|"
    r"n['’](?:est|a|ont|entre) pas (?:effondré|fermé|coupé|cédé|tombé|brûlé|dans)|pas de (?:blessés|victimes|morts|dégâts)|"
    r"plus personne n['’]est (?:coincé|bloqué|piégé)"
)
OVER = (
    r"(?:is|are) safe|found safe|safe and (?:sound|dry|well)|already (?:rescued|repaired|open)|all clear|"
    r"(?:open(?:ed)?|works?|runs?|running|working|back) again|reopened|(?:has|have|was|were) been (?:restored|repaired|lifted|rescued)|"
    r"(?:is|are) (?:back|intact|under control)\b(?! over)|(?:still )?stands?,|still standing|no longer (?:needed|trapped|missing|burning|on fire|stuck|rising|at risk)|"
    r"was empty|a salvo|sigue en pie|de pé|(?:está|estão) (?:abiert|abert)\w otra vez|abierta otra vez|restablecid\w|restabelecid\w|reabri\w+|voltou a (?:luz|água)|volvió (?:la luz|el agua)|"
    r"rouverte?s?|rétabli\w*|tient toujours|sains? et saufs?|saines? et sauves?"
)
NOT_OVER = re.compile(
    r"\b(?:not|isn['’]t|aren['’]t|never|no estamos|no está|não está|não estamos|ne sommes pas|n['’]est pas) (?:yet )?(?:safe|open|back|under control|intact|a salvo|abierta|de pé|rouverte?)",
    _FLAGS,
)
DENIED = re.compile(rf"\b(?:{DOUBT}|{NEGATED})(?!\w)", _FLAGS)
ENDED = re.compile(rf"\b(?:{OVER})(?!\w)", _FLAGS)
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
    against = tuple(post.pk for post in posts if contradicts(post.text))
    if against:
        text = ngettext(
            "%(n)d post uses words of doubt or contradiction: read it",
            "%(n)d posts use words of doubt or contradiction: read them", len(against),
        )  # fmt: skip
        found.append(Reason("against", text % {"n": len(against)}, against))
    return found


def contradicts(text: str) -> bool:
    """Whether a text holds words that deny a claim, or say that the harm is over. For people to read, never a verdict."""
    text = text[:2_000]
    return bool(DENIED.search(text) or ENDED.search(NOT_OVER.sub(" ", text)))


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
