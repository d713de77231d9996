"""Correction requests from people who are named in posts. Anyone can send one; a lead checks it, and it is applied everywhere.

The life of a request:
1. `receive` stores it and returns a reference and a secret link. It looks nothing up, so its response doesn't reveal whether a
   post exists.
2. A lead starts work, views the contact details (which is logged), and records the identity check: `start`, `disclose`,
   `identify`.
3. The lead selects posts and an action for each (`plan`). `carry_out` then queues the decision; `refuse` ends the request.
4. `running` applies the decision in idempotent steps and writes the signed receipt (`receipts`).
5. `forget` erases the contact details and the text 90 days after the request is closed.
"""

from responder.corrections.checking import disclose, find, identify, refuse, start
from responder.corrections.deciding import carry_out, plan, try_again, unplan
from responder.corrections.keeping import forget
from responder.corrections.receiving import TooManyRequests, by_token, receive
from responder.corrections.running import run, wake

__all__ = [
    "TooManyRequests", "by_token", "carry_out", "disclose", "find", "forget", "identify", "plan", "receive", "refuse", "run",
    "start", "try_again", "unplan", "wake",
]  # fmt: skip
