"""Says how to get a dataset and on what terms: licence, distributions, endpoints."""

from __future__ import annotations

import hashlib
import re
from dataclasses import replace
from pathlib import PurePosixPath
from urllib.parse import urlsplit

from pyoxigraph import Literal, NamedNode

from homegraph.graph.terms import DCAT, DCT, RDF, RDFS, SPDX, XSD
from homegraph.loaders.dataset_catalogue.entry import Entry, Resource, Said
from homegraph.loaders.dataset_catalogue.statements import Statements, english
from homegraph.loaders.dataset_catalogue.tables import licence_row, look_up
from homegraph.loaders.dataset_catalogue.values import moment, web_address

DIGESTS = {
    32: SPDX.checksumAlgorithm_md5,
    40: SPDX.checksumAlgorithm_sha1,
    64: SPDX.checksumAlgorithm_sha256,
}


def say_terms(entry: Entry, node: NamedNode, out: Statements) -> NamedNode | None:
    """Say the licence and other terms of use; returns the licence, if it is a known one."""
    licence = None
    unknown: list[Said] = []
    for said in entry.licences:
        row = licence_row(said.text)
        if row is None:
            unknown.append(said)
        elif licence is None:
            licence = NamedNode(row["licence"])
            out.say(licence, RDF.type, DCT.LicenseDocument)
            out.say(licence, DCT.title, english(row["name"]))
            if row["type"]:
                kind = NamedNode(row["type"])
                out.say(licence, DCT.type, kind)
                out.concept(kind, row["type"].rsplit("/", 1)[1])
    if licence:
        out.say(node, DCT.license, licence)
        unknown = []  # the title beside an id that is known
    elif not entry.licences and entry.published:
        remedy = "Ask the publisher for it; without one nobody may reuse the data."
        out.warn(entry, "the dataset names no licence", remedy)
    for said in unknown:
        problem = "not a licence in licences.csv"
        remedy = "It is kept as a rights statement; name a licence, or add this one to the table."
        out.warn(entry, problem, remedy, said.column, said.text)
    for text in [*(said.text for said in unknown), *entry.rights]:
        statement = out.names.thing("rights", hashlib.sha256(text.encode()).hexdigest()[:16])
        out.say(node, DCT.rights, statement)
        out.say(statement, RDF.type, DCT.RightsStatement)
        out.say(statement, RDFS.label, english(text))
    return licence


def say_resources(
    entry: Entry, node: NamedNode, licence: NamedNode | None, service: bool, out: Statements
) -> None:
    """Say the distributions of a dataset, or the endpoints of a service."""
    links = [one for one in entry.resources if not one.document]
    if links and not entry.published:
        problem = "the dataset is marked unpublished and has resources"
        out.warn(entry, problem, "They were left out; correct the mark if the data is public.")
        return
    for resource in unlike(links):
        address = web_address(resource.url)
        if address is None:
            said = Said(resource.at("url"), resource.url)
            out.keep(entry, node, said, "Download", "not a web address")
        elif service:
            out.say(node, DCAT.endpointURL, address)
            out.say(address, RDF.type, RDFS.Resource)
            if "getcapabilities" in address.value.casefold():
                out.say(node, DCAT.endpointDescription, address)
        else:
            say_distribution(entry, node, resource, address, licence, out)


def unlike(resources: list[Resource]) -> list[Resource]:
    """Resources with an id each, once: DCAT-AP allows one format of what has one name.

    One without an id, or with the id of another, is named by what tells it from the others.
    """
    found: dict[str, Resource] = {}
    for one in resources:
        if not one.identifier or one.identifier in found:
            told = "\n".join((one.url, one.title, one.format))
            one = replace(one, identifier=hashlib.sha256(told.encode()).hexdigest()[:16])
        found.setdefault(one.identifier, one)
    return list(found.values())


