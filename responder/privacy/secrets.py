"""Encrypts secrets that people enter, such as the access tokens of feeds, before they are stored in the database.

The keys come from `RESPONDER_ENCRYPTION_KEY`: the first encrypts, all decrypt. The key that is derived from the secret key
decrypts too, so that an installation can start without the setting and add it later. To rotate, put a new key first,
run `responder reencrypt-secrets`, then remove the old one.
"""

import base64
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.apps import apps
from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from responder.errors import Unavailable

LABEL = b"responder: secrets in the database"  # changing it makes every stored secret unreadable
LONGEST = 10_000  # characters of a secret
BEGINNING = "gAAAA"  # of everything that Fernet encrypts: a version byte, and the high bytes of a time of this century
ROWS_AT_ONCE = 200
# Columns that contain encrypted secrets, as app label, model and column. A JSON column may contain them at any depth.
COLUMNS: tuple[tuple[str, str, str], ...] = (
    ("responder", "Feed", "access_token"),
    ("responder", "ReportChannel", "secret"),
    ("responder", "FieldReport", "contact"),
    ("responder", "MessagePart", "sender"),
    ("responder", "NotificationChannel", "address"),
    ("responder", "PushKey", "private_key"),
    ("responder", "TranslationEngine", "key"),
    ("mfa", "Authenticator", "data"),
)


class UnknownKey(Unavailable):
    """A secret was encrypted with a key that this installation doesn't have."""

    title = "Stored secret can't be read"

    def __init__(self) -> None:
        super().__init__(
            _(
                "A stored secret was encrypted with a key that this installation doesn't have. Enter the secret again, "
                "or ask the operator to add the former key to RESPONDER_ENCRYPTION_KEY, after the present one."
            )
        )


@dataclass(frozen=True)
class Reencryption:
    """The result of re-encrypting: secrets that now use the first key, and those whose key is unknown."""

    done: int
    unknown: int


def encrypt(text: str) -> str:
    """Return `text` encrypted with the first key, as ASCII text for a column. Raises ValueError for over 10,000 characters."""
    if len(text) > LONGEST:
        raise ValueError("The secret is too long.")
    return _keys().encrypt(text.encode()).decode()


def decrypt(token: str) -> str:
    """Return the text that `encrypt` was given. Raises UnknownKey if no key fits or the token was altered."""
    try:
        return _keys().decrypt(token.encode()).decode()
    except InvalidToken as error:
        raise UnknownKey from error


def reencrypt() -> Reencryption:
    """Encrypt every stored secret with the first key. Idempotent; a secret whose key is unknown stays as it is."""
    done = unknown = 0
    for app, model, column in COLUMNS:
        for key in list(_rows(app, model, column)):
            changed, failed = _reencrypt_row(app, model, column, key)
            done, unknown = done + changed, unknown + failed
    return Reencryption(done, unknown)


def outdated(most: int | None = None) -> Reencryption:
    """Count the stored secrets that another key than the first encrypted, and those whose key is unknown.

    Arguments:
        most: rows of each column that are looked at, the oldest first; None for all.
    """
    first = Fernet(_derived(_texts()[0]))
    done = unknown = 0
    for app, model, column in COLUMNS:
        for key in islice(_rows(app, model, column), most):
            value = apps.get_model(app, model)._default_manager.values_list(column, flat=True).get(pk=key)
            for token in _tokens(value):
                if not _fits(first, token):
                    known = _fits(_keys(), token)
                    done, unknown = done + known, unknown + (not known)
    return Reencryption(done, unknown)


def _rows(app: str, model: str, column: str) -> Iterator[Any]:
    """The primary keys of rows whose column is not empty."""
    if app in apps.app_configs:
        rows = apps.get_model(app, model)._default_manager.exclude(**{column: ""}).order_by("pk")
        yield from rows.values_list("pk", flat=True).iterator(ROWS_AT_ONCE)


@transaction.atomic
def _reencrypt_row(app: str, model: str, column: str, key: Any) -> tuple[int, int]:
    """Re-encrypt one row, locked. Returns how many secrets were encrypted anew, and how many could not be read."""
    rows = apps.get_model(app, model)._default_manager
    row = rows.select_for_update(no_key=True).filter(pk=key).first()
    if row is None:
        return 0, 0
    first, unknown, done = Fernet(_derived(_texts()[0])), 0, 0

    def renewed(value: Any) -> Any:
        nonlocal unknown, done
        if isinstance(value, dict):
            return {name: renewed(one) for name, one in value.items()}
        if isinstance(value, list):
            return [renewed(one) for one in value]
        if not _is_token(value) or _fits(first, value):
            return value
        if not _fits(_keys(), value):
            unknown += 1
            return value
        done += 1
        return _keys().rotate(value.encode()).decode()

    value = renewed(getattr(row, column))
    if done:
        rows.filter(pk=key).update(**{column: value})
    return done, unknown


def _tokens(value: Any) -> Iterator[str]:
    """The encrypted secrets in a column's value."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for one in value:
            yield from _tokens(one)
    elif _is_token(value):
        yield value


def _is_token(value: object) -> bool:
    return isinstance(value, str) and value.startswith(BEGINNING)


def _fits(key: Fernet | MultiFernet, token: str) -> bool:
    try:
        key.decrypt(token.encode())
    except InvalidToken:
        return False
    return True


def _texts() -> tuple[str, ...]:
    """The keys as the operator wrote them, the first to encrypt with, and the secret key last."""
    return (*settings.ENCRYPTION_KEYS, settings.SECRET_KEY)


def _keys() -> MultiFernet:
    return _fernets(_texts())


@lru_cache(maxsize=8)
def _fernets(texts: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(_derived(text)) for text in texts])


@lru_cache(maxsize=32)
def _derived(text: str) -> bytes:
    """Return the Fernet key that belongs to a key of the settings."""
    found = HKDF(algorithm=SHA256(), length=32, salt=None, info=LABEL).derive(text.encode())
    return base64.urlsafe_b64encode(found)
