"""Labels of a weighted sample speak for all posts; worse labels give the alarm, few give none."""

import numpy as np
import pytest
from scipy.stats import binomtest

from monitoring.stats.audited import Audited, missed_urgent, weighted

BASELINE = Audited(accuracy=0.8, recalls={1: 0.75}, n=2_000)


def labelled(n: int, right: float, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, 4, n)
    return truth, np.where(rng.random(n) < right, truth, (truth + 1) % 4)


def test_equal_weights_give_scipys_wilson_interval() -> None:
    share = weighted(np.repeat([True, False], [240, 60]), np.full(300, 0.1))
    expected = binomtest(240, 300).proportion_ci(method="wilson")
    assert (share.point, share.n, share.n_eff) == (pytest.approx(0.8), 300, pytest.approx(300))
    assert (share.low, share.high) == pytest.approx((expected.low, expected.high))


def test_a_post_drawn_with_small_probability_stands_for_many() -> None:
    share = weighted(np.array([True, False]), np.array([0.5, 0.1]))  # stand for 2 and 10 posts
    assert share.point == pytest.approx(2 / 12)
    assert share.n_eff == pytest.approx(12**2 / (2**2 + 10**2))


def test_a_stratified_sample_is_unbiased_and_its_interval_holds_the_truth() -> None:
    rng = np.random.default_rng(0)
    rare = rng.random(20_000) < 0.05
    right = rng.random(20_000) < np.where(rare, 0.4, 0.9)
    inclusion = np.where(rare, 0.15, 0.0085)
    shares = []
    for _ in range(300):
        drawn = rng.random(20_000) < inclusion
        shares.append(weighted(right[drawn], inclusion[drawn]))
    assert np.mean([share.point for share in shares]) == pytest.approx(right.mean(), abs=0.005)
    assert np.mean([share.low < right.mean() < share.high for share in shares]) > 0.93


def test_shuffled_labels_give_the_alarm() -> None:
    truth, answered = labelled(300, 0.82)
    inclusion = np.random.default_rng(1).uniform(0.05, 0.2, 300)
    assert BASELINE.measure(truth, answered, inclusion)["audited_accuracy"].signal.level == "ok"
    shuffled = np.random.default_rng(2).permutation(truth)
    alarm = BASELINE.measure(shuffled, answered, inclusion)["audited_accuracy"]
    assert alarm.signal.level == "red"
    assert alarm.share.high < 0.77 == pytest.approx(alarm.signal.threshold)


def test_a_little_worse_is_no_alarm() -> None:
    truth = np.zeros(300, dtype=int)
    answered = np.repeat([0, 1], [225, 75])  # 75 %, at most 79.6 %: not surely below 77 %
    assert BASELINE.measure(truth, answered, np.ones(300))["audited_accuracy"].signal.level == "ok"


def test_fewer_than_a_hundred_labels_give_an_interval_and_no_alarm() -> None:
    audit = BASELINE.measure(*labelled(99, 0.1), np.ones(99))["audited_accuracy"]
    assert (audit.signal.level, audit.signal.value) == ("suppressed", None)
    assert audit.signal.why == "not enough data: 99 of 100 needed"
    assert audit.share.high < 0.3


def test_recall_is_of_the_labels_of_its_class() -> None:
    truth, answered = labelled(800, 0.8)
    recall = BASELINE.measure(truth, answered, np.ones(800))["audited_recall_1"]
    assert recall.share.n == (truth == 1).sum()
    assert recall.share.point == pytest.approx((answered[truth == 1] == 1).mean())
    assert BASELINE.measure(*labelled(800, 0.3), np.ones(800))["audited_recall_1"].signal.level == "red"


def test_the_baseline_comes_from_an_evaluation() -> None:
    truth, answered = np.array([0, 0, 1, 1]), np.array([0, 1, 1, 1])
    assert Audited.fit(truth, answered, critical=(0, 3)) == Audited(accuracy=0.75, recalls={0: 0.5}, n=4)


def test_impossible_probabilities_are_refused() -> None:
    for inclusion in (np.array([0.0, 0.5]), np.array([0.5, 1.1])):
        with pytest.raises(ValueError, match="inclusion"):
            weighted(np.array([True, False]), inclusion)
    assert weighted(np.zeros(0, dtype=bool), np.zeros(0)).point is None


def test_missed_urgent_posts_are_bounded_from_above() -> None:
    none = missed_urgent(0, 100, 5_000)
    assert none.upper == pytest.approx(1 - 0.05 ** (1 / 100))  # the rule of three, exactly
    assert none.posts == 148
    two = missed_urgent(2, 100, 5_000)
    assert two.upper == pytest.approx(binomtest(2, 100, alternative="less").proportion_ci(0.95, "exact").high)
    assert missed_urgent(3, 3, 3).upper == 1.0
    assert missed_urgent(0, 0, 10).upper is None
    with pytest.raises(ValueError):
        missed_urgent(5, 4, 10)
