"""Wheel and sdist, built and installed as anybody would, without a network."""

import os
import subprocess
import sys
import venv
from pathlib import Path

from tests.product.test_up import Up
from tests.services import free_port

ROOT = Path(__file__).parents[1]
EPOCH = "1767225600"  # any time will do: what is built may depend on nothing else


def build(kind: str, folder: Path, source: Path = ROOT) -> Path:
    """The package that the sources make. `kind` is wheel, sdist or light wheel; `folder` gets it."""
    command = [
        sys.executable,
        "-m",
        "build",
        f"--{kind.rsplit(maxsplit=1)[-1]}",
        "--no-isolation",
        "--outdir",
        str(folder),
        str(source),
    ]
    environment = os.environ | {"SOURCE_DATE_EPOCH": EPOCH}
    ran = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    names = {"wheel": "relief_responder-*.whl", "light wheel": "relief_responder_client-*.whl"}
    return next(folder.glob(names.get(kind, "relief_responder-*.tar.gz")))


def install(package: Path, folder: Path) -> Path:
    """Its Python: an environment with this package alone. Its dependencies are read from ours, so that no network is needed."""
    venv.create(folder / "venv", with_pip=False)
    python = folder / "venv" / "bin" / "python"
    site = next((folder / "venv" / "lib").glob("python3*/site-packages"))
    ours = next(Path(sys.prefix, "lib").glob("python3*/site-packages"))
    # Found after the environment's own packages, and without our editable installation's finder.
    (site / "dependencies.pth").write_text(f"{ours}\n")
    uv = [sys.executable, "-m", "uv", "pip", "install", "--quiet", "--no-cache", "--offline", "--no-deps"]
    ran = subprocess.run(
        [*uv, "--no-build-isolation", "--python", str(python), str(package)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return python


def smoke(python: Path, folder: Path) -> None:
    """Version, a classified text, and the demo, with nothing of the repository in reach."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("RESPONDER_", "DJANGO_", "PYTHONPATH"))}
    environment = kept | {"RESPONDER_DATA_DIR": str(folder / "data"), "DATABASE_URL": "", "REDIS_URL": ""}

    def say(*command: str, stdin: str = "") -> str:
        ran = subprocess.run(
            command, cwd=folder, env=environment, input=stdin, capture_output=True, text=True, timeout=300, check=False
        )
        assert ran.returncode == 0, ran.stdout + ran.stderr
        return ran.stdout

    origin = say(str(python), "-c", "import responder, classifier; print(responder.__file__, classifier.__file__)")
    assert str(ROOT) not in origin and origin.count(str(folder)) == 2
    responder = str(python.with_name("responder"))
    assert say(responder, "--version") == f"responder {version()}\n"
    assert '"name": "Beira"' in say(responder, "classify", "-", stdin='{"text": "Water needed in Beira"}\n')
    running = Up(environment, folder, free_port(), python=str(python))
    try:
        running.until(r"Responder is running at")
        assert "exercise started" in running.log.read_text()
    finally:
        running.stop()


def version() -> str:
    from responder import __version__

    return __version__
