"""`homegraph link`: somebody's table with our URIs, its links, and what people decide on it."""

from __future__ import annotations

import csv
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from pyoxigraph import Literal, NamedNode, RdfFormat, Store

from homegraph.endpoint.cli import main
from homegraph.graph.build import silent
from homegraph.graph.errors import CorrectionsRejected, HomeBusy, LinkMisfit, SourceRejected
from homegraph.graph.iri import area, concept
from homegraph.graph.linking import review, wanted
from homegraph.graph.linking.journal import Journal
from homegraph.graph.linking.run import Order, Outcome, link
from homegraph.graph.linking.tables import open_table
from homegraph.graph.linksets.audit import audited
from homegraph.graph.linksets.link import MATCHES, Triple
from homegraph.graph.matching import corrections, names
from homegraph.graph.matching.corrections import CORRECTIONS, Correction
from homegraph.graph.matching.names import Name
from homegraph.graph.release import MANIFEST, Release
from homegraph.graph.terms import OWL, PROV, RDF, SEMAPV, SKOS, SPDX, SSSOM, VOID

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
RELEASE = "2026-11-20-abcdef12"
BASE = "https://data.example.gov.uk/stops/"
BTP, GWENT, KENT, AVON = (
    concept("police-force", name).value for name in ("btp", "gwent", "kent", "avon-and-somerset")
)
BRISTOL_1, BRISTOL_2 = area("E01014485").value, area("E01014486").value
FORCES = {
    BTP: ("British Transport Police", "BTP"),
    GWENT: ("Gwent Police", "Heddlu Gwent"),
    KENT: ("Kent Police", "Kent Constabulary"),
    AVON: ("Avon and Somerset Constabulary", "Avon and Somerset Police"),
}
STOPS = """Force Name,LSOA name,LSOA code,Stops
Avon & Somerset,Bristol 001A,E01014485,007
BTP,Bristol 001B,E01014486,1
Kent or Gwent Police,Bristol 001A,,12
BTP,,,3
Ruritanian Mounted Foot,Nowhere at All,,4
KENT or Gwent Police,Bristol 001A,E01014485,5
"""
DOUBT = "Kent or Gwent Police"


def things() -> list[Name]:
    found = []
    for uri, (label, *others) in FORCES.items():
        found.append(Name(uri, "police-force", label, "label", "en"))
        found += [Name(uri, "police-force", one, "alternative", "en") for one in others]
    for uri, label in ((BRISTOL_1, "Bristol 001A"), (BRISTOL_2, "Bristol 001B")):
        found.append(Name(uri, "lsoa", label, "label", "", "Bristol, City of", "2011 2021"))
        found.append(Name(uri, "lsoa", uri.rpartition("/")[2], "code"))
    return found


def publish(home: Path, name: str = RELEASE, some: Sequence[Name] = ()) -> Release:
    """A release with names and nothing else: linking needs no more."""
    folder = home / "releases" / name
    folder.mkdir(parents=True)
    names.write(folder, some or things())
    said = {"built": "2026-11-20T12:00:00+00:00", "base": BASE, "digest": name, "files": {}}
    (folder / MANIFEST).write_text(json.dumps(said), "utf-8")
    (home / "current").unlink(missing_ok=True)
    (home / "current").symlink_to(folder)
    return Release(folder)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    publish(tmp_path / "home")
    return tmp_path / "home"


@pytest.fixture
def stops(tmp_path: Path) -> Path:
    path = tmp_path / "stops.csv"
    path.write_text(STOPS, "utf-8")
    return path


def order(folder: Path, *columns: str, **options: object) -> Order:
    chosen = tuple(wanted.column(one) for one in columns or ("Force Name=police-force",))
    files = {"out": folder / "out.csv", "review": folder / "review.csv"}
    return Order(chosen, **{**files, **options})


def run(path: Path, what: Order, home: Path, **how: object) -> Outcome:
    release = Release((home / "current").resolve())
    return link(open_table(path), what, home, release, NOW, **{"progress": silent, **how})


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))


def decide(path: Path, **said: str) -> None:
    """Fill in a review file: by the value, what to decide on it."""
    found = rows(path)
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, review.COLUMNS)
        writer.writeheader()
        for row in found:
            writer.writerow({**row, "decision": said.get(row["value"], row["decision"])})


