"""Checks of Responder's own work: the model, its processes, feeds, people and backups."""

import time
from collections.abc import Iterator
from datetime import timedelta
from secrets import token_hex

from django.conf import settings
from django.core.cache import cache
from django.db.models import OuterRef, Q

from classifier import clock, serving
from classifier.errors import ModelUnavailable
from monitoring.models import AuditEvent
from responder import roles
from responder.accounts import two_factor
from responder.classification import stages
from responder.doctor import services, signs
from responder.doctor.findings import Check, State
from responder.first_run import links
from responder.models import Event, Feed, ReportChannel, User
from responder.privacy import secrets as secrets_at_rest
from responder.processes import supervisor
from responder.queries.liveness import MAILBOX_READ_WITHIN

Found = Iterator[tuple[State, str, str]]
ANSWERS_WITHIN_S = 3.0
BEAT_WITHIN_S = 60.0
BACKUP_AFTER = timedelta(days=2)
MOST_NAMES = 5
MOST_SECRETS = 500  # of each column, the oldest first: those are the ones that a former key encrypted
IN_TROUBLE = (Feed.State.WAITING, Feed.State.HELD, Feed.State.SPENT)


def check_model() -> Found:
    """Check that the model in production loads, and that its files are those that were approved."""
    try:
        runtime = serving.current().runtime
    except ModelUnavailable as error:
        yield "failed", str(error), "Run: responder models list; then approve a version or roll back."
        return
    info = runtime.info
    yield "ok", f"{info.name} {info.version} loads (SHA-256 {info.sha256[:12]}…).", ""


def check_processes() -> Found:
    """Check the processes that `responder up` supervises on this machine."""
    found = supervisor.processes(settings.DATA_DIR)
    for one in found:
        name, restarts = one["name"], one["restarts"]
        if one["state"] != "running":
            yield (
                "failed",
                f"{name} has stopped and will be restarted.",
                "Look for its lines in the output of `responder up`.",
            )
        elif restarts:
            yield "warning", f"{name} died {restarts} times and was restarted.", "See its lines above each restart."
    if found and all(one["state"] == "running" and not one["restarts"] for one in found):
        yield "ok", f"{', '.join(one['name'] for one in found)} run since the start.", ""
    if not found:
        yield "ok", "`responder up` does not run here: services are watched by what started them.", ""


def check_worker() -> Found:
    """Check that a worker takes tasks and that beat sends them."""
    from responder.celery import app

    if not services.redis_answers():
        yield "warning", "No worker can be asked, because Redis does not answer.", "Start `responder up`, or Redis."
        return
    token = token_hex(8)
    app.send_task(signs.ANSWER, args=[token], expires=ANSWERS_WITHIN_S, retry=False)
    until = time.monotonic() + ANSWERS_WITHIN_S
    while not (answered := signs.answered(token)) and time.monotonic() < until:
        time.sleep(0.05)
    beat = cache.get(signs.BEAT)
    if answered:
        yield "ok", "A worker takes tasks.", ""
    else:
        yield (
            "warning", f"No worker answered within {ANSWERS_WITHIN_S:g} seconds: all are busy, or none runs.",
            "Start `responder up`, or the worker's service.",
        )  # fmt: skip
    if beat is None or time.time() - beat > BEAT_WITHIN_S:
        yield "warning", "Beat has sent nothing for a minute.", "Start `responder up`, or the service of beat."
    else:
        yield "ok", "Beat sends tasks.", ""


