"""Applies a decision step by step in the queue. Each step and its counts are one transaction.

Steps are idempotent. The last one writes the receipt and closes the request.
"""

import gzip
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.db.models import QuerySet

from classifier import clock, tables
from monitoring import audit
from responder import exports
from responder.corrections import posts, receipts, records
from responder.models import CorrectionDecision, CorrectionJob, CorrectionRequest, PredictionJob
from responder.prediction_jobs import files, keeping
from responder.privacy import hidden_phrases
from responder.privacy.hidden_phrases import Phrase
from responder.queueing.long_jobs import LongWork

GZIP = b"\x1f\x8b"
LONGEST_LINE = 10_000_000  # characters that are searched at once
Step = list[Any]


class Corrections(LongWork[CorrectionJob, Step]):
    """Applies one decision in every place that its posts and phrases have reached."""

    model = CorrectionJob
    counter = "steps_done"
    task = "responder.jobs.carry_out_correction"
    group = "corrections"
    action = "correction.carried_out"
    object_type = "correction"

    def parts(self, job: CorrectionJob) -> Iterator[Step]:
        while job.steps_done < len(job.steps):
            yield job.steps[job.steps_done]

    def do(self, job: CorrectionJob, part: Step) -> None:
        with audit.atomic():
            counts = self._counts(job, part)
            results = posts.added(job.results, counts)
            if part[0] == "close":
                job.results = results
                _close(job)
            self.stored(job, results=results)

    def place(self, job: CorrectionJob) -> str:
        return f"Step {job.steps_done + 1} of {len(job.steps)}"

    def audit_detail(self, job: CorrectionJob) -> dict[str, Any]:
        return {"request": job.request.ref, "steps": job.steps_done, "results": job.results}

    def _allowed(self) -> QuerySet[CorrectionJob]:
        """Return all jobs: a decision is carried out even if the person who made it has left since."""
        return self._rows()

    def _counts(self, job: CorrectionJob, part: Step) -> posts.Counts:
        kind, *of = part
        if kind == "post":
            decision = CorrectionDecision.objects.filter(pk=of[0]).first()
            return posts.apply(decision, job) if decision else {}
        if kind == "records":
            name, start, end = of
            counts = records.hide(name, start, end, phrases_of(job), job.incident_ids)
            remains = {"published_alerts" if name == "alerts" else f"running_{name}": counts.pop("fixed", 0)}
            return {name: counts, "remains": remains}
        if kind == "job":
            return {"prediction_jobs": {"erased": _drop_job(of[0], phrases_of(job))}}
        if kind == "exports":
            return {"exports": {"rewritten": exports.rewrite(_post_ids(job))}}
        return {}


CORRECTIONS = Corrections()
run, wake = CORRECTIONS.run, CORRECTIONS.wake


def phrases_of(job: CorrectionJob) -> list[Phrase]:
    """Return all phrases of a decision."""
    lines = {line for one in job.request.decisions.all() for line in one.phrases}
    return [hidden_phrases.parse(line) for line in sorted(lines)]


def _post_ids(job: CorrectionJob) -> list[int]:
    return list(job.request.decisions.exclude(post_id=0).values_list("post_id", flat=True))


def _drop_job(ref: str, phrases: list[Phrase]) -> int:
    """Delete a partner's file if its texts or results contain a phrase. The partner can send it again. Returns 1 or 0."""
    job = PredictionJob.objects.filter(ref=ref).first()
    wide = [one for one in phrases if one.kind == "number" or one.size > 1]
    if job is None or not wide or not any(_holds(path, wide) for path in sorted(files.folder(job.ref).glob("*"))):
        return 0
    keeping.delete(job=job, actor="system:corrections")
    return 1


def _holds(path: Path, phrases: list[Phrase]) -> bool:
    finder = hidden_phrases.finder(phrases)
    return any(finder.search(text) and hidden_phrases.hide(text, phrases)[1] for text in _texts(path))


def _texts(path: Path) -> Iterator[str]:
    """What a file says: the lines of our results, the cells of an upload, which may be a workbook or in any encoding."""
    if path.name.startswith(files.INPUT):
        try:
            for _line, row in tables.read_rows(str(path)):
                yield row.reason if isinstance(row, tables.BadRow) else " ".join(map(str, row.values()))
            return
        except tables.UnusableInput:
            pass  # it fails when its turn comes; until then it is searched as it is
    try:
        with path.open("rb") as begin:
            is_packed = begin.read(2) == GZIP
    except FileNotFoundError:  # its job has ended meanwhile
        return
    opener: Any = gzip.open if is_packed else open
    with opener(path, "rt", encoding="utf-8", errors="replace") as lines:
        while line := lines.readline(LONGEST_LINE):
            yield _unescaped(line) if "\\u" in line else line


def _unescaped(line: str) -> str:
    """Return a line of JSON with its escape sequences decoded."""
    return line.encode("ascii", "backslashreplace").decode("unicode_escape", errors="replace")


def _close(job: CorrectionJob) -> None:
    """Write the receipt, close the request and drop the phrases. Needs a transaction."""
    request = CorrectionRequest.objects.select_for_update(no_key=True).get(pk=job.request_id)
    if request.state == CorrectionRequest.State.CLOSED:
        return
    request.state, request.outcome = CorrectionRequest.State.CLOSED, CorrectionRequest.Outcome.DONE
    request.closed_at = clock.now()
    request.receipt = receipts.signed(receipts.of_job(request, job))
    request.version += 1
    request.save()
    request.decisions.update(phrases=[])
    audit.record(
        actor="system:corrections", action="correction.closed", object_type="correction", object_id=request.ref,
        detail={"results": job.results},
    )  # fmt: skip
