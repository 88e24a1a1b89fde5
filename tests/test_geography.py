"""Areas: each code described, each small area led to its larger ones, and no link a guess."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import polars as pl
import pytest
from pyoxigraph import BlankNode, Literal, NamedNode, Quad, RdfFormat, parse

from homegraph.graph import iri
from homegraph.graph.cubes.tables import Tables
from homegraph.graph.errors import SourceRejected
from homegraph.graph.findings import Reading
from homegraph.graph.iri import Names
from homegraph.graph.raw import RawFile
from homegraph.graph.rules import validate
from homegraph.graph.terms import DCT, GEO, PLACE, RDFS, SKOS, STAT
from homegraph.loaders.geography import loader
from homegraph.loaders.geography.boundaries import contains, outlines, wkt

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "loaders" / "geography"
LOOKUPS = (
    *("LAD17_CSP17_PFA17_EW.csv", "LAD23_CSP23_PFA23_EW.csv", "la_all_codes.csv"),
    *("msoa_la.csv.gz", "middle-layer-super-output-area.csv.gz", "rgn_all_codes.csv"),
    *("ctry_all_codes.csv", "lsoa_latlong.csv.gz", "msoa_latlong.csv.gz"),
)


class World:
    """What a set of files becomes, with the tables of other sources beside it."""

    def __init__(self, files: list[Path], street: pl.DataFrame | None = None) -> None:
        self.reading, self.tables = Reading(), Tables()
        self.loaded = list(loader.load([RawFile.at(f) for f in files], Names(), self.reading))
        self.reading.insist()
        self.tables.add("geography", self.reading.tables)
        if street is not None:
            self.tables.add("street-crime", {"areas": street})
        self.derived = list(loader.derive(self.tables, Names(), self.reading))
        self.quads = self.loaded + self.derived

    def table(self, name: str) -> pl.DataFrame:
        """A table as it is after everything has been derived."""
        found = self.tables.get("geography", name)
        assert found is not None
        return found.collect()

    def members(self, code: str, kind: str) -> set[tuple[str, str]]:
        """The larger areas of one kind, with the share that lies in them."""
        rows = self.table("members").filter(pl.col("code") == code, pl.col("kind") == kind)
        return set(rows.select("member_of", "share").iter_rows())

    def said(self, code: str, predicate: NamedNode) -> set[str]:
        """What the graph says of an area, codes for areas."""
        return {
            quad.object.value.rpartition("/")[2]
            for quad in self.quads
            if quad.subject == iri.area(code)
            and quad.predicate == predicate
            and isinstance(quad.object, NamedNode | Literal)
        }


def names_seen(*rows: tuple[str, str, str]) -> pl.DataFrame:
    """The table `areas` of street-level crime."""
    return pl.DataFrame(
        list(rows), dict.fromkeys(("code", "name", "month"), pl.String), orient="row"
    )


def files_in(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.is_file())


def with_file(tmp_path: Path, name: str, *lines: str) -> list[Path]:
    """The fixture, with one file changed."""
    (tmp_path / name).write_text("\r\n".join(lines) + "\r\n", encoding="utf-8")
    return [*(f for f in files_in(SOURCE / "fixture") if f.name != name), tmp_path / name]


@pytest.fixture(scope="module")
def small() -> World:
    """The fixture, with names as the files of street-level crime have them."""
    seen = names_seen(
        ("W01000700", "Carmarthenshire 011B", "2024-01"),
        ("E01015272", "Bournemouth, Christchurch and Poole 035A", "2024-01"),
        ("E01014485", "Bristol 023A", "2022-01"),
        ("E01014485", "Bristol 058A", "2024-01"),
        ("E01033907", "Bristol 061A", "2024-01"),
    )
    return World(files_in(SOURCE / "fixture"), seen)


@pytest.fixture(scope="module")
def street(shared: Path) -> pl.DataFrame:
    """The areas in the real files of street-level crime: code, name, month."""
    folder = shared / "police-uk" / "street"
    columns = ["LSOA code", "LSOA name", "Month"]
    found = [
        pl.read_csv(path, columns=columns, schema_overrides=dict.fromkeys(columns, pl.String))
        .drop_nulls("LSOA code")
        .unique()
        for path in sorted(folder.rglob("*-street.csv.gz"))
    ]
    return pl.concat(found).rename(dict(zip(columns, ("code", "name", "month"), strict=True)))


@pytest.fixture(scope="module")
def england_and_wales(street: pl.DataFrame, shared: Path) -> World:
    """The real lookups and boundaries."""
    folder = shared / "geography"
    boundaries = sorted(folder.rglob("*.geojson*"))
    return World([*(folder / "lookups" / name for name in LOOKUPS), *boundaries], street)


# The real files


def test_the_real_files_load_as_they_are(england_and_wales: World) -> None:
    reading = england_and_wales.reading
    assert (reading.records, reading.written, reading.refused) == (80777, 63043, 17734)
    assert not reading.errors
    kinds = Counter(england_and_wales.table("areas")["kind"])
    assert kinds["lsoa"] == 36778  # 34,753 of 2011 and those that are new in 2021
    assert kinds["msoa"] == 7385
    assert (kinds["district"], kinds["csp"], kinds["force-area"]) == (368, 314, 43)
    assert (kinds["region"], kinds["country"]) == (9, 3)


def test_rows_about_other_countries_are_left_out_with_their_number(
    england_and_wales: World,
) -> None:
    said = {finding.file: finding.problem for finding in england_and_wales.reading.warnings}
    assert "47 rows are not about areas of England and Wales" in said["la_all_codes.csv"]
    assert "11646 rows" in said["lsoa_latlong.csv"]


def test_lad_to_csp_to_pfa_is_not_a_function_in_2023(
    england_and_wales: World, shared: Path
) -> None:
    rows = pl.read_csv(shared / "geography" / "lookups" / "LAD23_CSP23_PFA23_EW.csv")
    assert (rows.height, rows["LAD23CD"].n_unique()) == (332, 318)
    several = england_and_wales.table("members").filter(
        pl.col("kind") == "csp", pl.col("code").is_in(rows["LAD23CD"].implode())
    )
    assert several.filter(pl.col("share") == "part")["code"].n_unique() == 7
    parts = {"E22000063", "E22000067", "E22000367"}
    assert england_and_wales.members("E06000058", "csp") == {(code, "part") for code in parts}
    assert england_and_wales.said("E06000058", PLACE.partlyIn) == parts
    assert not england_and_wales.said("E06000058", PLACE.communitySafetyPartnership)
    # Its force area is one all the same.
    assert england_and_wales.members("E06000058", "force-area") == {("E23000039", "whole")}


def test_every_small_area_of_the_real_street_files_has_its_larger_areas(
    england_and_wales: World,
) -> None:
    seen = england_and_wales.tables.get("street-crime", "areas")
    assert seen is not None
    codes = seen.select("code").unique().collect()["code"]
    covered = {}
    for kind in ("msoa", "district", "csp", "force-area", "region", "country"):
        rows = england_and_wales.table("members").filter(
            pl.col("kind") == kind, pl.col("code").is_in(codes.implode())
        )
        whole = rows.filter(pl.col("share") == "whole")["code"].n_unique()
        part = rows.filter(pl.col("share") == "part")["code"].n_unique()
        covered[kind] = (whole, part, len(codes) - whole - part)
    assert len(codes) == 26443
    assert covered.pop("csp") == (26426, 17, 0)
    assert set(covered.values()) == {(26443, 0, 0)}


def test_325_codes_have_two_names_and_each_lies_in_one_district(
    england_and_wales: World, street: pl.DataFrame
) -> None:
    names = street.select("code", "name").unique().group_by("code").len()
    two = names.filter(pl.col("len") == 2)["code"]
    assert len(two) == 325
    assert names["len"].max() == 2
    links = england_and_wales.table("members").filter(pl.col("code").is_in(two.implode()))
    for kind in ("msoa", "district"):
        assert links.filter(pl.col("kind") == kind).height == 325
    # "Aylesbury Vale 001A" was named anew when its district was; the newest name is the label.
    named = dict(england_and_wales.table("areas").select("code", "name").iter_rows())
    assert named["E01017648"] == "Buckinghamshire 001A"
    assert england_and_wales.members("E01017648", "district") == {("E06000060", "whole")}
    assert england_and_wales.members("E01017648", "csp") == {("E22000303", "whole")}


def test_a_district_newer_than_the_lookup_stands_for_the_one_that_it_replaced(
    england_and_wales: World,
) -> None:
    # Barnsley has been E08000038 since 2025; lookups and estimates have E08000016.
    assert england_and_wales.members("E08000038", "district") == {("E08000016", "whole")}
    assert england_and_wales.members("E08000038", "force-area") == {("E23000011", "whole")}
    barnsley = england_and_wales.table("members").filter(
        pl.col("kind") == "district", pl.col("member_of") == "E08000016"
    )
    assert barnsley.filter(pl.col("code").str.starts_with("E02")).height > 25


def test_names_and_codes_lead_to_no_two_middle_layer_areas(england_and_wales: World) -> None:
    found = england_and_wales.tables.get("geography", "msoa_names")
    assert found is not None
    assert found.collect()["stem"].is_unique().all()


def test_what_the_real_files_say_keeps_the_rules(england_and_wales: World) -> None:
    """A sample: all that is said of areas in Bristol, Bournemouth and Wales."""
    chosen = ("/E06000023", "/E01014", "/E0600005", "/W0", "/E23", "area-change")
    said = [
        f"{quad} .\n"
        for quad in england_and_wales.quads
        if any(c in quad.subject.value for c in chosen)
    ]
    assert len(said) > 10_000
    assert [result.shape for result in validate(said).violations] == []


def test_small_areas_cost_few_statements(england_and_wales: World) -> None:
    small = [quad for quad in england_and_wales.quads if "/E01" in quad.subject.value]
    assert len(small) / 34789 < 11


# Small worlds


def test_a_renamed_small_area_lies_where_its_newest_name_says(small: World) -> None:
    # E01014485 was "Bristol 023A" in 2011 and is "Bristol 058A" since 2021.
    named = dict(small.table("areas").select("code", "name").iter_rows())
    assert named["E01014485"] == "Bristol 058A"
    assert small.members("E01014485", "msoa") == {("E02006949", "whole")}
    assert small.said("E01014485", PLACE.msoa) == {"E02006949"}
    assert small.said("E01014485", PLACE.district) == {"E06000023"}
    assert small.said("E01014485", PLACE.policeForceArea) == {"E23000036"}
    assert small.said("E01014485", PLACE.vintage) == {"2011", "2021"}


def test_what_street_files_label_is_not_labelled_again(small: World) -> None:
    assert not small.said("E01014485", RDFS.label)
    alone = World(files_in(SOURCE / "fixture"))
    assert alone.said("E01014485", RDFS.label) == {"Bristol 058A"}
    assert alone.said("E01014485", SKOS.altLabel) == {"Bristol 023A"}
    assert alone.said("E01014485", PLACE.district) == {"E06000023"}
    assert not alone.said("W01000700", PLACE.district)  # nothing has told its name


def test_a_small_area_of_a_merged_district_lies_in_the_partnership_it_was_in(small: World) -> None:
    # "Bournemouth, Christchurch and Poole 035" was "Bournemouth 016" before the merger.
    assert small.members("E01015272", "district") == {("E06000058", "whole")}
    assert small.members("E01015272", "csp") == {("E22000063", "whole")}


def test_without_an_older_district_each_partnership_is_only_possible(tmp_path: Path) -> None:
    header = "codelist,code,label,parent"
    other = "middle-layer-super-output-area,W02000152,Carmarthenshire 011,W06000010"
    files = with_file(tmp_path, "middle-layer-super-output-area.csv", header, other)
    world = World(files, names_seen(("E01015272", "Bournemouth, Christchurch and Poole 035A", "x")))
    assert {share for _, share in world.members("E01015272", "csp")} == {"part"}
    assert len(world.said("E01015272", PLACE.partlyIn)) == 3
    assert world.members("E01015272", "force-area") == {("E23000039", "whole")}


def test_names_in_tables_of_the_population_place_small_areas_too(small: World) -> None:
    world = World(files_in(SOURCE / "fixture"))
    named = pl.DataFrame({"code": ["W01000700"], "name": ["Carmarthenshire 011B"]})
    world.tables.add("population", {"lower_layer_names": named})
    list(loader.derive(world.tables, Names(), Reading()))
    assert world.members("W01000700", "district") == {("W06000010", "whole")}


def test_wales_stands_among_the_regions_of_tables_and_not_of_the_graph(small: World) -> None:
    assert small.members("W01000700", "region") == {("W92000004", "whole")}
    assert small.members("W06000010", "region") == {("W92000004", "whole")}
    assert not small.said("W06000010", PLACE.region)
    assert small.said("W06000010", PLACE.country) == {"W92000004"}


def test_a_small_area_leads_to_its_region_or_to_wales_in_one_step(small: World) -> None:
    assert small.said("E01014485", PLACE.region) == {"E12000009"}
    assert not small.said("W01000700", PLACE.region)
    assert small.said("W01000700", PLACE.country) == {"W92000004"}


def test_england_and_wales_is_named_in_the_vocabulary_and_not_again(small: World) -> None:
    assert not small.said("K04000001", RDFS.label)
    given = [
        quad.object.value
        for quad in parse(path=ROOT / "ontologies/others/catalogue.ttl", format=RdfFormat.TURTLE)
        if quad.subject == iri.area("K04000001") and quad.predicate == RDFS.label
    ]
    assert given == [dict(small.table("areas").select("code", "name").iter_rows())["K04000001"]]


def test_an_old_district_leads_to_the_one_that_replaced_it(small: World) -> None:
    assert small.members("E07000048", "district") == {("E06000058", "whole")}
    assert small.said("E07000048", DCT.isReplacedBy) == {"E06000058"}
    assert small.members("E07000048", "csp") == {("E22000367", "whole")}
    change = Names().thing("area-change", "E07000048", "E06000058")
    said = {quad.predicate: quad.object for quad in small.quads if quad.subject == change}
    assert said[STAT.linkStatus] == iri.concept("link-status", "third-party")
    assert said[PLACE.oldArea] == iri.area("E07000048")
    assert said[DCT.source].value.startswith(Names().thing("file", "x").value[:-1])


def test_a_split_small_area_is_followed_where_both_boundaries_are_known(small: World) -> None:
    assert small.said("E01014540", DCT.isReplacedBy) == {"E01033907", "E01033908", "E01033910"}
    change = Names().thing("area-change", "E01014540", "E01033907")
    said = [quad.object for quad in small.quads if quad.subject == change]
    assert iri.concept("link-status", "ours") in said
    assert not small.said("E01014485", DCT.isReplacedBy)  # it has kept its code


def test_a_month_with_new_codes_shows_which_census_its_names_are_of() -> None:
    old = ("E01014485", "Bristol 023A", "2022-01")
    both = names_seen(old, ("E01014485", "Bristol 058A", "2024-01"), ("E01033907", "x", "2024-01"))
    files = [f for f in files_in(SOURCE / "fixture") if "E06000023" not in f.name]
    assert World(files, both).said("E01014485", PLACE.vintage) == {"2011", "2021"}
    assert World(files, names_seen(old)).said("E01014485", PLACE.vintage) == {"2011"}


def test_nothing_derived_is_a_blank_node_and_twice_is_the_same(small: World) -> None:
    seen = small.tables.get("street-crime", "areas")
    assert seen is not None
    again = World(files_in(SOURCE / "fixture"), seen.collect())
    assert set(again.quads) == set(small.quads)
    assert not any(isinstance(quad.object, BlankNode) for quad in small.quads)
    assert all(quad.graph_name == Names().graph("geography") for quad in small.quads)


def test_what_is_said_of_the_example_keeps_the_rules() -> None:
    seen = names_seen(("E01014735", "Bristol 037D", "2024-01"))
    said = [f"{quad} .\n" for quad in World(files_in(SOURCE / "example"), seen).quads]
    assert [result.shape for result in validate(said).violations] == []


def test_tables_are_handed_over_as_the_others_expect_them(small: World) -> None:
    assert small.table("areas").columns == ["code", "name", "kind", "vintage"]
    assert small.table("members").columns == ["code", "kind", "member_of", "share"]
    assert small.table("areas")["code"].is_unique().all()
    assert set(small.table("members")["share"]) == {"whole", "part"}


def test_boundaries_are_well_known_text_in_longitude_and_latitude(small: World) -> None:
    (text,) = [
        quad.object.value
        for quad in small.quads
        if quad.subject == Names().thing("boundary", "W15000004") and quad.predicate == GEO.asWKT
    ]
    assert text.startswith("POLYGON((-")
    assert all(
        len(number.partition(".")[2]) <= 5 for number in text[9:-2].replace(",", " ").split()
    )


# Faults


def refused(files: list[Path]) -> str:
    """What is said when files are refused."""
    with pytest.raises(SourceRejected) as caught:
        World(files)
    return str(caught.value)


def test_a_file_of_an_unknown_name_is_refused(tmp_path: Path) -> None:
    said = refused(with_file(tmp_path, "pcon.csv", "PCON22CD,PCON22NM", "E14000530,Aldershot"))
    assert "pcon.csv" in said
    assert "nobody knows how to read a file of this name" in said


@pytest.mark.parametrize(
    ("row", "column", "problem"),
    [
        ("E070000,X,E22000027,Y,E23000013,Z,1", "LAD23CD", "not the ONS code of an area"),
        ("E07000004,X,E23000027,Y,E23000013,Z,1", "CSP23CD", "not the ONS code of a csp"),
        ("E07000004,X,E22000027,Y,,Z,1", "PFA23CD", "the cell is empty"),
        ("E07000004,,E22000027,Y,E23000013,Z,1", "LAD23NM", "the cell is empty"),
    ],
)
def test_a_wrong_cell_of_a_lookup_is_named(
    tmp_path: Path, row: str, column: str, problem: str
) -> None:
    header = "LAD23CD,LAD23NM,CSP23CD,CSP23NM,PFA23CD,PFA23NM,ObjectId"
    said = refused(with_file(tmp_path, "LAD23_CSP23_PFA23_EW.csv", header, row))
    assert "LAD23_CSP23_PFA23_EW.csv: row 2" in said
    assert column in said
    assert problem in said


@pytest.mark.parametrize(
    ("latitude", "longitude", "column", "value", "problem"),
    [
        ("north", "0.1", "latitude", "north", "not a number of degrees"),
        ("95", "0.1", "latitude", "95", "outside the United Kingdom"),
        ("1e400", "0.1", "latitude", "1e400", "outside the United Kingdom"),
        ("51.5", "51.5", "longitude", "51.5", "outside the United Kingdom"),
        ("-2.57404", "51.47018", "latitude", "-2.57404", "outside the United Kingdom"),
    ],
)
def test_a_centroid_outside_the_united_kingdom_is_named(
    tmp_path: Path, latitude: str, longitude: str, column: str, value: str, problem: str
) -> None:
    header = "LSOACD,latitude,longitude,lsoa11cd"
    row = f"E01000001,{latitude},{longitude},E01000001"
    said = refused(with_file(tmp_path, "lsoa_latlong.csv", header, row))
    assert f"row 2: column '{column}' holds '{value}': {problem}. Give degrees from" in said


@pytest.mark.parametrize("code", ["e01014485", "Zorblax", "LSOACD", "E12000033", "S1200003", "all"])
def test_only_codes_of_scotland_and_northern_ireland_are_left_out(
    tmp_path: Path, code: str
) -> None:
    header = "LSOACD,latitude,longitude,lsoa11cd"
    rows = (f"{code},51.5,-0.1,{code}", "N21000001,54.6,-5.9,x", "S01006506,57.1,-2.1,x")
    said = refused(with_file(tmp_path, "lsoa_latlong.csv", header, *rows))
    assert f"row 2: column 'LSOACD' holds '{code}': not the ONS code of a" in said
    assert "row 3" not in said
    good = with_file(tmp_path, "lsoa_latlong.csv", header, *rows[1:], "95AA01S1,54.6,-6.2,x")
    assert World(good).reading.refused >= 3


def test_a_heading_that_stands_again_among_the_rows_is_no_area(tmp_path: Path) -> None:
    header = "LAD23CD,LAD23NM,CSP23CD,CSP23NM,PFA23CD,PFA23NM,ObjectId"
    said = refused(with_file(tmp_path, "LAD23_CSP23_PFA23_EW.csv", header, header))
    assert "row 2: column 'LAD23CD' holds 'LAD23CD': not the ONS code" in said


def test_a_district_lies_in_one_force_area_in_each_year(tmp_path: Path) -> None:
    header = "LAD23CD,LAD23NM,CSP23CD,CSP23NM,PFA23CD,PFA23NM,ObjectId"
    first = "E06000023,Bristol,E22000002,Bristol,E23000036,Avon and Somerset,1"
    again = "E06000023,Bristol,E22000003,Bristol South,E23000036,Avon and Somerset,2"
    other = "E06000023,Bristol,E22000002,Bristol,E23000037,Gloucestershire,3"
    said = refused(with_file(tmp_path, "LAD23_CSP23_PFA23_EW.csv", header, first, again, other))
    assert "row 4: column 'PFA23CD' holds 'E23000037': an earlier row has the district" in said
    assert "row 3" not in said


def boundary(tmp_path: Path, change: dict[str, object], system: str = "") -> str:
    """What is said of a boundary file with something changed in its one feature."""
    square = [[0.0, 51.0], [0.1, 51.0], [0.1, 51.1], [0.0, 51.0]]
    properties = {"objectid": "E06000023", "district": "Bristol", **change}
    shape = properties.pop("geometry", {"type": "Polygon", "coordinates": [square]})
    content: dict[str, object] = {
        "type": "FeatureCollection",
        "features": [{"type": "Feature", "properties": properties, "geometry": shape}],
    }
    if system:
        content["crs"] = {"type": "name", "properties": {"name": system}}
    path = tmp_path / "some_districts.geojson"
    path.write_text(json.dumps(content), encoding="utf-8")
    return refused([path])


def test_faults_of_boundaries_are_named(tmp_path: Path) -> None:
    assert "nobody reads this property" in boundary(tmp_path, {"Surprise": 1})
    assert "not the code of a district" in boundary(tmp_path, {"objectid": "E23000036"})
    assert "the area has no name" in boundary(tmp_path, {"district": ""})
    point = {"type": "Point", "coordinates": [0, 51]}
    assert "not the outline of an area" in boundary(tmp_path, {"geometry": point})
    assert "the coordinates are in EPSG:27700" in boundary(tmp_path, {}, "EPSG:27700")
    path = tmp_path / "other_districts.geojson"
    path.write_text("no JSON", encoding="utf-8")
    assert "not GeoJSON of areas: no JSON from line 1 on" in refused([path])
    path.write_text("[" * 100_000, encoding="utf-8")
    assert "nested too deeply" in refused([path])
    path.write_text("[]", encoding="utf-8")
    assert "there is no list of features" in refused([path])
    path.write_text('{"features": [{"type": "Feature"}]}', encoding="utf-8")
    assert "feature 1 has no properties" in refused([path])
    path.write_text('{"features": [{"properties": {}}], "crs": null}', encoding="utf-8")
    assert "the system of coordinates has no name" in refused([path])
    path.write_text('{"features": [{"properties": {"name": "x"}}]}', encoding="utf-8")
    assert "no area's code among the properties name" in refused([path])


@pytest.mark.parametrize(
    ("ring", "problem"),
    [
        ([[51.0, 0.0], [51.1, 0.0]], "holds '51.0 0.0': a point outside the United Kingdom"),
        ([[0.0, float("nan")]], "holds '0.0 nan': a point outside the United Kingdom"),
        ([[0.0, 1e308 * 10]], "holds '0.0 inf': a point outside the United Kingdom"),
        ([["0.0", "51.0"]], "not the outline of an area"),
        ([0.0, 51.0], "not the outline of an area"),
        ([[0.0, 51.0], [0.1, 51.0]], "not the outline of an area"),
    ],
)
def test_a_ring_that_is_none_or_lies_elsewhere_is_named(
    tmp_path: Path, ring: list[object], problem: str
) -> None:
    shape = {"type": "Polygon", "coordinates": [ring]}
    assert problem in boundary(tmp_path, {"geometry": shape})
    assert "not the outline of an area" in boundary(tmp_path, {"geometry": None})


def test_an_area_has_one_outline_in_a_file(tmp_path: Path) -> None:
    square = [[0.0, 51.0], [0.1, 51.0], [0.1, 51.1], [0.0, 51.0]]
    feature = {
        "properties": {"objectid": "E06000023", "district": "Bristol"},
        "geometry": {"type": "Polygon", "coordinates": [square]},
    }
    path = tmp_path / "some_districts.geojson"
    path.write_text(json.dumps({"features": [feature, feature]}), encoding="utf-8")
    assert "row 2: column 'objectid' holds 'E06000023': an earlier feature" in refused([path])


def test_an_outline_too_small_for_five_decimals_leaves_no_trace() -> None:
    speck = [[0.0, 51.0], [0.000001, 51.0], [0.000001, 51.000001], [0.0, 51.0]]
    square = [[0.0, 51.0], [0.1, 51.0], [0.1, 51.1], [0.0, 51.1], [0.0, 51.0]]
    found = outlines({"type": "MultiPolygon", "coordinates": [[speck], [square, speck]]})
    assert wkt(found) == "POLYGON((0 51,0.1 51,0.1 51.1,0 51.1,0 51))"
    assert contains(found, (0.05, 51.05))


def quads_of(world: World, predicate: NamedNode) -> list[Quad]:
    return [quad for quad in world.quads if quad.predicate == predicate]


def test_a_larger_area_as_a_whole_is_linked_by_its_kind(small: World) -> None:
    kinds = {
        PLACE.msoa: ("E02", "W02"),
        PLACE.district: ("E06", "W06"),
        PLACE.communitySafetyPartnership: ("E22", "W14"),
        PLACE.policeForceArea: ("E23", "W15"),
        PLACE.region: ("E12",),
        PLACE.country: ("E92", "W92", "K04"),
    }
    for predicate, starts in kinds.items():
        found = quads_of(small, predicate)
        assert found
        assert all(str(quad.object).rpartition("/")[2][:3] in starts for quad in found)
