"""Where commands find an installation, and which files of settings they refuse."""

import os
from pathlib import Path

import pytest

from responder import installation
from responder.installation import UnusableSettings, locate, remember

KEY = "RESPONDER_SECRET_KEY=abc\n"


@pytest.fixture(autouse=True)
def elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """An empty current folder, an empty memory, and no variable set."""
    for name in ("RESPONDER_DATA_DIR", "RESPONDER_ENV_FILE", "DATABASE_URL", "REDIS_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setattr(installation, "_makes_new", False)
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    return here


def installed(folder: Path) -> Path:
    folder.mkdir(parents=True)
    (folder / "responder.sqlite3").touch()
    return folder


def settings_file(path: Path, text: str = KEY, mode: int = 0o600) -> Path:
    path.write_text(text)
    path.chmod(mode)
    return path


def test_without_anything_it_is_var_of_the_current_folder() -> None:
    assert locate() == installation.Location(Path("var"))


def test_the_last_installation_is_found_from_any_folder_with_its_settings(tmp_path: Path) -> None:
    there, file = installed(tmp_path / "there"), settings_file(tmp_path / "responder.env")
    remember(there, file)
    assert locate() == installation.Location(there, file, remembered=True)


def test_var_of_the_current_folder_goes_first_once_it_is_used(tmp_path: Path) -> None:
    remember(installed(tmp_path / "there"), None)
    installed(Path("var"))
    assert locate() == installation.Location(Path("var"))


def test_the_variable_goes_before_everything(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    remember(installed(tmp_path / "there"), None)
    installed(Path("var"))
    monkeypatch.setenv("RESPONDER_DATA_DIR", "/srv/other")
    assert locate().data_dir == Path("/srv/other") and not locate().remembered


def test_up_and_init_stay_in_the_current_folder_and_can_name_the_other(tmp_path: Path) -> None:
    there = installed(tmp_path / "there")
    remember(there, None)
    installation.makes_new()
    assert locate().data_dir == Path("var")
    assert installation.other_than(Path("var").absolute()) == there and installation.other_than(there) is None


def test_a_checkout_keeps_its_own_var(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    remember(installed(tmp_path / "there"), None)
    monkeypatch.chdir(Path(__file__).parents[2])
    assert locate().data_dir == Path("var")


@pytest.mark.parametrize("name", ["RESPONDER_DATA_DIR", "DATABASE_URL", "REDIS_URL"])
def test_what_the_environment_says_is_not_remembered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    there = installed(tmp_path / "there")
    monkeypatch.setenv(name, "x")
    remember(there, None)
    monkeypatch.delenv(name)
    assert not locate().remembered


@pytest.mark.parametrize(
    "stored", ["", "no JSON", "[]", '{"data_dir": 7, "env_file": ""}', '{"data_dir": "/gone", "env_file": ""}']
)
def test_a_memory_that_is_gone_or_damaged_is_passed_over(tmp_path: Path, stored: str) -> None:
    file = tmp_path / "config" / "responder" / "installation.json"
    file.parent.mkdir(parents=True)
    file.write_text(stored)
    assert locate() == installation.Location(Path("var"))


def test_an_installation_with_other_settings_than_those_here_is_not_taken(tmp_path: Path) -> None:
    remember(installed(tmp_path / "there"), settings_file(tmp_path / "responder.env"))
    settings_file(Path(".env"))
    assert locate() == installation.Location(Path("var"), Path(".env").absolute())


def test_a_file_of_another_program_is_not_read() -> None:
    settings_file(Path(".env"), "DATABASE_URL=postgres://shop@db/shop\n# RESPONDER_DEBUG=1\n", mode=0o644)
    assert locate().env_file is None


def test_an_empty_variable_means_no_file(monkeypatch: pytest.MonkeyPatch) -> None:
    settings_file(Path(".env"))
    monkeypatch.setenv("RESPONDER_ENV_FILE", "")
    assert locate().env_file is None


@pytest.mark.parametrize(
    ("text", "mode", "said"),
    [
        (KEY, 0o644, "everybody on this machine can read: chmod 600"),
        ("RESPONDER_HTTPS=true\nDATABASE_URL=postgres://u:p@h/n\n", 0o604, "everybody on this machine can read"),
        ("export RESPONDER_METRICS_TOKEN=abc\n", 0o604, "everybody on this machine can read"),
        ("RESPONDER_HTTPS=true\n", 0o662, "can be changed by others"),
    ],
)
def test_a_file_that_others_can_read_or_change_is_refused_in_a_sentence(text: str, mode: int, said: str) -> None:
    settings_file(Path(".env"), text, mode)
    with pytest.raises(UnusableSettings, match=said) as refused:
        locate()
    assert len(refused.value.problems) == 1 and "abc" not in str(refused.value)


@pytest.mark.parametrize(
    ("text", "mode"),
    [(KEY, 0o640), ("RESPONDER_HTTPS=true\n", 0o644), ("RESPONDER_HTTPS=true\nRESPONDER_SECRET_KEY=\n", 0o644)],
)
def test_a_file_for_a_group_or_without_secrets_is_read(text: str, mode: int) -> None:
    assert locate() is not None
    settings_file(Path(".env"), text, mode)
    assert locate().env_file == Path(".env").absolute()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_a_file_of_somebody_else_is_refused() -> None:
    os.chown(settings_file(Path(".env")), 12345, 12345)
    with pytest.raises(UnusableSettings, match="can be changed by others"):
        locate()


def test_a_file_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RESPONDER_ENV_FILE", "/nowhere/responder.env")
    with pytest.raises(UnusableSettings, match=r"/nowhere/responder.env can't be read .*correct RESPONDER_ENV_FILE"):
        locate()


def owned(monkeypatch: pytest.MonkeyPatch, *, by: int, mode_around: int) -> None:
    """Make `var` belong to a user, in a folder with this mode."""
    stat, here = Path.stat, Path.cwd()
    var = os.stat_result((0o40700, 1, 1, 1, by, by, 0, 0, 0, 0))
    around = os.stat_result((mode_around, 1, 1, 1, 0, 0, 0, 0, 0, 0))

    def fake(path: Path, **more: bool) -> os.stat_result:
        return var if path == Path("var") else around if path == here else stat(path, **more)

    monkeypatch.setattr(Path, "stat", fake)


@pytest.mark.parametrize(
    ("owner", "us", "mode_around", "is_refused"),
    [
        (1000, 1000, 0o40755, False),
        (0, 1000, 0o40755, False),
        (1001, 1000, 0o40755, True),
        (1001, 0, 0o40755, False),  # root may work in a person's own folder
        (1001, 0, 0o41777, True),
    ],
)
def test_a_var_that_somebody_else_laid_here_is_refused(
    monkeypatch: pytest.MonkeyPatch, owner: int, us: int, mode_around: int, is_refused: bool
) -> None:
    """In /tmp anybody can lay a `var` with a secret key that they know."""
    installed(Path("var"))
    owned(monkeypatch, by=owner, mode_around=mode_around)
    monkeypatch.setattr(os, "getuid", lambda: us)
    if not is_refused:
        assert locate().data_dir == Path("var")
        return
    with pytest.raises(UnusableSettings, match="belongs to somebody else"):
        locate()
    monkeypatch.setenv("RESPONDER_DATA_DIR", "var")  # named on purpose
    assert locate().data_dir == Path("var")
