"""responder models list|show|register|compare|propose|approve|…: model versions here and in the registry."""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management import CommandError
from django.core.management.base import BaseCommand, CommandParser
from django.db import DatabaseError

from classifier import registry, releases, serving, train
from classifier.azure import client
from classifier.azure import registry as azureml
from classifier.errors import ArtefactError, GovernanceError, ModelUnavailable, TrainingError
from classifier.ml.train_command import parse_columns
from classifier.models import ApprovalRequest, ModelVersion
from classifier.registry import (
    Refused,
    RegisteredModel,
    RegistryError,
    Unavailable,
    numbers,
    own_models,
    references,
    transfer,
)

ACTOR = "system:command-line"
WANTED = "a version, @alias, or latest (the default): the one registered last"
SIGNIFICANT_P = 0.05
LONGEST_SHOWN = 120  # characters of a text
COLUMNS = ("name", "version", "here", "registry", "sha256", "created_at", "origin")


class Command(BaseCommand):
    help = (
        "List, show, pull and push model versions. A pulled version goes into production only after "
        "someone approves it."
    )
    requires_system_checks: list[str] = []
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        """Add a sub-parser per action; `run` names the method that implements it."""
        actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)

        action = actions.add_parser("list", help="versions of this installation and of the registry")
        action.add_argument("--name", help="only this model")
        action.add_argument("--json", action="store_true", help="print JSON")
        action.set_defaults(run=self.list)

        action = actions.add_parser("show", help="everything known about a version, as JSON")
        action.add_argument("name")
        action.add_argument("model_version", metavar="version", nargs="?", default="latest", help=WANTED)
        action.set_defaults(run=self.show)

        action = actions.add_parser(
            "register", help="register a folder that `responder train --data` wrote; does not deploy it"
        )
        action.add_argument("folder", type=Path)
        action.set_defaults(run=self.register)

        action = actions.add_parser("compare", help="compare two models on a table of labels, and print what differs")
        for side in ("first", "second"):
            action.add_argument(side, metavar=side.upper(), help="a folder, NAME:VERSION, or production")
        _ask_for_labels(action)
        action.add_argument("--json", action="store_true", help="print JSON")
        action.set_defaults(run=self.compare)

        action = actions.add_parser(
            "propose", help="compare a registered version with the live one, judge its gates and request approval"
        )
        action.add_argument("version", metavar="NAME:VERSION")
        _ask_for_labels(action)
        action.add_argument(
            "--by", required=True, metavar="USERNAME", help="the approver who asks; another one decides"
        )
        action.set_defaults(run=self.propose)

        action = actions.add_parser("pull", help="pull a version from the registry and verify it; does not deploy it")
        action.add_argument("name", help="or azureml://registries/NAME/models/NAME/versions/VERSION")
        action.add_argument("model_version", metavar="version", nargs="?", default="latest", help=WANTED)
        action.set_defaults(run=self.pull)

        action = actions.add_parser("push", help="push a version of this installation to the registry")
        action.add_argument("name")
        action.add_argument("model_version", metavar="version")
        action.add_argument(
            "--tag", action="append", default=[], metavar="KEY=VALUE", help="can be given more than once"
        )
        action.set_defaults(run=self.push)

        action = actions.add_parser(
            "share", help="copy an approved version from the Azure ML workspace to its registry"
        )
        action.add_argument("name")
        action.add_argument("model_version", metavar="version")
        action.set_defaults(run=self.share)

        for name, verb in (("approve", releases.approve), ("reject", releases.reject)):
            action = actions.add_parser(name, help=f"{name} a version on behalf of a named person")
            action.add_argument("name")
            action.add_argument("model_version", metavar="version")
            _ask_who(action)
            action.add_argument(
                "--evidence",
                required=True,
                metavar="HASH",
                help="hash of the evidence that you reviewed; see: models show",
            )
            action.set_defaults(run=self.decide, verb=verb)

        action = actions.add_parser("promote", help="promote the canary to production")
        action.add_argument("name")
        action.add_argument("model_version", metavar="version")
        action.add_argument("--by", required=True, metavar="USERNAME")
        action.set_defaults(run=self.promote)

        action = actions.add_parser("rollback", help="roll back to the previous production version")
        _ask_who(action)
        action.set_defaults(run=self.roll_back)

    def handle(self, **options: Any) -> None:
        try:
            if options["run"] != self.compare:  # two folders are compared without a database
                transfer.keep_the_shipped_first()
            options["run"](**options)
        except RegistryError as error:  # exit code 1: the same command may succeed later; 2: it needs a change
            raise CommandError(str(error), returncode=1 if error.temporary else 2) from error
        except (ModelUnavailable, GovernanceError, TrainingError, ArtefactError) as error:
            raise CommandError(str(error), returncode=2) from error
        except DatabaseError as error:
            raise CommandError(
                f"The database is unavailable ({error}). Check that it exists and is migrated: responder migrate."
            ) from error

    def list(self, *, name: str | None, json: bool, **options: Any) -> None:
        rows = ModelVersion.objects.filter(**{"name": name} if name else {})
        try:
            entries, away = _entries(name), None
        except Unavailable as error:
            entries, away = [], error
        table = _merged(rows, entries, "?" if away else "-")
        self.stdout.write(_as_json(table) if json else _as_text(table))
        if away:
            raise away

    def show(self, *, name: str, model_version: str, **options: Any) -> None:
        entry, problem = None, None
        try:
            entry = transfer.find(registry.open_registry(), name, model_version)
        except RegistryError as error:
            problem = error
        row = ModelVersion.objects.filter(name=name, version=entry.version if entry else model_version).first()
        if row is None and problem:
            raise problem
        content = {
            "here": _row(row) if row else None,
            "registry": _entry(entry) if entry else None,
            "request": _request(row) if row else None,
        }
        self.stdout.write(_as_json(content))
        if isinstance(problem, Unavailable):
            raise problem

    def register(self, *, folder: Path, **options: Any) -> None:
        row, created = own_models.register(folder, by=ACTOR)
        self.stdout.write(
            f"{'Registered' if created else 'Already registered'}: {row}, {row.get_state_display().lower()}. Next:\n"
            f"  responder models propose {row.name}:{row.version} --data OTHER.csv --by USERNAME\n"
            "It runs in shadow then, and serves after another person has approved it: see /approvals/"
        )

    def compare(
        self,
        *,
        first: str,
        second: str,
        data: Path,
        label_map: Path | None,
        column: Sequence[str],
        json: bool,
        **options: Any,
    ) -> None:
        from classifier.ml.custom import comparison
        from classifier.ml.model import Model

        folders = [references.folder_of(each) for each in (first, second)]
        models = [Model.load(folder) for folder in folders]
        table, notes = comparison.read(data, *folders, label_map=label_map, columns=parse_columns(column))
        found = comparison.compared(models[0], models[1], table) | {"notes": notes}
        self.stdout.write(_as_json(found) if json else _compared(first, second, found))

    def propose(
        self, *, version: str, data: Path, label_map: Path | None, column: Sequence[str], by: str, **options: Any
    ) -> None:
        row, columns = references.version_of(version), parse_columns(column)
        evaluation, request, notes = train.propose(row, data, by=_person(by), label_map=label_map, columns=columns)
        lines = [*notes, *(f"{gate['outcome']:14} {gate['name']}: {gate['why']}" for gate in evaluation.gates)]
        lines.append(
            f"Approval requested: /approvals/{request.pk}/. {row} runs in shadow; another approver decides."
            if request
            else f"A gate refused {row}: no approval was requested."
        )
        self.stdout.write("\n".join(lines))

    def pull(self, *, name: str, model_version: str, **options: Any) -> None:
        if name.startswith("azureml:"):
            store, model, version = azureml.at(name, allocate=numbers.allocate)
            row, created = transfer.pull(store, model, version, by=ACTOR, origin=name)
        else:
            row, created = transfer.pull(registry.open_registry(), name, model_version, by=ACTOR)
        state = "Fetched" if created else "Already here"
        self.stdout.write(f"{state}: {row}, {row.get_state_display().lower()}, in {serving.folder_of(row)}")

    def push(self, *, name: str, model_version: str, tag: Iterable[str], **options: Any) -> None:
        row = _here(name, model_version)
        model, created = transfer.push(registry.open_registry(), row, by=ACTOR, tags=_tags(tag))
        self.stdout.write(f"{'Registered' if created else 'Already registered'}: {row} at {model.uri}")

    def share(self, *, name: str, model_version: str, **options: Any) -> None:
        row = _here(name, model_version)
        place = client.place()
        if not (place.workspace and place.registry):
            raise Refused(
                "Sharing needs a workspace and a registry: set RESPONDER_AZURE_WORKSPACE and RESPONDER_AZURE_REGISTRY."
            )
        store = azureml.AzureMLRegistry(place, allocate=numbers.allocate)
        shared = transfer.share(row, to=lambda: store.share(row.name, row.version), by=ACTOR)
        self.stdout.write(f"Shared: {row} at {shared.uri}")

    def decide(
        self, *, name: str, model_version: str, by: str, reason: str, evidence: str, verb: Any, **options: Any
    ) -> None:
        row = _here(name, model_version)
        request = row.requests.filter(state=ApprovalRequest.State.OPEN).first()
        if request is None:
            raise CommandError(f"No approval has been requested for {row}.", returncode=2)
        decision = verb(request_id=request.pk, by=_person(by), reason=reason, evidence_hash=evidence)
        row.refresh_from_db()
        self.stdout.write(f"{decision.get_verdict_display()} by {by}: {row}, {row.get_state_display().lower()}")

    def promote(self, *, name: str, model_version: str, by: str, **options: Any) -> None:
        deployment = releases.promote(version_id=_here(name, model_version).pk, by=_person(by))
        self.stdout.write(f"In production: {deployment.version}; every process switches within 30 seconds")

    def roll_back(self, *, by: str, reason: str, **options: Any) -> None:
        deployment = releases.roll_back(by=_person(by), reason=reason)
        self.stdout.write(f"In production again: {deployment.version}; a second person must review this rollback")


