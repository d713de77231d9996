"""Diagrams of an evaluation: reliability and abstention. Needs matplotlib, from the training extra."""

from pathlib import Path
from typing import Any


def reliability(figures: dict[str, Any], path: Path, title: str) -> None:
    """Write the reliability diagram and the abstention curve side by side, as PNG.

    Arguments:
        figures: the category's figures, as `evaluation.category` returns them.
        path: file to write.
        title: title of the picture.
    """
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib.figure import Figure

    picture = Figure(figsize=(9, 4), layout="constrained")
    stated, kept = picture.subplots(1, 2)
    bins = figures["reliability"]
    stated.plot([0, 1], [0, 1], color="0.6", linestyle="--", label="as stated")
    stated.plot([b["stated"] for b in bins], [b["observed"] for b in bins], marker="o", label="observed")
    stated.bar([b["stated"] for b in bins], [b["n"] / figures["n"] for b in bins], width=0.03, color="0.85")
    stated.set(xlabel="Stated probability", ylabel="Share that is right; bars: share of the texts", xlim=(0, 1))
    stated.legend(loc="upper left")
    coverage = sorted((float(share), value) for share, value in figures["accuracy_at_coverage"].items())
    kept.plot([share for share, _ in coverage], [value for _, value in coverage], marker="o")
    kept.set(xlabel="Share of the texts that is answered, the surest first", ylabel="Share that is right", ylim=(0, 1))
    picture.suptitle(f"{title}: {figures['n']:,} texts, calibration error {figures['ece']:.3f}")
    picture.savefig(path, dpi=80, metadata={"Software": None})
