"""Rates as operators write them: `600/min`."""

RATE = r"^[1-9][0-9]{0,6}/(sec|min|hour|day)$"
WINDOWS_S = {"sec": 1, "min": 60, "hour": 3600, "day": 86400}


def parse_rate(rate: str) -> tuple[int, int]:
    """The rate `600/min` as (600 requests, 60 seconds); ValueError or KeyError for anything else."""
    number, _, unit = rate.partition("/")
    return int(number), WINDOWS_S[unit]
