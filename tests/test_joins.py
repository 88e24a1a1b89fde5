"""Joins across departments: one query here gives what a few lines over the files give elsewhere.

The other way to the same numbers knows nothing of the graph: it reads the publishers' files.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import python_calamine as calamine
import requests
from flask.testing import FlaskClient

from homegraph.endpoint import World, create_app
from homegraph.endpoint.queries import examples
from homegraph.graph.errors import SourceRejected
from homegraph.graph.findings import Reading
from homegraph.graph.iri import DEMO_BASE, Names
from homegraph.graph.raw import RawFile
from homegraph.graph.release import Release
from homegraph.loaders.census_ethnic_groups import loader as census_loader
from homegraph.loaders.deprivation import loader
from homegraph.loaders.deprivation.read import AREAS_OF_ENGLAND, DOMAINS, decile_of

FIXTURE = Path(__file__).parents[1] / "loaders" / "deprivation" / "fixture"
BOOK = Path("geography", "population", "london_lsoa_deprivation.xlsx")
CENSUS = Path("geography", "census2021", "TS021_2021.csv.gz")
LOOKUP = Path("geography", "lookups", "LAD17_CSP17_PFA17_EW.csv")
MONTH = Path("police-uk", "street", "2024-01")
FORCES = {"city-of-london": "City of London Police", "btp": "British Transport Police"}
AREA = "http://statistics.data.gov.uk/id/statistical-geography/"
RANK = "Index of Multiple Deprivation (IMD) Rank (where 1 is most deprived)"
DECILE = "Index of Multiple Deprivation (IMD) Decile (where 1 is most deprived 10% of LSOAs)"
RESIDENTS = "Total population: mid 2015 (excluding prisoners)"
Make = Callable[..., Release]
BY_NAME = {example.name: example for example in examples(DEMO_BASE)}


# The publishers' files, read by other means than ours


def sheet(path: Path, name: str) -> pl.DataFrame:
    """A sheet of a workbook."""
    header, *rows = calamine.CalamineWorkbook.from_path(path).get_sheet_by_name(name).to_python()
    return pl.DataFrame(rows, [str(one) for one in header], orient="row", infer_schema_length=None)


def crimes(shared: Path, *forces: str) -> pl.DataFrame:
    """How many crimes the forces show in each LSOA; anti-social behaviour is no crime."""
    parts = []
    for force in forces:
        path = shared / MONTH / f"2024-01-{force}-street.csv.gz"
        parts.append(pl.read_csv(gzip.decompress(path.read_bytes()), infer_schema=False))
    crime = pl.concat(parts).filter(pl.col("Crime type") != "Anti-social behaviour")
    placed = crime.filter(pl.col("LSOA code").fill_null("") != "")
    return placed.group_by(code="LSOA code").agg(crimes=pl.len())


# Ours


@pytest.fixture(scope="module")
def home(shared: Path, make: Make, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Real crimes of two forces in one month, and real tables of small areas in London."""
    folder = tmp_path_factory.mktemp("joins")
    street = [shared / MONTH / f"2024-01-{force}-street.csv.gz" for force in FORCES]
    book = [shared / BOOK]
    searches = shared / "police-uk" / "stop-and-search" / "2016-06"
    wanted = {"street-crime": street, "population": book, "deprivation": book}
    wanted["stop-and-search"] = [searches / "2016-06-metropolitan-stop-and-search.csv.gz"]
    wanted["census-ethnic-groups"] = [shared / CENSUS]
    wanted["geography"] = [shared / LOOKUP]
    make(folder, **wanted)
    return folder


@pytest.fixture(scope="module")
def client(home: Path) -> FlaskClient:
    from homegraph.graph.release import current

    return create_app(World.of_release(current(home))).test_client()


def rows(text: str) -> list[dict[str, str]]:
    found = json.loads(text)["results"]["bindings"]
    return [{name: term["value"] for name, term in row.items()} for row in found]


def answered(client: FlaskClient, name: str) -> list[dict[str, str]]:
    answer = client.get(f"/sparql?{BY_NAME[name].ask('json')}")
    assert answer.status_code == 200, answer.text
    return rows(answer.text)


