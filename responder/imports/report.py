"""The report of an import: counts that add up, and the first problems by line."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.utils.translation import gettext as _

from classifier.tables import BadRow, Repair
from responder.feeds.ingest import Accepted, Conflict, Retimed
from responder.feeds.raw_post import RawPost

LISTED = 1_000  # problems in a report
LISTED_REPAIRS = 100  # lossless repairs of one kind in a report, to leave room for other problems
SENTENCE_LIMIT = 300  # characters
BAD, CONFLICT, RETIMED = "bad", "conflict", "retimed"
COUNTS = ("read", "new", "known", "conflicts", "edited", "gone", "bad", "lossy", "retimed")


@dataclass(frozen=True, slots=True)
class Problem:
    """A problem of one row.

    Arguments:
        line: line in the file, counted from 1; 0 if unknown.
        kind: BAD, CONFLICT, RETIMED, or the kind of a repair.
        sentence: what is wrong, or what was changed.
        lossy: whether information of the file is not stored.
    """

    line: int
    kind: str
    sentence: str
    lossy: bool = False

    def __str__(self) -> str:
        return f"line {self.line}: {self.sentence}" if self.line else self.sentence


@dataclass(slots=True)
class Report:
    """The outcome of all rows. `read == new + known + conflicts + edited + gone + bad`, always.

    Arguments:
        read: rows, or their posts if a row contains many.
        new, known, edited, gone: posts that were stored, were already stored, were edited, or were deleted at the source.
        conflicts: posts stored under a new ID, because another post has theirs.
        bad: rows without a usable post.
        repaired: kind of repair → number of posts.
        lossy: posts that were repaired with loss.
        retimed: new posts whose stated time is impossible.
        problems: the first problems.
    """

    read: int = 0
    new: int = 0
    known: int = 0
    conflicts: int = 0
    edited: int = 0
    gone: int = 0
    bad: int = 0
    lossy: int = 0
    retimed: int = 0
    repaired: Counter[str] = field(default_factory=Counter)
    problems: list[Problem] = field(default_factory=list)

    @property
    def is_clean(self) -> bool:
        """Whether every row was read without loss, and no ID was in conflict."""
        return not (self.bad or self.conflicts or self.lossy)

    @property
    def verdict(self) -> str:
        return _("Done") if self.is_clean else _("Done with problems")

    @property
    def repairs(self) -> int:
        """The number of repairs; a post can have several."""
        return sum(self.repaired.values())

    def add(
        self, items: Sequence[RawPost | BadRow], accepted: Accepted, *, hide: Callable[[str], str] = str
    ) -> list[Problem]:
        """Add the counts of a stored batch. Returns its problems, including those beyond LISTED.

        Arguments:
            hide: masks their sentences.
        """
        posts = [item for item in items if isinstance(item, RawPost)]
        lines = {post.source_id: post.line for post in reversed(posts)}
        self.new += accepted.new
        self.conflicts += len(accepted.conflicts)
        self.edited += accepted.edited
        self.gone += accepted.gone
        self.known += len(posts) - accepted.new - len(accepted.conflicts) - accepted.edited - accepted.gone
        self.retimed += len(accepted.retimed)
        found = self._read(items)
        found += [Problem(one.line, CONFLICT, _conflict(one), lossy=False) for one in accepted.conflicts]
        found += [Problem(lines.get(one.source_id, 0), RETIMED, _retimed(one)) for one in accepted.retimed]
        return self._keep(found, hide)

    def as_json(self) -> dict[str, Any]:
        """The report for a JSON column."""
        counts: dict[str, Any] = {name: getattr(self, name) for name in COUNTS}
        problems = [[one.line, one.kind, one.sentence, one.lossy] for one in self.problems]
        return counts | {"repaired": dict(self.repaired), "problems": problems}

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> "Report":
        """The report that `as_json` returned."""
        counts = {name: int(stored.get(name, 0)) for name in COUNTS}
        problems = [Problem(*one) for one in stored.get("problems", [])]
        return cls(**counts, repaired=Counter(stored.get("repaired", {})), problems=problems)

    def _read(self, items: Iterable[RawPost | BadRow]) -> list[Problem]:
        found: list[Problem] = []
        for item in items:
            self.read += 1
            if isinstance(item, BadRow):
                self.bad += 1
                found.append(Problem(item.line, BAD, item.reason[:SENTENCE_LIMIT], lossy=True))
            elif item.repairs:
                self.lossy += any(repair.lossy for repair in item.repairs)
                self.repaired.update(dict.fromkeys((repair.kind for repair in item.repairs), 1))
                found += map(_repair, item.repairs)
        return found

    def _keep(self, found: list[Problem], hide: Callable[[str], str]) -> list[Problem]:
        found = [replace(one, sentence=hide(one.sentence)) for one in sorted(found, key=lambda one: one.line)]
        listed = Counter(one.kind for one in self.problems)
        for one in found:
            if len(self.problems) >= LISTED:
                break
            is_grave = one.lossy or one.kind in (BAD, CONFLICT)
            if is_grave or listed[one.kind] < LISTED_REPAIRS:
                self.problems.append(one)
                listed[one.kind] += 1
        return found


def _repair(repair: Repair) -> Problem:
    return Problem(repair.line, repair.kind, repair.detail[:SENTENCE_LIMIT], lossy=repair.lossy)


def _conflict(conflict: Conflict) -> str:
    sentence = str(conflict)
    return sentence.removeprefix(f"line {conflict.line}: ")[:SENTENCE_LIMIT]


def _retimed(retimed: Retimed) -> str:
    return str(retimed)[:SENTENCE_LIMIT]
