"""Keeps the translations of the interface under responder/locale: `python scripts/translations.py update|check|compile`.

`update` writes new texts of the sources into each language's files, without a translation, and drops those that are gone.
`check` says what is missing, uncertain or wrong; it changes nothing. `compile` makes what Django reads.
Needs xgettext and msgmerge (Debian: gettext).
"""

import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po

ROOT = Path(__file__).parents[1]
LOCALE = ROOT / "responder" / "locale"
SOURCES = {"responder": "*.py", "classifier": "*.py", "monitoring": "*.py", "templates": "*.*", "static/js": "*.js"}
DOMAINS = ("django", "djangojs")
VALUE = re.compile(r"%\(\w+\)[sdf]|%[sd]|\{\w*\}|%%")
TAG = re.compile(r"</?[a-zA-Z][^>]*>")
# Arabic says zero, one and two in words.
IN_WORDS = {"ar": 3}
EXTRACT = """
import sys, django
from django.conf import settings
settings.configure(USE_I18N=True, LOCALE_PATHS=["responder/locale"], INSTALLED_APPS=[])
django.setup()
from django.core.management import call_command
for domain in ("django", "djangojs"):
    call_command(
        "makemessages", locale=sys.argv[1:], domain=domain, verbosity=0, no_obsolete=True, no_wrap=True, add_location="file",
    )
"""


def languages() -> list[str]:
    """Codes of the languages that have a folder."""
    return sorted(path.name for path in LOCALE.iterdir() if path.is_dir())


def extract(folder: Path) -> None:
    """Copy sources and translations into an empty folder, and bring the copied translations up to date."""
    for name, pattern in SOURCES.items():
        for path in (ROOT / name).rglob(pattern):
            if path.is_file() and path.suffix in (".py", ".html", ".txt", ".md", ".js") and "vendor" not in path.parts:
                target = folder / path.relative_to(ROOT)
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, target)
    shutil.copytree(LOCALE, folder / "responder" / "locale", ignore=shutil.ignore_patterns("*.mo"), dirs_exist_ok=True)
    subprocess.run([sys.executable, "-c", EXTRACT, *languages()], cwd=folder, check=True)


def update() -> None:
    """Bring the files of the repository up to date."""
    with tempfile.TemporaryDirectory() as name:
        extract(Path(name))
        for path in sorted((Path(name) / "responder" / "locale").rglob("*.po")):
            shutil.copyfile(path, LOCALE / path.relative_to(Path(name) / "responder" / "locale"))


def problems(folder: Path) -> Iterator[str]:
    """What is wrong with the translations of the extracted folder, a line each."""
    for path in sorted((folder / "responder" / "locale").rglob("*.po")):
        with path.open("rb") as lines:
            catalogue = read_po(lines, locale=path.parts[-3])
        for message in catalogue:
            for problem in _problems_of(message, catalogue, path.parts[-3]) if message.id else ():
                yield f"{path.parts[-3]}/{path.name}: {problem}: {_text(message)[:100]!r}"


def _text(message: Message) -> str:
    return message.id if isinstance(message.id, str) else message.id[0]


def _problems_of(message: Message, catalogue: Catalog, language: str) -> Iterator[str]:
    forms = (message.string,) if isinstance(message.string, str) else tuple(message.string)
    if not all(forms):
        yield "not translated"
        return
    if message.fuzzy:
        yield "marked fuzzy"
    if message.pluralizable and len(forms) != catalogue.num_plurals:
        yield f"{len(forms)} plural forms, not {catalogue.num_plurals}"
    sources = (message.id,) if isinstance(message.id, str) else tuple(message.id)
    values, tags = ([sorted(one.findall(source)) for source in sources] for one in (VALUE, TAG))
    for number, form in enumerate(forms):
        found = sorted(VALUE.findall(form))
        in_words = message.pluralizable and number < IN_WORDS.get(language, 0) and set(found) <= set(values[-1])
        if found not in values and not in_words:
            yield f"values {found} instead of {values[-1]}"
        if sorted(TAG.findall(form)) not in tags:
            yield "other tags"
        if any(form.startswith("\n") != source.startswith("\n") for source in sources):
            yield "another line break at the start"


def check() -> list[str]:
    """All problems of the translations of the repository, for its sources as they are."""
    with tempfile.TemporaryDirectory() as name:
        extract(Path(name))
        return list(problems(Path(name)))


def main() -> None:
    command = sys.argv[1] if len(sys.argv) == 2 else ""
    if command == "update":
        update()
    elif command == "compile":
        subprocess.run([sys.executable, "hatch_build.py"], cwd=ROOT, check=True)
    elif command == "check":
        found = check()
        print("\n".join(found))
        print(f"{len(found)} problems")
        sys.exit(bool(found))
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main()
