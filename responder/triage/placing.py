"""Placing a post by hand: what such a decision writes on the post, and what follows from it.

A person's place stays until it is undone: no model, edit or new classification replaces it. It lies in the post's own
columns; the places that the model found stay as rows beside it, and an undo chooses among them again.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from django.forms.models import model_to_dict

from classifier import clock, place_labels
from classifier.place_labels import LabelledPlace
from classifier.places import distance_km
from responder.chosen_place import NEAR_ENOUGH, ChosenPlace
from responder.classification import locating
from responder.incidents import base, evidence
from responder.models import IncidentPost, Place, Post, PostEmbedding, TriageAction, User
from responder.privacy.masking import mask, point
from responder.queries import words
from responder.triage.decisions import revived

COLUMNS = (*locating.ON_THE_MAP, "placed_by_id", "placed_at")
State = dict[str, Any]
Mention = tuple[int, int]


def state_after(post: Post, by: User, place: ChosenPlace | None, mention: Mention | None) -> State:
    """The post's columns for the chosen place; None means that it has none.

    Arguments:
        mention: the words of the text that the place stands for. A place that the model found there keeps its type.
    """
    found = _found(post, mention)
    return _columns(_as_mapping(place, found) if place else None) | {"placed_by_id": by.pk, "placed_at": clock.now()}


def state_before(action: TriageAction) -> State:
    """The columns that an undo of `action` restores: an earlier person's place, otherwise the model's as it is now.

    The model may have read another text since, and a place may have been hidden: what it once chose is not restored.
    """
    if action.before.get("placed_by_id"):
        return {name: value for name, value in revived(action.before).items() if name in COLUMNS}
    rows = [model_to_dict(place) for place in Place.objects.filter(post=action.post_id)]
    return _columns(locating.choose(rows)) | {"placed_by_id": None, "placed_at": None}


def lock_events(post_ids: Sequence[int]) -> None:
    """Lock the events of posts, before any of the posts is locked: placing changes what belongs to incidents."""
    base.locked_of(Post.objects.filter(pk__in=post_ids))


def follow(post: Post, action: TriageAction, mention: Mention | None = None) -> None:
    """Do what follows from a decision on the place: search words, label, grouping. The event is locked."""
    for name in locating.ON_THE_MAP:
        setattr(post, name, action.after[name])
    words.index([post])
    _label(post, action, mention)
    _regroup(post)


def parse_mention(post: Post, text: str) -> Mention | None:
    """The span that a form sent as `start-end`, if the post has a place there; None otherwise."""
    start, _, end = text.partition("-")
    if not (start.isdecimal() and end.isdecimal() and start.isascii() and end.isascii() and len(text) <= 15):
        return None
    span = (int(start), int(end))
    return span if _found(post, span) else None


def forget(post: Post) -> None:
    """Remove a person's place from the post and from its decisions, because words that it may reveal were hidden.

    The caller locks the post, has a transaction and writes the post's other columns.
    """
    Post.objects.filter(pk=post.pk).update(placed_by=None, placed_at=None)
    for action in TriageAction.objects.filter(post=post, verb__in=(TriageAction.Verb.PLACE, TriageAction.Verb.UNDO)):
        if "placed_at" in action.after:
            hidden = dict.fromkeys(COLUMNS) | {"place_name": "", "place_type": "", "country_code": ""}
            TriageAction.objects.filter(pk=action.pk).update(before=hidden, after=hidden)


def _found(post: Post, mention: Mention | None) -> Place | None:
    if mention is None:
        return None
    return Place.objects.filter(post=post, start=mention[0], end=mention[1]).first()


def _as_mapping(place: ChosenPlace, found: Place | None) -> dict[str, Any]:
    """The place as `locating` reads it. A name that a person typed is masked, since anything could be typed."""
    kind, country = place.type, place.country_code
    if place.gazetteer_id is None and found is not None and _is_at(found, place):
        kind, country = found.type or kind, found.country_code or country
    known = place.gazetteer_id is not None or (found is not None and place.name == found.name)
    return {
        "name": place.name if known else mask(place.name)[:200], "type": kind, "country_code": country,
        "latitude": place.latitude, "longitude": place.longitude, "radius_km": place.radius_km,
    }  # fmt: skip


def _is_at(found: Place, place: ChosenPlace) -> bool:
    if found.latitude is None or found.longitude is None:
        return False
    return max(abs(found.latitude - place.latitude), abs(found.longitude - place.longitude)) <= NEAR_ENOUGH


def _columns(place: Mapping[str, Any] | None) -> State:
    scratch = Post()
    locating.put_on_map(scratch, place)
    return {name: getattr(scratch, name) for name in locating.ON_THE_MAP}


def _label(post: Post, action: TriageAction, mention: Mention | None) -> None:
    """Record or withdraw the label for the place finder; posts of exercises teach nothing about the world."""
    subject = f"post:{post.pk}"
    if action.undoes is not None:
        place_labels.withdraw(subject=subject, decision=action.undoes.pk, by=action.actor)
        return
    if post.is_exercise or (post.event is not None and post.event.is_exercise):
        return
    place_labels.record(
        subject=subject, text=post.text, event=post.event.ref if post.event else "", lang=post.lang,
        place=_labelled(post, mention), by=action.actor, decision=action.pk, predicted=_predicted(post),
        model_version_id=post.model_version_id,
    )  # fmt: skip


def _labelled(post: Post, mention: Mention | None) -> LabelledPlace | None:
    latitude, longitude = point(post.latitude, post.longitude, post.radius_km)
    if latitude is None or longitude is None:
        return None
    start, end = mention or (None, None)
    return LabelledPlace(
        post.place_name, post.place_type, post.country_code, latitude, longitude, post.radius_km or 0.0, start, end
    )


def _predicted(post: Post) -> dict[str, Any] | None:
    """What the place finder chose for the post."""
    chosen = Place.objects.filter(post=post, chosen=True).first()
    if chosen is None:
        return None
    latitude, longitude = point(chosen.latitude, chosen.longitude, chosen.radius_km)
    return {"name": chosen.name, "latitude": latitude, "longitude": longitude}


def _regroup(post: Post) -> None:
    """Let the grouping compare the post again. It leaves an incident that a rule put it into and that is elsewhere."""
    membership = (
        IncidentPost.objects.filter(post=post, state=IncidentPost.State.ACCEPTED).select_related("incident").first()
    )
    from responder.incidents import matching  # it needs numpy

    placed = matching.place_of(post.latitude, post.longitude, post.radius_km)
    changes: dict[str, Any] = {"cell": matching.cell_of(post.grid_x, post.grid_y, placed=placed is not None)}
    if membership is None or (membership.by_id is None and _is_elsewhere(post, membership)):
        evidence.forget_rule([post.pk])
        changes |= {"grouped_at": None, "leads": False}
    PostEmbedding.objects.filter(post=post).update(**changes)


def _is_elsewhere(post: Post, membership: IncidentPost) -> bool:
    """Whether the post is farther from the incident's place than the grouping would join."""
    from responder.incidents import matching

    placed = matching.place_of(post.latitude, post.longitude, post.radius_km)
    incident = membership.incident
    there = matching.place_of(incident.latitude, incident.longitude, incident.radius_km)
    if placed is None or there is None:
        return False
    return distance_km(placed[:2], there[:2]) > max(matching.NEAR_KM, placed[2], there[2])
