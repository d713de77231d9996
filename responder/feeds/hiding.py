"""Applies corrections to new posts: hides the hidden phrases, and rejects copies of erased texts."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from responder.feeds import shared_ids
from responder.feeds.raw_post import RawPost
from responder.privacy import hidden_phrases


def apply(source: str, posts: Sequence[RawPost]) -> list[RawPost]:
    """Return the posts as they may be stored, without rejected ones. Two queries.

    If posts share a stated ID, what is hidden in one of them is hidden in all.
    """
    ids = {post.source_id for post in posts}
    besides = shared_ids.besides(source, ids)
    rules = hidden_phrases.rules_for(source, [*ids, *(one.source_id for kept in besides.values() for one in kept)])
    if not rules.rows:
        return list(posts)
    return [
        _hidden(source, post, [post.source_id, *(one.source_id for one in besides.get(post.source_id, ()))], rules)
        for post in posts
        if not rules.refuses(post.text)
    ]


def _hidden(source: str, post: RawPost, ids: Iterable[str], rules: hidden_phrases.Rules) -> RawPost:
    digests: dict[tuple[str, int], set[str]] = {}
    for source_id in ids:
        for size, found in rules.of_post(source, source_id).items():
            digests.setdefault(size, set()).update(found)
    if not digests:
        return post
    return replace(
        post,
        text=hidden_phrases.hide_by_rules(post.text, digests),
        author_handle=hidden_phrases.hide_by_rules(post.author_handle, digests),
        links=tuple(link for link in post.links if hidden_phrases.hide_by_rules(link, digests) == link),
    )
