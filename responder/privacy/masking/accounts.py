"""Finds e-mail addresses, handles, and links to profiles and chats, in any notation."""

import re
from collections.abc import Iterator, Sequence

from responder.privacy.masking.folding import fold_words
from responder.privacy.masking.words import Word

EMAIL = re.compile(r"[\w.+%-]{1,64}[@＠][\w-]{1,63}(?:\.[\w-]{1,63}){1,8}")
HANDLE = re.compile(r"[@＠][\w](?:[\w.-]{0,100}\w)?(?:[@＠][\w.-]{1,100})?")
# The first part of the path names a person, or somebody else whom we cannot tell from one.
PROFILES = frozenset({
    "x.com", "twitter.com", "instagram.com", "facebook.com", "fb.com", "fb.me", "m.me", "tiktok.com", "t.me", "telegram.me",
    "telegram.dog", "threads.net", "threads.com", "youtube.com", "linkedin.com", "vk.com", "wa.me", "chat.whatsapp.com",
    "wa.link", "whatsapp.com", "bsky.app", "snapchat.com", "pinterest.com", "reddit.com", "medium.com", "paypal.com", "paypal.me",
    "venmo.com", "cash.app", "linktr.ee", "ok.ru", "messenger.com", "discord.gg", "line.me", "signal.me", "signal.group",
    "gofundme.com", "ig.me", "instagr.am", "weibo.com", "zalo.me", "viber.com",
})  # fmt: skip
NO_PERSON = frozenset({
    "i", "p", "reel", "reels", "watch", "groups", "events", "hashtag", "explore", "search", "status", "embed", "shorts",
    "playlist", "share", "sharer", "posts", "r", "f", "tv", "stories", "photo", "video", "send",
})  # fmt: skip
# What follows these is the person.
NAMED = frozenset({
    "in", "user", "profile", "channel", "c", "u", "people", "add", "joinchat", "invite", "message", "qr", "public", "s", "pub",
})  # fmt: skip
_HOSTS = "|".join(sorted((re.escape(host) for host in PROFILES), key=len, reverse=True))
PROFILE = re.compile(rf"(?<![\w@•-])(?:[a-z]{{1,12}}\.)?({_HOSTS})(/[^\s<>\"'|•,;)\]}}]{{1,200}})", re.IGNORECASE)
_PROVIDERS = (
    "gmail|googlemail|yahoo|ymail|hotmail|outlook|live|msn|icloud|proton|protonmail|aol|gmx|zoho|mail|yandex|rambler|"
    "rediffmail|qq|163|126|sina|naver|orange|sapo|uol|bol|terra|ukr"
)
_AT, _DOT = r"at|arroba|arobase|собака|ät", r"dot|punto|ponto|point|punkt|точка|крапка|nokta|titik"
AT = re.compile(rf" ?[\[({{<] ?(?:{_AT}|@) ?[\])}}>] ?| {{1,2}}(?:{_AT}|@) {{0,2}}|@ {{1,2}}", re.IGNORECASE)
_JOIN = rf"(?: ?\. ?| ?[\[({{<] ?(?:{_DOT}|\.) ?[\])}}>] ?| (?:{_DOT}) )"
# One of these is in every text that spells an address out.
SPELT_SIGNS = (
    "@",
    "[",
    "(",
    "{",
    "<",
    *(f"{before}{word}" for word in _AT.split("|") for before in (" ", "_", "*", "-")),
)
LOCAL = re.compile(rf"[\w+%-]{{1,64}}(?:{_JOIN}[\w+%-]{{1,64}}){{0,3}}$", re.IGNORECASE)
SPELT = re.compile(rf"[\w-]{{1,63}}(?:{_JOIN}[\w-]{{2,63}}){{1,4}}", re.IGNORECASE)
BY_WORD = re.compile(rf"(?i:(?:{_PROVIDERS})(?: ?\. ?[\w-]{{2,12}}){{0,2}}\b|[\w-]{{1,63}} (?:{_DOT}) [\w-]{{2,63}})")
DOMAIN = re.compile(r"[\w-]{2,63}")
UNSPACED_BEFORE, UNSPACED_AFTER = (
    re.compile("[\u3040-\u9fff]+(?=[A-Za-z0-9])"),
    re.compile("(?<=[A-Za-z])[\u3040-\u9fff]+$"),
)
LOOK_BACK = 64
# Links that open a chat in an app: who it is with stands after the question mark, or is all there is.
CHAT = re.compile(
    r"(?<![A-Za-z0-9])(?:tg|viber|whatsapp|line|weixin|skype|sgnl|signal|threema|fb-messenger|imo|zalo):"
    r"(?://[\w./-]{0,40}[?#=](?:[\w-]{1,20}=)?+|//(?![\w./-]{0,40}[?#=])|(?=[\w.-]{3,40}\?))([^\s<>\"'|•,;)\]}]{1,200})",
    re.IGNORECASE,
)
SIGNAL = re.compile(r"signal\.(?:me/#(?:p|eu)/|group/#)([^\s<>\"'|•,;)\]}]{1,200})", re.IGNORECASE)
# maria_at_posteo_dot_de
JOINED_UP = re.compile(
    r"([_*-])(?:at|arroba)\1[^\W_]{1,63}(?:\1[^\W_]{1,63})?\1(?:dot|punto|ponto|point|punkt)\1[a-z]{2,10}",
    re.IGNORECASE,
)
JOINED_LOCAL = re.compile(r"[\w.*-]{1,64}$")
SERVICES = fold_words(
    "insta instagram ig telegram telegrama телеграм телега snapchat snap skype tiktok twitter wechat weixin 微信 微信号 line "
    "viber signal messenger discord facebook fb إنستغرام تلغرام فيسبوك اینستاگرام تلگرام इंस्टाग्राम टेलीग्राम инстаграм"
)
NAMED_ACCOUNT = re.compile(r" ?(?i:id|user(?:name)?|handle|号)? ?[:=] ?(\w[\w.-]{1,38}\w)(?!\w| [a-zа-я])")


