"""Resolves what the plan's backlog names as proof: files, modules, pages, commands, targets, figures."""

import importlib.util
import json
import re
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

from django.core.management import get_commands
from django.urls import URLPattern, URLResolver, get_resolver

ROOT = Path(__file__).parents[2]


def resolves(proof: str) -> bool:
    """Return whether the thing that a proof names is there.

    Raises:
        KeyError: for a kind of proof that is not known.
    """
    kind, _, name = proof.partition(":")
    return KINDS[kind](name)


def _path(name: str) -> bool:
    return (ROOT / name).exists()


def _module(name: str) -> bool:
    try:
        return importlib.util.find_spec(name) is not None
    except ModuleNotFoundError:  # its package is missing too
        return False


@cache
def _route_names() -> frozenset[str]:
    def names(patterns: Any) -> Iterator[str]:
        for pattern in patterns:
            if isinstance(pattern, URLResolver):
                yield from names(pattern.url_patterns)
            elif isinstance(pattern, URLPattern) and pattern.name:
                yield pattern.name

    return frozenset(names(get_resolver().url_patterns))


def _command(name: str) -> bool:
    return name.replace("-", "_") in get_commands()


def _target(name: str) -> bool:
    return bool(re.search(rf"^{re.escape(name)}:", (ROOT / "Makefile").read_text(), re.M))


def _figure(expression: str) -> bool:
    file, _, rest = expression.partition("#")
    key, operator, bound = re.split(r"(>=|<=)", rest)
    if not (ROOT / file).exists():
        return False
    value = _at(json.loads((ROOT / file).read_text()), key)
    if value is None:
        return False
    return bool(value >= float(bound) if operator == ">=" else value <= float(bound))


def _at(values: Any, path: str) -> Any:
    """Return the value at KEY.KEY, or None. A key may contain dots: the longest one that fits is taken."""
    for key in sorted(values if isinstance(values, dict) else (), key=len, reverse=True):
        if path == key:
            return values[key]
        if path.startswith(f"{key}."):
            return _at(values[key], path.removeprefix(f"{key}."))
    return None


def _text(expression: str) -> bool:
    file, _, pattern = expression.partition("#")
    return bool(re.search(pattern, (ROOT / file).read_text()))


KINDS: dict[str, Callable[[str], bool]] = {
    "path": _path,
    "module": _module,
    "url": lambda name: name in _route_names(),
    "url-part": lambda part: any(part in name for name in _route_names()),
    "command": _command,
    "make": _target,
    "figure": _figure,
    "text": _text,
}
