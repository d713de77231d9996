import threading
from collections import Counter
from datetime import timedelta

import numpy as np
import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from classifier import agreement, clock, feedback, labelling, sampling
from classifier.categories import CATEGORY_IDS
from classifier.errors import LabelError, NotAllowed, TaskGone, TaskTaken
from classifier.models import Label, LabelTask
from monitoring.models import AuditEvent

WEEK = "2026-W48"
NEED, ADVICE, DAMAGE = "requests_or_urgent_needs", "caution_and_advice", "infrastructure_and_utility_damage"


def candidate(number, **changes):
    predicted = changes.get("predicted", CATEGORY_IDS[number % 10 if number % 3 else 0])
    confidence = 0.3 + (number * 37 % 70) / 100
    columns = {
        "subject": f"post:{number}", "text": f"Message {number} of {predicted} and word{number * 7919}",
        "event": "flood", "lang": "en", "predicted": predicted,
        "probabilities": {predicted: confidence, "other": 1 - confidence},
        "priority": ("Critical", "High", "Medium", "Low")[number % 4],
    }  # fmt: skip
    return labelling.Candidate(**columns | changes)


CANDIDATES = [candidate(number) for number in range(1_200)]


def fill(candidates=CANDIDATES, week=WEEK, **sizes):
    return labelling.fill(week=week, candidates=candidates, seed=7, **sizes)


def tasks(purpose):
    return list(LabelTask.objects.filter(purpose=purpose))


@pytest.fixture
def one(db):
    """Creates an open task; keyword arguments replace any column."""

    def make(number=1, **changes):
        columns = {"subject": f"post:{number}", "text": f"Text {number}", "text_key": f"k{number}", "week": WEEK}
        return LabelTask.objects.create(**{"purpose": "audit"} | columns | changes)

    return make


# The draw


@pytest.mark.django_db
def test_a_week_holds_as_many_of_each_purpose_as_asked_and_every_text_once():
    copies = [candidate(n, subject=f"post:{n + 5_000}", text=f"rt @x: {CANDIDATES[n].text}!") for n in range(300)]
    counts = fill([*CANDIDATES, *copies])
    assert counts == {"audit": 300, "urgent": 100, "uncertain": 60, "rare": 40, "diverse": 40}
    assert Counter(LabelTask.objects.values_list("purpose", flat=True)) == counts
    keys = list(LabelTask.objects.values_list("text_key", flat=True))
    assert len(keys) == len(set(keys)) == 540


@pytest.mark.django_db
def test_filling_a_week_twice_adds_nothing():
    fill()
    assert set(fill([candidate(number) for number in range(3_000, 3_500)]).values()) == {0}
    assert LabelTask.objects.count() == 540
    assert AuditEvent.objects.filter(action="label_queue.filled").count() == 1


@pytest.mark.django_db
def test_the_next_week_closes_what_was_left_unanswered():
    fill(audit=5, urgent=0, uncertain=0, rare=0, diverse=0)
    fill(
        [candidate(n) for n in range(2_000, 2_100)], week="2026-W49", audit=5, urgent=0, uncertain=0, rare=0, diverse=0
    )
    assert set(LabelTask.objects.filter(closed_at=None).values_list("week", flat=True)) == {"2026-W49"}


@pytest.mark.django_db
@pytest.mark.parametrize("number", [0, 1, 3])
def test_a_quiet_week_is_filled_with_what_there_is(number):
    assert sum(fill(CANDIDATES[:number]).values()) == number


@pytest.mark.django_db
def test_the_audit_holds_twenty_of_each_class_and_every_stratum():
    fill()
    audited = tasks("audit")
    assert min(Counter(task.predicted for task in audited).values()) >= 20
    assert {task.stratum for task in audited} == {one.stratum for one in CANDIDATES}
    assert sum(task.coders == 2 for task in audited) == 45


@pytest.mark.django_db
def test_the_chances_of_the_audit_weigh_back_to_all_texts():
    fill()
    weights = Counter()
    for task in tasks("audit"):
        weights[task.stratum] += 1 / task.inclusion_probability
    sizes = Counter(one.stratum for one in CANDIDATES)
    assert {name: round(weight, 6) for name, weight in weights.items()} == sizes


