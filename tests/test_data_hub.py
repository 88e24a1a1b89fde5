"""The Data Hub: true margins come out rounded or hidden, and nothing of a record does."""

from __future__ import annotations

import contextlib
import csv
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
import zlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from functools import cache
from itertools import product
from pathlib import Path

import pytest
from pyoxigraph import Literal, NamedNode, Quad, RdfFormat, parse

from homegraph import loaders
from homegraph.graph import release
from homegraph.graph.concepts import ONTOLOGIES, code_list, vocabulary
from homegraph.graph.errors import SourceRejected
from homegraph.graph.findings import Place, Reading
from homegraph.graph.iri import CONCEPT, Names
from homegraph.graph.nquads import lines
from homegraph.graph.raw import RawFile
from homegraph.graph.rules import validate
from homegraph.graph.terms import (
    DCT,
    DPV,
    ODRL,
    PROV,
    QB,
    RDF,
    SDMXA,
    SDMXC,
    SDMXD,
    SDMXM,
    SKOS,
    STAT,
)
from homegraph.loaders.home_office_data_hub import agreement
from homegraph.loaders.home_office_data_hub.columns import COLUMNS, OPTIONAL
from homegraph.loaders.home_office_data_hub.generate import FORCES, write_example

LOADER = loaders.by_name("home_office_data_hub")
FIXTURE = LOADER.folder / "fixture"
NAMES = Names()
YEAR = "2024-2025"
SECRET = "REF-of-a-person-7Q"
THRESHOLD, BASE = 10, 5
SUPPRESSED = {SDMXC.confStatus_C, SDMXC.confStatus_D}
# What the figures of each kind of file are broken down by, apart from area and period.
FIGURES = {
    "offences-by-area": (STAT.offenceClass,),
    "offences-by-class": (STAT.offenceClass,),
    "outcomes": (STAT.offenceClass, STAT.detection),
    "detection-methods": (STAT.offenceClass, STAT.detection),
    "victims": (STAT.offenceClass, STAT.ethnicity),
    "workforce-by-rank": (STAT.rank, SDMXD.sex),
    "workforce-by-ethnicity": (STAT.rank, STAT.ethnicity),
    "workforce-by-sex-and-ethnicity": (STAT.rank, SDMXD.sex, STAT.ethnicity),
    "sickness-absence": (STAT.rank, STAT.sicknessAbsence),
    "assaults": (STAT.rank, STAT.assault),
    "training": (STAT.rank, STAT.training),
    "applications": (STAT.stage,),
    "applications-by-ethnicity": (STAT.ethnicity, STAT.stage),
}

Row = dict[str, str]
Cell = dict[NamedNode, NamedNode | Literal]


