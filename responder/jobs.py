"""django-q's tasks: one-off work that a person or a partner asked for. Each may run twice, or never, without loss."""

from responder import exports, prediction_jobs, webhooks


def make_export(job_id: int) -> None:
    """Write some more of a file."""
    exports.run(job_id)


def classify_file(job_id: int) -> None:
    """Answer some more of a file."""
    prediction_jobs.run(job_id)


def deliver_webhooks() -> None:
    """Send partners what is due."""
    webhooks.deliver()
