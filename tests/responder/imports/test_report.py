"""A report's counts add up, its problems are named, and it comes back from JSON as it was."""

import json

from hypothesis import given
from hypothesis import strategies as st

from classifier.tables import BadRow, Repair
from responder.feeds.ingest import Accepted, Conflict
from responder.feeds.raw_post import RawPost
from responder.imports import problem_words
from responder.imports.report import BAD, CONFLICT, LISTED, LISTED_REPAIRS, Report


def post(line: int, *repairs: Repair) -> RawPost:
    return RawPost(f"p{line}", "Water", line=line, repairs=repairs)


def cut(line: int, kind: str = "text_cut", *, lossy: bool = True) -> Repair:
    return Repair(line, kind, "the text was cut", lossy)


@given(new=st.integers(0, 9), known=st.integers(0, 9), edited=st.integers(0, 9), gone=st.integers(0, 9), bad=st.integers(0, 9),
       conflicts=st.integers(0, 9), repeated=st.integers(0, 9))  # fmt: skip
def test_every_row_is_counted_once(
    new: int, known: int, edited: int, gone: int, bad: int, conflicts: int, repeated: int
) -> None:
    items = [post(n) for n in range(new + known + edited + gone + conflicts + repeated)]
    told = tuple(Conflict(f"p{n}", f"p{n}:x", n) for n in range(conflicts))
    report = Report()
    report.add([*items, *(BadRow(n, "empty") for n in range(bad))], Accepted(new, known, edited, gone, (), told))
    assert report.read == report.new + report.known + report.conflicts + report.edited + report.gone + report.bad
    assert (report.known, report.is_clean) == (known + repeated, not (bad or conflicts))
    assert Report.from_json(json.loads(json.dumps(report.as_json()))) == report


def test_problems_are_told_by_line_and_masked() -> None:
    report = Report()
    found = report.add(
        [BadRow(4, "call 84 123 4567"), post(2, cut(2), cut(2, "id_rounded")), post(3)],
        Accepted(1, 1, conflicts=(Conflict("p3", "p3:x", 3),)), hide=lambda text: text.replace("84 123 4567", "•••"),
    )  # fmt: skip
    assert [(one.line, one.kind) for one in found] == [(2, "text_cut"), (2, "id_rounded"), (3, CONFLICT), (4, BAD)]
    assert found[-1].sentence == "call •••" and str(found[-1]) == "line 4: call •••"
    assert "line 3" not in found[2].sentence, "the line is told once"
    assert (report.lossy, report.repairs, report.repaired) == (1, 2, {"text_cut": 1, "id_rounded": 1})
    assert report.verdict == "Done with problems"
    assert [(kind, count) for kind, _words, count in problem_words.counted(report)] == [
        (BAD, 1), (CONFLICT, 1), ("text_cut", 1), ("id_rounded", 1),
    ]  # fmt: skip


def test_a_list_is_bounded_and_harmless_repairs_hide_nothing() -> None:
    report = Report()
    report.add([post(n, cut(n, "trimmed", lossy=False)) for n in range(500)], Accepted(500, 0))
    assert len(report.problems) == LISTED_REPAIRS and report.is_clean and report.verdict == "Done"
    found = report.add([BadRow(n, "empty") for n in range(2_000)], Accepted(0, 0))
    assert (len(found), len(report.problems), report.bad) == (2_000, LISTED, 2_000)
