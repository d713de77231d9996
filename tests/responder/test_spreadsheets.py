"""No text that somebody sends us is a formula in a spreadsheet, whichever separator the spreadsheet believes in."""

import csv
import io
from collections.abc import Callable

import pandas
import pytest

from responder import spreadsheets
from responder.dashboards.shown import PanelContent
from responder.explain_app import rows
from responder.exports import kinds
from responder.prediction_jobs.results import _row

FORMULAS = (
    "=cmd|' /C calc'!A0",
    "+1+1",
    "-2+3",
    "@SUM(A1)",
    "＝1+1",
    "＋1",
    "－1",
    "−1",
    "＠A1",
    '=HYPERLINK("http://x")',
)
BEFORE = (
    "", " ", "\t", "\r", "\n", "water;", "water; ", 'water;"', 'water; "', "water\t", "water\n", "water\r\n", 'a"b;', "a,b;", ";;",
    "x;\u200b", "x;\ufeff", "x|", "x\u2028",
)  # fmt: skip
TEXTS = [before + formula for before in BEFORE for formula in FORMULAS]
LIVE = tuple("=+-@＝＋－−＠")


def _dashboard(cells: list[str]) -> str:
    out = io.StringIO()
    csv.writer(out).writerows(PanelContent(headline="", note="", head=cells, rows=[cells]).file())
    return out.getvalue()


def _explained(cells: list[str]) -> str:
    return rows.as_csv(pandas.DataFrame([cells], columns=cells)).decode()


WRITERS: dict[str, Callable[[list[str]], str]] = {
    "exports": lambda cells: kinds._line(list(cells)),
    "results of prediction jobs": _row,
    "dashboards": _dashboard,
    "the explaining app": _explained,
}


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("write", WRITERS.values(), ids=WRITERS.keys())
def test_no_text_is_a_formula_however_the_file_is_split(write: Callable[[list[str]], str], separator: str) -> None:
    for text in TEXTS:
        file = write(["17", text, "end"])
        for line in csv.reader(io.StringIO(file, newline=""), delimiter=separator):
            for cell in line:
                assert not cell.strip(' \t\r\n"“”\ufeff\u200b').startswith(LIVE), (text, file, cell)


@pytest.mark.parametrize(
    "text", ["Need water; food; 3 tents", "38.2, -9.1", "a-b", "tel 1+2", "mail a@b.org", "x;y=z", "", "Ünïcödé 🌊; 水"]
)
def test_ordinary_text_stays_as_it_is(text: str) -> None:
    assert spreadsheets.safe(text) == text


def test_what_is_safe_stays_as_it_is_and_numbers_stay_numbers() -> None:
    for text in TEXTS:
        once = spreadsheets.safe(text)
        assert once.replace("'", "") == text.replace("'", "")
        assert spreadsheets.safe(spreadsheets.safe("'=1")) == "'=1"
    assert spreadsheets.safe(-9.1) == -9.1
