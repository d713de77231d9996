"""Whether a name that the gazetteer knows means a place here: what counts as evidence, for each kind of script.

Scripts with capitals: a capital with a well-known name, a preposition, the event's area. Scripts without: a name that is
long or well known, a word such as "in" before or behind it, the event's area.
"""

import re
from collections.abc import Sequence

from classifier.places.fold import fold
from classifier.places.gazetteer import CODE, Entry
from classifier.places.mentions import COMMON, PlaceMention, titled
from classifier.places.resolve import WELL_KNOWN, Context, in_area
from classifier.words import UNSPACED

KNOWN_WITHOUT_CAPITALS, KNOWN_BESIDE_A_WORD = 100_000, 15_000  # people
# Words that stand right before a place in languages whose scripts have capitals; English, Spanish, Portuguese and French
# ones are in `mentions`.
PREPOSITIONS = {
    lang: frozenset(fold(word) for word in words.split())
    for lang, words in {
        "it": "a ad in da di nel nello nella nei negli presso verso vicino",
        "id": "di ke dari kota kabupaten sekitar dekat wilayah provinsi",
        "tl": "sa mula taga lungsod bayan",
        "sw": "katika kutoka huko mjini jijini mkoani karibu",
        "el": "στον στην στη στο στα στις σε από προς κοντά",
        "ru": "в во на из под около возле близ город городе район районе",
        "uk": "в у на з із під біля поблизу місто місті",
        "tr": "",
        "de": "in bei nach aus von nahe",
        "nl": "in bij naar uit van",
    }.items()
}
APOSTROPHE = re.compile("['’]")
# Words that stand right before a place, and right behind one, in scripts without capitals.
BEFORE = frozenset(
    fold(word)
    for word in """في فى من الى إلى نحو قرب شمال جنوب شرق غرب مدينة محافظة ولاية منطقة قرية در از به شهر استان نزدیک شمال
    जिल्ला जिला शहर জেলা শহর ضلع شہر""".split()
)
BEHIND = frozenset(
    fold(word)
    for word in """में से के का की को तक पर मा बाट को का जिल्ला जिला शहर जिले ज़िले থেকে শহরে শহরের জেলায় জেলার এলাকায় میں سے کے کی
    کا کو تک شہر ضلع را""".split()
)
BEFORE_UNSPACED = re.compile(r"(?:在|于|於|至|到|从|從|往|赴|距|离|離|来自|來自|位于|前往|抵达|ใน|ที่|จาก|เมือง|จังหวัด)$")
BEHIND_UNSPACED = re.compile(
    r"(?:市|县|縣|省|区|區|州|府|都|镇|鎮|町|村|県|郡|邦|港|島|岛|附近|地区|地區|郊|沿岸|で|に|の|へ|から|まで|では|には|にて|発|地方|当局|當局|发生|發生|에서|에|의)"
)
# Words that are also names of places, and mean them rarely; those of languages in `mentions.COMMON` are there.
COMMON_ELSEWHERE = frozenset(
    fold(word)
    for word in """salamat aman nil pati mon poleni ojo nada perto boil mesa gavana kita
    вода усі всі μέσα
    كورونا الكورونا مدينة المدينة مدينه كمان مشهد الخميس السنة السن ساري الليل العمارة الوادي التاني الحمد الخبر الجنوب
    الشمال الشرق الغرب الداخلية المركزي دولة كامل الشرقية الغربية أول فعالية سلالة الميدان كونا العاصمة كيف أمان الأمان
    هزة الهزة سنة
    شام سمی بالای بالا دوشنبه شنبه یکشنبه جان میرے میری پیر کتے کھلنے
    उत्तर दक्षिण पूर्व पश्चिम केंद्र मध्य आने काला काले मेरी मेरे किसी भोले मोबाइल मिला मिले गया लाख साल पुल मारे नील
    सारी जान जिम तट मात
    津波 خبر ہیں डंडी
    体育館 中心 大学 和平 公园 学校 医院 新建 东方 平安""".split()
)


