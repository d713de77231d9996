"""What the product says of the bundled exercise, beside its gold labels: spans, places, categories, priorities.

    python benchmarks/exercise.py --output docs/figures/exercise.json [--model DIR]

Every text is classified as the product does it, with the countries of the exercise's event and without its language.
`--model DIR` asks another model than the shipped one. A span cuts a word if it begins or ends inside one, as Unicode divides words
(`classifier/words.py`); the ending that a language adds to a name ("Beira'da"), and an article before its apostrophe ("d'Ivoire"), may be left out. A post that names a place
counts as placed if one of its places lies within 100 km of the gold one, or is that country.
"""

import argparse
import json
import sys
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from classifier.ml import as_served
from classifier.ml.parallel import NEAR_KM, URGENT
from classifier.ml.runtime import Runtime
from classifier.places import Context, gazetteer
from classifier.places.candidates import forms as name_forms
from classifier.places.find import distance_km
from classifier.places.mentions import mentions
from classifier.words import APOSTROPHES, words
from responder.demo import exercise
from responder.demo.exercise import ExercisePost

SHIPPED = max((Path(__file__).parents[1] / "classifier" / "shipped").glob("*/manifest.json")).parent
EVENT = Context(country_codes=tuple(exercise.EVENT["country_codes"]), bbox=tuple(exercise.EVENT["bbox"]))
SAME_KM = 30.0  # between the exercise's position of a town and the gazetteer's
LEAST_SCORE = 0.5  # below it a place is not put on the map (responder/classification/locating.py)
MOST_EXAMPLES = 60
Predicted = dict[str, Any]


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--model", type=Path, default=SHIPPED, help="folder of a model")
    parser.add_argument("--output", type=Path, help="write the figures to this file")
    options = parser.parse_args(argv)
    posts = list(exercise.posts())
    figures = measure(
        posts, as_served.predictions(Runtime.load(options.model), [post.text for post in posts], context=EVENT)
    )
    examples = figures.pop("examples")
    if options.output:
        options.output.write_text(json.dumps(figures, indent=1) + "\n")
    sys.stdout.write(json.dumps(figures | {"examples": examples}, indent=1, ensure_ascii=False) + "\n")
    return 0


def measure(posts: Sequence[ExercisePost], predictions: Sequence[Predicted]) -> dict[str, Any]:
    """Figures of all posts and of each language, and examples of what went wrong."""
    by_language: dict[str, list[tuple[ExercisePost, Predicted]]] = defaultdict(list)
    for post, answer in zip(posts, predictions, strict=True):
        by_language[post.lang].append((post, answer))
    pairs = list(zip(posts, predictions, strict=True))
    cut = [text for post, answer in pairs for text in cut_spans(post.text, answer["places"])]
    missed = [post.text for post, answer in pairs if names_a_known_place(post) and not is_placed(post, answer)]
    return {
        "all": _figures(pairs),
        "languages": {language: _figures(some) for language, some in sorted(by_language.items())},
        "examples": {"cut": cut[:MOST_EXAMPLES], "not placed": missed[:MOST_EXAMPLES]},
    }


def cut_spans(text: str, places: Sequence[Predicted]) -> list[str]:
    """The spans that begin inside a word, or end inside one by more than an ending of the language."""
    found = []
    for place in places:
        start, end = place["start"], place["end"]
        elided = text[start - 1 : start] in APOSTROPHES
        if any(first < start < last and not elided for first, last in words(text)) or any(
            first <= start < end < last and last - end > LONGEST_ENDING for first, last in words(text)
        ):
            found.append(f"{text[start:end]} | {text}")
    return found


LONGEST_ENDING = 4  # letters of a suffix, with its apostrophe


def is_placed(post: ExercisePost, answer: Predicted) -> bool:
    """Whether one of the answer's places is near the gold one."""
    gold = post.gold.place
    if gold is None:
        return False
    sure = [place for place in answer["places"] if place["latitude"] is not None and place["score"] >= LEAST_SCORE]
    if gold.type == "country":
        return any(place["type"] == "country" and place["country_code"] == gold.country_code for place in sure)
    where = (gold.latitude, gold.longitude)
    return any(distance_km(where, (place["latitude"], place["longitude"])) <= NEAR_KM for place in sure)


def _is_of_the_event(post: ExercisePost) -> bool:
    return post.gold.place is not None and post.gold.place.country_code in EVENT.country_codes


def names_a_known_place(post: ExercisePost) -> bool:
    """Whether the gazetteer knows a word of the post as a name of its gold place, which lies in the event."""
    gold = post.gold.place
    if gold is None or not _is_of_the_event(post):
        return False
    forms = {
        form
        for mention in mentions(post.text, starts=gazetteer.unspaced_starts())
        for form in name_forms(mention, post.lang)
    }
    known = [entry for entries in gazetteer.lookup(forms).values() for entry in entries]
    if gold.type == "country":
        return any(entry.type == "country" and entry.country == gold.country_code for entry in known)
    return any(
        entry.type not in ("country", "state")
        and distance_km((gold.latitude, gold.longitude), (entry.latitude, entry.longitude)) <= SAME_KM
        for entry in known
    )


def _figures(pairs: Sequence[tuple[ExercisePost, Predicted]]) -> dict[str, Any]:
    named = [(post, answer) for post, answer in pairs if post.gold.place]
    of_event = [(post, answer) for post, answer in named if _is_of_the_event(post)]
    known = [(post, answer) for post, answer in of_event if names_a_known_place(post)]
    urgent = [answer for post, answer in pairs if post.gold.priority in URGENT]
    return {
        "posts": len(pairs),
        "spans": sum(len(answer["places"]) for _, answer in pairs),
        "spans_that_cut_a_word": sum(len(cut_spans(post.text, answer["places"])) for post, answer in pairs),
        "name_a_place": len(named),
        "placed": _share([is_placed(post, answer) for post, answer in named]),
        "name_a_place_of_the_event": len(of_event),
        "placed_of_the_event": _share([is_placed(post, answer) for post, answer in of_event]),
        "name_a_gazetteer_place": len(known),
        "placed_of_those": _share([is_placed(post, answer) for post, answer in known]),
        "category": _share([answer["category"]["label"] == post.gold.category for post, answer in pairs]),
        "urgent": len(urgent),
        "urgent_kept": _share([answer["priority"]["label"] in URGENT for answer in urgent]),
        "not_judged": _share([answer["category"]["abstained"] for _, answer in pairs]),
    }


def _share(hits: Sequence[bool]) -> float:
    return round(sum(hits) / len(hits), 4) if hits else 0.0


if __name__ == "__main__":
    sys.exit(main())
