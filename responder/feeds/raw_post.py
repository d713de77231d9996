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
class RawPost:
    """A post as its source delivers it, before anything is stored.

    Arguments:
        source_id: the post's id at its source, unique there.
        text: as sent.
        created_at: aware, or None where the source states no time.
        lang: language tag as stated, or empty.
        author_handle: as stated, or empty.
        revision: which edit of the post this is; text that sorts in order of edits, empty where there are none.
        id_time: the time inside its id, where ids of its source hold one.
        position: where its source says that it was sent from.
        seen_at: when its source first saw it, where it says so: nearer to the truth than when we read it.
        links: which it shares, as far as the source tells what they lead to; none: they are read from the text.
        line: of the file that it was read from; 0 where it came from elsewhere.
        repairs: what was changed so that it could be read.
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
