"""A decision reaches everything that the words or the post have reached, once and for good."""

import io
import json
from collections.abc import Callable
from typing import Any

import pytest
import xlsxwriter
from django.apps import apps
from django.db import models

from classifier.models import Label, LabelTask
from monitoring import audit
from monitoring.models import AuditEvent
from responder import corrections, exports, prediction_jobs, triage
from responder.corrections import receipts
from responder.feeds import ingest
from responder.feeds.raw_post import RawPost
from responder.incidents import membership
from responder.models import (
    CapAlert,
    CorrectionJob,
    CorrectionRequest,
    Event,
    ExportJob,
    Incident,
    IncidentEntry,
    Place,
    Post,
    PredictionJob,
    SavedView,
    User,
    WebhookDelivery,
    WebhookEndpoint,
    WebhookEvent,
)
from responder.prediction_jobs import files as job_files
from responder.privacy.masking import HIDDEN
from responder.queries import words
from responder.queries.filters import Filter
from tests.responder.corrections.named import NAME, NUMBER, TEXT

pytestmark = pytest.mark.django_db
Decide, Finish = Callable[..., CorrectionJob], Callable[[CorrectionJob], CorrectionJob]
TRACES = ("zelda", "quarrow", "5550143", "555 0143")


def traces(*besides: str) -> list[str]:
    """Tables in which the name or the number still stands, without those of requests, which end by themselves."""
    found = []
    for model in apps.get_models():
        names = [
            field.attname for field in model._meta.concrete_fields
            if isinstance(field, models.CharField | models.TextField | models.JSONField)
        ]  # fmt: skip
        table = model._meta.db_table
        if model._meta.managed and names and table != "responder_correctionrequest" and table not in besides:
            stored = "".join(str(row) for row in model.objects.values_list(*names).iterator()).lower()
            if any(trace in stored for trace in TRACES):
                found.append(table)
    return found


def mask_plan(post: Post, **more: Any) -> dict[str, Any]:
    return {"post_ids": [post.pk], "verb": "mask", "phrases": f"{NAME}\n{NUMBER}\nzelda_quarrow", **more}


def written_by_people(post: Post, people: dict[str, User]) -> Incident:
    lead = people["lead"]
    triage.confirm(post_id=post.pk, version=post.version, by=people["reviewer"])
    LabelTask.objects.create(subject=f"post:{post.pk}", text=TEXT, text_key="k", purpose="audit", week="2026-W48")
    incident = membership.create(post_ids=[post.pk], by=lead, title=f"Search for {NAME}")
    Incident.objects.filter(pk=incident.pk).update(
        summary=f"Her number is {NUMBER}", public_summary=f"{NAME} is missing"
    )
    IncidentEntry.objects.create(incident=incident, verb="note", note=f"Called 84-555-0143: {NAME}", version=9)
    now = incident.created_at
    common = {
        "created_by": lead,
        "expires_at": now,
        "hazard": "Flood",
        "area": "Beira",
        "headline": f"Have you seen {NAME}?",
    }
    CapAlert.objects.create(**common)
    CapAlert.objects.create(**common, state="published", document="<alert/>", sent_at=now)
    SavedView.objects.create(name=f"{NAME}", page="map", query="q=84+555+0143&sev=1", owner=lead)
    return incident


def test_masked_words_are_found_nowhere(
    named_post: Post, people: dict[str, User], decide: Decide, finish: Finish, event: Event
) -> None:
    written_by_people(named_post, people)
    assert {"responder_post", "responder_incident", "responder_incidententry", "classifier_label"} <= set(traces())
    job = finish(decide(mask_plan(named_post)))
    assert traces() == ["responder_capalert"]  # the published one, which can't be changed
    post = Post.objects.get(pk=named_post.pk)
    assert post.text == f"{HIDDEN} is missing in Beira since Monday, call {HIDDEN} or {HIDDEN}"
    assert post.author_handle == HIDDEN and post.links == ["https://example.org/story"]
    assert post.words.document == words.document(post.text)
    assert Label.objects.get().text == LabelTask.objects.get().text == post.text
    assert SavedView.objects.get().query == "sev=1"
    assert CapAlert.objects.get(state="draft").headline == f"Have you seen {HIDDEN}?"
    assert job.results["remains"]["published_alerts"] == 1
    assert {"incidents", "incident_notes", "alerts", "saved_views", "posts"} <= job.results.keys()
    assert audit.verify().intact
    log = str(list(AuditEvent.objects.values_list("detail", flat=True))).lower()
    assert not any(trace in log for trace in TRACES)


