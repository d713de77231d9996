"""Jobs, components and schedules."""


def play(**_: object) -> None:
    """Filled with the jobs' slice."""
