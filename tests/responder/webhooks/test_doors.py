"""Webhooks by the API and by the page: each sees their own, secrets are shown once, every try is there to see."""

import re
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.html import escape
from rest_framework.test import APIClient

from responder import jobs, roles, webhooks
from responder.models import User, WebhookDelivery, WebhookEndpoint
from responder.partners import tokens
from responder.webhooks import endpoints
from tests.fakes.sink import Sink
from tests.responder.html_forms import read_forms

pytestmark = pytest.mark.django_db
API, PAGE = "/api/v1/webhooks", "/developers/webhooks/"
BODY = {"url": "https://partner.example/hook", "kinds": ["post.critical"]}
SECRET = re.compile(r"whsec_[\w+/=]{44}")


@pytest.fixture
def api(people: dict[str, User]) -> Callable[..., APIClient]:
    def make(*scopes: str, person: str = "partner") -> APIClient:
        owner = people[person]
        _, secret = tokens.issue(owner=owner, organisation="R", name="t", scopes=list(scopes or ["webhooks"]), by=owner)
        return APIClient(headers={"Authorization": f"Token {secret}"})

    return make


def test_the_api_registers_lists_rotates_replays_and_deletes(api: Any) -> None:
    client = api()
    made = client.post(API, BODY, format="json")
    assert made.status_code == 201 and SECRET.fullmatch(made.json()["secret"])
    own = made["Location"]
    assert client.get(own).json() == {key: value for key, value in made.json().items() if key != "secret"}
    assert [one["id"] for one in client.get(API).json()["webhooks"]] == [made.json()["id"]]
    other = client.post(f"{own}/secret").json()["secret"]
    assert SECRET.fullmatch(other) and other != made.json()["secret"]
    webhooks.publish("post.critical", [{"id": 1}])
    (sent,) = client.get(f"{own}/deliveries").json()["deliveries"]
    assert (sent["state"], sent["kind"], sent["tries"]) == ("waiting", "post.critical", 0) and sent["next_at"]
    WebhookDelivery.objects.update(state="dead")
    assert client.post(f"{own}/replay").json() == {"replayed": 1}
    assert client.delete(own).status_code == 204 and client.get(own).status_code == 404
    assert not WebhookEndpoint.objects.exists()


@pytest.mark.parametrize(
    "body", [{}, {"url": "https://a.example"}, BODY | {"kinds": []}, BODY | {"kinds": ["x"]}, BODY | {"url": "http://x"},
             BODY | {"url": "https://a.example/\u0000"}],
)  # fmt: skip
def test_what_makes_no_sense_is_refused(api: Any, settings: Any, body: dict[str, Any]) -> None:
    settings.WEBHOOK_NETWORKS = []
    assert api().post(API, body, format="json").status_code == 400
    assert not WebhookEndpoint.objects.exists()


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "127.1"])
def test_an_address_inside_is_refused_beside_its_field_and_on_the_page(
    api: Any, settings: Any, people: dict[str, User], host: str
) -> None:
    settings.WEBHOOK_NETWORKS = []
    url = f"https://{host}/hook"
    refused = api().post(API, BODY | {"url": url}, format="json")
    (problem,) = refused.json()["errors"]
    assert refused.status_code == 400 and problem["field"] == "url"
    assert "is not on the public internet" in str(problem)
    client = Client()
    client.force_login(people["partner"])
    page = client.post(f"{PAGE}create", {"url": url, "kind": "post.critical"})
    assert page.status_code == 400 and "is not on the public internet" in page.content.decode()
    assert not WebhookEndpoint.objects.exists()


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("https://partner.example:65536/hook", "The port must be a number from 1 to 65535."),
        ("https://u:p@partner.example/hook", "The URL can&#x27;t contain a user name or password."),
        ("https://partner.example/hook#part", "The URL can&#x27;t contain a fragment"),
        ("http://partner.example/hook", "The URL must begin with https://."),
        ("https://[::1]/hook", "is not on the public internet"),
        ("https://１２７.0.0.1/hook", "127.0.0.1 is not on the public internet"),
    ],
)
def test_page_and_api_refuse_the_same_urls_in_the_same_words(
    api: Any, settings: Any, people: dict[str, User], url: str, said: str
) -> None:
    settings.WEBHOOK_NETWORKS = []
    refused = api().post(API, BODY | {"url": url}, format="json")
    (problem,) = refused.json()["errors"]
    assert refused.status_code == 400 and problem["field"] == "url" and said in escape(problem["detail"])
    client = Client()
    client.force_login(people["partner"])
    page = client.post(f"{PAGE}create", {"url": url, "kind": "post.critical"})
    html = page.content.decode()
    assert page.status_code == 400 and said in html and escape(problem["detail"]) in html
    assert not WebhookEndpoint.objects.exists()


