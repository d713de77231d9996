"""Names as they are compared: lower case, without accents, hyphens as spaces, apostrophes dropped."""

import unicodedata


def fold(name: str) -> str:
    """The comparable form of a name; works on any string."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c))
    return " ".join(plain.lower().replace("-", " ").replace("’", "").replace("'", "").replace(".", "").split())