def homegraph(*words: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "homegraph.endpoint.cli", *map(str, words)]
    there = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1] / ".dev")}
    return subprocess.run(command, capture_output=True, text=True, timeout=120, env=there,
                          check=False)  # fmt: skip


def test_rows_and_columns_stay_and_four_columns_follow_them(
    home: Path, stops: Path, tmp_path: Path
) -> None:
    outcome = run(stops, order(tmp_path), home)
    before, after = STOPS.splitlines(), (tmp_path / "out.csv").read_text("utf-8").splitlines()
    assert len(before) == len(after)
    assert all(new.startswith(old + ",") for old, new in zip(before, after, strict=True))
    found = rows(tmp_path / "out.csv")
    assert list(found[0])[4:] == [
        f"Force Name {word}" for word in ("URI", "label", "score", "status")
    ]
    first, second, third, fourth, fifth, _ = found
    assert first["Force Name URI"] == AVON
    assert first["Force Name label"] == "Avon and Somerset Constabulary"
    assert float(first["Force Name score"]) > 0.9
    assert second["Force Name URI"] == fourth["Force Name URI"] == BTP
    assert [one["Force Name status"] for one in (first, second)] == ["matched", "matched"]
    # Of what may be two things nobody is sure, so there is no URI.
    assert third["Force Name status"] in {"review", "none"}
    assert third["Force Name URI"] == ""
    assert (fifth["Force Name status"], fifth["Force Name URI"]) == ("none", "")
    assert first["Stops"] == "007"
    assert outcome.rows == 6
    assert sum(outcome.statuses["Force Name"].values()) == 6


def test_a_code_or_parent_beside_a_name_says_which_is_meant(
    home: Path, stops: Path, tmp_path: Path
) -> None:
    chosen = wanted.with_context(["code=LSOA code"], [wanted.column("LSOA name=lsoa")])
    run(stops, replace(order(tmp_path), wanted=tuple(chosen)), home)
    found = rows(tmp_path / "out.csv")
    assert [one["LSOA name URI"] for one in found[:3]] == [BRISTOL_1, BRISTOL_2, BRISTOL_1]
    assert found[3]["LSOA name status"] == "none"  # an empty cell names nothing
    assert all(one["value"] for one in rows(tmp_path / "review.csv"))


def test_the_review_file_has_each_doubtful_value_once_the_most_frequent_first(
    home: Path, stops: Path, tmp_path: Path
) -> None:
    with stops.open("a", encoding="utf-8") as stream:
        stream.write(f"{DOUBT},,,1\n")
    run(stops, order(tmp_path), home)
    found = rows(tmp_path / "review.csv")
    assert [(one["value"], one["rows"], one["first row"]) for one in found] == [
        (DOUBT, "2", "4"),
        ("KENT or Gwent Police", "1", "7"),
        ("Ruritanian Mounted Foot", "1", "6"),
    ]
    assert {found[0]["candidate 1"], found[0]["candidate 2"]} == {KENT, GWENT}
    assert found[0]["kinds"] == "police-force"
    assert {one["decision"] for one in found} == {""}


def test_a_correction_is_remembered_wins_at_once_and_is_counted(
    home: Path, stops: Path, tmp_path: Path
) -> None:
    what = order(tmp_path)
    run(stops, what, home)
    decide(what.review, **{DOUBT: KENT, "Ruritanian Mounted Foot": "none"})
    outcome = run(stops, replace(what, corrections=what.review, by="A clerk"), home)
    assert outcome.remembered == (2, 0, 0)
    found = rows(what.out)
    assert [one["Force Name status"] for one in found][2:] == [
        *("corrected", "matched", "corrected", "corrected")
    ]
    assert [one["Force Name URI"] for one in found][2:] == [KENT, BTP, "", KENT]
    assert found[2]["Force Name score"] == "1"
    assert rows(what.review) == []
    known = {one.text: one for one in corrections.read(home)}
    assert known[DOUBT].iri == KENT
    assert known[DOUBT].said in {KENT, GWENT}
    assert 0 < float(known[DOUBT].score) < 1
    assert (known[DOUBT].by, known[DOUBT].on) == ("A clerk", "2026-11-22")
    assert known[DOUBT].source == "stops.csv"
    assert known["Ruritanian Mounted Foot"].iri == ""
    # From then on they hold without being said again.
    assert run(stops, what, home).statuses["Force Name"]["corrected"] == 3


