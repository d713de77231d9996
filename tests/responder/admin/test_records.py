"""The admin: who gets in, what nobody can change, and that lists stay cheap."""

from datetime import timedelta

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from classifier import browsing, clock
from classifier.models import (
    ApprovalRequest,
    Decision,
    Deployment,
    Evaluation,
    Label,
    LabelTask,
    LoadedModel,
    ModelVersion,
    Prediction,
    Snapshot,
    TrainingRun,
    Waiver,
)
from monitoring import audit
from monitoring.models import AccuracyWindow, Alert, AuditEvent, DriftReport
from responder import roles
from responder.models import (
    AlertFiring,
    AlertRecipient,
    AlertRule,
    ApiToken,
    CapAlert,
    Change,
    Event,
    ExportJob,
    Feed,
    FeedGap,
    FeedUsage,
    HazardSource,
    IdempotencyRecord,
    ImportJob,
    Incident,
    IncidentEntry,
    IncidentFact,
    IncidentFollower,
    IncidentPost,
    IncidentSuggestion,
    LogInFailure,
    MutedAuthor,
    Notification,
    NotificationChannel,
    NotificationDelivery,
    NotificationMessage,
    Offer,
    OfficialAlert,
    Organisation,
    PartnerFeedback,
    Place,
    Post,
    PostEmbedding,
    PredictionJob,
    Reveal,
    Rumour,
    RumourPost,
    SuggestedPost,
    Tombstone,
    Translation,
    TranslationEngine,
    TranslationUse,
    TriageAction,
    User,
    WebhookAttempt,
    WebhookDelivery,
    WebhookEndpoint,
    WebhookEvent,
)

MODELS = [
    Event, Post, Place, Change, TriageAction, ApiToken, IdempotencyRecord, User, Group, ModelVersion, Prediction,
    AuditEvent, Label, LabelTask, Snapshot, TrainingRun, Evaluation, Waiver, ApprovalRequest, Decision, Deployment,
    LoadedModel, DriftReport, AccuracyWindow, Alert, Incident, IncidentPost, IncidentEntry, IncidentFollower,
    IncidentFact, IncidentSuggestion, SuggestedPost, PartnerFeedback, MutedAuthor, PostEmbedding, Feed, FeedGap, FeedUsage, Tombstone, ExportJob, CapAlert,
    PredictionJob, ImportJob, WebhookEndpoint, WebhookEvent, WebhookDelivery, WebhookAttempt, Organisation, Reveal, LogInFailure,
    AlertRule, AlertRecipient, AlertFiring, Notification, NotificationMessage, NotificationChannel, NotificationDelivery,
    HazardSource, OfficialAlert, Offer, Rumour, RumourPost, Translation, TranslationEngine, TranslationUse,
]  # fmt: skip
WRITABLE = [Event, User, Organisation, ApiToken]
READ_ONLY = [model for model in MODELS if model not in WRITABLE]
OUTSIDERS = [role for role in roles.ROLES if role != "auditor"]


def name(model) -> str:
    return f"{model._meta.app_label}_{model._meta.model_name}"


def url(model, page: str, *args) -> str:
    return reverse(f"admin:{name(model)}_{page}", args=args)


def names(models):
    return pytest.mark.parametrize("model", models, ids=[model.__name__ for model in models])


def test_every_model_of_ours_has_its_pages():
    assert set(MODELS) <= set(admin.site._registry)
    assert not [model for model in admin.site._registry if model._meta.app_label == "django_plotly_dash"]


@names(MODELS)
def test_auditors_and_superusers_read_every_record(client, people, make_row, model):
    row = make_row(model, 0)
    for role in ("auditor", "superuser"):
        client.force_login(people[role])
        assert client.get(url(model, "changelist")).status_code == 200
        page = client.get(url(model, "change", row.pk))
        assert page.status_code == 200
        assert client.get(url(model, "history", row.pk)).status_code == 200


@names(MODELS)
def test_nobody_else_gets_in(client, people, make_row, model):
    row = make_row(model, 0)
    one, every, new = url(model, "change", row.pk), url(model, "changelist"), url(model, "add")
    for role in OUTSIDERS:
        client.force_login(people[role])
        for method, target in ((client.get, one), (client.post, one), (client.get, every), (client.post, every)):
            assert method(target).status_code == 403, role
        assert client.get(new).status_code == 403, role
        assert client.post(url(model, "delete", row.pk), {"post": "yes"}).status_code == 403, role


@names(MODELS)
def test_strangers_are_sent_to_the_sites_log_in(client, make_row, model):
    row = make_row(model, 0)
    for target in (url(model, "changelist"), url(model, "change", row.pk), url(model, "add")):
        response = client.get(target, follow=True)
        assert response.redirect_chain[-1][0].startswith("/login/?next=/admin/")


