"""`responder azure train`: a training on a table of labels as a job of the workspace, with the options of `responder train`.

The job runs the same program as a person's own machine, `classifier.ml.train_command`, and its component has an input
for each of that program's options. So the same table, base and options give the same model in both places.
`deploy/azure/components/train_labels.yml` holds the component as a file.
"""

import json
import re
import secrets
import shutil
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

from classifier.azure import client, code, jobs, storage
from classifier.azure.client import AzureLocation
from classifier.azure.jobs import IMAGE, PACKAGES, Jobs, Log
from classifier.azure.storage import Folder
from classifier.azure.training import WORDS
from classifier.errors import ArtefactError, TrainingError
from classifier.ml import artefact, train_command
from classifier.registry.errors import Integrity, RegistryError

T = TypeVar("T")
Say = Callable[[str], None]
COMPONENT, TITLE, EXPERIMENT = "responder_train_labels", "Train on a table of labels", "responder-labels"
PREFIX, INPUT, OUTPUT = "responder/labels", "input", "output"
FILE, FOLDER, TEXT, NUMBER = "uri_file", "uri_folder", "string", "integer"
# Each is an option of the program under the same name, and an input of the component.
REQUIRED = {"data": FILE, "base": FOLDER}
OPTIONAL = {
    "schema": FILE, "label_map": FILE, "column": TEXT, "format": TEXT, "mode": TEXT, "name": TEXT,
    "model_version": TEXT, "epochs": NUMBER, "seed": NUMBER, "credit": TEXT, "terms": TEXT,
}  # fmt: skip
INPUTS = REQUIRED | OPTIONAL
# Azure puts a value into the command line as it is, between double quotes, and a shell reads that.
UNQUOTABLE = re.compile(r'["$`\\\n\r\0]|\{\{')
POLL_S, LOST_S = 20.0, 3600.0


def command_line() -> str:
    """The component's command: the program with an option per input; Azure drops a `$[[part]]` without its input."""
    required = [_option(name) for name in REQUIRED]
    optional = [f"$[[{_option(name)}]]" for name in OPTIONAL]
    output = '--output "${{outputs.model}}"'
    return " ".join(["python -m classifier.ml.train_command", *required, output, *optional])


def _option(name: str) -> str:
    return f'--{name.replace("_", "-")} "${{{{inputs.{name}}}}}"'


def inputs_of(options: Mapping[str, Any], *, base: str) -> dict[str, Any]:
    """The component's inputs for these options, one for one: files and folders as paths. Raises TrainingError.

    Arguments:
        base: the model or encoder to start from, also where the options name none.
    """
    given = {name: options[name] for name in INPUTS if options.get(name) not in (None, "", [])}
    given |= {"base": Path(base) if Path(base).is_dir() else base}
    given |= {"column": ";".join(options["column"])} if options["column"] else {}
    for name, value in given.items():
        text = value.name if isinstance(value, Path) else str(value)
        if UNQUOTABLE.search(text):
            raise TrainingError(
                f"--{name.replace('_', '-')} {text[:80]!r}: a value or file name for Azure can't hold a quotation mark, "
                "a backslash, a dollar sign, a backtick or a line break"
            )
    return given


