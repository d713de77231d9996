"""The real places of the exercise with their coordinates, and which of them posts speak of in which phase."""

import unicodedata
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """A place as gold labels give it. `type` is city, town, province or country; degrees are WGS 84."""

    name: str
    country_code: str
    latitude: float
    longitude: float
    type: str


@dataclass(frozen=True, slots=True)
class Scene:
    """A place as people write it, and the river and road they would name with it."""

    written: str
    place: Place
    river: str = "Pungwe"
    road: str = "main road"


_ROWS = """
Beira|MZ|-19.844|34.839|city|Pungwe|EN6
Dondo|MZ|-19.609|34.743|town|Pungwe|EN6
Búzi|MZ|-19.864|34.467|town|Búzi|EN6 turn-off
Nhamatanda|MZ|-19.269|34.213|town|Pungwe|EN6
Chimoio|MZ|-19.116|33.483|city|Revué|EN6
Gondola|MZ|-19.088|33.649|town|Revué|EN6
Gorongosa|MZ|-18.676|34.073|town|Vunduzi|EN1
Inhaminga|MZ|-18.415|35.023|town|Zangue|old railway road
Marromeu|MZ|-18.291|35.945|town|Zambezi|sugar road
Caia|MZ|-17.820|35.344|town|Zambezi|EN1
Luabo|MZ|-18.393|36.105|town|Zambezi|dyke road
Chinde|MZ|-18.581|36.459|town|Zambezi|coast track
Quelimane|MZ|-17.879|36.888|city|Bons Sinais|EN10
Mutare|ZW|-18.971|32.671|city|Odzi|mountain road
Chimanimani|ZW|-19.800|32.867|town|Rusitu|mountain road
Chipinge|ZW|-20.188|32.624|town|Save|valley road
Nsanje|MW|-16.920|35.262|town|Shire|M1
Chikwawa|MW|-16.034|34.801|town|Shire|M1
Blantyre|MW|-15.785|35.009|city|Mudi|M1
Sofala|MZ|-19.000|34.700|province
Manica|MZ|-19.000|33.400|province
Mozambique|MZ|-18.250|35.000|country
Malawi|MW|-13.500|34.000|country
Zimbabwe|ZW|-19.000|29.750|country
Madagascar|MG|-20.000|47.000|country
Maputo|MZ|-25.966|32.583|city
Nampula|MZ|-15.116|39.267|city
Inhambane|MZ|-23.865|35.383|city
Harare|ZW|-17.828|31.053|city
Lilongwe|MW|-13.967|33.787|city
Johannesburg|ZA|-26.202|28.044|city
Pretoria|ZA|-25.745|28.188|city
Lisbon|PT|38.717|-9.133|city
Coimbra|PT|40.206|-8.420|city
London|GB|51.509|-0.126|city
Nairobi|KE|-1.283|36.817|city
Madrid|ES|40.416|-3.703|city
Bogotá|CO|4.609|-74.082|city
Montevideo|UY|-34.903|-56.188|city
Paris|FR|48.853|2.349|city
Lyon|FR|45.749|4.847|city
Antananarivo|MG|-18.914|47.536|city
"""
# What people also write for a place, and the gazetteer name it stands for.
ALIASES = {"Buzi": "Búzi", "Moçambique": "Mozambique", "Lisboa": "Lisbon", "Joburg": "Johannesburg"}

COAST = ("Beira", "Beira", "Beira", "Dondo", "Buzi", "Búzi", "Chinde", "Quelimane")
PLAIN = (
    *COAST,
    "Nhamatanda",
    "Nhamatanda",
    "Buzi",
    "Dondo",
    "Marromeu",
    "Caia",
    "Gorongosa",
    "Chimoio",
    "Luabo",
)
FIELD = (
    *PLAIN,
    "Gondola",
    "Inhaminga",
    "Mutare",
    "Chimanimani",
    "Chimanimani",
    "Chipinge",
    "Nsanje",
    "Nsanje",
    "Chikwawa",
    "Blantyre",
)
HIGHLAND = {"Chimoio", "Gondola", "Gorongosa", "Inhaminga", "Mutare", "Chimanimani", "Chipinge", "Blantyre"}
BY_PHASE = {1: COAST, 2: COAST, 3: PLAIN, 4: FIELD, 5: FIELD}
FAR = {
    "en": (
        "Maputo",
        "Harare",
        "Lilongwe",
        "Johannesburg",
        "Joburg",
        "Pretoria",
        "London",
        "Nairobi",
        "Nampula",
    ),
    "pt": ("Maputo", "Nampula", "Inhambane", "Lisboa", "Coimbra"),
    "es": ("Madrid", "Bogotá", "Montevideo"),
    "fr": ("Paris", "Lyon", "Antananarivo"),
}
QUARTERS = ("Munhava", "Praia Nova", "Manga", "Macuti", "Ponta Gêa", "Inhamizua", "Matacuane")


def fold(text: str) -> str:
    """Lower case without accents, for comparing names as people type them."""
    return "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c)).casefold()


def _read() -> dict[str, Scene]:
    scenes: dict[str, Scene] = {}
    for row in _ROWS.split("\n"):
        if row:
            name, country, latitude, longitude, kind, *local = row.split("|")
            scenes[name] = Scene(name, Place(name, country, float(latitude), float(longitude), kind), *local)
    for written, name in ALIASES.items():
        known = scenes[name]
        scenes[written] = Scene(written, known.place, known.river, known.road)
    return scenes


SCENES = _read()
