"""The store of a release whose columns hold more than it: asked as any store is.

What the store has all of, it answers; what columns recognise, they answer; anything else is
refused, because the store would answer it with a part of the truth.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from typing import Any

from pyoxigraph import (
    BlankNode,
    DefaultGraph,
    NamedNode,
    Quad,
    QueryBoolean,
    QuerySolutions,
    QueryTriples,
    RdfFormat,
    Store,
)

from homegraph.endpoint.columns.answering import Columns
from homegraph.endpoint.columns.forms import Form, form_of, variables_of
from homegraph.endpoint.columns.handing import HandOver
from homegraph.endpoint.columns.lookups import Term, quads
from homegraph.endpoint.columns.scope import NOTHING
from homegraph.endpoint.columns.stored import Stored
from homegraph.endpoint.columns.syntax import Constant, NotRecognised, Variable
from homegraph.graph.columns.catalogue import Unstored
from homegraph.graph.errors import OnlyInColumns

Answer = QuerySolutions | QueryBoolean | QueryTriples
REMEMBERED = 1_000  # queries of which it is known whether the store answers them
MOST_DESCRIBED = 10_000  # things
SIZE = "size_of_answer"
NO_STATEMENTS = "CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o FILTER(false) }"


class PartStore:
    """A store and the columns that hold what it does not; has what the endpoint uses of a store."""

    def __init__(self, store: Store, columns: Columns, unstored: Unstored) -> None:
        self.store, self.columns = store, columns
        self.stored = Stored(columns.files, store, unstored)
        self.spares = lru_cache(REMEMBERED)(self._spares)

    # What is asked of columns

    def handed_over(self, text: str) -> HandOver:
        """A query as the store is to be asked it, as of columns beside a store that has all."""
        if self.spares(text):
            return self.columns.handed_over(text)
        handed = self.columns.tried(text, alone=True)
        return handed if handed.parts else replace(handed, alone=True)

    # What is asked of a store

    def query(
        self,
        query: str,
        *,
        use_default_graph_as_union: bool = False,
        default_graph: Any = None,
        named_graphs: Any = None,
    ) -> Answer:
        """The answer to a query; raises OnlyInColumns, and what a store raises."""
        if self.spares(query):
            return self.store.query(
                query,
                use_default_graph_as_union=use_default_graph_as_union,
                default_graph=default_graph,
                named_graphs=named_graphs,
            )
        NOTHING.query(query)  # raises SyntaxError where it is no query
        try:
            if not use_default_graph_as_union:
                raise NotRecognised("it chooses its graphs")
            return self.answer(form_of(query))
        except NotRecognised as error:
            raise OnlyInColumns(
                f"what this asks about is kept in columns only, and they cannot tell: {error}"
            ) from error

    def answer(self, form: Form) -> Answer:
        """What columns answer; raises NotRecognised."""
        if form.chooses:
            raise NotRecognised("it chooses its graphs")
        if form.word == "SELECT":
            return self.rows(form.text)
        if form.word == "ASK":
            size = self.rows(f"{form.prologue} SELECT (COUNT(*) AS ?{SIZE}) WHERE {form.pattern}")
            found = int(next(size)[SIZE].value) > 0
            return NOTHING.query(f"ASK {{ FILTER({str(found).lower()}) }}")
        if form.word == "CONSTRUCT":
            return self.graph(form)
        return self.description(form)

    def rows(self, text: str) -> QuerySolutions:
        """The rows of a SELECT; raises NotRecognised."""
        answer = self.asked(self.insisted(text))
        assert isinstance(answer, QuerySolutions)
        return answer

    def insisted(self, text: str) -> HandOver:
        """What columns make of a SELECT; raises NotRecognised when that is nothing."""
        handed = self.columns.tried(text, alone=True)
        if not handed.parts:
            raise NotRecognised(handed.reason)
        return handed

    def asked(self, handed: HandOver) -> Answer:
        """The answer to what columns have handed over; raises NotRecognised."""
        if handed.whole:
            return NOTHING.query(handed.text)
        if not self.spares(handed.text):
            raise NotRecognised("a part of it is not counted")
        return self.store.query(handed.text, use_default_graph_as_union=True)

    def graph(self, form: Form) -> Answer:
        """The graph of a CONSTRUCT, made of rows as a store would make it."""
        template = form.where if form.template is None else form.template
        names = " ".join(f"?{name}" for name in variables_of(template))
        if not names:
            raise NotRecognised("no variable stands in what is to be made")
        handed = self.insisted(f"{form.prologue}SELECT {names} WHERE {form.pattern}")
        select = handed.text[form.head :]
        made = form.text[template.start : template.end]
        text = f"{form.prologue}CONSTRUCT {{ {made} }} WHERE {{ {select} }}"
        if handed.whole:
            return NOTHING.query(text)
        if not self.spares(text):
            raise NotRecognised("a part of it is not counted")
        return self.store.query(text, use_default_graph_as_union=True)

    def description(self, form: Form) -> Answer:
        """What is said of things, and of the nameless things that they point at."""
        things = [NamedNode(n.text[1:-1]) for n in form.nodes if isinstance(n, Constant)]
        names = " ".join(f"?{node.name}" for node in form.nodes if isinstance(node, Variable))
        if not form.nodes:
            raise NotRecognised("what is to be described has no name")
        if names:
            rows = self.rows(f"{form.prologue}SELECT DISTINCT {names} WHERE {form.pattern}")
            things += [one for row in rows for one in row if isinstance(one, NamedNode)]
        things = list(dict.fromkeys(things))
        if len(things) > MOST_DESCRIBED:
            raise NotRecognised(f"more than {MOST_DESCRIBED:,} things are to be described")
        told, waiting, seen = Store(), list[NamedNode | BlankNode](things), set[BlankNode]()
        while waiting:
            for quad in self.quads_for_pattern(waiting.pop(), None, None):
                told.add(Quad(quad.subject, quad.predicate, quad.object))
                if isinstance(quad.object, BlankNode) and quad.object not in seen:
                    seen.add(quad.object)
                    waiting.append(quad.object)
        return told.query(f"DESCRIBE {' '.join(map(str, things))}" if things else NO_STATEMENTS)

    def quads_for_pattern(
        self,
        subject: NamedNode | BlankNode | None,
        predicate: NamedNode | None,
        object: Term | None,
        graph_name: NamedNode | None = None,
    ) -> Iterator[Quad]:
        """Statements with some terms, without graphs where only columns hold them.

        Raises OnlyInColumns where a graph is given of which the store has a part.
        """
        if self.stored.spares_pattern(subject, predicate, object):
            return self.store.quads_for_pattern(subject, predicate, object, graph_name)
        if graph_name is not None:
            self.insist_on_whole(graph_name)
            return self.store.quads_for_pattern(subject, predicate, object, graph_name)
        return quads(self.columns.files, subject, predicate, object)

    def dump(
        self,
        output: Any,
        format: RdfFormat,
        *,
        from_graph: NamedNode | DefaultGraph,
        prefixes: dict[str, str] | None = None,
    ) -> None:
        """Write a graph; raises OnlyInColumns for one of which the store has a part."""
        self.insist_on_whole(from_graph)
        self.store.dump(output, format, from_graph=from_graph, prefixes=prefixes)

    def insist_on_whole(self, graph: NamedNode | DefaultGraph) -> None:
        """Raise OnlyInColumns for a graph of which the store has a part."""
        name = graph.value if isinstance(graph, NamedNode) else ""
        if name in self.stored.found.graphs:
            raise OnlyInColumns(
                f"a part of the graph <{name}> is kept in columns only, which know no graphs"
                if name
                else "a part of the default graph is kept in columns only, which know no graphs"
            )

    def contains_named_graph(self, graph_name: NamedNode) -> bool:
        """Whether a graph is there: each has a part in the store."""
        return self.store.contains_named_graph(graph_name)

    def named_graphs(self) -> Iterator[NamedNode | BlankNode]:
        """The graphs that have names."""
        return self.store.named_graphs()

    def __len__(self) -> int:
        return sum(one.count for one in self.columns.files.catalogue.narrow) + sum(
            one.count for wide in self.columns.files.catalogue.wide for one in wide.columns
        )

    def _spares(self, text: str) -> bool:
        """Whether the store alone gives the whole answer to a query."""
        try:
            return self.stored.spares(form_of(text))
        except NotRecognised:
            return False
