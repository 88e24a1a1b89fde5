"""Every figure leads back to the files it was read from, and is found there again.

Of each cube 200 observations are taken at random (the same ones each time). SPARQL alone tells
the files they follow from, by digest, and where a single cell is cited its sheet, row and column;
and what the codes of their dimensions are called, and what lies within an area. The raw files are
then read once more, by a few lines that know nothing of the loaders: the cell is looked up, or
the records are counted again. FILES says in which column of a source's files the codes of a
dimension stand; what is reckoned from other figures is reckoned again.
"""

from __future__ import annotations

import csv
import gzip
import io
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache, cached_property
from pathlib import Path
from random import Random

import duckdb
import pandas as pd
import pytest
import python_calamine as calamine
from flask.testing import FlaskClient
from pyoxigraph import Literal, NamedNode, QuerySolutions

from homegraph.endpoint import World, create_app
from homegraph.graph.release import Release, current

SAMPLE = 200
PREFIXES = """
PREFIX crime: <https://w3id.org/homegraph/def/crime#>
PREFIX dct: <http://purl.org/dc/terms/>
PREFIX place: <https://w3id.org/homegraph/def/geography#>
PREFIX prov: <http://www.w3.org/ns/prov#>
PREFIX qb: <http://purl.org/linked-data/cube#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
PREFIX sdmx-attribute: <http://purl.org/linked-data/sdmx/2009/attribute#>
PREFIX sdmx-code: <http://purl.org/linked-data/sdmx/2009/code#>
PREFIX sdmx-dimension: <http://purl.org/linked-data/sdmx/2009/dimension#>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
PREFIX source: <https://w3id.org/homegraph/def/source#>
PREFIX spdx: <http://spdx.org/rdf/terms#>
PREFIX stat: <https://w3id.org/homegraph/def/statistics#>
"""
STAT = "https://w3id.org/homegraph/def/statistics#"
EVERYWHERE = "K04000001"  # England and Wales: all that these files are about
# Columns that are made of what stands in files: the first two of a file's name.
FORCE, MONTH, SOURCE = "force in the name", "month in the name", "source"
QUARTER, AREA = "year and quarter", "code of the area"
CODES = (  # headings of that one
    *("Code", "lacode20", "ladcode21", "LSOA code (2011)", "Lower Tier Local Authorities Code"),
)
GROUP, BROAD = "Ethnic group (20 categories)", "broad ethnic group"


@dataclass(frozen=True)
class Files:
    """Where the codes of dimensions stand in the files of a source, by the dimension's local name.

    A figure is the sum of the column that its observation names, or of the one given here for its
    measure, or else the number of rows.
    """

    columns: Mapping[str, str]
    summed: Mapping[str, str] = field(default_factory=dict)
    also: tuple[str, ...] = ()  # other sources whose files are counted


IN_NAME = {"force": FORCE, "refPeriod": MONTH}
IN_TABLES = {"force": "Force Name", "refPeriod": QUARTER}
FILES = {
    "street-crime": Files(
        {
            "refArea": "LSOA code",
            "refPeriod": "Month",
            "force": "Reported by",
            "category": "Crime type",
            "outcome": "Last outcome category",
        }
    ),
    "police-outcomes": Files(
        {"force": "Reported by", "refPeriod": "Month", "outcome": "Outcome type"}
    ),
    "stop-and-search": Files(
        {
            **IN_NAME,
            "searchObject": "Object of search",
            "searchOutcome": "Outcome",
            "ethnicity": "Self-defined ethnicity",
        }
    ),
    "recorded-crime": Files(
        {
            "force": "PFA",
            "refArea": "Region",
            "refPeriod": "12 months ending",
            "recordedOffence": "Offence",
        },
        dict.fromkeys(
            ("offencesInYear", "offencesInYearPerThousand"), "Rolling year total number of offences"
        ),
    ),
    # The dimension offenceCode is of three levels: see `column_of`.
    "recorded-crime-open-data": Files(
        {**IN_TABLES, "offenceCode": "Offence Code"}, {"offences": "Number of Offences"}
    ),
    "crime-outcomes-open-data": Files(
        {**IN_TABLES, "offenceCode": "Offence Subgroup", "outcomeType": "Outcome Type"}
    ),
    "police-workforce": Files(
        {
            "force": "Force Name",
            "refArea": "Geo code",
            "refPeriod": "As at 31 March...",
            "post": "Rank description",
            "workerType": "Worker type",
            "sex": "Sex",
            "ethnicity": "Ethnicity",
        },
        {
            "headcount": "Total (headcount)",
            "fullTimeEquivalent": "Total (FTE)",
            "officersPerThousand": "Total (FTE)",
        },
    ),
    "population": Files({"refArea": AREA}),
    "deprivation": Files({"refArea": AREA}),
    "census-ethnic-groups": Files({"refArea": AREA, "ethnicity": BROAD}),
    "declared-gaps": Files(
        {**IN_NAME, "series": SOURCE}, also=("street-crime", "police-outcomes", "stop-and-search")
    ),
}
# What the files of recorded crime call regions; England is all but Wales.
REGIONS = {
    "E12000001": {"North East"},
    "E12000002": {"North West"},
    "E12000003": {"Yorkshire and The Humber"},
    "E12000004": {"East Midlands"},
    "E12000005": {"West Midlands"},
    "E12000006": {"East"},
    "E12000007": {"London"},
    "E12000008": {"South East"},
    "E12000009": {"South West"},
}
REGIONS["E92000001"] = set().union(*REGIONS.values())
REGIONS["W92000004"] = {"Wales"}
OFFICERS = {"officersPerThousand": ("Worker type", "Police Officer")}


