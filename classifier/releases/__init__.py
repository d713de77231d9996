"""How a version comes into production, and out of it: the only code that changes a version's state.

1. `propose`   measured → a gate refused it, or it runs in shadow and approval is asked for.
2. `tick`      shadow long enough → approval may be given; requests expire; changed evidence voids them.
3. `waive`     a named person lets a gate pass; this asks for approval anew.
4. `approve`   another person than who started or asked → canary. `reject` ends it.
5. `promote`   canary → production, and what served before is superseded.
6. `roll_back` the production version before serves again: one person, one click, reviewed by a second one later.
   `halt`      a canary that fails or slows is taken out by itself.

Each verb is one transaction with its audit event, and one at a time runs: the second sees what the first one made.
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
