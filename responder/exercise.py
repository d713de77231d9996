"""The demo: accounts, a partner's token and the bundled exercise, played live.

The exercise's day is compressed; part of it lies in the past at the start, so that the map is never empty.
Each start goes on with the run at hand; when a run is over, the next start begins another.
"""

import json
import os
import secrets
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as _

from classifier import clock, locks
from monitoring import audit
from responder import roles
from responder.demo.speed import SPEED
from responder.errors import Invalid, NotPermitted
from responder.feeds import configuring
from responder.feeds.connectors.exercise import SOURCE, posts_of
from responder.models import ApiToken, Event, Feed, Post, User
from responder.partners import tokens

KIND = "exercise"  # of its feed
CREDENTIALS, MARK = "demo_credentials.json", "demo_started"
HEAD_START = timedelta(hours=13)  # of exercise time, already past when a run begins: the storm has made landfall
LABELLERS = tuple(f"demo-labeller-{number}" for number in range(1, 61))  # whose labels `demo_governance` enters
DEMO_ORGANISATION = "Demo partner"
DEMO_SCOPES = ["predict", "read:posts", "write:feedback"]


@dataclass(frozen=True, slots=True)
class Credentials:
    """Credentials of the demo's accounts; stored in the data directory, readable by its owner only."""

    password: str
    token: str

    def describe(self, url: str) -> list[str]:
        """Lines for the terminal: log-ins and a working call of the API."""
        names = ", ".join(f"demo-{role}" for role in roles.ROLES)
        body = '{"messages": [{"id": "1", "text": "Family trapped on a roof in Beira, please send boats"}]}'
        return [
            "  EXERCISE: everything you see is fictional.",
            f"  Accounts: {names}",
            f"  Password: {self.password}",
            "",
            "  Ask the prediction API:",
            f"  curl -s {url}/api/v1/predictions -H 'Authorization: Token {self.token}' \\",
            f"       -H 'Content-Type: application/json' -d '{body}'",
            "",
        ]


class NotForTheDemo(Exception):
    """The demo would change an installation that is in use; the message says what to do instead."""


def prepare(data_dir: Path) -> Credentials:
    """Create the demo's accounts and token, or load those of an earlier start. Raises NotForTheDemo.

    A demo that came into real use is refused too: its accounts' password is on the screen and in a file.
    """
    refuse_real_use()
    path = data_dir / CREDENTIALS
    credentials = _stored(path)
    if credentials is None:
        credentials = _make_accounts()
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            json.dump(asdict(credentials), file)
    return credentials


def refuse_real_use() -> None:
    """Raise NotForTheDemo in production, and for a database that contains anything that is not the demo's."""
    if settings.PRODUCTION:
        raise NotForTheDemo(
            "The demo creates accounts and shows their password, so it does not run in production. "
            "Run it without RESPONDER_ENVIRONMENT=production and with a database of its own."
        )
    if found := _in_real_use():
        raise NotForTheDemo(
            f"This database is in real use: it contains {', '.join(found)} of your own. Nothing was changed. Start Responder "
            "without --demo to use it. To see the demo, set another RESPONDER_DATA_DIR, or another database in "
            "DATABASE_URL."
        )


def is_on(data_dir: Path) -> bool:
    """Whether the demo plays here: `responder up --demo` was the last start of this data directory."""
    return not settings.PRODUCTION and (data_dir / MARK).exists()


def switch(data_dir: Path, *, on: bool) -> None:
    """Store whether the demo is on."""
    if on:
        (data_dir / MARK).touch(mode=0o600)
    else:
        (data_dir / MARK).unlink(missing_ok=True)


def _in_real_use() -> list[str]:
    """Kinds of data in this database that are not the demo's: people, API tokens, events or feeds."""
    demo_people = [*(f"demo-{role}" for role in roles.ROLES), *LABELLERS]
    own = {
        "people": User.objects.exclude(username__in=demo_people),
        "API tokens": ApiToken.objects.exclude(owner__username="demo-partner", organisation_name=DEMO_ORGANISATION),
        "events": Event.objects.filter(is_exercise=False),
        "feeds": Feed.objects.exclude(kind=KIND),
    }
    return [name for name, rows in own.items() if rows.exists()]


