import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import aclosing
from datetime import timedelta
from itertools import pairwise

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from django.db import OperationalError

from classifier import clock
from responder.models import Change, Event, Replay
from responder.queries.filters import Filter
from responder.web import live, streams, viewers
from responder.web.live import LiveFilter
from responder.web.streams import Hub, events

pytestmark = pytest.mark.usefixtures("one_thread")
EVERYTHING = LiveFilter(Filter(), None)
FAST = 0.01
PATIENCE_S = 20


def parse(message):
    fields = dict(line.split(": ", 1) for line in message.decode().strip().splitlines() if not line.startswith(":"))
    return fields.get("event", ""), json.loads(fields.get("data", "null")), fields.get("id")


async def next_event(stream: AsyncIterator[bytes], name: str):
    """The next event of this name; others are passed over."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            found, data, cursor = parse(await anext(stream))
            if found == name:
                return data, cursor


async def changed(post, kind="new"):
    return (await sync_to_async(Change.objects.create)(post=post, kind=kind)).pk


def watching(test):
    """Run `test(hub)` on an event loop of its own; afterwards nothing of the hub may be left."""

    async def run():
        hub = Hub(tick_s=FAST)
        await test(hub)
        assert len(hub) == 0
        assert hub.task is None

    async_to_sync(run)()


def test_a_change_reaches_every_client_that_it_matters_to(make_post):
    needs, caution = make_post(), make_post(category="caution_and_advice")

    async def test(hub):
        only_needs = LiveFilter(Filter(groups=("needs",)), None)
        async with (
            aclosing(events(EVERYTHING, None, hub=hub)) as one,
            aclosing(events(only_needs, None, hub=hub)) as two,
        ):
            await next_event(one, "lag")
            await next_event(two, "lag")
            await changed(caution)
            data, _ = await next_event(one, "change")
            assert [post["id"] for post in data["posts"]] == [caution.pk]
            last = await changed(needs)
            for stream in (one, two):
                data, cursor = await next_event(stream, "change")
                assert [post["id"] for post in data["posts"]] == [needs.pk]
                assert (data["cursor"], cursor) == (last, str(last))

    watching(test)


def test_a_change_is_told_once_though_it_is_read_often(make_post):
    posts = [make_post() for _ in range(5)]

    async def test(hub):
        received = []
        async with aclosing(events(EVERYTHING, None, hub=hub)) as stream:
            await next_event(stream, "lag")
            for post in posts:
                await changed(post)
                data, _ = await next_event(stream, "change")
                received += [found["id"] for found in data["posts"]]
            await next_event(stream, "lag")  # several reads of the same seconds later
            await next_event(stream, "lag")
        assert received == [post.pk for post in posts]

    watching(test)


def test_who_comes_back_is_told_what_was_missed(make_post):
    post = make_post()

    async def test(hub):
        async with aclosing(events(EVERYTHING, None, hub=hub)) as stayed:
            await next_event(stayed, "lag")
            first = await changed(post)
            await next_event(stayed, "change")
            second = await changed(post, "decided")
            await next_event(stayed, "change")
            async with aclosing(events(EVERYTHING, first, hub=hub)) as back:
                data, cursor = await next_event(back, "change")
            assert [found["id"] for found in data["posts"]] == [post.pk]
            assert cursor == str(second)

    watching(test)


@pytest.mark.parametrize("after", [0, 10**9])
def test_who_was_away_too_long_reloads(make_post, after):
    Change.objects.create(post=make_post(), kind="new")

    async def test(hub):
        async with aclosing(events(EVERYTHING, after, hub=hub)) as stream:
            data, _ = await next_event(stream, "reload")
            assert data["cursor"] == await sync_to_async(live.cursor)()

    watching(test)


def test_too_much_at_once_makes_everybody_reload(make_post, monkeypatch):
    monkeypatch.setattr(live, "READ_LIMIT", 3)
    post = make_post()

    async def test(hub):
        async with aclosing(events(EVERYTHING, None, hub=hub)) as stream:
            await next_event(stream, "lag")
            rows = [Change(post=post, kind="new") for _ in range(5)]
            await sync_to_async(Change.objects.bulk_create)(rows)
            await next_event(stream, "reload")

    watching(test)


def test_a_slow_client_loses_its_queue_and_reloads():
    async def test(hub):
        client = streams.StreamClient(EVERYTHING, None)
        for number in range(streams.QUEUE_LIMIT):
            client.send(f"{number}".encode(), otherwise=b"reload")
        client.send(b"one too many", otherwise=b"reload")
        assert client.queue.qsize() == 1
        assert client.queue.get_nowait() == b"reload"

    watching(test)


def test_one_pump_reads_for_all_and_stops_with_the_last(db, monkeypatch):
    async def test(hub):
        clients = [hub.join(EVERYTHING) for _ in range(100)]
        task = hub.task
        async with asyncio.timeout(PATIENCE_S):
            await asyncio.gather(*(client.queue.get() for client in clients))
        assert hub.task is task
        for client, later in pairwise(clients):
            hub.leave(client)
            assert hub.task is task, later
        hub.leave(clients[-1])
        await asyncio.wait([task])
        assert task.cancelled()

    reads = []
    read = live.read
    monkeypatch.setattr(live, "read", lambda after, seen: reads.append(after) or read(after, seen))
    watching(test)
    assert len(reads) < 100  # by tick, not by client


def test_an_outage_of_the_database_passes(make_post, monkeypatch):
    post, read, failures = make_post(), live.read, iter([True, True])

    def failing(after, seen):
        if next(failures, False):
            raise OperationalError("gone")
        return read(after, seen)

    async def test(hub):
        async with aclosing(events(EVERYTHING, None, hub=hub)) as stream:
            await next_event(stream, "lag")
            await changed(post)
            await next_event(stream, "change")

    monkeypatch.setattr(live, "read", failing)
    watching(test)


def test_silence_is_filled_with_comments_and_a_stream_ends_by_itself(db, monkeypatch):
    monkeypatch.setattr(streams, "HEARTBEAT_S", FAST)

    async def test(hub):
        hub.tick_s = 3600
        async with asyncio.timeout(PATIENCE_S):
            messages = [message async for message in events(EVERYTHING, None, hub=hub, seconds=0.5)]
        assert messages[0].startswith(b"retry: ")
        assert any(message.startswith(b":") for message in messages)
        assert all(message.endswith(b"\n\n") for message in messages)

    watching(test)


def test_cancelling_a_stream_leaves_the_hub(db):
    async def test(hub):
        async def consume():
            async with aclosing(events(EVERYTHING, None, hub=hub)) as stream:
                async for _ in stream:
                    pass

        task = asyncio.create_task(consume())
        async with asyncio.timeout(PATIENCE_S):
            while not len(hub):
                await asyncio.sleep(FAST)
        task.cancel()
        await asyncio.wait([task])

    watching(test)


def test_a_cancellation_that_comes_together_with_a_message_is_heard(db):
    async def test(hub):
        async def consume():
            async with aclosing(events(EVERYTHING, None, hub=hub)) as stream:
                async for _ in stream:
                    pass

        task = asyncio.create_task(consume())
        async with asyncio.timeout(PATIENCE_S):
            while not hub.clients:
                await asyncio.sleep(FAST)
        (client,) = hub.clients
        await asyncio.sleep(5 * FAST)
        client.send(b"a message", otherwise=b"")
        task.cancel()
        done, _ = await asyncio.wait([task], timeout=PATIENCE_S)
        assert done

    watching(test)


def test_a_person_has_a_few_streams_and_others_have_theirs():
    ana, ben = viewers.Viewer(1, "a", "x"), viewers.Viewer(2, "b", "y")

    async def test(hub):
        clients = [hub.join(EVERYTHING, viewer=ana) for _ in range(3)] + [hub.join(EVERYTHING, viewer=ben)]
        assert (hub.count_of(1), hub.count_of(2), hub.count_of(3)) == (3, 1, 0)
        for client in clients:
            hub.leave(client)
        assert hub.count_of(1) == 0

    watching(test)


def test_between_two_filters_the_event_loop_answers_others(make_post):
    post = make_post()

    async def test(hub):
        live_filters = [LiveFilter(Filter(q=f"word {number}"), None) for number in range(20)]
        clients = [hub.join(live_filter) for live_filter in live_filters]
        hub.clients.update(clients)
        hub.newcomers.clear()
        change = await sync_to_async(Change.objects.select_related("post__event").get)(pk=await changed(post))
        turns = 0

        async def others():
            nonlocal turns
            while True:
                turns += 1
                await asyncio.sleep(0)

        task = asyncio.create_task(others())
        await hub._send_changes(list(hub.clients), [change])
        task.cancel()
        assert turns >= len(live_filters)
        for client in clients:
            hub.leave(client)

    watching(test)


def test_each_client_is_told_the_status_of_its_own_event(event):
    other = Event.objects.create(ref="other", name="Other")
    Replay.objects.create(event=event, seen_at=clock.now() + timedelta(minutes=1))

    async def test(hub):
        mine, others = LiveFilter(Filter(), event.pk), LiveFilter(Filter(), other.pk)
        async with aclosing(events(mine, None, hub=hub)) as one, aclosing(events(others, None, hub=hub)) as two:
            assert (await next_event(one, "lag"))[0]["status"]["state"] == "replay"
            data, _ = await next_event(two, "lag")
            assert (data["status"]["state"], data["status"]["tone"]) == ("no_source", "warn")
            await sync_to_async(Replay.objects.update)(ended_at=clock.now())
            while (await next_event(one, "lag"))[0]["status"]["state"] != "replay_ended":  # without a reload
                pass

    watching(test)
