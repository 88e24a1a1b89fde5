"""The figures of the annual data requirement: what each counts, and by which dimensions.

Figures that count the same units are protected together, so that no total of one gives a hidden
cell of another away. A person counts once in a figure, so that the threshold is a number of people.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from homegraph.graph.concepts import code_list
from homegraph.graph.disclosure import Key
from homegraph.graph.terms import STAT
from homegraph.loaders.home_office_data_hub.axes import (
    Axes,
    Axis,
    Part,
    above,
    coded,
    ethnic_groups,
    is_detected,
    kinds_of_workers,
    offence_groups,
    offence_subgroups,
    ranked,
    stages,
    top,
)

LONG = 28  # days of a spell of sickness absence that is long-term


@dataclass(frozen=True)
class Figure:
    """One cube: `count` gives the leaf codes of each unit of a part, in the order of `axes`."""

    name: str
    title: str
    description: str
    unit: str
    kinds: frozenset[str]
    axes: Callable[[Axes], tuple[Axis, ...]]
    count: Callable[[Part], Iterator[Key]]


def by_area(part: Part) -> Iterator[Key]:
    """Crimes by local area, month and offence group."""
    for crime in part.records.crimes.values():
        area = f"{part.extract.force}.{crime.area}"
        yield area, crime.month, top("offence-class", crime.offence)


def by_class(part: Part) -> Iterator[Key]:
    """Crimes by force, month and offence sub-group."""
    for crime in part.records.crimes.values():
        yield part.extract.force, crime.month, above("offence-class")[crime.offence]


def methods(part: Part) -> Iterator[Key]:
    """Crimes by force, offence group and method of detection: the first of several."""
    for key, crime in part.records.crimes.items():
        found = part.records.detections.get(key, ())
        method = min(found, key=METHODS.index, default="not-detected")
        yield part.extract.force, top("offence-class", crime.offence), method


def outcomes(part: Part) -> Iterator[Key]:
    """Crimes by offence sub-group, and whether detected."""
    for (_, _, method), crime in zip(methods(part), part.records.crimes.values(), strict=True):
        kind = "sanction" if above("detection-method")[method] == "sanction" else method
        yield above("offence-class")[crime.offence], kind


def victims(part: Part) -> Iterator[Key]:
    """Victims by force, group of the first offence, and ethnicity."""
    for key, ethnicity in part.records.victims.values():
        offence = top("offence-class", part.records.crimes[key].offence)
        yield part.extract.force, offence, above("ethnicity")[ethnicity]


def ranks(part: Part) -> Iterator[Key]:
    """Police workers by force, rank and sex."""
    for worker in part.records.workers.values():
        yield part.extract.force, worker.rank, worker.sex


def origins(part: Part) -> Iterator[Key]:
    """Police workers by force, kind and ethnicity."""
    for worker in part.records.workers.values():
        kind = top("worker-rank", worker.rank)
        yield part.extract.force, kind, above("ethnicity")[worker.ethnicity]


def origins_by_sex(part: Part) -> Iterator[Key]:
    """Police workers by kind, sex and ethnicity."""
    for worker in part.records.workers.values():
        kind = top("worker-rank", worker.rank)
        yield kind, worker.sex, above("ethnicity")[worker.ethnicity]


def absence(part: Part) -> Iterator[Key]:
    """Police workers by force, rank and sickness absence."""
    for key, worker in part.records.workers.items():
        days = part.records.sick.get(key, 0)
        kind = "long" if days >= LONG else "short" if days else "none"
        yield part.extract.force, worker.rank, kind


def assaults(part: Part) -> Iterator[Key]:
    """Police workers by force, kind, and whether assaulted."""
    duty = {None: "none", True: "on-duty", False: "off-duty"}
    for key, worker in part.records.workers.items():
        kind = top("worker-rank", worker.rank)
        yield part.extract.force, kind, duty[part.records.assaulted.get(key)]


def training(part: Part) -> Iterator[Key]:
    """Police workers by force, rank, and whether trained."""
    for key, worker in part.records.workers.items():
        trained = "trained" if key in part.records.trained else "not-trained"
        yield part.extract.force, worker.rank, trained


def applications(part: Part) -> Iterator[Key]:
    """Applicants by force and stage."""
    for _, _, stage in part.records.applicants.values():
        yield part.extract.force, stage


def applicants(part: Part) -> Iterator[Key]:
    """Applicants by ethnicity and stage."""
    for _, ethnicity, stage in part.records.applicants.values():
        yield above("ethnicity")[ethnicity], stage


METHODS = [key for key in code_list("detection-method").by_notation if key != "all"]
ONCE = "Somebody known under several references counts several times."


def figure(
    name: str,
    title: str,
    description: str,
    unit: str,
    kinds: str,
    axes: Callable[[Axes], tuple[Axis, ...]],
    count: Callable[[Part], Iterator[Key]],
) -> Figure:
    """A figure made from so many kinds of files."""
    return Figure(name, title, description, unit, frozenset(kinds.split()), axes, count)


FIGURES: tuple[tuple[Figure, ...], ...] = (
    (
        figure(
            "offences-by-area",
            "Recorded crime by local area, month and offence group",
            "Crimes by the community safety partnership in whose area they were recorded.",
            "crime",
            "crime",
            lambda axes: (axes.local(), axes.month(), offence_groups()),
            by_area,
        ),
        figure(
            "offences-by-class",
            "Recorded crime by force, month and offence sub-group",
            "Crimes by the sub-group of their class in the counting rules.",
            "crime",
            "crime",
            lambda axes: (axes.force(), axes.month(), offence_subgroups()),
            by_class,
        ),
        figure(
            "outcomes",
            "Detection of recorded crime by offence sub-group",
            "Crimes by whether they were detected, with a sanction or without.",
            "crime",
            "crime person",
            lambda axes: (offence_subgroups(), is_detected()),
            outcomes,
        ),
        figure(
            "detection-methods",
            "Methods of detection of recorded crime by force and offence group",
            "Crimes by how they were detected; one with several offenders by the method that "
            "stands first in the code list.",
            "crime",
            "crime person",
            lambda axes: (
                axes.force(),
                offence_groups(),
                coded(STAT.detection, "detection-method"),
            ),
            methods,
        ),
    ),
    (
        figure(
            "victims",
            "Victims of recorded crime by force, offence group and ethnicity",
            f"Victims, each once under the first crime of the extract. {ONCE}",
            "victim",
            "crime person",
            lambda axes: (axes.force(), offence_groups(), ethnic_groups()),
            victims,
        ),
    ),
    (
        figure(
            "workforce-by-rank",
            "Police workforce by force, rank and sex",
            "Everybody who works for a force, by headcount.",
            "worker",
            "workforce",
            lambda axes: (axes.force(), ranked(), axes.sex()),
            ranks,
        ),
        figure(
            "workforce-by-ethnicity",
            "Police workforce by force, kind of worker and ethnicity",
            "Everybody who works for a force, by headcount.",
            "worker",
            "workforce",
            lambda axes: (axes.force(), kinds_of_workers(), ethnic_groups()),
            origins,
        ),
        figure(
            "workforce-by-sex-and-ethnicity",
            "Police workforce by kind of worker, sex and ethnicity",
            "Everybody who works for one of the forces, by headcount.",
            "worker",
            "workforce",
            lambda axes: (kinds_of_workers(), axes.sex(), ethnic_groups()),
            origins_by_sex,
        ),
        figure(
            "sickness-absence",
            "Sickness absence of the police workforce by force and rank",
            "Everybody who works for a force, by the longest spell of sickness absence that "
            f"touches the year: none, short, or long, which is {LONG} days and more.",
            "worker",
            "workforce absence",
            lambda axes: (
                axes.force(),
                ranked(),
                coded(STAT.sicknessAbsence, "sickness-absence"),
            ),
            absence,
        ),
        figure(
            "assaults",
            "Assaults on the police workforce by force and kind of worker",
            "Everybody who works for a force, by whether assaulted in the year.",
            "worker",
            "workforce assault",
            lambda axes: (
                axes.force(),
                kinds_of_workers(),
                coded(STAT.assault, "assault-duty"),
            ),
            assaults,
        ),
        figure(
            "training",
            "Training of the police workforce by force and rank",
            "Everybody who works for a force, by whether a course was completed in the year.",
            "worker",
            "workforce training",
            lambda axes: (axes.force(), ranked(), coded(STAT.training, "training-received")),
            training,
        ),
    ),
    (
        figure(
            "applications",
            "Applications to join a police force by force and stage",
            f"Applicants, each once by the last application. {ONCE}",
            "applicant",
            "recruitment",
            lambda axes: (axes.force(), stages()),
            applications,
        ),
        figure(
            "applications-by-ethnicity",
            "Applications to join a police force by ethnicity and stage",
            f"Applicants, each once by the last application. {ONCE}",
            "applicant",
            "recruitment",
            lambda axes: (ethnic_groups(), stages()),
            applicants,
        ),
    ),
)
