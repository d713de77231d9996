"""The texts of the scripts under static/js, as Django's JavaScript catalogue, made once per language and process."""

import hashlib
from functools import cache

from django.http import HttpRequest
from django.urls import reverse
from django.utils import translation
from django.views.i18n import JavaScriptCatalog


@cache
def catalogue(language: str) -> tuple[bytes, str]:
    """The script of a language, and its digest."""
    with translation.override(language):
        script = JavaScriptCatalog(packages=["responder"]).get(HttpRequest()).content
    return script, hashlib.sha256(script).hexdigest()[:16]


def url(language: str) -> str:
    """Where the script of a language is; changes with its texts."""
    return f"{reverse('texts', args=[language])}?v={catalogue(language)[1]}"
