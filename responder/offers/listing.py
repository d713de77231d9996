"""The offers of the events that a reader may see, as their page lists them."""

from typing import Any

from classifier.languages import name_of
from responder import roles
from responder.models import Event, Offer
from responder.offers.matching import Needs
from responder.queries import items
from responder.queries.items import need_label

PAGE_SIZE = 50


def page(
    event: Event | None, visible_events: frozenset[int] | None, state: str, *, before: int = 0
) -> tuple[list[dict[str, Any]], int | None]:
    """(offers, newest first, each with its post and the incidents that it may serve; where the next page begins)."""
    rows = roles.within(Offer.objects.filter(state=state), visible_events)
    if event:
        rows = rows.filter(event=event)
    if before:
        rows = rows.filter(pk__lt=before)
    related = ("post", "post__model_version", "post__reviewed_by", "incident", "by", "event")
    found = list(rows.select_related(*related).prefetch_related("post__places").order_by("-pk")[: PAGE_SIZE + 1])
    more, found = len(found) > PAGE_SIZE, found[:PAGE_SIZE]
    shown = {item["id"]: item for item in items.present_all([offer.post for offer in found])}
    needs = {event_id: Needs(event_id) for event_id in {offer.event_id for offer in found}} if state == "open" else {}
    return [
        {
            "offer": offer, "item": shown[offer.post_id], "kinds": [need_label(kind) for kind in offer.kinds],
            "matches": [
                {"incident": match.incident, "km": match.km, "stated_by": match.stated_by,
                 "needs": [need_label(need) for need in match.needs]}
                for match in (needs[offer.event_id].matches(offer) if needs else [])
            ],
        }
        for offer in found
    ], found[-1].pk if more else None  # fmt: skip


def languages() -> str:
    """The names of the languages in which offers are read, for the page to say."""
    from classifier.offers.reading import languages as read

    return ", ".join(name_of(code) for code in read())
