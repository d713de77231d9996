"""django-q's tasks: one-off work that a person or a partner asked for. Each may run twice, or never, without loss.

One worker does all of it, in the order of the messages. So after each turn of a file, what is due to partners is sent: however
many files wait, an event waits for one turn.
"""

from responder import corrections, exports, imports, prediction_jobs, situation, webhooks


def make_export(job_id: int) -> None:
    """Write some more of a file."""
    try:
        exports.run(job_id)
    finally:
        webhooks.deliver()


def classify_file(job_id: int) -> None:
    """Classify further rows of a file."""
    try:
        prediction_jobs.run(job_id)
    finally:
        webhooks.deliver()


def import_file(job_id: int) -> None:
    """Import some more of a file."""
    try:
        imports.run(job_id)
    finally:
        webhooks.deliver()


def make_situation_file(job_id: int) -> None:
    """Lay out the PDF of a situation report."""
    try:
        situation.run(job_id)
    finally:
        webhooks.deliver()


def carry_out_correction(job_id: int) -> None:
    """Apply further steps of the decision on a correction request."""
    try:
        corrections.run(job_id)
    finally:
        webhooks.deliver()


def deliver_webhooks() -> None:
    """Send due webhook deliveries."""
    webhooks.deliver()
