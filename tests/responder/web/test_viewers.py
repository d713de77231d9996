"""A stream ends within seconds for whoever may look no longer, whatever the reason, and for nobody else."""

import asyncio
from collections.abc import Callable
from contextlib import aclosing
from typing import Any

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from responder.models import Event, EventRole, Membership, Organisation, User
from responder.queries.filters import Filter
from responder.web import streams, viewers
from responder.web.live import LiveFilter
from responder.web.streams import Hub, events
from responder.web.viewers import Viewer

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("one_thread")]
EVERYTHING = LiveFilter(Filter(), None)
FAST = 0.01
PATIENCE_S = 60


def viewer_of(person: User) -> Viewer:
    client = Client()
    client.force_login(person)
    return Viewer(person.pk, client.session.session_key or "", person.get_session_auth_hash())


def deactivate(person: User) -> None:
    User.objects.filter(pk=person.pk).update(is_active=False)


def take_the_role(person: User) -> None:
    person.groups.clear()


def end_the_session(person: User) -> None:
    for session in Session.objects.all():
        if session.get_decoded()["_auth_user_id"] == str(person.pk):
            session.delete()


def change_the_password(person: User) -> None:
    person.set_password("another long password")
    person.save()


def pause_the_organisation(person: User) -> None:
    organisation = Organisation.objects.create(name="Relief", is_active=False)
    Membership.objects.create(organisation=organisation, person=person)


def delete(person: User) -> None:
    User.objects.filter(pk=person.pk).delete()


def limit_to_one_event(person: User) -> None:
    person.groups.clear()
    event = Event.objects.create(ref="one", name="One")
    EventRole.objects.create(person=person, event=event, role="viewer")


WAYS = [
    deactivate, take_the_role, end_the_session, change_the_password, pause_the_organisation, delete, limit_to_one_event,
]  # fmt: skip


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_a_stream_ends_for_whoever_may_look_no_longer(people: dict[str, User], way: Callable[[User], None]) -> None:
    leaving, staying = viewer_of(people["viewer"]), viewer_of(people["lead"])
    ended: list[bool] = []

    async def read(viewer: Viewer, hub: Hub) -> None:
        async with aclosing(events(EVERYTHING, None, hub=hub, viewer=viewer)) as stream:
            async for _ in stream:
                pass
        ended.append(viewer == leaving)

    async def watch() -> None:
        hub = Hub(tick_s=FAST)
        one, two = asyncio.create_task(read(leaving, hub)), asyncio.create_task(read(staying, hub))
        async with asyncio.timeout(PATIENCE_S):
            while len(hub.clients) < 2:
                await asyncio.sleep(FAST)
            await sync_to_async(way)(people["viewer"])
            await one
        assert not two.done() and len(hub) == 1
        two.cancel()
        await asyncio.wait([two])

    async_to_sync(watch)()
    assert ended == [True]


def test_what_waited_for_somebody_who_is_cut_off_is_not_sent() -> None:
    async def cut_off() -> None:
        client = streams.StreamClient(EVERYTHING, None)
        client.send(b"a post", otherwise=b"reload")
        client.end()
        assert [client.queue.get_nowait() for _ in range(client.queue.qsize())] == [streams.END]

    async_to_sync(cut_off)()


def test_all_who_watch_are_checked_in_two_queries(people: dict[str, User]) -> None:
    watching = {viewer_of(person) for person in people.values() for _ in range(3)}
    with CaptureQueriesContext(connection) as seen:
        allowed = viewers.allowed(watching)
    assert len(seen) == 2
    assert allowed == {one for one in watching if one.person_id != people["partner"].pk}


def test_a_stream_of_single_events_ends_when_the_events_change(people: dict[str, User], event: Event) -> None:
    person, other = people["partner"], Event.objects.create(ref="two", name="Two")
    held = EventRole.objects.create(person=person, event=event, role="viewer")
    viewer = viewer_of(person)._replace(visible_events=frozenset({event.pk}))
    everything = viewer._replace(visible_events=None)
    assert viewers.allowed({viewer, everything}) == {viewer}
    EventRole.objects.create(person=person, event=other, role="viewer")
    assert not viewers.allowed({viewer})
    held.delete()
    assert not viewers.allowed({viewer})


def test_a_check_comes_at_least_every_five_seconds() -> None:
    assert streams.CHECK_TICKS * streams.TICK_S + streams.TICK_S <= 5


def test_while_the_database_is_away_nobody_is_cut_off(people: dict[str, User], monkeypatch: Any) -> None:
    viewer = viewer_of(people["viewer"])
    checks = iter([OSError("gone"), None])
    allowed = viewers.allowed

    def failing(watching: Any) -> Any:
        if error := next(checks, None):
            raise error
        return allowed(watching)

    monkeypatch.setattr(viewers, "allowed", failing)

    async def watch() -> None:
        hub = Hub(tick_s=3600)
        client = hub.join(EVERYTHING, None, viewer)
        await hub._end_others()
        await hub._end_others()
        assert client in hub.newcomers or client in hub.clients
        hub.leave(client)

    async_to_sync(watch)()
