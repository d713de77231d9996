"""The wheel, installed into an empty environment, runs outside the repository."""

import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests import packages


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return packages.build("wheel", tmp_path_factory.mktemp("dist"))


def test_the_wheel_holds_pages_model_gazetteer_and_exercise(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    for path in (
        "responder/templates/map/index.html",
        "responder/static/js/map.js",
        "responder/static/vendor/leaflet/LICENSE",
        "responder/Procfile",
        "responder/locale/ar/LC_MESSAGES/django.mo",
        "responder/locale/ar/LC_MESSAGES/djangojs.mo",
        "responder/demo/exercise.ndjson",
        "classifier/places/gazetteer.sqlite",
        "classifier/shipped/responder-tweets-4/model.int8.onnx",
    ):
        assert path in names
    tops = {name.split("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"responder", "classifier", "monitoring"}


def test_the_version_stands_in_one_place(wheel: Path) -> None:
    version = packages.version()
    assert wheel.name == f"relief_responder-{version}-py3-none-any.whl"
    unreleased, *released = re.findall(r"^## (\S+)", (packages.ROOT / "CHANGELOG.md").read_text(), re.M)
    assert unreleased == "Unreleased"
    assert released[:1] in ([], [version])
    written = re.compile(rf"version(__)?\s*=\s*[\"']{re.escape(version)}[\"']", re.I)
    sources = [
        path for name in ("responder", "classifier", "monitoring") for path in (packages.ROOT / name).rglob("*.py")
    ]
    places = [path for path in [*sources, packages.ROOT / "pyproject.toml"] if written.search(path.read_text())]
    assert places == [packages.ROOT / "responder" / "__init__.py"]


def test_the_index_would_take_it(wheel: Path) -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "twine", "check", "--strict", str(wheel)], capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_the_demo_runs_from_the_wheel_outside_the_repository(wheel: Path, tmp_path: Path) -> None:
    packages.smoke(packages.install(wheel, tmp_path), tmp_path)
