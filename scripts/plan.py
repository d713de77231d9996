"""Writes the tables, figures and charts of docs/project/ and the README's figures from docs/project/backlog.toml and the files of the runs.

    python scripts/plan.py                      # rewrites the marked parts of the pages, and the charts
    python scripts/plan.py --check              # exits 1 where a page or a chart differs
    python scripts/plan.py --done 7.9 "interface: Arabic"   # marks an item done by the first commit with such a subject
    python scripts/plan.py --start 2027-01-04   # prints the sprints with the dates of a calendar that begins on that Monday

A table stands between `<!-- NAME: written by scripts/plan.py -->` and `<!-- end of NAME -->`, a single figure between
`<!-- NAME -->` and `<!-- end -->` within a sentence.
"""

import importlib.util
import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

import plan_charts

ROOT = Path(__file__).resolve().parents[1]
PROJECT = ROOT / "docs" / "project"
BACKLOG = tomllib.loads((PROJECT / "backlog.toml").read_text())
PAGES = [ROOT / "README.md", *(PROJECT / f"{name}.md" for name in ("plan", "sprints", "status", "presentation"))]
SHIPPED = "classifier/shipped/responder-tweets-4/metrics.json"
WEEKS = len(BACKLOG["sprint"])

Item = dict[str, Any]


def main() -> int:
    if "--start" in sys.argv:
        sys.stdout.write(calendar(date.fromisoformat(sys.argv[sys.argv.index("--start") + 1])))
        return 0
    if "--done" in sys.argv:
        mark_done(*sys.argv[sys.argv.index("--done") + 1 :][:2])
        return 0
    expected = {page: fill(page.read_text()) for page in PAGES}
    expected |= {PROJECT / name: chart for name, chart in charts().items()}
    differing = [path for path, text in expected.items() if not path.exists() or path.read_text() != text]
    if "--check" in sys.argv:
        sys.stderr.writelines(f"{path.relative_to(ROOT)}\n" for path in differing)
        return int(bool(differing))
    for path in differing:
        path.write_text(expected[path])
    return 0


