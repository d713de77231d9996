"""What the tests of translation share."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.utils import translation

from responder.models import Post, Translation, TranslationEngine, User
from responder.privacy import secrets
from responder.translation import requesting, working
from tests.fakes import translators

ARABIC = "نحتاج إلى ماء في المدرسة"
Ask = Callable[..., Translation]


@pytest.fixture(autouse=True)
def _loopback_may_be_reached(settings: Any) -> None:
    settings.FEED_NETWORKS = ["127.0.0.0/8"]


@pytest.fixture
def libre() -> Iterator[translators.LibreTranslate]:
    engine = translators.LibreTranslate()
    with translators.running(engine):
        yield engine


@pytest.fixture
def azure() -> Iterator[translators.Azure]:
    engine = translators.Azure(key=translators.KEY)
    with translators.running(engine):
        yield engine


@pytest.fixture
def make_engine(db: None) -> Callable[..., TranslationEngine]:
    """Sets an engine up that is switched on."""

    def make(fake: translators.Translator, **columns: Any) -> TranslationEngine:
        kind = "azure" if isinstance(fake, translators.Azure) else "libretranslate"
        key = secrets.encrypt(fake.key) if fake.key else ""
        values = {"kind": kind, "address": fake.address, "key": key, "is_on": True} | columns
        return TranslationEngine.objects.create(**values)

    return make


@pytest.fixture
def arabic(make_post: Callable[..., Post]) -> Callable[..., Post]:
    """Makes posts in Arabic."""

    def make(**changes: Any) -> Post:
        return make_post(**({"lang": "ar", "text": ARABIC} | changes))

    return make


@pytest.fixture
def ask(people: dict[str, User]) -> Ask:
    """Asks for a translation of a post as a reviewer whose pages are in French."""

    def asked(*posts: Post, language: str = "fr", by: User | None = None, **options: Any) -> Translation:
        with translation.override(language):
            requesting.ask(post_ids=[post.pk for post in posts], by=by or people["reviewer"], **options)
        return Translation.objects.get(post=posts[0], language=language)

    return asked


def again() -> int:
    """Run a worker once more, as if the pause after an error were over."""
    TranslationEngine.objects.update(paused_until=None)
    return working.run()
