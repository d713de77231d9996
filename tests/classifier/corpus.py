"""A made-up corpus in the public sets' formats, large enough for every gate: sentences from word banks of our own."""

import csv
import gzip
import random
from pathlib import Path

from classifier.ml.sources import CRISISNLP

PLACES = "Avelar Brindle Carrow Dunmere Eastby Farholt Gannet Hollow Isley Jorvik Kesh Lorne".split()
THINGS = "river road school market harbour clinic bridge station camp valley".split()
SENTENCES = {
    "requests_or_urgent_needs": [
        "We need {a} and {b} near the {t} in {p}",
        "Please send {a} to {p}, {n} families wait",
    ],
    "injured_or_dead_people": ["{n} people were killed at the {t} in {p}", "{n} injured after the {t} fell in {p}"],
    "missing_or_found_people": ["My {k} is missing since the storm at {p} {t}", "Still searching for my {k} near {p}"],
    "displaced_people_and_evacuations": ["{n} families evacuated from {p}", "{p} residents sleep in the {t} shelter"],
    "infrastructure_and_utility_damage": ["The {t} in {p} is destroyed", "Power is out, the {t} of {p} collapsed"],
    "rescue_volunteering_or_donation_effort": [
        "Volunteers bring {a} to {p}",
        "Donate for {p}: we gave {n} boxes of {a}",
    ],
    "sympathy_and_support": ["Our prayers are with {p} tonight", "Thoughts and love to everybody in {p}"],
    "caution_and_advice": ["Warning: stay away from the {t} in {p}", "Alert for {p}: boil water, avoid the {t}"],
    "other_relevant_information": ["The storm reached {p} with {n} km/h", "Minister visits {p} and its {t} today"],
    "not_humanitarian": ["Great match tonight, {n} goals", "New song out, number {n} in the charts of {p}"],
}
GOODS, KIN = "water food tents blankets medicine fuel".split(), "brother sister mother uncle daughter".split()
COLUMNS = ("event", "orig_split", "id", "lang", "text", "label")
BACK = {ours: theirs for theirs, ours in CRISISNLP.items()}


def sentence(rng: random.Random, category: str) -> str:
    a, b = rng.sample(GOODS, 2)
    pattern = rng.choice(SENTENCES[category])
    return (
        pattern.format(a=a, b=b, t=rng.choice(THINGS), p=rng.choice(PLACES), k=rng.choice(KIN), n=rng.randint(2, 9_999))
        + f" {rng.randint(10, 99_999)}"
    )


def make_corpus(folder: Path, *, each: int = 60, seed: int = 1) -> Path:
    """Write the files: `each` texts per category to learn, to hold out and to test, and as many of other events."""
    rng = random.Random(seed)
    folder.mkdir(parents=True, exist_ok=True)
    rows = [
        (rng.choice(("avelar_flood_2031", "kesh_earthquake_2032")), split, category)
        for category in SENTENCES
        for split, count in (("train", 2 * each), ("dev", each))
        for _ in range(count)
    ]
    write(folder / "humaid_humanitarian.train.csv.gz", rng, rows)
    tests = [("avelar_flood_2031", "test", category) for category in SENTENCES for _ in range(each)]
    write(folder / "humaid_humanitarian.test.csv.gz", rng, tests)
    others = [(f"other_{n % 6}_flood", "train", category) for n in range(each * 3) for category in BACK]
    write(folder / "crisisnlp_crowdflower.train.csv.gz", rng, others, BACK)
    return folder


def write(
    path: Path, rng: random.Random, rows: list[tuple[str, str, str]], words: dict[str, str] | None = None
) -> None:
    with gzip.open(path, "wt", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for number, (event, split, category) in enumerate(rows):
            label = (words or {}).get(category, category)
            writer.writerow((event, split, number, "en", sentence(rng, category), label))
