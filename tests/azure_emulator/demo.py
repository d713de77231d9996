"""make azure-demo: the product's own commands against the stand-in, from an empty site to a rollback; docs/demo.md is what it wrote.

Everything runs: the SDK over TLS, a real (small) training by the job's own command, scoring with the deployed bytes.
"""

import argparse
import contextlib
import io
import json
import logging
import os
import re
import subprocess
import sys
import tempfile
import time
import warnings
from collections import Counter
from pathlib import Path

from tests.azure_emulator import azurite
from tests.azure_emulator.process import REPOSITORY, StandIn, running
from tests.azure_emulator.state import GROUP, REGISTRY, SUBSCRIPTION, WORKSPACE

NAME, ENDPOINT, APPROVER, SECOND = "responder-tweets", "responder-tweets-relief", "ana", "ben"
REASON = "--reason=Better on every class that matters to us."
TEXTS = [
    "We need water and a doctor in Beira, the bridge is gone",
    "My brother is missing since the storm, last seen at the market",
    "Our thoughts are with everybody there tonight",
]
HEAD = """# Azure ML, from push to rollback

Written by `make azure-demo`, not by hand: the product's own commands and what they said, against a stand-in for Azure ML
that speaks TLS under Azure's names and checks every request and response against the SDK's own model classes
([decision](adr/0010-azure-behind-a-stand-in.md)). The training is real and small: made-up sentences, two epochs.
"""


class Transcript:
    """What is written down, and shown while it happens."""

    def __init__(self) -> None:
        self.lines = [HEAD]

    def title(self, text: str) -> None:
        self.add(f"\n## {text}\n")

    def add(self, text: str) -> None:
        sys.stdout.write(text + "\n")
        sys.stdout.flush()
        self.lines.append(text)

    def block(self, text: str) -> None:
        self.add("```text\n" + "\n".join(line.rstrip() for line in text.strip().splitlines()) + "\n```\n")

    def command(self, *words: str) -> str:
        """Run one of the product's commands in this process; what it said."""
        from django.core.management import call_command

        said = io.StringIO()
        with contextlib.redirect_stderr(io.StringIO()):  # the SDK's progress bars
            call_command(*words, stdout=said)
        shown = " ".join(f"'{word}'" if " " in word else word for word in words)
        self.block(f"$ responder {shown}\n{_without_folders(said.getvalue())}")
        return said.getvalue()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", type=Path, default=REPOSITORY / "docs" / "demo.md")
    parser.add_argument("--azurite", action="store_true", help="keep the blobs in Azurite (from npm, about a minute)")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="responder-demo-")))
        program = ("--azurite", str(azurite.install(folder / "npm"))) if options.azurite else ()
        azure = stack.enter_context(running(folder / "azure", *program))
        _set_up(folder, azure)
        transcript = Transcript()
        if program:
            transcript.add(f"Blobs are kept in Azurite {azurite.VERSION}, Microsoft's own emulator of blob storage.\n")
        began = time.monotonic()
        _play(transcript, azure, folder)
        _count(transcript, azure, time.monotonic() - began)
    options.output.write_text("\n".join(transcript.lines).rstrip() + "\n")
    sys.stdout.write(f"\nWritten: {options.output}\n")


def _set_up(folder: Path, azure: StandIn) -> None:
    from tests.classifier.corpus import make_corpus

    for key in [key for key in os.environ if key.startswith("RESPONDER_")]:
        del os.environ[key]
    os.environ |= azure.environment | {
        "DJANGO_SETTINGS_MODULE": "responder.settings", "RESPONDER_DATA_DIR": str(folder / "site"),
        "RESPONDER_MODEL_REGISTRY": "azureml", "RESPONDER_TRAINING_PLACE": "azure", "RESPONDER_TRAINING_PROFILE": "quick",
        "RESPONDER_AZURE_SUBSCRIPTION": SUBSCRIPTION, "RESPONDER_AZURE_RESOURCE_GROUP": GROUP, "RESPONDER_SHADOW_HOURS": "0",
        "RESPONDER_AZURE_WORKSPACE": WORKSPACE, "RESPONDER_AZURE_REGISTRY": REGISTRY, "RESPONDER_AZURE_ENDPOINT": ENDPOINT,
        "RESPONDER_CORPUS_DIR": str(make_corpus(folder / "corpus")),
    }  # fmt: skip
    import django

    django.setup()
    logging.disable(logging.CRITICAL)
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    from classifier import serving
    from responder import roles
    from responder.models import User

    serving.register_shipped()
    for name in (APPROVER, SECOND):
        roles.grant(user=User.objects.create_user(name, password=None), role="approver")


def _play(transcript: Transcript, azure: StandIn, folder: Path) -> None:
    from classifier import serving

    shipped = str(serving.register_shipped().version)
    transcript.title("The shipped model goes to the workspace, to the registry, and into an empty site")
    transcript.command("models", "push", NAME, shipped)
    transcript.command("models", "share", NAME, shipped)
    _empty_site(transcript, folder, f"azureml://registries/{REGISTRY}/models/{NAME}/versions/{shipped}")
    _fetched_afresh(transcript, folder, shipped)

    transcript.title("The week's training, as a pipeline job")
    transcript.command("azure", "schedule")
    (put,) = azure.calls("PUT", "/schedules/")
    sent = put["body"]["properties"]
    transcript.add("What Azure was sent:\n")
    transcript.block(
        json.dumps({"trigger": sent["trigger"], "jobType": sent["action"]["jobDefinition"]["jobType"]}, indent=1)
    )
    trained = _train(transcript)

    transcript.title("Blue and green: nothing moves before a person approves")
    transcript.command("azure", "deploy", NAME, shipped)
    transcript.command("azure", "follow")
    transcript.command("azure", "deploy", NAME, trained)
    transcript.command("azure", "follow")
    _waive(transcript, trained)
    evidence = json.loads(_quiet("models", "show", NAME, trained))["request"]["evidence"]
    transcript.command("models", "approve", NAME, trained, "--by", APPROVER, REASON, "--evidence", evidence)
    transcript.command("azure", "follow")
    _score(transcript)
    transcript.command("models", "promote", NAME, trained, "--by", APPROVER)
    transcript.command("azure", "follow")

    transcript.title("The way back is one change of traffic")
    transcript.command("models", "rollback", "--by", APPROVER, "--reason=It misses people who are trapped in houses.")
    transcript.command("azure", "follow")
    transcript.command("azure", "sync")
    transcript.command("azure", "status")
    transcript.command("models", "list")


