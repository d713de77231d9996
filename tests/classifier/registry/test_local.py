"""The registry in a folder: the contract, and what only a folder can suffer."""

import errno
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

import classifier
from classifier.ml import artefact
from classifier.registry import Integrity, NotFound, RegisteredModel, Registry, Unavailable, files
from classifier.registry.local import LocalRegistry
from tests.classifier.registry.contract import RegistryContract
from tests.classifier.registry.folders import MakeFolder, flip_one_bit

REPOSITORY = Path(classifier.__file__).parents[1]
WORKER = Path(__file__).with_name("worker.py")
PROCESSES = 8


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "registry"


def _stored(root: Path, version: str = "1") -> Path:
    return root / "tweets" / "versions" / version


def _worker(*arguments: object) -> list[str]:
    return [sys.executable, str(WORKER), *map(str, arguments)]


ENVIRONMENT = os.environ | {"PYTHONPATH": str(REPOSITORY)}


class TestLocalRegistry(RegistryContract):
    @pytest.fixture
    def registry(self, root: Path) -> Registry:
        return LocalRegistry(root)

    @pytest.fixture
    def damage(self, root: Path) -> Callable[[RegisteredModel, str], None]:
        return lambda model, name: flip_one_bit(root / model.name / "versions" / model.version / "model" / name)

    @pytest.fixture
    def unreachable(self, tmp_path: Path) -> Registry:
        (tmp_path / "file").write_text("")
        return LocalRegistry(tmp_path / "file" / "registry")


def test_stored_files_are_read_only(root: Path, folder: MakeFolder) -> None:
    LocalRegistry(root).register(folder(), name="tweets")
    everything = [_stored(root), *_stored(root).rglob("*")]
    assert len(everything) == 9
    assert all(path.stat().st_mode & 0o222 == 0 for path in everything)


def test_eight_processes_that_register_at_once_get_eight_versions(root: Path, folder: MakeFolder) -> None:
    command = _worker("register", root, folder())
    workers = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=ENVIRONMENT)
        for _ in range(PROCESSES)
    ]
    for worker in workers:
        assert worker.stdout is not None and worker.stdout.readline() == "ready\n"
    for worker in workers:
        assert worker.stdin is not None
        worker.stdin.write("\n")
        worker.stdin.flush()
    versions = [worker.communicate(timeout=60)[0].strip() for worker in workers]
    assert sorted(versions) == [str(number + 1) for number in range(PROCESSES)]
    assert len(LocalRegistry(root).list("tweets")) == PROCESSES


