"""Signs requests as Twilio does, from its documentation: HMAC-SHA1 over the address and the sorted parameters."""

import base64
import hashlib
import hmac
from collections.abc import Mapping


def signature(token: str, url: str, parameters: Mapping[str, str]) -> str:
    """The value of `X-Twilio-Signature`."""
    text = url + "".join(f"{name}{parameters[name]}" for name in sorted(parameters))
    return base64.b64encode(hmac.new(token.encode(), text.encode(), hashlib.sha1).digest()).decode()
