"""The source distribution: the same bytes from the same sources, installable, and its own tests pass in it."""

import hashlib
import os
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from tests import packages

pytestmark = pytest.mark.slow
# A part of the suite that reads files of each folder, opens the database and starts processes of the product.
SUITES = [
    "tests/responder/settings", "tests/responder/triage/test_verbs.py", "tests/monitoring/test_audit.py",
    "tests/classifier/test_categories.py", "tests/product/test_classify.py", "tests/docs/test_article.py",
    "tests/deploy/test_containers_and_pipelines.py", "tests/static/test_pages.py",
]  # fmt: skip


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.fixture(scope="module")
def sdist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return packages.build("sdist", tmp_path_factory.mktemp("sdist"))


@pytest.fixture(scope="module")
def unpacked(sdist: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("unpacked")
    with tarfile.open(sdist) as tar:
        tar.extractall(folder, filter="data")
    (made,) = folder.iterdir()
    return made


def test_the_same_sources_make_the_same_bytes_wherever_and_whenever(
    sdist: Path, unpacked: Path, tmp_path: Path
) -> None:
    assert _sha256(packages.build("sdist", tmp_path / "again")) == _sha256(sdist)
    here = packages.build("wheel", tmp_path / "here")
    # Another folder, other times on every file, no repository around it.
    there = packages.build("wheel", tmp_path / "there", unpacked)
    assert _sha256(here) == _sha256(there)
    assert _sha256(packages.build("sdist", tmp_path / "from-itself", unpacked)) == _sha256(sdist)


def test_the_demo_runs_from_the_sdist_outside_the_repository(sdist: Path, tmp_path: Path) -> None:
    packages.smoke(packages.install(sdist, tmp_path), tmp_path)


def test_the_index_would_take_it(sdist: Path) -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "twine", "check", "--strict", str(sdist)], capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_its_own_tests_pass_in_it(unpacked: Path) -> None:
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("RESPONDER_", "DJANGO_"))}
    environment = kept | {"PYTHONPATH": str(unpacked), "DATABASE_URL": "", "REDIS_URL": ""}
    tests = ["-p", "no:cacheprovider", "-m", "not slow and not browser", *SUITES]
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", *tests], cwd=unpacked, env=environment,
        capture_output=True, text=True, timeout=900, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stdout[-8000:] + ran.stderr[-2000:]
    assert " passed" in ran.stdout
