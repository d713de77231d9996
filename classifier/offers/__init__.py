"""Posts that offer help: "20 blankets and a truck in Valencia, tell us where to bring them".

`find` reads a post against `words/*.toml`, one file a language: phrases that offer, phrases that take an offer back
because they ask, and the words of each kind of help. No model is involved, so what it finds is a suggestion with the
words that it rests on.
"""

from classifier.offers.reading import Offer, find

__all__ = ["Offer", "find"]
