"""The rules in shapes/: validation by our own engine, and by pySHACL what is beyond it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from functools import cache
from itertools import chain
from pathlib import Path

from pyoxigraph import Store

from homegraph.graph import personal
from homegraph.graph.concepts import ONTOLOGIES
from homegraph.graph.errors import MetadataError
from homegraph.graph.shacl.privacy import Guard
from homegraph.graph.shacl.reading import Rules, read_files, turtle
from homegraph.graph.shacl.report import Report, Result, report
from homegraph.graph.shacl.shapes import Found
from homegraph.graph.shacl.stream import Watch
from homegraph.graph.shacl.validation import Tally, find, find_in_store
from homegraph.graph.shacl.worlds import SUBCLASS, Small, statements
from homegraph.graph.terms import SOURCE, XSD

__all__ = ["Report", "Result", "Rules", "Watch", "check", "rules", "validate", "validate_store"]

SHAPES = Path(__file__).parent.parent / "shapes"


@cache
def rules() -> Rules:
    """All rules in shapes/, read once; raises MetadataError for what nobody could run."""
    found = read_files(sorted(SHAPES.glob("*.ttl")))
    ontology = chain.from_iterable(turtle(path) for path in sorted(ONTOLOGIES.glob("*.ttl")))
    below = Small(one for one in ontology if one[1] == SUBCLASS)
    return replace(found, guard=Guard(personal, found.named), ontology=below)


def validate(lines: Iterable[str], on: date | None = None, shapes: Rules | None = None) -> Report:
    """Validate N-Quads lines, all graphs together, against every rule, or against some shapes.

    With a day, the rules about dates find what is due on it. Raises MetadataError for a rule
    that cannot be run.
    """
    chosen = shapes or rules()
    found, nodes = check(lines, on, chosen)
    return report(found, chosen.mask, nodes)


def check(
    lines: Iterable[str], on: date | None = None, shapes: Rules | None = None
) -> tuple[list[Found], int]:
    """What `validate` finds, as it stands in the data, and how many nodes were looked at."""
    chosen = shapes or rules()
    said = list(statements("".join(lines)))
    if on is not None:
        said.append((str(SOURCE.Check), str(SOURCE.checkedOn), f'"{on}"^^{XSD.date}'))
    world = Small(said)
    found, nodes = find_all(world, chosen)
    if chosen.guard is not None:
        found += chosen.guard.in_all(world)
    return found, len(nodes)


def find_all(world: Small, shapes: Rules) -> tuple[list[Found], set[str]]:
    """What shapes find, by our engine or by pySHACL, and the nodes they looked at."""
    found, nodes = find(shapes.shapes, world)
    if shapes.left:
        # Loaded when it is needed, which takes as long as all else that a process starts with.
        from homegraph.graph.shacl.foreign import delegated

        found += delegated(world, shapes)
        for left in shapes.left.values():
            nodes.update(left.targets.focus_nodes(world))
    return found, nodes


def validate_store(store: Store, names: Iterable[str], shapes: Rules | None = None) -> Tally:
    """Check rules, by their IRIs, on a loaded store; all its graphs together.

    Memory is bounded; the first hundred results of each rule are kept, all are counted. Raises
    MetadataError for a rule that needs pySHACL, which would need all data in memory.
    """
    known = shapes or rules()
    chosen = {f"<{name}>" for name in names}
    for name in sorted(chosen & known.left.keys()):
        reason = known.left[name].reason
        raise MetadataError(f"{name} cannot be checked on a bulk source: {reason}")
    if unknown := chosen - known.named.keys():
        raise MetadataError(f"no shape is called {', '.join(sorted(unknown))}")
    return find_in_store((known.named[name] for name in sorted(chosen)), store)
