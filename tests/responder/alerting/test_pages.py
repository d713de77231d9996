"""Pages of alert rules and notifications: what they show, what they refuse, and to whom."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.html import escape

from monitoring.models import AuditEvent
from responder import alerting
from responder.alerting import rules
from responder.models import (
    AlertFiring,
    AlertRule,
    Event,
    EventRole,
    Notification,
    NotificationChannel,
    NotificationSettings,
    Post,
    User,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def signed_in(people: dict[str, User]) -> Callable[[str], Client]:
    def sign_in(role: str) -> Client:
        client = Client()
        client.force_login(people[role])
        return client

    return sign_in


def sent(people: dict[str, User], event: Event, /, **changes: str) -> dict[str, str]:
    return {
        "kind": "posts", "name": "Critical near each other", "event": str(event.pk), "query": "sev:critical",
        "posts": "3", "radius_km": "10", "minutes": "30", "level": "critical", "escalate_minutes": "10",
        "person-1": str(people["reviewer"].pk), "person-2": str(people["lead"].pk), "do": "save",
    } | changes  # fmt: skip


@pytest.mark.parametrize("role", ["lead", "administrator", "superuser"])
def test_leads_and_administrators_make_rules(
    signed_in: Callable[[str], Client], people: dict[str, User], event: Event, role: str
) -> None:
    client = signed_in(role)
    assert client.get(reverse("rule-new")).status_code == 200
    answer = client.post(reverse("rule-new"), sent(people, event))
    rule = AlertRule.objects.get()
    assert answer.headers["Location"] == reverse("rule", args=[rule.pk])
    assert (rule.query, rule.posts, rule.radius_km, rule.minutes, rule.escalate_minutes) == ("sev=1", 3, 10, 30, 10)
    assert [one.person for one in rule.recipients.all()] == [people["reviewer"], people["lead"]]
    assert AuditEvent.objects.get(action="alert_rule.created").detail["kind"] == "posts"


@pytest.mark.parametrize("role", ["viewer", "reviewer", "auditor", "approver"])
def test_others_read_rules_and_change_none(
    signed_in: Callable[[str], Client], make_rule: Callable[..., AlertRule], people: dict[str, User], event: Event,
    role: str,
) -> None:  # fmt: skip
    rule, client = make_rule(), signed_in(role)
    assert rule.name in client.get(reverse("rules")).content.decode()
    assert "Edit" not in client.get(reverse("rule", args=[rule.pk])).content.decode()
    for name, args in [
        ("rule-new", []),
        ("rule-edit", [rule.pk]),
        ("rule-switch", [rule.pk]),
        ("rule-delete", [rule.pk]),
    ]:
        assert client.post(reverse(name, args=args), sent(people, event, version="1")).status_code == 403
    assert AlertRule.objects.get() == rule and rule.is_on


def test_a_partner_sees_none(signed_in: Callable[[str], Client], make_rule: Callable[..., AlertRule]) -> None:
    rule, client = make_rule(), signed_in("partner")
    for name, args in [("rules", []), ("rule", [rule.pk]), ("notifications", []), ("notifications-bell", [])]:
        assert client.get(reverse(name, args=args)).status_code == 403


def test_a_lead_of_one_event_manages_the_rules_of_that_event_alone(
    make_rule: Callable[..., AlertRule], people: dict[str, User], event: Event
) -> None:
    quake = Event.objects.create(ref="quake", name="Earthquake")
    person = User.objects.create_user("bea", toured=True)
    EventRole.objects.create(person=person, event=quake, role="lead")
    client = Client()
    client.force_login(person)
    foreign, everywhere = make_rule(), make_rule(name="Model", kind="model", event="all")
    own = make_rule(name="Quake", event=str(quake.pk), people=[people["lead"].pk])
    listed = client.get(reverse("rules")).content.decode()
    assert own.name in listed and foreign.name not in listed and everywhere.name not in listed
    for rule in (foreign, everywhere):
        assert client.get(reverse("rule", args=[rule.pk])).status_code == 404
        assert client.post(reverse("rule-switch", args=[rule.pk]), {"version": "1", "on": "0"}).status_code == 404
    assert client.post(reverse("rule-switch", args=[own.pk]), {"version": "1", "on": "0"}).status_code == 302
    fields = sent(people, event, **{"person-1": str(person.pk), "person-2": ""})
    for chosen in (str(event.pk), "all", "99999", "x"):
        refused = client.post(reverse("rule-new"), fields | {"event": chosen})
        assert refused.status_code == 400 and "events that you manage" in refused.content.decode()
    assert client.post(reverse("rule-new"), fields | {"event": str(quake.pk)}).status_code == 302


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("name", "x", "name of 3 to 80"), ("name", "", "name of 3 to 80"), ("posts", "0", "from 1 to 1000"),
        ("posts", "three", "whole number"), ("posts", "9" * 30, "from 1 to 1000"), ("minutes", "1441", "from 1 to 1440"),
        ("minutes", "", "whole number"), ("radius_km", "-1", "from 1 to 500"), ("level", "loud", "one of the options"),
        ("query", "sev:9", "Ignored"), ("query", "q" * 2000, "at most"), ("person-1", "", "at least one person"),
        ("person-1", "999999", "people whose role"), ("escalate_minutes", "0", "from 1"), ("event", "", "events that"),
        ("name", "a\x00bc\x00", "") , ("minutes", "٣", "whole number"),
    ],
)  # fmt: skip
def test_what_is_invalid_is_said_beside_its_field(
    signed_in: Callable[[str], Client], people: dict[str, User], event: Event, field: str, value: str, said: str
) -> None:
    changes = {field: value} | ({"person-2": ""} if field == "person-1" else {})
    answer = signed_in("lead").post(reverse("rule-new"), sent(people, event, **changes))
    if not said:
        assert answer.status_code == 302 and "\x00" not in AlertRule.objects.get().name
        return
    assert answer.status_code == 400 and not AlertRule.objects.exists()
    page = answer.content.decode()
    assert said in page and f'id="{field}_error"' in page


def test_a_person_who_may_not_see_the_event_cannot_be_notified(
    signed_in: Callable[[str], Client], people: dict[str, User], event: Event
) -> None:
    answer = signed_in("lead").post(reverse("rule-new"), sent(people, event, **{"person-2": str(people["partner"].pk)}))
    assert answer.status_code == 400 and "people whose role" in answer.content.decode()


def test_two_rules_have_two_names(signed_in: Callable[[str], Client], people: dict[str, User], event: Event) -> None:
    client = signed_in("lead")
    assert client.post(reverse("rule-new"), sent(people, event)).status_code == 302
    answer = client.post(reverse("rule-new"), sent(people, event))
    assert answer.status_code == 400 and "has this name" in answer.content.decode()


def test_the_preview_says_how_often_it_would_have_fired_and_saves_nothing(
    signed_in: Callable[[str], Client], people: dict[str, User], event: Event, make_post: Callable[..., Any]
) -> None:
    for _ in range(4):
        make_post(severity=1)
    client = signed_in("lead")
    page = client.post(reverse("rule-new"), sent(people, event, do="preview")).content.decode()
    assert "would have fired 1 time" in page and "posts near Beira" in page and not AlertRule.objects.exists()
    page = client.post(reverse("rule-new"), sent(people, event, do="preview", posts="5")).content.decode()
    assert "would not have fired" in page
    assert client.post(reverse("rule-new"), sent(people, event, do="preview", posts="x")).status_code == 400


@pytest.mark.parametrize("kind", ["posts", "unanswered", "silent", "model"])
def test_each_kind_has_a_form_and_a_preview(
    signed_in: Callable[[str], Client], people: dict[str, User], event: Event, kind: str
) -> None:
    client = signed_in("administrator")
    assert client.get(reverse("rule-new"), {"kind": kind}).status_code == 200
    fields = sent(people, event, kind=kind, severity="1", event="all", do="preview")
    assert "Within the last 24 hours" in client.post(reverse("rule-new"), fields).content.decode()
    assert client.post(reverse("rule-new"), fields | {"do": "save"}).status_code == 302
    rule = AlertRule.objects.get()
    assert rule.kind == kind and rule.event is None
    assert client.get(reverse("rule-edit", args=[rule.pk])).status_code == 200
    assert client.get(reverse("rules")).status_code == 200


def test_a_change_needs_the_newest_version(
    signed_in: Callable[[str], Client], make_rule: Callable[..., AlertRule], people: dict[str, User], event: Event
) -> None:
    rule, client = make_rule(), signed_in("lead")
    address = reverse("rule-edit", args=[rule.pk])
    assert client.post(address, sent(people, event, version="1", posts="4")).status_code == 302
    late = client.post(address, sent(people, event, version="1", posts="5"))
    assert late.status_code == 409 and "Load the latest version" in late.content.decode()
    rule.refresh_from_db()
    assert (rule.posts, rule.version) == (4, 2)
    assert client.post(reverse("rule-delete", args=[rule.pk]), {"version": "1"}).status_code == 409
    assert client.post(reverse("rule-delete", args=[rule.pk]), {"version": "2"}).status_code == 302
    assert not AlertRule.objects.exists()


def test_a_fired_rule_is_listed_acknowledged_and_snoozed(
    signed_in: Callable[[str], Client], make_rule: Callable[..., AlertRule], make_post: Callable[..., Any],
    people: dict[str, User],
) -> None:  # fmt: skip
    rule = make_rule()
    for _ in range(3):
        make_post(severity=1)
    alerting.check()
    alerting.compose()
    firing, client = AlertFiring.objects.get(), signed_in("reviewer")
    assert client.get(reverse("notifications-bell")).json()["count"] == 1
    assert firing.title in client.get(reverse("notifications")).content.decode()
    assert client.get(firing.path).status_code == 200
    assert client.post(reverse("firing-act", args=[firing.pk, "snooze"]), {"minutes": "7"}).status_code == 400
    assert client.post(reverse("firing-act", args=[firing.pk, "snooze"]), {"minutes": "15"}).status_code == 302
    assert client.get(reverse("notifications-bell")).json()["count"] == 0
    assert signed_in("viewer").post(reverse("firing-act", args=[firing.pk, "acknowledge"])).status_code == 403
    assert signed_in("lead").post(reverse("firing-act", args=[firing.pk, "acknowledge"])).status_code == 302
    firing.refresh_from_db()
    assert firing.acknowledged_by == people["lead"] and firing.snoozed_until is None
    assert "acknowledged by Ana Lead" in client.get(reverse("notifications")).content.decode()
    assert "acknowledged by Ana Lead" in client.get(reverse("rule", args=[rule.pk])).content.decode()
    assert client.post(reverse("firing-act", args=[firing.pk, "shout"])).status_code == 404
    assert client.post(reverse("firing-act", args=[999, "acknowledge"])).status_code == 404


def test_what_is_somebody_elses_can_neither_be_read_nor_used(
    signed_in: Callable[[str], Client], people: dict[str, User]
) -> None:
    theirs = Notification.objects.create(person=people["lead"], kind="mention", title="Secret plan")
    channel = NotificationChannel.objects.create(
        person=people["lead"], kind="email", label="Lead's mail", host="http://x"
    )
    client = signed_in("reviewer")
    page = client.get(reverse("notifications")).content.decode()
    assert "Secret plan" not in page and "Lead&#x27;s mail" not in page
    client.post(reverse("notifications-read"), {"notification": str(theirs.pk)})
    theirs.refresh_from_db()
    assert theirs.read_at is None
    for verb in ("test", "pause", "resume", "delete"):
        assert client.post(reverse("notification-channel-act", args=[channel.pk, verb])).status_code == 404
    assert NotificationChannel.objects.get().state == "active"
    client = signed_in("lead")
    client.post(reverse("notifications-read"), {"notification": str(theirs.pk)})
    assert client.get(reverse("notifications-bell")).json()["count"] == 0


def test_settings_are_saved_and_checked(signed_in: Callable[[str], Client], people: dict[str, User]) -> None:
    client = signed_in("viewer")
    good = {
        "an_hour": "4", "quiet_from": "22:00", "quiet_until": "07:00", "time_zone": "Africa/Maputo",
        "critical_breaks_quiet": "on", "sound": "chime", "version": "0",
    }  # fmt: skip
    address = reverse("notifications-settings")
    for name, value in [
        ("an_hour", "0"), ("an_hour", "x"), ("quiet_from", "25:00"), ("quiet_until", ""), ("time_zone", "Mars/One"),
        ("sound", "siren"), ("version", "x"), ("quiet_from", "2:00"),
    ]:  # fmt: skip
        assert client.post(address, good | {name: value}).status_code == 400, (name, value)
    assert not NotificationSettings.objects.exists()
    assert client.post(address, good).status_code == 302
    assert client.post(address, good).status_code == 409
    own = NotificationSettings.objects.get()
    assert (own.an_hour, f"{own.quiet_from:%H:%M}", own.critical_breaks_quiet, own.sound) == (4, "22:00", True, "chime")
    page = client.get(address).content.decode()
    assert 'value="22:00"' in page and 'value="1"' in page
    assert client.post(address, good | {"version": "1", "quiet_from": "", "quiet_until": ""}).status_code == 302


def test_the_bell_counts_on_every_page(signed_in: Callable[[str], Client], people: dict[str, User]) -> None:
    Notification.objects.create(person=people["viewer"], kind="mention", title="Ana mentioned you", path="/incidents/")
    Notification.objects.create(person=people["viewer"], kind="mention", title="Held", held="quiet")
    page = signed_in("viewer").get(reverse("map")).content.decode()
    assert "Ana mentioned you" in page and "1 notification" in page and "Held" not in page


@pytest.mark.parametrize(
    ("typed", "stored", "shown"),
    [
        ("sev:critical", "sev=1", "sev:critical"), ("sev:1,2 water", "sev=1,2&q=water", "sev:critical,high water"),
        ("https://r.example/map/?event=flood&t=6h&sev=1&q=boat", "sev=1&q=boat", "sev:critical boat"), ("", "", ""),
        ("anybody there?", "q=anybody%20there%3F", "anybody there?"),
        ("/map/?sev=2#x", "sev=2", "sev:high"),
        ("cat:needs sev:high", "cat=needs&sev=2", "cat:needs sev:high"),
    ],
)  # fmt: skip
def test_a_filter_is_stored_as_a_query_and_shown_as_it_is_typed(typed: str, stored: str, shown: str) -> None:
    assert rules.canonical_query(typed) == stored
    assert rules.typed_query(AlertRule(query=stored)) == shown
    assert rules.canonical_query(shown) == stored


@pytest.mark.parametrize("page", ["map", "feed"])
def test_a_filtered_page_offers_a_rule_of_its_filter(
    signed_in: Callable[[str], Client], make_post: Callable[..., Post], event: Event, page: str
) -> None:
    make_post()
    client = signed_in("lead")
    shown = client.get(
        reverse(page), {"event": event.ref, "sev": "1,2", "status": "unanswered", "t": "6h", "q": "boat"}
    )
    link = shown.context["shell"].rule_url
    assert escape(link) in shown.content.decode()
    form = client.get(link).context["form"]
    assert form["query"].value() == "sev:critical,high status:unanswered boat"
    assert (form["event"].value(), form.kind) == (str(event.pk), "posts")


def test_the_list_of_incidents_offers_a_rule_of_its_severities(
    signed_in: Callable[[str], Client], make_post: Callable[..., Post], event: Event
) -> None:
    make_post()
    client = signed_in("lead")
    shown = client.get(reverse("incidents"), {"event": event.ref, "severity": "1,2"})
    form = client.get(shown.context["rule_url"]).context["form"]
    assert (form["severity"].value(), form["event"].value(), form.kind) == ("2", str(event.pk), "unanswered")
    assert client.get(f"{reverse('rule-new')}?kind=unanswered&severity=9").context["form"]["severity"].value() == "1"


def test_whoever_cannot_set_up_rules_is_offered_none(
    signed_in: Callable[[str], Client], make_post: Callable[..., Post]
) -> None:
    make_post()
    client = signed_in("reviewer")
    assert client.get(reverse("feed")).context["shell"].rule_url == ""
    assert client.get(reverse("incidents")).context["rule_url"] == ""
    assert "rules/new" not in client.get(reverse("feed")).content.decode()


@pytest.mark.parametrize("text", ["t:nonsense", "/map/?sev=9", "x" * 2_000, "a\x00b"])
def test_a_proposed_filter_that_cannot_be_used_is_shown_and_refused_later(
    signed_in: Callable[[str], Client], text: str
) -> None:
    answer = signed_in("lead").get(reverse("rule-new"), {"kind": "posts", "query": text})
    assert answer.status_code == 200 and len(answer.context["form"]["query"].value()) <= 1_000
