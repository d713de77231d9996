"""Recognising copies of a text: the same words, whatever the links, mentions and punctuation around them."""

from classifier.ml.text import text_key

__all__ = ["text_key"]