@pytest.mark.django_db
def test_what_was_not_urgent_is_drawn_from_outside_the_audit_with_its_chance():
    fill()
    urgent = tasks("urgent")
    priorities = {one.subject: one.priority for one in CANDIDATES}
    assert {priorities[task.subject] for task in urgent} <= {"Medium", "Low"}
    assert all(0 < task.inclusion_probability < 1 for task in urgent)
    assert not {task.subject for task in urgent} & {task.subject for task in tasks("audit")}


def test_over_many_draws_every_text_comes_as_often_as_its_chance_says():
    few = CANDIDATES[:120]
    chances = sampling.audit_chances(few, 40)
    drawn, negatives, expected = Counter(), Counter(), {}
    for seed in range(300):
        rng = np.random.default_rng(seed)
        audited = sampling.audit(few, 40, rng)
        drawn.update(one.candidate.subject for one in audited)
        rest = sampling.not_urgent(few, 20, rng, audited={one.candidate.subject for one in audited}, chances=chances)
        negatives.update(one.candidate.subject for one in rest)
        expected |= {one.candidate.subject: one.chance for one in rest}
    for one in few:
        assert drawn[one.subject] / 300 == pytest.approx(chances[one.stratum], abs=0.12)
    for subject, chance in expected.items():
        assert negatives[subject] / 300 == pytest.approx(chance, abs=0.12)


@given(st.dictionaries(st.text(max_size=3), st.integers(1, 500), max_size=12), st.integers(0, 900), st.integers(0, 30))
def test_shares_add_up_and_nobody_gets_more_than_they_have(sizes, total, least):
    given_out = sampling.allocate(sizes, total, least)
    assert sum(given_out.values()) == min(total, sum(sizes.values()))
    assert all(0 <= given_out[name] <= size for name, size in sizes.items())


def test_the_most_uncertain_come_first():
    sure = candidate(1, probabilities={"a": 0.98, "b": 0.02})
    torn = candidate(2, probabilities={"a": 0.5, "b": 0.5})
    assert [one.candidate for one in sampling.uncertain([sure, torn], 1)] == [torn]


def test_the_poorest_class_gains_until_it_is_poorest_no_more():
    few = [candidate(n, predicted=NEED) for n in range(5)] + [candidate(n, predicted=ADVICE) for n in range(5, 10)]
    drawn = sampling.rare(few, 4, np.random.default_rng(1), labels={NEED: 10, ADVICE: 8})
    assert Counter(one.candidate.predicted for one in drawn) == {ADVICE: 3, NEED: 1}


def test_what_is_unlike_all_others_is_chosen():
    alike = [candidate(n, text=f"We need water at school number {n}") for n in range(30)]
    other = candidate(99, text="Le pont sur la rivière est coupé")
    drawn = sampling.diverse([*alike, other], 2, np.random.default_rng(1), others=["We need water at school"])
    assert drawn[0].candidate == other


@pytest.mark.django_db
def test_what_was_labelled_or_asked_before_is_only_asked_again_by_the_random_draws(people):
    few = CANDIDATES[:40]
    for one in few:
        feedback.record(
            subject=one.subject, text=one.text, event="", lang="en", category=NEED, how="triage", by=people["lead"]
        )
    assert fill(few, audit=10, urgent=5) == {"audit": 10, "urgent": 5, "uncertain": 0, "rare": 0, "diverse": 0}


@pytest.mark.django_db
def test_filling_takes_the_same_number_of_queries_however_many_texts():
    taken = []
    for week, few in ((WEEK, CANDIDATES[:200]), ("2026-W49", [candidate(n) for n in range(5_000, 9_000)])):
        with CaptureQueriesContext(connection) as queries:
            fill(few, week=week, audit=20, urgent=10, uncertain=5, rare=5, diverse=5)
        taken.append(len(queries))
    assert taken[0] == taken[1]


# One person after another


def test_the_audit_is_asked_first(one, people):
    one(1, purpose="diverse"), one(2, purpose="urgent")
    audited = one(3)
    assert labelling.next_task(by=people["reviewer"]) == audited


