"""Languages in which the model was not measured: it answers, and says that it cannot judge."""

import pytest

from classifier.languages import is_untested
from classifier.predict import Message, classify


@pytest.mark.parametrize(
    ("code", "untested"),
    [("en", False), ("en-GB", False), ("EN", False), ("pt", True), ("pt-BR", True), ("", False), ("und", False)],
)
def test_only_english_was_measured(code: str, untested: bool) -> None:
    assert is_untested(code) is untested


def test_a_post_in_an_untested_language_has_a_label_but_no_judgement(shipped_runtime: object) -> None:
    text = "We need water and food for 200 families in the school"
    said, unsaid = classify(
        [Message("1", text, lang="sw"), Message("2", text)],
        runtime=shipped_runtime,  # type: ignore[arg-type]
    )
    assert said["category"]["label"] == unsaid["category"]["label"]
    assert said["category"]["abstained"] and not unsaid["category"]["abstained"]
