"""Sources of official alerts are read from fakes that do what real ones do wrong."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from classifier import clock
from responder.hazards import fetching, polling, status
from responder.hazards.shapes import Shape
from responder.models import HazardSource, OfficialAlert, Post
from tests.fakes import hazards
from tests.fakes.hazards import Source, cap_alert, gdacs, gdacs_item, quake, reference, usgs
from tests.responder.hazards.conftest import state_of

pytestmark = pytest.mark.django_db
MakeSource = Callable[..., HazardSource]
Poll = Callable[[HazardSource], HazardSource]


def test_gdacs_entry_becomes_an_alert_and_no_post(
    fake: Source, make_source: MakeSource, poll: Poll, begin: datetime
) -> None:
    source = poll(make_source("gdacs", fake.answer("/rss", gdacs(gdacs_item(begin)))))
    alert = OfficialAlert.objects.get()
    assert (alert.identifier, alert.hazard, alert.level, alert.level_word) == ("FL1", "flood", 2, "Orange")
    assert alert.sent == begin and alert.expires is None and alert.valid_until == begin + timedelta(hours=72)
    assert Shape.read(alert.shape).circles == ((34.84, -19.84, 100.0),) and alert.radius_is_assumed
    assert alert.url == "https://www.gdacs.org/report.aspx?eventtype=FL&eventid=1" and alert.area_name == "Mozambique"
    assert (source.failures, source.last_error, source.newest_at) == (0, "", begin)
    assert source.answered_at is not None and status.present(source)["state"] == "Up to date"
    assert not Post.objects.exists()


def test_reading_again_changes_nothing_and_a_later_episode_changes_the_row(
    fake: Source, make_source: MakeSource, poll: Poll, begin: datetime
) -> None:
    source = make_source("gdacs", fake.answer("/rss", gdacs(gdacs_item(begin))))
    poll(source)
    poll(source)
    assert OfficialAlert.objects.get().revision == 1
    later = begin + timedelta(hours=1)
    fake.answer("/rss", gdacs(gdacs_item(later, **{"gdacs:alertlevel": "Red"}), gdacs_item(begin)))  # one id, twice
    poll(source)
    alert = OfficialAlert.objects.get()
    assert (alert.level, alert.sent, alert.revision) == (1, later, 2)
    fake.answer("/rss", gdacs(gdacs_item(begin)))  # an old copy from a cache
    poll(source)
    assert OfficialAlert.objects.get().level == 1


def test_gdacs_hazard_that_is_over_has_ended(
    fake: Source, make_source: MakeSource, poll: Poll, begin: datetime
) -> None:
    over = {"gdacs:iscurrent": "false", "gdacs:todate": "Mon, 02 Mar 2026 10:00:00 GMT"}
    poll(make_source("gdacs", fake.answer("/rss", gdacs(gdacs_item(begin, **over)))))
    assert OfficialAlert.objects.get().valid_until == datetime(2026, 3, 2, 10, tzinfo=UTC)


def test_usgs_earthquake_changes_its_id_and_is_deleted(
    fake: Source, make_source: MakeSource, poll: Poll, begin: datetime
) -> None:
    source = poll(make_source("usgs", fake.answer("/day", usgs(quake(begin)))))
    alert = OfficialAlert.objects.get()
    assert (alert.hazard, alert.level, alert.level_word) == ("earthquake", 3, "M 6.1, PAGER yellow")
    assert Shape.read(alert.shape).circles[0][2] == pytest.approx(112.2, abs=0.1)
    later = begin + timedelta(minutes=20)
    fake.answer("/day", usgs(quake(later, id="us2", ids=",us1,us2,")))
    poll(source)
    assert (state_of("us1"), state_of("us2")) == ("replaced", "current")
    fake.answer("/day", usgs(quake(later + timedelta(minutes=1), id="us2", ids=",us1,us2,", status="deleted")))
    poll(source)
    assert state_of("us2") == "cancelled"


@pytest.mark.parametrize("order", [("1", "2", "3"), ("3", "2", "1"), ("2", "3", "1"), ("2", "1", "3")])
def test_chain_of_update_and_cancel_in_any_order(
    fake: Source, make_source: MakeSource, poll: Poll, begin: datetime, order: tuple[str, ...]
) -> None:
    times = {number: begin + timedelta(minutes=10 * int(number)) for number in "123"}
    documents = {
        "1": cap_alert(times["1"], "1"),
        "2": cap_alert(times["2"], "2", msgType="Update", references=reference("1", times["1"])),
        "3": cap_alert(times["3"], "3", msgType="Cancel", references=reference("2", times["2"])),
    }
    source = make_source("cap", fake.answer("/alert", documents[order[0]]))
    for number in order:  # each in a turn of its own
        fake.answer("/alert", documents[number])
        poll(source)
    assert [state_of(number) for number in "123"] == ["replaced", "cancelled", "cancelled"]
    first, second, third = OfficialAlert.objects.order_by("sent")
    assert (first.replaced_by, second.replaced_by) == (second, third)
    assert first.valid_until == times["2"] and second.valid_until == times["3"]


def test_no_service_ends_the_alert_of_another(
    fake: Source, make_source: MakeSource, poll: Poll, begin: datetime
) -> None:
    source = make_source("cap", fake.answer("/alert", cap_alert(begin, "1")))
    poll(source)
    foreign = cap_alert(
        begin + timedelta(hours=1), "9", sender="other@example.org", msgType="Cancel", references=reference("1", begin)
    )
    fake.answer("/alert", foreign)
    poll(source)
    assert state_of("met@example.org,1") == "current"


@pytest.mark.parametrize("make_list", [hazards.rss, hazards.atom])
def test_list_links_to_alerts_that_are_read_once(
    fake: Source, make_source: MakeSource, poll: Poll, begin: datetime, make_list: Callable[..., str]
) -> None:
    for number in "123":
        fake.answer(f"/cap/{number}", cap_alert(begin, number))
    source = make_source("cap", fake.answer("/list", make_list("/cap/1", "/cap/2", f"{fake.address}/cap/3")))
    poll(source)
    assert OfficialAlert.objects.count() == 3
    poll(source)
    assert sorted(fake.paths()) == ["/cap/1", "/cap/2", "/cap/3", "/list", "/list"]


def test_rest_of_a_long_list_is_read_in_the_next_turn(
    fake: Source, make_source: MakeSource, poll: Poll, begin: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(polling, "MOST_DOCUMENTS", 2)
    for number in range(5):
        fake.answer(f"/cap/{number}", cap_alert(begin, str(number)))
    source = make_source("cap", fake.answer("/list", hazards.rss(*(f"/cap/{n}" for n in range(5))), etag='"v1"'))
    for expected in (2, 4, 5):
        poll(source)
        assert OfficialAlert.objects.count() == expected
    assert source.etag == '"v1"'
    assert poll(source).answered_at is not None and OfficialAlert.objects.count() == 5  # 304


def test_bad_document_is_counted_and_given_up_after_three_tries(
    fake: Source, make_source: MakeSource, poll: Poll, begin: datetime
) -> None:
    fake.answer("/cap/1", cap_alert(begin, "1"))
    fake.answer("/cap/2", "<alert><broken")
    source = make_source("cap", fake.answer("/list", hazards.rss("/cap/1", "/cap/2", "/cap/3")))
    for _turn in range(5):
        poll(source)
    assert fake.paths().count("/cap/2") == fake.paths().count("/cap/3") == 3 and fake.paths().count("/cap/1") == 1
    assert source.skipped and "/cap/" in source.last_skipped and not source.last_error
    assert OfficialAlert.objects.count() == 1


def test_nothing_new_is_not_read_again(fake: Source, make_source: MakeSource, poll: Poll, begin: datetime) -> None:
    source = make_source("gdacs", fake.answer("/rss", gdacs(gdacs_item(begin)), etag='"a"'))
    poll(source)
    first = source.answered_at
    poll(source)
    assert fake.asked[-1][1]["If-None-Match"] == '"a"'
    assert source.answered_at is not None and first is not None and source.answered_at > first
    assert OfficialAlert.objects.count() == 1 and not source.last_error


MALFORMED: dict[str, str | bytes] = {
    "cut off": gdacs("<item>")[:-30], "an entity bomb": hazards.BOMB, "an outside entity": hazards.OUTSIDE, "empty": "",
    "a page for people": "<!doctype html><title>Sorry</title><p>Down for maintenance", "other XML": "<x/>",
    "an unknown encoding": '<?xml version="1.0" encoding="klingon"?><rss/>', "deep": "<a>" * 5_000 + "</a>" * 5_000,
    "NUL": "<rss>\0</rss>", "many": "<rss><channel>" + "<i/>" * 300_000 + "</channel></rss>",
}  # fmt: skip


@pytest.mark.parametrize("what", MALFORMED)
@pytest.mark.parametrize("kind", ["gdacs", "cap", "usgs"])
def test_malformed_answer_is_counted_and_told_in_words(
    fake: Source, make_source: MakeSource, poll: Poll, kind: str, what: str
) -> None:
    source = poll(make_source(kind, fake.answer("/x", MALFORMED[what])))
    assert (source.unreadable, source.failures, source.answered_at) == (1, 1, None)
    assert not OfficialAlert.objects.exists()
    told = status.present(source)
    assert told["state"] == "Answer unreadable"
    assert told["error"].startswith("The last answer, at ") and " UTC, could not be read: " in told["error"]
    assert "passwd" not in told["error"] and "root:" not in told["error"]


def test_good_answer_after_a_bad_one(fake: Source, make_source: MakeSource, poll: Poll, begin: datetime) -> None:
    source = poll(make_source("gdacs", fake.answer("/x", "nonsense")))
    fake.answer("/x", gdacs(gdacs_item(begin)))
    poll(source)
    assert (source.last_error, source.failures, source.unreadable) == ("", 0, 1)
    assert OfficialAlert.objects.count() == 1


def test_one_bad_entry_does_not_hide_the_others(
    fake: Source, make_source: MakeSource, poll: Poll, begin: datetime
) -> None:
    bad = [gdacs_item(begin, pubDate="yesterday"), gdacs_item(begin, **{"gdacs:eventid": ""}), "<item/>"]
    source = poll(make_source("gdacs", fake.answer("/x", gdacs(*bad, gdacs_item(begin)))))
    assert OfficialAlert.objects.count() == 1 and source.skipped == 3
    odd: list[Any] = [None, [], {}, quake(begin, geometry=None), quake(begin, time="x", updated=1e40), quake(begin, id=None, geometry={"coordinates": [500, 95]})]  # fmt: skip
    source = poll(make_source("usgs", fake.answer("/y", usgs(*odd, quake(begin, mag=None)))))
    assert source.alerts.count() == 1 and source.skipped == 6


@pytest.mark.parametrize("written", ["2026-11-30T08:00:00", "Mon, 30 Nov 2026 08:00:00", "2026-11-30T10:00:00+02:00"])
def test_time_without_a_zone_is_utc(
    fake: Source, make_source: MakeSource, poll: Poll, time_machine: Any, written: str
) -> None:
    time_machine.move_to(datetime(2026, 11, 30, 12, tzinfo=UTC))
    poll(make_source("cap", fake.answer("/x", cap_alert(clock.now(), sent=written))))
    assert OfficialAlert.objects.get().sent == datetime(2026, 11, 30, 8, tzinfo=UTC)


def test_wrong_encoding_keeps_the_alert(fake: Source, make_source: MakeSource, poll: Poll, begin: datetime) -> None:
    text = cap_alert(begin, headline="Inundação em Búzi")
    poll(make_source("cap", fake.answer("/x", text.encode("windows-1252"))))
    assert OfficialAlert.objects.get().headline == "Inundação em Búzi"


@pytest.mark.parametrize("changes", [{"status": "Test"}, {"status": "Draft"}, {"msgType": "Ack"}, {"scope": "Private"}])
def test_messages_that_warn_of_nothing_are_left_out(
    fake: Source, make_source: MakeSource, poll: Poll, begin: datetime, changes: dict[str, str]
) -> None:
    source = poll(make_source("cap", fake.answer("/x", cap_alert(begin, **changes))))
    assert not OfficialAlert.objects.exists() and not source.last_error and not source.skipped


def test_too_long_an_answer_is_not_read_to_its_end(
    fake: Source, make_source: MakeSource, poll: Poll, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = poll(make_source("gdacs", fake.answer("/x", b"<rss>" + b" " * (fetching.MOST_BYTES + 10))))
    assert "more than 6 MB" in source.last_error and not source.unreadable


@pytest.mark.parametrize(("silence", "deadline"), [(0.3, 40.0), (10.0, 0.4)])
def test_slow_source_is_left(
    fake: Source, make_source: MakeSource, poll: Poll, monkeypatch: pytest.MonkeyPatch, silence: float, deadline: float
) -> None:
    monkeypatch.setattr(fetching, "SILENCE_S", silence)
    monkeypatch.setattr(fetching, "DEADLINE_S", deadline)
    address = fake.answer("/x", drip_s=0.1 if deadline < 1 else 5.0)
    source = poll(make_source("gdacs", address))
    assert source.failures == 1 and ("in time" in source.last_error or "too slow" in source.last_error)


def test_source_that_asks_for_patience_gets_it(fake: Source, make_source: MakeSource, poll: Poll) -> None:
    source = poll(make_source("gdacs", fake.answer("/x", status=429, headers={"Retry-After": "1800"})))
    assert timedelta(minutes=29) < source.next_at - clock.now() <= timedelta(minutes=30)


def test_waits_grow_and_end(fake: Source, make_source: MakeSource, poll: Poll) -> None:
    source, waits = make_source("gdacs", fake.answer("/x", status=500)), []
    for _turn in range(7):
        poll(source)
        waits.append(round((source.next_at - clock.now()).total_seconds() / 60))
    assert waits == [5, 10, 20, 40, 80, 120, 120]
    assert status.present(source)["state"] == "Cannot be reached"


def test_redirect_is_not_followed(fake: Source, make_source: MakeSource, poll: Poll) -> None:
    address = fake.answer("/x", status=302, headers={"Location": "/y"})
    source = poll(make_source("gdacs", address))
    assert "redirect" in source.last_error and fake.paths() == ["/x"]


@pytest.mark.parametrize("kind", ["gdacs", "cap"])
def test_address_inside_the_network_is_not_asked(
    fake: Source, make_source: MakeSource, poll: Poll, settings: Any, kind: str
) -> None:
    address = fake.answer("/x", "<rss/>")
    settings.FEED_NETWORKS = ["10.0.0.0/8"]
    source = poll(make_source(kind, address))
    assert "not on the public internet" in source.last_error and not fake.asked


def test_list_cannot_lead_inside(fake: Source, make_source: MakeSource, poll: Poll) -> None:
    inside = "http://169.254.169.254/latest/meta-data/"
    source = poll(make_source("cap", fake.answer("/list", hazards.rss(inside, "file:///etc/passwd", "gopher://x/"))))
    assert not OfficialAlert.objects.exists() and source.skipped == 3


def test_switched_off_and_leased_sources_are_not_asked(fake: Source, make_source: MakeSource, poll: Poll) -> None:
    address = fake.answer("/x", gdacs())
    poll(make_source("gdacs", address, is_on=False))
    poll(make_source("gdacs", address, name="leased", lease_until=clock.now() + timedelta(minutes=1)))
    assert not fake.asked


def test_answer_to_a_source_that_was_changed_meanwhile_is_dropped(
    fake: Source, make_source: MakeSource, poll: Poll, begin: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = make_source("gdacs", fake.answer("/x", gdacs(gdacs_item(begin))))
    ask = polling._ask

    def change(asked: HazardSource) -> polling.Reading:
        HazardSource.objects.filter(pk=asked.pk).update(version=asked.version + 1)
        return ask(asked)

    monkeypatch.setattr(polling, "_ask", change)
    poll(source)
    assert not OfficialAlert.objects.exists() and source.lease_until is None and source.answered_at is None
