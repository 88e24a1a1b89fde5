"""The names of all things that a release can be asked for, as a table that is sealed with it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from operator import attrgetter
from pathlib import Path

from pyoxigraph import Literal, NamedNode, Store

from homegraph.graph import iri
from homegraph.graph.errors import ReleaseTampered
from homegraph.graph.labels import LABELS, preference
from homegraph.graph.matching.lexicon import AREAS
from homegraph.graph.terms import CRIME, DCAT, DCT, FOAF, ORG, PLACE, RDF, SKOS

NAMES = "names.parquet"
INDEX = "names.index"  # made of them: kept.py
# The kinds of things that can be asked for: the class or the list that says which they are.
CLASSES: dict[str, tuple[NamedNode, ...]] = {
    "police-force": (CRIME.PoliceForce,),
    "lsoa": (PLACE.LowerLayerSuperOutputArea,),
    "msoa": (PLACE.MiddleLayerSuperOutputArea,),
    "district": (PLACE.District,),
    "csp": (PLACE.CommunitySafetyPartnership,),
    "police-force-area": (PLACE.PoliceForceArea,),
    "region": (PLACE.Region,),
    "country": (PLACE.Country,),
    "organisation": (ORG.Organization, ORG.FormalOrganization, FOAF.Agent),
    "dataset": (DCAT.Dataset,),
    "post": (ORG.Post,),
}
SCHEMES: dict[str, NamedNode] = {
    "offence": iri.scheme("offence-class"),
    "recorded-offence": iri.scheme("recorded-crime-offence"),
    "category": iri.scheme("crime-category"),
    "category-2011": iri.scheme("crime-category-2011"),
    "category-2010": iri.scheme("crime-category-2010"),
    "post": iri.scheme("police-post"),
}
KINDS: dict[str, NamedNode] = {kind: of[0] for kind, of in CLASSES.items()} | {
    kind: scheme for kind, scheme in SCHEMES.items() if kind not in CLASSES
}
GROUPS = {"area": AREAS}  # words for several kinds at once
OTHER = {SKOS.altLabel: "alternative", DCT.alternative: "alternative", SKOS.hiddenLabel: "hidden"}
CODES = frozenset({SKOS.notation, DCT.identifier, ORG.identifier})
# What a thing is part of, the nearest first.
PARENTS = (
    *(PLACE.district, PLACE.policeForceArea, PLACE.region, PLACE.country),
    *(ORG.postIn, ORG.unitOf, DCT.publisher, SKOS.broader),
)
SEEN = "seen"  # how: it was seen in somebody's table, and labelled
REPLACED = "0000"  # the period of what has been replaced: before any year
CODE_LISTS = iri.scheme("offence-code").value  # of each release: offence-code-2026-04-23


@dataclass(frozen=True, slots=True)
class Name:
    """One name of a thing, as a row of the table."""

    iri: str
    kind: str
    text: str
    how: str  # label, alternative, hidden, code, former, abbreviation or seen
    language: str = ""
    context: str = ""  # the name of the parent: the district of an LSOA, the region of a district
    period: str = ""  # the years in whose sets an area stands; REPLACED for one of no set of today


COLUMNS = [field.name for field in fields(Name)]
as_row = attrgetter(*COLUMNS)  # as dataclasses.astuple, which copies each value


def names_of(store: Store) -> list[Name]:
    """All names in a release's store, in an order that never differs."""
    found: set[Name] = set()
    reader = Reader(store)
    seen: set[NamedNode] = set()
    for kind, classes in CLASSES.items():
        for thing in reader.of_classes(classes):
            if thing not in seen:
                seen.add(thing)
                found.update(reader.names(thing, kind))
    for kind, scheme in SCHEMES.items():
        for thing in reader.of_scheme(scheme):
            found.update(reader.names(thing, kind))
    found.update(reader.listed_elsewhere(found))
    return sorted(registered(found), key=as_row)


def registered(names: Iterable[Name]) -> list[Name]:
    """All names, but those of bodies that a record only names and that a register has as well.

    A publisher or owner that we know by its name alone gets an IRI of our own. Where GOV.UK has an
    organisation of that very name, it is what a text means.
    """
    known = list(names)
    of_register = iri.organisation("").value
    bodies = {
        one.text.casefold()
        for one in known
        if one.kind == "organisation" and one.how == "label" and one.iri.startswith(of_register)
    }
    doubles = {
        one.iri
        for one in known
        if one.kind == "organisation" and one.how == "label" and one.text.casefold() in bodies
        if not one.iri.startswith(of_register)
    }
    return [one for one in known if one.kind != "organisation" or one.iri not in doubles]