def say_distribution(
    entry: Entry,
    node: NamedNode,
    resource: Resource,
    address: NamedNode,
    licence: NamedNode | None,
    out: Statements,
) -> None:
    """Say one distribution, named within its dataset by its id."""
    part = out.names.thing("distribution", *entry.key, resource.identifier)
    out.say(node, DCAT.distribution, part)
    out.say(part, RDF.type, DCAT.Distribution)
    out.say(part, DCT.title, english(resource.title or resource.description or entry.title))
    if resource.description and resource.title:
        out.say(part, DCT.description, english(resource.description))
    out.say(part, DCAT.accessURL, address)
    out.say(address, RDF.type, RDFS.Resource)
    if licence:
        out.say(part, DCT.license, licence)
    if say_format(entry, part, resource, address, out):
        out.say(part, DCAT.downloadURL, address)
    for predicate, column, text in (
        (DCT.issued, "created", resource.issued),
        (DCT.modified, "last_modified", resource.modified),
    ):
        if text:
            found = moment(text)
            if found:
                out.say(part, predicate, found)
            else:
                said = Said(resource.at(column), text)
                out.keep(entry, part, said, column, "not a date; write it as 2024-01-31")
    say_size(entry, part, resource, out)


def say_format(
    entry: Entry, part: NamedNode, resource: Resource, address: NamedNode, out: Statements
) -> bool:
    """Say file type and media type; returns whether the address is of a file.

    The extension of the address decides when no format is given, and between XLS and XLSX,
    which data.gov.uk calls by one name. An address without the extension of a file may be a
    page about the file, so it is an access address and no download address.
    """
    extension = PurePosixPath(urlsplit(address.value).path).suffix[1:]
    given = resource.format.removeprefix(".")
    row = look_up("formats", given or extension)
    if row and row["name"] == "XLS" and extension.casefold() == "xlsx":
        row = look_up("formats", "xlsx")
    if row is None:
        if given:
            said = Said(resource.at("format"), resource.format)
            out.keep(entry, part, said, "Format", "not a format in formats.csv")
        else:
            problem = "the resource names no format and its address has no known extension"
            remedy = "Nothing is said of its format; add it at the source."
            out.warn(entry, problem, remedy, resource.at("format"))
    else:
        file_type = NamedNode(row["file_type"])
        out.say(part, DCT.format, file_type)
        out.concept(file_type, row["name"], DCT.MediaTypeOrExtent)
    typed = look_up("formats", resource.media_type) if resource.media_type else row
    if typed is None and resource.media_type:
        said = Said(resource.at("mimetype"), resource.media_type)
        out.keep(entry, part, said, "Media type", "not a media type in formats.csv")
        typed = row
    if typed and typed["media_type"]:
        media = NamedNode(typed["media_type"])
        out.say(part, DCAT.mediaType, media)
        out.say(media, RDF.type, DCT.MediaType)
    of_file = look_up("formats", extension)
    return bool(row and row["kind"] == "file" and of_file and of_file["kind"] == "file")


def say_size(entry: Entry, part: NamedNode, resource: Resource, out: Statements) -> None:
    """Say size and checksum, when they are what they should be."""
    if resource.size:
        if re.fullmatch(r"[0-9]+", resource.size):
            size = Literal(resource.size, datatype=XSD.nonNegativeInteger)
            out.say(part, DCAT.byteSize, size)
        else:
            said = Said(resource.at("size"), resource.size)
            out.keep(entry, part, said, "Size", "not a number of bytes")
    if resource.checksum:
        value = resource.checksum.rsplit(":", 1)[-1].casefold()
        if len(value) in DIGESTS and re.fullmatch(r"[0-9a-f]+", value):
            algorithm = DIGESTS[len(value)]
            node = out.names.thing("checksum", value)
            out.say(part, SPDX.checksum, node)
            out.say(node, RDF.type, SPDX.Checksum)
            out.say(node, SPDX.algorithm, algorithm)
            out.say(algorithm, RDF.type, SPDX.ChecksumAlgorithm)
            out.say(node, SPDX.checksumValue, Literal(value, datatype=XSD.hexBinary))
        else:
            said = Said(resource.at("hash"), resource.checksum)
            out.keep(entry, part, said, "Checksum", "not an MD5, SHA-1 or SHA-256 digest")
