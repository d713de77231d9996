"""The invented streets of the exercise's town, for a map that shows something at street level without any outside file.

Everything here is invented: no street, river, hospital or school of this name stands at its place. The town lies where the
exercise's posts about Beira are drawn, and the map shows it in exercises alone, marked as invented.
`python -m scripts.build_town` writes TOWN_FILE from `features`.
"""

import math
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import shapely
from shapely import LineString, MultiPolygon, Point, Polygon
from shapely.affinity import rotate, scale, translate

TOWN_FILE = Path(__file__).with_name("town.pmtiles")
ATTRIBUTION = "EXERCISE – invented streets"
MIDDLE = (34.839, -19.844)  # longitude, latitude of the exercise's posts about Beira
METRES = 111_320.0  # in a degree of latitude
HALF_WIDTH, HALF_HEIGHT = 4_600.0, 4_200.0  # metres
TURN = 12.0  # degrees by which the streets are turned
BLOCK = 210.0  # metres between streets
SEED = 20

STREETS = (
    "Rua do Farol", "Rua das Redes", "Rua da Maçaroca", "Rua do Barro", "Rua das Conchas", "Rua do Pelicano", "Rua da Lua Nova",
    "Rua do Tamarindo", "Rua das Canoas", "Rua do Sal", "Rua da Palmeira", "Rua do Poço", "Rua das Esteiras", "Rua do Vento Sul",
    "Rua da Manga", "Rua do Caranguejo", "Rua das Velas", "Rua do Embondeiro", "Rua da Ponte Velha", "Rua do Milho", "Rua das Pedras",
    "Rua do Cajueiro", "Rua da Nascente", "Rua dos Oleiros", "Rua do Coral", "Rua da Chuva", "Rua das Andorinhas", "Rua do Remo",
    "Rua da Alvorada", "Rua do Papiro", "Rua dos Cesteiros", "Rua da Brisa", "Rua do Jasmim", "Rua das Marés Vivas", "Rua do Linho",
    "Rua da Capulana", "Rua do Tambor", "Rua das Estrelas", "Rua do Gengibre", "Rua da Lagoa", "Rua dos Pescadores", "Rua do Arroz",
)  # fmt: skip
AVENUES = ("Avenida das Marés", "Avenida do Mangal", "Avenida da Garça", "Avenida do Porto Novo", "Avenida das Acácias")
RIVER = {
    "name": "Rio das Garças", "name:en": "Heron River", "name:ar": "نهر البلشون", "name:es": "Río de las Garzas",
    "name:fr": "Rivière des Hérons", "name:pt": "Rio das Garças", "name:tr": "Balıkçıl Nehri", "name:uk": "Чаплина річка",
}  # fmt: skip
NOTICE = {
    "name": ATTRIBUTION, "name:ar": "تدريب – شوارع خيالية", "name:es": "EJERCICIO: calles inventadas",
    "name:fr": "EXERCICE – rues inventées", "name:pt": "EXERCÍCIO – ruas inventadas", "name:tr": "TATBİKAT – hayali sokaklar",
    "name:uk": "НАВЧАННЯ – вигадані вулиці",
}  # fmt: skip
# (metres east, metres north, kind, names)
DISTRICTS: tuple[tuple[float, float, dict[str, str]], ...] = (
    (250, 500, {"name": "Farol", "name:en": "Lighthouse", "name:ar": "المنارة", "name:es": "Faro", "name:fr": "Phare", "name:tr": "Fener", "name:uk": "Маяк"}),
    (1900, 900, {"name": "Salinas", "name:en": "Saltworks", "name:ar": "الملاحات", "name:fr": "Salines", "name:tr": "Tuzla", "name:uk": "Солеварні"}),
    (-2600, 1500, {"name": "Mangal", "name:en": "Mangrove", "name:ar": "المانغروف", "name:es": "Manglar", "name:fr": "Mangrove", "name:uk": "Мангри"}),
    (900, 2600, {"name": "Estação", "name:en": "Station", "name:ar": "المحطة", "name:es": "Estación", "name:fr": "Gare", "name:tr": "İstasyon", "name:uk": "Станція"}),
    (-2300, -600, {"name": "Cais", "name:en": "Quay", "name:ar": "الرصيف", "name:es": "Muelle", "name:fr": "Quai", "name:tr": "Rıhtım", "name:uk": "Причал"}),
)  # fmt: skip
POIS: tuple[tuple[float, float, str, dict[str, str]], ...] = (
    (330, 240, "hospital", {"name": "Hospital da Garça", "name:en": "Heron Hospital", "name:ar": "مستشفى البلشون", "name:es": "Hospital de la Garza", "name:fr": "Hôpital du Héron", "name:tr": "Balıkçıl Hastanesi", "name:uk": "Лікарня «Чапля»"}),
    (2300, 1750, "hospital", {"name": "Hospital das Salinas", "name:en": "Saltworks Hospital", "name:ar": "مستشفى الملاحات", "name:fr": "Hôpital des Salines", "name:uk": "Лікарня Солеварень"}),
    (-1900, 700, "clinic", {"name": "Clínica do Mangal", "name:en": "Mangrove Clinic", "name:ar": "عيادة المانغروف", "name:fr": "Clinique de la Mangrove"}),
    (-260, 820, "shelter", {"name": "Abrigo Maré Alta", "name:en": "High Tide Shelter", "name:ar": "مأوى المد العالي", "name:es": "Refugio Marea Alta", "name:fr": "Abri Marée Haute", "name:tr": "Yüksek Gelgit Barınağı", "name:uk": "Укриття «Приплив»"}),
    (1450, -120, "shelter", {"name": "Abrigo das Conchas", "name:en": "Seashell Shelter", "name:ar": "مأوى الأصداف", "name:es": "Refugio de las Conchas", "name:fr": "Abri des Coquillages"}),
    (-2700, 2300, "shelter", {"name": "Abrigo do Embondeiro", "name:en": "Baobab Shelter", "name:ar": "مأوى التبلدي", "name:fr": "Abri du Baobab"}),
    (620, 880, "school", {"name": "Escola das Marés", "name:en": "School of the Tides", "name:ar": "مدرسة المد", "name:es": "Escuela de las Mareas", "name:fr": "École des Marées", "name:tr": "Gelgit Okulu", "name:uk": "Школа припливів"}),
    (1750, 1500, "school", {"name": "Escola do Tamarindo", "name:en": "Tamarind School", "name:ar": "مدرسة التمر الهندي", "name:fr": "École du Tamarin"}),
    (-1750, 1900, "school", {"name": "Escola das Canoas", "name:en": "Canoe School", "name:ar": "مدرسة القوارب", "name:fr": "École des Pirogues"}),
    (150, 2300, "school", {"name": "Escola da Alvorada", "name:en": "Dawn School", "name:ar": "مدرسة الفجر", "name:fr": "École de l'Aube"}),
    (-520, 180, "police", {"name": "Esquadra do Farol", "name:en": "Lighthouse Police Post", "name:ar": "شرطة المنارة"}),
    (980, 430, "fire_station", {"name": "Bombeiros das Redes", "name:en": "Net Street Fire Station", "name:ar": "إطفاء الشباك"}),
    (-1500, -700, "ferry_terminal", {"name": "Cais da Canoa", "name:en": "Canoe Quay", "name:ar": "رصيف القارب"}),
    (80, -260, "marketplace", {"name": "Mercado do Sal", "name:en": "Salt Market", "name:ar": "سوق الملح", "name:es": "Mercado de la Sal", "name:fr": "Marché du Sel"}),
)  # fmt: skip


