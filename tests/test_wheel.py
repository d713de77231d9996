"""The wheel, installed into an empty environment, runs outside the repository."""

import os
import subprocess
import sys
import venv
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.product.test_up import Up
from tests.services import free_port

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    ran = subprocess.run(build, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return next(folder.glob("relief_responder-*.whl"))


def test_the_wheel_holds_pages_model_gazetteer_and_exercise(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    for path in (
        "responder/templates/map/index.html",
        "responder/static/js/map.js",
        "responder/static/vendor/leaflet/LICENSE",
        "responder/Procfile",
        "responder/demo/exercise.ndjson",
        "classifier/places/gazetteer.sqlite",
        "classifier/shipped/responder-tweets-3/model.int8.onnx",
    ):
        assert path in names
    tops = {name.split("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"responder", "classifier", "monitoring"}


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """An environment with the wheel alone; its dependencies are read from ours, so that no network is needed."""
    folder = tmp_path_factory.mktemp("installed")
    venv.create(folder / "venv", with_pip=False)
    site = next((folder / "venv" / "lib").glob("python3*/site-packages"))
    zipfile.ZipFile(wheel).extractall(site)
    ours = next(Path(sys.prefix, "lib").glob("python3*/site-packages"))
    # Added after the wheel's own packages, and without our editable installation's finder.
    (site / "dependencies.pth").write_text(f"{ours}\n")
    yield folder


def test_the_demo_runs_from_the_wheel_outside_the_repository(installed: Path) -> None:
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("RESPONDER_", "DJANGO_", "PYTHONPATH"))}
    environment = kept | {"RESPONDER_DATA_DIR": str(installed / "data"), "DATABASE_URL": "", "REDIS_URL": ""}
    python = str(installed / "venv" / "bin" / "python")
    where = "import responder, classifier; print(responder.__file__, classifier.__file__)"
    origin = subprocess.run(
        [python, "-c", where], cwd=installed, env=environment, capture_output=True, text=True, check=True
    )
    assert str(ROOT) not in origin.stdout and origin.stdout.count(str(installed)) == 2
    running = Up(environment, installed, free_port(), python=python)
    try:
        running.until(r"Responder is running at")
        assert "exercise started" in running.log.read_text()
    finally:
        running.stop()
