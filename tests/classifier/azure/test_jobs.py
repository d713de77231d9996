"""The weekly schedule as Azure gets it, the commands, and the code that is sent there."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from classifier.azure import code
from classifier.azure.jobs import SCHEDULE, Jobs
from classifier.models import TrainingRun
from tests.azure_emulator.process import StandIn
from tests.classifier.registry.azure_fixtures import PLACE

WITHOUT_DJANGO = """
import sys
class Hidden:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("django", "celery", "structlog", "azure", "responder", "monitoring", "psutil"):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Hidden())
sys.path.insert(0, "")
import classifier.azure.job, classifier.azure.score, classifier.ml.train_command, classifier.ml.custom.training
print(classifier.azure.job.__file__)
"""


def test_the_code_that_is_sent_needs_no_django(tmp_path: Path) -> None:
    folder = code.scoring(tmp_path / "code")
    assert (
        sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) < 20 << 20
    )  # sent; byte code comes there
    command = [sys.executable, "-I", "-c", WITHOUT_DJANGO]
    ran = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    assert Path(ran.stdout.strip()).is_relative_to(folder)


@pytest.mark.azure
@pytest.mark.django_db
def test_the_weekly_schedule_is_sent_as_week_and_monday_with_a_pipeline_job(azure: StandIn, capsys: Any) -> None:
    call_command("azure", "schedule")
    (put,) = azure.calls("PUT", f"/schedules/{SCHEDULE}")
    assert put["query"]["api-version"] == "2023-06-01-preview" and put["status"] == 201
    sent = put["body"]["properties"]
    assert sent["trigger"]["triggerType"] == "Recurrence"
    assert (sent["trigger"]["frequency"].title(), sent["trigger"]["interval"]) == ("Week", 1)
    assert sent["trigger"]["schedule"] == {"weekDays": ["monday"], "hours": [2], "minutes": [0]}
    assert sent["trigger"]["timeZone"] == "UTC"
    job = sent["action"]["jobDefinition"]
    assert sent["action"]["actionType"] == "CreateJob" and job["jobType"] == "Pipeline"
    (step,) = job["jobs"].values()
    (component,) = azure.calls("PUT", "/components/")
    assert step["type"] == "command" and step["componentId"].endswith(component["path"].rpartition("/versions/")[2])
    assert job["inputs"]["snapshot"]["uri"].endswith("/paths/responder/weekly/input")
    said = capsys.readouterr().out
    assert "every Monday at 02:00 UTC, as a pipeline job" in said and "RESPONDER_TRAINING_PLACE=azure" in said
    ours = Jobs(PLACE, compute="cpu-cluster")
    assert ours.is_scheduled()
    call_command("azure", "unschedule")
    assert not ours.is_scheduled()
    assert azure.state()["schedules"][SCHEDULE]["properties"]["isEnabled"] is False


@pytest.mark.azure
@pytest.mark.django_db
def test_what_azure_refuses_is_told_by_the_command(azure: StandIn) -> None:
    with pytest.raises(CommandError) as failure:
        call_command("azure", "unschedule")  # there is none
    assert failure.value.returncode == 2
    azure.fault(path="/schedules/", fail_operation=True)
    with pytest.raises(CommandError, match="image could not be built"):
        call_command("azure", "schedule")
    azure.mend()
    azure.fault(path="/components/", status=403)
    with pytest.raises(CommandError, match="refuses this identity"):
        call_command("azure", "schedule")


@pytest.mark.azure
@pytest.mark.django_db
def test_the_command_lists_the_runs_that_train_there(azure: StandIn, capsys: Any) -> None:
    TrainingRun.objects.create(
        run_key="a week", trigger="weekly", place="azure", label_cutoff="2026-11-22T18:00Z",
        remote={"job": "responder-run-1", "status": "Running"}, state=TrainingRun.State.TRAINING,
    )  # fmt: skip
    TrainingRun.objects.create(run_key="here", trigger="manual", label_cutoff="2026-11-22T18:00Z")
    call_command("azure", "runs")
    assert capsys.readouterr().out.splitlines() == ["a week: Training; responder-run-1 Running"]
