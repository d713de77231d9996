"""Translates the posts that wait, in a thread of a worker: the worker classifies, too, and must not wait for an engine.

How a batch goes:
1. Rows of one pair of languages are leased, the urgent ones first.
2. A text that was translated before is copied; what the engine can't translate fails at once.
3. The characters are counted against the limits. Without room the rows wait until the limit starts again.
4. The engine is asked. Its answers are stored in the rows that are still leased: a post that was deleted or edited
   meanwhile has lost its row.

A lost message, a dead worker and a second run change nothing: a lease ends, and a row is stored by whoever holds it.
"""

import threading
import time
import uuid
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import httpx
import structlog
from django.db import InterfaceError, OperationalError, connections
from django.db.models import F, Q, QuerySet

from classifier import clock, moments
from classifier.languages import is_unknown, plain
from responder.models import Translation, TranslationEngine
from responder.models.translation import ERROR_LIMIT, LANGUAGE_LIMIT, VERSION_LIMIT
from responder.privacy import secrets
from responder.translation import codes, connecting, quota
from responder.translation.azure import AzureTranslator
from responder.translation.engines import (
    Answer,
    Engine,
    EngineError,
    Rejected,
    TooFast,
    TooLong,
    Unsupported,
    UsedUp,
)
from responder.translation.libretranslate import LibreTranslate
from responder.translation.reasons import BROKEN, EMPTY, LIMIT, PAUSED, TOO_LONG, UNSUPPORTED
from responder.translation.texts import digest_of, is_blank, masked, storable

log = structlog.get_logger(__name__)
LEASE = timedelta(seconds=120)  # longer than a request may take, with all of its halves
ALL_S = 50.0  # of one run
MOST_ATTEMPTS = 4
MOST_LEASED = 100
LEAST_WAIT, LONGEST_WAIT = timedelta(seconds=5), timedelta(minutes=10)  # after errors
REJECTED_WAIT, USED_UP_WAIT = timedelta(minutes=15), timedelta(hours=1)  # a person must change something
PAIRS_FOR = timedelta(hours=24)
GIVEN_UP_AFTER = timedelta(hours=24)  # whoever asked is gone
State, TestState = Translation.State, TranslationEngine.TestState
_thread: threading.Thread | None = None


@dataclass(frozen=True, slots=True)
class Job:
    """A leased row with the masked text that is sent."""

    pk: int
    text: str


@dataclass(frozen=True, slots=True)
class _Call:
    """What one batch needs: the engine's row, the engine, a client for it, and who holds the lease."""

    engine: TranslationEngine
    made: Engine
    http: httpx.Client
    owner: str


class _Stopped(Exception):
    """No request can be sent at the moment; what was leased has been released."""


def start() -> bool:
    """Translate what waits in a thread of this process, unless one does. Returns whether it began."""
    global _thread
    if _thread is not None and _thread.is_alive():
        return False
    engine = TranslationEngine.objects.filter(pk=1).first()
    if engine is None or not ((_may_ask(engine) and _due().exists()) or engine.test_state == TestState.WAITING):
        return False
    _thread = threading.Thread(target=_run, name="translate posts", daemon=True)
    _thread.start()
    return True


def _run() -> None:
    try:
        run()
    except (OperationalError, InterfaceError):
        log.warning("posts were not translated: the database is away")
    except Exception:
        log.exception("posts were not translated")
    finally:
        connections.close_all()  # this thread's


def run() -> int:
    """Test the engine if somebody waits for that, and translate what waits. Returns the number of translated posts."""
    engine = TranslationEngine.objects.filter(pk=1).first()
    if engine is None:
        return 0
    _give_up_old()
    if engine.test_state == TestState.WAITING:
        _test(engine)
    ends, done = time.monotonic() + ALL_S, 0
    with suppress(_Stopped):
        while time.monotonic() < ends:
            engine = TranslationEngine.objects.filter(pk=1).first()  # a person may switch it off meanwhile
            if engine is None or not _may_ask(engine):
                break
            found = _batch(engine)
            if found is None:
                break
            done += found
    return done


