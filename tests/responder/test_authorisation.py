"""Whoever asks for whatever, by any method: the answer follows the ability that an address declares, and is never a fault.

Addresses come from the URLconf, so that one which is added tomorrow is asked for too; people hold any set of roles, and ask for
what is theirs, what is somebody else's and what is not there.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group
from django.db import transaction
from django.db.models import Model
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from classifier import clock
from classifier.browsing import ReadOnlyAdmin
from classifier.models import LabelImport
from monitoring.models import AuditEvent
from responder import roles
from responder.models import (
    ApiToken,
    Event,
    ExportJob,
    ImportJob,
    Incident,
    Membership,
    NotificationChannel,
    Organisation,
    Post,
    PredictionJob,
    SavedView,
    User,
    WebhookEndpoint,
)

pytestmark = pytest.mark.django_db
SIGNED_IN = {  # asked for by everybody who signed in, whatever their role
    "home", "logout", "theme", "shortcuts", "help", "help-role", "help-roles", "tour", "profile", "profile-password", "profile-sessions",
    "profile-end-sessions", "profile-end-session", "two-factor", "two-factor-set-up", "two-factor-codes", "two-factor-off",
    "offline",
}  # fmt: skip
PUBLIC = {
    "login", "status", "healthz", "readyz", "metrics", "schema", "api-docs", "texts", "correct", "correct-verify", "correct-state",
    "correct-receipt", "invitation-accept", "password-set", "password-forgot", "login-two-factor", "sso",
    "openid_connect_callback", "first-run-start",
    "report-form", "report-received", "inbound-sms", "inbound-messages", "situation-public",
    "service-worker", "offline-away", "offline-state",
}  # fmt: skip
NOT_ASKED = {"live-stream"}  # needs ASGI: tests/responder/views/test_live.py
OWNED = {  # what only its owner reaches, and which of the rows its address names
    "export-file": "export", "export-delete": "export", "file-result": "job", "file-delete": "job", "webhook": "webhook",
    "webhook-act": "webhook", "token-rotate": "token", "token-revoke": "token", "view-change": "view", "view-delete": "view",
    "view-feed": "view", "import": "import", "import-progress": "import", "import-change": "import", "import-start": "import",
    "import-cancel": "import", "import-delete": "import", "import-problems": "import",
    "notification-channel-act": "channel", "label-file": "labels", "label-file-change": "labels", "label-file-remove": "labels",
}  # fmt: skip
ANSWERED_TO_ALL = {"admin/login/", "admin/logout/", "admin/jsi18n/"}  # and addresses that are not there
METHODS = ("get", "head", "post", "put", "patch", "delete", "options")
STRANGE = ["0", "999999999999999999", "x", "a" * 300, "INC-9999", "b3b6a3a0-0000-4000-8000-000000000000", "%00"]
WORDS = ["csv", "note", "verify", "rotate", "delete", "pause", "lead", "volume", "x"]
RELAXED = settings(
    deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], max_examples=25,
    derandomize=True,
)  # fmt: skip
THOROUGH = settings(RELAXED, max_examples=1_500, derandomize=False)


def walk(patterns: list[URLPattern | URLResolver], before: str = "") -> Iterator[tuple[str, URLPattern]]:
    for pattern in patterns:
        path = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from walk(pattern.url_patterns, path)
        elif pattern.name not in NOT_ASKED:
            yield path, pattern


ROUTES = [(path, one) for path, one in walk(get_resolver().url_patterns)]
PAGES = [(path, one) for path, one in ROUTES if not path.startswith(("admin/", "api/"))]


def ability_of(path: str, pattern: URLPattern) -> str | None:
    """What an address declares that it needs; None where it needs no more than to be signed in, or not even that."""
    if path.startswith("admin/"):
        return roles.READ_RECORDS
    return getattr(pattern.callback, "required_ability", None)


def test_every_address_declares_an_ability_or_is_on_a_list() -> None:
    undeclared = {one.name for path, one in ROUTES if not path.startswith("api/") and ability_of(path, one) is None}
    assert undeclared == SIGNED_IN | {name for name in PUBLIC if name not in ("schema", "api-docs")}
    known = {ability for abilities in roles.ROLES.values() for ability in abilities}
    assert {ability_of(path, one) for path, one in ROUTES} - {None} <= known


@pytest.fixture
def somebody(people: dict[str, User], event: Event, make_post: Callable[..., Post]) -> dict[str, dict[str, str]]:
    """Rows of a person who asks and of another: kind → id, under `own` and `foreign`."""
    asking = User.objects.create_user("asking-bea", toured=True)
    owners = {"own": asking, "foreign": people["superuser"]}
    make_post()
    Incident.objects.create(event=event, title="Water")
    organisation = Organisation.objects.create(name="Relief")
    found: dict[str, dict[str, str]] = {}
    for number, (whose, owner) in enumerate(owners.items()):
        soon = clock.now()
        token = ApiToken.objects.create(
            owner=owner,
            organisation_name="Relief",
            organisation=organisation,
            name="t",
            prefix="rsp_x",
            digest=f"{number:064}",
        )
        job = PredictionJob.objects.create(
            owner=owner, name="a.csv", form="csv", text_column="text", id_column="id", size=1, lines=1, sha256="e" * 64,
            expires_at=soon,
        )  # fmt: skip
        found[whose] = {
            "token": str(token.pk), "job": str(job.ref),
            "import": str(ImportJob.objects.create(owner=owner, name="a.csv", source="wire", size=1, event=event, expires_at=soon).ref),
            "labels": str(LabelImport.objects.create(by=owner, name="a.csv").ref),
            "export": str(ExportJob.objects.create(owner=owner, through_api=False, kind="csv", rows=1, expires_at=soon).ref),
            "webhook": str(WebhookEndpoint.objects.create(owner=owner, url="https://a.example/x").ref),
            "channel": str(NotificationChannel.objects.create(person=owner, kind="email", label="Mail", host="http://a.example").pk),
            "view": str(SavedView.objects.create(owner=owner, name="v", page="map", query="").pk),
        }  # fmt: skip
    return found


def concrete(path: str, draw: Any, rows: dict[str, str]) -> str:
    """An address with something in each of its places: an id of the rows, of any other, or one that cannot be."""
    ids = st.sampled_from([*rows.values(), "1", "2", "INC-0001", *WORDS, *STRANGE])
    numbers = st.sampled_from(["0", "1", "2", "999999999999999999"])
    path = re.sub(r"<int:\w+>", lambda _: draw(numbers), path)
    return "/" + re.sub(r"<[^>]*>", lambda _: draw(ids), path)


def hold(person: User, names: set[str], *, superuser: bool, active: bool) -> User:
    User.objects.filter(pk=person.pk).update(is_superuser=superuser, is_active=active)
    Membership.objects.filter(person=person).delete()
    through = User.groups.through
    through._default_manager.filter(user_id=person.pk).delete()
    groups = Group.objects.in_bulk(names, field_name="name")
    through._default_manager.bulk_create([through(user_id=person.pk, group_id=groups[name].pk) for name in names])
    return User.objects.get(pk=person.pk)


def ask(client: Client, method: str, address: str, body: dict[str, str] | None = None) -> Any:
    answer = getattr(client, method)(address, body or {}) if method == "post" else getattr(client, method)(address)
    if answer.streaming and not answer.is_async:
        b"".join(answer.streaming_content)
    return answer


ROLE_SETS = st.sets(st.sampled_from(sorted(roles.ROLES)))


def check_answers(data: st.DataObject, rows: dict[str, dict[str, str]]) -> None:
    """One person of any roles asks for a few addresses; nothing stays of it."""
    with transaction.atomic():
        names, superuser, active = (
            data.draw(ROLE_SETS),
            data.draw(st.integers(0, 9)) == 0,
            data.draw(st.integers(0, 9)) > 0,
        )
        person = hold(User.objects.get(username="asking-bea"), names, superuser=superuser, active=active)
        paused = data.draw(st.integers(0, 9)) == 0
        if paused:
            Membership.objects.create(
                organisation=Organisation.objects.create(name="Paused", is_active=False), person=person
            )
        client = Client(raise_request_exception=False)
        client.force_login(person)
        for path, pattern in data.draw(st.lists(st.sampled_from(PAGES), min_size=3, max_size=6)):
            whose = data.draw(st.sampled_from(["own", "foreign"]))
            method = data.draw(st.sampled_from(METHODS))
            check_answer(client, person, path, pattern, method, concrete(path, data.draw, rows[whose]))
            client.force_login(person)  # logging out, and being paused, ended the session
        transaction.set_rollback(True)


def check_answer(client: Client, person: User, path: str, pattern: URLPattern, method: str, address: str) -> None:
    ability = ability_of(path, pattern)
    case = (method, address, sorted(roles.role_names(person)), person.is_superuser)
    before = AuditEvent.objects.exclude(action__startswith="session.").count()
    answer = ask(client, method, address)
    assert answer.status_code < 500 or pattern.name in ("readyz", "metrics"), case
    if pattern.name in PUBLIC:
        return
    if not person.is_active or roles.is_paused(person):
        assert answer.status_code in (302, 404) and "/login/" in answer.headers.get("Location", "/login/"), case
    elif ability and not roles.allows(person, ability):
        assert answer.status_code in (403, 404, 405), case
        assert AuditEvent.objects.exclude(action__startswith="session.").count() == before, case
    elif method == "get" and ability:
        assert answer.status_code != 403, case


@pytest.mark.parametrize("ability", sorted({ability for abilities in roles.ROLES.values() for ability in abilities}))
def test_all_roles_together_that_lack_an_ability_reach_nothing_that_needs_it(
    somebody: dict[str, dict[str, str]], ability: str
) -> None:
    lacking = {name for name, abilities in roles.ROLES.items() if ability not in abilities}
    person = hold(User.objects.get(username="asking-bea"), lacking, superuser=False, active=True)
    client = Client()
    client.force_login(person)
    needing = [path for path, one in ROUTES if ability_of(path, one) == ability]
    assert needing
    for path in needing:
        address = "/" + re.sub(r"<[^>]*>", "1", path)
        if "(" in path or path in ANSWERED_TO_ALL:
            continue
        for method in ("get", "post"):
            assert ask(client, method, address).status_code in (403, 404, 405), (method, address)
    assert not AuditEvent.objects.exclude(action__startswith="session.").exists()


@RELAXED
@given(data=st.data())
def test_answers_follow_the_ability_that_an_address_declares(
    somebody: dict[str, dict[str, str]], data: st.DataObject
) -> None:
    check_answers(data, somebody)


@pytest.mark.slow
@THOROUGH
@given(data=st.data())
def test_answers_follow_it_thoroughly(somebody: dict[str, dict[str, str]], data: st.DataObject) -> None:
    check_answers(data, somebody)


@pytest.mark.parametrize("name", sorted(OWNED))
@pytest.mark.parametrize("method", ["get", "post"])
def test_what_is_somebody_elses_does_not_exist(somebody: dict[str, dict[str, str]], name: str, method: str) -> None:
    person = hold(User.objects.get(username="asking-bea"), set(roles.ROLES), superuser=False, active=True)
    client = Client()
    client.force_login(person)
    (path,) = [path for path, one in PAGES if one.name == name]
    rest = iter(["pause" if name in ("webhook-act", "notification-channel-act") else "csv"])
    rows = somebody["foreign"]
    address = "/" + re.sub(
        r"<[^>]*>", lambda _: rows[OWNED[name]] if _.start() == path.index("<") else next(rest), path
    )
    answer = ask(client, method, address)
    assert answer.status_code in (404, 405), address
    assert not AuditEvent.objects.exclude(action__startswith="session.").exists()


@pytest.mark.parametrize(
    ("path", "pattern"), [one for one in ROUTES if one[0].startswith("api/v1/")], ids=lambda one: str(one)[:60]
)
def test_a_session_opens_nothing_of_the_api(people: dict[str, User], path: str, pattern: URLPattern) -> None:
    client = Client()
    client.force_login(people["superuser"])
    assert client.get("/" + re.sub(r"<[^>]*>", "1", path)).status_code == 401


# The admin: whatever is posted to it, a role that may not change a record does not.
WRITABLE = [model for model, page in admin.site._registry.items() if not isinstance(page, ReadOnlyAdmin)]
FIELDS = st.sampled_from([
    "is_superuser", "is_staff", "is_active", "groups", "user_permissions", "username", "password", "name", "func", "hook", "args",
    "rate", "daily_quota", "is_exercise", "digest", "owner", "action", "_selected_action", "post", "_save", "text", "status",
    "memberships-TOTAL_FORMS", "memberships-INITIAL_FORMS", "memberships-0-person", "memberships-0-role", "select_across",
])  # fmt: skip
VALUES = st.sampled_from(
    ["on", "", "1", "2", "999999999999", "os.system", "delete_selected", "revoke", "auditor", "x" * 300, "\x00"]
)
FORMS = st.dictionaries(FIELDS, VALUES, max_size=8)


def state() -> list[Any]:
    """All that somebody could gain by a form: accounts, roles, organisations, tokens, events."""
    kinds: list[type[Model]] = [User, Group, Organisation, Membership, ApiToken, Event]
    rows = [list(kind._default_manager.order_by("pk").values()) for kind in kinds]
    for users in rows[0]:
        users.pop("last_login")
        users.pop("last_seen_at")
    return [*rows, list(User.groups.through._default_manager.order_by("pk").values())]


def check_forms(data: st.DataObject, people: dict[str, User]) -> None:
    with transaction.atomic():
        names = data.draw(ROLE_SETS) | data.draw(st.sets(st.just("auditor")))
        person = hold(User.objects.get(username="asking-bea"), names, superuser=False, active=True)
        client, before = Client(raise_request_exception=False), state()
        client.force_login(person)
        for _ in range(4):
            model = data.draw(st.sampled_from([*admin.site._registry] + 3 * WRITABLE))
            page = data.draw(st.sampled_from(["add", "change", "delete", "changelist"]))
            base = f"admin:{model._meta.app_label}_{model._meta.model_name}"
            pk = model._default_manager.values_list("pk", flat=True).first() or 1
            address = reverse(f"{base}_{page}", args=[pk] if page in ("change", "delete") else [])
            answer = client.post(address, data.draw(FORMS))
            assert answer.status_code < 500, (address, names)
            if "auditor" not in names:
                assert answer.status_code == 403, (address, names)
        password = client.post(
            f"/admin/responder/user/{people['superuser'].pk}/password/", {"password1": "x", "password2": "x"}
        )
        assert password.status_code in (403, 404)
        assert state() == before
        transaction.set_rollback(True)


@RELAXED
@given(data=st.data())
def test_no_form_of_the_admin_gives_a_role_more_than_it_may(
    somebody: dict[str, dict[str, str]], people: dict[str, User], data: st.DataObject
) -> None:
    check_forms(data, people)


@pytest.mark.slow
@THOROUGH
@given(data=st.data())
def test_no_form_does_so_thoroughly(
    somebody: dict[str, dict[str, str]], people: dict[str, User], data: st.DataObject
) -> None:
    check_forms(data, people)
