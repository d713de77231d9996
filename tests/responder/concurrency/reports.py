"""Run by test_concurrency in a process of its own: the same report is sent many times at one moment, by each way."""

import json
import sys
from typing import Any

from tests.responder.concurrency import world

AT_ONCE = 12


def main() -> None:
    world.begin()
    from responder.field_reports import channels, file_typed, inbound, public, receive
    from responder.models import FieldReport, MessagePart, Post, ReportChannel

    world.event("flood")
    lead, reviewer = world.person("lead", "lead"), world.person("reviewer", "reviewer")
    form = channels.create(kind="public-form", by=lead, fields={"name": "Form", "event": "flood"})
    gateway = channels.create(kind="sms", by=lead, fields={"name": "Gateway", "event": "flood", "secret": "token"})
    public.LEAST_S = -1.0
    key = public.new_key()

    def typed() -> str:
        values = {"kind": "phone", "event": "flood", "text": "Water at the door", "about": "self", "form_key": "k"}
        return file_typed(**values, by=reviewer).report.ref

    def sent() -> str:
        return receive(
            channel=form, text="Water at the door", about="self", form_key=key, address="192.0.2.1"
        ).report.ref

    def message() -> str:
        found = inbound.accept(gateway, inbound.Message(id="SM1", sender="+258841", text="Water at the door"))
        return found.ref if found else ""

    def part(number: int) -> str:
        text = f"part {number % 3 + 1} "
        found = inbound.accept(
            gateway, inbound.Message(f"p{number}", "+258842", text, reference="7", part=number % 3 + 1, parts=3)
        )
        return found.ref if found else ""

    result: dict[str, Any] = {}
    for name, work in {"typed": typed, "public": sent, "sms": message}.items():
        came = world.together([work] * AT_ONCE)
        result[name] = {"errors": _errors(came), "refs": len({str(one) for one in came})}
    came = world.together([lambda number=number: part(number) for number in range(AT_ONCE)])
    joined = Post.objects.filter(source="sms", text="part 1 part 2 part 3").count()
    result["parts"] = {"errors": _errors(came), "joined": joined, "rows": MessagePart.objects.count()}
    counted = ReportChannel.objects.in_bulk(field_name="name")
    result |= {
        "posts": Post.objects.count(), "reports": FieldReport.objects.count(), "deadlocks": world.deadlocks(),
        "received": [counted["Form"].received, counted["Gateway"].received],
    }  # fmt: skip
    json.dump(result, sys.stdout)


def _errors(came: list[Any]) -> list[str]:
    return [repr(one) for one in came if isinstance(one, Exception)]


if __name__ == "__main__":
    main()
