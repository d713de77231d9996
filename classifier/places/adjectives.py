"""Words like "Greek" and "Nepali": no places themselves, but evidence for the country. English alone."""

import csv
from functools import cache
from pathlib import Path

FILE = Path(__file__).with_name("adjectives.tsv")


@cache
def countries() -> dict[str, str]:
    """Folded adjective or name of a people → ISO code of the country."""
    with FILE.open(encoding="utf-8", newline="") as file:
        return {
            word: row["country"] for row in csv.DictReader(file, delimiter="\t") for word in row["words"].split("|")
        }
