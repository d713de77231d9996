"""Hook of mkdocs: links that lead out of docs/ to a file of the repository become links to its address there."""

import re
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
ADDRESS = "https://relief-responder.example/source"
LINK = re.compile(r"(\]\()((?:\.\.\/)*[\w.\/-]+\.\w+)(#[^)\s]*)?(\))")


def on_page_markdown(markdown: str, *, page: Any, **_: Any) -> str:
    """`markdown` with links out of the folder rewritten; one to a file that does not exist stays, and stops the build."""
    folder = Path(page.file.abs_src_path).parent

    def rewrite(match: re.Match[str]) -> str:
        target = (folder / match[2]).resolve()
        outside = ROOT in target.parents and ROOT / "docs" not in target.parents
        kept_out = target.suffix in (".py", ".json")  # of docs/, but no pages
        if (outside or kept_out) and target.exists():
            return f"{match[1]}{ADDRESS}/{target.relative_to(ROOT)}{match[3] or ''}{match[4]}"
        return match[0]

    return LINK.sub(rewrite, markdown)
