"""What people do with incidents: who may, what is written, what can be taken back, and who comes second."""

from datetime import timedelta

import pytest

from classifier import clock
from monitoring.models import AuditEvent
from responder.errors import Conflict, Invalid, Missing, NotPermitted
from responder.incidents import following, handling, membership, merging, responding, undoing
from responder.models import Event, Incident, IncidentEntry, IncidentPost, MutedAuthor, Post, Team
from responder.models.incident import UNANSWERED

LOOK_ON = ["viewer", "approver", "auditor", "partner"]
BOTH, LEADS = ["reviewer", "lead"], ["lead"]


@pytest.fixture
def ask(people):
    """Calls a verb in the name of a role, at the incident's present version."""

    def call(verb, incident, role="lead", **arguments):
        incident.refresh_from_db()
        arguments = {"version": incident.version} | arguments
        return verb(incident_id=incident.pk, by=people[role], **arguments)

    return call


@pytest.fixture
def incident(make_post, people):
    posts = [make_post(author_handle=f"author{n}", severity=2 + n) for n in range(3)]
    return membership.create(post_ids=[post.pk for post in posts], by=people["reviewer"], title="Water at Beira")


@pytest.fixture
def other(make_post, people):
    return membership.create(post_ids=[make_post(author_handle="z").pk], by=people["lead"])


def members(incident):
    return set(incident.memberships.filter(state="accepted").values_list("post", flat=True))


def calls(incident, other, make_post):
    """Name → verb, arguments, roles that may."""
    loose, suggested = make_post(), make_post()
    IncidentPost.objects.create(incident=incident, post=suggested, state="suggested")
    some = min(members(incident))
    return {
        "attach": (membership.attach, {"post_ids": [loose.pk]}, BOTH),
        "accept": (membership.accept, {"post_id": suggested.pk}, BOTH),
        "decline": (membership.decline, {"post_id": suggested.pk}, BOTH),
        "detach": (membership.detach, {"post_id": some}, BOTH),
        "confirm": (responding.confirm, {"note": "On it"}, BOTH),
        "edit": (handling.edit, {"severity": 1, "needs": {"water": "needed"}, "summary": "No water"}, BOTH),
        "note": (handling.note, {"text": "Called the school"}, BOTH),
        "mute": (membership.mute, {"post_id": some}, LEADS),
        "assign": (responding.assign, {"to": None}, LEADS),
        "set_off": (responding.set_off, {"note": "By boat"}, BOTH),
        "verify": (handling.verify, {"verification": "verified", "reason": "The school confirmed"}, LEADS),
        "resolve": (responding.resolve, {"outcome": "done", "reason": "Water arrived"}, LEADS),
        "publish": (handling.publish, {"text": "Water is short, call +258 84 123 4567"}, LEADS),
        "merge": (merging.merge, {"into_id": other.pk, "into_version": other.version}, LEADS),
        "split": (merging.split, {"post_ids": [some]}, LEADS),
    }


NAMES = ["attach", "accept", "decline", "detach", "confirm", "edit", "note", "mute", "assign", "set_off", "verify", "resolve",
         "publish", "merge", "split"]  # fmt: skip


@pytest.fixture
def verbs(incident, other, make_post, people):
    found = calls(incident, other, make_post)
    Incident.objects.filter(pk=incident.pk).update(owner=people["reviewer"])
    incident.refresh_from_db()
    found["assign"][1]["to"] = people["lead"].pk
    return found


@pytest.mark.parametrize("name", NAMES)
def test_roles_that_may_not_change_nothing(verbs, incident, ask, name):
    verb, arguments, may = verbs[name]
    before = (incident.version, members(incident), IncidentEntry.objects.count(), AuditEvent.objects.count())
    for role in {*LOOK_ON, *BOTH} - set(may):
        with pytest.raises(NotPermitted):
            ask(verb, incident, role, **arguments)
    incident.refresh_from_db()
    assert (incident.version, members(incident), IncidentEntry.objects.count(), AuditEvent.objects.count()) == before


