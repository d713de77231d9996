"""The real places of the exercise with their coordinates, and which of them posts speak of in which phase."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from responder.demo.banks import place_names


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
Pemba|MZ|-12.974|40.518|city
Mtwara|TZ|-10.267|40.183|city
Dar es Salaam|TZ|-6.824|39.270|city
Zanzibar|TZ|-6.164|39.198|city
Cairo|EG|30.063|31.250|city
Amman|JO|31.955|35.945|city
Doha|QA|25.286|51.531|city
Riyadh|SA|24.688|46.722|city
Mumbai|IN|19.073|72.883|city
Ahmedabad|IN|23.026|72.587|city
Delhi|IN|28.652|77.232|city
Dhaka|BD|23.710|90.407|city
Beijing|CN|39.908|116.397|city
Wuhan|CN|30.583|114.267|city
Changsha|CN|28.199|112.971|city
Guangzhou|CN|23.117|113.250|city
Odesa|UA|46.486|30.744|city
"""
# What people also write for a place, and the gazetteer name it stands for.
_LOCAL = place_names()
ALIASES = {
    "Buzi": "Búzi",
    "Moçambique": "Mozambique",
    "Lisboa": "Lisbon",
    "Joburg": "Johannesburg",
    **{form: name for known in _LOCAL.values() for name, forms in known.items() for form in forms if form != name},
}

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
    "sw": ("Pemba", "Mtwara", "Dar es Salaam", "Zanzibar", "Nairobi"),
    "ar": ("القاهرة", "عمّان", "الدوحة", "الرياض"),
    "hi": ("मुंबई", "अहमदाबाद", "दिल्ली"),
    "zh": ("北京", "武汉", "长沙", "广州"),
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


def drawn_names(lang: str, phase: int) -> Sequence[str]:
    """The places that posts in `lang` speak of in `phase`, as they write them, frequent ones several times.

    Of a language with place names of its own, those that it doesn't decline: a sentence may need any case.
    """
    if lang == "pt":
        return [name for name in BY_PHASE[phase] if SCENES[name].place.country_code == "MZ"]
    if lang not in _LOCAL:
        return BY_PHASE[phase]
    plain = {name: forms[0] for name, forms in _LOCAL[lang].items() if len(forms) == 1}
    return [plain[name] for name in BY_PHASE[phase] if name in plain]
