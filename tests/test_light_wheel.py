"""The light distribution: client and bare model alone, beside the server's without sharing a file with it."""

import ast
import importlib.util
import json
import os
import re
import subprocess
import sys
import tomllib
import venv
import zipfile
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement

from tests import packages

SOURCE = packages.ROOT / "packages" / "client"
MODEL = packages.ROOT / "classifier" / "shipped" / "responder-tweets-4"
PACKAGE = "relief_responder_client"
TEXT = "Family trapped on a roof in Beira, please send boats"
PROJECT = tomllib.loads((SOURCE / "pyproject.toml").read_text())["project"]
EXTRA = PROJECT["optional-dependencies"]["model"]


def hook() -> Any:
    spec = importlib.util.spec_from_file_location("hatch_build", SOURCE / "hatch_build.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def sources(folder: Path) -> dict[str, str]:
    """Path in the package → source text, as the build hook writes it."""
    build = hook()
    found = {file.name: file.read_text() for file in (SOURCE / PACKAGE).glob("*.py")}
    for root, names in (
        (packages.ROOT / "responder" / "client", build.CLIENT),
        (packages.ROOT / "classifier", build.MODEL),
    ):
        for name in names:
            for file in (root / name).rglob("*.py") if (root / name).is_dir() else [root / name]:
                own = file.relative_to(root) if root.name == "client" else Path("classifier", file.relative_to(root))
                build._copy(file, folder / own)
                found[str(own)] = (folder / own).read_text()
    return found


def imports(text: str) -> Iterator[tuple[str, list[str]]]:
    """(module, names that are imported from it) of every import, those inside functions too."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            yield from ((alias.name, []) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0
            yield str(node.module), [alias.name for alias in node.names]


def test_every_import_is_inside_the_package_or_declared(tmp_path: Path) -> None:
    found = sources(tmp_path)
    modules = {re.sub(r"(/__init__)?\.py$", "", path).replace("/", ".") for path in found} | {"__init__"}
    declared = {Requirement(one).name.replace("-", "_") for one in [*PROJECT["dependencies"], *EXTRA]}
    outside = {"babel"}  # where language_names.json is missing: in the server's distribution
    for path, text in found.items():
        for module, names in imports(text):
            top, _, rest = module.partition(".")
            if top == PACKAGE:
                assert not rest or rest in modules, (path, module)
                assert rest or set(names) <= modules, (path, names)
            else:
                assert top in sys.stdlib_module_names or top in declared | outside, (path, module)
    assert len(found) > 40 and "classifier/ml/runtime.py" in found


def test_the_client_in_it_is_that_of_the_server(tmp_path: Path) -> None:
    found = sources(tmp_path)
    for name in hook().CLIENT:
        own = (packages.ROOT / "responder" / "client" / name).read_text()
        assert found[name] == own.replace("responder.client", PACKAGE)
    assert {file.name for file in (packages.ROOT / "responder" / "client").glob("*.py")} == {
        *hook().CLIENT,
        "__init__.py",
    }
    light, server = (
        {
            node.value
            for node in ast.walk(ast.parse(text))
            if isinstance(node, ast.Constant) and isinstance(node.value, str)
        }
        for text in (found["__init__.py"], (packages.ROOT / "responder" / "client" / "__init__.py").read_text())
    )
    exported = {name for name in server if name.isidentifier()}
    assert exported <= light and "Client" in exported


def test_the_small_installation_is_pinned_and_covers_what_is_declared() -> None:
    lines = [line for line in (SOURCE / "requirements-model.txt").read_text().splitlines() if line and line[0] != "#"]
    pinned = dict(line.split("==") for line in lines)
    for one in [*PROJECT["dependencies"], *EXTRA]:
        requirement = Requirement(one)
        assert requirement.specifier.contains(pinned[requirement.name]), one


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return packages.build("light wheel", tmp_path_factory.mktemp("light"), SOURCE)


def install(wheel: Path, folder: Path, *, extra: str = "") -> Path:
    """Its Python: an environment with the wheel and the distributions that it declares, and nothing else of ours."""
    venv.create(folder / "venv", with_pip=False)
    python = folder / "venv" / "bin" / "python"
    uv = [sys.executable, "-m", "uv", "pip", "install", "--quiet", "--no-cache", "--offline", "--no-deps"]
    subprocess.run([*uv, "--python", str(python), str(wheel)], check=True)
    site = next((folder / "venv" / "lib").glob("python3*/site-packages"))
    wanted, seen = [Requirement(one) for one in [*PROJECT["dependencies"], *(EXTRA if extra else [])]], set[str]()
    while wanted:
        name = wanted.pop().name
        if name in seen:
            continue
        seen.add(name)
        distribution = metadata.distribution(name)
        wanted += [
            one
            for one in map(Requirement, distribution.requires or [])
            if not one.marker or one.marker.evaluate({"extra": ""})
        ]
        for top in {file.parts[0] for file in distribution.files or [] if file.parts[0] not in ("..", "__pycache__")}:
            if not (site / top).exists():
                (site / top).symlink_to(str(distribution.locate_file(top)))
    return python


def run(python: Path, script: str, **environment: str) -> Any:
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("RESPONDER_", "DJANGO_", "PYTHON"))}
    done = subprocess.run(
        [str(python), "-c", script], cwd=python.parent, env=kept | environment, capture_output=True, text=True, timeout=300,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(done.stdout)


@pytest.mark.slow
def test_it_holds_no_weights_and_no_file_of_the_servers(wheel: Path, tmp_path: Path) -> None:
    names = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    assert {name.split("/")[0] for name in names} == {PACKAGE}
    server = {name.split("/")[0] for name in zipfile.ZipFile(packages.build("wheel", tmp_path)).namelist()}
    assert PACKAGE not in server
    assert not [name for name in names if name.endswith((".onnx", ".sqlite")) or "tokenizer" in name]
    assert f"{PACKAGE}/classifier/places/NOTICE" in names and f"{PACKAGE}/py.typed" in names
    assert wheel.stat().st_size < 8_000_000
    checked = [sys.executable, "-m", "twine", "check", "--strict", str(wheel)]
    assert subprocess.run(checked, capture_output=True, check=False).returncode == 0


@pytest.mark.slow
def test_the_client_alone_needs_no_model(wheel: Path, tmp_path: Path) -> None:
    python = install(wheel, tmp_path)
    assert run(python, """if True:
        import json, relief_responder_client as light
        try:
            light.LocalModel
        except ModuleNotFoundError as error:
            said = str(error)
        print(json.dumps([light.Client.__module__, said]))
    """) == [f"{PACKAGE}.sync", "numpy is missing. The model needs: pip install 'relief-responder-client[model]'"]  # fmt: skip


@pytest.mark.slow
def test_it_answers_the_classes_as_scikit_learn_does(wheel: Path, tmp_path: Path) -> None:
    from classifier.ml.model import Model

    script = """if True:
        import json, sys
        from relief_responder_client import Model
        model = Model.load(FOLDER)
        ours = {name.partition(".")[0] for name in sys.modules}
        print(json.dumps({
            "classes": model.classes_, "said": model.predict([TEXT]), "chances": model.predict_proba([TEXT]).tolist(),
            "loaded": sorted(ours & {"django", "responder", "classifier", "monitoring", "torch", "transformers"}),
        }))
    """.replace("FOLDER", repr(str(MODEL))).replace("TEXT", repr(TEXT))
    found, server = run(install(wheel, tmp_path, extra="model"), script), Model.load(MODEL)
    assert found["classes"] == server.classes_ and found["said"] == server.predict([TEXT])
    assert found["chances"][0] == pytest.approx(server.predict_proba([TEXT])[0].tolist(), abs=1e-6)
    assert sum(found["chances"][0]) == pytest.approx(1.0) and found["loaded"] == []


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_it_predicts_on_this_machine_what_the_server_answers(
    wheel: Path, tmp_path: Path, live_server: Any, people: dict[str, Any]
) -> None:
    from responder.partners import tokens

    partner = people["partner"]
    _, secret = tokens.issue(owner=partner, organisation="Relief", name="Light", scopes=["predict"], by=partner)
    script = """if True:
        import json, sys
        from concurrent.futures import ThreadPoolExecutor
        from relief_responder_client import Client, ClientError, LocalModel
        with Client() as client:
            asked = client.predict(TEXT)
        model = LocalModel()
        own = model.predict(TEXT)
        with ThreadPoolExecutor(4) as pool:
            many = list(pool.map(model.predict, [f"{TEXT} {number}" for number in range(20)]))
        listed = [one.id for one in model.predict([TEXT, {"text": TEXT, "id": 17}])]
        streamed = [one.id for one in model.predict_stream([TEXT] * 3, batch=2)]
        refused = []
        for wrong, folder in ((b"x", None), ("", None), ([" "], None), (TEXT, "/nowhere"), (TEXT, sys.prefix)):
            try:
                (LocalModel(folder) if folder else model).predict(wrong)
            except (TypeError, ValueError, ClientError) as error:
                refused.append(type(error).__name__)
        ours = {name.partition(".")[0] for name in sys.modules}
        print(json.dumps({
            "asked": asked.model_dump(mode="json"), "own": own.model_dump(mode="json"), "listed": listed,
            "streamed": streamed, "refused": refused, "many": len({len(one.places) for one in many}),
            "loaded": sorted(ours & {"django", "responder", "classifier", "monitoring", "torch", "babel"}),
        }))
    """.replace("TEXT", repr(TEXT))
    found = run(
        install(wheel, tmp_path, extra="model"), script, RESPONDER_URL=live_server.url, RESPONDER_TOKEN=secret,
        RESPONDER_MODEL=str(MODEL),
    )  # fmt: skip
    assert found["own"] == found["asked"] and found["own"]["places"][0]["name"] == "Beira"
    assert found["own"]["language"]["name"] and found["many"] == 1
    assert (found["listed"], found["streamed"]) == (["0", "17"], ["0", "1", "2"])
    assert found["refused"] == ["TypeError", "ValueError", "ValueError", "ValueError", "ClientError"]
    assert found["loaded"] == []
