"""Joins of things that have no code in common: links made by matching their names join them.

Real payments of a council to departments and districts, and real organograms to the owners of the
register, each by one query; and by a few lines over the publishers' files, and pairs by hand,
which know nothing of the graph or of the matcher.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path

import polars as pl
import pytest
from flask.testing import FlaskClient
from pyoxigraph import NamedNode

from homegraph.endpoint import World, create_app
from homegraph.endpoint.cli import main
from homegraph.endpoint.queries import examples
from homegraph.graph import iri
from homegraph.graph.errors import SourceRejected
from homegraph.graph.findings import Reading
from homegraph.graph.iri import DEMO_BASE, Names
from homegraph.graph.matching import names as table
from homegraph.graph.matching.corrections import Correction
from homegraph.graph.matching.matcher import Candidate, Matcher, Question
from homegraph.graph.raw import RawFile
from homegraph.graph.release import Release, current
from homegraph.graph.terms import OWL, RDFS, SEMAPV, SKOS, SPEND, SSSOM
from homegraph.loaders.council_spend import loader as spend
from homegraph.loaders.link_tables import loader as links
from homegraph.loaders.link_tables.read import COLUMNS
from homegraph.loaders.organograms import loader as organograms

Make = Callable[..., Release]
LOADERS = Path(__file__).parents[1] / "loaders"
REGISTER = LOADERS / "information_asset_register" / "example" / "information-asset-register.csv"
PAYMENTS = Path("admin", "spend-over-25k", "ESCC-payment-data-Q2281011.csv.gz")
CENSUS = Path("geography", "census2021", "TS021_2021.csv.gz")
LOOKUP = Path("geography", "lookups", "LAD17_CSP17_PFA17_EW.csv")
BY_NAME = {example.name: example for example in examples(DEMO_BASE)}
GOV_UK = iri.organisation("").value
AREA = iri.area("").value
# What the council's names mean: found by reading them all.
ORGANISATIONS = {
    "DEPARTMENT FOR WORK & PENSIONS": "department-for-work-pensions",
    "ENVIRONMENT AGENCY": "environment-agency",
    "VALUATION OFFICE AGENCY": "valuation-office-agency",
}
DISTRICTS = {
    "BRIGHTON & HOVE CITY COUNCIL": "E06000043",
    "EASTBOURNE BOROUGH COUNCIL": "E07000061",
    "HASTINGS BOROUGH COUNCIL": "E07000062",
    "HORSHAM DISTRICT COUNCIL": "E07000227",
    "ISLE OF WIGHT COUNCIL": "E06000046",
    "LEWES DISTRICT COUNCIL": "E07000063",
    "LONDON BOROUGH OF SUTTON": "E09000029",
    "MEDWAY COUNCIL": "E06000035",
    "PORTSMOUTH CITY COUNCIL": "E06000044",
    "ROTHER DISTRICT COUNCIL": "E07000064",
    "SHROPSHIRE COUNCIL": "E06000051",
    "SUFFOLK COASTAL DISTRICT COUNCIL": "E07000205",
    "TUNBRIDGE WELLS BOROUGH COUNCIL": "E07000116",
    "WEALDEN DISTRICT COUNCIL": "E07000065",
    "WEALDEN DISTRICT COUNCIL (NDR)": "E07000065",
}
# The owners of the register whose posts are in the organograms, by the references of those.
OWNERS = {
    "Chief Information Officer": "2FC05",
    "Chief Statistician": "1HOS01",
    "Director, Strategic Centre for Organised Crime": "1CPG27",
    "Head of Strategic Diversity Action Team": "1HR02",
}
POSTS = "http://reference.data.gov.uk/id/department/ho/post/"


# The publishers' files, read by other means than ours


def payments(shared: Path) -> pl.DataFrame:
    """The payments of the council, as its file has them."""
    text = gzip.decompress((shared / PAYMENTS).read_bytes()).decode("cp1252")
    frame = pl.read_csv(io.StringIO(text.partition("\n")[2]), infer_schema=False)
    return frame.with_columns(pl.col("Amount").str.replace_all("[£,]", "").cast(pl.Int64))


def owners() -> list[str]:
    """The posts that own the assets of the register, one for each asset."""
    return pl.read_csv(REGISTER)["Owner post"].to_list()


def organogram_files(shared: Path) -> list[Path]:
    """All organograms, but one that has not where its rows come from."""
    folder = shared / "admin" / "organograms"
    return [path for path in sorted(folder.glob("*nior.csv")) if not path.name.startswith("eq")]


# Links, made by the matcher and written as a table


def matched(
    matcher: Matcher, units: Mapping[str, str], kinds: tuple[str, ...]
) -> dict[str, Candidate]:
    """What the matcher is sure of, by name; a unit is where a post is, or nothing."""
    found = {}
    for name, unit in units.items():
        answer = matcher.answer(Question(name, kinds, {"parent": unit} if unit else {}))
        if answer and answer[0].match:
            found[name] = answer[0]
    return found


def by_whom(found: Candidate) -> NamedNode:
    """How a link was come by: a person, or the names."""
    is_corrected = "corrected" in found.features
    return SEMAPV.ManualMappingCuration if is_corrected else SEMAPV.LexicalMatching


def written(path: Path, kind: str, found: dict[str, Candidate]) -> Path:
    """A table of links from our names of things to what they were matched with."""
    rows = [
        {
            "subject_id": Names().thing(kind, name).value.removeprefix(DEMO_BASE),
            "predicate_id": SKOS.closeMatch.value,
            "object_id": one.iri,
            "mapping_justification": by_whom(one).value,
            "confidence": f"{one.score:.4f}",
            "mapping_date": "2026-11-22",
            "mapping_source": "https://w3id.org/homegraph",
        }
        for name, one in sorted(found.items())
    ]
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, COLUMNS)
        writer.writeheader()
        writer.writerows(rows)
    return path


@pytest.fixture(scope="module")
def there(shared: Path, make: Make, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home of the things that are to be found."""
    folder = tmp_path_factory.mktemp("there")
    make(folder, organograms=organogram_files(shared), geography=[shared / LOOKUP])
    return folder


