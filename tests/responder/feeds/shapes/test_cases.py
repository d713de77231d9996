"""Files as people have them, each named after what is odd about it, read without a mapping."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from classifier.tables import BadRow, Reading, Row, open_table
from responder.feeds.raw_post import RawPost
from responder.feeds.shapes import raw_posts, understand

CASES = Path(__file__).parents[3] / "cases"
WHOLE = "We are three floors down and can hear two voices under the block behind the bakery, we need a digger and lights now"
AT = datetime(2023, 2, 6, 3, 17, tzinfo=UTC)


def read(name: str, **options: Any) -> tuple[list[Any], list[RawPost | BadRow]]:
    """The rows of a file, and what comes out of them."""
    with open_table(str(CASES / name)) as table:
        rows = list(table.rows())
        return rows, list(raw_posts(rows, {}, reading=table.reading, **options))


def posts_of(name: str, **options: Any) -> list[RawPost]:
    found = read(name, **options)[1]
    assert not [row for row in found if isinstance(row, BadRow)]
    return [row for row in found if isinstance(row, RawPost)]


def kinds(post: RawPost) -> list[str]:
    return [repair.kind for repair in post.repairs]


@pytest.mark.parametrize("name", ["c01_twarc_v11.jsonl", "c01b_twarc_v11_full_text.jsonl"])
def test_twarc_of_the_old_api(name: str) -> None:
    cut, repeat, placed = posts_of(name)
    assert cut.text.startswith(WHOLE) and cut.text.endswith("please send anyone near")
    assert repeat.text == f"RT @person_a: {cut.text}"
    assert (repeat.relation, repeat.related_to) == ("repeat", cut.source_id) == ("repeat", "1622438871234567001")
    assert [post.author_handle for post in (cut, repeat, placed)] == ["person_a", "person_b", "person_c"]
    assert cut.created_at == datetime(2023, 2, 6, 3, 12, 45, tzinfo=UTC)
    assert placed.position is not None
    assert (placed.position.latitude, placed.position.longitude) == (36.2023, 36.1626)
    assert not any(post.repairs for post in (cut, repeat, placed))


@pytest.mark.parametrize("name", ["c02_twarc2_pages.jsonl", "c02b_twarc2_flat.jsonl"])
def test_twarc_of_the_new_api(name: str) -> None:
    """A page holds several posts: more come out than lines went in."""
    posts = posts_of(name)
    assert [post.source_id[-3:] for post in posts] == ["103", "104", "105"]
    assert [post.author_handle for post in posts] == ["person_d", "person_e", "person_f"]
    assert posts[0].position is not None and posts[0].position.latitude == 36.58
    assert posts[2].created_at == datetime(2023, 2, 6, 3, 22, tzinfo=UTC)


def test_twarc_csv() -> None:
    roof, reply = posts_of("c03_twarc_csv.csv")
    assert roof.text.splitlines()[1] == "Please send teams" and roof.author_handle == "person_d"
    assert roof.position is not None and roof.position.longitude == 36.63
    assert (reply.relation, reply.related_to, kinds(reply)) == ("reply", "", ["related_id"])


def test_ids_that_a_spreadsheet_rounded_are_no_ids() -> None:
    posts = posts_of("c04_excel_ids.csv")
    assert len({post.source_id for post in posts}) == 5
    assert all(post.source_id.startswith("sha256:") and kinds(post) == ["id"] for post in posts)
    assert all(repair.lossy for post in posts for repair in post.repairs)
    assert [post.source_id for post in posts_of("c04_excel_ids.csv")] == [post.source_id for post in posts]


def test_dates_in_every_form() -> None:
    """The 13th decides that days come first; a date written in another way follows it, and says so."""
    posts = {post.source_id: post for post in posts_of("c05_dates.csv")}
    stated = {name: post.created_at for name, post in posts.items()}
    assert stated["r0"] == stated["r3"] == stated["r8"] == AT
    assert stated["r1"] == datetime(2023, 2, 13, tzinfo=UTC) and stated["r4"] == datetime(2023, 2, 6, tzinfo=UTC)
    assert stated["r2"] == datetime(2023, 6, 2, 3, 17, tzinfo=UTC) and "date_order" in kinds(posts["r2"])
    assert {stated[name] for name in ("r5", "r6", "r9", "r10", "r11")} == {AT.replace(second=12)}
    assert stated["r7"] == AT.replace(hour=0, second=12)
    for name in ("r5", "r6", "r7", "r9", "r10", "r11"):
        assert not posts[name].repairs
    for name in ("r0", "r1", "r3", "r4", "r8"):
        assert kinds(posts[name]) == ["time_zone"]


def test_quotes_in_humaid() -> None:
    posts = posts_of("c06_humaid_quotes.tsv")
    assert [post.source_id for post in posts] == [str(number) for number in range(1, 9)]
    assert posts[0].text == "Water is rising fast in the lower streets of Ukhia"
    assert posts[7].text == '5" of rain in an hour here'


@pytest.mark.parametrize("name", ["c07_semicolon_utf8bom.csv", "c07b_cp1252.csv", "c07c_utf16.csv"])
def test_encodings_and_delimiters(name: str) -> None:
    water, bridge = posts_of(name)
    assert (water.source_id, water.text) == ("1", "Besoin d'eau à l'école de Jérémie, toits arrachés")
    assert bridge.created_at == datetime(2016, 10, 5, tzinfo=UTC) and kinds(bridge) == ["time_zone"]


@pytest.mark.parametrize(
    ("name", "texts"),
    [
        ("c07f_sep.csv", ["Bridge out at Dondo"]),
        ("c31_hxl_in.csv", ["No water in Buzi"]),
        ("c31c_title_rows.csv", ["No water in Buzi"]),
    ],
)
def test_rows_above_and_below_the_header(name: str, texts: list[str]) -> None:
    posts = posts_of(name)
    assert [post.text for post in posts] == texts and [post.source_id for post in posts] == ["1"]


def test_ragged_and_unclosed_rows() -> None:
    assert [post.source_id for post in posts_of("c26b_ragged.csv")] == ["1", "2", "3"]
    assert [post.source_id for post in posts_of("c26d_unclosed.csv")] == ["1", "2", "3", "4", "5"]


@pytest.mark.parametrize(
    ("name", "ids"),
    [
        ("c08_crisislext26.csv", ["348351442404376578", "348351442404376579"]),
        ("c08b_crisislext6.csv", ["288978349236785152", "288978349236785153"]),
        ("c09_labelstudio.json", ["1", "2"]),
        ("c09b_labelstudio_min.json", ["1", "2"]),
        ("c09d_doccano.jsonl", ["1", "2"]),
    ],
)
def test_data_sets_and_annotation_tools(name: str, ids: list[str]) -> None:
    posts = posts_of(name)
    assert [post.source_id for post in posts] == ids
    assert all(post.text and post.created_at is None and not post.repairs for post in posts)


def test_times_that_cannot_be_true_do_not_lose_their_posts() -> None:
    posts = posts_of("c14_times.ndjson")
    assert [post.source_id for post in posts] == [f"t{number}" for number in range(1, 9)]
    assert [post.source_id for post in posts if post.created_at] == ["t5"]
    assert [kinds(post) for post in posts] == [["time"]] * 4 + [[]] + [["time"]] * 3
    assert "0001-01-01" in str(posts[0].repairs[0])


def test_values_of_every_type() -> None:
    found = read("c16_json_values.ndjson")[1]
    assert [row.line for row in found if isinstance(row, BadRow)] == [1, 4]
    assert str(found[0]) == "line 1: The text is empty." and str(found[3]) == "line 4: The text is the value true."
    (bad,) = raw_posts([(1, Row({"id": "1", "text": float("nan")}))], {})
    assert "NaN" in str(bad)
    posts = [row for row in found if isinstance(row, RawPost)]
    assert [post.text for post in posts[:2]] == ["Bridge out at Dondo"] * 2
    assert all(kinds(post) == ["text"] for post in posts[:2])
    assert len({post.source_id for post in posts}) == len(posts) == 6
    assert all("id" in kinds(post) for post in posts[2:])


def test_words_for_nothing_are_no_ids() -> None:
    posts = posts_of("c16b_nan_ids.csv")
    assert len({post.source_id for post in posts}) == 5
    assert all(post.source_id.startswith("sha256:") and kinds(post) == ["id"] for post in posts)


def test_local_times_are_those_of_the_event_or_say_that_they_were_taken_as_utc() -> None:
    from zoneinfo import ZoneInfo

    local = posts_of("c24_naive.csv", zone=ZoneInfo("Europe/Istanbul"))
    assert local[0].created_at == datetime(2023, 2, 6, 1, 17, 34, tzinfo=UTC) and not local[0].repairs
    assumed = posts_of("c24_naive.csv")
    assert assumed[0].created_at == datetime(2023, 2, 6, 4, 17, 34, tzinfo=UTC)
    assert kinds(assumed[0]) == ["time_zone"] and assumed[0].repairs[0].lossy


def test_title_description_and_coordinates() -> None:
    (post,) = posts_of("c30_latlon.csv")
    assert post.text == "Stuck\nWe are stuck here with two kids, please come"
    assert post.position is not None and (post.position.latitude, post.position.longitude) == (36.2023, 36.1626)


def test_hxl_tags_are_the_mapping() -> None:
    rows = [(3, Row({"A": "1", "B": "No water in Buzi", "C": "Buzi", "text": "of another column"}))]
    reading = Reading("csv", hxl={"A": "#meta+id", "B": "#description", "C": "#loc +name"})
    (post,) = raw_posts(rows, {}, reading=reading)
    assert isinstance(post, RawPost) and (post.source_id, post.text) == ("1", "No water in Buzi")
    understood = understand(reading, rows, {})
    assert understood.shape == "HXL" and understood.columns["place"] == "C"


@pytest.mark.parametrize("name", ["c28_indic_copies.ndjson", "c29_simple_places.ndjson", "c32_unknown_script.ndjson"])
def test_texts_of_all_scripts_stay_as_they_are(name: str) -> None:
    rows, posts = read(name)[0], posts_of(name)
    assert [post.text for post in posts] == [row["text"] for _, row in rows]
    assert [post.source_id for post in posts] == [row["id"] for _, row in rows]
    assert not any(post.repairs or post.position for post in posts)


@pytest.mark.parametrize("path", sorted(CASES.iterdir()), ids=lambda path: path.name)
def test_every_row_comes_out(path: Path) -> None:
    """Each row is a post or a named bad row."""
    rows, found = read(path.name)
    assert len(found) >= len(rows) > 0
    assert {line for line, _ in rows} == {row.line for row in found}
