"""The pages of situation reports: who sees what, each step by page, files, the public link, and the PDF."""

import csv
import io
import json
import zipfile
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client
from django.urls import reverse

from monitoring.models import AuditEvent
from responder import jobs
from responder.models import Event, EventRole, Incident, SituationFile, SituationReport, User
from responder.privacy.masking import mask
from responder.situation import files, links, pdf, publishing, writing
from tests.responder.situation.conftest import Clock

pytestmark = pytest.mark.django_db
Draft = Callable[..., SituationReport]
SECRET = "Call Maria Silva at +258 84 123 4567 or maria@example.org"
TELLTALES = ("84 123 4567", "maria@example.org")


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def address(name: str, report: SituationReport, *more: Any) -> str:
    return reverse(name, args=[report.pk, *more])


@pytest.fixture
def lead(people: dict[str, User]) -> Client:
    return signed_in(people["lead"])


def test_a_lead_drafts_edits_and_proposes_and_another_signs(
    lead: Client, people: dict[str, User], other_lead: User, event: Event, make_incident: Any, step: Any, now: Clock
) -> None:
    step(make_incident("Roof of the school, Beira", severity=1), "confirm")
    now.on(minutes=20)
    index = lead.get("/situation/?event=flood")
    assert 'name="period_from"' in index.content.decode()
    made = lead.post("/situation/draft?event=flood", {"period_from": "2026-03-14T04:00", "period_to": ""})
    report = SituationReport.objects.get()
    assert made["Location"] == address("situation-report", report)
    page = lead.get(address("situation-report", report)).content.decode()
    assert "INC-" in page and "unanswered for 20 min" in page and 'href="#figure-unanswered"' in page
    form = {"version": 1, "overview": "{unanswered} waits", "next": "Send the boat"}
    assert lead.post(address("situation-edit", report), form).status_code == 302
    assert lead.post(address("situation-act", report, "propose"), {"version": 2}).status_code == 302
    refused = lead.post(address("situation-act", report, "publish"), {"version": 3})
    assert refused.status_code == 403 and "someone else must sign it off" in refused.content.decode()
    assert "Publish, in my name" not in lead.get(address("situation-report", report)).content.decode()
    second = signed_in(other_lead)
    assert "Publish, in my name" in second.get(address("situation-report", report)).content.decode()
    assert second.post(address("situation-act", report, "publish"), {"version": 3}).status_code == 302
    report.refresh_from_db()
    assert (report.state, report.published_by) == ("published", other_lead)
    versions = lead.get(address("situation-versions", report)).content.decode()
    assert "Version 2" in versions
    newer = lead.get(address("situation-version", report, 2)).content.decode()
    assert "Send the boat" in newer and "Changes since version 1" in newer
    assert lead.get(address("situation-version", report, 9)).status_code == 404


def test_viewers_read_what_is_published_only(draft: Draft, people: dict[str, User], published: SituationReport) -> None:
    hidden = draft()
    for role in ("viewer", "reviewer", "auditor"):
        client = signed_in(people[role])
        listed = client.get("/situation/").content.decode()
        assert published.ref in listed and hidden.ref not in listed
        assert client.get(address("situation-report", published)).status_code == 200
        for name in ("situation-report", "situation-paper", "situation-versions", "situation-pdf-state"):
            assert client.get(address(name, hidden)).status_code == 404
        for kind in ("md", "json", "hxl", "docx", "pdf"):
            assert client.get(address("situation-file", hidden, kind)).status_code == 404
        assert client.get(address("situation-versions", published)).status_code == 404
        assert client.post(address("situation-pdf", hidden)).status_code == 404
        assert client.get(address("situation-edit", published)).status_code == 403
        assert (
            client.post(
                address("situation-act", published, "withdraw"), {"version": published.version, "reason": "Wrong"}
            ).status_code
            == 403
        )
    approver = signed_in(people["approver"])
    assert approver.get(address("situation-report", hidden)).status_code == 200
    assert signed_in(people["partner"]).get("/situation/").status_code == 403


def test_reports_of_another_event_are_not_found(published: SituationReport, people: dict[str, User]) -> None:
    other = Event.objects.create(ref="quake", name="Quake")
    stranger = User.objects.create_user("stranger", toured=True)
    EventRole.objects.create(person=stranger, event=other, role="lead")
    client = signed_in(stranger)
    assert client.get(address("situation-report", published)).status_code == 404
    assert client.get(address("situation-file", published, "json")).status_code == 404
    assert (
        client.post(address("situation-act", published, "withdraw"), {"version": 1, "reason": "x"}).status_code == 404
    )
    assert published.ref not in client.get("/situation/").content.decode()


