"""The drill's Celery application: the product's, with workers that fail on poison and soon try again."""

from collections.abc import Sequence
from typing import Any

import django

from responder.celery import app

django.setup()  # before the models are imported

from responder.classification import pipeline  # noqa: E402
from responder.drill.events import POISON  # noqa: E402
from responder.models import Post  # noqa: E402

__all__ = ["app"]
working = pipeline.classify_posts


def classify_posts(posts: Sequence[Post], runtime: Any) -> dict[int, dict[str, Any]]:
    """Classify as the product does, but fail on poison."""
    if any(POISON in post.text for post in posts):
        raise ValueError("this is poison")
    return working(posts, runtime)


pipeline.classify_posts = classify_posts
pipeline.TRY_AGAIN_S = 0.2
