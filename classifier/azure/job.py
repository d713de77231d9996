"""python -m classifier.azure.job: the training component's program on Azure's machine. Plain Python, no Django.

The input folder holds `run.json` (the run's id and its training arguments), `corpus/`, and `base/`, the model that the
training continues, if `run.json` names a version as its base. The output folder gets `model/` and a copy of `run.json`,
so that the site can check which run's model it fetches.
"""

import argparse
import json
import re
import shutil
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

from classifier.errors import ArtefactError, TrainingError
from classifier.ml import artefact, bases
from classifier.ml.arguments import TrainingArguments

RUN, CORPUS, BASE, MODEL = "run.json", "corpus", "base", "model"
HUB_NAME = re.compile(r"[A-Za-z0-9][\w.-]*(/[A-Za-z0-9][\w.-]*)?", re.ASCII)


def work(source: Path, target: Path) -> Path:
    """Train as `source` says and write the model below `target`. Raises TrainingError."""
    from classifier.ml.training import train  # pages that show runs import this module too

    run = _read_run(source / RUN)
    with tempfile.TemporaryDirectory(prefix="responder-job-") as aside:  # a mounted folder is slow and can't rename
        knobs = _knobs(run["arguments"])
        knobs["base"] = _base(knobs.get("base", ""), source / BASE, Path(aside) / BASE)
        arguments = TrainingArguments(corpus=source / CORPUS, output=Path(aside) / MODEL, **knobs)
        folder = train(arguments, report=_say)
        _say(f"SHA-256 of the model: {artefact.verify(folder)}")
        target.mkdir(parents=True, exist_ok=True)
        shutil.copytree(folder, target / MODEL, dirs_exist_ok=True)
    shutil.copyfile(source / RUN, target / RUN)
    return target / MODEL


def _read_run(path: Path) -> dict[str, Any]:
    try:
        run = json.loads(path.read_text(encoding="utf-8"))
        if isinstance(run["arguments"], dict) and isinstance(run["run_key"], str):
            return dict(run)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise TrainingError(f"{path} does not say what to train ({error})") from error
    raise TrainingError(f"{path} does not say what to train")


def _knobs(given: dict[str, Any]) -> dict[str, Any]:
    known = {item.name for item in fields(TrainingArguments)} - {"corpus", "output"}
    if unknown := sorted(set(given) - known):
        raise TrainingError(f"these are no training arguments: {', '.join(unknown)}")
    return dict(given)


def _base(named: Any, brought: Path, aside: Path) -> str:
    """The base that run.json names: the version that was brought along, in `aside`, or an encoder of the hub.

    A path in run.json is refused: it could name any folder of this machine.
    """
    if not isinstance(named, str) or (named and not named.startswith(bases.VERSION) and not _is_hub_name(named)):
        raise TrainingError(f"{RUN} names {named!r} as its base, which is neither a version nor an encoder of the hub")
    if not named.startswith(bases.VERSION):
        return named
    try:
        shutil.copytree(brought, aside)
        sha256 = artefact.verify(aside)
    except (ArtefactError, OSError) as error:
        raise TrainingError(f"the model that this training continues cannot be used ({error})") from error
    if sha256 != named.removeprefix(bases.VERSION):
        raise TrainingError(f"{BASE}/ holds another model ({sha256[:12]}…) than {RUN} names")
    return str(aside)


def _is_hub_name(named: str) -> bool:
    return bool(HUB_NAME.fullmatch(named)) and not Path(named).exists()


def _say(line: str) -> None:
    sys.stderr.write(line + "\n")
    sys.stderr.flush()


def main(argv: Sequence[str] | None = None) -> int:
    """Run the job. Returns 0, or 2 if the corpus or the arguments are invalid; the log's last line says why."""
    parser = argparse.ArgumentParser(description="Train a model from a run's folder, inside an Azure ML job.")
    parser.add_argument("--input", type=Path, required=True, help=f"folder with {RUN} and {CORPUS}/")
    parser.add_argument("--output", type=Path, required=True, help=f"folder that gets {MODEL}/ and {RUN}")
    options = parser.parse_args(argv)
    try:
        work(options.input, options.output)
    except TrainingError as error:
        _say(str(error))
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