def spans(text: str, words: Sequence[Word]) -> Iterator[tuple[int, int]]:
    """Ranges of e-mail addresses, handles and accounts in a folded text."""
    if "@" in text:
        yield from map(_address, EMAIL.finditer(text))
        yield from ((start + 1, end) for start, end in map(_address, HANDLE.finditer(text)))
    if "/" in text:
        yield from _profiles(text)
        yield from (match.span(1) for match in SIGNAL.finditer(text))
    if ":" in text:
        yield from (match.span(1) for match in CHAT.finditer(text))
    yield from _spelt(text)
    for word in words:
        named = word.lower in SERVICES or word.text.endswith(("微信", "微信号"))
        if named and (match := NAMED_ACCOUNT.match(text, word.end)) and "http" not in match[1].lower():
            yield match.span(1)


def person(host: str, path: str) -> tuple[int, int] | None:
    """The range in a link's path that names a person, if it links to a profile or a chat."""
    if not {host, ".".join(host.split(".")[-2:])} & PROFILES:
        return None
    parts = path.split("/")
    at = 2 if len(parts) > 1 and parts[1].lower() in NAMED else 1
    if len(parts) <= at or not parts[at] or parts[1].lower() in NO_PERSON:
        return None
    start = sum(len(part) + 1 for part in parts[:at])
    return start, start + len(parts[at])


def _address(match: re.Match[str]) -> tuple[int, int]:
    """An address or a handle without the words around it, in scripts that put no spaces between."""
    before, after = UNSPACED_BEFORE.match(match[0]), UNSPACED_AFTER.search(match[0])
    return match.start() + (before.end() if before else 0), match.start() + (after.start() if after else len(match[0]))


def _profiles(text: str) -> Iterator[tuple[int, int]]:
    for match in PROFILE.finditer(text):
        path = re.split("[?#]", match[2], maxsplit=1)[0].rstrip(".:!*_…")
        if (found := person(match[1].lower(), path)) is not None:
            yield match.start(2) + found[0], match.start(2) + found[1]


def _spelt(text: str) -> Iterator[tuple[int, int]]:
    """Ranges of addresses whose @ or dots are written as words or with spaces."""
    lowered = text.lower()
    if not any(sign in lowered for sign in SPELT_SIGNS):
        return
    for at in AT.finditer(text):
        before = LOCAL.search(text, max(0, at.start() - LOOK_BACK), at.start())
        bracketed = any(sign in "[({<" for sign in at[0])
        after = SPELT.match(text, at.end())
        if not bracketed and not ("@" in at[0] and after):
            provider = BY_WORD.match(text, at.end())
            after = provider and (after or provider)
        after = after or (DOMAIN.match(text, at.end()) if bracketed else None)
        if before and after:
            yield before.start(), after.end()
    for match in JOINED_UP.finditer(text):
        if before := JOINED_LOCAL.search(text, max(0, match.start() - LOOK_BACK), match.start()):
            yield before.start(), match.end()
