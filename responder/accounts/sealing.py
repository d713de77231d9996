"""Encrypts short secrets before they are stored, with a key derived from the site's secret key."""

import base64
import hashlib

from cryptography.fernet import Fernet
from django.conf import settings

SALT = b"responder.accounts.sealing"


def encrypt(text: str) -> str:
    """The text, encrypted and authenticated."""
    return _fernet().encrypt(text.encode()).decode()


def decrypt(sealed: str) -> str:
    """The text again. Raises cryptography's InvalidToken if it was changed or the key is another one."""
    return _fernet().decrypt(sealed.encode()).decode()


def _fernet() -> Fernet:
    key = hashlib.sha256(SALT + settings.SECRET_KEY.encode()).digest()
    return Fernet(base64.urlsafe_b64encode(key))
