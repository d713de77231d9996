"""A million posts in PostgreSQL: how long map, lists and key figures take for five filters that people use.

    python benchmarks/million_posts.py [--posts 1000000] [--output docs/figures/million-posts.json]

Starts a PostgreSQL of its own and fills it with posts of its own words: one event with a tenth of all posts over a week,
the others over a year. Times are of the queries with Django around them, in this process, asked in turn.
"""

import argparse
import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))
EVENTS, TOWNS, RUNS = 10, 400, 25
FILTERS = {
    "whole event": "",
    "last 24 hours": "t=24h",
    "critical and high, to review": "sev=1,2&status=review",
    "one town": "place=Town 7",
    "two words": "q=boats bridge",
}
FILL = """
INSERT INTO responder_post (source, source_id, event_id, text, lang, author_handle, created_at, time_source, received_at,
    text_key, is_exercise, revision, state, attempts, lease_owner, error, classified_at, category, "group",
    model_category, probability, band, abstained, probabilities, emergency, emergency_probability, severity,
    severity_reason, priority_score, needs, latitude, longitude, radius_km, place_name, place_type, country_code,
    grid_x, grid_y, status, version, relation, related_to, links)
SELECT 'million', g::text, event, words, 'en', 'a' || g %% 50000, at, 'source', at, md5(words), false, '', 'classified', 1, '',
    '', at, category, "group", category, chance, 1 + least(4, (chance * 5)::int), chance < 0.2, '{}', chance > 0.3, chance,
    CASE WHEN g %% 100 = 0 THEN 1 WHEN g %% 11 = 0 THEN 2 WHEN g %% 5 = 0 THEN 3 ELSE 4 END, '', chance, '[]',
    CASE WHEN placed THEN lat END, CASE WHEN placed THEN lon END, CASE WHEN placed THEN 4 END,
    CASE WHEN placed THEN 'Town ' || town ELSE '' END, CASE WHEN placed THEN 'town' ELSE '' END,
    CASE WHEN placed THEN 'MZ' ELSE '' END,
    CASE WHEN placed THEN floor((lon + 180) / 360 * 16777216)::int END,
    CASE WHEN placed THEN floor((1 - ln(tan(radians(lat)) + 1 / cos(radians(lat))) / pi()) / 2 * 16777216)::int END,
    CASE WHEN g %% 4 = 0 THEN 'confirmed' ELSE 'unreviewed' END, 1, '', '', '[]'
FROM (
    SELECT g, event, town, placed, chance, category, "group", lat, lon,
        now() - interval '1 second' * (abs(hashint4(g + 3)) %% CASE WHEN event = %(event)s THEN 604800 ELSE 31536000 END) AS at,
        'Report ' || g || ': ' || (ARRAY['water','boats','food','doctors','tents','fuel','blankets','trucks'])[1 + abs(hashint4(g)) %% 8]
            || ' needed at Town ' || town || ', the '
            || (ARRAY['bridge','road','school','clinic','market','dam'])[1 + abs(hashint4(g + 9)) %% 6] || ' is cut' AS words
    FROM (
        SELECT g, g %% %(towns)s AS town, abs(hashint4(g + 1)) %% 7 > 0 AS placed, (abs(hashint4(g + 2)) %% 1000) / 1000.0 AS chance,
            %(event)s + g %% %(events)s AS event, c.category, c."group",
            -21.5 + (abs(hashint4(g %% %(towns)s)) %% 5000) / 1000.0 AS lat,
            32.5 + (abs(hashint4(g %% %(towns)s + 77)) %% 4000) / 1000.0 AS lon
        FROM generate_series(1, %(posts)s) AS g
        JOIN unnest(%(categories)s::text[], %(groups)s::text[]) WITH ORDINALITY AS c(category, "group", number)
            ON c.number = 1 + abs(hashint4(g + 5)) %% %(kinds)s
    ) AS drawn
) AS written
"""
WORDS = """
INSERT INTO responder_postwords (post_id, document, place)
SELECT id, ' ' || btrim(regexp_replace(lower(text), '[^a-z0-9]+', ' ', 'g')) || ' ', lower(place_name) FROM responder_post
"""


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])  # type: ignore[union-attr]
    options.add_argument("--posts", type=int, default=1_000_000)
    options.add_argument("--output", type=Path)
    chosen = options.parse_args()
    load = round(os.getloadavg()[0], 2)
    with database():
        filled_s = fill(chosen.posts)
        figures = {
            "machine": {"cores": os.cpu_count(), "load_before": load, "load_after": round(os.getloadavg()[0], 2)},
            "posts": chosen.posts, "events": EVENTS, "filled_s": round(filled_s), "runs": RUNS, "p95_ms": measured(),
            "megabytes": sizes(),
        }  # fmt: skip
    text = json.dumps(figures, indent=1)
    print(text)
    if chosen.output:
        chosen.output.write_text(text + "\n")
    return 0