def _empty_site(transcript: Transcript, folder: Path, uri: str) -> None:
    """Another site, in a process of its own, with a data directory of its own."""
    environment = os.environ | {"RESPONDER_DATA_DIR": str(folder / "another-site"), "RESPONDER_MODEL_REGISTRY": "local",
                                "PYTHONPATH": str(REPOSITORY)}  # fmt: skip
    said = ""
    for words in (("migrate", "-v", "0"), ("models", "pull", uri)):
        command = [sys.executable, "-W", "ignore", "-c", "from responder.cli import main; main()", *words]
        said = subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout
    transcript.block(f"$ responder models pull {uri}      # on another, empty site\n{_without_folders(said)}")


def _fetched_afresh(transcript: Transcript, folder: Path, version: str) -> None:
    """Every site has the shipped model from its package: so the bytes are fetched once more, and compared."""
    from classifier import registry, serving
    from classifier.ml import artefact

    with contextlib.redirect_stderr(io.StringIO()):
        pulled = registry.open_registry().pull(NAME, version, into=folder / "afresh")
    own = max(serving.SHIPPED.glob("*/manifest.json")).parent
    files = sorted(path.name for path in own.iterdir())
    same = [name for name in files if artefact.file_sha256(own / name) == artefact.file_sha256(pulled / name)]
    size = sum((pulled / name).stat().st_size for name in files)
    assert same == files
    transcript.add(
        f"Fetched into an empty folder: {len(files)} files, {size:,} bytes, every SHA-256 as in the package.\n"
    )


def _train(transcript: Transcript) -> str:
    """An early run, from freeze to approval request; the version that came of it."""
    from classifier import releases, train
    from classifier.models import RunLine

    run, _ = train.freeze(run_key="the demonstration's run", trigger="early", reason="make azure-demo")
    with contextlib.redirect_stderr(io.StringIO()):
        run = train.work(run.pk)
    lines = RunLine.objects.filter(run=run).order_by("id")
    transcript.add("A run that trains there, as its page tells it:\n")
    transcript.block("\n".join(_without_folders(line.text) for line in lines))
    assert run.candidate is not None and run.state == "requested", run.error
    releases.tick()
    transcript.command("azure", "runs")
    return str(run.candidate.version)


def _waive(transcript: Transcript, version: str) -> None:
    """The small training may miss gates: a second person answers for them, as on the approval's page."""
    from classifier import evidence, releases
    from classifier.models import Evaluation
    from responder.models import User

    evaluation = Evaluation.objects.get(candidate__version=version)
    for gate in evidence.blocking(evaluation):
        reason = "A demonstration on made-up sentences: nobody's posts are classified with it."
        releases.waive(
            evaluation_id=evaluation.pk, gate=gate["name"], by=User.objects.get(username=SECOND), reason=reason
        )
        transcript.add(
            f"The gate *{gate['name']}* did not pass ({gate['why']}); {SECOND} waives it on the approval's page.\n"
        )


def _score(transcript: Transcript) -> None:
    """As the site asks: with its own HTTP client."""
    from classifier.azure import client, scoring
    from classifier.azure.deployments import Endpoint

    address = Endpoint(client.place(), ENDPOINT).address()
    messages = [{"id": str(number), "text": text} for number, text in enumerate(TEXTS)]
    counts = Counter(scoring.ask(address, messages)["model"]["version"] for _ in range(40))
    transcript.add(f"40 requests to `{address}`, by version that answered: {dict(sorted(counts.items()))}.\n")
    answered = scoring.ask(address, messages, deployment="blue")["predictions"]
    transcript.block(
        "\n".join(f"{text}\n    → {one['category']['label']}" for text, one in zip(TEXTS, answered, strict=True))
    )


def _count(transcript: Transcript, azure: StandIn, seconds: float) -> None:
    log, problems = azure.log(), azure.problems()
    transcript.title("What crossed the wire")
    hosts = Counter(re.sub(r"^[a-z0-9-]+(?=\.(blob|westeurope\.inference))", "*", call["host"]) for call in log)
    transcript.block("\n".join(f"{count:5,} HTTPS calls to {host}" for host, count in sorted(hosts.items())))
    transcript.add(f"Calls without a route or not in the SDK's own shape: {len(problems)}. It took {seconds:.0f} s.\n")
    assert problems == [], problems
    transcript.title("What only a live subscription can show")
    transcript.add(_checklist())


def _checklist() -> str:
    text = (REPOSITORY / "deploy" / "azure" / "README.md").read_text()
    return re.sub(r"\n   ", " ", text[text.index("\n1. ") + 1 :])


def _quiet(*words: str) -> str:
    from django.core.management import call_command

    said = io.StringIO()
    call_command(*words, stdout=said)
    return said.getvalue()


def _without_folders(text: str) -> str:
    text = text.replace(str(REPOSITORY), "…")
    return re.sub(r"/\S*/responder-(demo|job)-\w+", "…", text)


if __name__ == "__main__":
    main()
