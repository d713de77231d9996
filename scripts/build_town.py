"""Write the map of the exercise's town, responder/demo/town.pmtiles: python -m scripts.build_town (needs tippecanoe)."""

import os

import django

from responder.demo import town


def main() -> None:
    """Build the file and print its size."""
    from responder.basemaps.building import build_from
    from responder.basemaps.inputs import Feature

    features = (Feature(layer, properties, geometry) for layer, properties, geometry in town.features())
    built = build_from(features, town.TOWN_FILE, name="Exercise", attribution=town.ATTRIBUTION, min_zoom=9, max_zoom=14)
    print(f"{built.path}: {built.size:,} bytes; {dict(built.features)}")


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "responder.settings.test")
    django.setup()
    main()
