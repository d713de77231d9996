"""Files of layers: what is read of each form, and what is refused, with the words that a person needs to mend it."""

import io
import itertools
import json
import struct
import time
import zipfile
from typing import Any

import pytest
import shapefile
import shapely

from responder.errors import TooLarge
from responder.map_layers import archives, columns, features, reading, shapes, simplifying
from responder.map_layers.features import Reading, Unreadable

SQUARE = [[34.0, -20.0], [35.0, -20.0], [35.0, -19.0], [34.0, -19.0], [34.0, -20.0]]
NEXT = [[35.0, -20.0], [36.0, -20.0], [36.0, -19.0], [35.0, -19.0], [35.0, -20.0]]
FAR = [[x + 3, y] for x, y in SQUARE]
WGS84 = 'GEOGCS["GCS_WGS_1984",DATUM["D_WGS_1984",SPHEROID["WGS_1984",6378137.0,298.257223563]]]'
UTM = 'PROJCS["WGS_1984_UTM_Zone_36S",GEOGCS["GCS_WGS_1984"]]'


def feature(geometry: Any, **properties: Any) -> dict[str, Any]:
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def polygon(*rings: Any) -> dict[str, Any]:
    return {"type": "Polygon", "coordinates": list(rings)}


def collection(*rows: Any, **more: Any) -> bytes:
    return json.dumps({"type": "FeatureCollection", "features": list(rows), **more}).encode()


def zipped(files: dict[str, bytes], **options: Any) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name) if options.get("raw") else name, content)
    return target.getvalue()


def shapefile_of(
    rows: list[tuple[list[Any], list[Any]]], fields: list[tuple[Any, ...]], *, encoding: str = "utf-8"
) -> dict[str, bytes]:
    parts = {suffix: io.BytesIO() for suffix in ("shp", "shx", "dbf")}
    with shapefile.Writer(**parts, encoding=encoding) as writer:  # type: ignore[arg-type]
        for field in fields:
            writer.field(*field)
        for ring, values in rows:
            writer.poly([ring])
            writer.record(*values)
    return {suffix: part.getvalue() for suffix, part in parts.items()}


def districts(name: str = "mz_adm2", *, prj: str = WGS84) -> dict[str, bytes]:
    made = shapefile_of(
        [(SQUARE[::-1], ["Beira", "MZ0801", "Sofala", 533_825]), (NEXT[::-1], ["Búzi", "MZ0802", "Sofala", 177_415])],
        [("ADM2_PT", "C", 50), ("ADM2_PCODE", "C", 20), ("ADM1_PT", "C", 50), ("T_TL", "N", 12, 0)],
    )
    return {f"{name}.{suffix}": content for suffix, content in made.items()} | {f"{name}.prj": prj.encode()}


def refusal(content: bytes, *, part: str = "", areas: bool = False) -> str:
    with pytest.raises(Unreadable) as refused:
        shapes.checked(reading.read(content, part=part).features, areas=areas)
    return str(refused.value)


def test_geojson_of_each_kind_is_read() -> None:
    rows = [
        feature({"type": "Point", "coordinates": [34.8, -19.8, 12.0]}, name="Hospital"),
        feature({"type": "LineString", "coordinates": [[34, -19], [35, -20]]}),
        feature({"type": "MultiPolygon", "coordinates": [[SQUARE], [FAR]]}, name="Flood\x00ed\n area", depth=1.5, old=None, deep={"a": 1}),
        feature(None, name="Nowhere"),
        feature({"type": "GeometryCollection", "geometries": [{"type": "Point", "coordinates": [1, 2]}, {"type": "Point", "coordinates": [3, 4]}]}),
    ]  # fmt: skip
    found = reading.read(b"\xef\xbb\xbf" + collection(*rows))
    assert (found.form, len(found.features)) == ("GeoJSON", 5)
    assert found.features[2].properties == {"name": "Flood ed area", "depth": 1.5}
    kept, notes = shapes.checked(found.features, areas=False)
    assert [one.geometry.geom_type for one in kept] == ["Point", "LineString", "MultiPolygon", "GeometryCollection"]
    assert notes == ["1 feature without a shape was left out: 4 (Nowhere)."]
    assert reading.read(json.dumps(polygon(SQUARE)).encode()).features[0].geometry == polygon(SQUARE)


