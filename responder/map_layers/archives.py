"""Zip archives of layers: read in memory, never unpacked to disk, and bounded before a byte is unpacked."""

import io
import zipfile
from pathlib import PurePosixPath

from django.utils.translation import gettext as _

from responder.map_layers.features import MOST_UNPACKED, Unreadable

MOST_ENTRIES = 300
MOST_RATIO = 400  # unpacked to packed bytes; maps have some 10
BLOCK = 1 << 20


class Archive:
    """The files of a zip archive, by their names. Raises Unreadable for what is no plain archive."""

    def __init__(self, content: bytes) -> None:
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(content))
            entries = [one for one in self._zip.infolist() if not one.is_dir()]
        except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError, UnicodeError) as error:
            raise Unreadable(_("This is not a zip archive that can be opened. Pack the files again.")) from error
        if len(entries) > MOST_ENTRIES:
            raise Unreadable(_("The archive holds more than %(most)d files.") % {"most": MOST_ENTRIES})
        for one in entries:
            self._check(one)
        # Apple's archiver adds a second, empty tree.
        self._entries = {one.filename: one for one in entries if not one.filename.startswith("__MACOSX/")}
        self._left = MOST_UNPACKED

    @property
    def names(self) -> list[str]:
        """The names of its files."""
        return list(self._entries)

    def ending_with(self, suffix: str) -> list[str]:
        """The names that end so, whatever their case, in order."""
        return sorted(name for name in self._entries if name.lower().endswith(suffix))

    def beside(self, name: str, suffix: str) -> str | None:
        """The file of the same name with another ending; None if there is none."""
        file_name = name.rpartition(".")[0].lower() + suffix
        return next((one for one in self._entries if one.lower() == file_name), None)

    def read(self, name: str) -> bytes:
        """The content of a file. Raises Unreadable when all that was read is more than MOST_UNPACKED."""
        content = bytearray()
        try:
            with self._zip.open(self._entries[name]) as file:
                while block := file.read(BLOCK):
                    content += block
                    self._left -= len(block)
                    if self._left < 0:
                        raise _too_large()
        except (zipfile.BadZipFile, RuntimeError, NotImplementedError, EOFError, OSError, ValueError) as error:
            if isinstance(error, Unreadable):
                raise
            raise Unreadable(
                _("A file of the archive is damaged or encrypted: %(name)s") % {"name": name[:80]}
            ) from error
        except Exception as error:
            if type(error).__module__ in (
                "zlib",
                "lzma",
                "_lzma",
                "_bz2",
            ):  # zlib.error and its like are plain Exceptions
                raise Unreadable(
                    _("A file of the archive is damaged or encrypted: %(name)s") % {"name": name[:80]}
                ) from error
            raise
        return bytes(content)

    def _check(self, entry: zipfile.ZipInfo) -> None:
        path = PurePosixPath(entry.filename.replace("\\", "/"))
        if path.is_absolute() or ".." in path.parts or ":" in entry.filename or "\0" in entry.filename:
            raise Unreadable(_("The archive names a file outside itself. Pack the files again."))
        if entry.flag_bits & 0x1:
            raise Unreadable(_("The archive is encrypted. Pack the files without a password."))
        if entry.file_size > MOST_UNPACKED:
            raise _too_large()
        if entry.file_size > MOST_RATIO * max(entry.compress_size, 1) and entry.file_size > BLOCK:
            raise Unreadable(_("The archive unpacks to far more than it holds, so it is not opened."))


def _too_large() -> Unreadable:
    return Unreadable(
        _("The archive unpacks to more than %(most)d MB. Simplify the shapes, or send a part of them.")
        % {"most": MOST_UNPACKED // 1_000_000}
    )
