"""`responder import-posts` and `replay`: durable, once, classified when they return."""

import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from responder.models import Event, Post
from tests.product.conftest import Run
from tests.services import running_postgres, running_redis

ROWS = 60
TABLE = "tweet_id\ttweet_text\n" + "".join(
    f"10658445918053908{n:02d}\tFamilies need water in Beira, post {n}\n" for n in range(ROWS)
)


@pytest.fixture
def table(tmp_path: Path) -> str:
    path = tmp_path / "posts.tsv"
    path.write_text(TABLE)
    return str(path)


@pytest.fixture(scope="session")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    with running_postgres() as database, running_redis(tmp_path_factory.mktemp("redis")) as broker:
        yield {"DATABASE_URL": database, "REDIS_URL": broker}


@pytest.mark.fresh
def test_a_file_is_stored_and_classified_once(responder: Run, table: str, tmp_path: Path) -> None:
    first = responder("import-posts", table, "--source", "wire")
    assert first.returncode == 0, first.stderr
    assert f"{ROWS} rows read: {ROWS} new posts, 0 already known, 0 bad rows" in first.stdout
    assert f"{ROWS} posts classified" in first.stdout
    again = responder("import-posts", table, "--source", "wire")
    assert f"{ROWS} rows read: 0 new posts, {ROWS} already known" in again.stdout
    database = sqlite3.connect(tmp_path / "data" / "responder.sqlite3")
    query = "SELECT state, time_source, count(*), count(DISTINCT source_id) FROM responder_post GROUP BY 1, 2"
    assert database.execute(query).fetchall() == [("classified", "snowflake", ROWS, ROWS)]
    database.close()


@pytest.mark.slow
def test_the_same_on_postgresql_and_redis(responder: Run, table: str, servers: dict[str, str]) -> None:
    refused = responder("import-posts", table, "--source", "wire", **servers)
    assert refused.returncode == 2 and "responder migrate" in refused.stderr
    assert responder("migrate", **servers).returncode == 0
    first = responder("import-posts", table, "--source", "wire", **servers)
    assert first.returncode == 0, first.stderr
    assert f"{ROWS} new posts" in first.stdout and f"{ROWS} posts classified" in first.stdout
    assert (
        f"0 new posts, {ROWS} already known" in responder("import-posts", table, "--source", "wire", **servers).stdout
    )


@pytest.mark.django_db
def test_no_wait_leaves_the_posts_to_the_workers(here: Run, table: str) -> None:
    ran = here("import-posts", table, "--source", "wire", "--no-wait")
    assert ran.returncode == 0 and "classified" not in ran.stdout
    assert set(Post.objects.values_list("state", flat=True)) == {"accepted"}


