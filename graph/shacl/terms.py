"""Terms as N-Triples text, and what SHACL asks of one: its parts, its form, and its order.

Text in canonical N-Triples form is a quicker dictionary key than a term object, and two terms
are equal when their texts are. Parts and comparisons are remembered, within bounds.
"""

from __future__ import annotations

import re
from calendar import monthrange
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from pyoxigraph import BlankNode, Literal, NamedNode, RdfFormat, Store, parse

from homegraph.graph.terms import RDF, XSD

STRING, LANG_STRING = XSD.string.value, f"{RDF.iri}langString"
# Integer types with their bounds (XML Schema 1.1 part 2, section 3.4).
BOUNDS: dict[str, tuple[int | None, int | None]] = {
    "integer": (None, None),
    "nonPositiveInteger": (None, 0),
    "negativeInteger": (None, -1),
    "nonNegativeInteger": (0, None),
    "positiveInteger": (1, None),
    "long": (-(1 << 63), (1 << 63) - 1),
    "int": (-(1 << 31), (1 << 31) - 1),
    "short": (-(1 << 15), (1 << 15) - 1),
    "byte": (-(1 << 7), (1 << 7) - 1),
    "unsignedLong": (0, (1 << 64) - 1),
    "unsignedInt": (0, (1 << 32) - 1),
    "unsignedShort": (0, (1 << 16) - 1),
    "unsignedByte": (0, (1 << 8) - 1),
}
INTEGERS = {XSD.iri + name: bounds for name, bounds in BOUNDS.items()}
ZONE = r"(?:Z|[+-](?:0[0-9]|1[0-3]):[0-5][0-9]|[+-]14:00)"
YEAR = r"(?P<year>-?(?:[1-9][0-9]{3,}|0[0-9]{3}))"
MONTH, DAY = r"(?P<month>0[1-9]|1[0-2])", r"(?P<day>0[1-9]|[12][0-9]|3[01])"
TIME = r"(?:(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]+)?|24:00:00(?:\.0+)?)"
YEARS = r"(?:[0-9]+Y)?(?:[0-9]+M)?"
DAYS = r"(?:[0-9]+D)?(?:T(?=[0-9])(?:[0-9]+H)?(?:[0-9]+M)?(?:[0-9]+(?:\.[0-9]+)?S)?)?"
DECIMAL = r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)"
DOUBLE = rf"{DECIMAL}(?:[eE][+-]?[0-9]+)?|[+-]?INF|NaN"
SIX_BITS = "[A-Za-z0-9+/] ?"
# Lexical forms of datatypes (XML Schema 1.1 part 2, section 3.3).
FORMS = {
    XSD.iri + name: re.compile(form)
    for name, form in {
        **dict.fromkeys(BOUNDS, r"[+-]?[0-9]+"),
        "boolean": r"true|false|0|1",
        "decimal": DECIMAL,
        "double": DOUBLE,
        "float": DOUBLE,
        "date": f"{YEAR}-{MONTH}-{DAY}{ZONE}?",
        "dateTime": f"{YEAR}-{MONTH}-{DAY}T{TIME}{ZONE}?",
        "dateTimeStamp": f"{YEAR}-{MONTH}-{DAY}T{TIME}{ZONE}",
        "time": f"{TIME}{ZONE}?",
        "gYear": f"{YEAR}{ZONE}?",
        "gYearMonth": f"{YEAR}-{MONTH}{ZONE}?",
        "gMonth": f"--{MONTH}{ZONE}?",
        "gDay": f"---{DAY}{ZONE}?",
        "gMonthDay": f"--{MONTH}-{DAY}{ZONE}?",
        "duration": f"-?P(?=[0-9T]){YEARS}{DAYS}",
        "dayTimeDuration": f"-?P(?=[0-9T]){DAYS}",
        "yearMonthDuration": f"-?P(?=[0-9]){YEARS}",
        "hexBinary": r"(?:[0-9a-fA-F]{2})*",
        "base64Binary": f"(?:(?:{SIX_BITS}){{4}})*"
        f"(?:(?:{SIX_BITS}){{2}}= ?=|(?:{SIX_BITS}){{3}}=)?",
        "language": r"[a-zA-Z]{1,8}(?:-[a-zA-Z0-9]{1,8})*",
    }.items()
}
LEAP_YEAR = 2000  # stands for every year, where a day has a month but no year
ESCAPED = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.))", re.DOTALL)
SHORT = {"t": "\t", "b": "\b", "n": "\n", "r": "\r", "f": "\f"}
NO_DATA = Store()


class Parts(NamedTuple):
    """A literal taken apart."""

    lexical: str
    datatype: str
    language: str


def is_iri(term: str) -> bool:
    """Whether a term is an IRI."""
    return term[0] == "<"


def is_blank(term: str) -> bool:
    """Whether a term is a blank node."""
    return term[0] == "_"


def is_literal(term: str) -> bool:
    """Whether a term is a literal."""
    return term[0] == '"'