def load(folder: Path, reading: Reading | None = None) -> list[Quad]:
    """What the files of a folder become; raises SourceRejected for what is wrong with them."""
    reading = reading or Reading(confidential=True)
    files = [RawFile.at(path) for path in sorted(folder.iterdir())]
    quads = list(LOADER.load(files, NAMES, reading))
    reading.insist()
    return quads


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example that `homegraph demo` builds: two forces, 50,000 crimes, 5,000 workers."""
    return LOADER.example(tmp_path_factory.mktemp("extracts"))


@pytest.fixture(scope="module")
def quads(folder: Path) -> list[Quad]:
    return load(folder)


@pytest.fixture(scope="module")
def cubes(quads: list[Quad]) -> dict[str, list[Cell]]:
    """The observations of each figure, as property and value."""
    said: dict[str, Cell] = defaultdict(dict)
    for quad in quads:
        if f"-{YEAR}-" in getattr(quad.graph_name, "value", ""):
            assert isinstance(quad.object, NamedNode | Literal)
            if quad.predicate != RDF.type:
                said[str(quad.subject)][quad.predicate] = quad.object
    found: dict[str, list[Cell]] = defaultdict(list)
    for cell in said.values():
        if QB.dataSet in cell:
            found[cell[QB.dataSet].value.rpartition("/")[2]].append(cell)
    return found


# The truth, counted once more from the files


def rows(folder: Path, kind: str) -> Iterator[Row]:
    for path in sorted(folder.glob(f"*-{kind}.csv")):
        with path.open(newline="", encoding="utf-8") as stream:
            for row in csv.DictReader(stream):
                yield {**row, "Force": path.name.split("-")[2]}


@cache
def wholes(name: str, notation: str) -> tuple[str, ...]:
    """A notation and all that contain it in a code list."""
    above = {
        str(quad.subject.value): str(quad.object.value)
        for quad in parse(path=ONTOLOGIES / f"{name}.ttl", format=RdfFormat.TURTLE)
        if quad.predicate == SKOS.broader
        and isinstance(quad.subject, NamedNode)
        and isinstance(quad.object, NamedNode)
    }
    found = [code_list(name).code(notation).value]
    while found[-1] in above:
        found.append(above[found[-1]])
    return tuple(found)


def spells(folder: Path) -> dict[str, str]:
    """The kind of the longest sickness absence of each worker who had one."""
    found: dict[str, str] = {}
    for row in rows(folder, "absence"):
        if row["Reason"] == "sickness":
            days = Counter(month_days(row["Start date"], row["End date"] or "2025-03-31"))
            long = days.total() >= 28 or found.get(row["Staff reference"]) == "long"
            found[row["Staff reference"]] = "long" if long else "short"
    return found


def month_days(first: str, last: str) -> Iterator[str]:
    """The months of all days from one to another."""
    from datetime import date, timedelta

    day = date.fromisoformat(first)
    while day <= date.fromisoformat(last):
        yield f"{day:%Y-%m}"
        day += timedelta(days=1)


def units(folder: Path) -> Iterator[tuple[str, dict[NamedNode, tuple[str, ...]]]]:
    """What each figure counts: for each unit its codes by property, with all that contain them."""
    rank_of = list(code_list("detection-method").by_notation)
    methods: dict[str, str] = {}
    for row in rows(folder, "person"):
        if row["Detection method"]:
            key = row["Crime reference number"]
            other = methods.get(key, row["Detection method"])
            methods[key] = min(other, row["Detection method"], key=rank_of.index)
    crimes: dict[str, tuple[str, ...]] = {}
    for row in rows(folder, "crime"):
        key = row["Crime reference number"]
        offence = wholes("offence-class", row["Offence class"])
        crimes[key] = offence
        month = (row["Recorded date"][:7], YEAR)
        local = (f"{row['Force']}/{row['CSP']}", f"{row['Force']}/{row['BCU']}", row["Force"], "")
        method = wholes("detection-method", methods.get(key, "not-detected"))
        all_of_it = {STAT.offenceClass: offence, STAT.detection: method}
        yield "offences-by-area", {**all_of_it, SDMXD.refArea: local, SDMXD.refPeriod: month}
        whole = {**all_of_it, SDMXD.refArea: local[2:]}
        yield "offences-by-class", {**whole, SDMXD.refPeriod: month}
        yield "outcomes", {**whole, SDMXD.refArea: ("",)}
        yield "detection-methods", whole
    seen: set[str] = set()
    for row in rows(folder, "person"):
        if row["Role"] == "victim" and row["Person reference"] not in seen:
            seen.add(row["Person reference"])
            yield (
                "victims",
                {
                    STAT.offenceClass: crimes[row["Crime reference number"]],
                    STAT.ethnicity: wholes("ethnicity", row["Ethnic origin"]),
                    SDMXD.refArea: (row["Force"], ""),
                },
            )
    sick = spells(folder)
    trained = {row["Staff reference"] for row in rows(folder, "training")}
    hurt: dict[str, str] = {}
    for row in rows(folder, "assault"):
        if hurt.get(row["Staff reference"]) != "on-duty":
            hurt[row["Staff reference"]] = "on-duty" if row["On duty"] == "yes" else "off-duty"
    for row in rows(folder, "workforce"):
        key = row["Staff reference"]
        said = {
            STAT.rank: wholes("worker-rank", row["Rank"]),
            SDMXD.sex: (SDMXC.iri + f"sex-{row['Gender']}", SDMXC.sex_T.value),
            STAT.ethnicity: wholes("ethnicity", row["Ethnic origin"]),
            STAT.sicknessAbsence: wholes("sickness-absence", sick.get(key, "none")),
            STAT.assault: wholes("assault-duty", hurt.get(key, "none")),
            STAT.training: wholes(
                "training-received", "trained" if key in trained else "not-trained"
            ),
            SDMXD.refArea: (row["Force"], ""),
        }
        for name in ("workforce-by-rank", "workforce-by-ethnicity", "sickness-absence"):
            yield name, said
        yield "assaults", said
        yield "training", said
        yield "workforce-by-sex-and-ethnicity", {**said, SDMXD.refArea: ("",)}
    for row in rows(folder, "recruitment"):
        said = {
            STAT.stage: wholes("application-stage", row["Stage"]),
            STAT.ethnicity: wholes("ethnicity", row["Ethnic origin"]),
            SDMXD.refArea: (row["Force"], ""),
        }
        yield "applications", said
        yield "applications-by-ethnicity", {**said, SDMXD.refArea: ("",)}


def area(node: NamedNode | Literal) -> str:
    """An area as the truth spells it: force/code, force, or nothing for all together."""
    if node == NAMES.thing("area-of-extracts", YEAR):
        return ""
    for force in FORCES:
        if node.value.endswith(force.gss):
            return force.name
    return node.value.partition("/id/local-area/")[2].replace(f"/{YEAR}/", "/")


@pytest.fixture(scope="module")
def truth(folder: Path) -> dict[str, Counter[tuple[str, ...]]]:
    """All counts, totals included, by area, period and the codes of each figure."""
    found: dict[str, Counter[tuple[str, ...]]] = defaultdict(Counter)
    for name, said in units(folder):
        periods = said.get(SDMXD.refPeriod, (YEAR,))
        parts = [said[property] for property in FIGURES[name]]
        found[name].update(product(said[SDMXD.refArea], periods, *parts))
    return found


def key(name: str, cell: Cell) -> tuple[str, ...]:
    """Where the truth counts what an observation says."""
    codes = [cell[property].value for property in FIGURES[name]]
    return (area(cell[SDMXD.refArea]), cell[SDMXD.refPeriod].value.rpartition("/")[2], *codes)


def test_there_is_a_cube_for_each_figure(cubes: dict[str, list[Cell]]) -> None:
    assert set(cubes) == set(FIGURES)


@pytest.mark.parametrize("name", FIGURES)
def test_what_is_shown_is_the_true_count_rounded(
    name: str, cubes: dict[str, list[Cell]], truth: dict[str, Counter[tuple[str, ...]]]
) -> None:
    shown = [cell for cell in cubes[name] if SDMXM.obsValue in cell]
    assert shown
    for cell in shown:
        value, true = int(cell[SDMXM.obsValue].value), truth[name][key(name, cell)]
        assert value % BASE == 0
        assert abs(value - true) < BASE
        assert true == value == 0 or (value >= THRESHOLD and true >= THRESHOLD)


@pytest.mark.parametrize("name", FIGURES)
def test_every_small_count_is_hidden_and_says_so(
    name: str, cubes: dict[str, list[Cell]], truth: dict[str, Counter[tuple[str, ...]]]
) -> None:
    for cell in cubes[name]:
        hidden = SDMXM.obsValue not in cell
        status, why = cell[SDMXA.obsStatus], cell[SDMXA.confStatus]
        assert status == (SDMXC.obsStatus_M if hidden else SDMXC.obsStatus_A)
        assert (why in SUPPRESSED) if hidden else why == SDMXC.confStatus_F
        if 0 < truth[name][key(name, cell)] < THRESHOLD:
            assert why == SDMXC.confStatus_C


@pytest.mark.parametrize("name", FIGURES)
def test_every_combination_stands_once_and_the_totals_are_there(
    name: str, cubes: dict[str, list[Cell]], truth: dict[str, Counter[tuple[str, ...]]]
) -> None:
    keys = [key(name, cell) for cell in cubes[name]]
    assert len(keys) == len(set(keys))
    tops = [code for code in keys if code[:2] == ("", YEAR)]
    assert max(truth[name][code] for code in tops) == max(truth[name].values())
    sides = [sorted({code[place] for code in keys}) for place in range(len(keys[0]))]
    assert set(product(*sides)) == set(keys)


def test_no_total_leaves_one_part_hidden(
    folder: Path, cubes: dict[str, list[Cell]], truth: dict[str, Counter[tuple[str, ...]]]
) -> None:
    """Nobody can subtract: of the parts of a total that is shown, none or several are hidden."""
    above = {SDMXC.iri + f"sex-{sex}": SDMXC.sex_T.value for sex in "FMU"}
    above |= {force.name: "" for force in FORCES}
    for row in rows(folder, "area"):
        whole = f"{row['Force']}/{row['Part of']}" if row["Part of"] else row["Force"]
        above[f"{row['Force']}/{row['Code']}"] = whole
    above |= {f"{2024 + n // 13}-{(n - 1) % 12 + 1:02}": YEAR for n in range(4, 16)}
    lists = {"offence-class", "detection-method", "ethnicity", "worker-rank", "application-stage"}
    for name in lists | {"sickness-absence", "assault-duty", "training-received"}:
        for notation in code_list(name).by_notation:
            one = wholes(name, notation)
            above.update([one[:2]] if len(one) > 1 else [])
    sums = 0
    for name, cells in cubes.items():
        shown = {key(name, cell): SDMXM.obsValue in cell for cell in cells}
        parts: dict[tuple[int, tuple[str, ...]], list[tuple[str, ...]]] = defaultdict(list)
        for codes in shown:
            for place, one in enumerate(codes):
                if one in above:
                    total = (*codes[:place], above[one], *codes[place + 1 :])
                    parts[place, total].append(codes)
        for (_, total), below in parts.items():
            sums += 1
            assert truth[name][total] == sum(truth[name][codes] for codes in below)
            assert not shown[total] or sum(not shown[codes] for codes in below) != 1
    assert sums > 1_000


def test_linked_figures_say_the_same(cubes: dict[str, list[Cell]]) -> None:
    def said(name: str) -> dict[tuple[str, ...], tuple[object, object]]:
        return {
            key(name, cell): (cell.get(SDMXM.obsValue), cell[SDMXA.confStatus])
            for cell in cubes[name]
        }

    for one, other in (
        ("offences-by-area", "offences-by-class"),
        ("workforce-by-rank", "workforce-by-sex-and-ethnicity"),
    ):
        first, second = said(one), said(other)
        if one == "workforce-by-rank":
            every = CONCEPT + "ethnicity/all"
            second = {code[:-1]: cell for code, cell in second.items() if code[-1] == every}
        both = set(first) & set(second)
        assert len(both) > 5
        assert {code: first[code] for code in both} == {code: second[code] for code in both}


def test_the_loss_is_published_with_the_figure(
    quads: list[Quad], cubes: dict[str, list[Cell]]
) -> None:
    for name, cells in cubes.items():
        node = NAMES.data("home-office-data-hub", YEAR, name)
        said = {quad.predicate: quad.object for quad in quads if quad.subject == node}
        assert said[STAT.threshold] == Literal(THRESHOLD)
        assert said[STAT.roundedTo] == Literal(BASE)
        hidden = sum(SDMXM.obsValue not in cell for cell in cells)
        assert said[STAT.suppressedCells] == Literal(hidden)
        share = said[STAT.shareHidden]
        assert isinstance(share, Literal)
        assert 0 <= float(share.value) <= 1


# What it says of itself


def test_cubes_and_agreements_keep_the_rules(quads: list[Quad]) -> None:
    report = validate([*lines(quads), *lines(vocabulary(NAMES))])
    assert report.conforms, report.violations


def test_a_figure_says_which_agreement_and_files_it_is_made_from(
    folder: Path, quads: list[Quad]
) -> None:
    node = NAMES.data("home-office-data-hub", YEAR, "victims")
    said = [quad for quad in quads if quad.subject == node]
    (title,) = (quad.object for quad in said if quad.predicate == DCT.title)
    assert isinstance(title, Literal)
    for force in FORCES:
        assert f"Generated example: no real records of {force.title}" in title.value
    files = {quad.object for quad in said if quad.predicate == PROV.wasDerivedFrom}
    read = [path for kind in ("crime", "person") for path in folder.glob(f"*-{kind}.csv")]
    assert files == {NAMES.thing("file", RawFile.at(path).sha256) for path in read}


def test_an_agreement_says_why_by_what_law_and_for_how_long(quads: list[Quad]) -> None:
    said = {(quad.predicate, getattr(quad.object, "value", "")) for quad in quads}
    assert (DPV.hasLegalBasis, LAW + "43") in said
    assert (DPV.hasLegalBasis, LAW + "44") in said
    assert (DPV.hasDuration, "P5Y") in said
    assert (RDF.type, DPV.ProvideOfficialStatistics.value) in said
    for action in (ODRL.derive, ODRL.anonymize, ODRL.distribute, ODRL.delete):
        assert (ODRL.action, action.value) in said
    agreements = {quad.subject for quad in quads if quad.object == ODRL.Agreement}
    assert len(agreements) == len(FORCES)
    for link in (ODRL.permission, ODRL.prohibition, ODRL.obligation, ODRL.target, ODRL.assigner):
        assert agreements <= {quad.subject for quad in quads if quad.predicate == link}


LAW = "http://www.legislation.gov.uk/id/ukpga/1996/16/section/"


def test_what_is_said_leads_to_the_row_of_the_agreement_and_to_the_files_of_a_figure() -> None:
    reading = Reading(confidential=True)
    files = [RawFile.at(path) for path in sorted(FIXTURE.iterdir())]
    places = defaultdict(set)
    for quad in LOADER.load(files, NAMES, reading):
        places[str(quad.subject)].add(reading.at)
    row = Place("data-hub-cleveland-2023-2024-agreement.csv", 2)
    assert places[str(NAMES.thing("agreement", "FIX-2023-1"))] == {row}
    node = NAMES.data("home-office-data-hub", "2023-2024", "victims")
    assert places[str(node)] == {Place("data-hub-*-2023-2024-*.csv")}


def test_what_no_figure_needs_is_not_read_and_the_reason_is_published() -> None:
    ignored = LOADER.source(NAMES).ignored
    unread = [column.heading for kind in COLUMNS.values() for column in kind if not column.read]
    assert sorted(ignored) == sorted(unread)
    assert all(len(reason) > 20 for reason in ignored.values())


def test_the_source_is_confidential() -> None:
    assert LOADER.source(NAMES).confidential


def test_the_offence_classes_are_those_of_the_publisher(shared: Path) -> None:
    path = shared / "reference" / "home-office-offence-classes.csv"
    classes = code_list("offence-class")
    with path.open(newline="", encoding="utf-8-sig") as stream:
        for row in csv.DictReader(stream):
            if row["offence_group"].startswith("Fraud"):
                continue
            node = classes.code(row["offence_code"])
            assert classes.labels[node] == f"{row['offence_code']} {row['offence_description']}"
            above = wholes("offence-class", row["offence_code"])
            names = [classes.labels[NamedNode(name)] for name in above[1:-1]]
            groups = [row["offence_subgroup"], row["offence_group"]]
            assert names == list(dict.fromkeys(groups))


# Nothing of a record comes out


def test_no_reference_and_no_day_of_a_record_comes_out(quads: list[Quad]) -> None:
    text = "".join(lines(quads))
    assert "REF" not in text
    days = set(re.findall(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text))
    assert days <= {"2024-04-01", "2025-03-31", "2026-04-01", "2027-03-31"}  # of agreements


def test_the_generator_and_the_figures_are_the_same_every_time(
    folder: Path, quads: list[Quad], tmp_path: Path
) -> None:
    random.seed(99)
    write_example(tmp_path)
    for path in folder.iterdir():
        assert path.read_bytes() == (tmp_path / path.name).read_bytes()
    assert load(tmp_path) == quads


def test_the_example_is_as_large_as_promised_and_says_that_it_is_none(folder: Path) -> None:
    assert sum(1 for _ in rows(folder, "crime")) == 50_000
    assert sum(1 for _ in rows(folder, "person")) > 60_000
    assert sum(1 for _ in rows(folder, "workforce")) == 5_000
    assert all("Generated example" in row["name"] for row in rows(folder, "agreement"))
    for kind, heading in REFERENCES:
        assert all(row[heading].startswith("REF") for row in rows(folder, kind))


REFERENCES = [
    ("crime", "Crime reference number"),
    ("person", "Person reference"),
    ("workforce", "Staff reference"),
    ("absence", "Staff reference"),
    ("recruitment", "Applicant reference"),
]
KINDS = {"agreement": agreement.COLUMNS, **COLUMNS}
READ = [
    (kind, column.heading) for kind, columns in KINDS.items() for column in columns if column.read
]
FREE = {"Name", "name", "purpose", "information-sharing-benefits", "information-sharing-method"}
FREE |= {"memorandum", "processor-names", "area-names"}


def path_of(folder: Path, kind: str) -> Path:
    (path,) = folder.glob(f"*-{kind}.csv")
    return path


def spoilt(tmp_path: Path, kind: str, change: Callable[[list[list[str]]], object]) -> Path:
    """The fixture, with one file's table changed."""
    folder = tmp_path / "spoilt"
    shutil.copytree(FIXTURE, folder)
    path = path_of(folder, kind)
    with path.open(newline="", encoding="utf-8-sig") as stream:
        table = list(csv.reader(stream))
    change(table)
    with path.open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream).writerows(table)
    return folder


