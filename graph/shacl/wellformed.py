"""What stands on a shape, read as what SHACL wants it to be (SHACL appendix B)."""

from __future__ import annotations

from homegraph.graph.shacl.terms import INTEGERS, STRING, is_ill_typed, is_iri, is_literal, parts
from homegraph.graph.terms import SH, XSD


class CannotRun(Exception):
    """A shape has something that our own engine does not do."""


def sh(name: str) -> str:
    """A property of SHACL."""
    return f"<{SH.iri}{name}>"


def truth(term: str) -> bool:
    """A truth value; raises CannotRun for anything else."""
    if is_literal(term):
        literal = parts(term)
        if literal.datatype == XSD.boolean.value and not is_ill_typed(literal):
            return literal.lexical in ("true", "1")
    raise CannotRun(f"{term} is neither true nor false")


def whole(term: str) -> int:
    """A whole number; raises CannotRun for anything else."""
    if is_literal(term):
        literal = parts(term)
        if literal.datatype in INTEGERS and not is_ill_typed(literal):
            return int(literal.lexical)
    raise CannotRun(f"{term} is not a whole number")


def an_iri(term: str) -> str:
    """An IRI; raises CannotRun for anything else."""
    if not is_iri(term):
        raise CannotRun(f"{term} is not an IRI")
    return term


def a_literal(term: str) -> str:
    """A literal; raises CannotRun for anything else."""
    if not is_literal(term):
        raise CannotRun(f"{term} is not a literal")
    return term


def a_string(term: str) -> str:
    """A text without language; raises CannotRun for anything else."""
    literal = parts(a_literal(term))
    if literal.datatype != STRING:
        raise CannotRun(f"{term} is not an xsd:string")
    return literal.lexical
