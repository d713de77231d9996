"""Tables of data sets, surveys and tools: which columns are read, and which are not."""

from datetime import UTC, datetime
from typing import Any

import pytest

from classifier.tables import BadRow, Reading, Row, UnusableInput
from responder.feeds.raw_post import RawPost
from responder.feeds.shapes import parse_mapping, raw_posts, understand

TEXT = "We need tents and clean water at the football ground, forty families are here"
OTHER = "The road to the clinic is cut since last night and two people are badly hurt"


def read(row: dict[str, Any], mapping: str = "", **options: Any) -> RawPost:
    (post,) = raw_posts([(2, Row(row))], parse_mapping(mapping), **options)
    assert isinstance(post, RawPost)
    return post


@pytest.mark.parametrize(
    ("row", "shape"),
    [
        ({"tweet_id": "7", "tweet_text": TEXT, "class_label": "rescue"}, "HumAID"),
        ({"tweet_id": "7", "image_id": "7_0", "tweet_text": TEXT, "text_info": "informative"}, "CrisisMMD"),
        ({"Tweet ID": "'7'", " Tweet Text": TEXT, " Informativeness": "Related"}, "CrisisLexT26"),
        ({"tweet id": "'7'", " tweet": TEXT, " label": "on-topic"}, "CrisisLexT6"),
        ({"tweetID": "7", "message": TEXT, "userName": "ana", "createdAt": ""}, "AIDR"),
        ({"tweet_id": "7", "tweet_text": TEXT, "label": "missing"}, "CrisisNLP"),
        ({"_unit_id": "1", "tweet_id": "7", "tweet_text": TEXT}, "CrisisNLP"),
        ({"id": "7", "keyword": "flood", "location": "Lagos", "text": TEXT, "target": "1"}, "Kaggle “Real or Not”"),
        ({"id": "7", "text": TEXT, "annotator": 1, "created_at": "2023-02-06T01:00:00Z"}, "Label Studio"),
        ({"id": "7", "text": TEXT, "created_at": "", "author.username": "ana"}, "twarc-csv"),
        ({"#": "1", "Post ID": "7", "Survey": "S", "Title": "", "Description": TEXT}, "Ushahidi"),
        ({"ID": "7", "TEXT": TEXT}, "table"),
        ({"\ufeffid": "7", " Text ": TEXT}, "table"),
        ({"id": 7, "data": TEXT, "label": ["a"]}, "table"),
        ({"id": "7", "Message": TEXT}, "table"),
        ({"id": "7", "full_text": TEXT, "lang": "en"}, "table"),
    ],
)
def test_known_tables_need_no_mapping(row: dict[str, Any], shape: str) -> None:
    post = read(row)
    assert (post.source_id, post.text, post.created_at) == ("7", TEXT, None)
    assert post.position is None and not post.repairs
    assert understand(None, [(2, Row(row))], {}).shape == shape


@pytest.mark.parametrize(
    ("day", "clock"),
    [("2023-02-06", "04:17"), ("2023-02-06T00:00:00", "04:17:00"), ("6 Feb 2023", "4:17 AM"), ("", "2023-02-06 04:17"),
     ("2023-02-06", "2023-02-06T04:17:00"), ("2023-02-06 04:17", "")],
)  # fmt: skip
def test_day_and_clock_in_two_columns_are_one_time(day: str, clock: str) -> None:
    for names in (("date", "time"), ("Tarih", "Saat"), ("Fecha", "hora")):
        post = read(dict(zip(names, (day, clock), strict=True)) | {"id": "1", "text": TEXT}, zone=UTC)
        assert post.created_at == datetime(2023, 2, 6, 4, 17, tzinfo=UTC) and not post.repairs
    assert understand(None, [(2, Row(date="2023-02-06", time="04:17", text=TEXT))], {}).columns["created_at"] == "date"
    whole = {"date": "2001-01-01", "time": "05:00", "created_at": "2023-02-06T04:17:00Z"}
    assert read(whole | {"text": TEXT}).created_at == datetime(2023, 2, 6, 4, 17, tzinfo=UTC)


@pytest.mark.parametrize(
    ("row", "year"),
    [
        ({"Texto": TEXT, "Fecha": "2023-02-06"}, 2023),
        ({"Metin": TEXT, "Tarih": "06.02.2023"}, 2023),
        ({"Текст": TEXT, "Дата": "06.02.2023"}, 2023),
        ({"النص": TEXT, "التاريخ": "٢٠٢٣-٠٢-٠٦"}, 2023),
        ({"Post ID": "1", "Survey": "S", "Created (UTC)": "2023-02-06 01:00:00", "Description": TEXT}, 2023),
        ({"Message": TEXT, "Post Created": "2023-02-06 01:00:00 EST"}, 2023),
    ],
)
def test_headers_in_other_languages_and_tools(row: dict[str, str], year: int) -> None:
    post = read(row)
    assert post.text == TEXT and post.created_at is not None and post.created_at.year == year


