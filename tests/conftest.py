"""What every test may use: people with roles, an event, posts; and the network closed but for loopback."""

import gc
import os
import shutil
import signal
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group
from django.db import connection, connections
from django.utils import translation
from hypothesis import HealthCheck, settings

from classifier import categories, clock, label_schemas, serving
from responder import roles
from responder.exports import limits
from responder.models import Event, Post, User
from responder.queries import words
from responder.queries.mercator import project
from responder.web import executors
from tests import migrated

# What a browser waits for comes at once or never; how long a busy machine may take for it is no part of any test.
WAITS_MS = 60_000
# Nor is how long hypothesis takes to make up its examples.
settings.register_profile("busy", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("busy")


# A shell that starts `make test &` lets it ignore Ctrl-C, and the servers that tests start would ignore it as well.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def _loopback_only(socket_enabled: None) -> None:
    """pytest-socket, set to loopback in `pytest_runtest_setup`."""


def pytest_runtest_setup(item: pytest.Item) -> None:
    from pytest_socket import socket_allow_hosts

    if item.get_closest_marker("browser"):
        from playwright.sync_api import expect

        # Playwright's loop runs in this thread, so Django would refuse the tests' own queries.
        os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
        expect.set_options(timeout=WAITS_MS)
    socket_allow_hosts(["127.0.0.1", "::1", "localhost"], allow_unix_socket=True)


@pytest.fixture
def one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    """Exports and the live pump run in the test's thread, which alone sees the rows of the test's transaction."""

    async def run(_self: executors.Executor, function: Callable[..., Any], *arguments: Any) -> Any:
        return await sync_to_async(function)(*arguments)

    monkeypatch.setattr(executors.Executor, "run", run)


@pytest.fixture(autouse=True)
def _no_exports_of_another_test(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test may leave an answer unread, and the next test's people have the same ids."""
    monkeypatch.setattr(limits, "RUNNING", limits.Running())


@pytest.fixture(autouse=True)
def _english(settings: Any) -> Iterator[None]:
    """A request leaves its language to the thread, where the next test would begin with it."""
    yield
    translation.activate(settings.LANGUAGE_CODE)


@pytest.fixture(autouse=True)
def _no_model_version_of_another_test() -> None:
    """Each test has its own database: the version that the process remembers is of the one before."""
    serving.forget()


@pytest.fixture(autouse=True)
def _no_label_schema_of_another_test() -> None:
    """Nor is there a label schema, until a test makes one; asking for it is no query that a test would count."""
    label_schemas.assume_none()


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, django_db_modify_db_settings: None
) -> Iterator[None]:
    """SQLite begins as a copy of a migrated database.

    Browsers ask from several threads at once: for them a file, as in the product, not SQLite's shared memory.
    """
    chosen = connection.settings_dict
    if connection.vendor != "sqlite":
        yield
        return
    chosen["TEST"]["NAME"] = "file:migrated?mode=memory&cache=shared"
    if any(item.get_closest_marker("browser") for item in request.session.items):
        chosen["TEST"]["NAME"] = str(tmp_path_factory.mktemp("database") / "responder.sqlite3")
        chosen["OPTIONS"] = chosen["OPTIONS"] | {
            "init_command": f"{chosen['OPTIONS']['init_command']};PRAGMA synchronous=OFF"
        }
    with closing(migrated.copy(chosen["TEST"]["NAME"])):
        yield
        connections.close_all()


@pytest.fixture(scope="session")
def django_db_keepdb() -> bool:
    """The copy is taken as it is; migrations that it lacks are applied to it."""
    return connection.vendor == "sqlite"


LONGEST = (
    "tests/browser/test_every_page",
    "tests/browser/test_triage",
    "tests/responder/drill/",
    "tests/test_postgres.py",
    "tests/product/",
    "tests/classifier/test_train.py",
    "tests/classifier/ml/test_training.py",
    "tests/classifier/ml/",
    "tests/responder/api/test_schema.py",
    "tests/responder/admin/",
)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """With `-m browser…` or `-m azure…`, files that never say the mark are not imported: that takes ten seconds."""
    wanted = next((mark for mark in ("browser", "azure") if str(config.option.markexpr).startswith(mark)), "")
    if (
        wanted
        and collection_path.name.startswith("test_")
        and f"mark.{wanted}" not in collection_path.read_text("utf-8")
    ):
        return True
    return None


def pytest_collection_finish() -> None:
    """What is there now stays: the collector of garbage need not look at half a million imported things again and again."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest files first, so that no worker ends long after the others."""
    items.sort(key=lambda item: [item.nodeid.startswith(file) for file in LONGEST], reverse=True)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    arguments = ["--no-sandbox", "--disable-background-networking", "--disable-component-update"]
    return browser_type_launch_args | {"executable_path": chromium, "args": arguments}


@pytest.fixture(scope="session")
def browser(browser: Any) -> Any:
    """The plugin's browser, whose pages wait as long as `expect` does.

    Without the service worker, which would answer before the routes that tests set: tests/browser/test_offline.py has it.
    """
    make = browser.new_context

    def new_context(**options: Any) -> Any:
        context = make(**{"service_workers": "block"} | options)
        context.set_default_timeout(WAITS_MS)
        return context

    browser.new_context = new_context
    return browser


@pytest.fixture(scope="session")
def base_url() -> None:
    """In place of the plugin's own, which warns; each test has a server of its own."""


@pytest.fixture
def people(db: None) -> dict[str, User]:
    """Role → somebody who holds it, and `superuser`. In few queries: a test in two begins with them."""
    password = make_password("correct horse battery")
    Group.objects.bulk_create([Group(name=role) for role in roles.ROLES], ignore_conflicts=True)
    groups = Group.objects.in_bulk(roles.ROLES, field_name="name")
    root = User(username="root-ana", password=password, is_staff=True, is_superuser=True, toured=True)
    holders = [
        User(username=f"{role}-ana", password=password, first_name="Ana", last_name=role.title(), toured=True)
        for role in roles.ROLES
    ]
    *users, superuser = User.objects.bulk_create([*holders, root])
    somebody = dict(zip(roles.ROLES, users, strict=True))
    through = User.groups.through
    through.objects.bulk_create(through(user_id=user.pk, group_id=groups[role].pk) for role, user in somebody.items())
    return somebody | {"superuser": superuser}


@pytest.fixture
def event(db: None) -> Event:
    return Event.objects.create(
        ref="flood", name="River flood", country_codes=["MZ"], west=32.0, south=-22.0, east=37.0, north=-16.0,
        time_zone="Africa/Maputo", started_at=clock.now() - timedelta(days=1),
    )  # fmt: skip


@pytest.fixture
def make_post(event: Event) -> Callable[..., Post]:
    """Creates a classified post; keyword arguments replace any column. `latitude=None` leaves it off the map."""
    numbers = count(1)

    def make(**changes: Any) -> Post:
        number = next(numbers)
        category = changes.get("category", "requests_or_urgent_needs")
        columns: dict[str, Any] = {
            "source": "test", "source_id": f"t{number}", "event": event, "text": f"We need water, post {number}",
            "lang": "en", "author_handle": "someone",
            # Whole seconds: a page prints microseconds, in which any digits may stand.
            "created_at": clock.now().replace(microsecond=0) - timedelta(minutes=number),
            "time_source": Post.TimeSource.SOURCE, "text_key": f"key{number}", "state": Post.State.CLASSIFIED,
            "classified_at": clock.now(), "category": category, "model_category": category,
            "group": categories.group_of(category), "probability": 0.8, "band": 4,
            "probabilities": {category: 0.8}, "emergency": True, "emergency_probability": 0.9, "severity": 3,
            "severity_reason": "model: Medium", "priority_score": 0.4, "latitude": -19.84, "longitude": 34.84,
            "radius_km": 9.0, "place_name": "Beira", "place_type": "city", "country_code": "MZ",
        }  # fmt: skip
        columns |= changes
        if columns["latitude"] is not None:
            columns["grid_x"], columns["grid_y"] = project(columns["latitude"], columns["longitude"])
        post = Post.objects.create(**columns)
        words.index([post])
        return post

    return make
