"""Whether digits in groups of three are a telephone number rather than a count, by the numbering plans of the world.

`phonenumbers` brings the plans; it is imported when first asked, as few texts hold such a number. That a number is valid
somewhere says nothing (of 7 to 10 random digits 99 in 100 are); that it is also grouped as it is dialled there does.
"""

import re
from functools import lru_cache

# Where the product's languages are spoken and disasters were.
REGIONS = (
    "MZ", "MW", "ZW", "MG", "TZ", "KE", "HT", "DO", "MX", "GT", "PE", "CL", "BR", "PT", "ES", "FR", "TR", "SY", "LB", "IQ",
    "MA", "LY", "IR", "AF", "PK", "IN", "NP", "BD", "LK", "MM", "ID", "PH", "CN", "JP", "UA", "RU", "US", "GB",
)  # fmt: skip
DIGITS = re.compile(r"\d+")


@lru_cache(maxsize=4096)
def is_dialled_so(number: str) -> bool:
    """Whether in one of `REGIONS` the number is valid and written in these groups."""
    groups = DIGITS.findall(number)
    return any(_national_groups("".join(groups), region)[-len(groups) :] == groups for region in REGIONS)


def _national_groups(digits: str, region: str) -> list[str]:
    import phonenumbers

    try:
        number = phonenumbers.parse(digits, region)
    except phonenumbers.NumberParseException:
        return []
    if not phonenumbers.is_valid_number(number):
        return []
    return DIGITS.findall(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.NATIONAL))
