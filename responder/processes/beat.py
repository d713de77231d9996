"""Celery's beat, for a clock that is set back: what ran "in three hours" is taken to have run now."""

from typing import Any

import structlog
from celery.beat import PersistentScheduler

from responder import heartbeat

log = structlog.get_logger(__name__)


class Scheduler(PersistentScheduler):  # type: ignore[misc]  # Celery has no types
    """Remembers in its file when each task was sent last, and counts the time to the next from there.

    After a step back that moment lies ahead, in the file too, and nothing would be due until the clock has come there
    again. The order of what is next is made anew as well: it is kept by moments of the clock before.
    """

    def tick(self, *args: Any, **options: Any) -> Any:
        """Send due tasks. Returns the seconds until the next tick."""
        heartbeat.beat()
        if late := [entry for entry in self.schedule.values() if entry.last_run_at > entry.default_now()]:
            log.warning("the clock was set back; schedules are counted from now", tasks=len(late))
            for entry in late:
                entry.last_run_at = entry.default_now()
            self._heap = None
        return super().tick(*args, **options)
