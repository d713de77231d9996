"""Names of people in a text, found by what stands around them: “my sister Maria João”, “name is …”, “Carlos, 54”.

Careful on the side of the person: a word too many is hidden rather than a name shown. Only scripts with capital
letters can be told so; words of need and of place that often stand there are left alone. Linear in the text.
"""

import re

# Kinship and search words of the languages that the product is used in; each is followed by the name itself.
_KIN = (
    "sister|brother|mother|father|mum|mom|dad|son|daughter|wife|husband|uncle|aunt|cousin|grandmother|grandfather|"
    "grandma|grandpa|nephew|niece|friend|neighbou?r|colleague|"
    "irmã|irmão|mãe|pai|filh[oa]|esposa|marido|ti[oa]|prim[oa]|av[óô]|sobrinh[oa]|amig[oa]|vizinh[oa]|"
    "herman[oa]|madre|padre|hij[oa]|mujer|esposo|abuel[oa]|sobrin[oa]|vecin[oa]|"
    "sœur|soeur|frère|mère|père|fils|fille|femme|mari|oncle|tante|cousine?|grand-mère|grand-père|voisine?"
)
_CALLED = (
    r"name(?:d| is|s are|:)|called|nome é|nome:|chamad[oa]|se chama|chama-se|se llama|llamad[oa]|nombre es|nombre:|"
    r"s'appelle|nommée?"
)
# Places are looked for as well: after these a single word stays.
_SOUGHT = (
    r"looking for|searching for|have you seen|anyone seen|missing:|last seen:|procuro|procura-se|procuramos|"
    r"alguém viu|desaparecid[oa]:?|busco a|buscamos a|han visto a|recherche|cherche|avez-vous vu"
)
_NOT_NAMES = (
    "The|This|That|Our|My|His|Her|Their|Please|Help|Water|Food|Boats?|Rescue|Shelter|Medical|Medicine|Volunteers?|"
    "Donations?|Clothes|Blankets|Doctors?|Ambulance|Power|Fuel|Hospital|School|Church|Bridge|Road|Street|River|"
    "Market|Station|Airport|Port|In|At|On|Near|From|To|And|Or|Since|Last|Aged|Age|Wearing|She|He|We|They|It|I|"
    "Red|Cross|Police|Army|Government|People|Children|Families|Survivors?|Victims?|Information|News|Updates?|"
    "Em|No|Na|De|Do|Da|Os|As|Um|Uma|El|La|Los|Las|Le|Les|Un|Une|En|Dans|Água|Comida|Ajuda|Socorro|Agua|Ayuda|Eau"
)
_NAME = rf"(?!(?i:(?:{_NOT_NAMES})\b))[^\W\d_a-zß-öø-ÿ][\w'’-]{{1,30}}"
_NEXT = rf"(?: (?:d[aeo]s?|del|de la|van|von|bin|al|e|y) {_NAME}| {_NAME})"
_MORE = rf"{_NEXT}{{0,3}}"
# Between the cue and the name nothing but its own little words.
_BETWEEN = (
    r"[ :,\u00a0]{1,3}(?:(?i:my|our|his|her|the|missing|named|called|o|a|um|uma|meu|minha|mi|mon|ma|de|is|,) ){0,2}"
)
CUED = re.compile(rf"(?<!\w)(?i:{_KIN}|{_CALLED}){_BETWEEN}({_NAME}{_MORE})")
SOUGHT = re.compile(rf"(?<!\w)(?i:{_SOUGHT}){_BETWEEN}({_NAME}{_NEXT}{{1,3}})")
_YEARS = r"(?i:years?|yrs?|yo|anos|años|ans)"
WITH_AGE = re.compile(rf"(?<![\w•])({_NAME}{_MORE})(?= ?\((?:aged? )?\d{{1,3}}\b|, (?:aged? )?\d{{1,3}} ?{_YEARS}\b)")


def spans(text: str) -> list[tuple[int, int]]:
    """Where the names stand, in order, none overlapping another."""
    found = sorted(match.span(1) for pattern in (CUED, SOUGHT, WITH_AGE) for match in pattern.finditer(text))
    kept: list[tuple[int, int]] = []
    for start, end in found:
        if kept and start < kept[-1][1]:
            kept[-1] = (kept[-1][0], max(end, kept[-1][1]))
        else:
            kept.append((start, end))
    return kept
