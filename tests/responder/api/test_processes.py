"""A token that is revoked, or whose organisation is not active, is refused by every process: two servers
over one database, and a third process that revokes."""

from pathlib import Path

import pytest

from tests.responder.api.servers import ran


@pytest.mark.slow
def test_every_process_refuses_the_next_request_of_a_token_that_ended(tmp_path: Path) -> None:
    answers = ran("processes.py", folder=tmp_path)
    assert answers["processes"] == 2
    assert answers["before"] == [200] * 4 and answers["after"] == [401] * 4
    assert answers["closed"] == [401] * 4 and answers["opened"] == [200] * 4  # its organisation, not active for a while