def _ask_who(action: Any) -> None:
    action.add_argument(
        "--by", required=True, metavar="USERNAME", help="username of the approver; needs the role approver"
    )
    action.add_argument("--reason", required=True, help="at least 20 characters; auditors will read it")


def _ask_for_labels(action: Any) -> None:
    action.add_argument(
        "--data",
        type=Path,
        required=True,
        metavar="FILE",
        help="table with text and label that neither model learnt from",
    )
    action.add_argument("--label-map", type=Path, metavar="FILE", help="rename labels of the table")
    action.add_argument(
        "--column",
        action="append",
        default=[],
        metavar="OURS=THEIRS",
        help="a column with another name, such as text=Message; can be repeated",
    )


def _compared(first: str, second: str, found: dict[str, Any]) -> str:
    """A comparison as text."""
    delta, test = found["delta_macro_f1"], found["mcnemar"]
    lines = [*found["notes"], f"{found['n']:,} texts, compared by their {found['compared']}"]
    if found["left_out"]:
        lines[-1] += f"; {found['left_out']:,} left out, whose label maps to no category"
    for name, side in ((first, found["first"]), (second, found["second"])):
        (low, high), (least, most) = side["macro_f1_interval"], side["accuracy_interval"]
        lines.append(
            f"  {name}: macro-F1 {side['macro_f1']:.3f} ({low:.3f}–{high:.3f}), accuracy {side['accuracy']:.3f} "
            f"({least:.3f}–{most:.3f})"
        )
    verdict = "no significant difference"
    if test["p"] < SIGNIFICANT_P:
        verdict = (
            "the first is better" if test["only_candidate_right"] > test["only_live_right"] else "the second is better"
        )
    chance = f"p {test['p']:.3f}" if test["p"] >= 0.001 else "p < 0.001"
    lines += [
        f"Difference of macro-F1: {delta['point']:+.3f} ({delta['low']:+.3f} to {delta['high']:+.3f}), paired bootstrap",
        f"McNemar: only the first is right {test['only_candidate_right']:,} times, only the second "
        f"{test['only_live_right']:,} times; {chance}: {verdict}",
    ]
    if found["flipped"]:
        lines.append(f"{found['answers_that_differ']:,} answers differ, such as:")
        lines += [
            f"  {_one_line(one['text'])}\n    label {one['label']}; first {one['first']}; second {one['second']}"
            for one in found["flipped"]
        ]
    return "\n".join(lines)


