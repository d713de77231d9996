"""Words of danger in 20 languages: read from `words/*.toml`, matched on folded text, cancelled by negation and jokes."""

from classifier.urgency.danger import Danger, find, tells_of_an_ending

__all__ = ["Danger", "find", "tells_of_an_ending"]