def by_decile(shared: Path) -> list[tuple[int, int, int]]:
    """Decile, areas with crimes, crimes: a few lines over the files."""
    deprived = sheet(shared / BOOK, "IMD 2019").select(code="LSOA code (2011)", decile=DECILE)
    joined = crimes(shared, *FORCES).join(deprived, on="code")
    found = joined.group_by("decile").agg(pl.len(), pl.col("crimes").sum()).sort("decile")
    return [(int(decile), areas, number) for decile, areas, number in found.iter_rows()]


def test_crimes_by_decile_of_deprivation(client: FlaskClient, shared: Path) -> None:
    found = answered(client, "crime-by-deprivation")
    ours = [(int(row["decile"]), int(row["areas"]), int(row["crimes"])) for row in found]
    expected = by_decile(shared)
    assert ours == expected
    assert [decile for decile, *_ in expected] == list(range(1, 11))
    assert sum(number for *_, number in expected) > 1_000


def test_crime_residents_and_rank_of_each_area(client: FlaskClient, shared: Path) -> None:
    deprived = sheet(shared / BOOK, "IMD 2019").select(
        code="LSOA code (2011)", rank=RANK, decile=DECILE
    )
    people = sheet(shared / BOOK, "Population figures").select(
        code="LSOA code (2011)", residents=RESIDENTS
    )
    joined = crimes(shared, "city-of-london").join(deprived, on="code").join(people, on="code")
    expected = joined.select("code", "crimes", "residents", "rank", "decile").sort("rank")
    found = answered(client, "deprivation-and-residents")
    ours = [
        (
            row["area"].removeprefix(AREA),
            *(int(row[name]) for name in ("crimes", "residents", "rank", "decile")),
        )
        for row in found
    ]
    assert ours == [(code, *map(int, numbers)) for code, *numbers in expected.iter_rows()]
    assert len(ours) > 5 and all(row["name"] for row in found)


def test_what_cannot_be_joined_is_what_was_redrawn(client: FlaskClient, shared: Path) -> None:
    """Crimes are shown in areas of 2021, deprivation in those of 2011: redrawn ones do not meet."""
    shown = crimes(shared, "city-of-london")
    known = sheet(shared / BOOK, "IMD 2019").get_column("LSOA code (2011)")
    lost = shown.filter(~pl.col("code").is_in(known.implode()))
    query = """
        PREFIX qb: <http://purl.org/linked-data/cube#>
        PREFIX sdmx-dimension: <http://purl.org/linked-data/sdmx/2009/dimension#>
        PREFIX stat: <https://w3id.org/homegraph/def/statistics#>
        SELECT (SUM(?number) AS ?crimes) (COUNT(?area) AS ?areas) {
          <%sdata/incident-totals-by-lsoa/slice/force-month-category/city-of-london/2024-01/all-crime>
            qb:observation ?observation .
          ?observation sdmx-dimension:refArea ?area ; stat:incidents ?number .
          FILTER NOT EXISTS { ?standing sdmx-dimension:refArea ?area ; stat:deprivationDecile ?d }
        }
    """
    answer = client.get("/sparql", query_string={"query": query % DEMO_BASE, "format": "json"})
    (row,) = rows(answer.text)
    assert (int(row.get("crimes", 0)), int(row["areas"])) == (lost["crimes"].sum(), lost.height)


GROUPS = ("White", "Mixed", "Asian", "Black", "Other")  # as both publishers begin their names


