"""One id with several texts: each is kept, told, found again, and deleted with the others."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.test import Client
from django.urls import reverse
from structlog.testing import capture_logs

from classifier import clock
from classifier.duplicates import text_key
from responder.feeds import deletions, erasure, ingest, intake
from responder.feeds.connectors import registry
from responder.feeds.connectors.base import MAX_ID, Item
from responder.feeds.raw_post import RawPost
from responder.models import Event, Feed, Post, SharedId, Tombstone, User

pytestmark = pytest.mark.django_db
FIRST, SECOND, THIRD = "Family of four on the roof", "Bridge is closed", "Water needed at the school"


def accept(event: Event, *posts: RawPost, source: str = "wire") -> ingest.Accepted:
    accepted = ingest.accept(posts=posts, source=source, event=event)
    counted = accepted.new + accepted.known + len(accepted.conflicts) + accepted.edited + accepted.gone
    assert counted == len(posts)
    return accepted


def stored() -> dict[str, str]:
    return dict(Post.objects.values_list("source_id", "text"))


def test_another_text_of_a_known_id_is_kept_and_told(event: Event) -> None:
    accept(event, RawPost("1.06E+18", FIRST))
    done = accept(event, RawPost("1.06E+18", SECOND, line=7))
    kept_as = f"1.06E+18#{text_key(SECOND)[:8]}"
    assert done == ingest.Accepted(new=0, known=0, conflicts=(ingest.Conflict("1.06E+18", kept_as, 7),))
    assert stored() == {"1.06E+18": FIRST, kept_as: SECOND}
    assert "line 7" in str(done.conflicts[0]) and kept_as in str(done.conflicts[0])


def test_texts_of_one_id_in_one_batch_are_all_kept_and_known_afterwards(event: Event) -> None:
    posts = [RawPost("1", FIRST), RawPost("1", SECOND), RawPost("2", FIRST), RawPost("1", THIRD), RawPost("1", SECOND)]
    done = accept(event, *posts)
    assert (done.new, len(done.conflicts), done.known) == (2, 2, 1)
    assert sorted(stored().values()) == sorted([FIRST, FIRST, SECOND, THIRD])
    assert accept(event, *posts) == ingest.Accepted(new=0, known=5)
    assert accept(event, *reversed(posts)) == ingest.Accepted(new=0, known=5)
    assert Post.objects.count() == 4


@pytest.mark.parametrize(
    "same", [f"  {FIRST}\n", f"{FIRST}\u200b", "Family of four&nbsp;on the roof!", FIRST.upper(), f"RT @a: {FIRST}"]
)
def test_the_same_words_are_no_conflict(event: Event, same: str) -> None:
    accept(event, RawPost("1", FIRST))
    assert accept(event, RawPost("1", same)) == ingest.Accepted(new=0, known=1)
    assert stored() == {"1": FIRST}


def test_a_stored_key_of_the_older_rule_makes_no_conflict(event: Event) -> None:
    accept(event, RawPost("1", "मेरा बेटा लापता है"))
    Post.objects.update(text_key="of the older rule")
    assert accept(event, RawPost("1", "मेरा बेटा लापता है।")) == ingest.Accepted(new=0, known=1)
    assert len(accept(event, RawPost("1", "मेरी बेटी लापता है")).conflicts) == 1


def test_an_edit_is_an_edit_and_an_older_text_is_known(event: Event) -> None:
    accept(event, RawPost("1", FIRST, revision="1"))
    assert accept(event, RawPost("1", SECOND, revision="2")).edited == 1
    assert accept(event, RawPost("1", FIRST, revision="1")).known == 1
    assert accept(event, RawPost("1", FIRST, revision="1"), RawPost("1", SECOND, revision="2")).known == 2
    assert len(accept(event, RawPost("1", THIRD, revision="2")).conflicts) == 1
    done = accept(event, RawPost("1", FIRST, revision="3"), RawPost("1", THIRD, revision="3"))
    assert (done.edited, done.known) == (1, 1)  # the third text was kept before
    assert sorted(stored().values()) == sorted([FIRST, THIRD])


def test_long_ids_stay_within_the_column(event: Event) -> None:
    long = "x" * (MAX_ID + 20)
    done = accept(event, RawPost(long, FIRST), RawPost(long, SECOND), RawPost(long, THIRD))
    assert len(done.conflicts) == 2
    assert {len(one.kept_as) for one in done.conflicts} == {MAX_ID}
    assert accept(event, RawPost(long, THIRD), RawPost(long, SECOND)).known == 2


def test_a_made_id_that_is_taken_by_another_text_gets_longer(event: Event) -> None:
    taken = f"1#{text_key(SECOND)[:8]}"
    accept(event, RawPost("1", FIRST), RawPost(taken, THIRD))
    (conflict,) = accept(event, RawPost("1", SECOND)).conflicts
    assert conflict.kept_as == f"1#{text_key(SECOND)[:16]}"
    assert stored()[taken] == THIRD and accept(event, RawPost("1", SECOND)).known == 1


def test_deleting_the_id_at_the_source_deletes_every_text_of_it_for_good(event: Event) -> None:
    accept(event, RawPost("1", FIRST), RawPost("1", SECOND), RawPost("2", THIRD), RawPost("1#cafe", THIRD))
    assert erasure.delete(source="wire", source_ids=["1"]) == 2
    assert stored() == {"2": THIRD, "1#cafe": THIRD}
    assert accept(event, RawPost("1", FIRST), RawPost("1", SECOND), RawPost("1", "New text")).gone == 3
    assert not SharedId.objects.exists() and Tombstone.objects.filter(known=True).count() == 2


def test_a_text_that_a_person_erased_stays_erased_while_the_other_one_stays(event: Event) -> None:
    (conflict,) = accept(event, RawPost("1", FIRST), RawPost("1", SECOND)).conflicts
    assert erasure.delete(source="wire", source_ids=[conflict.kept_as], by="user:lead") == 1
    assert accept(event, RawPost("1", SECOND), RawPost("1", FIRST)) == ingest.Accepted(new=0, known=1, gone=1)
    assert stored() == {"1": FIRST}


def test_a_source_is_never_asked_about_ids_that_were_made_here(event: Event, monkeypatch: pytest.MonkeyPatch) -> None:
    accept(event, RawPost("1", FIRST), RawPost("1", SECOND), RawPost("2", THIRD))
    asked: list[str] = []
    lookup = SimpleNamespace(
        ids_of=lambda source_id, _revision: (source_id,), unlocated=lambda _connector: set(),
        find=lambda _connector, ids: asked.extend(ids) or {"2"},
    )  # fmt: skip
    monkeypatch.setattr(registry, "find", lambda _kind: SimpleNamespace(deletions=lookup))
    monkeypatch.setattr(registry, "connect", lambda _feed: SimpleNamespace(source="wire"))
    assert deletions.check(Feed(kind="x", event=event)) == 1
    assert sorted(asked) == ["1", "2"] and len(stored()) == 2


def test_posts_of_one_id_know_of_each_other(event: Event) -> None:
    at = clock.now() - timedelta(hours=1)
    accept(event, RawPost("1", FIRST, created_at=at), RawPost("1", SECOND), RawPost("2#a", THIRD))
    shared = {post.text: SharedId.is_shared(post) for post in Post.objects.all()}
    assert shared == {FIRST: True, SECOND: True, THIRD: False}


def test_the_page_of_a_post_tells_that_its_id_is_another_posts_too(
    event: Event, client: Client, people: dict[str, User]
) -> None:
    accept(event, RawPost("1", FIRST), RawPost("1", SECOND), RawPost("2", THIRD))
    Post.objects.update(state=Post.State.CLASSIFIED)
    client.force_login(people["lead"])
    pages = {post.text: client.get(reverse("map-item", args=[post.pk])).content.decode() for post in Post.objects.all()}
    told = {text: "the same ID and a different text" in page for text, page in pages.items()}
    assert told == {FIRST: True, SECOND: True, THIRD: False}
    sources = client.get(reverse("sources")).content.decode()
    assert "1 post has the same ID as another post with a different text" in sources


def test_a_feed_counts_conflicts_beside_what_is_new(event: Event) -> None:
    feed = Feed.objects.create(name="Wire", kind="mastodon", event=event, wanted=True, lease_owner="me")
    items = [Item(post=RawPost("1", FIRST)), Item(post=RawPost("1", SECOND)), Item(post=RawPost("1", FIRST))]
    counts = intake.store(feed=feed, owner="me", items=items, source="wire")
    assert counts == intake.StoreCounts(new=1, known=1, conflicts=1)


def test_the_log_names_no_id_that_may_be_somebodys_number(event: Event) -> None:
    number = "+258 84 555 0143"
    with capture_logs() as lines:
        ingest.accept(posts=[RawPost(number, FIRST), RawPost(number, SECOND)], source="wire", event=event)
    assert [line["posts"] for line in lines] == [1] and "555" not in str(lines)
