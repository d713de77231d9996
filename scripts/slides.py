"""Lays the presentation out as slides in a PDF: docs/project/presentation.md, a slide between two lines of `---`.

    python scripts/slides.py dist/presentation.pdf

WeasyPrint needs Pango, as for situation reports.
"""

import re
import sys
from pathlib import Path

import markdown
import weasyprint

SOURCE = Path(__file__).resolve().parents[1] / "docs" / "project" / "presentation.md"
STYLE = """
@page { size: 13.333in 7.5in; margin: 0.55in 0.75in 0.5in; background: #fff;
  @bottom-left { content: "Responder"; font: 10pt sans-serif; color: #5b6b73; }
  @bottom-right { content: counter(page) " / " counter(pages); font: 10pt sans-serif; color: #5b6b73; } }
body { font: 17.5pt/1.42 "Inter", "Helvetica Neue", "DejaVu Sans", sans-serif; color: #1d2930; margin: 0; }
section { break-after: page; }
section:last-child { break-after: auto; }
h1 { font-size: 38pt; line-height: 1.15; margin: 0 0 0.15in; color: #17475f; }
h2 { font-size: 28pt; line-height: 1.2; margin: 0 0 0.22in; color: #17475f; }
p, ul, ol { margin: 0 0 0.16in; }
li { margin-bottom: 0.09in; }
img { display: block; max-width: 100%; max-height: 4.15in; margin: 0 0 0.18in; border: 1px solid #c9d3d8; }
section.words img { max-height: 3.1in; }
table { border-collapse: collapse; width: 100%; font-size: 16pt; margin-bottom: 0.16in; }
th { text-align: left; border-bottom: 2px solid #17475f; padding: 0.05in 0.12in 0.05in 0; }
td { border-bottom: 1px solid #dfe5e8; padding: 0.08in 0.12in 0.08in 0; vertical-align: top; }
"""


def main(output: Path) -> None:
    output.parent.mkdir(parents=True, exist_ok=True)
    weasyprint.HTML(string=page(), base_url=str(SOURCE.parent)).write_pdf(output, uncompressed_pdf=True)


def page() -> str:
    """Return the slides as one HTML page."""
    sections = []
    for text in re.split(r"^---$", SOURCE.read_text(), flags=re.M):
        kind = ' class="words"' if "![" in text and "\n- " in text else ""
        sections.append(f"<section{kind}>{markdown.markdown(text, extensions=['tables'])}</section>")
    return f"<html lang='en'><title>Responder: a proposal for a pilot</title><style>{STYLE}</style>{''.join(sections)}</html>"


if __name__ == "__main__":
    main(Path(sys.argv[1]))