def test_nobody_gets_what_somebody_else_is_at(one, people):
    first, second = one(1), one(2)
    assert labelling.next_task(by=people["reviewer"]) == first
    assert labelling.next_task(by=people["lead"]) == second
    assert labelling.next_task(by=people["superuser"]) is None
    assert labelling.next_task(by=people["reviewer"]) == first


def test_a_lease_ends_after_a_quarter_of_an_hour(one, people):
    task = one()
    labelling.next_task(by=people["reviewer"])
    with time_machine.travel(clock.now() + timedelta(minutes=16)):
        assert labelling.next_task(by=people["lead"]) == task
        with pytest.raises(TaskTaken):
            labelling.answer(task_id=task.pk, by=people["reviewer"], category=NEED)


def test_a_late_answer_counts_while_nobody_else_took_the_text(one, people):
    task = one()
    labelling.next_task(by=people["reviewer"])
    with time_machine.travel(clock.now() + timedelta(hours=2)):
        labelling.answer(task_id=task.pk, by=people["reviewer"], category=NEED)
    assert Label.objects.count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="one writer at a time on in-memory SQLite")
def test_of_many_at_once_no_two_get_the_same(one, people):
    for number in range(len(people)):
        one(number)
    got = []

    def ask(person):
        got.append(labelling.next_task(by=person).pk)
        connection.close()

    threads = [threading.Thread(target=ask, args=[person]) for person in people.values()]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(got)) == len(people)


def test_an_answer_becomes_a_label_with_what_the_model_had_said(one, people):
    task = one(predicted=ADVICE, predicted_probability=0.6, event="flood", lang="pt")
    labelling.next_task(by=people["reviewer"])
    label = labelling.answer(task_id=task.pk, by=people["reviewer"], category=NEED, priority="High")
    assert (label.subject, label.text, label.event, label.lang) == ("post:1", "Text 1", "flood", "pt")
    assert (label.category, label.priority, label.how, label.task) == (NEED, "High", "queue", task)
    assert (label.predicted, label.predicted_probability) == (ADVICE, 0.6)
    task.refresh_from_db()
    assert task.closed_at and task.claimed_by is None
    assert labelling.next_task(by=people["lead"]) is None


def test_a_text_for_two_goes_to_a_second_person_and_never_to_the_first_again(one, people):
    task = one(coders=2)
    labelling.next_task(by=people["reviewer"])
    labelling.answer(task_id=task.pk, by=people["reviewer"], category=NEED)
    assert labelling.next_task(by=people["reviewer"]) is None
    assert labelling.next_task(by=people["lead"]) == task
    labelling.answer(task_id=task.pk, by=people["lead"], category=NEED)
    task.refresh_from_db()
    assert task.closed_at
    assert [label.category for label in feedback.standing()] == [NEED]


def test_what_was_skipped_goes_to_others_only(one, people):
    task = one()
    labelling.next_task(by=people["reviewer"])
    labelling.skip(task_id=task.pk, by=people["reviewer"])
    assert labelling.next_task(by=people["reviewer"]) is None
    assert labelling.next_task(by=people["lead"]) == task
    assert feedback.standing() == []


def test_answers_that_are_refused_leave_nothing(one, people):
    task, reviewer = one(), people["reviewer"]
    with pytest.raises(TaskTaken):
        labelling.answer(task_id=task.pk, by=reviewer, category=NEED)
    with pytest.raises(TaskGone):
        labelling.answer(task_id=task.pk + 1, by=reviewer, category=NEED)
    labelling.next_task(by=reviewer)
    for wrong in ({"category": "fish"}, {"category": ""}, {"category": NEED, "priority": "Soon"}):
        with pytest.raises(LabelError):
            labelling.answer(task_id=task.pk, by=reviewer, **wrong)
    assert not Label.objects.exists()
    labelling.answer(task_id=task.pk, by=reviewer, category=NEED)
    for again in (labelling.answer, labelling.skip):
        with pytest.raises(TaskTaken):
            again(task_id=task.pk, by=reviewer, **({"category": ADVICE} if again is labelling.answer else {}))
    assert Label.objects.count() == 1


