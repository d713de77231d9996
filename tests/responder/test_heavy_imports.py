"""What commands, migrations and tests start without, and what a web process has before its first request."""

import os
import subprocess
import sys

import pytest

SETTINGS = {"DJANGO_SETTINGS_MODULE": "responder.settings.test"}
# Imported by the functions that need them, or hidden from the packages that would take them along.
LAZY = (
    "docutils", "httpx", "markdown", "markdown_it", "numpy", "onnxruntime", "opentelemetry", "phonenumbers", "psycopg",
    "pygments", "rapidfuzz", "redis", "requests", "rich", "scipy", "sklearn", "streamlit", "tokenizers", "torch",
    "transformers", "websockets", "classifier.ml.runtime", "responder.dashboards.app", "responder.demo.exercise",
)  # fmt: skip
ALL_ADDRESSES = """
import sys

import django

django.setup()

from django.urls import get_resolver


def visit(resolver):
    return sum(visit(one) if hasattr(one, "url_patterns") else 1 for one in resolver.url_patterns)


assert visit(get_resolver()) > 100
"""


def loaded(program: str, names: tuple[str, ...], **environment: str) -> set[str]:
    """Those of the modules `names` that a new process holds after `program`."""
    code = f"{program}\nprint(*[name for name in {names!r} if name in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | SETTINGS | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())


@pytest.fixture
def on_sqlite(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)  # with PostgreSQL its driver is needed


@pytest.mark.usefixtures("on_sqlite")
def test_set_up_and_all_addresses_take_no_heavy_library() -> None:
    assert loaded(ALL_ADDRESSES, LAZY) == set()


def test_a_web_process_has_its_views_and_the_models_libraries_before_the_first_request() -> None:
    needed = ("numpy", "onnxruntime", "tokenizers", "rapidfuzz", "responder.urls", "rest_framework.views")
    for application in ("asgi", "wsgi"):
        program = (
            f"import sys; from classifier import serving; serving.watch = lambda: None; import responder.{application}"
        )
        assert loaded(f"import django; django.setup(); {program}", needed) == set(needed)


def test_what_was_hidden_from_a_package_can_be_imported_afterwards() -> None:
    program = f"{ALL_ADDRESSES}\nimport requests, django.contrib.postgres.fields"
    assert loaded(program, ("requests", "django.contrib.postgres.fields")) == {
        "requests",
        "django.contrib.postgres.fields",
    }
