"""Runs the checks, each in a thread of its own with a time limit."""

import threading
from collections.abc import Callable, Iterator

from django.db import connections

from responder.doctor import machine, services, work
from responder.doctor.findings import Check, Finding

CHECKS = (*machine.CHECKS, *services.CHECKS, *work.CHECKS)


def run(checks: tuple[Check, ...] = CHECKS) -> Iterator[Finding]:
    """Yield what each check found, in order. A check that takes too long has failed; one that needs it is skipped."""
    failed: set[str] = set()
    for check in checks:
        if missing := [name for name in check.needs if name in failed]:
            yield Finding(check.name, "skipped", f"Not checked, because {missing[0]} failed.")
            continue
        for finding in _within(check):
            if finding.state == "failed":
                failed.add(check.name)
            yield finding


def _within(check: Check) -> list[Finding]:
    found: list[Finding] = []
    thread = threading.Thread(target=_collect(check, found), name=f"check {check.name}", daemon=True)
    thread.start()
    thread.join(check.within_s)
    if thread.is_alive():
        return [
            *found,
            Finding(
                check.name, "failed", f"No answer within {check.within_s:g} seconds.",
                "Check that the server can be reached from this machine and is not overloaded.",
            ),
        ]  # fmt: skip
    return found


def _collect(check: Check, found: list[Finding]) -> Callable[[], None]:
    def collect() -> None:
        try:
            for state, message, action in check.run():
                found.append(Finding(check.name, state, message, action))
        except Exception as error:  # a check that breaks is a finding, and must not end the others
            found.append(Finding(check.name, "failed", f"{type(error).__name__}: {_short(error)}"))
        finally:
            connections.close_all()

    return collect


def _short(error: Exception) -> str:
    """An error's text in one line. Clients of databases and of Redis leave passwords out of theirs."""
    return " ".join(str(error).split())[:300]
