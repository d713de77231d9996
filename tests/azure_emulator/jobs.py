"""Jobs, components and schedules of the workspace, and the run history that tells of them.

A job is not pretended: its component's command runs, with the code and the input that were uploaded, in a process of the
stand-in's machine, and what it writes becomes blobs. A test may have jobs fail, wait or be cancelled instead.
"""

import os
import re
import shlex
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import Any

from tests.azure_emulator.login import require
from tests.azure_emulator.proxy import Answer, Call, Refused, control_route, route
from tests.azure_emulator.state import CONTAINER, REGION, STORE, WS, lock, moment, signature, state, system_data
from tests.azure_emulator.workspace import ARM, MANAGEMENT, asset, page, put

API = rf"{REGION}\.api\.azureml\.ms"
HISTORY = "/history/v1.0" + WS
PIPELINE, SCHEDULES = "2024-01-01-preview", "2023-06-01-preview"
LOGS = "user_logs/std_log.txt"
STUDIO = "https://ml.azure.com/runs/"
RUNNING: set["subprocess.Popen[bytes]"] = set()  # killed with the stand-in
NAMED = re.compile(r"\$\{\{([\w.]+)\}\}")
OPTIONAL_PART = re.compile(r"\$\[\[(.+?)\]\]")
DATASTORE = re.compile(r"azureml://datastores/workspaceblobstore/paths/(.+)")


@route("PUT", ARM, WS + "/components/{name}/versions/{version}", takes="ComponentVersion", gives="ComponentVersion")
def put_component(call: Call) -> Answer:
    require(call, MANAGEMENT)
    identity = f"{WS}/components/{call.match['name']}/versions/{call.match['version']}"
    return Answer(201, put("workspaces", "components", call, identity, {"provisioningState": "Succeeded"}))


@route("GET", ARM, WS + "/components/{name}/versions/{version}", gives="ComponentVersion")
def component(call: Call) -> Answer:
    require(call, MANAGEMENT)
    return Answer(200, asset("workspaces", "components", call))


@route("PUT", ARM, WS + "/jobs/{job}", takes="JobBase", gives="JobBase", versions=PIPELINE)
def put_job(call: Call) -> Answer:
    """Only a pipeline; with the token that Azure needs to run it as whoever asked."""
    require(call, MANAGEMENT)
    name, wanted = call.match["job"], call.json()["properties"]
    if wanted["jobType"] != "Pipeline" or not call.headers.get("x-azureml-token"):
        raise Refused(400, "UserError", "A pipeline job with a user's token is wanted.")
    if name in state().jobs:
        raise Refused(409, "UserError", f"There is a job {name} already.")
    return Answer(201, start(name, wanted))


def start(name: str, wanted: dict[str, Any], schedule: str = "") -> dict[str, Any]:
    """A job that begins to run, as a thread of this process watches it."""
    properties = {key: value for key, value in wanted.items() if value is not None} | {
        "status": "NotStarted", "isArchived": False,
        "services": {"Studio": {"endpoint": f"{STUDIO}{name}", "jobServiceType": "Studio"}},
    }  # fmt: skip
    state().jobs[name] = {
        "id": f"{WS}/jobs/{name}", "name": name, "type": "Microsoft.MachineLearningServices/workspaces/jobs",
        "systemData": system_data(), "properties": properties,
    }  # fmt: skip
    state().job_schedules[name] = schedule
    threading.Thread(target=_run, args=(name, state().behaviour, state().epoch), daemon=True).start()
    return state().jobs[name]


@route("GET", ARM, WS + "/jobs/{job}", gives="JobBase")
def job(call: Call) -> Answer:
    require(call, MANAGEMENT)
    return Answer(200, _job(call.match["job"]))


@route("GET", ARM, WS + "/jobs", gives="list:JobBase", versions=PIPELINE)
def jobs(call: Call) -> Answer:
    require(call, MANAGEMENT)
    wanted = call.query.get("scheduleId")
    return page([j for n, j in state().jobs.items() if not wanted or state().job_schedules[n] == wanted], call)


@route("POST", ARM, WS + "/jobs/{job}/cancel")
def cancel(call: Call) -> Answer:
    require(call, MANAGEMENT)
    _job(call.match["job"])["properties"]["status"] = "Canceled"
    return Answer(200)


