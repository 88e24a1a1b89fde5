"""Writes extracts that describe nobody and nothing real, with margins as a force might have.

All is drawn from one seed, so the same call writes the same bytes. Every reference begins with
REF, so that one can be searched for wherever none may be.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import accumulate
from pathlib import Path
from random import Random

from homegraph.graph.iri import LEGISLATION
from homegraph.loaders.home_office_data_hub import agreement
from homegraph.loaders.home_office_data_hub.columns import COLUMNS

SEED = 2009
YEAR = 2024
LAWS = LEGISLATION + "ukpga/1996/16/section/"


@dataclass(frozen=True)
class Force:
    """A force to draw: how much of all there is of it, and its areas with their shares."""

    name: str
    title: str
    gss: str
    area: str
    share: float
    csps: tuple[tuple[str, str, str, float], ...]  # BCU, code, name, share of the crimes


FORCES = (
    Force(
        "cleveland",
        "Cleveland Police",
        "E23000013",
        "Cleveland",
        0.64,
        (
            ("B1", "C1", "Ferry and Harbour", 0.34),
            ("B1", "C2", "Steelworks", 0.24),
            ("B2", "C3", "Old Town", 0.22),
            ("B2", "C4", "Moor Edge", 0.12),
            ("B2", "C5", "Upper Dale", 0.08),
        ),
    ),
    Force(
        "warwickshire",
        "Warwickshire Police",
        "E23000017",
        "Warwickshire",
        0.36,
        (
            ("B1", "C1", "Spa and Castle", 0.45),
            ("B1", "C2", "Ribbon Weavers", 0.35),
            ("B2", "C3", "Forest and Fosse", 0.20),
        ),
    ),
)

# Class: share of all crimes, whether it has a victim, share detected.
OFFENCES: dict[str, tuple[float, bool, float]] = {
    "1": (0.00015, True, 0.9), "4.1": (0.0001, True, 0.8), "5D": (0.006, True, 0.35),
    "8N": (0.105, True, 0.25), "8P": (0.003, True, 0.3), "8S": (0.004, True, 0.7),
    "104": (0.005, True, 0.7), "105A": (0.11, True, 0.15), "105B": (0.003, True, 0.25),
    "8L": (0.05, True, 0.12), "8Q": (0.003, True, 0.2), "3B": (0.012, True, 0.15),
    "36": (0.0008, True, 0.2), "11A": (0.003, True, 0.15), "13": (0.0003, True, 0.15),
    "19C": (0.006, True, 0.06), "19D": (0.003, True, 0.07), "20A": (0.009, True, 0.1),
    "88A": (0.001, True, 0.2), "88E": (0.003, True, 0.2), "139": (0.0004, True, 0.2),
    "34A": (0.001, True, 0.3), "34B": (0.010, True, 0.15),
    "28E": (0.040, True, 0.06), "28F": (0.010, True, 0.05), "29A": (0.0006, True, 0.25),
    "30C": (0.030, True, 0.08), "30D": (0.007, True, 0.05),
    "45": (0.055, True, 0.03), "48": (0.020, True, 0.08), "37.2": (0.002, True, 0.3),
    "126": (0.012, True, 0.03), "39": (0.015, True, 0.02), "44": (0.018, True, 0.02),
    "46": (0.085, True, 0.3), "49": (0.085, True, 0.05), "40": (0.012, True, 0.1),
    "41": (0.002, True, 0.25), "49A": (0.012, True, 0.05), "35": (0.002, True, 0.03),
    "56B": (0.005, True, 0.08), "56A": (0.001, True, 0.25), "58A": (0.03, True, 0.1),
    "58B": (0.015, True, 0.12), "58C": (0.045, True, 0.06), "58D": (0.022, True, 0.12),
    "92A": (0.006, False, 0.75), "92D": (0.02, False, 0.92), "92E": (0.005, False, 0.92),
    "10D": (0.004, False, 0.85), "10B": (0.0007, False, 0.7), "81": (0.0009, False, 0.6),
    "9A": (0.06, True, 0.25), "9B": (0.007, True, 0.3), "65": (0.0005, False, 0.6),
    "33": (0.0006, False, 0.7), "54": (0.002, False, 0.6), "79": (0.001, False, 0.5),
    "802": (0.001, False, 0.8), "59": (0.004, True, 0.2),
}  # fmt: skip
SEASON = (0.97, 1.02, 1.03, 1.08, 1.05, 1.0, 1.04, 0.99, 0.95, 0.95, 0.89, 1.03)  # from April
METHODS = {
    "charge": 0.58, "caution": 0.16, "taken-into-consideration": 0.03, "penalty-notice": 0.05,
    "cannabis-warning": 0.05, "other-detection": 0.13,
}  # fmt: skip
ETHNICITIES = {
    "W1": 0.80, "W2": 0.01, "W3": 0.001, "W9": 0.04, "M1": 0.006, "M2": 0.003, "M3": 0.004,
    "M9": 0.003, "A1": 0.022, "A2": 0.018, "A3": 0.006, "A4": 0.004, "A9": 0.009, "B1": 0.006,
    "B2": 0.011, "B9": 0.003, "O2": 0.003, "O9": 0.004, "NS": 0.047,
}  # fmt: skip
RANKS = {
    "chief-officer": 0.0012, "chief-superintendent": 0.002, "superintendent": 0.005,
    "chief-inspector": 0.011, "inspector": 0.034, "sergeant": 0.095, "constable": 0.415,
    "staff": 0.30, "community-support-officer": 0.05, "designated-officer": 0.022,
    "special-constable": 0.065,
}  # fmt: skip
STAGES = {"received": 0.2, "assessed": 0.25, "appointed": 0.2, "rejected": 0.28, "withdrawn": 0.07}
REASONS = {
    "sickness": 0.86, "maternity": 0.04, "career-break": 0.015, "suspension": 0.005, "study": 0.03,
    "other": 0.05,
}  # fmt: skip


class Draw:
    """Draws from shares, many at a time."""

    def __init__(self, random: Random) -> None:
        self.random = random

    def of(self, shares: dict[str, float], many: int) -> list[str]:
        """So many keys, each as often as its share says."""
        bounds = list(accumulate(shares.values()))
        return self.random.choices(list(shares), cum_weights=bounds, k=many)

    def days(self, first: date, many: int) -> list[str]:
        """So many days of a year, by season."""
        year = [first + timedelta(days=number) for number in range(365)]
        bounds = list(accumulate(SEASON[(day.month - 4) % 12] for day in year))
        written = [day.isoformat() for day in year]
        return self.random.choices(written, cum_weights=bounds, k=many)


def write_example(
    folder: Path, crimes: int = 50_000, workers: int = 5_000, forces: Sequence[Force] = FORCES
) -> None:
    """Write an extract of each force for one year, so large together."""
    for force in forces:
        draw = Draw(Random(f"{SEED} {force.name}"))
        writer = Writer(folder, force)
        write_areas(writer)
        write_crimes(writer, draw, round(crimes * force.share))
        write_workforce(writer, draw, round(workers * force.share))
        write_agreement(writer)


class Writer:
    """Writes the files of one force's extract."""

    def __init__(self, folder: Path, force: Force) -> None:
        self.folder, self.force = folder, force
        self.first = date(YEAR, 4, 1)

    def reference(self, kind: str, number: int) -> str:
        """A reference that stands out."""
        return f"REF{kind}-{self.force.name[:3].upper()}-{number:06}"

    def write(self, kind: str, headings: Iterable[str], rows: Iterable[Sequence[str]]) -> None:
        """Write one file as RFC 4180 has it."""
        name = f"data-hub-{self.force.name}-{YEAR}-{YEAR + 1}-{kind}.csv"
        with (self.folder / name).open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream)
            writer.writerow(headings)
            writer.writerows(rows)

    def table(self, kind: str, rows: Iterable[Sequence[str]]) -> None:
        """Write one file of records."""
        self.write(kind, [column.heading for column in COLUMNS[kind]], rows)


