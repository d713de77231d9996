"""In a text of capitals every word looks like a name: what says that people are in danger stays."""

import pytest

from responder.privacy.masking import mask


@pytest.mark.parametrize(
    "text",
    [
        "ROOF JUST WENT. MY DAD IS BLEEDING AND WE CAN'T GET OUT OF MACUTI",
        "MY SON TRAPPED UNDER A WALL",
        "MY WIFE PREGNANT NEEDS A DOCTOR",
        "MY AUNT HEARD SHOTS",
        "MY SISTER IS UNCONSCIOUS",
    ],
)
def test_words_of_danger_are_no_names(text: str) -> None:
    assert mask(text) == text


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("MY DAD JOSE IS BLEEDING", "MY DAD ••• IS BLEEDING"),
        ("MY SISTER ZELDA IS MISSING", "MY SISTER ••• IS MISSING"),
        ("LOOKING FOR MY BROTHER CARLOS QUARROW", "LOOKING FOR MY BROTHER •••"),
    ],
)
def test_names_in_capitals_are_masked(text: str, masked: str) -> None:
    assert mask(text) == masked


@pytest.mark.parametrize("around", ["'{}'", "“{}”", "[{}]", "«{}»", "({})", "{}"])
@pytest.mark.parametrize("date", ["06/02/2023 04:17", "06.02.2023", "2023-02-06"])
def test_dates_in_quotation_marks_stay(around: str, date: str) -> None:
    text = f"The date {around.format(date)} is ambiguous."
    assert mask(text) == text