def test_a_value_corrected_twice_is_what_was_decided_last(
    home: Path, stops: Path, tmp_path: Path
) -> None:
    what = order(tmp_path)
    run(stops, replace(what, review=tmp_path / "first.csv"), home)
    for decision, uri in ((KENT, KENT), (f"<{GWENT}>", GWENT), ("None", ""), (KENT, KENT)):
        shutil.copy(tmp_path / "first.csv", tmp_path / "again.csv")
        decide(tmp_path / "again.csv", **{DOUBT: decision})
        run(stops, replace(what, corrections=tmp_path / "again.csv"), home)
        assert [one.iri for one in corrections.read(home)] == [uri]
        assert rows(what.out)[2]["Force Name URI"] == uri
        assert rows(what.out)[2]["Force Name status"] == "corrected"


@pytest.mark.parametrize(
    ("decision", "said"),
    [
        ("yes", "Write 1 to 3"),
        ("4", "Write 1 to 3"),
        ("https://example.org/nothing", "the release has nothing of that name"),
        (BRISTOL_1, "Bristol 001A is of the kind lsoa"),
    ],
)
def test_a_malformed_decision_is_an_error_and_nothing_is_remembered(
    home: Path, stops: Path, tmp_path: Path, decision: str, said: str
) -> None:
    what = order(tmp_path)
    run(stops, what, home)
    decide(what.review, **{DOUBT: "1", "Ruritanian Mounted Foot": decision})
    before = what.out.read_bytes()
    with pytest.raises(CorrectionsRejected) as caught:
        run(stops, replace(what, corrections=what.review), home)
    message = str(caught.value)
    place = next(
        number
        for number, row in enumerate(rows(what.review), start=2)
        if row["decision"] == decision
    )
    assert f"review.csv: row {place}: column 'decision' holds '{decision}'" in message
    assert said in message
    assert not (home / CORRECTIONS).exists()
    assert what.out.read_bytes() == before
    assert not list(tmp_path.glob("*.partial"))


def test_a_review_file_that_a_spreadsheet_saved_its_own_way_is_read(
    home: Path, stops: Path, tmp_path: Path
) -> None:
    stops.write_text(STOPS.replace("Ruritanian", "R\u00fcritanian"), "utf-8")
    what = order(tmp_path)
    run(stops, what, home)
    decide(what.review, **{DOUBT: GWENT, "R\u00fcritanian Mounted Foot": " NONE "})
    found = rows(what.review)
    saved = tmp_path / "saved.csv"
    with saved.open("w", encoding="cp1252", newline="") as stream:
        writer = csv.writer(stream, delimiter=";")
        columns = [one for one in review.COLUMNS if one not in {"status", "rows"}]
        writer.writerow([*columns, "my notes"])
        writer.writerows([*(row[one] for one in columns), "ask Ann; and Bob"] for row in found)
    outcome = run(stops, replace(what, corrections=saved, review=tmp_path / "another.csv"), home)
    assert outcome.unused == []
    assert outcome.statuses["Force Name"]["corrected"] == 3


def test_a_candidate_that_is_not_there_cannot_be_chosen(
    home: Path, stops: Path, tmp_path: Path
) -> None:
    what = order(tmp_path)
    run(stops, what, home)
    found = rows(what.review)
    assert found[0]["candidate 3"] == ""
    decide(what.review, **{DOUBT: "3"})
    with pytest.raises(CorrectionsRejected, match="there is no candidate 3 in this row"):
        run(stops, replace(what, corrections=what.review), home)


def test_decisions_are_not_lost_by_linking_again_without_them(
    home: Path, stops: Path, tmp_path: Path
) -> None:
    what = order(tmp_path)
    run(stops, what, home)
    decide(what.review, **{DOUBT: "1"})
    with pytest.raises(LinkMisfit, match="1 decision that would be lost; add --corrections"):
        run(stops, what, home)
    assert [one["decision"] for one in rows(what.review) if one["value"] == DOUBT] == ["1"]


def test_a_decision_on_what_is_not_in_the_table_is_said(
    home: Path, stops: Path, tmp_path: Path
) -> None:
    what = order(tmp_path)
    run(stops, what, home)
    decide(what.review, **{DOUBT: "1"})
    stops.write_text(STOPS.replace("or Gwent", "on Sea"), "utf-8")
    assert run(stops, replace(what, corrections=what.review), home).unused == [DOUBT]


