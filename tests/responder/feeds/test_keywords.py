"""The keyword builder: suggestions from the event, its places and its hazard; rules within the limits; the preview."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from responder.feeds import hazard_words, keywords
from responder.feeds.connectors import x
from responder.models import Event, EventRole, Feed, User
from tests.responder.html_forms import read_forms

pytestmark = pytest.mark.django_db
LANGUAGES = "en ar bn zh fa fr el hi id it ja ne pt ru es sw tl tr uk ur".split()


@pytest.fixture
def lead(people: dict[str, User]) -> Client:
    client = Client(headers={"Accept": "text/html"})
    client.force_login(people["lead"])
    return client


def test_the_table_has_words_for_each_hazard_in_each_language() -> None:
    table = hazard_words.table()
    for hazard, by_language in table.items():
        assert list(by_language) == LANGUAGES, hazard
        for language, words in by_language.items():
            assert words and len(set(words)) == len(words), (hazard, language)
            assert all(word.strip() == word and 0 < len(word) <= 40 for word in words), (hazard, language)
            assert hazard_words.words(hazard, language, stems=False), (hazard, language)
    assert set(hazard_words.ROWS.values()) <= table.keys()


def test_stems_are_offered_only_where_parts_of_words_are_found() -> None:
    assert hazard_words.words("any", "es", stems=True) == ("atrapad", "rescate", "evacuad", "desaparecid")
    assert hazard_words.words("any", "es", stems=False) == ("rescate",)


@pytest.mark.parametrize(
    ("hazard", "rows"),
    [
        ("flood", ["flood"]), ("tropical_cyclone", ["storm"]), ("Cyclone Idai", ["storm"]), ("Flood and landslide", ["flood", "landslide"]),
        ("mudslide", ["landslide"]), ("wild_fire", ["fire"]),
    ],
)  # fmt: skip
def test_a_hazard_finds_its_words(hazard: str, rows: list[str]) -> None:
    assert hazard_words.rows_for(hazard) == rows


@pytest.mark.parametrize("hazard", ["", "complex_emergency", "other"])
def test_an_unknown_hazard_is_offered_all_words(hazard: str) -> None:
    assert len(hazard_words.rows_for(hazard)) == len(hazard_words.table()) - 1


def test_an_event_is_offered_words_of_its_languages_and_places_of_its_area(event: Event) -> None:
    event.hazard = "flood"
    event.keywords = ["#Idai", "CheiasMZ"]
    groups = keywords.suggest(event)
    assert groups[0].words == ("#Idai", "CheiasMZ")
    by_title = {group.title: group for group in groups}
    assert "inundação" in by_title["Flood · Portuguese"].words and by_title["Flood · Portuguese"].language == "pt"
    assert "flood" in by_title["Flood · English"].words and "Rescue · Portuguese" in by_title
    (places,) = [group for group in groups if group.kind == keywords.PLACE]
    assert "Beira" in places.words and "Maputo" not in places.words  # outside the event's area


def test_languages_of_the_event_come_before_those_of_its_countries(event: Event) -> None:
    event.languages = ["bn", "xx"]
    assert keywords.languages_of(event) == ["bn"]
    event.languages, event.country_codes = [], ["BD"]
    assert keywords.languages_of(event) == ["en", "bn"]
    event.west = event.south = event.east = event.north = None
    names = keywords.places(event, ["en", "bn"])
    assert "Dhaka" in names and "ঢাকা" in names and not any(name == "Дакка" for name in names)


def test_an_event_without_countries_and_area_has_no_places() -> None:
    assert keywords.places(Event(ref="e"), ["en"]) == []


def test_an_area_across_the_antimeridian_finds_places_on_both_sides() -> None:
    fiji = Event(ref="f", west=177.0, east=-178.0, south=-20.0, north=-15.0)
    assert "Labasa" in keywords.places(fiji, ["en"])


# Rules of X


def test_words_and_places_become_one_rule_without_reposts() -> None:
    assert x.compose_rules(["flood", "Buzi River"], ["Beira"]) == ['(flood OR "Buzi River") Beira -is:retweet']
    assert x.compose_rules(["flood"], []) == ["flood -is:retweet"]
    assert x.compose_rules([], ["Beira", "Dondo"]) == ["(Beira OR Dondo) -is:retweet"]
    assert x.compose_rules([], []) == []


def test_signs_are_quoted_so_that_no_word_changes_the_rule() -> None:
    assert x.compose_rules(['a" OR cats', "OR", "#Idai", "lang:en"], []) == [
        '("a OR cats" OR "OR" OR "#Idai" OR "lang:en") -is:retweet'
    ]


def test_long_lists_become_several_rules_within_the_limit() -> None:
    words = [f"word number {n}" for n in range(150)]
    places = [f"place{n}" for n in range(80)]
    rules = x.compose_rules(words, places)
    assert len(rules) > 1 and all(len(rule) <= x.RULE_LENGTH for rule in rules)
    assert all(rule.count("(") == rule.count(")") == 2 for rule in rules)
    text = "\n".join(rules)
    assert all(f'"{word}"' in text for word in words) and all(place in text for place in places)


# The form


def test_suggestions_are_ticked_and_added_and_what_was_typed_stays(lead: Client, event: Event) -> None:
    url = reverse("source-new")
    typed = {"kind": "bluesky", "name": "Sky", "event": str(event.pk), "terms": "Idai", "posts_a_day": "many"}
    answer = lead.post(url, typed | {"suggest": "1"})
    page, form = answer.content.decode(), read_forms(answer)
    assert answer.status_code == 200 and not Feed.objects.exists() and not form.errors
    assert 'name="place" value="Beira"' in page and "Suggestions for River flood" in page
    assert {name: form.value(name) for name in ("name", "terms", "posts_a_day")} == {
        "name": "Sky", "terms": "Idai", "posts_a_day": "many"}  # fmt: skip
    added = lead.post(url, typed | {"add_words": "1", "word": ["flood", "Idai", "x" * 101], "place": ["Beira"]})
    form, page = read_forms(added), added.content.decode()
    assert form.value("terms") == "Idai\nflood\nBeira"
    assert "3 of 100 lines; the longest has 5 of 100 characters." in page
    assert "wss://jetstream2.us-east.bsky.network/subscribe?wantedCollections=app.bsky.feed.post" in page
    assert not Feed.objects.exists()


def test_rules_of_x_are_composed_and_shown_as_sent(lead: Client, event: Event) -> None:
    typed = {"kind": "x", "name": "On X", "event": str(event.pk), "terms": ""}
    chosen = {"add_words": "1", "word": ["flood", "cheias"], "place": ["Beira"]}
    answer = lead.post(reverse("source-new"), typed | chosen)
    assert read_forms(answer).value("terms") == "(flood OR cheias) Beira -is:retweet"
    assert "1 of 1000 lines" in answer.content.decode() and "tag responder:" in answer.content.decode()


def test_without_an_event_the_form_says_what_to_choose(lead: Client) -> None:
    for event in ("", "99999", "9" * 40, "x"):
        page = lead.post(reverse("source-new"), {"kind": "bluesky", "event": event, "suggest": "1"}).content.decode()
        assert "Choose the event of the posts first" in page


def test_a_feed_that_is_edited_is_offered_them_too_and_nothing_is_saved(lead: Client, event: Event) -> None:
    feed = Feed.objects.create(name="River", kind="mastodon", event=event, terms=["flood"], channel="beira")
    url = reverse("source-edit", args=[feed.pk])
    sent: dict[str, Any] = {"name": "River 2", "event": event.pk, "terms": "flood", "channel": "beira", "version": "1"}
    answer = lead.post(url, sent | {"add_words": "1", "place": ["Beira"]})
    form = read_forms(answer)
    assert (form.value("terms"), form.value("name"), form.value("version")) == ("flood\nBeira", "River 2", "1")
    assert "GET https://mastodon.social/api/v1/streaming/hashtag?tag=beira" in answer.content.decode()
    feed.refresh_from_db()
    assert (feed.name, feed.terms) == ("River", ["flood"])
    shown = lead.get(reverse("source", args=[feed.pk])).content.decode()
    assert "GET https://mastodon.social/api/v1/streaming/hashtag?tag=beira" in shown


def test_who_manages_one_event_is_offered_nothing_of_another(event: Event) -> None:
    person = User.objects.create_user("bea")
    EventRole.objects.create(person=person, event=event, role="lead")
    other = Event.objects.create(ref="secret", name="Secret quake", keywords=["zzyzx"])
    client = Client(headers={"Accept": "text/html"})
    client.force_login(person)
    asked = {"kind": "bluesky", "suggest": "1"}
    page = client.post(reverse("source-new"), asked | {"event": str(other.pk)})
    assert page.status_code == 200
    assert "zzyzx" not in page.content.decode() and "Secret quake" not in page.content.decode()
    assert client.post(reverse("source-new"), asked | {"event": str(event.pk)}).context["suggestions"]
