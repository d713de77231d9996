import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from classifier import categories, feedback, labelling
from classifier.models import Label, LabelTask
from responder.classification.guidelines import GUIDELINES

NEED, ADVICE = "requests_or_urgent_needs", "caution_and_advice"
POSTS = ["answer", "skip", "adjudicate"]


@pytest.fixture
def one(db):
    """Creates an open task; keyword arguments replace any column."""

    def make(number=1, **changes):
        columns = {
            "subject": f"post:{number}",
            "text": f"Message {number}",
            "text_key": f"k{number}",
            "week": "2026-W48",
        }
        return LabelTask.objects.create(**columns | {"purpose": "audit", "lang": "en"} | changes)

    return make


@pytest.fixture
def as_role(people):
    """A client that is signed in."""

    def sign_in(role, **arguments):
        client = Client(**arguments)
        client.force_login(people[role])
        return client

    return sign_in


@pytest.fixture
def reviewer(as_role):
    return as_role("reviewer")


def shown(response):
    question = response.context["question"]
    return question and question.task_id


# Who may


@pytest.mark.parametrize("role", ["viewer", "approver", "auditor", "partner"])
def test_roles_that_do_not_decide_on_posts_are_refused(as_role, one, role):
    task, client = one(), as_role(role)
    assert client.get("/labelling/").status_code == 403
    for verb in POSTS:
        assert client.post(f"/labelling/{task.pk}/{verb}", {"category": NEED}).status_code == 403
    assert not Label.objects.exists()


@pytest.mark.parametrize("role", ["reviewer", "lead", "superuser"])
def test_roles_that_decide_on_posts_label(as_role, one, role):
    task, client = one(), as_role(role)
    assert shown(client.get("/labelling/")) == task.pk
    response = client.post(f"/labelling/{task.pk}/answer", {"category": NEED})
    assert (response.status_code, response.headers["Location"]) == (302, "/labelling/")
    assert Label.objects.get().category == NEED


def test_strangers_are_sent_to_log_in(client, one):
    assert client.get("/labelling/").headers["Location"].startswith("/login/")
    for verb in POSTS:
        assert client.post(f"/labelling/{one(verb).pk}/{verb}").headers["Location"].startswith("/login/")


@pytest.mark.parametrize("verb", POSTS)
def test_answers_need_a_post_request_with_its_token(as_role, one, verb):
    client, address = as_role("lead", enforce_csrf_checks=True), f"/labelling/{one().pk}/{verb}"
    assert client.get(address).status_code == 405
    assert client.post(address, {"category": NEED}).status_code == 403


def test_only_leads_settle(reviewer, one):
    assert reviewer.post(f"/labelling/{one().pk}/adjudicate", {"category": NEED}).status_code == 403
    assert "Disagreements" not in reviewer.get("/labelling/").content.decode()


# One text after another


def test_no_two_people_get_the_same_text(as_role, one):
    one(1), one(2)
    first, second = (shown(as_role(role).get("/labelling/")) for role in ("reviewer", "lead"))
    assert first and second and first != second
    assert shown(as_role("superuser").get("/labelling/")) is None


def test_labelling_is_blind(reviewer, one):
    one(
        predicted="a_predicted_category", predicted_probability=0.4242, predicted_priority="Soonest", stratum="str|atum"
    )
    page = reviewer.get("/labelling/").content.decode()
    page = page[page.index("<main") : page.index("</main>")]
    for hint in ("a_predicted_category", "4242", "Soonest", "str|atum", " checked"):
        assert hint not in page


def test_the_text_is_masked_and_every_category_can_be_chosen(reviewer, one):
    one(text="<b>Call</b> +258 84 123 4567, says @ana")
    page = reviewer.get("/labelling/").content.decode()
    assert "4567" not in page and "@ana" not in page and "<b>Call" not in page
    for category in categories.CATEGORIES:
        assert f'value="{category.id}" data-key="{category.key}"' in page
        assert categories.DESCRIPTIONS[category.id] in page


def test_every_category_has_its_description():
    assert tuple(categories.DESCRIPTIONS) == categories.CATEGORY_IDS


def test_an_answer_carries_its_priority_and_leads_to_the_next(reviewer, one):
    first, second = one(1), one(2)
    reviewer.get("/labelling/")
    response = reviewer.post(f"/labelling/{first.pk}/answer", {"category": ADVICE, "priority": "High"}, follow=True)
    assert (Label.objects.get().category, Label.objects.get().priority) == (ADVICE, "High")
    assert shown(response) == second.pk
    assert "Saved." in response.content.decode()