def test_kml_and_kmz_are_read() -> None:
    text = """<?xml version="1.0" encoding="UTF-8"?><kml xmlns="http://www.opengis.net/kml/2.2" xmlns:gx="http://www.google.com/kml/ext/2.2"><Document>
      <Folder><Placemark><name>Shelter 1</name><ExtendedData><Data name="beds"><value>120</value></Data></ExtendedData>
        <Point><coordinates>34.84,-19.84,0</coordinates></Point></Placemark></Folder>
      <Placemark><name>Water</name><MultiGeometry><Polygon><outerBoundaryIs><LinearRing><coordinates>
        34,-20 36,-20 36,-18 34,-18 34,-20</coordinates></LinearRing></outerBoundaryIs><innerBoundaryIs><LinearRing><coordinates>
        34.5,-19.5 35,-19.5 35,-19 34.5,-19.5</coordinates></LinearRing></innerBoundaryIs></Polygon>
        <LineString><coordinates>34,-20 35,-20</coordinates></LineString></MultiGeometry></Placemark>
      <Placemark><name>Boat</name><gx:Track><gx:coord>34 -20 0</gx:coord><gx:coord>34.1 -20 0</gx:coord></gx:Track></Placemark>
      <NetworkLink><Link><href>http://example.org/more.kml</href></Link></NetworkLink></Document></kml>"""
    for content in (text.encode(), zipped({"doc.kml": text.encode(), "files/icon.png": b"x"})):
        found = reading.read(content)
        kept, _notes = shapes.checked(found.features, areas=False)
        assert [one.feature.label for one in kept] == ["Shelter 1", "Water", "Boat"]
        assert found.features[0].properties == {"name": "Shelter 1", "beds": "120"}
        assert kept[1].geometry.geoms[0].area == pytest.approx(4 - 0.125)
        assert len(found.notes) == 1 and "links to other files" in found.notes[0]


def test_gpx_is_read() -> None:
    text = """<gpx version="1.1" xmlns="http://www.topografix.com/GPX/1/1"><wpt lat="-19.84" lon="34.84"><name>Bridge</name></wpt>
      <rte><name>Way</name><rtept lat="-19" lon="34"/><rtept lat="-20" lon="35"/></rte>
      <trk><trkseg><trkpt lat="-19" lon="34"/><trkpt lat="-19.5" lon="34.5"/></trkseg><trkseg><trkpt lat="1" lon="2"/></trkseg></trk></gpx>"""
    kept, _notes = shapes.checked(reading.read(text.encode()).features, areas=False)
    assert [one.geometry.geom_type for one in kept] == ["Point", "LineString", "MultiLineString"]
    assert kept[0].geometry.coords[0] == (34.84, -19.84)


def test_a_zipped_shapefile_is_read_with_its_columns() -> None:
    found = reading.read(
        zipped({"a/" + name: content for name, content in districts().items()} | {"__MACOSX/a/._mz_adm2.shp": b"\0"})
    )
    kept, notes = shapes.checked(found.features, areas=True)
    assert [one.feature.properties["ADM2_PT"] for one in kept] == ["Beira", "Búzi"] and notes == []
    assert kept[0].geometry.area == pytest.approx(1)
    names = columns.all_of((one.feature.properties for one in kept), 60)
    guessed = columns.guess(names)
    assert guessed == {"name_column": "ADM2_PT", "code_column": "ADM2_PCODE", "people_column": "T_TL"}
    assert columns.values(kept[0].feature.properties, guessed) == {"name": "Beira", "code": "MZ0801", "people": 533_825}


def test_a_table_in_an_old_encoding_is_read() -> None:
    made = shapefile_of([(SQUARE[::-1], ["Búzi"])], [("NAME", "C", 20)], encoding="cp1252")
    files = {f"x.{suffix}": content for suffix, content in made.items()}
    assert reading.read(zipped(files)).features[0].properties == {"NAME": "Búzi"}
    assert reading.read(zipped(files | {"x.cpg": b"1252"})).features[0].properties == {"NAME": "Búzi"}
    assert reading.read(zipped(files | {"x.cpg": b"no-such-coding"})).features[0].properties == {"NAME": "Búzi"}


