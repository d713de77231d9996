"""The environment's schema, its documentation, and what production refuses."""

from pathlib import Path

import pytest

from responder.settings.paths import UNIX_SOCKET_LIMIT, local_secret_key, redis_socket
from responder.settings.production import InsecureSettings, refuse_insecure
from responder.settings.schema import Environment, variables

DOCUMENT = Path(__file__).parents[3] / "docs" / "reference" / "settings.md"
SAFE = {
    "RESPONDER_ENVIRONMENT": "production",
    "RESPONDER_SECRET_KEY": "k" * 60,
    "RESPONDER_ALLOWED_HOSTS": "responder.example.org",
    "RESPONDER_HTTPS": "true",
    "DATABASE_URL": "postgres://u:p@db/responder",
    "REDIS_URL": "redis://redis:6379/0",
}


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name, _, _ in variables():
        monkeypatch.delenv(name, raising=False)
    return monkeypatch


def test_every_variable_is_documented_as_it_is() -> None:
    text = DOCUMENT.read_text()
    for name, default, description in variables():
        assert f"| `{name}` | {f'`{default}`' if default else '–'} | {description} |" in text
    assert text.count("\n| `") == len(variables())


def test_nothing_set_is_the_embedded_default(environment: pytest.MonkeyPatch) -> None:
    settings = Environment()
    assert settings.database_url is None and settings.redis_url is None and not settings.debug
    refuse_insecure(settings)


def test_production_starts_when_all_is_safe(environment: pytest.MonkeyPatch) -> None:
    for name, value in SAFE.items():
        environment.setenv(name, value)
    refuse_insecure(Environment())


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("RESPONDER_SECRET_KEY", "short"),
        ("RESPONDER_ALLOWED_HOSTS", "*"),
        ("RESPONDER_ALLOWED_HOSTS", "localhost"),
        ("RESPONDER_HTTPS", "false"),
        ("RESPONDER_DEBUG", "true"),
        ("DATABASE_URL", ""),
        ("REDIS_URL", ""),
    ],
)
def test_production_refuses_and_names_the_variable(environment: pytest.MonkeyPatch, name: str, value: str) -> None:
    for key, safe in (SAFE | {name: value}).items():
        environment.setenv(key, safe)
    with pytest.raises(InsecureSettings, match=name) as refusal:
        refuse_insecure(Environment())
    assert "u:p@db" not in str(refusal.value)


def test_the_local_secret_key_is_made_once_and_is_private(tmp_path: Path) -> None:
    key = local_secret_key(tmp_path / "new")
    assert len(key) >= 50 and local_secret_key(tmp_path / "new") == key
    assert (tmp_path / "new" / "secret_key").stat().st_mode & 0o077 == 0


def test_a_deep_data_directory_still_gets_a_socket_that_linux_accepts(tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 120)
    assert len(str(redis_socket(deep))) <= UNIX_SOCKET_LIMIT
    assert redis_socket(Path("/srv/responder")) == Path("/srv/responder/redis/redis.sock")
