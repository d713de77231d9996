"""Auditors read records, never people's data: every column that could hold some is filled with it, every page visited."""

import io
import json
import zipfile
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.test import Client
from django.urls import reverse

from classifier.models import Evaluation, Label, LabelTask, ModelVersion, Prediction, RunLine, Snapshot, TrainingRun
from monitoring import audit
from responder.models import Event, Incident, IncidentPost, Place, Post, TriageAction, User
from responder.queries.mercator import project

pytestmark = pytest.mark.django_db
TEXT = "my sister Maria Sitoe, +258 84 123 4567, ana.matos@example.org, @ana_matos, Rua das Flores 112, -19.84362, 34.83891"
LATITUDE, LONGITUDE = -19.84362, 34.83891
LINK = "https://example.org/@ana_matos?tel=%2B258841234567"
SECRETS = (
    "Sitoe", "123 4567", "841234567", "8412345", "matos@", "ana_matos", "Flores 112", "19.8436", "34.8389", "hash-of-password",
    *map(str, project(LATITUDE, LONGITUDE)),
)  # fmt: skip
ADDRESS = f"https://ana.matos@example.org/hooks?q=Sitoe&tel=%2B258841234567&cat={LINK}"
SPECIAL = {
    "password": "hash-of-password", "links": [LINK], "author_handle": "ana_matos", "query": ADDRESS, "url": ADDRESS,
}  # fmt: skip
SHORTEST = len("+258 84 123 4567")
# Columns that are shown as they are stored: names of ours, ids, hashes, what people chose among. All others are masked.
PLAIN = {
    "auth.Group": {"name"},
    "classifier.ApprovalRequest": {"evidence_hash"},
    "classifier.Decision": {"evidence_hash_seen"},
    "classifier.Deployment": {"environment", "by"},
    "classifier.Evaluation": {"sha256", "metrics", "comparison", "gates"},
    "classifier.Label": {"subject", "text_key", "event", "lang", "category", "priority", "predicted"},
    "classifier.PlaceLabel": {"country_code", "event", "lang", "subject", "text_key", "type"},
    "classifier.LabelImport": {"form", "sha256"},
    "classifier.LabelSchema": {"name"},
    "classifier.LabelSchemaVersion": {"name"},
    "classifier.LabelTask": {
        "subject", "text_key", "event", "lang", "week", "stratum", "predicted", "predicted_priority",
    },
    "classifier.LoadedModel": {"process", "sha256"},
    "classifier.ModelVersion": {"name", "version", "sha256", "folder", "origin", "metrics", "card"},
    "classifier.Prediction": {"subject", "category", "probabilities", "priority", "needs"},
    "classifier.Snapshot": {"hash", "files", "labels", "counts", "gates", "datasheet"},
    "classifier.TrainingRun": {"run_key", "config", "provenance", "cost", "artefact_sha256"},
    "classifier.Waiver": {"gate"},
    "django_q.Failure": {"id", "name", "func", "group"},
    "django_q.Success": {"id", "name", "func", "group"},
    "monitoring.AccuracyWindow": {"metric", "label", "method", "model"},
    "monitoring.Alert": {"key", "path"},
    "monitoring.AuditEvent": {
        "actor", "request_id", "action", "object_type", "object_id", "before_hash", "after_hash", "previous_hash", "hash",
    },
    "monitoring.DriftReport": {"model", "model_sha256"},
    "responder.AlertRule": {"name"},
    "responder.ApiToken": {"organisation_name", "prefix", "scopes", "rate"},
    "responder.CapAlert": {"identifier", "category", "response", "urgency", "severity", "certainty"},
    "responder.CorrectionJob": {"results", "steps", "incident_ids"},
    "responder.CorrectionRequest": {"ref"},
    "responder.Event": {
        "ref", "name", "hazard", "country_codes", "area", "west", "south", "east", "north", "time_zone", "languages", "keywords",
    },
    "responder.ExportJob": {"kind"},
    "responder.Feed": {"name", "kind"},
    "responder.FieldReport": {"ref"},
    "responder.HazardSource": {"name"},
    "responder.HiddenPhrase": {"digest", "post_key"},
    "responder.IdempotencyRecord": {"fingerprint"},
    "responder.ImportJob": {"encoding", "form", "sha256", "source", "time_zone"},
    "responder.Incident": {"category", "needs"},
    "responder.IncidentEntry": {"organisation"},
    "responder.MutedAuthor": {"author_key"},
    "responder.Organisation": {"name", "rate"},
    "responder.PartnerFeedback": {"organisation", "wrong", "category"},
    "responder.Place": {"name", "type", "country_code"},
    "responder.Post": {
        "source", "lang", "lang_stated", "text_key", "category", "group", "model_category", "probabilities",
        "severity_reason", "needs", "place_name", "place_type", "country_code",
    },
    "responder.PostEmbedding": {"space"},
    "responder.PredictionJob": {"form", "sha256", "model"},
    "responder.ReportChannel": {"folder", "host", "name", "notice", "ref"},
    "responder.Team": {"name", "skills", "availability"},
    "responder.TeamArea": {"area", "name"},
    "responder.Tombstone": {"key"},
    "responder.TranslationEngine": {"address", "region"},
    "responder.User": {"username", "first_name", "last_name"},
    "responder.WebhookEndpoint": {"kinds"},
    "responder.WebhookEvent": {"kind"},
}  # fmt: skip
PAGES = [model for model in admin.site._registry if model._meta.label != "auth.Group"]


