"""The pages that bring labels from files: preview first, every label with a meaning, nothing of somebody else's."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from classifier.models import Label, LabelImport
from monitoring.models import AuditEvent
from responder.models import User

pytestmark = pytest.mark.django_db
DAMAGE = "infrastructure_and_utility_damage"
FILE = (
    "text,label\nThe bridge fell,damage\nPray for us,sympathy_and_support\nCall +258 84 123 4567,sympathy_and_support\n"
)


@pytest.fixture(autouse=True)
def _own_folder(settings: Any, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path


@pytest.fixture
def lead(people: dict[str, User]) -> Client:
    client = Client()
    client.force_login(people["lead"])
    return client


def upload(client: Client, content: str = FILE, name: str = "a.csv", **fields: str) -> Any:
    from django.core.files.uploadedfile import SimpleUploadedFile

    return client.post("/labels/send", {"file": SimpleUploadedFile(name, content.encode()), "form": ""} | fields)


@pytest.mark.parametrize("role", ["viewer", "reviewer", "approver", "auditor", "partner"])
def test_other_roles_are_refused(people: dict[str, User], role: str) -> None:
    client = Client()
    client.force_login(people[role])
    assert client.get("/labels/").status_code == 403 and upload(client).status_code == 403
    assert client.get("/labels/download").status_code == 403
    assert not LabelImport.objects.exists()


def test_a_file_is_previewed_given_a_meaning_and_stored(lead: Client) -> None:
    address = upload(lead).headers["Location"]
    page = lead.get(address).content.decode()
    assert "What these labels mean" in page and ">damage<" in page and "123 4567" not in page and "Store" not in page
    assert lead.post(f"{address}change", {"label-0": DAMAGE, "weight": "0.5"}).status_code == 302
    page = lead.get(address).content.decode()
    assert "Store 3 labels" in page and "Fewer than 50 labels" in page
    assert lead.post(f"{address}change", {"weight": "0.5", "do": "store"}).status_code == 302
    assert sorted(Label.objects.values_list("category", "weight")) == [
        (DAMAGE, 0.5), ("sympathy_and_support", 0.5), ("sympathy_and_support", 0.5),
    ]  # fmt: skip
    assert "Erase these labels" in lead.get(address).content.decode()
    lead.post(f"{address}remove")
    assert set(Label.objects.values_list("text", flat=True)) == {""}


def test_what_was_not_previewed_is_not_stored(lead: Client) -> None:
    address = upload(lead).headers["Location"]
    lead.post(f"{address}change", {"label-0": DAMAGE, "weight": "1", "do": "store"})
    assert not Label.objects.exists() and "Store 3 labels" in lead.get(address).content.decode()


@pytest.mark.parametrize(
    ("content", "name", "said"),
    [("", "a.csv", "The file is empty"), (FILE, "a.csv.gz", "Unpack the file first")],
)
def test_unusable_files_are_refused_beside_the_field(lead: Client, content: str, name: str, said: str) -> None:
    answer = upload(lead, content, name)
    assert answer.status_code == 400 and said in answer.content.decode() and not LabelImport.objects.exists()


def test_a_file_without_the_columns_says_what_to_do(lead: Client) -> None:
    address = upload(lead, "a,b\nThe bridge fell,x\n").headers["Location"]
    page = lead.get(address)
    assert page.status_code == 200 and "Choose the columns of the text" in page.content.decode()
    lead.post(f"{address}change", {"column-text": "a", "column-label": "b", "weight": "1"})
    assert "What these labels mean" in lead.get(address).content.decode()


def test_columns_can_be_chosen_and_bad_weights_are_refused(lead: Client) -> None:
    address = upload(lead, f"text,message,label\nx,The bridge fell,{DAMAGE}\n").headers["Location"]
    assert '<bdi dir="auto">x</bdi>' in lead.get(address).content.decode()
    lead.post(f"{address}change", {"column-text": "message", "weight": "1"})
    assert "The bridge fell" in lead.get(address).content.decode()
    answer = lead.post(f"{address}change", {"column-text": "message", "weight": "7"})
    assert answer.status_code == 400 and "above 0 and at most 1" in answer.content.decode()


def test_nobody_sees_the_files_of_others(lead: Client, people: dict[str, User]) -> None:
    address, other = upload(lead).headers["Location"], Client()
    other.force_login(people["superuser"])
    assert other.get(address).status_code == 404
    assert other.post(f"{address}remove").status_code == 404 and LabelImport.objects.exists()


@pytest.mark.parametrize("form", ["csv", "ndjson", "label-studio", "argilla", "doccano", "prodigy"])
def test_the_labels_can_be_downloaded_masked(lead: Client, people: dict[str, User], form: str) -> None:
    address = upload(lead).headers["Location"]
    lead.post(f"{address}change", {"label-0": DAMAGE, "weight": "1"})
    lead.post(f"{address}change", {"weight": "1", "do": "store"})
    answer = lead.get(f"/labels/download?format={form}")
    content = b"".join(answer.streaming_content).decode()
    assert "The bridge fell" in content and DAMAGE in content and "123 4567" not in content
    if form in ("label-studio", "argilla"):
        assert len(json.loads(content)) == 3
    assert AuditEvent.objects.filter(action="labels.exported").count() == 1
    assert lead.get("/labels/download?format=exe").status_code == 400
