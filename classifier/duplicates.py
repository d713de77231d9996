"""Detection of copies of a text: the same words with other links, mentions or punctuation."""

from classifier.ml.text import normalise, text_key, whole_words

__all__ = ["normalise", "text_key", "whole_words"]
