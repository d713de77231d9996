"""Cycles between the direct children of each package: groups of modules that cannot be understood one without the other.

    python scripts/cycles.py

Prints each group with the imports inside it. An import inside a function counts as well.
"""

from collections import defaultdict
from graphlib import CycleError, TopologicalSorter

import grimp

PACKAGES = ("responder", "classifier", "monitoring")


def child(module: str, parent: str) -> str:
    """`responder.feeds.x` under `responder` → `responder.feeds`."""
    return ".".join(module.split(".")[: parent.count(".") + 2])


def edges(graph: grimp.ImportGraph, parent: str) -> dict[str, dict[str, list[str]]]:
    """Which children of `parent` import which, and by which modules."""
    found: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for module in graph.modules:
        if not module.startswith(f"{parent}."):
            continue
        for imported in graph.find_modules_directly_imported_by(module):
            ours, theirs = child(module, parent), child(imported, parent)
            if imported.startswith(f"{parent}.") and ours != theirs:
                found[ours][theirs].append(f"{module} -> {imported}")
    return found


def groups(found: dict[str, dict[str, list[str]]]) -> list[list[str]]:
    """Strongly connected groups of more than one child, by Tarjan's algorithm through the standard library's sorter."""
    remaining = {name: set(others) for name, others in found.items()}
    cycles = []
    while True:
        try:
            TopologicalSorter(remaining).prepare()
        except CycleError as error:
            cycle = sorted(set(error.args[1]))
            cycles.append(cycle)
            merged = cycle[0]
            whole = set(cycle)
            fresh: dict[str, set[str]] = defaultdict(set)
            for name, others in remaining.items():
                ours = merged if name in whole else name
                fresh[ours] |= {merged if other in whole else other for other in others} - {ours}
            remaining = fresh
            continue
        return cycles
