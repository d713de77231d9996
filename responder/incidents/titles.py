"""Titles of incidents in the words of their posts: what, and where.

A title is one clause of one post, as short as posts write them, with the name of the place behind it. Of all clauses, the
one that says most about danger and needs, in the words that most posts share, names the incident. Clauses of which
`mask` hides a part name nobody and nothing: they are not used. Without a fitting clause, the category does it.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from classifier import categories, urgency
from classifier.urgency.folding import TEXT_LIMIT, fold, is_cjk
from classifier.urgency.folding import words as read_words
from responder.models import Post
from responder.privacy.masking import HIDDEN, mask

LIMIT = 80  # characters of a title in the words of posts
LEAST, MOST = 10, 66  # characters of a clause: shorter ones say too little, longer ones are cut behind a word
LEAST_WIDE = 4  # of a clause in Chinese or Japanese
LOOKED_AT = 40  # posts, the most severe and the oldest first
_CLAUSE = re.compile(r"[.!?…;:\n।॥۔؟。！？,،、|\u2022–—()\[\]«»“”\"]+|\s-+\s|->|→")
_LINK = re.compile(r"https?://\S+|www\.\S+")
_LAST_HASHTAGS = re.compile(r"(?:\s*[#＃]\w+)+\s*$")
_HANDLE = re.compile(r"(?:^|(?<=\s))(?:RT|MT|QT|via|cc)?\s*[@＠]\w+:?", re.IGNORECASE)
_SIGN = re.compile("[\U0001f000-\U0001faff\u2600-\u27bf\ufe0f\u200d\u20e3]+")
_NUMBER_MARK = re.compile(r"(?<=\d)[.,](?=\d)")
# What opens many posts and names nothing, in any of the languages; compared as folded words.
_EMPTY = frozenset(
    fold(word)
    for word in (
        "please urgent urgently breaking update alert news help sos now attention just rt via pls everyone retweet share"
        " urgente ayuda socorro atención atencao atenção ajuda favor por última ultima hora noticias notícias compartir"
        " urgent attention aide svp partagez au secours merci aiuto attenzione urgente tolong mohon darurat segera msaada"
        " tafadhali haraka tulong pakiusap acil yardım lütfen помогите срочно внимание допоможіть терміново"
    ).split()
)


@dataclass(frozen=True, slots=True)
class _Clause:
    text: str
    words: frozenset[str]
    danger: float
    needs: int
    order: int


def compose(posts: Sequence[Post], *, category: str, place: str) -> str:
    """The title of an incident with these posts, at most 200 characters.

    Arguments:
        category: of the incident; empty for none.
        place: name of its place; empty for none.
    """
    phrase = choose_phrase(posts)
    if phrase:
        return with_place(phrase, place)
    what = categories.label(category) if category else "Posts"
    return f"{what}: {place}"[:200] if place else what[:200]


def with_place(phrase: str, place: str) -> str:
    """The phrase, and the place unless it is already named in it or there is no room for it."""
    if not place or _folded(place) in _folded(phrase):
        return phrase
    named = f"{phrase}, {place}"
    return named if len(named) <= LIMIT else phrase


def choose_phrase(posts: Sequence[Post]) -> str:
    """The clause of these posts that best says what happened, or an empty text."""
    looked_at = sorted(posts, key=lambda post: (post.severity or 4, post.created_at, post.pk or 0))[:LOOKED_AT]
    clauses = [clause for post in looked_at for clause in _clauses(post)]
    if not clauses:
        return ""
    shared = Counter(word for clause in clauses for word in clause.words)
    best = max(clauses, key=lambda clause: (_score(clause, shared, len(looked_at)), -clause.order, clause.text))
    return best.text


def _score(clause: _Clause, shared: Counter[str], posts: int) -> float:
    """Danger counts most, then what many posts say; long clauses lose a little."""
    central = sum(min(shared[word], posts) for word in clause.words) / (posts * max(4, len(clause.words)))
    return 2.0 * clause.danger + 1.0 * clause.needs + 1.5 * central - len(clause.text) / 100


def _clauses(post: Post) -> Iterator[_Clause]:
    """The clauses of a post that could name an incident."""
    text = mask(_HANDLE.sub(" ", _LINK.sub(" ", post.text[:TEXT_LIMIT])))
    said = {concept for danger in urgency.find(text, post.lang) for concept in danger.concepts}
    place = frozenset(folded for _written, folded in read_words(post.place_name))
    for order, piece in enumerate(_pieces(text)):
        clause = _shortened(_tidy(piece))
        folded = frozenset(word for _written, word in read_words(clause))
        wide = any(is_cjk(character) for character in clause)
        if not (LEAST_WIDE if wide else LEAST) <= len(clause) or HIDDEN in clause:
            continue
        if len(folded - _EMPTY - place) < (LEAST_WIDE if wide else 2):
            continue
        here = {concept for danger in urgency.find(clause, post.lang) for concept in danger.concepts} & said
        needs = len(post.needs) if not said and order == 0 else 0
        yield _Clause(clause, folded - _EMPTY, float(len(here)), min(1, needs), order)


def _pieces(text: str) -> Iterator[str]:
    marked = _NUMBER_MARK.sub("\u2024", text)  # 1.200 people is no end of a sentence
    for piece in _CLAUSE.split(_SIGN.sub(". ", marked)):
        yield piece.replace("\u2024", ".")


def _tidy(piece: str) -> str:
    """A clause as a title has it: without signs of hashtags, and not only in capitals."""
    bare = _LAST_HASHTAGS.sub("", piece)
    words = (bare if bare.strip() else piece).replace("#", " ").replace("_", " ").replace("\x00", " ").split()
    while words and fold(words[0].strip("*~-'’&")) in _EMPTY:
        words = words[1:]
    text = " ".join(words).strip(" -–—*~'’/&+")
    if text.isupper() and len(text) > LEAST:
        text = text.lower()
    return text[:1].upper() + text[1:]


def _shortened(text: str) -> str:
    if len(text) <= MOST:
        return text
    cut = text[: MOST - 1]
    whole, _space, _rest = cut.rpartition(" ")
    return f"{whole if len(whole) >= MOST // 2 else cut}…"


def _folded(text: str) -> str:
    return f" {' '.join(folded for _written, folded in read_words(text))} "