def is_place(
    text: str, mention: PlaceMention, entries: Sequence[Entry], context: Context, lang: str | None = None
) -> bool:
    """Whether the words mean a place here.

    Arguments:
        entries: the places of that name; at least one.
        lang: of the text, like `it`: which words before a name are prepositions.
    """
    if titled(text, mention) or mention.folded in COMMON_ELSEWHERE or all(entry.rank == CODE for entry in entries):
        return False
    near = any(in_area(entry, context) or entry.country in context.country_codes for entry in entries)
    if UNSPACED.match(mention.text):
        return _is_unspaced_place(text, mention, entries, near)
    if not is_cased(mention.text):
        return _is_caseless_place(text, mention, entries, near)
    return _is_cased_place(mention, entries, near, marked=mention.after_preposition or is_marked(text, mention, lang))


def _is_cased_place(mention: PlaceMention, entries: Sequence[Entry], near: bool, *, marked: bool) -> bool:
    if len(mention.folded) <= 2:
        return False
    if mention.words == 1 and mention.folded in COMMON:
        return mention.capitalised and marked and near
    if not mention.capitalised and not mention.hashtag:
        return near and len(mention.folded) >= 5 and (marked or mention.words > 1)
    return near or marked or is_known(entries, WELL_KNOWN)


def is_marked(text: str, mention: PlaceMention, lang: str | None) -> bool:
    """Whether a preposition of the language precedes the name, or an ending follows its apostrophe."""
    code = (lang or "").partition("-")[0].lower()
    if code == "tr":
        return APOSTROPHE.search(mention.text) is not None
    return _word_before(text, mention.start) in PREPOSITIONS.get(code, ())


def is_cased(text: str) -> bool:
    """Whether the script of a text has capitals."""
    return text.lower() != text.upper()


def is_known(entries: Sequence[Entry], people: int) -> bool:
    """Whether one of the places is a country or has so many people."""
    return any(entry.type == "country" or entry.population >= people for entry in entries)


def _is_caseless_place(text: str, mention: PlaceMention, entries: Sequence[Entry], near: bool) -> bool:
    if mention.hashtag or near:
        return len(mention.folded) >= 3
    if _word_before(text, mention.start) in BEFORE or _word_behind(text, mention.end) in BEHIND:
        return is_known(entries, KNOWN_BESIDE_A_WORD if len(mention.folded) >= 3 else KNOWN_WITHOUT_CAPITALS)
    return len(mention.folded) >= 3 and is_known(entries, KNOWN_WITHOUT_CAPITALS)


def _is_unspaced_place(text: str, mention: PlaceMention, entries: Sequence[Entry], near: bool) -> bool:
    if _cuts_katakana(text, mention) or (_is_hiragana(mention.text) and not near):
        return False
    if near or len(mention.folded) >= 3:
        return len(mention.folded) >= 3 or is_known(entries, KNOWN_BESIDE_A_WORD)
    marked = BEFORE_UNSPACED.search(text[: mention.start]) or BEHIND_UNSPACED.match(text, mention.end)
    return is_known(entries, KNOWN_BESIDE_A_WORD if marked else KNOWN_WITHOUT_CAPITALS)


def _cuts_katakana(text: str, mention: PlaceMention) -> bool:
    """Whether the mention is a part of a longer word in Katakana."""
    return any(_is_katakana(text[i : i + 1]) and _is_katakana(text[i + 1 : i + 2])
               for i in (mention.start - 1, mention.end - 1) if i >= 0)  # fmt: skip


def _is_hiragana(text: str) -> bool:
    return all("\u3041" <= letter <= "\u309f" for letter in text)


def _is_katakana(letter: str) -> bool:
    return "\u30a1" <= letter <= "\u30ff"


def _word_before(text: str, start: int) -> str:
    words = text[max(0, start - 20) : start].split()
    return fold(words[-1].strip("#،.,:")) if words else ""


def _word_behind(text: str, end: int) -> str:
    words = text[end : end + 20].split()
    return fold(words[0].strip("،.,:।")) if words and text[end : end + 1].isspace() else ""
