"""Label schemas: names, colours and own categories that every page, file and API answer then shows."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from classifier import categories, label_schemas
from classifier.models import LabelSchema, LabelSchemaVersion
from monitoring.models import AuditEvent
from responder import label_schemas as work
from responder.errors import Conflict
from responder.models import Event, Post, User

pytestmark = pytest.mark.django_db
DAMAGE = "infrastructure_and_utility_damage"


@pytest.fixture
def lead(people: dict[str, User]) -> Client:
    client = Client()
    client.force_login(people["lead"])
    return client


@pytest.fixture
def schema(people: dict[str, User]) -> LabelSchema:
    """An active schema: damage has another name and colour, and a bridge that is out is a kind of it."""
    by = people["lead"]
    made = work.create(name="Relief", by=by)
    ref = str(made.ref)
    work.change_category(ref=ref, version=1, key=DAMAGE, by=by, name="Broken things", color="teal", names="es = Daños")
    made = work.add(
        ref=ref, version=2, by=by, name="Bridge out", maps_to=DAMAGE, color="brick", description="A bridge is gone"
    )
    return work.activate(ref=ref, version=made.version, by=by)


@pytest.mark.parametrize("role", ["viewer", "reviewer", "approver", "auditor", "partner"])
def test_other_roles_are_refused(people: dict[str, User], schema: LabelSchema, role: str) -> None:
    client = Client()
    client.force_login(people[role])
    assert client.get("/label-schemas/").status_code == 403
    assert client.post("/label-schemas/create", {"name": "x"}).status_code == 403
    assert client.post("/label-schemas/use-shipped").status_code == 403
    schema.refresh_from_db()
    assert schema.is_active and LabelSchema.objects.count() == 1


def test_a_schema_is_made_changed_used_and_undone_on_its_pages(lead: Client) -> None:
    address = lead.post("/label-schemas/create", {"name": "Relief", "like": ""}).headers["Location"]
    lead.post(
        f"{address}categories/{DAMAGE}/", {"name": "Broken things", "color": "teal", "offered": "on", "version": "1"}
    )
    assert categories.label(DAMAGE) == "Infrastructure, utility damage"  # not in use yet
    lead.post(f"{address}use", {"version": "2"})
    assert (categories.label(DAMAGE), categories.BY_ID[DAMAGE].css) == ("Broken things", "teal")
    page = lead.get(address).content.decode()
    assert "In use" in page and "Broken things" in page and "Restore version 1" in page
    lead.post(f"{address}restore", {"version": "2", "number": "1"})
    assert categories.label(DAMAGE) == "Infrastructure, utility damage"
    assert LabelSchemaVersion.objects.count() == 3
    lead.post("/label-schemas/use-shipped")
    assert not LabelSchema.objects.filter(is_active=True).exists()
    actions = list(
        AuditEvent.objects.filter(action__startswith="label_schema")
        .order_by("sequence")
        .values_list("action", flat=True)
    )
    assert actions == [f"label_schema.{one}" for one in ("created", "changed", "activated", "changed", "deactivated")]


def test_pages_filters_and_the_api_show_the_schema(
    lead: Client, schema: LabelSchema, event: Event, make_post: Callable[..., Post]
) -> None:
    make_post(text="The bridge at Mill Road", category="bridge_out", group="damage")
    page = lead.get("/map/").content.decode()
    assert (
        "Bridge out" in page
        and "disc-brick" in page
        and "Broken things" in page
        and "Infrastructure, utility" not in page
    )
    assert 'cat=bridge_out">Bridge out</a>' in page and "dot-brick" in page  # the legend
    assert "Bridge out" in lead.get("/feed/").content.decode()
    assert "Bridge out" in lead.get("/triage/").content.decode()
    assert "Mill Road" in lead.get(f"/feed/?cat={DAMAGE}").content.decode()  # one of its kinds
    assert "Mill Road" in lead.get("/feed/?cat=bridge_out").content.decode()
    assert "Mill Road" not in lead.get("/feed/?cat=sympathy_and_support").content.decode()


def test_the_api_lists_the_schema_s_categories(schema: LabelSchema, people: dict[str, User]) -> None:
    from rest_framework.test import APIRequestFactory

    from classifier.api.views import Categories

    answer = Categories().get(APIRequestFactory().get("/api/v1/categories"))  # type: ignore[arg-type]
    known = {one["id"]: one for one in answer.data["categories"]}
    assert known["bridge_out"] == {
        "id": "bridge_out", "label": "Bridge out", "group": "damage", "base": DAMAGE, "color": "brick", "offered": True,
    }  # fmt: skip
    assert known[DAMAGE]["label"] == "Broken things" and len(known) == 11


def test_rules_go_by_the_category_that_an_own_one_belongs_to(schema: LabelSchema) -> None:
    assert categories.group_of("bridge_out") == "damage" and categories.base_of("bridge_out") == DAMAGE
    assert set(categories.ids_within(DAMAGE)) == {DAMAGE, "bridge_out"} and categories.ids_within("bridge_out") == (
        "bridge_out",
    )
    assert categories.description_of("bridge_out") == "A bridge is gone"
    assert [one.id for one in categories.offered()][-1] == "bridge_out" and categories.offered_ids()[
        -1
    ] == categories.CANT_JUDGE


def test_a_reviewer_chooses_an_own_category(lead: Client, schema: LabelSchema, make_post: Callable[..., Post]) -> None:
    from classifier.models import Label

    post = make_post(category=DAMAGE)
    answer = lead.post(f"/triage/{post.pk}/category", {"category": "bridge_out", "version": str(post.version)})
    assert answer.status_code < 400
    post.refresh_from_db()
    assert (post.category, post.group) == ("bridge_out", "damage")
    assert Label.objects.get().category == "bridge_out"


def test_texts_keep_what_a_schema_no_longer_offers(lead: Client, schema: LabelSchema, people: dict[str, User]) -> None:
    work.use_shipped(by=people["lead"])
    assert categories.label("bridge_out") == "Bridge out" and not categories.BY_ID["bridge_out"].is_offered
    assert categories.label(DAMAGE) == "Infrastructure, utility damage"


def test_a_merged_category_is_shown_and_found_as_the_other(schema: LabelSchema, people: dict[str, User]) -> None:
    by, ref = people["lead"], str(schema.ref)
    work.change_category(ref=ref, version=schema.version, key="bridge_out", by=by, merged_into=DAMAGE)
    assert categories.label("bridge_out") == "Broken things" and not categories.BY_ID["bridge_out"].is_offered
    assert "bridge_out" in categories.ids_within(DAMAGE)


def test_names_in_other_languages_are_shown_in_them(schema: LabelSchema) -> None:
    from django.utils import translation

    with translation.override("es"):
        assert categories.label(DAMAGE) == "Daños"
    assert categories.label(DAMAGE) == "Broken things"


def test_a_look_up_needs_no_query_of_its_own(schema: LabelSchema) -> None:
    categories.label(DAMAGE)
    with CaptureQueriesContext(connection) as queries:
        for _ in range(100):
            categories.label(DAMAGE)
    assert not queries


def test_another_process_s_change_is_seen_after_a_while(schema: LabelSchema, monkeypatch: pytest.MonkeyPatch) -> None:
    assert categories.label(DAMAGE) == "Broken things"
    LabelSchema.objects.update(is_active=False)  # as another process would
    assert categories.label(DAMAGE) == "Broken things"
    monkeypatch.setattr(label_schemas, "MAX_AGE_S", -1.0)
    assert categories.label(DAMAGE) == "Infrastructure, utility damage"


def test_whoever_was_second_is_told(schema: LabelSchema, people: dict[str, User], lead: Client) -> None:
    with pytest.raises(Conflict):
        work.rename(ref=str(schema.ref), version=1, name="Other", by=people["lead"])
    address = f"/label-schemas/{schema.ref}/categories/{DAMAGE}/"
    answer = lead.post(address, {"name": "X", "version": "1", "offered": "on"})
    assert answer.status_code == 409 and "Load the latest version" in answer.content.decode()


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"name": ""}, "Enter a name"), ({"name": "x" * 81}, "Enter a name"), ({"name": "Bridge  out", "key": "bridge2"}, "have the name"),
        ({"name": "水"}, "Enter a key as well"),
        ({"name": "New", "key": DAMAGE}, "is taken"), ({"name": "New", "color": "beige"}, "is unknown"),
        ({"name": "New", "maps_to": "fish"}, "none of the ten"), ({"name": "New", "names": "es"}, "one language a line"),
        ({"name": "New", "names": "español = x"}, "language code"), ({"name": "New", "maps_to": ""}, "which of the ten"),
    ],
)  # fmt: skip
def test_wrong_values_are_refused_beside_their_fields(
    lead: Client, schema: LabelSchema, fields: dict[str, str], said: str
) -> None:
    import re

    answer = lead.post(
        f"/label-schemas/{schema.ref}/categories/new", {"version": str(schema.version), "maps_to": DAMAGE} | fields
    )
    assert answer.status_code == 400 and re.search(said, answer.content.decode())
    assert LabelSchema.objects.get().version == schema.version


def test_a_schema_goes_to_a_file_and_back(lead: Client, schema: LabelSchema) -> None:
    content = lead.get(f"/label-schemas/{schema.ref}/schema.json").content
    assert {
        "key": "bridge_out",
        "name": "Bridge out",
        "maps_to": DAMAGE,
        "color": "brick",
        "description": "A bridge is gone",
    } in json.loads(content)["categories"]
    answer = lead.post("/label-schemas/upload", {"file": SimpleUploadedFile("a.json", content), "name": "Copy"})
    copy = LabelSchema.objects.get(name="Copy")
    assert answer.headers["Location"] == f"/label-schemas/{copy.ref}/" and copy.categories == schema.categories
    assert lead.get("/label-schemas/shipped/schema.json").json()["categories"][0]["key"] == "requests_or_urgent_needs"


@pytest.mark.parametrize(
    "content",
    [
        b"", b"[]", b"{}", b'{"categories": 3}', b'{"categories": [{}]}', b'{"categories": [{"name": "a", "key": "b"}]}',
        b'{"categories": [{"name": "Aa", "maps_to": "fish"}]}', b'{"categories": [{"name": "Aa", "fish": 1}]}', b"{" * 10_000,
        b'{"categories": [{"name": "Aa"}, {"name": "Aa"}]}', b'{"name": 3, "categories": [{"name": "Aa"}]}',
        b'{"categories": [{"name": "Aa\\u0000"}]}', b'{"categories": [{"name": "Aa", "merged_into": "zz"}]}', b" " * 200_001,
    ],
)  # fmt: skip
def test_files_that_are_no_schema_are_refused(lead: Client, content: bytes) -> None:
    answer = lead.post("/label-schemas/upload", {"file": SimpleUploadedFile("a.json", content), "name": "Copy"})
    assert 400 <= answer.status_code < 500 and not LabelSchema.objects.exists()


def test_own_categories_without_a_place_among_the_ten_can_be_stored_and_not_used(lead: Client) -> None:
    content = json.dumps(
        {"name": "Mine", "categories": [{"key": "looting", "name": "Looting", "maps_to": None}]}
    ).encode()
    address = lead.post("/label-schemas/upload", {"file": SimpleUploadedFile("a.json", content)}).headers["Location"]
    assert "Choose what these categories belong to" in lead.get(address).content.decode()
    assert lead.post(f"{address}use", {"version": "1"}).status_code == 400
    assert categories.label(DAMAGE) == "Infrastructure, utility damage" and not LabelSchema.objects.get().is_active


def test_labels_of_own_categories_teach_the_shipped_model_what_they_belong_to(schema: LabelSchema) -> None:
    from classifier import snapshots
    from classifier.models import Label

    label = Label(text="a", category="bridge_out", how="triage")
    assert snapshots._row(label, label.category)["label"] == DAMAGE


def test_an_unknown_category_is_unknown(schema: LabelSchema) -> None:
    found: Any = categories.BY_ID.get("nothing-like-it")
    assert found is None and "nothing" not in categories.BY_ID and len(categories.BY_ID) == 12
