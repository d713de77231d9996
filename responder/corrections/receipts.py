"""Signed receipts: what was requested, decided and done, without personal data.

A receipt is JSON in one canonical form, signed with HMAC-SHA-256 under a key that is derived from the installation's backup key
(`responder.backup.signing`). It is verified byte for byte, on the public page or with `responder verify-receipt FILE`. Its holder can
prove that this installation issued it; nobody else can forge one.
"""

import hmac
import json
from datetime import timedelta
from typing import Any

from django.conf import settings

from classifier import clock
from responder import __version__
from responder.backup import signing
from responder.models import CorrectionJob, CorrectionRequest

TYPE = "responder.correction-receipt/1"
PURPOSE = b"responder correction receipt 1\n"
LONGEST = 16_000  # bytes
Receipt = dict[str, Any]


def signed(receipt: Receipt) -> str:
    """Return the receipt with its signature, for download."""
    signature = signing.sign(canonical(receipt).encode(), purpose=PURPOSE)
    return canonical({"receipt": receipt, "signature": {"algorithm": "HMAC-SHA256", "value": signature}})


def verify(document: str | bytes) -> Receipt | None:
    """Return the receipt in a document signed by this installation, or None if it was changed or signed elsewhere."""
    text = document.decode(errors="replace") if isinstance(document, bytes) else document
    text = text.removesuffix("\n")
    if len(text) > LONGEST:
        return None
    try:
        receipt = json.loads(text)["receipt"]
        expected = signed(receipt)
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    genuine = hmac.compare_digest(expected.encode(), text.encode(errors="replace"))
    return receipt if genuine and isinstance(receipt, dict) else None


def of_refusal(request: CorrectionRequest) -> Receipt:
    """Return the receipt of a refused request. The text of the reason is not included."""
    return _common(request) | {"outcome": "refused", "refusal": request.refusal, "done": [], "remains": []}


def of_job(request: CorrectionRequest, job: CorrectionJob) -> Receipt:
    """Return the receipt of a completed request."""
    done = [
        {"where": where, "what": what, "count": count}
        for where, counts in sorted(job.results.items())
        for what, count in sorted(counts.items())
        if count and where != "remains"
    ]
    return _common(request) | {"outcome": "done", "done": done, "remains": _remains(job)}


def canonical(value: Any) -> str:
    """Return `value` as canonical JSON, which is signed."""
    return json.dumps(value, sort_keys=True, ensure_ascii=True, separators=(",", ":"), allow_nan=False)


def _common(request: CorrectionRequest) -> Receipt:
    identity = {"how": request.identity, "at": request.identity_at} if request.identity else None
    receipt = {
        "type": TYPE, "product": f"responder {__version__}", "reference": request.ref, "issued_at": clock.now(),
        "asked": {"wish": request.wish, "at": request.received_at},
        "identity": identity, "decided": {"by": "lead", "at": request.decided_at},
    }  # fmt: skip
    return json.loads(json.dumps(receipt, default=lambda moment: moment.isoformat()))  # type: ignore[no-any-return]


def _remains(job: CorrectionJob) -> list[Receipt]:
    until = clock.now() + timedelta(days=settings.BACKUP_DAYS)
    left: list[Receipt] = [{"what": "backups", "until": until.date().isoformat()}]
    counted = job.results.get("remains", {})
    left += [{"what": what, "count": count} for what, count in sorted(counted.items()) if count]
    if any(count for name in ("labels", "label_tasks") for count in job.results.get(name, {}).values()):
        left.append({"what": "models_until_next_training"})
    return left
