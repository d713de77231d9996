"""What an older version left open in the data directory is closed at the next start, and nothing else is touched."""

import stat
from pathlib import Path

from responder import file_permissions


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def opened(path: Path, held: str | None = "held") -> Path:
    """A file, or a folder, that everybody may read."""
    path.parent.mkdir(exist_ok=True, parents=True)
    path.mkdir() if held is None else path.write_text(held)
    path.chmod(0o755 if held is None else 0o644)
    return path


def test_everything_of_ours_is_closed_once(tmp_path: Path) -> None:
    data = opened(tmp_path / "data", None)
    database, models = opened(data / "responder.sqlite3"), opened(data / "models", None)
    weights = opened(models / "one.onnx")
    assert file_permissions.close(data) == 4
    assert [mode(path) for path in (data, database, models, weights)] == [0o700, 0o600, 0o700, 0o600]
    assert file_permissions.close(data) == 0


def test_files_of_somebody_else_and_links_stay_as_they_are(tmp_path: Path) -> None:
    data = opened(tmp_path / "data", None)
    letter, outside = opened(data / "letter.txt"), opened(tmp_path / "outside")
    (data / "media").mkdir(mode=0o700)
    (data / "media" / "link").symlink_to(outside)
    assert file_permissions.close(data) == 1
    assert mode(letter) == mode(outside) == 0o644


def test_a_directory_that_many_share_stays_open(tmp_path: Path) -> None:
    data = opened(tmp_path / "data", None)
    data.chmod(0o1777)
    key = opened(data / "secret_key")
    assert file_permissions.close(data) == 1
    assert mode(key) == 0o600 and mode(data) == 0o1777