def features() -> Iterator[tuple[str, dict[str, Any], dict[str, Any]]]:
    """Each feature as (layer, properties, GeoJSON geometry). The same at every call."""
    chance = random.Random(SEED)  # noqa: S311  a drawing, no secret
    area = shapely.box(-HALF_WIDTH, -HALF_HEIGHT, HALF_WIDTH, HALF_HEIGHT)
    sea, river = _sea(), _river()
    land = area.difference(sea)
    yield from _drawn("earth", {"kind": "earth"}, land)
    yield from _drawn("water", {"kind": "ocean"}, sea.intersection(area))
    yield from _drawn("water", {"kind": "river"}, river.intersection(land))
    yield from _drawn("water", {"kind": "river", **RIVER}, _river_line())
    ground = land.difference(river.buffer(25))
    town = ground.intersection(Point(200, 900).buffer(3_300, quad_segs=12))
    yield from _drawn("landuse", {"kind": "residential"}, town)
    park, port = shapely.box(-900, 1_150, -350, 1_750), shapely.box(-2_700, -1_150, -1_350, -450)
    green = [
        (park, "park"),
        (port.intersection(ground), "industrial"),
        (Point(-3_600, 2_700).buffer(700).intersection(ground), "wood"),
    ]
    for shape, kind in green:
        yield from _drawn("landuse", {"kind": kind}, shape)
    streets = list(_streets(town))
    for kind, name, line in streets:
        yield from _drawn("roads", {"kind": kind} | ({"name": name} if name else {}), line)
    highway = LineString([(-HALF_WIDTH, 3_300), (-1_500, 3_150), (1_000, 3_500), (HALF_WIDTH, 3_050)])
    yield from _drawn(
        "roads", {"kind": "highway", "name": "Estrada do Exercício", "ref": "EX 7"}, highway.intersection(area)
    )
    rail = LineString([(900, 2_750), (1_600, 3_000), (HALF_WIDTH, 2_600)])
    yield from _drawn("roads", {"kind": "rail"}, rail)
    open_ground = shapely.union_all(
        [shape for shape, _kind in green] + [line.buffer(9) for _kind, _name, line in streets]
    )
    yield from _buildings(town.difference(open_ground), chance)
    for x, y, names in DISTRICTS:
        yield from _drawn("places", {"kind": "neighbourhood", **names}, Point(x, y))
    for x, y, kind, names in POIS:
        yield from _drawn("pois", {"kind": kind, **names}, Point(x, y))
    for x in range(-4_000, 4_001, 800):
        for y in range(-3_600, 3_601, 800):
            yield from _drawn("places", {"kind": "notice", **NOTICE}, Point(x + 400 * (y // 800 % 2), y))


def _sea() -> Polygon:
    """Everything south of a coast with a few bays."""
    coast = [
        (x, -1_250 + 220 * math.sin(x / 900) + 90 * math.sin(x / 310 + 1) - 0.05 * x)
        for x in range(-int(HALF_WIDTH) - 400, int(HALF_WIDTH) + 401, 100)
    ]
    return Polygon([*coast, (HALF_WIDTH + 400, -HALF_HEIGHT - 400), (-HALF_WIDTH - 400, -HALF_HEIGHT - 400)])


def _river_line() -> LineString:
    points = [(-1_080 + 260 * math.sin(y / 700) - 0.16 * y, y) for y in range(4_400, -1_500, -100)]
    return LineString(points)


def _river() -> Any:
    parts = [
        LineString([start, end]).buffer(70 + 55 * max(0.0, (1_500 - start[1]) / 3_000))
        for start, end in zip(_river_line().coords, list(_river_line().coords)[1:], strict=False)
    ]
    return shapely.union_all(parts).simplify(6)


def _streets(town: Any) -> Iterator[tuple[str, str, Any]]:
    """(kind, name, line) of each street within the town; avenues cross the river, streets end at it."""
    names = iter([*STREETS, *(f"Travessa {number}" for number in range(1, 80))])
    avenues = iter(AVENUES)
    whole = shapely.convex_hull(town)
    for across in (False, True):
        for number, at in enumerate(range(-3_400, 3_401, int(BLOCK))):
            is_avenue = number % 11 == 5
            line = LineString([(-5_000, at), (5_000, at)] if across else [(at, -5_000), (at, 5_000)])
            line = translate(rotate(line, TURN, origin=(0, 0)), 200, 900)
            inside = line.intersection(whole.difference(_sea()) if is_avenue else town)
            if not inside.is_empty and inside.length > BLOCK:
                name = next(avenues, "") if is_avenue else next(names)
                yield ("major_road" if is_avenue else "minor_road"), name, inside


def _buildings(ground: Any, chance: random.Random) -> Iterator[tuple[str, dict[str, Any], dict[str, Any]]]:
    """Houses in rows between the streets."""
    shapely.prepare(ground)
    step = BLOCK / 5
    for row in range(-76, 77):
        for column in range(-76, 77):
            if column % 5 in (0,) or row % 5 in (0,) or chance.random() < 0.45:
                continue
            width, height = chance.uniform(14, 26), chance.uniform(11, 22)
            x, y = column * step + 18, row * step + 18
            house = shapely.box(x - width / 2, y - height / 2, x + width / 2, y + height / 2)
            house = translate(rotate(house, TURN, origin=(0, 0)), 200, 900)
            if ground.contains(house):
                yield from _drawn("buildings", {"kind": "building"}, house)


def _drawn(layer: str, properties: dict[str, Any], shape: Any) -> Iterator[tuple[str, dict[str, Any], dict[str, Any]]]:
    """The feature with its metres turned into degrees; nothing for an empty shape."""
    if shape.is_empty:
        return
    placed = scale(shape, 1 / (METRES * math.cos(math.radians(MIDDLE[1]))), 1 / METRES, origin=(0, 0))
    placed = translate(placed, *MIDDLE)
    if isinstance(placed, MultiPolygon | Polygon):
        placed = shapely.orient_polygons(placed)
    yield layer, properties, shapely.geometry.mapping(placed)
