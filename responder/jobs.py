"""django-q's tasks: one-off work requested by a person or a partner. Idempotent, and requeued if lost."""

from responder import exports, prediction_jobs, webhooks


def make_export(job_id: int) -> None:
    """Write the next parts of an export."""
    exports.run(job_id)


def classify_file(job_id: int) -> None:
    """Classify the next chunks of a prediction job."""
    prediction_jobs.run(job_id)


def deliver_webhooks() -> None:
    """Send due webhook deliveries."""
    webhooks.deliver()
