"""Stores posts that share an ID but have different texts. Later ones get an ID made from the shared ID and the hash of their text.

Spreadsheets round long IDs, exports renumber their rows, and people merge files, but no text may be lost. The new ID depends
only on the ID and the text, so importing a file again finds the posts that were stored before.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from classifier.duplicates import text_key
from responder.feeds import tombstones
from responder.feeds.connectors.base import MAX_ID
from responder.feeds.raw_post import RawPost
from responder.models import Post, SharedId

LENGTHS = (8, 16, 32)  # hexadecimal digits of the text's key; more if another text has the same first ones
Texts = dict[str, dict[str, RawPost]]  # by id, then by key of the text


@dataclass(slots=True)
class Divided:
    """The posts of a batch, by what to do with them.

    Arguments:
        fresh: posts to store.
        edited: (primary key, new version of the post).
        stated: new ID of a post in `fresh` → the shared ID that its source stated.
        gone: number of texts that were deleted under the ID that they would get.
    """

    fresh: list[RawPost] = field(default_factory=list)
    edited: list[tuple[int, RawPost]] = field(default_factory=list)
    stated: dict[str, str] = field(default_factory=dict)
    gone: int = 0


@dataclass(frozen=True, slots=True)
class _Stored:
    pk: int
    revision: str
    key: str


@dataclass(frozen=True, slots=True)
class Beside:
    """A post that was stored under a new ID, because another post has its stated ID."""

    source_id: str
    key: str


@dataclass(frozen=True, slots=True)
class _Taken:
    """The possible new IDs of posts with a shared ID: what is stored under them, and which were deleted."""

    stored: Mapping[str, _Stored]
    erased: set[str]


def newest(posts: Iterable[RawPost]) -> Texts:
    """Return the newest revision of each post; if it has several texts, all of them."""
    found: Texts = {}
    revisions: dict[str, str] = {}
    for post in posts:
        known = revisions.get(post.source_id)
        if known is not None and post.revision < known:
            continue
        if known is None or post.revision > known:
            found[post.source_id] = {}
            revisions[post.source_id] = post.revision
        found[post.source_id][text_key(post.text)] = post
    return found


def divide(posts: Texts, source: str, gone: set[str]) -> Divided:
    """Decide for each post whether to store it, to store it under a new ID, to apply it as an edit, or to skip it as known."""
    known = _stored(source, posts)
    texts = _with_texts(posts, known)
    names = [name for one, keys in texts.items() for key in keys for name in _names(one, key)]
    taken = _Taken(_stored(source, names), tombstones.among(source, names) if names else set())
    # A text in which something was hidden since has another key than the one in its id.
    changed = {one: {post.key for post in found} for one, found in besides(source, texts).items()}
    divided = Divided()
    for source_id, keys in posts.items():
        others = {key: post for key, post in keys.items() if key not in changed.get(source_id, ())}
        if others and source_id not in gone:
            _divide_one(source_id, others, known.get(source_id), taken, divided)
    return divided


def _divide_one(source_id: str, keys: dict[str, RawPost], stored: _Stored | None, taken: _Taken, into: Divided) -> None:
    """Decide for the posts of one ID.

    Arguments:
        keys: the posts of one ID and revision, by the keys of their texts.
    """
    first_key, first = next(iter(keys.items()))
    if stored is None:
        into.fresh.append(keys.pop(first_key))
    elif first.revision > stored.revision:
        into.edited.append((stored.pk, keys.pop(first_key)))
    elif first.revision < stored.revision:
        return  # an edit that is already stored, or an older text
    else:
        keys.pop(stored.key, None)
    for key, post in keys.items():
        names = _names(source_id, key)
        if taken.erased.intersection(names):
            into.gone += 1
        elif not any(name in taken.stored and taken.stored[name].key == key for name in names):
            _keep(
                post, source_id, [name for name in names if name not in taken.stored and name not in into.stated], into
            )


def _keep(post: RawPost, source_id: str, free: Sequence[str], into: Divided) -> None:
    if free:
        into.fresh.append(replace(post, source_id=free[0]))
        into.stated[free[0]] = source_id


def _names(source_id: str, key: str) -> list[str]:
    """Return the IDs under which a text may be stored, shortest first."""
    return [f"{source_id[: MAX_ID - size - 1]}#{key[:size]}" for size in LENGTHS]


def _stored(source: str, source_ids: Iterable[str]) -> dict[str, _Stored]:
    """Return ID at the source → the stored post."""
    ids = list(source_ids)
    if not ids:
        return {}
    rows = Post.objects.filter(source=source, source_id__in=ids)
    found = rows.values_list("source_id", "pk", "revision", "text_key")
    return {name: _Stored(pk, revision, key) for name, pk, revision, key in found}


def _with_texts(posts: Texts, known: dict[str, _Stored]) -> Texts:
    """Return the posts whose text may have to be stored under a new ID. Updates the keys of `known` to the current rule."""
    several = {
        one: keys for one, keys in posts.items() if len(keys) > 1 or (one in known and known[one].key not in keys)
    }
    pks = [known[one].pk for one in several if one in known]
    if pks:  # a stored key may be of an older rule, so the texts decide
        keys_now = {pk: text_key(text) for pk, text in Post.objects.filter(pk__in=pks).values_list("pk", "text")}
        for one in several:
            if one in known:
                known[one] = replace(known[one], key=keys_now[known[one].pk])
    return {one: keys for one, keys in several.items() if len(keys) > 1 or known[one].key not in keys}


def remember(stated: Mapping[str, str], source: str) -> None:
    """Store which posts share an ID with another one."""
    if stated:
        rows = Post.objects.filter(source=source, source_id__in=list(stated)).values_list("pk", "source_id")
        SharedId.objects.bulk_create(
            [SharedId(post_id=pk, source=source, stated_id=stated[name]) for pk, name in rows], ignore_conflicts=True
        )


def kept_besides(source: str, source_ids: Sequence[str]) -> list[str]:
    """Return the IDs of the posts that share a stated ID with these."""
    return [post.source_id for kept in besides(source, source_ids).values() for post in kept]


def besides(source: str, source_ids: Iterable[str]) -> dict[str, list[Beside]]:
    """Return stated ID → the posts that were stored under new IDs instead."""
    found: dict[str, list[Beside]] = {}
    if ids := list(source_ids):
        rows = SharedId.objects.filter(source=source, stated_id__in=ids)
        for stated, source_id, key in rows.values_list("stated_id", "post__source_id", "post__text_key"):
            found.setdefault(stated, []).append(Beside(source_id, key))
    return found
