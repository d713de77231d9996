"""Reports from people: typed by the team, sent by the public form, by SMS gateways, or to a mailbox.

The life of a report:
1. `file_typed`, `receive`, `sms` or `mailbox` bounds and validates what came in.
2. `filing.file` stores it once: a post, through the intake of all posts, and a FieldReport with the encrypted contact.
3. The workers classify, place, mask and group the post as any other. A severity and a place that a person stated hold.
4. The contact is shown with the post's masked details, for which a reason has to be given (`privacy.reveal`).
"""

from responder.field_reports.filing import Erased, Filed, Submission, file
from responder.field_reports.limits import TooManyReports
from responder.field_reports.public import receive
from responder.field_reports.typed import file_typed

__all__ = [
    "Erased", "Filed", "Submission", "TooManyReports", "file", "file_typed", "receive",
]  # fmt: skip