def opened(engine: TranslationEngine) -> tuple[Engine, httpx.Client]:
    """The engine, and a client for its address. Raises EngineError, UnknownKey."""
    key = secrets.decrypt(engine.key) if engine.key else ""
    is_azure = engine.kind == TranslationEngine.Kind.AZURE
    made: Engine = AzureTranslator(key, engine.region) if is_azure else LibreTranslate(key)
    return made, connecting.client(engine.address)


def _may_ask(engine: TranslationEngine) -> bool:
    now = clock.now()
    is_paused = engine.paused_until is not None and now < engine.paused_until <= now + USED_UP_WAIT + moments.SKEW
    return engine.is_on and not is_paused


def _due() -> QuerySet[Translation]:
    now = clock.now()
    free = Q(lease_until=None) | moments.over("lease_until", now, longest=LEASE)
    return Translation.objects.filter(free, state=State.WAITING).filter(
        moments.over("next_at", now, longest=timedelta(days=32))
    )


def _give_up_old() -> None:
    Translation.objects.filter(state=State.WAITING, asked_at__lt=clock.now() - GIVEN_UP_AFTER).delete()


def _batch(engine: TranslationEngine) -> int | None:
    """Translate one batch. Returns how many posts; None if nothing waits. Raises _Stopped."""
    owner = uuid.uuid4().hex
    rows = _leased(owner)
    if not rows:
        return None
    try:
        made, http = opened(engine)
        with http:
            return _translated(_Call(engine, made, http, owner), rows)
    except EngineError as error:
        _note(engine, error)
        _release(owner, error)
    except secrets.UnknownKey as error:
        _note(engine, Rejected(str(error)))
        _release(owner)
    raise _Stopped


def _leased(owner: str) -> list[Translation]:
    """Lease the most urgent row with others of its pair of languages."""
    first = _due().select_related("post").order_by("priority", "asked_at", "pk").first()
    if first is None:
        return []
    alike = _due().filter(language=first.language, post__lang=first.post.lang).order_by("priority", "asked_at", "pk")
    ids = list(alike.values_list("pk", flat=True)[:MOST_LEASED])
    _due().filter(pk__in=ids).update(lease_owner=owner, lease_until=clock.now() + LEASE)
    rows = Translation.objects.filter(pk__in=ids, lease_owner=owner, state=State.WAITING).select_related("post")
    return list(rows.order_by("priority", "asked_at", "pk"))


def _translated(call: _Call, rows: Sequence[Translation]) -> int:
    """Translate leased rows of one pair. Raises EngineError, _Stopped."""
    engine, owner = call.engine, call.owner
    _learn_pairs(engine, call.made, call.http)
    lang = rows[0].post.lang
    source, target = ("" if is_unknown(lang) else plain(lang)), rows[0].language
    done, jobs = 0, list[Job]()
    pair = codes.pair(engine.pairs, source, target)
    for row in rows:
        text = masked(row.post.text)
        if is_blank(text):
            _fail(row.pk, owner, EMPTY)
        elif _copied(engine, row, text, owner):
            done += 1
        elif pair is None:
            _fail(row.pk, owner, UNSUPPORTED)
        elif quota.is_beyond(engine, len(text)):
            _fail(row.pk, owner, TOO_LONG)
        else:
            jobs.append(Job(row.pk, text))
    if pair is None or not jobs:
        return done
    chosen = _fitting(jobs, call.made, quota.left(engine, quota.used(engine.kind)))
    _leave([job.pk for job in jobs[len(chosen) :]], owner)
    return done + _sent(call, chosen, pair)


def _fitting(jobs: Sequence[Job], made: Engine, left: int | None) -> list[Job]:
    """The first jobs that fit one request and what is left of the limits. A single text always does: others judge its length."""
    most = made.most_characters if left is None else min(left, made.most_characters)
    chosen, characters = list[Job](), 0
    for job in jobs[: made.most_texts]:
        characters += len(job.text)
        if chosen and characters > most:
            break
        chosen.append(job)
    return chosen