@dataclass(frozen=True)
class Observed:
    """One observation: what it says, by local name, and the files it follows from."""

    node: str
    value: float
    codes: tuple[str, ...]  # of its dimensions, in the order of the cube
    said: Mapping[str, str]
    files: tuple[str, ...]


@dataclass(frozen=True)
class Cube:
    """A cube by its structure."""

    node: str
    source: str
    dimensions: tuple[str, ...]  # properties
    measure: str

    @property
    def name(self) -> str:
        """What it is called in addresses."""
        return last(self.node)


class Proof:
    """A release, asked by SPARQL; and its raw files, read once more as tables."""

    def __init__(self, release: Release, raw: Path) -> None:
        self.store = release.store()
        self.raw = raw
        self.tables = duckdb.connect()

    def ask(self, query: str) -> list[dict[str, str]]:
        """The rows of a query."""
        found = self.store.query(PREFIXES + query, use_default_graph_as_union=True)
        assert isinstance(found, QuerySolutions)
        names = [variable.value for variable in found.variables]
        return [
            {
                name: term.value
                for name, term in zip(names, row, strict=True)
                if isinstance(term, NamedNode | Literal)
            }
            for row in found
        ]

    @cached_property
    def cubes(self) -> list[Cube]:
        """All cubes of the release that are made of tables, by name."""
        found = self.ask("""SELECT ?cube ?source ?measure ?dimension WHERE {
            ?cube a qb:DataSet ; dct:source ?source ; qb:structure ?structure .
            ?source a <http://www.w3.org/ns/dcat#Dataset> .
            ?structure qb:component/qb:measure ?measure .
            ?structure qb:component ?component .
            ?component qb:dimension ?dimension ; qb:order ?order .
        } ORDER BY ?cube ?order""")
        by_cube: dict[tuple[str, str, str], list[str]] = defaultdict(list)
        for row in found:
            by_cube[row["cube"], last(row["source"]), row["measure"]].append(row["dimension"])
        return [
            Cube(node, source, tuple(dimensions), measure)
            for (node, source, measure), dimensions in by_cube.items()
        ]

    def named(self, name: str) -> str:
        """The node of a cube."""
        (found,) = (cube.node for cube in self.cubes if cube.name == name)
        return found

    @cached_property
    def files(self) -> list[dict[str, str]]:
        """Name, digest and source of each file; one that two sources read is there twice."""
        return self.ask("""SELECT ?file ?name ?digest ?source WHERE {
            ?source a <http://www.w3.org/ns/dcat#Dataset> ; prov:wasDerivedFrom ?file .
            ?file rdfs:label ?name ; spdx:checksum/spdx:checksumValue ?digest .
        }""")

    def sample(self, cube: Cube) -> list[Observed]:
        """Some observations with a figure, taken at random."""
        have = f"SELECT ?o WHERE {{ ?o qb:dataSet <{cube.node}> ; <{cube.measure}> ?value }}"
        found = self.store.query(PREFIXES + have, use_default_graph_as_union=True)
        assert isinstance(found, QuerySolutions)
        nodes = sorted(str(row[0]).strip("<>") for row in found)
        chosen = Random(cube.name).sample(nodes, min(SAMPLE, len(nodes)))
        names = " ".join(f"<{node}>" for node in chosen)
        said: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
        for row in self.ask(f"SELECT ?o ?p ?v WHERE {{ VALUES ?o {{ {names} }} ?o ?p ?v }}"):
            said[row["o"]][row["p"]].append(row["v"])
        return [self.observed(cube, node, said[node]) for node in chosen]

    def observed(self, cube: Cube, node: str, said: Mapping[str, list[str]]) -> Observed:
        """What is said of one observation."""
        derived = next(name for name in said if name.endswith("prov#wasDerivedFrom"))
        return Observed(
            node,
            float(said[cube.measure][0]),
            tuple(said[dimension][0] for dimension in cube.dimensions),
            {local(name): values[0] for name, values in said.items()},
            tuple(said[derived]),
        )

    # What codes are called in files

    @cache  # noqa: B019 - one Proof to a session
    def texts(self, node: str) -> set[str]:
        """What stands in files for a code, or for one below it: labels, notation, code."""
        if "/statistical-geography/" in node:
            within = self.ask(f"""SELECT ?area WHERE {{ ?area ?kind <{node}>
                FILTER(?kind IN (place:msoa, place:district, place:communitySafetyPartnership,
                                 place:policeForceArea, place:region, place:country)) }}""")
            within += self.ask(f"""SELECT ?area WHERE {{
                ?area place:district/(place:region|place:country) <{node}> }}""")
            below = {last(row["area"]) for row in within}
            return {last(node)} | below | REGIONS.get(last(node), set())
        if "reference.data.gov.uk" in node and "interval" not in node:
            return periods(node.partition("/id/")[2])
        if "reference.data.gov.uk" in node:
            misprints = self.ask(f"""SELECT DISTINCT ?text WHERE {{
                ?o sdmx-dimension:refPeriod <{node}> ; stat:publishedPeriod ?text }}""")
            return periods(node.partition("/id/")[2]) | {row["text"] for row in misprints}
        found = self.ask(f"""SELECT ?code ?text WHERE {{
            ?code skos:broader* <{node}> ;
                  skos:prefLabel|skos:altLabel|skos:hiddenLabel|skos:notation ?text }}""")
        nothing = {""} if any(last(row["code"]) == "not-recorded" for row in found) else set()
        return {row["text"] for row in found} | {last(node)} | nothing

    # The files, read once more

    @cache  # noqa: B019 - one Proof to a session
    def table(self, source: str) -> str:
        """The name of the table that has all rows of a source's files."""
        name = source.replace("-", "_")
        if also := [self.table(other) for other in FILES[source].also]:
            common = f'SELECT file, sheet, row, "{FORCE}", "{MONTH}", "{SOURCE}" FROM '
            every = " UNION ALL ".join(common + other for other in also)
            self.tables.execute(f"CREATE TABLE {name} AS {every}")
            return name
        rows: list[dict[str, object]] = []
        for row in self.files:
            if last(row["source"]) == source:
                rows += self.read(row["file"], row)
        frame = pd.DataFrame(rows, dtype=object)
        self.tables.register("frame", frame)
        self.tables.execute(f"CREATE TABLE {name} AS SELECT * FROM frame")
        self.tables.unregister("frame")
        return name

    def read(self, file: str, row: Mapping[str, str]) -> Iterator[dict[str, object]]:
        """The rows of one file, found by its digest."""
        path, name = self.raw / row["digest"], row["name"]
        content = (path if path.exists() else path.with_suffix(".gz")).read_bytes()
        if content[:2] == b"\x1f\x8b":
            content = gzip.decompress(content)
        named = re.fullmatch(r"(\d{4}-\d{2})-(.+?)-(street|outcomes|stop-and-search)\.csv", name)
        common = {"file": last(file)[:12], SOURCE: last(row["source"])}
        if named:
            common |= {MONTH: named[1], FORCE: named[2]}
        for sheet, cells in sheets(name, content):
            yield from ({**common, "sheet": sheet, **one} for one in cells)

    def recount(self, cube: Cube, sample: list[Observed]) -> dict[str, tuple[int, float]]:
        """For each observation how many rows of its files it is made of, and what they sum to.

        Where an observation cites one row, it is that row, and only if its codes stand there too.
        """
        files, table = FILES[cube.source], self.table(cube.source)
        headings = {
            f"d{place}": heading
            for place, dimension in enumerate(cube.dimensions)
            if (heading := column_of(cube, local(dimension)))
        }
        measured = files.summed.get(local(cube.measure))
        columns = {one.said.get("inColumn", measured) for one in sample}
        observed = pd.DataFrame(
            {
                "node": [one.node for one in sample],
                "cell": [one.said.get("inColumn", measured) for one in sample],
                "in_row": [int(one.said.get("inRow", 0)) for one in sample],
                "in_sheet": [one.said.get("inSheet", "") for one in sample],
                **{name: [one.codes[int(name[1:])] for one in sample] for name in headings},
            },
            dtype=object,
        )
        cites = pd.DataFrame(
            [(one.node, last(file)[:12]) for one in sample for file in one.files],
            columns=["node", "file"],
            dtype=object,
        )
        self.tables.register("observed", observed)
        self.tables.register("cites", cites)
        joins, where = [], ["in_row IN (0, s.row)", "in_sheet IN ('', s.sheet)"]
        for name, heading in headings.items():
            self.tables.register(f"means_{name}", self.meanings(observed[name], table, heading))
            joins.append(
                f"JOIN means_{name} ON means_{name}.code = o.{name}"
                f' AND means_{name}.text = s."{heading}"'
            )
        if (only := OFFICERS.get(local(cube.measure))) is not None:
            where.append(f"s.\"{only[0]}\" = '{only[1]}'")
        found: dict[str, tuple[int, float]] = {one.node: (0, 0.0) for one in sample}
        for column in columns:
            figure = f'sum(TRY_CAST(s."{column}" AS DOUBLE))' if column else "count(*)"
            this = f"cell = '{column}'" if column else "cell IS NULL"
            rows = self.tables.execute(
                f"SELECT o.node, count(*), coalesce({figure}, 0) FROM observed o"
                f" JOIN cites USING (node) JOIN {table} s USING (file) {' '.join(joins)}"
                f" WHERE {' AND '.join([this, *where])} GROUP BY o.node"
            ).fetchall()
            found |= {node: (count, total) for node, count, total in rows}
        return found

    def meanings(self, codes: Iterable[str], table: str, heading: str) -> pd.DataFrame:
        """The texts that stand for codes in a column."""
        pairs: list[tuple[str, str]] = []
        for code in sorted(set(codes)):
            texts = self.texts(code)
            if last(code) == EVERYWHERE:
                every = self.tables.execute(f'SELECT DISTINCT "{heading}" FROM {table}').fetchall()
                texts = {text for (text,) in every}
            pairs += [(code, text) for text in sorted(texts)]
        return pd.DataFrame(pairs, columns=["code", "text"], dtype=object)

    def residents(self, area: str, year: str) -> float:
        """How many people live in an area, or in that of a force, by the cube of population."""
        found = self.ask(f"""SELECT ?count WHERE {{
            {{ BIND(<{area}> AS ?area) }} UNION {{ <{area}> crime:policeForceArea ?area }}
            ?o sdmx-dimension:refArea ?area ; sdmx-dimension:refPeriod <{year}> ;
               qb:dataSet ?cube ; stat:residents ?count .
            ?cube qb:structure/qb:component/qb:measure stat:residents .
        }}""")
        (row,) = found
        return float(row["count"])


