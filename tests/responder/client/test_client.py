"""The Python client against a running server, over lines that break."""

import asyncio
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache

from classifier.models import Prediction as Row
from responder import jobs
from responder.client import ApiError, AsyncClient, Client, ClientError, Message, NotReachable, Prediction, RateLimited
from responder.client.shapes import Place
from responder.incidents import membership
from responder.models import ApiToken, IdempotencyRecord, Post, PredictionJob
from responder.partners import tokens
from tests.fakes.lossy import BREAK, LOSE, Line

pytestmark = pytest.mark.django_db(transaction=True)
ROOT = Path(__file__).parents[3]
TEXT = "Families trapped on a roof in Beira, please send boats"


@pytest.fixture
def secret(people: dict[str, Any]) -> str:
    cache.clear()
    partner = people["partner"]
    return tokens.issue(
        owner=partner,
        organisation="Relief",
        name="Client",
        by=partner,
        scopes=["predict", "read:posts", "read:incidents", "write:feedback"],
    )[1]


@pytest.fixture
def client(live_server: Any, secret: str) -> Iterator[Client]:
    with Client(live_server.url, secret, retries=3) as client:
        yield client


def test_predictions_come_typed_in_order_with_the_ids_given(client: Client) -> None:
    found = client.predict([TEXT, Message(text="Thoughts and prayers", id="b"), {"text": "x", "id": "c"}])
    assert [prediction.id for prediction in found] == ["0", "b", "c"]
    first = found[0]
    assert first.categories[first.category.label] == pytest.approx(first.category.probability, abs=0.02)
    assert first.places[0].name == "Beira" and first.places[0].latitude == pytest.approx(-19.8, abs=0.2)
    assert first.model == client.models()[0]
    assert first.model_extra and "informative" in first.model_extra  # what this client does not know is kept
    assert Row.objects.count() == 3


def test_one_text_gets_one_prediction_and_a_list_gets_a_list(client: Client, live_server: Any, secret: str) -> None:
    alone = client.predict(TEXT)
    assert isinstance(alone, Prediction) and alone.id == "0" and alone.places[0].name == "Beira"
    assert client.predict({"text": TEXT, "id": "a"}).id == "a"  # a mapping is one message, too
    assert client.predict(Message(text=TEXT, id="b")).id == "b"
    assert [type(found) for found in client.predict([TEXT])] == [Prediction]
    assert client.predict((TEXT,))[0].category == alone.category

    async def asked() -> Any:
        async with AsyncClient(live_server.url, secret) as other:
            return await other.predict(TEXT), await other.predict([TEXT, TEXT]), await other.predict({"text": TEXT})

    one, two, mapping = asyncio.run(asked())
    assert one.category == mapping.category == alone.category and [found.id for found in two] == ["0", "1"]


def test_whole_numbers_are_ids(client: Client) -> None:
    given = [Message(text=TEXT, id=17), {"text": TEXT, "id": 18}, {"text": TEXT, "id": None}]  # type: ignore[arg-type]
    assert [found.id for found in client.predict(given)] == ["17", "18", "2"]
    assert [found.id for found in client.predict_stream(given, batch=1)] == ["17", "18", "2"]
    with pytest.raises(ApiError, match="as a string or as a whole number"):
        client.predict({"text": TEXT, "id": 1.5})


@pytest.mark.parametrize(
    ("messages", "error", "said"),
    [
        (b"text", TypeError, "not bytes"),
        (None, TypeError, "not NoneType"),
        (5, TypeError, "not int"),
        (iter(["text"]), TypeError, "predict_stream"),
        ([b"text"], TypeError, "not bytes"),
        (["text", None], TypeError, "not NoneType"),
        ("", ValueError, "The text is empty"),
        (" \n", ValueError, "The text is empty"),
        ({"text": " "}, ValueError, "The text is empty"),
        ([], ValueError, "1 to 1000"),
    ],
)
def test_what_is_no_text_is_refused_in_words_before_it_is_sent(
    messages: Any, error: type[Exception], said: str
) -> None:
    with Client("http://127.0.0.1:9", "rsp_x", retries=0) as client, pytest.raises(error, match=said):
        client.predict(messages)

    async def asked() -> None:
        async with AsyncClient("http://127.0.0.1:9", "rsp_x", retries=0) as other:
            await other.predict(messages)

    with pytest.raises(error, match=said):
        asyncio.run(asked())


