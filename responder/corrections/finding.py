"""Searches for the posts of a correction request by ID, link, author, number or words, and for their copies.

The search reads unmasked texts, so it is logged, and only people who can decide on corrections can use it.
"""

import re
from collections.abc import Collection, Iterable

from django.db.models import Q

from monitoring import audit
from responder import roles
from responder.errors import Invalid
from responder.models import CorrectionRequest, FieldReport, Post, User
from responder.privacy import hidden_phrases, masking
from responder.queries import words

MOST = 50
QUERY_LIMIT = 300
COMPARED = 500  # posts that share rare words with a selected one
SIMILAR = 85  # minimum similarity, of 100
RARE_WORDS = 3
REPORT = re.compile(r"R-\w{4}-\w{4}", re.ASCII | re.IGNORECASE)  # the reference of a report from a person
SHORT_TEXT = 12  # characters; shorter texts are similar by chance


def search(request: CorrectionRequest, query: str, *, by: User) -> list[int]:
    """Return IDs of matching posts, newest first, at most MOST; empty for people without the role."""
    query = query.strip()[:QUERY_LIMIT]
    if not query or not roles.allows(by, roles.CORRECT):
        return []
    found = list(Post.objects.filter(_condition(query)).order_by("-id").values_list("id", flat=True)[:MOST])
    audit.record(
        actor=f"user:{by.username}", action="correction.searched", object_type="correction", object_id=request.ref,
        detail={"found": len(found)},
    )  # fmt: skip
    return found


def copies_of(post_ids: Collection[int]) -> list[int]:
    """Return IDs of other posts with the same content: copies, reposts, quotes and near-copies."""
    chosen = list(Post.objects.filter(pk__in=post_ids).order_by("pk"))
    found: dict[int, None] = {}
    for post in chosen:
        same = Q(source=post.source, related_to=post.source_id)
        if len(post.text) >= SHORT_TEXT:
            same |= Q(text_key=post.text_key)
        if post.related_to:
            same |= Q(source=post.source, source_id=post.related_to)
        same |= Q(source=post.source, source_id__startswith=f"{post.source_id}#")  # posts with the same stated ID
        found |= dict.fromkeys(Post.objects.filter(same).order_by("-id").values_list("id", flat=True)[:MOST])
        found |= dict.fromkeys(_near(post))
    return [pk for pk in found if pk not in set(post_ids)][:MOST]


def _near(post: Post) -> Iterable[int]:
    """Return posts of the same event with a similar text."""
    from rapidfuzz import fuzz  # heavy: only the pages of corrections need it

    tokens = sorted({one for one in words.tokens(masking.mask(post.text)) if len(one) > 3}, key=len)[-RARE_WORDS:]
    if len(post.text) < SHORT_TEXT or not tokens:
        return
    rows = Post.objects.filter(words.condition(" ".join(tokens)), event=post.event_id).exclude(pk=post.pk)
    for pk, text in rows.order_by("-id").values_list("id", "text")[:COMPARED]:
        if fuzz.ratio(post.text[:1_000], text[:1_000]) >= SIMILAR:
            yield pk


def _condition(query: str) -> Q:
    if REPORT.fullmatch(query):
        return Q(pk__in=FieldReport.objects.filter(ref=query.upper()).values("post"))
    parts = (
        [part for part in query.replace("?", "/").replace("#", "/").split("/") if part] if "://" in query else [query]
    )
    condition = Q(source_id__in=parts)
    if query.isdecimal() and query.isascii() and len(query) <= 18:
        condition |= Q(pk=int(query))
    bare = query.lstrip("@＠")
    condition |= Q(author_handle__iexact=bare) | Q(author_handle__iexact=f"@{bare}")
    try:
        phrase = hidden_phrases.parse(query)
    except Invalid:
        return condition
    if phrase.kind == "number":
        return condition | Q(text__regex=hidden_phrases.number_pattern(phrase.key))
    return condition | Q(text__icontains=query) | words.condition(query)
