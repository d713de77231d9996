"""Run by test_storm in a process of its own: many people write the same posts, incidents and files at the same time.

Pages are asked as browsers ask them, the API as partners do; what has a long form is called as its page calls it.
"""

import json
import os
import random
import sys
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

from tests.responder.concurrency import world

THREADS = 30
REFUSED = 409  # what a verb of the classifier refuses by an exception
REASON = "A coordinator asked for it by telephone."


class Writer:
    """One thread: somebody of the staff and a partner, both of whom are also at work in other threads."""

    def __init__(self, number: int, place: "Place") -> None:
        from django.test import Client
        from rest_framework.test import APIClient

        self.random, self.place = random.Random(number), place
        self.staff, self.partner = place.staff[number % len(place.staff)], place.partners[number % len(place.partners)]
        self.statuses, self.failures = Counter[str](), list[str]()
        self.page = Client(headers={"Host": "localhost"})
        self.page.force_login(self.staff)
        self.partners_page = Client(headers={"Host": "localhost"})
        self.partners_page.force_login(self.partner)
        self.api = APIClient(headers={"Host": "localhost", "Authorization": f"Token {place.secrets[self.partner.pk]}"})
        for client in (self.page, self.partners_page, self.api):
            client.raise_request_exception = False

    def write(self) -> None:
        """One write of whatever kind."""
        kind = self.random.choices(list(KINDS), weights=[weight for weight, _verb in KINDS.values()])[0]
        try:
            status, said = KINDS[kind][1](self)
        except Exception as error:
            status, said = 599, repr(error)
        self.statuses[f"{kind} {status}"] += 1
        if status >= 500:
            self.failures.append(f"{kind} {status}: {said[:300]}")

    def post(
        self, address: str, by: Any = None, headers: Any = None, content_type: str = "", **sent: Any
    ) -> tuple[int, str]:
        body = {"data": json.dumps(sent), "content_type": content_type} if content_type else {"data": sent}
        answer = (by or self.page).post(address, headers=headers, **body)
        return answer.status_code, answer.content.decode(errors="replace") if answer.status_code >= 500 else ""

    def call(self, verb: Callable[..., Any], **arguments: Any) -> tuple[int, str]:
        from classifier.errors import ClassifierError
        from responder.errors import ResponderError

        try:
            verb(**arguments)
        except ResponderError as error:
            return error.status, str(error)
        except ClassifierError as error:
            return REFUSED, str(error)
        return 200, ""

    def some(self, model: Any, most: int = 1, **wanted: Any) -> list[Any]:
        found = list(model.objects.filter(**wanted).order_by("?")[:most])
        return found

    def some_posts(self, most: int = 1) -> list[Any]:
        """Mostly of the few that everybody is at."""
        from responder.models import Post

        ids = self.place.hot if self.random.random() < 0.7 else self.place.post_ids
        chosen = self.random.sample(ids, min(most, len(ids)))
        found = Post.objects.in_bulk(chosen)
        return [found[pk] for pk in chosen if pk in found]


class Place:
    """Who and what is there before the storm."""

    def __init__(self, *, classifies: bool) -> None:
        from classifier import serving
        from classifier.models import LabelTask
        from responder import webhooks
        from responder.models import WebhookEndpoint
        from responder.partners import tokens

        serving.register_shipped()
        self.classifies = classifies
        self.staff = [world.person(f"{role}{n}", role) for role in ("reviewer", "lead") for n in range(2)]
        self.leads = self.staff[2:]
        self.partners = [world.person(f"partner{n}", "partner") for n in range(2)]
        self.events = [world.event("flood"), world.event("fire")]
        rows = [world.posts(event, 300, copies=2) for event in self.events]
        self.post_ids = [post.pk for of_event in rows for post in of_event]
        self.hot = [post.pk for of_event in rows for post in of_event[:40]]
        self.sources = {post.pk: post.source_id for of_event in rows for post in of_event}
        self.secrets = {}
        for partner in self.partners:
            _row, self.secrets[partner.pk] = tokens.issue(
                owner=partner, organisation="Relief", name="Desk", scopes=list(tokens.SCOPES), by=partner
            )
            WebhookEndpoint.objects.create(owner=partner, url="https://partner.example/x", kinds=sorted(webhooks.KINDS))
        LabelTask.objects.bulk_create(
            LabelTask(
                subject=f"text:{n}", text=f"We need water {n}", text_key=f"label{n}", purpose="audit", week="2026-W48", coders=2
            )
            for n in range(600)
        )  # fmt: skip


def decide(writer: Writer) -> tuple[int, str]:
    [post] = writer.some_posts() or [None]
    if post is None:
        return 200, ""
    verb = writer.random.choice(["confirm", "category", "dismiss", "severity", "undo"])
    return writer.post(
        f"/triage/{post.pk}/{verb}", version=post.version, category="caution_and_advice", severity="2",
        copies=writer.random.choice(["0", "1"]),
    )  # fmt: skip


