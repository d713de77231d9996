"""Between the registry and the rows: what is pulled is verified and recorded, and never serves by itself."""

import json
from pathlib import Path

import pytest

from classifier import registry, serving
from classifier.ml import artefact
from classifier.models import Deployment, ModelVersion
from classifier.registry import AlreadyExists, Integrity, NotFound, Registry, transfer
from monitoring import audit
from monitoring.models import AuditEvent
from tests.classifier.registry.folders import flip_one_bit, make_folder

pytestmark = pytest.mark.django_db
BY = "system:test"
METRICS = {"category": {"macro_f1": 0.75}}


@pytest.fixture(autouse=True)
def data_dir(settings, tmp_path: Path) -> Path:  # type: ignore[no-untyped-def]
    settings.DATA_DIR = tmp_path / "data"
    return settings.DATA_DIR


@pytest.fixture
def store() -> Registry:
    return registry.open_registry()


def _candidate(folder: Path, content: str = "one", *, version: str = "2", metrics: str = json.dumps(METRICS)) -> Path:
    """A folder that calls itself tweets, with metrics and a card."""
    make_folder(folder, content)
    (folder / "config.json").write_text(json.dumps({"name": "tweets", "version": version}))
    (folder / "metrics.json").write_text(metrics)
    (folder / "README.md").write_text("# Card\x00")
    artefact.write_manifest(folder)
    return folder


def _stored(data_dir: Path, name: str) -> Path:
    return data_dir / "registry" / "tweets" / "versions" / "2" / "model" / name


def test_a_pulled_version_is_a_registered_row_with_a_verified_folder(store: Registry, tmp_path: Path) -> None:
    model = store.register(_candidate(tmp_path / "made"), name="tweets", version="2")
    row, created = transfer.pull(store, "tweets", by=BY)
    assert created and row.state == ModelVersion.State.REGISTERED
    assert (row.name, row.version, row.sha256, row.origin) == ("tweets", "2", model.sha256, "registry local")
    assert (row.metrics, row.card) == (METRICS, "# Card")
    assert artefact.verify(serving.folder_of(row)) == row.sha256
    event = AuditEvent.objects.get(object_id=str(row.pk), action="model.registered")
    assert event.actor == BY and event.detail == {"registry": "local"} and audit.verify().intact


def test_a_second_pull_changes_nothing_and_mends_a_damaged_folder(store: Registry, tmp_path: Path) -> None:
    store.register(_candidate(tmp_path / "made"), name="tweets", version="2")
    row, _ = transfer.pull(store, "tweets", "2", by=BY)
    events = AuditEvent.objects.count()
    flip_one_bit(serving.folder_of(row) / "tokenizer.json")
    assert transfer.pull(store, "tweets", "2", by=BY) == (row, False)
    assert artefact.verify(serving.folder_of(row)) == row.sha256
    assert AuditEvent.objects.count() == events and ModelVersion.objects.filter(name="tweets").count() == 1


def test_a_fresh_installation_goes_on_serving_the_shipped_model_after_a_pull(store: Registry, tmp_path: Path) -> None:
    store.register(_candidate(tmp_path / "made"), name="tweets", version="2")
    transfer.pull(store, "tweets", by=BY)
    version = ModelVersion.objects.get(pk=serving.current().version_id)
    assert (version.origin, version.state) == ("shipped", "production")


def test_other_bytes_under_the_shipped_models_name_are_never_served(store: Registry, tmp_path: Path) -> None:
    shipped = serving.register_shipped()
    Deployment.objects.all().delete()
    ModelVersion.objects.all().delete()  # as on an installation that has not served yet
    store.register(make_folder(tmp_path / "made", "evil"), name=shipped.name, version=shipped.version)
    with pytest.raises(AlreadyExists):
        transfer.pull(store, shipped.name, by=BY)
    assert serving.current().runtime.info.sha256 == shipped.sha256


def test_a_damaged_version_gets_no_row_and_the_last_good_one_goes_on_serving(
    store: Registry, tmp_path: Path, data_dir: Path
) -> None:
    serves = serving.current()
    store.register(_candidate(tmp_path / "made"), name="tweets", version="2")
    flip_one_bit(_stored(data_dir, "model.int8.onnx"))
    with pytest.raises(Integrity):
        transfer.pull(store, "tweets", by=BY)
    serving.forget()
    assert serving.current().version_id == serves.version_id
    assert not ModelVersion.objects.filter(name="tweets").exists()
    assert not any(path.is_dir() for path in (data_dir / "models").iterdir())


