"""What every registry must do. A backend joins by a subclass whose name starts with Test and three fixtures."""

import shutil
from collections.abc import Callable
from dataclasses import FrozenInstanceError
from datetime import UTC, timedelta
from pathlib import Path

import pytest

from classifier import clock
from classifier.ml import artefact
from classifier.registry import (
    AlreadyExists,
    Integrity,
    InvalidRequest,
    NotFound,
    RegisteredModel,
    Registry,
    RegistryError,
    Unavailable,
)
from tests.classifier.registry.folders import MakeFolder, flip_one_bit

BAD_NAMES = ["", ".", "..", "../x", "a/b", "/etc", "a\\b", ".hidden", "-x", "a b", "a\n", "a\x00", "é", "٣", "latest"]


class RegistryContract:
    """Fixtures to override: `registry` is empty at the start of each test; `damage` changes one bit of a file of a
    stored version; `unreachable` is a registry that cannot be reached."""

    @pytest.fixture
    def registry(self) -> Registry:
        raise NotImplementedError

    @pytest.fixture
    def damage(self) -> Callable[[RegisteredModel, str], None]:
        raise NotImplementedError

    @pytest.fixture
    def unreachable(self) -> Registry:
        raise NotImplementedError

    # register

    def test_a_registered_model_is_described_as_it_was_given(self, registry: Registry, folder: MakeFolder) -> None:
        before = clock.now()
        model = registry.register(folder(), name="tweets", version="7", properties={"origin": "here"}, tags={"a": "é"})
        assert (model.name, model.version, model.archived) == ("tweets", "7", False)
        assert model.sha256 == artefact.verify(folder())
        assert (dict(model.properties), dict(model.tags)) == ({"origin": "here"}, {"a": "é"})
        assert model.created_at.utcoffset() == UTC.utcoffset(None)
        assert abs(model.created_at - before) < timedelta(minutes=10)  # the backend's clock may differ
        assert ":" in model.uri
        assert registry.get("tweets", "7") == model

    def test_versions_are_numbered_from_one_past_any_that_is_taken(
        self, registry: Registry, folder: MakeFolder
    ) -> None:
        assert registry.register(folder(), name="tweets").version == "1"
        registry.register(folder(), name="tweets", version="9")
        registry.register(folder(), name="tweets", version="candidate")
        assert registry.register(folder(), name="tweets").version == "10"
        assert registry.register(folder(), name="other").version == "1"

    def test_an_archived_number_is_not_given_again(self, registry: Registry, folder: MakeFolder) -> None:
        registry.archive("tweets", registry.register(folder(), name="tweets").version)
        assert registry.register(folder(), name="tweets").version == "2"

    def test_the_same_bytes_again_change_nothing(self, registry: Registry, folder: MakeFolder) -> None:
        first = registry.register(folder(), name="tweets", version="1", tags={"a": "b"})
        assert registry.register(folder(), name="tweets", version="1", tags={"c": "d"}) == first
        assert registry.list("tweets") == (first,)

    def test_other_bytes_under_a_version_are_refused_and_the_first_stay(
        self, registry: Registry, folder: MakeFolder, tmp_path: Path
    ) -> None:
        first = registry.register(folder("one"), name="tweets", version="1")
        with pytest.raises(AlreadyExists) as refusal:
            registry.register(folder("two"), name="tweets", version="1")
        assert not refusal.value.temporary
        assert registry.list("tweets") == (first,)
        assert artefact.verify(registry.pull("tweets", "1", into=tmp_path / "out")) == first.sha256

    def test_changing_the_folder_afterwards_does_not_change_the_version(
        self, registry: Registry, folder: MakeFolder, tmp_path: Path
    ) -> None:
        model = registry.register(folder(), name="tweets")
        flip_one_bit(folder() / "tokenizer.json")
        assert artefact.verify(registry.pull("tweets", "1", into=tmp_path / "out")) == model.sha256

    @pytest.mark.parametrize("name", [*artefact.REQUIRED, artefact.MANIFEST])
    def test_a_changed_or_incomplete_folder_is_refused(self, registry: Registry, folder: MakeFolder, name: str) -> None:
        flip_one_bit(folder("changed") / name)
        (folder("incomplete") / name).unlink()
        for content in ("changed", "incomplete"):
            if (content, name) == ("changed", artefact.MANIFEST):
                continue  # a manifest may change where nothing depends on it: spaces
            with pytest.raises(Integrity):
                registry.register(folder(content), name="tweets")
        assert registry.list("tweets") == () and registry.names() == ()

    def test_a_folder_with_a_link_in_it_is_refused(
        self, registry: Registry, folder: MakeFolder, tmp_path: Path
    ) -> None:
        (tmp_path / "elsewhere").write_bytes((folder() / "config.json").read_bytes())
        (folder() / "config.json").unlink()
        (folder() / "config.json").symlink_to(tmp_path / "elsewhere")
        with pytest.raises(Integrity):
            registry.register(folder(), name="tweets")

    def test_a_folder_that_is_not_there_is_refused(self, registry: Registry, tmp_path: Path) -> None:
        with pytest.raises(InvalidRequest):
            registry.register(tmp_path / "nowhere", name="tweets")

    # names, versions and labels

    @pytest.mark.parametrize("bad", [*BAD_NAMES, "n" * 101], ids=ascii)
    def test_a_name_that_could_lead_elsewhere_is_refused_by_every_method(
        self, registry: Registry, folder: MakeFolder, tmp_path: Path, bad: str
    ) -> None:
        calls: tuple[Callable[[], object], ...] = (
            lambda: registry.register(folder(), name=bad),
            lambda: registry.get(bad, "1"),
            lambda: registry.latest(bad),
            lambda: registry.list(bad),
            lambda: registry.pull(bad, "1", into=tmp_path / "out"),
            lambda: registry.archive(bad, "1"),
            lambda: registry.set_alias(bad, "stable", "1"),
            lambda: registry.get_alias(bad, "stable"),
        )
        for call in calls:
            with pytest.raises(InvalidRequest):
                call()

    @pytest.mark.parametrize("bad", [*BAD_NAMES, "1" * 41], ids=ascii)
    def test_a_version_that_could_lead_elsewhere_is_refused_by_every_method(
        self, registry: Registry, folder: MakeFolder, tmp_path: Path, bad: str
    ) -> None:
        calls: tuple[Callable[[], object], ...] = (
            lambda: registry.register(folder(), name="tweets", version=bad),
            lambda: registry.get("tweets", bad),
            lambda: registry.pull("tweets", bad, into=tmp_path / "out"),
            lambda: registry.archive("tweets", bad),
            lambda: registry.set_alias("tweets", "stable", bad),
        )
        for call in calls:
            with pytest.raises(InvalidRequest):
                call()

    def test_an_alias_that_is_not_plain_is_refused(self, registry: Registry, folder: MakeFolder) -> None:
        registry.register(folder(), name="tweets", version="1")
        for bad in (*BAD_NAMES, "Stable", "1", "a" * 41):
            with pytest.raises(InvalidRequest):
                registry.set_alias("tweets", bad, "1")
            with pytest.raises(InvalidRequest):
                registry.get_alias("tweets", bad)

    @pytest.mark.parametrize(("name", "version"), [("n" * 100, "v" * 40), ("A.b_c-1", "2026.11.24-rc_1"), ("0", "0")])
    def test_names_and_versions_up_to_the_bounds_are_taken(
        self, registry: Registry, folder: MakeFolder, tmp_path: Path, name: str, version: str
    ) -> None:
        model = registry.register(folder(), name=name, version=version)
        assert registry.names() == (name,) and registry.latest(name) == model
        assert artefact.verify(registry.pull(name, version, into=tmp_path / "out")) == model.sha256

    @pytest.mark.parametrize(
        "labels", [{"": "x"}, {"k" * 101: "x"}, {"k": "v" * 1001}, {str(n): "x" for n in range(51)}, {"k": 1}]
    )
    def test_labels_are_bounded_texts(self, registry: Registry, folder: MakeFolder, labels: dict[str, str]) -> None:
        for kind in ("properties", "tags"):
            with pytest.raises(InvalidRequest):
                registry.register(folder(), name="tweets", **{kind: labels})  # type: ignore[arg-type]

    # read

    def test_an_empty_registry_has_nothing(self, registry: Registry, tmp_path: Path) -> None:
        assert registry.names() == () and registry.list("tweets") == ()
        for call in (
            lambda: registry.get("tweets", "1"),
            lambda: registry.latest("tweets"),
            lambda: registry.pull("tweets", "1", into=tmp_path / "out"),
            lambda: registry.archive("tweets", "1"),
            lambda: registry.set_alias("tweets", "stable", "1"),
            lambda: registry.get_alias("tweets", "stable"),
        ):
            with pytest.raises(NotFound) as refusal:
                call()
            assert not refusal.value.temporary
        assert not (tmp_path / "out").exists()

    def test_versions_are_listed_from_the_newest_and_the_latest_is_the_last_registered(
        self, registry: Registry, folder: MakeFolder
    ) -> None:
        models = [registry.register(folder(v), name="tweets", version=v) for v in ("5", "1", "b")]
        assert registry.list("tweets") == tuple(reversed(models))
        assert registry.latest("tweets") == models[-1]

    def test_models_are_kept_apart(self, registry: Registry, folder: MakeFolder) -> None:
        registry.register(folder("two"), name="tweets")
        registry.register(folder("one"), name="tweet")
        assert registry.names() == ("tweet", "tweets")
        assert registry.get("tweet", "1").sha256 != registry.get("tweets", "1").sha256
        assert len(registry.list("tweet")) == 1

    def test_a_description_cannot_be_changed(self, registry: Registry, folder: MakeFolder) -> None:
        model = registry.register(folder(), name="tweets")
        with pytest.raises(FrozenInstanceError):
            model.version = "2"  # type: ignore[misc]

    # pull

    def test_pull_brings_every_file_and_nothing_else(
        self, registry: Registry, folder: MakeFolder, tmp_path: Path
    ) -> None:
        registry.register(folder(), name="tweets")
        into = registry.pull("tweets", "1", into=tmp_path / "models" / "tweets-1")
        assert into == tmp_path / "models" / "tweets-1"
        assert _contents(into) == _contents(folder())
        assert [path.name for path in into.parent.iterdir() if not path.name.startswith(".")] == ["tweets-1"]

    def test_pulled_files_stay_when_they_are_intact_and_are_replaced_when_they_are_not(
        self, registry: Registry, folder: MakeFolder, tmp_path: Path
    ) -> None:
        registry.register(folder(), name="tweets")
        into = registry.pull("tweets", "1", into=tmp_path / "out")
        inode = into.stat().st_ino
        assert registry.pull("tweets", "1", into=into).stat().st_ino == inode
        flip_one_bit(into / "config.json")
        (into / "stray.json").write_text("{}")
        assert _contents(registry.pull("tweets", "1", into=into)) == _contents(folder())

    def test_pull_replaces_another_version(self, registry: Registry, folder: MakeFolder, tmp_path: Path) -> None:
        for content in ("one", "two"):
            registry.register(folder(content), name="tweets")
        for version, content in (("1", "one"), ("2", "two"), ("1", "one")):
            assert _contents(registry.pull("tweets", version, into=tmp_path / "out")) == _contents(folder(content))

    @pytest.mark.parametrize("name", ["model.int8.onnx", "README.md", artefact.MANIFEST])
    def test_one_changed_bit_is_refused_and_the_last_good_folder_stays(
        self,
        registry: Registry,
        folder: MakeFolder,
        damage: Callable[[RegisteredModel, str], None],
        tmp_path: Path,
        name: str,
    ) -> None:
        good = registry.register(folder("one"), name="tweets")
        bad = registry.register(folder("two"), name="tweets")
        into = registry.pull("tweets", good.version, into=tmp_path / "out")
        damage(bad, name)
        for target in (into, tmp_path / "new"):
            for _ in range(2):  # what was fetched is not taken up again either
                with pytest.raises(Integrity) as refusal:
                    registry.pull("tweets", bad.version, into=target)
                assert not refusal.value.temporary
        assert _contents(into) == _contents(folder("one"))
        assert [path.name for path in tmp_path.iterdir() if "new" in path.name or "partial" in path.name] == []

    def test_pull_takes_up_what_an_interrupted_one_left(
        self, registry: Registry, folder: MakeFolder, tmp_path: Path
    ) -> None:
        registry.register(folder(), name="tweets")
        shutil.copytree(folder("other"), tmp_path / ".out.partial")
        assert _contents(registry.pull("tweets", "1", into=tmp_path / "out")) == _contents(folder())

    def test_pull_never_writes_through_a_link(self, registry: Registry, folder: MakeFolder, tmp_path: Path) -> None:
        registry.register(folder(), name="tweets")
        (tmp_path / "precious").mkdir()
        (tmp_path / "out").symlink_to(tmp_path / "precious")
        with pytest.raises(InvalidRequest):
            registry.pull("tweets", "1", into=tmp_path / "out")
        (tmp_path / ".new.partial").symlink_to(tmp_path / "precious")
        assert _contents(registry.pull("tweets", "1", into=tmp_path / "new")) == _contents(folder())
        (tmp_path / ".newer.partial").mkdir()
        (tmp_path / ".newer.partial" / "config.json").symlink_to(tmp_path / "precious" / "config.json")
        assert _contents(registry.pull("tweets", "1", into=tmp_path / "newer")) == _contents(folder())
        assert list((tmp_path / "precious").iterdir()) == []

    def test_pull_refuses_a_file_in_the_folders_place(
        self, registry: Registry, folder: MakeFolder, tmp_path: Path
    ) -> None:
        registry.register(folder(), name="tweets")
        (tmp_path / "out").write_text("mine")
        with pytest.raises(InvalidRequest):
            registry.pull("tweets", "1", into=tmp_path / "out")
        assert (tmp_path / "out").read_text() == "mine"

    # archive

    def test_an_archived_version_is_not_the_latest_and_can_still_be_pulled(
        self, registry: Registry, folder: MakeFolder, tmp_path: Path
    ) -> None:
        first = registry.register(folder("one"), name="tweets")
        second = registry.register(folder("two"), name="tweets")
        assert registry.archive("tweets", "2").archived
        assert registry.archive("tweets", "2") == registry.get("tweets", "2")
        assert registry.latest("tweets") == first
        assert [model.archived for model in registry.list("tweets")] == [True, False]
        assert artefact.verify(registry.pull("tweets", "2", into=tmp_path / "out")) == second.sha256
        registry.archive("tweets", "1")
        with pytest.raises(NotFound):
            registry.latest("tweets")

    def test_registering_an_archived_version_again_leaves_it_archived(
        self, registry: Registry, folder: MakeFolder
    ) -> None:
        registry.register(folder(), name="tweets", version="1")
        registry.archive("tweets", "1")
        assert registry.register(folder(), name="tweets", version="1").archived

    # aliases

    def test_an_alias_moves_and_versions_do_not(self, registry: Registry, folder: MakeFolder) -> None:
        models = [registry.register(folder(content), name="tweets") for content in ("one", "two")]
        for alias, version in (("stable", "1"), ("next", "2"), ("stable", "2"), ("stable", "1"), ("stable", "1")):
            assert registry.set_alias("tweets", alias, version).version == version
            assert registry.get_alias("tweets", alias).version == version
        assert registry.get_alias("tweets", "next") == models[1]
        assert registry.list("tweets") == tuple(reversed(models))

    def test_an_alias_points_only_at_what_exists(self, registry: Registry, folder: MakeFolder) -> None:
        registry.register(folder(), name="tweets")
        registry.set_alias("tweets", "stable", "1")
        with pytest.raises(NotFound):
            registry.set_alias("tweets", "stable", "2")
        assert registry.get_alias("tweets", "stable").version == "1"

    def test_archiving_and_aliases_do_not_disturb_each_other(self, registry: Registry, folder: MakeFolder) -> None:
        registry.register(folder(), name="tweets")
        registry.set_alias("tweets", "stable", "1")
        registry.archive("tweets", "1")
        registry.set_alias("tweets", "next", "1")
        assert registry.get_alias("tweets", "stable").archived
        assert registry.get_alias("tweets", "next").archived

    # away

    def test_a_registry_that_is_away_says_that_it_is_temporary(
        self, registry: Registry, unreachable: Registry, folder: MakeFolder, tmp_path: Path
    ) -> None:
        registry.register(folder(), name="tweets")
        into = registry.pull("tweets", "1", into=tmp_path / "out")
        for call in (
            lambda: unreachable.register(folder("two"), name="tweets"),
            unreachable.names,
            lambda: unreachable.list("tweets"),
            lambda: unreachable.get("tweets", "1"),
            lambda: unreachable.latest("tweets"),
            lambda: unreachable.pull("tweets", "1", into=into),
            lambda: unreachable.archive("tweets", "1"),
            lambda: unreachable.set_alias("tweets", "stable", "1"),
            lambda: unreachable.get_alias("tweets", "stable"),
        ):
            with pytest.raises(Unavailable) as failure:
                call()
            assert failure.value.temporary and isinstance(failure.value, RegistryError)
        assert _contents(into) == _contents(folder())


def _contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}