def _sent(call: _Call, jobs: Sequence[Job], pair: tuple[str, str]) -> int:
    """Send texts, and store what comes back. Halves what is too long. Raises EngineError, _Stopped."""
    engine = call.engine
    characters, day = sum(len(job.text) for job in jobs), clock.now().date()
    if found := quota.reserve(characters):
        Translation.objects.filter(lease_owner=call.owner, state=State.WAITING).update(
            lease_owner="", lease_until=None, next_at=found.until, error=LIMIT
        )
        raise _Stopped
    try:
        answer = call.made.translate(call.http, [job.text for job in jobs], source=pair[0], target=pair[1])
    except EngineError as error:
        if not error.may_count:
            quota.correct(engine.kind, day, -characters)
        if isinstance(error, TooLong) and len(jobs) > 1:
            half = len(jobs) // 2
            return _sent(call, jobs[:half], pair) + _sent(call, jobs[half:], pair)
        if not isinstance(error, TooLong | Unsupported):
            raise
        for job in jobs:
            _fail(job.pk, call.owner, TOO_LONG if isinstance(error, TooLong) else UNSUPPORTED)
        _note_answer(engine)
        return 0
    _count(engine.kind, day, answer, characters)
    _note_answer(engine)
    return sum(
        _store(call, job, text, pair[0] or detected)
        for job, text, detected in zip(jobs, answer.texts, answer.detected, strict=True)
    )


def _count(kind: str, day: date, answer: Answer, characters: int) -> None:
    """Count what the engine says, where it says it, instead of what was sent."""
    if answer.characters is not None:
        quota.correct(kind, day, answer.characters - characters)


def _store(call: _Call, job: Job, answer: str, source: str) -> int:
    engine, text = call.engine, storable(answer, job.text)
    if text is None:
        _fail(job.pk, call.owner, BROKEN)
        return 0
    return _finish(
        job.pk, call.owner, text=text, digest=digest_of(job.text), source_language=plain(source)[:LANGUAGE_LIMIT],
        engine=engine.kind, engine_version=engine.engine_version, characters=len(job.text),
    )  # fmt: skip


def _copied(engine: TranslationEngine, row: Translation, text: str, owner: str) -> bool:
    """Whether the same text was translated before, by this version of the engine; it is stored for the row, too."""
    same = Translation.objects.filter(
        state=State.DONE, digest=digest_of(text), language=row.language, engine=engine.kind,
        engine_version=engine.engine_version, post__lang=row.post.lang,
    )  # fmt: skip
    before = same.exclude(pk=row.pk).first()
    return before is not None and bool(
        _finish(
            row.pk, owner, text=before.text, digest=before.digest, source_language=before.source_language,
            engine=before.engine, engine_version=before.engine_version, characters=0,
        )
    )  # fmt: skip


def _finish(pk: int, owner: str, **values: Any) -> int:
    rows = Translation.objects.filter(pk=pk, lease_owner=owner, state=State.WAITING)
    return rows.update(
        state=State.DONE, done_at=clock.now(), lease_owner="", lease_until=None, error="", attempts=F("attempts") + 1,
        **values,
    )  # fmt: skip


def _fail(pk: int, owner: str, why: str) -> None:
    rows = Translation.objects.filter(pk=pk, lease_owner=owner, state=State.WAITING)
    rows.update(state=State.FAILED, error=why, lease_owner="", lease_until=None, done_at=clock.now())


def _leave(ids: Sequence[int], owner: str) -> None:
    """Give rows back that did not fit the request; they are next."""
    rows = Translation.objects.filter(pk__in=ids, lease_owner=owner, state=State.WAITING)
    rows.update(lease_owner="", lease_until=None)