def test_a_refused_form_shows_its_message_beside_the_field(lead: Client, draft: Draft, event: Event) -> None:
    answer = lead.post("/situation/draft?event=flood", {"period_from": "yesterday"})
    assert answer.status_code == 400 and "Enter a date and time" in answer.content.decode()
    report = draft()
    answer = lead.post(address("situation-edit", report), {"version": 1, "overview": "{wrong}"})
    page = answer.content.decode()
    assert answer.status_code == 400 and "{wrong}" in page and 'aria-invalid="true"' in page
    answer = lead.post(address("situation-edit", report), {"version": 7, "overview": "Fine"})
    assert answer.status_code == 409 and "Fine" in answer.content.decode()
    answer = lead.post(address("situation-act", report, "withdraw"), {"version": 1, "reason": ""})
    assert answer.status_code == 400 and "A reason is required" in answer.content.decode()
    for version in ("", "x", "-1", "9" * 30):
        assert lead.post(address("situation-act", report, "propose"), {"version": version}).status_code == 400
    assert lead.post(address("situation-act", report, "nonsense"), {"version": 1}).status_code == 404


def test_a_public_link_shows_the_report_without_an_account_until_it_is_withdrawn(
    lead: Client, published: SituationReport, now: Clock
) -> None:
    assert (
        lead.post(address("situation-act", published, "link"), {"version": published.version, "days": "7"}).status_code
        == 302
    )
    link = published.links.get()
    url = reverse("situation-public", args=[links.key_of(link)])
    assert url in lead.get(address("situation-report", published)).content.decode()
    shown = Client().get(url)
    page = shown.content.decode()
    assert (
        shown.status_code == 200 and "Situation report 1" in page and "/incidents/" not in page and "/map/" not in page
    )
    assert shown["Referrer-Policy"] == "no-referrer" and "noindex" in shown["X-Robots-Tag"]
    assert Client().get(url[:-3] + "xx/").status_code == 404
    lead.post(address("situation-link-withdraw", published, link.pk))
    gone = Client().get(url)
    assert gone.status_code == 410 and "no longer available" in gone.content.decode()
    assert "River flood" not in gone.content.decode()


def test_an_expired_link_and_one_of_a_withdrawn_report_answer_410(
    lead: Client, published: SituationReport, people: dict[str, User], now: Clock
) -> None:
    made = {"report_id": published.pk, "version": published.version, "by": people["lead"]}
    short, long = (links.create(**made, days=days) for days in ("1", "30"))
    now.on(days=2)
    of = {link.pk: reverse("situation-public", args=[links.key_of(link)]) for link in (short, long)}
    assert (Client().get(of[short.pk]).status_code, Client().get(of[long.pk]).status_code) == (410, 200)
    lead.post(address("situation-act", published, "withdraw"), {"version": published.version, "reason": "Wrong"})
    assert Client().get(of[long.pk]).status_code == 410


def test_a_withdrawn_report_is_gone_for_viewers_and_kept_for_leads(
    lead: Client, published: SituationReport, people: dict[str, User], make_incident: Any
) -> None:
    lead.post(
        address("situation-act", published, "withdraw"), {"version": published.version, "reason": "Wrong figures"}
    )
    viewer = signed_in(people["viewer"])
    gone = viewer.get(address("situation-report", published))
    assert gone.status_code == 410 and "Confirmed incidents" not in gone.content.decode()
    assert viewer.get(address("situation-file", published, "json")).status_code == 404
    kept = lead.get(address("situation-report", published))
    assert kept.status_code == 200 and "Wrong figures" in kept.content.decode()


def outputs(client: Client, report: SituationReport) -> dict[str, str]:
    """Everything in which the report is shown, as text."""
    found = {kind: client.get(address("situation-file", report, kind)) for kind in ("md", "json", "hxl", "docx")}
    texts = {kind: answer.content.decode("utf-8", "replace") for kind, answer in found.items()}
    with zipfile.ZipFile(io.BytesIO(found["docx"].content)) as packed:
        texts["docx"] = packed.read("word/document.xml").decode()
    for name in ("situation-report", "situation-paper"):
        texts[name] = client.get(address(name, report)).content.decode()
    texts["version"] = client.get(address("situation-version", report, 1)).content.decode()
    return texts


def test_masked_data_stays_masked_in_every_form(
    lead: Client, draft: Draft, people: dict[str, User], make_incident: Any, step: Any, other_lead: User
) -> None:
    incident = make_incident(SECRET, place_name=SECRET, place_by_person=True, public_summary=SECRET, summary=SECRET)
    step(incident, "confirm")
    report = draft()
    report = writing.edit(
        report_id=report.pk, version=report.version, by=people["lead"], next=SECRET, overview=f"{{confirmed}} {SECRET}"
    )
    texts = outputs(lead, report)
    report = writing.propose(report_id=report.pk, version=report.version, by=people["lead"])
    report = publishing.publish(report_id=report.pk, version=report.version, by=other_lead)
    link = links.create(report_id=report.pk, version=report.version, by=people["lead"])
    texts["public"] = Client().get(reverse("situation-public", args=[links.key_of(link)])).content.decode()
    for name, text in texts.items():
        assert incident.ref in text, name
        assert not [word for word in TELLTALES if word in text], name
    assert mask(SECRET) in texts["md"].replace("\\", "")
    for text in texts.values():
        assert "19.843" not in text and "34.838" not in text


