"""A rule with its people, and posts made quickly."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.core.cache import cache

from classifier import categories
from responder.alerting import evaluating, rules
from responder.models import AlertRule, Event, Post, User
from responder.queries.mercator import project


@pytest.fixture(autouse=True)
def _first_batch() -> None:
    cache.delete(evaluating.AFTER_BATCH)


@pytest.fixture
def make_rule(people: dict[str, User], event: Event) -> Callable[..., AlertRule]:
    """Creates a rule as a lead would, by default "3 critical within 10 km in 30 minutes" for a reviewer."""

    def make(**changes: Any) -> AlertRule:
        fields = {
            "name": f"Rule {AlertRule.objects.count()}", "kind": "posts", "event": str(event.pk), "level": "critical",
            "query": "sev:critical", "posts": "3", "radius_km": "10", "minutes": "30", "severity": "4",
            "escalate_minutes": "", "people": [people["reviewer"].pk],
        }  # fmt: skip
        return rules.create(by=people["lead"], **fields | changes)

    return make


@pytest.fixture
def rapid_posts(event: Event) -> Callable[..., None]:
    """Stores many posts at once: (time, latitude, longitude, severity) each."""
    count = 0

    def make(rows: list[tuple[datetime, float, float, int]], place: str = "Beira") -> None:
        nonlocal count
        category = "requests_or_urgent_needs"
        posts = []
        for at, latitude, longitude, severity in rows:
            count += 1
            x, y = project(latitude, longitude)
            posts.append(
                Post(
                    source="simulated", source_id=f"s{count}", event=event, text=f"Help {count}", lang="en",
                    created_at=at, received_at=at, classified_at=at, time_source="source", text_key=f"s{count}",
                    state=Post.State.CLASSIFIED, category=category, group=categories.group_of(category), band=4,
                    severity=severity, latitude=latitude, longitude=longitude, radius_km=5.0, place_name=place,
                    grid_x=x, grid_y=y,
                )
            )  # fmt: skip
        Post.objects.bulk_create(posts, batch_size=500)

    return make
