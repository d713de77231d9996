"""What posts say about the response is what their incidents say, whatever people and rules did in whatever order."""

import importlib
import random

import pytest
from django.apps import apps
from django.db.models import Q

from responder.errors import ResponderError
from responder.incidents import answering, evidence, handling, membership, merging, responding, undoing
from responder.models import Change, Incident, IncidentEntry, IncidentPost, Post
from responder.models.incident import UNANSWERED
from responder.models.post import UNANSWERED as UNANSWERED_POSTS
from responder.triage import verbs as triage

STEPS = 25


def from_scratch():
    """Post → what it must say, from the memberships alone."""
    found = dict.fromkeys(Post.objects.values_list("pk", flat=True), 0)
    rows = IncidentPost.objects.filter(state="accepted").select_related("incident")
    for row in rows:
        incident = row.incident
        if incident.verification == "false" or incident.status in ("on_the_way", "resolved"):
            found[row.post_id] = 2
        elif incident.status in ("confirmed", "assigned"):
            found[row.post_id] = 1
    return found


def stored():
    return dict(Post.objects.values_list("pk", "response"))


class Team:
    """Three people's worth of random verbs on the incidents and posts of an event."""

    def __init__(self, chance, lead):
        self.chance, self.lead, self.done = chance, lead, []

    def step(self):
        name = self.chance.choice(
            ["create", "attach", "detach", "mute", "confirm", "assign", "set_off", "turn_back", "resolve", "reopen", "verify",
             "merge", "split", "undo", "undo", "forget_rule", "severity"]
        )  # fmt: skip
        try:
            getattr(self, name)()
        except ResponderError:
            return
        self.done.append(name)

    def incident(self):
        return self.chance.choice(list(Incident.objects.order_by("pk")))

    def on(self, verb, incident=None, **arguments):
        incident = incident or self.incident()
        return verb(incident_id=incident.pk, version=incident.version, by=self.lead, **arguments)

    def member(self, incident):
        ids = list(incident.memberships.filter(state="accepted").order_by("pk").values_list("post", flat=True))
        return self.chance.choice(ids) if ids else 0

    def post(self):
        return self.chance.choice(list(Post.objects.order_by("pk").values_list("pk", flat=True)))

    def create(self):
        membership.create(post_ids=[self.post()], by=self.lead)

    def attach(self):
        self.on(membership.attach, post_ids=[self.post()])

    def detach(self):
        incident = self.incident()
        self.on(membership.detach, incident, post_id=self.member(incident))

    def mute(self):
        incident = self.incident()
        self.on(membership.mute, incident, post_id=self.member(incident))

    def confirm(self):
        self.on(responding.confirm)

    def assign(self):
        self.on(responding.assign, to=self.lead.pk)

    def set_off(self):
        self.on(responding.set_off)

    def turn_back(self):
        self.on(responding.turn_back, reason="The road is closed")

    def resolve(self):
        self.on(responding.resolve, outcome="done", reason="They are safe")

    def reopen(self):
        self.on(responding.reopen, reason="More people are there")

    def verify(self):
        self.on(handling.verify, verification=self.chance.choice(["false", "verified"]), reason="A call to the school")

    def merge(self):
        into = self.incident()
        self.on(merging.merge, into_id=into.pk, into_version=into.version)

    def split(self):
        incident = self.incident()
        self.on(merging.split, incident, post_ids=[self.member(incident)])

    def undo(self):
        entry = self.chance.choice(list(IncidentEntry.objects.exclude(verb="undo").order_by("pk")))
        self.on(undoing.undo, entry.incident, entry_id=entry.pk)

    def forget_rule(self):
        post_id = self.post()
        IncidentPost.objects.filter(post=post_id).update(by=None)
        evidence.forget_rule([post_id])

    def severity(self):
        post = Post.objects.get(pk=self.post())
        triage.set_severity(
            post_id=post.pk, version=post.version, by=self.lead, severity=self.chance.choice([1, 2, 3, 4])
        )


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.django_db
def test_posts_say_what_their_incidents_say_after_any_sequence(make_post, people, seed):
    chance = random.Random(seed)
    posts = [make_post(author_handle=f"author{n % 4}", severity=1 + n % 4) for n in range(9)]
    for one in range(3):
        membership.create(post_ids=[post.pk for post in posts[2 * one : 2 * one + 2]], by=people["lead"])
    team = Team(chance, people["lead"])
    for _ in range(STEPS):
        team.step()
        assert stored() == from_scratch(), team.done
    assert not answering.outdated(Post.objects.all()).exists()
    assert len(team.done) >= 5


