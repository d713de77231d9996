"""make azure-demo: the product's own commands against the stand-in, from an empty site to a rollback; docs/demo.md is what it wrote.

Everything runs: the SDK over TLS, a real (small) training by the job's own command, scoring with the deployed bytes.
"""

import argparse
import contextlib
import csv
import hashlib
import io
import json
import logging
import os
import random
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
EARLY = "cyclone-labels"  # what ben calls the candidate of a few labels
FIRST, JUDGED = 4, 500  # labels of each category that it learns from, and others that it is judged on
# Made-up texts beside the exercise, whose posts of these classes and of other events are too few for the gates.
RARE = ("requests_or_urgent_needs", "injured_or_dead_people", "missing_or_found_people")
MADE_UP, OTHER_EVENTS = {"train": 40, "dev": 10, "test": 45}, 108
# A linear layer for each answer on the encoder of the live model: minutes instead of an hour.
WEEK = {
    "mode": "head", "epochs": 2, "limit": 0, "batch_size": 32, "head_learning_rate": 3e-3, "consistency": 0.0,
    "side_share": 0.05, "situations": False, "checkpoint_every": 0,
}  # fmt: skip
POLL_S = 2.0
NO_TEXTS = ": 0 texts to train on"  # of a task for which the site has no labels
TEXTS = [
    "We need water and a doctor in Beira, the bridge is gone",
    "My brother is missing since the storm, last seen at the market",
    "Our thoughts are with everybody there tonight",
]
HEAD = """# Azure ML, from push to rollback

Written by `make azure-demo`, not by hand: the product's own commands and what they said, against a stand-in for Azure ML
that speaks TLS under Azure's names and checks every request and response against the SDK's own model classes
([decision](adr/0010-azure-behind-a-stand-in.md)). Nothing is decided beforehand: both candidates are really trained and
measured, and the demonstration fails if the first one passes its gates or the second one does not. All texts are our
own: the posts of the bundled exercise, a cyclone that the shipped model has not learnt from, and made-up sentences.

Two people take part, both approvers. Ben trains; Ana decides.
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
        said, _ = self._run(*words)
        return said

    def refused(self, *words: str) -> None:
        """Run a command that must be refused, and show the reason."""
        _, error = self._run(*words)
        assert error, f"{' '.join(words)} was not refused"

    def _run(self, *words: str) -> tuple[str, str]:
        from django.core.management import CommandError, call_command

        said, error = io.StringIO(), ""
        with contextlib.redirect_stderr(io.StringIO()):  # the SDK's progress bars
            try:
                call_command(*words, stdout=said, stderr=said)
            except CommandError as refusal:
                error = f"CommandError: {refusal}"
        shown = " ".join(f"'{word}'" if " " in word else word for word in words)
        self.block(_without_folders(f"$ responder {shown}\n{said.getvalue()}{error}"))
        return said.getvalue(), error


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
    for key in [key for key in os.environ if key.startswith("RESPONDER_")]:
        del os.environ[key]
    os.environ |= azure.environment | {
        "DJANGO_SETTINGS_MODULE": "responder.settings", "RESPONDER_DATA_DIR": str(folder / "site"),
        "RESPONDER_MODEL_REGISTRY": "azureml", "RESPONDER_TRAINING_PLACE": "azure", "RESPONDER_TRAINING_PROFILE": "quick",
        "RESPONDER_AZURE_SUBSCRIPTION": SUBSCRIPTION, "RESPONDER_AZURE_RESOURCE_GROUP": GROUP, "RESPONDER_SHADOW_HOURS": "0",
        "RESPONDER_AZURE_WORKSPACE": WORKSPACE, "RESPONDER_AZURE_REGISTRY": REGISTRY, "RESPONDER_AZURE_ENDPOINT": ENDPOINT,
        "RESPONDER_CORPUS_DIR": str(_corpus(folder / "corpus")), "OMP_NUM_THREADS": "1",
    }  # fmt: skip
    import django

    django.setup()
    logging.disable(logging.CRITICAL)
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    from classifier import serving
    from classifier.azure import label_training, training
    from responder import roles
    from responder.models import User

    training.POLL_S = label_training.POLL_S = POLL_S
    serving.register_shipped()
    for name in (APPROVER, SECOND):
        roles.grant(user=User.objects.create_user(name, password=None), role="approver")


def _corpus(folder: Path) -> Path:
    """The label files of the site, made up: those that a run reads beside the exercise and the site's own labels."""
    from tests.classifier import corpus

    rng = random.Random(1)
    folder.mkdir(parents=True)
    ours = [
        ("avelar_flood_2031", part, label) for part, count in MADE_UP.items() for label in RARE for _ in range(count)
    ]
    corpus.write(folder / "humaid_humanitarian.train.csv.gz", rng, [row for row in ours if row[1] != "test"])
    corpus.write(folder / "humaid_humanitarian.test.csv.gz", rng, [row for row in ours if row[1] == "test"])
    others = [(f"other_{n % 6}_flood", "train", label) for n in range(OTHER_EVENTS) for label in corpus.BACK]
    corpus.write(folder / "crisisnlp_crowdflower.train.csv.gz", rng, others, corpus.BACK)
    return folder


