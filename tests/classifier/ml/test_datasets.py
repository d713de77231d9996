"""Label files: read into tasks, told plainly when unusable, and kept apart from what is measured on."""

from collections.abc import Callable
from pathlib import Path

import pytest

from classifier.categories import CATEGORY_IDS, NEEDS
from classifier.errors import TrainingError
from classifier.ml import datasets

Write = Callable[[Path, list[tuple[str, str, str, str]]], None]
HUMAID = "humaid_humanitarian.train.csv.gz"


def test_every_file_feeds_its_task(corpus: Path) -> None:
    loaded = datasets.load(corpus)
    learnt = [task for task in (*datasets.TASKS, *datasets.HELPERS) if task != "informative"]
    assert {task: len(loaded.train[task]) > 0 for task in learnt} == dict.fromkeys(learnt, True)
    assert loaded.sources["humaid_humanitarian.train"] == 16
    assert {type(e.target) for e in loaded.train["needs"]} == {list}


def test_labels_become_indices_and_flags(tmp_path: Path, write_rows: Write) -> None:
    write_rows(tmp_path / HUMAID, [("e", "train", "Pray", "sympathy_and_support")])
    texts = [f"Send water {n}" for n in range(30)]
    write_rows(tmp_path / "disaster_response_messages.train.csv.gz", [("e", "train", t, "water|food") for t in texts])
    loaded = datasets.load(tmp_path)
    assert CATEGORY_IDS[loaded.train["category"][0].target] == "sympathy_and_support"
    flags = loaded.train["needs"][0].target
    assert [need for need, flag in zip(NEEDS, flags, strict=True) if flag] == ["water", "food"]


def test_a_text_of_a_test_file_is_never_trained_on(tmp_path: Path, write_rows: Write) -> None:
    label = "not_humanitarian"
    write_rows(tmp_path / HUMAID, [("e", "train", "RT @a: Bridge DOWN!", label), ("e", "train", "Another text", label)])
    write_rows(tmp_path / "humaid_humanitarian.test.csv.gz", [("e", "test", "bridge down https://x.org", label)])
    assert [e.text for e in datasets.load(tmp_path).train["category"]] == ["Another text"]


def test_the_official_development_rows_are_kept_to_calibrate_on(corpus: Path) -> None:
    loaded = datasets.load(corpus)
    assert {e.text[-1] for e in loaded.held_out["category"]} == {"4"}
    assert {e.text[-1] for e in loaded.train["category"]} == {"1", "2", "3"}


def test_priorities_are_calibrated_on_events_that_training_does_not_know(corpus: Path) -> None:
    loaded = datasets.load(corpus)
    seen, unseen = ({e.event for e in side["priority"]} for side in (loaded.train, loaded.held_out))
    assert unseen == {"event0", "event5"} and not seen & unseen


def test_locations_are_read_where_somebody_looked_for_them(corpus: Path) -> None:
    loaded = datasets.load(corpus)
    rows = [*loaded.train["location"], *loaded.held_out["location"]]
    assert len(rows) == 20 and {e.event for e in loaded.held_out["location"]} == {"event2"}
    assert {e.text[start:end] for e in rows for start, end in e.target} == {
        "Beira", "Dondo", "Chimoio", "Quelimane", "Buzi",
    }  # fmt: skip


def test_other_sets_are_measured_in_our_words_on_events_that_they_did_not_teach(corpus: Path) -> None:
    loaded = datasets.load(corpus)
    assert {e.event for e in loaded.unseen} == {"place0", "place3"}
    assert {CATEGORY_IDS[e.target] for e in loaded.unseen} == {"injured_or_dead_people", "sympathy_and_support"}
    assert {e.event for e in loaded.train["crisisnlp"]} == {"place1", "place2"}


def test_whole_events_can_be_left_out(tmp_path: Path, write_rows: Write) -> None:
    label = "not_humanitarian"
    rows = [("flood", "train", "One text", label), ("quake", "train", "Two texts", label)]
    write_rows(tmp_path / HUMAID, [*rows, ("flood", "train", "RT @a: two TEXTS", label)])
    loaded = datasets.load(tmp_path, leave_out=["quake"])
    assert [e.text for e in loaded.left_out] == ["Two texts"]
    assert [e.text for e in loaded.train["category"]] == ["One text"]  # nor is a copy of what was left out learnt


