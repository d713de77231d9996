"""Alert rules and notifications: from a condition to a person, without fatigue.

1. `check` opens a firing for each group for which a rule's condition holds: posts near each other, an unanswered incident, a
   silent feed, a model that does not answer. While it is open, the group fires no second time.
2. The first person of the rule gets a notification, and the next ones while nobody acknowledges it.
3. `compose` puts what a person is due into one message, within their quiet hours and their limit of messages an hour.
4. `deliver` sends it by the person's channels, with back-off; a channel that keeps failing is dead, and its owner hears of it.

Rows are the queue: each step may run twice, on several machines, or die in between. CAP alerts, which organisations publish,
are `responder.cap`; alerts to operators about the site itself are `monitoring.alerts`.
"""

from responder.alerting.composing import compose
from responder.alerting.evaluating import check, check_after_batch
from responder.alerting.retention import forget
from responder.alerting.sending import deliver

__all__ = ["check", "check_after_batch", "compose", "deliver", "forget"]
