"""How well posts are grouped into incidents: hand-written scenes, the exercise, and other people's real messages.

    python benchmarks/grouping.py [--corpus DIR] [--output FILE]

1. Scenes: every pair of tests/responder/incidents/scenes.tsv, through the whole pipeline (classify, locate, group).
   A pair is right if its two posts tell of one thing. The thresholds are swept over the same pairs.
2. Pairs: the hand-written pairs of tests/responder/incidents/pairs.txt, one at a time, by kind and language; thresholds
   are swept for pairs with two places and for the others.
3. Exercise: how many items are left of its posts, and of a replay in which 65 % are copies.
4. Corpus, where it is at hand: messages of different disasters, which can never be one incident, taken two by two as if
   time and place had let them through.

Runs in a database of its own in a temporary folder.
"""

import argparse
import atexit
import csv
import gzip
import itertools
import json
import os
import random
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
SCENES = ROOT / "tests" / "responder" / "incidents" / "scenes.tsv"
THRESHOLDS = (0.30, 0.34, 0.38, 0.42, 0.46, 0.50, 0.54, 0.58, 0.62, 0.70)
COPIES = 0.65


def main() -> int:
    """Print the figures as JSON."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])  # type: ignore[union-attr]
    arguments.add_argument("--corpus", type=Path, help="folder with <source>.train.csv.gz files")
    arguments.add_argument("--output", type=Path)
    chosen = arguments.parse_args()
    _set_up()
    figures = {"scenes": scenes(), "pairs": written_pairs(), "exercise": exercise_items(), "copies": copies()}
    if chosen.corpus:
        figures["corpus"] = corpus(chosen.corpus)
    text = json.dumps(figures, indent=1)
    print(text)
    if chosen.output:
        chosen.output.write_text(text + "\n")
    return 0


def _set_up() -> None:
    sys.path.insert(0, str(ROOT))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "responder.settings.test")
    folder = tempfile.mkdtemp(prefix="responder-grouping-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    os.environ["RESPONDER_DATA_DIR"] = folder
    os.environ.pop("DATABASE_URL", None)
    os.environ.setdefault("RESPONDER_LOG_LEVEL", "ERROR")
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)


def _event(ref: str) -> Any:
    from responder.models import Event

    event, _ = Event.objects.get_or_create(
        ref=ref,
        defaults={"name": ref, "country_codes": ["MZ"], "west": 31.5, "south": -21.5, "east": 38.5, "north": -14.5},
    )
    return event


def read_scenes() -> list[dict[str, str]]:
    """Rows of the hand-written scenes."""
    with SCENES.open(encoding="utf-8") as lines:
        names = lines.readline().lstrip("# ").rstrip("\n").split("\t")
        return [dict(zip(names, line.rstrip("\n").split("\t"), strict=True)) for line in lines]


def scenes() -> dict[str, Any]:
    """Pairwise figures of the pipeline on the scenes, and what other thresholds would give."""
    from classifier import clock
    from responder.classification import pipeline
    from responder.feeds import ingest
    from responder.feeds.raw_post import RawPost
    from responder.models import IncidentPost, Post

    rows, start = read_scenes(), clock.now() - timedelta(hours=3)
    order = sorted(range(len(rows)), key=lambda i: int(rows[i]["minutes"]))
    posts = [
        RawPost(str(i), rows[i]["text"], created_at=start + timedelta(minutes=int(rows[i]["minutes"])), lang="en",
                author_handle=rows[i]["author"])
        for i in order
    ]  # fmt: skip
    ingest.accept(posts=posts, source="scenes", event=_event("scenes"))
    pipeline.drain()
    home = dict(
        IncidentPost.objects.filter(state="accepted", post__source="scenes").values_list("post__source_id", "incident")
    )
    suggested = IncidentPost.objects.filter(state="suggested", post__source="scenes").count()
    pairs = list(itertools.combinations(range(len(rows)), 2))
    same = {(i, j) for i, j in pairs if rows[i]["scene"] == rows[j]["scene"]}
    together = {(i, j) for i, j in pairs if home.get(str(i)) is not None and home.get(str(i)) == home.get(str(j))}
    posts_by_id = {post.source_id: post for post in Post.objects.filter(source="scenes")}
    return {
        "posts": len(rows),
        "scenes": len({row["scene"] for row in rows}),
        "pairs": len(pairs),
        "pairs_of_one_thing": len(same),
        "pairs_grouped": len(together),
        "precision": _share(len(together & same), len(together)),
        "recall": _share(len(together & same), len(same)),
        "suggested": suggested,
        "near_pairs": _sweep(rows, posts_by_id),
    }


def _sweep(rows: Sequence[dict[str, str]], posts: dict[str, Any]) -> dict[str, Any]:
    """Pairs that place and time let through, by likeness alone: precision and recall of each threshold."""
    from responder.incidents import matching

    candidates = _candidates("scenes")
    scored = []
    missed = 0
    for i, j in itertools.combinations(sorted(map(int, posts)), 2):
        one, other = candidates[str(i)], candidates[str(j)]
        leaders = matching.Leaders([other])
        near = leaders.near(one)
        if not len(near):
            continue
        right = rows[i]["scene"] == rows[j]["scene"]
        missed += right and not len(leaders.hashed_alike(one, near))
        scored.append((_likeness(one, other), right))
    return {
        "pairs": len(scored),
        "pairs_of_one_thing": sum(right for _, right in scored),
        "missed_by_the_hash": missed,
        "thresholds": [_at(scored, threshold) for threshold in THRESHOLDS],
    }


def _candidates(source: str) -> dict[str, Any]:
    """Id at the source → the post as the rule sees it."""
    from responder.incidents import grouping
    from responder.models import PostEmbedding

    rows = PostEmbedding.objects.filter(post__source=source).select_related("post")
    return {row.post.source_id: grouping._candidate(row) for row in rows}


def _likeness(one: Any, other: Any) -> float:
    """Likeness of two posts; 0 where a name keeps them apart."""
    from responder.incidents import matching

    if matching.another_name(one, other):
        return 0.0
    cosine = float(matching.meaning.likeness(one.vector, [other.vector])[0])
    return matching.score(cosine, one.words, other.words)


def written_pairs() -> dict[str, Any]:
    """The hand-written pairs: precision, recall, and what other thresholds would give."""
    from responder.incidents import matching
    from tests.responder.incidents import pairs

    found = pairs.outcomes(list(pairs.read()))
    candidates = _candidates("pairs")
    scored: dict[str, list[tuple[float, bool]]] = {"both_placed": [], "one_or_none_placed": []}
    for number, (pair, _outcome) in enumerate(found):
        one, other = candidates[f"{number}a"], candidates[f"{number}b"]
        if len(matching.Leaders([other]).near(one)):
            which = "both_placed" if one.place and other.place else "one_or_none_placed"
            scored[which].append((_likeness(one, other), pair.same))
    return {
        **_right(found),
        "by_kind": {kind: _right([one for one in found if one[0].kind == kind]) for kind in _values(found, "kind")},
        "by_language": {lang: _right([one for one in found if one[0].lang == lang]) for lang in _values(found, "lang")},
        "thresholds": {
            which: {
                "pairs": len(values),
                "at": [_at(values, threshold) for threshold in (*THRESHOLDS, 0.75, 0.80, 0.85)],
            }
            for which, values in scored.items()
        },
    }


def _values(found: Sequence[tuple[Any, str]], name: str) -> list[str]:
    return sorted({getattr(pair, name) for pair, _outcome in found})


def _right(found: Sequence[tuple[Any, str]]) -> dict[str, Any]:
    same, together = (sum(pair.same for pair, _ in found), [pair.same for pair, out in found if out == "together"])
    return {
        "pairs": len(found), "of_one_thing": same, "grouped": len(together),
        "precision": _share(sum(together), len(together)), "recall": _share(sum(together), same),
    }  # fmt: skip


def _at(scored: Sequence[tuple[float, bool]], threshold: float) -> dict[str, float | None]:
    found = [right for value, right in scored if value >= threshold]
    every = sum(right for _, right in scored)
    return {
        "threshold": threshold,
        "precision": _share(sum(found), len(found)),
        "recall": _share(sum(found), every),
    }


def exercise_items() -> dict[str, Any]:
    """The exercise as it comes: what is left to look at."""
    from responder.demo import exercise

    every = list(exercise.posts())
    return _replayed("exercise", [(post.offset_s, post.author, post.text) for post in every])


def copies() -> dict[str, Any]:
    """A stream in which 65 % of the posts are near copies: same words, another link, mention or retweet mark."""
    from responder.demo import exercise

    chance = random.Random(7)
    seen: set[str] = set()
    originals = []
    for post in exercise.posts():
        key = exercise.distinct_text(post.text)
        if key not in seen and post.gold.category != "not_humanitarian":
            seen.add(key)
            originals.append(post)
    originals = originals[:700]
    stream = [(post.offset_s, post.author, post.text) for post in originals]
    for number in range(round(len(originals) * COPIES / (1 - COPIES))):
        post = chance.choice(originals)
        altered = chance.choice(["RT @someone: {}", "{} https://example.org/x", "{} @radio", "{}!!", "Pls share: {}"])
        stream.append((post.offset_s + chance.randint(30, 7_200), f"echo{number}", altered.format(post.text)))
    return _replayed("copies", sorted(stream))


def _replayed(name: str, stream: Sequence[tuple[int, str, str]]) -> dict[str, Any]:
    from classifier import clock
    from responder.classification import pipeline
    from responder.feeds import ingest
    from responder.feeds.raw_post import RawPost
    from responder.models import Incident, IncidentPost, Post

    start, event = clock.now() - timedelta(hours=26), _event(name)
    posts = [
        RawPost(str(i), text, created_at=start + timedelta(seconds=offset), lang="", author_handle=author)
        for i, (offset, author, text) in enumerate(stream)
    ]
    for at in range(0, len(posts), 500):
        ingest.accept(posts=posts[at : at + 500], source=name, event=event)
        pipeline.drain()
    shown = Post.objects.filter(event=event, state="classified").exclude(group="aside")
    grouped = IncidentPost.objects.filter(state="accepted", post__in=shown.values("pk")).count()
    incidents = Incident.objects.filter(event=event).count()
    items = shown.count() - grouped + incidents
    return {
        "posts": len(posts),
        "shown": shown.count(),
        "in_incidents": grouped,
        "incidents": incidents,
        "items": items,
        "fewer_items_than_shown_posts": round(1 - items / shown.count(), 3),
    }


def corpus(folder: Path) -> dict[str, Any]:
    """Pairs of messages of different disasters: the share that each threshold would take for one thing."""
    from classifier import serving
    from responder.incidents import matching, meaning

    chance = random.Random(11)
    by_event: dict[str, list[str]] = {}
    for row in _messages(folder / "humaid_humanitarian.train.csv.gz"):
        if row["label"] != "not_humanitarian":
            by_event.setdefault(row["event"], []).append(row["text"])
    chosen = [(event, text) for event, texts in by_event.items() for text in chance.sample(texts, min(250, len(texts)))]
    _, places = meaning.embed([text for _, text in chosen], serving.current().runtime)
    words = [matching.words_of(text) for _, text in chosen]
    scores = []
    for i, (event, _) in enumerate(chosen):
        cosines = (
            meaning.likeness(places[i].vector, [place.vector for place in places[i + 1 :]])
            if i + 1 < len(places)
            else []
        )
        for j, cosine in enumerate(cosines, start=i + 1):
            if chosen[j][0] != event:
                scores.append(matching.score(float(cosine), words[i], words[j]))
    return {
        "messages": len(chosen),
        "events": len(by_event),
        "pairs": len(scores),
        "taken_for_one": {str(t): sum(s >= t for s in scores) for t in THRESHOLDS},
    }


def _messages(path: Path) -> Iterator[dict[str, str]]:
    with gzip.open(path, "rt", encoding="utf-8", newline="") as lines:
        yield from csv.DictReader(lines)


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None


if __name__ == "__main__":
    raise SystemExit(main())