def test_a_correction_to_what_the_release_no_longer_has_is_not_used(
    home: Path, stops: Path, tmp_path: Path
) -> None:
    gone = concept("police-force", "gone").value
    corrections.add(home, [Correction("BTP", "police-force", iri=gone)])
    outcome = run(stops, order(tmp_path), home)
    assert outcome.gone == [gone]
    assert rows(tmp_path / "out.csv")[1]["Force Name URI"] == BTP


def test_a_correction_to_a_thing_of_another_kind_is_neither_used_nor_called_gone(
    home: Path, stops: Path, tmp_path: Path
) -> None:
    corrections.add(home, [Correction("BTP", "lsoa police-force", iri=BRISTOL_1)])
    outcome = run(stops, order(tmp_path), home)
    assert outcome.gone == []
    assert rows(tmp_path / "out.csv")[1]["Force Name URI"] == BTP


def test_a_threshold_takes_the_place_of_what_is_safe(
    home: Path, stops: Path, tmp_path: Path
) -> None:
    run(stops, order(tmp_path, threshold=0.0), home)
    assert rows(tmp_path / "out.csv")[2]["Force Name status"] == "matched"
    none = run(stops, order(tmp_path, threshold=1.0), home)
    assert none.statuses["Force Name"]["matched"] <= 3


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        (("Farce Name=police-force",), "'Force Name' meant"),
        (("Force Name=police-forces",), "is police-force meant"),
        (("Force Name",), "is not NAME=KIND"),
        (("Force Name=organisation",), "has nothing of the kind organisation; it has lsoa"),
        (("Force Name=police-force", "Force Name=lsoa"), "more than once"),
    ],
)
def test_a_wrong_column_or_kind_is_an_error_that_says_what_there_is(
    home: Path, stops: Path, tmp_path: Path, columns: Sequence[str], said: str
) -> None:
    with pytest.raises((LinkMisfit, SourceRejected)) as caught:
        run(stops, order(tmp_path, *columns), home)
    assert said in str(caught.value)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["home", "stops.csv"]


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        ("district=LSOA code", "is not"),
        ("code=", "is not"),
        ("Force Name:code=LSOA code", "twice"),
    ],
)
def test_a_context_that_is_said_wrongly_is_an_error(said: str, problem: str) -> None:
    columns = [wanted.column("Force Name=police-force")]
    columns = wanted.with_context(["code=LSOA code"] if problem == "twice" else [], columns)
    with pytest.raises(LinkMisfit, match=problem):
        wanted.with_context([said], columns)
    two = [*columns, wanted.column("LSOA name=lsoa")]
    with pytest.raises(LinkMisfit, match="of which column"):
        wanted.with_context(["parent=Authority"], two)


def test_a_column_that_is_there_already_is_an_error_that_says_which(
    home: Path, stops: Path, tmp_path: Path
) -> None:
    stops.write_text(STOPS.replace(",Stops", ",force name label"), "utf-8")
    with pytest.raises(LinkMisfit, match="already has the column 'Force Name label'"):
        run(stops, order(tmp_path), home)


@pytest.mark.parametrize("suffix", [".tsv", ".xlsx", ".ods"])
def test_other_kinds_of_tables_are_linked_as_well(
    home: Path, stops: Path, tmp_path: Path, suffix: str
) -> None:
    first = replace(order(tmp_path), out=tmp_path / f"first{suffix}")
    run(stops, first, home)
    told = open_table(first.out)
    assert told.columns[4] == "Force Name URI"
    assert [row[4] for row in told.rows][:2] == [AVON, BTP]
    assert next(iter(told.rows))[3] == "007"


