"""Writes classifier/places/han_variants.txt from OpenCC's dictionaries (Apache-2.0).

    python scripts/han_variants.py

First line: traditional and Japanese forms of Han characters; second line: the simplified form of each, in that order.
"""

from pathlib import Path

import opencc

DICTIONARIES = Path(opencc.__file__).parent / "dictionary"
TARGET = Path(__file__).resolve().parents[1] / "classifier" / "places" / "han_variants.txt"


def pairs(file: str) -> list[tuple[str, list[str]]]:
    """(character, its other forms) of a dictionary."""
    lines = (DICTIONARIES / file).read_text(encoding="utf-8").splitlines()
    return [(left, right.split(" ")) for left, right in (line.split("\t") for line in lines if line)]


def variants() -> dict[str, str]:
    """Character → its simplified form; a Japanese form that stands for several traditional ones is left out."""
    simplified = {form: plain[0] for form, plain in pairs("TSCharacters.txt")}
    found = {form: plain for form, plain in simplified.items() if form != plain}
    japanese: dict[str, set[str]] = {}
    for traditional, forms in pairs("JPVariants.txt"):
        for form in forms:
            japanese.setdefault(form, set()).add(simplified.get(traditional, traditional))
    for form, plain in japanese.items():
        if len(plain) == 1 and form not in found and form != min(plain) and form not in simplified.values():
            found[form] = min(plain)
    # One step leads to the last form, so that folding twice changes nothing.
    return {form: found.get(plain, plain) for form, plain in found.items() if found.get(plain, plain) != form}


def main() -> None:
    found = {form: plain for form, plain in sorted(variants().items()) if len(form) == len(plain) == 1}
    TARGET.write_text("".join(found) + "\n" + "".join(found.values()) + "\n", encoding="utf-8")
    print(f"{TARGET.name}: {len(found)} characters")


if __name__ == "__main__":
    main()
