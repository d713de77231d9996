"""A signal says what it knows, and that it knows nothing."""

import json

from monitoring.stats.result import Signal, fired, too_few


def test_few_posts_claim_nothing_and_say_how_many_it_takes() -> None:
    signal = too_few("text_drift", n_reference=900, n_window=100, needed=500)
    assert (signal.value, signal.level, signal.fired) == (None, "suppressed", False)
    assert signal.why == "not enough data: 100 of 500 needed"


def test_a_signal_goes_through_json_unchanged() -> None:
    signal = Signal("prediction_js", 0.12, 0.1, 0.05, "amber", 500, 600, "class shares differ")
    assert Signal(**json.loads(json.dumps(signal.to_json()))) == signal
    assert fired([signal, too_few("text_drift", n_reference=1, n_window=1, needed=500)]) == ["prediction_js"]