def test_nothing_of_an_event_that_is_left_out_is_learnt(corpus: Path) -> None:
    tasks = datasets.load(corpus).train
    every = {example.event for task, rows in tasks.items() if task != "category" for example in rows if example.event}
    assert len(every) > 3
    for event in sorted(every):
        loaded = datasets.load(corpus, leave_out=[event])
        assert event not in {example.event for rows in loaded.train.values() for example in rows}


def test_what_informs_is_learnt_with_the_emergencies_and_asked_apart(tmp_path: Path, write_rows: Write) -> None:
    write_rows(tmp_path / HUMAID, [("e", "train", "Pray", "sympathy_and_support")])
    rows = [(f"event{e}", "", f"Roads of {e} are closed", "Related and informative") for e in range(6)]
    write_rows(tmp_path / "crisislex_t26.train.csv.gz", rows)
    loaded = datasets.load(tmp_path)
    assert {e.event for e in loaded.held_out["informative"]} == {"event0", "event5"}
    assert loaded.held_out["emergency"] == [] and len(loaded.train["emergency"]) == 4


def test_a_copy_that_is_cut_short_counts_as_a_copy() -> None:
    text = "The bridge over the river is down and three villages on the other side have no water since Monday"
    assert set(datasets.copy_keys(text)) & set(datasets.copy_keys(f"RT @a: {text[:85]}…"))
    assert not set(datasets.copy_keys("Bridge down")) & set(datasets.copy_keys("Bridge down again"))


def test_copies_are_learnt_once_with_the_answer_that_most_of_them_have(tmp_path: Path, write_rows: Write) -> None:
    labels = ["not_humanitarian", "sympathy_and_support", "sympathy_and_support"]
    write_rows(tmp_path / HUMAID, [("e", "train", f"{'!' * n}Pray", label) for n, label in enumerate(labels)])
    (example,) = datasets.load(tmp_path).train["category"]
    assert CATEGORY_IDS[example.target] == "sympathy_and_support"


def test_copies_of_a_text_fall_on_the_same_side(tmp_path: Path, write_rows: Write) -> None:
    write_rows(tmp_path / HUMAID, [("e", "train", "Pray", "sympathy_and_support")])
    rows = [("e", "train", f"{mark}Fire number {n}", "1") for n in range(40) for mark in ("", "RT @a: ")]
    write_rows(tmp_path / "kaggle_binary.train.csv.gz", rows)
    loaded = datasets.load(tmp_path)
    train, held = (
        {e.text.removeprefix("RT @a: ") for e in side["emergency"]} for side in (loaded.train, loaded.held_out)
    )
    assert held and not train & held


def test_a_limit_takes_the_same_few_rows_for_the_same_seed(corpus: Path) -> None:
    first, second, other = (datasets.load(corpus, seed=seed, limit=5).train["emergency"] for seed in (1, 1, 2))
    assert len(first) == 5 and first == second and first != other


@pytest.mark.parametrize(
    ("name", "label", "said"),
    [(HUMAID, "weather", "category 'weather'"), ("trec_is_priority.train.csv.gz", "Huge", "'Huge'")],
)
def test_an_unknown_label_is_named(tmp_path: Path, write_rows: Write, name: str, label: str, said: str) -> None:
    write_rows(tmp_path / name, [("e", "train", "Some text", label)])
    with pytest.raises(TrainingError, match=said):
        datasets.load(tmp_path)


def test_a_folder_without_category_labels_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="humaid_humanitarian"):
        datasets.load(tmp_path)


def test_a_file_without_labels_is_named(tmp_path: Path) -> None:
    import gzip

    with gzip.open(tmp_path / HUMAID, "wt") as file:
        file.write("text,event\nPray,e\n")
    with pytest.raises(TrainingError, match="no column label"):
        datasets.load(tmp_path)