def secret_of(field: models.Field) -> Any:
    """Somebody's data in the column's form; None where it can hold none."""
    if field.name in SPECIAL:
        return SPECIAL[field.name][: field.max_length]
    if isinstance(field, models.JSONField):
        return {"note": TEXT, "posts": [{"latitude": LATITUDE, "longitude": LONGITUDE}], "point": [LATITUDE, LONGITUDE]}
    if isinstance(field, models.FloatField):
        return {"latitude": LATITUDE, "longitude": LONGITUDE, "radius_km": 0.05}.get(field.name)
    if field.choices or not isinstance(field, models.CharField | models.TextField):
        return None
    return TEXT[: field.max_length] if (field.max_length or len(TEXT)) > SHORTEST else None


def fill(row: models.Model) -> None:
    """Write people's data into all the columns that may hold some."""
    plain = PLAIN.get(row._meta.label, set())
    secrets = {
        field.name: secret_of(field)
        for field in row._meta.concrete_fields
        if field.name not in plain and not field.primary_key
    }
    written = {name: value for name, value in secrets.items() if value is not None}
    if isinstance(row, Incident):
        written["place_by_person"] = True  # a place of the gazetteer's names nobody
    if written:
        type(row)._base_manager.filter(pk=row.pk).update(**written)


def shown(text: str) -> list[str]:
    return [secret for secret in SECRETS if secret in text]


def test_only_columns_on_the_list_are_shown_as_they_are_stored():
    plain = {model._meta.label: set(page.plain) for model, page in admin.site._registry.items() if page.plain}
    assert plain == PLAIN


@pytest.mark.parametrize("model", PAGES, ids=lambda model: model.__name__)
def test_no_page_of_a_record_shows_what_is_masked(client: Client, people, make_row, model):
    if model._meta.app_label == "django_q":
        row = model.objects.create(
            id="a" * 32, name="n", func="responder.jobs.make_export", started="2026-01-01T00:00Z", args=(TEXT,), result=TEXT,
            stopped="2026-01-01T00:00Z", success=model.__name__ == "Success", kwargs={"text": TEXT},
        )  # fmt: skip
    else:
        row = make_row(model, 0)
    for kind in {type(row), Post, *(f.related_model for f in row._meta.concrete_fields if f.related_model)}:
        for one in kind._base_manager.all():
            if not isinstance(one, User):
                fill(one)
    if model is User:
        fill(people["lead"])
        row = people["lead"]
    if isinstance(row, TrainingRun):
        RunLine.objects.create(run=row, text=TEXT)
    client.force_login(people["auditor"])
    base = f"admin:{model._meta.app_label}_{model._meta.model_name}"
    for name, arguments in (("changelist", []), ("change", [row.pk]), ("history", [row.pk])):
        answer = client.get(reverse(f"{base}_{name}", args=arguments), follow=True)
        assert answer.status_code == 200
        assert not shown(answer.content.decode()), name


