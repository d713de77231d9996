"""Run as a program by the drill: fills an installation, writes to it until killed, or runs commands one after another."""

import io
import json
import sys
import time

import django
from django.core.management import CommandError, call_command


def post(number: int) -> "Post":  # type: ignore[name-defined]  # noqa: F821
    from classifier import clock
    from responder.models import Post

    return Post(
        source="drill", source_id=str(number), text=f"Wasser, ńo \t\\ water {number}\n🌊", text_key=f"k{number}",
        created_at=clock.now(), time_source=Post.TimeSource.SOURCE,
    )  # fmt: skip


def fill(posts: str = "500") -> None:
    from monitoring import audit
    from responder.models import Post, User

    call_command("migrate", verbosity=0)
    User.objects.create_superuser("root-ana", password="correct horse battery")
    Post.objects.bulk_create((post(number) for number in range(int(posts))), batch_size=1_000)
    for number in range(20):
        audit.record(actor="user:ana", action="drill", object_type="post", object_id=str(number), detail={})


def stream() -> None:
    number = 10_000_000
    while True:
        post(number).save()
        number += 1
        sys.stdout.write(f"{number}\n")
        sys.stdout.flush()
        time.sleep(0.05)


def commands(lines: list[list[str]]) -> None:
    """Run each line as `responder` would; print [exit code, what it said] of each as JSON."""
    results = []
    for name, *arguments in lines:
        said = io.StringIO()
        try:
            call_command(name, *arguments, stdout=said, stderr=said)
            results.append((0, said.getvalue()))
        except CommandError as error:
            results.append((error.returncode, said.getvalue() + str(error)))
    sys.stdout.write(json.dumps(results))


if __name__ == "__main__":
    django.setup()
    action = sys.argv[1]
    if action == "commands":
        commands(json.loads(sys.argv[2]))
    else:
        {"fill": fill, "stream": stream}[action](*sys.argv[2:])
