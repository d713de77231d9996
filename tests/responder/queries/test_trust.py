"""Whether the labels can be trusted: the worst finding decides, and small numbers say so."""

from datetime import timedelta

import pytest
from django.urls import reverse

from classifier import clock, serving
from classifier.models import Deployment, LoadedModel
from monitoring.models import AccuracyWindow, Alert, DriftReport
from responder.queries import trust

pytestmark = pytest.mark.django_db


@pytest.fixture
def live() -> Deployment:
    serving.register_shipped()
    return Deployment.objects.get(role="production", ended_at=None)


def verdict(live: Deployment | None) -> trust.TrustStatus:
    return trust.verdict(live, DriftReport.objects.first())


def report(found: str, **columns) -> DriftReport:
    now = clock.now()
    return DriftReport.objects.create(
        kind="light", at=now, window_from=now, window_to=now, reference_from=now, n_window=500, n_reference=900,
        model="m", verdict=found, summary=f"Found: {found}.", action="Asked for labels.", **columns,
    )  # fmt: skip


def accuracy(**columns) -> AccuracyWindow:
    now = clock.now()
    return AccuracyWindow.objects.create(
        **{"kind": "audited", "metric": "accuracy", "window_from": now, "window_to": now, "n": 300, "point": 0.5,
           "low": 0.44, "high": 0.56, "baseline": 0.79, "method": "m", "model": "m"} | columns
    )  # fmt: skip


def test_without_a_version_nothing_can_be_trusted():
    assert verdict(None).state == "blocked"


def test_steady_posts_are_healthy_and_few_posts_are_watched(live):
    assert verdict(live).state == "watch"
    report("steady")
    assert verdict(live).state == "healthy"


@pytest.mark.parametrize(
    ("found", "state"), [("decay", "degraded"), ("new event", "watch"), ("too few to say", "watch")]
)
def test_the_drift_report_speaks_with_its_time_and_what_was_done(live, found, state):
    row = report(found)
    said = verdict(live)
    assert said.state == state
    if found != "too few to say":
        assert (said.because, said.did, said.since) == (row.summary, "Asked for labels.", row.at)


def test_an_audit_below_the_promise_degrades_with_its_interval_and_count(live):
    report("steady")
    accuracy(alarm=True)
    said = verdict(live)
    assert said.state == "degraded"
    assert "0.50 (0.44–0.56) on 300 labelled posts" in said.because


def test_an_old_alarm_of_accuracy_is_over(live):
    report("steady")
    accuracy(alarm=True, window_to=clock.now() - timedelta(days=20))
    assert verdict(live).state == "healthy"


def test_an_open_alert_is_watched_until_it_is_resolved(live):
    report("steady")
    alert = Alert.objects.create(key="k", level="warning", title="Rollback unreviewed", first_at=clock.now(), last_at=clock.now())  # fmt: skip
    assert verdict(live).because.startswith("Rollback unreviewed")
    alert.resolved_at = clock.now()
    alert.save()
    assert verdict(live).state == "healthy"


def test_bytes_that_nobody_approved_block(live):
    report("steady")
    LoadedModel.objects.create(process="web:1", role="production", version=live.version, sha256="f" * 64)
    assert verdict(live).state == "blocked"


def test_classes_with_few_texts_are_not_told_and_others_carry_their_interval():
    row = {"precision": 0.8, "recall": 0.9, "f1": 0.85}
    metrics = {"category": {"per_class": {"requests_or_urgent_needs": row | {"n": 400}, "sympathy_and_support": row | {"n": 49}},
                            "confusion": [[360, 40], [9, 40]]}}  # fmt: skip
    accuracy(metric="recall", label="requests_or_urgent_needs", point=0.7, baseline=0.9)
    first, second = trust.classes(metrics)
    assert (first["few"], second["few"]) == (False, True)
    assert first["recall_interval"][0] < 0.9 < first["recall_interval"][1]
    assert first["since"] == {"change": pytest.approx(-0.2), "n": 300}
    assert second["since"] is None
    assert [cell["step"] for cell in trust.confusion(metrics)["rows"][0]["cells"]] == [5, 1]


def test_bins_with_few_texts_are_hollow():
    bins = [{"stated": 0.25, "observed": 0.4, "n": 20}, {"stated": 0.9, "observed": 0.92, "n": 2_000}]
    drawn = trust.reliability({"category": {"reliability": bins}})
    assert [one["few"] for one in drawn] == [True, False]
    assert drawn[1]["y"] == 8.0
    assert drawn[0]["low"] - drawn[0]["high"] > drawn[1]["low"] - drawn[1]["high"]


def test_the_page_says_the_verdict_first_and_the_card_has_its_own_tab(client, people, live):
    report("decay")
    client.force_login(people["viewer"])
    page = client.get(reverse("model")).content.decode()
    assert page.index("Degraded") < page.index("In production")
    for part in (
        "Found: decay.",
        "Asked for labels.",
        'class="reliability"',
        "not enough data",
        "Injured or dead people",
    ):
        assert part in page
    assert "style=" not in page
    card = client.get(reverse("model-card")).content.decode()
    assert "<h" in card.split('class="document"')[1]


def test_without_a_version_both_pages_answer(client, people):
    client.force_login(people["viewer"])
    assert "Blocked" in client.get(reverse("model")).content.decode()
    assert client.get(reverse("model-card")).status_code == 200


def test_each_language_says_whether_it_counts_and_few_texts_give_no_figure(live, client, people, monkeypatch):
    monkeypatch.setattr(serving, "languages_of", lambda _version: frozenset({"en"}))
    metrics = {
        "category": {"n": 900, "accuracy": 0.8, "macro_f1": 0.7},
        "languages": {
            "es": {"n": 500, "accuracy": 0.6, "macro_f1": 0.4},
            "tr": {"n": 12, "accuracy": 1.0, "macro_f1": 1.0},
        },
    }
    rows = {row["name"]: row for row in trust.by_language(metrics, live)}
    assert list(rows) == ["English", "Spanish", "Turkish"]
    assert [row["counts"] for row in rows.values()] == [True, False, False]
    assert [row["few"] for row in rows.values()] == [False, False, True]
    assert rows["English"]["interval"][0] < 0.8 < rows["English"]["interval"][1]
    client.force_login(people["viewer"])
    page = client.get(reverse("model")).content.decode()
    assert "All other languages" in page and "not measured" in page


def test_a_language_that_counts_without_figures_is_listed(live, monkeypatch):
    monkeypatch.setattr(serving, "languages_of", lambda _version: frozenset({"en", "ar"}))
    rows = {row["name"]: row for row in trust.by_language({}, live)}
    assert rows["Arabic"]["counts"] and rows["Arabic"]["few"] and rows["Arabic"]["accuracy"] is None


def test_the_languages_are_read_from_the_folder_of_the_version(live):
    assert serving.languages_of(live.version) == serving.current().runtime.info.languages
    live.version.folder = "gone"
    assert serving.languages_of(live.version) == {"en"}