def test_an_archive_of_several_layers_asks_which() -> None:
    content = zipped(districts("mz_adm1") | districts("mz_adm2"))
    assert "mz_adm1.shp, mz_adm2.shp" in refusal(content)
    assert "no file of this name" in refusal(content, part="mz_adm3")
    assert len(reading.read(content, part="MZ_adm2").features) == 2
    assert len(reading.read(content, part="mz_adm1.shp").features) == 2


@pytest.mark.parametrize(
    ("columns_of_file", "name", "code", "people"),
    [
        (["ADM0_EN", "ADM1_EN", "ADM1_PCODE", "ADM2_EN", "ADM2_PCODE", "ADM2_REF"], "ADM2_EN", "ADM2_PCODE", ""),
        (["adm3_name", "adm3_name1", "adm3_pcode", "adm2_name", "adm2_pcode"], "adm3_name", "adm3_pcode", ""),
        (["GID_0", "NAME_0", "GID_2", "NAME_2", "TYPE_2"], "NAME_2", "GID_2", ""),
        (["shapeName", "shapeISO", "shapeID", "Shape_Area"], "shapeName", "shapeID", ""),
        (["ADM1_FR", "ADM1_EN", "POP_2023", "popcorn"], "ADM1_EN", "", "POP_2023"),
        (["id", "Population"], "", "id", "Population"),
        (["Shape_Leng", "OBJECTID"], "", "", ""),
    ],
)
def test_columns_are_guessed(columns_of_file: list[str], name: str, code: str, people: str) -> None:
    assert columns.guess(columns_of_file) == {"name_column": name, "code_column": code, "people_column": people}


@pytest.mark.parametrize(
    ("value", "people"),
    [(1234, 1234), (1234.6, 1235), ("1 234 567", 1234567), ("1,234", 1234), ("1,5", None), ("12.0", 12), (0, None), (-3, None), (True, None),
     (float("nan"), None), ("many", None), (None, None), (10**12, None), ("9" * 400, None), ("١٢٣", 123)],
)  # fmt: skip
def test_numbers_of_people(value: Any, people: int | None) -> None:
    assert columns.people(value) == people


BAD_TEXTS = [
    (b"", "empty"),
    (b"   \n", "empty"),
    (b"name;x;y\nBeira;34;-19", "no GeoJSON, KML, GPX"),
    (b"\xff\xfe{\x00}\x00", "no GeoJSON"),
    (b"{", "line 1"),
    (b"[1, 2]", "not GeoJSON"),
    (b'{"type": "FeatureCollection", "features": []}', "no features"),
    (b'{"type": "FeatureCollection", "features": {}}', "no features"),
    (b'{"type": "Topology", "objects": {}}', "TopoJSON"),
    (b'{"a": "\xe9"}', "UTF-8"),
    (b"[" * 200_000, "nested"),
    (b'{"type": "FeatureCollection", "features": [' + b"9" * 5_000 + b"]}", "not valid JSON"),
    (
        collection(
            feature(polygon(SQUARE)), crs={"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::32736"}}
        ),
        "EPSG::32736",
    ),
    (collection(*[None] * 5_001), "5001 features"),
    (collection(None, 7, "x"), "No feature"),
    (b"<html></html>", "neither KML nor GPX"),
    (b"<kml><Document></Document>", "not well-formed"),
    (b"<kml></kml>", "no placemarks"),
    (b"<gpx></gpx>", "no waypoints"),
    (b'<!DOCTYPE kml [<!ENTITY a "aaaa">]><kml><Placemark><name>&a;</name></Placemark></kml>', "document type"),
    (b'<!DOCTYPE kml [<!ENTITY a SYSTEM "file:///etc/passwd">]><kml>&a;</kml>', "document type"),
    (b"<kml>" + b"<Folder>" * 500 + b"</Folder>" * 500 + b"</kml>", "too deeply"),
    (struct.pack(">7i", 9994, 0, 0, 0, 0, 0, 50), "zip archive"),
    (b"PK\x03\x04 not really", "zip archive"),
]


