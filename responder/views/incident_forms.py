"""Parsing the forms of an incident's page into arguments; bad values raise Invalid."""

from collections.abc import Callable
from typing import Any

from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from responder.errors import Invalid
from responder.incidents import following, handling, membership, merging, undoing
from responder.queries import incidents

DIGITS = 18  # that fit the database
MOST = 500  # posts of one form
Arguments = dict[str, Any]
Read = Callable[[QueryDict], Arguments]


def number(text: str) -> int:
    """A whole number from 0; raises Invalid."""
    if not (text.isdecimal() and text.isascii() and len(text) <= DIGITS):
        raise Invalid(_("Enter a whole number."))
    return int(text)


def numbers(sent: QueryDict, key: str) -> list[int]:
    """All values of a key; raises Invalid."""
    values = sent.getlist(key)
    if len(values) > MOST:
        raise Invalid(_("Choose at most %(most)d posts.") % {"most": MOST})
    return sorted({number(value) for value in values})


def _version(sent: QueryDict) -> Arguments:
    text = sent.get("version", "")
    if not (text.isdecimal() and text.isascii() and len(text) <= 9):
        raise Invalid(_("Send `version`: the version of the incident that you loaded."))
    return {"version": int(text)}


def _with(**readers: Callable[[QueryDict], Any]) -> Read:
    return lambda sent: _version(sent) | {name: read(sent) for name, read in readers.items()}


def _text(key: str) -> Callable[[QueryDict], str]:
    return lambda sent: sent.get(key, "")


def _number(key: str) -> Callable[[QueryDict], int]:
    return lambda sent: number(sent.get(key, ""))


def _post(sent: QueryDict) -> int:
    return number(sent.get("post", ""))


def _posts(sent: QueryDict) -> list[int]:
    return numbers(sent, "post")


def _edit(sent: QueryDict) -> Arguments:
    fields: Arguments = {name: sent[name] for name in ("title", "summary") if name in sent}
    if "severity" in sent:
        fields["severity"] = number(sent.get("severity", ""))
    if "needs" in sent:
        fields["needs"] = {key[5:]: sent[key] for key in sent if key.startswith("need-")}
    if "place_name" in sent:
        fields["place_name"] = sent["place_name"]
        fields |= {name: _degrees(sent.get(name, "")) for name in ("latitude", "longitude", "radius_km")}
    return _version(sent) | fields


def _degrees(text: str) -> float | None:
    if not text.strip():
        return None
    try:
        return float(text[:20])
    except ValueError as error:
        raise Invalid(_("“%(text)s” is not a number.") % {"text": text[:20]}) from error


def _into(sent: QueryDict) -> Arguments:
    target = incidents.by_ref(sent.get("into", "")[:24])
    if target is None:
        raise Invalid(_("This incident does not exist."))
    return _version(sent) | {"into_id": target.pk, "into_version": number(sent.get("into_version", ""))}


def _nothing(sent: QueryDict) -> Arguments:
    return {}


VERBS: dict[str, tuple[Callable[..., Any], Read, str | Promise]] = {
    "attach": (membership.attach, _with(post_ids=_posts), gettext_lazy("Attached.")),
    "detach": (membership.detach, _with(post_id=_post), gettext_lazy("Detached. It will not be added again automatically.")),
    "accept": (membership.accept, _with(post_id=_post), gettext_lazy("Accepted.")),
    "decline": (membership.decline, _with(post_id=_post), gettext_lazy("Rejected.")),
    "mute": (membership.mute, _with(post_id=_post), gettext_lazy("The author is muted in this event.")),
    "acknowledge": (handling.acknowledge, _with(note=_text("note")), gettext_lazy("Acknowledged.")),
    "assign": (handling.assign, _with(to=_number("to")), gettext_lazy("Assigned.")),
    "edit": (handling.edit, _edit, gettext_lazy("Saved.")),
    "verify": (
        handling.verify, _with(verification=_text("verification"), reason=_text("reason")),
        gettext_lazy("Verification set in your name."),
    ),
    "note": (handling.note, _with(text=_text("text")), gettext_lazy("Note added.")),
    "resolve": (handling.resolve, _with(reason=_text("reason")), gettext_lazy("Resolved.")),
    "reopen": (handling.reopen, _with(reason=_text("reason")), gettext_lazy("Reopened.")),
    "publish": (handling.publish, _with(text=_text("text")), gettext_lazy("The public summary is saved.")),
    "merge": (merging.merge, _into, gettext_lazy("Merged. You can undo this for 24 hours.")),
    "split": (
        merging.split, _with(post_ids=_posts, title=_text("title")),
        gettext_lazy("Split. You can undo this for 24 hours."),
    ),
    "undo": (undoing.undo, _with(entry_id=_number("entry")), gettext_lazy("Undone.")),
    "follow": (following.follow, _nothing, gettext_lazy("You follow this incident.")),
    "unfollow": (following.unfollow, _nothing, gettext_lazy("You no longer follow this incident.")),
    "snooze": (
        following.snooze, lambda sent: {"grows_by": number(sent.get("grows_by", ""))},
        gettext_lazy("Snoozed until it has grown."),
    ),
}  # fmt: skip