def test_a_skipped_text_does_not_come_back(reviewer, one):
    task = one()
    reviewer.get("/labelling/")
    response = reviewer.post(f"/labelling/{task.pk}/skip", follow=True)
    assert shown(response) is None
    assert "Other people have the remaining texts open" in response.content.decode()


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({}, "Choose one of the list"),
        ({"category": "fish"}, "Choose one of the list"),
        ({"category": "<script>"}, "Choose one of the list"),
        ({"category": NEED, "priority": "Soon"}, "Choose one of the four"),
    ],
)
def test_bad_answers_are_refused_in_a_sentence_and_the_text_stays(reviewer, one, fields, sentence):
    task = one()
    reviewer.get("/labelling/")
    response = reviewer.post(f"/labelling/{task.pk}/answer", fields)
    assert response.status_code == 400
    page = response.content.decode()
    assert sentence in page and "“<script>" not in page
    assert shown(response) == task.pk
    assert not Label.objects.exists()


def test_somebody_elses_text_is_a_conflict_and_one_that_is_not_there_is_missing(reviewer, as_role, one):
    task = one()
    as_role("lead").get("/labelling/")
    for verb in ("answer", "skip"):
        response = reviewer.post(f"/labelling/{task.pk}/{verb}", {"category": NEED})
        assert response.status_code == 409
        assert "Someone else is labelling this text" in response.content.decode()
    assert reviewer.post(f"/labelling/{10**7}/answer", {"category": NEED}).status_code == 404
    assert reviewer.post(f"/labelling/{10**40}/answer", {"category": NEED}).status_code == 404
    assert not Label.objects.exists()


def test_answering_twice_is_a_conflict(reviewer, one):
    task = one()
    reviewer.get("/labelling/")
    reviewer.post(f"/labelling/{task.pk}/answer", {"category": NEED})
    response = reviewer.post(f"/labelling/{task.pk}/answer", {"category": ADVICE})
    assert response.status_code == 409
    assert "Your first answer is kept" in response.content.decode()
    assert Label.objects.get().category == NEED


def test_an_empty_queue_says_when_it_fills(reviewer):
    page = reviewer.get("/labelling/").content.decode()
    assert "Nothing to label yet" in page
    assert "Not enough data" in page


def test_the_page_tells_how_far_the_week_is(reviewer, one):
    one(1), one(2, purpose="rare")
    task = one(3)
    LabelTask.objects.filter(pk=task.pk).update(closed_at=task.created_at)
    context = reviewer.get("/labelling/").context
    assert (context["done"], context["total"], context["left"]) == (1, 3, 2)
    assert [(part.purpose, part.left) for part in context["parts"]] == [("audit", 1), ("rare", 1)]


def test_thirty_texts_of_two_people_give_a_kappa(reviewer, one, people):
    for number in range(30):
        task = one(number, coders=2)
        for role in ("reviewer", "lead"):
            category = NEED if role == "lead" or number % 3 else ADVICE
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
    page = reviewer.get("/labelling/").content.decode()
    assert "κ" in page and "on 30 texts" in page


def test_the_page_takes_as_many_queries_for_many_as_for_few(as_role, one, people):
    lead, taken = as_role("lead"), []
    for amount in (2, 12):
        for number in range(amount):
            dispute(one(f"{amount}{number}", coders=2), people)
            one(f"{amount}0{number}")
        lead.get("/labelling/")  # after which this person holds a text
        with CaptureQueriesContext(connection) as queries:
            lead.get("/labelling/")
        taken.append(len(queries))
    assert taken[0] == taken[1]


# What two people saw differently


def dispute(task, people, roles=("reviewer", "superuser")):
    for role, category in zip(roles, (NEED, ADVICE), strict=True):
        LabelTask.objects.filter(pk=task.pk).update(claimed_by=people[role])
        labelling.answer(task_id=task.pk, by=people[role], category=category, priority="High")
    return task