def test_telegram_divides_texts_at_links() -> None:
    text = ["Boats at ", {"type": "link", "text": "https://example.org"}, ", please share"]
    post = read(
        {"id": 5, "type": "message", "date": "2023-02-06T04:17:00", "date_unixtime": "1675646220", "text": text}
    )
    assert post.text == "Boats at https://example.org, please share"
    assert post.created_at == datetime(2023, 2, 6, 1, 17, tzinfo=UTC) and [one.kind for one in post.repairs] == ["text"]


def test_prodigy_and_label_studio_tasks() -> None:
    task = {
        "id": 3,
        "data": {"tweet_id": "7", "message": TEXT, "lat": 36.2, "lon": 36.1},
        "annotations": [],
        "created_at": "2024",
    }
    post = read(task)
    assert (post.source_id, post.text, post.created_at) == ("7", TEXT, None) and post.position is not None
    assert read({"id": 3, "data": {"my words": TEXT, "n": 1}, "annotations": []}).text == TEXT
    prodigy = {
        "text": TEXT,
        "_input_hash": -5,
        "_task_hash": 6,
        "answer": "accept",
        "meta": {"id": "7"},
        "_timestamp": 1,
    }
    assert (read(prodigy).source_id, read(prodigy).created_at) == ("7", None)
    assert not read(prodigy | {"meta": {}}).repairs
    (bad,) = raw_posts([(1, {"id": 3, "data": {"a": TEXT, "b": OTHER}, "annotations": []})], {})
    assert isinstance(bad, BadRow) and "unclear which value" in bad.reason


def test_kobotoolbox_writes_utc_and_names_its_points_after_the_question() -> None:
    row = {
        "start": "2023-02-06T04:00:00.000+03:00", "What do you need?": TEXT, "How many people?": "40",
        "_Where are you?_latitude": "36.2023", "_Where are you?_longitude": "36.1626", "_id": "9",
        "_uuid": "0b6c1f0e-5d0a-4d5e-9a54-0a4f3e3f6c11", "_submission_time": "2023-02-06T01:17:34", "_status": "",
    }  # fmt: skip
    post = read(row)
    assert (post.text, post.source_id) == (TEXT, row["_uuid"])
    assert post.created_at is not None and post.created_at.hour == 1 and not post.repairs
    assert post.position is not None and (post.position.latitude, post.position.longitude) == (36.2023, 36.1626)
    understood = understand(None, [(2, Row(row))], {})
    assert understood.shape == "KoboToolbox" and understood.time_zone == "UTC" and len(understood.notes) == 1


@pytest.mark.parametrize("point", ["36.2023 36.1626 0 0", "36.2023, 36.1626", "[36.2023, 36.1626]", [36.2023, 36.1626]])
@pytest.mark.parametrize("column", ["_geolocation", "geopoint", "GPS", "location"])
def test_points_of_surveys_have_the_latitude_first(column: str, point: Any) -> None:
    post = read({"_id": "1", "text": TEXT, column: point})
    assert post.position is not None and (post.position.latitude, post.position.longitude) == (36.2023, 36.1626)


def test_google_forms_with_one_question_of_free_text() -> None:
    row = {"Timestamp": "2023/02/06 4:17:34 AM GMT+3", "Your name": "A Person", "What is happening?": TEXT, "Age": "40"}
    post = read(row)
    assert post.text == TEXT and post.created_at is not None and post.created_at.hour == 1
    assert post.source_id.startswith("sha256:") and not post.repairs


@pytest.mark.parametrize(
    "row",
    [
        {"Timestamp": "6/2/2023", "What is happening?": TEXT, "What do you need?": OTHER},
        {"a": "1", "b": "yes", "c": "36.2"},
        {"when": "2023-02-06T01:00:00", "link": "https://example.org/" + "a" * 60, "mail": "someone@example.org"},
        {"key": "0b6c1f0e-5d0a-4d5e-9a54-0a4f3e3f6c11", "code": "A" * 60},
        {"text_1": TEXT, "text_2": OTHER, "id": "1"},
    ],
)
def test_where_several_or_no_columns_may_be_the_text_a_person_is_asked(row: dict[str, str]) -> None:
    with pytest.raises(UnusableInput, match="--map text=COLUMN") as caught:
        list(raw_posts([(2, Row(row))], {}))
    assert all(column in str(caught.value) for column in row)
    assert read(row, f"text={next(iter(row))}").text


def test_the_same_few_answers_are_no_free_text() -> None:
    choice = "I agree that my answer may be shared with other organisations"
    rows = [(n, Row({"Consent": choice, "Situation": f"{OTHER[:40]} {n}"})) for n in range(2, 9)]
    assert [post.text for post in raw_posts(rows, {}) if isinstance(post, RawPost)] == [
        row["Situation"] for _, row in rows
    ]


