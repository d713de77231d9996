"""Plots show class names in any script, or their number."""

from pathlib import Path

from classifier.ml.custom import plots


def test_names_that_the_font_lacks_become_numbers() -> None:
    names = ["Wasser fehlt!", "🐄 livestock", "没有水", "$5 or $6"]
    shown = [plots._drawable(name, number) for number, name in enumerate(names, start=1)]
    assert shown == ["Wasser fehlt!", "livestock", "class 3", r"\$5 or \$6"]


def test_many_classes_and_an_empty_row_are_drawn(tmp_path: Path) -> None:
    table = [[int(row == column) for column in range(40)] for row in range(39)] + [[0] * 40]
    plots._confusion(tmp_path / "c.png", table, [f"class {n}" for n in range(40)], "own 1")
    plots._curve(
        tmp_path / "l.png", {"steps": [{"step": 1, "loss": 2.0}], "texts": [{"texts": 9, "macro_f1": 0.5}]}, "own 1"
    )
    assert all((tmp_path / name).read_bytes()[:4] == b"\x89PNG" for name in ("c.png", "l.png"))
