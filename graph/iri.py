"""The only place that makes an IRI.

Instances live under a deployment's own base; vocabulary never moves
(UKGovLD URI patterns: /id/ names a thing, /doc/ describes it, /data/ names datasets).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import quote

from pyoxigraph import NamedNode

from homegraph.graph.errors import MetadataError

DEMO_BASE = "http://localhost:8000/"
VOCABULARY = "https://w3id.org/homegraph/def/"
CONCEPT = VOCABULARY + "concept/"
LEGISLATION = "http://www.legislation.gov.uk/id/"
IANA_MEDIA = "http://www.iana.org/assignments/media-types/"
CSVW_CONTEXT = "http://www.w3.org/ns/csvw"
STANDARD = "http://www.w3.org/TR/"
LDES = "https://w3id.org/ldes/specification"
DCAT_AP_FEED = "https://semiceu.github.io/LDES-DCAT-AP-feeds/"
OAI_PMH = "http://www.openarchives.org/OAI/openarchivesprotocol.html"
CKAN_API = "https://docs.ckan.org/en/2.11/api/"
# ECMA-376 part 1 and part 2: what workbooks are made of.
SPREADSHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE_LINK = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE_LINKS = "http://schemas.openxmlformats.org/package/2006/relationships"
PACKAGE_TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
FILE_TYPE = "http://publications.europa.eu/resource/authority/file-type/"
WEB_ADDRESS = re.compile(r"(?i)https?://[^\s/?#]")
OURS = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
# Letters that RFC 3987 lets stand in a path segment and that publishers' keys use.
KEPT = ",:@!$'()*+;="


@dataclass(frozen=True)
class Names:
    """Makes the IRIs of one deployment.

    >>> Names("http://example.org").thing("incident", "btp", "2024-01", "2").value
    'http://example.org/id/incident/btp/2024-01/2'
    """

    base: str = DEMO_BASE

    def __post_init__(self) -> None:
        if not re.fullmatch(r"https?://[^\s/?#<>\"{}|\\^`]+(/[^\s?#<>\"{}|\\^`]*)?", self.base):
            raise MetadataError(
                f"base {self.base!r} is not an http address such as https://data.example.gov.uk/"
            )
        if not self.base.endswith("/"):
            object.__setattr__(self, "base", self.base + "/")

    def thing(self, kind: str, *keys: str) -> NamedNode:
        """Name a thing of the world; /doc/... describes what /id/... names.

        The kind is our word; the keys are the publisher's, kept letter for letter,
        because two keys that differ must never become one thing.

        >>> Names().thing("asset", "A1") == Names().thing("asset", "a1")
        False
        """
        return NamedNode(self.base + "id/" + path(kind, *keys))

    def data(self, dataset: str, *keys: str) -> NamedNode:
        """Name a dataset, or a part or observation of one; answered with 200, not 303."""
        return NamedNode(self.base + "data/" + path(dataset, *keys))

    def published(self, dataset: str, edition: str = "", number: int = 0) -> NamedNode:
        """Name a dataset as it is downloaded, or an edition or version of it.

        The addresses are those of the application profile of the ONS.

        >>> Names("http://example.org").published("incidents", "time-series", 2).value
        'http://example.org/datasets/incidents/editions/time-series/versions/2'
        """
        keys = [dataset]
        keys += ["editions", edition] if edition else []
        keys += ["versions", str(number)] if number else []
        return NamedNode(self.base + path("datasets", *keys))

    def graph(self, name: str) -> NamedNode:
        """Name the graph that holds one source's statements."""
        return self.thing("graph", name)


def path(kind: str, *keys: str) -> str:
    """Join our word and the publisher's keys into a path; raises ValueError for an empty key."""
    if not OURS.fullmatch(kind):
        raise ValueError(f"{kind!r} is not spelt like one of our words")
    if not all(keys):
        raise ValueError("an empty key names nothing")
    return "/".join([kind, *(segment(key) for key in keys)])


@lru_cache(maxsize=1 << 16)
def segment(key: str) -> str:
    """Percent-encode a key as one path segment.

    >>> segment("Cae'R Hen Dŷ")
    "Cae'R%20Hen%20D%C5%B7"
    """
    return quote(key, safe=KEPT)


def encoded(text: str) -> str:
    """Percent-encode as `segment` does what somebody sent: nothing of it is remembered."""
    return quote(text, safe=KEPT, errors="replace")


def scheme(name: str) -> NamedNode:
    """Name one of our code lists."""
    return NamedNode(CONCEPT + path(name))


def concept(scheme: str, notation: str) -> NamedNode:
    """Name a concept of one of our code lists."""
    return NamedNode(CONCEPT + path(scheme, notation))


def month(text: str) -> NamedNode:
    """Name a month as reference.data.gov.uk does; `text` is 2024-01."""
    return NamedNode("http://reference.data.gov.uk/id/month/" + text)


def year(text: str) -> NamedNode:
    """Name a calendar year as reference.data.gov.uk does; `text` is 2023."""
    return NamedNode("http://reference.data.gov.uk/id/year/" + text)


def day(text: str) -> NamedNode:
    """Name a day as reference.data.gov.uk does; `text` is 2023-03-31."""
    return NamedNode("http://reference.data.gov.uk/id/day/" + text)


def government_year(text: str) -> NamedNode:
    """Name a year from April to March as reference.data.gov.uk does; `text` is 2024-2025."""
    return NamedNode("http://reference.data.gov.uk/id/government-year/" + text)


def government_quarter(text: str) -> NamedNode:
    """Name a quarter of a government year; `text` is 2019-2020/Q2, which is July to September."""
    return NamedNode("http://reference.data.gov.uk/id/government-quarter/" + text)


def interval(text: str) -> NamedNode:
    """Name a stretch of time as reference.data.gov.uk does; `text` is 2018-01-01T00:00:00/P1Y.

    For years that do not begin in January or April, which have no name of their own there.
    """
    return NamedNode("http://reference.data.gov.uk/id/gregorian-interval/" + text)


def area(code: str) -> NamedNode:
    """Name an area by its nine-character ONS code."""
    return NamedNode("http://statistics.data.gov.uk/id/statistical-geography/" + code)


def organisation(slug: str) -> NamedNode:
    """Name a government organisation by its GOV.UK slug."""
    return NamedNode("https://www.gov.uk/government/organisations/" + slug)
