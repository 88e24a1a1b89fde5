"""The servers that queries may call: asked before the engine is, within limits, and no others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING

from pyoxigraph import QueryBoolean, QueryResultsFormat, parse_query_results

from homegraph.endpoint.federation.calls import UNREADABLE, Call, pointed
from homegraph.graph.errors import FetchFailed, Refused, ServiceFailed

if TYPE_CHECKING:
    from homegraph.endpoint.federation.relay import Kept

ACCEPT = "application/sparql-results+json, application/sparql-results+xml;q=0.9"
FORMS = {
    "application/sparql-results+json": QueryResultsFormat.JSON,
    "application/json": QueryResultsFormat.JSON,
    "application/sparql-results+xml": QueryResultsFormat.XML,
}
NO_SERVICE = "SERVICE is not allowed: the list of servers that this deployment may call is empty"
MOST_CALLS = 10


@dataclass(frozen=True)
class Servers:
    """The addresses that may be called, letter for letter.

    `seconds` and `most_bytes` are for all that one query gets from them. They see the part of a
    query within SERVICE, and nothing of what is here.
    """

    addresses: tuple[str, ...] = ()
    seconds: float = 10.0
    most_bytes: int = 20_000_000

    def check(self, calls: Sequence[Call]) -> None:
        """Raise Refused unless every call is of a server of the list."""
        if not calls:
            return
        if not self.addresses:
            raise Refused(NO_SERVICE)
        for call in calls:
            if call.address not in self.addresses:
                raise refusal(call, self.addresses)
        if len(calls) > MOST_CALLS:
            raise Refused(f"a query may call other servers {MOST_CALLS} times, not {len(calls)}")

    def answered(self, text: str, calls: Sequence[Call]) -> str:
        """The query with its calls answered: they lead to what the servers gave.

        Raises Refused, and ServiceFailed when a server did not answer and the call is not SILENT.
        """
        self.check(calls)
        if not calls:
            return text
        from homegraph.endpoint.federation.relay import Kept, relay  # here, as few queries call

        end, left = monotonic() + self.seconds, self.most_bytes
        known: dict[tuple[str, str], Kept | ServiceFailed] = {}
        answers: list[Kept | None] = []
        for call in calls:
            key = call.address, call.query
            if key not in known:
                known[key] = fetched(call, end - monotonic(), left)
            found = known[key]
            if isinstance(found, Kept):
                left -= len(found.content)
                answers.append(found)
            elif call.silent:
                answers.append(None)
            else:
                raise found
        return pointed(text, calls, relay().put(answers))


NOBODY = Servers()


def refusal(call: Call, allowed: Sequence[str]) -> Refused:
    """Why a call is not made, and which would be."""
    if call.address == UNREADABLE:
        said = "SERVICE has to name a server by its whole address, outside other SERVICE clauses"
    else:
        said = f"SERVICE may not call {call.address} here"
    error = Refused(said)
    error.add_note(f"These may be called: {' '.join(f'<{one}>' for one in allowed)}.")
    return error


def fetched(call: Call, seconds: float, most_bytes: int) -> Kept | ServiceFailed:
    """What a server answers, or why that cannot be used."""
    from homegraph.endpoint.federation.relay import Kept
    from homegraph.graph.web import answer_to_form  # here, with requests: 0.06 s

    if seconds <= 0:
        return ServiceFailed(f"{call.address}: no time was left to ask it")
    form = {"query": call.query}
    try:
        media_type, content = answer_to_form(
            call.address, form, ACCEPT, most_bytes=most_bytes, seconds=seconds
        )
    except FetchFailed as error:
        return ServiceFailed(str(error))
    form_of_results = FORMS.get(media_type)
    if form_of_results is None:
        said = repr(media_type[:80]) if media_type else "nothing that says what it is"
        return ServiceFailed(f"{call.address}: it answered with {said}, not with results of SPARQL")
    problem = fault_of(content, form_of_results)
    if problem:
        return ServiceFailed(f"{call.address}: its results cannot be read: {problem}")
    return Kept(form_of_results.media_type, content)


def fault_of(content: bytes, form: QueryResultsFormat) -> str:
    """What is wrong with results, if anything is; they are read to their end."""
    try:
        found = parse_query_results(content, form)
        if isinstance(found, QueryBoolean):
            return "they are yes or no, not rows"
        for _ in found:
            pass
    except (SyntaxError, ValueError, OSError) as error:
        return str(error)
    return ""