def _one_line(text: str) -> str:
    """The beginning of a text on one line, without characters that control a terminal."""
    line = "".join(character if character.isprintable() else " " for character in text)
    return line if len(line) <= LONGEST_SHOWN else f"{line[:LONGEST_SHOWN]}…"


def _here(name: str, version: str) -> ModelVersion:
    row = ModelVersion.objects.filter(name=name, version=version).first()
    if row is None:
        raise CommandError(f"This installation has no {name} {version}. See: responder models list", returncode=2)
    return row


def _person(username: str) -> Any:
    person = get_user_model().objects.filter(username=username).first()
    if person is None:
        raise CommandError(f"The user {username} does not exist.", returncode=2)
    return person


def _request(row: ModelVersion) -> dict[str, Any] | None:
    request = row.requests.filter(state=ApprovalRequest.State.OPEN).select_related("evaluation").first()
    if request is None:
        return None
    return {
        "evidence": request.evidence_hash,
        "expires_at": request.expires_at,
        "gates": {gate["name"]: f"{gate['outcome']}: {gate['why']}" for gate in request.evaluation.gates},
    }


def _tags(pairs: Iterable[str]) -> dict[str, str]:
    tags = {}
    for pair in pairs:
        key, separator, value = pair.partition("=")
        if not separator:
            raise CommandError(f"--tag {pair}: use KEY=VALUE.", returncode=2)
        tags[key] = value
    return tags


