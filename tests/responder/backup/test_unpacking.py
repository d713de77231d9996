"""Hostile archives: what a manifest does not name, byte for byte, is not unpacked, and nothing is written outside."""

import json
import os
import stat
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings

from responder.backup import archive, signing, unpacking
from responder.errors import Invalid
from tests.responder.backup.rewritten import Member, entry, plain, special, write

DATABASE, NOTE = b"rows", b"a note"
LONG = "d" * 200  # a tar spends a header of its own on it
OUTSIDE = "/tmp/never-written-by-a-backup"
WHOLE = (plain("database", DATABASE), plain("files/media/note.txt", NOTE))


@pytest.fixture(autouse=True)
def _key(settings: LazySettings, tmp_path: Path) -> None:
    settings.BACKUP_KEY = "k" * 40
    (tmp_path / "into").mkdir()


def manifest(**changes: Any) -> dict[str, Any]:
    files = {"media/note.txt": entry(NOTE)}
    return {"format": archive.FORMAT, "product": "0.1.0", "database": entry(DATABASE), "files": files} | changes


def signed(listed: dict[str, Any], *members: Member) -> list[Member]:
    """An archive with our own signature, so that each case meets its own check."""
    held = json.dumps(listed).encode()
    return [plain("manifest.json", held), plain("manifest.hmac", signing.sign(held).encode()), *members]


def unpack(tmp_path: Path, members: list[Member], mode: str = "w", **options: str) -> unpacking.Unpacked:
    write(tmp_path / "backup.tar", members, mode)
    return unpacking.unpack(tmp_path / "backup.tar", tmp_path / "into", **options)


@pytest.mark.parametrize("mode", ["w", "w:gz"])
def test_a_backup_is_unpacked_for_its_owner_alone(tmp_path: Path, mode: str) -> None:
    found = unpack(tmp_path, signed(manifest(), *WHOLE), mode)
    assert found.database.read_bytes() == DATABASE and found.files["media/note.txt"].read_bytes() == NOTE
    assert {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "into").iterdir()} == {0o600}


UNNAMED = {
    "a symbolic link": [special("files/link", tarfile.SYMTYPE, OUTSIDE)],
    "a symbolic link under a long path": [
        special(f"files/{LONG}/{LONG}/link", tarfile.SYMTYPE, "../" * 40 + OUTSIDE),
        plain(f"files/{LONG}/{LONG}/link/x", b"x"),
    ],
    "a hard link": [special("files/link", tarfile.LNKTYPE, "database")],
    "a device": [special("files/null", tarfile.CHRTYPE)],
    "a named pipe": [special("files/pipe", tarfile.FIFOTYPE)],
    "a folder": [special("files/folder", tarfile.DIRTYPE)],
    "a name that leads outside": [plain("files/../../outside", b"x")],
    "an absolute name": [plain(OUTSIDE, b"x")],
    "a file that no manifest names": [plain("files/more", b"x")],
    "a name twice": [plain("database", DATABASE)],
}


@pytest.mark.parametrize("more", UNNAMED.values(), ids=UNNAMED.keys())
def test_what_the_manifest_does_not_name_ends_the_restore(tmp_path: Path, more: list[Member]) -> None:
    with pytest.raises(Invalid, match=r"is in the archive (alone|twice)"):
        unpack(tmp_path, signed(manifest(), *WHOLE, *more))
    assert len(list((tmp_path / "into").rglob("*"))) == 2 and not os.path.lexists(OUTSIDE)


KINDS = (
    tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE, tarfile.DIRTYPE, tarfile.CONTTYPE,
)  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_what_the_manifest_names_must_be_a_plain_file(tmp_path: Path, kind: bytes) -> None:
    with pytest.raises(Invalid, match="is not a plain file"):
        unpack(tmp_path, signed(manifest(), WHOLE[0], special("files/media/note.txt", kind, OUTSIDE)))
    assert not os.path.lexists(OUTSIDE)


NAMES = (
    "../outside", "/etc/passwd", "media/../../x", "media//x", "./x", "", ".", "responder.sqlite3-wal", "backup_key", "up.lock",
    "redis/x", "restore-x/y", "a\0b",
)  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_a_manifest_with_names_that_no_backup_has_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(Invalid, match="is no name of a file that a backup holds"):
        unpack(tmp_path, signed(manifest(files={name: entry(NOTE)}), plain("database", DATABASE)))


