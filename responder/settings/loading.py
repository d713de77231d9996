"""Reads the environment and the file of settings, and names everything that is wrong together, a sentence each."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured
from pydantic import SecretStr, ValidationError

from responder.installation import Location, UnusableSettings
from responder.settings.databases import from_url
from responder.settings.production import InsecureSettings, insecure
from responder.settings.schema import Environment

BROKERS = ("redis", "rediss", "unix")


def load(where: Location) -> Environment:
    """The checked settings of the environment. Raises UnusableSettings, or InsecureSettings for what only production refuses.

    Arguments:
        where: the file that holds what the environment doesn't.
    """
    wrong: dict[str, str] = {}
    try:
        environment = Environment(_env_file=where.env_file)  # type: ignore[call-arg]
    except ValidationError as error:
        wrong = {str(one["loc"][0]): _sentence(one) for one in error.errors()}
        environment = _without(wrong.keys(), where)
    wrong |= {name: sentence for name, sentence in _addresses(environment, where) if name not in wrong}
    production = insecure(environment) if environment.environment == "production" else []
    more = [sentence for sentence in production if not any(name in sentence for name in wrong)]
    if wrong:
        raise UnusableSettings([*wrong.values(), *more])
    if more:
        raise InsecureSettings(more)
    return environment


def data_dir(environment: Environment, where: Location) -> Path:
    """The data directory; a relative one that the file names lies beside the file."""
    if "data_dir" not in environment.model_fields_set:
        return where.data_dir.expanduser().resolve()
    in_file = where.env_file and not os.environ.get("RESPONDER_DATA_DIR")
    return (
        (where.env_file.parent if where.env_file and in_file else Path()) / environment.data_dir.expanduser()
    ).resolve()


def _without(names: Any, where: Location) -> Environment:
    """The environment with the defaults of these variables, to check the others."""
    fields = Environment.model_fields.items()
    defaults: Mapping[str, Any] = {name: field.default for name, field in fields if field.validation_alias in names}
    return Environment(_env_file=where.env_file, **defaults)  # type: ignore[call-arg]  # an argument of every settings class


def _addresses(environment: Environment, where: Location) -> Iterator[tuple[str, str]]:
    """(variable, sentence) of addresses that lead nowhere."""
    database = _text(environment.database_url)
    relative = database.startswith("sqlite:///") and not database.startswith("sqlite:////")
    if relative and where.env_file and not os.environ.get("DATABASE_URL"):
        yield (
            "DATABASE_URL",
            f"DATABASE_URL in {where.env_file} must name a SQLite file with its whole path: sqlite:////…",
        )
    elif database:
        try:
            from_url(database)
        except ImproperlyConfigured as error:
            yield "DATABASE_URL", str(error)
        except OSError as error:
            yield "DATABASE_URL", f"DATABASE_URL: {error.filename} can't be used ({error.strerror})."
        except Exception:  # of a parser; it may hold the password
            yield (
                "DATABASE_URL",
                "DATABASE_URL is not the address of a database: it must look like postgres://user:password@host/name, "
                "with special characters of the password percent-encoded.",
            )
    redis = _text(environment.redis_url)
    if redis and urlsplit(redis).scheme not in BROKERS:
        yield (
            "REDIS_URL",
            "REDIS_URL must look like redis://host:6379/0, rediss://host:6379/0 or unix:///path/redis.sock.",
        )


def _text(secret: SecretStr | None) -> str:
    return secret.get_secret_value() if secret else ""


def _sentence(error: Any) -> str:
    """What pydantic says about a variable, without the value of a secret."""
    name, context = str(error["loc"][0]), error.get("ctx") or {}
    field = next(one for one in Environment.model_fields.values() if one.validation_alias == name)
    given = "" if "SecretStr" in str(field.annotation) else f" (it is “{str(error['input'])[:60]}”)"
    rules = {
        "int_parsing": "must be a whole number", "float_parsing": "must be a number", "bool_parsing": "must be true or false",
        "literal_error": f"must be {context.get('expected', '')}",
        "greater_than_equal": f"must be {context.get('ge')} or more", "less_than_equal": f"must be {context.get('le')} or less",
        "too_short": f"must have at least {context.get('min_length')} characters",
        "string_too_short": f"must have at least {context.get('min_length')} characters",
        "string_too_long": f"must have at most {context.get('max_length')} characters",
        "string_pattern_mismatch": "does not have the right form", "value_error": f"is wrong: {context.get('error', '')}",
    }  # fmt: skip
    rule = rules.get(error["type"], f"is wrong: {error['msg']}")
    return f"{name} {rule}{given}. {field.description}"