def test_links_of_values_say_how_sure_they_are_and_where_they_come_from(
    home: Path, stops: Path, tmp_path: Path
) -> None:
    corrections.add(home, [Correction("Ruritanian Mounted Foot", "police-force", iri=KENT)])
    chosen = [wanted.column("Force Name=police-force"), wanted.column("LSOA name=lsoa")]
    chosen = wanted.with_context(["LSOA name:code=LSOA code"], chosen)
    what = order(tmp_path, links=tmp_path / "links.ttl", base=BASE)
    outcome = run(stops, replace(what, wanted=tuple(chosen)), home)
    store = read(tmp_path / "links.ttl")
    assert outcome.links == {"Force Name": 3, "LSOA name": 3}
    values = BASE + "values/"
    said = {
        (name, how): quad.object.value
        for how in (SKOS.exactMatch, SKOS.closeMatch)
        for quad in store.quads_for_pattern(None, how, None)
        for name in [quad.subject.value.removeprefix(values)]
    }
    # By a name it is close, by a person or a code it is exact.
    assert said["Force%20Name/Avon%20%26%20Somerset", SKOS.closeMatch] == AVON
    assert said["Force%20Name/Ruritanian%20Mounted%20Foot", SKOS.exactMatch] == KENT
    assert said["LSOA%20name/Bristol%20001A//E01014485", SKOS.exactMatch] == BRISTOL_1
    assert said["LSOA%20name/Bristol%20001A", SKOS.closeMatch] == BRISTOL_1
    methods = {
        axiom_of(store, subject, uri): method
        for subject, uri, method in [
            ("Force%20Name/Avon%20%26%20Somerset", AVON, SEMAPV.LexicalMatching),
            ("Force%20Name/Ruritanian%20Mounted%20Foot", KENT, SEMAPV.ManualMappingCuration),
            ("LSOA%20name/Bristol%20001B//E01014486", BRISTOL_2, SEMAPV.LogicalReasoning),
        ]
    }
    for axiom, method in methods.items():
        assert value(store, axiom, SSSOM.mapping_justification) == method
        score = value(store, axiom, SSSOM.confidence)
        assert isinstance(score, Literal)
        assert 0.9 < float(score.value) <= 1
        assert value(store, axiom, PROV.wasGeneratedBy) is not None
    for each in sets(store):
        triples = value(store, each, VOID.triples)
        assert isinstance(triples, Literal)
        assert int(triples.value) in outcome.links.values()
        assert value(store, each, VOID.objectsTarget) == NamedNode(BASE + "void#dataset")
    checksum = {
        quad.object.value for quad in store.quads_for_pattern(None, SPDX.checksumValue, None)
    }
    assert checksum == {hashlib.sha256(stops.read_bytes()).hexdigest()}
    assert RELEASE in {quad.object.value for quad in store if isinstance(quad.object, Literal)}


def test_links_contradict_nothing_however_many_spellings_mean_one_thing(
    home: Path, stops: Path, tmp_path: Path
) -> None:
    for text in (DOUBT, "Ruritanian Mounted Foot"):
        corrections.add(home, [Correction(text, "police-force", iri=KENT)])
    run(stops, order(tmp_path, links=tmp_path / "links.ttl", base=BASE), home)
    store = read(tmp_path / "links.ttl")
    links = [
        Triple(quad.subject.value, quad.predicate.value, quad.object.value)
        for quad in store
        if quad.predicate.value in {one.value for one in MATCHES}
    ]
    assert len(links) == 5
    assert audited(links).contradictions == ()
    methods = {
        quad.object for quad in store.quads_for_pattern(None, SSSOM.mapping_justification, None)
    }
    assert SEMAPV.ManualMappingCuration in methods


def read(path: Path) -> Store:
    store = Store()
    store.load(path=path, format=RdfFormat.TURTLE)
    return store


def value(store: Store, subject: NamedNode, predicate: NamedNode) -> object:
    return next((quad.object for quad in store.quads_for_pattern(subject, predicate, None)), None)


def sets(store: Store) -> Iterator[NamedNode]:
    for quad in store.quads_for_pattern(None, RDF.type, VOID.Linkset):
        assert isinstance(quad.subject, NamedNode)
        yield quad.subject


def axiom_of(store: Store, subject: str, uri: str) -> NamedNode:
    of = {
        quad.subject
        for quad in store.quads_for_pattern(
            None, OWL.annotatedSource, NamedNode(BASE + "values/" + subject)
        )
    }
    to = {
        quad.subject for quad in store.quads_for_pattern(None, OWL.annotatedTarget, NamedNode(uri))
    }
    (found,) = of & to
    assert isinstance(found, NamedNode)
    return found