def _release(owner: str, error: EngineError | None = None) -> None:
    """Give all rows of a lease back after an error; those that were tried often enough fail."""
    rows = Translation.objects.filter(lease_owner=owner, state=State.WAITING)
    if error is None or isinstance(error, TooFast | UsedUp | Rejected):
        rows.update(lease_owner="", lease_until=None, error=PAUSED)
        return
    rows.filter(attempts__gte=MOST_ATTEMPTS - 1).update(
        state=State.FAILED, error=BROKEN, lease_owner="", lease_until=None, done_at=clock.now()
    )
    rows.update(lease_owner="", lease_until=None, error=PAUSED, attempts=F("attempts") + 1)


def _learn_pairs(engine: TranslationEngine, made: Engine, http: httpx.Client) -> None:
    """Ask for the engine's languages, once a day. Raises EngineError where they were never known."""
    now = clock.now()
    if codes.is_known(engine) and engine.pairs_at and now - PAIRS_FOR <= engine.pairs_at <= now + moments.SKEW:
        return
    try:
        found = made.abilities(http)
    except EngineError:
        if codes.is_known(engine):
            return
        raise
    engine.pairs = {code: list(targets) for code, targets in found.pairs.items()}
    engine.pairs_at, engine.engine_version = now, found.version[:VERSION_LIMIT]
    TranslationEngine.objects.filter(pk=engine.pk, version=engine.version).update(
        pairs=engine.pairs, pairs_at=now, engine_version=engine.engine_version
    )


def _note_answer(engine: TranslationEngine) -> None:
    TranslationEngine.objects.filter(pk=engine.pk, version=engine.version).update(
        answered_at=clock.now(), failures=0, paused_until=None, last_error=""
    )


def _note(engine: TranslationEngine, error: EngineError) -> None:
    """Note why the engine did not translate, and until when it is left alone."""
    now = clock.now()
    wait = min(LONGEST_WAIT, LEAST_WAIT * 2 ** min(engine.failures, 10))
    if isinstance(error, TooFast):
        wait = (
            max(LEAST_WAIT, timedelta(seconds=error.retry_after_s))
            if error.retry_after_s
            else max(wait, 6 * LEAST_WAIT)
        )
    elif isinstance(error, UsedUp):
        wait = USED_UP_WAIT
    elif isinstance(error, Rejected):
        wait = REJECTED_WAIT
    log.warning("the translation engine did not translate", engine=engine.kind, error=str(error)[:ERROR_LIMIT])
    TranslationEngine.objects.filter(pk=engine.pk, version=engine.version).update(
        failures=F("failures") + 1,
        paused_until=now + min(wait, USED_UP_WAIT),
        last_error=str(error)[:ERROR_LIMIT],
        last_error_at=now,
    )


def _test(engine: TranslationEngine) -> None:
    """Translate the administrator's sample, whether the engine is switched on or not, and note what came of it."""
    try:
        made, http = opened(engine)
        with http:
            state, answer = _tested(_Call(engine, made, http, ""), masked(engine.test_sample))
    except (EngineError, secrets.UnknownKey) as error:
        state, answer = str(TestState.FAILED), str(error)
    limit = TranslationEngine._meta.get_field("test_answer").max_length or 0
    TranslationEngine.objects.filter(pk=engine.pk, version=engine.version, test_state=TestState.WAITING).update(
        test_state=state, test_answer=answer[:limit], test_at=clock.now()
    )


def _tested(call: _Call, text: str) -> tuple[str, str]:
    """(state, translation or what failed) of a sample. A test asks for the languages, too. Raises EngineError."""
    engine, day = call.engine, clock.now().date()
    engine.pairs_at = None
    _learn_pairs(engine, call.made, call.http)
    pair = codes.pair(engine.pairs, "", engine.test_language)
    if pair is None:
        raise Unsupported("The engine does not translate into this language.")
    if found := quota.reserve(len(text)):
        return TestState.FAILED, found.words
    try:
        answer = call.made.translate(call.http, [text], source="", target=pair[1])
    except EngineError as error:
        if not error.may_count:
            quota.correct(engine.kind, day, -len(text))
        raise
    _count(engine.kind, day, answer, len(text))
    _note_answer(engine)
    stored = storable(answer.texts[0], text)
    return (TestState.DONE, stored) if stored else (TestState.FAILED, "The engine sent no translation.")