@pytest.mark.django_db
def test_bad_rows_are_named_and_an_unusable_file_leaves_nothing(here: Run, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("id,text\n1,\n2,ok\n")
    ran = here("import-posts", "a.csv", "--source", "wire")
    assert ran.returncode == 1 and "line 2: The text is empty." in ran.stderr and "1 bad row" in ran.stdout
    assert "Done with problems: 1 bad row." in ran.stderr and Post.objects.get().state == "classified"
    (tmp_path / "b.csv").write_text("id,colour\n1,red\n")
    ran = here("import-posts", "b.csv", "--source", "other")
    assert ran.returncode == 2 and "--map text=COLUMN" in ran.stderr
    assert list(Event.objects.values_list("ref", flat=True)) == ["wire"]


@pytest.mark.django_db
def test_replay_keeps_the_order_and_the_spacing(here: Run, tmp_path: Path) -> None:
    times = ["2020-01-01T00:00:00Z", "2020-01-01T00:01:00Z", "2020-01-01T00:03:00Z"]
    (tmp_path / "a.ndjson").write_text(
        "".join(f'{{"id": "{i}", "text": "post", "created_at": "{t}"}}\n' for i, t in enumerate(times))
    )
    ran = here("replay", "a.ndjson", "--speed", "120")
    assert re.search(r"3 posts replayed, 3 of them new", ran.stdout), ran.stderr
    first, second, third = Post.objects.order_by("source_id").values_list("created_at", flat=True)
    assert 0 <= (second - first).total_seconds() <= 1.5  # 60 s and 180 s, 120 times faster
    assert 1 <= (third - first).total_seconds() <= 2.5


@pytest.mark.django_db
def test_a_check_shows_how_a_file_is_understood_and_stores_nothing(here: Run, tmp_path: Path) -> None:
    rows = "1;02/14/2026 10:00;Water in Beira\n2;02/15/2026 11:00;\n"
    (tmp_path / "a.csv").write_text(f"nr;date;words\n{rows}")
    options = ("--source", "wire", "--map", "text=words,id=nr", "--time-zone", "Africa/Maputo", "--check")
    ran = here("import-posts", "a.csv", *options)
    assert ran.returncode == 1, ran.stderr
    assert "Columns: " in ran.stdout and "text=words" in ran.stdout and "Dates: month first." in ran.stdout
    assert "line 2 | 1 | 2026-02-14 08:00 UTC (source) | Water in Beira" in ran.stdout
    assert "2 rows read: 1 new post, 0 already known, 1 bad row" in ran.stdout and "Nothing was stored." in ran.stdout
    assert "line 3: The text is empty." in ran.stderr
    assert not Post.objects.exists() and not Event.objects.exists()


@pytest.mark.django_db
def test_an_unknown_event_is_created_only_where_that_is_asked_for(here: Run, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("id,text,created_at\n1,Water,2026-03-02 10:00\n")
    ran = here("import-posts", "a.csv", "--source", "wire", "--event", "flood", "--no-wait")
    assert ran.returncode == 2 and "--create-event" in ran.stderr and not Event.objects.exists()
    created = ("--event", "flood", "--create-event", "--time-zone", "Africa/Maputo", "--no-wait")
    ran = here("import-posts", "a.csv", "--source", "wire", *created)
    assert ran.returncode == 0 and "Done" in ran.stdout, ran.stderr
    event = Event.objects.get()
    assert (event.ref, event.time_zone, Post.objects.get().created_at.hour) == ("flood", "Africa/Maputo", 8)
    (tmp_path / "b.csv").write_text("id,text,created_at\n2,Food,2026-03-02 10:00\n")
    assert here("import-posts", "b.csv", "--source", "wire", "--event", "flood", "--no-wait").returncode == 0
    assert Post.objects.get(source_id="2").created_at.hour == 8, "the event's time zone"


@pytest.mark.django_db
def test_conflicts_and_losses_end_with_1_and_say_how_many(here: Run, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("id,text,created_at\n1,Water,2026-03-02 10:00\n1,Boats,2026-03-02 10:00Z\n")
    ran = here("import-posts", "a.csv", "--source", "wire", "--no-wait")
    assert ran.returncode == 1 and "1 conflicting ID" in ran.stderr and "1 row repaired with loss" in ran.stderr
    assert "line 3: Another post with a different text has the ID '1'" in ran.stderr and "read as UTC" in ran.stderr
    assert "2 rows read: 1 new post, 0 already known, 0 bad rows, 1 conflicting ID" in ran.stdout
    assert set(Post.objects.values_list("text", flat=True)) == {"Water", "Boats"}
    again = here("import-posts", "a.csv", "--source", "wire", "--no-wait", "--time-zone", "UTC")
    assert again.returncode == 0 and "0 new posts, 2 already known" in again.stdout


@pytest.mark.django_db
@pytest.mark.parametrize(
    "options",
    [
        ("--time-zone", "Mars/Olympus"), ("--map", "text=missing"), ("--encoding", "klingon"), ("--source", " "),
        ("--source", "x" * 65), ("--event", "none"),
    ],
)  # fmt: skip
def test_what_cannot_be_used_ends_with_2_and_leaves_nothing(
    here: Run, tmp_path: Path, options: tuple[str, str]
) -> None:
    (tmp_path / "a.csv").write_text("id,text\n1,Water\n")
    ran = here("import-posts", "a.csv", "--source", "wire", "--no-wait", *options)
    assert ran.returncode == 2 and ran.stderr.strip() and not Event.objects.exists()
