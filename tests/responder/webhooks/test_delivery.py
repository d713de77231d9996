"""Partners hear of everything at least once, whatever their side does; and nobody can pretend to be us."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest
from django.db import transaction
from django_q.models import OrmQ
from standardwebhooks import Webhook, WebhookVerificationError

from classifier import clock, serving
from monitoring.models import AuditEvent
from responder import jobs, roles, triage, webhooks
from responder.classification import pipeline
from responder.errors import Invalid, Missing, TooMany
from responder.feeds import ingest
from responder.feeds.raw_post import RawPost
from responder.models import Event, Post, User, WebhookAttempt, WebhookDelivery, WebhookEndpoint, WebhookEvent
from responder.webhooks import endpoints, sending, signing
from tests import figures
from tests.fakes.sink import HANG_UP, KEEP_AND_HANG_UP, SAY_NOTHING, Sink

pytestmark = pytest.mark.django_db
Register = Callable[..., Any]


def answers_within(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    monkeypatch.setattr(
        sending, "_send", lambda request: sending.guard.post(*request, allowed=["127.0.0.0/8"], deadline_s=seconds)
    )


def publish(number: int, start: int = 0) -> None:
    webhooks.publish("post.critical", [{"id": start + n} for n in range(number)])


class Hostile:
    """By the message, in the order in which they come: late, moved, hangs up, keeps it and hangs up, says nothing, and
    takes it after 75 hours; once it wants nothing more of anything."""

    def __init__(self, gone_at: int) -> None:
        self.gone_at, self.came = gone_at, 0
        self.numbers = dict[str, int]()

    def __call__(self, key: str, times: int) -> int:
        self.came += 1
        if self.came == self.gone_at:
            return 410
        number = self.numbers.setdefault(key, len(self.numbers))
        if number % 512 == 509:
            return SAY_NOTHING if times == 1 else 200
        if number % 8 == 4:
            return 503 if times <= len(webhooks.SCHEDULE) else 200
        first = {1: 500, 2: 302, 3: HANG_UP, 5: KEEP_AND_HANG_UP}.get(number % 8, 200)
        return first if times == 1 else 204


@pytest.mark.parametrize(
    "number", [48, pytest.param(2_000, marks=pytest.mark.slow), pytest.param(10_000, marks=pytest.mark.slow)]
)
def test_nothing_is_missing_whatever_the_receiver_does(
    register: Register, to_the_end: Callable[[], timedelta], number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers_within(monkeypatch, 3.0)
    sink = Sink(Hostile(gone_at=number // 10))
    with sink.open() as url:
        endpoint = register(url, sink)
        publish(number)
        to_the_end()
        webhooks.resume(endpoint=endpoint, actor="user:ana")
        assert webhooks.replay(endpoint=endpoint, actor="user:ana") > number // 2, "410 ended the address"
        took = to_the_end()
        pretended = forgeries(endpoint, register("http://127.0.0.1:9/other"))
        for content, headers in pretended:
            assert httpx.post(url, content=content, headers=headers).status_code == 401
    expected = {event.message_id for event in WebhookEvent.objects.all()}
    figures.record(
        f"webhooks-{number}", events=number, tries=sink.hits - len(pretended), missing=len(expected - sink.accepted),
        came_twice=sink.kept_twice, forged_refused=sink.refused, forged=len(pretended),
        hours=round(took / timedelta(hours=1), 1),
    )  # fmt: skip
    assert took > timedelta(hours=75)
    assert len(expected) == number and sink.accepted == expected
    assert sorted(body["data"]["id"] for body in sink.bodies.values()) == list(range(number))
    assert sink.refused == len(pretended) and WebhookDelivery.objects.filter(state="done").count() == number
    assert WebhookAttempt.objects.count() == sink.hits - len(pretended) > number
    assert sink.kept_twice > number // 9


def test_what_was_not_acknowledged_comes_again_under_the_same_id(register: Register, time_machine: Any) -> None:
    sink = Sink()
    with sink.open() as url:
        register(url, sink)
        publish(1)
        claimed = sending._claim()
        sending._send(sending._request(claimed[0]))  # its process dies before it can write that down
        assert jobs.deliver_webhooks() is None and sink.hits == 1, "somebody may still be at it"
        time_machine.move_to(clock.now() + sending.LEASE + timedelta(seconds=1))
        jobs.deliver_webhooks()
        jobs.deliver_webhooks()
    assert sink.hits == 2 and len(sink.seen) == 1


def test_the_tries_span_75_hours_then_it_is_given_up_and_may_be_asked_for_again(
    register: Register, to_the_end: Callable[[], timedelta]
) -> None:
    sink = Sink(lambda _key, times: 500 if times <= 10 else 200)
    with sink.open() as url:
        endpoint = register(url, sink)
        publish(1)
        assert timedelta(hours=75) < to_the_end() < timedelta(hours=76)
        (dead,) = WebhookDelivery.objects.all()
        assert (dead.state, dead.attempts.count(), dead.problem) == ("dead", 10, "answered 500")
        assert webhooks.replay(endpoint=endpoint, actor="user:ana") == 1
        jobs.deliver_webhooks()
    dead.refresh_from_db()
    assert dead.state == "done" and len(sink.seen) == 1 and dead.attempts.count() == 11
    assert AuditEvent.objects.filter(action="webhook.replayed").count() == 1
    assert webhooks.replay(endpoint=endpoint, actor="user:ana") == 0
    assert webhooks.replay(endpoint=endpoint, actor="user:ana", delivery_id=dead.pk) == 1


def test_410_ends_an_address_until_a_person_resumes_it(register: Register) -> None:
    sink = Sink(lambda _key, _times: 410)
    with sink.open() as url:
        endpoint = register(url, sink)
        publish(40)
        jobs.deliver_webhooks()
        endpoint.refresh_from_db()
        assert endpoint.state == "gone" and sink.hits == sending.OF_OWNER
        assert WebhookDelivery.objects.filter(state="dead").count() == 40
        publish(1)
        assert WebhookDelivery.objects.count() == 40
        assert AuditEvent.objects.filter(action="webhook.gone").count() == 1
        sink.behave = lambda _key, _times: 200
        webhooks.resume(endpoint=endpoint, actor="user:ana")
        assert webhooks.replay(endpoint=endpoint, actor="user:ana") == 40
        while WebhookDelivery.objects.filter(state="waiting").exists():
            jobs.deliver_webhooks()
    assert len(sink.accepted) == 40


def test_a_redirect_is_not_followed(register: Register) -> None:
    sink = Sink(lambda _key, _times: 307)
    with sink.open() as url:
        register(url, sink)
        publish(1)
        jobs.deliver_webhooks()
    assert sink.hits == 1
    assert WebhookAttempt.objects.get().problem == "answered 307 (redirects are not followed)"


def test_one_that_hangs_does_not_keep_the_others_waiting(register: Register, monkeypatch: pytest.MonkeyPatch) -> None:
    answers_within(monkeypatch, 0.3)
    import socket

    with socket.create_server(("127.0.0.1", 0)) as silent:  # accepts, and says nothing
        register(f"http://127.0.0.1:{silent.getsockname()[1]}/")
        sink = Sink()
        with sink.open() as url:
            register(url, sink)
            publish(3)
            jobs.deliver_webhooks()
    assert len(sink.accepted) == 3
    assert set(WebhookAttempt.objects.filter(status=None).values_list("problem", flat=True)) == {
        "no answer within 0.3 s"
    }


def settle(deliveries: list[WebhookDelivery]) -> None:
    """All of them were delivered."""
    sending._store(deliveries, [sending.guard.Answer(200, "", 9_900)] * len(deliveries))


def test_no_owner_keeps_the_deliveries_of_another_waiting(register: Register, people: dict[str, User]) -> None:
    """Addresses before and after the flood's, as the order of the database's must not matter."""
    honest = [register("https://honest.example/0", owner=people["superuser"])]
    flooding = [register(f"https://slow.example/{number}") for number in range(endpoints.MOST)]
    honest.append(register("https://honest.example/1", owner=people["superuser"]))
    WebhookDelivery.objects.bulk_create(
        WebhookDelivery(event=event, endpoint=endpoint)
        for event in WebhookEvent.objects.bulk_create(WebhookEvent(kind="post.critical", data={}) for _ in range(5))
        for endpoint in flooding
    )
    publish(12)
    first = sending._claim()
    assert {one.endpoint_id for one in first} >= {one.pk for one in honest}
    owners = [one.endpoint.owner_id for one in first]
    assert owners.count(people["partner"].pk) == owners.count(people["superuser"].pk) == sending.OF_OWNER
    settle(first)
    settle(sending._claim())
    assert not WebhookDelivery.objects.filter(endpoint__in=honest, state="waiting").exists()
    batches = 2
    while claimed := sending._claim():
        settle(claimed)
        batches += 1
    assert not WebhookDelivery.objects.filter(state="waiting").exists() and batches < 30


def test_what_is_due_for_longest_comes_first_where_not_all_owners_find_a_place(
    register: Register, people: dict[str, User], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "BATCH", 1)
    register("https://a.example/")
    late = register("https://b.example/", owner=people["superuser"])
    publish(1)
    WebhookDelivery.objects.filter(endpoint=late).update(next_at=clock.now() - timedelta(minutes=1))
    (claimed,) = sending._claim()
    assert claimed.endpoint_id == late.pk


def test_a_turn_ends_in_time_and_leaves_a_message_for_the_rest(
    register: Register, monkeypatch: pytest.MonkeyPatch
) -> None:
    register("https://slow.example/")
    publish(20 * sending.OF_OWNER)
    moment, sent = [0.0], list[Any]()

    def send(request: Any) -> sending.guard.Answer:
        sent.append(request)
        return sending.guard.Answer(200, "", 9_900)

    def seconds() -> float:
        moment[0] += 10.0  # a batch whose addresses are as slow as they may be
        return moment[0]

    monkeypatch.setattr(sending, "_send", send)
    done = sending.deliver(seconds=seconds)
    assert done == len(sent) == sending.TURN_S / 10 * sending.OF_OWNER
    assert OrmQ.objects.count() == 1
    OrmQ.objects.all().delete()
    assert sending.deliver(seconds=lambda: 0.0) == 20 * sending.OF_OWNER - done
    assert not OrmQ.objects.exists(), "nothing is left"


def test_undelivered_tests_and_repeats_are_limited_until_they_are_sent(register: Register) -> None:
    endpoint, other = register("https://a.example/"), register("https://b.example/")
    publish(2 * endpoints.MOST_REQUESTED)
    for _ in range(endpoints.MOST_REQUESTED):
        webhooks.ping(endpoint=endpoint)
    with pytest.raises(TooMany):
        webhooks.ping(endpoint=endpoint)
    with pytest.raises(TooMany):
        webhooks.replay(endpoint=endpoint, actor="user:ana")
    webhooks.ping(endpoint=other)
    while claimed := sending._claim():
        settle(claimed)
    done = list(WebhookDelivery.objects.filter(endpoint=endpoint).values_list("pk", flat=True))
    for delivery_id in done[: endpoints.MOST_REQUESTED]:
        assert webhooks.replay(endpoint=endpoint, actor="user:ana", delivery_id=delivery_id) == 1
    with pytest.raises(TooMany):
        webhooks.replay(endpoint=endpoint, actor="user:ana", delivery_id=done[-1])
    settle(sending._claim())
    webhooks.ping(endpoint=endpoint)


def test_a_test_that_fails_is_given_up_after_minutes(
    register: Register, to_the_end: Callable[[], timedelta], monkeypatch: pytest.MonkeyPatch
) -> None:
    endpoint = register("https://a.example/")
    monkeypatch.setattr(sending, "_send", lambda _request: sending.guard.Answer(500, "", 1))
    webhooks.ping(endpoint=endpoint)
    assert to_the_end() < timedelta(minutes=10)
    given_up = WebhookDelivery.objects.get()
    assert (given_up.state, given_up.attempts.count()) == ("dead", sending.TRIES_OF_TEST)


def forgeries(endpoint: WebhookEndpoint, another: WebhookEndpoint) -> list[tuple[bytes, dict[str, str]]]:
    """(body, headers) that a receiver must refuse: changed, too old or too early, signed by another, not signed."""
    body, now = b'{"type":"post.critical"}', clock.now()
    good = signing.headers(endpoint, "msg_1", body, now)
    stale, early = (signing.headers(endpoint, "msg_1", body, now + timedelta(minutes=step)) for step in (-6, 6))
    return [
        (body + b" ", good), (body, good | {"webhook-id": "msg_2"}), (body, stale), (body, early),
        (body, signing.headers(another, "msg_1", body, now)),
        (body, good | {"webhook-timestamp": str(int(now.timestamp()) - 10)}),
        (body, good | {"webhook-signature": "v1,AAAA"}), (body, good | {"webhook-signature": ""}),
    ]  # fmt: skip


def test_forged_changed_and_old_messages_are_refused(register: Register) -> None:
    endpoint = register("http://127.0.0.1:9/hook")
    body = b'{"type":"post.critical"}'
    receiver = Webhook(webhooks.secret_of(endpoint))
    assert receiver.verify(body, signing.headers(endpoint, "msg_1", body, clock.now())) == {"type": "post.critical"}
    for content, headers in forgeries(endpoint, register("http://127.0.0.1:9/other")):
        with pytest.raises(WebhookVerificationError):
            receiver.verify(content, headers)


def test_a_new_secret_signs_beside_the_old_one_for_a_day(register: Register, time_machine: Any) -> None:
    endpoint = register("http://127.0.0.1:9/hook")
    old = webhooks.secret_of(endpoint)
    new = webhooks.rotate(endpoint=endpoint, actor="user:ana")
    assert old != new and len({old, new} | {webhooks.secret_of(register(f"http://127.0.0.1:9/{n}")) for n in "ab"}) == 4

    def opens(secret: str) -> bool:
        try:
            Webhook(secret).verify(b"{}", signing.headers(endpoint, "msg_1", b"{}", clock.now()))
        except WebhookVerificationError:
            return False
        return True

    assert opens(old) and opens(new)
    time_machine.move_to(clock.now() + webhooks.OVERLAP + timedelta(seconds=1))
    assert opens(new) and not opens(old)
    stored = str(list(type(endpoint).objects.values())) + str(list(AuditEvent.objects.values()))
    assert old[6:] not in stored and new[6:] not in stored


def test_events_are_written_with_what_happened_or_not_at_all(
    register: Register, people: dict[str, User], make_post: Callable[..., Post], event: Event
) -> None:
    register("http://127.0.0.1:9/hook")
    post = make_post(severity=1, text="Call 84 123 4567")
    with pytest.raises(RuntimeError), transaction.atomic():
        triage.confirm(post_id=post.pk, version=1, by=people["reviewer"])
        raise RuntimeError
    assert not WebhookEvent.objects.exists()
    triage.correct(post_id=post.pk, version=1, by=people["reviewer"], category="not_humanitarian")
    triage.undo(post_id=post.pk, version=2, by=people["reviewer"])
    decided = list(WebhookEvent.objects.order_by("id").values_list("kind", "data"))
    assert [kind for kind, _data in decided] == ["post.decided"] * 2
    assert decided[0][1]["decision"] == "correct" and decided[0][1]["category"] == "not_humanitarian"
    assert decided[1][1]["decision"] == "undo" and decided[1][1]["category"] == "requests_or_urgent_needs"
    assert "4567" not in json.dumps(decided)
    WebhookEvent.objects.all().delete()
    texts = ["URGENT trapped under rubble, three children injured, send rescue now please", "nice weather today"]
    ingest.accept(posts=[RawPost(str(n), text) for n, text in enumerate(texts)], source="wire", event=event)
    pipeline.drain()
    critical = set(Post.objects.filter(source="wire", severity=1).values_list("pk", flat=True))
    assert {one.data["id"] for one in WebhookEvent.objects.filter(kind="post.critical")} == critical and critical


def test_a_release_is_told(register: Register, people: dict[str, User]) -> None:
    register("http://127.0.0.1:9/hook", kinds=["model.released"])
    version = serving.register_shipped()
    event = WebhookEvent.objects.filter(kind="model.released").first()
    assert event and event.data["sha256"] == version.sha256
    publish(1)
    assert not WebhookEvent.objects.filter(kind="post.critical").exists(), "nobody wants to know"


def test_whoever_may_not_use_the_api_is_told_nothing_more(register: Register, people: dict[str, User]) -> None:
    register("http://127.0.0.1:9/hook")
    people["partner"].groups.clear()
    publish(1)
    people["superuser"].is_active = False
    assert WebhookDelivery.objects.count() == 0
    roles.grant(user=people["partner"], role="partner")
    publish(1)
    assert WebhookDelivery.objects.count() == 1


def test_the_queue_is_woken_for_what_is_due_alone(register: Register) -> None:
    endpoint = register("http://127.0.0.1:9/hook")
    assert not webhooks.wake()
    publish(1)
    assert [webhooks.wake() for _ in range(5)] == [True] * sending.QUEUED + [False] * 2
    assert OrmQ.objects.count() == sending.QUEUED
    OrmQ.objects.all().delete()
    webhooks.pause(endpoint=endpoint, actor="user:ana")
    assert not webhooks.wake()


@pytest.mark.parametrize(
    "url",
    ["", "ftp://a.example/", "https://", "https://u:p@a.example/", "https://a.example:x/", "https://a.example/ b",
     "https://" + "a" * 500, "https://exämple.org/ä", "file:///etc/passwd", "https://[::1/"],
)  # fmt: skip
def test_what_is_no_address_is_refused(register: Register, url: str) -> None:
    with pytest.raises(Invalid):
        register(url)


def test_plain_http_needs_an_internal_network_and_there_are_so_many(
    register: Register, settings: Any, monkeypatch: pytest.MonkeyPatch, people: dict[str, User]
) -> None:
    monkeypatch.setattr(endpoints, "MOST", 1)
    endpoint = register("http://a.example/")
    with pytest.raises(TooMany):
        register("https://b.example/")
    webhooks.delete(endpoint=endpoint, actor="user:ana")
    settings.WEBHOOK_NETWORKS = []
    with pytest.raises(Invalid, match="https"):
        register("http://a.example/")
    with pytest.raises(Invalid, match="event types"):
        register("https://a.example/", kinds=["post.deleted"])
    for ref in (str(endpoint.ref), "nonsense"):
        with pytest.raises(Missing):
            webhooks.find(owner=people["partner"], ref=ref)
