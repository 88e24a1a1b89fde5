"""Tables in files of text: CSV and TSV, in UTF-8 or Windows-1252, as departments publish them.

A file is gone through once before any row is given, so that broken rows are told before work is
done on the others; then its rows are read as they are asked for, however many there are.
"""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import BinaryIO, TextIO

from homegraph.graph.dump import DAMAGED
from homegraph.graph.errors import SourceRejected
from homegraph.graph.findings import Finding
from homegraph.graph.linking.table import (
    Form,
    Rows,
    Table,
    heading_row,
    headings_noted,
    no_headings,
    without_rows,
)
from homegraph.graph.raw import RawFile
from homegraph.graph.row import broken_text, ragged, unreadable_file

TABS = (".tsv", ".tab")
SUFFIXES = (".csv", *TABS)
DELIMITERS = ",\t;|"
WESTERN = "cp1252"
BLOCK = 1 << 20
LOOKED_AT = 100  # records that say where the headings are, and what stands between cells
MOST_CHARACTERS = 1 << 24  # of one record: more is a quotation mark that is never closed
MOST_BYTES = 8 << 30  # of a file, unpacked: more is no table that anybody made
MOST_FINDINGS = 100


class TooLong(Exception):
    """A record, or a file, goes on and on."""


class Lines:
    """The lines of a file, none of them and no record of them longer than is allowed.

    Whoever makes records of them sets `run` to 0 after each.
    """

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream
        self.run = 0
        self.nul = False

    def __iter__(self) -> Iterator[str]:
        while line := self.stream.readline(MOST_CHARACTERS + 1):
            self.run += len(line)
            if self.run > MOST_CHARACTERS:
                raise TooLong(
                    f"the record has more than {MOST_CHARACTERS:,} letters: a quotation mark may "
                    "be open, or this is no table"
                )
            self.nul = self.nul or "\0" in line
            yield line


def read(file: RawFile, header: int | None = None) -> Table:
    """The table in a file; `header` is the row of its headings, found out if left out.

    Raises SourceRejected for text that is neither UTF-8 nor Windows-1252, for NUL, for rows with
    more or fewer cells than there are headings, and for a file without rows.
    """
    encoding = encoding_of(file)
    delimiter = "\t" if file.name.lower().endswith(TABS) else likely_delimiter(file, encoding)
    form = Form(delimiter, encoding, newline_of(file, encoding))
    start = islice(records(file, form), LOOKED_AT if header is None else header)
    looked_at = list(start)
    at = heading_row(looked_at) if header is None else header - 1
    if at is None or not 0 <= at < len(looked_at) or not any(looked_at[at]):
        raise no_headings(file.name, header, len(looked_at))
    columns = looked_at[at]
    count = checked(file, form, at, columns)
    notes = headings_noted(at + 1)
    if encoding == WESTERN:
        notes += ("The file is not UTF-8; it was read as Windows-1252, as older programs write.",)
    return Table(
        columns,
        Rows(lambda: rows(file, form, at, len(columns))),
        count,
        file.name,
        first=at + 2,
        sha256=file.sha256,
        suffix=".tsv" if delimiter == "\t" else ".csv",
        form=form,
        notes=notes,
    )


def encoding_of(file: RawFile) -> str:
    """UTF-8, with or without its mark, or Windows-1252 for what is not; raises SourceRejected.

    Text that is partly UTF-8 and partly not is refused: nobody can tell what its letters are.
    """
    try:
        with file.open() as stream:
            start = stream.read(BLOCK)
            marked = start.startswith(codecs.BOM_UTF8)
            if is_utf8(start, stream):
                return "utf-8-sig" if marked else "utf-8"
        if marked or start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            raise UnicodeError
        with file.open() as stream:
            while block := stream.read(BLOCK):
                block.decode(WESTERN)  # which has no letter for five bytes
        return WESTERN
    except UnicodeError:
        raise SourceRejected([broken_text(file, "utf-8-sig")]) from None
    except TooLong as error:
        remedy = "Give a part of it."
        raise SourceRejected([Finding(str(error), remedy, file.name)]) from None
    except (*DAMAGED, OSError) as error:
        raise SourceRejected([unreadable_file(file, error, 0)]) from error


