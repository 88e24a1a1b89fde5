"""What kind of catalogue a file is: told by what it holds, since names and media types mislead."""

from __future__ import annotations

import json
import re
from typing import Any
from xml.parsers import expat

from pyoxigraph import RdfFormat

OAI, DATA_JSON, PAGE, OTHER = "oai-pmh", "data.json", "html", "other"
SYNTAXES = {
    "ttl": RdfFormat.TURTLE,  # N-Triples is Turtle too
    "rdf": RdfFormat.RDF_XML,
    "jsonld": RdfFormat.JSON_LD,
}
KINDS = (
    "DCAT as Turtle, N-Triples, RDF/XML or JSON-LD, data.json (DCAT-US: a list, or an object with "
    "the key dataset), OAI-PMH answers (XML)"
)
TURTLE = re.compile(rb"(?i)@prefix\b|@base\b|prefix\s+[\w.-]*:\s*<|base\s*<|<[a-z][a-z0-9+.-]*:|_:")
MARKUP = re.compile(rb"<(\?xml|!--|!DOCTYPE|[A-Za-z_][\w.-]*(:[\w.-]+)?[\s/>])", re.IGNORECASE)
# Fields by which a list of datasets is told from a list of anything else that has titles.
TELLING = {"identifier", "distribution", "accessLevel", "publisher", "contactPoint", "keyword"}
RDF_NAMESPACE = b"22-rdf-syntax-ns#"
LONGEST_START = 1 << 16


def kind_of(content: bytes) -> str:
    """One of the keys of SYNTAXES, or OAI, DATA_JSON, PAGE, OTHER.

    >>> kind_of(b"# today\\n@prefix dcat: <urn:x> ."), kind_of(b'[{"title": "A", "keyword": []}]')
    ('ttl', 'data.json')
    """
    content = without_mark(content)
    start = re.sub(rb"\A(\s+|#[^\n]*\n)+", b"", content[:LONGEST_START])
    if start.startswith((b"{", b"[")):
        kind = kind_of_json(content)
        return "ttl" if kind == OTHER and start.startswith(b"[") and b"@prefix" in start else kind
    if MARKUP.match(start) and not re.match(rb"<[\w.+-]+:[^\s<>]*>", start):
        return kind_of_markup(content)
    return "ttl" if TURTLE.match(start) else OTHER


def without_mark(content: bytes) -> bytes:
    """The content without the mark that some editors write before UTF-8."""
    return content.removeprefix(b"\xef\xbb\xbf")


def kind_of_json(content: bytes) -> str:
    """Tell data.json from JSON-LD, and both from what CKAN says."""
    try:
        said: Any = json.loads(content)
    except (ValueError, RecursionError):
        return OTHER
    if isinstance(said, dict):
        if isinstance(said.get("dataset"), list) and "@graph" not in said:
            return DATA_JSON
        return "jsonld" if said.keys() & {"@context", "@graph", "@id"} else OTHER
    if not isinstance(said, list) or not said or not all(isinstance(one, dict) for one in said):
        return OTHER
    if any("title" in one and one.keys() & TELLING and "@context" not in one for one in said):
        return DATA_JSON
    return (
        "jsonld"
        if any(one.keys() & {"@context", "@graph", "@id", "@type"} for one in said)
        else OTHER
    )


def kind_of_markup(content: bytes) -> str:
    """Tell by the outermost element; RDF/XML may begin with that of any one thing."""
    found: list[str] = []
    parser = expat.ParserCreate()
    parser.StartElementHandler = lambda name, _: found.append(name.rpartition(":")[2])
    try:
        for start in range(0, len(content), LONGEST_START):
            parser.Parse(content[start : start + LONGEST_START], False)
            if found:
                break
    except expat.ExpatError:
        pass
    root = found[0] if found else ""
    if root == "OAI-PMH":
        return OAI
    if root == "RDF":
        return "rdf"
    if root.casefold() == "html" or re.search(rb"(?i)<(!doctype )?html", content[:2000]):
        return PAGE
    return "rdf" if root and RDF_NAMESPACE in content[:LONGEST_START] else OTHER