@pytest.mark.parametrize(("typed", "name"), [(True, "My sister Maria Sitoe, +258 84 123 4567"), (False, "Rua Sitoe")])
def test_the_place_of_an_incident_is_masked_where_a_person_typed_it(client: Client, people, make_row, typed, name):
    incident = make_row(Incident, 0)
    Incident.objects.filter(pk=incident.pk).update(place_name=name, place_by_person=typed)
    post = make_row(IncidentPost, 0)
    IncidentPost.objects.filter(pk=post.pk).update(incident=incident)
    client.force_login(people["auditor"])
    pages = [
        reverse("admin:responder_incident_changelist"), reverse("admin:responder_incident_change", args=[incident.pk]),
        reverse("admin:responder_incidentpost_change", args=[post.pk]),
    ]  # fmt: skip
    answers = [client.get(page).content.decode() for page in pages]
    assert [shown(answer) for answer in answers] == ([[], [], []] if typed else [[], ["Sitoe"], []])


def test_a_record_is_named_without_what_is_masked(people, make_row):
    """Names stand in lists, in breadcrumbs, in the log of the admin, and wherever a record refers to another."""
    for number, model in enumerate(PAGES):
        if model._meta.app_label == "django_q":
            continue
        row = make_row(model, number + 1)
        if model is not User:
            fill(row)
        row.refresh_from_db()
        assert not shown(str(row)), model


def test_auditors_do_not_find_people_by_what_they_do_not_see(client: Client, people):
    User.objects.filter(pk=people["lead"].pk).update(email="ana.matos@example.org")
    client.force_login(people["auditor"])
    answer = client.get(reverse("admin:responder_user_changelist"), {"q": "matos@"})
    assert "lead-ana" not in answer.content.decode()


def test_the_admins_own_log_shows_nothing_of_it(client: Client, people, make_row):
    post = make_row(Post, 0)
    fill(post)
    post.refresh_from_db()
    LogEntry.objects.create(
        user=people["auditor"], content_type=ContentType.objects.get_for_model(Post), object_id=post.pk,
        object_repr=str(post)[:200], action_flag=CHANGE, change_message=json.dumps([{"changed": {"fields": ["text"]}}]),
    )  # fmt: skip
    client.force_login(people["auditor"])
    for address in (reverse("admin:index"), reverse("admin:responder_post_history", args=[post.pk])):
        assert not shown(client.get(address).content.decode())


def test_a_superuser_who_saves_a_form_stores_no_mask(client: Client, people):
    person = people["lead"]
    User.objects.filter(pk=person.pk).update(email="ana.matos@example.org")
    client.force_login(people["superuser"])
    page = client.get(reverse("admin:responder_user_change", args=[person.pk])).content.decode()
    assert "ana.matos@example.org" in page


def test_the_bundle_holds_nothing_of_it(client: Client, people, make_row):
    version = make_row(ModelVersion, 0)
    post = make_row(Post, 0)
    subject = f"post:{post.pk}"
    Place.objects.create(post=post, text="Rua das Flores 112", start=0, end=5, latitude=LATITUDE, longitude=LONGITUDE)
    TriageAction.objects.create(
        post=post, actor=people["reviewer"], verb="confirm", version=2, before={"text": TEXT}, after={"note": TEXT}
    )
    Prediction.objects.create(
        subject=subject, model_version=version, category="not_humanitarian", probability=0.5, emergency_probability=0.1,
        priority="Low", priority_score=0.1,
    )  # fmt: skip
    Label.objects.create(subject=subject, text=TEXT, text_key="k", category="not_humanitarian", how="triage")
    LabelTask.objects.create(subject=subject, text=TEXT, text_key="k", purpose="audit", week="2026-W48")
    snapshot = make_row(Snapshot, 1)
    run = make_row(TrainingRun, 1)
    TrainingRun.objects.update(candidate=version, snapshot=snapshot)
    RunLine.objects.create(run=run, text=TEXT)
    make_row(Evaluation, 1)
    audit.record(
        actor="user:lead-ana",
        action="post.revealed",
        object_type="post",
        object_id=str(post.pk),
        detail={"reason": TEXT},
    )
    x, y = project(LATITUDE, LONGITUDE)
    for kind in (Post, TriageAction, Prediction, Label, Evaluation, TrainingRun, Snapshot, ModelVersion):
        for one in kind._base_manager.all():
            fill(one)
    Post.objects.update(grid_x=x, grid_y=y)
    client.force_login(people["auditor"])
    response = client.get(reverse("post-records", args=[post.pk]))
    with zipfile.ZipFile(io.BytesIO(response.content)) as archive:
        found = {name: shown(archive.read(name).decode()) for name in archive.namelist()}
        assert json.loads(archive.read("post.json"))["latitude"] == -19.84
    assert not {name: secrets for name, secrets in found.items() if secrets}
    assert Event.objects.exists()
