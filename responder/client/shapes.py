"""What the API answers, as typed objects. Fields that a newer server adds are kept and harm nothing."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, field_validator


class Shape(BaseModel):
    """An immutable answer."""

    model_config = ConfigDict(frozen=True, extra="allow", protected_namespaces=())


class Message(Shape):
    """A text to classify.

    Arguments:
        text: 1 to 10,000 characters.
        id: comes back with the prediction; a whole number becomes a string; default: the position, from "0".
        lang: language code, if known.
    """

    text: str
    id: str | None = None
    lang: str | None = None

    @field_validator("id", mode="before")
    @classmethod
    def _as_text(cls, given: Any) -> Any:
        return str(given) if isinstance(given, int) and not isinstance(given, bool) else given


class ModelInfo(Shape):
    name: str
    version: str
    sha256: str


class CategoryAnswer(Shape):
    label: str
    probability: float
    abstained: bool


class OwnClass(Shape):
    """The class that a model with classes of its own gives a text; `category` is the one it belongs to, or empty."""

    key: str
    name: str
    category: str
    probability: float
    abstained: bool


class Language(Shape):
    """The language of a text; `measured`: whether the model's quality in it is known."""

    code: str
    name: str
    probability: float
    measured: bool


class EmergencyAnswer(Shape):
    label: bool
    probability: float


class PriorityAnswer(Shape):
    label: str
    probability: float
    score: float
    reasons: list[str]


class Place(Shape):
    """A mention of a place. `start` and `end` count code points; an unresolved one has neither name nor coordinates.

    `reason` says why a position is exact, such as "coordinates in the post"; it is empty for a place that is named.
    """

    text: str
    start: int
    end: int
    name: str | None
    type: str | None
    country_code: str | None
    latitude: float | None
    longitude: float | None
    radius_km: float | None
    score: float
    reason: str = ""


class Prediction(Shape):
    """What the model reads in one message. Probabilities are calibrated, 0 to 1."""

    id: str
    category: CategoryAnswer
    categories: dict[str, float]
    emergency: EmergencyAnswer
    priority: PriorityAnswer
    needs: dict[str, float]
    needs_detected: list[str]
    places: list[Place]
    model: ModelInfo
    language: Language | None = None  # older servers leave it out
    own_class: OwnClass | None = None  # of models with classes of their own
    own_classes: dict[str, float] = {}


class BadRow(Shape):
    """A row of a file that could not be read; lines count from 1."""

    line: int
    reason: str


class Job(Shape):
    """A file that is classified. `state`: waiting, running, done, failed; `progress`: 0 to 1."""

    id: str
    name: str
    state: str
    progress: float
    rows_done: int
    rows_bad: int
    bad_rows: list[BadRow]
    rows_repaired: int = 0  # older servers leave these two out
    repaired_rows: list[BadRow] = []
    error: str
    created_at: datetime
    finished_at: datetime | None
    expires_at: datetime
    result_url: str | None

    @property
    def is_over(self) -> bool:
        return self.state in ("done", "failed")


class Explanation(Shape):
    """A prediction and the words that moved it."""

    prediction: Prediction
    words: list[dict[str, Any]]


class PostPlace(Shape):
    """Where a post is. `set_by`: person or model; empty from older servers."""

    name: str
    latitude: float
    longitude: float
    radius_km: float | None
    set_by: str = ""


class Post(Shape):
    """A classified post. `text` is masked, and None where its source forbids handing it on."""

    id: int
    text: str | None
    lang: str
    created_at: datetime
    category: str
    probability: float | None
    severity: int | None
    needs: list[str]
    place: PostPlace | None
    status: str
    is_exercise: bool


class Feedback(Shape):
    """What you said of a post, and its outcome. `state`: open, accepted, refused; `reason`: of a refusal."""

    id: int
    post: int
    wrong: list[str]
    category: str | None
    priority: str | None
    place: str
    position: dict[str, float] | None = None  # older servers leave these two out
    no_place: bool = False
    note: str
    state: str
    reason: str
    created_at: datetime
    decided_at: datetime | None


class Comment(Shape):
    """Your words in an incident's timeline, masked."""

    incident: str
    text: str
    organisation: str
    at: datetime


class IncidentPlace(Shape):
    name: str
    latitude: float
    longitude: float
    radius_km: float | None


class Incident(Shape):
    """What happens, as people and rules have grouped it. `is_exercise`: fictional, never act upon it."""

    ref: str
    event: str | None
    title: str
    status: str
    outcome: str = ""
    unanswered: bool = False
    waiting_since: datetime | None = None
    seen_at: datetime | None = None
    going_at: datetime | None = None
    team: str = ""
    severity: int
    category: str
    verification: str
    place: IncidentPlace | None
    posts: int
    authors: int
    started_at: datetime
    last_evidence_at: datetime
    is_exercise: bool