def _play(transcript: Transcript, azure: StandIn, folder: Path) -> None:
    from classifier import serving

    shipped = str(serving.register_shipped().version)
    transcript.title("The shipped model goes to the workspace, to the registry, and into an empty site")
    transcript.command("models", "push", NAME, shipped)
    transcript.command("models", "share", NAME, shipped)
    _empty_site(transcript, folder, f"azureml://registries/{REGISTRY}/models/{NAME}/versions/{shipped}")
    _fetched_afresh(transcript, folder, shipped)

    transcript.title("A candidate from forty labels: a gate refuses it")
    _too_early(transcript, folder)

    transcript.title("The week's training, as a pipeline job")
    transcript.command("azure", "schedule")
    (put,) = azure.calls("PUT", "/schedules/")
    sent = put["body"]["properties"]
    transcript.add("What Azure was sent:\n")
    transcript.block(json.dumps({"trigger": sent["trigger"], "jobType": sent["action"]["jobDefinition"]["jobType"]}))
    trained, reason = _train(transcript)

    transcript.title("Another person approves")
    evidence = json.loads(_quiet("models", "show", NAME, trained))["request"]["evidence"]
    decide = ("models", "approve", NAME, trained, f"--reason={reason}", "--evidence", evidence)
    transcript.refused(*decide, "--by", SECOND)
    transcript.add(
        "Ben started the run, so he may not decide. Both versions are deployed, and the traffic stays with blue:\n"
    )
    transcript.command("azure", "deploy", NAME, shipped)
    transcript.command("azure", "follow")
    transcript.command("azure", "deploy", NAME, trained)
    transcript.command("azure", "follow")
    transcript.command(*decide, "--by", APPROVER)

    transcript.title("Blue and green: a tenth of the posts")
    transcript.command("azure", "follow")
    _score(transcript)
    _answers(transcript)

    transcript.title("One bad sign halts it, and the traffic goes back")
    _halted(transcript, trained)
    transcript.command("azure", "follow")
    _score(transcript)
    transcript.refused("models", "promote", NAME, trained, "--by", APPROVER)
    transcript.command("azure", "sync")
    transcript.command("azure", "status")
    transcript.command("models", "list")


def _too_early(transcript: Transcript, folder: Path) -> None:
    """Train in Azure on a few labels with the options of `responder train`, and propose what comes of it."""
    learnt, others = _few_labels()
    first, judged = folder / "first-labels.csv", folder / "other-labels.csv"
    _write(first, learnt)
    _write(judged, others)
    transcript.add(
        f"Ben has {len(learnt)} labelled posts about the cyclone. He trains on them in the workspace, with the options that he would\n"
        "give `responder train` on his laptop; the job runs the same program there.\n"
    )
    output = folder / "trained"
    transcript.command("azure", "train", "--data", str(first), "--output", str(output), "--name", EARLY,
                       "--mode", "frozen", "--credit", "Responder's exercise")  # fmt: skip
    transcript.command("models", "register", str(output))
    transcript.add(f"It is judged on {JUDGED} other posts about the same cyclone, beside the version in production.\n")
    said = transcript.command("models", "propose", f"{EARLY}:1", "--data", str(judged), "--by", SECOND)
    assert "A gate refused" in said, said
    transcript.add(
        "*failed not_worse* ends it: this gate can't be waived. Whoever wants this version must bring more labels.\n"
    )


