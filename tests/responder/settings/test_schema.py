"""The environment's schema, its documentation, and what production refuses."""

import secrets
from pathlib import Path

import pytest
from pydantic import ValidationError

from responder.settings.paths import UNIX_SOCKET_LIMIT, local_secret_key, redis_socket
from responder.settings.production import InsecureSettings, refuse_insecure
from responder.settings.schema import Environment, variables
from responder.settings.strength import is_strong, is_strong_key

# Written down, as test names hold them: every process of the run must collect the same names.
RANDOM = "xyk26sbufbSoIpZy0iQ0kf--yD6MGUThPHYsqX8jGq-hkH3EPLVIiGg5hiJDVMcLlOQ"
RANDOM_HEX = "e599519b6fa31a91db9f28954d5f2e98e4daa928b78e64aa1e2b45c478db5779"

PASSWORD = "vN7-pQ2xLz9_kR4tWb"
OPEN = ["0.0.0.0/0", "::/0", "127.0.0.0/8", "169.254.0.0/16", "0.0.0.0/1", "8.8.8.0/24", "10.0.0.0/8,::ffff:0:0/96"]
DOCUMENT = Path(__file__).parents[3] / "docs" / "reference" / "settings.md"
EXAMPLE = Path(__file__).parents[3] / "deploy" / "compose.env.example"
SAFE = {
    "RESPONDER_ENVIRONMENT": "production",
    "RESPONDER_SECRET_KEY": secrets.token_urlsafe(50),
    "RESPONDER_ALLOWED_HOSTS": "responder.example.org",
    "RESPONDER_HTTPS": "true",
    "DATABASE_URL": f"postgres://u:{PASSWORD}@db/responder",
    "REDIS_URL": f"redis://:{PASSWORD}@redis:6379/0",
}
WEAK_PASSWORDS = [
    "words",
    "p",
    "responder-redis-2024",
    "aaaaaaaaaaaaaaaaaaaa",
    "0123456789abcdefghij",
    "k9!k9!k9!k9!k9!k9!k9!",
    "Sommer2024!Sommer",
]
SHARED = [
    ".herokuapp.com", ".azurewebsites.net", ".github.io", ".westeurope.azurecontainerapps.io", ".eu-west-1.elb.amazonaws.com",
    ".compute.amazonaws.com", ".a.run.app", ".westeurope.cloudapp.azure.com", ".gov.uk", ".nhs.uk", ".gouv.fr", ".nip.io",
    ".HerokuApp.com", ".herokuapp.com.",
]  # fmt: skip
CLOUD = [
    "169.254.169.254/32", "fd00:ec2::/32", "fd00::/8", "fc00::/7", "100.64.0.0/10", "100.100.100.200/32", "fd20:ce::254/128",
]  # fmt: skip


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
        ("RESPONDER_SECRET_KEY", "a" * 50),
        ("RESPONDER_SECRET_KEY", "0123456789" * 6),
        ("RESPONDER_SECRET_KEY", "correct-horse-battery-staple-" * 3),
        ("RESPONDER_SECRET_KEY", "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"),
        ("RESPONDER_SECRET_KEY", "django-insecure-" + RANDOM),
        ("RESPONDER_SECRET_KEY", "CHANGEME-" + RANDOM),
        ("RESPONDER_METRICS_TOKEN", "metrics"),
        ("RESPONDER_METRICS_TOKEN", "a" * 30),
        ("RESPONDER_METRICS_TOKEN", "metrics-token-metrics-token"),
        ("RESPONDER_METRICS_TOKEN", "abcdefghijklmnopqrstuvwx"),
        ("RESPONDER_METRICS_TOKEN", "responder-metrics-2026"),
        ("RESPONDER_BACKUP_KEY", "k" * 40),
        ("RESPONDER_BACKUP_KEY", "responder-backup-" * 3),
        *(("DATABASE_URL", f"postgres://u:{weak}@db/responder") for weak in WEAK_PASSWORDS),
        *(("REDIS_URL", f"redis://:{weak}@redis:6379/0") for weak in WEAK_PASSWORDS),
        ("DATABASE_URL", "postgres://u@db/responder?password=words"),
        ("DATABASE_URL", f"postgres://u:{PASSWORD}@db.example.org/responder?sslmode=disable"),
        ("DATABASE_URL", f"postgres://u:{PASSWORD}@203.0.113.7/responder?sslmode=allow"),
        ("DATABASE_URL", f"postgres://u:{PASSWORD}@[2001:db8::1]/responder?sslmode=disable"),
        ("DATABASE_URL", f"postgres://u:{PASSWORD}@/responder?host=db.example.org&sslmode=disable"),
        *(("RESPONDER_ALLOWED_HOSTS", f"responder.example.org,{suffix}") for suffix in SHARED),
        *((name, network) for name in ("RESPONDER_WEBHOOK_NETWORKS", "RESPONDER_FEED_NETWORKS") for network in CLOUD),
        ("RESPONDER_ALLOWED_HOSTS", ".com"),
        ("RESPONDER_ALLOWED_HOSTS", "responder.example.org,.org.uk"),
        ("RESPONDER_ALLOWED_HOSTS", "*.example.org"),
        ("RESPONDER_ALLOWED_HOSTS", "https://responder.example.org"),
        ("RESPONDER_ALLOWED_HOSTS", "."),
        ("RESPONDER_TRUSTED_ORIGINS", "http://responder.example.org"),
        ("RESPONDER_TRUSTED_ORIGINS", "https://*.example.org"),
        ("RESPONDER_TRUSTED_ORIGINS", "https://responder.example.org,https://*"),
        ("DATABASE_URL", "sqlite:////var/lib/responder/responder.sqlite3"),
        ("DATABASE_URL", "sqlite://:memory:"),
        ("DATABASE_URL", "mysql://u:p@db/responder"),
        ("DATABASE_URL", "postgres://responder:PASSWORD@database/responder"),
        ("REDIS_URL", "redis://redis:6379/0"),
        ("REDIS_URL", "redis://:PASSWORD@redis:6379/0"),
        ("REDIS_URL", "http://redis:6379/0"),
        ("RESPONDER_TRUSTED_PROXIES", "0.0.0.0/0"),
        ("RESPONDER_TRUSTED_PROXIES", "127.0.0.1,::/0"),
        ("RESPONDER_ALERT_WEBHOOK", "http://alerts.example.org/hook"),
        ("RESPONDER_OIDC_ISSUER", "http://login.example.org/realms/relief"),
        *((name, network) for name in ("RESPONDER_WEBHOOK_NETWORKS", "RESPONDER_FEED_NETWORKS") for network in OPEN),
    ],
)
def test_production_refuses_and_names_the_variable(environment: pytest.MonkeyPatch, name: str, value: str) -> None:
    for key, safe in (SAFE | {name: value}).items():
        environment.setenv(key, safe)
    with pytest.raises(InsecureSettings, match=name) as refusal:
        refuse_insecure(Environment())
    assert PASSWORD not in str(refusal.value) and "u:p@db" not in str(refusal.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("RESPONDER_SECRET_KEY", RANDOM_HEX),
        ("RESPONDER_ALLOWED_HOSTS", ".responder.example.org,[2001:db8::1],10.0.0.7"),
        ("RESPONDER_TRUSTED_ORIGINS", "https://responder.example.org,https://other.example.org:8443"),
        ("DATABASE_URL", "postgresql:///responder"),
        ("DATABASE_URL", "postgres://user:words@127.0.0.1/responder?sslmode=disable"),
        ("DATABASE_URL", "postgres://user:words@/responder?host=/run/postgresql&sslmode=disable"),
        ("DATABASE_URL", "postgres://user:words@%2Frun%2Fpostgresql/responder"),
        ("DATABASE_URL", f"postgres://u:{PASSWORD}@database/responder?sslmode=disable"),
        ("DATABASE_URL", f"postgres://u:{PASSWORD}@postgres.responder.svc.cluster.local/responder?sslmode=disable"),
        ("DATABASE_URL", f"postgres://u:{PASSWORD}@10.1.2.3:5432/responder?sslmode=disable"),
        ("DATABASE_URL", f"postgres://u:{PASSWORD}@db.example.org/responder?sslmode=require"),
        ("DATABASE_URL", "postgres://u@db.example.org/responder?sslmode=verify-full&sslcert=/keys/u.pem"),
        ("RESPONDER_ALLOWED_HOSTS", "our-site.herokuapp.com,.our-site.herokuapp.com"),
        ("RESPONDER_ALLOWED_HOSTS", ".drk.de,.ifrc.org"),
        ("RESPONDER_BACKUP_KEY", RANDOM[:32]),
        ("RESPONDER_WEBHOOK_NETWORKS", "100.101.0.0/16,10.0.0.0/8"),
        ("REDIS_URL", f"rediss://:{PASSWORD}@redis:6380/0"),
        ("REDIS_URL", "unix:///run/redis.sock"),
        ("REDIS_URL", "redis://127.0.0.1:6379/0"),
        ("RESPONDER_WEBHOOK_NETWORKS", "10.1.0.0/16,fd12:3456::/32"),
        ("RESPONDER_FEED_NETWORKS", "192.168.7.0/24"),
        ("RESPONDER_METRICS_TOKEN", RANDOM[:40]),
    ],
)
def test_production_accepts_what_is_safe(environment: pytest.MonkeyPatch, name: str, value: str) -> None:
    for key, safe in (SAFE | {name: value}).items():
        environment.setenv(key, safe)
    refuse_insecure(Environment())