def test_links_of_somebodys_own_uris_are_the_same_only_where_that_is_certain(
    home: Path, tmp_path: Path
) -> None:
    path = tmp_path / "areas.csv"
    path.write_text(
        "Area,Code,URI\n"
        f"Bristol 001A,E01014485,{BRISTOL_1.replace('http://', 'https://')}\n"
        "Bristol 001B,E01014486,https://council.example/areas/2\n"
        f"Bristol 001B,E01014486,{BRISTOL_2}\n"
        "Bristol 001A,,https://council.example/areas/1\n"
        "Bristol 001B,,\n",
        "utf-8",
    )
    chosen = wanted.with_context(["code=Code"], [wanted.column("Area=lsoa")])
    chosen = wanted.with_subjects(["URI"], chosen)
    what = replace(order(tmp_path, links=tmp_path / "links.ttl"), wanted=tuple(chosen))
    outcome = run(path, what, home)
    found = {
        (quad.subject.value, quad.predicate, quad.object.value)
        for how in (OWL.sameAs, SKOS.exactMatch, SKOS.closeMatch)
        for quad in read(tmp_path / "links.ttl").quads_for_pattern(None, how, None)
    }
    assert found == {
        (BRISTOL_1.replace("http://", "https://"), OWL.sameAs, BRISTOL_1),
        ("https://council.example/areas/2", SKOS.exactMatch, BRISTOL_2),
        ("https://council.example/areas/1", SKOS.closeMatch, BRISTOL_1),
    }
    assert outcome.links == {"Area": 3}


def test_a_subject_that_would_be_two_things_is_left_out_and_told(
    home: Path, tmp_path: Path
) -> None:
    path = tmp_path / "areas.csv"
    path.write_text(
        "Area,Code,URI\n"
        "Bristol 001A,E01014485,https://council.example/areas/1\n"
        "Bristol 001B,E01014486,https://council.example/areas/1\n",
        "utf-8",
    )
    chosen = wanted.with_context(["code=Code"], [wanted.column("Area=lsoa")])
    chosen = wanted.with_subjects(["URI"], chosen)
    what = replace(order(tmp_path, links=tmp_path / "links.ttl"), wanted=tuple(chosen))
    outcome = run(path, what, home)
    assert outcome.doubtful == ["https://council.example/areas/1"]
    assert outcome.links == {"Area": 0}


def test_a_subject_that_is_no_uri_is_an_error_and_no_table_is_written(
    home: Path, tmp_path: Path
) -> None:
    path = tmp_path / "areas.csv"
    path.write_text("Area,URI\nBristol 001A,number one\n", "utf-8")
    chosen = wanted.with_subjects(["URI"], [wanted.column("Area=lsoa")])
    what = replace(order(tmp_path, links=tmp_path / "links.ttl"), wanted=tuple(chosen))
    with pytest.raises(SourceRejected, match="row 2: column 'URI' holds 'number one'"):
        run(path, what, home)
    assert not what.out.exists()
    assert not (tmp_path / "links.ttl").exists()


def many(path: Path, count: int) -> None:
    path.write_text(
        "Force Name\n" + "".join(f"Constabulary {n} of Kent\n" for n in range(count)), "utf-8"
    )


def test_a_run_that_was_stopped_goes_on_and_writes_the_same(home: Path, tmp_path: Path) -> None:
    table = tmp_path / "table.csv"
    many(table, 900)
    whole = order(tmp_path, out=tmp_path / "whole.csv", review=tmp_path / "whole-review.csv")
    run(table, whole, home)

    def stop(stage: str, done: int, total: int) -> None:
        if stage == "link" and done >= 500:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(table, order(tmp_path), home, progress=stop)
    assert not (tmp_path / "out.csv").exists()
    assert not (tmp_path / "review.csv").exists()
    partial = tmp_path / "out.csv.partial"
    with partial.open("ab") as stream:
        stream.write(b'[["police-force"],"torn')  # as kill -9 in the midst of writing leaves it
    asked: list[int] = []
    outcome = run(
        *(table, order(tmp_path), home),
        progress=lambda stage, done, total: asked.append(done) if stage == "link" else None,
    )
    assert outcome.kept == 500
    assert asked[0] > 500
    assert (tmp_path / "out.csv").read_bytes() == whole.out.read_bytes()
    assert (tmp_path / "review.csv").read_bytes() == whole.review.read_bytes()
    assert not partial.exists()


@pytest.mark.parametrize("what", ["table", "options", "release"])
def test_a_run_is_begun_anew_when_what_it_is_of_has_changed(
    home: Path, tmp_path: Path, what: str
) -> None:
    table = tmp_path / "table.csv"
    many(table, 600)

    def stop(stage: str, done: int, total: int) -> None:
        if stage == "link":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(table, order(tmp_path), home, progress=stop)
    again = order(tmp_path)
    if what == "table":
        many(table, 601)
    elif what == "options":
        again = replace(again, threshold=0.5)
    else:
        publish(home, "2026-11-21-00000000")
    outcome = run(table, again, home)
    assert outcome.changed == [what]
    assert outcome.kept == 0


