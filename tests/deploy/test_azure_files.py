"""The files under deploy/azure: loaded by the SDK's own loaders with every socket closed, and what those do not check."""

import re
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from celery.schedules import crontab

from classifier.azure import jobs, label_training
from classifier.azure.client import AzureLocation
from classifier.ml import artefact

AZURE = Path(__file__).parents[2] / "deploy" / "azure"
pytestmark = [pytest.mark.azure, pytest.mark.filterwarnings("ignore")]


@pytest.fixture(autouse=True)
def _no_sockets(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    def refuse(*_: Any, **__: Any) -> None:
        raise AssertionError("a loader reached for the network")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    yield


def _load(kind: str) -> Callable[..., Any]:
    import azure.ai.ml
    from azure.ai.ml.entities import _load_functions

    return getattr(azure.ai.ml, f"load_{kind}", None) or getattr(_load_functions, f"load_{kind}")  # type: ignore[no-any-return]


FILES = {
    "environments/scoring.yml": "environment",
    "environments/training.yml": "environment",
    "components/train.yml": "component",
    "components/train_labels.yml": "component",
    "pipelines/retrain.yml": "job",
    "pipelines/train_labels.yml": "job",
    "schedules/weekly.yml": "schedule",
    "endpoints/endpoint.yml": "online_endpoint",
    "endpoints/blue.yml": "online_deployment",
    "endpoints/green.yml": "online_deployment",
    "model.yml": "model",
}


def test_every_file_with_a_schema_is_among_those_loaded() -> None:
    found = {str(p.relative_to(AZURE)) for p in AZURE.rglob("*.yml") if "$schema" in p.read_text()}
    assert found == set(FILES)


@pytest.mark.parametrize("name", FILES)
def test_the_sdk_loads_it_without_a_network(name: str) -> None:
    loaded = _load(FILES[name])(source=str(AZURE / name))
    assert loaded.name or loaded.display_name


def test_the_pipeline_is_valid_to_the_sdk() -> None:
    job = _load("job")(source=str(AZURE / "pipelines/retrain.yml"))
    assert job.type == "pipeline" and set(job.jobs) == {"train"}
    assert job.jobs["train"].component.command == jobs.COMMAND


def test_the_files_say_what_the_product_submits(tmp_path: Path) -> None:
    """`responder azure schedule` and a run's own job are built in code; whoever applies the files gets the same."""
    (tmp_path / "empty.py").touch()
    ours = jobs.Jobs(AzureLocation("s", "g", "w"), compute="cpu-cluster").pipeline(jobs.WEEKLY, tmp_path)
    theirs = _load("job")(source=str(AZURE / "pipelines/retrain.yml"))
    for side in ("inputs", "outputs"):
        ((name, mine),) = getattr(ours, side).items()
        ((file_name, written),) = getattr(theirs, side).items()
        mine, written = (getattr(value, "_data", value) for value in (mine, written))
        assert (name, mine.type, mine.path, mine.mode) == (file_name, written.type, written.path, written.mode)
    assert ours.settings.force_rerun is theirs.settings.force_rerun is True
    assert (ours.display_name, ours.experiment_name) == (theirs.display_name, theirs.experiment_name)
    conda = _yaml("environments/conda-training.yml")
    assert next(part["pip"] for part in conda["dependencies"] if isinstance(part, dict)) == jobs.PACKAGES
    assert _yaml("environments/training.yml")["image"] == jobs.IMAGE
    assert _yaml("components/train.yml")["name"] == jobs.COMPONENT


def test_the_component_of_a_training_on_labels_is_the_one_that_the_command_submits(tmp_path: Path) -> None:
    (tmp_path / "empty.py").touch()
    written = _load("component")(source=str(AZURE / "components/train_labels.yml"))
    assert (written.name, written.command) == (label_training.COMPONENT, label_training.command_line())
    inputs = {name: (value.type, bool(value.optional)) for name, value in written.inputs.items()}
    assert inputs == {name: (kind, name in label_training.OPTIONAL) for name, kind in label_training.INPUTS.items()}
    training = label_training.LabelTraining(AzureLocation("s", "g", "w"), compute="cpu-cluster", say=print)
    ours = training.pipeline({"base": "org/encoder", "mode": "frozen"}, tmp_path)
    theirs = _load("job")(source=str(AZURE / "pipelines/train_labels.yml"))
    assert theirs.jobs["train"].component.command == label_training.command_line()
    assert (ours.display_name, ours.experiment_name) == (theirs.display_name, theirs.experiment_name)
    assert ours.settings.force_rerun is theirs.settings.force_rerun is True


def test_the_week_begins_on_monday() -> None:
    schedule = _load("schedule")(source=str(AZURE / "schedules/weekly.yml"))
    assert (schedule.trigger.frequency, schedule.trigger.interval) == ("week", 1)
    assert (schedule.trigger.schedule.week_days, schedule.trigger.schedule.hours) == ([jobs.DAY], [jobs.HOUR])
    assert schedule.name == jobs.SCHEDULE
    assert schedule.create_job.type == "pipeline"  # plain command jobs cannot be scheduled


@pytest.mark.parametrize("colour", ["blue", "green"])
def test_a_deployment_names_what_exists(colour: str) -> None:
    """The loader accepts a deployment without a model, and one of an endpoint that nobody makes."""
    content = _yaml(f"endpoints/{colour}.yml")
    assert content["name"] == colour
    assert content["endpoint_name"] == _yaml("endpoints/endpoint.yml")["name"]
    registered = re.fullmatch(r"azureml://registries/[\w-]+/models/([\w-]+)/versions/(\w+)", content["model"])
    assert registered and registered[1] == _yaml("model.yml")["name"] and registered[2] == _yaml("model.yml")["version"]
    code = (AZURE / "endpoints" / content["code_configuration"]["code"]).resolve()
    assert (code / content["code_configuration"]["scoring_script"]).is_file()


@pytest.mark.parametrize(
    "name", ["components/train.yml", "components/train_labels.yml", "endpoints/blue.yml", "endpoints/green.yml"]
)
def test_an_environment_is_one_of_those_registered(name: str) -> None:
    registered = [_yaml(f"environments/{kind}.yml") for kind in ("scoring", "training")]
    assert _yaml(name)["environment"] in {f"azureml:{content['name']}:{content['version']}" for content in registered}


def test_no_traffic_is_written_into_a_file() -> None:
    """What serves is decided by a person on the site's evidence, never by a file that somebody applies."""
    assert "traffic" not in _yaml("endpoints/endpoint.yml")
    assert _yaml("endpoints/endpoint.yml")["auth_mode"] == "aad_token"


def test_every_path_in_a_file_leads_somewhere() -> None:
    for path in AZURE.rglob("*.yml"):
        for reference in re.findall(r"(?<=[ :])(\.\.?/[\w./-]+)", path.read_text()):
            assert (path.parent / reference).exists(), f"{path.name}: {reference}"
    for path in (AZURE / "infra").rglob("*.bicep"):
        for reference in re.findall(r"^module \w+ '([^']+)'", path.read_text(), re.MULTILINE):
            assert (path.parent / reference).is_file()


@pytest.mark.parametrize("word", [
    "roles", "identity", "private networking", "quota", "images", "long", "failure payloads", "autoscale", "mirroring",
    "cost", "bicep",
])  # fmt: skip
def test_the_checklist_of_the_first_live_run_names_what_no_test_can_show(word: str) -> None:
    text = (AZURE / "README.md").read_text()
    steps = re.findall(r"^(\d+)\. \*\*", text, re.MULTILINE)
    assert steps == [str(number) for number in range(1, len(steps) + 1)] and len(steps) >= 10
    assert word in text[text.index("## First live run") :].lower()


def test_each_bicep_module_is_given_what_it_asks_for() -> None:
    """No Bicep compiler is at hand: at least the names on both sides of each module are the same."""
    main = (AZURE / "infra" / "main.bicep").read_text()
    modules = re.findall(r"^module (\w+) '([^']+)' = \{(.*?)^\}", main, re.MULTILINE | re.DOTALL)
    assert len(modules) >= 4
    outputs = {}
    for name, path, body in modules:
        text = (AZURE / "infra" / path).read_text()
        given = set(re.findall(r"(\w+):", body[body.index("params:") + 7 :]))
        assert given == set(re.findall(r"^param (\w+) ", text, re.MULTILINE)), name
        assert text.count("{") == text.count("}") and text.count("[") == text.count("]"), path
        outputs[name] = set(re.findall(r"^output (\w+) ", text, re.MULTILINE))
    for name, output in re.findall(r"(\w+)\.outputs\.(\w+)", main):
        assert output in outputs[name], f"{name}.outputs.{output}"


def test_the_shipped_model_is_the_one_named() -> None:
    content = _yaml("model.yml")
    assert artefact.verify((AZURE / content["path"]).resolve())
    assert str(content["version"]) == content["path"].rsplit("-", 1)[1]


def test_every_cron_expression_is_one() -> None:
    for path in AZURE.rglob("*.yml"):
        for expression in re.findall(r"(?:cron|expression):\s*[\"']?([^\"'\n]+)", path.read_text()):
            crontab.from_string(expression)
    with pytest.raises(ValueError):
        crontab.from_string("99 99 * * bogus")  # what the SDK's loader lets through


def test_no_secret_lies_in_the_files() -> None:
    for path in AZURE.rglob("*"):
        if path.is_file():
            assert not re.search(r"(AccountKey|client_?secret|password|sig)=?[:=]\s*\S{8}", path.read_text(), re.I), (
                path
            )


def _yaml(name: str) -> dict[str, Any]:
    return yaml.safe_load((AZURE / name).read_text())  # type: ignore[no-any-return]
