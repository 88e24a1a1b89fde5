"""Every way homegraph refuses, by whose fault it is; `advice` says what to do next.

HomegraphError                exit 1   HTTP 500
├─ MetadataError              exit 2            our own metadata, vocabulary or configuration
│   ├─ UnknownSource                            no folder in loaders/ has that name
│   ├─ LoaderFailed                             the loader of a confidential source has a fault
│   └─ LinkMisfit                               what is to be linked is not in the table
├─ SourceError                exit 3            the publisher's files
│   ├─ SourceRejected                           rows that break the rules, listed as findings
│   │   ├─ TableRejected                        a table that cannot be linked as it was told
│   │   └─ CorrectionsRejected                  decisions on links that cannot be taken in
│   └─ FetchFailed                              a file or address that cannot be read
├─ ReleaseError               exit 4            we would publish something wrong, or cannot
│   ├─ ShapesViolated                           a rule in shapes/ is broken
│   ├─ CountsDiffer                             records in are not records out plus refused
│   ├─ ReleaseTampered                          a file of a release is not what was sealed
│   ├─ NoRelease                                there is nothing to serve or compare
│   ├─ WorkerLost                               a process of the build was ended from outside
│   ├─ HomeBusy                                 another build works in this home
│   └─ HomeUnusable                             the disk is full, or the home is read-only
└─ AskError                   exit 5   HTTP 400 the question
    ├─ BadQuery                        400
    ├─ Refused                         403
    ├─ OnlyInColumns                   501      the store has no part of what is asked of
    ├─ NotFound                        404
    ├─ NotAllowed                      405
    ├─ NotAcceptable                   406
    ├─ UnsupportedMedia                415
    ├─ SlowClient                      408      the request did not come whole in time
    ├─ TooLarge                        413      the answer is larger than the limit
    ├─ TooLong                         413      the request is larger than the limit
    ├─ TooMany                         429      this client asks too much at once
    ├─ ServiceFailed                   502      another server that the query calls failed
    └─ Stopped                         503      it would have answered, given more
        ├─ TooSlow                              it took longer than the limit
        ├─ TooHungry                            it took more memory than the limit
        └─ Busy                                 the server is full, closing, or has lost a worker
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from homegraph.graph.findings import Finding


class HomegraphError(Exception):
    """The root: everything homegraph raises on purpose."""

    exit_code: ClassVar[int] = 1
    status: ClassVar[int] = 500
    advice: ClassVar[str] = ""


class MetadataError(HomegraphError):
    """Our own metadata, vocabulary or configuration is wrong."""

    exit_code = 2
    advice = "Correct the file that is named; it is part of homegraph or of your configuration."


class UnknownSource(MetadataError):
    """No source has that name."""

    advice = "Choose one of these; `homegraph sources` says what each reads."


class LoaderFailed(MetadataError):
    """The loader of a confidential source has a fault; what it was reading is not repeated."""

    advice = "The place in the code is all that is told, because the records are confidential."


class LinkMisfit(MetadataError):
    """What is to be linked, or how, does not fit the table or the release."""

    advice = "`homegraph link --help` has examples; without --column it proposes what to link."


class SourceError(HomegraphError):
    """The publisher's files are not what the source promises."""

    exit_code = 3


class SourceRejected(SourceError):
    """A source has rows that break the rules; `findings` lists them."""

    advice = "Nothing was released. Correct the rows above in the source file and run again."

    def __init__(self, findings: Sequence[Finding]) -> None:
        self.findings = list(findings)
        super().__init__("\n".join(str(finding) for finding in self.findings))


class TableRejected(SourceRejected):
    """A table that somebody wants linked has faults, or not what is to be linked."""

    advice = "Nothing was written. Mend that, and run again."


class CorrectionsRejected(SourceRejected):
    """Decisions on what texts stand for cannot be taken in; `findings` lists them."""

    advice = "Nothing was remembered. Correct the rows above in that file, and run again."


class FetchFailed(SourceError):
    """A file or address cannot be read."""

    advice = "Check the path or address, and that you may read it; then run again."

    def __init__(self, message: str, answered: int = 0) -> None:
        super().__init__(message)
        self.answered = answered  # the status that a server gave, or 0


class ReleaseError(HomegraphError):
    """We would publish something wrong, or cannot publish."""

    exit_code = 4


class ShapesViolated(ReleaseError):
    """A rule in shapes/ is broken."""

    advice = "Mend what the report lists, and build again. The current release is untouched."


class CountsDiffer(ReleaseError):
    """Records in are not records out plus refused, or not as many as the source promises."""

    advice = (
        "Check that every file is there and whole; if so, the loader or its metadata.ttl is wrong. "
        "The current release is untouched."
    )


class ReleaseTampered(ReleaseError):
    """A file of a release is not what was sealed."""

    advice = "Do not serve it. Roll back to another release, or build again."


