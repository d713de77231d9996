"""Plots of a training: learning curve, reliability, confusion. Needs matplotlib, from the training extra."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from classifier.ml import diagrams

LONGEST = 24  # characters of a class's name
MOST_SHOWN = 30  # classes with their names


def write(folder: Path, metrics: dict[str, Any], names: Sequence[str], title: str) -> None:
    """Write `learning-curve.png`, `reliability.png` and `confusion.png`."""
    shown = [_drawable(name, number) for number, name in enumerate(names, start=1)]
    diagrams.reliability(metrics["classes"], folder / "reliability.png", title)
    _confusion(folder / "confusion.png", metrics["classes"]["confusion"], shown, title)
    _curve(folder / "learning-curve.png", metrics["curve"], title)


def _drawable(name: str, number: int) -> str:
    """The part of a class's name that matplotlib's font has, or its number in the card's table of classes."""
    from matplotlib import font_manager

    font = font_manager.get_font(font_manager.findfont("DejaVu Sans"))
    kept = "".join(character for character in name if font.get_char_index(ord(character))).strip()[:LONGEST]
    return kept.replace("$", r"\$") or f"class {number}"  # between two $ it would read mathematics


def _figure(width: float, height: float) -> Any:
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), layout="constrained")


def _confusion(path: Path, table: list[list[int]], names: Sequence[str], title: str) -> None:
    size = min(12.0, 3.0 + 0.45 * len(names))
    picture = _figure(size + 1, size)
    axes = picture.subplots()
    shares = [[count / max(1, sum(row)) for count in row] for row in table]
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    if len(names) <= MOST_SHOWN:
        axes.set_xticks(range(len(names)), names, rotation=90)
        axes.set_yticks(range(len(names)), names)
        for row, counts in enumerate(table):
            for column, count in enumerate(counts):
                if count:
                    color = "white" if shares[row][column] > 0.5 else "black"
                    axes.text(column, row, str(count), ha="center", va="center", color=color, fontsize=8)
    axes.set(xlabel="Answered", ylabel="Labelled")
    picture.suptitle(f"{title}: test texts by label and answer")
    picture.savefig(path, dpi=80, metadata={"Software": None})


def _curve(path: Path, curve: dict[str, Any], title: str) -> None:
    parts = [name for name in ("epochs", "steps", "texts") if curve.get(name)]
    picture = _figure(4.5 * len(parts), 4)
    for axes, name in zip(picture.subplots(1, len(parts), squeeze=False)[0], parts, strict=True):
        points = curve[name]
        if name == "texts":
            axes.plot([p["texts"] for p in points], [p["macro_f1"] for p in points], marker="o")
            axes.set(xlabel="Texts learnt from", ylabel="Macro-F1 on dev", ylim=(0, 1.02))
        elif name == "steps":
            axes.plot([p["step"] for p in points], [p["loss"] for p in points])
            axes.set(xlabel="Step", ylabel="Contrastive loss")
        else:
            axes.plot([p["epoch"] for p in points], [p["loss"] for p in points], marker="o", label="train")
            axes.plot([p["epoch"] for p in points], [p["dev_loss"] for p in points], marker="o", label="dev")
            axes.plot([p["epoch"] for p in points], [p["macro_f1"] for p in points], marker="o", label="dev macro-F1")
            axes.set(xlabel="Epoch", ylabel="Loss, macro-F1")
            axes.legend()
    picture.suptitle(f"{title}: learning curve")
    picture.savefig(path, dpi=80, metadata={"Software": None})