@pytest.mark.parametrize(("content", "words"), BAD_TEXTS)
def test_what_is_no_layer_is_refused_in_words(content: bytes, words: str) -> None:
    assert words in refusal(content)


BAD_SHAPES = [
    (polygon([[34, -20], [35, -20], [34, -20]]), "fewer than three different points"),
    (polygon([[34, -20], [35, -20], [36, -20], [34, -20]]), "on one line"),
    (polygon([[500_000, 7_800_000], [500_100, 7_800_000], [500_100, 7_800_100]]), "save the layer in WGS 84"),
    (polygon([[34, "x"], [35, -20], [36, -19]]), "no longitude and latitude"),
    (polygon([[34], [35, -20], [36, -19]]), "no longitude and latitude"),
    (polygon([[True, False], [35, -20], [36, -19]]), "no longitude and latitude"),
    (polygon(SQUARE[0]), "a point of it has no"),
    ({"type": "Polygon", "coordinates": [34.0, -20.0]}, "not nested"),
    ({"type": "Polygon", "coordinates": 7}, "no coordinates"),
    ({"type": "Polygon"}, "no coordinates"),
    ({"type": "Circle", "coordinates": [34, -20]}, "no kind"),
    ({"type": "Point", "coordinates": {}}, "no coordinates"),
    ({"type": "Point", "coordinates": [1e400, 3]}, "no longitude"),
    ({"type": "LineString", "coordinates": [[34, -20], [34, -20]]}, "fewer than two different"),
    ({"type": "GeometryCollection", "geometries": 3}, "can't be read"),
    ({"type": "MultiPolygon", "coordinates": [[]]}, "no outline"),
]  # fmt: skip


@pytest.mark.parametrize(("geometry", "words"), BAD_SHAPES)
def test_a_bad_shape_is_named_by_its_feature(geometry: Any, words: str) -> None:
    said = refusal(collection(feature(polygon(SQUARE), name="Good"), feature(geometry, name="Búzi")))
    assert words in said and "feature 2 (Búzi)" in said and "Good" not in said


def test_at_most_five_bad_shapes_are_named() -> None:
    said = refusal(collection(*[feature(polygon([[0, 0], [1, 1], [0, 0]]), name=f"n{n}") for n in range(8)]))
    assert "feature 5 (n4)" in said and "n5" not in said and "3 more features have a problem." in said


def test_areas_have_to_be_areas() -> None:
    assert "not an area" in refusal(collection(feature({"type": "Point", "coordinates": [1, 2]}, name="P")), areas=True)


def test_an_outline_that_crosses_itself_is_repaired_and_named() -> None:
    bow = polygon([[0, 0], [2, 2], [2, 0], [0, 2], [0, 0]])
    kept, notes = shapes.checked(
        reading.read(collection(feature(bow, name="Bow"), feature(polygon(SQUARE)))).features, areas=True
    )
    assert kept[0].geometry.is_valid and kept[0].geometry.area == pytest.approx(2)
    assert notes == ["The outline of 1 feature crossed or touched itself and was repaired: 1 (Bow)."]