def test_two_runs_do_not_write_the_same_file(home: Path, stops: Path, tmp_path: Path) -> None:
    with Journal(tmp_path / "out.csv", {}), pytest.raises(HomeBusy):
        run(stops, order(tmp_path), home)


def test_a_file_of_others_in_the_place_of_the_journal_is_left_alone(
    home: Path, stops: Path, tmp_path: Path
) -> None:
    mine = tmp_path / "out.csv.partial"
    mine.write_text("my own notes\n", "utf-8")
    with pytest.raises(LinkMisfit, match="would be written over"):
        run(stops, order(tmp_path), home)
    assert mine.read_text("utf-8") == "my own notes\n"


def test_a_run_that_is_killed_leaves_no_table_and_goes_on(home: Path, tmp_path: Path) -> None:
    table, out = tmp_path / "table.csv", tmp_path / "out.csv"
    many(table, 8_000)
    words = [sys.executable, "-m", "homegraph.endpoint.cli", "link", str(table), "--home",
             str(home), "--column", "Force Name=police-force", "--out", str(out)]  # fmt: skip
    there = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1] / ".dev")}
    with subprocess.Popen(words, stderr=subprocess.DEVNULL, env=there) as running:
        partial, end = Path(f"{out}.partial"), time.monotonic() + 60
        while not partial.exists() or partial.stat().st_size < 20_000:
            assert running.poll() is None and time.monotonic() < end
            time.sleep(0.01)
        running.send_signal(signal.SIGKILL)
    assert sorted(path.name for path in tmp_path.iterdir() if "out" in path.name) == [
        "out.csv.partial"
    ]
    ran = homegraph(*words[3:])
    assert ran.returncode == 0, ran.stderr
    assert "Gone on with" in ran.stdout
    assert len(rows(out)) == 8_000


def test_the_command_proposes_columns_when_none_is_named(
    home: Path, stops: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["link", str(stops), "--home", str(home), "--header", "1"]) == 2
    said = capsys.readouterr().out
    assert "LSOA code: lsoa, 100% of 2 values match" in said
    assert "Name nothing that is here: Stops" in said
    command = next(line for line in said.splitlines() if line.startswith("  homegraph link"))
    assert '--column "LSOA name=lsoa"' in command
    assert '--with "LSOA name:code=LSOA code"' in command
    assert f"{stops} --home {home} --header 1 " in command


def test_the_command_says_what_it_did_and_how_to_go_on(
    home: Path, stops: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["link", str(stops), "--home", str(home), "--column", "Force Name=police-force"]
    assert main(words) == 0
    said = capsys.readouterr().out
    assert "Linked 6 rows with 5 different values to 2026-11-20-abcdef12" in said
    assert "Force Name: 3 matched" in said
    assert "--corrections" in said
    assert "No links in RDF: add --base" in said
    assert "3 values to decide on, 2 of them with likely candidates" in said
    assert stops.with_name("stops-linked.csv").exists()
    words[-1] = " force name =police-force"  # as people write it; the table has its own way
    assert main([*words, "--base", BASE, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["release"] == RELEASE
    assert told["statuses"]["Force Name"]["matched"] == 3
    assert Path(told["files"]["links"]).exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--column", "Force Name=police-force", "--links", "a.ttl"], "a link is said of a URI"),
        (["--column", "Force Name=police-force", "--out", "stops.csv"], "is the table itself"),
        (["--column", "Force Name=police-force", "--out", "out.doc"], "no kind of table"),
        (["--column", "Force Name=police-force", "--out", "no/out.csv"], "there is no folder"),
        (["--column", "Force Name=police-force", "--base", "here"], "is not an http address"),
        (["--column", "Force Name=police-force", "--review", "stops-linked.csv"], "three files"),
        (["--column", "Farce Name=police-force"], "Nothing was written."),
        (["--corrections", "review.csv"], "goes with the --column"),
        (["--with", "parent=LSOA code"], "--with"),
    ],
)
def test_what_cannot_be_done_is_told_before_anything_is_written(
    home: Path,
    stops: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: list[str],
    said: str,
) -> None:
    monkeypatch.chdir(stops.parent)
    assert main(["link", "stops.csv", "--home", str(home), *words]) in {2, 3}
    assert said in capsys.readouterr().err
    assert sorted(path.name for path in stops.parent.iterdir()) == ["home", "stops.csv"]


class Endpoint(BaseHTTPRequestHandler):
    """A SPARQL endpoint that knows one answer."""

    def do_GET(self) -> None:
        self.answer()

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.answer()

    def answer(self) -> None:
        said = [("btp", "BTP"), ("avon", "Avon & Somerset")]
        bindings = [
            {
                "force": {"type": "uri", "value": f"https://data.example/{key}"},
                "name": {"type": "literal", "value": name},
            }
            for key, name in said
        ]
        body = json.dumps({"head": {"vars": ["force", "name"]}, "results": {"bindings": bindings}})
        self.send_response(200)
        self.send_header("Content-Type", "application/sparql-results+json")
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_: object) -> None:
        """Write nothing."""