@pytest.fixture
def incident(make_post, people):
    posts = [make_post(severity=1, author_handle=f"a{n}") for n in range(3)]
    return membership.create(post_ids=[post.pk for post in posts], by=people["lead"])


def waiting():
    return Post.objects.filter(UNANSWERED_POSTS).count()


def test_only_somebody_on_the_way_or_a_decision_that_closes_it_clears_the_count(incident, people):
    def ask(verb, **arguments):
        incident.refresh_from_db()
        return verb(incident_id=incident.pk, version=incident.version, by=people["lead"], **arguments)

    for post in Post.objects.all():
        triage.confirm(post_id=post.pk, version=post.version, by=people["lead"])
    assert waiting() == 3  # confirming posts clears nothing
    ask(responding.confirm)
    ask(responding.assign, to=people["lead"].pk)
    assert waiting() == 3
    ask(responding.set_off)
    assert waiting() == 0
    ask(responding.turn_back, reason="The bridge is gone")
    assert waiting() == 3
    ask(responding.resolve, outcome="cannot_be_met", reason="No boat is free")
    assert waiting() == 0
    ask(responding.reopen, reason="A boat is free")
    ask(handling.verify, verification="false", reason="An old photo")
    assert waiting() == 0


def test_a_confirmed_incident_counts_posts_of_every_severity(incident, make_post, people):
    low = make_post(severity=4)
    membership.attach(incident_id=incident.pk, version=incident.version, post_ids=[low.pk], by=people["lead"])
    assert waiting() == 3
    incident.refresh_from_db()
    responding.confirm(incident_id=incident.pk, version=incident.version, by=people["lead"])
    assert waiting() == 4


def test_what_people_found_not_relevant_is_not_counted(incident, make_post, people):
    first, second = Post.objects.order_by("pk")[:2]
    triage.dismiss(post_id=first.pk, version=first.version, by=people["lead"])
    triage.correct(post_id=second.pk, version=second.version, by=people["lead"], category="not_humanitarian")
    assert waiting() == 1


def test_open_maps_are_told_and_versions_of_posts_stay(incident, people):
    versions = set(Post.objects.values_list("pk", "version"))
    responding.confirm(incident_id=incident.pk, version=incident.version, by=people["lead"])
    assert set(Change.objects.filter(kind="edited").values_list("post", flat=True)) == {pk for pk, _ in versions}
    assert set(Post.objects.values_list("pk", "version")) == versions
    told = Change.objects.count()
    incident.refresh_from_db()
    responding.assign(incident_id=incident.pk, version=incident.version, by=people["lead"], to=people["lead"].pk)
    assert Change.objects.count() == told  # it waits as before


def test_the_migration_fills_what_the_verbs_would_have_written(incident, make_post, people):
    other = membership.create(post_ids=[make_post(severity=2).pk], by=people["lead"])
    responding.confirm(incident_id=incident.pk, version=incident.version, by=people["lead"])
    responding.resolve(
        incident_id=other.pk, version=other.version, by=people["lead"], outcome="done", reason="Delivered"
    )
    expected = stored()
    assert set(expected.values()) == {1, 2}
    Post.objects.update(response=0)
    importlib.import_module("responder.migrations.0041_post_response").fill(apps, None)
    assert stored() == expected


def test_incidents_and_posts_agree_on_who_waits(incident, people):
    """A confirmed incident that is unanswered has unanswered posts, and one that is answered has none."""
    responding.confirm(incident_id=incident.pk, version=incident.version, by=people["lead"])
    assert Incident.objects.filter(UNANSWERED).count() == 1
    assert Post.objects.filter(UNANSWERED_POSTS & Q(memberships__incident=incident)).count() == 3
