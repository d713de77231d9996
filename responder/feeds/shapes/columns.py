"""Finds the column for each field of a post: by the user's mapping, by HXL tags, or by names common in data sets."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from classifier.tables import UnusableInput
from responder.feeds.shapes import values

# As normalised by `key`, in order of preference.
KNOWN_NAMES: dict[str, tuple[str, ...]] = {
    "text": (
        "notetweet.text", "fulltext", "text", "tweettext", "tweet", "tweetcontent", "message", "messagetext", "content",
        "body", "selftext", "posttext", "description", "incidentdescription", "postdescription", "summary", "texto", "texte", "metin", "текст",
        "teks", "النص", "نص", "mensaje", "mensagem", "mesaj", "сообщение", "pesan", "رسالة", "الرسالة", "nachricht", "data",
    ),
    "id": ("idstr", "tweetid", "statusid", "id", "sourceid", "postid", "messageid", "uuid"),
    "created_at": (
        "createdat", "dateunixtime", "timestamp", "time", "date", "datetime", "created", "postedat", "posted", "publishedat", "published",
        "postdate", "postcreated", "submissiontime", "fecha", "tarih", "дата", "datum", "tanggal", "التاريخ", "تاريخ", "तारीख",
        "incidentdate", "marcatemporal", "horodateur", "zeitstempel", "zamandamgası",
        "carimbodedata/hora", "informazionicronologiche", "отметкавремени", "طابعزمني", "الطابعالزمني",
    ),
    "lang": ("lang", "language", "tweetlang"),
    "latitude": ("latitude", "lat", "geolat", "locationlat", "location.lat", "location.latitude", "gpslatitude"),
    "longitude": (
        "longitude", "lon", "lng", "long", "geolon", "geolong", "locationlon", "locationlng", "location.lon", "location.lng",
        "location.longitude", "gpslongitude",
    ),
    "author": ("author", "authorhandle", "user", "screenname", "username", "author.username", "user.screenname", "handle",
        "authorid", "userid"),
}  # fmt: skip
FIELDS = tuple(KNOWN_NAMES)  # allowed in a mapping
MAP_HELP = f"columns with other than the usual names, as {','.join(f'{field}=…' for field in FIELDS)}"
OTHER_NAMES: dict[str, tuple[str, ...]] = {
    "title": ("title", "incidenttitle", "posttitle", "headline", "subject"),
    "point": ("geolocation", "geopoint", "gps", "latlon", "latlng", "location"),
    "place": ("place", "placename", "locationname"),
    "repeat": ("referencedtweets.retweeted.id", "retweetedstatusid", "retweetedstatus.id"),
    "quote": ("referencedtweets.quoted.id", "quotedstatusidstr", "quotedstatusid"),
    "reply": ("referencedtweets.repliedto.id", "inreplytostatusidstr", "inreplytostatusid", "inreplytoid"),
    "radius_km": ("radiuskm",),
    "day": ("date", "day", "fecha", "tarih", "дата", "datum", "tanggal", "التاريخ", "تاريخ"),
    "clock": ("time", "hour", "hora", "heure", "saat", "uhrzeit", "время", "jam", "الوقت", "وقت"),
}
TITLED = (
    "description",
    "incidentdescription",
    "postdescription",
    "body",
    "content",
    "selftext",
    "summary",
)  # columns whose text gets the title
# Tag, attributes that it must have, and some that it must not have.
HXL: dict[str, tuple[tuple[str, frozenset[str]], ...]] = {
    "text": (("#description", frozenset()),),
    "id": (("#meta", frozenset({"id"})),),
    "created_at": (("#date", frozenset({"reported"})), ("#date", frozenset({"occurred"})), ("#date", frozenset())),
    "lang": (("#meta", frozenset({"lang"})),),
    "latitude": (("#geo", frozenset({"lat"})),),
    "longitude": (("#geo", frozenset({"lon"})),),
    "author": (("#meta", frozenset({"author"})),),
    "point": (("#geo", frozenset({"coord"})),),
    "place": (("#loc", frozenset({"name"})), ("#loc", frozenset())),
}
TAG = re.compile(r"#[a-z][a-z0-9_]*(?:\s*\+\s*[a-z][a-z0-9_]*)*", re.IGNORECASE)
IGNORED = re.compile(r"\((?:utc|gmt)\)|[\s_\-\"'\ufeff]+")
IN_UTC = re.compile(r"\b(?:utc|gmt)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Signature:
    """A known table format: the columns that identify it, and fields that are not in columns with the usual names.

    Arguments:
        name: display name.
        needs: normalised names of columns that identify the format.
        fields: field → normalised names of its columns, instead of the usual ones; empty: the field is not read.
        in_utc: whether its times are in UTC without saying so.
    """

    name: str
    needs: frozenset[str]
    fields: Mapping[str, tuple[str, ...]]
    in_utc: bool = False


def _signature(name: str, needs: str, *, in_utc: bool = False, **fields: tuple[str, ...]) -> Signature:
    return Signature(name, frozenset(needs.split()), fields, in_utc)


OWN = "Responder export"
SIGNATURES = (
    _signature(OWN, "datastatus sourceid severityword", id=("sourceid", "id"), place=()),
    _signature("twarc-csv", "author.username createdat"),
    _signature("CrisisMMD", "tweetid imageid tweettext"),
    _signature("HumAID", "tweetid tweettext classlabel"),
    _signature("CrisisLexT26", "tweetid tweettext informativeness"),
    _signature("CrisisLexT6", "tweetid tweet label"),
    _signature("CrisisNLP", "tweetid tweettext label"),
    _signature("CrisisNLP", "unitid tweetid tweettext"),
    _signature("AIDR", "tweetid message username"),
    _signature("Kaggle “Real or Not”", "id keyword location text"),
    # The times of these are those of the annotation.
    _signature("Label Studio", "annotationid leadtime", created_at=()),
    _signature("Label Studio", "id annotator", created_at=()),
    _signature("KoboToolbox", "submissiontime uuid", created_at=("submissiontime",), id=("uuid", "id"), in_utc=True),
    _signature("KoboToolbox", "submissiontime id", created_at=("submissiontime",), in_utc=True),
    _signature("Ushahidi", "incidenttitle incidentdate"),
    _signature("Ushahidi", "postid survey", id=("postid",)),
)


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of a table by field, with the names in its header.

    Arguments:
        shape: display name of the format.
        fields: field → column.
        in_utc: whether the time column is in UTC.
    """

    shape: str
    fields: Mapping[str, str]
    in_utc: bool = False


