"""Hostile archives: what a manifest does not name, byte for byte, is not unpacked, and nothing is written outside."""

import json
import os
import stat
import tarfile
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

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
    about = {"product": "0.1.0", "made_at": "2026-01-01T00:00:00Z", "vendor": "sqlite", "migrations": [], "tables": {}}
    return about | {"format": archive.FORMAT, "database": entry(DATABASE), "files": files} | changes


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


@pytest.mark.parametrize("kind", sorted(unpacking.EXTENDED))
def test_extended_headers_are_short(tmp_path: Path, kind: bytes) -> None:
    """tarfile keeps them in memory, and searches some in time that grows as the square of their length."""
    header = tarfile.TarInfo("././@LongLink")
    header.type, header.size = kind, 1 << 19
    with pytest.raises(Invalid, match="a header of"):
        unpack(tmp_path, [*signed(manifest(), *WHOLE[:1]), (header, b"1" * header.size), WHOLE[1]], "w:gz")


def test_a_small_file_that_grows_without_end_is_refused(tmp_path: Path) -> None:
    members = signed(manifest(), WHOLE[0], plain("files/media/note.txt", b"n" * (8 << 20)))
    with pytest.raises(Invalid, match="has 8388608 bytes, its manifest says 6"):
        unpack(tmp_path, members, "w:gz")


def nested(count: int) -> bytes:
    """Extended headers, each of which describes the next."""
    header = tarfile.TarInfo("header")
    header.type, header.size = tarfile.XHDTYPE, 20
    return (header.tobuf() + b"20 comment=01234567\n".ljust(512, b"\0")) * count


@pytest.mark.parametrize("before", [0, 1, 2])
def test_nested_headers_are_refused_wherever_they_stand(tmp_path: Path, before: int) -> None:
    members = signed(manifest(), *WHOLE)
    write(tmp_path / "head.tar", members[:before])
    write(tmp_path / "tail.tar", members[before:])
    head = (tmp_path / "head.tar").read_bytes().rstrip(b"\0") if before else b""
    head += b"\0" * (-len(head) % 512)
    (tmp_path / "backup.tar").write_bytes(head + nested(900) + (tmp_path / "tail.tar").read_bytes())
    with pytest.raises(Invalid):
        unpacking.unpack(tmp_path / "backup.tar", tmp_path / "into")


def test_nothing_before_the_signature_may_have_an_extended_header(tmp_path: Path) -> None:
    members = signed(manifest(), *WHOLE)
    members[0][0].pax_headers = {"comment": "1" * 100_000}
    with pytest.raises(Invalid, match="does not begin with manifest"):
        unpack(tmp_path, members)


@pytest.mark.parametrize(
    "kind", sorted({*tarfile.SUPPORTED_TYPES, b"Z", b"\xff"} - {tarfile.REGTYPE, tarfile.AREGTYPE})
)
def test_the_manifest_is_a_plain_file_or_no_backup(tmp_path: Path, kind: bytes) -> None:
    members = signed(manifest(), *WHOLE)
    held = members[0][1]
    members[0] = special("manifest.json", kind)
    members[0][0].size = len(held)
    block = members[0][0].tobuf() + held.ljust(-(-len(held) // 512) * 512, b"\0")
    (tmp_path / "backup.tar").write_bytes(block)
    with pytest.raises(Invalid, match="is not a plain file"):
        unpacking.unpack(tmp_path / "backup.tar", tmp_path / "into")


def test_a_manifest_of_any_size_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unpacking, "MOST_MANIFEST", 1 << 16)
    with pytest.raises(Invalid, match=r"its manifest.json is too large"):
        unpack(tmp_path, [plain("manifest.json", b" " * (1 << 20))], "w:gz")


MANIFESTS: dict[str, tuple[bytes, str]] = {
    "a list": (b"[]", "is not a JSON object"),
    "deep": (b'{"a":' * 50_000 + b"1" + b"}" * 50_000, "nested too deeply"),
    "wide": (b"[" + b"{}," * 1_100_000 + b"{}]", "more than"),
    "no JSON": (b"{", "is not a whole backup"),
    "a long number": (b'{"format": ' + b"9" * 5_000 + b"}", "is not a whole backup"),
    "no UTF-8": (b'{"format": "\xff"}', "is not a whole backup"),
}
SWAPPED: dict[str, Any] = {
    "files": [None, [], "x", 1, {"a": None}, {"a": []}, {"a": {"bytes": 1}}, {"a": {"bytes": "1", "sha256": "x"}}],
    "database": [None, [], "x", 1, {}, {"bytes": True, "sha256": "x"}, {"bytes": 1.5, "sha256": "x"}, {"bytes": 4, "sha256": 1}],
    "tables": [None, [], "x", {"a": None}, {"a": {"rows": "1"}}],
    "migrations": [None, {}, "x", [1], [None]],
    "vendor": [None, 1, []],
    "made_at": [None, 1, []],
    "product": [None, 1, []],
}  # fmt: skip


@pytest.mark.parametrize(("held", "words"), MANIFESTS.values(), ids=MANIFESTS.keys())
def test_a_manifest_of_any_shape_is_refused_in_words(tmp_path: Path, held: bytes, words: str) -> None:
    """Even one that somebody vouches for, whose signature is not asked for."""
    write(tmp_path / "backup.tar", [plain("manifest.json", held), plain("manifest.hmac", b"0" * 64), *WHOLE])
    for sha256, found in (("", "not signed"), (archive.sha256_of(tmp_path / "backup.tar"), words)):
        with pytest.raises(Invalid, match=found):
            unpacking.unpack(tmp_path / "backup.tar", tmp_path / "into", sha256=sha256)


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in SWAPPED.items() for value in values])
def test_a_manifest_with_swapped_types_is_refused_in_words(tmp_path: Path, name: str, value: Any) -> None:
    with pytest.raises(Invalid):
        unpack(tmp_path, signed(manifest(**{name: value}), *WHOLE))


@pytest.mark.parametrize("name", ["a" * 300, "media/" + "ü" * 200, "media/\ud800"])
def test_a_name_that_no_disk_takes_is_refused_before_anything_is_unpacked(tmp_path: Path, name: str) -> None:
    with pytest.raises(Invalid, match="is no name of a file that a backup holds"):
        unpack(tmp_path, signed(manifest(files={name: entry(NOTE)}), WHOLE[0]))


@given(at=st.integers(0, 4_000), new=st.binary(min_size=1, max_size=600), packed=st.booleans())
@hypothesis_settings(max_examples=150, deadline=None)
def test_a_damaged_archive_is_refused_in_words_or_unpacked(at: int, new: bytes, packed: bool) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write(folder / "backup.tar", signed(manifest(), *WHOLE), "w:gz" if packed else "w")
        held = (folder / "backup.tar").read_bytes()
        (folder / "backup.tar").write_bytes(held[:at] + new + held[at + len(new) :])
        (folder / "into").mkdir()
        with suppress(Invalid):
            unpacking.unpack(folder / "backup.tar", folder / "into")


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
