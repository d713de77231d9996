"""Full-text search over masked texts, so that no search can reveal what is hidden.

Words are made here, once, for every database: letters and digits, without case and accents; scripts written without
spaces go character by character. PostgreSQL (tsvector, GIN) and SQLite (FTS5) only look them up, and `passes` says
the same of a post in hand. A typed word finds words that begin with it, a “quoted phrase” exactly that, -word excludes.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from django.db import connection
from django.db.models import BooleanField, Exists, OuterRef, Q
from django.db.models.expressions import RawSQL

from responder.models import Post, PostWords
from responder.privacy.masking import mask
from responder.queueing import bulk_rows

TERMS = 16
TOKENS_OF_A_POST = 2_000
TOKEN_LENGTH = 64
# Kana, Han, Thai, Lao, Burmese, Khmer: a run of them holds several words that nothing separates.
UNSPACED = "\u0e01-\u0eff\u1000-\u109f\u1780-\u17ff\u3041-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
TOKEN = re.compile(rf"[{UNSPACED}]|[^\W_{UNSPACED}]+")
TERM = re.compile(r'(-?)(?:"([^"]*)"?|(\S+))')

# By the index over an expression, and by the table that triggers keep beside ours: see the migration that made them.
POSTGRESQL_HOLDS = "array_to_tsvector(string_to_array(btrim(document), ' ')) @@ %s::tsquery"
SQLITE_HOLDS = """post_id IN
    (SELECT rowid FROM responder_postwords_fts WHERE responder_postwords_fts MATCH %s)"""
FIND = "SELECT post_id FROM responder_postwords WHERE "


@dataclass(frozen=True, slots=True)
class Term:
    """Words that stand next to each other; where `open`, the last may go on; where `negated`, they must be absent."""

    tokens: tuple[str, ...]
    open: bool
    negated: bool


def fold(text: str) -> str:
    """`text` without case and accents."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(char for char in decomposed if not unicodedata.category(char).startswith("M"))
    return unicodedata.normalize("NFKD", bare.casefold())


def tokens(text: str) -> list[str]:
    """The words of `text` as they are compared."""
    found = (part[:TOKEN_LENGTH] for part in TOKEN.findall(fold(text)))
    return [part for part in found if all(unicodedata.category(char)[0] in "LN" for char in part)]


@lru_cache(maxsize=4096)
def document(text: str) -> str:
    """The words of a post's masked text, each between spaces."""
    return f" {' '.join(tokens(mask(text))[:TOKENS_OF_A_POST])} "


@lru_cache(maxsize=1024)
def terms(query: str) -> tuple[Term, ...]:
    """The terms of a search, at most 16."""
    found = []
    for minus, phrase, word in TERM.findall(query):
        made = tuple(tokens(phrase or word))
        if made:
            found.append(Term(made, open=bool(word) and not minus, negated=bool(minus)))
    return tuple(found[:TERMS])


def index(posts: Iterable[Post]) -> None:
    """Write the words of `posts`, inside the caller's transaction. Idempotent."""
    rows = [PostWords(post_id=post.pk, document=document(post.text), place=place_key(post.place_name))
            for post in posts]  # fmt: skip
    bulk_rows.insert(rows, unique=["post"], replace=["document", "place"])


def place_key(name: str) -> str:
    """Return a place's name normalised for comparison."""
    return " ".join(tokens(name))[:200]


def condition(query: str) -> Q:
    """The condition on posts to pass a search; everything passes one without words."""
    required = [term for term in terms(query) if not term.negated]
    found = Q(pk__in=_lookup(required)) if required else Q()
    for term in terms(query):
        if term.negated:
            found &= _lacks(term)
    return found


def located_at(name: str) -> Q:
    """The condition that selects the posts whose place has this name."""
    return Q(pk__in=PostWords.objects.filter(place=place_key(name)).values("post_id"))


def passes(text: str, query: str) -> bool:
    """Whether one text passes the search, as `condition` would say."""
    return all((_written(term) in document(text)) != term.negated for term in terms(query))


def highlighted(masked: str, query: str) -> list[tuple[str, bool]]:
    """`masked` in pieces, each with whether the search found it there."""
    required = [term for term in terms(query) if not term.negated]
    pieces, end = [], 0
    for match in re.finditer(rf"[{UNSPACED}]|[^\W{UNSPACED}]+", masked) if required else ():
        if any(_hits(term, tokens(match.group())) for term in required):
            pieces += [(masked[end : match.start()], False), (match.group(), True)]
            end = match.end()
    return [(text, hit) for text, hit in [*pieces, (masked[end:], False)] if text]


def _hits(term: Term, found: Sequence[str]) -> bool:
    exact = term.tokens[:-1] if term.open else term.tokens
    return any(one in exact or (term.open and one.startswith(term.tokens[-1])) for one in found)


def _written(term: Term) -> str:
    return f" {' '.join(term.tokens)}{'' if term.open else ' '}"


def _lookup(wanted: Sequence[Term]) -> RawSQL:
    """Ids of the posts that hold all of `wanted`: by the index, and phrases then word by word."""
    sql, parameters = _holds(wanted)
    return RawSQL(FIND + sql, parameters)  # noqa: S611  the statements are constants; what people typed is a parameter


def _lacks(term: Term) -> Q:
    """Posts that do not hold `term`. Each is looked up by its id: most posts may hold it, of all events together."""
    sql, parameters = _holds([term])
    holds = RawSQL(sql, parameters, output_field=BooleanField())  # noqa: S611  as above
    return ~Q(Exists(PostWords.objects.filter(holds, post=OuterRef("pk"))))


def _holds(wanted: Sequence[Term]) -> tuple[str, list[str]]:
    """The condition on a row of words to hold all of `wanted`, and its parameters."""
    phrases = [f"%{_written(term)}%" for term in wanted if len(term.tokens) > 1]
    if connection.vendor == "postgresql":
        sql, query = POSTGRESQL_HOLDS, _query(wanted, "'{}'", "'{}':*", " & ")
    else:
        sql, query = SQLITE_HOLDS, _query(wanted, '"{}"', '"{}"*', " AND ")
    return sql + " AND document LIKE %s" * len(phrases), [query, *phrases]


def _query(required: Sequence[Term], exact: str, beginning: str, joint: str) -> str:
    """Return the query. Tokens contain only letters and digits, so quoting them is safe in either SQL dialect."""
    parts = [
        (beginning if term.open and position == len(term.tokens) - 1 else exact).format(token)
        for term in required
        for position, token in enumerate(term.tokens)
    ]
    return joint.join(dict.fromkeys(parts))