def last(iri: str) -> str:
    """The last part of a name."""
    return iri.rpartition("/")[2]


def local(iri: str) -> str:
    """The local name of a property."""
    return re.split("[#/]", iri)[-1]


def column_of(cube: Cube, dimension: str) -> str:
    """The heading of the column in which the codes of a dimension stand, if they do."""
    if dimension == "offenceCode" and cube.source == "recorded-crime-open-data":
        if cube.name.endswith("-group"):
            return "Offence Group"
        return "Offence Code" if cube.name == "offences-by-quarter" else "Offence Subgroup"
    return FILES[cube.source].columns.get(dimension, "")


def periods(name: str) -> set[str]:
    """How files write a period of reference.data.gov.uk.

    >>> periods("gregorian-interval/2018-04-01T00:00:00/P1Y")
    {'31-03-2019'}
    >>> sorted(periods("government-year/2019-2020"))
    ['2019/20 1', '2019/20 2', '2019/20 3', '2019/20 4']
    """
    kind, _, code = name.partition("/")
    year = int(code[:4])
    if kind == "gregorian-interval":
        end = date(year + 1, int(code[5:7]), 1) - timedelta(days=1)
        return {f"{end:%d-%m-%Y}"}
    if kind == "day":
        return {str(year)}
    if kind == "government-quarter":
        return {f"{year}/{(year + 1) % 100:02} {code[-1]}"}
    if kind == "government-year":
        return {f"{year}/{(year + 1) % 100:02} {quarter}" for quarter in range(1, 5)}
    if kind == "year":
        before = {f"{year - 1}/{year % 100:02} 4"}
        return before | {f"{year}/{(year + 1) % 100:02} {quarter}" for quarter in range(1, 4)}
    return {code}


