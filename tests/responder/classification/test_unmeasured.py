"""Posts in languages that the model can't read: never a label, never set aside, never at the bottom."""

from datetime import timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.core.management import call_command

from classifier import categories, clock, languages, serving
from classifier.languages import TESTED
from responder.classification import cues, pipeline
from responder.feeds import ingest
from responder.feeds.raw_post import RawPost
from responder.models import Event, Post

pytestmark = pytest.mark.django_db

IS_MEASURED = languages.is_measured
SCRIPTS = Path(__file__).parent / "data" / "unknown_script.ndjson"
PORTUGUESE = "Estamos no telhado com cinco crianças, a água continua a subir, precisamos de barcos"


@pytest.fixture(autouse=True)
def _english_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever model is shipped, it counts as measured in English alone."""
    measured_in(monkeypatch, TESTED)


def measured_in(monkeypatch: pytest.MonkeyPatch, codes: frozenset[str]) -> None:
    monkeypatch.setattr(
        languages,
        "is_measured",
        lambda code, script="", _=TESTED, chances=None: IS_MEASURED(code, script, codes, chances),
    )


def accepted(event: Event, *texts: str, **columns: Any) -> None:
    ingest.accept(posts=[RawPost(f"p{i}", text, **columns) for i, text in enumerate(texts)], source="wire", event=event)


def test_short_cries_for_help_in_other_scripts_are_left_to_people(event: Event) -> None:
    call_command("import_posts", str(SCRIPTS), source="wire", event=event.ref)
    posts = list(Post.objects.filter(event=event))
    assert len(posts) == len(SCRIPTS.read_text().splitlines()) == 8
    assert {post.group for post in posts} == {categories.UNMEASURED}
    assert {post.category for post in posts} == {categories.CANT_JUDGE}
    assert all(post.model_category in categories.CATEGORY_IDS for post in posts)
    assert all(post.abstained and post.band == 1 and post.severity <= 3 and post.cues is not None for post in posts)
    assert {post.lang for post in posts} <= {"", "ne", "hi", "ru", "uk", "bg", "ar", "th", "zh"}
    assert not any("Low" in post.severity_reason for post in posts)


def test_a_language_that_was_not_measured_is_never_judged_whatever_the_source_says(event: Event) -> None:
    accepted(event, PORTUGUESE, "Помогите", "We need water and food for 200 families", lang="en")
    pipeline.drain()
    portuguese, russian, english = Post.objects.order_by("source_id")
    assert portuguese.group == russian.group == categories.UNMEASURED
    assert english.group != categories.UNMEASURED and english.cues is None
    assert portuguese.severity_reason == "rule: trapped + children; language not measured"
    assert portuguese.severity == 1  # the rule's words stand in the post: what raises it counts


def test_a_model_that_was_measured_in_more_languages_judges_them(event: Event, monkeypatch: pytest.MonkeyPatch) -> None:
    measured_in(monkeypatch, frozenset({"en", "pt"}))
    accepted(event, PORTUGUESE, "Помогите")
    pipeline.drain()
    portuguese, russian = Post.objects.order_by("source_id")
    assert portuguese.group != categories.UNMEASURED and portuguese.category in categories.CATEGORY_IDS
    assert russian.group == categories.UNMEASURED


def test_an_answer_of_an_older_endpoint_gets_its_language(event: Event, monkeypatch: pytest.MonkeyPatch) -> None:
    accepted(event, "Помогите")
    posts = list(Post.objects.all())
    pipeline.name_languages(posts)
    runtime = serving.current().runtime
    (answer,) = pipeline.classify_posts(posts, runtime).values()
    older = {name: value for name, value in answer.items() if name != "language"}
    monkeypatch.setattr(pipeline.remote, "classify", lambda *_args, **_more: [older])
    assert pipeline.classify_posts(posts, runtime) == {posts[0].pk: answer}


@pytest.mark.parametrize(
    ("text", "points"),
    [
        ("ውሃ", 0), ("ውሃ 200", 1), ("ውሃ 200 ስፍራ 30", 2), ("+251 911 123456", 2), ("ውሃ!", 1), ("ውሃ!!! ！", 2), ("🆘 ውሃ", 2),
        ("https://example.org/2026/11", 0),
    ],
)  # fmt: skip
def test_cues_need_no_language(text: str, points: int) -> None:
    assert cues.of_post(Post(text=text)) == points


def test_a_place_a_link_and_a_rule_are_cues() -> None:
    bare = Post(text="ውሃ")
    assert cues.of_post(bare) == 0
    bare.latitude = 9.0
    assert cues.of_post(bare) == cues.PLACE
    bare.links = ["https://example.org/"]
    assert cues.of_post(bare) == cues.PLACE + cues.LINK
    bare.severity_reason = "rule: trapped; language not measured"
    assert cues.of_post(bare) == cues.PLACE + cues.LINK + cues.RULE


def test_relations_count_less_and_less() -> None:
    assert [cues.of_relations(n) for n in (0, 1, 3, 4, 15, 16, 63, 64, 10_000)] == [0, 1, 1, 2, 2, 3, 3, 4, 4]


def test_copies_and_answers_raise_the_post_that_stands_for_them(event: Event) -> None:
    accepted(event, "Здравствуйте", "Доброе утро")
    pipeline.drain()
    first, other = Post.objects.order_by("source_id")
    assert first.cues == other.cues == 0
    ingest.accept(
        posts=[
            RawPost("copy1", "Здравствуйте"),
            RawPost("answer1", "Where are you?", relation="reply", related_to=other.source_id),
            RawPost("answer2", "We are coming", relation="reply", related_to=other.source_id),
        ],
        source="wire", event=event,
    )  # fmt: skip
    pipeline.drain()
    assert dict(Post.objects.filter(group=categories.UNMEASURED).values_list("source_id", "cues")) == {
        "p0": 1, "p1": 1, "copy1": 1,
    }  # fmt: skip


def test_a_failure_to_count_relations_costs_their_order_alone(event: Event, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_posts: Any) -> int:
        raise RuntimeError("away")

    monkeypatch.setattr(cues, "count_relations", broken)
    accepted(event, "Здравствуйте 112")
    assert pipeline.drain() == 1
    assert Post.objects.get().cues == 1


def test_waiting_posts_of_an_older_version_move_and_decided_ones_stay(make_post: Any) -> None:
    model_low = {"severity": 4, "severity_reason": "model: Low", "category": "not_humanitarian", "group": "aside"}
    turkish = make_post(lang="tr", **model_low)
    arabic = make_post(lang="", text="مساعدة عاجلة", **model_low)
    tagged = make_post(lang="en", text="救命 房子塌了", **model_low)
    ours = make_post(lang="en-GB", **model_low)
    unknown = make_post(lang="und", text="SOS 112", **model_low)
    decided = make_post(lang="tr", status=Post.Status.DISMISSED, **model_low)
    by_person = make_post(lang="tr", severity=4, severity_reason="set by Ana")
    import_module("responder.migrations.0028_unmeasured").move(apps, None)
    waiting = Post.objects.filter(group=categories.UNMEASURED)
    assert {post.pk for post in waiting} == {turkish.pk, arabic.pk, tagged.pk, by_person.pk}
    assert set(waiting.exclude(pk=by_person.pk).values_list("category", "severity", "cues")) == {
        (categories.CANT_JUDGE, 3, 0)
    }
    by_person.refresh_from_db()
    assert (by_person.severity, by_person.severity_reason) == (4, "set by Ana")
    kept = Post.objects.filter(pk__in=[ours.pk, unknown.pk, decided.pk])
    assert set(kept.values_list("group", "severity")) == {("aside", 4)}


def test_an_edit_into_a_measured_language_leaves_the_group(event: Event) -> None:
    accepted(event, "Помогите", created_at=clock.now() - timedelta(hours=1))
    pipeline.drain()
    post = Post.objects.get()
    Post.objects.filter(pk=post.pk).update(
        text="We need water and food for 200 families", lang="", lang_stated=None, state=Post.State.ACCEPTED, attempts=0
    )
    pipeline.drain()
    post.refresh_from_db()
    assert post.group != categories.UNMEASURED and post.cues is None and post.category != categories.CANT_JUDGE
