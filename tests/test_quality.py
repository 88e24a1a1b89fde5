"""The catalogue scores itself: take one thing away, and exactly its points are gone, with why."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pytest
from pyoxigraph import Literal, NamedNode, RdfFormat, Triple, parse

from homegraph.graph.concepts import ONTOLOGIES
from homegraph.graph.iri import Names
from homegraph.graph.quality import MOST, Quality, score
from homegraph.graph.quality_conformance import Fault, faults
from homegraph.graph.quality_freshness import DAYS, freshness
from homegraph.graph.quality_league import Tables, read
from homegraph.graph.quality_metrics import BY_KEY, DIMENSIONS, METRICS, NO_FILE, rating
from homegraph.graph.quality_reach import Answer, Answers
from homegraph.graph.quality_record import Facts, Said
from homegraph.graph.quality_stars import count, in_words, stars
from homegraph.graph.quality_statements import MODELS, late, measured, metric, statements
from homegraph.graph.rules import validate
from homegraph.graph.terms import DQV, RDF, SKOS

TODAY = date(2026, 11, 22)
DATASET = NamedNode("http://example.org/dataset")
PAGE, FILE = "http://example.org/page", "http://example.org/file.csv"
PREFIXES = """
@prefix dcat: <http://www.w3.org/ns/dcat#> .
@prefix dct: <http://purl.org/dc/terms/> .
@prefix eu: <http://publications.europa.eu/resource/authority/> .
@prefix ex: <http://example.org/> .
@prefix file: <http://publications.europa.eu/resource/authority/file-type/> .
@prefix foaf: <http://xmlns.com/foaf/0.1/> .
@prefix freq: <http://publications.europa.eu/resource/authority/frequency/> .
@prefix iana: <http://www.iana.org/assignments/media-types/text/> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix right: <http://publications.europa.eu/resource/authority/access-right/> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix uk: <https://w3id.org/co-cddo/ukgov-metadata-exchange-model/> .
@prefix vcard: <http://www.w3.org/2006/vcard/ns#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""
PERFECT = """
ex:dataset a dcat:Dataset ;
    dct:title "Burglaries"@en ;
    dct:description "Burglaries by police force and month."@en ;
    dct:identifier "burglaries" ;
    dcat:keyword "burglary"@en ;
    dcat:theme eu:data-theme\\/JUST ;
    dct:spatial ex:england ;
    dct:temporal ex:period ;
    dct:accessRights right:PUBLIC ;
    dct:license ex:ogl ;
    dcat:contactPoint ex:team ;
    dct:publisher ex:office ;
    dct:creator ex:office ;
    dct:accrualPeriodicity freq:MONTHLY ;
    dct:issued "2026-01-31"^^xsd:date ;
    dct:modified "2026-11-01"^^xsd:date ;
    dcat:version "3" ;
    uk:securityClassification "OFFICIAL" ;
    dcat:distribution ex:csv .
ex:csv a dcat:Distribution ;
    dct:title "Burglaries, CSV"@en ;
    dct:description "One row for each figure."@en ;
    dct:identifier "burglaries.csv" ;
    dcat:accessURL ex:page ;
    dcat:downloadURL ex:file.csv ;
    dct:format file:CSV ;
    dcat:mediaType iana:csv ;
    dct:license ex:ogl ;
    dct:rights ex:crown ;
    dcat:byteSize "2048"^^xsd:nonNegativeInteger ;
    dct:issued "2026-01-31"^^xsd:date ;
    dct:modified "2026-11-01"^^xsd:date ;
    <http://data.europa.eu/r5r/availability> eu:planned-availability\\/STABLE .
eu:data-theme\\/JUST a skos:Concept ; skos:prefLabel "Justice"@en ; skos:inScheme eu:data-theme .
eu:planned-availability\\/STABLE a skos:Concept ; skos:prefLabel "Stable"@en ;
    skos:inScheme eu:planned-availability .
ex:england a dct:Location ; rdfs:label "England"@en .
ex:period a dct:PeriodOfTime ; dcat:startDate "2020-01-01"^^xsd:date .
right:PUBLIC a dct:RightsStatement ; skos:inScheme eu:access-right .
ex:team a vcard:Kind ; vcard:fn "Crime statistics" ; vcard:hasEmail <mailto:team@example.org> .
ex:office a foaf:Agent , foaf:Organization ; foaf:name "Office"@en ;
    dct:identifier "office" ; dct:type <http://purl.org/adms/publishertype/NationalAuthority> .
<http://purl.org/adms/publishertype/NationalAuthority> a skos:Concept ;
    skos:inScheme <http://purl.org/adms/publishertype> .
freq:MONTHLY a dct:Frequency ; skos:inScheme eu:frequency .
ex:page a rdfs:Resource .
ex:file.csv a rdfs:Resource .
file:CSV a dct:MediaTypeOrExtent ; skos:inScheme eu:file-type .
iana:csv a dct:MediaType .
ex:ogl a dct:LicenseDocument ; dct:type <http://purl.org/adms/licencetype/Attribution> .
<http://purl.org/adms/licencetype/Attribution> a skos:Concept ;
    skos:inScheme <http://purl.org/adms/licencetype> .
ex:crown a dct:RightsStatement .
""".replace("ex:ogl", "<http://www.nationalarchives.gov.uk/doc/open-government-licence/version/3/>")
ALL_ANSWER = {PAGE: 200, FILE: 302}


