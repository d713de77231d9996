"""Run by test_concurrency in a process of its own: the same thing is done by several people, or twice, at one moment."""

import json
import sys
from collections import Counter
from collections.abc import Callable
from typing import Any
from uuid import uuid4

from tests.responder.concurrency import world

AT_ONCE = 6
REASON = "The evidence is sound and the gates passed."
Work = Callable[[], Any]


def main() -> None:
    world.begin()
    from django.conf import settings

    settings.SHADOW_HOURS = 0
    Stage.set()
    result = {name: scene() for name, scene in SCENES.items()}
    json.dump(result | {"deadlocks": world.deadlocks(), "audit_intact": _intact()}, sys.stdout)


class Stage:
    """Who and what all scenes need."""

    approvers: list[Any]
    leads: list[Any]
    event: Any
    versions = 0

    @classmethod
    def set(cls) -> None:
        from classifier import serving

        serving.register_shipped()
        cls.approvers = [world.person(f"approver{n}", "approver") for n in range(3)]
        cls.leads = [world.person(f"lead{n}", "lead") for n in range(3)]
        cls.event = world.event("flood")

    @classmethod
    def request(cls, **gates: str) -> Any:
        """A version that may be decided on."""
        from classifier import releases
        from tests.classifier.versions import make_evaluation, make_version

        cls.versions += 1
        request = releases.propose(evaluation=make_evaluation(make_version(f"2026.{cls.versions}"), **gates))
        releases.tick()
        return request


def _raced(*works: Work) -> dict[str, int]:
    """What came of each, by the kind of its error."""
    came = world.together(works)
    return dict(Counter(type(one).__name__ if isinstance(one, Exception) else "done" for one in came))


def _intact() -> bool:
    from monitoring import audit

    return audit.verify().intact


def _on_record(action: str, about: Any) -> int:
    from monitoring.models import AuditEvent

    return AuditEvent.objects.filter(action=action, object_id=str(about)).count()


def _approving(request: Any, by: Any, verb: str = "approve") -> Work:
    from classifier import releases

    arguments = {"request_id": request.pk, "by": by, "reason": REASON, "evidence_hash": request.evidence_hash}
    return lambda: getattr(releases, verb)(**arguments)


def _serving(version: Any) -> dict[str, Any]:
    from classifier.models import Deployment, ModelVersion

    going_on = Deployment.objects.filter(ended_at=None)
    return {
        "state": ModelVersion.objects.get(pk=version.pk).state,
        "decisions": sum(request.decisions.count() for request in version.requests.all()),
        "canaries": going_on.filter(role="canary", version=version).count(),
        "in_production": ModelVersion.objects.filter(state="production").count(),
        "production": going_on.filter(role="production").count(),
        "given": _on_record("approval.given", version.pk),
    }


def two_approvers() -> dict[str, Any]:
    request = Stage.request()
    return {"came": _raced(*[_approving(request, by) for by in Stage.approvers])} | _serving(request.version)


def promoted() -> dict[str, Any]:
    """The canary of the scene before."""
    from classifier import releases
    from classifier.models import ModelVersion

    version = ModelVersion.objects.get(state="canary")
    works = [lambda by=by: releases.promote(version_id=version.pk, by=by) for by in Stage.approvers * 2]
    return {"came": _raced(*works)} | _serving(version) | {"promoted": _on_record("model.production", version.pk)}


def promoted_and_rolled_back() -> dict[str, Any]:
    from classifier import releases

    request = Stage.request()
    _approving(request, Stage.approvers[0])()
    one, other, _third = Stage.approvers
    came = _raced(
        lambda: releases.promote(version_id=request.version_id, by=one), lambda: releases.roll_back(by=other, reason=REASON),
        lambda: releases.promote(version_id=request.version_id, by=other), lambda: releases.roll_back(by=one, reason=REASON),
    )  # fmt: skip
    found = _serving(request.version)
    releases.halt(version_id=request.version_id, reason="the scene is over")
    return {"came": came, "in_production": found["in_production"], "production": found["production"]}


def approver_twice() -> dict[str, Any]:
    from django.conf import settings

    settings.APPROVERS_REQUIRED = 2
    request = Stage.request()
    first = _raced(*[_approving(request, Stage.approvers[0])] * 3)
    result = {"came": first} | _serving(request.version)
    second = _raced(*[_approving(request, by) for by in Stage.approvers[1:]])
    settings.APPROVERS_REQUIRED = 1
    return result | {"then": second, "canaries_then": _serving(request.version)["canaries"]}


def approved_and_rejected() -> dict[str, Any]:
    from classifier import releases
    from classifier.models import ModelVersion

    for version in ModelVersion.objects.filter(state="canary"):
        releases.halt(version_id=version.pk, reason="the scene is over")
    request = Stage.request()
    one, other, _third = Stage.approvers
    came = _raced(_approving(request, one), _approving(request, other, "reject"))
    found = _serving(request.version)
    releases.halt(version_id=request.version_id, reason="the scene is over")
    return {"came": came} | found


def waived() -> dict[str, Any]:
    from classifier import releases
    from classifier.models import Waiver

    request = Stage.request(calibration="failed")
    works = [
        lambda by=by: releases.waive(evaluation_id=request.evaluation_id, gate="calibration", by=by, reason=REASON)
        for by in Stage.approvers
    ]
    return {
        "came": _raced(*works), "waivers": Waiver.objects.filter(evaluation=request.evaluation_id).count(),
        "open": request.version.requests.filter(state="open").count(),
    }  # fmt: skip