@route("PUT", ARM, WS + "/schedules/{schedule}", takes="Schedule", gives="Schedule", versions=SCHEDULES)
def put_schedule(call: Call) -> Answer:
    require(call, MANAGEMENT)
    name, wanted = call.match["schedule"], call.json()["properties"]
    if wanted["action"]["jobDefinition"]["jobType"] != "Pipeline":
        raise Refused(400, "UserError", "Only pipeline jobs can be scheduled.")
    state().schedules[name] = {
        "id": f"{WS}/schedules/{name}", "name": name, "systemData": system_data(state().schedules.get(name)),
        "type": "Microsoft.MachineLearningServices/workspaces/schedules",
        "properties": {"isEnabled": True} | {k: v for k, v in wanted.items() if v is not None} | {"provisioningState": "Succeeded"},
    }  # fmt: skip
    from tests.azure_emulator.endpoints import long_running

    return long_running(call, state().schedules[name])


@route("GET", ARM, WS + "/schedules/{schedule}", gives="Schedule", versions=SCHEDULES)
def schedule(call: Call) -> Answer:
    require(call, MANAGEMENT)
    found = state().schedules.get(call.match["schedule"])
    if found is None:
        raise Refused(404, "UserError", f"There is no schedule {call.match['schedule']}.")
    return Answer(200, found)


@route("GET", API, "/discovery")
def discovery(call: Call) -> Answer:
    return Answer(200, {"api": f"https://{REGION}.api.azureml.ms"})


@route("GET", API, HISTORY + "/runs/{run}/details", gives="history:RunDetails")
def details(call: Call) -> Answer:
    require(call, MANAGEMENT, "https://ml.azure.com")
    run = call.match["run"]
    found = _job(run.split("--")[0])
    run_details: dict[str, Any] = {"runId": run, "status": found["properties"]["status"], "logFiles": {}}
    if (STORE, CONTAINER, _log_name(run)) in state().blobs:
        run_details["logFiles"][LOGS] = (
            f"https://{STORE}.blob.core.windows.net/{CONTAINER}/{_log_name(run)}?{signature()}"
        )
    if state().job_errors.get(run):
        run_details["error"] = {"error": {"code": "UserError", "message": state().job_errors[run]}}
    return Answer(200, run_details)


@route("GET", API, HISTORY + "/runs/{run}/children", gives="history:PaginatedRunList")
def children(call: Call) -> Answer:
    require(call, MANAGEMENT, "https://ml.azure.com")
    found = _job(call.match["run"])
    if found["properties"]["status"] == "NotStarted":
        return Answer(200, {"value": []})
    step = {
        "runId": _step(call.match["run"]), "status": found["properties"]["status"], "parentRunId": call.match["run"],
        "createdUtc": found["systemData"]["createdAt"], "displayName": "train",
    }  # fmt: skip
    return Answer(200, {"value": [step]})


@control_route("job")
def change_job(content: dict[str, Any]) -> Any:
    """For the tests: `behaviour` of later jobs; or the `status` and `error` of a job; or a schedule to `fire`."""
    if "behaviour" in content:
        state().behaviour = content["behaviour"]
    elif "fire" in content:
        definition = state().schedules[content["fire"]]["properties"]["action"]["jobDefinition"]
        name = f"{content['fire']}-{moment().replace(':', '').replace('.', '')}"
        return start(name, definition, schedule=content["fire"])["name"]
    else:
        _change(content["name"], content["status"], content.get("error", ""))
    return None


def _run(name: str, behaviour: str, epoch: int) -> None:
    status, _, error = behaviour.partition(": ")
    if status != "run":  # as if it had come to this
        with lock:
            if state().epoch == epoch:
                _change(name, status, error)
        return
    with tempfile.TemporaryDirectory(prefix="stand-in-job-") as folder:
        with lock:
            command, output, prefix = _laid_out(name, Path(folder))
            _change(name, "Running")
        code = _execute(command, Path(folder) / "code", lambda text: _say(name, text, epoch))
        with lock:
            if state().epoch != epoch or state().jobs[name]["properties"]["status"] == "Canceled":
                return
            for path in sorted(p for p in output.rglob("*") if p.is_file()):
                state().blobs[(STORE, CONTAINER, f"{prefix}/{path.relative_to(output)}")] = path.read_bytes(), {}
            _change(name, "Completed" if code == 0 else "Failed", "" if code == 0 else f"the command ended with {code}")


