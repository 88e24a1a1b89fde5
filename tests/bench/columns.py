"""Counting questions over records: Oxigraph, homegraph with its columns, Virtuoso, DuckDB by hand.

    python tests/bench/columns.py HOME [--virtuoso FOLDER] [--parquet FOLDER] [--table FILE]
        [--only WORD] [--rounds 5] [--patience 60] [--http] [--no-examples]

Each question of columns.toml, and each stored example that selects, is asked of all four in one
run: once to warm up and then a few times, of which the best counts. Oxigraph and homegraph are
asked in processes that can be ended; Virtuoso over HTTP, with the dumps that the release has;
DuckDB over one sorted Parquet file of the incidents. `--virtuoso` and `--parquet` keep what was
loaded for the next run. Of a release that keeps sources in columns only, Oxigraph has a part and is
not asked. Where only Virtuoso answers something else (it divides whole numbers, and
has statements of its own), that is told. Fails when the others' answers differ, and when homegraph
takes longer than 3 times DuckDB's time and 10 ms more, or than Virtuoso, or more than a hundredth
of Oxigraph's time where that is over 5 s.
"""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
import tomllib
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from engines import Child, Duck, Engine, Failed, Row, Rows, Served, Told, best, json_rows, oxigraph
from questions import prologue
from questions import served as homegraph_served
from virtuoso import is_here, spelt_out
from virtuoso import served as virtuoso_served

from homegraph.endpoint.queries import examples
from homegraph.graph.release import Release, current
from homegraph.graph.terms import SH

QUESTIONS = Path(__file__).parent / "columns.toml"
NAMES = ("oxigraph", "homegraph", "http", "virtuoso", "duckdb")
TIMES, MORE = 3, 10.0  # what homegraph may take of DuckDB's time, and ms besides
SLOW, GAIN = 5_000.0, 100  # ms of Oxigraph from which on homegraph has to be so much faster
NOISE = 1.0  # ms that do not count against anybody


@dataclass(frozen=True)
class Question:
    """A question without prologue, as columns.toml explains it."""

    name: str
    title: str
    sparql: str
    sql: str = ""
    compare: str = "rows"


@dataclass(frozen=True)
class Line:
    """A question with what each engine told."""

    question: Question
    told: dict[str, Told]

    def ms(self, name: str) -> float | None:
        """The milliseconds of an engine."""
        return self.told.get(name, Told()).ms

    def problems(self) -> Iterator[str]:
        """What is not as it has to be."""
        others = {name: told for name, told in self.told.items() if name != "virtuoso"}
        yield from differences(self.question, others)
        ours, alone = self.ms("homegraph"), self.ms("oxigraph")
        if "homegraph" not in self.told:
            return
        if ours is None or self.told["homegraph"].over:
            yield "homegraph has no answer"
            return
        by_hand, virtuoso = self.ms("duckdb"), self.told.get("virtuoso", Told())
        if by_hand is not None and ours > TIMES * by_hand + MORE:
            yield f"over {TIMES} x DuckDB + {MORE:.0f} ms"
        if virtuoso.ms is not None and not virtuoso.over and ours > virtuoso.ms + NOISE:
            yield "slower than Virtuoso"
        if alone is not None and alone > SLOW and alone / ours < GAIN:
            known = "" if not self.told["oxigraph"].over else ", as far as it was waited for"
            yield f"under {GAIN} x Oxigraph{known}"

    def remarks(self) -> Iterator[str]:
        """What is not as it has to be, and where Virtuoso answers something else."""
        yield from self.problems()
        answered = {name: told for name, told in self.told.items() if told.rows is not None}
        for name in list(answered)[:1]:
            pair = {name: answered[name], "virtuoso": self.told.get("virtuoso", Told())}
            yield from differences(self.question, pair)


def counting(constants: dict[str, str]) -> list[Question]:
    """The questions of columns.toml, about the constants."""
    read = tomllib.loads(QUESTIONS.read_text("utf-8"))["question"]
    return [
        Question(**{key: filled(text.strip(), constants) for key, text in one.items()})
        for one in read
    ]


def filled(text: str, constants: dict[str, str]) -> str:
    """A text with its constants."""
    return re.sub(r"\$([A-Z]+)", lambda found: constants[found[1]], text)


def stored(base: str) -> list[Question]:
    """The stored examples that select; what a limit cuts off is chosen freely."""
    return [
        Question(
            f"example/{one.name}",
            one.title,
            one.body,
            compare="size" if "LIMIT" in one.body else "rows",
        )
        for one in examples(base)
        if one.kind == SH.SPARQLSelectExecutable
    ]


def differences(question: Question, told: dict[str, Told]) -> Iterator[str]:
    """Which engines answer something else than the first that answers."""
    answered = [(name, one.rows) for name, one in told.items() if one.rows is not None]
    for name, rows in answered[1:]:
        if not same(question.compare, answered[0][1], rows):
            yield f"{name} and {answered[0][0]} differ: {len(rows)} and {len(answered[0][1])} rows"


def same(compare: str, some: Rows, others: Rows) -> bool:
    """Whether two answers are equal, as far as that is compared."""
    if compare == "size":
        return len(some) == len(others)
    if compare == "last":
        some, others = [row[-1:] for row in some], [row[-1:] for row in others]
    return Counter(map(rounded, some)) == Counter(map(rounded, others))