@pytest.mark.parametrize("url", ["https://partner.example:65535/hook", "https://bücher.example/hook"])
def test_page_and_api_accept_the_same_urls(api: Any, settings: Any, people: dict[str, User], url: str) -> None:
    settings.WEBHOOK_NETWORKS = []
    made = api().post(API, BODY | {"url": url}, format="json")
    client = Client()
    client.force_login(people["partner"])
    assert made.status_code == client.post(f"{PAGE}create", {"url": url, "kind": "post.critical"}).status_code == 201
    stored = url.replace("bücher", "xn--bcher-kva")
    assert made.json()["url"] == stored and {one.url for one in WebhookEndpoint.objects.all()} == {stored}


def test_all_errors_stand_beside_their_fields_and_what_was_typed_stays(settings: Any, people: dict[str, User]) -> None:
    settings.WEBHOOK_NETWORKS = []
    client = Client()
    client.force_login(people["partner"])
    answer = client.post(f"{PAGE}create", {"url": "http://partner.example/hook"})
    form = read_forms(answer)
    assert answer.status_code == 400 and form.errors == {
        "url": "The URL must begin with https://.",
        "kind": f"Choose event types from: {', '.join(webhooks.KINDS)}.",
    }
    assert (form.value("url"), form.ticked("kind"), form.focused) == ("http://partner.example/hook", [], ["url"])
    form = read_forms(client.post(f"{PAGE}create", {"url": "", "kind": "post.critical"}))
    assert list(form.errors) == ["url"] and form.ticked("kind") == ["post.critical"]
    assert not WebhookEndpoint.objects.exists()


def test_the_webhooks_of_others_do_not_exist(api: Any) -> None:
    own = api().post(API, BODY, format="json")["Location"]
    stranger = api(person="superuser")
    for url in (own, f"{own}/deliveries", f"{API}/{uuid.uuid4()}", f"{API}/x"):
        assert stranger.get(url).status_code == 404, url
    for url in (f"{own}/secret", f"{own}/replay"):
        assert stranger.post(url).status_code == 404, url
    assert stranger.delete(own).status_code == 404 and stranger.get(API).json() == {"webhooks": []}
    assert api("predict").get(own).status_code == 403


@pytest.fixture
def partner(client: Client, people: dict[str, User]) -> Client:
    client.force_login(people["partner"])
    return client


def test_a_person_adds_tests_watches_and_ends_a_webhook(partner: Client) -> None:
    sink = Sink(lambda _key, times: 500 if times == 1 else 200)
    with sink.open() as url:
        answer = partner.post(f"{PAGE}create", {"url": url, "kind": ["post.critical", "model.released"]})
        (secret,) = SECRET.findall(answer.content.decode())
        sink.secrets.append(secret)
        assert answer.status_code == 201 and secret not in partner.get(PAGE).content.decode()
        own = f"{PAGE}{WebhookEndpoint.objects.get().ref}/"
        assert partner.post(f"{own}test")["Location"] == own
        jobs.deliver_webhooks()
        page = partner.get(own).content.decode()
        assert "answered 500" in page and "webhook.test" in page and "next attempt 20" in page
        webhooks.replay(endpoint=WebhookEndpoint.objects.get(), actor="x", delivery_id=WebhookDelivery.objects.get().pk)
        jobs.deliver_webhooks()
        assert "Delivered" in partner.get(own).content.decode() and len(sink.accepted) == 1
    delivery = WebhookDelivery.objects.get()
    assert partner.post(f"{own}replay", {"delivery": delivery.pk})["Location"] == own
    assert WebhookDelivery.objects.get().state == "waiting"
    for verb, state in (("pause", "paused"), ("resume", "active")):
        partner.post(f"{own}{verb}")
        assert WebhookEndpoint.objects.get().state == state
    (new,) = SECRET.findall(partner.post(f"{own}rotate").content.decode())
    assert new != secret
    assert partner.post(f"{own}delete")["Location"] == PAGE and not WebhookEndpoint.objects.exists()
    assert partner.post(f"{own}pause").status_code == 404