@pytest.mark.parametrize("name", NAMES)
def test_a_change_raises_the_version_and_leaves_an_entry_and_an_audit_record(verbs, incident, ask, people, name):
    verb, arguments, may = verbs[name]
    role = may[0]
    version = incident.version
    entry = ask(verb, incident, role, **arguments)
    incident.refresh_from_db()
    assert incident.version == version + 1
    assert (entry.verb, entry.actor) == (name, people[role])
    recorded = AuditEvent.objects.filter(action=f"incident.{name}", object_id=incident.ref).latest("sequence")
    assert recorded.actor == f"user:{people[role].username}"
    assert "Called the school" not in str(recorded.detail)


@pytest.mark.parametrize("name", NAMES)
def test_who_comes_second_learns_who_was_first(verbs, incident, ask, name):
    verb, arguments, may = verbs[name]
    seen = incident.version
    ask(handling.note, incident, "reviewer", text="First")
    with pytest.raises(Conflict) as refused:
        verb(incident_id=incident.pk, version=seen, by=_person(may[0]), **arguments)
    assert (refused.value.by, refused.value.what, refused.value.version) == ("Ana Reviewer", "Note", seen + 1)


def _person(role):
    from responder.models import User

    return User.objects.get(username=f"{role}-ana")


UNDOABLE = [name for name in NAMES if name != "note"]


@pytest.mark.parametrize("name", UNDOABLE)
def test_every_change_can_be_taken_back_once(verbs, incident, other, ask, name):
    verb, arguments, may = verbs[name]
    held = other if name == "merge" else incident
    before = _state(incident), _state(other)
    entry = ask(verb, incident, may[0], **arguments)
    assert (_state(incident), _state(other)) != before
    undone = ask(undoing.undo, held, may[0], entry_id=entry.pk)
    assert (_state(incident), _state(other)) == before
    assert undone.undoes == entry
    assert AuditEvent.objects.filter(action="incident.undo", object_id=held.ref).exists()
    with pytest.raises(Invalid):
        ask(undoing.undo, held, "lead", entry_id=entry.pk)


def _state(incident):
    incident.refresh_from_db()
    # That somebody has seen it stays true after an undo.
    apart = {"version", "last_evidence_at", "seen_at"}
    columns = [field.attname for field in Incident._meta.fields if field.attname not in apart]
    rows = IncidentPost.objects.filter(incident=incident).exclude(state__in=["moved", "detached"])
    suggested = sorted(rows.values_list("post", "state"))
    return {name: getattr(incident, name) for name in columns}, suggested, MutedAuthor.objects.count()


@pytest.mark.parametrize("name", ["mute", "merge", "split", "detach"])
def test_after_a_day_nothing_is_taken_back(verbs, incident, other, ask, name):
    verb, arguments, _may = verbs[name]
    entry = ask(verb, incident, **arguments)
    IncidentEntry.objects.filter(pk=entry.pk).update(at=clock.now() - timedelta(hours=25))
    with pytest.raises(Invalid, match="24 hours"):
        ask(undoing.undo, other if name == "merge" else incident, entry_id=entry.pk)


def test_only_leads_take_back_what_others_did(verbs, incident, ask):
    entry = ask(responding.confirm, incident, "lead")
    with pytest.raises(NotPermitted):
        ask(undoing.undo, incident, "reviewer", entry_id=entry.pk)


def test_what_was_changed_since_is_not_overwritten_by_an_undo(incident, ask):
    entry = ask(handling.edit, incident, severity=1)
    ask(handling.edit, incident, severity=3)
    with pytest.raises(Invalid, match="has been changed since"):
        ask(undoing.undo, incident, entry_id=entry.pk)


def test_the_way_of_an_incident(incident, ask, people):
    assert (incident.status, incident.owner) == ("open", None)
    ask(responding.confirm, incident, "reviewer")
    with pytest.raises(Invalid):
        ask(responding.confirm, incident)
    ask(responding.assign, incident, to=people["reviewer"].pk)
    incident.refresh_from_db()
    assert (incident.status, incident.owner) == ("assigned", people["reviewer"])
    ask(responding.resolve, incident, outcome="done", reason="Done")
    with pytest.raises(Invalid, match="Reopen"):
        ask(responding.assign, incident, to=people["reviewer"].pk)
    ask(responding.reopen, incident, reason="Water ran out again")
    incident.refresh_from_db()
    assert (incident.status, incident.resolution) == ("assigned", "")


