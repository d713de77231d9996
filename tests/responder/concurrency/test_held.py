"""Slow work of a few requests takes neither the pool's connections nor the threads from the others, on PostgreSQL."""

from collections.abc import Callable
from typing import Any

import pytest

FREE = {"held": 0, "told_when_to_return": True, "others": [200, 200, 200, 200]}


@pytest.fixture(scope="module")
def scenes(run_script: Callable[..., Any]) -> Any:
    """What came of the scenes of held.py."""
    return run_script("held.py")


@pytest.mark.parametrize(
    ("scene", "inside", "answered", "later"),
    [
        ("predictions", 16, {"429": 32}, {"200": 32}),
        ("explanations_of_one", 1, {"429": 11}, {"200": 1}),
        ("explanations", 2, {"429": 6}, {"200": 6}),
        ("why_of_one", 1, {"429": 63}, {"200": 1}),
        ("why", 2, {"429": 6}, {"200": 6}),
        ("similar", 1, {"429": 6}, {"200": 6}),
        ("names", 8, {}, {"201": 8}),
    ],
)
def test_few_wait_the_others_are_told_at_once_and_no_connection_is_held(
    scenes: dict[str, Any], scene: str, inside: int, answered: dict[str, int], later: dict[str, int]
) -> None:
    assert scenes[scene] == FREE | {"inside": inside, "answered": answered, "later": later}
