"""An upgrade takes out of search what an older masker had left in it."""

from importlib import import_module

import pytest
from django.apps import apps

from responder.models import PostWords
from responder.queries import words

pytestmark = pytest.mark.django_db


def test_words_that_are_masked_now_are_taken_out_of_search(make_post):
    stale, current = make_post(text="Boat needed, tel841234567"), make_post(text="Boat needed in Beira")
    words.index([stale, current])
    PostWords.objects.filter(post=stale).update(document=" boat needed tel841234567 ")
    before = PostWords.objects.get(post=current).document

    import_module("responder.migrations.0020_words_masked_again").mask_again(apps, None)

    assert PostWords.objects.get(post=stale).document == " boat needed tel "
    assert PostWords.objects.get(post=current).document == before
    assert not words.passes(stale.text, "tel841234567")