def test_somebody_inactive_does_not_get_in(client, people):
    people["auditor"].is_active = False
    people["auditor"].save()
    assert not admin.site.has_permission(type("Request", (), {"user": people["auditor"]})())


def refused(client, model, row) -> None:
    assert client.get(url(model, "add")).status_code == 403
    assert client.post(url(model, "add"), {}).status_code == 403
    assert client.post(url(model, "change", row.pk), {}).status_code == 403
    assert client.post(url(model, "delete", row.pk), {"post": "yes"}).status_code == 403
    client.post(url(model, "changelist"), {"action": "delete_selected", "_selected_action": [row.pk], "post": "yes"})
    assert model.objects.filter(pk=row.pk).exists()
    assert b'name="_save"' not in client.get(url(model, "change", row.pk)).content


@names(MODELS)
def test_auditors_change_nothing(client, people, make_row, model):
    row = make_row(model, 0)
    client.force_login(people["auditor"])
    refused(client, model, row)


@names(READ_ONLY)
def test_superusers_do_not_change_records_either(client, people, make_row, model):
    row = make_row(model, 0)
    client.force_login(people["superuser"])
    refused(client, model, row)


@names(MODELS)
def test_a_list_needs_as_many_queries_for_fifty_rows_as_for_five(client, people, make_row, model):
    client.force_login(people["auditor"])

    def queries() -> int:
        with CaptureQueriesContext(connection) as seen:
            assert client.get(url(model, "changelist")).status_code == 200
        return len(seen)

    for number in range(5):
        make_row(model, number)
    queries()  # fills caches such as content types
    few = queries()
    for number in range(5, 50):
        make_row(model, number)
    assert queries() == few


def test_a_list_counts_no_further_than_it_shows(client, people, make_row, monkeypatch):
    monkeypatch.setattr(browsing, "LISTED", 3)
    for number in range(5):
        make_row(AuditEvent, number)
    client.force_login(people["auditor"])
    with CaptureQueriesContext(connection) as seen:
        page = client.get(url(AuditEvent, "changelist")).content.decode()
    assert "Showing the first 3" in page
    counts = [query["sql"] for query in seen if "COUNT(" in query["sql"]]
    assert counts
    assert all("LIMIT 4" in sql for sql in counts)


def test_a_posts_text_and_author_are_masked(client, people, make_row):
    row = make_row(Post, 0)
    client.force_login(people["auditor"])
    for page in (url(Post, "changelist"), url(Post, "change", row.pk)):
        content = client.get(page).content.decode()
        assert "Call •••" in content
        assert "4567" not in content
        assert "amina" not in content
        assert "someone" not in content


@pytest.mark.parametrize("role", ["auditor", "superuser"])
def test_a_tokens_digest_is_nowhere(client, people, make_row, role):
    row = make_row(ApiToken, 0)
    client.force_login(people[role])
    for page in (url(ApiToken, "changelist"), url(ApiToken, "change", row.pk)):
        assert row.digest not in client.get(page).content.decode()


def test_auditors_do_not_see_password_hashes(client, people):
    client.force_login(people["auditor"])
    page = client.get(url(User, "change", people["lead"].pk)).content.decode()
    assert "lead-ana" in page
    assert people["lead"].password not in page
    assert "md5" not in page


def test_what_partners_sent_is_not_shown_with_a_kept_answer(client, people, make_row):
    row = make_row(IdempotencyRecord, 0)
    client.force_login(people["auditor"])
    assert "private" not in client.get(url(IdempotencyRecord, "change", row.pk)).content.decode()


def test_a_model_card_is_shown_as_text(client, people, make_row):
    row = make_row(ModelVersion, 0)
    client.force_login(people["auditor"])
    page = client.get(url(ModelVersion, "change", row.pk)).content.decode()
    assert "&lt;script&gt;x&lt;/script&gt;" in page
    assert "<script>x" not in page


def test_cards_and_datasheets_are_rendered_and_downloaded(client, people, make_row):
    snapshot = make_row(Snapshot, 0)
    client.force_login(people["auditor"])
    page = client.get(url(Snapshot, "change", snapshot.pk)).content.decode()
    assert "<h1>Datasheet</h1>" in page and "<script>x" not in page
    download = reverse("admin:classifier_snapshot_document", args=[snapshot.pk])
    assert download in page
    response = client.get(download)
    assert response.content.decode() == snapshot.datasheet and "attachment" in response["Content-Disposition"]
    client.force_login(people["lead"])
    assert client.get(download).status_code == 403


def test_the_text_of_a_label_is_not_shown(client, people, make_row):
    for model in (Label, LabelTask):
        row = make_row(model, 0)
        client.force_login(people["auditor"])
        assert "private" not in client.get(url(model, "change", row.pk)).content.decode()