def test_a_masked_post_does_not_come_back_by_import_or_edit(
    named_post: Post, decide: Decide, finish: Finish, event: Event
) -> None:
    finish(decide(mask_plan(named_post)))
    again = RawPost(named_post.source_id, TEXT, author_handle="zelda_quarrow")
    assert ingest.accept(posts=[again], source="test", event=event).known == 1
    edit = RawPost(named_post.source_id, f"{NAME} was found! {NUMBER}", revision="2")
    assert ingest.accept(posts=[edit], source="test", event=event).edited == 1
    assert traces() == [] and Post.objects.get(pk=named_post.pk).text == f"{HIDDEN} was found! {HIDDEN}"


def test_a_number_is_hidden_in_later_posts_only_where_somebody_said_so(
    named_post: Post, decide: Decide, finish: Finish, event: Event
) -> None:
    finish(decide(mask_plan(named_post, later_too=True)))
    ingest.accept(posts=[RawPost("n1", f"Ask {NAME}: 0845550143")], source="elsewhere", event=event)
    assert Post.objects.get(source_id="n1").text == f"Ask {HIDDEN}: {HIDDEN}"


def test_a_single_word_is_hidden_in_the_incidents_of_its_posts_alone(
    named_post: Post, make_post: Callable[..., Post], lead: User, decide: Decide, finish: Finish
) -> None:
    own = membership.create(post_ids=[named_post.pk], by=lead, title="Own")
    other = membership.create(post_ids=[make_post().pk], by=lead, title="Other")
    Incident.objects.filter(pk=own.pk).update(title="Where is Zelda")
    Incident.objects.filter(pk=other.pk).update(title="Zelda bridge is down")
    finish(decide({"post_ids": [named_post.pk], "verb": "mask", "phrases": "Zelda"}))
    titles = dict(Incident.objects.values_list("pk", "title"))
    assert titles == {own.pk: f"Where is {HIDDEN}", other.pk: "Zelda bridge is down"}


def test_a_hidden_address_takes_its_pin_along_and_other_places_move(
    make_post: Callable[..., Post], decide: Decide, finish: Finish
) -> None:
    text = "At 14 Kestrel Lane near Beira"
    post = make_post(text=text)
    Place.objects.create(post=post, text="14 Kestrel Lane", start=3, end=18, chosen=True, latitude=1.0, longitude=1.0)
    Place.objects.create(post=post, text="Beira", start=24, end=29)
    finish(decide({"post_ids": [post.pk], "verb": "mask", "phrases": "14 Kestrel Lane"}))
    post.refresh_from_db()
    assert post.text == f"At {HIDDEN} near Beira" and post.latitude is None and post.place_name == ""
    place = Place.objects.get()
    assert post.text[place.start : place.end] == "Beira"


def test_a_correction_stands_beside_the_text_and_the_post_counts_no_more(
    named_post: Post, lead: User, client: Any, decide: Decide, finish: Finish, event: Event
) -> None:
    incident = membership.create(post_ids=[named_post.pk], by=lead, title="Search")
    note = "the person named here is safe"
    finish(decide({"post_ids": [named_post.pk], "verb": "correct", "note": note, "not_missing": True}))
    post = Post.objects.get(pk=named_post.pk)
    assert post.text == TEXT and post.needs == ["water"] and post.severity == 4
    assert post.correction.startswith(f"{note} (20")
    assert post.actions.get().verb == "severity"
    client.force_login(lead)
    for page in ("/feed/", f"/map/items/{post.pk}", "/map/items", f"/incidents/{incident.ref}/", "/export/posts.csv"):
        answer = client.get(page)
        shown = b"".join(answer.streaming_content) if answer.streaming else answer.content
        assert note in shown.decode(), page