def test_files_say_what_the_page_says(lead: Client, draft: Draft, make_incident: Any, step: Any, event: Event) -> None:
    first = step(make_incident("Bridge | gone", severity=1, needs={"water": "needed"}), "confirm", "assign")
    step(make_incident("Done"), "confirm", "resolve")
    Incident.objects.filter(pk=first.pk).update(title='=HYPERLINK("x")')
    report = draft()
    texts = outputs(lead, report)
    data = json.loads(texts["json"])
    assert data["figures"]["confirmed"]["value"] == 2 and data["figures"]["unanswered"]["incidents"] == [first.pk]
    assert data["state"] == "draft" and data["incidents"][0]["ref"] == first.ref
    rows = list(csv.reader(io.StringIO(texts["hxl"].removeprefix("\ufeff"))))
    assert rows[1][0] == "#meta+id" and rows[0].index("who") == rows[1].index("#org+name")
    assert rows[2][0] == first.ref and not rows[2][rows[0].index("what")].startswith("=")
    assert (rows[2][rows[0].index("latitude")], rows[2][rows[0].index("needs")]) == ("-19.8", "water")
    assert f"| {first.ref} |" in texts["md"] and "Confirmed incidents: 2 so far" in texts["md"]
    assert "Confirmed incidents: 2 so far" in texts["docx"] and first.ref in texts["docx"]
    assert AuditEvent.objects.filter(action="situation.downloaded", object_id=report.ref).count() == 4
    assert lead.get(address("situation-file", report, "exe")).status_code == 404


def test_an_exercise_says_so_everywhere(
    lead: Client, event: Event, draft: Draft, make_incident: Any, step: Any
) -> None:
    Event.objects.filter(pk=event.pk).update(is_exercise=True)
    step(make_incident(), "confirm")
    report = draft()
    texts = outputs(lead, report)
    assert all("exercise" in text.lower() for text in texts.values())
    assert "exercise-situation-flood-1.md" in lead.get(address("situation-file", report, "md"))["Content-Disposition"]


def test_markup_in_a_report_is_only_text(
    lead: Client, draft: Draft, people: dict[str, User], make_incident: Any, step: Any
) -> None:
    hostile = '<img src="file:///etc/passwd" onerror="x"><script>alert(1)</script>'
    step(make_incident(hostile, place_name=hostile[:28], severity=1), "confirm")
    report = draft()
    writing.edit(report_id=report.pk, version=1, by=people["lead"], next=hostile)
    for name in ("situation-report", "situation-paper"):
        page = lead.get(address(name, report)).content.decode()
        assert "<script>alert" not in page and '<img src="file' not in page
    assert "<img" not in pdf.html(writing_document(report)).replace("&lt;img", "")


def writing_document(report: SituationReport) -> Any:
    from responder.situation import document

    return document.of_version(writing.latest(report))


def test_the_queue_makes_a_pdf_with_the_figures(
    lead: Client, draft: Draft, make_incident: Any, step: Any, people: dict[str, User]
) -> None:
    step(make_incident("Families on roofs, Beira", severity=1), "confirm")
    for number in range(40):
        step(make_incident(f"Incident {number}"), "confirm")
    report = draft()
    state = address("situation-pdf-state", report)
    assert "Make PDF" in lead.get(state).content.decode()
    assert lead.get(address("situation-file", report, "pdf")).status_code == 404
    assert lead.post(address("situation-pdf", report)).status_code == 302
    assert lead.post(address("situation-pdf", report)).status_code == 302  # the same one
    job = SituationFile.objects.get()
    assert "being made" in lead.get(state).content.decode() and 0 <= job.progress < 1
    assert lead.get(address("situation-file", report, "pdf")).status_code == 409
    jobs.make_situation_file(job.pk)
    job.refresh_from_db()
    assert job.is_done and job.pages >= 2 and job.progress == 1
    answer = lead.get(address("situation-file", report, "pdf"))
    assert answer["Content-Type"] == "application/pdf" and answer.content.startswith(b"%PDF-")
    assert f"PDF ({job.pages} pages)" in lead.get(state).content.decode()
    assert AuditEvent.objects.filter(action="situation.pdf_finished").exists()


