"""The explanations API: the classifier's view, with labelled texts that the token may read."""

from typing import Any

from rest_framework.request import Request

from classifier.api import explanations
from classifier.explain import Labelled
from responder.classification import labelled_examples as labelled
from responder.partners import tokens
from responder.privacy.masking import mask
from responder.privacy.policy import WITHHELD


class Explanations(explanations.Explanations):
    """Examples are the exercise's; with `read:posts` also decided posts whose source lets their text leave."""

    def caller(self, request: Request) -> str:
        """The owner of the token, so that more tokens give nobody more places."""
        token: Any = request.auth
        return f"user:{token.owner_id}"

    def labelled(self, request: Request) -> list[Labelled]:
        token: Any = request.auth
        if "read:posts" in token.scopes:
            return labelled.all_labelled(without_sources=WITHHELD, visible_events=tokens.events_of(token))
        return list(labelled.gold())

    def shown(self, text: str) -> str:
        return mask(text)