def _laid_out(name: str, folder: Path) -> tuple[list[str], Path, str]:
    """The code and the inputs of a job in `folder`; its command, and where its output lies and goes."""
    wanted = state().jobs[name]["properties"]
    (step,) = wanted["jobs"].values()
    spec = _asset("components", step["componentId"])["properties"]["componentSpec"]
    code = _asset("codes", spec["code"])["properties"]["codeUri"]
    _, _, host, container, *rest = code.split("/")
    _copy(host.split(".")[0], container, "/".join(rest), folder / "code")
    values = {}
    for key, bound in step["inputs"].items():
        value = _bound(bound, wanted["inputs"])
        values[f"inputs.{key}"] = _input(value, folder / "inputs" / key) if "uri" in value else str(value["value"])
    ((output, bound),) = step["outputs"].items()
    values[f"outputs.{output}"] = str(folder / "outputs")
    (folder / "outputs").mkdir()
    return _command(spec["command"], values), folder / "outputs", _path(_bound(bound, wanted["outputs"]))


def _bound(given: dict[str, Any], outer: dict[str, Any]) -> dict[str, Any]:
    """The value of a step's input or output: its own, or that of the pipeline which it names."""
    named = re.fullmatch(r"\$\{\{parent\.(?:in|out)puts\.(\w+)\}\}", str(given.get("value", "")))
    return outer[named[1]] if named else given


def _path(value: dict[str, Any]) -> str:
    found = DATASTORE.fullmatch(value["uri"])
    assert found, value
    return found[1].rstrip("/")


def _input(value: dict[str, Any], folder: Path) -> str:
    """The local path of a file or folder of the store."""
    path = _path(value)
    if value["job_input_type" if "job_input_type" in value else "jobInputType"] == "uri_file":
        folder.mkdir(parents=True)
        target = folder / path.rsplit("/", 1)[1]
        target.write_bytes(state().blobs[(STORE, CONTAINER, path)][0])
        return str(target)
    _copy(STORE, CONTAINER, path, folder)
    return str(folder)


def _command(text: str, values: dict[str, str]) -> list[str]:
    """The words of a component's command: `$[[part]]` stays only if its input is given, and values are put in as they are."""

    def part(match: re.Match[str]) -> str:
        return match[1] if all(name in values for name in NAMED.findall(match[1])) else ""

    return shlex.split(NAMED.sub(lambda match: values[match[1]], OPTIONAL_PART.sub(part, text)))


def _asset(kind: str, identity: str) -> dict[str, Any]:
    parts = identity.rstrip("/").split("/")
    return state().assets[("workspaces", kind, parts[-3], parts[-1])]


def _copy(account: str, container: str, prefix: str, folder: Path) -> None:
    folder.mkdir(parents=True)
    start = f"{prefix.strip('/')}/" if prefix.strip("/") else ""
    for key in list(state().blobs):
        owner, box, name = key
        if (owner, box) == (account, container) and name.startswith(start):
            target = folder / name.removeprefix(start)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(state().blobs[key][0])


def _execute(command: list[str], folder: Path, say: Any) -> int:
    assert command[0] == "python"
    # One thread: on a machine that others use too, threads that wait for each other take many times as long.
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"} | {"OMP_NUM_THREADS": "1"}
    process = subprocess.Popen(
        [sys.executable, *command[1:]], cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    RUNNING.add(process)
    assert process.stdout
    for line in process.stdout:
        say(line)
    RUNNING.discard(process)
    return process.wait()


def _say(name: str, text: bytes, epoch: int) -> None:
    key = (STORE, CONTAINER, _log_name(_step(name)))
    with lock:
        if state().epoch == epoch:
            state().blobs[key] = state().blobs.get(key, (b"", {}))[0] + text, {}


def _change(name: str, status: str, error: str = "") -> None:
    _job(name)["properties"]["status"] = status
    state().job_errors[_step(name)] = error


def _job(name: str) -> dict[str, Any]:
    found = state().jobs.get(name)
    if found is None:
        raise Refused(404, "UserError", f"There is no job {name}.")
    return found


def _step(name: str) -> str:
    return f"{name}--train"


def _log_name(run: str) -> str:
    return f"ExperimentRun/dcid.{run}/{LOGS}"