def test_an_erased_text_is_asked_of_nobody(one, people):
    one()
    feedback.erase(subject="post:1", by="system:erasure")
    assert labelling.next_task(by=people["reviewer"]) is None


# Two who differ


@pytest.fixture
def dispute(one, people):
    """A task that reviewer and lead answered differently."""
    task = one(coders=2)
    for role, category in (("reviewer", NEED), ("lead", ADVICE)):
        labelling.next_task(by=people[role])
        labelling.answer(task_id=task.pk, by=people[role], category=category)
    return task


def settle(task, by, category=NEED, priority="", reason="The school asks for water itself"):
    return labelling.adjudicate(task_id=task.pk, by=by, category=category, priority=priority, reason=reason)


def test_a_third_person_settles_what_two_saw_differently(dispute, people):
    assert [[a.category for a in task.answers] for task in labelling.disagreements()] == [[NEED, ADVICE]]
    assert feedback.standing() == []
    label = settle(dispute, people["superuser"])
    assert (label.how, label.task) == ("adjudicated", dispute)
    assert feedback.standing() == [label]
    assert labelling.disagreements() == []
    event = AuditEvent.objects.get(action="label.adjudicated")
    assert event.detail["reason"] == "The school asks for water itself"


def test_neither_of_the_two_may_settle_it(dispute, people):
    for role in ("reviewer", "lead"):
        with pytest.raises(NotAllowed):
            settle(dispute, people[role])
    assert not Label.objects.filter(how="adjudicated").exists()


@pytest.mark.parametrize(
    "wrong", [{"reason": "because"}, {"reason": " " * 50}, {"reason": "x" * 1001}, {"category": ""}]
)
def test_a_settlement_needs_a_category_and_a_reason(dispute, people, wrong):
    with pytest.raises(LabelError):
        settle(dispute, people["superuser"], **wrong)
    assert not Label.objects.filter(how="adjudicated").exists()


def test_what_is_settled_or_never_differed_cannot_be_settled(dispute, one, people):
    settle(dispute, people["superuser"])
    with pytest.raises(TaskTaken):
        settle(dispute, people["approver"])
    with pytest.raises(TaskTaken):
        settle(one(2), people["approver"])
    with pytest.raises(TaskGone):
        settle(LabelTask(pk=10**9), people["approver"])


def test_disagreements_take_two_queries_however_many(one, people, django_assert_num_queries):
    for number in range(4):
        task = one(number, coders=2)
        for role, category in (("reviewer", NEED), ("lead", ADVICE)):
            feedback.record(
                subject=task.subject,
                text="x",
                event="",
                lang="",
                category=category,
                how="queue",
                by=people[role],
                task=task,
            )
    with django_assert_num_queries(2):
        assert len(labelling.disagreements()) == 4


# Agreement and progress


def test_under_thirty_pairs_nothing_is_said(dispute):
    assert labelling.agreement(labelling.pairs(weeks=4)) == labelling.Agreement(1, None, None, None)


def test_kappa_is_cohens():
    # Cohen's kappa of this table is (.7 - .5) / (1 - .5) = .4, by hand.
    pairs = [("a", "a")] * 20 + [("a", "b")] * 5 + [("b", "a")] * 10 + [("b", "b")] * 15
    agreed = agreement.cohen(pairs)
    assert agreed.n == 50
    assert agreed.kappa == pytest.approx(0.4)
    assert agreed.low < 0.4 < agreed.high
    assert agreement.cohen(pairs) == agreed


def test_full_agreement_is_one_even_on_one_class():
    assert agreement.cohen([("a", "a")] * 40).kappa == 1


def test_old_weeks_fall_out_of_the_agreement(dispute):
    with time_machine.travel(clock.now() + timedelta(weeks=5)):
        assert labelling.agreement(labelling.pairs(weeks=4)).n == 0


def test_progress_tells_done_and_left_of_the_newest_week(one):
    one(1, week="2026-W47"), one(2), one(3, closed_at=clock.now()), one(4, purpose="rare")
    assert [(part.purpose, part.done, part.left) for part in labelling.progress()] == [("audit", 1, 1), ("rare", 0, 1)]