def _stored(path: Path) -> Credentials | None:
    """The stored credentials, if they are valid in this database."""
    try:
        credentials = Credentials(**json.loads(path.read_text()))
    except (OSError, ValueError, TypeError):
        return None
    return credentials if tokens.verify(credentials.token) else None


@audit.atomic()
def _make_accounts() -> Credentials:
    password = "-".join(secrets.token_hex(2) for _ in range(4))
    for role in roles.ROLES:
        user, _made = User.objects.get_or_create(
            username=f"demo-{role}", defaults={"first_name": f"Demo {role}", "is_staff": role == "auditor"}
        )
        user.set_password(password)
        user.save()
        roles.grant(user=user, role=role)
    partner = User.objects.get(username="demo-partner")
    for old in ApiToken.objects.filter(owner=partner, revoked_at=None):
        tokens.revoke(token=old, by=partner)
    _token, secret = tokens.issue(
        owner=partner, organisation=DEMO_ORGANISATION, name="Exercise", scopes=DEMO_SCOPES, by=partner
    )
    return Credentials(password=password, token=secret)


def current_run() -> Event:
    """The exercise's event to play: the unfinished run if it is open, or a new one."""
    from responder.demo import exercise as bundled  # log-in pages ask only whether a demo runs

    total = sum(1 for _ in bundled.posts())
    runs = Event.objects.filter(ref__startswith=bundled.EVENT["ref"], is_exercise=True).order_by("-id")
    latest = runs.first()
    if latest and latest.is_open and Post.objects.filter(event=latest, source=SOURCE).count() < total:
        return latest
    return _new_run(number=runs.count() + 1)


def _new_run(*, number: int) -> Event:
    from responder.demo import exercise as bundled

    described = bundled.EVENT
    west, south, east, north = described["bbox"]
    return Event.objects.create(
        ref=described["ref"] if number == 1 else f"{described['ref']}-{number}",
        name=described["name"] if number == 1 else f"{described['name']} ({number})",
        hazard=described["hazard"],
        country_codes=list(described["country_codes"]),
        west=west, south=south, east=east, north=north,
        time_zone=described["timezone"],
        started_at=clock.now() - HEAD_START / SPEED,
        is_exercise=True,
    )  # fmt: skip


@audit.atomic()
def start(*, by: User) -> Event:
    """Start a new run of the exercise as a feed, for an organisation that practises. Returns its event.

    Nothing of it mixes with real events: its posts belong to an event of their own that is marked as an exercise on every page.

    Raises Invalid while one is running, and NotPermitted.
    """
    if not roles.allows_in(by, roles.MANAGE_SOURCES, None):
        raise NotPermitted(_("Only leads and administrators can start an exercise."))
    locks.one_at_a_time("feeds")
    if Feed.objects.filter(kind=KIND, wanted=True).exists():
        raise Invalid(_("An exercise is already running. Pause it under Sources first."))
    run = _new_run(number=Event.objects.filter(ref__startswith=_ref(), is_exercise=True).count() + 1)
    feed = Feed.objects.create(kind=KIND, name=run.name, event=run)
    audit.record(
        actor=f"user:{by.username}", action="feed.created", object_type="feed", object_id=str(feed.pk),
        after={"kind": KIND, "name": feed.name}, detail={"kind": KIND, "event": run.ref},
    )  # fmt: skip
    configuring.start(feed_id=feed.pk, by=by)
    return run


def _ref() -> str:
    from responder.demo import exercise as bundled

    return str(bundled.EVENT["ref"])


def play() -> int:
    """Play the current run to its end. Returns the number of new posts. Raises Closed if its event is closed meanwhile."""
    from responder.feeds import replay

    run = current_run()
    return replay.play(posts_of(run), source=SOURCE, event=run)
