"""Queries that ship with the endpoint, each described with SHACL: examples, and figures of things.

A file says what a query is called, what it answers, and its text (SHACL Advanced Features, 8;
sh:select, sh:ask or sh:construct). endpoint/examples/incidents-by-category.ttl explains the form.
Names of a deployment are written without its base, so the same text runs on every one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from textwrap import dedent
from urllib.parse import urlencode

from pyoxigraph import Literal, NamedNode, RdfFormat, Triple, parse

from homegraph.endpoint.words import tokens
from homegraph.graph.terms import DCAT, DCT, FIGURE, RDF, SH, VOID, XSD

HERE = Path(__file__).parent
PREFIXES = HERE / "examples" / "prefixes.ttl"
TEXTS = {
    SH.SPARQLSelectExecutable: SH.select,
    SH.SPARQLAskExecutable: SH.ask,
    SH.SPARQLConstructExecutable: SH.construct,
}


@dataclass(frozen=True)
class Stored:
    """One stored query; `body` is its text without prologue, as the file has it.

    A figure also has the beginnings of the names of the `things` it is about, the columns its
    chart is drawn `across` and `shows`, and the kind of `chart`.
    """

    name: str
    title: str
    description: str
    body: str
    kind: NamedNode
    said: tuple[Triple, ...]
    keywords: tuple[str, ...] = ()
    order: int = 0
    things: tuple[str, ...] = ()
    across: str = ""
    shows: str = ""
    chart: str = ""
    prefixes: Mapping[str, str] = field(default_factory=dict)
    base: str = ""
    folder: str = "examples"

    @cached_property
    def used(self) -> dict[str, str]:
        """The prefixes that the text uses."""
        names = (token.text for token in tokens(self.body) if token.kind == "name")
        used = {name.partition(":")[0] for name in names}
        return {prefix: iri for prefix, iri in sorted(self.prefixes.items()) if prefix in used}

    @cached_property
    def ours(self) -> bool:
        """Whether the text has names without a base."""
        iris = (token.text[1:-1] for token in tokens(self.body) if token.kind == "iri")
        return any(map(relative, [*iris, *self.used.values()]))

    def text(self, this: str = "") -> str:
        """The query as it is sent, about a thing if it is a figure."""
        lines = [f"BASE <{self.base}>\n"] if self.ours else []
        lines += [f"PREFIX {prefix}: <{iri}>\n" for prefix, iri in self.used.items()]
        lines += ["\n"] if lines else []
        return f"{''.join(lines)}{bound(self.body, this, self.code(this)) if this else self.body}\n"

    def graph(self) -> list[Triple]:
        """What is said of it, so that it holds anywhere: its text with BASE, its prefixes."""
        node, place = NamedNode(f"{self.base}{self.folder}/{self.name}"), TEXTS[self.kind]
        body = f"BASE <{self.base}>\n{self.body}" if self.ours else self.body
        said = [one for one in self.said if one.predicate != place]
        return [*said, Triple(node, place, Literal(body)), *declarations(self.base, self.used)]

    def ask(self, suffix: str = "") -> str:
        """The query string that asks it, in a format if one is named."""
        return asked(self.text(), suffix)

    def is_about(self, iri: str) -> bool:
        """Whether it is a figure of a thing: its name begins like those that it names."""
        return any(iri.startswith(stem) for stem in self.things)

    def code(self, iri: str) -> str:
        """The end of a thing's name by which names of slices and observations tell it."""
        stems = [stem for stem in self.things if iri.startswith(stem)]
        return iri[max((stem.rfind("/") for stem in stems), default=iri.rfind("/")) + 1 :]


def asked(text: str, suffix: str = "") -> str:
    """The query string that asks a query, in a format if one is named."""
    return urlencode({"query": text, **({"format": suffix} if suffix else {})})


def relative(iri: str) -> bool:
    """Whether an IRI is written without its base.

    >>> relative("data/population"), relative("http://example.org/")
    (True, False)
    """
    return not re.match(r"[A-Za-z][A-Za-z0-9+.\-]*:", iri)


