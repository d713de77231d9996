"""Files to import, in a folder of the test's own."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from responder import imports, jobs
from responder.models import Event, ImportJob, User

Upload = Callable[..., ImportJob]


@pytest.fixture(autouse=True)
def _own_folder(settings: Any, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path


@pytest.fixture
def upload(people: dict[str, User], event: Event) -> Upload:
    """Accepts a file of the lead's as a draft; keyword arguments replace what it is accepted with."""

    def accept(content: bytes, **changes: Any) -> ImportJob:
        wanted = {
            "owner": people["lead"], "name": "a.csv", "pieces": [content], "source": "wire", "event": str(event.pk),
            "actor": "user:lead",
        }  # fmt: skip
        return imports.accept(**(wanted | changes))

    return accept


@pytest.fixture
def run(upload: Upload) -> Upload:
    """Accepts a file, starts its import, and runs it to its end."""

    def do(content: bytes, **changes: Any) -> ImportJob:
        job = imports.start(job=upload(content, **changes), actor="user:lead")
        while not job.is_over:
            jobs.import_file(job.pk)
            job.refresh_from_db()
        return job

    return do
