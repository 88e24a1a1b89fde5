"""What one query is planned with: numbers of terms, tables of them, Oxigraph's expressions."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache, cached_property, lru_cache
from itertools import count, islice
from pathlib import Path

import duckdb
import numpy as np
from pyoxigraph import Literal, Store

from homegraph.endpoint.columns.syntax import Expression, NotRecognised, Query
from homegraph.graph.columns.catalogue import Catalogue
from homegraph.graph.columns.cells import Cells, Ids
from homegraph.graph.columns.dictionary import Dictionary

INTEGER, DECIMAL = 1, 2  # kinds in numbers.parquet
INTEGER_TYPE = "<http://www.w3.org/2001/XMLSchema#integer>"
DECIMAL_TYPE = "<http://www.w3.org/2001/XMLSchema#decimal>"
# Those that fit into Oxigraph's: 64 bits, and 18 digits behind the point.
WHOLE = re.compile(rf'"(-?[0-9]{{1,18}})"\^\^{re.escape(INTEGER_TYPE)}')
FRACTION = re.compile(rf'"(-?[0-9]{{1,18}}(?:\.[0-9]{{1,18}})?)"\^\^{re.escape(DECIMAL_TYPE)}')
MOST_VALUES = 300_000  # that an expression is asked about: two seconds, where they are long
AT_ONCE = 50_000  # rows that it is asked about in one query: some 50 MB of it
INLINE = 200  # numbers that stand in the SQL itself; more are a table
KEPT = 128  # answers to expressions that are kept, by what they were asked of
NUMBERED = 4_000  # terms whose numbers are kept
MOST_NARROW = 150_000  # statements of a property that are kept in memory, a little over a MB
REFUSED = "DuckDB"  # what says that it could not do it, this time
NOTHING = Store()
UNBOUND = -1  # in the place of a term's number


@dataclass(frozen=True)
class Bound:
    """What is known of a variable: whether each row has it, and SQL for all values it may have.

    `distinct` is about how many these are; none is less than `least` or more than `most`; `texts`
    says that all texts among them can be looked into; `valued` that SQL has what they are worth.
    `spread` is how many there would be if all were as frequent as that of some row on average.
    """

    sure: bool
    domain: str | None
    distinct: int
    least: int = 0
    most: int = 1 << 62
    texts: bool = False
    valued: bool = False
    spread: float = 0.0

    @property
    def apart(self) -> float:
        """How many values tell rows apart, be they frequent or rare."""
        return self.spread or self.distinct


@dataclass(frozen=True)
class Known:
    """The rows that some SQL gives, by variable, UNBOUND where a row has no value."""

    sql: str
    columns: Mapping[str, Ids]


@dataclass(frozen=True)
class Relation:
    """SQL that gives rows of numbers of terms, a column for each variable; about `rows` of them.

    `touched` is about how many rows Oxigraph would look at. `branches` are the parts of SQL that
    stand one below the other. `known` are the rows of SQL that this may have been made of.
    """

    sql: str
    bound: Mapping[str, Bound]
    rows: float
    touched: float
    branches: tuple[str, ...] = ()
    known: Known | None = None

    @property
    def columns(self) -> Mapping[str, Ids] | None:
        """All rows, where they are known."""
        return self.known.columns if self.known and self.known.sql == self.sql else None


@contextmanager
def refusals() -> Iterator[None]:
    """Raise NotRecognised for what DuckDB cannot do, as when it needs more memory than it has."""
    try:
        yield
    except duckdb.Error as error:
        raise NotRecognised(f"{REFUSED}: {str(error).splitlines()[0]}") from error


@dataclass
class Files:
    """The opened columns of a release, which all queries of a process share."""

    folder: Path
    catalogue: Catalogue
    dictionary: Dictionary
    connection: duckdb.DuckDBPyConnection

    def __post_init__(self) -> None:
        self.number = lru_cache(NUMBERED)(self.dictionary.number)
        self.cells = Cells(self.folder, self.catalogue)
        self.values = lru_cache(KEPT)(self.read)
        self.all_texts = lru_cache(KEPT)(self.are_texts)
        self.size = lru_cache(KEPT)(self.sized)
        self.kept: dict[tuple[str, ...], Ids] = {}
        self.worth_of: dict[str, str] = {}
        self.narrow = cache(self.narrowed)

    @cached_property
    def whole_numbers(self) -> tuple[Ids, Ids]:
        """The literals that are whole numbers of up to 18 digits, sorted, and what they are."""
        found = self.connection.execute(
            f"SELECT id, exact::BIGINT AS whole FROM numbers "
            f"WHERE kind = {INTEGER} AND exact IS NOT NULL ORDER BY id"
        ).fetchnumpy()
        return found["id"].astype(np.int64), found["whole"]

    def read(self, domain: str) -> Ids:
        """The numbers that SQL gives, each once, NULL left out; raises NotRecognised for many."""
        sql = f"SELECT DISTINCT v FROM ({domain}) WHERE v IS NOT NULL LIMIT {MOST_VALUES + 1}"
        found = self.connection.execute(sql).fetchnumpy()["v"]
        if len(found) > MOST_VALUES:
            raise NotRecognised("an expression is about very many values")
        return np.sort(np.asarray(found, np.int64))

    def narrowed(self, predicate: int) -> str:
        """What a property says in the narrow table, s and o, as SQL has it behind FROM.

        Where that is little it becomes a table, of which DuckDB knows the size: of a part of a
        file it believes that it is two rows, and then reads the records first.
        """
        part = f"(SELECT s, o FROM statements WHERE p = {predicate})"
        if self.catalogue.by_predicate[predicate].count > MOST_NARROW:
            return part
        name = f"narrow{predicate}"
        self.connection.execute(f"CREATE TEMP TABLE {name} AS FROM {part}")
        return name

    def worths(self, domain: str) -> str:
        """A table of what the values that SQL gives are worth: that of all, or one made for it."""
        if domain not in self.worth_of and len(self.worth_of) < KEPT:
            name = self.worth_of[domain] = f"worth{len(self.worth_of)}"
            self.connection.execute(
                f"CREATE TEMP TABLE {name} AS SELECT * FROM numbers SEMI JOIN ({domain}) ON id = v"
            )
        return self.worth_of.get(domain, "numbers")

    def sized(self, sql: str, most: int) -> int:
        """How many rows SQL gives, counted up to `most`; raises NotRecognised as `fetch` does."""
        counted = f"SELECT count(*) FROM (SELECT 1 FROM ({sql}) LIMIT {most})"
        with refusals():
            return int(self.connection.execute(counted).fetchall()[0][0])

    def are_texts(self, domain: str) -> bool:
        """Whether all that SQL gives are literals that texts.parquet has."""
        sql = f"SELECT 1 FROM ({domain}) ANTI JOIN texts ON v = id WHERE v IS NOT NULL LIMIT 1"
        return not self.connection.execute(sql).fetchall()


@dataclass
class Scope:
    """One query under way."""

    files: Files
    query: Query
    names: dict[str, str] = field(default_factory=dict)
    extra: list[str] = field(default_factory=list)  # terms that the release does not have
    known: dict[str, int] = field(default_factory=dict)
    tables: dict[str, Mapping[str, Ids]] = field(default_factory=dict)  # DuckDB keeps no hold
    told: set[str] = field(default_factory=set)  # tables that DuckDB knows of
    domains: dict[str, Ids] = field(default_factory=dict)  # SQL whose values are known

    def __post_init__(self) -> None:
        self.counter = count()

    @property
    def catalogue(self) -> Catalogue:
        """What there is."""
        return self.files.catalogue

    def column(self, name: str) -> str:
        """The SQL name of a variable: SQL does not tell ?a from ?A."""
        return self.names.setdefault(name, f"v{len(self.names)}")

    def alias(self) -> str:
        """A name for a part of SQL."""
        return f"t{next(self.counter)}"

    # Terms

    def number(self, term: str) -> int:
        """The number of a term; one of its own when the release does not have it."""
        found = self.known.get(term)
        if found is None:
            known = self.files.number(term)
            if known is None:
                self.extra.append(term)
                known = self.catalogue.terms + len(self.extra) - 1
            found = self.known[term] = known
        return found

    def term(self, number: int) -> str:
        """A term by its number."""
        beyond = number - self.catalogue.terms
        return self.extra[beyond] if beyond >= 0 else self.files.dictionary.term(number)

    def values(self, domain: str) -> Ids:
        """The numbers that SQL gives, sorted, each once; raises NotRecognised for very many."""
        if (known := self.domains.get(domain)) is not None:
            return known
        return self.files.read(domain) if self.tell(domain) else self.files.values(domain)

    def is_own(self, domain: str) -> bool:
        """Whether SQL is about tables of this query, and so will never be asked again."""
        return not self.tables.keys().isdisjoint(TABLE.findall(domain))

    def tell(self, sql: str) -> bool:
        """Tell DuckDB of the tables of this query that SQL is about; whether there are any."""
        own = self.tables.keys() & TABLE.findall(sql)
        for name in own - self.told:
            self.files.connection.register(name, self.tables[name])
        self.told |= own
        return bool(own)

    # Tables

    def table(self, columns: Mapping[str, Sequence[int | None] | Ids]) -> str:
        """The name of a table of numbers, None for NULL; DuckDB is told of it when it is asked."""
        name = f"given{next(GIVEN)}"
        arrays: dict[str, Ids] = {}
        for key, values in columns.items():
            if isinstance(values, np.ndarray):
                arrays[key] = values
            else:
                mask = [value is None for value in values]
                plain = np.array([0 if value is None else value for value in values], np.int64)
                arrays[key] = np.ma.array(plain, mask=mask) if any(mask) else plain
        self.tables[name] = arrays
        return name

    def close(self) -> None:
        """Take the tables away."""
        for name in self.told:
            self.files.connection.unregister(name)

    def among(self, column: str, numbers: Ids) -> str:
        """A condition that a column is one of some numbers."""
        if not len(numbers):
            return "false"
        if int(numbers[-1]) - int(numbers[0]) == len(numbers) - 1:  # sorted and without a gap
            return f"{column} BETWEEN {numbers[0]} AND {numbers[-1]}"
        if len(numbers) <= INLINE:
            return f"{column} IN ({', '.join(map(str, numbers.tolist()))})"
        return f"{column} IN (SELECT v FROM {self.table({'v': numbers})})"

    # Expressions, as Oxigraph understands them

    def text(self, expression: Expression) -> str:
        """An expression as it stands in the query."""
        return self.query.text[expression.start : expression.end]

    @property
    def prologue(self) -> str:
        """The prefixes of the query."""
        return self.query.text[: self.query.prologue]

    def passing(self, expression: Expression, names: Sequence[str], rows: Rows) -> list[int]:
        """Which rows of values an expression is true of."""
        return [place for place, _ in self.ask(self.filter(expression), names, rows)]

    def filter(self, expression: Expression) -> str:
        """An expression as a FILTER of its own."""
        return f"FILTER({self.text(expression)}\n)"

    def valued(
        self, expression: Expression, names: Sequence[str], rows: Rows
    ) -> list[tuple[int, str]]:
        """The value of an expression for rows of values, by their places; none where it fails."""
        found = self.ask(f"BIND({self.text(expression)}\n AS ?{VALUE})", names, rows)
        return [pair for pair in found if pair[1]]

    def ask(self, what: str, names: Sequence[str], rows: Rows) -> list[tuple[int, str]]:
        """Have Oxigraph look at rows of values of variables, None for what is unbound."""
        lines = (
            f"({place} {' '.join('UNDEF' if n is None else self.given(n) for n in row)})"
            for place, row in enumerate(rows)
        )
        found = self.ask_some(what, names, list(islice(lines, AT_ONCE)))
        while some := list(islice(lines, AT_ONCE)):
            found += self.ask_some(what, names, some)
        return found

    def ask_some(
        self, what: str, names: Sequence[str], lines: Sequence[str]
    ) -> list[tuple[int, str]]:
        """Have Oxigraph look at rows of VALUES, each with its place before it."""
        heads = " ".join(f"?{name}" for name in names)
        text = (
            f"{self.prologue}\nSELECT ?{ROW} ?{VALUE} {{ VALUES (?{ROW} {heads}) "
            f"{{ {' '.join(lines)} }} {what} }}"
        )
        try:
            found = []
            for row in NOTHING.query(text):  # type: ignore[union-attr] # rows, as it is a SELECT
                place, value = row[ROW], row[VALUE]
                assert isinstance(place, Literal)
                found.append((int(place.value), "" if value is None else str(value)))
        except (SyntaxError, RuntimeError) as error:
            raise NotRecognised(f"an expression cannot be asked apart: {error}") from error
        return found

    def worth(self, number: int) -> tuple[str, int] | tuple[None, None]:
        """What a term is worth as an exact number, and of which kind, if it is one."""
        term = self.term(number)
        for kind, form in ((INTEGER, WHOLE), (DECIMAL, FRACTION)):
            if found := form.fullmatch(term):
                return found[1], kind
        return None, None

    def read(self, number: int | None) -> str:
        """A term as a value of VALUES, nothing for none; raises NotRecognised as `given` does."""
        return "" if number is None else self.given(number)

    def given(self, number: int) -> str:
        """A term as a value of VALUES; raises NotRecognised for a blank node."""
        term = self.term(number)
        if term.startswith("_"):
            raise NotRecognised("a blank node has no name to be asked by")
        return term

    def fetch(self, sql: str) -> list[tuple[int | None, ...]]:
        """The rows of SQL; raises NotRecognised for what DuckDB cannot do."""
        self.tell(sql)
        with refusals():
            return self.files.connection.execute(sql).fetchall()

    def numbers(self, sql: str) -> Ids:
        """The column v of SQL, which has no NULL; raises NotRecognised as `fetch` does."""
        self.tell(sql)
        with refusals():
            found: Ids = self.files.connection.execute(sql).fetchnumpy()["v"]
        return found


TABLE = re.compile(r"\bgiven\d+\b")
GIVEN = count()  # no two queries of a process have a table of the same name
Rows = Iterable[Sequence[int | None]]
ROW, VALUE = "row_of_columns", "value_of_columns"


def single(numbers: Ids) -> Iterator[tuple[int]]:
    """Numbers as rows of one."""
    return zip(numbers.tolist(), strict=True)
