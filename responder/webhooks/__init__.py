"""Webhooks: at-least-once delivery to partners, signed as https://www.standardwebhooks.com specifies.

How an event travels:
1. `publish` writes it, and what is owed to each address, in the transaction of what happened.
2. `wake` sees what is due and sends the queue a message; `deliver` leases some of it to itself and sends it, many at once.
3. Each try is written down. What fails is due again, later each time, for 75 hours; then it is given up, and a person may
   ask for it again. 410 ends an address. A process that dies leaves a lease that ends: the receiver may see the same
   `webhook-id` twice.
4. While an organisation is not active, the people who act for it alone are sent nothing, as while an address is paused: what is
   owed waits, at most 30 days, and nothing new is written for them.
"""

from responder.webhooks.endpoints import (
    OVERLAP,
    create,
    delete,
    find,
    owned_by,
    pause,
    ping,
    replay,
    resume,
    rotate,
    secret_of,
)
from responder.webhooks.publishing import (
    CORRECTED,
    ERASED,
    KINDS,
    changed_by_request,
    decided,
    forget,
    publish,
    recipients,
    released,
    understood,
)
from responder.webhooks.sending import SCHEDULE, deliver, wake

__all__ = [
    "CORRECTED",
    "ERASED",
    "KINDS",
    "OVERLAP",
    "SCHEDULE",
    "changed_by_request",
    "create",
    "decided",
    "delete",
    "deliver",
    "find",
    "forget",
    "owned_by",
    "pause",
    "ping",
    "publish",
    "recipients",
    "released",
    "replay",
    "resume",
    "rotate",
    "secret_of",
    "understood",
    "wake",
]