def mark_done(item: str, subject: str) -> None:
    """Write that an item is done, with the first commit whose subject begins so. Run the script again for the pages."""
    log = subprocess.run(
        ["git", "log", "--reverse", "--format=%ad|%s", "--date=short"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    day, found = next(
        line.split("|", 1) for line in log.stdout.splitlines() if line.split("|", 1)[1].startswith(subject)
    )
    path = PROJECT / "backlog.toml"
    before, mark, rest = path.read_text().partition(f'id = "{item}"\n')
    own, following = rest.split("\n\n", 1) if "\n\n" in rest else (rest.rstrip("\n"), "")
    own = re.sub(r'^(?:why|waits_for) = ".*"\n', "", own, flags=re.M).replace('state = "open"', 'state = "done"')
    quoted = found.replace("\\", "\\\\").replace('"', '\\"')
    path.write_text(f'{before}{mark}{own}\ncommit = "{quoted}"\nlanded = {day}\n\n{following}'.rstrip("\n") + "\n")


def fill(text: str) -> str:
    """Return a page with every marked table and figure written anew."""

    def table(match: re.Match[str]) -> str:
        return f"{match[1]}\n{TABLES[match[2]]()}\n{match[3]}"

    def figure(match: re.Match[str]) -> str:
        return f"{match[1]}{VALUES[match[2]]()}{match[3]}"

    text = re.sub(r"(<!-- ([\w-]+): written by scripts/plan\.py -->)\n.*?(<!-- end of \2 -->)", table, text, flags=re.S)
    return re.sub(r"(<!-- (v-[\w-]+) -->)[^<\n]*(<!-- end -->)", figure, text)


# ---- The backlog


def items(*, sprint: int | None = None, area: str | None = None, state: str | None = None) -> list[Item]:
    """Return the backlog's items in order, narrowed by sprint, area (the number before the dot) and state."""
    return [
        item
        for item in BACKLOG["item"]
        if sprint in (None, item["sprint"])
        and area in (None, item["id"].split(".")[0])
        and state in (None, item["state"])
    ]


def points(found: list[Item]) -> int:
    return sum(item["points"] for item in found)


def planned_and_delivered() -> list[tuple[int, int]]:
    """Return planned and delivered points of each sprint, in order."""
    return [
        (points(items(sprint=one["number"])), points(items(sprint=one["number"], state="done")))
        for one in BACKLOG["sprint"]
    ]


def charts() -> dict[str, str]:
    """Return the charts: file name → SVG."""
    landed: dict[date, int] = {}
    for item in items(state="done"):
        landed[item["landed"]] = landed.get(item["landed"], 0) + item["points"]
    return {
        "gantt.svg": plan_charts.gantt(BACKLOG["areas"], BACKLOG["item"], WEEKS, BACKLOG["critical_path"]),
        "burn-up.svg": plan_charts.burn_up(planned_and_delivered(), sorted(landed.items())),
    }


def calendar(start: date) -> str:
    """Return the sprints with the dates of a calendar whose first week begins on `start`, a Monday."""
    if start.weekday() != 0:
        raise SystemExit("The start must be a Monday.")
    lines = ["Sprint  Planning    Review and retrospective  Goal\n"]
    for one in BACKLOG["sprint"]:
        monday = start + timedelta(weeks=one["number"] - 1)
        lines.append(f"{one['number']:<8}{monday}  {monday + timedelta(days=4)}                {one['goal']}\n")
    return "".join(lines)


# ---- Figures


def read(address: str) -> Any:
    """Return the value at FILE#KEY.KEY of a run's file. A key may contain dots: the longest one that fits is taken."""
    file, _, path = address.partition("#")
    return at(json.loads((ROOT / file).read_text()), path)


def at(values: Any, path: str) -> Any:
    if not path:
        return values
    for key in sorted(values, key=len, reverse=True):
        if path == key:
            return values[key]
        if path.startswith(f"{key}."):
            return at(values[key], path.removeprefix(f"{key}."))
    raise KeyError(path)


def goal_value(goal: dict[str, Any]) -> float:
    value = float(read(goal["value"]))
    return value / float(read(goal["over"])) if "over" in goal else value


def is_met(goal: dict[str, Any]) -> bool:
    value = goal_value(goal)
    return bool(value >= goal["at_least"] if "at_least" in goal else value <= goal["at_most"])


def goals_table() -> str:
    rows = []
    for goal in BACKLOG["goal"]:
        bound = f"{goal['at_least']} or more" if "at_least" in goal else f"{goal['at_most']} or less"
        value = goal["shown"].format(goal_value(goal))
        if "interval" in goal:
            low, high = read(goal["interval"])
            value += f" ({low:.3f}–{high:.3f})"
        source = goal["value"].partition("#")[0]
        link = f"[{Path(source).name}](../../{source})" if not source.startswith("docs/") else _figures_link(source)
        rows.append([goal["name"], bound, value, "met" if is_met(goal) else "**short**", link])
    return _table(["Goal", "Target", "Today", "", "Measured in"], rows)


def _figures_link(source: str) -> str:
    return f"[{Path(source).name}](../figures/{Path(source).name})"


def goals_sentence() -> str:
    met = sum(map(is_met, BACKLOG["goal"]))
    return f"{met} of {len(BACKLOG['goal'])} goals are met; {len(BACKLOG['goal']) - met} fall short."


# ---- Tables of the plan


def sprints_table() -> str:
    rows = []
    for one, (planned, delivered) in zip(BACKLOG["sprint"], planned_and_delivered(), strict=True):
        number = one["number"]
        rows.append([
            f"[{number}](sprints.md#sprint-{number})", f"Monday to Friday of week {number}", f"*{one['phase']}.* {one['goal']}",
            f"{planned} planned, {delivered} delivered",
        ])  # fmt: skip
    total = [sum(column) for column in zip(*planned_and_delivered(), strict=True)]
    rows.append(["**Sum**", "", "", f"**{total[0]} planned, {total[1]} delivered**"])
    return _table(["Sprint", "From planning to review", "Phase and goal", "Points"], rows)


def breakdown_table() -> str:
    rows = []
    for area, name in BACKLOG["areas"].items():
        found = items(area=area)
        functions = sorted({item["function"] for item in found})
        weeks = sorted({item["sprint"] for item in found})
        needs = sorted({need.split(".")[0] for item in found for need in item["needs"]} - {area})
        rows.append([
            f"{area}. {name}", f"{len(found)} items, {points(found)} points ({points(items(area=area, state='done'))} delivered)",
            ", ".join(map(str, weeks)), ", ".join(functions), ", ".join(needs) or "–",
        ])  # fmt: skip
    return _table(["Area", "Estimate", "In sprints", "Functions", "Needs areas"], rows)


def sprint_sections() -> str:
    parts = []
    for one, (planned, delivered) in zip(BACKLOG["sprint"], planned_and_delivered(), strict=True):
        number = one["number"]
        rows = [
            [
                f"**{item['id']}** {item['title']}<br>{item['function']}"
                + (f"; needs {', '.join(item['needs'])}" if item["needs"] else ""),
                item["accept"], str(item["points"]),
                f"done, {item['landed']:%d %b}" if item["state"] == "done" else "**open**",
            ]
            for item in items(sprint=number)
        ]  # fmt: skip
        parts.append(
            f"## Sprint {number}\n\n"
            f"**Goal.** {one['goal']}.\n\n"
            f"| Phase | Planning | Review | Retrospective | Planned | Delivered |\n| --- | --- | --- | --- | --- | --- |\n"
            f"| {one['phase']} | Monday of week {number}, 09:30 | Friday, 14:00 | Friday, 15:30 | {planned} points | "
            f"{delivered} points |\n\n"
            f"**Accepted when:** {one['accept']}.\n\n"
            + _table(["Item", "Accepted when", "Points", "State"], rows)
            + f"\n\n**Review.** {review(number)}\n\n"
            f"**Retrospective.** {one['lesson']} ([record](../{one['lesson_from'].removeprefix('docs/')}))\n"
        )
    return "\n".join(parts).rstrip()


def review(sprint: int) -> str:
    """Return what a review of the sprint finds today: how many items are accepted, and which are not."""
    found, left = items(sprint=sprint), items(sprint=sprint, state="open")
    if not left:
        return f"All {len(found)} items are accepted."
    names = "; ".join(f"{item['id']} {item['title']}" for item in left)
    return f"{len(found) - len(left)} of {len(found)} items are accepted. Carried over: {names} ([why](status.md#not-delivered-and-why))."


def buffer_sentence() -> str:
    total, room = points(items()), BACKLOG["capacity"] * WEEKS
    return f"{total} of the {room} points that {WEEKS} weeks hold are planned; {1 - total / room:.0%} is left for what nobody foresaw."


def open_table() -> str:
    rows = [
        [f"**{item['id']}** {item['title']}", str(item["points"]), item["accept"], item["why"]]
        for item in items(state="open")
    ]
    return _table(["Item", "Points", "Accepted when", "Why it is open"], rows)


def waits_sentence() -> str:
    """Return what the open items wait for, with their numbers."""
    waits: dict[str, list[str]] = {}
    for item in items(state="open"):
        waits.setdefault(item["waits_for"], []).append(item["id"])
    return "; ".join(f"{what} ({', '.join(ids)})" for what, ids in waits.items())


def brief_table() -> str:
    states = {item["id"]: item["state"] for item in BACKLOG["item"]}
    rows = []
    for one in BACKLOG["brief"]:
        left = [item for item in one["items"] if states[item] == "open"]
        state = f"**open:** {', '.join(left)}" if left else "done"
        rows.append([one["asks"], one["where"], ", ".join(one["items"]), state])
    return _table(["The brief asks for", "Where it is", "Items", "State"], rows)


def delivered_table() -> str:
    rows = [
        [f"**{item['id']}** {item['title']}", f"{item['landed']:%d %b %Y}", ", ".join(f"`{_short(one)}`" for one in item["proof"])]
        for item in items(state="done")
    ]  # fmt: skip
    return _table(["Item", "First commit", "What proves it"], rows)


def _short(proof: str) -> str:
    kind, _, name = proof.partition(":")
    if kind == "command":
        return f"responder {name}"
    return f"make {name}" if kind == "make" else name if kind in ("path", "figure", "module") else f"page {name}"


def landed_table() -> str:
    days: dict[date, list[Item]] = {}
    for item in items(state="done"):
        days.setdefault(item["landed"], []).append(item)
    rows = [
        [f"{day:%A, %d %B %Y}", str(len(found)), str(points(found)), ", ".join(item["id"] for item in found)]
        for day, found in sorted(days.items())
    ]
    return _table(["Day", "Items", "Points", "Which"], rows)


def _landed(choose: Callable[[list[date]], date]) -> str:
    return f"{choose([item['landed'] for item in items(state='done')]):%d %B %Y}"


def state_sentence() -> str:
    done, left = items(state="done"), items(state="open")
    return (
        f"{len(done)} of {len(BACKLOG['item'])} items are done ({points(done)} of {points(BACKLOG['item'])} points); "
        f"{len(left)} are open ({points(left)} points)."
    )


# ---- Budget


def costs() -> ModuleType:
    """Return the article's script, which holds the prices."""
    if "cloud_costs" not in sys.modules:
        spec = importlib.util.spec_from_file_location("cloud_costs", ROOT / "docs" / "articles" / "cloud_costs.py")
        assert spec and spec.loader
        module = importlib.util.module_from_spec(spec)
        sys.modules["cloud_costs"] = module
        spec.loader.exec_module(module)
    return sys.modules["cloud_costs"]


def budget_table() -> str:
    rows = [
        [name, f"{month:,.0f}", f"{month * WEEKS * 7 * 24 / costs().HOURS:,.0f}"]
        for name, month in costs().azure_budget()
    ]
    return _table(["Where the model answers", "US dollars a month", f"{WEEKS} weeks of building and trying"], rows)


def _row(cells: list[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _table(head: list[str], rows: list[list[str]]) -> str:
    return "\n".join([_row(head), _row(["---"] * len(head)), *map(_row, rows)])


TABLES: dict[str, Callable[[], str]] = {
    "goals": goals_table,
    "sprints": sprints_table,
    "breakdown": breakdown_table,
    "sprint-sections": sprint_sections,
    "open-items": open_table,
    "brief": brief_table,
    "delivered-items": delivered_table,
    "landed": landed_table,
    "budget": budget_table,
}


def _value(address: str, shown: str = "{}") -> Callable[[], str]:
    return lambda: shown.format(read(address))


VALUES: dict[str, Callable[[], str]] = {
    "v-goals": goals_sentence,
    "v-state": state_sentence,
    "v-waits": waits_sentence,
    "v-critical": lambda: " → ".join(BACKLOG["critical_path"]),
    "v-days": lambda: (
        f"{len({item['landed'] for item in items(state='done')})} days, from {_landed(min)} to {_landed(max)}"
    ),
    "v-buffer": buffer_sentence,
    "v-capacity": lambda: str(BACKLOG["capacity"]),
    "v-category": _value(f"{SHIPPED}#category.macro_f1", "{:.3f}"),
    "v-category-n": _value(f"{SHIPPED}#category.n", "{:,}"),
    "v-baseline": _value(f"{SHIPPED}#baseline.category.macro_f1", "{:.3f}"),
    "v-sure": _value(f"{SHIPPED}#category.accuracy_at_coverage.0.6", "{:.0%}"),
    "v-ece": _value(f"{SHIPPED}#unseen.ece", "{:.3f}"),
    "v-urgent": _value(f"{SHIPPED}#priority.urgent_recall_at_20_percent", "{:.0%}"),
    "v-alerted-urgent": _value(f"{SHIPPED}#priority.alerted_of_urgent", "{:.0%}"),
    "v-alerted": _value(f"{SHIPPED}#priority.alerted", "{:.0%}"),
    "v-placed": _value(f"{SHIPPED}#places.idrisi_lmd.train.right_of_placed", "{:.1%}"),
    "v-others": _value("docs/figures/parallel.json#others_mean.category", "{:.2f}"),
    "v-english": _value("docs/figures/parallel.json#languages.en.category", "{:.2f}"),
    "v-falsely": _value("docs/figures/parallel.json#others_mean.urgent_falsely", "{:.0%}"),
    "v-kept": _value("docs/figures/parallel.json#others_worst.urgent_kept", "{:.0%}"),
    "v-speed": _value("docs/figures/benchmark.json#ours", "{:.0f}"),
    "v-steady": _value("docs/figures/ingest-load.json#steady_post_to_screen_s.p95", "{:.1f}"),
    "v-burst": _value("docs/figures/ingest-load.json#burst_post_to_screen_s.p95", "{:.0f}"),
    "v-soak-posts": _value("docs/figures/soak.json#offered", "{:,}"),
    "v-soak-stored": _value("docs/figures/soak.json#stored", "{:,}"),
    "v-soak-lost": lambda: str(read("docs/figures/soak.json#offered") - read("docs/figures/soak.json#stored")),
    "v-languages": lambda: str(len(read("docs/figures/parallel.json#languages"))),
    "v-interface": lambda: str(
        1 + sum(one.is_dir() for one in (ROOT / "responder" / "locale").iterdir())
    ),  # and English
    "v-soak-kills": lambda: str(sum(read("docs/figures/soak.json#kills").values())),
    "v-million-map": _value("docs/figures/million-posts.json#p95_ms.map.whole event", "{:.0f}"),
    "v-going-live": _value("docs/figures/going-live.json#seconds", "{:.0f}"),
    "v-pairs": _value("docs/figures/grouping.json#pairs.pairs"),
    "v-pairs-recall": _value("docs/figures/grouping.json#pairs.recall", "{:.0%}"),
    "v-cost-own": lambda: f"{costs().azure_budget()[0][1]:,.0f}",
    "v-cost-quiet": lambda: f"{costs().azure_budget()[1][1]:,.0f}",
    "v-cost-active": lambda: f"{costs().azure_budget()[2][1]:,.0f}",
    "v-cost-endpoint": lambda: f"{costs().azure_budget()[3][1]:,.0f}",
    "v-restore": _value("docs/figures/restore.json#postgresql.seconds.restore_after_destruction", "{:.1f}"),
}


if __name__ == "__main__":
    sys.exit(main())