def record(text: str = PERFECT, remove: tuple[str, ...] = (), add: str = "") -> list[Triple]:
    """The statements of a record, without some ("ex:csv dct:format") and with others."""
    said = triples(text)
    for pattern in remove:
        (like,) = triples(f"{pattern} ex:any .")
        gone = {
            one for one in said if (one.subject, one.predicate) == (like.subject, like.predicate)
        }
        assert gone, f"nothing is said by {pattern}"
        said -= gone
    return sorted(said | triples(add), key=str)


def triples(text: str) -> set[Triple]:
    """The statements of a text in Turtle."""
    every = parse(input=PREFIXES + text, format=RdfFormat.TURTLE)
    return {Triple(quad.subject, quad.predicate, quad.object) for quad in every}


def facts(said: list[Triple], statuses: Mapping[str, int] = ALL_ANSWER) -> Facts:
    """What is known of a record whose addresses gave these statuses."""
    answers = {one: Answer(one, "2026-11-20", status) for one, status in statuses.items()}
    demanded = tuple(one.message for one in faults_of(said) if one.demanded)
    return Facts(Said(DATASET, said), Answers(answers), demanded)


def faults_of(said: list[Triple]) -> tuple[Fault, ...]:
    return faults({DATASET: said})[DATASET]


def scored(said: list[Triple], statuses: Mapping[str, int] = ALL_ANSWER) -> Quality:
    return score(facts(said, statuses), TODAY, faults_of(said))


def test_a_perfect_record_has_405_of_405() -> None:
    quality = scored(record())
    assert quality.total == MOST == 405
    assert not quality.lost
    assert quality.change is None
    assert quality.faults == ()
    assert list(quality.by_dimension().values()) == [
        (100, 100),
        (100, 100),
        (110, 110),
        (75, 75),
        (20, 20),
    ]


