"""What production refuses, each with the sentence that says what to set."""

from collections.abc import Iterator

from responder.settings.schema import Environment


class InsecureSettings(Exception):
    """Production was asked for with settings that are not safe; the message lists what to set."""


def refuse_insecure(environment: Environment) -> None:
    """Raise InsecureSettings when `environment` is production and anything in it is unsafe."""
    if environment.environment != "production":
        return
    problems = list(_problems(environment))
    if problems:
        raise InsecureSettings("Responder does not start in production:\n- " + "\n- ".join(problems))


def _problems(environment: Environment) -> Iterator[str]:
    key = environment.secret_key.get_secret_value() if environment.secret_key else ""
    if len(key) < 50:
        yield (
            "RESPONDER_SECRET_KEY must hold at least 50 random characters "
            "(python -c 'import secrets; print(secrets.token_urlsafe(50))')."
        )
    if environment.debug:
        yield "RESPONDER_DEBUG shows internals to strangers: unset it."
    if "*" in environment.allowed_hosts or set(environment.allowed_hosts) <= {
        "localhost",
        "127.0.0.1",
        "[::1]",
    }:
        yield "RESPONDER_ALLOWED_HOSTS must name the host names of the site, for example responder.example.org."
    if not environment.https:
        yield "RESPONDER_HTTPS must be true: log-ins and tokens must not travel in the clear."
    if environment.database_url is None:
        yield "DATABASE_URL must point to PostgreSQL (postgres://user:password@host/name)."
    if environment.redis_url is None:
        yield "REDIS_URL must point to Redis (redis://host:6379/0)."