def _entries(name: str | None) -> list[RegisteredModel]:
    store = registry.open_registry()
    return [model for each in ([name] if name else store.names()) for model in store.list(each)]


def _merged(rows: Iterable[ModelVersion], entries: Iterable[RegisteredModel], unknown: str) -> list[dict[str, str]]:
    """One line per version, those of this installation first."""
    there = {(model.name, model.version): model for model in entries}
    table = [_line(row, there.pop((row.name, row.version), None), unknown) for row in rows]
    return table + [_line(None, model, unknown) for model in there.values()]


def _line(row: ModelVersion | None, model: RegisteredModel | None, unknown: str) -> dict[str, str]:
    source = row or model
    assert source is not None
    kept = unknown if model is None else "archived" if model.archived else "kept"
    if row and model and row.sha256 != model.sha256:
        kept = "OTHER BYTES"
    return {
        "name": source.name,
        "version": source.version,
        "here": row.state if row else "-",
        "registry": kept,
        "sha256": source.sha256,
        "created_at": source.created_at.isoformat(timespec="seconds"),
        "origin": row.origin if row else "-",
    }


def _row(row: ModelVersion) -> dict[str, Any]:
    names = ("name", "version", "sha256", "state", "origin", "created_at", "metrics")
    return {name: getattr(row, name) for name in names} | {"folder": str(serving.folder_of(row))}


def _entry(model: RegisteredModel) -> dict[str, Any]:
    names = ("name", "version", "sha256", "created_at", "properties", "tags", "archived", "uri")
    return {name: getattr(model, name) for name in names}


def _as_json(content: Any) -> str:
    return json.dumps(content, indent=1, default=str)  # ASCII: tags from other sites can't control the terminal


def _as_text(table: list[dict[str, str]]) -> str:
    if not table:
        return "No model version with that name exists here or in the registry."
    lines = [dict(zip(COLUMNS, COLUMNS, strict=True)), *(line | {"sha256": line["sha256"][:12]} for line in table)]
    widths = [max(len(line[column]) for line in lines) for column in COLUMNS]
    return "\n".join(
        "  ".join(line[column].ljust(width) for column, width in zip(COLUMNS, widths, strict=True)).rstrip()
        for line in lines
    )
