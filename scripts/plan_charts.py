"""The plan's charts as SVG, on a white ground of their own so that they read on light and dark pages."""

from datetime import date
from html import escape
from typing import Any

DONE, OPEN, LINE, TEXT, GRID = "#2f6f8f", "#c4553a", "#5b6b73", "#1d2930", "#dfe5e8"
CRITICAL = "#17324a"
OUTLINE = f"fill='#fff' stroke='{OPEN}' stroke-width='1.5' stroke-dasharray='4 2'"
FONT = "font-family='Inter, Helvetica, Arial, sans-serif'"


def gantt(areas: dict[str, str], items: list[dict[str, Any]], weeks: int, critical: list[str]) -> str:
    """Return the work breakdown as bars: a row for each item, in its week, by area, with the items that it needs beside it."""
    left, top, row, column = 330, 46, 15, 92
    rows = [(area, [item for item in items if item["id"].split(".")[0] == area]) for area in areas]
    height = top + sum(22 + row * len(found) for _, found in rows) + 16
    width = left + weeks * column + 70
    parts = [_text(left + (week + 0.5) * column, 26, f"Week {week + 1}", middle=True) for week in range(weeks)]
    parts += [
        f"<line x1='{left + week * column}' y1='{top - 10}' x2='{left + week * column}' y2='{height - 12}' stroke='{GRID}'/>"
        for week in range(weeks + 1)
    ]
    parts.append(f"<rect x='12' y='14' width='22' height='10' rx='3' fill='{DONE}'/>")
    parts.append(_text(40, 23, "done", size=10.5))
    parts.append(f"<rect x='82' y='14' width='22' height='10' rx='3' {OUTLINE}/>")
    parts.append(_text(110, 23, "open", size=10.5))
    parts.append(f"<rect x='152' y='14' width='22' height='10' rx='3' fill='{CRITICAL}'/>")
    parts.append(_text(180, 23, "critical path; ← needs", size=10.5))
    y = top
    for area, found in rows:
        parts.append(_text(12, y + 10, f"{area}. {areas[area]}", bold=True))
        y += 20
        for item in found:
            x = left + (item["sprint"] - 1) * column
            length = max(10.0, (column - 8) * item["points"] / 8)
            colour = CRITICAL if item["id"] in critical else DONE
            style = f"fill='{colour}'" if item["state"] == "done" else OUTLINE
            parts.append(_text(24, y + 9, f"{item['id']}  {_cut(item['title'])}", size=10.5))
            parts.append(f"<rect x='{x + 4}' y='{y + 1}' width='{length:.0f}' height='{row - 5}' rx='3' {style}/>")
            if item["needs"]:
                parts.append(_text(x + length + 9, y + 9, f"← {', '.join(item['needs'])}", size=9))
            y += row
        y += 2
    title = f"Items by week and area: {len(items)} items over {weeks} weeks. Full bars are done, dashed ones open, dark ones critical."
    return _svg(width, height, title, parts)


def burn_up(sprints: list[tuple[int, int]], landed: list[tuple[date, int]]) -> str:
    """Return two panels: points by sprint of the plan, and points by the day of the commit that brought them."""
    total = sum(planned for planned, _ in sprints)
    planned, delivered = _sums([one for one, _ in sprints]), _sums([one for _, one in sprints])
    by_day = _sums([one for _, one in landed])
    width, height, top, bottom = 900, 340, 62, 290
    panels = [(64, 430), (520, 880)]

    def place(value: float) -> float:
        return bottom - (bottom - top) * value / total

    parts = []
    for left, right in panels:
        for value in (0, total // 4, total // 2, total * 3 // 4, total):
            y = place(value)
            parts.append(f"<line x1='{left}' y1='{y:.1f}' x2='{right}' y2='{y:.1f}' stroke='{GRID}'/>")
            parts.append(_text(left - 8, y + 4, str(value), size=10.5, end=True))
    left, right = panels[0]
    step = (right - left) / len(sprints)
    parts.append(_text(left, 30, "Against the plan: points of the items planned up to each sprint", bold=True))
    parts.append(_line([(left + step * n, place(value)) for n, value in enumerate([0, *planned])], LINE, "6 3"))
    parts.append(_line([(left + step * n, place(value)) for n, value in enumerate([0, *delivered])], DONE))
    parts += [
        _text(left + step * (n + 1), bottom + 18, str(n + 1), middle=True, size=10.5) for n in range(len(sprints))
    ]
    parts.append(_text(left, bottom + 38, "Sprint (dashed: planned; full: of these, done today)", size=10.5))
    parts.append(_text(right, place(planned[-1]) - 6, f"planned {planned[-1]}", end=True, size=10.5))
    parts.append(_text(right, place(delivered[-1]) + 34, f"done {delivered[-1]}", end=True, size=10.5))
    left, right = panels[1]
    step = (right - left) / max(1, len(landed))
    parts.append(_text(left, 30, "By the repository: points done, by day of their first commit", bold=True))
    for n, ((day, _), value) in enumerate(zip(landed, by_day, strict=True)):
        x, y = left + step * n + step * 0.18, place(value)
        parts.append(
            f"<rect x='{x:.1f}' y='{y:.1f}' width='{step * 0.64:.1f}' height='{bottom - y:.1f}' fill='{DONE}'/>"
        )
        parts.append(_text(x + step * 0.32, y - 5, str(value), middle=True, size=10.5))
        parts.append(_text(x + step * 0.32, bottom + 18, f"{day:%d %b}", middle=True, size=10.5))
    title = f"Burn-up: {planned[-1]} points planned over {len(sprints)} sprints, {delivered[-1]} done."
    return _svg(width, height, title, parts)


def _sums(values: list[int]) -> list[int]:
    return [sum(values[: n + 1]) for n in range(len(values))]


def _cut(title: str, letters: int = 52) -> str:
    return title if len(title) <= letters else f"{title[: letters - 1].rstrip(' ,:;')}…"


def _text(
    x: float, y: float, text: str, *, size: float = 12, bold: bool = False, middle: bool = False, end: bool = False
) -> str:
    anchor = "middle" if middle else "end" if end else "start"
    weight = " font-weight='600'" if bold else ""
    return (
        f"<text x='{x:.0f}' y='{y:.0f}' font-size='{size}' text-anchor='{anchor}' fill='{TEXT}'{weight} {FONT}>"
        f"{escape(text)}</text>"
    )


def _line(points: list[tuple[float, float]], colour: str, dashes: str = "") -> str:
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    dashed = f" stroke-dasharray='{dashes}'" if dashes else ""
    return f"<polyline points='{path}' fill='none' stroke='{colour}' stroke-width='2.5'{dashed}/>"


def _svg(width: float, height: float, title: str, parts: list[str]) -> str:
    return (
        f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {width:.0f} {height:.0f}' role='img' aria-label='{escape(title)}'>\n"
        f"<title>{escape(title)}</title>\n<rect width='{width:.0f}' height='{height:.0f}' fill='#fff'/>\n"
        + "\n".join(parts)
        + "\n</svg>\n"
    )
