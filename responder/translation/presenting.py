"""Translations as pages show them beside the originals, and the state of the engine in words."""

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _

from classifier import clock
from classifier.languages import is_unknown, plain
from responder import languages, roles
from responder.models import Translation, TranslationEngine, User
from responder.privacy.masking import mask
from responder.queries import items, posts
from responder.translation import codes, quota
from responder.translation.reasons import BROKEN, FAILURES
from responder.translation.texts import digest_of, is_blank

State = Translation.State
Shown = dict[str, Any]


def add(shown: Sequence[items.Item], reader: roles.Person) -> None:
    """Set each item's `translation`, in two or three queries: what stands beside its text, or how to ask for it.

    None where there is nothing to offer: the text is in the language of the page, or no engine is switched on.
    """
    target = languages.of_page()
    foreign = [item for item in shown if plain(item["lang"]) != target]
    for item in shown:
        item["translation"] = None
    if not foreign:
        return
    engine = TranslationEngine.objects.filter(pk=1).first()
    rows = Translation.objects.filter(post__in=[item["id"] for item in foreign], language=target)
    found = {row.post_id: row for row in rows}
    is_on = engine is not None and engine.is_on
    if not is_on and not found:
        return
    limit = quota.stop(engine, quota.used(engine.kind)) if engine and is_on else None
    for item in foreign:
        item["translation"] = _beside(item, found.get(item["id"]), engine if is_on else None, limit, reader)


def of_posts(ids: Sequence[int], reader: User) -> dict[int, Shown]:
    """Post → its translation, as `add` sets it, of posts that the reader may see."""
    rows = posts.visible(reader).filter(pk__in=ids)
    shown: list[items.Item] = [{"id": post.pk, "text": mask(post.text), "lang": post.lang} for post in rows]
    add(shown, reader)
    return {item["id"]: item["translation"] for item in shown if item["translation"]}


def _beside(
    item: items.Item,
    row: Translation | None,
    engine: TranslationEngine | None,
    limit: quota.Stop | None,
    reader: roles.Person,
) -> Shown | None:
    """What stands beside one text."""
    is_done = row is not None and row.state == State.DONE
    if row and is_done and row.digest == digest_of(item["text"]):
        return _done(row)
    if engine is None:
        return None
    shown: Shown = {
        "state": "none",
        "engine": engine.get_kind_display(),
        "note": limit.words if limit else "",
        "auto": False,
    }
    if row and row.state == State.WAITING:
        return shown | {"state": "waiting", "note": _why_it_waits(row, engine, limit)}
    if row and row.state == State.FAILED:
        return shown | {"state": "failed", "note": str(FAILURES.get(row.error, FAILURES[BROKEN]))}
    source = "" if is_unknown(item["lang"]) else plain(item["lang"])
    is_possible = not codes.is_known(engine) or codes.pair(engine.pairs, source, languages.of_page()) is not None
    if not is_possible or is_blank(item["text"]):
        return None
    wants = reader.translates_posts and not languages.can_read(reader, item["lang"])
    return shown | {"auto": wants and limit is None, "is_blocked": limit is not None}


def _done(row: Translation) -> Shown:
    return {
        "state": "done", "text": mask(row.text), "lang": row.language, "engine": row.get_engine_display(),
        "version": row.engine_version, "from": items.language_name(row.source_language), "at": row.done_at, "note": "", "auto": False,
    }  # fmt: skip


def _why_it_waits(row: Translation, engine: TranslationEngine, limit: quota.Stop | None) -> str:
    """Why a translation takes longer; empty if it is on its way."""
    if limit:
        return limit.words
    if engine.paused_until and engine.paused_until > clock.now():
        return _("The engine doesn't answer at the moment. The next attempt is at %(time)s UTC.") % {
            "time": f"{engine.paused_until:%H:%M:%S}"
        }
    return ""


def state_of(engine: TranslationEngine) -> Shown:
    """The engine's state for administrators: in words with a tone, its use, its limits and the estimated cost."""
    use = quota.used(engine.kind)
    limit = quota.stop(engine, use)
    words, tone = _state(engine, limit)
    return {
        "engine": engine, "words": words, "tone": tone, "use": use, "left": quota.left(engine, use),
        "limit": limit.words if limit else "", "cost_today": quota.cost(engine, use.today),
        "cost_month": quota.cost(engine, use.month), "cost_limit": quota.cost(engine, engine.characters_a_month or 0) if engine.characters_a_month else None,
        "months": [{"first": first, "characters": n, "cost": quota.cost(engine, n)} for first, n in quota.months(engine.kind)],
        "waiting": Translation.objects.filter(state=State.WAITING).count(),
        "languages": len(engine.pairs) if isinstance(engine.pairs, dict) else 0, "error": engine.last_error,
        "test_target": items.language_name(engine.test_language) if engine.test_language else "",
    }  # fmt: skip


def _state(engine: TranslationEngine, limit: quota.Stop | None) -> tuple[str, str]:
    if not engine.is_on:
        return _("Off"), ""
    if limit:
        return _("Limit used up"), "failed"
    if engine.paused_until and engine.paused_until > clock.now():
        return _("Waiting until %(time)s UTC") % {"time": f"{engine.paused_until:%H:%M:%S}"}, "failed"
    return _("On"), "ok"
