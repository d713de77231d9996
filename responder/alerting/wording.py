"""Alert rules, channels and notifications in words, as pages show them."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from responder import terms
from responder.alerting import rules
from responder.models import AlertRule, Notification, NotificationChannel, NotificationDelivery

Kind = AlertRule.Kind
KIND_LABELS: dict[str, Any] = {
    Kind.POSTS: gettext_lazy("Several posts near each other"), Kind.UNANSWERED: gettext_lazy("An incident is unanswered"),
    Kind.SILENT: gettext_lazy("A feed brings no posts"), Kind.MODEL: gettext_lazy("The model is not answering"),
}  # fmt: skip
LEVEL_LABELS: dict[str, Any] = {
    AlertRule.Level.CRITICAL: gettext_lazy("Critical"), AlertRule.Level.WARNING: gettext_lazy("Warning"),
}  # fmt: skip
CHANNEL_LABELS: dict[str, Any] = {
    NotificationChannel.Kind.EMAIL: gettext_lazy("E-mail"),
    NotificationChannel.Kind.WEBHOOK: gettext_lazy("Signed webhook"),
    NotificationChannel.Kind.PUSH: gettext_lazy("Push message to a browser"),
    NotificationChannel.Kind.APPRISE: gettext_lazy("Chat or push service"),
}  # fmt: skip
CHANNEL_STATES: dict[str, Any] = {
    NotificationChannel.State.ACTIVE: gettext_lazy("Active"), NotificationChannel.State.PAUSED: gettext_lazy("Paused"),
    NotificationChannel.State.DEAD: gettext_lazy("Stopped: messages could not be delivered"),
}  # fmt: skip
DELIVERY_STATES: dict[str, Any] = {
    NotificationDelivery.State.WAITING: gettext_lazy("Queued"), NotificationDelivery.State.DONE: gettext_lazy("Delivered"),
    NotificationDelivery.State.DEAD: gettext_lazy("Failed"),
}  # fmt: skip
HELD_LABELS: dict[str, Any] = {
    Notification.Held.QUIET: gettext_lazy("quiet hours"),
    Notification.Held.BUDGET: gettext_lazy("limit of messages an hour"),
}  # fmt: skip


def condition(rule: AlertRule) -> str:
    """When a rule fires, as one sentence without a full stop."""
    minutes = ngettext("%(n)d minute", "%(n)d minutes", rule.minutes) % {"n": rule.minutes}
    if rule.kind == Kind.UNANSWERED:
        severity = terms.severity(rule.severity).lower()
        return _("An incident of severity %(severity)s or higher is unanswered for over %(minutes)s") % {
            "severity": severity, "minutes": minutes,
        }  # fmt: skip
    if rule.kind == Kind.SILENT:
        return _("A feed fails, or brings no posts for %(minutes)s") % {"minutes": minutes}
    if rule.kind == Kind.MODEL:
        return _("Posts wait for classification for over %(minutes)s") % {"minutes": minutes}
    words = {"filter": rules.typed_query(rule) or _("any"), "n": rule.posts, "minutes": minutes, "km": rule.radius_km}
    if rule.radius_km is None:
        return ngettext(
            "%(n)d post (%(filter)s) within %(minutes)s", "%(n)d posts (%(filter)s) within %(minutes)s", rule.posts
        ) % words  # fmt: skip
    return (
        ngettext(
            "%(n)d post (%(filter)s) within %(km)g km and %(minutes)s",
            "%(n)d posts (%(filter)s) within %(km)g km and %(minutes)s",
            rule.posts,
        )
        % words
    )