def sheets(name: str, content: bytes) -> Iterator[tuple[str, Iterator[dict[str, object]]]]:
    """The tables of a file, with their rows as a spreadsheet counts them."""
    if name.endswith((".ods", ".xlsx")):
        with calamine.load_workbook(io.BytesIO(content)) as book:
            for sheet in book.sheet_names:
                cells = book.get_sheet_by_name(sheet).to_python(skip_empty_area=False)
                yield sheet, rows([[plain(cell) for cell in line] for line in cells])
    elif name.endswith(".csv"):
        yield "", rows(list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""))))


def rows(cells: list[list[str]]) -> Iterator[dict[str, object]]:
    """The rows under the first that has four headings or more."""
    start = next((n for n, line in enumerate(cells) if sum(map(bool, line)) > 3), len(cells))
    for number, line in enumerate(cells[start + 1 :], start=start + 2):
        if not any(line):
            continue
        row: dict[str, object] = dict(zip(cells[start], line, strict=False))
        if "Financial Quarter" in row:
            row[QUARTER] = f"{row['Financial Year']} {row['Financial Quarter']}"
        if GROUP in row:  # "Asian, Asian British or Asian Welsh: Chinese" is asian
            row[BROAD] = re.split(r"\W", str(row[GROUP]))[0].lower()
        row[AREA] = next((row[heading] for heading in CODES if heading in row), None)
        yield {**row, "row": number}


