"""International bank account numbers: a country, two check digits, and as many letters and digits as that country has.

The lengths are those of the registry of ISO 13616, and of the African banks that use the same form without being in it.
"""

import re
from collections.abc import Iterator

_LENGTHS = """
    AD24 AE23 AL28 AO25 AT20 AZ28 BA20 BE16 BF28 BG22 BH22 BI27 BJ28 BR29 BY28 CF27 CG27 CH21 CI28 CM27 CR22 CV25 CY28 CZ24 DE22
    DJ27 DK18 DO28 DZ26 EE20 EG29 ES24 FI18 FK18 FO18 FR27 GA27 GB22 GE22 GI23 GL18 GQ27 GR27 GT28 GW25 HN28 HR21 HU28 IE22 IL23
    IQ23 IR26 IS26 IT27 JO30 KM27 KW30 KZ20 LB28 LC32 LI21 LT20 LU20 LV21 LY25 MA28 MC27 MD24 ME22 MG27 MK19 ML28 MN20 MR27 MT31
    MU30 MZ25 NE28 NI28 NL18 NO15 OM23 PK24 PL28 PS29 PT25 QA29 RO24 RS22 RU33 SA24 SC31 SD18 SE24 SI19 SK24 SM27 SN28 SO23 ST25
    SV28 TD27 TG28 TL23 TN24 TR26 UA29 VA22 VG24 XK20 YE30
"""
LENGTHS = {entry[:2]: int(entry[2:]) for entry in _LENGTHS.split()}
FEWEST_DIGITS = 7
# Glued to a word of another script, or to the word IBAN itself, it's still one.
_START = r"(?:(?<![A-Za-z0-9_])|(?<=[Ii][Bb][Aa][Nn]))"
START = re.compile(rf"{_START}[A-Za-z]{{2}}\d\d(?=[ -]?[A-Za-z0-9])")
REST = {length: re.compile(rf"(?:[ -]?[A-Za-z0-9]){{{length - 4}}}(?![A-Za-z0-9])") for length in set(LENGTHS.values())}
# One that was mistyped, or is of a country that isn't listed: groups of four.
GROUPS = re.compile(r"(?:[ -]?[A-Za-z0-9]{4}){2,7}(?:[ -]?[A-Za-z0-9]{1,4})?(?![^\W_])")


def spans(text: str) -> Iterator[tuple[int, int]]:
    """Ranges of account numbers in a folded text."""
    end = 0
    for start in START.finditer(text):
        if start.start() >= end and (found := _end(text, start)):
            yield start.start(), (end := found)


def _end(text: str, start: re.Match[str]) -> int | None:
    """Where the number ends. In capitals its form is enough, as people mistype; in small letters words look alike."""
    rest = REST.get(LENGTHS.get(start[0][:2].upper(), 0))
    exact = rest.match(text, start.end()) if rest else None
    for match in filter(None, (exact, GROUPS.match(text, start.end()))):
        number = "".join(filter(str.isalnum, start[0] + match[0])).upper()
        is_grouped = start[0].isupper() and GROUPS.fullmatch(text, start.end(), match.end())
        if sum(map(str.isdigit, number)) > FEWEST_DIGITS and (is_grouped or is_checked(number)):
            return match.end()
    return None


def is_checked(number: str) -> bool:
    """Whether the check digits of a number without spaces are right: the remainder of 97 is one."""
    return int("".join(str(int(sign, 36)) for sign in number[4:] + number[:4])) % 97 == 1
