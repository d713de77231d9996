"""Texts that the scripts show go through gettext, in a form that `makemessages -d djangojs` finds."""

import re
from pathlib import Path

import pytest

from responder.settings.paths import packaged

SCRIPTS = sorted((packaged("static") / "js").glob("*.js"))
STRING = r'"((?:[^"\\\n]|\\.)*)"'
CALL = re.compile(r"(?<![\w.])(?:_|ngettext)\(\s*")
TEXT = re.compile(rf"(?<![\w.])_\(\s*{STRING}\s*\)")
PLURAL = re.compile(rf"(?<![\w.])ngettext\(\s*{STRING},\s*{STRING},")
VALUE = re.compile(r"%\((\w+)\)s")
COMMENT = re.compile(r"/\*.*?\*/|(?<![:\"'`\w])//[^\n]*", re.DOTALL)
DEVELOPERS = re.compile(r"throw new Error\([^\n]*")
LITERAL = re.compile(r"""["'`]((?:[^"'`\\\n]|\\.)*)["'`]""")
# Where a string becomes visible or is spoken: properties, arguments of our helpers, entries of the shortcut registry.
SHOWN = re.compile(
    r"""(?:\b(?:textContent|title|placeholder|ariaLabel)\s*=\s*"""
    r"""|\b(?:label|group|action|text|detail)(?::|\s=)\s*"""
    r"""|\b(?:announce|say|note|fail|button)\((?:\w+,\s*)?"""
    r"""|\bbanner\([^,()]*,\s*(?:[\w.]+\s\?\s)?"""
    r"""|setAttribute\("aria-(?:label|valuetext)",\s*)(["'`][^\n]*)"""
)
PROSE = re.compile(r"[A-Z✓][a-z]+,? [a-z]")


def _source(path: Path) -> str:
    """The script without comments, without errors for developers and without the calls of gettext."""
    code = DEVELOPERS.sub("", COMMENT.sub("", path.read_text()))
    return PLURAL.sub("", TEXT.sub("", code))


def _fixed_words(literal: str) -> str:
    """What a string or a template literal at the start of `literal` says by itself, without its `${…}`."""
    quote, rest = literal[0], literal[1:]
    text = re.sub(r"\$\{[^}]*\}", "", rest.split(quote, 1)[0])
    return "".join(re.findall(r"[A-Za-z]{2,}", text))


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_every_text_that_is_shown_goes_through_gettext(path: Path) -> None:
    source = _source(path)
    assert not [found for found in SHOWN.findall(source) if _fixed_words(found)]
    assert not [text for text in LITERAL.findall(source) if PROSE.search(text)]


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_gettext_is_called_with_plain_strings(path: Path) -> None:
    code = COMMENT.sub("", path.read_text())
    if path.name != "texts.js":
        assert len(CALL.findall(code)) == len(TEXT.findall(code)) + len(PLURAL.findall(code))


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_both_forms_of_a_plural_name_the_same_values(path: Path) -> None:
    for singular, plural in PLURAL.findall(path.read_text()):
        assert set(VALUE.findall(singular)) == set(VALUE.findall(plural)) != set()


def test_the_shortcuts_and_numbers_are_among_the_texts() -> None:
    code = "\n".join(path.read_text() for path in SCRIPTS)
    texts, plurals = set(TEXT.findall(code)), dict(PLURAL.findall(code))
    assert {"Undo", "Next post", "Confirm and open the next post", "Keep theirs"} <= texts
    assert plurals["Show %(count)s new post"] == "Show %(count)s new posts"
    assert len(texts) + len(plurals) > 100