@pytest.mark.parametrize("metrics", ["[]", "{", '{"f1": NaN}', '{"a": "\\u0000"}'])
def test_metrics_that_a_database_cannot_keep_are_refused(store: Registry, tmp_path: Path, metrics: str) -> None:
    store.register(_candidate(tmp_path / "made", metrics=metrics), name="tweets", version="2")
    with pytest.raises(Integrity, match=r"metrics\.json"):
        transfer.pull(store, "tweets", by=BY)
    assert not ModelVersion.objects.filter(name="tweets").exists()


def test_a_model_that_calls_itself_something_else_is_refused(store: Registry, tmp_path: Path) -> None:
    store.register(_candidate(tmp_path / "made", version="3"), name="tweets", version="2")
    with pytest.raises(Integrity, match="calls itself 'tweets' '3'"):
        transfer.pull(store, "tweets", by=BY)
    assert not ModelVersion.objects.filter(name="tweets").exists()


def test_a_row_with_other_bytes_is_not_touched(store: Registry, tmp_path: Path, data_dir: Path) -> None:
    row = ModelVersion.objects.create(name="tweets", version="2", sha256="0" * 64, folder="mine", origin="trained here")
    store.register(_candidate(tmp_path / "made"), name="tweets", version="2")
    with pytest.raises(AlreadyExists, match="another version"):
        transfer.pull(store, "tweets", by=BY)
    row.refresh_from_db()
    assert row.sha256 == "0" * 64 and not (data_dir / "models").exists()


def test_the_latest_an_alias_and_a_version_can_be_asked_for(store: Registry, tmp_path: Path) -> None:
    for version in ("2", "3"):
        store.register(_candidate(tmp_path / version, version=version), name="tweets", version=version)
    store.set_alias("tweets", "stable", "2")
    assert [transfer.find(store, "tweets", wanted).version for wanted in ("latest", "@stable", "3")] == ["3", "2", "3"]
    for missing in ("@next", "9"):
        with pytest.raises(NotFound):
            transfer.find(store, "tweets", missing)


def test_push_keeps_a_copy_once_and_says_so_in_the_audit_log(store: Registry) -> None:
    row = serving.register_shipped()
    model, created = transfer.push(store, row, by=BY, tags={"field": "floods"})
    assert created and model == store.get(row.name, row.version)
    assert (model.sha256, model.properties, model.tags) == (row.sha256, {"origin": "shipped"}, {"field": "floods"})
    assert transfer.push(store, row, by=BY) == (model, False)
    assert AuditEvent.objects.filter(action="model.pushed", object_id=str(row.pk), actor=BY).count() == 1
    assert transfer.pull(store, row.name, by=BY) == (row, False)
    assert {path.name for path in serving.SHIPPED.iterdir()} == {row.folder}  # the package is never written to


def test_push_refuses_a_folder_that_is_not_what_was_recorded(store: Registry, data_dir: Path) -> None:
    folder = _candidate(data_dir / "models" / "tweets-2")
    row = ModelVersion.objects.create(
        name="tweets", version="2", sha256=artefact.verify(folder), folder=folder.name, origin="trained here"
    )
    (folder / "tokenizer.json").write_text("another")
    artefact.write_manifest(folder)
    with pytest.raises(Integrity, match="not what was recorded"):
        transfer.push(store, row, by=BY)
    assert store.names() == () and not AuditEvent.objects.filter(action="model.pushed").exists()


def test_push_refuses_a_version_that_the_registry_has_with_other_bytes(
    store: Registry, tmp_path: Path, data_dir: Path
) -> None:
    folder = _candidate(data_dir / "models" / "tweets-2")
    row = ModelVersion.objects.create(
        name="tweets", version="2", sha256=artefact.verify(folder), folder=folder.name, origin="trained here"
    )
    store.register(make_folder(tmp_path / "other", "other"), name="tweets", version="2")
    with pytest.raises(AlreadyExists):
        transfer.push(store, row, by=BY)


def test_two_that_pull_at_once_share_one_row(store: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store.register(_candidate(tmp_path / "made"), name="tweets", version="2")
    fetch, others = store.pull, []

    def fetch_after_somebody_else(name: str, version: str, *, into: Path) -> Path:
        monkeypatch.setattr(store, "pull", fetch)
        others.append(transfer.pull(store, name, version, by="system:other"))
        return fetch(name, version, into=into)

    monkeypatch.setattr(store, "pull", fetch_after_somebody_else)
    row, created = transfer.pull(store, "tweets", by=BY)
    assert not created and others == [(row, True)]
    assert AuditEvent.objects.filter(action="model.registered", object_id=str(row.pk)).count() == 1
