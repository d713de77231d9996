"""The fenced blocks of a page, run as its reader would type them.

A block of the language `sh` is run, in the page's order, unless the line before it says `<!-- not run: why -->`. Blocks of
the languages in NEEDS are not: their language says what they need. A `text` block right below one that ran is what it
prints, `…` standing for anything.
"""

import os
import re
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
NEEDS = {
    "azure": "an Azure subscription", "cluster": "a Kubernetes cluster", "containers": "a container engine",
    "machine": "a machine of its own, with root, systemd and a host name",
}  # fmt: skip
SHOWN = {"text", "python", "json", "yaml", "toml"}
BLOCK = re.compile(
    r"(?:^ *<!-- not run: (?P<why>[^\n]+) -->\n)?^(?P<indent> *(?:\d+\. )?)```(?P<kind>[^\n]*)\n(?P<code>.*?)^ *```$"
    r"(?=(?:\n```text\n(?P<prints>.*?)^```$)?)",
    re.M | re.S,
)
PAGES = sorted(
    [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "docs" / "runbook.md"]
    + [page for folder in ("tutorial", "how-to") for page in (ROOT / "docs" / folder).rglob("*.md")]
)


@dataclass(frozen=True)
class Block:
    kind: str
    code: str
    why_not: str
    prints: str | None

    @property
    def runs(self) -> bool:
        return self.kind == "sh" and not self.why_not


def in_page(page: Path) -> list[Block]:
    found = []
    for match in BLOCK.finditer(page.read_text()):
        indent = " " * len(match["indent"])
        code = "\n".join(line.removeprefix(indent) for line in match["code"].splitlines())
        found.append(Block(match["kind"], code, match["why"] or "", match["prints"]))
    return found


def run(
    page: Path, folder: Path, environment: Mapping[str, str], before: Mapping[str, Callable[[], object]] | None = None
) -> int:
    """Run a page's blocks in `folder`; how many ran.

    Arguments:
        before: what to do before a block that begins so, for what the page takes as given.
    """
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    done = 0
    for block in filter(lambda one: one.runs, in_page(page)):
        for beginning, prepare in (before or {}).items():
            if block.code.startswith(beginning):
                prepare()
        ran = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", block.code], cwd=folder, env={**environment, "PATH": path},
            capture_output=True, text=True, timeout=300, check=False,
        )  # fmt: skip
        assert ran.returncode == 0, f"{page.name}:\n{block.code}\n{ran.stdout[-2000:]}{ran.stderr[-3000:]}"
        if block.prints is not None:
            wanted = ".*".join(re.escape(part) for part in block.prints.strip().split("…"))
            assert re.fullmatch(wanted, ran.stdout.strip(), re.S), f"{page.name}:\n{block.code}\nprinted\n{ran.stdout}"
        done += 1
    return done