def findings(folder: Path) -> str:
    """All that is said of a folder that is refused, by a reading that itself hides nothing."""
    with pytest.raises(SourceRejected) as caught:
        load(folder, Reading())
    found = caught.value.findings
    assert all(finding.value is None for finding in found)
    assert all(finding.file.startswith("data-hub-") and finding.remedy for finding in found)
    return f"{caught.value} {[finding.as_dict() for finding in found]}"


@pytest.mark.parametrize(("kind", "heading"), READ)
def test_a_wrong_value_is_found_by_row_and_column_and_never_repeated(
    kind: str, heading: str, tmp_path: Path
) -> None:
    def change(table: list[list[str]]) -> None:
        table[1][table[0].index(heading)] = f"{SECRET} <>"

    folder = spoilt(tmp_path, kind, change)
    if heading in FREE:
        load(folder)
        return
    said = findings(folder)
    assert SECRET not in said
    assert f"row 2: column '{heading}'" in said


@pytest.mark.parametrize(("kind", "heading"), READ)
def test_an_empty_cell_is_found(kind: str, heading: str, tmp_path: Path) -> None:
    (column,) = (column for column in KINDS[kind] if column.heading == heading)

    def change(table: list[list[str]]) -> None:
        table[1][table[0].index(heading)] = " "

    folder = spoilt(tmp_path, kind, change)
    if heading.startswith("processor"):
        assert "there are not as many names as things" in findings(folder)
    elif column.may_be_empty:
        load(folder)
    else:
        assert f"row 2: column '{heading}': the cell is empty" in findings(folder)