def test_only_people_who_work_on_incidents_can_own_one(incident, ask, people):
    for person in ("viewer", "partner"):
        with pytest.raises(Invalid):
            ask(responding.assign, incident, to=people[person].pk)


@pytest.mark.parametrize("fields", [
    {"severity": 0}, {"severity": 5}, {"needs": {"gold": "needed"}}, {"needs": {"water": "maybe"}}, {"title": "x"},
    {"title": "x" * 201}, {"latitude": 91, "longitude": 0, "radius_km": 1}, {"latitude": 1, "longitude": 1},
    {"latitude": 1, "longitude": 1, "radius_km": 0}, {"verification": "verified"}, {"status": "resolved"}, {},
])  # fmt: skip
def test_what_makes_no_sense_is_refused(incident, ask, fields):
    with pytest.raises(Invalid):
        ask(handling.edit, incident, **fields)


def test_editing_and_new_posts_leave_the_verification_alone(incident, ask, make_post):
    ask(handling.verify, incident, verification="false", reason="It was last year's photo")
    ask(handling.edit, incident, title="Another title", severity=1)
    ask(membership.attach, incident, post_ids=[make_post().pk])
    incident.refresh_from_db()
    assert (incident.verification, incident.verified_by.username) == ("false", "lead-ana")


def test_a_person_sets_the_severity_for_good(incident, ask, make_post):
    ask(handling.edit, incident, severity=4)
    ask(membership.attach, incident, post_ids=[make_post(severity=1).pk])
    incident.refresh_from_db()
    assert incident.severity == 4


def test_a_post_belongs_to_one_incident(incident, other, ask, people):
    with pytest.raises(Invalid, match=incident.ref):
        ask(membership.attach, other, post_ids=[min(members(incident))])
    with pytest.raises(Invalid):
        membership.create(post_ids=[min(members(incident))], by=people["lead"])


def test_posts_of_another_event_or_not_there_are_refused(incident, ask, make_post):
    with pytest.raises(Invalid):
        ask(membership.attach, incident, post_ids=[make_post(event=None).pk])
    for ids in ([10**9], [make_post(state="accepted").pk]):
        with pytest.raises(Missing):
            ask(membership.attach, incident, post_ids=ids)
    with pytest.raises(Invalid):
        ask(membership.attach, incident, post_ids=[])


def test_a_merge_moves_the_posts_and_leaves_a_signpost(incident, other, ask):
    preview = merging.preview_merge(incident_id=incident.pk, into_id=other.pk, by=_person("lead"))
    assert (preview.size, preview.authors) == (4, 4)
    ask(merging.merge, incident, into_id=other.pk, into_version=other.version)
    incident.refresh_from_db()
    other.refresh_from_db()
    assert (incident.merged_into, incident.size, other.size, other.authors) == (other, 0, 4, 4)
    with pytest.raises(Invalid, match=other.ref):
        ask(handling.note, incident, text="Too late")


def test_an_undone_merge_leaves_what_came_since_where_it_is(incident, other, ask, make_post):
    entry = ask(merging.merge, incident, into_id=other.pk, into_version=other.version)
    late = make_post()
    ask(membership.attach, other, post_ids=[late.pk])
    ask(undoing.undo, other, entry_id=entry.pk)
    assert late.pk in members(other) and len(members(incident)) == 3


def test_a_split_leaves_at_least_one_post(incident, ask, people):
    chosen = sorted(members(incident))
    preview = merging.preview_split(incident_id=incident.pk, post_ids=chosen[:1], by=people["lead"])
    assert (preview.size, preview.left_size) == (1, 2)
    with pytest.raises(Invalid, match="at least one"):
        ask(merging.split, incident, post_ids=chosen)
    entry = ask(merging.split, incident, post_ids=chosen[:1], title="Another matter")
    assert (entry.other.title, members(entry.other)) == ("Another matter", {chosen[0]})


def test_a_muted_author_counts_no_longer(incident, ask):
    post = Post.objects.get(pk=min(members(incident)))
    ask(membership.mute, incident, post_id=post.pk)
    incident.refresh_from_db()
    assert (incident.size, incident.authors) == (2, 2)
    muted = MutedAuthor.objects.get()
    assert muted.event == incident.event and post.author_handle not in muted.author_key