def test_searches_per_resident_by_ethnic_group(client: FlaskClient, shared: Path) -> None:
    folder = shared / "police-uk" / "stop-and-search" / "2016-06"
    path = folder / "2016-06-metropolitan-stop-and-search.csv.gz"
    searches = pl.read_csv(gzip.decompress(path.read_bytes()), infer_schema=False)
    given = pl.col("Self-defined ethnicity")
    # The police kept Chinese with the others; the census of 2021 has it with the Asian groups.
    group = pl.when(given.str.contains("Chinese (", literal=True)).then(pl.lit("Asian"))
    searches = searches.with_columns(
        group=group.otherwise(given.str.extract("^(White|Mixed|Asian|Black)")).fill_null(
            pl.when(given.str.contains("Any other ethnic group")).then(pl.lit("Other"))
        )
    )
    counted = dict(searches.drop_nulls("group").group_by("group").len().iter_rows())
    census = pl.read_csv(gzip.decompress((shared / CENSUS).read_bytes()))
    lookup = pl.read_csv(shared / LOOKUP)
    met = lookup.filter(pl.col("PFA17NM") == "Metropolitan Police").get_column("LAD17CD").unique()
    there = census.filter(pl.col("Lower Tier Local Authorities Code").is_in(met.implode()))
    there = there.with_columns(
        group=pl.col("Ethnic group (20 categories)").str.extract(f"^({'|'.join(GROUPS)})")
    )
    residents = dict(there.group_by("group").agg(pl.col("Observation").sum()).iter_rows())
    expected = {name: (counted[name], residents[name]) for name in GROUPS}

    text = BY_NAME["searches-and-residents"].text()
    text = text.replace("avon-and-somerset/2024-01", "metropolitan/2016-06")
    text = text.replace("force:avon-and-somerset", "force:metropolitan")
    answer = client.get("/sparql", query_string={"query": text, "format": "json"})
    found = rows(answer.text)
    ours = {row["group"].split()[0]: (int(row["searches"]), int(row["residents"])) for row in found}
    assert ours == expected
    for row in found:
        rate = 1_000 * int(row["searches"]) / int(row["residents"])
        assert float(row["perThousand"]) == pytest.approx(rate, abs=0.006)


# The same with the other department's data on a server of its own


def test_a_join_with_another_departments_server_gives_the_same(
    home: Path,
    shared: Path,
    make: Make,
    tmp_path: Path,
    serve: Callable[..., AbstractContextManager[Any]],
) -> None:
    make(tmp_path / "theirs", deprivation=[shared / BOOK])
    with serve("--home", tmp_path / "theirs") as theirs:
        there = f"{theirs.address}/sparql"
        query = BY_NAME["crime-by-deprivation"].text()
        begins = query.index("?standing")
        ends = query.index("}", begins)
        federated = f"{query[:begins]}SERVICE <{there}> {{ {query[begins:ends]} }} {query[ends:]}"
        with serve("--home", home, "--services", there) as ours:
            asked = {"query": federated, "format": "json"}
            answer = requests.get(f"{ours.address}/sparql", params=asked)
            assert answer.status_code == 200, answer.text
            found = [
                (int(row["decile"]), int(row["areas"]), int(row["crimes"]))
                for row in rows(answer.text)
            ]
            assert found == by_decile(shared)
        with serve("--home", home) as closed:
            refused = requests.get(f"{closed.address}/sparql", params=asked)
            assert refused.status_code == 403


# The tables of deprivation themselves


def read(path: Path) -> tuple[pl.DataFrame, Reading]:
    reading = Reading()
    list(loader.load([RawFile.at(path)], Names(), reading))
    reading.insist()
    return reading.tables["standings"], reading


def test_every_standing_of_the_real_file_is_read(shared: Path) -> None:
    frame, reading = read(shared / BOOK)
    assert (reading.records, reading.written, reading.refused) == (4835, 4835, 0)
    assert frame.height == 4835 * len(DOMAINS)
    table = sheet(shared / BOOK, "IMD 2019")
    for domain, (begins, ends) in DOMAINS.items():
        ours = frame.filter(pl.col("domain") == domain).sort("area")
        for column, heading in (
            ("rank", f"{begins} Rank (where 1 is most deprived)"),
            ("decile", f"{begins} Decile (where 1 is most deprived 10% of LSOAs)"),
            ("score", f"{begins} {ends}"),
        ):
            theirs = table.sort("LSOA code (2011)").get_column(heading)
            assert ours.get_column(column).cast(pl.Float64).to_list() == theirs.to_list()


def test_a_standing_leads_back_to_its_row(shared: Path) -> None:
    frame, _ = read(shared / BOOK)
    table = calamine.CalamineWorkbook.from_path(shared / BOOK).get_sheet_by_name("IMD 2019")
    cells = table.to_python(skip_empty_area=False)
    for one in frame.sample(50, seed=7).iter_rows(named=True):
        row = cells[one["row"] - 1]
        assert row[0] == one["area"]
        assert row[cells[0].index(one["cell_column"])] == one["rank"]