def write_areas(writer: Writer) -> None:
    """BCUs, then the CSPs in them."""
    units = sorted({unit for unit, *_ in writer.force.csps})
    rows = [[unit, f"Basic command unit {unit}", "BCU", ""] for unit in units]
    rows += [[code, name, "CSP", unit] for unit, code, name, _ in writer.force.csps]
    writer.table("area", rows)


def write_crimes(writer: Writer, draw: Draw, many: int) -> None:
    """Crimes, and the victims, suspects and offenders in them."""
    random, force = draw.random, writer.force
    offences = draw.of({code: share for code, (share, _, _) in OFFENCES.items()}, many)
    places = {code: unit for unit, code, _, _ in force.csps}
    areas = draw.of({code: share for _, code, _, share in force.csps}, many)
    days = draw.days(writer.first, many)
    sites = random.choices(("dwelling", "street", "shop", "licensed premises", "other"), k=many)
    crimes: list[Sequence[str]] = []
    persons: list[Sequence[str]] = []
    victims: list[str] = []
    origins = iter(draw.of(ETHNICITIES, 3 * many))
    methods = iter(draw.of(METHODS, many))
    ties = ("stranger", "acquaintance", "partner", "family", "")

    def person(role: str, crime: str, method: str = "") -> None:
        key = writer.reference("PER", len(persons))
        if role == "victim":
            if victims and random.random() < 0.04:
                key = victims[int(random.random() * len(victims))]
            victims.append(key)
        tie = ties[int(random.random() * 5)] if role == "victim" else ""
        persons.append((key, crime, next(origins), role, method, tie))

    for number in range(many):
        code, area = offences[number], areas[number]
        _, has_victim, detected = OFFENCES[code]
        key = writer.reference("CRM", number)
        grid = f"NZ{int(random.random() * 1e5):05}{int(random.random() * 1e5):05}"
        factors = "hate crime" if random.random() < 0.02 else ""
        crimes.append(
            (key, days[number], grid, sites[number], code, factors, force.name, places[area], area)
        )
        if has_victim and random.random() < 0.93:
            person("victim", key)
        if random.random() < detected:
            person("offender", key, next(methods))
            if random.random() < 0.06:
                person("offender", key, "charge")
        elif random.random() < 0.3:
            person("suspect", key)
    writer.table("crime", crimes)
    writer.table("person", persons)


