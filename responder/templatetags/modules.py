"""Preloading a page's scripts: otherwise each import is found only when its importer has arrived."""

import re
from functools import cache
from pathlib import Path

from django import template
from django.templatetags.static import static
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from responder.settings.paths import packaged

IMPORT = re.compile(r"""^import\s+(?:[^"';]*\sfrom\s+)?["']\./([\w-]+\.js)["']""", re.MULTILINE)
register = template.Library()


@register.simple_tag
def modulepreload(*names: str) -> SafeString:
    """Links that load the modules `names` (paths under static/) and all that they import."""
    return format_html_join("\n  ", '<link rel="modulepreload" href="{}">', ((static(name),) for name in needed(names)))


@cache
def needed(names: tuple[str, ...]) -> tuple[str, ...]:
    """The modules and all they import, each once."""
    found: list[str] = []
    for name in names:
        _visit(name, found)
    return tuple(found)


def _visit(name: str, found: list[str]) -> None:
    if name in found:
        return
    found.append(name)
    folder = Path(name).parent
    for imported in IMPORT.findall((packaged("static") / name).read_text()):
        _visit(str(folder / imported), found)
