"""What an RDF document says, read thing by thing: every value in an order that never differs."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from xml.parsers import expat

from pyoxigraph import BlankNode, Literal, NamedNode, Quad, Triple, parse

from homegraph.graph import terms
from homegraph.graph.errors import SourceRejected
from homegraph.graph.findings import Finding
from homegraph.graph.terms import DCT, FOAF, RDF, RDFS, SKOS, VCARD, Terms
from homegraph.loaders.dataset_catalogue.kinds import SYNTAXES, without_mark

Node = NamedNode | BlankNode
Term = NamedNode | BlankNode | Literal
DEEPEST = 4
NESTED = 200  # elements of XML within each other
NAMES = (FOAF.name, VCARD.fn, SKOS.prefLabel, RDFS.label, DCT.title)
AGAIN = "It is cut off or damaged: fetch it again, or tell the publisher."
PREFIXES = {
    kind.iri: name.lower()
    for name, kind in sorted(vars(terms).items())
    if isinstance(kind, type) and issubclass(kind, Terms) and kind is not Terms
}


def read_quads(content: bytes, syntax: str, base: str, file: str) -> list[Quad]:
    """The statements of a document; raises SourceRejected, with the line, for a broken one."""
    content = without_mark(content)
    try:
        if syntax == "rdf":
            content = whole_xml(content)
        return list(
            parse(input=content, format=SYNTAXES[syntax], base_iri=base or None, lenient=True)
        )
    except expat.ExpatError as error:
        problem = f"the text is not XML: {expat.ErrorString(error.code)}"
        raise SourceRejected([Finding(problem, AGAIN, file, error.lineno)]) from None
    except (SyntaxError, ValueError) as error:
        line = error.lineno if isinstance(error, SyntaxError) else None
        said = re.sub(r"^Parser error at line .*?: ", "", str(error.args[0]))
        problem = f"the text is not {SYNTAXES[syntax].name}: {said}"
        raise SourceRejected([Finding(problem, AGAIN, file, line)]) from None


def whole_xml(content: bytes) -> bytes:
    """XML as UTF-8, after a look whether it ends where it should and its entities stay small.

    The parser of RDF takes a document that is cut off for a whole one, knows no other encoding,
    has no limit for entities that are made of entities, and takes a time that grows with the
    square of how deep elements are nested; expat does better in all four.
    """
    parser = expat.ParserCreate()
    encoding: list[str] = []
    depth = 0

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > NESTED:
            raise ValueError(f"more than {NESTED} elements stand within each other")

    def end(name: str) -> None:
        nonlocal depth
        depth -= 1

    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.XmlDeclHandler = lambda version, said, alone: encoding.append(said or "")
    parser.Parse(content, True)
    declared = "".join(encoding).casefold()
    if not content.startswith((b"\xfe\xff", b"\xff\xfe")) and declared in ("", "utf-8", "us-ascii"):
        return content
    text = content.decode("utf-16" if content[:1] in b"\xfe\xff" else declared)
    return re.sub(r"\A\s*<\?xml[^>]*\?>", "", text).encode()


def shown(predicate: NamedNode) -> str:
    """A property as people write it.

    >>> shown(DCT.license)
    'dct:license'
    """
    for iri, prefix in PREFIXES.items():
        if predicate.value.startswith(iri):
            return f"{prefix}:{predicate.value.removeprefix(iri)}"
    return f"<{predicate.value}>"


class Document:
    """All statements of a document by the thing that they are about."""

    def __init__(self, quads: Iterable[Quad]) -> None:
        self._said: dict[Term, dict[NamedNode, set[Term]]] = {}
        for quad in quads:
            if not isinstance(quad.subject, Triple) and not isinstance(quad.object, Triple):
                about = self._said.setdefault(quad.subject, {})
                about.setdefault(quad.predicate, set()).add(quad.object)
        self._prints: dict[tuple[Term, int], str] = {}

    def predicates(self) -> set[NamedNode]:
        """The properties by which anything is said."""
        return {predicate for about in self._said.values() for predicate in about}

    def about(self, node: Term) -> dict[NamedNode, set[Term]]:
        """What is said of a thing, by property."""
        return self._said.get(node, {})

    def values(self, node: Term, *predicates: NamedNode) -> list[Term]:
        """The values of some properties, those of the first property first."""
        about = self.about(node)
        return [one for way in predicates for one in self.in_order(about.get(way, ()))]

    def typed(self, *kinds: NamedNode) -> list[Node]:
        """The things of some kinds."""
        wanted = set(kinds)
        found = [node for node, about in self._said.items() if wanted & about.get(RDF.type, set())]
        return [node for node in self.in_order(found) if not isinstance(node, Literal)]

    def valued(self, *predicates: NamedNode) -> set[Term]:
        """What stands as the value of some properties, of whatever thing."""
        return {
            value
            for about in self._said.values()
            for predicate in predicates
            for value in about.get(predicate, ())
        }

    def in_order(self, nodes: Iterable[Term]) -> list[Term]:
        """Terms in an order that does not hang on the names a parser gives to blank nodes."""
        found = list(nodes)
        return sorted(found, key=self.told) if len(found) > 1 else found

    def told(self, node: Term) -> tuple[str, str]:
        """What tells a term from others: itself, or for a blank node what is said of it."""
        return ("", str(node)) if not isinstance(node, BlankNode) else ("_", self.print_of(node))

    def print_of(self, node: Term, deep: int = 0) -> str:
        """A digest of what is said of a blank node, and of the blank nodes that it leads to."""
        if not isinstance(node, BlankNode):
            return str(node)
        if deep >= DEEPEST:
            return "_:"
        if (node, deep) not in self._prints:
            lines = sorted(
                f"{predicate} {self.print_of(value, deep + 1)}"
                for predicate, values in self.about(node).items()
                for value in values
            )
            found = hashlib.sha256("\n".join(lines).encode()).hexdigest()
            self._prints[node, deep] = found
        return self._prints[node, deep]


class Subject:
    """One thing of a document; it remembers which of its properties somebody has read."""

    def __init__(self, document: Document, node: Term) -> None:
        self.document = document
        self.node = node
        self.read: set[NamedNode] = {RDF.type}

    @property
    def iri(self) -> str:
        """Its address, if it has one."""
        return self.node.value if isinstance(self.node, NamedNode) else ""

    @property
    def kinds(self) -> set[Term]:
        """Its classes."""
        return self.document.about(self.node).get(RDF.type, set())

    def values(self, *predicates: NamedNode) -> list[Term]:
        """The values of some properties."""
        self.read.update(predicates)
        return self.document.values(self.node, *predicates)

    def things(self, *predicates: NamedNode) -> list[Subject]:
        """The values of some properties, each to be read in turn."""
        return [Subject(self.document, value) for value in self.values(*predicates)]

    def texts(self, *predicates: NamedNode) -> list[str]:
        """The values of some properties as texts: literals, and addresses as they stand."""
        found = (value for value in self.values(*predicates) if not isinstance(value, BlankNode))
        return [value.value for value in found if value.value.strip()]

    def text(self, *predicates: NamedNode) -> str:
        """The first of such texts."""
        return next(iter(self.texts(*predicates)), "")

    def words(self, *predicates: NamedNode, language: str = "en") -> tuple[str, str]:
        """A text in a language, or in none, or in any; and the language it is in."""
        found = [one for one in self.values(*predicates) if isinstance(one, Literal)]
        best = sorted(found, key=lambda one: liked(one, language))
        text = next((one for one in best if one.value.strip()), None)
        return (text.value, text.language or "en") if text else ("", "")

    def local(self, *names: str) -> list[str]:
        """The texts of properties by their last word, whichever vocabulary they are from."""
        return self.texts(*self.called(*names))

    def local_things(self, *names: str) -> list[Subject]:
        """The values of properties by their last word, each to be read in turn."""
        return self.things(*self.called(*names))

    def called(self, *names: str) -> list[NamedNode]:
        """The properties said of it that end in one of some words."""
        about = self.document.about(self.node)
        found = [way for way in about if re.split("[#/]", way.value)[-1] in names]
        return sorted(found, key=str)

    def name(self) -> str:
        """What people call it: a literal is its own name."""
        if isinstance(self.node, Literal):
            return self.node.value
        return next((text for way in NAMES if (text := self.words(way)[0])), "")

    def unread(self) -> Iterator[NamedNode]:
        """The properties that nobody has read."""
        about = self.document.about(self.node)
        yield from sorted(about.keys() - self.read, key=str)


def liked(text: Literal, language: str) -> int:
    """How well a text suits a reader of a language; the smaller the better."""
    said = (text.language or "").casefold()
    return 0 if said.partition("-")[0] == language else 1 if not said else 2
