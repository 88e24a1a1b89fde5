"""Which months a police force did not supply, and what that means for a figure.

A gap is one month that one force did not supply, or supplied only in part, to one series. Gaps are
declared (the source `declared-gaps`) or seen: others have a file for the month and the force has
none in this release, which does not say that it supplied none. Figures over longer periods are
flagged by the months that they are made of:

    found = gaps(tables)
    frame = flag(frame, "recorded-crime-open-data", found, measure="offences", period="quarter")

What `flag` adds are the columns of graph/cubes/cube.py: `status`, `completeness` and `note`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence

import polars as pl

from homegraph.graph.cubes.periods import in_words, months_of
from homegraph.graph.cubes.tables import Tables
from homegraph.graph.forces import of_england_and_wales

# The tables of records that are supplied by force and month: source, table. Each of them has the
# columns `force` (notation of police-force), `month` (2024-01) and `file` (SHA-256).
SUPPLIED_MONTHLY = (
    ("street-crime", "incidents"),
    ("police-outcomes", "outcomes"),
    ("stop-and-search", "searches"),
)
GAPS = {
    "series": pl.String,  # dataset name of the source: street-crime
    "force": pl.String,  # notation of police-force
    "month": pl.String,  # 2019-07
    "completeness": pl.String,  # missing, withdrawn or partial
    "note": pl.String,  # why, as far as it is known
    "file": pl.String,  # SHA-256 of what says so
    "row": pl.Int64,  # the row that declares it; null for a gap that was seen
}
WORST_FIRST = ("missing", "withdrawn", "partial")
NO_FIGURE = {"missing", "withdrawn"}
NO_FILE = "This release has no file of this force for this month."  # the note of a gap that is seen
# What is known of a month, to be said in a sentence: seen gaps are missing, and for another reason.
ABSENT = "absent"
SENTENCES = {
    "missing": "{months} {were} not supplied.",
    ABSENT: "This release has no file of {force} for {months}.",
    "withdrawn": "{months} {were} withdrawn.",
    "partial": "{months} {were} supplied only in part.",
}
Gap = dict[str, str | int | None]


def gaps(tables: Tables) -> pl.DataFrame:
    """Every gap that is declared or seen: the columns of GAPS, one row a series, force and month.

    What is declared holds over what is seen, and of two declarations the worse; but a month that
    was supplied in part is missing where this release has no file of it. The frame is empty, with
    its columns, when no gap is known.
    """
    found = [gap for gap in declared(tables) if gap["completeness"] in NO_FIGURE]
    found.sort(key=lambda gap: WORST_FIRST.index(str(gap["completeness"])))
    for series, table in SUPPLIED_MONTHLY:
        found.extend(seen(series, supplied(tables, series, table)))
    found.extend(gap for gap in declared(tables) if gap["completeness"] not in NO_FIGURE)
    first: dict[tuple[str, str, str], Gap] = {}
    for gap in found:
        first.setdefault((str(gap["series"]), str(gap["force"]), str(gap["month"])), gap)
    return pl.DataFrame([first[key] for key in sorted(first)], schema=GAPS)


def declared(tables: Tables) -> Iterator[Gap]:
    """What the source `declared-gaps` says, by month."""
    facts = tables.get("declared-gaps", "facts")
    for fact in facts.collect().to_dicts() if facts is not None else ():
        if fact["completeness"] not in WORST_FIRST:
            continue  # what is said of a month that is no gap: revised
        for month in months_between(fact["first_month"], fact["last_month"]):
            yield {
                **{name: fact[name] for name in ("series", "force", "completeness")},
                **{name: fact[name] for name in ("note", "file", "row")},
                "month": month,
            }


def months_between(first: str, last: str) -> Iterator[str]:
    """The months from the first to the last, both included."""
    year, month = int(first[:4]), int(first[5:])
    while (text := f"{year}-{month:02}") <= last:
        yield text
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)


def supplied(tables: Tables, series: str, table: str) -> pl.DataFrame:
    """How many records each force supplied each month: force, month, records, file.

    Empty, with its columns, when the source is not part of the build. `file` lists the digests.
    """
    records = tables.get(series, table)
    if records is None:
        schema = {"force": pl.String, "month": pl.String, "records": pl.Int64}
        return pl.DataFrame(schema={**schema, "file": pl.List(pl.String)})
    return (
        records.group_by("force", "month")
        .agg(pl.len().cast(pl.Int64).alias("records"), pl.col("file").unique().sort())
        .sort("force", "month")
        .collect()
    )


def seen(series: str, present: pl.DataFrame) -> Iterator[Gap]:
    """The months that there are files of, and none of some force.

    Forces are those that have a file of some month; of street-crime, which every force of England
    and Wales gives to police.uk, all of them.
    """
    there = set(present.select("force", "month").iter_rows())
    every = of_england_and_wales() if series == "street-crime" else frozenset()
    for force in sorted({*present["force"], *every}):
        for month in present["month"].unique().sort():
            if (force, month) not in there:
                yield {
                    "series": series,
                    "force": force,
                    "month": month,
                    "completeness": "missing",
                    "note": NO_FILE,
                    "file": None,
                    "row": None,
                }


def flag(
    frame: pl.DataFrame,
    series: str,
    gaps: pl.DataFrame,
    *,
    measure: str,
    force: str = "force",
    period: str = "period",
    held: Collection[str] | None = None,
) -> pl.DataFrame:
    """Flag figures by force and period: adds `status`, `completeness` and `note`.

    `measure`, `force` and `period` name columns; periods are codes of graph/cubes/periods.py.
    A figure over a period is

    - missing when every month is in a gap: the measure becomes null, the status M;
    - partial when some are, or when a month was supplied in part: the measure stays, the status is
      null and the note says which months. A figure other than 0 for a period without any month
      stays too, because somebody published it;
    - otherwise left as it was, status A.

    `held` are the months that the series holds at all, for totals counted from monthly records:
    any other month of a period counts as not supplied, for every force. Where a row has a note, a
    status or a completeness already, the note is put behind it and the gap overrules the others.
    """
    of_series = gaps.filter(pl.col("series") == series).with_columns(
        pl.when(pl.col("note").eq_missing(NO_FILE))
        .then(pl.lit(ABSENT))
        .otherwise("completeness")
        .alias("completeness")
    )
    by_force: dict[str, dict[str, str]] = {}
    for name, month, completeness in of_series.select("force", "month", "completeness").iter_rows():
        by_force.setdefault(name, {})[month] = completeness
    pairs = frame.select(pl.col(force).alias("_force"), pl.col(period).alias("_period")).unique()
    said = [
        (name, code, *verdict)
        for name, code in sorted(pairs.iter_rows())
        if (verdict := judged(months_of(code), by_force.get(name, {}), held)) is not None
    ]
    schema = {"_force": pl.String, "_period": pl.String, "_gap": pl.String, "_note": pl.String}
    verdicts = pl.DataFrame(said, schema=schema, orient="row")
    joined = frame.join(
        verdicts, left_on=[force, period], right_on=["_force", "_period"], how="left",
        maintain_order="left",
    )  # fmt: skip
    return overruled(joined, measure)


def overruled(joined: pl.DataFrame, measure: str) -> pl.DataFrame:
    """Put the verdict of each row into its status, completeness, note and measure."""
    columns = {"status": pl.lit("A"), "completeness": pl.lit(None, pl.String)}
    old = {
        name: pl.col(name) if name in joined.columns else otherwise
        for name, otherwise in {**columns, "note": pl.lit(None, pl.String)}.items()
    }
    is_gap = pl.col("_gap").is_not_null()
    is_empty = pl.col(measure).is_null() | (pl.col(measure) == 0)
    no_figure = pl.col("_gap").is_in(NO_FIGURE) & is_empty
    gap = pl.when(no_figure).then("_gap").when(is_gap).then(pl.lit("partial"))
    # A figure of what was supplied has no status of its own: its completeness says more.
    status = (
        pl.when(no_figure | (is_gap & pl.col(measure).is_null()))
        .then(pl.lit("M"))
        .when(~is_gap)
        .then(old["status"])
    )
    return joined.with_columns(
        pl.when(~no_figure.fill_null(value=False)).then(measure).alias(measure),
        status.alias("status"),
        gap.otherwise(old["completeness"]).alias("completeness"),
        pl.concat_str(old["note"], "_note", separator=" ", ignore_nulls=True)
        .replace("", None)
        .alias("note"),
    ).drop("_gap", "_note")


def judged(
    months: Sequence[str], in_gap: dict[str, str], held: Collection[str] | None
) -> tuple[str, str] | None:
    """What gaps mean for a period: completeness and note; None when it is complete.

    >>> judged(("2019-06", "2019-07"), {"2019-07": "missing"}, None)
    ('partial', 'July 2019 was not supplied.')
    """
    by_kind: dict[str, list[str]] = {}
    for month in months:
        kind = "missing" if held is not None and month not in held else in_gap.get(month)
        if kind is not None:
            by_kind.setdefault(kind, []).append(month)
    if not by_kind:
        return None
    note = " ".join(sentence(kind, by_kind[kind]) for kind in SENTENCES if kind in by_kind)
    none_left = sum(len(by_kind.get(kind, ())) for kind in (*NO_FIGURE, ABSENT)) == len(months)
    if not none_left:
        return "partial", note
    worst = next(kind for kind in SENTENCES if kind in by_kind)
    return "missing" if worst == ABSENT else worst, note


def sentence(completeness: str, months: Iterable[str], force: str = "this force") -> str:
    """Say in a sentence what is known of months.

    >>> sentence("missing", ["2019-07", "2019-08"])
    'July to August 2019 were not supplied.'
    >>> sentence("absent", ["2024-02"], "Kent Police")
    'This release has no file of Kent Police for February 2024.'
    """
    listed = list(months)
    were = "was" if len(listed) == 1 else "were"
    return SENTENCES[completeness].format(months=in_words(listed), were=were, force=force)


def with_reasons(
    frame: pl.DataFrame, series: str, gaps: pl.DataFrame, *, force: str = "force", month: str
) -> pl.DataFrame:
    """Put the declared reason of a gap behind the note of each figure of its force and month."""
    reasons = gaps.filter(pl.col("series") == series, pl.col("note") != NO_FILE).select(
        pl.col("force").alias(force), pl.col("month").alias(month), _reason="note"
    )
    note = pl.concat_str("note", "_reason", separator=" ", ignore_nulls=True).replace("", None)
    return (
        frame.join(reasons, on=[force, month], how="left", maintain_order="left")
        .with_columns(note.alias("note"))
        .drop("_reason")
    )


def missing_rows(
    frame: pl.DataFrame,
    series: str,
    gaps: pl.DataFrame,
    *,
    measure: str,
    dimensions: Sequence[str],
    force: str = "force",
    period: str = "period",
    held: Collection[str] | None = None,
) -> pl.DataFrame:
    """Rows for figures that a frame lacks because a force supplied nothing for a whole period.

    For each force and period of the frame whose months are all in a gap and that has no row at
    all, one row for each combination of the other `dimensions` that the frame has in that period.
    The measure is null; status, completeness and note are said. `file` is that of the declaration,
    or else what there is of the period: files of other forces, which show that this one is in none
    of them (the first, where a figure has one file only). Concatenate with the flagged frame,
    `how="diagonal"`.
    """
    others = [name for name in dimensions if name not in (force, period)]
    absent = (
        frame.select(force)
        .unique()
        .join(frame.select(period).unique(), how="cross")
        .join(frame, on=[force, period], how="anti")
    )
    spans = [(code, month) for code in absent[period].unique() for month in months_of(code)]
    declarations = (
        gaps.filter(pl.col("series") == series)
        .drop_nulls("file")
        .select(pl.col("force").alias(force), pl.col("month").alias("_month"), "file")
        .join(
            pl.DataFrame(spans, {period: pl.String, "_month": pl.String}, orient="row"), on="_month"
        )
        .group_by(force, period)
        .agg(pl.col("file").sort().first().alias("_declared"))
    )
    files = pl.col("file").min()
    if frame.schema["file"] != pl.String:
        files = pl.col("file").list.explode().unique().sort()
        as_list = pl.when(pl.col("_declared").is_not_null()).then(pl.concat_list("_declared"))
        declarations = declarations.with_columns(as_list.alias("_declared"))
    cited = (
        absent.join(frame.group_by(period).agg(files), on=period)
        .join(declarations, on=[force, period], how="left")
        .with_columns(pl.coalesce("_declared", "file").alias("file"))
    )
    verdicts = flag(
        absent.with_columns(pl.lit(None, frame.schema[measure]).alias(measure)),
        series,
        gaps,
        measure=measure,
        force=force,
        period=period,
        held=held,
    ).filter(pl.col("completeness").is_in(NO_FIGURE))
    combinations = frame.select(period, *others).unique()
    return (
        verdicts.join(cited.select(force, period, "file"), on=[force, period])
        .join(combinations, on=period)
        .sort(*dimensions)
    )
