"""Small folders that are complete as models, with contents that only the hashes care about."""

from pathlib import Path

import pytest

from tests.classifier.registry.folders import MakeFolder, make_folder

pytest.register_assert_rewrite("tests.classifier.registry.contract")


@pytest.fixture
def folder(tmp_path: Path) -> MakeFolder:
    """folder("some content") → a model's folder; other content, other SHA-256."""
    return lambda content="one": make_folder(tmp_path / "made" / content, content)