def test_what_an_endpoint_answers_is_linked_with_its_own_uris(home: Path, tmp_path: Path) -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Endpoint)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    (tmp_path / "forces.rq").write_text("SELECT ?force ?name WHERE { ?force a ?name }", "utf-8")
    address = f"http://127.0.0.1:{server.server_port}/sparql"
    words = ["link", address, "--home", str(home), "--query", f"@{tmp_path / 'forces.rq'}"]
    words += ["--column", "name=police-force", "--subject", "force"]
    try:
        assert main(words) == 2  # there is no file beside which to write
        assert main([*words, "--out", str(tmp_path / "forces.csv")]) == 0
    finally:
        server.shutdown()
        server.server_close()
    assert [row["name URI"] for row in rows(tmp_path / "forces.csv")] == [BTP, AVON]
    links = {
        (quad.subject.value, quad.object.value)
        for quad in read(tmp_path / "forces-links.ttl").quads_for_pattern(
            None, SKOS.closeMatch, None
        )
    }
    assert links == {("https://data.example/btp", BTP), ("https://data.example/avon", AVON)}


def test_a_home_without_a_release_is_an_error(
    stops: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    words = ["link", str(stops), "--home", str(tmp_path / "none"), "--column", "a=lsoa"]
    assert main(words) == 4
    assert "has no published release" in capsys.readouterr().err


def test_real_files_are_linked(shared: Path, real_home: Path, tmp_path: Path) -> None:
    street = shared / "police-uk/street/2024-01/2024-01-avon-and-somerset-street.csv.gz"
    if not street.exists():
        # They lie beside the checkout, and are no part of it.
        pytest.skip("the files of police.uk are not here")
    ran = homegraph(
        *("link", street, "--home", real_home, "--out", tmp_path / "linked.csv"),
        *("--column", "Reported by=police-force", "--column", "LSOA name=lsoa"),
        *("--with", "LSOA name:code=LSOA code", "--column", "Crime type=category"),
        *("--base", BASE),
    )
    assert ran.returncode == 0, ran.stderr
    found = rows(tmp_path / "linked.csv")
    for row in found:
        assert row["Reported by URI"] == AVON
        if row["LSOA name URI"]:
            assert row["LSOA name URI"].endswith(row["LSOA code"])
        assert row["Crime type URI"]
    linked = [row for row in found if row["LSOA name"]]
    assert sum(bool(row["LSOA name URI"]) for row in linked) / len(linked) > 0.99
    assert len(read(tmp_path / "linked-links.ttl")) > 1000


def test_real_spending_is_linked_to_districts(
    shared: Path, real_home: Path, tmp_path: Path
) -> None:
    spend = shared / "admin/spend-over-25k/mhclg-2025-11-slice.csv"
    if not spend.exists():
        # They lie beside the checkout, and are no part of it.
        pytest.skip("the files of spending are not here")
    ran = homegraph(
        *("link", spend, "--home", real_home, "--out", tmp_path / "linked.xlsx"),
        *("--column", "Supplier=district"),
    )
    assert ran.returncode == 0, ran.stderr
    table = open_table(tmp_path / "linked.xlsx")
    at, label = table.place("Supplier"), table.place("Supplier label")
    found = {row[at]: row[label] for row in table.rows if row[table.place("Supplier URI")]}
    assert found["SHEFFIELD CITY COUNCIL"] == "Sheffield"
    assert found["BARKING & DAGENHAM LB"] == "Barking and Dagenham"
