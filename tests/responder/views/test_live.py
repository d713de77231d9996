import asyncio
import json
from contextlib import asynccontextmanager

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from django.test import AsyncClient

from responder.models import Change
from responder.queries.filters import Filter
from responder.web.live import LiveFilter
from responder.web.streams import Hub

pytestmark = pytest.mark.usefixtures("one_thread")
PATIENCE_S = 20


@pytest.fixture
def sign_in(people):
    """An asynchronous client, signed in as somebody with this role."""

    def client(role):
        client = AsyncClient()
        client.force_login(people[role])
        return client

    return client


@asynccontextmanager
async def stream(client, address="/live/stream", **headers):
    """(headers, queue of messages) of a stream that is read until the block ends."""
    response = await client.get(address, headers=headers)
    assert response.status_code == 200
    messages = asyncio.Queue()

    async def read():
        async for message in response:
            messages.put_nowait(message)

    reader = asyncio.create_task(read())
    try:
        yield response.headers, messages
    finally:
        reader.cancel()  # as Django's handler does when the client leaves
        await asyncio.wait([reader])
        await sync_to_async(response.close)()


async def next_event(messages, name):
    async with asyncio.timeout(PATIENCE_S):
        while True:
            body = (await messages.get()).decode()
            lines = dict(line.split(": ", 1) for line in body.strip().splitlines() if ": " in line)
            if lines.get("event") == name:
                return json.loads(lines["data"]), lines["id"]


def test_a_stream_tells_changes_and_ends_with_its_client(make_post, sign_in):
    client, shown, hidden = sign_in("viewer"), make_post(), make_post(category="caution_and_advice")

    async def test():
        async with stream(client, "/live/stream?cat=needs&event=flood") as (headers, messages):
            assert headers["Content-Type"] == "text/event-stream"
            assert headers["X-Accel-Buffering"] == "no"
            await next_event(messages, "lag")
            for post in (hidden, shown):
                await sync_to_async(Change.objects.create)(post=post, kind="new")
            data, cursor = await next_event(messages, "change")
            assert [post["id"] for post in data["posts"]] == [shown.pk]
            assert cursor == str(data["cursor"])
            assert len(Hub.current()) == 1
        assert len(Hub.current()) == 0
        assert Hub.current().task is None

    async_to_sync(test)()


@pytest.mark.parametrize("by_header", [True, False])
def test_a_client_that_comes_back_after_too_long_reloads(make_post, sign_in, by_header):
    client, newest = sign_in("viewer"), Change.objects.create(post=make_post(), kind="new")
    headers = {"Last-Event-ID": str(newest.pk - 1)} if by_header else {}
    address = "/live/stream" if by_header else f"/live/stream?after={newest.pk - 1}"

    async def test():
        async with stream(client, address, **headers) as (_headers, messages):
            data, _ = await next_event(messages, "reload")
            assert data["cursor"] == newest.pk

    async_to_sync(test)()


def test_strangers_and_other_roles_get_no_stream(db, sign_in):
    async def test():
        assert (await AsyncClient().get("/live/stream")).status_code == 302
        assert (await partner.get("/live/stream")).status_code == 403
        assert len(Hub.current()) == 0

    partner = sign_in("partner")
    async_to_sync(test)()


def test_beyond_the_limit_clients_are_told_to_poll(people, sign_in, settings):
    client = sign_in("viewer")
    settings.LIVE_MAX_CLIENTS = 1

    async def test():
        other = Hub.current().join(LiveFilter(Filter(), None))
        response = await client.get("/live/stream")
        Hub.current().leave(other)
        assert response.status_code == 503
        assert response.headers["Retry-After"] == "15"

    async_to_sync(test)()


def test_a_server_that_cannot_hold_streams_says_to_poll(client, people):
    client.force_login(people["viewer"])
    assert client.get("/live/stream").status_code == 503


def test_the_polling_twin_tells_the_same(client, people, make_post):
    client.force_login(people["viewer"])
    shown, hidden = make_post(), make_post(category="caution_and_advice")
    for post in (shown, hidden):
        newest = Change.objects.create(post=post, kind="new")
    answer = client.get("/live/changes?after=0&cat=needs").json()
    assert answer["cursor"] == newest.pk
    assert [post["id"] for post in answer["posts"]] == [shown.pk]
    assert set(answer) == {"cursor", "posts", "reload", "lag_s", "per_minute", "status"}
    assert answer["status"]["state"] == "no_source"


@pytest.mark.parametrize("after", ["", "x", "-1", "9" * 30])
def test_without_a_sound_cursor_polling_begins_now(client, people, make_post, after):
    client.force_login(people["viewer"])
    newest = Change.objects.create(post=make_post(), kind="new")
    answer = client.get("/live/changes", {"after": after}).json()
    assert (answer["cursor"], answer["reload"]) == (newest.pk, False)


def test_polling_needs_a_role_that_views(client, people):
    assert client.get("/live/changes").status_code == 302
    client.force_login(people["partner"])
    assert client.get("/live/changes").status_code == 403