def test_an_erased_post_is_gone_with_its_copies_and_stays_away(
    named_post: Post,
    make_post: Callable[..., Post],
    people: dict[str, User],
    decide: Decide,
    finish: Finish,
    event: Event,
) -> None:
    copy = make_post(text=TEXT, text_key=named_post.text_key)
    from responder.corrections import finding

    assert finding.copies_of([named_post.pk]) == [copy.pk]
    plan = {"post_ids": [named_post.pk, copy.pk], "verb": "erase", "phrases": f"{NAME}\n{NUMBER}", "later_too": True}
    written_by_people(named_post, people)
    job = finish(decide(plan))
    assert not Post.objects.exists() and traces() == ["responder_capalert"]
    assert job.results["posts"] == {"erased": 2, "copies_refused": 2}
    assert job.results["labels"]["erased"] == 1
    again = [RawPost(named_post.source_id, TEXT), RawPost("other id", TEXT.upper())]
    assert ingest.accept(posts=again[:1], source="test", event=event).gone == 1
    assert ingest.accept(posts=again[1:], source="a file", event=event).gone == 1
    assert not Post.objects.exists()


def test_stored_exports_and_partners_files_lose_the_words(
    named_post: Post,
    make_post: Callable[..., Post],
    people: dict[str, User],
    decide: Decide,
    finish: Finish,
    event: Event,
) -> None:
    make_post(text="Water at the school")
    Post.objects.filter(pk=named_post.pk).update(text=f"Somebody saw Quarrow by the mill, {TEXT}")
    export = exports.ask(owner=people["lead"], kind="csv", post_filter=Filter(), event=event, actor="user:lead-ana")
    exports.run(export.pk)
    files = []
    for name, line in (("a", {"id": NAME}), ("b", {"id": "1"}), ("c", {"id": "çé " + NUMBER})):
        job = PredictionJob.objects.create(
            owner=people["partner"], name=name, form="csv", text_column="t", id_column="i", size=1, lines=1, state="done",
            chunks=1, sha256="e" * 64, expires_at=export.expires_at,
        )  # fmt: skip
        job_files.folder(job.ref).mkdir(parents=True)
        job_files.store_part(job, 0, [json.dumps(line)])
        files.append(job)
    finish(decide({"post_ids": [named_post.pk], "verb": "mask", "phrases": f"{NAME}\n{NUMBER}\nQuarrow by the mill"}))
    left = set(PredictionJob.objects.values_list("name", flat=True))
    assert left == {"b"} and [job_files.folder(job.ref).exists() for job in files] == [False, True, False]
    stored = b"".join(exports.keeping._pieces(ExportJob.objects.get())).decode()
    assert "Quarrow" not in stored and "by the mill" not in stored and "Water at the school" in stored


def _workbook(texts: list[str]) -> bytes:
    written = io.BytesIO()
    with xlsxwriter.Workbook(written) as book:
        sheet = book.add_worksheet()
        for number, cells in enumerate([("id", "text"), *enumerate(texts)]):
            sheet.write_row(number, 0, cells)
    return written.getvalue()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.xlsx", _workbook),
        ("a.csv", lambda texts: "\n".join(["text", *texts]).encode("utf-16")),
        ("a.json", lambda texts: json.dumps([{"text": one} for one in texts]).encode("utf-8")),
    ],
)
def test_a_waiting_file_is_read_whatever_its_format(
    named_post: Post, people: dict[str, User], decide: Decide, finish: Finish, name: str, content: Any
) -> None:
    for texts in ([f"My sister {NAME} is gone", "Water"], ["Water", "Food"]):
        prediction_jobs.accept(owner=people["partner"], name=name, pieces=[content(texts)], actor="user:partner")
    job = finish(decide(mask_plan(named_post)))
    assert job.results["prediction_jobs"] == {"erased": 1}
    (left,) = PredictionJob.objects.all()
    assert job_files.input_of(left).exists()