OTHER = {
    "format": "ex:csv dct:format {0} . {0} a dct:MediaTypeOrExtent .",
    "media": "ex:csv dcat:mediaType {0} . {0} a dct:MediaType .",
    "licence": "ex:csv dct:license {0} . {0} a dct:LicenseDocument .",
    "access": "ex:dataset dct:accessRights {0} . {0} a dct:RightsStatement .",
}
# What is taken away for each metric, what comes in its place, and the metrics that wait for it.
FAULTS: dict[str, tuple[tuple[str, ...], str, tuple[str, ...]]] = {
    "keyword": (("ex:dataset dcat:keyword",), "", ()),
    "theme": (("ex:dataset dcat:theme",), "", ()),
    "spatial": (("ex:dataset dct:spatial",), "", ()),
    "temporal": (("ex:dataset dct:temporal",), "", ()),
    "access-reachable": ((), "", ()),
    "download": (("ex:csv dcat:downloadURL",), "", ("download-reachable",)),
    "download-reachable": ((), "", ()),
    "format": (
        ("ex:csv dct:format",),
        "",
        ("format-listed", "non-proprietary", "machine-readable"),
    ),
    "media-type": (("ex:csv dcat:mediaType",), "", ("media-type-listed",)),
    "format-listed": (("ex:csv dct:format",), OTHER["format"].format("ex:formats\\/CSV"), ()),
    "media-type-listed": (("ex:csv dcat:mediaType",), OTHER["media"].format("ex:text\\/csv"), ()),
    "non-proprietary": (("ex:csv dct:format",), OTHER["format"].format("file:XLSX"), ()),
    "machine-readable": (("ex:csv dct:format",), OTHER["format"].format("file:TXT"), ()),
    "dcat-ap": (("ex:dataset dct:description",), "", ()),
    "licence": (("ex:csv dct:license",), "", ("licence-listed",)),
    "licence-listed": (("ex:csv dct:license",), OTHER["licence"].format("ex:terms"), ()),
    "access-rights": (("ex:dataset dct:accessRights",), "", ("access-rights-listed",)),
    "access-rights-listed": (
        ("ex:dataset dct:accessRights",),
        OTHER["access"].format("ex:open"),
        (),
    ),
    "contact": (("ex:dataset dcat:contactPoint",), "", ()),
    "publisher": (("ex:dataset dct:publisher",), "", ()),
    "rights": (("ex:csv dct:rights",), "", ()),
    "size": (("ex:csv dcat:byteSize",), "", ()),
    "issued": (("ex:csv dct:issued",), "", ()),
    "modified": (("ex:dataset dct:modified",), "", ()),
}
# The total of each fault, by hand from the table of data.europa.eu (mqa-config.json: 405 in all,
# keyword 30, theme 30, spatial 20, temporal 20, accessURL 50, downloadURL 20 + 30, format 20,
# media type 10, in vocabulary 5 + 5, non-proprietary 20, machine-readable 20, DCAT-AP 30,
# licence 20 + 10, access rights 10 + 5, contact 20, publisher 10, rights, size, issued and
# modified 5 each), and what the reason has to name.
BY_HAND = {
    "keyword": (375, "keyword"),
    "theme": (375, "theme"),
    "spatial": (385, "area"),
    "temporal": (385, "time"),
    "access-reachable": (355, "404"),
    "download": (405 - 20 - 30, "file"),
    "download-reachable": (375, "no answer"),
    "format": (405 - 20 - 5 - 20 - 20, "format"),
    "media-type": (405 - 10 - 5, "media type"),
    "format-listed": (400, "http://example.org/formats/CSV"),
    "media-type-listed": (400, "http://example.org/text/csv"),
    "non-proprietary": (385, "XLSX"),
    "machine-readable": (385, "TXT"),
    "dcat-ap": (375, "description"),
    "licence": (405 - 20 - 10, "licence"),
    "licence-listed": (395, "http://example.org/terms"),
    "access-rights": (405 - 10 - 5, "who may see it"),
    "access-rights-listed": (400, "http://example.org/open"),
    "contact": (385, "nobody to ask"),
    "publisher": (395, "publisher"),
    "rights": (400, "rights"),
    "size": (400, "size"),
    "issued": (400, "The distribution does not say when it came out"),
    "modified": (400, "The dataset does not say when it last changed"),
}
NOT_REACHED = {"access-reachable": {PAGE: 404}, "download-reachable": {FILE: 0}}


def test_every_metric_has_a_fault() -> None:
    assert set(FAULTS) == set(BY_HAND) == set(BY_KEY)
    assert len(BY_KEY) == 24


@pytest.mark.parametrize("key", FAULTS)
def test_what_is_taken_away_costs_exactly_its_points_and_says_why(key: str) -> None:
    remove, add, waiting = FAULTS[key]
    quality = scored(record(remove=remove, add=add), ALL_ANSWER | NOT_REACHED.get(key, {}))
    assert set(quality.lost) == {key, *waiting}
    assert {BY_KEY[one].needs for one in waiting} <= {key}
    total, named = BY_HAND[key]
    assert quality.total == total == MOST - sum(BY_KEY[one].points for one in quality.lost)
    assert named in quality.lost[key]
    assert all(reason.endswith(".") for reason in quality.lost.values())
    change = quality.change
    assert change is not None
    assert (change.key, change.gain) == (key, MOST - quality.total)
    assert change.mend == BY_KEY[key].mend