def test_a_lead_sees_both_answers_and_no_names_and_settles(as_role, one, people):
    task, lead = dispute(one(coders=2), people), as_role("lead")
    page = lead.get("/labelling/").content.decode()
    part = page[page.index('id="disputes"') :]
    assert "Requests or urgent needs · High" in part and "Caution and advice · High" in part
    for name in ("Reviewer", "reviewer-ana", "root-ana"):
        assert name not in part
    fields = {"category": NEED, "priority": "", "reason": "The school itself asks for water"}
    assert lead.post(f"/labelling/{task.pk}/adjudicate", fields).status_code == 302
    assert [label.how for label in feedback.standing()] == ["adjudicated"]
    assert "No disagreements to resolve." in lead.get("/labelling/").content.decode()


def test_a_settlement_without_reason_is_refused_and_what_was_entered_stays(as_role, one, people):
    task, lead = dispute(one(coders=2), people), as_role("lead")
    response = lead.post(f"/labelling/{task.pk}/adjudicate", {"category": ADVICE, "reason": "short one"})
    assert response.status_code == 400
    page = response.content.decode()
    assert "Enter a reason of 10 to 1,000 characters." in page
    assert 'value="short one"' in page and f'value="{ADVICE}" selected' in page


def test_a_lead_does_not_settle_what_they_answered(as_role, one, people):
    task, lead = dispute(one(coders=2), people, ("reviewer", "lead")), as_role("lead")
    assert "another lead has to resolve it" in lead.get("/labelling/").content.decode()
    fields = {"category": NEED, "reason": "The school itself asks for water"}
    assert lead.post(f"/labelling/{task.pk}/adjudicate", fields).status_code == 403
    superuser = as_role("superuser")
    assert superuser.post(f"/labelling/{task.pk}/adjudicate", fields).status_code == 302
    assert superuser.post(f"/labelling/{task.pk}/adjudicate", fields).status_code == 409


# A change of mind


def answered(client, task, category=NEED):
    assert shown(client.get("/labelling/")) == task.pk
    assert client.post(f"/labelling/{task.pk}/answer", {"category": category}).status_code == 302


def test_one_of_the_last_ten_answers_can_be_changed_and_the_old_one_stays_on_record(reviewer, one):
    task = one()
    answered(reviewer, task)
    page = reviewer.get(f"/labelling/?edit={task.pk}")
    assert shown(page) == task.pk
    assert page.context["edited"].category == NEED
    assert reviewer.post(f"/labelling/{task.pk}/revise", {"category": ADVICE}).status_code == 302
    newest, oldest = Label.objects.all()
    assert (newest.category, newest.supersedes_id, oldest.category) == (ADVICE, oldest.pk, NEED)
    assert [label.category for label in feedback.standing()] == [ADVICE]


def test_the_eleventh_answer_and_those_of_others_can_no_longer_be_changed(reviewer, as_role, one):
    tasks = [one(number) for number in range(1, 12)]
    for task in tasks:
        answered(reviewer, task)
    assert len(reviewer.get("/labelling/").context["recent"]) == 10
    assert reviewer.post(f"/labelling/{tasks[0].pk}/revise", {"category": ADVICE}).status_code == 404
    assert as_role("lead").post(f"/labelling/{tasks[5].pk}/revise", {"category": ADVICE}).status_code == 404
    assert "Only your last ten" in reviewer.get(f"/labelling/?edit={tasks[0].pk}").content.decode()
    assert Label.objects.count() == 11


def test_a_settled_answer_stays_as_it_was(as_role, one, people):
    task = dispute(one(coders=2), people)
    labelling.adjudicate(task_id=task.pk, by=people["lead"], category=NEED, priority="", reason="Plainly a need")
    assert as_role("reviewer").post(f"/labelling/{task.pk}/revise", {"category": ADVICE}).status_code == 409


def test_whoever_comes_round_ends_the_dispute_and_agreement_counts_the_standing_answers(as_role, one, people):
    task = dispute(one(coders=2), people)
    assert [found.pk for found in labelling.disagreements()] == [task.pk]
    assert as_role("reviewer").post(f"/labelling/{task.pk}/revise", {"category": ADVICE}).status_code == 302
    assert labelling.disagreements() == []
    assert labelling.agreement(labelling.pairs()).n == 1
    lead = as_role("lead")
    fields = {"category": NEED, "priority": "", "reason": "Nothing is left to settle"}
    assert lead.post(f"/labelling/{task.pk}/adjudicate", fields).status_code == 409


