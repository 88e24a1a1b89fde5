"""Filters that look into texts: whether one holds, begins or ends with another, in any case.

They are said in SQL where texts are many. Of letters beyond ASCII, SQL and Oxigraph may have
different capitals, so where case does not matter, texts with such letters are Oxigraph's to judge.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from homegraph.endpoint.columns.syntax import Expression, bare

WORDS = {"CONTAINS": "contains", "STRSTARTS": "starts_with", "STRENDS": "ends_with"}
CASES = {"LCASE": "lower", "UCASE": "upper"}
PLAIN = re.compile(r'"([^"\\]*)"')  # a literal without language, type and escapes
# A regular expression that is a text, where it may have to begin.
LITERAL = re.compile(r'"(\^?)([A-Za-z0-9 ,_-]+)"')
ANY_CASE = '"i"'


@dataclass(frozen=True)
class Sought:
    """A text that is looked for in the values of a variable; `case` is SQL, nothing for as is."""

    variable: str
    word: str
    text: str
    case: str = ""
    by_value: bool = False  # STR(?x), which has a text for IRIs and numbers, too

    @property
    def condition(self) -> str:
        """The condition on `value` in SQL; where case is left out, of texts in ASCII only."""
        text = self.text.replace("'", "''")
        if not self.case:
            return f"{self.word}(value, '{text}')"
        return f"strlen(value) = length(value) AND {self.word}({self.case}(value), '{text}')"


def sought(asked: Expression) -> Sought | None:
    """What a filter looks for, if it is one of those."""
    asked = bare(asked)
    if asked.kind != "call":
        return None
    if asked.name == "REGEX":
        return by_regex(asked)
    if asked.name not in WORDS:
        return None
    where, what = map(bare, asked.parts)
    case = ""
    if where.kind == "call" and where.name in CASES:
        case = CASES[where.name]
        where = bare(where.parts[0])
    text = constant(what)
    if text is None or (case and not text.isascii()):
        return None
    return of_variable(where, WORDS[asked.name], text, case)


def by_regex(asked: Expression) -> Sought | None:
    """What REGEX looks for where its pattern is a text."""
    where, pattern, *flags = map(bare, asked.parts)
    found = LITERAL.fullmatch(pattern.constant.text) if pattern.constant else None
    if found is None or (flags and (not flags[0].constant or flags[0].constant.text != ANY_CASE)):
        return None
    text = found[2].lower() if flags else found[2]
    word = WORDS["STRSTARTS" if found[1] else "CONTAINS"]
    return of_variable(where, word, text, "lower" if flags else "")


def of_variable(where: Expression, word: str, text: str, case: str) -> Sought | None:
    """What is looked for, if it is in a variable or its STR."""
    by_value = where.kind == "call" and where.name == "STR"
    if by_value:
        where = bare(where.parts[0])
    return Sought(where.name, word, text, case, by_value) if where.kind == "variable" else None


def constant(what: Expression) -> str | None:
    """The text that is looked for; None where it is no plain one."""
    case = ""
    if what.kind == "call" and what.name in CASES:
        case, what = what.name, bare(what.parts[0])
    found = PLAIN.fullmatch(what.constant.text) if what.constant else None
    if found is None or (case and not found[1].isascii()):
        return None
    text = found[1]
    return {"LCASE": text.lower(), "UCASE": text.upper()}.get(case, text)