@pytest.mark.parametrize("kind", KINDS)
def test_a_missing_column_is_found(kind: str, tmp_path: Path) -> None:
    def change(table: list[list[str]]) -> None:
        for row in table:
            row.pop(2)

    heading = csv_header(kind)[2]
    said = findings(spoilt(tmp_path, kind, change))
    assert f"row 1: column '{heading}': there is no such column" in said


def csv_header(kind: str) -> list[str]:
    with path_of(FIXTURE, kind).open(newline="", encoding="utf-8-sig") as stream:
        return next(csv.reader(stream))


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_without_its_header_gives_no_value_away(kind: str, tmp_path: Path) -> None:
    values: list[str] = []

    def change(table: list[list[str]]) -> None:
        del table[0]
        values.extend(cell for cell in table[0] if len(cell) > 3 and re.search("[0-9]", cell))

    said = findings(spoilt(tmp_path, kind, change))
    assert not [value for value in values if value in said]


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_cut_off_or_in_other_letters_gives_no_value_away(kind: str, tmp_path: Path) -> None:
    folder = spoilt(tmp_path, kind, lambda table: table.append([SECRET]))
    assert SECRET not in findings(folder)
    path = path_of(folder, kind)
    path.write_bytes(path.read_bytes() + f'"{SECRET} \xe9'.encode("latin-1"))
    assert SECRET not in findings(folder)
    path.write_bytes(path.read_bytes().replace(b"\xe9", b'"x'))
    assert SECRET not in findings(folder)


