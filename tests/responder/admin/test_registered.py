"""What the admin holds: pages of ours that are on a list, forms of known fields, no way to name a function."""

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group
from django.test import Client, RequestFactory
from django.urls import NoReverseMatch, reverse
from django_q.models import OrmQ, Schedule

from classifier.browsing import ReadOnlyAdmin, RecordsAdmin
from responder.models import ApiToken, Event, Organisation, User

pytestmark = pytest.mark.django_db
REGISTERED = {
    "auth": {"Group"},
    "classifier": {
        "ApprovalRequest", "Decision", "Deployment", "Evaluation", "Label", "LabelImport", "LabelSchema", "LabelSchemaVersion", "LabelTask", "PlaceLabel", "LoadedModel", "ModelVersion",
        "Prediction", "Snapshot", "TrainingRun", "Waiver",
    },
    "django_q": {"Failure", "Success"},
    "monitoring": {"AccuracyWindow", "Alert", "AuditEvent", "DriftReport"},
    "responder": {
        "AlertFiring", "AlertRecipient", "AlertRule", "ApiToken", "CapAlert", "Change", "CorrectionDecision", "CorrectionJob", "CorrectionRequest", "Event", "EventRole", "ExportJob", "Feed", "FeedGap", "FeedUsage", "FieldReport", "GroupingFailure", "Handover", "HazardSource", "HiddenPhrase", "IdempotencyRecord",
        "ImportJob", "Incident", "IncidentEntry", "IncidentFact", "IncidentFollower", "IncidentPost", "IncidentSuggestion", "LogInFailure", "MessagePart", "MutedAuthor", "Notification", "NotificationChannel", "NotificationDelivery", "NotificationMessage", "Offer", "OfficialAlert", "Organisation", "PartnerFeedback",
        "Place", "Post", "PostEmbedding", "PredictionJob", "ReportChannel", "Reveal", "Rumour", "RumourPost", "SituationReport", "SuggestedPost", "Team", "TeamArea", "Tombstone", "Translation", "TranslationEngine", "TranslationUse", "TriageAction", "User",
        "WebhookAttempt", "WebhookDelivery", "WebhookEndpoint", "WebhookEvent",
    },
}  # fmt: skip
WRITABLE = {
    Event: {
        "ref", "name", "hazard", "is_exercise", "started_at", "time_zone", "country_codes", "area", "west", "south", "east",
        "north", "languages", "keywords",
    },
    User: {
        "username", "password", "first_name", "last_name", "email", "theme", "single_keys", "toured", "is_active",
        "groups", "is_superuser",
    },
    Organisation: {"name", "contact", "is_active", "rate", "daily_quota"},
    ApiToken: {"rate", "daily_quota"},
}  # fmt: skip
ACTIONS = {
    Event: {"delete_selected"},
    User: {"delete_selected"},
    Organisation: {"delete_selected"},
    ApiToken: {"revoke"},
}


def request_of(person: User):
    request = RequestFactory().get("/admin/")
    request.user = person
    return request


def test_every_registered_model_is_on_the_list_and_its_page_is_ours():
    found: dict[str, set[str]] = {}
    for model, page in admin.site._registry.items():
        found.setdefault(model._meta.app_label, set()).add(model.__name__)
        assert isinstance(page, RecordsAdmin), model
    assert found == REGISTERED


def test_a_page_of_a_library_is_not_registered():
    admin.site.register(Schedule, admin.ModelAdmin)
    admin.site.register(OrmQ)
    assert not {Schedule, OrmQ} & admin.site._registry.keys()


def test_all_pages_but_four_are_read_only(people):
    writable = {model for model, page in admin.site._registry.items() if not isinstance(page, ReadOnlyAdmin)}
    assert writable == WRITABLE.keys()


@pytest.mark.parametrize("model", admin.site._registry, ids=lambda model: model.__name__)
def test_forms_and_actions_are_the_known_ones(people, model):
    page, request = admin.site._registry[model], request_of(people["superuser"])
    assert set(page.get_actions(request)) == ACTIONS.get(model, set())
    if model not in WRITABLE:
        assert not page.has_add_permission(request) and not page.has_change_permission(request)
        return
    fields = page.get_form(request, model()).base_fields
    assert set(fields) == WRITABLE[model]
    assert not [name for name in fields if name in ("func", "hook", "args", "kwargs", "payload", "task")]


@pytest.mark.parametrize("path", ["schedule", "ormq", "success", "failure", "task"])
def test_nobody_schedules_a_function_in_the_admin(client: Client, people, path):
    client.force_login(people["superuser"])
    form = {"func": "os.system", "args": "'true'", "schedule_type": "O", "repeats": -1, "next_run_0": "2026-01-01"}
    assert client.post(f"/admin/django_q/{path}/add/", form).status_code in (403, 404)
    assert not Schedule.objects.exists() and not OrmQ.objects.exists()
    with pytest.raises(NoReverseMatch):
        reverse("admin:django_q_schedule_changelist")


def test_roles_come_from_the_code_alone(client: Client, people):
    """Somebody who renames a role would give its holders another one."""
    client.force_login(people["superuser"])
    role = Group.objects.get(name="viewer")
    assert client.post(reverse("admin:auth_group_change", args=[role.pk]), {"name": "auditor"}).status_code == 403
    assert client.post(reverse("admin:auth_group_add"), {"name": "x"}).status_code == 403
    role.refresh_from_db()
    assert role.name == "viewer"
