"""Rows of files, in the shapes in which people have them, as posts.

Each module holds a family of shapes: it says which rows are its own, and what they state. What all have in common
(texts, ids, times, repairs) is read in one place afterwards.
"""

from responder.feeds.shapes.columns import FIELDS, MAP_HELP, parse_mapping
from responder.feeds.shapes.reading import raw_posts
from responder.feeds.shapes.understanding import Understanding, understand

__all__ = ["FIELDS", "MAP_HELP", "Understanding", "parse_mapping", "raw_posts", "understand"]
