"""The exercise is rebuilt byte for byte from the phrase banks."""

from pathlib import Path

import pytest

from responder.demo import banks
from responder.demo.build import describe, encode, main, rows
from responder.demo.compose import compose
from responder.demo.draw import Draw
from responder.demo.echoes import copy, retweet
from responder.demo.exercise import FILE, distinct_text
from responder.demo.places import drawn_names
from responder.demo.render import fill, typo
from responder.demo.scripts import script_of


def test_a_rebuild_writes_the_committed_bytes(tmp_path: Path) -> None:
    target = tmp_path / "again.ndjson"
    assert main(["--output", str(target)]) == 0
    assert target.read_bytes() == FILE.read_bytes()


def test_a_later_wave_leaves_the_posts_of_the_first_unchanged(monkeypatch: pytest.MonkeyPatch) -> None:
    first = {lang.encode() for lang in banks.WAVES[0]}
    kept = [row for row in FILE.read_bytes().splitlines() if any(b'"lang": "%s"' % lang in row for lang in first)]
    monkeypatch.setattr(banks, "WAVES", banks.WAVES[:1])
    assert encode(rows(compose())).splitlines() == kept


def test_another_seed_gives_another_exercise() -> None:
    assert encode(rows(compose("another"))) != FILE.read_bytes()


def test_the_file_stays_small_enough_to_keep_in_the_repository() -> None:
    assert FILE.stat().st_size < 1_500_000


def test_describe_prints_tables_and_leaves_the_file_alone(capsys: pytest.CaptureFixture[str]) -> None:
    before = FILE.stat().st_mtime_ns
    assert main(["--describe"]) == 0
    assert "| requests_or_urgent_needs |" in capsys.readouterr().out
    assert FILE.stat().st_mtime_ns == before


def test_a_bank_row_gives_its_labels() -> None:
    line = banks.parse("34 C qr! | {n} people on a roof in {p}", lang="en", category="requests_or_urgent_needs")
    assert (line.phases, line.priority, line.needs) == ((3, 4), "Critical", ("request", "search_and_rescue"))
    assert line.rumour and line.emergency and not line.official and line.varies


def test_a_bank_row_may_name_its_category_and_the_one_it_answers() -> None:
    line = banks.parse("12 L ~ not_humanitarian > caution_and_advice | ha", lang="en")
    assert (line.category, line.answers, line.emergency) == ("not_humanitarian", "caution_and_advice", False)


@pytest.mark.parametrize("row", ["no bar", "1 Z - | unknown priority", "1 L k | unknown need"])
def test_a_malformed_bank_row_is_refused(row: str) -> None:
    with pytest.raises((ValueError, KeyError)):
        banks.parse(row, lang="en", category="not_humanitarian")


def test_at_least_200_posts_are_written_whole_by_hand() -> None:
    assert sum("{" not in line.text for line in banks.single_posts()) >= 200


def test_no_sentence_stands_in_two_banks() -> None:
    texts = [distinct_text(line.text) for line in banks.single_posts()]
    assert len(texts) == len(set(texts))


def test_the_place_drawn_is_the_place_written() -> None:
    line = banks.parse("4 L | water in {p}, the {riv} rises", lang="en", category="other_relevant_information")
    done = fill(line, 4, Draw("place"))
    assert done.place is not None
    assert "{" not in done.text


def test_a_typo_keeps_the_letters_and_spares_names_and_links() -> None:
    text = "water rising in Beira see https://example.org/photo"
    slipped = typo(text, Draw("slip"))
    assert slipped != text and sorted(slipped) == sorted(text)
    assert "Beira" in slipped and "https://example.org/photo" in slipped


def test_a_typo_spares_the_start_of_a_link() -> None:
    text = "वीडियो https://example.org/photo"
    assert typo(text, Draw("slip")) == text


def test_a_sentence_draws_only_places_that_its_language_does_not_decline() -> None:
    drawn = {name for phase in range(1, 6) for name in drawn_names("ru", phase)}
    assert "Дондо" in drawn and not {name for name in drawn if name.startswith("Бейр")}


def test_a_language_writes_places_in_its_own_script() -> None:
    line = banks.parse("4 L | {p}", lang="zh", category="other_relevant_information")
    done = fill(line, 4, Draw("place"))
    assert script_of(done.text) == "Han"
    assert done.place is not None and script_of(done.place.name) == "Latin"


@pytest.mark.parametrize(
    ("text", "script"),
    [
        ("Maji yanapanda", "Latin"),
        ("الماء يرتفع #Sereia @somebody_ex https://example.org/a", "Arabic"),
        ("बेइरा में पानी", "Devanagari"),
        ("বেইরায় পানি", "Bengali"),
        ("贝拉停电", "Han"),
        ("Вода прибывает", "Cyrillic"),
        ("🙏🙏 112", "none"),
    ],
)
def test_the_script_of_a_text_is_that_of_its_letters(text: str, script: str) -> None:
    assert script_of(text) == script


def test_distinct_text_keeps_vowel_signs_and_takes_han_characters_for_words() -> None:
    assert distinct_text("पानी, नदी!") == "पानी नदी"
    assert distinct_text("贝拉停电！") == "贝 拉 停 电"


def test_a_retweet_has_the_same_distinct_text_as_its_original() -> None:
    assert distinct_text(retweet("Bridge down in Búzi!", "someone_ex")) == distinct_text("bridge down in Buzi")


@pytest.mark.parametrize("seed", [str(number) for number in range(12)])
def test_a_copy_keeps_the_place(seed: str) -> None:
    text = copy("No clean water left in Beira #Sereia", "a_ex", ["Please share"], Draw(seed))
    assert "beira" in text.lower()


def test_the_documented_composition_is_that_of_the_file() -> None:
    documented = Path(__file__).parents[3].joinpath("docs", "exercise.md").read_text("utf-8")
    assert [line for line in describe().splitlines() if line not in documented.splitlines()] == []
