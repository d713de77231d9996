from typing import Any

import pytest

from classifier import admission, clock, serving
from classifier.errors import ModelUnavailable
from responder.classification import labelled_examples
from responder.models import Post

PARTS = ["why", "similar"]
TEXT = "Trapped on a roof in Beira, please send boats, call @maria_r +258 84 123 4567"


@pytest.fixture(autouse=True)
def _few_gold_labels(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = labelled_examples.gold()[:20]
    monkeypatch.setattr(labelled_examples, "gold", lambda: rows)


@pytest.fixture
def viewer(client, people):
    client.force_login(people["viewer"])
    return client


@pytest.mark.parametrize("part", PARTS)
def test_only_signed_in_roles_that_view_may_ask(client, people, make_post, part):
    address = f"/map/items/{make_post().pk}/{part}"
    assert client.get(address).headers["Location"].startswith("/login/")
    for role, user in people.items():
        client.force_login(user)
        assert client.get(address).status_code == (403 if role == "partner" else 200), role
        assert client.post(address).status_code in (403, 405)


@pytest.mark.parametrize("part", PARTS)
def test_posts_that_are_not_visible_are_not_explained(viewer, make_post, part):
    assert viewer.get(f"/map/items/{make_post(state='accepted').pk}/{part}").status_code == 404
    assert viewer.get(f"/map/items/{10**17}/{part}").status_code == 404
    assert viewer.get(f"/map/items/{10**40}/{part}").status_code == 404


def test_the_words_come_with_points_and_the_suggestion_sentence(viewer, make_post):
    response = viewer.get(f"/map/items/{make_post(text=TEXT).pk}/why")
    page = response.content.decode()
    assert "no-store" in response.headers["Cache-Control"]
    assert "Model output is a suggestion" in page
    assert '<span class="why-for' in page and '<th scope="row"><bdi>Trapped</bdi></th>' in page
    assert "/similar" in page and "style=" not in page
    assert len(response.context["why"]["rows"]) == len(TEXT.split())


def test_personal_data_stays_masked(viewer, make_post):
    page = viewer.get(f"/map/items/{make_post(text=TEXT).pk}/why").content.decode()
    assert "maria" not in page and "4567" not in page and "@•••" in page


def test_hostile_text_is_escaped(viewer, make_post):
    hostile = "<script>alert(1)</script> <b>boats</b> & water"
    post = make_post(text=hostile)
    make_post(text=f"{hostile} now", status=Post.Status.CONFIRMED, reviewed_at=clock.now())
    for part in PARTS:
        page = viewer.get(f"/map/items/{post.pk}/{part}").content.decode()
        assert "<script" not in page and "<b>" not in page


def test_decisions_of_this_site_come_before_the_exercise_where_they_are_alike(viewer, make_post):
    post = make_post(text=TEXT)
    make_post(text=f"{TEXT} quickly", status=Post.Status.CORRECTED, reviewed_at=clock.now())
    make_post(text=f"{TEXT} undecided")
    response = viewer.get(f"/map/items/{post.pk}/similar")
    examples = response.context["examples"]
    assert len(examples) == 3 and "quickly" in examples[0]["text"] and "maria" not in response.content.decode()
    assert not any("undecided" in one["text"] for one in examples)


@pytest.mark.parametrize("part", PARTS)
def test_without_a_model_the_panel_is_told_to_try_again(viewer, make_post, part, monkeypatch):
    def unavailable() -> Any:
        raise ModelUnavailable("gone")

    post = make_post()
    monkeypatch.setattr(serving, "current", unavailable)
    response = viewer.get(f"/map/items/{post.pk}/{part}")
    assert response.status_code == 503 and response.headers["Content-Type"] == "application/problem+json"
    assert "Try again" in response.json()["detail"] and int(response["Retry-After"]) > 0


@pytest.mark.parametrize("part", PARTS)
def test_a_second_explanation_of_one_person_is_told_in_words_to_try_again(viewer, people, make_post, part):
    address = f"/map/items/{make_post(text=TEXT).pk}/{part}"
    with admission.explaining(f"user:{people['viewer'].pk}"):
        response = viewer.get(address)
    assert response.status_code == 429 and response.headers["Content-Type"] == "application/problem+json"
    assert "Try again in a few seconds" in response.json()["detail"] and int(response["Retry-After"]) > 0
    assert viewer.get(address).status_code == 200