@pytest.mark.parametrize(
    ("kind", "heading", "value", "problem"),
    [
        ("person", "Crime reference number", SECRET, "no crime in the crime file"),
        ("absence", "Staff reference", SECRET, "nobody in the workforce file"),
        ("assault", "Staff reference", SECRET, "nobody in the workforce file"),
        ("training", "Staff reference", SECRET, "nobody in the workforce file"),
        ("crime", "Recorded date", "2025-01-01", "not in the year"),
        ("crime", "Recorded date", "2023-02-29", "not a day of the calendar"),
        ("crime", "Force", "kent", "not the one that the file's name gives"),
        ("crime", "CSP", "C9", "no such CSP"),
        ("crime", "BCU", "B2", "not in this BCU"),
        ("crime", "Crime reference number", "REFCRM/0001", "another crime has this reference"),
        ("crime", "Offence class", "theft-offences", "that a record may have"),
        ("person", "Detection method", "charge", "goes with an offender"),
        ("workforce", "Staff reference", "REFSTF_001", "somebody else has this reference"),
        ("absence", "End date", "2023-04-30", "ends before it starts"),
        ("area", "Part of", "C1", "a BCU is part of no other area"),
        ("agreement", "controllers", "police-force:kent; police-force:essex", "not the force"),
        ("agreement", "controller-names", "Home Office", "not as many names"),
        ("agreement", "disclosed-information", "crime; person", "does not cover"),
        ("agreement", "start-date", "2024-04-01", "does not cover this year"),
        ("agreement", "privacy-impact-assessment", "Not needed", "need a privacy impact"),
    ],
)
def test_what_contradicts_is_found_and_never_repeated(
    kind: str, heading: str, value: str, problem: str, tmp_path: Path
) -> None:
    def change(table: list[list[str]]) -> None:
        table[1][table[0].index(heading)] = value

    said = findings(spoilt(tmp_path, kind, change))
    assert problem in said
    if len(value) > 5 and value not in {"crime; person", "Home Office"}:
        assert value not in said