def _alert(by: Any) -> Any:
    from responder.cap import drafting

    return drafting.draft(by=by, post_ids=[post.pk for post in world.posts(world.event(uuid4().hex[:8]), 1)])


def published() -> dict[str, Any]:
    from responder.cap import publishing

    alert = _alert(world.person("writer", "reviewer"))
    works = [
        lambda by=by: publishing.publish(alert_id=alert.pk, version=alert.version, by=by, base_url="https://x.example")
        for by in Stage.leads
    ]
    came = _raced(*works)
    alert.refresh_from_db()
    return {"came": came, "state": alert.state, "published": _on_record("alert.published", alert.identifier)}


def published_by_its_writer() -> dict[str, Any]:
    """Whoever edits an alert cannot publish it, not even at the same moment."""
    from responder.cap import drafting, publishing

    alert, lead = _alert(Stage.leads[0]), Stage.leads[1]
    came = _raced(
        lambda: drafting.edit(alert_id=alert.pk, version=alert.version, by=lead, headline="Water rises in Beira"),
        lambda: publishing.publish(alert_id=alert.pk, version=alert.version, by=lead, base_url="https://x.example"),
    )
    alert.refresh_from_db()
    both = alert.state == "published" and alert.writers.filter(pk=lead.pk).exists()
    return {"came": came, "both": both}


def followed() -> dict[str, Any]:
    from responder.cap import drafting, publishing
    from responder.models import CapAlert

    first = _alert(Stage.leads[0])
    publish = {"by": Stage.leads[1], "base_url": "https://x.example"}
    publishing.publish(alert_id=first.pk, version=first.version, **publish)
    updates = [drafting.follow(alert_id=first.pk, message="Update", by=Stage.leads[0]) for _ in range(3)]
    came = _raced(
        *[lambda one=one: publishing.publish(alert_id=one.pk, version=one.version, **publish) for one in updates]
    )
    return {"came": came, "published": CapAlert.objects.filter(follows=first, state="published").count()}


def decided() -> dict[str, Any]:
    """One request that is sent six times: one decision, six answers."""
    from responder import triage
    from responder.models import TriageAction

    [post], by, batch = world.posts(world.event("decided"), 1), Stage.leads[0], uuid4()
    choice = triage.Choice(TriageAction.Verb.CONFIRM)
    came = _raced(
        *[lambda: triage.decide(post_id=post.pk, version=post.version, by=by, choice=choice, batch=batch)] * AT_ONCE
    )
    return {"came": came, "decisions": TriageAction.objects.filter(post=post).count()}


def raised() -> dict[str, Any]:
    from monitoring import alerts
    from monitoring.models import Alert

    came = _raced(*[lambda: alerts.raise_(key="once", level="warning", title="Once")] * AT_ONCE)
    return {"came": came, "times": list(Alert.objects.filter(key="once").values_list("times", flat=True))}


def runs() -> dict[str, Any]:
    from classifier.train import runs as work

    came = _raced(*[lambda by=by: work.start_now(by=by, reason="now") for by in Stage.approvers * 2])
    return {"came": came, "runs": work.unfinished().count()}


def text_to_label() -> dict[str, Any]:
    """Somebody opens the page in six tabs."""
    from classifier import labelling
    from classifier.models import LabelTask

    LabelTask.objects.bulk_create(
        LabelTask(subject=f"text:{n}", text=f"Water {n}", text_key=str(n), purpose="audit", week="2026-W48")
        for n in range(9)
    )
    came = _raced(*[lambda: labelling.next_task(by=Stage.leads[0])] * AT_ONCE)
    return {"came": came, "held": LabelTask.objects.filter(claimed_by=Stage.leads[0]).count()}


def opened_with() -> dict[str, Any]:
    from responder.models import DefaultView
    from responder.web import saved_views

    by = Stage.leads[0]
    made = [saved_views.save(name=f"View {n}", page="map", query="", scope="me", by=by) for n in range(AT_ONCE)]
    came = _raced(*[lambda view=view: saved_views.open_with(view_id=view.pk, by=by) for view in made])
    return {"came": came, "views": DefaultView.objects.filter(person=by).count()}


def feeds_of_x() -> dict[str, Any]:
    from responder.feeds import configuring
    from responder.models import Feed

    fields = {"kind": "x", "terms": "flood", "posts_a_day": "100"}
    made = [configuring.create(by=Stage.leads[0], fields=fields | {"name": f"X feed {n}"}) for n in range(3)]
    came = _raced(*[lambda feed=feed: configuring.start(feed_id=feed.pk, by=Stage.leads[0]) for feed in made])
    return {"came": came, "wanted": Feed.objects.filter(kind="x", wanted=True).count()}


def numbers() -> dict[str, Any]:
    from classifier.registry.numbers import allocate

    given = world.together([lambda: allocate(name="once", taken=3)] * AT_ONCE)
    return {"given": sorted(given, key=str)}


SCENES = {
    scene.__name__: scene
    for scene in (
        two_approvers, promoted, promoted_and_rolled_back, approver_twice, approved_and_rejected, waived, published,
        published_by_its_writer, followed, decided, raised, runs, text_to_label, opened_with, feeds_of_x, numbers,
    )
}  # fmt: skip

if __name__ == "__main__":
    main()
