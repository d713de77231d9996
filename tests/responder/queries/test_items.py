from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from classifier import clock
from classifier.models import ModelVersion
from responder.models import Place, Post, User
from responder.privacy.masking import HIDDEN
from responder.queries import items, posts

ROOT = User(is_superuser=True)


def shown(post):
    return items.find(post.pk, ROOT)


def test_an_item_is_masked(make_post):
    item = shown(make_post(text="Call @ana at +258 84 123 4567, Beira", author_handle="ana_m"))
    assert item["text"] == f"Call @{HIDDEN} at {HIDDEN}, Beira"
    assert item["author_masked"] == f"a{HIDDEN}"


def test_numbers_come_as_words(make_post):
    probabilities = {
        "requests_or_urgent_needs": 0.6, "caution_and_advice": 0.26, "sympathy_and_support": 0.04,
        "not_humanitarian": 0.01,
    }  # fmt: skip
    version = ModelVersion.objects.create(name="m", version="1", sha256="0" * 64, folder="m", origin="test")
    item = shown(
        make_post(probabilities=probabilities, band=3, severity=1, needs=["medical_help"], model_version=version)
    )
    assert item["confidence"]["word"] == "Uncertain"
    assert item["confidence"]["phrase"] is None
    alternatives = [(other["id"], other["phrase"], other["key"]) for other in item["confidence"]["alternatives"]]
    assert alternatives == [("caution_and_advice", "3 in 10", "8"), ("sympathy_and_support", "< 1 in 10", "7")]
    assert item["severity"] == {"level": 1, "word": "Critical", "reason": "model: Medium"}
    assert item["needs"] == ["Medical help"]
    assert item["model"] == {"name": "m", "version": "1"}


@pytest.mark.parametrize(
    ("lang", "name"),
    [
        ("en", "English"), ("en-GB", "British English"), ("pt", "Portuguese"), ("am", "Amharic"), ("fil", "Filipino"),
        ("", "Unknown language"), ("und", "Unknown language"), ("qqq", "qqq"),
    ],
)  # fmt: skip
def test_languages_have_names(make_post, lang, name):
    item = shown(make_post(lang=lang))
    assert (item["lang_name"], item["unmeasured"]) == (name, False)


def test_a_place_states_its_source_and_precision(make_post):
    post = make_post()
    Place.objects.create(post=post, text="Nowhere", start=0, end=7)
    item = shown(post)
    assert item["place"]["source_phrase"] == "named in text, within about 9 km"
    assert item["mentions"] == ["Nowhere"]
    assert shown(make_post(latitude=None, longitude=None))["place"] is None


def test_copies_are_counted_within_the_event(make_post):
    one = make_post(text_key="same")
    make_post(text_key="same")
    make_post(text_key="same", event=None)
    make_post(text_key="same", state="accepted")
    assert shown(one)["duplicates"] == 1


def reviewed(make_post, number, **changes):
    columns = {"status": "confirmed", "reviewed_at": clock.now() - timedelta(hours=1)} | changes
    prototype = make_post(**columns)
    kept = {f.attname: getattr(prototype, f.attname) for f in Post._meta.fields if f.attname not in ("id", "source_id")}
    Post.objects.bulk_create(Post(**kept, source_id=f"{prototype.source_id}-{n}") for n in range(number - 1))


def test_a_band_tells_its_measured_precision_from_a_hundred_reviews_on(make_post):
    reviewed(make_post, 79, band=4)
    reviewed(make_post, 10, band=4, status="corrected", model_category="caution_and_advice")
    reviewed(make_post, 10, band=4, status="dismissed")
    assert shown(make_post(band=4))["confidence"]["phrase"] is None
    reviewed(make_post, 1, band=4)
    assert shown(make_post(band=4))["confidence"]["phrase"] == "right about 8 times in 10"
    assert shown(make_post(band=4, is_exercise=True))["confidence"]["phrase"] is None
    assert shown(make_post(band=5))["confidence"]["phrase"] is None


def test_dismissing_agrees_with_a_model_that_said_not_humanitarian(make_post):
    reviewed(make_post, 100, band=5, category="not_humanitarian", status="dismissed")
    assert items.measured_precision() == {(False, 5): 1.0}
    assert shown(make_post(band=5))["confidence"]["phrase"] == "right more than 9 times in 10"


def test_the_number_of_queries_is_the_same_for_any_number_of_items(make_post, people):
    def queries():
        with CaptureQueriesContext(connection) as captured:
            items.present_all(posts.page(posts.classified(), size=300).posts)
        return len(captured)

    for _ in range(10):
        Place.objects.create(post=make_post(reviewed_by=people["reviewer"]), text="Beira", start=0, end=5)
    few = queries()
    for _ in range(190):
        make_post(reviewed_by=people["lead"])
    assert queries() == few == 4


def test_what_is_not_there_has_no_item(db):
    assert items.find(1, ROOT) is None
    assert items.find(10**17, ROOT) is None
