"""What is asked of the register: what each owner owns, what is due, open and asked for.

The duties are those of Annex A of the Open Data Strategy 2012 – 2014: an owner assesses each
asset in writing every year, reviews its risks, and keeps a log of the requests to use it.
Nothing here knows the web, so the same questions serve a report.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from string import Template
from typing import Any

from pyoxigraph import NamedNode, Store

from homegraph.graph.errors import AskError
from homegraph.graph.iri import CONCEPT
from homegraph.graph.terms import ASSET, DCT, RDFS, XSD, Terms

SOON = 90  # days in which what is not overdue is worth a warning
VOCABULARIES: list[type[Terms]] = [ASSET, DCT, RDFS, XSD]
CODE_LISTS = {
    "decision": "publication-decision",
    "state": "privacy-assessment",
    "outcome": "access-outcome",
}
Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class Section:
    """A part of a page: a question in words, and in SPARQL with $owner, $today and $soon."""

    name: str
    title: str
    select: str
    nothing: str = ""

    def query(self, day: date, owner: NamedNode | None = None) -> str:
        """The whole query; raises AskError for a day after which there are no more."""
        try:
            soon = day + timedelta(days=SOON)
        except OverflowError:
            raise AskError(f"{day} is too late: write an earlier day") from None
        text = Template(self.select.strip("\n")).substitute(
            owner=owner or "?owner", today=literal(day), soon=literal(soon)
        )
        prefixes = {words.__name__.lower(): words.iri for words in VOCABULARIES}
        prefixes |= {prefix: f"{CONCEPT}{name}/" for prefix, name in CODE_LISTS.items()}
        used = [f"PREFIX {p}: <{iri}>\n" for p, iri in prefixes.items() if f"{p}:" in text]
        return f"{''.join(used)}\n{text}\n"


def literal(day: date) -> str:
    """A day as SPARQL has it."""
    return f'"{day.isoformat()}"^^xsd:date'


OWNERS = Section(
    "owners",
    "Who answers for what",
    """
SELECT ?owner ?name (COUNT(DISTINCT ?asset) AS ?assets) (COUNT(DISTINCT ?late) AS ?overdue)
  (COUNT(DISTINCT ?next) AS ?soon) (COUNT(DISTINCT ?decided) AS ?open)
  (COUNT(DISTINCT ?out) AS ?published) (COUNT(DISTINCT ?request) AS ?pending)
WHERE {
  ?asset asset:owner ?owner .
  ?owner rdfs:label ?name .
  OPTIONAL {
    ?asset asset:reviewDue|asset:assessmentDue ?passed .
    FILTER(?passed < $today)
    BIND(?asset AS ?late)
  }
  OPTIONAL {
    ?asset asset:reviewDue|asset:assessmentDue ?coming .
    FILTER(?coming >= $today && ?coming <= $soon)
    BIND(?asset AS ?next)
  }
  OPTIONAL {
    ?asset asset:publicationDecision ?decision .
    FILTER(?decision IN (decision:planned, decision:delayed, decision:under-consideration))
    BIND(?asset AS ?decided)
  }
  OPTIONAL {
    ?asset asset:publicationDecision ?release .
    FILTER(?release IN (decision:published, decision:published-in-part))
    BIND(?asset AS ?out)
  }
  OPTIONAL { ?asset asset:accessRequest ?request . ?request asset:accessOutcome outcome:pending }
}
GROUP BY ?owner ?name
ORDER BY ?name
""",
)
SECTIONS = [
    Section(
        "due",
        "What is due",
        """
