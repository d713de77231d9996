"""`responder basemap build`: features in, tiles out, read back with what they say."""

import json
import sqlite3
import struct
import subprocess
from pathlib import Path
from typing import Any

import pytest
import shapely
from django.core.management import CommandError, call_command

from responder.basemaps import building, inputs, schema
from responder.basemaps.archive import Archive
from responder.errors import Invalid

ROAD = [[34.80, -19.85], [34.81, -19.84]]
STREETS = {
    "type": "FeatureCollection",
    "features": [
        {"type": "Feature", "properties": {"highway": "primary", "name": "Rua do Farol", "name:ar": "شارع المنارة"},
         "geometry": {"type": "LineString", "coordinates": ROAD}},
        {"type": "Feature", "properties": {"amenity": "hospital", "name": "Hospital"},
         "geometry": {"type": "Point", "coordinates": ROAD[0]}},
        {"type": "Feature", "properties": {"name": "nowhere"}, "geometry": None},
    ],
}  # fmt: skip


def decoded(path: Path, zoom: int) -> dict[str, list[dict[str, Any]]]:
    """The properties of the features in the tile at the road's start, by layer, as tippecanoe's own reader says."""
    column = int((ROAD[0][0] + 180) / 360 * 2**zoom)
    row = int((1 - 0.112539) / 2 * 2**zoom) if zoom < 3 else _row(ROAD[0][1], zoom)
    program = Path(building.tippecanoe()).with_name("tippecanoe-decode")
    out = subprocess.run(
        [program, path, str(zoom), str(column), str(row)], capture_output=True, check=True, text=True
    ).stdout
    layers = json.loads(out)["features"]
    return {one["properties"]["layer"]: [feature["properties"] for feature in one["features"]] for one in layers}


def _row(latitude: float, zoom: int) -> int:
    import math

    radians = math.radians(latitude)
    return int((1 - math.asinh(math.tan(radians)) / math.pi) / 2 * 2**zoom)


def geopackage(path: Path, reference: int = 4326) -> None:
    """A GeoPackage with a table of buildings, and a name that a careless reader would run as SQL."""
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE gpkg_contents (table_name TEXT, data_type TEXT)")
        database.execute("CREATE TABLE gpkg_geometry_columns (table_name TEXT, column_name TEXT, srs_id INTEGER)")
        database.execute("""CREATE TABLE "houses""; DROP" (geom BLOB, building TEXT, name TEXT)""")
        table = 'houses"; DROP'
        database.execute("INSERT INTO gpkg_contents VALUES (?, 'features')", [table])
        database.execute("INSERT INTO gpkg_geometry_columns VALUES (?, 'geom', ?)", [table, reference])
        box = shapely.box(*ROAD[0], ROAD[0][0] + 0.001, ROAD[0][1] + 0.001)
        blob = b"GP\x00\x03" + struct.pack("<i4d", reference, 0, 0, 0, 0) + shapely.to_wkb(box)
        rows = [
            (blob, "yes", "Warehouse"),
            (b"GP", "yes", "cut"),
            (None, "yes", "none"),
            (b"GP\x00\x01abcd" + b"\xff" * 40, "yes", "broken"),
        ]
        database.executemany("""INSERT INTO "houses""; DROP" VALUES (?, ?, ?)""", rows)
    database.close()