@contextmanager
def database() -> Iterator[None]:
    """A database of its own, migrated; Django is set up here."""
    from responder.drill.services import Postgres

    folder = Path(tempfile.mkdtemp(prefix="responder-million-"))
    (folder / "pg").mkdir()
    folder.chmod(0o755)
    postgres = Postgres(folder / "pg")
    try:
        postgres.start()
        postgres.create("million")
        os.environ |= {
            "DATABASE_URL": postgres.url("million"), "REDIS_URL": "redis://127.0.0.1:1/0",
            "DJANGO_SETTINGS_MODULE": "responder.settings", "RESPONDER_DATA_DIR": str(folder),
            "RESPONDER_LOG_LEVEL": "ERROR",
        }  # fmt: skip
        import django

        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        yield
    finally:
        postgres.stop()
        shutil.rmtree(folder, ignore_errors=True)


def fill(posts: int) -> float:
    """Write the posts, and let the planner see them; seconds."""
    from django.db import connection

    from classifier import categories, clock
    from responder.models import Event

    began = time.monotonic()
    first = 0
    for number in range(EVENTS):
        row = Event.objects.create(
            ref=f"event-{number}", name=f"Event {number}", country_codes=["MZ"], west=32.0, south=-22.0, east=37.0,
            north=-16.0, started_at=clock.now() - timedelta(days=7),
        )  # fmt: skip
        first = first or row.pk
    kinds = list(categories.BY_ID)
    values = {
        "posts": posts, "event": first, "events": EVENTS, "towns": TOWNS, "categories": kinds,
        "groups": [categories.group_of(kind) for kind in kinds], "kinds": len(kinds),
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(FILL, values)
        cursor.execute(WORDS)
        cursor.execute("VACUUM ANALYZE responder_post")
        cursor.execute("VACUUM ANALYZE responder_postwords")
    return time.monotonic() - began


def asked() -> dict[str, Callable[[Any, Any], object]]:
    """Name of a part of the pages → what it asks, of a filter and an event."""
    from responder.queries import clusters, feed, figures, posts
    from responder.queries.viewport import Viewport

    view = Viewport.from_degrees(32.0, -22.0, 37.0, -16.0, 7)
    return {
        "map": lambda post_filter, event: clusters.overview(post_filter, event, view),
        "list, most urgent first": lambda post_filter, event: posts.page(posts.matching(post_filter, event)),
        "list, newest first": lambda post_filter, event: feed.page(posts.matching(post_filter, event)),
        "key figures": figures.key_figures,
    }


def chosen_filters() -> dict[str, Any]:
    """Name → filter, as its page reads it."""
    from django.http import QueryDict

    from responder.queries.filters import Filter

    return {name: Filter.parse(QueryDict(f"event=event-0&{text}"), None)[0] for name, text in FILTERS.items()}


def measured() -> dict[str, dict[str, float]]:
    """Part → filter → 95th percentile in milliseconds."""
    from responder.models import Event

    event = Event.objects.get(ref="event-0")
    spent: dict[str, dict[str, list[float]]] = {part: {name: [] for name in FILTERS} for part in asked()}
    for run in range(RUNS + 1):
        for part, ask in asked().items():
            for name, post_filter in chosen_filters().items():
                began = time.perf_counter()
                ask(post_filter, event)
                if run:  # the first is a warm-up
                    spent[part][name].append((time.perf_counter() - began) * 1e3)
    return {
        part: {name: round(sorted(values)[int(len(values) * 0.95)], 1) for name, values in by_filter.items()}
        for part, by_filter in spent.items()
    }


def plans() -> Iterator[tuple[str, str, str]]:
    """(part, filter, nodes of the plan) of every query that the parts ask."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from responder.models import Event

    event = Event.objects.get(ref="event-0")
    for part, ask in asked().items():
        for name, post_filter in chosen_filters().items():
            with CaptureQueriesContext(connection) as captured:
                ask(post_filter, event)
            for query in captured.captured_queries:
                if query["sql"].startswith("SELECT"):
                    with connection.cursor() as cursor:
                        cursor.execute("EXPLAIN " + query["sql"].replace("%", "%%"), [])
                        nodes = [row[0].split("  (")[0].strip(" ->") for row in cursor.fetchall() if "(cost" in row[0]]
                    yield part, name, "; ".join(nodes)


def sizes() -> dict[str, int]:
    """Table or index → megabytes on disk."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname, pg_relation_size(oid) / 1048576 FROM pg_class WHERE relname LIKE 'post\\_%%' "
            "OR relname IN ('responder_post', 'responder_postwords') ORDER BY 2 DESC", []
        )  # fmt: skip
        return dict(cursor.fetchall())


if __name__ == "__main__":
    raise SystemExit(main())
