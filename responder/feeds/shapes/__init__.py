"""Converts rows of files in many formats to posts.

Each module handles a family of formats: it recognises its rows and extracts their values. Texts, IDs, times and repairs
are then handled in one place for all formats (`finishing`).
"""

from responder.feeds.shapes.columns import FIELDS, MAP_HELP, parse_mapping
from responder.feeds.shapes.reading import raw_posts
from responder.feeds.shapes.understanding import Understanding, understand

__all__ = ["FIELDS", "MAP_HELP", "Understanding", "parse_mapping", "raw_posts", "understand"]