def write_workforce(writer: Writer, draw: Draw, many: int) -> None:
    """Workers, their absences, training and the assaults on them; and applicants."""
    random = draw.random
    keys = [writer.reference("STF", number) for number in range(many)]
    ranks = draw.of(RANKS, many)
    women = {"staff": 0.6, "constable": 0.34, "community-support-officer": 0.45}
    marital = random.choices(("single", "married", "divorced", ""), k=many)
    workers = []
    for key, rank, origin, status in zip(
        keys, ranks, draw.of(ETHNICITIES, many), marital, strict=True
    ):
        sex = "F" if random.random() < women.get(rank, 0.25) else "M"
        hours = "part-time" if random.random() < 0.12 else "full-time"
        workers.append((key, origin, sex, status, "", "", rank, hours, "post"))
    writer.table("workforce", workers)
    spells = round(many * 1.1)
    writer.table("absence", absences(writer, draw, random.choices(keys, k=spells)))
    duty = draw.of({"yes": 0.95, "no": 0.05}, many // 12)
    hurt = zip(
        random.choices(keys, k=many // 12), draw.days(writer.first, many // 12), duty, strict=True
    )
    writer.table("assault", [(key, on, yes, "responding") for key, on, yes in hurt])
    taught = zip(random.choices(keys, k=many), draw.days(writer.first, many), strict=True)
    writer.table("training", [(key, "first aid", on) for key, on in taught])
    asked = many // 5
    writer.table(
        "recruitment",
        [
            (writer.reference("APP", number), origin, "new", stage, on)
            for number, (origin, stage, on) in enumerate(
                zip(
                    draw.of(ETHNICITIES, asked),
                    draw.of(STAGES, asked),
                    draw.days(writer.first, asked),
                    strict=True,
                )
            )
        ],
    )


def absences(writer: Writer, draw: Draw, keys: Sequence[str]) -> Iterable[Sequence[str]]:
    """Spells of absence, a tenth of them long; a few have not ended."""
    last = date(YEAR + 1, 3, 31)
    reasons = draw.of(REASONS, len(keys))
    for key, reason, begun in zip(keys, reasons, draw.days(writer.first, len(keys)), strict=True):
        long = draw.random.random() < 0.11
        length = (
            28 + int(draw.random.random() * 120) if long else 1 + int(draw.random.random() * 12)
        )
        end = date.fromisoformat(begun) + timedelta(days=length)
        yield key, reason, begun, end.isoformat() if end <= last else ""


def write_agreement(writer: Writer) -> None:
    """The agreement: everything in it is an illustration, and its name says so."""
    force = writer.force
    kinds = "; ".join(kind for kind in COLUMNS if kind != "area")
    row = {
        "information-sharing-agreement": f"EXAMPLE-{force.name.upper()}-{YEAR}",
        "name": f"Generated example: no real records of {force.title}",
        "purpose": "To make the statistics of the annual data requirement from records.",
        "information-sharing-benefits": "Forces send one extract in place of many returns.",
        "legal-power-disclosure": f"{LAWS}43; {LAWS}44",
        "disclosed-information": kinds,
        "controllers": f"police-force:{force.name}; government-organisation:home-office",
        "controller-names": f"{force.title}; Home Office",
        "information-sharing-method": "Files are handed over encrypted.",
        "processors": "",
        "processor-names": "",
        "retention-period": "P5Y",
        "start-date": f"{YEAR}-04-01",
        "end-date": f"{YEAR + 3}-03-31",
        "review-date": f"{YEAR + 2}-04-01",
        "contact": "Data Hub team, generated example <data-hub@example.gov.uk>",
        "areas": force.gss,
        "area-names": force.area,
        "memorandum": "Generated example of a memorandum of understanding",
        "privacy-impact-assessment": "signed off",
        "requests-for-access": (
            f"{YEAR}-11 | researcher | granted in part; {YEAR}-12 | journalist | refused"
        ),
    }
    headings = [column.heading for column in agreement.COLUMNS]
    writer.write("agreement", headings, [[row[heading] for heading in headings]])
