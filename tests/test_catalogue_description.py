"""What we publish ourselves is described completely: for DCAT-AP 3.0.1 and for the UK model.

It is asked of the built demo release as a whole, and of each record by itself, because harvesters
read a catalogue page by page.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pyshacl
import pytest
from pyoxigraph import Literal, NamedNode, Quad, RdfFormat, Store, Triple, parse
from rdflib import RDF as RDFLIB_RDF
from rdflib import SH, Graph

from homegraph import loaders
from homegraph.endpoint.app import create_app
from homegraph.endpoint.world import World
from homegraph.graph import catalogue, iri
from homegraph.graph.concepts import vocabulary
from homegraph.graph.cubes import datasets
from homegraph.graph.cubes.cube import Codes, Cube, Dimension, Measure
from homegraph.graph.cubes.datasets import Described
from homegraph.graph.cubes.figures import Figures
from homegraph.graph.endpoints import ENDPOINTS, named
from homegraph.graph.findings import Reading
from homegraph.graph.home import Home
from homegraph.graph.iri import Names
from homegraph.graph.job import Job
from homegraph.graph.listing import record_of
from homegraph.graph.nquads import lines
from homegraph.graph.record import Records
from homegraph.graph.release import Release, current
from homegraph.graph.rules import validate
from homegraph.graph.shacl.report import Report, Result
from homegraph.graph.source import read_source
from homegraph.graph.terms import (
    DCAT,
    DCATAP,
    DCT,
    FOAF,
    PROV,
    QB,
    RDF,
    SDMXD,
    SKOS,
    SPDX,
    STATDCAT,
    XSD,
)
from homegraph.loaders.dataset_catalogue import tables

ROOT = Path(__file__).parents[1]
SHAPES = ROOT / "shapes"
NAMES = Names()
CATALOGUE = NAMES.data("catalogue")
AUTHORS = "https://w3id.org/homegraph"
OTHERS = ("/id/dataset/", "/id/distribution/", "/id/organisation/", "/id/contact/")


@pytest.fixture(scope="module")
def demo(demo_home: Path) -> Release:
    return current(demo_home)


@pytest.fixture(scope="module")
def store(demo: Release) -> Store:
    return demo.store()


@pytest.fixture(scope="module")
def ours(store: Store) -> list[NamedNode]:
    """Our own datasets of the catalogue."""
    listed = objects(store, CATALOGUE, DCAT.dataset)
    return sorted((one for one in listed if "/data/" in one.value), key=str)


def objects(store: Store, subject: NamedNode, predicate: NamedNode) -> list[NamedNode]:
    quads = store.quads_for_pattern(subject, predicate, None)
    return [quad.object for quad in quads if isinstance(quad.object, NamedNode)]


def texts(store: Store, subject: NamedNode, predicate: NamedNode) -> list[str]:
    return sorted(q.object.value for q in store.quads_for_pattern(subject, predicate, None))


def dump_lines(release: Release) -> Iterator[str]:
    """All that is of catalogue size; of the figures from extracts only what is said of them all."""
    alone = tuple(f"<{NAMES.base}data/home-office-data-hub{end}> " for end in ("", "/period"))
    for path in sorted((release.path / "dumps").glob("*.nq.gz")):
        if path.name != "geography.nq.gz":
            some = path.name == "home-office-data-hub.nq.gz"
            with gzip.open(path, "rt", encoding="utf-8") as stream:
                yield from (line for line in stream if not some or line.startswith(alone))


def of_catalogues(report: Report) -> list[Result]:
    """What the rules for catalogues found, but for what others have said."""
    return [
        result
        for result in report.results
        if "/shape/catalogue#" in result.shape and not any(one in result.focus for one in OTHERS)
    ]


def told(results: list[Result]) -> list[str]:
    return [f"{one.shape.rpartition('#')[2]}: {one.focus} {one.value}" for one in results]


# The release


def test_nothing_of_ours_breaks_a_rule_or_draws_a_warning(demo: Release) -> None:
    found = of_catalogues(validate(dump_lines(demo)))
    assert told([one for one in found if one.severity != "info"]) == []
    # What is left: of the authors of our words no kind is known; an entry of another catalogue
    # keeps to whatever profile that has, and when it was listed is what the feed tells.
    left = {one.shape.rpartition("#")[2] for one in found if one.focus != AUTHORS}
    assert left <= {"record-standard", "record-issued", "record-status"}
    assert {one.shape.rpartition("#")[2] for one in found if one.focus == AUTHORS} <= {
        "agent-identifier",
        "agent-type",
    }


def test_each_record_passes_by_itself(store: Store, ours: list[NamedNode]) -> None:
    records = Records(store)
    assert len(ours) > 60
    for dataset in ours:
        said = records.of(dataset)
        found = of_catalogues(validate(f"{triple} .\n" for triple in said))
        assert told(found) == [], dataset


def test_the_head_of_a_page_passes_with_one_dataset_on_it(
    store: Store, ours: list[NamedNode]
) -> None:
    found = of_catalogues(validate(f"{triple} .\n" for triple in page(store, ours[0])))
    assert told(found) == []


def page(store: Store, dataset: NamedNode) -> list[Triple]:
    """A catalogue page with one dataset."""
    records = Records(store)
    said = {
        *records.head(CATALOGUE),
        *records.of(dataset),
        Triple(CATALOGUE, DCAT.dataset, dataset),
    }
    said |= {Triple(named(NAMES, one), DCAT.servesDataset, dataset) for one in ENDPOINTS}
    return sorted(said, key=str)


@pytest.mark.parametrize("name", ["street-crime", "geography", "incidents-by-force", "residents"])
def test_pyshacl_says_the_same_of_a_page(store: Store, name: str) -> None:
    graph = Graph()
    graph.parse(data="".join(f"{one} .\n" for one in page(store, NAMES.data(name))), format="nt")
    rules = Graph().parse(SHAPES / "catalogue.ttl")
    _, results, text = pyshacl.validate(graph, shacl_graph=rules, inference="none", advanced=True)
    assert isinstance(results, Graph)
    assert not list(results.subjects(RDFLIB_RDF.type, SH.ValidationResult)), text


def test_the_store_gives_back_what_was_written(demo: Release, ours: list[NamedNode]) -> None:
    """Oxigraph reads some datatypes as others; a record says what the dumps say."""
    written: set[Triple] = set()
    for path in (demo.path / "dumps").glob("*.nq.gz"):
        with gzip.open(path, "rb") as stream:
            written |= {quad.triple for quad in parse(stream, format=RdfFormat.N_QUADS)}
    records = Records(demo.store())
    for dataset in ours:
        said = set(records.of(dataset))
        assert said <= written, sorted(map(str, said - written))[:3]


def test_a_record_of_a_cube_has_no_slices(store: Store) -> None:
    said = Records(store).of(NAMES.data("incidents-by-force"))
    assert not {one.predicate for one in said} & {QB.slice, QB.structure, DCT.source}
    assert len(said) < 300


def test_both_frequencies_are_said_of_each_dataset(store: Store, ours: list[NamedNode]) -> None:
    for dataset in ours:
        (frequency,) = objects(store, dataset, DCT.accrualPeriodicity)
        (dublin,) = objects(store, frequency, SKOS.exactMatch)
        assert frequency.value.startswith("http://publications.europa.eu/resource/authority/")
        assert dublin.value.startswith("http://purl.org/cld/freq/")


def test_what_the_uk_model_demands_is_said_once(shared: Path, store: Store) -> None:
    path = shared / "reference" / "uk-metadata-exchange-model-properties.csv"
    if not path.exists():
        # The table is public data beside the checkout, which a user of homegraph does not have.
        pytest.skip("the table of the UK model is not here")
    with path.open(encoding="utf-8", newline="") as stream:
        rows = [row for row in csv.DictReader(stream) if row["obligation"] == "mandatory"]
    own = {quad.subject for quad in store.quads_for_pattern(None, RDF.type, DCAT.Dataset)}
    nodes = {
        "Dataset": [one for one in own if "/id/dataset/" not in str(one)],
        "DataService": [named(NAMES, one) for one in ENDPOINTS],
    }
    nodes["CataloguedResource"] = nodes["Dataset"] + nodes["DataService"]
    nodes["Distribution"] = [
        o for n in nodes["Dataset"] for o in objects(store, n, DCAT.distribution)
    ]
    contacts = {
        o for n in nodes["CataloguedResource"] for o in objects(store, n, DCAT.contactPoint)
    }
    nodes["ContactPoint"] = sorted(contacts, key=str)
    prefixes = {
        "dct": DCT.iri,
        "dcat": DCAT.iri,
        "adms": "http://www.w3.org/ns/adms#",
        "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
        "vcard": "http://www.w3.org/2006/vcard/ns#",
    }
    model = "https://w3id.org/co-cddo/ukgov-metadata-exchange-model/"
    for row in rows:
        prefix, _, local = (row["property_uri"] or f":{row['property']}").partition(":")
        predicate = NamedNode(prefixes.get(prefix, model) + local)
        for node in nodes.get(row["class"], []):
            count = sum(1 for _ in store.quads_for_pattern(node, predicate, None))
            # One class, licence or endpoint description may be named beside another.
            many = row["max"] == "*" or local in {"type", "endpointDescription"}
            assert count == 1 or (many and count), (row["class"], predicate, node)


def test_a_service_is_added_by_a_row(store: Store) -> None:
    assert set(objects(store, CATALOGUE, DCAT.service)) == {named(NAMES, one) for one in ENDPOINTS}
    for one in ENDPOINTS:
        node = named(NAMES, one)
        assert objects(store, node, DCAT.endpointURL) == [NamedNode(NAMES.base + one.address)]
        assert len(objects(store, node, DCAT.servesDataset)) > 60


# Files


def test_a_source_with_many_dumps_is_downloaded_as_one_file(demo: Release, store: Store) -> None:
    file = NamedNode(NAMES.data("street-crime").value + "/n-quads")
    (address,) = objects(store, file, DCAT.downloadURL)
    assert address.value == f"{NAMES.base}downloads/street-crime.nq.gz"
    path = demo.path / "downloads" / "street-crime.nq.gz"
    assert texts(store, file, DCAT.byteSize) == [str(path.stat().st_size)]
    (sum_,) = objects(store, file, SPDX.checksum)
    assert texts(store, sum_, SPDX.checksumValue) == [hashlib.sha256(path.read_bytes()).hexdigest()]
    parts = sorted((demo.path / "dumps" / "street-crime").glob("*.nq.gz"))
    assert len(parts) > 3
    with gzip.open(path, "rb") as stream:
        assert stream.read() == b"".join(gzip.decompress(part.read_bytes()) for part in parts)
    assert "downloads/street-crime.nq.gz" in demo.manifest["files"]


def test_the_one_file_is_sent_whole_and_in_part(demo: Release) -> None:
    client = create_app(World.of_release(demo)).test_client()
    content = (demo.path / "downloads" / "street-crime.nq.gz").read_bytes()
    address = "/downloads/street-crime.nq.gz"
    with client.get(address) as whole:
        assert (whole.status_code, whole.data) == (200, content)
        assert whole.content_type == "application/gzip"
        assert whole.headers["ETag"].strip('"') == hashlib.sha256(content).hexdigest()
    with client.get(address, headers={"Range": "bytes=10-19"}) as part:
        assert (part.status_code, part.data) == (206, content[10:20])
    with client.head(address) as head:
        assert head.headers["Content-Length"] == str(len(content))
    for name in ("none.nq.gz", "recorded-crime.nq.gz", "..%2fmanifest.json"):
        assert client.get(f"/downloads/{name}").status_code == 404


def test_what_follows_from_others_is_in_the_file_as_well(demo: Release) -> None:
    with gzip.open(demo.path / "downloads" / "population.nq.gz", "rt", encoding="utf-8") as stream:
        whole = set(stream)
    for name in ("population.nq.gz", "population/derived.nq.gz"):
        with gzip.open(demo.path / "dumps" / name, "rt", encoding="utf-8") as stream:
            assert set(stream) <= whole


# Other catalogues


def test_datasets_of_a_loaded_catalogue_are_listed_with_their_origin(
    demo: Release, store: Store
) -> None:
    described = {
        quad.subject
        for quad in store.quads_for_pattern(None, RDF.type, DCAT.Dataset)
        if "/id/dataset/" in str(quad.subject)
    }
    listed = set(objects(store, CATALOGUE, DCAT.dataset))
    assert len(described) > 20
    assert described <= listed
    files = {file["sha256"] for file in demo.manifest["sources"]["dataset_catalogue"]["files"]}
    for dataset in described:
        assert isinstance(dataset, NamedNode)
        record = record_of(NAMES, dataset)
        assert record in objects(store, CATALOGUE, DCAT.record)
        assert objects(store, record, FOAF.primaryTopic) == [dataset]
        (file,) = objects(store, record, PROV.wasDerivedFrom)
        assert file.value.rpartition("/")[2] in files
        assert texts(store, record, DCT.modified) == texts(store, dataset, DCT.modified)
        said = Records(store).of(dataset)
        assert Triple(record, FOAF.primaryTopic, dataset) in said
        assert Triple(record, RDF.type, DCAT.CatalogRecord) in said
        assert not [one for one in said if one.predicate == PROV.wasDerivedFrom]


def test_nothing_is_said_of_what_others_describe(demo: Release) -> None:
    for name in ("catalogue", "versions"):
        with gzip.open(demo.path / "dumps" / f"{name}.nq.gz", "rt", encoding="utf-8") as stream:
            assert not [line for line in stream if line.startswith(f"<{NAMES.base}id/dataset/")]


# Dates


def built(home: Home, day: int, **wanted: Path) -> Release:
    """A release that is built on a day of January 2026, and published."""
    with home.locked():
        jobs = []
        for name, folder in wanted.items():
            loader = loaders.by_name(name)
            files = home.take_in(loader.source(NAMES), sorted(folder.iterdir()))
            jobs.append(Job(loader, tuple(files)))
        release = home.build(jobs, NAMES, datetime(2026, 1, day, tzinfo=UTC))
        home.publish(release)
    return release


def dates(release: Release, name: str) -> tuple[list[str], list[str]]:
    store, node = release.store(), NAMES.data(*name.split("/"))
    return texts(store, node, DCT.issued), texts(store, node, DCT.modified)


def test_a_source_keeps_its_dates_until_its_files_change(tmp_path: Path) -> None:
    folders = {}
    for name in ("declared_gaps", "recorded_crime"):
        folders[name] = tmp_path / name
        shutil.copytree(loaders.by_name(name).example(tmp_path), folders[name])
    home = Home(tmp_path / "home")
    first = built(home, 1, **folders)
    (issued,), (modified,) = dates(first, "recorded-crime")
    assert issued == modified  # the day on which the files came in
    (path,) = [one for one in folders["recorded_crime"].iterdir() if one.suffix == ".csv"][:1]
    path.write_text("\r\n".join(path.read_text("utf-8-sig").splitlines()[:-1]) + "\r\n", "utf-8")
    second = built(home, 2, **folders)
    assert dates(second, "recorded-crime") == ([issued], ["2026-01-02"])
    assert dates(second, "recorded-crime/n-quads") == ([issued], ["2026-01-02"])
    assert dates(second, "declared-gaps") == dates(first, "declared-gaps")
    assert texts(second.store(), NAMES.data("recorded-crime"), DCAT.version) == ["2026-01-02"]
    third = built(home, 3, **folders)
    assert third.name == second.name  # nothing is new, so there is no other release


def test_a_whole_file_whose_parts_are_the_same_is_not_copied(tmp_path: Path) -> None:
    street = loaders.by_name("street_crime").example(tmp_path)
    gaps = tmp_path / "gaps"
    shutil.copytree(loaders.by_name("declared_gaps").example(tmp_path), gaps)
    home = Home(tmp_path / "home")
    first = built(home, 1, street_crime=street)
    second = built(home, 2, street_crime=street, declared_gaps=gaps)
    whole = "downloads/street-crime.nq.gz"
    assert first.name != second.name
    same = all(
        (first.path / name).read_bytes() == (second.path / name).read_bytes()
        for name in first.manifest["files"]
        if name.startswith("dumps/street-crime/")
    )
    assert (first.path / whole).samefile(second.path / whole) == same


# High value, and figures


HIGH_VALUE = """
    dcatap:applicableLegislation <http://data.europa.eu/eli/reg_impl/2023/138/oj> ;
    dcatap:hvdCategory <http://data.europa.eu/bna/c_e1da4e07> ;
    source:filePattern"""


def cube_of(frame: pl.DataFrame) -> Cube:
    return Cube(
        "things",
        "recorded-crime",
        "Things",
        "How many things there are.",
        (
            Dimension("force", NamedNode("http://example.org/force"), Codes("http://example.org/")),
            Dimension("period", SDMXD.refPeriod, Codes(iri.month("").value)),
        ),
        Measure(
            "number", NamedNode("http://example.org/number"), iri.concept("counting-unit", "crime")
        ),
        frame,
    )


def frame_of(*periods: str) -> pl.DataFrame:
    rows = [(force, period, 1, "0" * 64) for force in ("a", "b") for period in periods]
    return pl.DataFrame(rows, ["force", "period", "number", "file"], orient="row")


def test_a_line_makes_a_source_and_its_cubes_data_of_high_value(tmp_path: Path) -> None:
    folder = tmp_path / "recorded_crime"
    folder.mkdir()
    text = (ROOT / "loaders" / "recorded_crime" / "metadata.ttl").read_text("utf-8")
    text = f"@prefix dcatap: <{DCATAP.iri}> .\n" + text.replace(
        "\n    source:filePattern", HIGH_VALUE, 1
    )
    (folder / "metadata.ttl").write_text(text, "utf-8")
    source = read_source(folder, NAMES)
    dump = catalogue.Dump("dumps/recorded-crime.nq.gz", 1, "0" * 64, "")
    said = [
        *catalogue.catalogue(NAMES, [source], {source.name: dump}, {}, Reading()),
        *datasets.described(Described.of(cube_of(frame_of("2024-01")), source), NAMES),
    ]
    law = NamedNode("http://data.europa.eu/eli/reg_impl/2023/138/oj")
    statistics = NamedNode("http://data.europa.eu/bna/c_e1da4e07")
    nodes = {quad.subject for quad in said if quad.object == law}
    cube, page = NAMES.data("things").value, NAMES.published("things").value
    forms = {f"{page}#{form.key}" for form in datasets.FORMS}
    assert {node.value for node in nodes if isinstance(node, NamedNode)} == {
        source.node.value,
        f"{source.node.value}/n-quads",
        cube,
        *forms,
    }
    assert {q.subject for q in said if q.object == statistics} == {source.node, NamedNode(cube)}
    report = validate([*lines(said), *lines(vocabulary(NAMES))])
    broken = {one.shape.rpartition("#")[2] for one in of_catalogues(report)}
    assert not broken & {"legislation-described", "high-value-list", "high-value-described"}


def test_a_cube_says_what_its_figures_are_arranged_by(store: Store) -> None:
    node = NAMES.data("incidents-by-force")
    structure = NAMES.data("incidents-by-force", "structure")
    components = objects(store, structure, QB.component)
    dimensions = {one for each in components for one in objects(store, each, QB.dimension)}
    assert set(objects(store, node, STATDCAT.dimension)) == dimensions
    (unit,) = objects(store, node, STATDCAT.statUnitMeasure)
    assert unit.value.endswith("/counting-unit/incident")
    (series,) = store.quads_for_pattern(node, STATDCAT.numSeries, None)
    assert isinstance(series.object, Literal)
    assert int(series.object.value) > 3
    assert series.object.datatype == XSD.integer
    assert texts(store, node, DCAT.temporalResolution) == ["P1M"]


@pytest.mark.parametrize(
    ("periods", "step"),
    [
        (("2024-01", "2024-02"), "P1M"),
        (("2023-2024/Q1", "2023-2024/Q2"), "P3M"),
        (("2022-2023", "2023-2024"), "P1Y"),
        (("2018-01-01T00:00:00/P1Y", "2018-04-01T00:00:00/P1Y"), "P3M"),
        (("2018-04-01T00:00:00/P1Y", "2019-04-01T00:00:00/P1Y"), "P1Y"),
        (("2022-03-31", "2023-03-31"), ""),
    ],
)
def test_the_step_of_a_series_follows_from_its_periods(periods: tuple[str, ...], step: str) -> None:
    figures = Figures.of(cube_of(frame_of(*periods)))
    assert (figures.series, figures.step) == (2, step)


def test_a_source_says_the_time_that_its_cubes_cover(store: Store) -> None:
    for name in ("street-crime", "recorded-crime", "dataset-catalogue", "home-office-data-hub"):
        (period,) = objects(store, NAMES.data(name), DCT.temporal)
        assert period == NAMES.data(name, "period")
        assert texts(store, period, DCAT.startDate)
    assert texts(store, NAMES.data("street-crime", "period"), DCAT.endDate) == ["2024-03"]


def test_quads_of_the_catalogue_name_nothing_without_a_name() -> None:
    sources = [loader.source(NAMES) for loader in loaders.find()]
    dumps = {
        one.name: catalogue.Dump(f"dumps/{one.name}.nq.gz", 1, "0" * 64, "") for one in sources
    }
    said: list[Quad] = list(catalogue.catalogue(NAMES, sources, dumps, {}, Reading()))
    assert not [quad for quad in said if "_:" in str(quad.subject) or str(quad.object)[:2] == "_:"]


def test_a_term_has_one_label_wherever_it_is_named() -> None:
    """The loader of other catalogues names terms as well; two labels would both be shown."""
    path = ROOT / "ontologies" / "others" / "catalogue.ttl"
    said = {
        quad.subject.value: quad.object.value
        for quad in parse(path=path, format=RdfFormat.TURTLE)
        if quad.predicate == SKOS.prefLabel and isinstance(quad.subject, NamedNode)
        if isinstance(quad.object, Literal)
    }
    columns = {"frequencies": "eu", "themes": "theme", "formats": "file_type"}
    for name, column in columns.items():
        for row in tables.table(name).values():
            term = row[column]
            assert said.get(term, row["name"]) == row["name"], term
