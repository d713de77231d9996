"""How child Python processes are started: they import installed code only, never a file in the current folder.

`python -m`, uvicorn and Celery put the current folder first on the module path, as does an empty entry of PYTHONPATH: a
file `celery.py` or `json.py` in it would run with the product's rights.
"""

import os
import sys
from pathlib import Path

from django.conf import settings

FOLDER = "/"  # only root can create files there
ROOT = Path(__file__).resolve().parents[1]


def python(module: str, *arguments: str) -> list[str]:
    """The command that runs a module with our own interpreter."""
    return [sys.executable, "-P", "-m", module, *arguments]


def environment() -> dict[str, str]:
    """The environment of a child that runs in `FOLDER`. Relative paths become absolute, based on our own folder."""
    found = os.environ | {
        "PYTHONSAFEPATH": "1",  # for processes that the child starts
        "PYTHONPATH": _python_path(),
        "DJANGO_SETTINGS_MODULE": os.environ.get("DJANGO_SETTINGS_MODULE", "responder.settings"),
        "RESPONDER_DATA_DIR": str(settings.DATA_DIR),
        "RESPONDER_ENV_FILE": str(settings.ENV_FILE or ""),
    }
    database = found.get("DATABASE_URL", "")
    if database.startswith("sqlite:///"):
        found["DATABASE_URL"] = f"sqlite:///{os.path.abspath(database.removeprefix('sqlite:///'))}"
    if settings.CORPUS_DIR:
        found["RESPONDER_CORPUS_DIR"] = os.path.abspath(settings.CORPUS_DIR)
    return found


def _python_path() -> str:
    """PYTHONPATH without empty entries, which mean the current folder; a checkout that is not installed comes first."""
    given = [os.path.abspath(entry) for entry in os.environ.get("PYTHONPATH", "").split(os.pathsep) if entry]
    ours = [] if ROOT.name in ("site-packages", "dist-packages") else [str(ROOT)]
    return os.pathsep.join(dict.fromkeys(ours + given))