def test_threads_that_register_at_once_get_a_version_each(root: Path, folder: MakeFolder) -> None:
    source, versions = folder(), []
    registry = LocalRegistry(root)
    threads = [
        threading.Thread(target=lambda: versions.append(registry.register(source, name="tweets").version))
        for _ in range(PROCESSES)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(versions) == [str(number + 1) for number in range(PROCESSES)]


def test_a_registry_that_somebody_else_holds_is_unavailable_after_a_while(
    root: Path, folder: MakeFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "LOCK_WAIT_S", 0.05)
    with files.lock(root), pytest.raises(Unavailable, match="in use"):
        LocalRegistry(root).register(folder(), name="tweets")
    assert LocalRegistry(root).register(folder(), name="tweets").version == "1"


def _killed_at(step: int, *arguments: object) -> bool:
    """Run the worker until it kills itself at its `step`-th change of the disk; False when it ended before."""
    done = subprocess.run(
        _worker(*arguments, step), input="\n", capture_output=True, text=True, env=ENVIRONMENT, timeout=60, check=False
    )
    assert done.returncode in (0, -signal.SIGKILL), done.stderr
    return done.returncode == -signal.SIGKILL


def test_register_killed_at_any_step_leaves_all_of_the_version_or_nothing(root: Path, folder: MakeFolder) -> None:
    registry, seen, step = LocalRegistry(root), set(), 1
    before = registry.register(folder("before"), name="tweets")
    while _killed_at(step, "register", root, folder("new"), str(step + 1)):
        there = [model for model in registry.list("tweets") if model.version == str(step + 1)]
        seen.add(len(there))
        for model in there:
            assert artefact.verify(_stored(root, model.version) / "model") == model.sha256
        again = registry.register(folder("new"), name="tweets", version=str(step + 1))
        assert registry.latest("tweets") == again and registry.get("tweets", "1") == before
        assert not list(root.rglob("*.partial"))
        step += 1
    assert seen == {0, 1} and step > 15


def test_pull_killed_at_any_step_leaves_the_old_folder_or_the_new_one(
    root: Path, folder: MakeFolder, tmp_path: Path
) -> None:
    registry, seen, step = LocalRegistry(root), set(), 1
    old, new = (registry.register(folder(content), name="tweets").sha256 for content in ("old", "new"))
    registry.pull("tweets", "1", into=tmp_path / "models" / "out")
    while _killed_at(step, "pull", root, tmp_path / "models" / "out", "2"):
        seen.add(artefact.verify(tmp_path / "models" / "out"))
        assert artefact.verify(registry.pull("tweets", "2", into=tmp_path / "models" / "out")) == new
        assert {path.name for path in (tmp_path / "models").iterdir()} == {"out", files.LOCK}
        registry.pull("tweets", "1", into=tmp_path / "models" / "out")
        step += 1
    assert seen == {old, new} and step > 15


def test_moving_an_alias_killed_at_any_step_leaves_the_old_or_the_new(root: Path, folder: MakeFolder) -> None:
    registry, seen, step = LocalRegistry(root), set(), 1
    for content in ("one", "two"):
        registry.register(folder(content), name="tweets")
    registry.set_alias("tweets", "stable", "1")
    while _killed_at(step, "alias", root, "stable", "2"):
        seen.add(registry.get_alias("tweets", "stable").version)
        registry.set_alias("tweets", "stable", "1")
        step += 1
    assert seen == {"1", "2"} and step > 3
    assert registry.get_alias("tweets", "stable").version == "2"


def test_an_interrupted_pull_copies_only_what_is_missing(
    root: Path, folder: MakeFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    LocalRegistry(root).register(folder(), name="tweets")
    copied, copy = [], files.copy_file

    def breaking(source: Path, target: Path) -> None:
        if len(copied) == 3:
            raise OSError(errno.EIO, "the disk went away")
        copied.append(source.name)
        copy(source, target)

    monkeypatch.setattr(files, "copy_file", breaking)
    with pytest.raises(Unavailable, match="the disk went away"):
        LocalRegistry(root).pull("tweets", "1", into=tmp_path / "out")
    monkeypatch.setattr(files, "copy_file", lambda source, target: (copied.append(source.name), copy(source, target)))
    LocalRegistry(root).pull("tweets", "1", into=tmp_path / "out")
    assert sorted(copied) == sorted(path.name for path in folder().iterdir())


def test_where_folders_cannot_be_exchanged_two_renames_do_it_and_a_crash_between_is_mended(
    root: Path, folder: MakeFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    registry = LocalRegistry(root)
    old, new = (registry.register(folder(content), name="tweets").sha256 for content in ("old", "new"))
    into = registry.pull("tweets", "1", into=tmp_path / "models" / "out")
    monkeypatch.setattr(files, "exchange", lambda one, other: False)
    assert artefact.verify(registry.pull("tweets", "2", into=into)) == new
    registry.pull("tweets", "1", into=into)
    into.rename(into.with_name(".out.previous"))  # as a kill between the two renames leaves it
    flip_one_bit(_stored(root, "2") / "model" / "config.json")
    with pytest.raises(Integrity):
        registry.pull("tweets", "2", into=into)
    assert artefact.verify(into) == old
    assert {path.name for path in into.parent.iterdir()} == {"out", files.LOCK}


@pytest.mark.parametrize("link", ["tweets", "tweets/versions", "tweets/versions/1"])
def test_a_link_inside_the_registry_is_not_followed(root: Path, folder: MakeFolder, tmp_path: Path, link: str) -> None:
    LocalRegistry(root).register(folder(), name="tweets")
    (root / link).rename(tmp_path / "elsewhere")
    (root / link).symlink_to(tmp_path / "elsewhere")
    for call in (
        lambda: LocalRegistry(root).get("tweets", "1"),
        lambda: LocalRegistry(root).list("tweets"),
        lambda: LocalRegistry(root).pull("tweets", "1", into=tmp_path / "out"),
        lambda: LocalRegistry(root).register(folder(), name="tweets"),
    ):
        with pytest.raises(Integrity, match="link"):
            call()


def test_a_link_among_a_versions_files_is_not_followed(root: Path, folder: MakeFolder, tmp_path: Path) -> None:
    LocalRegistry(root).register(folder(), name="tweets")
    stored = _stored(root) / "model"
    stored.chmod(0o755)
    (stored / "config.json").rename(tmp_path / "config.json")
    (stored / "config.json").symlink_to(tmp_path / "config.json")
    with pytest.raises(Integrity, match="plain file"):
        LocalRegistry(root).pull("tweets", "1", into=tmp_path / "out")


@pytest.mark.parametrize(
    "content", ["", "[]", "{}", '{"name": "tweets", "version": "2"}', '{"name": "tweets", "version": "1"}', "\x00"]
)
def test_a_changed_record_is_refused_and_named(root: Path, folder: MakeFolder, content: str) -> None:
    LocalRegistry(root).register(folder(), name="tweets")
    path = _stored(root) / "record.json"
    path.chmod(0o644)
    path.write_text(content)
    with pytest.raises(Integrity, match=r"record\.json"):
        LocalRegistry(root).get("tweets", "1")


def test_a_record_that_was_pointed_at_other_bytes_is_refused(root: Path, folder: MakeFolder, tmp_path: Path) -> None:
    LocalRegistry(root).register(folder(), name="tweets")
    path = _stored(root) / "record.json"
    path.chmod(0o644)
    path.write_text(json.dumps(json.loads(path.read_text()) | {"sha256": "0" * 64}))
    with pytest.raises(Integrity, match="registered is 000000000000"):
        LocalRegistry(root).pull("tweets", "1", into=tmp_path / "out")


@pytest.mark.parametrize("content", ["", "[]", '{"aliases": []}'])
def test_a_changed_state_is_refused_and_named(root: Path, folder: MakeFolder, content: str) -> None:
    LocalRegistry(root).register(folder(), name="tweets")
    (root / "tweets" / "state.json").write_text(content)
    with pytest.raises(Integrity, match=r"state\.json"):
        LocalRegistry(root).get("tweets", "1")


def test_reading_never_makes_the_folder(root: Path) -> None:
    with pytest.raises(NotFound):
        LocalRegistry(root).get("tweets", "1")
    assert LocalRegistry(root).names() == () and not root.exists()


def test_too_many_files_are_refused(root: Path, folder: MakeFolder) -> None:
    for number in range(files.MAX_FILES):
        (folder() / f"{number}.txt").write_text("")
    with pytest.raises(Integrity, match="larger than a model may be"):
        LocalRegistry(root).register(folder(), name="tweets")