# Whole extracts


@pytest.mark.parametrize("kind", sorted(set(KINDS) - OPTIONAL))
def test_an_extract_lacks_nothing_that_it_needs(kind: str, tmp_path: Path) -> None:
    folder = tmp_path / "part"
    shutil.copytree(FIXTURE, folder)
    path_of(folder, kind).unlink()
    said = findings(folder)
    assert f"-{kind}.csv: " in said
    assert kind != "agreement" or "without one nothing may be made" in said


@pytest.mark.parametrize("kind", sorted(OPTIONAL))
def test_a_kind_that_may_be_left_out_takes_its_figures_with_it(kind: str, tmp_path: Path) -> None:
    folder = tmp_path / "part"
    shutil.copytree(FIXTURE, folder)
    path_of(folder, kind).unlink()
    graphs = {str(quad.graph_name) for quad in load(folder)}
    name = {"assault": "assaults", "training": "training", "recruitment": "applications"}[kind]
    assert not [graph for graph in graphs if graph.endswith(f"-{name}>")]
    assert [graph for graph in graphs if graph.endswith("-victims>")]


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_alone_is_checked_and_gives_no_figure(kind: str) -> None:
    reading = Reading(confidential=True)
    assert not list(LOADER.load([RawFile.at(path_of(FIXTURE, kind))], NAMES, reading))
    assert reading.records == reading.written > 0
    (warning,) = reading.warnings
    assert "comes alone" in warning.problem


