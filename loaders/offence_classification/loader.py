"""The classification of recorded crime: the reference table of offences, and links to other lists.

The reference table gives each offence code its group and sub-group, those of the Office for
National Statistics and those that were used until 2013. It is undated, of about 2016. The codes of
later releases come from the tables of figures; what all of them have in common, and what differs,
is said here, and how the sub-groups relate to the categories of police.uk and to the international
classification of crime.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import polars as pl
from pyoxigraph import Quad

from homegraph.graph.classification import reference_of, say_classification
from homegraph.graph.correspondence import Pair, Statement, say_correspondence
from homegraph.graph.cubes.tables import Tables
from homegraph.graph.findings import Finding, Place, Reading
from homegraph.graph.iri import Names
from homegraph.graph.offences import SCHEME, code, slug, words
from homegraph.graph.raw import RawFile
from homegraph.graph.row import Row, Unreadable, rows
from homegraph.graph.scheme import Item, Scheme, say_scheme
from homegraph.loaders.offence_classification.crosswalks import crosswalks

NAME = "offence-classification"
OLD = "offence-group-2013"
ISSUED = "2026-11-22"  # the day of our list; the table itself has no date
CODE, DESCRIPTION = "Offence Code", "Offence description"
OLD_GROUP, OLD_SUBGROUP = "Old PRC offence group", "Old offence sub-group"
GROUP, SUBGROUP = "New ONS offence group", "New ONS sub-offence group"
COLUMNS = (CODE, DESCRIPTION, OLD_GROUP, OLD_SUBGROUP, GROUP, SUBGROUP)
STAR = "*"
TABLE = {
    "code": pl.String,
    "description": pl.String,
    "group": pl.String,
    "subgroup": pl.String,
    "old_group": pl.String,  # null for codes that came later
    "old_subgroup": pl.String,  # null where the old group was not divided
    "file": pl.String,
    "row": pl.Int64,
}


def load(files: Sequence[RawFile], names: Names, reading: Reading) -> Iterator[Quad]:
    """The list of the reference table, the old groups, and which of them became which."""
    found: dict[str, dict[str, str | int | None]] = {}
    for file in files:
        for row in rows(file, reading, required=COLUMNS):
            with row:
                read = read_row(row, file)
                if read is not None:
                    insist_on_new(found.get(str(read["code"])), read, row)
                    found[str(read["code"])] = read
    if not found:
        return
    frame = pl.DataFrame(list(found.values()), schema=TABLE).sort("code")
    reading.table("reference", frame)
    reading.at = Place(files[0].name)
    for statement in say(frame, names):
        yield Quad(*statement, names.graph(NAME))


def read_row(row: Row, file: RawFile) -> dict[str, str | int | None] | None:
    """One code, or None for the note that explains the stars, which stands among the codes.

    A star behind a code says that it came after 31 March 2013 and has no old group.
    """
    said = row.take(CODE, str)
    if said.startswith(STAR):
        read_note(row)
        return None
    found = {
        "code": read_code(row, said),
        "description": row.take(DESCRIPTION, words, "Name the offence."),
        "group": row.take(GROUP, words, "Name the group."),
        "subgroup": row.take(SUBGROUP, words, "Name the sub-group."),
        "old_group": row.maybe(OLD_GROUP, words),
        "old_subgroup": row.maybe(OLD_SUBGROUP, words),
        "file": file.sha256,
        "row": row.number,
    }
    if said.endswith(STAR) == (found["old_group"] is not None):
        problem = "a star and an old group exclude each other, and one of them is needed"
        raise row.refuse(problem, "Correct the code or the group.", CODE, said)
    return found


def read_code(row: Row, said: str) -> str:
    """A code without its star."""
    try:
        return code(said.removesuffix(STAR))
    except ValueError as error:
        raise row.refuse(str(error), "Write it as 28E or 4.4/6/8.", CODE, said) from None


def read_note(row: Row) -> None:
    """Read the note: nothing else may stand beside it."""
    for column in COLUMNS[1:]:
        beside = row.maybe(column, str)
        if beside is not None:
            raise row.refuse("a value stands beside a note", "Remove it.", column, beside)


def insist_on_new(
    earlier: dict[str, str | int | None] | None, read: dict[str, str | int | None], row: Row
) -> None:
    """Leave out a row that repeats another, with a warning; raises Unreadable.

    A code that stands twice with different words or groups is an error.
    """
    if earlier is None:
        return
    place = {"file", "row"}
    if any(earlier[name] != read[name] for name in read.keys() - place):
        problem = f"the code has other words or groups in row {earlier['row']}"
        raise row.refuse(problem, "Keep the row that is right.", CODE, str(read["code"]))
    problem = f"the row repeats row {earlier['row']}"
    remedy = "Remove one of the two; nothing is lost."
    raise Unreadable(
        Finding(
            problem, remedy, row.file, row.number, CODE, str(read["code"]), "warning",
            rule="row-consistent",
        )
    )  # fmt: skip


def say(frame: pl.DataFrame, names: Names) -> Iterator[Statement]:
    """What follows from the reference table alone."""
    vintage = reference_of(frame, ISSUED, names)
    yield from say_scheme(
        vintage.scheme(
            "Offence classification, reference table of about 2016",
            "The offence codes of the Home Office's reference table, in the groups and sub-groups "
            "of the Office for National Statistics. The table is not dated.",
        )
    )
    old = [row for row in frame.iter_rows(named=True) if row["old_group"] is not None]
    yield from say_scheme(old_groups(old, names))
    pairs: dict[tuple[str, str], set[str]] = {}
    for row in old:
        leaf = slug(row["old_subgroup"] or row["old_group"])
        pairs.setdefault((leaf, slug(row["subgroup"])), set()).add(row["code"])
    yield from say_correspondence(
        "Offence groups until 2013 to those of the Office for National Statistics",
        (OLD, vintage.name),
        [Pair(*pair, frozenset(codes)) for pair, codes in sorted(pairs.items())],
        "official",
        (names.data(NAME),),
        SCHEME,
        names,
    )


def old_groups(old: Sequence[dict[str, str | None]], names: Names) -> Scheme:
    """The groups and sub-groups of recorded crime until 2013; not every group was divided."""
    groups = {slug(str(row["old_group"])): str(row["old_group"]) for row in old}
    divided = {
        slug(row["old_subgroup"]): (row["old_subgroup"], slug(str(row["old_group"])))
        for row in old
        if row["old_subgroup"] is not None
    }
    whole = {slug(str(row["old_group"])) for row in old if row["old_subgroup"] is None}
    items = [
        Item(key, label, f"The offence group “{label}” as it was until March 2013.", None)
        for key, label in sorted(groups.items())
    ]
    for key, (label, group) in sorted(divided.items()):
        text = f"The sub-group “{label}” of “{groups[group]}” as it was until March 2013."
        items.append(Item(key, label, text, group))
    return Scheme(
        OLD,
        "Offence groups of recorded crime until 31 March 2013",
        "The groups and sub-groups in which recorded crime was published before the Office for "
        "National Statistics drew up those of today. A group that was not divided stands on both "
        "levels. From the Home Office's reference table of offences.",
        ISSUED,
        (names.data(NAME),),
        tuple(items),
        (
            ("Offence groups until 2013", tuple(sorted(groups))),
            ("Offence sub-groups until 2013", tuple(sorted({*divided, *whole}))),
        ),
    )


def derive(tables: Tables, names: Names, reading: Reading) -> Iterator[Quad]:
    """The list of all codes, what differs between releases, and links to other lists."""
    reading.at = Place("loaders/offence_classification/crosswalk.csv")
    yield from say_classification(tables, names, NAME)
    yield from crosswalks(tables, names, NAME)