def test_a_claim_that_can_not_be_renewed_for_a_moment_does_not_end_the_layout(
    lead: Client, draft: Draft, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[int] = []

    def busy(_work: files.Files, job: SituationFile) -> None:
        tried.append(job.pk)
        raise OperationalError("database table is locked")

    monkeypatch.setattr(files, "RENEWED_EVERY_S", 0.01)
    monkeypatch.setattr(files.Files, "renew", busy)
    lead.post(address("situation-pdf", draft()))
    job = SituationFile.objects.get()
    jobs.make_situation_file(job.pk)
    job.refresh_from_db()
    assert job.is_done and len(tried) > 1


def test_the_pdf_has_the_words_and_figures_of_the_page(draft: Draft, make_incident: Any, step: Any) -> None:
    import weasyprint

    step(make_incident("Families on roofs, Beira", severity=1), "confirm")
    doc = writing_document(draft())
    laid_out = weasyprint.HTML(string=pdf.html(doc)).render()
    words: list[str] = []

    def collect(box: Any) -> None:
        words.append(getattr(box, "text", None) or "")
        for child in getattr(box, "children", ()):
            collect(child)

    for page in laid_out.pages:
        collect(page._page_box)
    text = " ".join(" ".join(words).split())
    assert laid_out.pages and "Families on roofs, Beira" in text and "Situation report 1: River flood" in text
    for figure in doc.used:
        assert figure.label in text and figure.value in text


def test_a_change_of_the_report_needs_a_new_pdf(lead: Client, draft: Draft, people: dict[str, User]) -> None:
    report = draft()
    lead.post(address("situation-pdf", report))
    jobs.make_situation_file(SituationFile.objects.get().pk)
    writing.propose(report_id=report.pk, version=report.version, by=people["lead"])
    assert lead.get(address("situation-file", report, "pdf")).status_code == 404


def test_an_old_pdf_is_forgotten(lead: Client, draft: Draft, now: Clock) -> None:
    report = draft()
    lead.post(address("situation-pdf", report))
    job = SituationFile.objects.get()
    jobs.make_situation_file(job.pk)
    assert files.folder(job.ref).exists()
    now.on(hours=25)
    assert lead.get(address("situation-file", report, "pdf")).status_code == 404
    assert files.forget() == 1 and not files.folder(job.ref).exists()


def test_missing_libraries_are_said_in_words(lead: Client, draft: Draft, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "missing_libraries", lambda: ("Pango",))
    report = draft()
    page = lead.get(address("situation-report", report)).content.decode()
    assert "libraries are missing: Pango" in page and "Make PDF" not in page
    assert lead.post(address("situation-pdf", report)).status_code in (400, 503)
    assert not SituationFile.objects.exists()


def test_libraries_that_vanish_end_the_job_with_words(
    lead: Client, draft: Draft, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = draft()
    lead.post(address("situation-pdf", report))
    monkeypatch.setattr(pdf, "missing_libraries", lambda: ("Pango",))
    job = SituationFile.objects.get()
    jobs.make_situation_file(job.pk)
    job.refresh_from_db()
    assert job.state == "failed" and "Pango" in job.error


def test_a_pdf_says_how_many_characters_have_no_font(caplog: pytest.LogCaptureFixture) -> None:
    private, more = "<main><p>Roof \U000f1234</p></main>", "<p>\U000f1234 \U000f1235 \U000f1235</p>"
    assert [pdf.draw(text)[2] for text in ("<p>Roof</p>", private, more)] == [0, 1, 2]
    assert pdf.with_note(private, 1).endswith("and is drawn as a box.</p></main>")
    assert pdf.with_note(more, 2).startswith(more) and "2 different characters" in pdf.with_note(more, 2)
    assert len(pdf.render(private)[0]) > len(pdf.draw(private)[0]) and pdf.render(private)[1] == 1
    assert not caplog.records


def test_a_pdf_reads_no_file_and_no_address(tmp_path: Any) -> None:
    secret = tmp_path / "secret.svg"
    secret.write_text('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>')
    content, pages = pdf.render(
        f'<img src="{secret.as_uri()}"><link rel="attachment" href="{secret.as_uri()}"><p>Hello</p>'
    )
    assert pages == 1 and b"EmbeddedFile" not in content
    fetcher: Any = pdf._fetcher()
    for url in (secret.as_uri(), "http://127.0.0.1:9/", "data:text/plain,x"):
        with pytest.raises(ValueError, match="disallowed"):
            fetcher.fetch(url)


def test_the_period_of_the_next_report_begins_where_the_last_one_ended(
    lead: Client, published: SituationReport, now: Clock
) -> None:
    now.on(hours=3)
    page = lead.get("/situation/?event=flood").content.decode()
    local = published.period_to + timedelta(hours=2)
    assert f'value="{local:%Y-%m-%dT%H:%M}"' in page
