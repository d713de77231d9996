"""Kolmogorov–Smirnov test for a shift of the model's confidence in its answers.

The critical distance is corrected for the number of tests (Bonferroni). One signal may be chance, so only the second
report in a row is red. Source: Massey, "The Kolmogorov–Smirnov test for goodness of fit", 1951.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from monitoring.stats.result import Level, Signal, too_few

NAME = "confidence_shift"
NEEDED = 100
ALPHA = 0.01

Floats = NDArray[np.floating[Any]]


@dataclass(frozen=True)
class ConfidenceShift:
    """The reference's confidences, 0 to 1, shape (n,)."""

    confidences: Floats

    @classmethod
    def fit(cls, confidences: Floats) -> "ConfidenceShift":
        """Store the reference's confidences, shape (n,)."""
        return cls(np.asarray(confidences, dtype=float))

    def measure(self, window: Floats, *, tests: int = 1, fired_before: bool = False, name: str = NAME) -> Signal:
        """Largest distance between the two distributions of confidence.

        Arguments:
            window: the window's confidences, shape (m,).
            tests: number of these tests in the report, such as one per head of the model.
            fired_before: whether the previous report fired as well.
            name: name of the signal, if there are several.
        """
        n, m = len(self.confidences), len(window)
        if min(n, m) < NEEDED:
            return too_few(name, n_reference=n, n_window=m, needed=NEEDED)
        from scipy.stats import ks_2samp, kstwo

        distance = float(ks_2samp(self.confidences, window, method="asymp").statistic)
        balance = round(n * m / (n + m))
        limit, null = (float(kstwo.isf(share, balance)) for share in (ALPHA / tests, ALPHA))
        level: Level = "ok" if distance <= limit else "red" if fired_before else "amber"
        why = f"confidences differ by {distance:.3f}; p < {ALPHA} from {limit:.3f} on, over {tests} test(s)"
        return Signal(name, distance, limit, null, level, n, m, why)
