"""django-q's tasks: one-off work that a person or a partner asked for. Each may run twice, or never, without loss."""

from responder import exports


def make_export(job_id: int) -> None:
    """Write some more of a file."""
    exports.run(job_id)
