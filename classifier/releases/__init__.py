"""Releases of model versions: the only code that changes a version's state.

1. `propose`   evaluated → a gate refuses it, or it runs in shadow and approval is requested.
2. `tick`      the shadow period ends → approval is possible; requests expire; changed evidence voids them.
3. `waive`     a named person waives a gate; this requests approval again.
4. `approve`   by a person who neither started the run nor requested approval → canary. `reject` ends it.
5. `promote`   canary → production; the previous version is superseded.
6. `roll_back` the production version before serves again: one person, one click, reviewed by a second one later.
   `halt`      a canary that fails or is slow is stopped automatically.

Each function is one transaction with its audit event. They run one at a time, and each sees the earlier changes.
"""

from classifier.releases.approval import approve, propose, reject, tick, waive
from classifier.releases.history import deployment_of, previous_production, serving_at
from classifier.releases.states import RELEASES, shadow_ends
from classifier.releases.traffic import (
    CANARY_SHARE,
    SHADOW_SHARE,
    halt,
    promote,
    quarantine,
    record_installation,
    retire,
    review_rollback,
    roll_back,
)

__all__ = [
    "CANARY_SHARE",
    "RELEASES",
    "SHADOW_SHARE",
    "approve",
    "deployment_of",
    "halt",
    "previous_production",
    "promote",
    "propose",
    "quarantine",
    "record_installation",
    "reject",
    "retire",
    "review_rollback",
    "roll_back",
    "serving_at",
    "shadow_ends",
    "tick",
    "waive",
]