def test_partners_who_were_sent_the_post_are_told(
    named_post: Post, people: dict[str, User], decide: Decide, finish: Finish
) -> None:
    sent = WebhookEndpoint.objects.create(owner=people["partner"], url="https://a.example/x", kinds=["post.critical"])
    WebhookEndpoint.objects.create(owner=people["partner"], url="https://b.example/x", kinds=["post.critical"])
    before = WebhookEvent.objects.create(kind="post.critical", data={"id": named_post.pk})
    WebhookDelivery.objects.create(event=before, endpoint=sent, state="done")
    job = finish(decide({"post_ids": [named_post.pk], "verb": "erase"}))
    told = WebhookDelivery.objects.exclude(event=before).select_related("event").get()
    assert (told.endpoint, told.event.kind) == (sent, "post.erased")
    assert told.event.data == {"id": named_post.pk, "change": "erased"}
    assert job.results["partners"] == {"told": 1}


def test_carrying_it_out_twice_changes_nothing(
    named_post: Post, people: dict[str, User], decide: Decide, finish: Finish, asked: tuple[CorrectionRequest, str]
) -> None:
    written_by_people(named_post, people)
    job = finish(decide(mask_plan(named_post, later_too=True)))
    request = CorrectionRequest.objects.get()
    before = (Post.objects.values().get(), list(Incident.objects.values()), job.results, request.receipt)
    events = AuditEvent.objects.count()
    corrections.run(job.pk)
    CorrectionJob.objects.update(state="waiting", steps_done=0, finished_at=None, lease_until=None)
    finish(CorrectionJob.objects.get())
    request.refresh_from_db()
    after = (
        Post.objects.values().get(),
        list(Incident.objects.values()),
        CorrectionJob.objects.get().results,
        request.receipt,
    )
    assert after == before
    assert AuditEvent.objects.count() == events + 1  # the job's second end


@pytest.mark.parametrize("is_labelled", [True, False])
def test_the_receipt_says_that_a_model_learned_from_the_text_only_where_it_did(
    named_post: Post, people: dict[str, User], decide: Decide, finish: Finish, is_labelled: bool
) -> None:
    if is_labelled:
        triage.confirm(post_id=named_post.pk, version=1, by=people["reviewer"])
    finish(decide(mask_plan(named_post)))
    receipt = receipts.verify(CorrectionRequest.objects.get().receipt)
    assert receipt is not None
    left = ["backups", "models_until_next_training"] if is_labelled else ["backups"]
    assert [row["what"] for row in receipt["remains"]] == left


def test_the_receipt_names_nobody_and_a_changed_byte_is_seen(
    named_post: Post, decide: Decide, finish: Finish, asked: tuple[CorrectionRequest, str]
) -> None:
    finish(decide(mask_plan(named_post)))
    document = CorrectionRequest.objects.get().receipt
    receipt = receipts.verify(document)
    assert receipt is not None and receipt["outcome"] == "done" and receipt["reference"] == asked[0].ref
    assert {"where": "posts", "what": "masked", "count": 1} in receipt["done"]
    assert receipt["remains"][0]["what"] == "backups"
    lower = document.lower()
    assert not any(trace in lower for trace in (*TRACES, "zelda@example", "lead-ana", "ana"))
    for place in range(0, len(document), 7):
        changed = document[:place] + chr(ord(document[place]) ^ 1) + document[place + 1 :]
        assert receipts.verify(changed) is None, place
    assert (
        receipts.verify(document + " ") is None
        and receipts.verify("{}") is None
        and receipts.verify("[" * 9_000) is None
    )


def test_a_decision_is_carried_out_even_if_the_person_who_made_it_has_left(
    decide: Callable[..., CorrectionJob], named_post: Post, lead: User
) -> None:
    job = decide({"post_ids": [named_post.pk], "verb": "erase"})
    User.objects.filter(pk=lead.pk).update(is_active=False)
    corrections.run(job.pk)
    job.refresh_from_db()
    assert job.is_done and not Post.objects.filter(pk=named_post.pk).exists()
