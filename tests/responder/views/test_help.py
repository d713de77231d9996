import pytest

from responder import roles
from responder.models import User


@pytest.mark.parametrize("role", roles.ROLES)
def test_each_role_has_its_first_ten_minutes_and_every_link_answers(client, people, role):
    client.force_login(people[role])
    page = client.get(f"/help/{role}/")
    assert page.status_code == 200
    body = page.content.decode()
    main = body[body.index("<main") :]
    links = {part.split('"')[0].replace("&amp;", "&") for part in main.split('href="/')[1:]}
    assert links
    for link in links:
        assert client.get(f"/{link}").status_code in (200, 302), link


def test_the_index_names_ones_own_role_first(client, people):
    client.force_login(people["lead"])
    assert client.get("/help/").context["roles"][0] == "lead"
    assert client.get("/help/nobody/").status_code == 404


def test_the_tour_comes_once(client, db):
    user = User.objects.create_user("new", password="correct horse battery")
    roles.grant(user=user, role="viewer")
    client.force_login(user)
    assert b"data-tour-form" in client.get("/map/").content
    client.post("/preferences/tour", {"next": "/map/"})
    assert b"data-tour-form" not in client.get("/map/").content


def test_a_site_without_posts_offers_the_exercise_to_those_who_may_start_it(client, people):
    client.force_login(people["lead"])
    assert b"Start an exercise" in client.get("/feed/").content
    client.force_login(people["viewer"])
    page = client.get("/feed/").content
    assert b"Start an exercise" not in page and b"There is no event yet" in page


def test_the_wall_screen_hides_controls_and_is_dark(client, people, make_post):
    make_post()
    client.force_login(people["viewer"])
    body = client.get("/map/?kiosk=1").content.decode()
    assert 'data-theme="dark"' in body
    assert "is-kiosk" in body
    assert "data-clock" in body


def test_paper_says_what_it_shows(client, people, make_post):
    make_post()
    client.force_login(people["viewer"])
    body = client.get("/map/?sev=1&t=now-90m&tz=UTC").content.decode()
    head = body[body.index("data-print-head") :][:600]
    assert "sev:1 t:now-90m" in head
    assert "River flood" in head
    assert "UTC" in head


@pytest.mark.parametrize(
    ("role", "words"),
    [
        ("reviewer", ["Press L to set its place", "Press N", "/field-reports/new"]),
        ("lead", ["/events/", "/feeds/"]),
        ("administrator", ["/people/", "/feeds/", "/events/"]),
    ],
)
def test_the_guides_name_what_a_role_does_by_hand(client, people, role, words):
    client.force_login(people[role])
    page = client.get(f"/help/{role}/").content.decode()
    main = page[page.index("<main") :]
    assert [word for word in words if word not in main] == []
    index = client.get("/help/").content.decode()
    assert 'href="/help/administrator/"' in index


def test_the_key_bar_names_place_and_new_report(client, people, make_post):
    make_post()
    client.force_login(people["reviewer"])
    for url in ("/map/", "/triage/"):
        page = client.get(url).content.decode()
        bar = page[page.index('<footer class="keys"') :].split("</footer>")[0]
        assert "<kbd>L</kbd> place" in bar and "<kbd>N</kbd> new report" in bar, url
