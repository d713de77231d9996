"""Applies people's corrections to posts that arrive: hides what they asked to hide, and refuses copies of erased texts."""

from collections.abc import Mapping
from dataclasses import replace

from responder.feeds.raw_post import RawPost
from responder.privacy import hidden_phrases


def apply(source: str, posts: Mapping[str, RawPost]) -> tuple[dict[str, RawPost], set[str]]:
    """(posts as they may be stored, ids of those that are refused). One query."""
    rules = hidden_phrases.rules_for(source, posts)
    if not rules.rows:
        return dict(posts), set()
    refused = {key for key, post in posts.items() if rules.refuses(post.text)}
    return {key: _hidden(source, post, rules) for key, post in posts.items()}, refused


def _hidden(source: str, post: RawPost, rules: hidden_phrases.Rules) -> RawPost:
    digests = rules.of_post(source, post.source_id)
    if not digests:
        return post
    return replace(
        post,
        text=hidden_phrases.hide_by_rules(post.text, digests),
        author_handle=hidden_phrases.hide_by_rules(post.author_handle, digests),
        links=tuple(link for link in post.links if hidden_phrases.hide_by_rules(link, digests) == link),
    )