def check_waiting() -> Found:
    """Check that posts are classified and grouped, and that the queue's jobs are taken."""
    late = {name: wait for name, wait in stages.waits().items() if stages.behind(wait)}
    for name, wait in late.items():
        minutes = int(wait.total_seconds() // 60)
        yield "failed", f"Posts have waited {minutes} minutes for {name}.", "Start workers, or more of them."
    if jobs := signs.untaken_jobs():
        yield "warning", f"{jobs} jobs have waited for more than two minutes.", "Start the queue: responder qcluster"
    if not late and not jobs:
        yield "ok", "No post and no job waits for long.", ""


def check_feeds() -> Found:
    """Check that the feeds that people started are read."""
    wanted = list(Feed.objects.filter(wanted=True))
    for feed in wanted:
        why = feed.last_error or feed.get_state_display()
        if feed.state in IN_TROUBLE:
            yield "warning", f"The source “{feed.name}”: {why}", "See /feeds/."
        elif not feed.lease_owner or (feed.lease_until and feed.lease_until < clock.now()):
            yield "warning", f"Nothing reads the source “{feed.name}”.", "Start a worker or `responder run-feeds`."
    for feed in Feed.objects.filter(state=Feed.State.FAILED):
        yield "failed", f"The source “{feed.name}” has failed: {feed.last_error}", "Correct it at /feeds/ and start it."
    live = sum(feed.state == Feed.State.LIVE for feed in wanted)
    yield "ok", f"{live} of {len(wanted)} started sources are live." if wanted else "No source is started.", ""


def check_people() -> Found:
    """Check that somebody can administer the installation, and that every group with people in it is a role."""
    if links.needed():
        yield "warning", "Nobody can administer this installation.", "Run: responder init"
    else:
        yield "ok", "There is an administrator.", ""
    for name in roles.unknown_groups():
        yield (
            "warning", f"The group “{name}” is no role: whoever is in it can do nothing by it.",
            f"Give them one of the roles {', '.join(roles.ROLES)} on the page People.",
        )  # fmt: skip


def check_two_factor() -> Found:
    """Whoever can administer or approve signs in with a second factor."""
    if settings.PRODUCTION and settings.TWO_FACTOR != "required-roles":
        yield (
            "warning", "Administrators and approvers may sign in without a second factor.",
            "Set RESPONDER_TWO_FACTOR=required-roles.",
        )  # fmt: skip
    powerful = Q(is_superuser=True) | Q(groups__name__in=two_factor.REQUIRED_ROLES)
    found = User.objects.filter(powerful, ~two_factor.set_up(OuterRef("pk")), is_active=True).distinct()
    names = list(found.order_by("username").values_list("username", flat=True)[: MOST_NAMES + 1])
    if not names:
        yield "ok", "All administrators and approvers have set up two-factor authentication.", ""
        return
    said = (
        f"Without two-factor authentication: {', '.join(names[:MOST_NAMES])}{', …' if len(names) > MOST_NAMES else ''}."
    )
    if settings.TWO_FACTOR == "required-roles":
        yield "warning", f"{said} They are asked to set it up when they sign in.", "Ask them to sign in."
    else:
        yield "warning" if settings.PRODUCTION else "ok", said, "Ask them to set it up in their profile."


def check_secrets() -> Found:
    """Stored secrets can be read, and are encrypted with the first key."""
    found = secrets_at_rest.outdated(MOST_SECRETS)
    if found.unknown:
        yield (
            "failed", f"{found.unknown} stored secrets can't be read with the keys of this installation.",
            "Add the former key to RESPONDER_ENCRYPTION_KEY after the present one, or enter the secrets again.",
        )  # fmt: skip
    if found.done:
        yield (
            "warning", f"{found.done} stored secrets are encrypted with a former key.",
            "Run: responder reencrypt-secrets. Then remove the former key.",
        )  # fmt: skip
    if not found.unknown and not found.done:
        yield "ok", "Stored secrets are encrypted with the present key.", ""


def check_mailboxes() -> Found:
    """Mailboxes that receive reports are read."""
    open_events = Q(event__state=Event.State.OPEN)
    boxes = list(ReportChannel.objects.filter(open_events, kind=ReportChannel.Kind.EMAIL, is_on=True).order_by("name"))
    wrong = 0
    for one in boxes:
        late = clock.now() - (one.checked_at or one.created_at) > MAILBOX_READ_WITHIN
        wrong += bool(one.last_error or late)
        if one.last_error:
            yield (
                "failed",
                f"The mailbox “{one.name}” can't be read: {one.last_error}",
                "Correct it on its page under /feeds/.",
            )
        elif late:
            yield "warning", f"Nothing has read the mailbox “{one.name}” lately.", "Start the worker and beat."
    if not wrong:
        yield "ok", f"{len(boxes)} mailboxes for reports are read." if boxes else "No mailbox for reports is on.", ""


def check_backups() -> Found:
    """Check that there is a recent backup, once there is data to lose."""
    last = AuditEvent.objects.filter(action="backup.made").order_by("-sequence").values_list("at", flat=True).first()
    if last is None and not Event.objects.filter(is_exercise=False).exists():
        yield "ok", "There is nothing to back up yet.", ""
    elif last is None or clock.now() - last > BACKUP_AFTER:
        said = f"The last backup is {(clock.now() - last).days} days old." if last else "No backup was made."
        yield "warning", said, "Run every night: responder backup"
    else:
        yield "ok", f"The last backup is of {last:%Y-%m-%d %H:%M} UTC.", ""


NEEDS = ("database", "migrations")
CHECKS = (
    Check("model", check_model, needs=NEEDS, within_s=60.0),
    Check("processes", check_processes),
    Check("worker", check_worker, needs=("redis",)),
    Check("waiting", check_waiting, needs=NEEDS),
    Check("feeds", check_feeds, needs=NEEDS),
    Check("mailboxes", check_mailboxes, needs=NEEDS),
    Check("people", check_people, needs=NEEDS),
    Check("two-factor", check_two_factor, needs=NEEDS),
    Check("secrets", check_secrets, needs=NEEDS),
    Check("backups", check_backups, needs=NEEDS),
)
