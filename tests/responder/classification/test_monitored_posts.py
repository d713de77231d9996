"""The watch over the model: a new event is told from decay, little data from none, and shuffled labels are found."""

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
import time_machine
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

pytest.importorskip("sklearn", reason="needs the training extra")

from classifier import clock, feedback, serving
from classifier.categories import CATEGORY_IDS
from classifier.models import LabelTask, Prediction, Snapshot, TrainingRun
from monitoring import accuracy, early
from monitoring.models import AccuracyWindow, DriftReport
from responder import roles
from responder.classification import monitored_posts
from responder.models import Event, Post, User
from tests.classifier.corpus import GOODS, KIN, PLACES, SENTENCES, THINGS, sentence

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 27, 9, 0, tzinfo=UTC)
MORE = [*PLACES, *THINGS, *GOODS, *KIN]  # so that sentences of one kind are no copies of each other


@pytest.fixture
def now() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield NOW


@pytest.fixture
def fill(event: Event) -> Callable[..., None]:
    """fill(600, days=3): so many posts, classified over the days before so many days ago."""

    def make(count: int, *, ago: float, other_event: Event | None = None, seed: int = 1, words: str = "") -> None:
        rng = random.Random(seed)
        rows = []
        for number in range(count):
            category = rng.choice(list(SENTENCES))
            at = clock.now() - timedelta(days=ago, minutes=number)
            rows.append(
                Post(
                    source="wire", source_id=f"{ago}-{seed}-{number}", event=other_event or event, lang="en", created_at=at,
                    text=f"{words} {sentence(rng, category)} {' '.join(rng.sample(MORE, 4))}".strip(), text_key=f"{seed}{number}", state="classified",
                    classified_at=at, category=category, model_category=category, group="needs",
                    probability=rng.uniform(0.5, 0.95), probabilities={category: 0.8}, time_source="source",
                )
            )  # fmt: skip
        Post.objects.bulk_create(rows)

    return make


def test_halves_of_one_event_are_steady(now: datetime, fill: Callable[..., None]) -> None:
    serving.register_shipped()
    fill(900, ago=0.1, seed=1)
    fill(900, ago=8, seed=2)
    report = monitored_posts.report_drift(kind="full")
    assert (report.verdict, report.action) == ("steady", "none"), report.signals
    (text,) = [signal for signal in report.signals if signal["name"] == "text_drift"]
    assert text["level"] == "ok" and text["value"] < 0.6
    assert monitored_posts.report_drift(kind="full") == report and DriftReport.objects.count() == 1


def test_another_event_fires_text_drift_is_called_a_new_event_and_opens_labelling(
    now: datetime, fill: Callable[..., None]
) -> None:
    serving.register_shipped()
    other = Event.objects.create(ref="quake", name="Quake")
    fill(700, ago=0.1, seed=1, other_event=other, words="sismo temblor réplica")
    fill(700, ago=8, seed=2)
    report = monitored_posts.report_drift(kind="full")
    (text,) = [signal for signal in report.signals if signal["name"] == "text_drift"]
    assert report.verdict == "new event" and text["level"] == "red" and report.facts["new_events"] == ["quake"]
    assert report.action.startswith("opened a labelling burst") and LabelTask.objects.exists()
    assert not TrainingRun.objects.exists()


def test_of_a_hundred_posts_nothing_is_claimed(now: datetime, fill: Callable[..., None]) -> None:
    fill(100, ago=0.1, seed=1)
    fill(100, ago=8, seed=2)
    report = monitored_posts.report_drift(kind="full")
    assert report.verdict in ("too few to say", "steady")
    (text,) = [signal for signal in report.signals if signal["name"] == "text_drift"]
    assert text["level"] == "suppressed" and text["value"] is None and "not enough data" in text["why"]


def audit_labels(by: User, *, right: float, count: int = 320) -> None:
    """A week's blind audit, in which the model was right so often."""
    rng = random.Random(3)
    version = serving.register_shipped()
    for number in range(count):
        said = rng.choice(CATEGORY_IDS)
        truth = said if rng.random() < right else rng.choice([name for name in CATEGORY_IDS if name != said])
        subject = f"post:{number}"
        task = LabelTask.objects.create(
            subject=subject, text="t", text_key=str(number), purpose="audit", week="2026-W48", predicted=said,
            inclusion_probability=0.2, model_version=version, created_at=NOW - timedelta(days=1), event="flood",
        )  # fmt: skip
        Prediction.objects.create(
            subject=subject, model_version=version, category=said, probability=0.8, probabilities={said: 0.8},
            emergency_probability=0.1, priority="Low", priority_score=0.1, created_at=NOW - timedelta(days=1),
        )  # fmt: skip
        feedback.record(
            subject=subject,
            text=f"text {number}",
            event="flood",
            lang="en",
            category=truth,
            how="queue",
            by=by,
            task=task,
        )


