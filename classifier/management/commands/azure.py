"""responder azure …: manage the endpoint's deployments, train in the workspace, and synchronise Azure."""

from typing import Any

from django.conf import settings
from django.core.management import CommandError
from django.core.management.base import BaseCommand, CommandParser

from classifier import serving
from classifier.azure import client, deployments, jobs, label_training, sync
from classifier.errors import GovernanceError, ModelUnavailable, TrainingError
from classifier.ml import train_command
from classifier.models import ModelVersion, TrainingRun
from classifier.registry import Refused, RegistryError

LISTED = 20
ACTOR = "system:command-line"


class Command(BaseCommand):
    help = "Deploy to Azure ML. Traffic shares can't be set here: they follow the approvals."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Add a sub-parser per action; `run` names the method that implements it."""
        actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
        for name, method, text in (
            ("deploy", self.deploy, "put a version on the colour that takes no posts, and ask it once"),
            ("smoke", self.smoke, "ask the colour that holds a version, by its name"),
        ):
            action = actions.add_parser(name, help=text)
            action.add_argument("name")
            action.add_argument("model_version", metavar="version")
            action.set_defaults(run=method)
        for name, method, text in (
            ("status", self.status, "what is deployed, and its traffic"),
            ("follow", self.follow, "make the traffic what the releases say"),
            ("schedule", self.schedule, "have Azure ML start the weekly training by itself, Mondays 02:00 UTC"),
            ("unschedule", self.unschedule, "Azure ML starts no training by itself any more"),
            ("runs", self.runs, "the training runs that Azure ML does, with their jobs"),
            ("sync", self.sync, "bring registry and traffic up to date; the workers do it every five minutes"),
        ):
            actions.add_parser(name, help=text).set_defaults(run=method)
        action = actions.add_parser(
            "train", help="train on a table of labels in the workspace, with the options of: responder train --data"
        )
        train_command.add_data_arguments(action)
        action.set_defaults(run=self.train)

    def handle(self, **options: Any) -> None:
        try:
            client.require()
            options["run"](**options)
        except RegistryError as error:  # exit code 1: the same command may succeed later; 2: it needs a change
            raise CommandError(str(error), returncode=1 if error.temporary else 2) from error
        except (GovernanceError, ModelUnavailable, TrainingError) as error:
            raise CommandError(str(error), returncode=2) from error

    def train(self, **options: Any) -> None:
        place = _workspace()
        training = label_training.LabelTraining(place, compute=settings.AZURE_COMPUTE, say=self.stderr.write)
        folder = training.train(options, base=options["base"] or str(serving.shipped_folder()))
        self.stdout.write(f"{folder}: the card is its README.md. Next: responder models register {folder}")

    def status(self, **options: Any) -> None:
        for colour in _endpoint().colours():
            self.stdout.write(f"{colour.name}: {colour.version}, {colour.traffic} %, SHA-256 {colour.sha256[:12]}")

    def deploy(self, *, name: str, model_version: str, **options: Any) -> None:
        colour = _endpoint().deploy(_here(name, model_version), by=ACTOR)
        self.stdout.write(
            f"Deployed: {name} {model_version} on {colour.name}, smoke test passed; {colour.traffic} % of traffic"
        )

    def smoke(self, *, name: str, model_version: str, **options: Any) -> None:
        version, endpoint = _here(name, model_version), _endpoint()
        colour = next((c for c in endpoint.colours() if c.sha256 == version.sha256), None)
        if colour is None:
            raise CommandError(f"{version} is not deployed. Run: responder azure deploy {version}", returncode=2)
        endpoint.smoke(version, colour.name)
        self.stdout.write(f"{colour.name} serves {version}")

    def follow(self, **options: Any) -> None:
        traffic = _endpoint().follow(by=ACTOR)
        self.stdout.write("Traffic: " + ", ".join(f"{name} {share} %" for name, share in sorted(traffic.items())))

    def schedule(self, **options: Any) -> None:
        _jobs().schedule()
        self.stdout.write(
            f"Scheduled: {jobs.SCHEDULE}, every {jobs.DAY.title()} at {jobs.HOUR:02d}:00 UTC, as a pipeline job"
        )
        if settings.TRAINING_PLACE != "azure":
            self.stdout.write("Runs still train on this machine: set RESPONDER_TRAINING_PLACE=azure.")

    def unschedule(self, **options: Any) -> None:
        _jobs().unschedule()
        self.stdout.write(f"{jobs.SCHEDULE} is off. Runs of this installation submit their jobs themselves.")

    def runs(self, **options: Any) -> None:
        for run in TrainingRun.objects.filter(place=TrainingRun.Place.AZURE)[:LISTED]:
            job, status = run.remote.get("job", "no job yet"), run.remote.get("status", "")
            self.stdout.write(f"{run}: {run.get_state_display()}; {job} {status}".strip())

    def sync(self, **options: Any) -> None:
        state = sync.refresh()
        if state is None:
            raise Refused(
                "Azure is not used here: set RESPONDER_MODEL_REGISTRY=azureml, RESPONDER_AZURE_ENDPOINT or RESPONDER_TRAINING_PLACE=azure."
            )
        self.stdout.write(f"Azure is {state}. {state.error}".strip())
        if state.away_since:
            raise CommandError(
                "Azure is unavailable. The next run that reaches it will upload what is missing.", returncode=1
            )


def _endpoint() -> deployments.Endpoint:
    if not settings.AZURE_ENDPOINT:
        raise Refused("No endpoint is set. Set RESPONDER_AZURE_ENDPOINT.")
    return deployments.Endpoint(client.place(), settings.AZURE_ENDPOINT)


def _jobs() -> jobs.Jobs:
    return jobs.Jobs(_workspace(), compute=settings.AZURE_COMPUTE)


def _workspace() -> client.AzureLocation:
    place = client.place()
    if not place.workspace:
        raise Refused("Training needs a workspace. Set RESPONDER_AZURE_WORKSPACE.")
    return place


def _here(name: str, version: str) -> ModelVersion:
    row = ModelVersion.objects.filter(name=name, version=version).first()
    if row is None:
        raise CommandError(f"This installation has no {name} {version}. See: responder models list", returncode=2)
    return row