def test_it_says_why_a_text_was_chosen_and_shows_guidelines_with_examples(reviewer, one):
    one(purpose="uncertain", predicted=ADVICE)
    page = reviewer.get("/labelling/").content.decode()
    assert "Why this text: The model is unsure." in page
    assert page.count("<h3>") == len(categories.CATEGORIES)
    assert set(GUIDELINES) == set(categories.CATEGORY_IDS)
    assert all(one.instead != name for name, one in GUIDELINES.items())


def test_last_answers_are_shown_masked(reviewer, one):
    task = one(text="Call +258 84 123 4567 for boats")
    answered(reviewer, task)
    assert "123 4567" not in reviewer.get("/labelling/").content.decode()


# Can't judge, own keys, progress and agreement by label


def test_cant_judge_is_an_answer_that_teaches_nothing(reviewer, one):
    task = one()
    reviewer.get("/labelling/")
    response = reviewer.post(f"/labelling/{task.pk}/answer", {"category": [NEED, categories.CANT_JUDGE]})
    assert response.status_code == 302
    label = Label.objects.get()
    task.refresh_from_db()
    assert (label.category, label.withdrawn, task.closed_at is None) == (categories.CANT_JUDGE, False, False)
    assert feedback.standing() == [] and "Can&#x27;t judge" in reviewer.get("/labelling/").content.decode()


def test_cant_judge_and_a_label_are_a_disagreement_for_a_lead(as_role, one):
    task, client = one(coders=2), as_role("reviewer")
    client.get("/labelling/")
    client.post(f"/labelling/{task.pk}/answer", {"category": categories.CANT_JUDGE})
    client = as_role("superuser")
    client.get("/labelling/")
    client.post(f"/labelling/{task.pk}/answer", {"category": NEED})
    assert [found.pk for found in labelling.disagreements()] == [task.pk] and labelling.pairs() == []


def test_a_person_s_own_keys_replace_the_usual_ones(reviewer, one, people):
    one()
    page = reviewer.get("/labelling/").content.decode()
    assert f'value="{NEED}" data-key="1"' in page and "&quot;" not in page[page.index("data-keys=") :][:120]
    assert reviewer.post("/labelling/keys", {"skip": "s", NEED: "w", "cant_judge": ""}).status_code == 302
    page = reviewer.get("/labelling/").content.decode()
    assert f'value="{NEED}" data-key="w"' in page and '"skip":"s"' in page and '"cant_judge":""' in page
    people["reviewer"].refresh_from_db()
    assert people["reviewer"].labelling_keys == {"skip": "s", NEED: "w", "cant_judge": ""}
    reviewer.post("/labelling/keys", {"do": "reset"})
    assert '"skip":" "' in reviewer.get("/labelling/").content.decode()


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"skip": "g"}, "Enter one letter"), ({"skip": "ab"}, "Enter one letter"), ({"skip": "<"}, "Enter one letter"),
        ({"skip": "\0"}, "Enter one letter"), ({"skip": "1"}, "used twice"), ({NEED: "h"}, "used twice"), ({"skip": "x" * 500}, "Enter one letter"),
    ],
)  # fmt: skip
def test_keys_that_cannot_be_used_are_refused_beside_their_field(reviewer, people, given, said):
    response = reviewer.post("/labelling/keys", given)
    assert (
        response.status_code == 400
        and said in response.content.decode()
        and 'aria-invalid="true"' in response.content.decode()
    )
    people["reviewer"].refresh_from_db()
    assert people["reviewer"].labelling_keys == {}


def test_agreement_is_shown_for_each_label_with_texts_that_differ(as_role, one):
    first, second = as_role("reviewer"), as_role("superuser")
    for number, answers in enumerate([(NEED, NEED), (NEED, ADVICE), (ADVICE, ADVICE)]):
        task = one(number, coders=2, text=f"Call 0841234567, text {number}")
        for client, category in zip((first, second), answers, strict=True):
            client.get("/labelling/")
            client.post(f"/labelling/{task.pk}/answer", {"category": category})
    found = {one.category: one for one in labelling.by_label(labelling.pairs())}
    assert (found[NEED].n, round(found[NEED].share, 3)) == (2, 0.667)
    assert [pair.second for pair in found[NEED].differing] == [ADVICE]
    page = first.get("/labelling/").content.decode()
    assert "67 %" in page and "text 1" in page and "0841234567" not in page


def test_each_category_shows_how_far_it_is_from_its_goal(reviewer, one):
    answered(reviewer, one())
    page = reviewer.get("/labelling/").content.decode()
    assert "1 of 50" in page and "0 of 50" in page