@lru_cache(maxsize=1 << 14)
def parts(literal: str) -> Parts:
    """Take a literal apart.

    >>> parts('"chat"@fr').language
    'fr'
    """
    end = literal.rindex('"')
    lexical, rest = literal[1:end], literal[end + 1 :]
    if "\\" in lexical:
        lexical = ESCAPED.sub(unescaped, lexical)
    if rest[:1] == "@":
        return Parts(lexical, LANG_STRING, rest[1:])
    return Parts(lexical, rest[3:-1] or STRING, "")


def unescaped(match: re.Match[str]) -> str:
    """The letter that an escape stands for."""
    code = match[1] or match[2]
    return chr(int(code, 16)) if code else SHORT.get(match[3], match[3])


def text(term: str) -> str | None:
    """What SPARQL's STR gives: the IRI or the lexical form; None for a blank node."""
    if term[0] == "<":
        return term[1:-1]
    return parts(term).lexical if term[0] == '"' else None


def as_term(term: str) -> NamedNode | BlankNode | Literal:
    """The pyoxigraph term of a text."""
    if term[0] == "<":
        return NamedNode(term[1:-1])
    if term[0] == "_":
        return BlankNode(term[2:])
    found = next(parse(input=f"<a:a> <a:a> {term} .", format=RdfFormat.N_TRIPLES)).object
    if not isinstance(found, Literal):
        raise TypeError(f"{term} is not a literal")
    return found


def is_ill_typed(literal: Parts) -> bool:
    """Whether a lexical form is not one of its datatype's (RDF 1.1 Concepts, section 3.3).

    >>> is_ill_typed(parts('"2023-02-29"^^<http://www.w3.org/2001/XMLSchema#date>'))
    True
    """
    form = FORMS.get(literal.datatype)
    if form is None:
        return False  # a datatype that we do not know says nothing of its forms
    found = form.fullmatch(literal.lexical)
    if found is None:
        return True
    if literal.datatype in INTEGERS:
        low, high = INTEGERS[literal.datatype]
        number = Decimal(literal.lexical)  # int() refuses more than 4300 digits
        return (low is not None and number < low) or (high is not None and number > high)
    there = found.groupdict()
    if there.get("day") and there.get("month"):
        year = int(there.get("year") or LEAP_YEAR)
        # The calendar repeats every 400 years; Python's begins with year 1.
        return int(there["day"]) > monthrange(year % 400 + 400, int(there["month"]))[1]
    return literal.lexical in ("P", "-P")


@lru_cache(maxsize=1 << 14)
def is_below(one: str, other: str, or_equal: bool) -> bool:
    """Whether SPARQL finds one term less than another; False where they cannot be compared.

    (SHACL 4.3 and 4.5.3; SPARQL 1.1, section 17.3.) Oxigraph decides what is not a whole or
    decimal number.

    >>> is_below('"2"^^<http://www.w3.org/2001/XMLSchema#integer>',
    ...          '"10"^^<http://www.w3.org/2001/XMLSchema#integer>', False)
    True
    """
    if one[0] != '"' or other[0] != '"':
        return False
    first, second = number(parts(one)), number(parts(other))
    if first is not None and second is not None:
        return first <= second if or_equal else first < second
    operator = "<=" if or_equal else "<"
    return bool(NO_DATA.query(f"ASK {{ FILTER({one} {operator} {other}) }}"))


def number(literal: Parts) -> Decimal | None:
    """The value of a whole or decimal number; None for anything else."""
    if literal.datatype not in INTEGERS and literal.datatype != XSD.decimal.value:
        return None
    return None if is_ill_typed(literal) else Decimal(literal.lexical)


def matcher(pattern: str, flags: str) -> re.Pattern[str]:
    """A pattern of SPARQL's REGEX (XPath functions 3.1, section 5.6.1), in Python's words.

    Raises ValueError for one that Python does not know.

    >>> bool(matcher("^a$", "").search("a"))
    True
    """
    known = {"i": re.IGNORECASE, "m": re.MULTILINE, "s": re.DOTALL, "x": re.VERBOSE}
    if set(flags) - {*known, "q"}:
        raise ValueError(f"flags {flags!r}")
    if "q" in flags:
        pattern = re.escape(pattern)
    elif "m" not in flags:
        pattern = only_at_the_end(pattern)
    together = re.NOFLAG
    for flag in set(flags) - {"q"}:
        together |= known[flag]
    try:
        return re.compile(pattern, together)
    except re.error as error:
        raise ValueError(f"pattern {pattern!r}: {error}") from error


def only_at_the_end(pattern: str) -> str:
    r"""Python's $ matches before a last line end too; XPath's does not.

    >>> only_at_the_end("[$]a$")
    '[$]a\\Z'
    """
    return re.sub(
        r"\\.|\[(?:\\.|[^\]\\])*\]|\$",
        lambda found: r"\Z" if found[0] == "$" else found[0],
        pattern,
        flags=re.DOTALL,
    )