@pytest.mark.parametrize(
    ("held", "words"), [(NOTE + b"!", "has 7 bytes, its manifest says 6"), (b"A note", "is not what was backed up")]
)
def test_sizes_and_bytes_are_those_of_the_manifest(tmp_path: Path, held: bytes, words: str) -> None:
    with pytest.raises(Invalid, match=words):
        unpack(tmp_path, signed(manifest(), WHOLE[0], plain("files/media/note.txt", held)))


def test_a_missing_file_is_found(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match=r"'files/media/note.txt' is in the manifest alone"):
        unpack(tmp_path, signed(manifest(), WHOLE[0]))


SIGNATURES: dict[str, Callable[[list[Member]], list[Member]]] = {
    "a manifest that was changed": lambda whole: [
        plain("manifest.json", whole[0][1].replace(b"0.1.0", b"0.1.1")), *whole[1:],
    ],
    "another signature": lambda whole: [whole[0], plain("manifest.hmac", b"0" * 64), *whole[2:]],
    "an empty signature": lambda whole: [whole[0], plain("manifest.hmac", b""), *whole[2:]],
    "no signature": lambda whole: [whole[0], *whole[2:]],
}  # fmt: skip


@pytest.mark.parametrize("change", SIGNATURES.values(), ids=SIGNATURES.keys())
def test_what_we_did_not_sign_is_refused_before_it_is_read(
    tmp_path: Path, change: Callable[[list[Member]], list[Member]]
) -> None:
    with pytest.raises(Invalid, match="not signed"):
        unpack(tmp_path, change(signed(manifest(), *WHOLE)))
    assert list((tmp_path / "into").iterdir()) == []


def test_the_key_is_in_no_backup(settings: LazySettings, tmp_path: Path) -> None:
    members = signed(manifest(), *WHOLE)
    settings.BACKUP_KEY, settings.DATA_DIR = "", tmp_path
    with pytest.raises(Invalid, match="not signed with the key of this installation"):
        unpack(tmp_path, members)
    assert stat.S_IMODE((tmp_path / "backup_key").stat().st_mode) == 0o600
    assert tmp_path / "backup_key" not in set(archive.files_of(tmp_path))
    assert unpack(tmp_path, signed(manifest(), *WHOLE)).database.read_bytes() == DATABASE


def test_an_archive_of_the_format_before_is_refused_with_the_way_to_go(tmp_path: Path) -> None:
    write(tmp_path / "backup.tar", [plain("manifest.json", json.dumps(manifest(format=1)).encode()), *WHOLE])
    digest = archive.sha256_of(tmp_path / "backup.tar")
    for sha256, words in (
        ("", "not signed, as none before format 2"),
        (digest, "Restore it with the version that made"),
    ):
        with pytest.raises(Invalid, match=words):
            unpacking.unpack(tmp_path / "backup.tar", tmp_path / "into", sha256=sha256)


@pytest.mark.parametrize("position", [0, 2])
def test_a_small_file_that_grows_without_end_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, position: int
) -> None:
    """Headers too: tarfile keeps a name of any length in memory."""
    monkeypatch.setattr(unpacking, "MOST_MANIFEST", 1 << 20)
    name = tarfile.TarInfo("././@LongLink")
    name.type, name.size = tarfile.GNUTYPE_LONGNAME, 8 << 20
    members = signed(manifest(), *WHOLE)
    members.insert(position, (name, b"n" * name.size))
    with pytest.raises(Invalid, match="holds more than its manifest says"):
        unpack(tmp_path, members, "w:gz")


def test_more_than_the_disk_has_room_for_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    huge = {"media/huge": {"bytes": 1 << 60, "sha256": "0" * 64}}
    with pytest.raises(Invalid, match=r"unpacks to .* MB, and the disk"):
        unpack(tmp_path, signed(manifest(files=huge), WHOLE[0]))


def test_a_link_in_the_data_directory_leads_no_file_outside(tmp_path: Path) -> None:
    data, outside = tmp_path / "data", tmp_path / "outside"
    data.mkdir()
    outside.mkdir()
    (data / "media").symlink_to(outside)
    (tmp_path / "file").write_bytes(NOTE)
    with pytest.raises(Invalid, match="leads out of the data directory"):
        archive.put_back({"media/note.txt": tmp_path / "file"}, data)
    assert list(outside.iterdir()) == []
