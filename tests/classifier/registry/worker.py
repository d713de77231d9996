"""Run by test_local in processes of their own: one call on a registry, killed by SIGKILL at a given step.

A step is a change of the disk: before each, and in the middle of each copied file, the process may end.
"""

import os
import shutil
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

from classifier.registry import files
from classifier.registry.local import LocalRegistry

steps = 0


def kill_at(wanted: int) -> None:
    def step() -> None:
        global steps
        steps += 1
        if steps == wanted:
            os.kill(os.getpid(), signal.SIGKILL)

    def stepping(call: Callable[..., Any]) -> Callable[..., Any]:
        def stepped(*args: Any, **more: Any) -> Any:
            step()
            return call(*args, **more)

        return stepped

    def copy_half(reader: BinaryIO, writer: BinaryIO, length: int = 0) -> None:
        content = reader.read()
        writer.write(content[: len(content) // 2])
        writer.flush()
        step()
        writer.write(content[len(content) // 2 :])

    for name in ("mkdir", "rename", "replace", "fsync", "chmod", "unlink", "rmdir"):
        setattr(os, name, stepping(getattr(os, name)))
    files.exchange = stepping(files.exchange)  # by itself one call of the kernel
    shutil.copyfileobj = copy_half


def main(action: str, root: str, first: str, *more: str) -> None:
    registry = LocalRegistry(Path(root))
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    if len(more) == 2:
        kill_at(int(more[1]))
    if action == "register":
        sys.stdout.write(registry.register(Path(first), name="tweets", version=more[0] if more else None).version)
    elif action == "pull":
        registry.pull("tweets", more[0], into=Path(first))
    elif action == "alias":
        registry.set_alias("tweets", first, more[0])


main(*sys.argv[1:])
