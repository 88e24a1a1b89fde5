"""What clients send: JSON in a form or as a body, checked member by member.

Whatever is wrong is said with its place, as `q3: limit`, so that a client can be mended.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from homegraph.graph.errors import AskError, TooLong

BATCH = 1_000  # queries in one request, and things to extend
MOST_CANDIDATES, CANDIDATES = 50, 5  # for one query; unless it says how many
MOST_SUGGESTED, SUGGESTED = 100, 20
MOST_PROPERTIES = 25  # in one request
LONGEST = 500  # letters; no name is longer, so a longer text names nothing
DEEPEST = "it is nested too deeply"

Value = object


def parsed(text: str | bytes, what: str) -> Value:
    """What a text says in JSON; raises AskError."""
    try:
        return json.loads(text)
    except RecursionError as error:
        raise AskError(f"{what}: {DEEPEST}") from error
    except ValueError as error:
        raise AskError(f"{what} is no JSON: {type(error).__name__}") from error


def an_object(value: Value, at: str) -> Mapping[str, Value]:
    """A value that has to be an object; raises AskError."""
    if not isinstance(value, dict):
        raise AskError(f"{at} has to be an object, as {{...}}")
    return value


def a_list(value: Value, at: str) -> Sequence[Value]:
    """A value that has to be a list; raises AskError."""
    if not isinstance(value, list):
        raise AskError(f"{at} has to be a list, as [...]")
    return value


def a_text(value: Value, at: str) -> str:
    """A value that has to be a text; raises AskError."""
    if not isinstance(value, str):
        raise AskError(f"{at} has to be a text")
    return value


def a_flag(value: Value, at: str) -> bool:
    """A value that has to be true or false; raises AskError."""
    if not isinstance(value, bool):
        raise AskError(f"{at} has to be true or false")
    return value


def a_limit(value: Value, at: str) -> int:
    """How many candidates are asked for, up to the most there are; raises AskError.

    Clients send 0 or null for no limit (OpenRefine), and whole numbers as 5.0.
    """
    if value is None or (value == 0 and not isinstance(value, bool)):
        return CANDIDATES
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value:
        raise AskError(f"{at} has to be a number from 1 up")
    if value < 1:
        raise AskError(f"{at} has to be a number from 1 up")
    return int(min(value, MOST_CANDIDATES))


def one_of(value: Value, known: Sequence[str], at: str) -> str:
    """A value that has to be one of some words; raises AskError."""
    if value not in known:
        raise AskError(f"{at} has to be one of {', '.join(known)}")
    return str(value)


def only(given: Mapping[str, Value], known: Sequence[str], at: str) -> None:
    """Insist that an object has no member that nobody reads; raises AskError."""
    for name in given:
        if name not in known:
            error = AskError(f"{at} has a member {name[:50]!r} that this version does not know")
            error.add_note(f"It may have {', '.join(known)}.")
            raise error


def values(given: Value, at: str) -> list[str]:
    """The values of a property, one or several, each as a text; raises AskError.

    One that was reconciled before is an object, whose identifier tells it best.
    """
    found = []
    for value in given if isinstance(given, list) else [given]:
        if isinstance(value, dict):
            found.append(a_text(value.get("id"), f"{at}: id"))
        elif isinstance(value, bool):
            found.append(str(value).lower())
        elif isinstance(value, str | int | float):
            found.append(str(value))
        else:
            raise AskError(f"{at} has to be a text, a number, true, false, or an object with an id")
    return found


def insist_on_size(count: int, most: int, unit: str) -> None:
    """Raise TooLong for more than a request may ask."""
    if count > most:
        raise TooLong(most, unit)


def whole(text: str | None, at: str, unless: int, most: int) -> int:
    """A number of the query string, up to a most; raises AskError."""
    if text is None:
        return unless
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise AskError(f"{at} has to be a whole number")
    return min(int(text), most)
