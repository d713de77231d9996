"""Partner organisations, their members, and the managers of their tokens."""

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from monitoring import audit
from responder.errors import Invalid
from responder.models import Membership, Organisation, User
from responder.models.organisation import NAME_LIMIT, key_of, plain


def memberships_of(person: User) -> QuerySet[Membership]:
    """The person's memberships with their organisations, ordered by name."""
    return Membership.objects.filter(person=person.pk).select_related("organisation").order_by("organisation__name")


def manages(person: User, organisation_id: int | None) -> bool:
    """Whether the person manages the organisation."""
    managers = Membership.objects.filter(role=Membership.Role.MANAGER, person=person.pk)
    return organisation_id is not None and managers.filter(organisation=organisation_id).exists()


@audit.atomic()
def joined(name: str, person: User, *, by: User) -> Organisation:
    """Add the person to the organisation of that name, created if needed; for administrators.

    Whoever is added to a new organisation manages it. Raises Invalid.
    """
    name = plain(name)
    if not 0 < len(name) <= NAME_LIMIT:
        raise Invalid(_("An organisation's name must have 1 to %(limit)d characters.") % {"limit": NAME_LIMIT})
    organisation, made = Organisation.objects.get_or_create(key=key_of(name), defaults={"name": name, "created_by": by})
    if made:
        _record("organisation.added", organisation, by)
    role = Membership.Role.MANAGER if made else Membership.Role.MEMBER
    membership, is_new = Membership.objects.get_or_create(
        organisation=organisation, person=person, defaults={"role": role}
    )
    if is_new:
        _record("organisation.joined", organisation, by, person=person.username, role=membership.role)
    return organisation


def _record(action: str, organisation: Organisation, by: User, **more: str) -> None:
    audit.record(
        actor=f"user:{by.username}", action=action, object_type="organisation", object_id=str(organisation.pk),
        detail={"name": organisation.name} | more,
    )  # fmt: skip