def test_features_come_back_in_the_layers_that_the_map_draws(tmp_path: Path, capsys: Any) -> None:
    (tmp_path / "streets.geojson").write_text(json.dumps(STREETS))
    geopackage(tmp_path / "town.gpkg")
    output = tmp_path / "out.pmtiles"
    call_command(
        "basemap", "build", str(tmp_path / "streets.geojson"), str(tmp_path / "town.gpkg"), "--output", str(output),
        "--name", "Town", "--attribution", "© Us", "--max-zoom", "14",
    )  # fmt: skip
    assert "buildings 1, pois 1, roads 1" in capsys.readouterr().out
    found = decoded(output, 14)
    assert found["roads"] == [
        {"kind": "major_road", "highway": "primary", "name": "Rua do Farol", "name:ar": "شارع المنارة"}
    ]
    assert found["pois"] == [{"kind": "hospital", "amenity": "hospital", "name": "Hospital"}]
    assert found["buildings"] == [{"kind": "building", "building": "yes", "name": "Warehouse"}]
    archive = Archive(output)
    assert archive.metadata()["attribution"] == "© Us"
    tile = archive.tile(14, int((ROAD[0][0] + 180) / 360 * 2**14), _row(ROAD[0][1], 14))
    assert tile is not None and "شارع المنارة".encode() in tile.plain
    assert list(tmp_path.glob("tmp*")) == []


@pytest.mark.parametrize(
    ("tags", "layer", "kind"),
    [
        ({"highway": "residential"}, "roads", "minor_road"), ({"waterway": "river"}, "water", "river"), ({"natural": "water"}, "water", "lake"),
        ({"building": "no", "landuse": "residential"}, "landuse", "residential"), ({"place": "town"}, "places", "town"),
        ({"railway": "rail"}, "roads", "rail"), ({"emergency": "assembly_point"}, "pois", "assembly_point"),
    ],
)  # fmt: skip
def test_plain_openstreetmap_tags_are_understood(tags: dict[str, str], layer: str, kind: str) -> None:
    found, properties = schema.place(tags, "file")
    assert (found, properties["kind"]) == (layer, kind)


def test_what_says_nothing_stays_in_its_own_layer() -> None:
    assert schema.place({"depth": 2.5, "nested": {"a": 1}}, "flood") == ("flood", {"depth": 2.5})
    assert schema.place({"kind": "lake", "highway": "x"}, "water") == ("water", {"kind": "lake", "highway": "x"})


def test_web_mercator_is_converted_and_other_systems_are_refused(tmp_path: Path) -> None:
    geopackage(path := tmp_path / "m.gpkg", 3857)
    (one,) = inputs.read(f"buildings={path}")
    assert one.layer == "buildings"
    assert abs(one.geometry["coordinates"][0][0][0]) < 0.001  # 34.8 metres east of the meridian
    geopackage(path := tmp_path / "u.gpkg", 32736)
    with pytest.raises(Invalid, match="WGS 84"):
        list(inputs.read(str(path)))


@pytest.mark.parametrize(
    ("name", "content"),
    [("a.geojson", b"{"), ("a.geojson", b"[1]"), ("a.geojson", b'{"a": 1}'), ("a.gpkg", b"no database"), ("a.gpkg", b"SQLite format 3\x00" + b"x" * 900),
     ("a.shp", b""), ("a.geojsonl", b'{"type": "Feature"\n'), ("a.geojson", b"[" * 100_000)],
)  # fmt: skip
def test_an_input_that_cannot_be_read_is_refused_in_words(tmp_path: Path, name: str, content: bytes) -> None:
    (path := tmp_path / name).write_bytes(content)
    with pytest.raises(CommandError) as caught:
        call_command("basemap", "build", str(path), "--output", str(tmp_path / "out.pmtiles"))
    assert caught.value.returncode == 2
    assert not (tmp_path / "out.pmtiles").exists()


def test_zooms_and_names_are_checked(tmp_path: Path) -> None:
    (path := tmp_path / "a.geojson").write_text(json.dumps(STREETS))
    for more in (["--min-zoom", "9", "--max-zoom", "3"], ["--max-zoom", "30"]):
        with pytest.raises(CommandError, match="zooms"):
            call_command("basemap", "build", str(path), "--output", str(tmp_path / "o.pmtiles"), *more)
    with pytest.raises(CommandError, match="pmtiles"):
        call_command("basemap", "build", str(path), "--output", str(tmp_path / "o.zip"))
