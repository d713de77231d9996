"""Rows whose text holds no words, and archives of accounts."""

from typing import Any

import pytest

from classifier.tables import BadRow
from responder.feeds.shapes import raw_posts


def only(row: dict[str, Any]) -> Any:
    (found,) = raw_posts([(2, row)], {})
    return found


@pytest.mark.parametrize("text", ["NULL", "nan", "\\N", "N/A", "#N/A", "None"])
def test_words_that_programs_write_for_nothing_are_no_text(text: str) -> None:
    assert only({"id": "1", "text": text}) == BadRow(2, f"The text is {text!r}, which stands for a missing value.")


@pytest.mark.parametrize("text", ["", "  ", "\u200b\u200b", "\u202e\u202c", "\u00ad", "\x1a", "\u0301"])
def test_a_text_of_invisible_signs_is_empty(text: str) -> None:
    assert only({"id": "1", "text": text}) == BadRow(2, "The text is empty.")


@pytest.mark.parametrize("text", ["?", "…", "🆘", "5", "None of us has water"])
def test_short_texts_are_texts(text: str) -> None:
    assert only({"id": "1", "text": text}).text == text


def test_half_a_character_is_told() -> None:
    post = only({"id": "1", "text": "Buzi \ud83d needs boats"})
    assert [(one.kind, one.lossy) for one in post.repairs] == [("characters", True)] and "\ud83d" not in post.text


def test_a_post_of_an_archive_needs_no_entities() -> None:
    tweet = {"id_str": "1622438871234567001", "created_at": "Mon Feb 06 03:12:45 +0000 2023", "full_text": "Bridge out"}
    post = only({"tweet": tweet})
    assert (post.source_id, post.text, str(post.created_at)) == (
        "1622438871234567001", "Bridge out", "2023-02-06 03:12:45+00:00",
    )  # fmt: skip


def test_title_and_description_of_ushahidi_are_one_text() -> None:
    row = {"Post ID": "12", "Survey": "Report", "Post Title": "Trapped", "Post Description": "Two people in the school"}
    assert (only(row).source_id, only(row).text) == ("12", "Trapped\nTwo people in the school")