def plain(cell: object) -> str:
    """A cell as text, whole numbers without a point."""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell)


@pytest.fixture(scope="session")
def proof(real: Release, real_home: Path) -> Proof:
    """The release of all real files."""
    return Proof(real, real_home / "raw")


def test_200_observations_of_every_cube_lead_back_to_the_same_figure(proof: Proof) -> None:
    wrong = []
    for cube in proof.cubes:
        sample = proof.sample(cube)
        if local(cube.measure) == "percentChangeOnYear":
            wrong += [f"{one.node}: {one.value}" for one in sample if not follows(proof, one)]
            continue
        found = proof.recount(cube, sample)
        wrong += [
            f"{one.node}: {one.value}, in the files {found[one.node]}"
            for one in sample
            if not agrees(cube, one, *found[one.node])
        ]
    assert not wrong, "\n".join(wrong[:20])


def agrees(cube: Cube, one: Observed, rows: int, total: float) -> bool:
    """Whether what stands in the files is what an observation says."""
    if one.said.get("inRow") and rows != 1:
        return False
    if "PerThousand" in cube.measure:
        # To three places, as rates are given; the residents are checked elsewhere.
        return abs(total * 1000 / float(one.said["population"]) - one.value) < 0.000501
    return abs(total - one.value) < 0.000001