SELECT ?asset ?title ?duty ?due ?state WHERE {
  ?asset asset:owner $owner ; dct:title ?title .
  {
    { ?asset asset:reviewDue ?due . BIND("review" AS ?duty) }
    UNION
    { ?asset asset:assessmentDue ?due . BIND("annual assessment" AS ?duty) }
    FILTER(?due <= $soon)
    BIND(IF(?due < $today, "overdue", "due soon") AS ?state)
  } UNION {
    ?asset asset:owner $owner .
    FILTER NOT EXISTS { ?asset asset:reviewDue ?any }
    BIND("review" AS ?duty)
    BIND("no day is known" AS ?state)
  } UNION {
    ?asset asset:owner $owner .
    FILTER NOT EXISTS { ?asset asset:assessmentDue ?any }
    BIND("annual assessment" AS ?duty)
    BIND("no day is known" AS ?state)
  } UNION {
    ?asset asset:privacyImpactAssessment/asset:assessmentStatus state:in-progress .
    BIND("privacy impact assessment" AS ?duty)
    BIND("in progress" AS ?state)
  }
}
ORDER BY (!BOUND(?due)) ?due ?title ?duty
""",
        "Nothing is due.",
    ),
    Section(
        "open",
        "What is published, what is not, and why",
        """
SELECT ?asset ?title ?decision ?reason ?exemption ?published ?planned ?dataset ?signedOffBy
  ?signedOff
WHERE {
  ?asset asset:owner $owner ; dct:title ?title ; asset:publicationDecision ?decision .
  OPTIONAL { ?asset asset:firstPublished ?published }
  OPTIONAL { ?asset asset:plannedRelease ?planned }
  OPTIONAL { ?asset asset:publishedAs ?dataset }
  OPTIONAL { ?asset asset:signedOffBy ?signedOffBy }
  OPTIONAL { ?asset asset:signedOff ?signedOff }
  OPTIONAL { ?asset asset:decisionReason ?reason }
  OPTIONAL { ?asset asset:exemption ?exemption }
}
ORDER BY ?decision ?title ?dataset
""",
        "Nothing is decided.",
    ),
    Section(
        "asked",
        "What is asked for",
        """
SELECT ?asset ?title ?received ?requester ?outcome WHERE {
  ?asset asset:owner $owner ; dct:title ?title ; asset:accessRequest ?request .
  ?request asset:requesterKind ?requester ; asset:accessOutcome ?outcome .
  OPTIONAL { ?request asset:received ?received }
}
ORDER BY DESC(?outcome = outcome:pending) DESC(STR(?received)) ?title
""",
        "Nobody has asked for anything.",
    ),
    Section(
        "owned",
        "What is owned",
        """
SELECT ?number ?asset ?title ?classification ?personal ?decision ?review ?assessment WHERE {
  ?asset asset:owner $owner ; dct:identifier ?number ; dct:title ?title .
  OPTIONAL { ?asset asset:classification ?classification }
  OPTIONAL { ?asset asset:holdsPersonalData ?personal }
  OPTIONAL { ?asset asset:publicationDecision ?decision }
  OPTIONAL { ?asset asset:reviewDue ?review }
  OPTIONAL { ?asset asset:assessmentDue ?assessment }
}
ORDER BY ?number
""",
    ),
]
OVERDUE = Section(
    "overdue",
    "What is overdue",
    """
SELECT ?name ?asset ?title ?duty ?due WHERE {
  ?asset asset:owner $owner ; dct:title ?title .
  $owner rdfs:label ?name .
  { ?asset asset:reviewDue ?due . BIND("review" AS ?duty) }
  UNION
  { ?asset asset:assessmentDue ?due . BIND("annual assessment" AS ?duty) }
  FILTER(?due < $today)
}
ORDER BY ?name ?due ?title ?duty
""",
)


def rows(store: Store, query: str) -> Rows:
    """The rows of a query over all graphs; what is not bound is left out."""
    found: Any = store.query(query, use_default_graph_as_union=True)
    names = [variable.value for variable in found.variables]
    return [{name: row[name] for name in names if row[name] is not None} for row in found]


@dataclass(frozen=True)
class Late:
    """A duty that is overdue."""

    asset: str
    title: str
    duty: str
    due: str


def overdue(store: Store, day: date) -> dict[str, list[Late]]:
    """What is overdue on a day, by the name of the post that owns it; the oldest first."""
    found: dict[str, list[Late]] = {}
    for row in rows(store, OVERDUE.query(day)):
        late = Late(*(row[name].value for name in ("asset", "title", "duty", "due")))
        found.setdefault(row["name"].value, []).append(late)
    return found
