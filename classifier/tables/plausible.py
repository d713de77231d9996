"""Rates how plausible a text in a guessed encoding is: whether its letters are frequent in their script.

A wrong encoding turns frequent letters into rare ones: small letters into capitals, common Chinese characters into rare
ones, Arabic into Japanese half-width signs. A few bytes are enough to see it.
"""

import unicodedata
from collections import Counter

# Letters of each script, roughly from the most to the least frequent.
BY_FREQUENCY = {
    "CYRILLIC": "оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфіїъєёґ",
    "GREEK": "αοιετσνηυρπκμλςίόάήέδγώχθφύβξζψ",
    "HEBREW": "יוהלארתבשמנםדעקפחטןגסצזכךץף",
    "ARABIC": "الينمتوربعدسهفكقحجةشطصخأذىغضئزثءظآإؤپچگکی",
    "THAI": "านรกอเงมยลวดทสะตปคบแจหพขใไชผโซถณ",
}
MARKS = 0.7  # a vowel sign or tone of Thai, a harakat
KANA, HANGUL, RARE_HAN = 1.0, 0.75, 0.1
# Any two bytes make a Chinese character, so it counts less than a letter; Big5 sorts more characters as frequent.
FREQUENT_HAN = {"gb18030": 0.6, "shift_jis": 0.6, "euc_jp": 0.6, "big5": 0.55}
# Lead bytes of the frequent characters in each encoding, which is sorted by frequency.
FREQUENT_LEADS = {
    "gb18030": ("gb2312", 0xB0, 0xD7), "big5": ("big5", 0xA4, 0xC6), "shift_jis": ("shift_jis", 0x88, 0x97),
    "euc_jp": ("euc_jp", 0xB0, 0xCF),
}  # fmt: skip


def score(text: str, codec: str) -> float:
    """Return how plausible a text is, from 0 to 1.

    Arguments:
        text: the decoded text.
        codec: the codec that decoded it.
    """
    found, scripts, capitals = list[float](), Counter[str](), 0
    for character in text:
        if character.isascii() or not (character.isalpha() or unicodedata.category(character) == "Mn"):
            found += [0.0] * (not character.isascii() and unicodedata.category(character)[0] in "SC")
            continue
        script = unicodedata.name(character, "?").split(" ")[0]
        scripts["JAPANESE" if script in ("HIRAGANA", "KATAKANA") else script] += 1
        capitals += character.isupper()
        found.append(_of_letter(character, script, codec))
    if not found:
        return 0.0
    japanese = scripts["JAPANESE"] and scripts.pop("CJK", 0)
    main = max(scripts.values(), default=0) + japanese
    of_one_script = main / (sum(scripts.values()) + japanese) if scripts else 0.0
    return sum(found) / len(found) * of_one_script * (0.6 if capitals > len(found) / 2 else 1.0)


def _of_letter(character: str, script: str, codec: str) -> float:
    if script in ("HIRAGANA", "KATAKANA"):
        return KANA
    if script == "HANGUL":
        return HANGUL
    if script == "CJK":
        return FREQUENT_HAN[codec] if _is_frequent(character, codec) else RARE_HAN
    letters = BY_FREQUENCY.get(script)
    if letters is None:
        return 0.0
    place = letters.find(character.lower())
    if place < 0:
        return MARKS if unicodedata.category(character) == "Mn" else 0.0
    return 1 - place / len(letters)


def _is_frequent(character: str, codec: str) -> bool:
    if codec not in FREQUENT_LEADS:
        return False
    name, first, last = FREQUENT_LEADS[codec]
    try:
        return first <= character.encode(name)[0] <= last
    except UnicodeEncodeError:
        return False