@lru_cache(maxsize=4096)
def key(name: str) -> str:
    """Return a column's name normalised for comparison: without case, spaces, hyphens and underscores."""
    return IGNORED.sub("", unicodedata.normalize("NFKC", name[:200]).casefold())


def first_named(row: Mapping[str, Any], names: Iterable[str], default: Any = None) -> Any:
    """Return the first non-missing value of the columns with these normalised names."""
    by_key = {key(str(name)): value for name, value in reversed(list(row.items()))}
    found = (by_key[name] for name in names if name in by_key)
    return next((value for value in found if not values.is_missing(value)), default)


def parse_mapping(text: str) -> dict[str, str]:
    """Parse a mapping such as `text=tweet,id=key`. Raises UnusableInput."""
    mapping = {}
    for pair in filter(None, text.split(",")):
        field, _, column = pair.partition("=")
        if field.strip() not in FIELDS or not column.strip():
            raise UnusableInput(f"--map {pair!r}: use FIELD=COLUMN, where FIELD is one of {', '.join(FIELDS)}.")
        mapping[field.strip()] = column.strip()
    return mapping


def find(names: Iterable[str], mapping: Mapping[str, str], tags: Mapping[str, str]) -> Columns:
    """Return the columns to read: those in `mapping`, then those with HXL tags, then those with usual names.

    Arguments:
        names: names of the columns of a table, or keys of a JSON row.
        mapping: field → column.
        tags: column → HXL tag; the name of a column may also be a tag.
    """
    by_key: dict[str, str] = {}
    for name in names:
        by_key.setdefault(key(str(name)), name)
    signature = next((one for one in SIGNATURES if one.needs <= by_key.keys()), None)
    tagged = {} if signature and signature.name == OWN else _tagged(by_key.values(), tags)
    known = {} if signature is None else signature.fields
    fields: dict[str, str] = {}
    for field, usual in (KNOWN_NAMES | OTHER_NAMES).items():
        found = tagged.get(field) or next((by_key[one] for one in known.get(field, usual) if one in by_key), None)
        if found is not None:
            fields[field] = found
    fields = _ends(by_key) | fields | dict(mapping)
    if "title" in fields and ("text" in mapping or ("text" in fields and key(fields["text"]) not in TITLED)):
        del fields["title"]
    parts = (fields.get("day"), fields.get("clock"))
    if "created_at" in mapping or None in parts or fields.get("created_at") not in parts:
        fields.pop("clock", None)
    else:
        fields["created_at"] = fields["day"]
    in_utc = bool(signature and signature.in_utc and "created_at" not in mapping)
    in_utc = in_utc or bool(IN_UTC.search(fields.get("created_at", "").replace("_", " ")))
    shape = signature.name if signature else "HXL" if tagged.keys() & {"text", "id"} else "table"
    return Columns(shape, fields, in_utc)


def _ends(by_key: Mapping[str, str]) -> dict[str, str]:
    """Return coordinate columns that survey tools name after their question, such as `_Where are you_latitude`."""
    found = {}
    for field in ("latitude", "longitude"):
        ending = [name for one, name in by_key.items() if one.endswith((field, f".{field[:3]}"))]
        if len(ending) == 1:
            found[field] = ending[0]
    return found if len(found) == 2 else {}


def _tagged(names: Iterable[str], tags: Mapping[str, str]) -> dict[str, str]:
    parsed = []
    for name in names:
        tag = tags.get(name) or str(name)
        if TAG.fullmatch(tag.strip()):
            base, *attributes = (part.strip().casefold() for part in tag.split("+"))
            parsed.append((name, base, frozenset(attributes)))
    parsed.sort(key=lambda one: len(one[2]))
    return {
        field: name
        for field, wanted in HXL.items()
        for tag, needed in reversed(wanted)
        for name, base, attributes in reversed(parsed)
        if base == tag and needed <= attributes
    }
