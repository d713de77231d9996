"""Alerts in the Common Alerting Protocol 1.2 (OASIS), from incidents or posts.

How an alert goes out:
1. `draft` proposes one from what is known; its document says Draft, or Exercise for what is fictional.
2. People `edit` it.
3. Somebody who wrote none of it publishes it: its document is stored, and never changes.
4. `follow` drafts an Update or a Cancel, whose document refers to all before it.
"""

from responder.cap.document import MEDIA_TYPE, document, status
from responder.cap.drafting import discard, draft, edit, follow
from responder.cap.publishing import publish
from responder.cap.words import CHOICES

__all__ = ["CHOICES", "MEDIA_TYPE", "discard", "document", "draft", "edit", "follow", "publish", "status"]
