"""`responder models list|show|pull|push`."""

import io
import json
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError

from classifier import registry, serving
from classifier.ml import artefact
from classifier.models import ModelVersion
from responder.cli import main
from tests.classifier.registry.folders import flip_one_bit, make_folder

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def data_dir(settings, tmp_path: Path) -> Path:  # type: ignore[no-untyped-def]
    settings.DATA_DIR = tmp_path / "data"
    return settings.DATA_DIR


def models(*arguments: str) -> str:
    out = io.StringIO()
    call_command("models", *arguments, stdout=out)
    return out.getvalue()


@pytest.fixture
def candidate(tmp_path: Path) -> registry.RegisteredModel:
    """tweets 2, in the registry alone."""
    folder = make_folder(tmp_path / "made", "one")
    (folder / "config.json").write_text(json.dumps({"name": "tweets", "version": "2"}))
    artefact.write_manifest(folder)
    return registry.open_registry().register(folder, name="tweets", version="2", tags={"evil": "\x1b[2J"})


def test_push_and_pull_say_what_they_did_and_a_second_time_that_it_was_done(
    candidate: registry.RegisteredModel,
) -> None:
    row = serving.register_shipped()
    assert models("push", row.name, row.version, "--tag", "a=b=c").startswith(f"Registered: {row} at file:///")
    assert models("push", row.name, row.version).startswith(f"Already registered: {row} at ")
    assert registry.open_registry().get(row.name, row.version).tags == {"a": "b=c"}
    assert models("pull", "tweets").startswith("Fetched: tweets 2, registered, in ")
    assert models("pull", "tweets", "2").startswith("Already here: tweets 2, registered, in ")
    assert ModelVersion.objects.get(name="tweets").state == "registered"


def test_list_has_a_line_per_version_here_and_there(candidate: registry.RegisteredModel) -> None:
    row = serving.register_shipped()
    header, here, there = models("list").splitlines()
    assert header.split()[:4] == ["name", "version", "here", "registry"]
    assert here.split()[:5] == [row.name, row.version, "production", "-", row.sha256[:12]]
    assert there.split()[:5] == ["tweets", "2", "-", "kept", candidate.sha256[:12]]
    models("pull", "tweets")
    registry.open_registry().archive("tweets", "2")
    (line,) = json.loads(models("list", "--name", "tweets", "--json"))
    assert (line["here"], line["registry"], line["sha256"]) == ("registered", "archived", candidate.sha256)


def test_list_shows_where_bytes_differ(candidate: registry.RegisteredModel) -> None:
    ModelVersion.objects.create(name="tweets", version="2", sha256="0" * 64, folder="mine", origin="trained here")
    assert "OTHER BYTES" in models("list")


def test_a_fresh_installation_has_the_shipped_version() -> None:
    (line,) = json.loads(models("list", "--json"))
    assert (line["here"], line["registry"], line["origin"]) == ("production", "-", "shipped")
    assert "No model version with that name" in models("list", "--name", "tweets")
    assert json.loads(models("list", "--json", "--name", "tweets")) == []


def test_show_tells_everything_and_never_steers_the_terminal(candidate: registry.RegisteredModel) -> None:
    text = models("show", "tweets")
    content = json.loads(text)
    assert "\x1b" not in text and content["here"] is None
    assert content["registry"]["sha256"] == candidate.sha256 and content["registry"]["uri"] == candidate.uri
    models("pull", "tweets")
    assert json.loads(models("show", "tweets", "2"))["here"]["state"] == "registered"


def test_show_works_for_a_version_that_only_this_installation_has() -> None:
    row = serving.register_shipped()
    content = json.loads(models("show", row.name, row.version))
    assert content["registry"] is None and content["here"]["sha256"] == row.sha256


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("pull", "nothing"), "no version of nothing"),
        (("pull", "../x"), "cannot be a model's name"),
        (("pull", "tweets", "../x"), "cannot be a version"),
        (("show", "tweets", "9"), "no version 9"),
        (("show", "tweets", "@next"), "no alias next"),
        (("push", "tweets", "9"), "This installation has no tweets 9"),
    ],
)
def test_what_is_not_there_or_not_allowed_ends_with_code_2(
    candidate: registry.RegisteredModel, arguments: tuple[str, ...], says: str
) -> None:
    with pytest.raises(CommandError, match=says) as refusal:
        models(*arguments)
    assert refusal.value.returncode == 2


def test_a_tag_without_a_value_is_refused() -> None:
    row = serving.register_shipped()
    with pytest.raises(CommandError, match="KEY=VALUE"):
        models("push", row.name, row.version, "--tag", "a")
    assert registry.open_registry().names() == ()


def test_a_damaged_version_ends_with_code_2(candidate: registry.RegisteredModel, data_dir: Path) -> None:
    flip_one_bit(data_dir / "registry" / "tweets" / "versions" / "2" / "model" / "config.json")
    with pytest.raises(CommandError, match="damaged") as refusal:
        models("pull", "tweets")
    assert refusal.value.returncode == 2


def test_with_the_registry_away_the_own_versions_are_still_shown_and_the_code_is_1(data_dir: Path) -> None:
    row = serving.register_shipped()
    data_dir.mkdir()
    (data_dir / "registry").write_text("no folder")
    for arguments in (("list",), ("show", row.name, row.version), ("pull", row.name)):
        out = io.StringIO()
        with pytest.raises(CommandError, match="Try again later") as failure:
            call_command("models", *arguments, stdout=out)
        assert failure.value.returncode == 1
        assert (row.sha256[:12] in out.getvalue()) == (arguments[0] != "pull")


def test_a_database_that_is_not_there_is_said_in_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*args: object, **more: object) -> None:
        raise DatabaseError("no such table")

    monkeypatch.setattr(ModelVersion.objects, "filter", away)
    with pytest.raises(CommandError, match="migrated"):
        models("list")


def test_the_command_is_one_of_responders(capsys: pytest.CaptureFixture[str]) -> None:
    main(["models", "list"])
    assert "production" in capsys.readouterr().out