@pytest.fixture(scope="module")
def owning(there: Path) -> dict[str, Candidate]:
    """The owners of assets, as the matcher finds them among the posts of the organograms.

    Three of them were looked up by a person, whom the matcher had given the right candidates.
    """
    looked_up = [
        Correction(name, "post", iri=POSTS + reference, said=POSTS + reference, on="2026-11-22")
        for name, reference in OWNERS.items()
        if name != "Chief Information Officer"
    ]
    matcher = Matcher(table.read(current(there).path), corrections=looked_up)
    units = pl.read_csv(REGISTER).select("Owner post", "Business unit").unique()
    return matched(matcher, dict(units.iter_rows()), ("post",))


@pytest.fixture(scope="module")
def linked(shared: Path, there: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `homegraph link` writes of the suppliers: links in Turtle."""
    folder = tmp_path_factory.mktemp("linked")
    names = sorted(name for name in payments(shared)["Name"].unique() if spend.BODY.search(name))
    called = [Names().thing("supplier", name).value for name in names]
    pl.DataFrame({"Supplier": called, "Name": names}).write_csv(folder / "suppliers.csv")
    links = folder / "suppliers-links.ttl"
    said = ["--column", "Name=organisation,district,police-force", "--subject", "Supplier"]
    said += ["--home", str(there), "--links", str(links)]
    assert main(["link", str(folder / "suppliers.csv"), *said]) == 0
    return links


@pytest.fixture(scope="module")
def client(
    shared: Path,
    make: Make,
    owning: dict[str, Candidate],
    linked: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> FlaskClient:
    """All of it in one release."""
    folder = tmp_path_factory.mktemp("matched")
    release = make(
        folder / "home",
        organograms=organogram_files(shared),
        information_asset_register=[REGISTER],
        council_spend=[shared / PAYMENTS],
        census_ethnic_groups=[shared / CENSUS],
        link_tables=[written(folder / "owners-links.csv", "post", owning), linked],
    )
    return create_app(World.of_release(release)).test_client()


def asked(client: FlaskClient, query: str) -> list[dict[str, str]]:
    answer = client.get("/sparql", query_string={"query": query, "format": "json"})
    assert answer.status_code == 200, answer.text
    bindings = json.loads(answer.text)["results"]["bindings"]
    return [{name: term["value"] for name, term in row.items()} for row in bindings]


# What a council paid


def test_suppliers_are_linked_to_the_right_bodies_and_to_no_others(client: FlaskClient) -> None:
    right = {name: GOV_UK + slug for name, slug in ORGANISATIONS.items()}
    right |= {name: AREA + code for name, code in DISTRICTS.items()}
    query = f"""SELECT ?name ?body ?sure {{
        ?link <{OWL.annotatedSource.value}> ?supplier ; <{OWL.annotatedTarget.value}> ?body ;
            <{SSSOM.confidence.value}> ?sure .
        ?supplier <{SKOS.closeMatch.value}> ?body ; a <{SPEND.Supplier.value}> ;
            <{RDFS.label.value}> ?name }}"""
    rows = asked(client, query)
    assert {row["name"]: row["body"] for row in rows} == right
    assert all(0.9 < float(row["sure"]) <= 1 for row in rows)


def test_what_a_council_paid_to_departments(client: FlaskClient, shared: Path) -> None:
    meant = pl.DataFrame({"Name": ORGANISATIONS.keys(), "body": ORGANISATIONS.values()})
    expected = payments(shared).join(meant, on="Name").group_by("body")
    sums = expected.agg(pl.len(), pl.col("Amount").sum()).sort("Amount", descending=True)
    ours = [
        (row["body"].removeprefix(GOV_UK), int(row["payments"]), int(float(row["pounds"])))
        for row in asked(client, BY_NAME["spend-on-government"].text())
    ]
    assert ours == list(sums.iter_rows()) and len(ours) == len(ORGANISATIONS)


def test_what_a_council_paid_to_districts_beside_their_residents(
    client: FlaskClient, shared: Path
) -> None:
    census = pl.read_csv(gzip.decompress((shared / CENSUS).read_bytes()))
    people = census.group_by(area="Lower Tier Local Authorities Code").agg(
        residents=pl.col("Observation").sum()
    )
    meant = pl.DataFrame({"Name": DISTRICTS.keys(), "area": DISTRICTS.values()})
    paid = payments(shared).join(meant, on="Name").group_by("area").agg(pl.col("Amount").sum())
    expected = paid.join(people, on="area").sort("area")
    ours = [
        (row["area"].removeprefix(AREA), int(float(row["pounds"])), int(row["residents"]))
        for row in asked(client, BY_NAME["spend-and-residents"].text())
    ]
    assert sorted(ours) == list(expected.iter_rows())
    assert len(ours) == len(set(DISTRICTS.values())) - 1  # Suffolk Coastal is no more


def test_the_departments_of_a_council_add_up(client: FlaskClient, shared: Path) -> None:
    frame = payments(shared)
    named = pl.col("Name").str.contains(f"(?i){spend.BODY.pattern}")
    sums = frame.group_by("Department").agg(
        pl.col("Amount").sum(), pl.col("Amount").filter(named).sum().alias("named")
    )
    ours = [
        (row["department"], int(float(row["pounds"])), int(float(row["named"])))
        for row in asked(client, BY_NAME["spend-by-department"].text())
    ]
    assert ours == list(sums.sort("Department").iter_rows())


def test_nobody_who_may_be_a_person_is_named(client: FlaskClient, shared: Path) -> None:
    names = payments(shared)["Name"].unique()
    unnamed = {name for name in names if not spend.BODY.search(name)}
    ours = asked(
        client,
        f"SELECT ?name {{ ?s a <{SPEND.Supplier.value}> ; <{RDFS.label.value}> ?name }}",
    )
    assert len(unnamed) > 700 and not unnamed & {row["name"] for row in ours}


# Who answers for assets


def test_owners_of_assets_stand_in_organograms(
    client: FlaskClient, shared: Path, owning: dict[str, Candidate]
) -> None:
    assert {name: one.iri.removeprefix(POSTS) for name, one in owning.items()} == OWNERS
    folder = shared / "admin" / "organograms"
    senior = pl.read_csv(folder / "home_office-2012-09-30-senior.csv", infer_schema=False)
    junior = pl.read_csv(folder / "home_office-2012-09-30-junior.csv", infer_schema=False)
    staff = (
        junior.unique()
        .group_by(post="Reporting Senior Post")
        .agg(staff=pl.col("Number of Posts in FTE").cast(pl.Float64).sum())
    )
    counts = pl.Series("owner", owners()).value_counts(name="assets")
    meant = pl.DataFrame({"owner": OWNERS.keys(), "post": OWNERS.values()})
    posts = senior.select(
        post="Post Unique Reference", unit="Unit", grade="Grade (or equivalent)"
    ).unique("post")
    joined = counts.join(meant, on="owner").join(posts, on="post").join(staff, on="post")
    expected = joined.select("owner", "unit", "grade", "assets", "staff").sort("owner")
    ours = [
        (row["owner"], row["unit"], row["grade"], int(row["assets"]), float(row["staff"]))
        for row in asked(client, BY_NAME["owners-in-organograms"].text())
    ]
    assert sorted(ours) == [
        (*others, pytest.approx(number)) for *others, number in expected.iter_rows()
    ]
    assert len(ours) >= 3


def test_no_name_number_or_pay_of_anybody_is_read(shared: Path) -> None:
    files = [RawFile.at(path) for path in organogram_files(shared)]
    text = "\n".join(map(str, organograms.load(files, Names(), Reading())))
    senior = [
        pl.read_csv(path, infer_schema=False)
        for path in organogram_files(shared)
        if "senior" in path.name
    ]
    people = {name for frame in senior for name in frame["Name"].drop_nulls()} - {"N/D"}
    # Some say the title of the post, or that it is vacant, instead of a name.
    people = {name for name in people if " " in name and name not in text.partition("label")[0]}
    assert len(people) > 100
    titles = {title for frame in senior for title in frame["Job Title"]}
    assert not [name for name in people if f'"{name}"' in text and name not in titles]
    assert "@homeoffice" not in text and "035 4848" not in text


def test_a_row_that_the_export_has_twice_is_read_once(shared: Path) -> None:
    path = shared / "admin" / "organograms" / "home_office-2012-09-30-junior.csv"
    reading = Reading()
    quads = organograms.load([RawFile.at(path)], Names(), reading)
    posts = sum(
        float(quad.object.value)
        for quad in quads
        if quad.predicate.value.endswith("#fullTimeEquivalent")
    )
    frame = pl.read_csv(path, infer_schema=False)
    column = pl.col("Number of Posts in FTE").cast(pl.Float64).sum()
    assert posts == pytest.approx(frame.unique().select(column).item())
    assert posts < frame.select(column).item()
    assert (reading.records, reading.refused) == (933, 0)


# What is refused


def refused(load: Callable[..., object], path: Path) -> str:
    """What a loader says of a file that it refuses."""
    reading = Reading()
    with pytest.raises(SourceRejected) as caught:
        list(load([RawFile.at(path)], Names(), reading))
        reading.insist()
    return str(caught.value)


@pytest.mark.parametrize(
    ("folder", "load", "before", "after", "problem"),
    [
        ("council_spend", spend.load, "£0", "nothing", "row 5.*Amount.*not an amount in pounds"),
        ("council_spend", spend.load, "01.07.11 to", "", "does not say, alone, which days"),
        ("council_spend", spend.load, "Department,", "Dept,", "there is no column 'Department'"),
        ("council_spend", spend.load, "£0,", "£0,,", "row 5.*7 cells where the header has 6"),
        ("link_tables", links.load, ",0.95,", ",1.2,", "row 2.*confidence.*not a number from 0"),
        ("link_tables", links.load, "core#closeMatch", "core#like", "row 2.*predicate_id.*known"),
        ("link_tables", links.load, "id/post/", "post/", "row 2.*subject_id.*not an address"),
        ("link_tables", links.load, "2026-11-22", "22/11/26", "row 2.*mapping_date"),
        ("organograms", organograms.load, "/post/FX02", "/FX02", "row 3.*URI.*not the address"),
    ],
)
def test_what_cannot_be_is_refused(
    tmp_path: Path,
    folder: str,
    load: Callable[..., object],
    before: str,
    after: str,
    problem: str,
) -> None:
    source = sorted((LOADERS / folder / "fixture").iterdir())[0]
    text = source.read_text("utf-8")
    assert before in text
    path = tmp_path / source.name
    path.write_text(text.replace(before, after, 1), "utf-8")
    assert re.search(problem, refused(load, path), re.DOTALL)


def test_a_link_may_stand_only_once(tmp_path: Path) -> None:
    source = LOADERS / "link_tables" / "fixture" / "some-links.csv"
    lines = source.read_text("utf-8").splitlines()
    path = tmp_path / "twice-links.csv"
    path.write_text("\n".join([*lines, lines[1]]), "utf-8")
    assert "twice-links.csv: row 2 links the same two" in refused(links.load, path)


@pytest.mark.parametrize(
    ("before", "after", "problem"),
    [
        ("semapv:LexicalMatching", "semapv:Guessing", "Guessing' is not one of those"),
        ("sssom:confidence 0.9500", "sssom:confidence 9.5", "not a number from 0 to 1"),
        ("    owl:annotatedSource", "    dct:source", "the link cannot be read"),
        ("@prefix ex:", "@prefix", "it is no Turtle"),
    ],
)
def test_written_links_that_are_amiss_are_refused(
    tmp_path: Path, before: str, after: str, problem: str
) -> None:
    text = (LOADERS / "link_tables" / "fixture" / "written-links.ttl").read_text("utf-8")
    assert before in text
    path = tmp_path / "written-links.ttl"
    path.write_text(text.replace(before, after), "utf-8")
    assert problem in refused(links.load, path)


def test_an_organogram_of_no_known_name_is_not_guessed_at(tmp_path: Path) -> None:
    path = tmp_path / "senior.csv"
    path.write_text("a,b\n1,2\n", "utf-8")
    assert "whose organogram" in refused(organograms.load, path)
