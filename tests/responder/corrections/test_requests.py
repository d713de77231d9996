"""Requests: what strangers may send, what they learn, who may decide, and what is kept."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from classifier import clock
from monitoring.models import AuditEvent
from responder import corrections
from responder.corrections import receiving
from responder.errors import Conflict, Invalid, InvalidFields, NotPermitted
from responder.models import CorrectionJob, CorrectionRequest, Post, User
from tests.responder.corrections.named import NAME, NUMBER

pytestmark = pytest.mark.django_db
SENT = {"wish": "safe", "where": "a post", "contact": "zelda@example.org", "details": "", "website": ""}
HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>{{7*7}}"


def test_nobody_learns_whether_a_post_exists(client: Client, named_post: Post) -> None:
    answers = []
    for where in (f"post {named_post.source_id}", f"{NAME} {NUMBER}", "no such post at all", HOSTILE):
        answer = client.post("/correct/", SENT | {"where": where})
        page = client.get(answer["Location"])
        answers.append((answer.status_code, len(answer["Location"]), page.status_code, len(page.content)))
        assert where not in page.content.decode()
    assert len(set(answers)) == 1 and answers[0][0] == 302


def test_the_public_pages_need_no_log_in_and_are_kept_from_search_engines(client: Client) -> None:
    assert "/correct/" in client.get("/login/").content.decode()
    for page in ("/correct/", "/correct/verify/", client.post("/correct/", SENT)["Location"]):
        answer = client.get(page)
        assert answer.status_code == 200 and answer["X-Robots-Tag"] == "noindex, nofollow"
        is_secret = page not in ("/correct/", "/correct/verify/")
        assert answer["Referrer-Policy"] == ("no-referrer" if is_secret else "same-origin")
        assert "no-store" in answer["Cache-Control"]
        assert b"<script" not in answer.content


def test_the_page_can_be_switched_off(client: Client, settings: Any) -> None:
    settings.PUBLIC_CORRECTIONS = False
    assert client.get("/correct/").status_code == 404
    assert client.post("/correct/", SENT).status_code == 404
    assert "/correct/" not in client.get("/login/").content.decode()


def test_a_form_without_its_token_is_refused() -> None:
    assert Client(enforce_csrf_checks=True).post("/correct/", SENT).status_code == 403
    assert not CorrectionRequest.objects.exists()


@pytest.mark.parametrize(
    ("field", "value"),
    [("wish", ""), ("wish", "all"), ("where", ""), ("where", "x" * 301), ("contact", ""), ("contact", "12345"),
     ("contact", "x" * 121), ("contact", "me@"), ("details", "x" * 801)],
)  # fmt: skip
def test_each_wrong_field_says_so_beside_it(client: Client, field: str, value: str) -> None:
    answer = client.post("/correct/", SENT | {field: value})
    assert answer.status_code == 400 and f'id="{field}_error"' in answer.content.decode()
    assert not CorrectionRequest.objects.exists()


def test_one_address_and_all_together_have_limits(client: Client) -> None:
    for _number in range(receiving.PER_ADDRESS):
        assert client.post("/correct/", SENT).status_code == 302
    answer = client.post("/correct/", SENT)
    assert answer.status_code == 429 and 0 < int(answer["Retry-After"]) <= receiving.WINDOW_S
    assert CorrectionRequest.objects.count() == receiving.PER_ADDRESS
    for number in range(receiving.PER_ADDRESS, receiving.IN_ALL):  # whom an address refuses counts for it alone
        receiving.limit("correction", f"192.0.2.{number}")
    with pytest.raises(corrections.TooManyRequests):
        receiving.limit("correction", "203.0.113.1")


def test_a_network_with_many_addresses_has_a_limit() -> None:
    with pytest.raises(corrections.TooManyRequests):
        for number in range(receiving.PER_NETWORK[56] + 1):
            receiving.limit("correction", f"2001:db8:0:{number:x}::")


def test_a_network_that_is_refused_does_not_close_the_page_for_others() -> None:
    refused = 0
    for number in range(receiving.IN_ALL + 1):
        try:
            receiving.limit("correction", f"2001:db8:0:{number:x}::")
        except corrections.TooManyRequests:
            refused += 1
    assert refused > receiving.IN_ALL - receiving.PER_NETWORK[48]
    receiving.limit("correction", "203.0.113.1")


def test_what_a_program_fills_in_is_kept_apart_and_not_lost(client: Client, lead: User) -> None:
    assert client.post("/correct/", SENT | {"website": "https://spam.example"}).status_code == 302
    ref = CorrectionRequest.objects.get(suspected=True).ref
    client.force_login(lead)
    assert ref not in client.get("/corrections/").content.decode()
    assert ref in client.get("/corrections/?tab=suspected").content.decode()


@pytest.mark.parametrize("token", ["x", "a" * 43, "a" * 64, "a" * 300, "%00", "ä"])
def test_a_forged_link_is_not_found(client: Client, asked: tuple[CorrectionRequest, str], token: str) -> None:
    assert client.get(f"/correct/{token}/").status_code == 404
    assert client.get(f"/correct/{token}/receipt.json").status_code == 404


def test_a_link_holds_until_the_words_are_erased(client: Client, asked: tuple[CorrectionRequest, str]) -> None:
    request, token = asked
    assert token not in str(CorrectionRequest.objects.values().get())
    page = reverse("correct-state", args=[token])
    assert client.get(page).status_code == 200 and client.get(f"{page}receipt.json").status_code == 404
    CorrectionRequest.objects.update(state="closed", closed_at=clock.now() - timedelta(days=89))
    assert corrections.forget() == 0 and client.get(page).status_code == 200
    CorrectionRequest.objects.update(closed_at=clock.now() - timedelta(days=90))
    assert corrections.forget() == 1 and corrections.forget() == 0
    row = CorrectionRequest.objects.get()
    assert (row.where, row.contact, row.details, row.ref) == ("", "", "", request.ref)
    assert client.get(page).status_code == 404


def test_what_people_typed_is_escaped_and_masked_until_somebody_asks(client: Client, lead: User) -> None:
    client.post(
        "/correct/", SENT | {"where": HOSTILE, "details": f"{HOSTILE} {NUMBER}", "contact": "zelda.q@example.org"}
    )
    ref = CorrectionRequest.objects.get().ref
    client.force_login(lead)
    for page in ("/corrections/", f"/corrections/{ref}/"):
        shown = client.get(page).content.decode()
        assert (
            "zelda.q" not in shown
            and "555 0143" not in shown
            and "<script>alert" not in shown
            and "<img src=x" not in shown
        )
    assert not AuditEvent.objects.filter(action="correction.viewed").exists()
    disclosed = client.post(f"/corrections/{ref}/contact").content.decode()
    assert "zelda.q@example.org" in disclosed and NUMBER in disclosed and "<script>alert" not in disclosed
    assert AuditEvent.objects.get(action="correction.viewed").object_id == ref


def test_auditors_read_the_steps_without_contact_and_words(
    client: Client, people: dict[str, User], asked: tuple[CorrectionRequest, str]
) -> None:
    client.force_login(people["auditor"])
    row = asked[0]
    shown = client.get(f"/admin/responder/correctionrequest/{row.pk}/change/").content.decode()
    assert row.ref in shown and "zelda" not in shown.lower() and row.token_hash not in shown
    assert client.get("/corrections/").status_code == 403
    assert client.post(f"/corrections/{row.ref}/contact").status_code == 403


def test_nothing_is_decided_before_somebody_made_sure_who_asks(
    named_post: Post, asked: tuple[CorrectionRequest, str], lead: User, people: dict[str, User]
) -> None:
    ref = asked[0].ref
    erase = {"ref": ref, "post_ids": [named_post.pk], "verb": "erase"}
    with pytest.raises(Invalid):
        corrections.plan(**erase, version=1, by=lead)
    row = corrections.start(ref=ref, version=1, by=lead)
    with pytest.raises(Invalid):
        corrections.plan(**erase, version=row.version, by=lead)
    with pytest.raises(NotPermitted):
        corrections.identify(ref=ref, version=row.version, how="call", by=people["reviewer"])
    with pytest.raises(InvalidFields):
        corrections.identify(ref=ref, version=row.version, how="other", words="", by=lead)
    row = corrections.identify(ref=ref, version=row.version, how="call", by=lead)
    with pytest.raises(Invalid):
        corrections.carry_out(ref=ref, version=row.version, by=lead)
    with pytest.raises(InvalidFields):
        corrections.plan(
            ref=ref, post_ids=[named_post.pk], verb="mask", phrases="Nobody here", version=row.version, by=lead
        )
    row = corrections.plan(**erase, version=row.version, by=lead)
    with pytest.raises(Conflict):
        corrections.carry_out(ref=ref, version=row.version - 1, by=lead)
    assert Post.objects.filter(pk=named_post.pk).exists() and not CorrectionJob.objects.exists()


def test_two_people_decide_where_the_setting_says_so(
    named_post: Post, asked: tuple[CorrectionRequest, str], lead: User, people: dict[str, User], settings: Any
) -> None:
    settings.CORRECTIONS_TWO_PEOPLE = True
    ref = asked[0].ref
    corrections.start(ref=ref, version=1, by=lead)
    corrections.identify(ref=ref, version=2, how="document", by=lead)
    row = corrections.plan(ref=ref, version=3, post_ids=[named_post.pk], verb="erase", by=lead)
    with pytest.raises(NotPermitted):
        corrections.carry_out(ref=ref, version=row.version, by=lead)
    assert corrections.carry_out(ref=ref, version=row.version, by=people["superuser"]).steps[-1] == ["close"]


def test_the_whole_way_from_the_page_to_the_receipt(
    client: Client, named_post: Post, lead: User, finish: Callable[..., Any], tmp_path: Any
) -> None:
    link = client.post("/correct/", SENT | {"wish": "remove"})["Location"]
    row, stranger = CorrectionRequest.objects.get(), Client()
    client.force_login(lead)
    page = f"/corrections/{row.ref}/"

    def step(name: str, /, **fields: Any) -> Any:
        version = CorrectionRequest.objects.get().version
        return client.post(f"{page}{name}", {"version": version} | fields)

    assert step("start").status_code == 302
    assert step("identify", how="").status_code == 400
    assert step("identify", how="call", words="She answered").status_code == 302
    found = step("search", query="258845550143").content.decode()
    assert f'value="{named_post.pk}"' in found and "555 0143" not in found.split('id="posts-title"')[1]
    assert step("plan", verb="mask", phrases="", post=[named_post.pk]).status_code == 400
    assert step("plan", verb="mask", phrases=f"{NAME}\n{NUMBER}", post=[named_post.pk]).status_code == 302
    assert step("carry-out").status_code == 302
    assert "accepted" in stranger.get(link).content.decode()
    finish(CorrectionJob.objects.get())
    assert "carried out" in stranger.get(link).content.decode()
    document = stranger.get(f"{link}receipt.json").content.decode()
    assert "genuine" in stranger.post("/correct/verify/", {"document": document}).content.decode()
    assert (
        "did not issue this receipt"
        in stranger.post("/correct/verify/", {"document": document.replace("1", "2")}).content.decode()
    )
    file = tmp_path / "receipt.json"
    file.write_text(document)
    call_command("verify_receipt", str(file))
    steps = list(
        AuditEvent.objects.filter(object_type="correction").order_by("sequence").values_list("action", flat=True)
    )
    assert steps == [
        f"correction.{verb}" for verb in
        ("received", "started", "identified", "searched", "planned", "decided", "closed", "carried_out", "receipt_fetched")
    ]  # fmt: skip


def test_a_refusal_has_a_reason_and_a_receipt(client: Client, asked: tuple[CorrectionRequest, str], lead: User) -> None:
    ref, token = asked[0].ref, asked[1]
    with pytest.raises(InvalidFields):
        corrections.refuse(ref=ref, version=1, refusal="identity", reason="no", by=lead)
    corrections.refuse(ref=ref, version=1, refusal="identity", reason="We called and nobody knew you.", by=lead)
    shown = client.get(reverse("correct-state", args=[token])).content.decode()
    assert "nobody knew you" in shown and "refused" in shown
    assert "nobody knew" not in CorrectionRequest.objects.get().receipt


def test_old_requests_are_marked(client: Client, asked: tuple[CorrectionRequest, str], lead: User) -> None:
    client.force_login(lead)
    for age, mark in ((71, ""), (73, "more than 72 hours"), (24 * 31, "limit of one month")):
        CorrectionRequest.objects.update(received_at=clock.now() - timedelta(hours=age))
        shown = client.get("/corrections/").content.decode()
        assert ('class="overdue"' in shown) == bool(mark) and mark in shown


def test_the_search_finds_posts_by_id_link_author_number_and_words(
    named_post: Post,
    make_post: Callable[..., Post],
    asked: tuple[CorrectionRequest, str],
    lead: User,
    people: dict[str, User],
) -> None:
    from responder.corrections import finding

    make_post(text="Water 82 555 0000")
    for query in (str(named_post.pk), f"https://example.org/@zelda/{named_post.source_id}?s=1", "@zelda_quarrow",
                  "0845550143", "٨٤٥٥٥٠١٤٣", "quarrow is missing"):  # fmt: skip
        assert finding.search(asked[0], query, by=lead) == [named_post.pk], query
    assert finding.search(asked[0], NAME, by=people["reviewer"]) == []
    assert finding.search(asked[0], "  ", by=lead) == []