def follows(proof: Proof, one: Observed) -> bool:
    """Whether a change is that between two figures, which other observations give."""
    now, before = float(one.said["figureNow"]), float(one.said["figureYearBefore"])
    period = one.said["refPeriod"].rpartition("/id/gregorian-interval/")[2]
    earlier = one.said["refPeriod"].replace(period[:4], str(int(period[:4]) - 1), 1)
    given = {
        refers: {
            float(row["count"])
            for row in proof.ask(f"""SELECT ?count WHERE {{
                ?o sdmx-dimension:refPeriod <{refers}> ; stat:force <{one.said["force"]}> ;
                   stat:recordedOffence <{one.said["recordedOffence"]}> ;
                   stat:offencesInYear ?count }}""")
        }
        for refers in (one.said["refPeriod"], earlier)
    }
    percent = (now - before) * 100 / before
    return list(given.values()) == [{now}, {before}] and abs(percent - one.value) < 0.0501


def test_every_cube_of_the_release_is_looked_at(proof: Proof) -> None:
    found = proof.ask("""SELECT DISTINCT ?cube WHERE {
        ?o qb:dataSet ?cube FILTER NOT EXISTS { ?cube stat:threshold ?hidden } }""")
    assert {row["cube"] for row in found} == {cube.node for cube in proof.cubes}
    assert {cube.source for cube in proof.cubes} <= FILES.keys()
    assert len(proof.cubes) >= 30


def test_every_figure_says_its_file_publisher_and_the_day_it_was_read_in_one_step(
    proof: Proof,
) -> None:
    told = proof.ask("""SELECT DISTINCT ?file WHERE {
        ?file a source:File ; rdfs:label ?name ; dct:publisher ?publisher ;
              source:readOn ?day ; spdx:checksum/spdx:checksumValue ?digest }""")
    for cube in proof.cubes:
        without = proof.ask(f"""SELECT ?o WHERE {{ ?o qb:dataSet <{cube.node}>
            FILTER NOT EXISTS {{ ?o prov:wasDerivedFrom ?file }} }} LIMIT 1""")
        assert without == [], cube.name
        cited = proof.ask(f"""SELECT DISTINCT ?file WHERE {{
            ?o qb:dataSet <{cube.node}> ; prov:wasDerivedFrom ?file }}""")
        assert {row["file"] for row in cited} <= {row["file"] for row in told}, cube.name


def test_rates_are_divided_by_the_residents_that_the_cube_of_population_gives(
    proof: Proof,
) -> None:
    rated = [cube for cube in proof.cubes if "PerThousand" in cube.measure]
    assert rated
    for cube in rated:
        for one in proof.sample(cube)[:40]:
            area = one.said.get("refArea") or one.said["force"]
            given = proof.residents(area, one.said["populationYear"])
            assert float(one.said["population"]) == given, one.node


def test_what_is_missing_has_no_figure_and_says_why(proof: Proof) -> None:
    for cube in proof.cubes:
        silent = proof.ask(f"""SELECT ?o WHERE {{ ?o qb:dataSet <{cube.node}>
            FILTER NOT EXISTS {{ ?o <{cube.measure}> ?figure }}
            FILTER NOT EXISTS {{ ?o rdfs:comment ?why }} }} LIMIT 1""")
        assert silent == [], cube.name


# Totals, against data frames made of the raw files


@pytest.fixture(scope="module")
def incidents(shared: Path) -> pd.DataFrame:
    """All rows of the street-level files."""
    paths = sorted((shared / "police-uk" / "street").rglob("*-street.csv.gz"))
    frames = [
        pd.read_csv(path, dtype=str).assign(force=path.name[8 : -len("-street.csv.gz")])
        for path in paths
    ]
    return pd.concat(frames)


def counted(proof: Proof, cube: str, *dimensions: str) -> dict[tuple[str, ...], int]:
    """The figures of a cube by the last parts of its codes, but for noughts."""
    names = " ".join(f"{one} ?d{number} ;" for number, one in enumerate(dimensions))
    found = proof.ask(
        f"SELECT * WHERE {{ ?o qb:dataSet <{proof.named(cube)}> ; {names} stat:incidents ?n }}"
    )
    return {
        tuple(last(row[f"d{number}"]) for number in range(len(dimensions))): int(row["n"])
        for row in found
        if row["n"] != "0"
    }


def categories(proof: Proof) -> dict[str, str]:
    """The notation of a category by every name it has."""
    found = proof.ask("""SELECT ?code ?text WHERE {
        ?code skos:prefLabel|skos:altLabel|skos:hiddenLabel ?text .
        FILTER(CONTAINS(STR(?code), "/concept/crime-category/")) }""")
    return {row["text"]: last(row["code"]) for row in found}


