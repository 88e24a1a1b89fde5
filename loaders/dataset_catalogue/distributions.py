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
        found = say_licence(said.text, out)
        if found is None:
            unknown.append(said)
        licence = licence or found
    theirs = [address for said in unknown if (address := web_address(said.text))]
    if licence is None and len(theirs) == 1:
        # Whatever it says, it is the licence; a text that is no address would not be one.
        licence = theirs[0]
        out.say(licence, RDF.type, DCT.LicenseDocument)
        [said] = [one for one in unknown if web_address(one.text)]
        remedy = "It is kept as the licence; look at what it allows, and add it to the table."
        out.warn(entry, "not a licence in licences.csv", remedy, said.column, said.text)
    if licence:
        out.say(node, DCT.license, licence)
        unknown = []  # the title beside an id that is known
    elif not entry.licences and entry.published and not entry.series:
        remedy = "Ask the publisher for it; without one nobody may reuse the data."
        out.warn(entry, "the dataset names no licence", remedy)
    for said in unknown:
        problem = "not a licence in licences.csv"
        remedy = "It is kept as a rights statement; name a licence, or add this one to the table."
        out.warn(entry, problem, remedy, said.column, said.text)
    for text in [*(said.text for said in unknown), *entry.rights]:
        statement = out.names.thing("rights", digest_of(text))
        out.say(node, DCT.rights, statement)
        out.say(statement, RDF.type, DCT.RightsStatement)
        out.say(statement, RDFS.label, english(text))
    return licence


def say_licence(text: str, out: Statements) -> NamedNode | None:
    """Say what is known of the licence that a text stands for; None for one that is not known."""
    row = licence_row(text)
    if row is None:
        return None
    licence = NamedNode(row["licence"])
    out.say(licence, RDF.type, DCT.LicenseDocument)
    out.say(licence, DCT.title, english(row["name"]))
    if row["type"]:
        kind = NamedNode(row["type"])
        out.say(licence, DCT.type, kind)
        out.concept(kind, row["type"].rsplit("/", 1)[1])
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
            apart = [text for text in (one.download, one.iri) if text]
            told = "\n".join((one.url, one.title, one.format, *apart))
            one = replace(one, identifier=digest_of(told))
        found.setdefault(one.identifier, one)
    return list(found.values())


def own_licence(
    entry: Entry, part: NamedNode, resource: Resource, shared: NamedNode | None, out: Statements
) -> NamedNode | None:
    """The licence of one distribution: its own, or that of the dataset if it has none."""
    if not resource.licence or resource.licence in [said.text for said in entry.licences]:
        return shared
    found = say_licence(resource.licence, out)
    if found is None:
        said = Said(resource.at("license"), resource.licence)
        out.keep(entry, part, said, "Licence", "not a licence in licences.csv")
    return found


def digest_of(text: str) -> str:
    """A short name made of a text."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def say_packing(entry: Entry, part: NamedNode, resource: Resource, out: Statements) -> None:
    """Say what a file is compressed with."""
    if not resource.packed:
        return
    row = look_up("formats", resource.packed)
    if row and row["media_type"]:
        media = NamedNode(row["media_type"])
        out.say(part, DCAT.compressFormat, media)
        out.say(media, RDF.type, DCT.MediaType)
    else:
        said = Said("dcat:compressFormat", resource.packed)
        out.keep(entry, part, said, "Compression", "not a media type in formats.csv")


def say_distribution(
    entry: Entry,
    node: NamedNode,
    resource: Resource,
    address: NamedNode,
    licence: NamedNode | None,
    out: Statements,
) -> None:
    """Say one distribution, by the name that others gave it, or named within its dataset."""
    key = [digest_of(entry.iri)] if entry.iri else entry.key
    own = out.names.thing("distribution", *key, resource.identifier)
    part = out.others_name(resource.iri) or own
    out.say(node, DCAT.distribution, part)
    out.say(part, RDF.type, DCAT.Distribution)
    title = resource.title or resource.description or entry.title
    out.say(part, DCT.title, english(title, entry.language))
    if resource.description and resource.title:
        out.say(part, DCT.description, english(resource.description, entry.language))
    out.say(part, DCAT.accessURL, address)
    out.say(address, RDF.type, RDFS.Resource)
    licence = own_licence(entry, part, resource, licence, out)
    if licence:
        out.say(part, DCT.license, licence)
    say_packing(entry, part, resource, out)
    download = web_address(resource.download)
    if say_format(entry, part, resource, download or address, out) or download:
        out.say(part, DCAT.downloadURL, download or address)
        out.say(download or address, RDF.type, RDFS.Resource)
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