def bound(body: str, this: str, code: str) -> str:
    """A text about one thing: `$this` becomes its name, `$code` in a name the end of that.

    >>> bound("{ <data/x/slice/$code> ?p $this }", "http://example.org/a/b", "b")
    '{ <data/x/slice/b> ?p <http://example.org/a/b> }'
    """
    pieces, at = [], 0
    for token in tokens(body):
        text = token.text
        if token.kind == "variable" and text == "$this":
            text = f"<{this}>"
        elif token.kind == "iri":
            text = text.replace("$code", code)
        pieces += [body[at : token.start], text]
        at = token.start + len(token.text)
    return "".join([*pieces, body[at:]])


def examples(base: str) -> tuple[Stored, ...]:
    """The queries to learn from, in order."""
    return stored("examples", base)


def figures(base: str) -> tuple[Stored, ...]:
    """The queries whose answers stand on pages of things, in order."""
    return stored("figures", base)


def declarations(base: str, used: Mapping[str, str]) -> list[Triple]:
    """What declares prefixes (SHACL, 5.2.1), with names that hold for this deployment."""
    whole, said = NamedNode(f"{base}examples"), []
    for prefix, iri in used.items():
        node = NamedNode(f"{base}examples#{prefix}")
        namespace = base + iri if relative(iri) else iri
        said += [
            Triple(whole, SH.declare, node),
            Triple(node, SH.prefix, Literal(prefix)),
            Triple(node, SH.namespace, Literal(namespace, datatype=XSD.anyURI)),
        ]
    return said


def statements(path: Path, base: str) -> list[Triple]:
    """What a file says, its relative names being those of a deployment."""
    return [quad.triple for quad in parse(path=path, format=RdfFormat.TURTLE, base_iri=base)]


@cache
def stored(folder: str, base: str) -> tuple[Stored, ...]:
    """All queries of a folder; raises ValueError for a file that does not keep to the form."""
    declared: dict[NamedNode, dict[NamedNode, str]] = {}
    for said in statements(PREFIXES, base):
        if isinstance(said.subject, NamedNode) and isinstance(said.object, Literal):
            declared.setdefault(said.subject, {})[said.predicate] = said.object.value
    prefixes = {one[SH.prefix]: one[SH.namespace] for one in declared.values() if SH.prefix in one}
    files = sorted((HERE / folder).glob("*.ttl"))
    found = [read(path, base, prefixes) for path in files if path != PREFIXES]
    return tuple(sorted(found, key=lambda one: (one.order, one.name)))


def read(path: Path, base: str, prefixes: Mapping[str, str]) -> Stored:
    """One file with one query, called as the file is."""
    said = statements(path, base)
    node = NamedNode(f"{base}{path.parent.name}/{path.stem}")

    def values(predicate: NamedNode) -> tuple[str, ...]:
        own = (one for one in said if (one.subject, one.predicate) == (node, predicate))
        return tuple(sorted(str(getattr(one.object, "value", "")) for one in own))

    def value(predicate: NamedNode, otherwise: str | None = None) -> str:
        several = values(predicate)
        if otherwise is not None and not several:
            return otherwise
        if len(several) != 1:
            raise ValueError(f"{path.name}: {node} has {len(several)} times {predicate}")
        return several[0]

    kind = NamedNode(value(RDF.type))
    if kind not in TEXTS:
        raise ValueError(f"{path.name}: {kind} is not a kind of stored query")
    return Stored(
        name=path.stem,
        title=value(DCT.title),
        description=value(DCT.description),
        body=dedent(value(TEXTS[kind])).strip(),
        kind=kind,
        said=tuple(said),
        keywords=values(DCAT.keyword),
        order=int(value(SH.order, "0")),
        things=values(VOID.uriSpace),
        across=value(FIGURE.across, ""),
        shows=value(FIGURE.shows, ""),
        chart=value(FIGURE.chart, ""),
        prefixes=prefixes,
        base=base,
        folder=path.parent.name,
    )