class Reader:
    """Reads names out of a store that does not change meanwhile."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._labels: dict[NamedNode, str] = {}

    def of_classes(self, classes: Iterable[NamedNode]) -> Iterator[NamedNode]:
        """All things of any of the classes."""
        for one in classes:
            for quad in self._store.quads_for_pattern(None, RDF.type, one):
                if isinstance(quad.subject, NamedNode):
                    yield quad.subject

    def of_scheme(self, scheme: NamedNode) -> Iterator[NamedNode]:
        """All concepts of a list."""
        for quad in self._store.quads_for_pattern(None, SKOS.inScheme, scheme):
            if isinstance(quad.subject, NamedNode):
                yield quad.subject

    def names(self, thing: NamedNode, kind: str) -> Iterator[Name]:
        """All names of a thing; none of what is a version of another, or has no name at all."""
        labels: set[Literal] = set()
        others: set[tuple[Literal, str]] = set()
        parents: dict[NamedNode, NamedNode] = {}
        vintages: set[str] = set()
        for quad in self._store.quads_for_pattern(thing, None, None):
            predicate, value = quad.predicate, quad.object
            if predicate == DCAT.isVersionOf:
                return
            if predicate == DCT.isReplacedBy:
                vintages.add(REPLACED)
            elif isinstance(value, NamedNode) and predicate in PARENTS:
                known = parents.setdefault(predicate, value)
                parents[predicate] = min(known, value, key=lambda one: one.value)
            elif not isinstance(value, Literal):
                continue
            elif predicate in LABELS:
                labels.add(value)
            elif predicate in OTHER:
                others.add((value, OTHER[predicate]))
            elif predicate in CODES:
                others.add((value, "code"))
            elif predicate == PLACE.vintage:
                vintages.add(value.value)
        nearest = next((parents[one] for one in PARENTS if one in parents), None)
        context = self.label(nearest) if nearest is not None else ""
        period = " ".join(sorted(vintages))
        codes = {value.value for value, how in others if how == "code"}
        for place, value in enumerate(sorted(labels, key=preference)):
            others.add((value, "alternative" if place else "label"))
        for value, how in others:
            said = how_said(value, how, kind)
            for text in {value.value, without_code(value.value, codes, how)}:
                if text.strip():
                    language = value.language or ""
                    yield Name(thing.value, kind, text, said, language, context, period)

    def label(self, thing: NamedNode) -> str:
        """What a parent is called, or nothing."""
        if thing not in self._labels:
            quads = self._store.quads_for_pattern(thing, None, None)
            labels = [
                quad.object
                for quad in quads
                if quad.predicate in LABELS and isinstance(quad.object, Literal)
            ]
            self._labels[thing] = min(labels, key=preference).value if labels else ""
        return self._labels[thing]

    def listed_elsewhere(self, known: Iterable[Name]) -> Iterator[Name]:
        """What lists of offence codes call an offence of the same code, now or in earlier years.

        Such a list is made from each release of figures; the list of classes is the one that stays.
        """
        classes = {one.text: one for one in known if one.kind == "offence" and one.how == "code"}
        for quad in list(self._store.quads_for_pattern(None, RDF.type, SKOS.ConceptScheme)):
            scheme = quad.subject
            if not isinstance(scheme, NamedNode) or not scheme.value.startswith(CODE_LISTS):
                continue
            for concept in self.of_scheme(scheme):
                said = list(self.names(concept, "offence"))
                codes = {one.text for one in said if one.how == "code"} & classes.keys()
                for code, one in ((code, one) for code in codes for one in said):
                    if one.how in {"label", "alternative"}:
                        offence = classes[code]
                        how, context = "alternative", offence.context
                        yield Name(offence.iri, "offence", one.text, how, one.language, context)


def how_said(value: Literal, how: str, kind: str) -> str:
    """How a thing is called so: an older name of an area has no language, and others have one."""
    if how != "alternative":
        return how
    if kind in AREAS and not value.language:
        return "former"
    short = value.value.isupper() and value.value.isalpha() and len(value.value) <= 6
    return "abbreviation" if short else how


def without_code(text: str, codes: Iterable[str], how: str) -> str:
    """A label of an offence without the code that it begins with.

    >>> without_code("37.2 Aggravated vehicle taking", {"37.2"}, "label")
    'Aggravated vehicle taking'
    """
    if how != "code":
        for code in codes:
            if text.startswith(f"{code} "):
                return text.removeprefix(f"{code} ")
    return text


def write(folder: Path, names: Iterable[Name]) -> None:
    """Write the table of names into the folder of a release."""
    import polars as pl  # here, as a server has a better way to these names: kept.py

    rows = [as_row(name) for name in names]
    frame = pl.DataFrame(rows, schema=dict.fromkeys(COLUMNS, pl.String), orient="row")
    frame.write_parquet(folder / NAMES, compression="zstd")


def read(folder: Path) -> list[Name]:
    """The names of a release; raises ReleaseTampered when the table cannot be read."""
    import polars as pl

    try:
        frame = pl.read_parquet(folder / NAMES)
        return [Name(*row) for row in frame.iter_rows()]
    except (OSError, TypeError, pl.exceptions.PolarsError) as error:
        raise ReleaseTampered(f"{folder / NAMES} cannot be read: {error}") from error
