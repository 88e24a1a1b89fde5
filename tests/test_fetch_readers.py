"""Catalogues of others are read in every form they come in; what is odd in them is pointed at."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from pyoxigraph import Literal, NamedNode, Quad, RdfFormat, parse, serialize

from homegraph.graph.findings import Finding, Reading
from homegraph.graph.iri import Names, organisation
from homegraph.graph.nquads import lines
from homegraph.graph.raw import RawFile
from homegraph.graph.rules import validate
from homegraph.graph.terms import (
    ACCESS,
    DCAT,
    DCT,
    FOAF,
    RDF,
    RDFS,
    SOURCE,
    SPDX,
    UKMODEL,
    VCARD,
    XSD,
)
from homegraph.loaders.dataset_catalogue.kinds import kind_of
from homegraph.loaders.dataset_catalogue.loader import load

OURS = Names("https://ours.example/")
EU = "http://publications.europa.eu/resource/authority/"
OGL = NamedNode("http://www.nationalarchives.gov.uk/doc/open-government-licence/version/3/")
TOWN = "https://town.example"
PREFIXES = """
@prefix dcat: <http://www.w3.org/ns/dcat#> .
@prefix dct: <http://purl.org/dc/terms/> .
@prefix foaf: <http://xmlns.com/foaf/0.1/> .
@prefix geo: <http://www.opengis.net/ont/geosparql#> .
@prefix hydra: <http://www.w3.org/ns/hydra/core#> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix spdx: <http://spdx.org/rdf/terms#> .
@prefix uk: <https://w3id.org/co-cddo/ukgov-metadata-exchange-model/> .
@prefix vcard: <http://www.w3.org/2006/vcard/ns#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
@base <https://town.example/> .
"""
WHOLE = """
<catalog> a dcat:Catalog ; dct:title "Town data" ; dcat:dataset <d/air> ; dcat:service <api> .
<record/air> a dcat:CatalogRecord ; foaf:primaryTopic <d/air> .
<d/air> a dcat:Dataset ;
    dct:title "Air quality"@en , "Ansawdd aer"@cy ;
    dct:description "What is in the air, hour by hour."@en ;
    dct:identifier "air" ;
    dct:publisher <org/council> ;
    dcat:contactPoint [ a vcard:Organization ; vcard:fn "Open Data Team" ;
        vcard:hasEmail <mailto:opendata@town.example> ;
        vcard:hasTelephone [ vcard:hasValue <tel:+443001234567> ] ] ;
    dct:license <https://www.nationalarchives.gov.uk/doc/open-government-licence/version/3> ;
    dcat:theme <http://publications.europa.eu/resource/authority/data-theme/ENVI> ;
    dct:accrualPeriodicity <http://purl.org/cld/freq/monthly> ;
    dct:accessRights <http://publications.europa.eu/resource/authority/access-right/PUBLIC> ;
    dct:language <http://publications.europa.eu/resource/authority/language/ENG> ;
    dct:spatial <http://statistics.data.gov.uk/id/statistical-geography/E06000014> ,
        [ a dct:Location ;
            dcat:bbox "POLYGON((-1 53, 0 53, 0 54, -1 54, -1 53))"^^geo:wktLiteral ] ;
    dct:temporal [ a dct:PeriodOfTime ; dcat:startDate "2020-01-01"^^xsd:date ;
        dcat:endDate "2020-12-31"^^xsd:date ] ;
    dct:issued "2020-01-01"^^xsd:date ; dct:modified "2021-01-01T10:00:00Z"^^xsd:dateTime ;
    dcat:keyword "air"@en , "aer"@cy ; owl:versionInfo "2" ; dcat:landingPage <pages/air> ;
    dct:conformsTo <standard> ; dcat:inSeries <d/all> ; uk:securityClassification "OFFICIAL" ;
    dcat:distribution <d/air/csv> , [ a dcat:Distribution ; dcat:accessURL <air.json> ;
        dct:format "JSON" ; dct:title "As JSON" ] .
<d/air/csv> a dcat:Distribution ; dct:title "As CSV" ; dcat:accessURL <air> ;
    dcat:downloadURL <air.csv> ;
    dcat:mediaType <http://www.iana.org/assignments/media-types/text/csv> ;
    dct:format <http://publications.europa.eu/resource/authority/file-type/CSV> ;
    dcat:compressFormat <https://www.iana.org/assignments/media-types/application/gzip> ;
    dcat:byteSize "12"^^xsd:decimal ; dct:issued "2020-02-01"^^xsd:date ;
    spdx:checksum [ a spdx:Checksum ; spdx:checksumValue "0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a" ] .
