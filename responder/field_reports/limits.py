"""How many reports the public form takes: from one address, from its network, and for one event, in an hour.

Many people in a camp share an address, so the limit for one is wide; the limit for the event keeps a flood of invented reports
from hiding the real ones.
"""

from django.utils.translation import ngettext

from classifier import clock
from responder.errors import TooMany
from responder.models import Event
from responder.partners import counters
from responder.web import client_addresses

WINDOW_S = 3_600
PER_ADDRESS, PER_EVENT = 40, 1_000
PER_NETWORK = {56: 120, 48: 300}


class TooManyReports(TooMany):
    """Too many reports came from one address, or for one event.

    Arguments:
        retry_after_s: seconds until a retry.
    """

    def __init__(self, detail: str, *, retry_after_s: int) -> None:
        super().__init__(detail)
        self.retry_after_s = retry_after_s


def count(event: Event, address: str) -> None:
    """Count a public report against the limits. Raises TooManyReports."""
    window, passed = divmod(int(clock.now().timestamp()), WINDOW_S)
    address = address or client_addresses.UNKNOWN
    limits = [(f"address:{address}", PER_ADDRESS)]
    limits += [
        (f"network:{network}", PER_NETWORK[length])
        for length, network in client_addresses.wider_networks(address).items()
    ]
    limits.append((f"event:{event.pk}", PER_EVENT))  # last: whom a narrower limit refuses must not use up everybody's
    for name, most in limits:
        if counters.increment(f"field-report:{window}:{name}", seconds=WINDOW_S + 1) > most:
            minutes = max(1, (WINDOW_S - passed) // 60)
            detail = ngettext(
                "Too many reports were sent in the last hour. Your report was not stored. "
                "Keep this page open and send it again in %(minutes)d minute, or report in another way.",
                "Too many reports were sent in the last hour. Your report was not stored. "
                "Keep this page open and send it again in %(minutes)d minutes, or report in another way.",
                minutes,
            ) % {"minutes": minutes}
            raise TooManyReports(detail, retry_after_s=WINDOW_S - passed)
