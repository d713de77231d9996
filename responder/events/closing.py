"""Closing, archiving and reopening events.

A closed event takes no posts: its feeds are paused, and `feeds.ingest.accept` refuses what imports, replays and reports
bring. The posts of a batch that is being stored while the event is closed still arrive.
"""

from django.utils.translation import gettext as _

from classifier import clock, locks
from monitoring import audit
from responder.errors import Invalid
from responder.events.managing import locked, permitted, record
from responder.feeds import configuring
from responder.models import Event, Feed, User

State = Event.State


@audit.atomic()
def close(*, event_id: int, version: int, by: User) -> Event:
    """Close an event and pause its feeds. Raises Conflict, Invalid, Missing, NotPermitted."""
    return _stop(event_id, version, by, State.CLOSED)


@audit.atomic()
def archive(*, event_id: int, version: int, by: User) -> Event:
    """Archive an event, which closes it too. Raises Conflict, Invalid, Missing, NotPermitted."""
    return _stop(event_id, version, by, State.ARCHIVED)


@audit.atomic()
def reopen(*, event_id: int, version: int, by: User) -> Event:
    """Reopen an event; its feeds stay paused. Raises Conflict, Invalid, Missing, NotPermitted."""
    event = locked(event_id, version, by)
    if event.is_open:
        raise Invalid(_("This event is already open."))
    return _moved(event, State.OPEN, by, "event.reopened")


def _stop(event_id: int, version: int, by: User, state: Event.State) -> Event:
    permitted(by, event_id)
    locks.rows(Feed.objects.filter(event_id=event_id))  # before the event, see `classifier.locks`
    event = locked(event_id, version, by)
    if event.state in (state, State.ARCHIVED):
        raise Invalid(_("This event is already %(state)s.") % {"state": event.get_state_display().lower()})
    paused = configuring.pause_feeds_of(event, by=by)
    return _moved(event, state, by, f"event.{state.value}", feeds_paused=[feed.pk for feed in paused])


def _moved(event: Event, state: Event.State, by: User, action: str, **detail: object) -> Event:
    event.state, event.state_at = state, clock.now()
    event.version += 1
    event.save(update_fields=["state", "state_at", "version"])
    record(action, event, by, **detail)
    return event