@pytest.mark.parametrize("texts", ["text", b"text", {"text": "text"}, Message(text="text")])
def test_a_stream_of_one_text_is_no_stream_of_its_letters(texts: Any) -> None:
    with (
        Client("http://127.0.0.1:9", "rsp_x", retries=0) as client,
        pytest.raises(TypeError, match="predict takes a single"),
    ):
        next(client.predict_stream(texts))


def test_a_mention_that_is_not_resolved_has_no_name() -> None:
    nothing = dict.fromkeys(("name", "type", "country_code", "latitude", "longitude", "radius_km"))
    mention = Place.model_validate({"text": "Block C", "start": 0, "end": 7, "score": 0.1} | nothing)
    assert (mention.name, mention.type, mention.country_code) == (None, None, None)


def test_a_stream_is_read_by_the_batch_and_answered_in_order(client: Client, capsys: Any) -> None:
    taken: list[int] = []

    def texts() -> Iterator[str]:
        for number in range(25):
            taken.append(number)
            yield f"We need water at shelter {number}"

    stream = client.predict_stream(texts(), batch=10)
    assert next(stream).id == "0" and len(taken) == 10  # memory holds one batch
    assert [prediction.id for prediction in stream] == [str(n) for n in range(1, 25)]
    assert IdempotencyRecord.objects.count() == 3 and capsys.readouterr().err == ""


def test_progress_goes_to_standard_error(client: Client, capsys: Any) -> None:
    assert len(list(client.predict_stream([TEXT] * 7, batch=3, progress=True))) == 7
    written = capsys.readouterr()
    assert "7/7" in written.err and written.out == ""


def test_posts_come_over_all_pages_by_the_filters_of_the_pages(client: Client, make_post: Callable[..., Post]) -> None:
    urgent = {make_post(severity=1).pk for _ in range(5)}
    make_post(severity=4)
    found = list(client.posts(sev=1, limit=2))
    assert {post.id for post in found} == urgent and len(found) == 5
    assert found[0].place and found[0].place.name == "Beira" and found[0].created_at.tzinfo
    assert found[0].place.set_by == "model"
    assert list(client.incidents()) == []


def test_feedback_and_comments_are_given_once_and_their_outcome_is_read(
    live_server: Any, client: Client, secret: str, make_post: Callable[..., Post], people: dict[str, Any]
) -> None:
    post = make_post()
    incident = membership.create(post_ids=[post.pk], by=people["lead"])
    for _ in range(2):
        given = client.give_feedback(post.pk, ["category"], priority="High", note="Seen", idempotency_key="f-1")
    assert (given.post, given.wrong, given.priority, given.state) == (post.pk, ["category", "priority"], "High", "open")
    assert client.comment(incident.ref, "We are there").incident == incident.ref

    async def asked() -> list[int]:
        async with AsyncClient(live_server.url, secret) as other:
            second = await other.give_feedback(post.pk, ["place"], place="Búzi")
            assert (await other.comment(incident.ref, "So are we")).text == "So are we"
            return [second.id, *[row.id async for row in other.feedback(state="open", limit=1)]]

    second, *listed = asyncio.run(asked())
    assert listed == [second, given.id] == [row.id for row in client.feedback()]