def _exercise() -> list[dict[str, str]]:
    """The exercise's own posts, in an order of their own: text, label and language."""
    from django.conf import settings

    rows = [json.loads(line) for line in Path(settings.EXERCISE_FILE).read_text(encoding="utf-8").splitlines()]
    found = {row["text"]: row for row in rows if not row["repost_of"]}
    posts = [{"text": text, "label": row["gold"]["category"], "lang": row["lang"]} for text, row in found.items()]
    return sorted(posts, key=lambda post: hashlib.sha256(post["text"].encode()).digest())


def _few_labels() -> tuple[list[dict[str, str]], list[dict[str, str]]]:
    """The first posts of each category, and some of the others."""
    rank: Counter[str] = Counter()
    learnt: list[dict[str, str]] = []
    others: list[dict[str, str]] = []
    for post in _exercise():
        rank[post["label"]] += 1
        (learnt if rank[post["label"]] <= FIRST else others).append(post)
    return learnt, others[:JUDGED]


def _write(path: Path, rows: list[dict[str, str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


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


def _train(transcript: Transcript) -> tuple[str, str]:
    """A run that Ben starts, from freeze to approval request; the version that came of it, and why it is better."""
    from classifier import evidence, releases, train
    from classifier.models import Evaluation, RunLine
    from responder.models import User

    run = train.start_now(
        by=User.objects.get(username=SECOND), reason="The cyclone: more labels than last week", config=WEEK
    )
    with contextlib.redirect_stderr(io.StringIO()):
        run = train.work(run.pk)
    lines = RunLine.objects.filter(run=run).order_by("id")
    transcript.add(
        "Ben doesn't wait for Monday and starts a run by hand. It learns from all labels of the site, here those of the\n"
        "exercise and some made-up ones, and continues the live model. As its page tells it:\n"
    )
    transcript.block("\n".join(_without_folders(line.text) for line in lines if NO_TEXTS not in line.text))
    assert run.candidate is not None and run.state == "requested", run.error
    evaluation = Evaluation.objects.get(candidate=run.candidate)
    transcript.add("Its gates:\n")
    transcript.block("\n".join(f"{gate['outcome']:14} {gate['name']}: {gate['why']}" for gate in evaluation.gates))
    assert evidence.blocking(evaluation) == [], evidence.blocking(evaluation)
    releases.tick()
    transcript.command("azure", "runs")
    better = next(gate["why"] for gate in evaluation.gates if gate["name"] == "not_worse")
    return str(run.candidate.version), f"Every gate passed, none was waived: {better}"


def _halted(transcript: Transcript, version: str) -> None:
    """Damage the canary's file on the site's disk: the next process that loads it takes it out by itself."""
    from classifier import serving
    from classifier.models import ModelVersion

    row = ModelVersion.objects.get(name=NAME, version=version)
    path = serving.folder_of(row) / "model.int8.onnx"
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.unlink()
    path.write_bytes(content)
    transcript.add(
        "To show it, the demonstration changes one bit of the canary's file, as a failing disk would. The next worker that\n"
        "loads it finds out from its SHA-256. Nobody has to be awake:\n"
    )
    serving.forget()
    serving.line()
    row.refresh_from_db()
    trial = row.deployments.order_by("-id").first()
    assert trial is not None and row.state == "quarantined", row.state
    transcript.block(_without_folders(f"{row}: {row.get_state_display().lower()}\n{trial.ended_because}"))
    transcript.add("Its posts go to the version in production at once, here and in Azure:\n")


def _score(transcript: Transcript) -> None:
    """As the site asks: with its own HTTP client."""
    from classifier.azure import client, scoring
    from classifier.azure.deployments import Endpoint

    address = Endpoint(client.place(), ENDPOINT).address()
    messages = [{"id": str(number), "text": text} for number, text in enumerate(TEXTS)]
    counts = Counter(scoring.ask(address, messages)["model"]["version"] for _ in range(40))
    transcript.add(f"40 requests to `{address}`, by version that answered: {dict(sorted(counts.items()))}.\n")


def _answers(transcript: Transcript) -> None:
    """What the new version answers, called by the name of its deployment."""
    from classifier.azure import client, scoring
    from classifier.azure.deployments import Endpoint

    messages = [{"id": str(number), "text": text} for number, text in enumerate(TEXTS)]
    address = Endpoint(client.place(), ENDPOINT).address()
    answered = scoring.ask(address, messages, deployment="green")["predictions"]
    transcript.add("What green answers, asked by its name:\n")
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
    return re.sub(r"/\S*/(responder-(demo|job|train)|stand-in-job)-\w+", "…", text)


if __name__ == "__main__":
    main()
