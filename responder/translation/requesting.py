"""Asking for translations. Nothing is sent in the request: rows wait for a worker."""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from classifier import clock, locks
from classifier.categories import UNMEASURED
from classifier.languages import plain
from monitoring import audit
from responder import languages
from responder.errors import Invalid, Missing, TooMany
from responder.models import Post, Translation, TranslationEngine, User
from responder.queries import posts
from responder.translation import quota
from responder.translation.texts import digest_of, is_blank, masked

MOST_AT_ONCE = 50  # posts of one request
MOST_WAITING = 200  # of one person
AUTOMATIC_AFTER = 4  # posts that a person asked for go before those that a page asked for
UNREAD_PRIORITY = 2  # of posts that the model can't read: they may be urgent
State = Translation.State


def ask(*, post_ids: Sequence[int], by: User, is_automatic: bool = False) -> list[int]:
    """Let posts be translated into the language of the person's pages. Returns the ids of those that wait now.

    Idempotent: what is translated already stays, and what waits keeps its place, or gets a better one.

    Arguments:
        is_automatic: a page asks, because of the person's profile. Posts that the person can read are left out, and so is
            what failed before.

    Raises Invalid without an engine or room within its limits, Missing for a post that they may not see, TooMany.
    """
    ids = sorted(set(post_ids))
    if not 0 < len(ids) <= MOST_AT_ONCE:
        raise Invalid(_("Choose 1 to %(most)d posts.") % {"most": MOST_AT_ONCE})
    engine = TranslationEngine.objects.filter(pk=1, is_on=True).first()
    if engine is None:
        raise Invalid(_("No translation engine is switched on. An administrator can set one up."))
    if found := quota.stop(engine, quota.used(engine.kind)):
        raise Invalid(found.words)
    target = languages.of_page()
    with audit.atomic():
        visible = posts.visible(by).filter(pk__in=ids)
        known = set(locks.kept(Post.objects.filter(pk__in=visible.values("pk"))))
        if not is_automatic and len(known) < len(ids):
            raise Missing(_("This post does not exist. It may have been deleted."))
        rows = [
            post
            for post in Post.objects.filter(pk__in=known).order_by("pk")
            if _is_wanted(post, target, by, is_automatic)
        ]
        waiting = _wait(rows, engine, target, by, is_automatic)
        if waiting and not is_automatic:
            audit.record(
                actor=f"user:{by.username}", action="translation.asked", object_type="post",
                object_id=str(waiting[0]) if len(waiting) == 1 else "batch",
                detail={"posts": waiting, "language": target, "engine": engine.kind},
            )  # fmt: skip
    return waiting


def _is_wanted(post: Post, target: str, by: User, is_automatic: bool) -> bool:
    lang = plain(post.lang)
    if lang == target or is_blank(masked(post.text)):
        return False
    return not is_automatic or not languages.can_read(by, post.lang)


def _wait(rows: Sequence[Post], engine: TranslationEngine, target: str, by: User, is_automatic: bool) -> list[int]:
    """Make rows wait for these posts. Returns the ids of the posts that wait now."""
    existing = {row.post_id: row for row in Translation.objects.filter(post__in=rows, language=target)}
    fresh, again, waiting = [], [], []
    for post in rows:
        row, priority = existing.get(post.pk), _priority(post, is_automatic)
        if row is None:
            fresh.append(
                Translation(post=post, language=target, asked_by=by, is_automatic=is_automatic, priority=priority)
            )
        elif row.state == State.WAITING:
            if priority < row.priority:
                Translation.objects.filter(pk=row.pk, state=State.WAITING).update(priority=priority, is_automatic=False)
        elif _is_current(row, post) and (row.state == State.DONE or is_automatic):
            continue
        else:
            again.append((row.pk, priority))
        waiting.append(post.pk)
    if len(fresh) + len(again) > _room(by):
        raise TooMany(_("You asked for many translations that are not done yet. Try again in a minute."))
    Translation.objects.bulk_create(fresh, ignore_conflicts=True)  # somebody else may ask at the same time
    for pk, priority in again:
        Translation.objects.filter(pk=pk).exclude(state=State.WAITING).update(
            state=State.WAITING, text="", digest="", error="", attempts=0, next_at=clock.now(), asked_at=clock.now(),
            asked_by=by, is_automatic=is_automatic, priority=priority, lease_owner="", lease_until=None,
        )  # fmt: skip
    return waiting


def _is_current(row: Translation, post: Post) -> bool:
    """Whether a row is about the text as it is masked now."""
    return not row.digest or row.digest == digest_of(masked(post.text))


def _room(by: User) -> int:
    return max(0, MOST_WAITING - Translation.objects.filter(asked_by=by, state=State.WAITING).count())


def _priority(post: Post, is_automatic: bool) -> int:
    severity = UNREAD_PRIORITY if post.group == UNMEASURED else post.severity or AUTOMATIC_AFTER
    return severity + (AUTOMATIC_AFTER if is_automatic else 0)
