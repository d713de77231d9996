"""A post before anything is stored: what connectors, files and the exercise hand over."""

from dataclasses import dataclass
from datetime import datetime

from classifier.tables import Repair


@dataclass(frozen=True, slots=True)
class SourcePosition:
    """Where a source says that a post was sent from: of its author, who may write about another place.

    Arguments:
        latitude, longitude: degrees; the middle of an area.
        radius_km: how far the author may be from it.
    """

    latitude: float
    longitude: float
    radius_km: float


@dataclass(frozen=True, slots=True)
class StatedPlace(SourcePosition):
    """Where help is needed, as whoever reports it states it; it comes before places that the text names.

    Arguments:
        name, type, country_code: of the place, such as the gazetteer knows it; may be empty.
    """

    name: str = ""
    type: str = ""
    country_code: str = ""
    is_need: bool = True


@dataclass(frozen=True, slots=True)
class RawPost:
    """A post as its source delivers it, before anything is stored.

    Arguments:
        source_id: the post's id at its source, unique there.
        text: as sent.
        created_at: aware, or None where the source states no time.
        lang: language tag as stated, or empty.
        author_handle: as stated, or empty.
        revision: the edit of the post, as text that sorts in the order of edits; empty if it was not edited.
        id_time: the time inside its id, where ids of its source hold one.
        position: where its source says that it was sent from.
        seen_at: when its source first saw it, if stated; closer to the time of posting than the time of arrival.
        links: which it shares, as far as the source tells what they lead to; none: they are read from the text.
        line: line in its file; 0 if it did not come from a file.
        repairs: the repairs of its row.
        relation, related_to: whether it repeats, quotes or answers another post of its source, and that post's id.
    """

    source_id: str
    text: str
    created_at: datetime | None = None
    lang: str = ""
    author_handle: str = ""
    revision: str = ""
    relation: str = ""
    related_to: str = ""
    links: tuple[str, ...] = ()
    id_time: datetime | None = None
    seen_at: datetime | None = None
    position: SourcePosition | None = None
    line: int = 0
    repairs: tuple[Repair, ...] = ()