def test_a_prediction_names_who_let_its_model_serve(client, people, make_row):
    prediction = make_row(Prediction, 0)
    Deployment.objects.create(
        version=prediction.model_version, role="production", kind="installation", by="system:installation",
        started_at=prediction.created_at - timedelta(hours=1),
    )  # fmt: skip
    client.force_login(people["auditor"])
    assert "by system:installation" in client.get(url(Prediction, "change", prediction.pk)).content.decode()


def revoke(client, row) -> None:
    client.post(url(ApiToken, "changelist"), {"action": "revoke", "_selected_action": [row.pk]})
    row.refresh_from_db()


def test_superusers_revoke_tokens_and_it_is_audited(client, people, make_row):
    row = make_row(ApiToken, 0)
    client.force_login(people["superuser"])
    revoke(client, row)
    assert row.revoked_at is not None
    event = AuditEvent.objects.get(object_type="api_token", object_id=str(row.pk))
    assert (event.actor, event.action) == ("user:root-ana", "token.revoked")


def test_auditors_revoke_no_tokens(client, people, make_row):
    row = make_row(ApiToken, 0)
    client.force_login(people["auditor"])
    revoke(client, row)
    assert row.revoked_at is None


def test_an_event_that_a_superuser_changes_or_deletes_is_audited(client, people, make_row):
    row = make_row(Event, 7)
    client.force_login(people["superuser"])
    form = {
        "ref": "event-7", "name": "Renamed", "started_at": clock.now().strftime("%Y-%m-%d %H:%M"), "time_zone": "UTC",
        "country_codes": '["MZ"]',
    }  # fmt: skip
    assert client.post(url(Event, "change", row.pk), form).status_code == 302
    assert client.post(url(Event, "delete", row.pk), {"post": "yes"}).status_code == 302
    events = AuditEvent.objects.filter(object_type="event", object_id=str(row.pk)).order_by("sequence")
    assert [event.action for event in events] == ["event.changed", "event.deleted"]
    assert "Name" in str(events[0].detail)
    assert audit.verify().intact


def test_a_role_that_a_superuser_grants_is_audited_and_works(client, people):
    person = people["viewer"]
    auditor, _ = Group.objects.get_or_create(name="auditor")
    client.force_login(people["superuser"])
    form = {"username": person.username, "is_active": "on", "groups": [auditor.pk], "theme": ""}
    assert client.post(url(User, "change", person.pk), form).status_code == 302
    assert roles.allows(User.objects.get(pk=person.pk), roles.READ_RECORDS)
    assert AuditEvent.objects.filter(action="user.changed", object_id=str(person.pk), actor="user:root-ana").exists()


def found(client, model, term: str) -> set[int]:
    response = client.get(url(model, "changelist"), {"q": term})
    assert response.status_code == 200
    return {row.pk for row in response.context["cl"].result_list}


def test_audit_events_are_found_by_actor_object_and_hash(client, people, make_row):
    rows = [make_row(AuditEvent, number) for number in range(3)]
    other = audit.record(actor="user:bea", action="x.y", object_type="user", object_id="1")
    client.force_login(people["auditor"])
    assert found(client, AuditEvent, "user:bea") == {other.pk}
    assert found(client, AuditEvent, "post:1") == {rows[1].pk}
    assert found(client, AuditEvent, rows[2].hash) == {rows[2].pk}
    assert found(client, AuditEvent, str(other.pk)) == {other.pk}


def test_posts_are_found_by_id_and_by_id_at_the_source(client, people, make_post):
    rows = [make_post() for _ in range(3)]
    client.force_login(people["auditor"])
    assert found(client, Post, str(rows[1].pk)) == {rows[1].pk}
    assert found(client, Post, f"test:{rows[2].source_id}") == {rows[2].pk}


@names(READ_ONLY)
def test_a_search_survives_any_term(client, people, make_row, model):
    make_row(model, 0)
    client.force_login(people["auditor"])
    for term in ("9" * 40, "²", "a\x00b", "'; --", ":", "x" * 5000, "0", "-1", "é:é"):
        assert client.get(url(model, "changelist"), {"q": term}).status_code in (200, 302), term


@pytest.mark.parametrize("role", ["auditor", "superuser"])
def test_where_a_persons_channel_leads_is_nowhere(client, people, make_row, role):
    row = make_row(NotificationDelivery, 0)
    client.force_login(people[role])
    pages = [
        url(NotificationChannel, "changelist"), url(NotificationChannel, "change", row.channel_id),
        url(NotificationDelivery, "changelist"), url(NotificationDelivery, "change", row.pk),
    ]  # fmt: skip
    assert not [page for page in pages if "private" in client.get(page).content.decode()]
