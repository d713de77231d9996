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
@page { size: 13.333in 7.5in; margin: 0.42in 0.8in 0.55in; border-top: 5pt solid #17475f; padding-top: 0.24in; background: #fff;
  @bottom-left { content: "Responder"; font: 11pt sans-serif; color: #5b6b73; }
  @bottom-right { content: counter(page) " / " counter(pages); font: 11pt sans-serif; color: #5b6b73; } }
body { font: 21pt/1.4 "Inter", "Helvetica Neue", "DejaVu Sans", sans-serif; color: #1d2930; margin: 0; }
section { break-after: page; }
section:last-child { break-after: auto; }
h1 { font-size: 40pt; line-height: 1.15; margin: 0 0 0.1in; color: #17475f; }
h2 { font-size: 30pt; line-height: 1.2; margin: 0 0 0.26in; color: #17475f; }
p, ul, ol { margin: 0 0 0.18in; }
ul, ol { padding-left: 0.4in; }
li { margin-bottom: 0.12in; }
img { display: block; width: 6.3in; border: 1px solid #c9d3d8; margin-bottom: 0.2in; }
.beside { display: grid; grid-template-columns: 6.2in 5.15in; column-gap: 0.38in; }
.beside img { width: 6.2in; }
.beside ul { font-size: 18pt; line-height: 1.35; margin: 0; }
table { border-collapse: collapse; width: 100%; font-size: 18pt; line-height: 1.3; margin-bottom: 0.18in; }
th { text-align: left; border-bottom: 2px solid #17475f; padding: 0.05in 0.18in 0.07in 0; }
td { border-bottom: 1px solid #dfe5e8; padding: 0.09in 0.18in 0.09in 0; vertical-align: top; }
"""


def main(output: Path) -> None:
    output.parent.mkdir(parents=True, exist_ok=True)
    weasyprint.HTML(string=page(), base_url=str(SOURCE.parent)).write_pdf(output, uncompressed_pdf=True)


def page() -> str:
    """Return the slides as one HTML page."""
    sections = []
    for text in re.split(r"^---$", SOURCE.read_text(), flags=re.M):
        slide = markdown.markdown(text, extensions=["tables"])
        if "<img" in slide and "<ul>" in slide:  # the picture stands beside the points
            slide = re.sub(
                r"<p>(<img[^>]*>)</p>\s*(<ul>.*?</ul>)", r"<div class='beside'><div>\1</div>\2</div>", slide, flags=re.S
            )
        sections.append(f"<section>{slide}</section>")
    return f"<html lang='en'><title>Responder: a proposal for a pilot</title><style>{STYLE}</style>{''.join(sections)}</html>"


if __name__ == "__main__":
    main(Path(sys.argv[1]))