class LabelTraining:
    """One training on a table of labels in the workspace.

    Arguments:
        say: gets a line for each change, and the job's own lines.
    """

    def __init__(self, place: AzureLocation, *, compute: str, say: Say) -> None:
        self.jobs, self.say = Jobs(place, compute=compute), say
        self.compute, self.name = compute, f"responder-labels-{secrets.token_hex(5)}"
        self.folder = Folder(place, f"{PREFIX}/{self.name}")

    def train(self, options: Mapping[str, Any], *, base: str) -> Path:
        """Upload the inputs, follow the job, and put its verified model in the options' output folder.

        Raises TrainingError if the options or the data are invalid or the job fails, or a RegistryError.
        """
        arguments = train_command.data_arguments(options, base=base)  # refused here, before anything costs money
        given = inputs_of(options, base=base)
        if not arguments.data.exists():
            raise TrainingError(f"{arguments.data} does not exist")
        try:
            remote = self._upload(given)
            self.jobs.submit_pipeline(lambda source: self.pipeline(remote, source), name=self.name, tags={})
            self._follow()
            return self._fetch(arguments.output, arguments.data)
        except KeyboardInterrupt:
            self.jobs.cancel(self.name)
            raise
        finally:
            self._clear()

    def pipeline(self, given: Mapping[str, Any], source: Path) -> Any:
        """The pipeline job that runs the component on these inputs, with the code in the folder `source`."""
        client.require()
        from azure.ai.ml import Input, Output, command, dsl

        step = command(
            name=COMPONENT, display_name=TITLE, code=str(source), command=command_line(),
            environment=code.environment("responder-training", IMAGE, PACKAGES),
            inputs={name: Input(type=_type(name, given), optional=name in OPTIONAL) for name in INPUTS},
            outputs={"model": Output(type=FOLDER, mode="rw_mount")},
        )  # fmt: skip

        @dsl.pipeline(display_name=TITLE, experiment_name=EXPERIMENT)  # type: ignore[call-overload,untyped-decorator,unused-ignore]
        def train_on_labels() -> dict[str, Any]:
            return {"model": step.component(**given).outputs.model}

        job = train_on_labels()
        job.outputs.model = Output(type=FOLDER, path=storage.uri(f"{self.folder.prefix}/{OUTPUT}"), mode="rw_mount")
        job.settings.default_compute = self.compute
        job.settings.force_rerun = True
        return job

    def _upload(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """The inputs, with files and folders uploaded and named by their addresses in the store."""
        client.require()
        from azure.ai.ml import Input

        self.say("bringing the table to Azure …")
        remote = dict(given)
        for name, path in ((name, value) for name, value in given.items() if isinstance(value, Path)):
            with TemporaryDirectory(prefix="responder-train-") as scratch:
                folder = path if path.is_dir() else Path(scratch)
                if folder != path:
                    shutil.copyfile(path, folder / path.name)
                self.folder.upload(folder, f"{INPUT}/{name}")
            below = f"{self.folder.prefix}/{INPUT}/{name}"
            remote[name] = (
                Input(type=FOLDER, path=storage.uri(below), mode="ro_mount")
                if path.is_dir()
                else Input(type=FILE, path=storage.uri(f"{below}/{path.name}"), mode="ro_mount")
            )
        return remote

    def _follow(self) -> None:
        """Wait for the job to end. Raises TrainingError, with an explanation, unless it succeeds."""
        log, said = Log(), ""
        while True:
            job = self._patiently(lambda: self.jobs.get(self.name))
            if job.status != said:
                said = job.status
                self.say(f"Azure ML: the job {self.name} {WORDS.get(said, 'is ' + said)}")
            for line in self._patiently(lambda: self.jobs.new_lines(self.name, log)):
                self.say(line)
            if said == "Completed":
                return
            if said in jobs.FINAL:
                why = self._patiently(lambda: self.jobs.error(self.name))
                raise TrainingError(f"the job {self.name} {WORDS[said]} in Azure ML{': ' if why else ''}{why}")
            time.sleep(POLL_S)

    def _patiently(self, ask: Callable[[], T]) -> T:
        """Return `ask()`, retrying for an hour while Azure is unavailable: the job there goes on."""
        until = time.monotonic() + LOST_S
        while True:
            try:
                return ask()
            except RegistryError as error:
                if not error.temporary or time.monotonic() > until:
                    raise
                time.sleep(POLL_S)

    def _fetch(self, output: Path, data: Path) -> Path:
        """Download the model, and install it only if it is complete and was trained on this table."""
        staging = output.with_name(f".{output.name}.fetched")
        shutil.rmtree(staging, ignore_errors=True)
        staging.mkdir(parents=True)
        try:
            self._patiently(lambda: self.folder.download(OUTPUT, staging))
            try:
                sha256 = artefact.verify(staging)
                learnt = json.loads((staging / "config.json").read_text(encoding="utf-8"))["data"]["sha256"]
            except (OSError, ValueError, KeyError, TypeError, ArtefactError) as error:
                raise Integrity(f"What the job {self.name} left is no model ({error})") from error
            if data.is_file() and learnt != artefact.file_sha256(data):
                raise Integrity(f"The job {self.name} trained on another table than {data.name}")
            if output.is_dir():
                output.rmdir()
            staging.rename(output)
        finally:
            shutil.rmtree(staging, ignore_errors=True)
        self.say(f"the model is here, every file checked: SHA-256 {sha256[:12]}…")
        return output

    def _clear(self) -> None:
        """Remove the table and the model from Azure's store."""
        try:
            self.say(f"{self.folder.clear()} files of this training removed from Azure's store")
        except RegistryError as error:
            self.say(f"{self.folder.prefix} is still in Azure's store, remove it: {error}")


def _type(name: str, given: Mapping[str, Any]) -> str:
    """The type of an input: a table of some tools is a folder, and a base may be the name of an encoder."""
    value = given.get(name)
    if INPUTS[name] not in (FILE, FOLDER) or value is None:
        return INPUTS[name]
    return TEXT if isinstance(value, str) else str(value.type)
