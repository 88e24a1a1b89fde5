"""The properties of things that can be fetched, and those by which matching can tell things apart.

Each is looked up for all things of a request in one query.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pyoxigraph import Literal, NamedNode

from homegraph.endpoint.display import labels
from homegraph.endpoint.reconcile.kinds import AREAS, Json
from homegraph.endpoint.reconcile.series import SERIES, Series
from homegraph.endpoint.things import one_of
from homegraph.endpoint.world import World
from homegraph.graph.errors import AskError
from homegraph.graph.labels import preference
from homegraph.graph.terms import CRIME, DCT, ORG, PLACE, SKOS

Value = NamedNode | Literal
OFFENCES = ("offence", "recorded-offence", "category", "category-2011", "category-2010")
UPWARDS = (
    *(PLACE.district, PLACE.communitySafetyPartnership, PLACE.policeForceArea, PLACE.region),
    PLACE.country,
)


@dataclass(frozen=True)
class Property:
    """One property: its name in the API, what it is called, and which things have it.

    `path` leads to its values in SPARQL; or it is a `series` of figures. `tells` is the word by
    which matching knows it, if it helps to tell things apart. `type` is the kind of its values,
    where these are things.
    """

    iri: str
    name: str
    says: str
    kinds: tuple[str, ...] = ()
    path: str = ""
    tells: str = ""
    type: str = ""
    series: Series | None = None

    def as_json(self) -> Json:
        """The property as it is suggested and proposed."""
        return {"id": self.iri, "name": self.name, "description": self.says}

    def values(
        self, world: World, things: Sequence[str], settings: Mapping[str, str]
    ) -> dict[str, list[Value]]:
        """The values of things, in order; raises AskError for a setting that is none."""
        if self.series is not None:
            return self.series.values(world, things, settings.get("period", ""))
        if not self.path:
            return {}
        nodes = [NamedNode(thing) for thing in things]
        query = f"SELECT DISTINCT ?x ?value {{ {one_of('?x', nodes)} ?x {self.path} ?value }}"
        found: dict[str, list[Value]] = {}
        rows: Any = world.store.query(query, use_default_graph_as_union=True)  # a SELECT gives rows
        for row in rows:
            if isinstance(row["value"], NamedNode | Literal):
                found.setdefault(row["x"].value, []).append(row["value"])
        return {thing: ordered(several) for thing, several in found.items()}

    def texts(self, world: World, thing: str) -> set[str]:
        """All that the values of one thing are called, for comparison: names, labels and texts."""
        several = self.values(world, [thing], {}).get(thing, [])
        known = labels(world, several)
        return {
            text.casefold() for one in several for text in (one.value, known.get(one.value, ""))
        }


def ordered(values: Sequence[Value]) -> list[Value]:
    """Values in an order that never differs: English first of texts, then by what they say."""
    texts = sorted((one for one in values if isinstance(one, Literal)), key=preference)
    return [*sorted((one for one in values if isinstance(one, NamedNode)), key=str), *texts]


def either(*predicates: NamedNode) -> str:
    """The path that follows any of some properties."""
    return "|".join(map(str, predicates))


def upwards(predicate: NamedNode) -> str:
    """The path to a larger area: what is said of an area itself, or of the district it lies in."""
    return f"{PLACE.district}?/{predicate}"


PROPERTIES = (
    Property(
        SKOS.notation.value,
        "Code",
        "The code by which its publishers know it, such as the ONS code of an area.",
        path=either(SKOS.notation, DCT.identifier, ORG.identifier),
        tells="code",
    ),
    Property(
        DCT.isPartOf.value,
        "Part of",
        "What it is part of: the district of a small area, what a district lies in, the group of "
        "an offence, the organisation of a post.",
        path=either(PLACE.msoa, *UPWARDS, SKOS.broader, ORG.postIn, ORG.unitOf),
        tells="parent",
    ),
    Property(
        DCT.temporal.value,
        "Period",
        "The years in whose sets of areas it stands.",
        AREAS,
        str(PLACE.vintage),
        tells="period",
    ),
    Property(
        PLACE.msoa.value,
        "Middle layer area",
        "The middle layer super output area that it lies in.",
        ("lsoa",),
        str(PLACE.msoa),
        "parent",
        "msoa",
    ),
    Property(
        PLACE.district.value,
        "District",
        "The local authority district that it lies in.",
        ("lsoa", "msoa"),
        str(PLACE.district),
        "parent",
        "district",
    ),
    Property(
        PLACE.communitySafetyPartnership.value,
        "Community safety partnership",
        "The area of the partnership that it lies in.",
        ("lsoa", "msoa", "district"),
        upwards(PLACE.communitySafetyPartnership),
        "parent",
        "csp",
    ),
    Property(
        PLACE.policeForceArea.value,
        "Police force area",
        "The area of the police force that it lies in.",
        ("lsoa", "msoa", "district", "csp"),
        upwards(PLACE.policeForceArea),
        "parent",
        "police-force-area",
    ),
    Property(
        PLACE.region.value,
        "Region",
        "The region of England that it lies in.",
        ("lsoa", "msoa", "district", "csp", "police-force-area"),
        upwards(PLACE.region),
        "parent",
        "region",
    ),
    Property(
        PLACE.country.value,
        "Country",
        "The country that it lies in.",
        tuple(one for one in AREAS if one != "country"),
        f"{PLACE.district}?/{PLACE.region}?/{PLACE.country}",
        "parent",
        "country",
    ),
    Property(
        CRIME.policeForceArea.value,
        "Area policed",
        "The area that a territorial force polices.",
        ("police-force",),
        str(CRIME.policeForceArea),
        "",
        "police-force-area",
    ),
    Property(
        DCT.isReplacedBy.value,
        "Replaced by",
        "The areas that came in its place.",
        AREAS,
        str(DCT.isReplacedBy),
    ),
    Property(
        SKOS.altLabel.value,
        "Other names",
        "What others call it.",
        path=either(SKOS.altLabel, DCT.alternative),
    ),
    Property(
        DCT.description.value,
        "Description",
        "What it is.",
        ("dataset", *OFFENCES),
        either(DCT.description, SKOS.definition),
    ),
    Property(
        DCT.publisher.value,
        "Publisher",
        "The organisation that publishes it.",
        ("dataset",),
        str(DCT.publisher),
        "parent",
        "organisation",
    ),
    Property(
        SKOS.broader.value,
        "Broader",
        "The group that it belongs to.",
        OFFENCES,
        str(SKOS.broader),
        "parent",
    ),
    Property(
        ORG.postIn.value,
        "Organisation of a post",
        "The organisation that has the post.",
        ("post",),
        str(ORG.postIn),
        "parent",
        "organisation",
    ),
    *(Property(one.measure.value, one.name, one.says, one.kinds, series=one) for one in SERIES),
)
BY_NAME = {one.iri: one for one in PROPERTIES} | {
    "code": PROPERTIES[0],
    "parent": PROPERTIES[1],
    "period": PROPERTIES[2],
}


def property_of(asked: str) -> Property:
    """The property that a client names, by its IRI or a word for it; raises AskError."""
    if asked not in BY_NAME:
        error = AskError(f"there is no property {asked[:200]!r}")
        error.add_note("The properties are listed at /reconcile/suggest/property?prefix=")
        raise error
    return BY_NAME[asked]


def of_kind(word: str) -> list[Property]:
    """The properties that things of a kind have; of an area, those of any kind of area."""
    wanted = set(AREAS) if word == "area" else {word}
    return [one for one in PROPERTIES if not one.kinds or wanted & set(one.kinds)]
