"""Where an installation is: its data directory, and the file that holds its settings.

Looked for in this order:
1. Settings: the file that RESPONDER_ENV_FILE names (empty: none), else `.env` in the current folder, if it sets something
   of ours. Variables of the environment take precedence over the file.
2. Data: RESPONDER_DATA_DIR, else `var` in the current folder if it holds an installation, or if the folder is a checkout.
3. Else the installation that `responder up` or `responder init` used last, with its file; else `var`. Those two commands
   themselves always take `var` of the current folder: another folder is another installation.

Django isn't needed here: the command line asks before it reads any setting.
"""

import json
import os
import stat
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

SECRETS = ("_KEY", "_TOKEN", "_TOKENS", "_PASSWORD", "_SECRET", "DATABASE_URL", "REDIS_URL", "_WEBHOOK")
MARKS = ("responder.sqlite3", "secret_key", "up.lock")  # one of them lies in each data directory that was used
DEFAULT = Path("var")
_makes_new = False


class UnusableSettings(RuntimeError):
    """Settings are missing or wrong.

    Arguments:
        problems: a sentence for each, which says what to set.
        opening: the words before them.
    """

    def __init__(self, problems: Sequence[str], opening: str = "Responder can't start with these settings:") -> None:
        super().__init__(f"{opening}\n- " + "\n- ".join(problems))
        self.problems = list(problems)


@dataclass(frozen=True, slots=True)
class Location:
    """A data directory, the file of its settings (None: none), and whether both are remembered from an earlier start."""

    data_dir: Path
    env_file: Path | None = None
    remembered: bool = False


def makes_new() -> None:
    """Note that the command in this process may make a new installation in the current folder."""
    global _makes_new
    _makes_new = True


def locate() -> Location:
    """Find the installation, as the module's docstring says. Raises UnusableSettings for a file that can't be used."""
    file = _env_file()
    if not os.environ.get("RESPONDER_DATA_DIR"):
        _require_own(DEFAULT)
    if os.environ.get("RESPONDER_DATA_DIR") or _is_used(DEFAULT) or _is_checkout() or _makes_new:
        return Location(_from_environment() or DEFAULT, file)
    last = _remembered()
    if last and file in (None, last.env_file):
        _check(last.env_file)
        return last
    return Location(DEFAULT, file)


def other_than(data_dir: Path) -> Path | None:
    """The data directory that was used last, if it is another one and still there."""
    last = _remembered()
    return last.data_dir if last and last.data_dir != data_dir else None


def remember(data_dir: Path, env_file: Path | None) -> None:
    """Store this installation as the one that commands in other folders use.

    Does nothing if environment variables name the data directory or the database, because commands in another terminal would not
    have them.
    """
    if any(os.environ.get(name) for name in ("RESPONDER_DATA_DIR", "DATABASE_URL", "REDIS_URL")):
        return
    stored = {"data_dir": str(data_dir), "env_file": str(env_file or "")}
    path = _memory()
    with suppress(OSError):  # no home, or a read-only one: the commands then need the variable
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        new = path.with_suffix(f".{os.getpid()}")
        new.write_text(json.dumps(stored))
        os.replace(new, path)


def _memory() -> Path:
    base = os.environ.get("XDG_CONFIG_HOME") or os.path.expanduser("~/.config")
    return Path(base) / "responder" / "installation.json"


def _remembered() -> Location | None:
    """The stored installation, if it is still there."""
    try:
        stored = json.loads(_memory().read_text())
        data_dir, file = Path(stored["data_dir"]), Path(stored["env_file"]) if stored["env_file"] else None
    except (OSError, ValueError, KeyError, TypeError):
        return None
    if not _is_used(data_dir) or (file and not file.is_file()):
        return None
    return Location(data_dir, file, remembered=True)


def _from_environment() -> Path | None:
    given = os.environ.get("RESPONDER_DATA_DIR")
    return Path(given) if given else None


def _is_used(data_dir: Path) -> bool:
    with suppress(OSError):  # somebody else's
        return any((data_dir / name).exists() for name in MARKS)
    return False


def _require_own(data_dir: Path) -> None:
    """Raise UnusableSettings for a folder that somebody else laid here: its secret key would let them in.

    Root may work in a person's own folder, but not with what lies in one where everybody writes.
    """
    try:
        owner, around = data_dir.stat().st_uid, data_dir.absolute().parent.stat().st_mode
    except OSError:
        return  # there is none
    if owner not in (os.getuid(), 0) and (os.getuid() or around & stat.S_IWOTH):
        raise UnusableSettings(
            [f"{data_dir.absolute()} belongs to somebody else. Change to another folder, or set RESPONDER_DATA_DIR."]
        )


def _is_checkout() -> bool:
    """Whether the current folder is the checkout that this code runs from."""
    root = Path(__file__).resolve().parents[1]
    with suppress(FileNotFoundError):  # the folder is gone
        return Path.cwd() == root and (root / "pyproject.toml").exists()
    return False


def _env_file() -> Path | None:
    named = os.environ.get("RESPONDER_ENV_FILE")
    if named is not None:
        file = Path(named).expanduser().absolute() if named else None
        _check(file)
        return file
    with suppress(OSError, UnicodeDecodeError):
        file = Path(".env").absolute()
        if any(_name(line).startswith("RESPONDER_") for line in file.read_text().splitlines()):
            _check(file)
            return file
    return None  # none, or of another program


def _check(file: Path | None) -> None:
    """Raise UnusableSettings if a file can't be read, or if its secrets are anybody's to read or its lines to write."""
    if file is None:
        return
    try:
        found, lines = file.stat(), file.read_text().splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UnusableSettings([f"{file} can't be read ({_reason(error)}): correct RESPONDER_ENV_FILE."]) from None
    if found.st_uid not in (os.getuid(), 0) or found.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise UnusableSettings([f"{file} can be changed by others: make it yours alone (chown, chmod 600 {file})."])
    if found.st_mode & stat.S_IROTH and any(_name(line).endswith(SECRETS) for line in lines):
        raise UnusableSettings([f"{file} holds secrets that everybody on this machine can read: chmod 600 {file}."])


def _reason(error: Exception) -> str:
    return error.strerror or str(error) if isinstance(error, OSError) else "it is not UTF-8 text"


def _name(line: str) -> str:
    """The variable that a line sets; empty for comments and empty values."""
    name, equals, value = line.strip().removeprefix("export ").partition("=")
    return name.strip() if equals and value.strip() and not name.startswith("#") else ""
