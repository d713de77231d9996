from datetime import timedelta

import pytest

from classifier import clock, labelling
from classifier.models import LabelTask
from responder import tasks
from responder.classification import labelling_feedback

AGO = timedelta(days=7)


def test_classified_posts_become_candidates_with_all_that_the_draw_needs(make_post):
    post = make_post(severity=2, lang="pt")
    (found,) = labelling_feedback.candidates(clock.now() - AGO)
    assert (found.subject, found.text, found.event, found.lang) == (f"post:{post.pk}", post.text, "flood", "pt")
    assert (found.predicted, found.confidence, found.priority) == ("requests_or_urgent_needs", 0.8, "High")


def test_what_the_model_said_is_what_counts_after_a_correction(make_post):
    make_post(category="caution_and_advice", model_category="sympathy_and_support")
    assert labelling_feedback.candidates(clock.now() - AGO)[0].predicted == "sympathy_and_support"


def test_posts_that_wait_or_are_old_are_not_among_them(make_post):
    make_post(state="accepted")
    make_post(classified_at=clock.now() - timedelta(days=8))
    make_post(event=None, severity=None)
    (found,) = labelling_feedback.candidates(clock.now() - AGO)
    assert (found.event, found.priority) == ("", "")


def test_candidates_take_two_queries_however_many(make_post, django_assert_num_queries):
    for _ in range(9):
        make_post()
    with django_assert_num_queries(2):
        assert len(labelling_feedback.candidates(clock.now() - AGO)) == 9


def test_of_very_many_every_nth_is_looked_at(make_post, monkeypatch):
    monkeypatch.setattr(labelling_feedback, "MOST", 4)
    for _ in range(9):
        make_post()
    assert len(labelling_feedback.candidates(clock.now() - AGO)) == 3


@pytest.mark.django_db
def test_the_scheduled_step_fills_the_week_once(make_post):
    for _ in range(3):
        make_post()
    assert tasks.fill_label_queue()["audit"] == 3
    assert sum(tasks.fill_label_queue().values()) == 0
    assert LabelTask.objects.count() == 3


def test_a_text_is_shown_masked_with_its_language_and_time(make_post, people):
    post = make_post(text="Call +258 84 123 4567, says @ana", lang="pt")
    labelling_feedback.fill_queue("2026-W48")
    task = labelling.next_task(by=people["reviewer"])
    shown = labelling_feedback.question(task)
    assert "4567" not in shown.text and "ana" not in shown.text
    assert (shown.lang_name, shown.posted_at) == ("Portuguese", post.created_at)


def test_a_text_whose_post_is_gone_is_shown_without_a_time(db):
    task = LabelTask.objects.create(subject="file:7", text="A text", text_key="k", week="2026-W48", purpose="audit")
    assert labelling_feedback.question(task).posted_at is None