@pytest.mark.parametrize(
    ("title", "text", "made"),
    [
        ("Stuck", "Please come", "Stuck\nPlease come"),
        ("Stuck", "", "Stuck"),
        ("", "Please come", "Please come"),
        ("Please come", "Please come and help", "Please come and help"),
        ("Please come…", "Please come and help", "Please come and help"),
        ("NA", "Please come", "Please come"),
    ],
)
def test_a_title_and_a_description_are_one_text(title: str, text: str, made: str) -> None:
    assert read({"id": "1", "title": title, "description": text}).text == made
    assert read({"#": "1", "INCIDENT TITLE": title, "INCIDENT DATE": "", "DESCRIPTION": text}).text == made


def test_a_title_beside_a_column_of_texts_is_not_added() -> None:
    assert read({"id": "1", "title": "Mr", "text": TEXT}).text == TEXT
    assert read({"id": "1", "title": "Stuck", "description": TEXT}, "text=description").text == TEXT


@pytest.mark.parametrize(
    ("latitude", "longitude", "lossy"), [("91", "10", True), ("x", "y", True), ("0", "0.0", False), ("36.2", "", None)]
)
def test_coordinates_that_are_none_are_named(latitude: str, longitude: str, lossy: bool | None) -> None:
    post = read({"id": "1", "text": TEXT, "lat": latitude, "lon": longitude})
    assert post.position is None and [repair.lossy for repair in post.repairs] == ([] if lossy is None else [lossy])


def test_coordinates_are_mapped() -> None:
    post = read({"text": TEXT, "Breite": "36,2023", "Länge": "36,1626"}, "latitude=breite,longitude=LÄNGE")
    assert post.position is not None and post.position.latitude == 36.2023


@pytest.mark.parametrize("tag", ["#description", "#description+text", "#description +en", " #Description+Text "])
def test_hxl_texts(tag: str) -> None:
    reading = Reading("csv", hxl={"A": tag, "B": "#meta+id", "C": "#date+reported", "D": "#geo+lat", "E": "#geo+lon"})
    row = Row(
        {
            "A": TEXT,
            "B": "7",
            "C": "2023-02-06T01:00:00Z",
            "D": "36.2",
            "E": "36.1",
            "id": "other",
            "date": "2001-01-01",
        }
    )
    (post,) = raw_posts([(3, row)], {}, reading=reading)
    assert isinstance(post, RawPost) and (post.source_id, post.text) == ("7", TEXT)
    assert post.created_at is not None and post.created_at.year == 2023 and post.position is not None


def test_rows_with_other_columns_are_read_by_their_own() -> None:
    rows = [(1, {"id": "1", "text": TEXT}), (2, {"id": "2", "message": OTHER}), (3, {"id": "3", "info": "x"})]
    first, second, bad = raw_posts(rows, {})
    assert isinstance(first, RawPost) and isinstance(second, RawPost) and second.text == OTHER
    assert bad == BadRow(3, "The row has no text. Its columns: id, info.")


def test_a_first_row_without_text_does_not_lose_the_file() -> None:
    rows = [(1, {"version": 2, "exported": "today"}), (2, {"id": "2", "text": TEXT})]
    bad, post = raw_posts(rows, {})
    assert isinstance(bad, BadRow) and isinstance(post, RawPost) and post.text == TEXT


def test_repairs_of_the_file_come_before_those_of_the_post() -> None:
    from classifier.tables import Repair

    row = Row({"id": "nan", "text": TEXT}, repairs=(Repair(2, "cells_joined", "two cells were one"),))
    (post,) = raw_posts([(2, row)], {})
    assert isinstance(post, RawPost) and [repair.kind for repair in post.repairs] == ["cells_joined", "id"]


@pytest.mark.parametrize(
    ("lang", "kept"),
    [
        ("en", "en"),
        ("und", ""),
        ("zxx", ""),
        ("English", "en"),
        ("haitian creole", "ht"),
        ("in", "id"),
        ("pt-BR", "pt-BR"),
        (None, ""),
        (["tr", "en"], "tr"),
        (float("nan"), ""),
        ({}, ""),
    ],
)
def test_the_stated_language(lang: Any, kept: str) -> None:
    assert read({"id": "1", "text": TEXT, "lang": lang}).lang == kept


def test_what_is_understood_is_said() -> None:
    rows = [
        (2, Row({"id": f"16224388712345{n:03}00", "title": "T", "description": TEXT, "date": f"0{n}/02/2023"}))
        for n in (1, 2, 3)
    ]
    found = understand(None, rows, {})
    assert found.columns["text"] == "description" and found.day_first and "day first" in found.date_order
    assert found.time_zone == "UTC" and len(found.notes) == 2
    assert "above 12" in understand(None, [*rows, (9, Row(rows[0][1] | {"date": "13/02/2023"}))], {}).date_order
    assert not understand(None, rows, {}, day_first=False).day_first
