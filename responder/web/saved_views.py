"""Saved views: save, change, delete, and choose as a page's default. Leads may change the team's views."""

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.http import QueryDict
from django.utils.translation import gettext as _

from classifier import clock, locks
from monitoring import audit
from responder import roles
from responder.errors import Conflict, Invalid, Missing, NotPermitted
from responder.models import DefaultView, SavedView, User
from responder.privacy.masking import mask
from responder.queries.filters import UNPRINTABLE, Filter
from responder.web import navigation

MOST_OF_ONE = 50
MOST_OF_TEAM = 100
LONGEST_NAME = 80
LONGEST_QUERY = 1500
EVENT_KEY = "event="


def visible(person: roles.Person, visible_events: frozenset[int] | None = None) -> QuerySet[SavedView]:
    """The person's own views and the team's, without views that name an event that the person may not see.

    Arguments:
        visible_events: ids of the events that a token of the person reads; None for those of the person's roles.
    """
    return SavedView.objects.filter(_seen_by(person, visible_events)).select_related("owner")


def _seen_by(person: roles.Person, visible_events: frozenset[int] | None = None) -> Q:
    seen = Q(owner=person.pk) | Q(scope=SavedView.Scope.TEAM)
    if visible_events is None and roles.allows(person, roles.VIEW):
        visible_events = roles.events_of(person, roles.VIEW)
    if visible_events is None:
        return seen
    named = ~Q(query__startswith=EVENT_KEY)  # the key that a canonical query begins with
    for event, ref in roles.held_by(person).refs.items():
        if event in visible_events:
            named |= Q(query=f"{EVENT_KEY}{ref}") | Q(query__startswith=f"{EVENT_KEY}{ref}&")
    return seen & named


def find(view_id: str, person: roles.Person, visible_events: frozenset[int] | None = None) -> SavedView | None:
    """The view with this id, if the person may see it; arguments as `visible`."""
    if not (view_id.isdecimal() and len(view_id) <= 18):
        return None
    return visible(person, visible_events).filter(pk=int(view_id)).first()


def opening(page: str, person: roles.Person) -> SavedView | None:
    """The view with which this page opens for the person."""
    return visible(person).filter(default_of__person=person.pk, page=page).first()


@audit.atomic()
def save(*, name: str, page: str, query: str, scope: str, by: User) -> SavedView:
    """Save a filter under a name. Raises Invalid, NotPermitted."""
    if scope not in SavedView.Scope.values:
        raise Invalid(_("A view must be for “me” or for the “team”."))
    if scope == SavedView.Scope.TEAM and not roles.allows_in(by, roles.TRIAGE, None):
        raise NotPermitted(
            _("Your role can save only personal views. Ask a reviewer or a lead to save one for the team.")
        )
    name = " ".join(UNPRINTABLE.sub(" ", name).split())
    if not 1 <= len(name) <= LONGEST_NAME:
        raise Invalid(_("Give the view a name of 1 to 80 characters."))
    name = mask(name)[:LONGEST_NAME]  # a team's views are read by all
    if page not in {entry.key for entry in navigation.ALL if entry.filtered}:
        raise Invalid(_("This page has no filter to save."))
    _room(scope, by)
    try:
        with transaction.atomic():
            view = SavedView.objects.create(name=name, page=page, query=canonical(query), scope=scope, owner=by)
    except IntegrityError as error:
        raise Invalid(_("You already have a view with this name. Choose another name, or update that view.")) from error
    _record("view.saved", view, by)
    return view


@audit.atomic()
def change(*, view_id: int, version: int, query: str, by: User) -> SavedView:
    """Change the filter of a view. Raises Conflict if the view has changed since, Invalid, Missing, NotPermitted."""
    view = _own(view_id, by)
    changes = {"query": canonical(query), "updated_at": clock.now(), "version": version + 1}
    if not SavedView.objects.filter(pk=view.pk, version=version).update(**changes):
        raise Conflict(
            by=view.owner.display_name, what=_("changed this view"), at=view.updated_at, version=view.version
        )
    view.refresh_from_db()
    _record("view.changed", view, by)
    return view


@audit.atomic()
def delete(*, view_id: int, by: User) -> None:
    """Delete the view. Raises Missing, NotPermitted."""
    view = _own(view_id, by, deletes=True)
    _record("view.deleted", view, by)
    view.delete()


@audit.atomic()
def open_with(*, view_id: int | None, by: User) -> None:
    """Choose the view that its page opens with for this person; None for none. Raises Missing."""
    if view_id is None:
        DefaultView.objects.filter(person=by).delete()
        return
    there = locks.kept(SavedView.objects.filter(_seen_by(by), pk=view_id))
    if not there:
        raise Missing(_("This view does not exist. It may have been deleted."))
    DefaultView.objects.update_or_create(person=by, defaults={"view_id": view_id})


def canonical(query: str) -> str:
    """The canonical form of a filter's query string; raises Invalid for an unknown value."""
    given = QueryDict(query.removeprefix("?")[: LONGEST_QUERY * 2])
    post_filter, notices = Filter.parse(given, None)
    if notices:
        raise Invalid(" ".join(notices))
    written = post_filter.querystring()
    if len(written) > LONGEST_QUERY:
        raise Invalid(_("This filter is too long to save."))
    return written


def _room(scope: str, by: User) -> None:
    locks.one_at_a_time("views", by.pk)
    if scope == SavedView.Scope.TEAM:
        locks.one_at_a_time("views of the team")
    if SavedView.objects.filter(owner=by).count() >= MOST_OF_ONE:
        raise Invalid(_("You already have 50 views. Delete one first."))
    of_team = SavedView.objects.filter(scope=SavedView.Scope.TEAM)
    if scope == SavedView.Scope.TEAM and of_team.count() >= MOST_OF_TEAM:
        raise Invalid(_("The team already has 100 views. Delete one first."))


def _own(view_id: int, by: User, *, deletes: bool = False) -> SavedView:
    rows = visible(by).filter(pk=view_id)
    view = rows.select_for_update(of=("self",)).first() if deletes else rows.first()
    if view is None:
        raise Missing(_("This view does not exist. It may have been deleted."))
    if view.owner_id != by.pk and not roles.allows_in(by, roles.LEAD, None):
        raise NotPermitted(_("Only %(owner)s or a lead can change this view. Save a copy under another name.") % {
            "owner": view.owner.display_name})  # fmt: skip
    return view


def _record(action: str, view: SavedView, by: User) -> None:
    detail = {"scope": str(view.scope), "page": view.page, "version": view.version}
    audit.record(
        actor=f"user:{by.username}", action=action, object_type="view", object_id=str(view.pk),
        after={"name": view.name, "query": view.query}, detail=detail,
    )  # fmt: skip