def test_the_points_are_those_of_data_europa_eu(shared: Path) -> None:
    with (shared / "reference" / "mqa-metrics.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    ours = sorted((one.dimension, one.points, one.of_distribution) for one in METRICS)
    theirs = sorted(
        (row["dimension"], int(row["points"]), "distribution" in row["applies_to"]) for row in rows
    )
    assert ours == theirs


def test_the_rating_changes_where_that_of_data_europa_eu_does() -> None:
    words = {points: rating(points) for points in (405, 351, 350, 221, 220, 121, 120, 0)}
    assert list(words.values()) == [
        *("excellent", "excellent", "good", "good"),
        *("sufficient", "sufficient", "bad", "bad"),
    ]


def test_a_dataset_counts_with_its_best_distribution() -> None:
    poor = "ex:dataset dcat:distribution ex:pdf . ex:pdf a dcat:Distribution ; "
    quality = scored(record(add=poor + "dcat:accessURL ex:page ."))
    assert quality.total == MOST


def test_what_has_no_distribution_has_one_thing_to_do() -> None:
    quality = scored(record(remove=("ex:dataset dcat:distribution",)))
    of_files = {one.key for one in METRICS if one.of_distribution}
    assert set(quality.lost) == of_files
    assert set(quality.lost.values()) == {NO_FILE}
    assert quality.change is not None
    assert quality.change.key == "distribution"
    assert quality.change.gain == MOST - quality.total


def test_an_address_that_nobody_asked_is_not_known_to_answer() -> None:
    quality = scored(record(), {FILE: 200})
    assert list(quality.lost) == ["access-reachable"]
    assert quality.lost["access-reachable"].startswith("It is not known")


def test_an_address_of_ours_answers_when_the_release_has_the_file() -> None:
    said = record()
    known = Facts(Said(DATASET, said), base="http://example.org/", held=frozenset({PAGE}))
    quality = score(known, TODAY)
    assert list(quality.lost) == ["download-reachable"]
    assert "this release has nothing there" in quality.lost["download-reachable"]


def test_the_reason_names_the_address_its_status_and_the_day() -> None:
    quality = scored(record(), ALL_ANSWER | {PAGE: 404})
    assert quality.lost["access-reachable"] == f"{PAGE} gave status 404 on 2026-11-20."


@pytest.mark.parametrize(
    ("status", "lost"),
    [(200, 0), (204, 0), (302, 0), (399, 0), (0, 50), (199, 50), (400, 50), (404, 50), (500, 50)],
)
def test_what_an_address_answered_makes_its_points_however_long_ago(status: int, lost: int) -> None:
    for asked in ("2026-11-20", "2019-01-01"):
        answers = Answers(
            {
                PAGE: Answer(PAGE, asked, status, "" if status else "timed out"),
                FILE: Answer(FILE, asked, 200),
            }
        )
        quality = score(Facts(Said(DATASET, record()), answers), TODAY)
        assert quality.total == 405 - lost
        # Who reads it is told the day, and can ask again.
        assert all(f"on {asked}" in reason for reason in quality.lost.values())


# Conformance


def test_what_a_model_asks_for_is_told_beside_the_points() -> None:
    quality = scored(record(remove=("ex:dataset dct:creator", "ex:dataset dcat:keyword")))
    models = [fault.model for fault in quality.faults]
    assert sorted(models) == ["dcat-ap", "uk-model"]
    assert not any(fault.demanded for fault in quality.faults)


@pytest.mark.parametrize(
    ("remove", "add"),
    [
        (("ex:dataset dct:title",), ""),
        (("ex:csv dcat:accessURL",), ""),
        ((), 'ex:dataset dct:issued "2026-02-01"^^xsd:date .'),
        (("ex:dataset dct:publisher",), 'ex:dataset dct:publisher "Office" .'),
        (("ex:office a",), ""),
        (("ex:csv dcat:byteSize",), 'ex:csv dcat:byteSize "much" .'),
    ],
    ids=["no title", "no address", "issued twice", "a text", "of no class", "no number"],
)
def test_what_dcat_ap_demands_costs_its_points(remove: tuple[str, ...], add: str) -> None:
    assert "dcat-ap" in scored(record(remove=remove, add=add)).lost


# Stars

OPEN = "<http://www.nationalarchives.gov.uk/doc/open-government-licence/version/3/>"


def in_format(name: str, more: str = "", licence: str = OPEN) -> Facts:
    """A dataset to be had in one format only."""
    text = f"""ex:dataset a dcat:Dataset ; dct:license {licence} ; dcat:distribution ex:it . {more}
        ex:it a dcat:Distribution ; dcat:accessURL ex:page ; dct:format {name} ."""
    return Facts(Said(DATASET, record(text)))


@pytest.mark.parametrize(
    ("facts", "number"),
    [
        (in_format("file:PDF"), 1),
        (in_format("file:XLS"), 2),
        (in_format('"Excel"'), 2),
        (in_format("file:CSV"), 3),
        (in_format("file:PARQUET"), 3),
        (in_format("file:RDF_TURTLE"), 4),
        (in_format("file:JSON_LD"), 4),
        (in_format("file:RDF_TURTLE", "ex:dataset dct:references <http://other.org/a> ."), 5),
        (in_format("file:RDF_TURTLE", "ex:dataset dct:references ex:own ."), 4),
        (in_format("file:CSV", "ex:dataset dct:references <http://other.org/a> ."), 3),
        (in_format("file:RDF_TURTLE", licence="<http://example.org/all-rights-reserved>"), 0),
        (in_format("file:CSV", licence="<https://creativecommons.org/licenses/by-nc/4.0/>"), 0),
        (in_format("file:CSV", licence="<https://creativecommons.org/licenses/by/4.0/>"), 3),
        (in_format("file:CSV", licence="eu:licence\\/OGL_3_0"), 3),
        (in_format("file:CSV", licence="eu:licence\\/CC_BYNC_4_0"), 0),
    ],
)
def test_the_stars_of_a_dataset_follow_from_licence_format_and_links(
    facts: Facts, number: int
) -> None:
    found = stars(facts)
    assert count(found) == number
    assert [star.earned for star in found] == [True] * number + [False] * (5 - number)
    assert all(star.reason.endswith(".") for star in found)
    assert in_words(found).endswith(found[min(number, 4)].reason)


CSV, PDF = "dct:format file:CSV", "dct:format file:PDF"
SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MEDIA = "<http://www.iana.org/assignments/media-types/{}>"
BY = "dct:license <https://creativecommons.org/licenses/by/4.0/>"
NC = "dct:license <https://creativecommons.org/licenses/by-nc/4.0/>"


@pytest.mark.parametrize(
    ("licence", "files", "number"),
    [
        (BY, [PDF, CSV], 3),
        (BY, ["dct:format file:ODS"], 3),
        (BY, ["dct:format file:HTML"], 1),
        (BY, ["dct:format file:RDFA"], 4),
        (BY, ["dct:format file:XLSX"], 2),
        (BY, [f"dcat:mediaType {MEDIA.format(SHEET)}"], 2),
        (BY, [f'dcat:mediaType "{SHEET}"'], 2),
        (BY, ["dcat:mediaType " + MEDIA.format("application/vnd.ms-excel")], 2),
        (BY, ['dcat:mediaType "text/csv; charset=utf-8"'], 3),
        (BY, ['dct:format ".csv"'], 3),
        (BY, ['dct:format "foo"'], 1),
        (BY, [""], 1),
        (BY, ["dct:format file:ZIP"], 1),
        (BY, [f"dct:format file:ZIP ; dcat:mediaType {MEDIA.format('text/csv')}"], 3),
        (BY, [f"{CSV} ; dcat:compressFormat {MEDIA.format('application/zip')}"], 3),
        (BY, [f"{PDF} ; dcat:mediaType {MEDIA.format('text/csv')}"], 1),
        (BY, [], 0),
        (NC, [CSV], 0),
        ("", [CSV], 0),
        ("", [f"{CSV} ; {BY}"], 3),
        ("", [f"{PDF} ; {BY}", f"{CSV} ; {NC}"], 1),
        ("", [f"{PDF} ; {BY}", CSV], 1),
        (BY, [PDF, f"{CSV} ; {NC}"], 1),
        (BY, [f"{CSV} ; {NC}"], 0),
        (NC, [f"{CSV} ; {BY}"], 3),
        ('dct:license "Open Government Licence"', [CSV], 0),
    ],
)
def test_what_counts_is_what_can_be_had_openly(licence: str, files: list[str], number: int) -> None:
    text = f"ex:dataset a dcat:Dataset {'; ' + licence if licence else ''} .\n"
    for place, said in enumerate(files):
        text += f"ex:dataset dcat:distribution ex:f{place} .\n"
        text += f"ex:f{place} a dcat:Distribution ; dcat:accessURL ex:page"
        text += f" ; {said} .\n" if said else " .\n"
    found = stars(Facts(Said(DATASET, record(text))))
    assert count(found) == number
    assert [star.earned for star in found] == [True] * number + [False] * (5 - number)
    assert all(star.reason.endswith(".") for star in found)


def test_links_that_the_build_found_in_the_data_earn_the_fifth_star() -> None:
    told = in_format("file:RDF_N_QUADS")
    linked = Facts(told.said, links=frozenset({"statistics.data.gov.uk", "example.org"}))
    assert count(stars(told)) == 4
    assert count(stars(linked)) == 5
    assert "statistics.data.gov.uk" in stars(linked)[4].reason
    assert "example.org" not in stars(linked)[4].reason


def test_without_a_licence_there_is_no_star() -> None:
    said = record(remove=("ex:dataset dct:license", "ex:csv dct:license"))
    found = stars(Facts(Said(DATASET, said)))
    assert count(found) == 0
    assert found[0].reason == "It names no licence."


# Freshness


@pytest.mark.parametrize(
    ("frequency", "changed", "overdue"),
    [
        ("freq:MONTHLY", '"2026-11-01"^^xsd:date', 0),
        ("freq:MONTHLY", '"2026-10-22"^^xsd:date', 0),
        ("freq:MONTHLY", '"2026-10-21"^^xsd:date', 1),
        ("freq:DAILY", '"2026-11-11"^^xsd:date', 10),
        ("freq:ANNUAL", '"2025-11-01"^^xsd:date', 20),
        ("freq:ANNUAL", '"2025"^^xsd:gYear', 0),
        ("freq:QUARTERLY", '"2026-07"^^xsd:gYearMonth', 22),
        ("freq:WEEKLY", '"2026-11-10T12:00:00Z"^^xsd:dateTime', 5),
        ("<http://purl.org/cld/freq/monthly>", '"2026-10-21"^^xsd:date', 1),
        ("freq:IRREG", '"2001-01-01"^^xsd:date', None),
        ("freq:MONTHLY", '"some time ago"', None),
    ],
)
def test_a_dataset_is_late_when_it_changed_longer_ago_than_it_says(
    frequency: str, changed: str, overdue: int | None
) -> None:
    text = f"ex:dataset dct:accrualPeriodicity {frequency} ; dct:modified {changed} ."
    found = freshness(Said(DATASET, record(text)), TODAY)
    assert found.overdue == overdue
    assert found.reason.endswith(".")


def test_what_states_no_frequency_cannot_be_late() -> None:
    said = Said(DATASET, record(remove=("ex:dataset dct:accrualPeriodicity",)))
    assert freshness(said, TODAY).overdue is None


def test_a_file_that_changed_makes_its_dataset_fresh() -> None:
    said = record(remove=("ex:dataset dct:modified",))
    assert freshness(Said(DATASET, said), TODAY).overdue == 0


def test_every_frequency_is_longer_than_the_one_before() -> None:
    steps = ("DAILY", "WEEKLY", "BIWEEKLY", "MONTHLY", "BIMONTHLY", "QUARTERLY", "ANNUAL_2")
    days = [DAYS[one] for one in (*steps, "ANNUAL", "BIENNIAL", "DECENNIAL")]
    assert days == sorted(set(days))


# Statements


def quads_of(quality: Quality) -> list[str]:
    names = Names()
    every = [*measured(quality), *late(quality, TODAY)]
    quads = [quad for one in every for quad in statements(quality.dataset, one, names)]
    return [f"{quad} .\n" for quad in quads]


@pytest.mark.parametrize("remove", [(), ("ex:csv dct:format", "ex:dataset dct:title")])
def test_the_measurements_keep_the_rules_for_measurements(remove: tuple[str, ...]) -> None:
    lines = quads_of(scored(record(remove=remove)))
    assert len(lines) == len(set(lines))
    report = validate(lines)
    assert report.results == ()
    assert report.focus_nodes == len(METRICS) + 2 + len(MODELS) + 2


def test_a_reason_repeats_nothing_that_looks_personal() -> None:
    hidden = "http://example.org/john.smith@example.org/SW1A%201AA.csv"
    said = record(remove=("ex:csv dcat:accessURL",), add=f"ex:csv dcat:accessURL <{hidden}> .")
    lines = quads_of(scored(said))
    assert any(
        "It is not known whether http://example.org/[e-mail address]" in one for one in lines
    )
    assert validate(lines).results == ()


def test_no_measurement_says_anything_of_the_dataset_itself() -> None:
    assert not any(line.startswith(str(DATASET)) for line in quads_of(scored(record())))


def test_every_metric_is_described_with_its_points_dimension_and_type() -> None:
    said: dict[NamedNode, set[tuple[NamedNode, object]]] = {}
    for quad in parse(path=ONTOLOGIES / "quality.ttl", format=RdfFormat.TURTLE):
        if isinstance(quad.subject, NamedNode):
            said.setdefault(quad.subject, set()).add((quad.predicate, quad.object))
    for one in METRICS:
        about = said[metric(one.key)]
        assert (RDF.type, DQV.Metric) in about
        assert (DQV.inDimension, metric(one.dimension)) in about
        assert (SKOS.prefLabel, Literal(one.asks, language="en")) in about
        texts = [str(o) for p, o in about if p == SKOS.definition]
        assert f'"{one.points} points if ' in texts[0]
    for name in DIMENSIONS:
        assert (RDF.type, DQV.Dimension) in said[metric(name)]
    for one in [*measured(scored(record())), *late(scored(record()), TODAY)]:
        assert (RDF.type, DQV.Metric) in said[metric(one.key)]


# League


def renamed(quality: Quality, name: str) -> Quality:
    node = NamedNode(f"http://example.org/{name}")
    return Quality(node, quality.stars, quality.points, quality.faults, quality.freshness)


def test_the_league_table_adds_up(tmp_path: Path) -> None:
    perfect = scored(record())
    wordless = scored(record(remove=("ex:dataset dcat:keyword",)))
    worst = scored(record(remove=("ex:csv dct:format", "ex:dataset dcat:keyword")))
    fileless = scored(record(remove=("ex:dataset dcat:distribution",)))
    tables = Tables()
    for name, quality, owner in [
        ("a", perfect, "http://example.org/good"),
        ("b", perfect, "http://example.org/bad"),
        ("c", wordless, "http://example.org/bad"),
        ("d", worst, "http://example.org/bad"),
        ("e", fileless, ""),
    ]:
        tables.add(renamed(quality, name), owner)
    league = tables.league(TODAY)
    good, bad, nobody = league.rows
    assert (good.owner, good.mean, good.mend, good.gain) == ("http://example.org/good", 405, "", 0)
    assert (bad.best, bad.most) == ("http://example.org/b", 405)
    assert (bad.worst, bad.least) == ("http://example.org/d", 405 - 65 - 30)
    assert bad.points == perfect.total + wordless.total + worst.total
    assert bad.mean == round(bad.points / 3, 1)
    assert (bad.to_do, bad.lacking, bad.gain) == ("format", 1, 65)
    assert sum(bad.stars) == bad.datasets == 3
    assert (nobody.owner, nobody.to_do, nobody.gain) == ("", "distribution", 405 - fileless.total)
    league.save(tmp_path)
    assert read(tmp_path / "quality.json") == league


def test_an_address_that_does_not_answer_is_told_whichever_distribution_has_it() -> None:
    other = "ex:dataset dcat:distribution ex:zip . ex:file.zip a rdfs:Resource ."
    other += "ex:zip a dcat:Distribution ; dcat:accessURL ex:file.zip ."
    gone = "http://example.org/file.zip"
    quality = scored(record(add=other), ALL_ANSWER | {gone: 404})
    assert quality.total == MOST
    (told,) = (one for one in measured(quality) if one.key == "broken-addresses")
    assert (told.value, told.reason) == (1, f"{gone} gave status 404 on 2026-11-20.")
    assert not any(one.key == told.key for one in measured(scored(record(), {})))
