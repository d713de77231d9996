"""The final state of a drill's database, read by SQL: posts, and anything lost, duplicated or left over."""

from dataclasses import dataclass, field
from typing import Any

import psycopg

POSTS = "SELECT source_id, text, state FROM responder_post"
ANSWERS = "SELECT source_id, category, place_name FROM responder_post WHERE state = 'classified'"
# Each must find nothing. An edited post was understood once for each of its texts, at most.
NEVER = {
    "predictions made twice": """SELECT subject FROM classifier_prediction JOIN responder_post p ON subject = 'post:' || p.id
        GROUP BY subject, p.edited_at HAVING count(*) > CASE WHEN p.edited_at IS NULL THEN 1 ELSE 2 END""",
    "predictions without a post": """SELECT subject FROM classifier_prediction
        WHERE subject LIKE 'post:%' AND NOT EXISTS (SELECT 1 FROM responder_post p WHERE subject = 'post:' || p.id)""",
    "classified posts without a prediction": """SELECT id FROM responder_post p WHERE state = 'classified'
        AND NOT EXISTS (SELECT 1 FROM classifier_prediction WHERE subject = 'post:' || p.id)""",
    "posts announced twice": """SELECT post_id FROM responder_change WHERE kind = 'new'
        GROUP BY post_id HAVING count(*) > 1""",
    "posts not announced": """SELECT id FROM responder_post p WHERE state = 'classified'
        AND NOT EXISTS (SELECT 1 FROM responder_change c WHERE c.post_id = p.id)""",
    "posts without words": """SELECT id FROM responder_post p WHERE state = 'classified'
        AND NOT EXISTS (SELECT 1 FROM responder_postwords w WHERE w.post_id = p.id)""",
    "posts never grouped": """SELECT id FROM responder_post p WHERE state = 'classified'
        AND NOT EXISTS (SELECT 1 FROM responder_postembedding e WHERE e.post_id = p.id AND grouped_at IS NOT NULL)""",
    "posts in two incidents": """SELECT post_id FROM responder_incidentpost WHERE state = 'accepted'
        GROUP BY post_id HAVING count(*) > 1""",
    "incidents counted wrongly": """SELECT i.id FROM responder_incident i WHERE i.size <>
        (SELECT count(*) FROM responder_incidentpost m WHERE m.incident_id = i.id AND m.state = 'accepted')""",
}


@dataclass(slots=True)
class State:
    """A state: posts by id at the source → (text, state), answers likewise, and counts of violations."""

    posts: dict[str, tuple[str, str]]
    answers: dict[str, tuple[str, str]]
    never: dict[str, int] = field(default_factory=dict)


def read(url: str) -> State:
    """The final state of a database."""
    with psycopg.connect(url) as connection:
        posts = {row[0]: (row[1], row[2]) for row in connection.execute(POSTS)}
        answers = {row[0]: (row[1], row[2]) for row in connection.execute(ANSWERS)}
        never = {name: len(connection.execute(sql.encode()).fetchall()) for name, sql in NEVER.items()}
    return State(posts, answers, {name: count for name, count in never.items() if count})


def progress(url: str) -> dict[str, Any]:
    """The progress: the feed's cursor, and the numbers of posts stored, waiting and ungrouped."""
    with psycopg.connect(url, connect_timeout=5) as connection:
        row = connection.execute(
            """SELECT (SELECT cursor FROM responder_feed LIMIT 1),
                (SELECT count(*) FROM responder_post),
                (SELECT count(*) FROM responder_post WHERE state = 'accepted'),
                (SELECT count(*) FROM responder_postembedding WHERE grouped_at IS NULL)"""
        ).fetchone()
    assert row
    return {"cursor": int(row[0] or 0), "posts": row[1], "waiting": row[2], "ungrouped": row[3]}


@dataclass(slots=True)
class StateDiff:
    """The differences of two states. `answered_otherwise` doesn't count: int8 answers vary with the batch."""

    posts: int
    lost: list[str]
    extra: list[str]
    differing: list[str]
    never: dict[str, int]
    answered_otherwise: int

    @property
    def passed(self) -> bool:
        return not (self.lost or self.extra or self.differing or self.never)


def compare(calm: State, storm: State) -> StateDiff:
    """The state after a storm against that of an undisturbed run."""
    both = calm.posts.keys() & storm.posts.keys()
    answered = calm.answers.keys() & storm.answers.keys()
    return StateDiff(
        posts=len(storm.posts),
        lost=sorted(calm.posts.keys() - storm.posts.keys()),
        extra=sorted(storm.posts.keys() - calm.posts.keys()),
        differing=sorted(key for key in both if calm.posts[key] != storm.posts[key]),
        never=storm.never,
        answered_otherwise=sum(calm.answers[key] != storm.answers[key] for key in answered),
    )
