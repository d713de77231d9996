"""`responder classify`: one line of JSON per row, in order, bad rows named."""

import gzip
import json
from pathlib import Path

import pytest

from tests.product.conftest import Run

CONTRACT = {
    "id", "category", "categories", "emergency", "priority", "needs", "needs_detected", "places", "model",
}  # fmt: skip


def test_rows_come_back_in_order_with_everything_that_the_contract_promises(responder: Run, tmp_path: Path) -> None:
    rows = "".join(f"{n},Water needed in Beira {n}\n" for n in range(700))  # more than one chunk: several processes
    path = tmp_path / "posts.csv.gz"
    path.write_bytes(gzip.compress(f"id,text\n{rows}".encode()))
    ran = responder("classify", str(path))
    assert ran.returncode == 0, ran.stderr
    answers = [json.loads(line) for line in ran.stdout.splitlines()]
    assert [answer["id"] for answer in answers] == [str(n) for n in range(700)]
    first = answers[0]
    assert first.keys() >= CONTRACT
    assert sum(first["categories"].values()) == pytest.approx(1, abs=0.01)
    place = first["places"][0]
    assert "Water needed in Beira 0"[place["start"] : place["end"]] == "Beira" == place["name"]


def test_standard_input_is_ndjson_and_output_may_be_a_file(here: Run, tmp_path: Path) -> None:
    ran = here("classify", "-", "--output", "out.ndjson.gz", stdin='{"id": 7, "text": "Bridge washed away"}\n')
    assert ran.returncode == 0, ran.stderr
    (line,) = gzip.decompress((tmp_path / "out.ndjson.gz").read_bytes()).decode().splitlines()
    assert json.loads(line)["id"] == "7"


def test_bad_rows_are_named_and_the_rest_is_answered(here: Run) -> None:
    stdin = '{"text": "Water needed"}\nnonsense\n{"text": ""}\n{"text": "Bridge down"}\n'
    ran = here("classify", stdin=stdin)
    assert ran.returncode == 1 and len(ran.stdout.splitlines()) == 2
    assert "line 2: This is not valid JSON" in ran.stderr and "line 3: The text is empty." in ran.stderr
    strict = here("classify", "--strict", stdin=stdin)
    assert strict.returncode == 1 and "Stopped at the first bad row" in strict.stderr


def test_a_file_as_people_have_it_is_answered(here: Run, tmp_path: Path) -> None:
    content = "sep=;\nID;Tweet Text\n7;Besoin d'eau à l'école; merci\n8;Pont coupé\n9;\n"
    (tmp_path / "a.csv").write_bytes(content.encode("cp1252"))
    ran = here("classify", "a.csv", "--text-column", "tweet_text")
    assert ran.returncode == 1 and "line 5: The text is empty." in ran.stderr
    assert [json.loads(line)["id"] for line in ran.stdout.splitlines()] == ["7", "8"]
    (tmp_path / "text.xlsx").write_text("no workbook")
    ran = here("classify", "text.xlsx")
    assert ran.returncode == 2 and "not a valid xlsx workbook" in ran.stderr and "--format" in ran.stderr


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("classify", "nowhere.csv"), "nowhere.csv: No such file"),
        (("classify", "table.xlsx"), "table.xlsx: No such file"),
        (("classify", "-", "--text-column", "tweet"), "There is no column 'tweet'"),
    ],
)
def test_unusable_input_ends_with_2_and_says_what_to_do(here: Run, arguments: tuple[str, ...], says: str) -> None:
    ran = here(*arguments, stdin='{"text": "x"}\n')
    assert ran.returncode == 2 and says in ran.stderr and "Traceback" not in ran.stderr


def test_the_version_is_the_packages(responder: Run) -> None:
    from responder import __version__

    assert responder("--version").stdout == f"responder {__version__}\n"


def test_serving_imports_neither_torch_nor_transformers(responder: Run) -> None:
    ran = responder("shell", "-v0", "-c", "import sys; from classifier import predict, serving; "
                    "predict.classify([predict.Message('1', 'Water needed in Beira')]); "
                    "heavy = {'torch', 'transformers', 'sklearn', 'azure', 'scipy'}; "
                    "print('heavy:', sorted(heavy & set(sys.modules)))")  # fmt: skip
    assert "heavy: []" in ran.stdout, ran.stdout + ran.stderr
