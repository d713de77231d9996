"""Descriptions of the codes in receipts."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from responder.corrections.receipts import Receipt

PLACES = {
    "posts": gettext_lazy("Posts"), "labels": gettext_lazy("Texts for training the model"),
    "label_tasks": gettext_lazy("Texts waiting to be labelled"), "partners": gettext_lazy("Partner organisations"),
    "incidents": gettext_lazy("Incidents"), "incident_notes": gettext_lazy("Incident notes"), "rumours": gettext_lazy("Rumours"),
    "alerts": gettext_lazy("Alerts"), "saved_views": gettext_lazy("Saved views"),
    "partner_feedback": gettext_lazy("Partners' suggestions"), "reveal_reasons": gettext_lazy("Reasons for revealing masked details"),
    "export_filters": gettext_lazy("Export filters"), "exports": gettext_lazy("Stored exports"),
    "prediction_jobs": gettext_lazy("Partners' files"),
}  # fmt: skip
DONE = {
    "erased": gettext_lazy("erased"), "masked": gettext_lazy("words hidden"), "corrected": gettext_lazy("correction added"),
    "copies_refused": gettext_lazy("future copies rejected"), "told": gettext_lazy("notified to do the same"),
    "rewritten": gettext_lazy("parts rewritten"),
}  # fmt: skip
REMAINS = {
    "running_export_filters": gettext_lazy(
        "An export that was running keeps its filter until it is deleted, within a day."
    ),
    "published_alerts": gettext_lazy("Alerts already published can't be changed. We can follow them with an update."),
    "models_until_next_training": gettext_lazy("The current model was trained on the old text. The next one won't be."),
}


def done(receipt: Receipt) -> list[dict[str, object]]:
    """Return what was done, as rows of place, action and count."""
    return [
        {
            "where": PLACES.get(row["where"], row["where"]),
            "what": DONE.get(row["what"], row["what"]),
            "count": row["count"],
        }
        for row in receipt["done"]
    ]


def remains(receipt: Receipt) -> list[str]:
    """Return what remains, as sentences."""
    said = []
    for row in receipt["remains"]:
        if row["what"] == "backups":
            said.append(
                _("Earlier backups contain the old text until %(until)s at the latest.") % {"until": row["until"]}
            )
        elif row["what"] in REMAINS:
            said.append(str(REMAINS[row["what"]]))
    if receipt["outcome"] == "done":
        said.append(_("We can't take back what others have copied from the source or from a file they downloaded."))
    return said
