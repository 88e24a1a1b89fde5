"""Walks through an OAI-PMH repository: ListRecords, from resumption token to resumption token."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import parse_qs, urlencode
from xml.etree import ElementTree

from homegraph.graph.errors import SourceRejected
from homegraph.graph.fetch import Page, Walk
from homegraph.graph.web import Web
from homegraph.loaders.dataset_catalogue import oai

# Best first: what says most of a dataset. Others hold what no reader here knows.
PLAIN = "oai_dc"
KEPT = ("set", "from", "until")
# When the reply was made, without which a list that is the same has the same bytes.
TIME = re.compile(rb"<(?:[\w.-]+:)?responseDate[^<>]*>[^<]*</(?:[\w.-]+:)?responseDate\s*>")
MOST_IDLE = 3  # pages one after another with nothing new: some repositories leave records out


def pages(address: str, web: Web) -> Iterator[Page]:
    """All answers with records; raises FetchFailed for an error, or an answer that is not whole.

    The address may name a metadataPrefix, a set, and dates; without a prefix the repository is
    asked which it has, and DCAT goes before Dublin Core.
    """
    base, _, query = address.partition("?")
    asked = {key: values[0] for key, values in parse_qs(query).items()}
    walk = Walk(web)
    prefix = asked.get("metadataPrefix") or best(base, walk)
    selection = {key: asked[key] for key in KEPT if key in asked}
    words = {"verb": "ListRecords", "metadataPrefix": prefix, **selection}
    number, seen, idle = 0, set[str](), 0
    while words:
        number += 1
        where = f"{base}?{urlencode(words)}"
        got = walk.get(where)
        root = whole(got.content, where, walk)
        if problem := oai.refusal(root):
            advice = "Fetch again from the beginning." if number > 1 else "Correct the address."
            walk.refuse(where, f"the repository answered {problem}. {advice}")
        found = [one.identifier for one in oai.records(root)]
        content = TIME.sub(b"", got.content, count=1)
        yield Page(f"oai-{number:04}.xml", content, got.address, len(found), got.unchanged)
        token = oai.text_of(root, "resumptionToken")
        idle = 0 if set(found) - seen else idle + 1
        seen.update(found)
        if token and idle == MOST_IDLE:
            walk.refuse(
                where,
                f"page {number} has no record that was not on the pages before it, and leads on "
                "all the same. Nothing was kept; tell the publisher.",
            )
        words = {"verb": "ListRecords", "resumptionToken": token} if token else {}


def best(base: str, walk: Walk) -> str:
    """The form to ask for, of those that the repository has."""
    where = f"{base}?verb=ListMetadataFormats"
    root = whole(walk.get(where).content, where, walk)
    found = [oai.text_of(one, "metadataPrefix") for one in oai.within(root, "metadataFormat")]
    in_rdf = [one for one in found if "dcat" in one.casefold()]
    in_rdf += [one for one in found if one.casefold() in ("rdf", "rdf_xml", "edm_rdf")]
    return in_rdf[0] if in_rdf else PLAIN


def whole(content: bytes, where: str, walk: Walk) -> ElementTree.Element:
    """An answer of OAI-PMH; raises FetchFailed for one that is none, or is cut off."""
    try:
        root = oai.answer(content, where)
    except SourceRejected as error:
        [finding] = error.findings
        walk.refuse(where, f"{finding.problem}. {finding.remedy}")
    if oai.local(root) != "OAI-PMH":
        walk.refuse(where, "this is not the answer of an OAI-PMH repository. Correct the address.")
    return root