def test_archives_that_would_harm_are_refused() -> None:
    assert "outside itself" in refusal(zipped({"../../etc/x.shp": b"", "a.dbf": b""}))
    assert "outside itself" in refusal(zipped({"/etc/x.geojson": b"{}"}))
    assert "outside itself" in refusal(zipped({"C:\\x.geojson": b"{}"}))
    assert "far more than it holds" in refusal(zipped({"bomb.geojson": b"\0" * 30_000_000}))
    assert "more than 300 files" in refusal(zipped({f"{n}.txt": b"" for n in range(301)}))
    assert "holds no shapefile" in refusal(zipped({"readme.txt": b"hello"}))
    assert "lacks the file mz_adm2.dbf" in refusal(
        zipped({name: one for name, one in districts().items() if not name.endswith("dbf")})
    )
    assert "WGS_1984_UTM_Zone_36S" in refusal(zipped(districts(prj=UTM)))
    whole = zipped(districts())
    assert "archive" in refusal(whole[: len(whole) // 2])
    locked = bytearray(zipped({"a.geojson": collection(feature(polygon(SQUARE)))}))
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        locked[locked.index(mark) + offset] |= 1
    assert "encrypted" in refusal(bytes(locked))


def test_an_archive_that_lies_about_its_size_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "MOST_UNPACKED", 1_000)
    content = bytearray(zipped({"a.geojson": b" " * 900 + collection(feature(polygon(SQUARE)))}))
    at = content.index(b"PK\x01\x02") + 24
    content[at : at + 4] = struct.pack("<I", 10)
    with pytest.raises(Unreadable):
        reading.read(bytes(content))


@pytest.mark.parametrize("seed", range(60))
def test_a_damaged_shapefile_is_refused_or_read_but_never_a_fault(seed: int) -> None:
    files = districts()
    part = "mz_adm2.shp" if seed % 2 else "mz_adm2.dbf"
    content = bytearray(files[part])
    for step in range(6):
        content[(seed * 131 + step * 977) % len(content)] = (seed * 37 + step * 91) % 256
    try:
        found = reading.read(zipped(files | {part: bytes(content)}))
        shapes.checked(found.features, areas=True)
    except Unreadable:
        pass


def test_a_table_that_claims_billions_of_rows_is_refused_at_once() -> None:
    files = districts()
    table = bytearray(files["mz_adm2.dbf"])
    table[4:8] = struct.pack("<I", 2**32 - 1)
    began = time.monotonic()
    refusal(zipped(files | {"mz_adm2.dbf": bytes(table)}))
    assert time.monotonic() - began < 5


def test_too_many_bytes_and_points_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MOST_BYTES", 10)
    with pytest.raises(TooLarge):
        reading.whole([b"x" * 6, b"x" * 6])
    monkeypatch.setattr(shapes, "MOST_VERTICES", 8)
    assert "more than 8 points" in refusal(collection(feature(polygon(SQUARE)), feature(polygon(NEXT))))


def coastline(west: float, points: int) -> list[list[float]]:
    """A square of one degree whose right side winds."""
    right = [[west + 1 + 0.01 * ((n * 7919) % 13 - 6) / 6, -20 + n / points] for n in range(1, points)]
    left = [[west + 0.01 * ((n * 7919) % 13 - 6) / 6, -20 + n / points] for n in range(points - 1, 0, -1)]
    return [[west, -20], [west + 1, -20], *right, [west + 1, -19], [west, -19], *left, [west, -20]]


def test_borders_that_areas_share_stay_shared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(simplifying, "MOST_DRAWN", 600)
    rows = [feature(polygon(coastline(34 + n, 2_000)), name=str(n)) for n in range(3)]
    kept, _notes = shapes.checked(reading.read(collection(*rows)).features, areas=True)
    before = [one.geometry for one in kept]
    drawn = simplifying.simplified(kept)
    assert shapely.get_num_coordinates(drawn).sum() <= 600 < shapely.get_num_coordinates(before).sum()
    for one, other in itertools.pairwise(drawn):
        assert one.intersection(other).area < 1e-9  # neither overlaps the other
    gap = shapely.union_all(drawn).convex_hull.area - shapely.union_all(drawn).area
    was = shapely.union_all(before).convex_hull.area - shapely.union_all(before).area
    assert gap < was + 0.02  # nor does a gap open between them
    assert all(one.area == pytest.approx(old.area, rel=0.05) for one, old in zip(drawn, before, strict=True))


def test_properties_are_bounded() -> None:
    wild = {f"k{n}": "x" * 900 for n in range(100)} | {"": "nameless"}
    found = features.bounded(wild)
    assert len(found) == features.MOST_COLUMNS and all(len(value) == features.MOST_TEXT for value in found.values())
    assert features.bounded([1]) == {} and features.bounded({"a": float("inf"), "b": 10**40, "c": [1]}) == {}


def test_a_reading_says_what_it_is() -> None:
    assert reading.read(zipped(districts())) == Reading("shapefile", reading.read(zipped(districts())).features, [])
