"""python -m classifier.azure.job: the training component's program on Azure's machine. Plain Python, no Django.

The input folder holds `run.json` (the run's id and its training arguments) and `corpus/`. The output folder gets
`model/` and a copy of `run.json`, so that the site can check which run's model it fetches.
"""

import argparse
import json
import shutil
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

from classifier.errors import TrainingError
from classifier.ml import artefact
from classifier.ml.arguments import TrainingArguments

RUN, CORPUS, MODEL = "run.json", "corpus", "model"


def work(source: Path, target: Path) -> Path:
    """Train as `source` says and write the model below `target`. Raises TrainingError."""
    from classifier.ml.training import train  # pages that show runs import this module too

    run = _read_run(source / RUN)
    with tempfile.TemporaryDirectory(prefix="responder-job-") as aside:  # a mounted folder is slow and can't rename
        arguments = TrainingArguments(corpus=source / CORPUS, output=Path(aside) / MODEL, **_knobs(run["arguments"]))
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
    return given


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
