"""The test suite of the SHACL working group, core and sparql: each case as its manifest says.

The files belong to W3C and are not kept here. They stand in the source archive of pySHACL:

    pip download --no-deps --no-binary :all: pyshacl==0.40.1
    tar xf pyshacl-0.40.1.tar.gz
    HOMEGRAPH_SHACL_SUITE=pyshacl-0.40.1/test/resources/sht_tests pytest tests/test_shacl_suite.py
"""

from __future__ import annotations

import os
import sys
import warnings
from collections import Counter
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pyshacl
import pytest
from pyoxigraph import RdfFormat, parse

from homegraph.graph.errors import MetadataError
from homegraph.graph.rules import find_all
from homegraph.graph.shacl.reading import Reader, read
from homegraph.graph.shacl.shapes import TYPE, Found
from homegraph.graph.shacl.worlds import Small

BESIDE = Path(pyshacl.__file__).parents[1] / "test" / "resources" / "sht_tests"
SUITE = Path(os.environ.get("HOMEGRAPH_SHACL_SUITE") or BESIDE)
MANIFEST = "<http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#{}>"
TEST = "<http://www.w3.org/ns/shacl-test#{}>"
SHACL = "<http://www.w3.org/ns/shacl#{}>"
# Cases with constraint components written in SPARQL (SHACL 6), which pySHACL runs for us.
DELEGATED = {
    "sparql/component/nodeValidator-001",
    "sparql/component/optional-001",
    "sparql/component/propertyValidator-select-001",
    "sparql/component/validator-001",
    "sparql/pre-binding/unsupported-sparql-006",
}
# $shapesGraph may be left out (SHACL 5.3.1). Neither engine has it, and both say so.
REFUSED = {"sparql/pre-binding/shapesGraph-001"}
CASES = 121

# The files are W3C's, so that they are fetched and not kept; .ci/run fetches them.
needs_the_suite = pytest.mark.skipif(
    not SUITE.is_dir(), reason="W3C's suite is not here: the first lines of this file say how"
)


@dataclass(frozen=True)
class Case:
    """One entry of a manifest."""

    name: str
    data: Small
    shapes: Small
    manifest: Small
    result: str

    @property
    def must_fail(self) -> bool:
        """Whether validation must say that it cannot be done."""
        return self.result == TEST.format("Failure")

    def expected(self) -> Counter[tuple[str, ...]]:
        """The results that the manifest gives."""
        said, reader = self.manifest, Reader(self.manifest)

        def term(node: str, name: str) -> str:
            return said.one(node, SHACL.format(name))

        return Counter(
            (
                term(node, "focusNode"),
                reader.path(path).turtle if (path := term(node, "resultPath")) else "",
                term(node, "value"),
                term(node, "sourceShape"),
                term(node, "sourceConstraintComponent"),
                term(node, "resultSeverity"),
            )
            for node in said.objects(self.result, SHACL.format("result"))
        )

    @property
    def conforms(self) -> bool:
        """Whether the manifest says that the data conforms."""
        return self.manifest.one(self.result, SHACL.format("conforms")).startswith('"true"')

    @property
    def messages(self) -> set[str]:
        """The messages that the manifest gives."""
        return {
            message
            for node in self.manifest.objects(self.result, SHACL.format("result"))
            for message in self.manifest.objects(node, SHACL.format("resultMessage"))
        }


@cache
def graph(path: Path) -> Small:
    """The statements of one file of the suite."""
    found = parse(path=path, format=RdfFormat.TURTLE, base_iri=path.as_uri())
    return Small((str(quad.subject), str(quad.predicate), str(quad.object)) for quad in found)


@cache
def cases() -> dict[str, Case]:
    """All entries of all manifests."""
    found = {}
    for path in sorted(SUITE.resolve().rglob("*.ttl")):
        manifest = graph(path)
        for node in manifest.subjects(TYPE, TEST.format("Validate")):
            action = manifest.one(node, MANIFEST.format("action"))
            data, shapes = (
                graph(Path(manifest.one(action, TEST.format(word))[8:-1]))
                for word in ("dataGraph", "shapesGraph")
            )
            name = path.relative_to(SUITE.resolve()).with_suffix("").as_posix()
            assert name not in found
            result = manifest.one(node, MANIFEST.format("result"))
            found[name] = Case(name, data, shapes, manifest, result)
    return found


NAMES = sorted(cases()) if SUITE.is_dir() else []


def run(case: Case) -> list[Found]:
    """What is found, by our engine or by pySHACL for what is delegated."""
    rules = read(iter(case.shapes))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return find_all(case.data, rules)[0]


@needs_the_suite
def test_the_suite_is_whole_and_our_engine_runs_nearly_all_of_it(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert len(NAMES) == CASES
    delegated = {name for name in NAMES if read_or_refuse(cases()[name])}
    assert delegated == DELEGATED | REFUSED
    own = CASES - len(delegated)
    with capsys.disabled():
        sys.stdout.write(
            f"\nSHACL suite: {CASES} cases, {own} by our own engine, "
            f"{len(DELEGATED)} by pySHACL, {len(REFUSED)} refused\n"
        )


def read_or_refuse(case: Case) -> bool:
    """Whether a case has shapes that our engine cannot run."""
    try:
        return bool(read(iter(case.shapes)).left)
    except MetadataError:
        return False


@needs_the_suite
@pytest.mark.parametrize("name", NAMES)
def test_a_case_of_the_suite(name: str) -> None:
    case = cases()[name]
    if case.must_fail or name in REFUSED:
        with pytest.raises(MetadataError):
            run(case)
        return
    found = run(case)
    assert case.expected() == Counter(
        (
            one.focus,
            "" if one.path is None else one.path.turtle,
            one.value or "",
            one.shape.name,
            f"<{one.constraint.component_iri}>",
            one.shape.severity,
        )
        for one in found
    )
    assert case.conforms == (not found)
    said = {one for each in found for one in each.messages or each.shape.messages}
    assert case.messages <= said
