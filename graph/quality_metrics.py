"""The points of the MQA of data.europa.eu: 405 in five dimensions, one row for each metric.

As data.europa.eu does, a dataset counts with its best distribution. The lists of formats are
those that its checker has (gitlab.com: data-provider-manual, vocabularies of the MQA).
"""

from __future__ import annotations

from dataclasses import dataclass

from homegraph.graph.file_types import MACHINE_READABLE, NON_PROPRIETARY
from homegraph.graph.iri import FILE_TYPE, IANA_MEDIA
from homegraph.graph.quality_tests import (
    LISTED_LICENCE,
    Test,
    compliant,
    dated,
    form,
    listed,
    reached,
    starting,
    there,
)
from homegraph.graph.terms import ACCESS, DCAT, DCT

FINDABILITY, ACCESSIBILITY = "findability", "accessibility"
INTEROPERABILITY, REUSABILITY = "interoperability", "reusability"
CONTEXTUALITY = "contextuality"
NO_FILE = "It has no distribution: there is no address to get it from."


@dataclass(frozen=True)
class Metric:
    """One metric: what it asks, the reason where it is not met, and how to mend that.

    One that `needs` another cannot be met without it.
    """

    key: str
    dimension: str
    points: int
    asks: str
    test: Test
    mend: str
    of_distribution: bool = True
    needs: str = ""


METRICS = (
    Metric(
        *("keyword", FINDABILITY, 30, "Keywords", there(DCAT.keyword, "It has no keyword.")),
        "Give the words that people would search for, each as a dcat:keyword.",
        of_distribution=False,
    ),
    Metric(
        *("theme", FINDABILITY, 30, "A theme", there(DCAT.theme, "It has no theme.")),
        "Name a theme of the EU list by dcat:theme; for crime that is JUST.",
        of_distribution=False,
    ),
    Metric(
        *("spatial", FINDABILITY, 20, "The area", there(DCT.spatial, "It names no area.")),
        "Name the area it covers by dct:spatial, with the ONS code of the area.",
        of_distribution=False,
    ),
    Metric(
        *("temporal", FINDABILITY, 20, "The time", there(DCT.temporal, "It names no time.")),
        "Give the first and the last day it covers by dct:temporal.",
        of_distribution=False,
    ),
    Metric(
        *("access-reachable", ACCESSIBILITY, 50, "Its page answers"),
        reached(DCAT.accessURL, "dcat:accessURL"),
        "Ask it with `homegraph reach`; where it does not answer, correct dcat:accessURL.",
    ),
    Metric(
        *("download", ACCESSIBILITY, 20, "A file to download"),
        there(DCAT.downloadURL, "It gives no address of a file."),
        "Give the address of the file itself by dcat:downloadURL.",
    ),
    Metric(
        *("download-reachable", ACCESSIBILITY, 30, "The file can be had"),
        reached(DCAT.downloadURL, "dcat:downloadURL"),
        "Ask it with `homegraph reach`; where it does not answer, correct dcat:downloadURL.",
        needs="download",
    ),
    Metric(
        *("format", INTEROPERABILITY, 20, "The format"),
        there(DCT.format, "It names no format."),
        "Name the format by dct:format.",
    ),
    Metric(
        *("media-type", INTEROPERABILITY, 10, "The media type"),
        there(DCAT.mediaType, "It names no media type."),
        "Name the media type by dcat:mediaType.",
    ),
    Metric(
        *("format-listed", INTEROPERABILITY, 5, "A format of the EU list"),
        listed(DCT.format, starting(FILE_TYPE), "The format is not one of the EU list."),
        "Name the format by its address in the EU list of file types.",
        needs="format",
    ),
    Metric(
        *("media-type-listed", INTEROPERABILITY, 5, "A media type of the IANA list"),
        listed(DCAT.mediaType, starting(IANA_MEDIA), "The media type is not one of IANA's list."),
        "Name the media type by its address in the list of IANA.",
        needs="media-type",
    ),
    Metric(
        *("non-proprietary", INTEROPERABILITY, 20, "A format that nobody owns"),
        form(NON_PROPRIETARY, "Its format belongs to a firm, or nobody knows it."),
        "Publish it as CSV too, or as ODS or JSON.",
        needs="format",
    ),
    Metric(
        *("machine-readable", INTEROPERABILITY, 20, "A format for programs"),
        form(MACHINE_READABLE, "Programs cannot read figures out of its format."),
        "Publish it as CSV too, or as JSON or linked data.",
        needs="format",
    ),
    Metric(
        *("dcat-ap", INTEROPERABILITY, 30, "The rules of DCAT-AP", compliant),
        "Mend what the checks report of it: each message says how.",
        of_distribution=False,
    ),
    Metric(
        *("licence", REUSABILITY, 20, "A licence", there(DCT.license, "It names no licence.")),
        "Name the licence by dct:license on the distribution.",
    ),
    Metric(
        *("licence-listed", REUSABILITY, 10, "A licence of the EU list"),
        listed(DCT.license, LISTED_LICENCE.match, "The licence is not one of the EU list."),
        "Name the licence by its address, such as that of the Open Government Licence.",
        needs="licence",
    ),
    Metric(
        *("access-rights", REUSABILITY, 10, "Who may see it"),
        there(DCT.accessRights, "It does not say who may see it."),
        "Say by dct:accessRights whether it is public.",
        of_distribution=False,
    ),
    Metric(
        *("access-rights-listed", REUSABILITY, 5, "Who may see it, by the EU list"),
        listed(DCT.accessRights, starting(ACCESS.iri), "The access right is not of the EU list."),
        "Name the access right by its address in the EU list.",
        of_distribution=False,
        needs="access-rights",
    ),
    Metric(
        *("contact", REUSABILITY, 20, "Whom to ask"),
        there(DCAT.contactPoint, "It names nobody to ask."),
        "Name a team with its address for mail by dcat:contactPoint.",
        of_distribution=False,
    ),
    Metric(
        *("publisher", REUSABILITY, 10, "Who publishes it"),
        there(DCT.publisher, "It names no publisher."),
        "Name the organisation that publishes it by dct:publisher.",
        of_distribution=False,
    ),
    Metric(
        *("rights", CONTEXTUALITY, 5, "Rights", there(DCT.rights, "It makes no rights statement.")),
        "Say by dct:rights whose the data is.",
    ),
    Metric(
        *("size", CONTEXTUALITY, 5, "The size", there(DCAT.byteSize, "It does not give its size.")),
        "Give the size in bytes by dcat:byteSize.",
    ),
    Metric(
        *("issued", CONTEXTUALITY, 5, "When it came out", dated(DCT.issued, "when it came out")),
        "Give the day it came out by dct:issued, on the dataset and on the distribution.",
    ),
    Metric(
        *("modified", CONTEXTUALITY, 5, "When it last changed"),
        dated(DCT.modified, "when it last changed"),
        "Give the day of the last change by dct:modified, on the dataset and on the distribution.",
    ),
)
BY_KEY = {metric.key: metric for metric in METRICS}
DIMENSIONS = tuple(dict.fromkeys(metric.dimension for metric in METRICS))
MOST = sum(metric.points for metric in METRICS)


def rating(points: int) -> str:
    """The rating of data.europa.eu (bands as its checker has them)."""
    bands = ((351, "excellent"), (221, "good"), (121, "sufficient"))
    return next((word for least, word in bands if points >= least), "bad")