class NoRelease(ReleaseError):
    """There is nothing to serve or compare."""

    advice = "Run `homegraph build`, or `homegraph releases` to see what there is."


class HomeBusy(ReleaseError):
    """Another build works in this home."""

    advice = "Wait for the other build to finish, then run again."


class WorkerLost(ReleaseError):
    """A process of the build was ended from outside."""

    advice = "The system may have run out of memory; the current release is untouched."


class HomeUnusable(ReleaseError):
    """The disk is full, or the home cannot be written."""

    advice = "Make room or choose another --home; the current release is untouched."


class AskError(HomegraphError):
    """The question cannot be answered as asked."""

    exit_code = 5
    status = 400


class BadQuery(AskError):
    """The query is not SPARQL; `line` and `column` point at the first wrong place if known."""

    advice = "Correct the query at the position given."

    def __init__(self, message: str, line: int | None = None, column: int | None = None) -> None:
        super().__init__(message)
        self.line = line
        self.column = column


class Refused(AskError):
    """The question is understood, and not allowed here."""

    status = 403
    advice = "Only what reads can be asked here, and only of what is here."


class OnlyInColumns(AskError):
    """What is asked of is kept in columns only, which cannot answer this."""

    status = 501
    advice = (
        "Ask with patterns whose properties are named, without GRAPH and FROM, and for fewer rows: "
        "count and group them, or begin at a named thing. All statements are files of /dumps/."
    )


class NotFound(AskError):
    """Nothing is known by that name."""

    status = 404


class NotAllowed(AskError):
    """This address does not take that method; `allow` lists those it takes."""

    status = 405
    advice = "Nothing can be written here; use one of the methods in the header Allow."

    def __init__(self, method: str, allow: str) -> None:
        super().__init__(f"{method} is not allowed here; {allow} are")
        self.allow = allow


class NotAcceptable(AskError):
    """None of the formats the client accepts is offered."""

    status = 406
    advice = "Ask for one of the formats listed, or leave the Accept header out."


class UnsupportedMedia(AskError):
    """The body is in a form that the protocol does not have."""

    status = 415


class TooLarge(AskError):
    """The answer is larger than the limit; nothing of it is sent."""

    status = 413
    advice = "Ask for less: add LIMIT, or name fewer variables; whole graphs are files of /dumps/."

    def __init__(self, most: int) -> None:
        super().__init__(f"the answer is larger than the limit of {most:,} bytes")
        self.limit, self.unit = most, "bytes"


class SlowClient(AskError):
    """The request did not come whole in time."""

    status = 408
    advice = "Send the request again, without a pause."

    def __init__(self, seconds: float) -> None:
        super().__init__(f"the request was not here after the limit of {seconds:g} seconds")
        self.limit, self.unit = seconds, "seconds"


class TooLong(AskError):
    """The request is larger than the limit."""

    status = 413
    advice = "Send a shorter query; long lists of values may be asked in several requests."

    def __init__(self, most: int, unit: str = "bytes") -> None:
        super().__init__(f"the request is larger than the limit of {most:,} {unit}")
        self.limit, self.unit = most, unit


class TooMany(AskError):
    """This client has as many requests running and waiting as one client may have."""

    status = 429
    advice = "Wait for your other requests to end, then ask again."

    def __init__(self, message: str, wait: int, limit: int | None = None) -> None:
        super().__init__(message)
        self.wait, self.limit = wait, limit
        self.unit = "requests that wait" if limit else None


class ServiceFailed(AskError):
    """Another server that the query calls did not answer as it should; nothing is sent."""

    status = 502
    advice = (
        "Ask that server by itself what is within SERVICE, ask it for less, or ask again later; "
        "with SERVICE SILENT the query is answered without what cannot be had."
    )


class Stopped(AskError):
    """The request was stopped; nothing of its answer is sent."""

    status = 503


class TooSlow(Stopped):
    """The request took longer than the limit."""

    advice = (
        "Make the question smaller: begin at a named thing or a slice of a cube, leave ORDER BY "
        "and * paths out, add LIMIT. /examples has questions that answer at once, and whole graphs "
        "are files of /dumps/."
    )

    def __init__(self, seconds: float) -> None:
        super().__init__(f"the request was stopped after the limit of {seconds:g} seconds")
        self.limit, self.unit = seconds, "seconds"


class TooHungry(Stopped):
    """The request took more memory than the limit."""

    advice = "Make the question smaller: join, group, sort or concatenate fewer rows."

    def __init__(self, most: int) -> None:
        super().__init__(f"the request was stopped at the limit of {most:,} bytes of memory")
        self.limit, self.unit = most, "bytes of memory"


class Busy(Stopped):
    """The server cannot take this request now: it is full, closing, or lost what it needs."""

    advice = "Ask again in a few seconds."
    wait: ClassVar[int] = 5