def audited(label: str = "") -> AccuracyWindow:
    return AccuracyWindow.objects.filter(kind="audited", metric="accuracy", label=label).order_by("-window_to")[0]


def test_shuffled_labels_fire_the_audited_alarm_and_train_early(now: datetime, people: dict[str, User]) -> None:
    audit_labels(people["reviewer"], right=0.1)
    monitored_posts.report_accuracy()
    row = audited()
    assert row.alarm and row.high is not None and row.baseline is not None and row.high < row.baseline - 0.03
    run = early.start_if_due()
    assert run and run.trigger == "early" and "audited accuracy" in run.reason
    assert early.start_if_due() is None and early.reason(clock.now()) == ""


def test_a_model_that_keeps_its_promise_alarms_nobody(now: datetime, people: dict[str, User]) -> None:
    audit_labels(people["reviewer"], right=0.85)
    monitored_posts.report_accuracy()
    row = audited()
    assert not row.alarm and row.low is not None and row.low < 0.85 < (row.high or 0)
    Snapshot.objects.create(hash="a" * 64, label_cutoff=NOW, labels=[label.pk for label in feedback.standing()])
    assert early.reason(clock.now()) == ""


def test_of_too_few_labels_nothing_is_claimed(now: datetime, people: dict[str, User]) -> None:
    audit_labels(people["reviewer"], right=0.1, count=60)
    monitored_posts.report_accuracy()
    row = audited()
    assert row.point is None and not row.alarm and "not enough data: 60 of 100" in row.method


def test_labels_of_a_new_event_and_erasure_train_early(now: datetime, people: dict[str, User]) -> None:
    audit_labels(people["reviewer"], right=0.85, count=160)
    assert "160 labels of the event flood, which no snapshot contains" in early.reason(clock.now())
    snapshot = Snapshot.objects.create(
        hash="a" * 64, label_cutoff=NOW, labels=[label.pk for label in feedback.standing()]
    )
    assert early.reason(clock.now()) == ""
    for number in range(2):
        feedback.erase(subject=f"post:{number}", by="system:test")
    assert snapshot and "erased" in early.reason(clock.now())


def test_the_commands_print_for_people_and_for_programs(now: datetime, fill: Callable[..., None]) -> None:
    fill(60, ago=0.1)
    out = StringIO()
    call_command("drift_report", "--kind", "light", stdout=out)
    assert "TOO FEW TO SAY" in out.getvalue() or "STEADY" in out.getvalue()
    out = StringIO()
    call_command("accuracy_report", "--json", stdout=out)
    assert '"metric": "accuracy"' in out.getvalue()
    assert accuracy.monday_of("2026-W48") == datetime(2026, 11, 23, tzinfo=UTC)


@pytest.mark.parametrize("role", list(roles.ROLES))
def test_the_reports_are_read_by_everybody_but_partners(
    client: Client, people: dict[str, User], now: datetime, fill: Callable[..., None], role: str
) -> None:
    fill(60, ago=0.1)
    report = monitored_posts.report_drift(kind="light")
    monitored_posts.report_accuracy()
    client.force_login(people[role])
    page, one = reverse("monitoring"), reverse("drift-report", args=[report.pk])
    wanted = 403 if role == "partner" else 200
    assert client.get(page).status_code == client.get(one).status_code == wanted
    if wanted == 200:
        assert "not enough data" in client.get(page).content.decode()
        assert client.get(f"{one}?format=json").json()["verdict"] == report.verdict
        assert client.get(reverse("drift-report", args=[999])).status_code == 404


def test_the_former_addresses_of_the_reports_lead_to_the_present_ones(client: Client, people: dict[str, User]) -> None:
    client.force_login(people["viewer"])
    for former, present in (
        ("/reports/", "/monitoring/"),
        ("/reports/drift/7/?format=json", "/monitoring/drift/7/?format=json"),
    ):
        answer = client.get(former)
        assert (answer.status_code, answer["Location"]) == (301, present)
    client.force_login(people["partner"])
    assert client.get("/reports/").status_code == 403