def is_utf8(block: bytes, stream: BinaryIO) -> bool:
    """Whether a block and the rest of a stream are UTF-8.

    Raises UnicodeError for what is so at first, with letters that only UTF-8 has, and then is not.
    """
    decoder = codecs.getincrementaldecoder("utf-8")()
    foreign = False
    size = 0
    try:
        while block:
            size += len(block)
            if size > MOST_BYTES:
                raise TooLong(f"the file is larger than {MOST_BYTES:,} bytes")
            foreign = not decoder.decode(block).isascii() or foreign
            block = stream.read(BLOCK)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        if foreign or not error.object[: error.start].isascii():
            raise
        return False
    return True


def newline_of(file: RawFile, encoding: str) -> str:
    """What the first line ends with; a newline for a bare carriage return, which few can read."""
    with file.open() as stream, io.TextIOWrapper(stream, encoding, newline="") as text:
        return "\r\n" if text.readline(MOST_CHARACTERS).endswith("\r\n") else "\n"


@dataclass(frozen=True)
class Fit:
    """How well a delimiter fits: the share of records as wide as most, and how wide these are."""

    share: float
    width: int


def likely_delimiter(file: RawFile, encoding: str) -> str:
    """What stands between the cells of a file: that by which most records are equally wide.

    A comma, where none parts more than half of them so.
    """
    fits = {one: fit(file, Form(one, encoding)) for one in DELIMITERS}
    parting = [one for one in DELIMITERS if fits[one].width > 1 and fits[one].share > 0.5]
    return max(parting, key=lambda one: (fits[one].share, fits[one].width), default=",")


def fit(file: RawFile, form: Form) -> Fit:
    """How well a delimiter fits the first records of a file."""
    try:
        widths = [len(one) for one in islice(records(file, form), LOOKED_AT) if any(one)]
    except SourceRejected:  # quotation marks in the wrong places, as seen with this delimiter
        return Fit(0.0, 0)
    if not widths:
        return Fit(0.0, 0)
    usual = max(set(widths), key=lambda one: (widths.count(one), one))
    return Fit(widths.count(usual) / len(widths), usual)


def records(file: RawFile, form: Form) -> Iterator[list[str]]:
    """The records of a file (RFC 4180), those above the headings too; none for a blank line.

    Raises SourceRejected, with the row, for what cannot be read.
    """
    number = 0
    try:
        with (
            file.open() as stream,
            io.TextIOWrapper(stream, form.encoding, newline="") as text,
        ):
            lines = Lines(text)
            for record in csv.reader(lines, strict=True, delimiter=form.delimiter):
                number += 1
                lines.run = 0
                if lines.nul:
                    raise SourceRejected([holds_nul(file.name, number, record)])
                yield record
    except (csv.Error, TooLong) as error:
        remedy = "Correct the quotation marks of that row, or save the file as CSV again."
        found = Finding(str(error), remedy, file.name, number + 1, rule="file-readable")
        raise SourceRejected([found]) from error
    except (*DAMAGED, OSError) as error:
        raise SourceRejected([unreadable_file(file, error, number)]) from error


def holds_nul(name: str, number: int, record: list[str]) -> Finding:
    """A finding for the character NUL, which no table has and other programs stop at."""
    at = next((place for place, cell in enumerate(record) if "\0" in cell), 0)
    return Finding(
        f"cell {at + 1} of the row holds the character NUL",
        "Save the file as CSV in UTF-8 again; as it is, a part of it may be lost.",
        name,
        number,
        None,
        record[at].replace("\0", "\ufffd"),
        rule="text-encoded",
    )


def checked(file: RawFile, form: Form, at: int, columns: list[str]) -> int:
    """How many rows stand below the headings; raises SourceRejected for ragged ones, and none."""
    wide, count, last = len(columns), 0, 0
    findings: list[Finding] = []
    for number, record in enumerate(islice(records(file, form), at + 1, None), start=at + 2):
        count += 1
        if not record:
            continue
        last = count
        if len(record) != wide:
            findings.append(ragged(file.name, number, len(record), wide))
            if len(findings) == MOST_FINDINGS:
                break
    if findings:
        raise SourceRejected(findings)
    if not last:
        raise without_rows(file.name, at + 1)
    return last


def rows(file: RawFile, form: Form, at: int, wide: int) -> Iterator[list[str]]:
    """The rows below the headings; a blank line among them is a row of empty cells."""
    blank = 0
    for record in islice(records(file, form), at + 1, None):
        if not record:
            blank += 1
            continue
        for _ in range(blank):
            yield [""] * wide
        blank = 0
        yield record