def rounded(row: Row) -> Row:
    """A row whose numbers have six digits, as engines divide differently, and lists no order."""
    return tuple(
        f"{one:.6g}"
        if isinstance(one, float)
        else ", ".join(sorted(one.split(", ")))
        if isinstance(one, str)
        else one
        for one in row
    )


def measured(
    questions: list[Question],
    engines: list[Engine],
    base: str,
    rounds: int,
    patience: float,
) -> Iterator[Line]:
    """Ask each question of all engines, one after the other."""
    before = prologue(base)
    prefixes = dict(examples(base)[0].prefixes)
    for question in questions:
        texts = {
            "duckdb": question.sql,
            "virtuoso": spelt_out(question.sparql, prefixes, base),
        }
        told = {}
        for engine in engines:
            if text := texts.get(engine.name, f"{before}\n{question.sparql}"):
                told[engine.name] = best(engine, text, rounds, patience)
        yield Line(question, told)


def shown(told: Told | None) -> str:
    """A time, or why there is none."""
    if told is None:
        return "-"
    if told.problem and not told.over:
        return "error"
    assert told.ms is not None
    return (">" if told.over else "") + (f"{told.ms:,.0f}" if told.ms >= 100 else f"{told.ms:.1f}")


def ratio(above: Told | None, below: Told | None) -> str:
    """How many times longer one takes than the other."""
    if above is None or below is None or not above.ms or not below.ms or below.over:
        return "-"
    times = above.ms / below.ms
    return (">" if above.over else "") + (f"{times:,.0f}" if times >= 10 else f"{times:.1f}")


def cells(line: Line) -> list[str]:
    """A line of the table."""
    told = line.told
    ours = told.get("homegraph")
    return [
        line.question.title,
        *(shown(told.get(name)) for name in NAMES),
        ratio(told.get("oxigraph"), ours),
        ratio(ours, told.get("virtuoso")),
        ratio(ours, told.get("duckdb")),
        "; ".join(line.remarks()),
    ]


HEAD = [
    "question",
    "Oxigraph",
    "homegraph",
    "over HTTP",
    "Virtuoso",
    "DuckDB",
    "Oxigraph / homegraph",
    "homegraph / Virtuoso",
    "homegraph / DuckDB",
    "remarks",
]


def markdown(lines: list[Line], heading: str) -> str:
    """The whole table."""
    rows = [HEAD, ["---"] * len(HEAD), *map(cells, lines)]
    return "\n".join([heading, "", *("| " + " | ".join(row) + " |" for row in rows), ""])


def child(name: str, release: Release) -> Child | None:
    """An engine in its process; None when it is not there."""
    try:
        return Child(name, release)
    except Failed as error:
        print(f"Without {name}: {error}", file=sys.stderr)
        return None


def main() -> int:
    """Ask everything, print as it comes, and write the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("home", type=Path)
    parser.add_argument("--virtuoso", type=Path, help="folder that keeps its database")
    parser.add_argument("--parquet", type=Path, help="folder that keeps DuckDB's files")
    parser.add_argument("--table", type=Path, help="Markdown file to write")
    parser.add_argument("--only", default="", help="questions with this in their name")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--patience", type=float, default=60.0, help="seconds for one answer")
    parser.add_argument("--http", action="store_true", help="also ask `homegraph serve`")
    parser.add_argument("--no-examples", action="store_true")
    parser.add_argument("--without", nargs="*", default=[], choices=NAMES, metavar="ENGINE")
    given = parser.parse_args()
    release = current(given.home)
    with ExitStack() as stack:
        scratch = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        duck = tables(release, given.parquet or scratch / "parquet")
        wanted = counting(duck.constants()) + ([] if given.no_examples else stored(release.base))
        wanted = [one for one in wanted if given.only in one.name]
        engines: list[Engine] = []
        for name in ("oxigraph", "homegraph"):
            if name == "oxigraph" and release.only_columns:
                continue
            if name not in given.without and (one := child(name, release)):
                stack.callback(one.stop)
                engines.append(one)
        if given.http:
            port = stack.enter_context(homegraph_served(given.home))
            engines.append(Served("http", port))
        if "virtuoso" not in given.without:
            if is_here():
                folder = given.virtuoso or scratch / "virtuoso"
                port = stack.enter_context(virtuoso_served(release, folder))
                engines.append(Served("virtuoso", port))
            else:
                print("Without Virtuoso: apt install virtuoso-opensource", file=sys.stderr)
        if "duckdb" not in given.without:
            engines.append(duck)
        heading = f"{release.manifest['triples']:,} triples, ms, best of up to {given.rounds}"
        lines = []
        for line in measured(wanted, engines, release.base, given.rounds, given.patience):
            lines.append(line)
            tell(line)
            if given.table:
                given.table.write_text(markdown(lines, heading), "utf-8")
    wrong = [line for line in lines if any(line.problems())]
    print(f"{heading}: {len(lines)} questions, {len(wrong)} not as they have to be")
    return 1 if wrong else 0


def tables(release: Release, folder: Path) -> Duck:
    """DuckDB with its files."""
    answer = oxigraph(str(release.path))

    def lookup(text: str) -> Rows:
        return json_rows(answer(f"{prologue(release.base)}\n{text}"))

    return Duck(release, folder / release.name, lookup)


def tell(line: Line) -> None:
    """Print one line of the table, and the errors of engines."""
    _, *times, wrong = cells(line)
    print(
        f"{line.question.name[:28]:28}" + "".join(f"{one:>10}" for one in times), wrong, flush=True
    )
    for name, told in line.told.items():
        if told.problem:
            print(f"    {name}: {told.problem}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
