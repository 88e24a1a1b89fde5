"""Reads the words of a query: tokens, terms and expressions (SPARQL 1.1, 19.8)."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from itertools import count

from pyoxigraph import Literal, NamedNode, Quad, RdfFormat, Store, parse

from homegraph.endpoint.columns.syntax import (
    Constant,
    Expression,
    Group,
    NotRecognised,
)
from homegraph.endpoint.words import Token, tokens
from homegraph.graph.terms import XSD

ABSOLUTE = re.compile(r"<[A-Za-z][A-Za-z0-9+.\-]*:")
ONE_IRI = re.compile(r"<[^<>\"{}|^`\\\s]*>")
DOUBLES = {"&&", "||", "!=", "<=", ">=", "^^"}
AGGREGATES = {"COUNT", "SUM", "AVG", "MIN", "MAX", "SAMPLE", "GROUP_CONCAT"}
LEVELS = [{"||"}, {"&&"}, {"=", "!=", "<", ">", "<=", ">="}, {"+", "-"}, {"*", "/"}]
COMPARED = 2  # the level of comparisons, where IN stands too
CLAUSES = {"GROUP", "HAVING", "ORDER", "LIMIT", "OFFSET", "VALUES"}


def joined(text: str) -> list[Token]:
    """The tokens of a query, operators of two signs as one."""
    found: list[Token] = []
    for token in tokens(text):
        last = found[-1] if found else None
        if (
            last is not None
            and token.kind == last.kind == "other"
            and token.start == last.start + 1
            and last.text + token.text in DOUBLES
        ):
            found[-1] = Token("other", last.text + token.text, last.start)
        else:
            found.append(token)
    return found


class Reader(ABC):
    """A query being read; the token at hand is the next one."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = joined(text)
        self.at = 0
        self.prefixes: dict[str, str] = {}
        self.base = ""
        self.fresh = count()
        self.calls: set[str] = set()

    @abstractmethod
    def group(self) -> Group:
        """What stands between braces."""

    # Tokens

    @property
    def word(self) -> str:
        """The token at hand in capitals when it is a word, else as it is; nothing at the end."""
        if self.at >= len(self.tokens):
            return ""
        token = self.tokens[self.at]
        return token.text.upper() if token.kind == "word" else token.text

    @property
    def kind(self) -> str:
        """The kind of the token at hand."""
        return self.tokens[self.at].kind if self.at < len(self.tokens) else ""

    @property
    def start(self) -> int:
        """Where the token at hand starts."""
        return self.tokens[self.at].start if self.at < len(self.tokens) else len(self.text)

    @property
    def end(self) -> int:
        """Where the token before ended."""
        token = self.tokens[self.at - 1]
        return token.start + len(token.text)

    def take(self) -> str:
        """The token at hand, and go on."""
        word = self.word
        self.at += 1
        return word

    def maybe(self, *words: str) -> bool:
        """Go on if the token at hand is one of these."""
        if self.word in words and self.kind in {"word", "other"}:
            self.at += 1
            return True
        return False

    def insist(self, word: str) -> None:
        """Go on from this token; raises NotRecognised when it is another."""
        if not self.maybe(word):
            raise NotRecognised(f"{self.word!r} where {word!r} was expected")

    def take_name(self) -> str:
        """The name of a variable."""
        return self.take()[1:]

    def is_call(self) -> bool:
        """Whether a call of a function begins here."""
        if self.kind in {"iri", "name"}:
            return True
        behind = self.tokens[self.at + 1].text if self.at + 1 < len(self.tokens) else ""
        return self.kind == "word" and self.word not in CLAUSES and behind == "("

    # Terms

    def absolute(self, token: str) -> str:
        """An IRI in its brackets, resolved; raises NotRecognised for none, or a relative one."""
        if ABSOLUTE.match(token):
            return token
        if not token.startswith("<") or not self.base:
            raise NotRecognised(f"{token!r} is no whole IRI")
        quads = parse(f"<x:x> <x:x> {token} .".encode(), RdfFormat.TURTLE, base_iri=self.base[1:-1])
        return str(next(iter(quads)).object)

    def iri(self) -> str:
        """An IRI, whole or by its prefix."""
        kind, token = self.kind, self.take()
        if kind == "iri":
            return self.absolute(token)
        prefix, colon, local = token.partition(":")
        space = self.prefixes.get(prefix + colon)
        if kind != "name" or space is None or "\\" in local:
            raise NotRecognised(f"{token!r} is no IRI")
        return f"{space[:-1]}{local}>"

    def opened(self) -> str:
        """An IRI whose tokens are read apart, as it could be a comparison anywhere but here."""
        start = self.start
        found = ONE_IRI.match(self.text, start)
        if found is None:
            raise NotRecognised("'<' begins no term")
        while self.kind and self.start < found.end():
            self.at += 1
        return self.absolute(found[0])

    def constant(self) -> Constant:
        """An IRI or a literal, as the store would give it back."""
        kind = self.kind
        if kind in {"iri", "name"}:
            return Constant(self.iri())
        if kind == "other" and self.word == "<":
            return Constant(self.opened())
        sign = self.take() if self.word in {"+", "-"} and kind == "other" else ""
        kind, token = self.kind, self.take()
        if kind == "number":
            number = XSD.integer
            if "." in token:
                number = XSD.decimal
            if "E" in token.upper():
                number = NamedNode(f"{XSD.iri}double")
            return literal(Literal(sign + token, datatype=number))
        if kind == "word" and token in {"TRUE", "FALSE"}:
            return literal(Literal(token.lower(), datatype=XSD.boolean))
        if kind != "text":
            raise NotRecognised(f"{token!r} is no term that columns know")
        text = token
        if self.kind == "tag":
            text += self.take()
        elif self.maybe("^^"):
            text += "^^" + self.iri()
        quads = parse(f"<x:x> <x:x> {text} .".encode(), RdfFormat.TURTLE)
        found = next(iter(quads)).object
        assert isinstance(found, Literal)
        return literal(found)

    # Expressions

    def constraint(self) -> Expression:
        """What FILTER or HAVING asks."""
        return self.primary()

    def expression(self, level: int = 0) -> Expression:
        """An expression of operators that bind as tightly as `level`, or tighter."""
        if level == len(LEVELS):
            return self.unary()
        start = self.start
        left = self.expression(level + 1)
        while True:
            if self.kind == "other" and self.word in LEVELS[level]:
                sign = self.take()
                right = self.expression(level + 1)
                left = Expression(sign, (left, right), start, self.end)
            elif level == COMPARED and self.word in {"IN", "NOT"} and self.kind == "word":
                sign = "in" if self.take() == "IN" else "not in"
                if sign == "not in":
                    self.insist("IN")
                left = Expression(sign, (left, *self.arguments()), start, self.end)
            else:
                return left

    def unary(self) -> Expression:
        """A primary expression with a sign in front of it."""
        start = self.start
        if self.kind == "other" and self.word in {"!", "-", "+"}:
            sign = {"!": "!", "-": "negative", "+": "positive"}[self.take()]
            return Expression(sign, (self.unary(),), start, self.end)
        return self.primary()

    def primary(self) -> Expression:
        """A term, a call, or an expression in brackets."""
        start, kind = self.start, self.kind
        if kind == "variable":
            name = self.take_name()
            return Expression("variable", (), start, self.end, name)
        if self.maybe("("):
            inner = self.expression()
            self.insist(")")
            return Expression("()", (inner,), start, self.end)
        if kind == "word" and self.word in {"EXISTS", "NOT"}:
            negated = self.take() == "NOT"
            if negated:
                self.insist("EXISTS")
            group = self.group()
            name = "not exists" if negated else "exists"
            return Expression("exists", (), start, self.end, name, group=group)
        if kind == "word" and self.word not in {"TRUE", "FALSE"}:
            return self.call(self.take(), start)
        constant = self.constant()
        if constant.is_iri and self.word == "(":
            return self.call(constant.text, start)
        return Expression("constant", (), start, self.end, constant=constant)

    def call(self, name: str, start: int) -> Expression:
        """A function or an aggregate."""
        self.calls.add(name)
        if name not in AGGREGATES:
            return Expression("call", self.arguments(), start, self.end, name)
        self.insist("(")
        distinct = self.maybe("DISTINCT")
        parts: tuple[Expression, ...] = ()
        if not self.maybe("*"):
            parts = (self.expression(),)
        if self.maybe(";"):
            self.separator()
        self.insist(")")
        return Expression("aggregate", parts, start, self.end, name, distinct=distinct)

    def separator(self) -> None:
        """What GROUP_CONCAT puts between texts, which columns do not answer."""
        raise NotRecognised("GROUP_CONCAT has a separator")

    def arguments(self) -> tuple[Expression, ...]:
        """A list of expressions in brackets."""
        self.insist("(")
        found: list[Expression] = []
        if self.word == "DISTINCT":
            raise NotRecognised("a function of DISTINCT values")
        while not self.maybe(")"):
            found.append(self.expression())
            self.maybe(",")
        return tuple(found)


def literal(found: Literal) -> Constant:
    """A literal as the store gives it back: 007 is 7."""
    store, node = Store(), NamedNode("x:x")
    store.add(Quad(node, node, found))
    return Constant(str(next(iter(store)).object))
