"""The bundled exercise keeps its promises: size, labels, fiction, order."""

import re
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from classifier.categories import CATEGORIES, NEEDS, PRIORITIES
from responder.demo.banks import LANGUAGES, WAVES
from responder.demo.exercise import (
    DURATION_S,
    EVENT,
    ExercisePost,
    distinct_text,
    gold_rows,
    near_duplicates,
    playback,
    posts,
)
from responder.demo.places import ALIASES, SCENES, fold
from responder.demo.scripts import script_of


@pytest.fixture(scope="module")
def every() -> list[ExercisePost]:
    return list(posts())


def share(flags: Iterable[bool]) -> float:
    values = list(flags)
    return sum(values) / len(values)


def names_of(place_name: str) -> list[str]:
    return [place_name, *(alias for alias, name in ALIASES.items() if name == place_name)]


def mentions(text: str, name: str) -> bool:
    if script_of(name) == "Han":  # written without spaces
        return name in text
    return re.search(rf"(?<!\w){re.escape(fold(name))}(?!\w)", fold(text)) is not None


def test_it_is_large_and_varied_enough(every: list[ExercisePost]) -> None:
    assert len(every) >= 1600
    assert len({post.author for post in every}) >= 420
    assert len({distinct_text(post.text) for post in every}) >= 900


def test_ids_are_numbered_by_wave_and_then_by_time(every: list[ExercisePost]) -> None:
    by_wave = [post.id for wave in WAVES for post in every if post.lang in wave]
    assert by_wave == [f"ex-{number:06d}" for number in range(1, len(every) + 1)]


def test_posts_come_in_the_order_of_time_within_one_day(every: list[ExercisePost]) -> None:
    offsets = [post.offset_s for post in every]
    assert offsets == sorted(offsets)
    assert offsets[0] >= 0 and offsets[-1] < DURATION_S


