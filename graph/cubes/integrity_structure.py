"""What the structure of a cube and the vocabulary ask of its observations."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import cache

from pyoxigraph import NamedNode, Quad

from homegraph.graph.iri import VOCABULARY
from homegraph.graph.rules import rules
from homegraph.graph.shacl.shapes import TYPE, Found, Shape
from homegraph.graph.shacl.validation import find
from homegraph.graph.shacl.worlds import Small, Statement
from homegraph.graph.terms import OWL, QB, SKOS, XSD

RULES = VOCABULARY + "shape/cube#"
# What frames say; of a structure it would be looked for in vain.
IN_FRAMES = {QB.dataSet, QB.observation, QB.slice, QB.sliceStructure}
# What a structure has to know of the vocabulary: things of these kinds.
PARTS = (
    QB.DimensionProperty,
    QB.MeasureProperty,
    QB.AttributeProperty,
    QB.HierarchicalCodeList,
    QB.SliceKey,
    QB.DataStructureDefinition,
)
# The rules that are about structures alone; our engine runs them.
OF_STRUCTURES = (
    "DataSet",
    "Structure",
    "SliceKey",
    "ComponentProperty",
    "component-named",
    "component-required",
    "dataset-has-structure",
    "structure-has-measure",
    "dimension-has-range",
    "dimension-has-code-list",
    "only-attributes-optional",
    "slice-key-declared",
    "slice-key-in-structure",
    "hierarchy-can-be-walked",
    "threshold",
    "rounding",
)
TRUE = f'"true"^^{XSD.boolean}'


@dataclass(frozen=True)
class Structure:
    """One qb:DataStructureDefinition: its components by what they are typed as."""

    dimensions: tuple[str, ...]
    measures: tuple[str, ...]
    required: tuple[str, ...]
    by_measure: bool  # whether it has the measure dimension


class Known:
    """All that is said outside of frames: the structure of a cube, and the vocabulary."""

    def __init__(self, structure: Iterable[Quad], vocabulary: Small) -> None:
        own = list(structure)
        if strange := {quad.predicate for quad in own} & IN_FRAMES:
            raise ValueError(f"a structure says what frames have to say: {strange}")
        self._own = Small((str(q.subject), str(q.predicate), str(q.object)) for q in own)
        self._vocabulary = vocabulary

    def objects(self, subject: str, predicate: NamedNode | str) -> list[str]:
        """The objects of a subject's statements, each once."""
        said = str(predicate)
        both = (self._own.objects(subject, said), self._vocabulary.objects(subject, said))
        return list(dict.fromkeys(one for objects in both for one in objects))

    def subjects(self, predicate: NamedNode | str, object_: str) -> list[str]:
        """The subjects of which something is said, each once."""
        said = str(predicate)
        both = (self._own.subjects(said, object_), self._vocabulary.subjects(said, object_))
        return list(dict.fromkeys(one for subjects in both for one in subjects))

    def typed(self, node: str, kind: NamedNode) -> bool:
        """Whether a node is said to be of some kind."""
        return str(kind) in self.objects(node, TYPE)

    def structures(self, data_set: str) -> Iterator[Structure]:
        """The structures of a data set; there should be one."""
        for definition in self.objects(data_set, QB.structure):
            named = [
                (component, name)
                for component in self.objects(definition, QB.component)
                for name in self.objects(component, QB.componentProperty)
            ]
            names = list(dict.fromkeys(name for _, name in named))
            yield Structure(
                tuple(name for name in names if self.typed(name, QB.DimensionProperty)),
                tuple(name for name in names if self.typed(name, QB.MeasureProperty)),
                tuple(n for c, n in named if TRUE in self.objects(c, QB.componentRequired)),
                str(QB.measureType) in names,
            )

    def faults(self) -> tuple[list[Found], set[str]]:
        """What the rules about structures find, and the nodes of this one.

        The data set is not counted among them: the catalogue describes it too.
        """
        world = Small([*self._own, *self._relevant()])
        found, _ = find((shape(name) for name in OF_STRUCTURES), world)
        data_sets = self._own.subjects(TYPE, str(QB.DataSet))
        return found, {node for node, _, _ in self._own if node not in data_sets}

    def _relevant(self) -> Iterator[Statement]:
        """What the vocabulary says that rules about structures ask for."""
        said = self._vocabulary
        nodes = dict.fromkeys(one for kind in PARTS for one in said.subjects(TYPE, str(kind)))
        for others in (QB.DataStructureDefinition, QB.SliceKey):  # have been judged as their own
            for one in said.subjects(TYPE, str(others)):
                if not self._own.objects(one, TYPE):
                    nodes.pop(one, None)
        for node in list(nodes):
            nodes.update(dict.fromkeys(said.objects(node, str(QB.parentChildProperty))))
        for node in nodes:
            yield from ((node, predicate, object_) for predicate, object_ in said.said(node))

    def lists(self, dimension: str) -> Iterator[tuple[str, Collection[str]]]:
        """The codes that each code list of a dimension allows, with the rule that says so."""
        for listed in self.objects(dimension, QB.codeList):
            if self.typed(listed, SKOS.ConceptScheme):
                yield "code-in-scheme", self._concepts(self.subjects(SKOS.inScheme, listed))
            if self.typed(listed, SKOS.Collection):
                members = self._reached([listed], SKOS.member, up=False) - {listed}
                yield "code-in-collection", self._concepts(members)
            if not self.typed(listed, QB.HierarchicalCodeList):
                continue
            roots = self.objects(listed, QB.hierarchyRoot)
            steps = self.objects(listed, QB.parentChildProperty)
            if str(SKOS.narrower) in steps:
                yield "code-in-hierarchy", self._reached(roots, SKOS.narrower, up=False)
            if any(str(SKOS.broader) in self.objects(one, OWL.inverseOf) for one in steps):
                yield "code-in-inverse-hierarchy", self._reached(roots, SKOS.broader, up=True)

    def _concepts(self, nodes: Iterable[str]) -> set[str]:
        return {node for node in nodes if self.typed(node, SKOS.Concept)}

    def _reached(self, roots: Iterable[str], step: NamedNode, up: bool) -> set[str]:
        """The roots and all below them, by a property from parent to child, or from child up."""
        found = set(roots)
        edge = list(found)
        while edge:
            node = edge.pop()
            below = self.subjects(step, node) if up else self.objects(node, step)
            fresh = set(below) - found
            found |= fresh
            edge += fresh
        return found


def shape(name: str) -> Shape:
    """A rule of shapes/cube.ttl by its local name."""
    return rules().named[f"<{RULES}{name}>"]


@cache
def settled() -> frozenset[str]:
    """The IRIs of all rules of shapes/cube.ttl: `examine` decides each of them."""
    return frozenset(one.iri for one in rules().shapes if one.iri.startswith(RULES))