def test_a_place_is_suggested_once_or_that_there_is_none(
    live_server: Any, client: Client, secret: str, make_post: Callable[..., Post]
) -> None:
    post = make_post()
    for _ in range(2):
        given = client.suggest_place(
            post.pk, latitude=-19.88, longitude=34.6, radius_km=2, name="Bridge", idempotency_key="p-1"
        )
    assert (given.post, given.wrong, given.place, given.no_place) == (post.pk, ["place"], "Bridge", False)
    assert given.position == {"latitude": -19.88, "longitude": 34.6, "radius_km": 2.0}

    other_pk = make_post().pk

    async def asked() -> bool:
        async with AsyncClient(live_server.url, secret) as other:
            return (await other.suggest_place(other_pk, no_place=True, note="A poem")).no_place

    assert asyncio.run(asked())
    with pytest.raises(ApiError) as refused:
        client.suggest_place(post.pk, latitude=-19.88)
    assert refused.value.status == 400 and len(list(client.feedback())) == 2


def test_an_explanation_names_the_words(client: Client) -> None:
    found = client.explain("We need water in Beira", examples=0)
    assert [word["text"] for word in found.words] == ["We", "need", "water", "in", "Beira"]
    assert found.prediction.category.label in {known["id"] for known in client.categories()["categories"]}


@pytest.mark.parametrize("fault", [LOSE, BREAK, 502, 503])
def test_what_gets_lost_is_sent_again_with_the_same_key_and_has_one_effect(
    live_server: Any, secret: str, fault: Any
) -> None:
    with Line(live_server.url, fault).open() as line, Client(line.address, secret, retries=3) as client:
        assert client.predict([TEXT])[0].id == "0"
    assert len(line.keys) == 2 and len(set(line.keys)) == 1 and line.keys[0]
    assert Row.objects.count() == 1


def test_a_throttled_call_waits_as_told_and_goes_on(live_server: Any, secret: str, settings: Any) -> None:
    settings.PREDICT_RATE = "2/sec"
    with Line(live_server.url).open() as line, Client(line.address, secret, retries=20) as client:
        assert len(list(client.predict_stream([TEXT] * 5, batch=1))) == 5
    assert Row.objects.count() == 5


@pytest.mark.parametrize("retry_after", ["1", None])
def test_retry_after_is_what_the_client_waits(
    live_server: Any, secret: str, monkeypatch: pytest.MonkeyPatch, retry_after: str | None
) -> None:
    waits: list[float] = []
    monkeypatch.setattr("httpx_retries.retry.time.sleep", waits.append)
    with (
        Line(live_server.url, 429, 429, retry_after=retry_after).open() as line,
        Client(line.address, secret, retries=2) as client,
    ):
        client.models()
    assert waits == [1.0, 1.0] if retry_after else 0 < waits[0] <= 1.0 < waits[1] * 2 <= 4.0


def test_a_days_quota_is_not_waited_for(live_server: Any, secret: str, settings: Any) -> None:
    settings.DAILY_QUOTA = 1
    with Line(live_server.url).open() as line, Client(line.address, secret, retries=5, longest_wait_s=0.5) as client:
        client.predict([TEXT])
        with pytest.raises(RateLimited, match="Daily quota used up") as refused:
            client.predict([TEXT])
        assert len(line.keys) == 2 and 0 < (refused.value.retry_after_s or 0) <= 86_400
    assert Row.objects.count() == 1

    async def again() -> None:
        async with AsyncClient(live_server.url, secret, longest_wait_s=0.5) as client:
            await client.models()

    with pytest.raises(RateLimited):
        asyncio.run(again())


def test_after_the_last_try_the_refusal_is_told(live_server: Any, secret: str) -> None:
    with Line(live_server.url, 503, 503).open() as line, Client(line.address, secret, retries=1) as client:
        with pytest.raises(ApiError) as refused:
            client.predict([TEXT])
        assert refused.value.status == 503 and len(line.keys) == 2


def test_a_refusal_names_the_fields_and_is_not_repeated(live_server: Any, secret: str) -> None:
    with Line(live_server.url).open() as line, Client(line.address, secret) as client:
        with pytest.raises(ApiError) as refused:
            client.predict([TEXT, " "])
        assert refused.value.status == 400 and refused.value.errors[0]["field"] == "messages[1].text"
        with pytest.raises(ApiError) as refused:
            next(client.posts(sev=9))
        assert refused.value.status == 400 and len(line.keys) == 2


