"""Words in the form in which they are compared, whatever their spelling: case, accents, vowel signs, look-alikes.

The phrases of `words/*.toml` and the posts go through the same folding, so that it may lose what it likes as long as
two different words stay different.
"""

import html
import re
import unicodedata
from functools import lru_cache

TEXT_LIMIT = 1_000  # characters that are read: a post that needs more is no post
WORD_LIMIT = 40  # letters; the rest of a longer word is dropped
STOP, PAUSE = ".", ","  # stand for the end of a sentence, and for a comma

_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\U000e0000-\U000e01ef]"
)
# Vowel signs and viramas belong to their word; Python's \w leaves them out.
_MARKS = "\u0300-\u036f\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed\u0900-\u0903\u093a-\u094f\u0951-\u0957\u0962\u0963\u0981-\u0983\u09bc-\u09cd\u09d7\u09e2\u09e3\u3099\u309a"
_CJK = "\u3005\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"  # written without spaces: each character is a word
_WORD = re.compile(
    rf"[{_CJK}]|[^\W_{_CJK}][^\W_{_CJK}{_MARKS}]*(?:[{_MARKS}]+[^\W_{_CJK}]*)*|[.!?…;\n।॥۔؟。！？]+|[,،、]|[🆘😂🤣]"
)
_ONE_CHARACTER = re.compile(f"[{_CJK}]")
_SIGNS = dict.fromkeys(".!?…;\n।॥۔؟。！？", STOP) | dict.fromkeys(",،、", PAUSE)
_URL = re.compile(r"https?://\S+")
_MENTION = re.compile(r"@\w+")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_SPACED = re.compile(r"(?<![^\W_])(?:[A-Za-zÀ-ɏͰ-ӿ][ .\-_*]){2,20}[A-Za-zÀ-ɏͰ-ӿ](?![^\W_])")  # s.o.s, H E L P
_SEPARATORS = str.maketrans("", "", " .-_*")
_REPEATED = re.compile(r"([^\W\d_])\1+")
_DIGIT_FOR_LETTER = re.compile(r"[a-z]+[013457]+[a-z][a-z0134570]*")
_DIGITS = str.maketrans("013457", "oieast")

# Arabic harakat and tatweel; nukta, anusvara and chandrabindu, which people leave out or confuse.
_DROPPED = dict.fromkeys(
    [*range(0x300, 0x370), 0x640, *range(0x610, 0x61B), *range(0x64B, 0x660), 0x670, *range(0x6D6, 0x6EE),
     0x900, 0x901, 0x902, 0x93C, 0x981, 0x982, 0x9BC]
)  # fmt: skip
# Letters that stand for one another: Latin, Arabic forms of alef, yeh, kaf and heh, long and short vowels of Devanagari
# and Bengali, traditional and simplified Chinese as far as the phrases need it.
_SAME = (
    "ıi łl øo đd ðd æa œo ґг ٱا ىي یي ےي ېي کك ڪك ةه ہه ھه ەه ۀه ںن ईइ ऊउ ीि ूु षश णन ঈই ঊউ ীি ূু ণন ষশ সশ ৰর ৎত"
    " 們们 這这 裡里 裏里 樓楼 頂顶 嬰婴 寶宝 還还 來来 進进 塊块 壓压 後后 個个 無无 沒没 請请 幫帮 緊紧 發发 醫医 藥药 糧粮 災灾"
    " 動动 壞坏 倒倒 傾倾 斷断 孫孙 爺爷 媽妈 歲岁 兒儿 童童 雙双 瞞瞒 門门 窗窗 漲涨 溫温 燒烧 煙烟 滅灭 隊队 機机 車车 員员 撥拨 電电"
    " 話话 現现 時时 過过 從从 隻只 雙双 衝冲 沖冲 灣湾 馬马 臺台 淹淹 關关 離离 開开 傷伤 聲声 聽听 見见 誰谁 氣气 變变 掛挂 難难"
    " 搶抢 險险 報报 擴扩 體体 腎肾 島島 東东 橋桥 給给 處处 盡尽 失失 蹤踪 尋寻 廢废 牆墙 磚砖 屍尸 長长 聯联 絡络 達达 擊击 學学 讓让 親亲"
)
_KATAKANA = {code: code - 0x60 for code in range(0x30A1, 0x30F7)}
_VARIANTS = _DROPPED | _KATAKANA | {ord(pair[0]): pair[1] for pair in _SAME.split()}
_LATIN_FOR = str.maketrans(
    "авекмнорстухісјѕԁһԛԝαονικρυτε", "abekmhopctyxicjsdhqwaovikpute"
)  # fmt: skip
_CYRILLIC_FOR = str.maketrans("abekmhopctyxi", "авекмнорстухі")
_GREEK_FOR = str.maketrans("abehikmnoptyxvu", "αβεηικμνορτυχνυ")
_LATIN, _CYRILLIC, _GREEK = re.compile("[a-z]"), re.compile("[а-яіїєґў]"), re.compile("[α-ω]")
_ONLY_CYRILLIC, _ONLY_GREEK = re.compile("[бгджзилпфцчшщъыьэюяєдґ]"), re.compile("[βγδζθλμξπσφψω]")


def words(text: str) -> list[tuple[str, str]]:
    """The words of `text`, each as written and as folded; STOP where a sentence ends, PAUSE for a comma.

    Arguments:
        text: any string; TEXT_LIMIT characters of it are read.
    """
    text = _plain(text[:TEXT_LIMIT])
    return [(word, _SIGNS.get(word[0]) or fold(word)) for word in _WORD.findall(text)]


def is_cjk(word: str) -> bool:
    """Whether this is a character of a script without spaces, where each counts as a word."""
    return word >= "\u3000" and bool(_ONE_CHARACTER.fullmatch(word))


def _plain(text: str) -> str:
    """The text without links, handles and invisible characters, in compatible characters."""
    if "&" in text:
        text = html.unescape(text)
    if not text.isascii():
        text = unicodedata.normalize("NFKC", _INVISIBLE.sub("", text))[:TEXT_LIMIT]
    if "://" in text:
        text = _URL.sub(" ", text)
    if "@" in text:
        text = _MENTION.sub(" ", text)
    if "#" in text:
        text = _CAMEL.sub(" ", text)
    return _SPACED.sub(lambda found: found.group().translate(_SEPARATORS), text)


@lru_cache(maxsize=16_384)
def fold(word: str) -> str:
    """One word as it is compared.

    Arguments:
        word: without spaces.
    """
    word = word[:WORD_LIMIT].casefold()
    if not word.isascii():
        word = unicodedata.normalize("NFC", unicodedata.normalize("NFKD", word).translate(_VARIANTS))
        if _LATIN.search(word) or _CYRILLIC.search(word):
            word = _one_script(word)
    if _DIGIT_FOR_LETTER.fullmatch(word):
        word = word.translate(_DIGITS)
    if len(word) > 1 and word == word[0] * len(word):
        return word[0] * 3  # kkkkk, wwww, هههه: laughter, and not the letter
    return _REPEATED.sub(r"\1", word)


def _one_script(word: str) -> str:
    """A word that mixes scripts, in the one script that all of its letters can be read in."""
    found = [bool(script.search(word)) for script in (_LATIN, _CYRILLIC, _GREEK)]
    if sum(found) < 2:
        return word
    if _ONLY_CYRILLIC.search(word):
        return word.translate(_CYRILLIC_FOR)
    if _ONLY_GREEK.search(word):
        return word.translate(_GREEK_FOR)
    return word.translate(_LATIN_FOR)