def test_deciles_share_out_all_areas() -> None:
    deciles = [decile_of(rank) for rank in range(1, AREAS_OF_ENGLAND + 1)]
    assert deciles == sorted(deciles) and set(deciles) == set(range(1, 11))
    assert {deciles.count(decile) for decile in range(1, 11)} <= {3284, 3285}


@pytest.mark.parametrize(
    ("before", "after", "problem"),
    [
        ("E01014486", "W01000001", "not the code of a lower layer area of England"),
        ("E01014486", "E01014485", "row 2 gives figures of the same area"),
        (",7000,", ",33000,", "there are 32,844 areas in England"),
        (",7000,", ",4100,", "this rank is in decile 2, and decile 3 is given"),
        (",7000,", ",7000.5,", "not a whole number"),
        (",63.03,", ",a lot,", "not a number"),
        (",63.03,", ",inf,", "not a score"),
    ],
)
def test_what_cannot_be_is_refused(tmp_path: Path, before: str, after: str, problem: str) -> None:
    text = (FIXTURE / "bristol_lsoa_deprivation.csv").read_text("utf-8")
    assert before in text
    path = tmp_path / "bristol_lsoa_deprivation.csv"
    path.write_text(text.replace(before, after), "utf-8")
    with pytest.raises(SourceRejected, match=problem):
        read(path)


def test_a_file_of_another_name_is_not_guessed_at(tmp_path: Path) -> None:
    path = tmp_path / "deprivation.csv"
    path.write_bytes((FIXTURE / "bristol_lsoa_deprivation.csv").read_bytes())
    with pytest.raises(SourceRejected, match="nobody knows"):
        read(path)


# The table of the census

CENSUS_FIXTURE = Path(__file__).parents[1] / "loaders" / "census_ethnic_groups" / "fixture"


def residents(*paths: Path) -> pl.DataFrame:
    reading = Reading()
    list(census_loader.load([RawFile.at(path) for path in paths], Names(), reading))
    reading.insist()
    return reading.tables["residents"]


def test_the_real_table_adds_up(shared: Path) -> None:
    found = residents(shared / CENSUS)
    table = pl.read_csv(gzip.decompress((shared / CENSUS).read_bytes()))
    assert found.height == 331 * 5
    assert found["residents"].sum() == table["Observation"].sum()
    bristol = table.filter(pl.col("Lower Tier Local Authorities Code") == "E06000023")
    white = bristol.filter(pl.col("Ethnic group (20 categories)").str.starts_with("White"))
    ours = found.filter(pl.col("area") == "E06000023", pl.col("ethnicity") == "white")
    assert ours["residents"].item() == white["Observation"].sum()


@pytest.mark.parametrize(
    ("before", "after", "problem"),
    [
        ("E06000023", "S12000033", "not the code of a district of England or Wales"),
        ("White: Roma", "Purple: Roma", "not an ethnic group that is known here"),
        ("Does not apply,0", "Does not apply,5", "nobody falls under this code"),
        (",16,White", ",15,White", "the same group of the same district"),
        (",30\r\n", ",many\r\n", "not a whole number"),
        ("W06000015,Cardiff,16,White: Roma,30\r\n", "", "the district has 18 ethnic groups"),
    ],
)
def test_a_census_that_cannot_be_is_refused(
    tmp_path: Path, before: str, after: str, problem: str
) -> None:
    text = (CENSUS_FIXTURE / "TS021_2021.csv").read_bytes().decode()
    assert before in text
    path = tmp_path / "TS021_2021.csv"
    path.write_bytes(text.replace(before, after).encode())
    with pytest.raises(SourceRejected, match=problem):
        residents(path)


def test_a_district_in_two_files_is_refused(tmp_path: Path) -> None:
    first = CENSUS_FIXTURE / "TS021_2021.csv"
    other = tmp_path / "TS021_again.csv"
    other.write_bytes(first.read_bytes())
    with pytest.raises(SourceRejected, match="has the district as well"):
        residents(first, other)
