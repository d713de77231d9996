"""X's API v2 on loopback: filtered stream, rules, recent search, compliance jobs.

https://docs.x.com/x-api/posts/filtered-stream/introduction
"""

import json
from datetime import UTC
from typing import Any

from responder.feeds.connectors.x import EPOCH_MS
from tests.fakes.story import Event
from tests.fakes.streaming import Streaming


def number_of(event: Event) -> int:
    """The snowflake id of what an event made: an edit of a post is a post of its own."""
    return ((int(event.at.timestamp() * 1000) - EPOCH_MS) << 22) | (event.number & 0x3FFFFF)


class X(Streaming):
    stream_paths = ("/2/tweets/search/stream",)
    heartbeat = b"\r\n"
    garbage = (b'{"data":{"id":\r\n', b"nonsense\r\n", b'{"data":{"id":"x","text":"y"}}\r\n')

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.rules: dict[str, dict[str, str]] = {"1": {"id": "1", "value": "cats", "tag": "another program"}}
        self.uploaded: list[str] = []
        self.polls = 0
        self.history: dict[int, list[Event]] = {}
        for event in self.events:
            if event.verb != "delete":
                self.history.setdefault(event.post, []).append(event)

    def needs_token(self, path: str) -> bool:
        return not path.startswith("/storage/")

    def frame(self, event: Event) -> bytes:
        if event.verb == "delete":  # the stream does not tell of deletions
            return self.heartbeat
        tagged = [{"id": rule["id"], "tag": rule["tag"]} for rule in self.rules.values()]
        return (
            json.dumps({"data": self.tweet(event), "includes": self.includes(event), "matching_rules": tagged}).encode()
            + b"\r\n"
        )

    def tweet(self, event: Event) -> dict[str, Any]:
        edits = [number_of(one) for one in self.history[event.post] if one.number <= event.number]
        return {
            "id": str(number_of(event)), "text": event.text, "lang": "en", "author_id": str(event.post % 9),
            "created_at": event.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z",
            "edit_history_tweet_ids": [str(one) for one in edits],
        }  # fmt: skip

    def includes(self, event: Event) -> dict[str, Any]:
        return {"users": [{"id": str(event.post % 9), "username": f"person{event.post % 9}"}]}

    def answer(self, method: str, path: str, query: dict[str, list[str]], body: Any) -> tuple[int, Any]:
        if path == "/2/tweets/search/stream/rules" and "dry_run" in query:
            before = dict(self.rules)
            answer = self._change(json.loads(body))
            self.rules = before
            return answer
        if path == "/2/tweets/counts/recent":
            return 200, {"data": [], "meta": {"total_tweet_count": len(self.happened()) * 7}}
        if path == "/2/tweets/search/stream/rules":
            return (200, {"data": list(self.rules.values())}) if method == "GET" else self._change(json.loads(body))
        if path == "/2/tweets/search/recent":
            return self._search(query)
        return self._job(path, body)

    def _job(self, path: str, body: bytes) -> tuple[int, Any]:
        if path == "/2/compliance/jobs":
            where = {"upload_url": f"{self.address}/storage/up", "download_url": f"{self.address}/storage/down"}
            return 200, {"data": {"id": "77", "type": "tweets", "status": "created"} | where}
        if path == "/2/compliance/jobs/77":
            self.polls += 1
            where = {"download_url": f"{self.address}/storage/down"}
            return 200, {"data": {"id": "77", "status": "complete" if self.polls % 3 == 0 else "in_progress"} | where}
        if path == "/storage/up":
            self.uploaded = body.decode().split("\n")
            return 200, {}
        if path == "/storage/down":
            return 200, self._compliance()
        return 404, {"title": "Not Found"}

    def _change(self, body: dict[str, Any]) -> tuple[int, Any]:
        for number in body.get("delete", {}).get("ids", []):
            del self.rules[number]
        if any("(" in rule["value"] and ")" not in rule["value"] for rule in body.get("add", [])):
            return 201, {"errors": [{"title": "UnprocessableEntity", "type": "…/invalid-rules"}]}
        for rule in body.get("add", []):
            number = str(len(self.rules) + 100)
            self.rules[number] = rule | {"id": number}
        return 201, {"meta": {}}

    def _search(self, query: dict[str, list[str]]) -> tuple[int, Any]:
        """The newest first, a page at a time; only the last edit of a post is there."""
        since, until = int(query.get("since_id", ["0"])[0]), int(query.get("until_id", [str(1 << 62)])[0])
        gone = {event.post for event in self.happened() if event.verb == "delete"}
        last = {event.post: event for event in self.happened() if event.verb != "delete" and event.post not in gone}
        found = sorted((e for e in last.values() if since < number_of(e) < until), key=number_of, reverse=True)
        start, most = int(query.get("next_token", ["0"])[0]), int(query["max_results"][0])
        page = found[start : start + most]
        meta = {"next_token": str(start + most)} if start + most < len(found) else {}
        self.sent += len(page)
        users = [self.includes(event)["users"][0] for event in page]
        return 200, {"data": [self.tweet(event) for event in page], "includes": {"users": users}, "meta": meta}

    def _compliance(self) -> bytes:
        gone = {number_of(one) for event in self.events if event.verb == "delete" for one in self.history[event.post]}
        rows = [{"id": one, "action": "delete", "reason": "deleted"} for one in self.uploaded if int(one) in gone]
        rows += [{"id": one, "action": "scrub_geo", "reason": "scrub_geo"} for one in self.uploaded[:1]]
        return "\n".join(json.dumps(row) for row in rows).encode()