def test_incidents_by_force_are_those_of_a_data_frame(
    proof: Proof, incidents: pd.DataFrame
) -> None:
    coded = incidents.assign(category=incidents["Crime type"].map(categories(proof)))
    frame = coded.groupby(["force", "Month", "category"]).size().to_dict()
    by = ("stat:force", "sdmx-dimension:refPeriod", "stat:category")
    assert counted(proof, "incidents-by-force", *by) == frame
    assert sum(frame.values()) == len(incidents)


def test_incidents_by_small_area_are_those_of_a_data_frame(
    proof: Proof, incidents: pd.DataFrame
) -> None:
    coded = incidents.assign(category=incidents["Crime type"].map(categories(proof)))
    frame = coded.groupby(["LSOA code", "force", "Month", "category"]).size().to_dict()
    by = ("sdmx-dimension:refArea", "stat:force", "sdmx-dimension:refPeriod", "stat:category")
    assert counted(proof, "incidents-by-lsoa", *by) == frame


@pytest.mark.parametrize("kind", ["district", "csp", "force-area", "region"])
def test_incidents_by_larger_area_are_those_of_a_data_frame(
    proof: Proof, incidents: pd.DataFrame, kind: str
) -> None:
    links = {
        "district": "place:district",
        "csp": "place:communitySafetyPartnership",
        "force-area": "place:policeForceArea",
        "region": "place:district/(place:region|place:country)",  # Wales is no region
    }
    within = {
        last(row["lsoa"]): last(row["area"])
        for row in proof.ask(
            f"SELECT * WHERE {{ ?lsoa a place:LowerLayerSuperOutputArea ; {links[kind]} ?area }}"
        )
        if kind != "region" or last(row["area"])[:3] in ("E12", "W92")
    }
    coded = incidents.assign(
        category=incidents["Crime type"].map(categories(proof)),
        area=incidents["LSOA code"].map(within),
    )
    frame = coded.groupby(["area", "Month", "category"]).size().to_dict()
    assert frame, "areas of this kind are known"
    by = ("sdmx-dimension:refArea", "sdmx-dimension:refPeriod", "stat:category")
    assert counted(proof, f"incidents-by-{kind}", *by) == frame


@pytest.fixture(scope="module")
def recorded(shared: Path) -> pd.DataFrame:
    """The rolling-year figures, with the first day of the year."""
    frame = pd.read_csv(shared / "home-office-stats" / "rec-crime-pfa.csv.gz")
    # Once the year ends a day early, which is a slip.
    end = pd.to_datetime(frame["12 months ending"], format="%d-%m-%Y") + pd.offsets.MonthEnd(0)
    start = (end - pd.DateOffset(years=1) + pd.offsets.Day(1)).dt.strftime("%Y-%m-01")
    return frame.assign(period=start)


def recorded_totals(proof: Proof, cube: str, of: str) -> dict[tuple[str, str], int]:
    """The totals of all categories, by force or region and year."""
    found = proof.ask(
        f"SELECT ?of ?period ?n WHERE {{ ?o qb:dataSet <{proof.named(cube)}> ; {of} ?of ;"
        " sdmx-dimension:refPeriod ?period ; stat:offencesInYear ?n ;"
        " stat:recordedOffence ?offence ."
        " FILTER(STRENDS(STR(?offence), '/recorded-crime-offence/all')) }"
    )
    return {
        (last(row["of"]), row["period"].rpartition("T")[0].rpartition("/")[2]): int(row["n"])
        for row in found
    }


def test_totals_of_recorded_crime_are_those_of_a_data_frame(
    proof: Proof, recorded: pd.DataFrame
) -> None:
    figure = "Rolling year total number of offences"
    forces = proof.ask("""SELECT ?force ?name WHERE {
        ?force skos:prefLabel|skos:altLabel|skos:hiddenLabel ?name .
        FILTER(CONTAINS(STR(?force), "/concept/police-force/")) }""")
    code = {row["name"]: last(row["force"]) for row in forces}
    bodies = recorded["PFA"].isin(["Action Fraud", "CIFAS", "UK Finance"])
    ours = recorded_totals(proof, "recorded-crime-groups", "stat:force")
    frame = recorded[~bodies].groupby([recorded["PFA"].map(code), "period"])[figure].sum()
    assert {key: n for key, n in ours.items() if key in frame.index} == frame.to_dict()
    every = recorded_totals(proof, "recorded-crime-by-region", "sdmx-dimension:refArea")
    whole = {period: n for (area, period), n in every.items() if area == EVERYWHERE}
    assert whole == recorded.groupby("period")[figure].sum().to_dict()
    wales = {period: n for (area, period), n in every.items() if area == "W92000004"}
    rows = recorded[recorded["Region"] == "Wales"]
    assert wales == rows.groupby("period")[figure].sum().to_dict()


