"""Run by test_concurrency in a process of its own: twelve requests at once, of which each limit lets so many through.

Limits are made small, so that few rows reach them.
"""

import json
import sys
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from tests.responder.concurrency import world

AT_ONCE, MOST = 12, 4
Race = Callable[[], Any]


def main() -> None:
    world.begin()
    json.dump({name: _raced(*prepared()) for name, prepared in PREPARED.items()}, sys.stdout)


def _raced(work: Callable[[int], Any], rows: Any) -> dict[str, Any]:
    """How many of twelve came through, by their own account and by the rows that are there; and unexpected errors."""
    from responder.errors import ResponderError

    before = rows.count()
    came = world.together([lambda number=number: work(number) for number in range(AT_ONCE)])
    wrong = [repr(one) for one in came if isinstance(one, Exception) and not isinstance(one, ResponderError)]
    done = sum(not isinstance(one, Exception) for one in came)
    return {"done": done, "rows": rows.count() - before, "wrong": wrong}


def webhooks() -> tuple[Callable[[int], Any], Any]:
    from responder.models import WebhookEndpoint
    from responder.webhooks import endpoints

    endpoints.MOST, owner = MOST, world.person("hooks", "partner")
    return lambda n: endpoints.create(
        owner=owner, url=f"https://partner.example/{n}", kinds=["post.decided"], actor="user:hooks"
    ), WebhookEndpoint.objects.all()


def tokens() -> tuple[Callable[[int], Any], Any]:
    from responder.models import ApiToken
    from responder.partners import tokens as work

    work.MOST_USABLE, owner = MOST, world.person("tokens", "partner")
    return lambda n: work.issue(
        owner=owner, organisation="Relief", name=f"Desk {n}", scopes=["predict"], by=owner
    ), ApiToken.objects.filter(owner=owner)


def successors() -> tuple[Callable[[int], Any], Any]:
    from responder.models import ApiToken
    from responder.partners import tokens as work

    work.MOST_USABLE, owner = MOST + 1, world.person("successors", "partner")
    token, _secret = work.issue(owner=owner, organisation="Relief", name="Desk", scopes=["predict"], by=owner)
    return lambda _n: work.rotate(token=token, overlap=timedelta(days=1), by=owner), ApiToken.objects.filter(
        owner=owner
    )


def prediction_jobs() -> tuple[Callable[[int], Any], Any]:
    from responder.models import PredictionJob
    from responder.prediction_jobs import accepting

    accepting.MOST_UNFINISHED, owner = MOST, world.person("jobs", "partner")
    return lambda n: accepting.accept(
        owner=owner, name="a.csv", pieces=[b"text\nWe need water\n"], actor="user:jobs"
    ), PredictionJob.objects.all()


def exports() -> tuple[Callable[[int], Any], Any]:
    from responder.exports import background
    from responder.models import ExportJob
    from responder.queries.filters import Filter

    background.MOST_UNFINISHED, owner = MOST, world.person("exports", "reviewer")
    return lambda _n: background.ask(
        owner=owner, kind="csv", post_filter=Filter(), event=None, actor="user:exports"
    ), ExportJob.objects.all()


def views() -> tuple[Callable[[int], Any], Any]:
    from responder.models import SavedView
    from responder.web import saved_views

    saved_views.MOST_OF_ONE, owner = MOST, world.person("views", "reviewer")
    return lambda n: saved_views.save(name=f"View {n}", page="map", query="", scope="me", by=owner), (
        SavedView.objects.filter(owner=owner)
    )


def views_of_the_team() -> tuple[Callable[[int], Any], Any]:
    from responder.models import SavedView
    from responder.web import saved_views

    saved_views.MOST_OF_TEAM, people = MOST, [world.person(f"team{n}", "reviewer") for n in range(3)]
    return lambda n: saved_views.save(name=f"Team {n}", page="map", query="", scope="team", by=people[n % 3]), (
        SavedView.objects.filter(scope="team")
    )


def feedback() -> tuple[Callable[[int], Any], Any]:
    from responder.models import PartnerFeedback
    from responder.partners import tokens as token_work
    from responder.triage import suggestions

    suggestions.MOST_OPEN, owner = MOST, world.person("feedback", "partner")
    token, _secret = token_work.issue(
        owner=owner, organisation="Relief", name="Desk", scopes=["write:feedback"], by=owner
    )
    posts = world.posts(world.event("feedback"), AT_ONCE)
    return lambda n: suggestions.give(token=token, post_id=posts[n].pk, wrong=["place"]), PartnerFeedback.objects.all()


def reveals() -> tuple[Callable[[int], Any], Any]:
    from responder.models import Reveal
    from responder.privacy import reveal

    reveal.MOST_AN_HOUR, lead = MOST, world.person("reveals", "lead")
    posts = world.posts(world.event("reveals"), AT_ONCE)
    return lambda n: reveal.ask(
        post_id=posts[n].pk, reason="A coordinator asked for it.", by=lead
    ), Reveal.objects.all()


def snoozes() -> tuple[Callable[[int], Any], Any]:
    from responder.models import Snooze
    from responder.queries import queue
    from responder.triage import snoozes as work

    queue.MOST_SNOOZES, people = MOST, [world.person(f"snoozes{n}", "reviewer") for n in range(3)]
    posts = world.posts(world.event("snoozes"), AT_ONCE)
    return lambda n: work.snooze(post_id=posts[n].pk, by=people[n % 3], span="1h"), Snooze.objects.all()


def feeds() -> tuple[Callable[[int], Any], Any]:
    from responder.feeds import configuring
    from responder.models import Feed

    configuring.MOST_FEEDS, lead = MOST + Feed.objects.count(), world.person("feeds", "lead")
    return lambda n: configuring.create(by=lead, fields={"kind": "bluesky", "name": f"Feed {n}", "terms": "flood"}), (
        Feed.objects.all()
    )


PREPARED = {
    "webhooks": webhooks, "tokens": tokens, "successors of a token": successors, "prediction jobs": prediction_jobs,
    "exports": exports, "views": views, "views of the team": views_of_the_team, "feedback": feedback, "reveals": reveals,
    "snoozes": snoozes, "feeds": feeds,
}  # fmt: skip

if __name__ == "__main__":
    main()
