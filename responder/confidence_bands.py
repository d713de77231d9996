"""Confidence bands: five steps of the model's confidence, from 1 ("No clear label") to 5 ("Very likely").

Posts store their band; the filter's `conf`, the triage tab "Uncertain" and the words on pages all read it.
"""

from django.utils.translation import gettext_lazy

CUT_OFFS = ((0.85, 5), (0.70, 4), (0.50, 3), (0.30, 2))  # least probability of each band, highest first; else LOWEST
LOWEST = 1
WORDS = {
    5: gettext_lazy("Very likely"), 4: gettext_lazy("Likely"), 3: gettext_lazy("Uncertain"),
    2: gettext_lazy("Weak guess"), LOWEST: gettext_lazy("No clear label"),
}  # fmt: skip
BANDS = tuple(sorted(WORDS))
UNCERTAIN = 3  # posts of this band and of those below are on the triage tab "Uncertain"


def band_of(probability: float, *, abstained: bool) -> int:
    """The confidence band, 1 to 5, of a calibrated probability from 0 to 1; the lowest where the model abstained."""
    if abstained:
        return LOWEST
    return next((band for least, band in CUT_OFFS if probability >= least), LOWEST)
