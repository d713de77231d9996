"""Detection of copies of a text: the same words with other links, mentions or punctuation."""

from classifier.ml.text import MENTION_WITH_MARKS, URL, normalise, text_key, whole_words

__all__ = ["MENTION_WITH_MARKS", "URL", "normalise", "text_key", "whole_words"]
