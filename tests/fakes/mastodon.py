"""A Mastodon server on loopback: streaming, timelines, statuses.

https://docs.joinmastodon.org/methods/streaming/, https://docs.joinmastodon.org/entities/Status/
"""

import json
from typing import Any

from tests.fakes.story import Event
from tests.fakes.streaming import Streaming


def number_of(event: Event) -> int:
    """The snowflake id of a post, by the time at which it was made; ids of posts do not depend on what follows."""
    return (int(event.at.timestamp() * 1000) << 16) | (event.post & 0xFFFF)


class Mastodon(Streaming):
    stream_paths = ("/api/v1/streaming/public", "/api/v1/streaming/hashtag")
    heartbeat = b":thump\n"
    garbage = (b"event: update\ndata: {\"id\": [\n\n", b"nonsense\n", b"event: update\ndata: {\"id\": \"x\"}\n\n",
               b"event: filters_changed\n\n")  # fmt: skip

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.made = {event.post: event for event in self.events if event.verb == "post"}
        self.ids = {post: number_of(event) for post, event in self.made.items()}
        self.there: dict[int, Event] = {}
        self.seen = 0

    def frame(self, event: Event) -> bytes:
        if event.verb == "delete":
            return f"event: delete\ndata: {self.ids[event.post]}\n\n".encode()
        name = {"post": "update", "edit": "status.update"}[event.verb]
        return f"event: {name}\ndata: {json.dumps(self.status(event))}\n\n".encode()

    def status(self, event: Event) -> dict[str, Any]:
        made = self.made[event.post]
        edited = event.at.isoformat().replace("+00:00", "Z") if event.verb == "edit" else None
        return {
            "id": str(self.ids[event.post]), "created_at": made.at.isoformat().replace("+00:00", "Z"), "edited_at": edited,
            "visibility": "public", "language": "en", "spoiler_text": "", "reblog": None,
            "content": f"<p>{event.text.replace('house', '<a href=https://e.example><span>house</span></a>')}</p>",
            "account": {"acct": f"person{event.post % 9}"},
        }  # fmt: skip

    def visible(self) -> dict[int, Event]:
        """Id → the newest event of each post that is there now."""
        upto = self.position
        for event in self.events[self.seen : upto]:
            if event.verb == "delete":
                self.there.pop(self.ids[event.post], None)
            elif event.verb == "post" or self.ids[event.post] in self.there:
                self.there[self.ids[event.post]] = event
        self.seen = upto
        return dict(self.there)

    def answer(self, method: str, path: str, query: dict[str, list[str]], body: Any) -> tuple[int, Any]:
        there = self.visible()
        if path == "/api/v1/statuses":
            return 200, [self.status(there[int(one)]) for one in query["id[]"] if int(one) in there]
        if (one := path.removeprefix("/api/v1/statuses/")).isdecimal() and int(one) in there:
            return 200, self.status(there[int(one)])
        if path in ("/api/v1/timelines/public", "/api/v1/timelines/tag/flood"):
            after, limit = int(query.get("min_id", ["0"])[0]), int(query["limit"][0])
            later = sorted(number for number in there if number > after)
            page = later[:limit] if "min_id" in query else later[-limit:]  # without it, the newest
            return 200, [self.status(there[number]) for number in reversed(page)]
        return 404, {"error": "Record not found"}