def test_random_keys_are_never_taken_for_weak_ones() -> None:
    for _ in range(300):
        assert is_strong_key(secrets.token_urlsafe(50)) and is_strong_key(secrets.token_hex(32))
        assert is_strong(secrets.token_urlsafe(15), shortest=20) and is_strong(secrets.token_hex(16), shortest=32)


def test_the_example_file_as_it_is_does_not_start(environment: pytest.MonkeyPatch) -> None:
    for line in EXAMPLE.read_text().splitlines():
        if line and not line.startswith("#"):
            environment.setenv(*line.split("=", 1))
    with pytest.raises(InsecureSettings) as refusal:
        refuse_insecure(Environment())
    for name in ("RESPONDER_SECRET_KEY", "DATABASE_URL", "REDIS_URL"):
        assert name in str(refusal.value)


def test_what_is_no_network_is_refused_when_it_is_read(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("RESPONDER_FEED_NETWORKS", "10.0.0.1/8")
    with pytest.raises(ValidationError, match="RESPONDER_FEED_NETWORKS"):
        Environment()


def test_the_local_secret_key_is_made_once_and_is_private(tmp_path: Path) -> None:
    key = local_secret_key(tmp_path / "new")
    assert len(key) >= 50 and local_secret_key(tmp_path / "new") == key
    assert (tmp_path / "new" / "secret_key").stat().st_mode & 0o077 == 0


def test_a_deep_data_directory_still_gets_a_socket_that_linux_accepts(tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 120)
    assert len(str(redis_socket(deep))) <= UNIX_SOCKET_LIMIT
    assert redis_socket(Path("/srv/responder")) == Path("/srv/responder/redis/redis.sock")
