"""Files to classify, in a folder of the test's own."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from responder import prediction_jobs
from responder.models import PredictionJob, User

Send = Callable[..., PredictionJob]


@pytest.fixture(autouse=True)
def _own_folder(settings: Any, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path


@pytest.fixture
def send(people: dict[str, User]) -> Send:
    """Accepts a file of the partner's; keyword arguments replace what it is accepted with."""

    def accept(content: bytes, **changes: Any) -> PredictionJob:
        wanted = {"owner": people["partner"], "name": "a.csv", "pieces": [content], "actor": "user:partner-ana"}
        return prediction_jobs.accept(**(wanted | changes))

    return accept
