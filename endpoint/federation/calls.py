"""The calls of other servers that a query makes with SERVICE, as its words show them.

A call that can be made is written `SERVICE <address> { ... }` or `SERVICE SILENT <address> { ... }`
outside other calls. All other calls have an address that is no server's: nobody allows them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from homegraph.endpoint.words import ESCAPED, PROLOGUE, Token

UNREADABLE = ""  # the address of a call that cannot be made


@dataclass(frozen=True, slots=True)
class Call:
    """One SERVICE clause.

    `address` is letter for letter as it is written; `head` is where the tokens before the group
    begin and end, of which it is the last. `query` is what is asked there.
    """

    address: str
    head: tuple[tuple[int, int], ...] = ()
    silent: bool = False
    query: str = ""


def calls_of(text: str, found: Sequence[Token]) -> tuple[Call, ...]:
    """The calls of a query whose tokens were found, in order."""
    places = [place for place, token in enumerate(found) if is_service(token)]
    if places and re.search(ESCAPED, text):
        # What a codepoint escape stands for may change where words and texts end.
        return (Call(UNREADABLE),)
    made: list[Call] = []
    last = -1  # the token that ends the call before
    for place in places:
        call, end = call_at(text, found, place)
        made.append(Call(UNREADABLE) if place < last else call)
        last = max(last, end)
    return tuple(made)


def is_service(token: Token) -> bool:
    """Whether a token is the keyword."""
    return token.kind == "word" and token.text.upper() == "SERVICE"


def call_at(text: str, found: Sequence[Token], place: int) -> tuple[Call, int]:
    """The call whose keyword is at a place, and the place of the bracket that ends it."""
    after = [token.text.upper() for token in found[place + 1 : place + 2]]
    silent = after == ["SILENT"]
    at = place + 1 + silent
    if at + 1 >= len(found) or found[at].kind != "iri" or found[at + 1].text != "{":
        return Call(UNREADABLE), place
    end = closing(found, at + 1)
    if end is None:
        return Call(UNREADABLE), place
    group = text[found[at + 1].start : found[end].start + 1]
    asked = f"{prologue(text, found)}SELECT * {group}"
    head = ((one.start, one.start + len(one.text)) for one in found[place : at + 1])
    return Call(found[at].text[1:-1], tuple(head), silent, asked), end


def closing(found: Sequence[Token], opening: int) -> int | None:
    """The place of the bracket that closes the one at a place, if there is one."""
    depth = 0
    for place in range(opening, len(found)):
        if found[place].kind == "other":
            depth += (found[place].text == "{") - (found[place].text == "}")
        if not depth:
            return place
    return None


def prologue(text: str, found: Sequence[Token]) -> str:
    """What is declared before the query begins."""
    words = (token for token in found if token.kind == "word")
    first = next((token for token in words if token.text.upper() not in PROLOGUE), None)
    return text[: first.start] if first else ""


def without(text: str, calls: Sequence[Call]) -> str:
    """The text with blanks for the tokens before the group of each call, and only for those.

    What is left are groups, so it parses where the query does; places stay the same.
    """
    for start, end in (span for call in calls for span in call.head):
        text = text[:start] + " " * (end - start) + text[end:]
    return text


def pointed(text: str, calls: Sequence[Call], addresses: Sequence[str]) -> str:
    """The text with other addresses in the calls, one for each."""
    for call, address in reversed(list(zip(calls, addresses, strict=True))):
        opens, closes = call.head[-1]
        text = f"{text[:opens]}<{address}>{text[closes:]}"
    return text
