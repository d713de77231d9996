"""What people do with offers. Each verb is one transaction with its audit record, without texts."""

from django.utils.translation import gettext as _

from classifier import clock
from monitoring import audit
from responder import roles
from responder.errors import Conflict, Invalid, InvalidFields, Missing
from responder.incidents import base
from responder.models import Incident, Offer, User
from responder.queries import incidents

State = Offer.State


@audit.atomic()
def use(*, offer_id: int, version: int, incident: str, by: User) -> Offer:
    """Use an offer for an incident of its event. Raises Conflict, InvalidFields, Missing, NotPermitted.

    Arguments:
        incident: its reference, such as INC-0042.
    """
    offer = _locked(offer_id, version, by)
    found = incidents.by_ref(incident.strip()[:24], None)
    if found is None or found.event_id != offer.event_id or found.merged_into_id:
        raise InvalidFields({"incident": base.not_to_be_found()})
    return _moved(offer, by, State.USED, found)


@audit.atomic()
def dismiss(*, offer_id: int, version: int, by: User) -> Offer:
    """Dismiss what is no offer, or no longer one. Raises Conflict, Missing, NotPermitted."""
    return _moved(_locked(offer_id, version, by), by, State.DISMISSED, None)


@audit.atomic()
def reopen(*, offer_id: int, version: int, by: User) -> Offer:
    """Open an offer again. Raises Conflict, Invalid, Missing, NotPermitted."""
    offer = _locked(offer_id, version, by)
    if offer.state == State.OPEN:
        raise Invalid(_("The offer is open already."))
    return _moved(offer, by, State.OPEN, None)


def _locked(offer_id: int, version: int, by: User) -> Offer:
    offer = Offer.objects.select_for_update(of=("self",), no_key=True).filter(pk=offer_id).first()
    missing = _("This offer does not exist. Its post may have been erased.")
    if offer is None:
        raise Missing(missing)
    base.permitted_in(by, roles.TRIAGE, offer.event_id, missing=missing)
    if offer.version != version:
        raise Conflict(by=_("Someone"), what=_("changed this offer"), at=offer.at, version=offer.version)
    return offer


def _moved(offer: Offer, by: User, state: Offer.State, incident: Incident | None) -> Offer:
    before = {"state": offer.state, "incident": offer.incident_id}
    offer.state, offer.incident, offer.by, offer.at = state, incident, by, clock.now()
    offer.version += 1
    offer.save(update_fields=["state", "incident", "by", "at", "version"])
    audit.record(
        actor=f"user:{by.username}", action=f"offer.{state}", object_type="offer", object_id=str(offer.pk), before=before,
        after={"state": state, "incident": incident.ref if incident else None}, detail={"version": offer.version},
    )  # fmt: skip
    return offer
