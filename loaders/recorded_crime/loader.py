"""Police recorded crime by police force area: offences of every year that ends with a quarter.

One CSV file for each release; a row is one figure, for a force and a category of offence. Each
release gives all years again, so the release that ends last holds, and where it gives another
figure than an earlier one, the earlier is kept beside it.

    12 months ending                         the last day of a quarter, as 31-12-2018
    PFA                                      a force, or a body that fraud is reported to
    Region                                   a region or Wales; or the body itself, or BTP
    Offence                                  a category: ontologies/recorded-crime-offence.ttl
    Rolling year total number of offences    whole number; below zero for a correction
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date, timedelta

import polars as pl
from pyoxigraph import Literal, Quad

from homegraph.graph import iri, row
from homegraph.graph.concepts import code_list
from homegraph.graph.cubes.periods import label, months_of, year_ending
from homegraph.graph.cubes.revisions import settled
from homegraph.graph.findings import Finding, Reading
from homegraph.graph.iri import Names
from homegraph.graph.raw import RawFile
from homegraph.graph.row import Row
from homegraph.graph.terms import DCAT, DCT, RDF, RDFS, XSD
from homegraph.loaders.recorded_crime.cubes import cubes
from homegraph.loaders.recorded_crime.regions import NO_REGION, REGIONS

__all__ = ["cubes", "load"]

NAME = "recorded-crime"
COLUMNS = re.findall(r"^ {4}(\S+(?: \S+)*) {2,}\S", __doc__, re.MULTILINE)
PERIOD, FORCE, REGION, OFFENCE, FIGURE = COLUMNS
QUARTER_ENDS = ("31-03", "30-06", "30-09", "31-12")
SLIPS = {"30-12": "31-12"}  # how a release dates the quarter that ends in December 2017
FIGURES = {
    **dict.fromkeys(("force", "period", "offence", "region", "published_period"), pl.String),
    "offences": pl.Int64,
    "file": pl.String,
    "row": pl.Int64,
    "cell_column": pl.String,
}
KEYS = ("force", "period", "offence")
Figure = dict[str, str | int | None]


def load(files: Sequence[RawFile], names: Names, reading: Reading) -> Iterator[Quad]:
    """Describe the periods; the table `figures` has one row for each force, period and offence."""
    read = {file: list(figures(file, reading)) for file in files}
    found: list[Figure] = []
    for file, of_file in read.items():
        published = f"{last_period(of_file)} {file.name}"
        found += [figure | {"published": published} for figure in of_file]
    undecided(read, reading)
    frame = pl.DataFrame(found, schema={**FIGURES, "published": pl.String})
    reading.table("figures", settled(frame, KEYS, "offences"))
    for period in sorted(frame["period"].unique()):
        yield from described(period, names)


def figures(file: RawFile, reading: Reading) -> Iterator[Figure]:
    """The figures of a file; raises SourceRejected when its columns are not COLUMNS."""
    row.check_header(next(row.records(file)), file.name, COLUMNS, COLUMNS)
    seen: dict[tuple[str, str, str], int] = {}
    regions: dict[str, str] = {}
    slips: set[str] = set()
    for record in row.rows(file, reading):
        with record:
            figure = read_figure(record)
            key = (str(figure["force"]), str(figure["period"]), str(figure["offence"]))
            if key in seen:
                problem = f"the row {seen[key]} is of the same force, year and offence"
                raise record.refuse(problem, "Keep one of the two.")
            region = regions.setdefault(key[0], str(figure["region"]))
            if region != str(figure["region"]):
                problem = "the force stands in two regions"
                raise record.refuse(problem, "Give each force one region.", REGION)
            seen[key] = record.number
            slip = figure["published_period"]
            if slip is not None and str(slip) not in slips:
                slips.add(str(slip))
                ends = label(months_of(key[1])[-1])
                problem = f"no quarter ends on that day; it is read as the end of {ends}"
                record.warn(problem, "Ask the publisher to correct the day.", PERIOD, str(slip))
            yield figure | {"file": file.sha256, "row": record.number, "cell_column": FIGURE}


def read_figure(record: Row) -> Figure:
    """What a row says."""
    period, slip = record.take(PERIOD, year, "Write the last day of a quarter as 31-12-2018.")
    forces, offences = code_list("police-force"), code_list("recorded-crime-offence")
    spelt = "Spell it as earlier releases do, or add the spelling to ontologies/"
    force = record.take(FORCE, forces.read, f"{spelt}police-force.ttl.")
    offence = record.take(OFFENCE, offences.read, f"{spelt}recorded-crime-offence.ttl.")
    if offence in offences.groups:
        raise record.refuse(
            "that is a group, whose parts are counted here",
            "Give the categories below it.",
            OFFENCE,
            offences.labels[offence],
        )
    return {
        "force": force.value.rpartition("/")[2],
        "period": period,
        "offence": offence.value.rpartition("/")[2],
        "region": record.take(
            REGION, region, f"Write one of: {', '.join([*REGIONS, *NO_REGION])}."
        ),
        "published_period": slip,
        "offences": record.take(FIGURE, whole, "Write a whole number."),
    }


def year(text: str) -> tuple[str, str | None]:
    """The year that ends on a day; and the day as it stands there, where that is a slip.

    >>> year("31-12-2018"), year("30-12-2017")
    (('2018-01-01T00:00:00/P1Y', None), ('2017-01-01T00:00:00/P1Y', '30-12-2017'))
    """
    if not re.fullmatch(r"[0-9]{2}-[0-9]{2}-[12][0-9]{3}", text):
        raise ValueError("not a day written as 31-12-2018")
    day = SLIPS.get(text[:5], text[:5])
    if day not in QUARTER_ENDS:
        raise ValueError("not the last day of a quarter")
    return year_ending(f"{text[6:]}-{day[3:]}"), text if text[:5] in SLIPS else None


def region(text: str) -> str | None:
    """The ONS code of a region; None for what is of no region."""
    if text in NO_REGION:
        return None
    if text not in REGIONS:
        raise ValueError("not a region")
    return REGIONS[text].code


def whole(text: str) -> int:
    """A whole number, of at most nine digits: no count of offences has more."""
    if not re.fullmatch(r"-?[0-9]{1,9}", text):
        raise ValueError("not a whole number of at most nine digits")
    return int(text)


def last_period(of_file: list[Figure]) -> str:
    """The last period of a file: by it releases are told apart."""
    return max((str(figure["period"]) for figure in of_file), default="")


def undecided(read: dict[RawFile, list[Figure]], reading: Reading) -> None:
    """Note figures that differ between files that end at the same time: neither is the later."""
    known: dict[tuple[str, ...], tuple[Figure, RawFile]] = {}
    for file, of_file in read.items():
        last = last_period(of_file)
        for figure in of_file:
            key = (last, *(str(figure[name]) for name in KEYS))
            other, where = known.setdefault(key, (figure, file))
            if other["offences"] != figure["offences"]:
                reading.add(
                    Finding(
                        f"{where.name}, row {other['row']}, which ends at the same time, "
                        f"has {other['offences']}",
                        "Give only the release that was published last.",
                        file.name,
                        int(str(figure["row"])),
                        FIGURE,
                        str(figure["offences"]),
                    )
                )
                return


def described(period: str, names: Names) -> Iterator[Quad]:
    """A period: what it is called, when it begins, and its last day."""
    graph, node = names.graph(NAME), iri.interval(period)
    months = months_of(period)
    next_year, month = int(months[-1][:4]) + int(months[-1][5:]) // 12, int(months[-1][5:]) % 12 + 1
    last = date(next_year, month, 1) - timedelta(days=1)
    yield Quad(node, RDF.type, DCT.PeriodOfTime, graph)
    yield Quad(node, RDFS.label, Literal(label(period), language="en"), graph)
    yield Quad(node, DCT.identifier, Literal(period), graph)
    first = Literal(f"{months[0]}-01", datatype=XSD.date)
    yield Quad(node, DCAT.startDate, first, graph)
    yield Quad(node, DCAT.endDate, Literal(last.isoformat(), datatype=XSD.date), graph)
