"""Every text of the product is translated into every language that it offers."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.utils import translation

ROOT = Path(__file__).parents[2]


def test_no_text_lacks_a_translation_or_loses_its_values() -> None:
    """Runs xgettext over the sources as they are. After a change of texts: `python scripts/translations.py update`."""
    ran = subprocess.run(
        [sys.executable, "scripts/translations.py", "check"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stdout[-6000:] + ran.stderr[-2000:]


def test_languages_that_are_offered_are_those_that_are_kept() -> None:
    kept = {path.name for path in (ROOT / "responder" / "locale").iterdir()}
    assert kept | {"en"} == set(dict(settings.LANGUAGES))


def test_compiled_files_hold_what_the_sources_say() -> None:
    """They are no part of the repository: `make setup` and the build of the wheel compile them."""
    for code, word in {
        "ar": "الخريطة",
        "es": "Mapa",
        "fr": "Carte",
        "pt": "Mapa",
        "tr": "Harita",
        "uk": "Карта",
    }.items():
        with translation.override(code):
            assert translation.gettext("Map") == word, code


EAGER = ("gettext", "ngettext", "pgettext", "npgettext")
OWN_TIME = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)


def _at_import(node: ast.AST, names: set[str]) -> Iterator[int]:
    """Lines of calls that run when the module is imported."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, OWN_TIME):
            outside: list[ast.expr] = [*getattr(child, "decorator_list", []), *child.args.defaults]
            for one in outside:
                yield from _at_import(ast.Expr(one), names)
            continue
        if isinstance(child, ast.Call) and getattr(child.func, "id", None) in names:
            yield child.lineno
        yield from _at_import(child, names)


def test_no_text_is_translated_when_its_module_is_imported() -> None:
    """It would stay in the language of the process for all readers: `gettext_lazy` waits until it is shown."""
    found = []
    for path in (
        path for package in ("responder", "classifier", "monitoring") for path in (ROOT / package).rglob("*.py")
    ):
        module = ast.parse(path.read_text())
        names = {
            one.asname or one.name
            for node in module.body
            if isinstance(node, ast.ImportFrom) and node.module == "django.utils.translation"
            for one in node.names
            if one.name in EAGER
        }
        found += [f"{path.relative_to(ROOT)}:{line}" for line in _at_import(module, names)]
    assert not found