def test_a_public_summary_is_masked(incident, ask):
    ask(handling.publish, incident, text="Call Ana at +258 84 123 4567 or @ana")
    incident.refresh_from_db()
    assert "123" not in incident.public_summary and "@ana" not in incident.public_summary and incident.public_at


def test_everybody_who_reads_may_follow_and_snooze(incident, people):
    row = following.follow(incident_id=incident.pk, by=people["viewer"])
    assert row.follows
    row = following.snooze(incident_id=incident.pk, by=people["viewer"], grows_by=5)
    assert (row.follows, row.snoozed_until_size) == (True, 8)
    assert not following.unfollow(incident_id=incident.pk, by=people["viewer"]).follows
    with pytest.raises(NotPermitted):
        following.follow(incident_id=incident.pk, by=people["partner"])
    with pytest.raises(Invalid):
        following.snooze(incident_id=incident.pk, by=people["viewer"], grows_by=-1)


def test_the_clocks_of_an_incident(incident, ask, people, time_machine):
    assert incident.seen_at  # whoever opened it saw it
    Incident.objects.update(seen_at=None)  # as if a rule had opened it
    opened = incident.waiting_since
    assert (incident.going_at, incident.unanswered) == (None, incident.severity == 1)
    team = Team.objects.create(event=incident.event, name="Boat 2")
    steps = [
        (responding.confirm, {}, True), (responding.assign, {"team": team.pk}, True),
        (responding.set_off, {}, False), (responding.turn_back, {"reason": "The road is cut"}, True),
        (responding.set_off, {}, False), (responding.resolve, {"outcome": "done", "reason": "All are safe"}, False),
        (responding.reopen, {"reason": "Two are missing"}, True),
    ]  # fmt: skip
    for minute, (verb, arguments, unanswered) in enumerate(steps, 1):
        time_machine.move_to(opened + timedelta(minutes=minute), tick=False)
        ask(verb, incident, **arguments)
        incident.refresh_from_db()
        assert incident.unanswered == unanswered, verb.__name__
        assert Incident.objects.filter(UNANSWERED, pk=incident.pk).exists() == unanswered, verb.__name__
        assert incident.seen_at == opened + timedelta(minutes=1)
        going = {3: 3, 5: 5, 6: 5}.get(minute)
        assert incident.going_at == (opened + timedelta(minutes=going) if going else None), verb.__name__
    assert (incident.status, incident.team, incident.outcome) == ("assigned", team, "")
    assert incident.waiting_since == opened + timedelta(minutes=7)


def test_what_is_false_or_merged_is_not_unanswered(incident, other, ask):
    ask(responding.confirm, incident)
    incident.refresh_from_db()
    assert incident.unanswered
    ask(handling.verify, incident, verification="false", reason="The bridge stands")
    incident.refresh_from_db()
    assert not incident.unanswered and not Incident.objects.filter(UNANSWERED, pk=incident.pk).exists()
    Incident.objects.filter(pk=other.pk).update(severity=1)
    other.refresh_from_db()
    assert other.unanswered and Incident.objects.filter(UNANSWERED, pk=other.pk).exists()
    ask(merging.merge, other, into_id=incident.pk, into_version=incident.version)
    other.refresh_from_db()
    assert not other.unanswered and not Incident.objects.filter(UNANSWERED, pk=other.pk).exists()


def test_nobody_sets_off_where_nobody_is_assigned_and_only_once(incident, ask, people):
    with pytest.raises(Invalid, match="Nobody is assigned"):
        ask(responding.set_off, incident)
    with pytest.raises(Invalid, match="person or a team"):
        ask(responding.assign, incident)
    elsewhere = Team.objects.create(event=Event.objects.create(name="Another"), name="Boat 3")
    with pytest.raises(Invalid, match="team of this event"):
        ask(responding.assign, incident, team=elsewhere.pk)
    ask(responding.assign, incident, "reviewer", to=people["reviewer"].pk)  # everybody may take one
    ask(responding.set_off, incident, "reviewer")
    with pytest.raises(Invalid, match="already on the way"):
        ask(responding.set_off, incident)