def test_every_hour_has_posts_and_the_busiest_is_not_at_night(every: list[ExercisePost]) -> None:
    hours = Counter(post.offset_s // 3600 for post in every)
    assert set(hours) == set(range(24))
    assert 10 <= hours.most_common(1)[0][0] < 20


def test_every_gold_label_is_one_the_product_knows(every: list[ExercisePost]) -> None:
    categories = {category.id for category in CATEGORIES}
    for post in every:
        assert post.gold.category in categories, post.id
        assert post.gold.priority in PRIORITIES, post.id
        assert set(post.gold.needs) <= set(NEEDS), post.id
        assert isinstance(post.gold.emergency, bool) and isinstance(post.gold.rumour, bool), post.id


def test_every_category_priority_and_need_occurs(every: list[ExercisePost]) -> None:
    assert {post.gold.category for post in every} == {category.id for category in CATEGORIES}
    assert {post.gold.priority for post in every} == set(PRIORITIES)
    assert {need for post in every for need in post.gold.needs} == set(NEEDS)


def test_noise_is_never_an_emergency_and_never_urgent(every: list[ExercisePost]) -> None:
    for post in every:
        if post.gold.category == "not_humanitarian":
            assert not post.gold.emergency and post.gold.priority == "Low" and not post.gold.needs, post.id


def test_a_request_need_goes_with_the_request_category(every: list[ExercisePost]) -> None:
    for post in every:
        assert ("request" in post.gold.needs) == (post.gold.category == "requests_or_urgent_needs"), post.text


@pytest.mark.parametrize(
    ("priority", "low", "high"), [("Critical", 0.03, 0.055), ("High", 0.09, 0.15), ("Medium", 0.17, 0.26)]
)
def test_urgent_posts_are_as_rare_as_in_life(every: list[ExercisePost], priority: str, low: float, high: float) -> None:
    assert low <= share(post.gold.priority == priority for post in every) <= high


@pytest.mark.parametrize(
    ("lang", "low", "high"),
    [
        ("en", 0.55, 0.65),
        ("pt", 0.10, 0.15),
        ("es", 0.05, 0.1),
        ("fr", 0.05, 0.1),
        *((lang, 0.02, 0.04) for lang in WAVES[1]),
    ],
)
def test_languages_have_their_shares(every: list[ExercisePost], lang: str, low: float, high: float) -> None:
    assert low <= share(post.lang == lang for post in every) <= high


def test_there_are_at_least_eight_languages_in_three_scripts(every: list[ExercisePost]) -> None:
    assert {post.lang for post in every} == set(LANGUAGES)
    assert len(LANGUAGES) >= 8
    assert len({script_of(post.text) for post in every}) >= 3


def test_each_language_of_a_later_wave_keeps_to_one_script(every: list[ExercisePost]) -> None:
    written = {(post.lang, script_of(post.text)) for post in every if post.lang not in WAVES[0]}
    assert written == {
        ("sw", "Latin"),
        ("ar", "Arabic"),
        ("hi", "Devanagari"),
        ("bn", "Bengali"),
        ("zh", "Han"),
        ("ru", "Cyrillic"),
    }


@pytest.mark.parametrize("lang", LANGUAGES)
def test_each_language_has_every_category_and_lives_at_risk(every: list[ExercisePost], lang: str) -> None:
    golds = [post.gold for post in every if post.lang == lang]
    assert {gold.category for gold in golds} == {category.id for category in CATEGORIES}
    assert {gold.priority for gold in golds} == set(PRIORITIES)
    assert sum("request" in gold.needs for gold in golds) >= 5
    assert share(gold.place is not None for gold in golds) >= 0.5


@pytest.mark.parametrize("lang", WAVES[1])
def test_most_text_of_a_later_wave_is_not_passed_on(every: list[ExercisePost], lang: str) -> None:
    assert len({distinct_text(post.text) for post in every if post.lang == lang}) >= 40


@pytest.mark.parametrize("lang", ["ar", "hi", "bn", "zh", "ru"])
def test_a_place_is_named_in_the_script_of_its_language(every: list[ExercisePost], lang: str) -> None:
    for post in every:
        if post.lang == lang and post.gold.place:
            own = [name for name in names_of(post.gold.place.name) if script_of(name) == script_of(post.text)]
            assert any(mentions(post.text, name) for name in own), (post.id, post.text)


def test_between_30_and_40_percent_repeat_an_earlier_post(every: list[ExercisePost]) -> None:
    assert 0.30 <= near_duplicates(every) / len(every) <= 0.40


def test_at_least_15_percent_name_no_place(every: list[ExercisePost]) -> None:
    assert share(post.gold.place is None for post in every) >= 0.15


def test_a_resolved_place_is_named_in_the_text(every: list[ExercisePost]) -> None:
    for post in every:
        if post.gold.place:
            assert any(mentions(post.text, name) for name in names_of(post.gold.place.name)), (
                post.id,
                post.text,
            )


def test_a_post_without_a_place_names_none_of_the_exercise(every: list[ExercisePost]) -> None:
    for post in every:
        if post.gold.place is None:
            text = re.sub(r"@\w+", "", post.text)
            assert not [name for name in SCENES if mentions(text, name)], (post.id, post.text)


def test_places_of_the_three_countries_lie_in_the_events_box(every: list[ExercisePost]) -> None:
    west, south, east, north = EVENT["bbox"]
    towns = {p.gold.place for p in every if p.gold.place and p.gold.place.country_code in EVENT["country_codes"]}
    inside = {place.name for place in towns if west <= place.longitude <= east and south <= place.latitude <= north}
    assert {
        "Beira",
        "Dondo",
        "Búzi",
        "Chimoio",
        "Quelimane",
        "Mutare",
        "Chipinge",
        "Nsanje",
        "Blantyre",
    } <= inside


def test_links_lead_only_to_reserved_example_hosts(every: list[ExercisePost]) -> None:
    hosts = {host for post in every for host in re.findall(r"https?://([^/\s]+)", post.text)}
    assert hosts == {"example.org", "example.com", "example.net"}
    assert not [post.text for post in every if re.search(r"\bwww\.", post.text)]


def test_every_handle_belongs_to_the_cast_and_is_marked_fictional(every: list[ExercisePost]) -> None:
    authors = {post.author for post in every}
    assert all(handle.endswith("_ex") for handle in authors)
    mentioned = {handle for post in every for handle in re.findall(r"@(\w+)", post.text)}
    assert mentioned <= authors


def test_phone_numbers_cannot_be_dialled(every: list[ExercisePost]) -> None:
    numbers = [number for post in every for number in re.findall(r"\+\d[\d ]+\d", post.text)]
    assert numbers and all(re.fullmatch(r"\+258 00 000 0\d{3}", number) for number in numbers)


def test_answers_and_reposts_point_to_earlier_posts(every: list[ExercisePost]) -> None:
    seen: dict[str, ExercisePost] = {}
    for post in every:
        for parent in (post.reply_to, post.repost_of):
            assert parent is None or parent in seen, post.id
        seen[post.id] = post
    assert any(p.reply_to and seen[p.reply_to].author == p.author for p in every)  # threads
    assert any(p.reply_to and seen[p.reply_to].author != p.author for p in every)  # replies


def test_a_repost_keeps_the_labels_of_its_original(every: list[ExercisePost]) -> None:
    by_id = {post.id: post for post in every}
    for post in every:
        if post.repost_of:
            assert post.gold == by_id[post.repost_of].gold, post.id


def test_no_text_is_empty_unfilled_or_longer_than_a_long_post(every: list[ExercisePost]) -> None:
    for post in every:
        assert 1 <= len(post.text) <= 400, post.id
        assert "{" not in post.text and "}" not in post.text, post.text


def test_rumours_and_their_corrections_are_both_there(every: list[ExercisePost]) -> None:
    assert sum(post.gold.rumour for post in every) >= 15
    assert any("FALSE" in post.text and not post.gold.rumour for post in every)


@pytest.mark.parametrize(
    ("lang", "denial"),
    [("sw", "uongo"), ("ar", "إشاعة"), ("hi", "फ़र्ज़ी"), ("bn", "গুজব"), ("zh", "辟谣"), ("ru", "неправда")],
)
def test_each_language_of_the_second_wave_has_a_rumour_and_its_correction(
    every: list[ExercisePost], lang: str, denial: str
) -> None:
    own = [post for post in every if post.lang == lang]
    assert any(post.gold.rumour for post in own)
    assert any(denial in post.text.lower() and not post.gold.rumour for post in own)


def test_playback_keeps_the_spacing_divided_by_the_speed(every: list[ExercisePost]) -> None:
    start = datetime(2026, 3, 1, 22, 0, tzinfo=UTC)
    played = list(playback(start, speed=20))
    assert [post for _, post in played] == every
    assert all(at == start + timedelta(seconds=post.offset_s / 20) for at, post in played)


@pytest.mark.parametrize("speed", [0, -1, float("nan")])
def test_playback_refuses_a_speed_that_never_ends(speed: float) -> None:
    with pytest.raises(ValueError, match="above zero"):
        playback(datetime.now(UTC), speed=speed)


def test_playback_refuses_a_start_without_time_zone() -> None:
    with pytest.raises(ValueError, match="aware"):
        playback(datetime(2026, 3, 1), speed=1)


def test_gold_rows_give_each_post_with_plain_labels(every: list[ExercisePost]) -> None:
    rows = list(gold_rows())
    assert [row["id"] for row in rows] == [post.id for post in every]
    first = next(row for row in rows if row["place"])
    assert set(first["place"]) == {"name", "country_code", "latitude", "longitude", "type"}
    assert {"text", "category", "emergency", "priority", "needs", "place"} <= set(first)


def test_phases_cover_the_day_without_gap() -> None:
    edges = [(phase["start_s"], phase["end_s"]) for phase in EVENT["phases"]]
    assert edges[0][0] == 0 and edges[-1][1] == EVENT["duration_s"] == DURATION_S
    assert all(before[1] == after[0] for before, after in pairwise(edges))


def test_the_track_runs_forward_inside_the_box() -> None:
    west, south, east, north = EVENT["bbox"]
    offsets = [offset for offset, _, _ in EVENT["track"]]
    assert offsets == sorted(offsets)
    assert all(south <= latitude <= north and west <= longitude <= east for _, latitude, longitude in EVENT["track"])
