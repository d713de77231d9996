"""Labels of places: in snapshots, erased with their text, and none without a decision."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth import get_user_model

from classifier import clock, feedback, place_labels, snapshots
from classifier.models import PlaceLabel
from classifier.place_labels import LabelledPlace
from classifier.places.measure import measure

pytestmark = pytest.mark.django_db
BEIRA = LabelledPlace("Beira", "city", "MZ", -19.84, 34.84, 9.0, 9, 14)


def record(number: int = 1, place: LabelledPlace | None = BEIRA, decision: int = 1) -> PlaceLabel:
    user, _ = get_user_model().objects.get_or_create(username="ana")
    return place_labels.record(
        subject=f"post:{number}", text="Water at Beira", event="cyclone", lang="en", place=place, by=user,
        decision=decision, predicted={"name": "Beira", "latitude": 6.4, "longitude": 2.1}, model_version_id=None,
    )  # fmt: skip


def test_a_snapshot_holds_them_in_the_shape_that_is_measured(tmp_path: Path) -> None:
    record(1)
    record(2, None)
    snapshots.lay_out(files=[], labels=[], places=place_labels.standing(), folder=tmp_path / "s")
    lines = (tmp_path / "s" / "site_places.jsonl").read_text().splitlines()
    rows: list[dict[str, Any]] = [json.loads(line) for line in lines]
    assert [row["place"] and row["place"]["display_name"] for row in rows] == ["Beira", None]
    assert {row["event"] for row in rows} == {"cyclone"}
    figures = measure(rows, with_context=False)
    assert (figures["n"], figures["right_of_all"]) == (1, 1.0)


def test_an_erasure_empties_them() -> None:
    record()
    assert feedback.erase(subject="post:1", by="system:test") == 1
    label = PlaceLabel.objects.get()
    assert (label.text, label.name, label.latitude, label.predicted, label.start) == ("", "", None, None, None)
    assert place_labels.standing() == []


def test_what_was_withdrawn_later_counted_before() -> None:
    first = record()
    PlaceLabel.objects.filter(pk=first.pk).update(at=clock.now() - timedelta(days=2))
    place_labels.withdraw(subject="post:1", decision=1, by=first.by)
    place_labels.withdraw(subject="post:1", decision=1, by=first.by)  # idempotent
    place_labels.withdraw(subject="post:1", decision=7, by=first.by)
    assert place_labels.standing() == []
    assert place_labels.standing(clock.now() - timedelta(days=1)) == [first]
    assert place_labels.standing(clock.now() - timedelta(days=3)) == []


def test_without_labels_of_places_nothing_is_written(tmp_path: Path) -> None:
    snapshots.lay_out(files=[], labels=[], folder=tmp_path / "s")
    assert not (tmp_path / "s" / "site_places.jsonl").exists()