def test_a_revoked_token_is_refused(client: Client) -> None:
    client.models()
    token = ApiToken.objects.get()
    tokens.revoke(token=token, by=token.owner)
    with pytest.raises(ApiError) as refused:
        client.models()
    assert refused.value.status == 401


def test_nobody_there_and_somebody_else_there_are_told_apart(live_server: Any, secret: str) -> None:
    with Line(live_server.url).open() as line:
        pass
    with Client(line.address, secret, retries=0) as client, pytest.raises(NotReachable):
        client.models()
    with Client(f"{live_server.url}/map", secret) as client, pytest.raises(ClientError):
        client.models()


def test_several_requests_are_on_their_way_at_once_and_the_order_stays(live_server: Any, secret: str) -> None:
    async def run(line: Line) -> list[str]:
        async with AsyncClient(line.address, secret) as client:
            stream = client.predict_stream([f"{TEXT} {n}" for n in range(12)], batch=2, at_once=3)
            return [prediction.id async for prediction in stream]

    with Line(live_server.url, 503, LOSE, gather=3).open() as line:
        assert asyncio.run(run(line)) == [str(n) for n in range(12)]
    assert Row.objects.count() == 12


@pytest.mark.parametrize(
    ("url", "token"),
    [("http://responder.example", "rsp_x"), ("responder.example", "rsp_x"), ("", "rsp_x"), ("https://a.example", " ")],
)
def test_what_would_leak_the_token_or_cannot_work_is_refused_at_once(
    url: str, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("RESPONDER_URL", raising=False)
    monkeypatch.delenv("RESPONDER_TOKEN", raising=False)
    for kind in (Client, AsyncClient):
        with pytest.raises(ValueError):
            kind(url, token)


@pytest.mark.parametrize("number", [0, 1_001])
def test_too_few_and_too_many_are_refused_without_asking(client: Client, number: int) -> None:
    with pytest.raises(ValueError, match="1 to 1000"):
        client.predict([TEXT] * number)
    if number:
        with pytest.raises(ValueError, match="1 to 1000"):
            next(client.predict_stream([TEXT], batch=number))


def test_it_needs_neither_django_nor_a_model() -> None:
    script = (
        "import sys, responder.client; "
        "print(*sorted({m.split('.')[0] for m in sys.modules} & {'django', 'torch', 'onnxruntime', 'numpy', 'classifier'}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.strip() == ""


def test_a_file_is_sent_awaited_and_its_predictions_are_streamed(
    client: Client, live_server: Any, secret: str, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.DATA_DIR = tmp_path
    table = tmp_path / "posts.csv"
    table.write_text("key,body\na,We need water in Beira\nb\nc,Thoughts and prayers\n")
    job = client.send_file(table, text_column="body", id_column="key")
    assert (job.name, job.state, [one.id for one in client.jobs()]) == ("posts.csv", "waiting", [job.id])
    with pytest.raises(TimeoutError):
        client.wait(job.id, timeout_s=0, every_s=0)

    def work(_seconds: float) -> None:  # as the queue would while the client sleeps
        jobs.classify_file(PredictionJob.objects.get().pk)

    with monkeypatch.context() as patch:
        patch.setattr("responder.client.sync.time.sleep", work)
        done = client.wait(job.id)
    assert (done.state, done.rows_bad, done.bad_rows[0].line) == ("done", 1, 3)
    assert [found.id for found in client.results(job.id)] == ["a", "c"]

    async def the_same() -> list[str]:
        async with AsyncClient(live_server.url, secret) as other:
            sent = await other.send_file(b"text\nhelp\n", name="x.csv")
            await other.delete_job(sent.id)
            assert (await other.wait(job.id)).id == (await other.jobs())[0].id
            return [found.id async for found in other.results(job.id)]

    assert asyncio.run(the_same()) == ["a", "c"]
    client.delete_job(job.id)
    for call in (lambda: client.job(job.id), lambda: list(client.results(job.id))):
        with pytest.raises(ApiError, match="404"):
            call()
    with pytest.raises(ValueError, match="the name ends in one of"):
        client.send_file(b"x", name="x.xlsx")