def test_two_years_are_two_sets_of_figures(tmp_path: Path) -> None:
    both = tmp_path / "both"
    shutil.copytree(FIXTURE, both)
    for path in FIXTURE.iterdir():
        year_before = path.read_text("utf-8").replace("02-29", "02-28")
        for year in (2022, 2023, 2024):
            year_before = year_before.replace(f"{year}-", f"{year - 1}-")
        earlier = both / path.name.replace("2023-2024", "2022-2023")
        earlier.write_text(year_before, "utf-8", newline="")
    quads = load(both)
    sets = {quad.subject for quad in quads if quad.object == QB.DataSet}
    years = Counter(str(node).split("/")[-2] for node in sets)
    assert years == {"2022-2023": len(FIGURES), "2023-2024": len(FIGURES)}
    structures = {quad.object for quad in quads if quad.predicate == QB.structure}
    assert len(structures) == len(FIGURES)
    once = {(quad.triple, quad.graph_name) for quad in quads}
    assert len(once) == len({triple for triple, _ in once}), "a statement stands in two graphs"


@pytest.mark.parametrize(
    "name",
    [
        "data-hub-cleveland-2023-2025-crime.csv",
        "data-hub-cleveland-2023-crime.csv",
        "data-hub-clevland-2023-2024-crime.csv",
        "data-hub-cleveland-2023-2024-fitness.csv",
    ],
)
def test_a_name_that_does_not_say_what_it_is_is_refused(name: str, tmp_path: Path) -> None:
    folder = tmp_path / "named"
    shutil.copytree(FIXTURE, folder)
    path_of(folder, "crime").rename(folder / name)
    assert f"{name}: the " in findings(folder)


# The register has the signature without which no figures go out.
REGISTER = "information_asset_register=" + str(
    loaders.by_name("information_asset_register").folder / "example"
)

# From end to end: no record is left anywhere, whatever becomes of a build

COMMAND = [sys.executable, "-m", "homegraph.endpoint.cli"]
OF_A_RECORD = re.compile(rb"REF(?:CRM|PER|STF|APP)-|NZ[0-9]{10}|" + SECRET.encode())


@pytest.fixture
def given(tmp_path: Path) -> Path:
    """An extract in a folder of its own, beside everything that a build may write."""
    folder = tmp_path / "given"
    folder.mkdir()
    write_example(folder, crimes=25_000, workers=1_500, forces=FORCES[1:])
    assert OF_A_RECORD.search(path_of(folder, "crime").read_bytes())
    return folder


