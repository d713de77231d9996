"""Decisions of people on posts, and what they do around them: claims, snoozes, suggestions of partners.

`verbs` holds the decisions, each one transaction; they are offered here: `triage.confirm(post_id=…, by=…)`.
"""

from responder.triage.verbs import (
    COPIES_LIMIT,
    DECIDED,
    Choice,
    Verb,
    category_label,
    confirm,
    correct,
    decide,
    describe,
    dismiss,
    no_place,
    permitted_on,
    place,
    require_triage,
    set_severity,
    take_back,
    undo,
)

__all__ = [
    "COPIES_LIMIT", "DECIDED", "Choice", "Verb", "category_label", "confirm", "correct", "decide", "describe", "dismiss",
    "no_place", "permitted_on", "place", "require_triage", "set_severity", "take_back", "undo",
]  # fmt: skip
