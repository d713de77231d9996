"""Every text of the product is translated into every language that it offers."""

import subprocess
import sys
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
