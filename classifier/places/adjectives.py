"""English words like "Greek" and "Nepali", which are not places but evidence for a country."""

import csv
import re
from functools import cache
from itertools import pairwise
from pathlib import Path

WORD = re.compile("[a-z]+")
FILE = Path(__file__).with_name("adjectives.tsv")


@cache
def countries() -> dict[str, str]:
    """Folded adjective or name of a people → ISO code of the country."""
    with FILE.open(encoding="utf-8", newline="") as file:
        return {
            word: row["country"] for row in csv.DictReader(file, delimiter="\t") for word in row["words"].split("|")
        }


def named(text: str) -> frozenset[str]:
    """The countries whose adjectives or peoples a text names."""
    words, known = WORD.findall(text.lower()), countries()
    pairs = (f"{one} {two}" for one, two in pairwise(words))
    return frozenset(known[word] for word in (*words, *pairs) if word in known)
