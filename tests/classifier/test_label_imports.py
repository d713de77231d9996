"""Labels that come in files: stored once, superseded by later files, erased on request, and written again."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from classifier import feedback, label_imports
from classifier.models import Label, LabelImport
from monitoring.models import AuditEvent

pytestmark = pytest.mark.django_db
DAMAGE, NEED = "infrastructure_and_utility_damage", "requests_or_urgent_needs"


def run(*arguments: str) -> str:
    said = StringIO()
    call_command("labels", *arguments, stdout=said, stderr=StringIO())
    return said.getvalue()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "a.csv"
    path.write_text(f"text,label,weight\nThe bridge fell,{DAMAGE},0.5\nWe need water,Requests or urgent needs,\n")
    return path


def test_labels_are_stored_once_with_their_file_and_weight(path: Path) -> None:
    assert "2 new, 0 changed, 0 known" in run("import", str(path), "--weight", "0.5")
    assert sorted(Label.objects.values_list("category", "weight", "how")) == [
        (DAMAGE, 0.25, "imported"),
        (NEED, 0.5, "imported"),
    ]
    assert "0 new, 0 changed, 2 known" in run("import", str(path), "--weight", "0.5")
    assert Label.objects.count() == 2
    assert AuditEvent.objects.filter(action="labels.imported").count() == 2
    assert LabelImport.objects.filter(state="stored").count() == 2


def test_weak_labels_are_in_no_snapshot_of_the_weekly_run(path: Path, settings: Any) -> None:
    from classifier import clock, snapshots

    settings.CORPUS_DIR = None
    run("import", str(path))
    taken = snapshots.take(cutoff=clock.now())
    assert [Label.objects.get(pk=pk).category for pk in taken.labels] == [NEED]


def test_a_merged_category_is_brought_as_the_one_that_it_was_merged_into(path: Path) -> None:
    from classifier import label_schemas
    from classifier.models import LabelSchema

    own = {"key": "bridge_out", "name": "Bridge out", "maps_to": DAMAGE}
    entries = [
        *label_schemas.shipped_entries(),
        own,
        {"key": "road_out", "name": "Road out", "maps_to": DAMAGE, "merged_into": "bridge_out"},
    ]
    LabelSchema.objects.create(name="Own", categories=label_schemas.parse(entries), is_active=True)
    label_schemas.forget()
    path.write_text("text,label\nOne fell,road_out\nTwo fell,Bridge out\nThree fell,bridge_out\n")
    run("import", str(path))
    assert set(Label.objects.values_list("category", flat=True)) == {"bridge_out"}


def test_a_later_label_of_the_same_text_supersedes_the_earlier(path: Path) -> None:
    run("import", str(path))
    path.write_text(f"text,label\nThe bridge fell!,{NEED}\n")
    assert "0 new, 1 changed, 0 known" in run("import", str(path))
    assert {label.text: label.category for label in feedback.standing()} == {
        "The bridge fell!": NEED,
        "We need water": NEED,
    }


def test_a_dry_run_stores_nothing_and_a_label_without_meaning_is_named(path: Path, tmp_path: Path) -> None:
    assert "Nothing was stored" in run("import", str(path), "--dry-run")
    path.write_text("text,label\nThe bridge fell,Brückenschaden\n")
    with pytest.raises(CommandError, match=r"'Brückenschaden' \(1\).*--label-map") as refused:
        run("import", str(path))
    assert refused.value.returncode == 2 and not Label.objects.exists()
    (tmp_path / "m.json").write_text(json.dumps({"Brückenschaden": DAMAGE}))
    assert "1 new" in run("import", str(path), "--label-map", str(tmp_path / "m.json"))
    (tmp_path / "m.json").write_text(json.dumps({"Brückenschaden": "fish"}))
    with pytest.raises(CommandError, match="does not exist: fish"):
        run("import", str(path), "--label-map", str(tmp_path / "m.json"))


@pytest.mark.parametrize("weight", ["0", "-1", "1.5", "nan"])
def test_a_weight_is_above_0_and_at_most_1(path: Path, weight: str) -> None:
    with pytest.raises(CommandError, match="above 0 and at most 1"):
        run("import", str(path), "--weight", weight)


@pytest.mark.parametrize("form", ["csv", "ndjson", "xlsx", "label-studio", "argilla", "doccano", "prodigy"])
def test_what_was_brought_is_written_and_read_again(path: Path, tmp_path: Path, form: str) -> None:
    path.write_text(
        f'text,label,event,split,lang,weight,id,where\n"The bridge, ""Old"" fell",{DAMAGE},flood,dev,en,0.5,t1,Beira\n'
    )
    run("import", str(path))
    target = tmp_path / f"out-{form}"
    run(
        "export",
        str(target.with_suffix(".xlsx" if form == "xlsx" else ".json" if form != "csv" else ".csv")),
        "--format",
        form,
    )
    (written,) = tmp_path.glob("out-*")
    file_options = label_imports.LabelFileOptions(form="" if form == "xlsx" else form)
    (one,) = label_imports.read(str(written), file_options).rows
    assert (one.text, one.label, one.event, one.split, one.lang, one.weight, one.id) == (
        'The bridge, "Old" fell', DAMAGE, "flood", "dev", "en", 0.5, "t1",
    )  # fmt: skip
    assert dict(one.meta) == {"where": "Beira"}


def test_a_schema_is_read_used_and_written_on_the_command_line(tmp_path: Path) -> None:
    from classifier import categories

    file = tmp_path / "s.json"
    file.write_text(json.dumps({"name": "Own", "categories": [{"name": "Bridge out", "maps_to": DAMAGE}]}))
    assert "Stored Own, version 1" in run("schema", "--read", str(file))
    assert "Own is in use" in run("schema", "--use", "Own") and categories.label("bridge_out") == "Bridge out"
    assert "Stored Own, version 2" in run("schema", "--read", str(file))
    assert run("schema", "--list").splitlines() == ["Shipped", "Own  version 2  in use"]
    written = json.loads(run("schema", "--write", "-"))
    assert (
        written["name"] == "Own"
        and {"key": "bridge_out", "name": "Bridge out", "maps_to": DAMAGE} in written["categories"]
    )
    run("schema", "--use", "shipped")
    assert not categories.BY_ID["bridge_out"].is_offered
    for wrong in (["--use", "Nobody"], ["--read", str(tmp_path / "none.json")], ["--write", "-", "--name", "Nobody"]):
        with pytest.raises(CommandError):
            run("schema", *wrong)


def test_the_labels_of_a_file_can_be_erased(path: Path) -> None:
    run("import", str(path))
    source = LabelImport.objects.get()
    assert "Erased 2 labels" in run("remove", str(source.ref))
    assert not feedback.standing() and set(Label.objects.values_list("text", flat=True)) == {""}
    assert "2 new, 0 changed" in run("import", str(path))
    with pytest.raises(CommandError, match="no file of labels"):
        run("remove", "x")