def bulk(writer: Writer) -> tuple[int, str]:
    chosen = writer.some_posts(writer.random.randint(20, 50))
    return writer.post(
        "/triage/bulk", verb=writer.random.choice(["confirm", "category", "dismiss", "undo"]),
        category="caution_and_advice", items=",".join(f"{post.pk}:{post.version}" for post in chosen),
        copies=writer.random.choice(["0", "1"]),
    )  # fmt: skip


def claim(writer: Writer) -> tuple[int, str]:
    [post] = writer.some_posts() or [None]
    verb = writer.random.choice(["claim", "claim", "release", "snooze", "wake"])
    return writer.post(f"/triage/{post.pk}/{verb}", span="15m") if post else (200, "")


def incident(writer: Writer) -> tuple[int, str]:  # noqa: PLR0911  one way out for each verb
    """Incidents are opened, grow, shrink, become one and fall apart again."""
    from responder.incidents import handling, membership, merging, undoing
    from responder.models import Incident, IncidentEntry, IncidentPost

    lead, chance = writer.random.choice(writer.place.leads), writer.random.random()
    found = writer.some(Incident, 2, merged_into=None, event=writer.random.choice(writer.place.events))
    if len(found) < 2 or chance < 0.25:
        chosen = writer.some_posts(writer.random.randint(1, 5))
        return writer.call(membership.create, post_ids=[post.pk for post in chosen], by=writer.staff)
    one, other = found
    known = {"incident_id": one.pk, "version": one.version, "by": lead}
    members = list(IncidentPost.objects.filter(incident=one, state="accepted").values_list("post", flat=True))
    if chance < 0.35:
        return writer.call(membership.attach, post_ids=[post.pk for post in writer.some_posts(3)], **known)
    if chance < 0.45 and members:
        return writer.call(membership.detach, post_id=writer.random.choice(members), **known)
    if chance < 0.6:
        return writer.call(merging.merge, into_id=other.pk, into_version=other.version, **known)
    if chance < 0.75 and len(members) > 1:
        return writer.call(merging.split, post_ids=members[:1], **known)
    if chance < 0.85:
        return writer.call(handling.note, text="Seen on site", **known)
    if chance < 0.92:
        return writer.post(f"/incidents/{one.ref}/{writer.random.choice(['follow', 'unfollow'])}")
    entry = writer.some(IncidentEntry, incident=one, undone_by=None)
    return writer.call(undoing.undo, entry_id=entry[0].pk, **known) if entry else (200, "")


def export(writer: Writer) -> tuple[int, str]:
    from responder.models import ExportJob

    mine = writer.some(ExportJob, owner=writer.staff)
    if mine and writer.random.random() < 0.5:
        return writer.post(f"/exports/{mine[0].ref}/delete")
    return writer.post("/exports/ask", kind="csv", query="", event="")


def token(writer: Writer) -> tuple[int, str]:
    from responder.models import ApiToken
    from responder.partners import tokens

    mine = writer.some(ApiToken, owner=writer.partner, revoked_at=None, name="Other")
    if not mine or writer.random.random() < 0.3:
        return writer.call(
            tokens.issue,
            owner=writer.partner,
            organisation="Relief",
            name="Other",
            scopes=["predict"],
            by=writer.partner,
        )
    if writer.random.random() < 0.5:
        return writer.call(tokens.revoke, token=mine[0], by=writer.partner)
    return writer.call(tokens.rotate, token=mine[0], overlap=timedelta(0), by=writer.partner)


def webhook(writer: Writer) -> tuple[int, str]:
    from responder.models import WebhookEndpoint

    mine = writer.some(WebhookEndpoint, owner=writer.partner)
    if mine and writer.random.random() < 0.6:
        verb = writer.random.choice(["rotate", "pause", "resume", "test", "delete"])
        return writer.post(f"/developers/webhooks/{mine[0].ref}/{verb}", by=writer.partners_page)
    return writer.post(
        "/developers/webhooks/create", by=writer.partners_page, url="https://partner.example/hook", kind="post.decided"
    )


def label(writer: Writer) -> tuple[int, str]:
    from classifier import labelling

    held = labelling.next_task(by=writer.staff)
    if held is None:
        return 200, ""
    verb = writer.random.choice(["answer", "answer", "skip"])
    return writer.post(f"/labelling/{held.pk}/{verb}", category="caution_and_advice")


def look_behind_the_mask(writer: Writer) -> tuple[int, str]:
    from responder.privacy import reveal

    chosen = writer.some_posts()
    lead = writer.random.choice(writer.place.leads)
    return writer.call(reveal.ask, post_id=chosen[0].pk, reason=REASON, by=lead) if chosen else (200, "")