<org/council> a foaf:Organization ; foaf:name "Town Council" ;
    foaf:homepage <https://council.example/> .
<d/all> a dcat:DatasetSeries ; dct:title "All measurements"@en ; dct:description "Measured."@en ;
    dct:publisher <https://www.gov.uk/government/organisations/home-office> .
<api> a dcat:DataService ; dct:title "Air API"@en ; dct:description "Asks the air."@en ;
    dct:publisher <org/council> ; dcat:endpointURL <api/v1> ;
    dct:license <http://www.nationalarchives.gov.uk/doc/open-government-licence/version/3/> .
"""


def read(
    folder: Path, *contents: str | bytes, origin: str = f"{TOWN}/catalog.ttl"
) -> tuple[list[Quad], Reading]:
    files = []
    for number, content in enumerate(contents, start=1):
        path = folder / f"page-{number}"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        files.append(replace(RawFile.at(path), origin=origin or str(path)))
    reading = Reading(1000)
    return list(load(files, OURS, reading)), reading


def turtle(folder: Path, said: str) -> tuple[list[Quad], Reading]:
    return read(folder, PREFIXES + said)


def values(quads: list[Quad], predicate: NamedNode, subject: str = "") -> list[object]:
    return [
        quad.object
        for quad in quads
        if quad.predicate == predicate and subject in (quad.subject.value, "")
    ]


def one_warning(reading: Reading, words: str) -> Finding:
    assert not reading.errors
    [found] = [finding for finding in reading.warnings if words in str(finding)]
    return found


# What is said


def test_a_full_record_loses_nothing_and_keeps_its_names(tmp_path: Path) -> None:
    quads, reading = turtle(tmp_path, WHOLE)
    assert not list(reading), [str(finding) for finding in reading]
    assert (reading.records, reading.written) == (3, 3)
    air, csv = f"{TOWN}/d/air", f"{TOWN}/d/air/csv"
    expected = {
        RDF.type: DCAT.Dataset,
        DCT.title: Literal("Air quality", language="en"),
        DCT.identifier: Literal("air"),
        DCT.publisher: NamedNode(f"{TOWN}/org/council"),
        DCT.license: OGL,
        DCAT.theme: NamedNode(EU + "data-theme/ENVI"),
        DCT.accrualPeriodicity: NamedNode(EU + "frequency/MONTHLY"),
        DCT.accessRights: ACCESS.PUBLIC,
        DCT.language: NamedNode(EU + "language/ENG"),
        DCT.issued: Literal("2020-01-01", datatype=XSD.date),
        DCT.modified: Literal("2021-01-01T10:00:00Z", datatype=XSD.dateTime),
        DCAT.keyword: Literal("air", language="en"),
        DCAT.version: Literal("2"),
        DCAT.landingPage: NamedNode(f"{TOWN}/pages/air"),
        DCT.conformsTo: NamedNode(f"{TOWN}/standard"),
        DCAT.inSeries: NamedNode(f"{TOWN}/d/all"),
        UKMODEL.securityClassification: Literal("OFFICIAL"),
        SOURCE.harvestedFrom: NamedNode(f"{TOWN}/catalog"),
        FOAF.isPrimaryTopicOf: NamedNode(f"{TOWN}/record/air"),
    }
    for predicate, value in expected.items():
        assert values(quads, predicate, air) == [value], predicate
    assert len(values(quads, DCT.spatial, air)) == 2
    assert values(quads, DCAT.startDate) == [Literal("2020-01-01", datatype=XSD.date)]
    assert values(quads, VCARD.hasEmail) == [NamedNode("mailto:opendata@town.example")]
    assert values(quads, VCARD.hasTelephone) == [NamedNode("tel:+443001234567")]
    assert NamedNode(csv) in values(quads, DCAT.distribution, air)
    assert values(quads, DCAT.accessURL, csv) == [NamedNode(f"{TOWN}/air")]
    assert values(quads, DCAT.downloadURL, csv) == [NamedNode(f"{TOWN}/air.csv")]
    assert values(quads, DCAT.byteSize, csv) == [Literal("12", datatype=XSD.nonNegativeInteger)]
    assert values(quads, SPDX.checksum, csv)
    assert values(quads, DCT.license, csv) == [OGL]
    [packed] = values(quads, DCAT.compressFormat, csv)
    assert str(packed).endswith("application/gzip>")
    assert values(quads, RDF.type, f"{TOWN}/d/all") == [DCAT.DatasetSeries]
    assert values(quads, DCT.publisher, f"{TOWN}/d/all") == [organisation("home-office")]
    assert values(quads, RDF.type, f"{TOWN}/api") == [DCAT.DataService]
    assert values(quads, DCAT.endpointURL, f"{TOWN}/api") == [NamedNode(f"{TOWN}/api/v1")]
    assert not validate(lines(quads)).violations


@pytest.mark.parametrize(
    "form", [RdfFormat.TURTLE, RdfFormat.RDF_XML, RdfFormat.JSON_LD, RdfFormat.N_TRIPLES], ids=str
)
def test_every_syntax_says_the_same(tmp_path: Path, form: RdfFormat) -> None:
    plain, _ = turtle(tmp_path, WHOLE)
    triples = [quad.triple for quad in parse(input=PREFIXES + WHOLE, format=RdfFormat.TURTLE)]
    written = serialize(reversed(triples), format=form)
    assert written is not None
    quads, reading = read(tmp_path, written)
    assert not reading.errors
    assert lines(quads) == lines(plain)


def test_there_is_no_blank_node_and_names_do_not_hang_on_a_parser(tmp_path: Path) -> None:
    first, again = (lines(turtle(tmp_path, WHOLE)[0]) for _ in range(2))
    assert first == again
    assert "_:" not in "".join(first)


def test_a_text_in_welsh_only_is_said_to_be_welsh(tmp_path: Path) -> None:
    said = '<d/1> a dcat:Dataset ; dct:title "Aer"@cy ; dct:description "Yr aer."@cy .'
    quads, _ = turtle(tmp_path, said)
    assert values(quads, DCT.title) == [Literal("Aer", language="cy")]
    assert values(quads, DCT.description) == [Literal("Yr aer.", language="cy")]


def test_the_license_of_all_files_is_that_of_the_dataset(tmp_path: Path) -> None:
    quads, _ = turtle(
        tmp_path,
        '<d/1> a dcat:Dataset ; dct:title "One" ; dcat:distribution <f/1> .'
        f"<f/1> a dcat:Distribution ; dcat:accessURL <1.csv> ; dct:license {OGL} .",
    )
    assert values(quads, DCT.license, f"{TOWN}/d/1") == [OGL]


def test_files_of_different_licences_keep_their_own(tmp_path: Path) -> None:
    quads, reading = turtle(
        tmp_path,
        '<d/1> a dcat:Dataset ; dct:title "One" ; dcat:distribution <f/1> , <f/2> .'
        f"<f/1> a dcat:Distribution ; dcat:accessURL <1.csv> ; dct:license {OGL} ."
        "<f/2> a dcat:Distribution ; dcat:accessURL <2.csv> ; dct:license <odd> .",
    )
    assert values(quads, DCT.license, f"{TOWN}/f/1") == [OGL]
    assert values(quads, DCT.license, f"{TOWN}/f/2") == []
    found = one_warning(reading, "not a licence in licences.csv")
    assert (found.column, found.value) == ("dct:license", f"{TOWN}/odd")


def test_old_ways_to_say_things_are_understood(tmp_path: Path) -> None:
    quads, reading = turtle(
        tmp_path,
        '<d/1> a dcat:Dataset ; dct:title "One" ; dct:description "The first." ;'
        ' dct:language "en-GB" ; dct:modified "2012-05-10T21:04" ; dct:license "OGL" ;'
        ' dct:publisher <org/1> ; dcat:landingPage "https://town.example/one" ;'
        ' dcat:distribution [ dcat:downloadURL "https://town.example/1.pdf"^^xsd:anyURI ;'
        ' dcat:mediaType "application/pdf" ; dcat:byteSize 43008.0 ;'
        ' dct:format [ a dct:IMT ; rdf:value "application/pdf" ] ] ,'
        ' [ dcat:accessURL "https://town.example/1" ; dct:title "x" ; dct:format <f/x> ] .'
        '<f/x> a dct:IMT ; rdf:value "application/vnd.ms-excel" ; rdfs:label "Old one" .'
        '<org/1> a skos:Concept ; skos:prefLabel "Town Council" .',
    )
    assert not list(reading), [str(finding) for finding in reading]
    assert values(quads, DCT.language) == [NamedNode(EU + "language/ENG")]
    assert set(values(quads, DCT.format)) == {
        NamedNode(EU + "file-type/PDF"),
        NamedNode(EU + "file-type/XLS"),
    }
    assert values(quads, DCAT.downloadURL) == [NamedNode("https://town.example/1.pdf")]
    assert values(quads, FOAF.name, f"{TOWN}/org/1") == [Literal("Town Council", language="en")]
    assert not validate(lines(quads)).violations


# Names


def test_a_blank_node_is_named_by_its_identifier_and_the_finding_says_so(tmp_path: Path) -> None:
    said = '[] a dcat:Dataset ; dct:title "One" ; dct:identifier "one" ; dct:description "x" .'
    quads, reading = turtle(tmp_path, said)
    found = one_warning(reading, "blank node")
    assert (found.file, found.column) == ("page-1", "dct:identifier")
    assert "named by its identifier, in one" in found.problem
    node = OURS.thing("dataset", "town.example", "one").value
    assert values(quads, DCT.title, node)
    assert lines(quads) == lines(turtle(tmp_path, said)[0])


def test_an_identifier_that_is_an_address_names_a_blank_node(tmp_path: Path) -> None:
    said = '[] a dcat:Dataset ; dct:title "One" ; dct:identifier "https://doi.example/1" .'
    quads, _ = turtle(tmp_path, said)
    assert values(quads, DCT.title, "https://doi.example/1")


@pytest.mark.parametrize(
    "iri", ["urn:uuid:6e8bc430-9c3a-11d9-9669-0800200c9a66", "HTTP://A.example/1"]
)
def test_an_address_is_kept_letter_for_letter(tmp_path: Path, iri: str) -> None:
    quads, _ = turtle(tmp_path, f'<{iri}> a dcat:Dataset ; dct:title "One" .')
    assert values(quads, DCT.title, iri)


def test_an_address_that_no_iri_may_be_is_encoded_and_pointed_at(tmp_path: Path) -> None:
    quads, reading = turtle(tmp_path, '<https://a.example/b|c> a dcat:Dataset ; dct:title "One" .')
    assert values(quads, DCT.title, "https://a.example/b%7Cc")
    assert one_warning(reading, "none that leads anywhere")


def test_nobody_describes_what_is_ours(tmp_path: Path) -> None:
    quads, reading = turtle(
        tmp_path,
        '<https://ours.example/data/x> a dcat:Dataset ; dct:title "Not so" .'
        '<d/1> a dcat:Dataset ; dct:title "One" ; dct:publisher <https://ours.example/id/a/b> ;'
        " dcat:distribution <https://ours.example/id/c> ."
        '<https://ours.example/id/a/b> foaf:name "Us" .'
        "<https://ours.example/id/c> a dcat:Distribution ; dcat:accessURL <1.csv> .",
    )
    assert (reading.records, reading.refused) == (2, 1)
    assert one_warning(reading, "something of ours").value == "https://ours.example/data/x"
    subjects = {str(quad.subject) for quad in quads}
    assert not subjects & {"<https://ours.example/id/a/b>", "<https://ours.example/id/c>"}


def test_one_file_of_two_datasets_is_described_once(tmp_path: Path) -> None:
    quads, reading = turtle(
        tmp_path,
        '<d/1> a dcat:Dataset ; dct:title "One" ; dcat:distribution <f> ; dct:license <l/1> .'
        '<d/2> a dcat:Dataset ; dct:title "Two" ; dcat:distribution <f> ; dct:license <l/2> .'
        "<f> a dcat:Distribution ; dcat:accessURL <1.csv> .",
    )
    assert not reading.errors
    assert len(values(quads, DCAT.distribution)) == 2
    assert not validate(lines(quads)).violations


def test_the_newest_of_two_records_of_a_dataset_is_taken(tmp_path: Path) -> None:
    said = PREFIXES + '<d/1> a dcat:Dataset ; dct:title "{0}" ; dct:modified "{0}"^^xsd:gYear .'
    quads, reading = read(tmp_path, said.format(2020), said.format(2022), said.format(2021))
    assert values(quads, DCT.title) == [Literal("2022", language="en")]
    assert (reading.records, reading.written, reading.refused) == (3, 1, 2)


def test_what_is_only_mentioned_is_no_record(tmp_path: Path) -> None:
    quads, reading = turtle(
        tmp_path,
        '<catalog> a dcat:Catalog , dcat:Dataset ; dct:title "All" ; dcat:dataset <d/9> .'
        '<d/1> a dcat:Dataset ; dct:title "One" ; dct:source <d/2> . <d/2> a dcat:Dataset .',
    )
    assert reading.records == 1
    assert values(quads, DCT.source, f"{TOWN}/d/1") == [NamedNode(f"{TOWN}/d/2")]


def test_an_empty_catalogue_is_one(tmp_path: Path) -> None:
    quads, reading = turtle(tmp_path, '<catalog> a dcat:Catalog ; dct:title "None yet" .')
    assert not quads and not list(reading)


# Faults


@pytest.mark.parametrize(
    ("said", "column", "value", "kept"),
    [
        ("dcat:theme <t/fun>", "dcat:theme", f"{TOWN}/t/fun", "Theme"),
        ("dct:accrualPeriodicity <often>", "dct:accrualPeriodicity", f"{TOWN}/often", "Update"),
        ('dct:spatial [ dct:title "Narnia" ]', "dct:spatial", "Narnia", "Area"),
        ('dct:issued "long ago"', "dct:issued", "long ago", "Issued"),
        ('dct:temporal "then"', "dct:temporal", "then", "Covers from"),
        ("dct:accessRights <some>", "dct:accessRights", f"{TOWN}/some", "Access"),
        ('dct:language "Elvish"', "dct:language", "Elvish", "Language"),
        ('dct:license "Ask us"', "dct:license", "Ask us", ""),
    ],
)
def test_an_unknown_code_is_a_finding_with_file_record_property_and_value(
    tmp_path: Path, said: str, column: str, value: str, kept: str
) -> None:
    quads, reading = turtle(tmp_path, f'<d/1> a dcat:Dataset ; dct:title "One" ; {said} .')
    found = one_warning(reading, repr(value))
    assert (found.file, found.column, found.value) == ("page-1", column, value)
    assert f"in {TOWN}/d/1" in found.problem
    if kept:
        [comment] = values(quads, RDFS.comment, f"{TOWN}/d/1")
        assert str(comment).startswith(f'"{kept}') and value in str(comment)
    assert not validate(lines(quads)).violations


def test_a_licence_that_is_an_address_is_kept_as_one(tmp_path: Path) -> None:
    quads, reading = turtle(tmp_path, '<d/1> a dcat:Dataset ; dct:title "One" ; dct:license <l> .')
    assert values(quads, DCT.license, f"{TOWN}/d/1") == [NamedNode(f"{TOWN}/l")]
    assert one_warning(reading, "not a licence in licences.csv").value == f"{TOWN}/l"


def test_one_fault_of_many_records_is_one_finding_that_names_them(tmp_path: Path) -> None:
    said = "".join(
        f'<d/{n}> a dcat:Dataset ; dct:title "{n}" ; dcat:theme <fun> .' for n in range(9)
    )
    _, reading = turtle(tmp_path, said)
    found = one_warning(reading, "not a theme")
    assert f"in {TOWN}/d/0; so in 8 more (records {TOWN}/d/1, " in found.problem


def test_a_property_nobody_reads_is_noted(tmp_path: Path) -> None:
    _, reading = turtle(tmp_path, '<d/1> a dcat:Dataset ; dct:title "One" ; dct:extent "3" .')
    assert one_warning(reading, "nobody reads dct:extent of a dataset")


def test_a_record_without_title_is_left_out_and_the_others_stay(tmp_path: Path) -> None:
    said = '<d/1> a dcat:Dataset ; dct:identifier "1" . <d/2> a dcat:Dataset ; dct:title "Two" .'
    quads, reading = turtle(tmp_path, f"<catalog> a dcat:Catalog ; dcat:dataset <d/1> . {said}")
    assert one_warning(reading, "no title").value == f"{TOWN}/d/1"
    assert (reading.records, reading.written, reading.refused) == (2, 1, 1)
    assert values(quads, DCT.title) == [Literal("Two", language="en")]


def test_what_is_secret_is_not_listed(tmp_path: Path) -> None:
    said = '<d/1> a dcat:Dataset ; dct:title "One" ; uk:securityClassification "TOP_SECRET" .'
    quads, reading = turtle(tmp_path, said)
    assert not quads and reading.refused == 1


@pytest.mark.parametrize(
    "said",
    [
        'dct:publisher [ a foaf:Person ; foaf:name "Jo Bloggs" ]',
        'dcat:contactPoint [ a vcard:Individual ; vcard:fn "Jo Bloggs" ; '
        "vcard:hasEmail <mailto:jbloggs@town.example> ]",
        'dcat:contactPoint [ a vcard:Kind ; vcard:fn "Jo Bloggs" ; '
        'vcard:hasEmail "jo.bloggs@town.example" ]',
        'dct:creator [ a foaf:Agent ; foaf:name "Jo Bloggs" ]',
    ],
)
def test_no_person_comes_in(tmp_path: Path, said: str) -> None:
    quads, reading = turtle(tmp_path, f'<d/1> a dcat:Dataset ; dct:title "One" ; {said} .')
    assert "bloggs" not in ("".join(lines(quads)) + "".join(map(str, reading))).casefold()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (PREFIXES + "<a> a dcat:Dataset ; dct:tit", "Turtle"),
        (b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">\n<rdf:Desc', "XML"),
        (b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">', "XML"),
        ('{"@context": "https://a.example/context", "@graph": []}', "JSON-LD"),
        ("<OAI-PMH><ListRecords>", "XML"),
    ],
)
def test_a_broken_file_is_an_error_that_names_it(
    tmp_path: Path, content: str | bytes, words: str
) -> None:
    quads, reading = read(tmp_path, content)
    [error] = reading.errors
    assert not quads
    assert error.file == "page-1" and words in error.problem


def test_entities_do_not_grow_without_end(tmp_path: Path) -> None:
    grown = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 12))
    content = (
        f'<?xml version="1.0"?><!DOCTYPE r [<!ENTITY e0 "xxxxxxxxxx">{grown}]>'
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:d="urn:d:">'
        '<rdf:Description rdf:about="urn:x:1"><d:t>&e11;</d:t></rdf:Description></rdf:RDF>'
    )
    _, reading = read(tmp_path, content)
    assert len(reading.errors) == 1


def test_blank_nodes_that_lead_to_each_other_cost_little(tmp_path: Path) -> None:
    many = range(60)
    said = "".join(f"_:a{one} dct:relation _:b{two} . " for one in many for two in many)
    said += "".join(f"_:b{one} dct:relation _:a{two} . " for one in many for two in many)
    all_of_them = " , ".join(f"_:a{one}" for one in many)
    said += f'<d/1> a dcat:Dataset ; dct:title "One" ; dct:publisher {all_of_them} .'
    quads, reading = turtle(tmp_path, said)
    assert not reading.errors and values(quads, DCT.title)


def test_xml_in_another_encoding_is_read(tmp_path: Path) -> None:
    content = (
        '<?xml version="1.0" encoding="ISO-8859-1"?>'
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"'
        ' xmlns:dcat="http://www.w3.org/ns/dcat#" xmlns:dct="http://purl.org/dc/terms/">'
        '<dcat:Dataset rdf:about="https://town.example/d/1"><dct:title>Cafés</dct:title>'
        "</dcat:Dataset></rdf:RDF>"
    )
    quads, reading = read(tmp_path, content.encode("latin-1"))
    assert not reading.errors
    assert values(quads, DCT.title) == [Literal("Cafés", language="en")]


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"\xef\xbb\xbf@prefix dcat: <urn:x> .", "ttl"),
        (b"# made today\n\nPREFIX dcat: <urn:x>", "ttl"),
        (b"<https://a.example/1> <urn:p> <urn:o> .", "ttl"),
        (b"<urn:a:1> <urn:p> <urn:o> .", "ttl"),
        (b"_:b <urn:p> <urn:o> .", "ttl"),
        (b'<r:RDF xmlns:r="http://www.w3.org/1999/02/22-rdf-syntax-ns#"/>', "rdf"),
        (b'{"@context": {}, "@graph": []}', "jsonld"),
        (b'[{"@id": "urn:a:1", "@type": ["urn:t"]}]', "jsonld"),
        (b'{"conformsTo": "x", "dataset": []}', "data.json"),
        (b'[{"title": "One", "accessLevel": "public"}]', "data.json"),
        (b'{"success": true, "result": {}}', "other"),
        (b'{"title": ', "other"),
        (b"[1, 2]", "other"),
        (b'<OAI-PMH xmlns="urn:x"><error', "oai-pmh"),
        (b"<!DOCTYPE html><html>", "html"),
        (b"<a><b/></a>", "other"),
        (b"name,title\nA,B\n", "other"),
        (b"", "other"),
        (b"PK\x03\x04", "other"),
    ],
)
def test_the_kind_follows_from_the_content(content: bytes, kind: str) -> None:
    assert kind_of(content) == kind


# data.json and OAI-PMH


def in_data_json(folder: Path, **said: object) -> tuple[list[Quad], Reading]:
    record = {"title": "One", "description": "The first.", "identifier": "one", **said}
    return read(folder, json.dumps([record]), origin=f"{TOWN}/data.json")


def test_a_record_of_data_json_loses_nothing(tmp_path: Path) -> None:
    quads, reading = in_data_json(
        tmp_path,
        identifier=f"{TOWN}/d/1",
        keyword=["spending"],
        modified="2024-01-31",
        publisher={"@type": "org:Organization", "name": "Home Office"},
        contactPoint={"fn": "Open Data Team", "hasEmail": "mailto:opendata@town.example"},
        accessLevel="restricted public",
        license="https://creativecommons.org/licenses/by/4.0/",
        accrualPeriodicity="R/P1M",
        temporal="2023-01-01/2023-12-31",
        spatial="-1,53,0,54",
        theme=["Health"],
        landingPage=f"{TOWN}/one",
        distribution=[{"downloadURL": f"{TOWN}/1.csv", "mediaType": "text/csv"}],
    )
    assert not list(reading), [str(finding) for finding in reading]
    node = f"{TOWN}/d/1"
    assert values(quads, DCT.accessRights, node) == [ACCESS.RESTRICTED]
    assert values(quads, DCT.publisher, node) == [organisation("home-office")]
    assert values(quads, DCT.accrualPeriodicity, node) == [NamedNode(EU + "frequency/MONTHLY")]
    assert values(quads, DCAT.theme, node) == [NamedNode(EU + "data-theme/HEAL")]
    assert values(quads, DCAT.endDate) == [Literal("2023-12-31", datatype=XSD.date)]
    assert values(quads, DCAT.bbox)
    assert values(quads, DCAT.downloadURL) == [NamedNode(f"{TOWN}/1.csv")]
    assert values(quads, SOURCE.harvestedFrom, node) == [NamedNode(f"{TOWN}/data.json")]
    assert not validate(lines(quads)).violations


def test_what_is_not_public_has_no_files(tmp_path: Path) -> None:
    link = {"accessURL": f"{TOWN}/1.csv"}
    quads, reading = in_data_json(tmp_path, accessLevel="non-public", distribution=[link])
    assert values(quads, DCAT.distribution) == []
    assert one_warning(reading, "unpublished")


def test_an_unknown_key_of_data_json_is_noted(tmp_path: Path) -> None:
    _, reading = in_data_json(tmp_path, mood="good", distribution=[{"accessURL": TOWN, "zip": 1}])
    assert one_warning(reading, "'mood' of a data.json dataset")
    assert one_warning(reading, "'zip' of a data.json file")


def an_answer(state: str, stamp: str) -> str:
    title = f"<dc><title>{state}</title><type>Dataset</type></dc>"
    metadata = "" if state == "deleted" else f"<metadata>{title}</metadata>"
    return (
        f'<OAI-PMH><request>{TOWN}/oai</request><ListRecords><record><header status="{state}">'
        f"<identifier>oai:t:1</identifier><datestamp>{stamp}</datestamp></header>{metadata}"
        "</record></ListRecords></OAI-PMH>"
    )


def test_a_deleted_record_takes_its_older_state_with_it(tmp_path: Path) -> None:
    old, gone = an_answer("There", "2026-01-01"), an_answer("deleted", "2026-02-01")
    quads, reading = read(tmp_path, old, gone)
    assert not quads
    assert (reading.records, reading.written, reading.refused) == (2, 0, 2)
    again = an_answer("Back", "2026-03-01")
    quads, reading = read(tmp_path, old, gone, again)
    assert values(quads, DCT.title) == [Literal("Back", language="en")]


def test_a_repository_of_articles_gives_no_datasets(tmp_path: Path) -> None:
    quads, reading = read(tmp_path, an_answer("There", "2026").replace(">Dataset<", ">Text<"))
    assert not quads and reading.refused == 1
    assert one_warning(reading, "not of a dataset")
