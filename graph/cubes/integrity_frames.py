"""Frames of terms read as statements: a row is a subject, a column its values of one property.

A column holds one term a row (String), or several (List(String)); null or an empty list where
nothing is said. RDF knows neither rows nor repetition: rows with the same subject are one thing,
and what is said twice is said once.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import polars as pl

SUBJECT = "subject"
NODE = "node"  # the number of a thing: its row in a frame of whole things
VALUE = "value"
FOCUS = "focus"


def whole(frame: pl.DataFrame) -> pl.DataFrame:
    """The frame with one numbered row a subject, and lists only where a subject has several."""
    if frame[SUBJECT].is_duplicated().any():
        each = [
            pl.col(name).explode() if isinstance(kind, pl.List) else pl.col(name)
            for name, kind in frame.schema.items()
            if name != SUBJECT
        ]
        frame = frame.group_by(SUBJECT, maintain_order=True).agg(each)
    terms = [single(frame[name]) for name in frame.columns if name != SUBJECT]
    return frame.with_columns(terms).with_row_index(NODE)


def single(column: pl.Series) -> pl.Series:
    """A column of lists as one of terms, where none has more than one; each term once."""
    if not isinstance(column.dtype, pl.List):
        return column
    once = column.list.drop_nulls().list.unique(maintain_order=True)
    return once if (once.list.len() > 1).any() else once.list.first()


def there(frame: pl.DataFrame, predicate: str) -> pl.Series:
    """Whether each subject has a value of a property."""
    if predicate not in frame.columns:
        return pl.repeat(False, frame.height, eager=True)
    column = frame[predicate]
    if isinstance(column.dtype, pl.List):
        return (column.list.len() > 0).fill_null(False)
    return column.is_not_null()


def several(frame: pl.DataFrame, predicate: str) -> pl.Series:
    """Whether each subject has more than one value of a property."""
    if predicate in frame.columns and isinstance(frame[predicate].dtype, pl.List):
        return (frame[predicate].list.len() > 1).fill_null(False)
    return pl.repeat(False, frame.height, eager=True)


def holds(frame: pl.DataFrame, predicate: str, terms: list[str]) -> pl.Series:
    """Whether each subject has one of some values of a property."""
    if predicate not in frame.columns:
        return pl.repeat(False, frame.height, eager=True)
    column = frame[predicate]
    if isinstance(column.dtype, pl.List):
        among = column.list.eval(pl.element().is_in(terms)).list.any()
        return among.fill_null(False)
    return column.is_in(terms).fill_null(False)


def pairs(frame: pl.DataFrame, predicate: str) -> pl.DataFrame:
    """The statements with a property: number of the subject, and value."""
    if predicate not in frame.columns:
        return pl.DataFrame(schema={NODE: pl.UInt32, VALUE: pl.String})
    found = frame.select(NODE, pl.col(predicate).alias(VALUE))
    if isinstance(frame[predicate].dtype, pl.List):
        found = found.explode(VALUE)
    return found.drop_nulls(VALUE)


class Broken(NamedTuple):
    """A rule that is broken, on a path or none, with a row for each result.

    The columns are the focus node, the value (null where there is none), and the number of the
    observation (null where it is about none).
    """

    rule: str
    path: str
    found: pl.DataFrame
    constraint: int = 0  # which of the rule's constraints


def at(rows: pl.DataFrame, where: pl.Series, focus: str) -> pl.DataFrame:
    """Results about a data set of which some observations are the values."""
    found = rows.filter(where).select(pl.col(SUBJECT).alias(VALUE), NODE)
    return found.with_columns(pl.lit(focus).alias(FOCUS))


def by_itself(rows: pl.DataFrame, where: pl.Series) -> pl.DataFrame:
    """Results about some observations without a value."""
    found = rows.filter(where).select(pl.col(SUBJECT).alias(FOCUS), NODE)
    return found.with_columns(pl.lit(None, pl.String).alias(VALUE))


def alone(nodes: pl.Series) -> pl.DataFrame:
    """Results about nodes that are no observations."""
    found = pl.DataFrame({FOCUS: nodes.cast(pl.String)}).unique(maintain_order=True)
    return found.with_columns(
        pl.lit(None, pl.String).alias(VALUE), pl.lit(None, pl.UInt32).alias(NODE)
    )


def together(frames: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """Several frames as one, whole."""
    listed = {
        name for one in frames for name, kind in one.schema.items() if isinstance(kind, pl.List)
    }
    alike = [
        one.with_columns(
            pl.concat_list(name).list.drop_nulls()
            for name, kind in one.schema.items()
            if name in listed and not isinstance(kind, pl.List)
        )
        for one in frames
    ]
    empty = pl.DataFrame(schema={SUBJECT: pl.String})
    return whole(pl.concat([empty, *alike], how="diagonal"))
