"""Offence codes as the tables of a release give them: read from its rows, never fixed in code.

The codes of all releases are one list, `offence-code`: a code keeps its name as long as it means
the same. Its groups and sub-groups are those of the newest release. What the columns of the Home
Office's open data tables have in common is read here too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date

import polars as pl
from pyoxigraph import Literal, Quad

from homegraph.graph import iri
from homegraph.graph.concepts import code_list
from homegraph.graph.cubes.cube import Codes, concepts
from homegraph.graph.cubes.tables import Tables
from homegraph.graph.errors import SourceRejected
from homegraph.graph.findings import Finding, Reading
from homegraph.graph.iri import Names
from homegraph.graph.made import titled
from homegraph.graph.open_tables import Columns, government_year, is_year, quarter
from homegraph.graph.raw import RawFile
from homegraph.graph.terms import DCT, PROV, RDF, XSD

SCHEME = "offence-code"
ALL = "all"
NEGATIVE = "Below nought: offences recorded earlier were cancelled or transferred."
ELSEWHERE = "northern-ireland"
RELEASED = re.compile(r"-([0-3][0-9])([01][0-9])([0-9]{2})\.(?:ods|xlsx|csv)")
CODE = re.compile(r"[0-9A-Za-z]+(?:[./][0-9A-Za-z]+)*")
TABLES = ("recorded-crime-open-data", "crime-outcomes-open-data")
COMMON = ("year", "period", "force", "code", "description", "group", "subgroup")
CLASS = ("code", "description", "group", "subgroup")


def released(file: RawFile) -> str:
    """The day on which a file was published, from the end of its name: -230426 is 2026-04-23.

    Raises SourceRejected for a name without such an end.
    """
    found = RELEASED.search(file.name)
    try:
        if found is None:
            raise ValueError
        return date(2000 + int(found[3]), int(found[2]), int(found[1])).isoformat()
    except ValueError:
        problem = "the name does not end with the day of publication"
        remedy = "Keep the publisher's name, which ends as -230426 for 23 April 2026."
        raise SourceRejected([Finding(problem, remedy, file.name)]) from None


def code(text: str) -> str:
    """Read an offence code, which may be made of several: 1/4.1/4.2/4.10.

    >>> code("1/4.1/4.2/4.10"), code("28E")
    ('1/4.1/4.2/4.10', '28E')
    """
    if not CODE.fullmatch(text):
        raise ValueError("not an offence code")
    return text


def slug(label: str) -> str:
    """The notation of a group or sub-group, whatever its dashes and capitals.

    >>> slug("Death or serious injury – unlawful driving"), slug("Fraud: CIFAS")
    ('death-or-serious-injury-unlawful-driving', 'fraud-cifas')
    """
    return re.sub("[^a-z0-9]+", "-", label.casefold()).strip("-")


def words(text: str) -> str:
    """Read a name, with single blanks."""
    if not slug(text):
        raise ValueError("there are no words in it")
    return " ".join(text.split())


def same(one: str, other: str) -> bool:
    """Whether two descriptions differ at most in capitals, blanks and marks."""
    return slug(one) == slug(other)


def force(text: str) -> str:
    """Read who recorded the offences: a police force, or a national body, by its notation.

    The tables are of England and Wales; raises ValueError for a force of another country.
    """
    forces = code_list("police-force")
    node = forces.read(text)
    found = next(notation for notation, known in forces.by_notation.items() if known == node)
    if found == ELSEWHERE:
        raise ValueError("a force of Northern Ireland, and the table is of England and Wales")
    return found


def read_common(columns: Columns) -> None:
    """Read the columns that all tables have: year, period, force and class of offence.

    `period` is the quarter as reference.data.gov.uk spells it: 2019-2020/Q2.
    """
    columns.read("Financial Year", "year", government_year, "Write it as 2019/20.")
    columns.read("Financial Quarter", "quarter", quarter, "Write 1 for April to June.")
    columns.read(
        "Force Name", "force", force, "Correct the name, or add the spelling to police-force.ttl."
    )
    columns.read("Offence Code", "code", code, "Write it as 28E, or 4.4/6/8 for several.")
    columns.read("Offence Description", "description", words, "Name the offence.")
    columns.read("Offence Group", "group", words, "Name the group.")
    columns.read("Offence Subgroup", "subgroup", words, "Name the sub-group.")
    name = columns.sheet.name
    if name is not None and is_year(name):
        columns.insist(
            pl.col("year") == government_year(name.strip()),
            "Financial Year",
            "the row is of another year than its sheet",
            "Move the row to the sheet of its year, or correct the year.",
        )
    period = pl.concat_str("year", "quarter", separator="/")
    columns.frame = columns.frame.with_columns(period.alias("period"))


def insist_once(
    frame: pl.DataFrame, key: Sequence[str], file: RawFile, reading: Reading
) -> pl.DataFrame:
    """The rows without those that give a figure a second time, each of which is an error."""
    is_first = pl.struct(key).is_first_distinct()
    for row in frame.filter(~is_first).iter_rows(named=True):
        where = f" (sheet {row['sheet']!r})" if row["sheet"] else ""
        finding = Finding(
            f"the {', '.join(key[:-1])} and {key[-1]} stand in an earlier row too{where}",
            "Keep one row for each figure.",
            file.name,
            row["row"],
            "Offence Code",
            row["code"],
            rule="row-consistent",
        )
        reading.written -= 1
        reading.refused += 1
        reading.add(finding)
    return frame.filter(is_first)


def noted(frame: pl.DataFrame, measure: str) -> pl.DataFrame:
    """Say of figures below nought what they are."""
    said = pl.when(pl.col(measure) < 0).then(pl.lit(NEGATIVE))
    note = pl.concat_str(pl.col("note"), said, separator=" ", ignore_nulls=True)
    return frame.with_columns(note.replace("", None).alias("note"))


def classes(frame: pl.DataFrame, issued: str) -> pl.DataFrame:
    """The classification that a release's rows hold: one row a code, as the newest quarter has it.

    Columns: those of CLASS, `issued`, `period` (the newest in which the code is), `file`, `sheet`
    and `row` of the place it was read from.
    """
    return (
        frame.sort("period", "row")
        .unique("code", keep="last", maintain_order=True)
        .select(*CLASS, pl.lit(issued).alias("issued"), "period", "file", "sheet", "row")
        .sort("code")
    )


def say_release(
    source: str, title: str, file: RawFile, years: pl.Series, names: Names, *, made: bool
) -> Iterator[Quad]:
    """A release: when it was published, which years it holds, and its file.

    Files that were published on one day are one release. `made` when its figures are invented.
    """
    issued = released(file)
    node, graph = names.data(source, "release", issued), names.graph(source)
    title = titled(title, made)
    yield Quad(node, RDF.type, PROV.Entity, graph)
    yield Quad(node, DCT.title, Literal(f"{title}, published {issued}", language="en"), graph)
    yield Quad(node, DCT.issued, Literal(issued, datatype=XSD.date), graph)
    yield Quad(node, DCT.isPartOf, names.data(source), graph)
    yield Quad(node, PROV.wasDerivedFrom, names.thing("file", file.sha256), graph)
    for year in years.unique().sort():
        yield Quad(node, DCT.temporal, iri.government_year(year), graph)


def labels(tables: Tables) -> dict[str, str]:
    """The English label of each code, sub-group and group in the tables of a build.

    Of two releases the later says what a code is called.
    """
    said = {ALL: "All offences"}
    for source in TABLES:
        found = tables.get(source, "classes")
        for row in found.sort("issued").collect().to_dicts() if found is not None else ():
            said[row["code"]] = row["description"]
            said[slug(row["group"])] = row["group"]
            said[slug(row["subgroup"])] = row["subgroup"]
    return said


def codes(said: dict[str, str]) -> Codes:
    """Offence codes, sub-groups and groups as names of concepts."""
    return concepts(SCHEME, said)


def forces() -> Codes:
    """Police forces and national bodies as names of concepts."""
    known = code_list("police-force")
    said = {notation: known.labels[node] for notation, node in known.by_notation.items()}
    return concepts("police-force", said)


def quarters(said: dict[str, str]) -> Codes:
    """Quarters of government years as names."""
    return Codes(iri.government_quarter("").value, None, said)
