import pytest

from monitoring.models import AuditEvent
from responder.errors import Conflict, Invalid, NotPermitted
from responder.models import SavedView
from responder.web import saved_views

QUERY = "event=flood&sev=1,2&place=Beira&q=water"


def kept(by, **changes):
    return saved_views.save(**({"name": "Beira", "page": "map", "query": QUERY, "scope": "me", "by": by} | changes))


@pytest.fixture
def lead(client, people, event, make_post):
    make_post(severity=1, text="water is needed")
    client.force_login(people["lead"])
    return client


def test_a_view_is_saved_opened_changed_and_deleted_by_forms(lead, people):
    saved = lead.post(
        "/views/", {"name": " Beira  now ", "page": "map", "query": f"?{QUERY}&bbox=1,2,3,4", "scope": "team"}
    )
    view = SavedView.objects.get()
    assert (view.name, view.query, view.scope) == ("Beira now", QUERY, "team")
    assert saved.headers["Location"] == f"/map/?{QUERY}&view={view.pk}"
    opened = lead.get(f"/map/?view={view.pk}")
    assert opened.headers["Location"] == saved.headers["Location"]
    page = lead.get(saved.headers["Location"])
    assert page.context["shell"].view == view
    assert page.context["shell"].is_unsaved is False
    assert lead.get(f"/map/?event=flood&sev=1&view={view.pk}").context["shell"].is_unsaved is True
    lead.post(f"/views/{view.pk}/", {"version": 1, "query": "event=flood&sev=1"})
    view.refresh_from_db()
    assert (view.query, view.version) == ("event=flood&sev=1", 2)
    lead.post(f"/views/{view.pk}/delete")
    assert not SavedView.objects.exists()
    actions = list(AuditEvent.objects.filter(object_type="view").order_by("sequence").values_list("action", flat=True))
    assert actions == ["view.saved", "view.changed", "view.deleted"]


def test_a_page_opens_with_the_view_that_one_chose(lead, people):
    view = kept(people["lead"])
    lead.post("/views/open-with", {"view": view.pk})
    assert lead.get("/map/").headers["Location"] == f"/map/?{QUERY}&view={view.pk}"
    assert lead.get("/map/?event=flood").status_code == 200
    assert lead.get("/feed/").status_code == 200
    lead.post("/views/open-with", {})
    assert lead.get("/map/").status_code == 200


def test_ones_own_views_are_nobody_elses_and_the_teams_are_everybodys(people, lead):
    own, team = kept(people["lead"]), kept(people["lead"], name="Team", scope="team")
    assert list(saved_views.visible(people["viewer"])) == [team]
    assert saved_views.find(str(own.pk), people["viewer"]) is None
    with pytest.raises(NotPermitted):
        saved_views.change(view_id=team.pk, version=1, query=QUERY, by=people["viewer"])
    with pytest.raises(NotPermitted):
        kept(people["viewer"], name="Mine for all", scope="team")


def test_who_changes_a_view_second_is_told(lead, people):
    view = kept(people["lead"])
    saved_views.change(view_id=view.pk, version=1, query="sev=1", by=people["lead"])
    with pytest.raises(Conflict):
        saved_views.change(view_id=view.pk, version=1, query="sev=2", by=people["lead"])
    answer = lead.post(f"/views/{view.pk}/", {"version": 1, "query": "sev=2"})
    assert answer.status_code == 409


@pytest.mark.parametrize(
    "changes",
    [{"name": ""}, {"name": "x" * 81}, {"page": "model"}, {"scope": "all"}, {"query": "sev=9"}, {"query": "t=soon"}],
)
def test_what_cannot_be_kept_is_refused(people, lead, changes):
    with pytest.raises(Invalid):
        kept(people["lead"], **changes)
    form = {"name": "n", "page": "map", "query": QUERY, "scope": "me"} | changes
    assert lead.post("/views/", form).status_code == 400


def test_a_name_is_used_once_and_the_number_is_bounded(people, lead, monkeypatch):
    kept(people["lead"])
    with pytest.raises(Invalid):
        kept(people["lead"])
    monkeypatch.setattr(saved_views, "MOST_OF_ONE", 1)
    with pytest.raises(Invalid):
        kept(people["lead"], name="Another")


@pytest.mark.parametrize("view", ["x", "9" * 30, "999", "-1", "٣"])
def test_an_unknown_view_is_ignored(lead, view):
    assert lead.get(f"/map/?view={view}").status_code == 200