def start(tmp_path: Path, *words: str | Path) -> subprocess.Popen[bytes]:
    """Run `homegraph` so that whatever it writes lies below the test's folder."""
    here = tmp_path / "written"
    for name in ("tmp", "user"):
        (here / name).mkdir(parents=True, exist_ok=True)
    settings = {
        "PYTHONPATH": str(Path(__file__).parents[1] / ".dev"),
        "TMPDIR": str(here / "tmp"),
        "HOME": str(here / "user"),
    }
    with (here / "stdout").open("ab") as out, (here / "stderr").open("ab") as err:
        return subprocess.Popen(
            [*COMMAND, *map(str, words)],
            stdout=out,
            stderr=err,
            cwd=here,
            env={**os.environ, **settings},
            start_new_session=True,
        )


def traces(tmp_path: Path) -> list[str]:
    """The files with something of a record in them, unpacked where they are packed."""
    found = []
    for path in sorted((tmp_path / "written").rglob("*")):
        if not path.is_file():
            continue
        content = path.read_bytes()
        if path.suffix == ".gz":
            with contextlib.suppress(EOFError, zlib.error):  # a killed build leaves half a file
                content = zlib.decompressobj(31).decompress(content)
        if OF_A_RECORD.search(content):
            found.append(str(path))
    return found


def test_a_build_leaves_nothing_of_a_record(tmp_path: Path, given: Path) -> None:
    ran = start(tmp_path, "build", "--home", "home", f"home_office_data_hub={given}", REGISTER)
    assert ran.wait(timeout=120) == 0, (tmp_path / "written" / "stderr").read_text()
    for kind in ("crime", "agreement"):
        words = ("check", "--loader", "home_office_data_hub", path_of(given, kind))
        assert start(tmp_path, *words).wait(timeout=120) == 0
    home = tmp_path / "written" / "home"
    assert traces(tmp_path) == []
    assert not list((tmp_path / "written" / "tmp").iterdir())
    made = release.current(home)
    text = "".join(f"{quad}\n" for quad in made.store()).encode()
    assert b"ProtectedCount" in text
    assert not OF_A_RECORD.search(text)
    sizes = {path.stat().st_size for path in given.iterdir()}
    copies = [path for path in home.rglob("*") if path.is_file() and path.stat().st_size in sizes]
    assert not [path for path in copies if path.read_bytes()[:5] in {b"Crime", b"Perso", b"Staff"}]


@pytest.mark.parametrize(("kind", "place"), [("crime", 4), ("person", 2), ("workforce", 6)])
def test_a_refused_build_leaves_nothing_of_a_record(
    kind: str, place: int, tmp_path: Path, given: Path
) -> None:
    path = path_of(given, kind)
    cells = path.read_text("utf-8").splitlines()
    last = cells[-1].split(",")
    last[place] = SECRET
    path.write_text("\r\n".join([*cells[:-1], ",".join(last), ""]), "utf-8", newline="")
    ran = start(tmp_path, "build", "--home", "home", f"home_office_data_hub={given}", REGISTER)
    assert ran.wait(timeout=120) == 3
    assert start(tmp_path, "check", "--loader", "home_office_data_hub", path).wait(timeout=120) != 0
    said = (tmp_path / "written" / "stderr").read_text()
    said += (tmp_path / "written" / "stdout").read_text()
    assert f"{path.name}: row {len(cells)}: column" in said
    assert list((tmp_path / "written" / "home" / "rejected").iterdir())
    assert traces(tmp_path) == []


def test_a_killed_build_leaves_nothing_of_a_record(tmp_path: Path, given: Path) -> None:
    chance = random.Random(43)
    whole = ["build", "--home", "home", f"home_office_data_hub={given}", REGISTER]
    begun = time.monotonic()
    assert start(tmp_path, *whole).wait(timeout=120) == 0
    took = time.monotonic() - begun
    for number in range(3):
        home = f"home-{number}"
        ran = start(tmp_path, "build", "--home", home, f"home_office_data_hub={given}", REGISTER)
        with contextlib.suppress(subprocess.TimeoutExpired):
            ran.wait(timeout=took * chance.uniform(0.2, 0.95))
        with contextlib.suppress(ProcessLookupError):
            os.killpg(ran.pid, signal.SIGKILL)
        ran.wait(timeout=30)
        assert traces(tmp_path) == []