def view(writer: Writer) -> tuple[int, str]:
    from responder.models import SavedView

    mine = writer.some(SavedView, owner=writer.staff)
    if mine and writer.random.random() < 0.6:
        if writer.random.random() < 0.5:
            return writer.post("/views/open-with", view=mine[0].pk)
        return writer.post(f"/views/{mine[0].pk}/delete")
    name = f"View {writer.random.randint(1, 40)}"
    return writer.post("/views/", name=name, page="map", query="sev=1", scope=writer.random.choice(["me", "team"]))


def feedback(writer: Writer) -> tuple[int, str]:
    from responder.models import PartnerFeedback

    waiting = writer.some(PartnerFeedback, state="open")
    if waiting and writer.random.random() < 0.5:
        version = waiting[0].post.version
        return writer.post(f"/triage/suggestions/{waiting[0].pk}/accept", version=version)
    [post] = writer.some_posts() or [None]
    if post is None:
        return 200, ""
    return writer.post(
        f"/api/v1/posts/{post.pk}/feedback", by=writer.api, headers={"Idempotency-Key": f"k{writer.random.random()}"},
        content_type="application/json", wrong=["category"], category="caution_and_advice",
    )  # fmt: skip


def job(writer: Writer) -> tuple[int, str]:
    from django.core.files.uploadedfile import SimpleUploadedFile

    from responder.models import PredictionJob

    mine = writer.some(PredictionJob, owner=writer.partner)
    if mine and writer.random.random() < 0.5:
        return writer.post(f"/files/{mine[0].ref}/delete", by=writer.partners_page)
    return writer.post("/files/send", by=writer.partners_page, file=SimpleUploadedFile("a.csv", b"text\nWater\n"))


def source(writer: Writer) -> tuple[int, str]:
    """Posts are edited and deleted where they came from, and understood (anew) meanwhile."""
    from responder.classification import pipeline
    from responder.feeds import erasure, ingest
    from responder.feeds.raw_post import RawPost

    chosen, chance = writer.some_posts(4), writer.random.random()
    if chance < 0.2:
        return writer.call(erasure.delete, source="storm", source_ids=[post.source_id for post in chosen[:1]])
    if chance < 0.5:
        revision = f"{writer.random.randint(1, 10**9):012d}"
        edited = [RawPost(post.source_id, f"We need water {revision}", revision=revision) for post in chosen]
        return writer.call(ingest.accept, posts=edited, source="storm", event=None)
    return writer.call(pipeline.drain, limit=1) if writer.place.classifies else (200, "")


def alarm(writer: Writer) -> tuple[int, str]:
    from monitoring import alerts

    key = f"storm:{writer.random.randint(1, 3)}"
    if writer.random.random() < 0.5:
        return writer.call(alerts.raise_, key=key, level="warning", title="Storm")
    return writer.call(lambda: alerts.resolve(key))


KINDS: dict[str, tuple[int, Callable[[Writer], tuple[int, str]]]] = {
    "decide": (30, decide), "bulk": (2, bulk), "claim": (10, claim), "incident": (16, incident), "export": (5, export),
    "token": (4, token), "webhook": (5, webhook), "label": (10, label), "reveal": (3, look_behind_the_mask), "view": (4, view),
    "feedback": (4, feedback), "job": (2, job), "source": (3, source), "alarm": (2, alarm),
}  # fmt: skip


def main() -> None:
    writes = int(os.environ["STORM_WRITES"])
    world.begin()
    place = Place(classifies=writes > 1_000)  # to load the model takes as long as hundreds of writes
    writers = [Writer(number, place) for number in range(THREADS)]

    def work(writer: Writer) -> None:
        from django.db import connection

        for _ in range(writes // THREADS):
            writer.write()
        connection.close()

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(work, writers))
    json.dump(summary(writers), sys.stdout)


def summary(writers: list[Writer]) -> dict[str, Any]:
    """What came of the storm, and whether what is stored agrees with itself."""
    from django.db.models import Count, F, Q

    from monitoring import audit
    from monitoring.models import AuditEvent
    from responder.models import Incident, TriageAction

    statuses = sum((writer.statuses for writer in writers), Counter[str]())
    verdict = audit.verify()
    decided = AuditEvent.objects.filter(action__in=[f"post.{verb}" for verb in TriageAction.Verb.values])
    accepted = Count("memberships", filter=Q(memberships__state="accepted"))
    return {
        "writes": statuses.total(), "statuses": dict(sorted(statuses.items())), "deadlocks": world.deadlocks(),
        "failures": [failure for writer in writers for failure in writer.failures],
        "audit_intact": verdict.intact, "audit_events": verdict.events,
        # Erased posts take their decisions along; the audit log keeps that they were.
        "decisions": TriageAction.objects.count(), "decisions_on_record": decided.count(),
        "incidents": Incident.objects.count(),
        "incidents_of_wrong_size": Incident.objects.annotate(there=accepted).exclude(size=F("there")).count(),
    }  # fmt: skip


if __name__ == "__main__":
    main()
