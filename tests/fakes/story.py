"""What happens at a source: numbered posts, edits and deletions; and the faults under which it is told."""

import random
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from classifier import clock


@dataclass(frozen=True)
class Event:
    """The `number`-th thing that happened: `verb` is post, edit or delete, of post `post`."""

    number: int
    verb: str
    post: int
    text: str
    at: datetime


def make_story(
    posts: int, *, edits: float = 0.0, deletes: float = 0.0, start: datetime, step: timedelta
) -> list[Event]:
    """A story of `posts` posts; shares of them are edited, and deleted, some events later. The same each time."""
    chance = random.Random(20261127)
    events: list[tuple[str, int]] = [("post", number) for number in range(posts)]
    for verb, share in (("edit", edits), ("delete", deletes)):
        for number in chance.sample(range(posts), int(posts * share)):
            place = min(len(events), events.index(("post", number)) + chance.randrange(1, 40))
            events.insert(place, (verb, number))
    return [
        Event(
            n, verb, post, f"Water is rising at house {post}{' (edited)' if verb == 'edit' else ''}", start + n * step
        )
        for n, (verb, post) in enumerate(events)
    ]


def ending(events: list[Event]) -> dict[int, str]:
    """Post → text, of the posts that are left at the end."""
    left: dict[int, str] = {}
    gone = {event.post for event in events if event.verb == "delete"}
    for event in events:
        if event.verb != "delete" and event.post not in gone:
            left[event.post] = event.text
    return left


@dataclass
class Faults:
    """What goes wrong, each at its place in the story, each once.

    Arguments:
        cuts, stalls: positions at which the connection breaks, or falls silent.
        twice, swapped, garbage: positions told twice, told after the next one, preceded by nonsense.
        refusals: HTTP status codes that answer the next connections.
    """

    cuts: set[int] = field(default_factory=set)
    stalls: set[int] = field(default_factory=set)
    twice: set[int] = field(default_factory=set)
    swapped: set[int] = field(default_factory=set)
    garbage: set[int] = field(default_factory=set)
    refusals: list[int] = field(default_factory=list)

    @classmethod
    def spread_over(
        cls, events: int, *, cuts: int = 0, stalls: int = 0, share: float = 0.0, refusals: Any = ()
    ) -> "Faults":
        chance = random.Random(7)
        some = lambda count: set(chance.sample(range(1, events - 2), count))  # noqa: E731
        # Apart from each other: what a client that is away misses holds no further break.
        breaks = chance.sample(range(20, events - 20, 20), cuts + stalls)
        return cls(
            set(breaks[:cuts]), set(breaks[cuts:]), some(int(events * share)), some(int(events * share)), some(int(events * share / 4)),
            list(refusals),
        )  # fmt: skip

    def order(self, first: int, events: int) -> list[int]:
        """Positions from `first` on in the order in which they are told, with what is told twice."""
        order: list[int] = []
        position = first
        while position < events:
            pair = [position]
            if position in self.swapped and position + 2 < events:
                pair = [position + 1, position]
            for one in pair:
                order += [one, one] if one in self.twice else [one]
            position += len(pair)
        return order


def silence_s(faults: Faults) -> float:
    """How long a client bears silence: briefly where the story falls silent, else longer than a busy machine needs."""
    return 1.0 if faults.stalls else 30.0


class Until:
    """A stop signal that looks for itself whether all was told and stored; looks at the database only then."""

    def __init__(self, finished: threading.Event, stored: Callable[[], bool]) -> None:
        self.finished, self.stored, self.slept = finished, stored, 0.0

    def is_set(self) -> bool:
        return self.finished.is_set() and self.stored()

    def wait(self, seconds: float) -> None:
        """Instead of sleeping: time is not what is tested."""
        self.slept += seconds


BEGIN = clock.now().replace(microsecond=0) - timedelta(
    days=2
)  # ids hold their time: a connector refuses those of the future
