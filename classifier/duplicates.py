"""Recognising copies of a text: the same words, whatever the links, mentions and punctuation around them."""

from classifier.ml.text import normalise, text_key

__all__ = ["normalise", "text_key"]
