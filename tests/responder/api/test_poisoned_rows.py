"""Partners are answered beside rows whose columns hold what no code of ours writes."""

from collections.abc import Callable

import pytest
from rest_framework.test import APIClient

from responder.models import Post
from tests.responder.test_poisoned_rows import POISONS, poisoned

pytestmark = pytest.mark.django_db


def test_posts_map_and_exports_are_answered(
    as_partner: Callable[..., APIClient], make_post: Callable[..., Post]
) -> None:
    rows = [poisoned(make_post(), columns) for columns in POISONS]
    good = make_post()
    partner = as_partner("read:posts", "read:incidents", "export")
    answer = partner.get("/api/v1/posts?event=flood&limit=200")
    assert answer.status_code == 200
    assert good.pk in {post["id"] for post in answer.json()["posts"]} and len(rows) == len(POISONS)
    assert partner.get("/api/v1/map?event=flood").status_code == 200
