"""Requests of people who are named in posts: received from anybody, checked by a person, carried out everywhere.

How a request goes:
1. `receive` stores what somebody asked, and gives them a reference and a secret link. It looks nothing up, so that nobody
   learns from it whether a post exists.
2. A person starts, reads the contact (on the record), and writes down how they made sure who asks: `start`, `disclose`,
   `identify`.
3. They choose posts and what is done to each (`plan`), then `carry_out` queues it; or they `refuse`.
4. `running` does it step by step, each idempotent, and writes the signed receipt (`receipts`).
5. `forget` erases contact and words 90 days after the end.
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
