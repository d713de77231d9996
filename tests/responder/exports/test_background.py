"""Long exports: made part by part, killed and woken without loss, for their owner alone, without what was erased."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.module_loading import import_string
from django_q.models import OrmQ

from classifier import clock
from monitoring.models import AuditEvent
from responder import exports, jobs, roles
from responder.backup import archive
from responder.errors import Invalid, TooMany
from responder.exports import background, files, stream
from responder.feeds import erasure
from responder.models import Event, ExportJob, Post, User
from responder.partners import tokens
from responder.queries.filters import Filter
from responder.queueing import long_jobs
from tests.responder.exports.test_exports import body, ids_of

pytestmark = pytest.mark.django_db
MakePost = Callable[..., Post]


@pytest.fixture(autouse=True)
def _small(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.DATA_DIR = tmp_path
    monkeypatch.setattr(background, "PART", 3)
    monkeypatch.setattr(long_jobs, "PARTS_A_TURN", 2)
    monkeypatch.setattr(stream, "MOST_ROWS", 2)


@pytest.fixture
def later() -> Iterator[Callable[[timedelta], None]]:
    """Moves the clock on."""
    with ExitStack() as moved:
        yield lambda step: moved.enter_context(time_machine.travel(clock.now() + step))


def signed_in(user: User) -> Client:
    client = Client(headers={"Accept": "text/html"})
    client.force_login(user)
    return client


def with_token(owner: User, *scopes: str) -> Client:
    _token, secret = tokens.issue(owner=owner, organisation="R", name="x", scopes=scopes or ["export"], by=owner)
    return Client(headers={"Authorization": f"Token {secret}"})


def work_off() -> int:
    """Do what the queue holds, as its worker does; how many messages."""
    done = 0
    while message := OrmQ.objects.order_by("id").first():
        task = message.task
        message.delete()
        import_string(task["func"])(*task["args"])
        done += 1
    return done


def asked(owner: User, event: Event, kind: str = "csv", **filters: Any) -> ExportJob:
    return exports.ask(owner=owner, kind=kind, post_filter=Filter(**filters), event=event, actor="user:a")


def fetched(user: User, job: ExportJob) -> str:
    return body(signed_in(user).get(f"/exports/{job.ref}/file"))


@pytest.mark.parametrize("kind", exports.KINDS)
def test_a_long_list_is_made_in_parts_and_holds_the_rows_of_the_list(
    people: dict[str, User], make_post: MakePost, kind: str
) -> None:
    wanted = [make_post(severity=1 + n % 3).pk for n in range(8)]
    make_post(severity=4)
    client = signed_in(people["viewer"])
    offer = client.get(f"/export/posts.{kind}?sev=1,2,3").content.decode()
    assert "Your filter matches 8 posts" in offer and 'name="query" value="event=flood&amp;sev=1,2,3"' in offer
    answer = client.post("/exports/ask", {"kind": kind, "query": "event=flood&sev=1,2,3"})
    assert answer.status_code == 302
    (job,) = exports.owned_by(people["viewer"])
    for address in ("/exports/", "/exports/state"):
        assert 'data-over="no"' in (shown := client.get(address).content.decode()) and "<progress" in shown
    assert client.get(f"/exports/{job.ref}/file").status_code == 409
    newer = make_post(severity=1)  # came after the person asked
    assert work_off() == 2  # six posts a turn: others are let in between
    text = body(client.get(f"/exports/{job.ref}/file"))
    assert ids_of(kind, text) == wanted and newer.pk not in wanted
    assert f"/exports/{job.ref}/file" in client.get("/exports/").content.decode()
    assert [event.action for event in AuditEvent.objects.order_by("sequence")] == [
        "session.started", "export.asked", "export.finished", "posts.exported",
    ]  # fmt: skip


def test_relative_times_are_those_of_when_it_was_asked(
    people: dict[str, User], event: Event, make_post: MakePost, later: Callable[[timedelta], None]
) -> None:
    post = make_post(created_at=clock.now() - timedelta(minutes=50))
    make_post(created_at=clock.now() - timedelta(minutes=70))
    job = asked(people["viewer"], event, time_range="1h")
    later(timedelta(minutes=30))
    work_off()
    assert ids_of("csv", fetched(people["viewer"], job)) == [post.pk]


def test_a_kill_costs_one_part_and_a_lost_message_nothing(
    people: dict[str, User], event: Event, make_post: MakePost, monkeypatch: pytest.MonkeyPatch,
    later: Callable[[timedelta], None],
) -> None:  # fmt: skip
    wanted = [make_post().pk for _ in range(8)]
    job, real, calls = asked(people["viewer"], event), files.store, []

    def killed(*args: Any) -> None:
        calls.append(1)
        if len(calls) == 2:
            raise KeyboardInterrupt  # as a kill does: no handler of errors runs
        real(*args)

    monkeypatch.setattr(files, "store", killed)
    with pytest.raises(KeyboardInterrupt):
        jobs.make_export(job.pk)
    OrmQ.objects.all().delete()
    job.refresh_from_db()
    assert (job.state, job.rows_done) == ("running", 3)
    jobs.make_export(job.pk)  # its lease runs: nobody else begins
    assert len(calls) == 2 and exports.wake() == 0
    later(long_jobs.LEASE * 2)
    assert exports.wake() == 1 and exports.wake() == 0
    work_off()
    assert ids_of("csv", fetched(people["viewer"], job)) == wanted
    before = job.finished_at
    jobs.make_export(job.pk)
    jobs.make_export(10**9)
    job.refresh_from_db()
    assert job.is_done and before is None and AuditEvent.objects.filter(action="export.finished").count() == 1


def test_a_part_that_always_fails_ends_the_file_with_words(
    people: dict[str, User], event: Event, make_post: MakePost, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_post()
    job = asked(people["viewer"], event)

    def full(*args: Any) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(files, "store", full)
    for _attempt in range(long_jobs.MOST_ATTEMPTS):
        with pytest.raises(OSError, match="disk full"):
            jobs.make_export(job.pk)
    jobs.make_export(job.pk)
    job.refresh_from_db()
    assert job.state == "failed" and "failed 5 times" in signed_in(people["viewer"]).get("/exports/").content.decode()


def test_whoever_lost_the_file_to_another_stops(
    people: dict[str, User], event: Event, make_post: MakePost, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(4):
        make_post()
    job, real = asked(people["viewer"], event), files.store

    def deleted_meanwhile(*args: Any) -> None:
        exports.delete(job=job, actor="user:a")
        files.folder(job.ref).mkdir(parents=True)
        real(*args)

    monkeypatch.setattr(files, "store", deleted_meanwhile)
    jobs.make_export(job.pk)
    assert not files.folder(job.ref).exists() and not ExportJob.objects.exists()


@pytest.mark.parametrize("kind", exports.KINDS)
def test_what_is_erased_goes_out_of_files_that_lie_there(
    people: dict[str, User], event: Event, make_post: MakePost, kind: str, django_capture_on_commit_callbacks: Any
) -> None:
    kept = [make_post(text=f"kept {n}") for n in range(5)]
    gone = [make_post(text=f"erased {n}", source_id=f"gone{n}") for n in range(4)]
    job, other = asked(people["viewer"], event, kind), asked(people["viewer"], event, kind, q="kept")
    work_off()
    with django_capture_on_commit_callbacks(execute=True):
        erasure.delete(source="test", source_ids=[post.source_id for post in gone])
    for one in (job, other):
        text = fetched(people["viewer"], one)
        assert ids_of(kind, text) == [post.pk for post in kept] and "erased" not in text
        stored = b"".join(files.read(path) for path in files.folder(one.ref).glob("*.gz"))
        assert b"erased" not in stored and b"kept 4" in stored


def test_a_post_erased_while_its_part_is_written_is_not_in_it(
    people: dict[str, User], event: Event, make_post: MakePost, monkeypatch: pytest.MonkeyPatch
) -> None:
    posts = [make_post(text=f"text {n}", source_id=f"s{n}") for n in range(3)]
    job, real = asked(people["viewer"], event), files.store

    def erased_meanwhile(*args: Any) -> None:
        erasure.delete(source="test", source_ids=["s1"])
        real(*args)

    monkeypatch.setattr(files, "store", erased_meanwhile)
    work_off()
    text = fetched(people["viewer"], job)
    assert ids_of("csv", text) == [posts[0].pk, posts[2].pk] and "text 1" not in text


def test_files_expire_and_leave_nothing(
    people: dict[str, User], event: Event, make_post: MakePost, later: Callable[[timedelta], None]
) -> None:
    make_post()
    job = asked(people["viewer"], event)
    work_off()
    assert files.folder(job.ref).exists() and exports.forget() == 0
    assert [path for path in archive.files_of(files.root().parent) if "exports" in path.parts] == []
    later(background.KEPT + timedelta(minutes=1))
    assert signed_in(people["viewer"]).get(f"/exports/{job.ref}/file").status_code == 404
    assert exports.forget() == 1
    assert not files.folder(job.ref).exists() and not ExportJob.objects.exists()


ROUTES = [
    ("get", "/exports/"),
    ("get", "/exports/state"),
    ("post", "/exports/ask"),
    ("get", "/exports/{ref}/file"),
    ("post", "/exports/{ref}/delete"),
]


@pytest.mark.parametrize("role", [*roles.ROLES, "superuser", "nobody"])
def test_each_role_reaches_its_own_files_and_never_those_of_others(
    people: dict[str, User], event: Event, make_post: MakePost, role: str
) -> None:
    make_post()
    foreign = asked(User.objects.create_user("other"), event)
    work_off()
    client = Client(headers={"Accept": "text/html"})
    if role != "nobody":
        client.force_login(people[role])
    able = role == "superuser" or (role != "nobody" and roles.VIEW in roles.ROLES[role])
    for method, address in ROUTES:
        answer = getattr(client, method)(address.format(ref=foreign.ref))
        if role == "nobody":
            assert answer.status_code == 302 and answer["Location"].startswith("/login/")
        elif not able:
            assert answer.status_code == 403, address
        else:
            assert answer.status_code == {"/exports/": 200, "/exports/state": 200, "/exports/ask": 400}.get(
                address, 404
            ), address
    if able:
        own = asked(people[role], event)
        work_off()
        assert len(ids_of("csv", fetched(people[role], own))) == 1
        assert client.post(f"/exports/{own.ref}/delete").status_code == 302
        assert client.get(f"/exports/{own.ref}/file").status_code == 404
    assert ExportJob.objects.filter(pk=foreign.pk).exists()


def test_partners_ask_follow_and_fetch(people: dict[str, User], make_post: MakePost) -> None:
    wanted = [make_post(severity=1).pk for _ in range(4)]
    make_post(severity=2)
    api = with_token(people["partner"])
    assert api.get("/api/v1/exports/posts/geojson?sev=1").status_code == 400
    content = json.dumps({"kind": "geojson", "sev": "1"})
    asks = [
        api.post("/api/v1/exports", content, content_type="application/json", headers={"Idempotency-Key": "k"})
        for _ in range(2)
    ]
    assert [answer.status_code for answer in asks] == [202, 202] and asks[0].json() == asks[1].json()
    assert ExportJob.objects.count() == 1
    address = asks[0]["Location"]
    assert api.get(address).json()["state"] == "waiting" and api.get(address).json()["file_url"] is None
    early = api.get(f"{address}/file")
    assert early.status_code == 409 and early["Retry-After"] == "5"
    work_off()
    job = api.get(address).json()
    assert (job["state"], job["progress"], job["rows_done"]) == ("done", 1.0, 4)
    assert ids_of("geojson", body(api.get(job["file_url"]))) == wanted
    assert len(api.get("/api/v1/exports").json()["exports"]) == 1
    assert api.delete(address).status_code == 204 and api.get(address).status_code == 404


def test_tokens_see_files_of_their_owner_alone_and_need_the_scope(
    people: dict[str, User], event: Event, make_post: MakePost
) -> None:
    make_post()
    stranger = people["superuser"]
    mine = exports.ask(
        owner=stranger, kind="csv", post_filter=Filter(), event=event, actor="token:x", through_api=True
    )  # fmt: skip
    from_page = asked(people["partner"], event)
    work_off()
    api = with_token(people["partner"])
    for job in (mine, from_page):
        for address in (f"/api/v1/exports/{job.ref}", f"/api/v1/exports/{job.ref}/file"):
            assert api.get(address).status_code == 404
            assert with_token(people["partner"], "read:posts").get(address).status_code == 403
    assert api.delete(f"/api/v1/exports/{mine.ref}").status_code == 404
    assert (
        api.get("/api/v1/exports").json() == {"exports": []} and api.get("/api/v1/exports/nonsense").status_code == 404
    )


def test_a_search_through_the_api_does_not_find_words_of_x(
    people: dict[str, User], event: Event, make_post: MakePost
) -> None:
    make_post(text="secret words", source="x", source_id="17")
    for through_api, found in ((True, 0), (False, 1)):
        job = exports.ask(
            owner=people["superuser"], kind="csv", post_filter=Filter(q="words"), event=event, actor="a", through_api=through_api
        )  # fmt: skip
        work_off()
        text = fetched(people["superuser"], job)
        assert len(ids_of("csv", text)) == found and "secret" not in text


@pytest.mark.parametrize(
    "content",
    [{"kind": "ods"}, {"kind": "csv", "sev": 1}, {"kind": "csv", "conf": "3"}, {"kind": "csv", "cat": "fish"},
     {"kind": "csv", "t": " 6h"}, {"kind": "csv", "q": None}, [], {}],
)  # fmt: skip
def test_what_makes_no_sense_is_refused(people: dict[str, User], make_post: MakePost, content: Any) -> None:
    make_post()
    answer = with_token(people["partner"]).post("/api/v1/exports", json.dumps(content), content_type="application/json")
    assert answer.status_code == 400 and not ExportJob.objects.exists()


def test_a_place_may_begin_with_a_space_as_the_document_says(people: dict[str, User], make_post: MakePost) -> None:
    make_post(place_name="Beira")
    content = json.dumps({"kind": "csv", "place": "\u00a0Beira "})
    answer = with_token(people["partner"]).post("/api/v1/exports", content, content_type="application/json")
    assert (answer.status_code, answer.json()["rows"]) == (202, 1)


def test_bounds_of_one_owner(
    people: dict[str, User], event: Event, make_post: MakePost, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_post()
    for _ in range(background.MOST_UNFINISHED):
        asked(people["viewer"], event)
    with pytest.raises(TooMany):
        asked(people["viewer"], event)
    answer = signed_in(people["viewer"]).post("/exports/ask", {"kind": "csv", "query": "event=flood"})
    assert answer.status_code == 429 and "exports are already running" in answer.content.decode()
    work_off()
    monkeypatch.setattr(background, "MOST_KEPT", 3)
    with pytest.raises(TooMany):
        asked(people["viewer"], event)
    monkeypatch.setattr(background, "MOST_ROWS", 0)
    with pytest.raises(Invalid):
        asked(people["lead"], event)
    refused = signed_in(people["lead"]).post("/exports/ask", {"kind": "csv", "query": "event=nowhere&sev=9"})
    assert refused.status_code == 400


def test_queries_grow_with_parts_and_not_with_posts(
    people: dict[str, User], event: Event, make_post: MakePost, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(background, "PART", 50)
    counts = []
    for number in (2, 20):
        for _ in range(number):
            make_post()
        job = asked(people["viewer"], event)
        with CaptureQueriesContext(connection) as queries:
            jobs.make_export(job.pk)
        counts.append(len(queries))
        OrmQ.objects.all().delete()
    assert counts[0] == counts[1] <= 30