def test_recorded_crime_is_what_another_publication_gives(proof: Proof, shared: Path) -> None:
    published = pd.read_csv(shared / "home-office-stats" / "csew_prc_pfa_11_v3.csv")
    names = {"bicycle-theft": "bicycle.theft.prc", "vehicle-offences": "vehicle.theft.prc"}
    for offence, column in names.items():
        found = proof.ask(f"""SELECT DISTINCT ?name ?n WHERE {{
            ?o stat:recordedOffence ?offence ; stat:offencesInYear ?n ; stat:force ?force ;
               sdmx-dimension:refPeriod ?period .
            ?force skos:prefLabel|skos:altLabel|skos:hiddenLabel ?name .
            FILTER(STRENDS(STR(?offence), "/{offence}"))
            FILTER(CONTAINS(STR(?period), "/2011-04-01T")) }}""")
        ours = {row["name"]: int(row["n"]) for row in found}
        pairs = [
            (ours[name], figure)
            for name, figure in zip(published["PFA17NM"], published[column], strict=True)
            if name in ours
        ]
        assert len(pairs) >= 40
        # The others were revised between the two publications.
        assert sum(one == other for one, other in pairs) >= 35


# Greater Manchester supplied nothing from July to December 2019

TOTAL = "http://localhost:8000/data/offences-total-by-year/greater-manchester/2019"
ASKED = (
    f"PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#> PREFIX stat: <{STAT}>"
    f" SELECT ?offences ?completeness ?note WHERE {{ <{TOTAL}> stat:offences ?offences ;"
    " stat:completeness ?completeness ; rdfs:comment ?note }"
)
NOTE = "July to December 2019 were not supplied."


@pytest.fixture(scope="module")
def client(demo_home: Path) -> FlaskClient:
    """An endpoint with the release of the demo."""
    return create_app(World.of_release(current(demo_home))).test_client()


def total_of(client: FlaskClient) -> tuple[str, str, str]:
    """The figure, its completeness and its note, as SPARQL gives them in JSON."""
    answer = client.get(
        "/sparql", query_string={"query": ASKED}, headers={"Accept": "application/json"}
    )
    (row,) = answer.json["results"]["bindings"] if answer.json else []
    return row["offences"]["value"], row["completeness"]["value"], row["note"]["value"]


def test_an_incomplete_total_says_so_in_json(client: FlaskClient) -> None:
    figure, completeness, note = total_of(client)
    assert int(figure) > 0
    assert completeness.endswith("/completeness/partial")
    assert note == NOTE


def test_an_incomplete_total_says_so_in_csv(client: FlaskClient) -> None:
    answer = client.get("/sparql", query_string={"query": ASKED}, headers={"Accept": "text/csv"})
    (row,) = csv.DictReader(io.StringIO(answer.text))
    assert (row["offences"], row["completeness"], row["note"]) == total_of(client)


def test_an_incomplete_total_says_so_on_its_page(client: FlaskClient) -> None:
    figure, _, note = total_of(client)
    page = client.get(TOTAL.removeprefix("http://localhost:8000"), headers={"Accept": "text/html"})
    assert f"{int(figure):,}" in page.text
    assert "Partial" in page.text
    assert note in page.text


def test_an_incomplete_total_says_so_in_the_table_to_download(client: FlaskClient) -> None:
    figure, _, note = total_of(client)
    with client.get("/datasets/offences-total-by-year") as answer:
        table = pd.read_csv(io.StringIO(answer.text), dtype=str)
    (row,) = table[(table == "greater-manchester").any(axis=1)].to_dict("records")
    assert figure in row.values()
    assert "partial" in {str(value).lower() for value in row.values()}
    assert note in row.values()
