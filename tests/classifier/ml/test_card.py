"""The model card says what the records say, and what the terms of the data demand."""

import json
from pathlib import Path

import pytest

from classifier.ml import card, sources
from classifier.ml.calibration import Calibration

yaml = pytest.importorskip("yaml", reason="needs the training extra")


def read(folder: Path, name: str) -> dict:
    return json.loads((folder / name).read_text())


def test_the_shipped_card_is_the_one_that_its_records_give(shipped: Path) -> None:
    fitted = Calibration.from_json(read(shipped, "calibration.json"))
    rendered = card.render(read(shipped, "config.json"), read(shipped, "metrics.json"), fitted)
    assert (shipped / "README.md").read_text() == rendered


def test_the_front_matter_can_be_read_and_names_the_licence(shipped: Path) -> None:
    front = yaml.safe_load((shipped / "README.md").read_text().split("---")[1])
    assert front["license"] == "cc-by-nc-sa-4.0" and front["pipeline_tag"] == "text-classification"


@pytest.mark.parametrize(
    "terms",
    ["HumAID", "CC BY-NC-SA 4.0", "Figure Eight", "CrisisLex", "TREC", "CC BY 4.0", "commercial use", "Not for"],
)
def test_the_terms_of_the_data_are_told(shipped: Path, terms: str) -> None:
    assert terms in (shipped / "README.md").read_text()


def test_every_source_that_the_shipped_model_names_has_terms(shipped: Path) -> None:
    assert set(read(shipped, "config.json")["sources"]) <= set(card.TERMS)


def test_an_interval_holds_its_share_and_shrinks_with_more_texts() -> None:
    few, many = ([float(end) for end in card.wilson(0.8, n).split("–")] for n in (50, 5_000))
    assert few[0] < many[0] < 0.8 < many[1] < few[1]


def test_every_source_has_its_terms() -> None:
    assert {*sources.SOURCES, "situations"} <= set(card.TERMS)


def test_the_licence_follows_the_sources_that_were_used(shipped: Path) -> None:
    config, metrics = read(shipped, "config.json") | {"continues": ""}, read(shipped, "metrics.json")
    fitted = Calibration.from_json(read(shipped, "calibration.json"))

    def rendered(*names: str, continues: str = "") -> str:
        return card.render(config | {"sources": dict.fromkeys(names, 9), "continues": continues}, metrics, fitted)

    own = rendered("site_labels.train", "situations")
    assert "license: other" in own and "HumAID (QCRI)" not in own and "commercial use" not in own
    research = rendered("humaid_humanitarian.train")
    assert "license: cc-by-nc-sa-4.0" in research and "commercial use" in research and "official test part" in research
    continued = rendered("site_labels.train", continues="responder-tweets 4")
    assert "license: cc-by-nc-sa-4.0" in continued and "official test part" not in continued