def test_too_many_tests_and_repeats_are_refused_in_words(partner: Client, api: Any, register: Any) -> None:
    own = f"{PAGE}{register('https://partner.example/hook').ref}"
    for _ in range(endpoints.MOST_REQUESTED):
        assert partner.post(f"{own}/test").status_code == 302
    for verb in ("test", "replay"):
        page = partner.post(f"{own}/{verb}")
        html = page.content.decode()
        assert page.status_code == 429 and 'role="alert"' in html and "are still queued" in html
    refused = api().post(f"{API}/{WebhookEndpoint.objects.get().ref}/replay")
    assert refused.status_code == 429 and "are still queued" in refused.json()["detail"]
    assert WebhookDelivery.objects.count() == endpoints.MOST_REQUESTED


def test_a_webhook_that_is_deleted_while_its_page_acts_on_it_is_no_failure(
    partner: Client, register: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    find = webhooks.find

    def find_and_lose(**wanted: Any) -> WebhookEndpoint:
        found = find(**wanted)
        WebhookEndpoint.objects.filter(pk=found.pk).delete()
        return found

    monkeypatch.setattr(webhooks, "find", find_and_lose)
    for verb in ("pause", "resume", "rotate", "replay", "test", "delete"):
        endpoint = register("https://partner.example/hook")
        answer = partner.post(f"{PAGE}{endpoint.ref}/{verb}")
        assert answer.status_code == (404 if verb == "rotate" else 302), verb


def test_a_form_that_makes_no_sense_is_refused_with_what_was_typed(partner: Client) -> None:
    for form in (
        {"url": "ftp://x.example"},
        {"url": "https://x.example"},
        {"url": "https://x.example", "kind": ["<b>"]},
    ):
        answer = partner.post(f"{PAGE}create", form)
        html = answer.content.decode()
        assert answer.status_code == 400 and 'role="alert"' in html and f'value="{form["url"]}"' in html


@pytest.mark.parametrize("role", [*roles.ROLES, "superuser", "nobody"])
def test_each_address_for_each_role_and_a_webhook_of_somebody_else(
    people: dict[str, User], register: Any, role: str
) -> None:
    endpoint = register("https://partner.example/hook")
    visitor = Client()
    if role != "nobody":
        visitor.force_login(people[role])
    own = f"{PAGE}{endpoint.ref}/"
    listed, alone = {"nobody": (302, 302), "superuser": (200, 404), "partner": (200, 200)}.get(role, (403, 403))
    assert visitor.get(PAGE).status_code == listed and visitor.get(own).status_code == alone
    if role != "partner":
        for verb in ("pause", "rotate", "replay", "test", "delete", "nonsense"):
            assert visitor.post(f"{own}{verb}").status_code == alone, verb
        assert "partner.example" not in visitor.get(PAGE).content.decode()
    if role not in ("partner", "superuser"):
        assert (
            visitor.post(f"{PAGE}create", {"url": "https://a.example", "kind": "post.critical"}).status_code == listed
        )
    endpoint.refresh_from_db()
    assert (endpoint.state, endpoint.generation, WebhookEndpoint.objects.count()) == ("active", 1, 1)


def test_forged_forms_are_refused_and_more_rows_need_no_more_queries(
    people: dict[str, User], partner: Client, register: Any
) -> None:
    endpoint = register("https://partner.example/hook")
    forger = Client(enforce_csrf_checks=True)
    forger.force_login(people["partner"])
    assert forger.post(f"{PAGE}{endpoint.ref}/delete").status_code == 403

    def queries() -> list[int]:
        counts = []
        for url in (PAGE, f"{PAGE}{endpoint.ref}/"):
            with CaptureQueriesContext(connection) as caught:
                partner.get(url)
            counts.append(len(caught))
        return counts

    webhooks.publish("post.critical", [{"id": 1}])
    few = queries()
    for number in range(5):
        register(f"https://partner.example/{number}")
    webhooks.publish("post.critical", [{"id": n} for n in range(40)])
    assert queries() == few
