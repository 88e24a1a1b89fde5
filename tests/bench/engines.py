"""What answers the questions of tests/bench/columns.py: each tells times and rows."""

from __future__ import annotations

import http.client
import json
import multiprocessing
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlencode

import duckdb
from pyoxigraph import QueryResultsFormat, Store

from homegraph.endpoint.ask import Question
from homegraph.endpoint.federation.servers import NOBODY
from homegraph.graph.release import Release

CORES = 2
ENOUGH = 2.0  # seconds that the rounds of a question may take together
JSON = "application/sparql-results+json"
NUMBERS = {"integer", "decimal", "double", "float", "int", "long", "nonNegativeInteger"}
BOOLEANS = {"1": "true", "0": "false"}  # as Virtuoso writes them
CODES = re.compile(
    r".*?(?:/statistical-geography/|/def/concept/[^/]+/|/id/(?:month|year|day|quarter|incident)/)"
)
LOOKUPS = {
    "districts(lsoa, district)": "?one geography:district ?other",
    "csps(lsoa, csp)": "?one geography:communitySafetyPartnership ?other",
    "regions(lsoa, region)": "?one geography:region ?other",
    "force_areas(lsoa, force_area)": "?one geography:policeForceArea ?other",
    "forces(force, area)": "?one crime:policeForceArea ?other",
    "categories(category, label)": (
        "?one skos:inScheme concept:crime-category ; skos:prefLabel ?other"
    ),
}
LOWER = "?one a geography:LowerLayerSuperOutputArea . "
Row = tuple[Any, ...]
Rows = list[Row]


class Failed(Exception):
    """Why there is no answer, in a few words."""


@dataclass(frozen=True)
class Told:
    """The best time in milliseconds and the rows, or the problem; `over` if only a lower bound."""

    ms: float | None = None
    rows: Rows | None = None
    problem: str = ""
    over: bool = False


class Engine(Protocol):
    """Something that answers."""

    name: str

    def once(self, text: str, patience: float) -> tuple[float, Any]:
        """Milliseconds and the raw answer; raises Failed, and TimeoutError after `patience`."""

    def rows(self, raw: Any) -> Rows:
        """The rows of a raw answer."""


def best(engine: Engine, text: str, rounds: int, patience: float) -> Told:
    """The best of some rounds after one to warm up; a slow question is asked once."""
    try:
        taken, raw = engine.once(text, patience)
        spent = 0.0
        for _ in range(rounds):
            if taken > 1000 * ENOUGH or spent > 1000 * ENOUGH:
                break
            again, _ = engine.once(text, patience)
            spent += again
            taken = min(taken, again)
        return Told(taken, engine.rows(raw))
    except TimeoutError:
        return Told(patience * 1000, problem=f"over {patience:.0f} s", over=True)
    except Failed as error:
        return Told(problem=str(error))


def cell(said: dict[str, str] | None) -> Any:
    """A value of SPARQL results as SQL would say it: the code of a name, a number, a text."""
    if said is None:
        return None
    text = said["value"]
    if said["type"] == "uri":
        return CODES.sub("", text, count=1)
    if said["type"] == "bnode":
        return "_:"
    kind = said.get("datatype", "").rpartition("#")[2]
    if kind in NUMBERS:
        return float(text)
    return BOOLEANS.get(text, text) if kind == "boolean" else text


def json_rows(raw: bytes) -> Rows:
    """The rows of SPARQL 1.1 Query Results JSON; of ASK, one with the answer."""
    said = json.loads(raw)
    if "boolean" in said:
        return [(said["boolean"],)]
    names = said["head"]["vars"]
    return [tuple(cell(row.get(name)) for name in names) for row in said["results"]["bindings"]]


def oxigraph(path: str) -> Callable[[str], bytes]:
    """Asks the store of a release, and nothing of ours."""
    store = Store.read_only(str(Path(path) / "store"))

    def answer(text: str) -> bytes:
        found: Any = store.query(text, use_default_graph_as_union=True)
        written: bytes = found.serialize(format=QueryResultsFormat.JSON)
        return written

    return answer


def homegraph(path: str) -> Callable[[str], bytes]:
    """Asks as the endpoint asks, from columns where it can; raises ImportError without them."""
    from homegraph.endpoint.ask import ANY_SIZE, handed_over, write
    from homegraph.endpoint.formats import TABLES
    from homegraph.endpoint.spool import Spool
    from homegraph.endpoint.world import World

    world = World.of_release(Release(Path(path)))
    if world.columns is None:
        raise ImportError("the release has no columns")

    def answer(text: str) -> bytes:
        question = Question(text)
        spool = Spool(most=ANY_SIZE)
        handed = handed_over(question, world.columns)
        write(world.store, question, TABLES[0], spool, NOBODY, handed)
        return spool.body

    return answer


OPENERS = {"oxigraph": oxigraph, "homegraph": homegraph}


def answering(name: str, path: str, pipe: Any) -> None:
    """Answer what comes through the pipe, until nothing comes any more."""
    try:
        answer = OPENERS[name](path)
    except Exception as error:  # whatever it is, it is told and not raised
        pipe.send(str(error))
        return
    pipe.send(None)
    while True:
        try:
            text = pipe.recv()
        except EOFError:
            return
        start = time.perf_counter()
        try:
            raw: Any = answer(text)
        except Exception as error:  # whatever it is, it is told and not raised
            raw = f"{type(error).__name__}: {error}"
        pipe.send(((time.perf_counter() - start) * 1000, raw))


class Child:
    """An engine in a process of its own, which is ended when an answer takes too long."""

    def __init__(self, name: str, release: Release) -> None:
        self.name, self.path = name, str(release.path)
        self.start()

    def start(self) -> None:
        """Start the process; raises Failed when the engine is not there."""
        context = multiprocessing.get_context("spawn")
        self.pipe, theirs = context.Pipe()
        self.process = context.Process(
            target=answering, args=(self.name, self.path, theirs), daemon=True
        )
        self.process.start()
        theirs.close()
        if problem := self.pipe.recv():
            self.stop()
            raise Failed(problem)

    def stop(self) -> None:
        """End the process."""
        self.process.kill()
        self.process.join()
        self.pipe.close()

    def once(self, text: str, patience: float) -> tuple[float, Any]:
        """Milliseconds and JSON; raises Failed and TimeoutError."""
        if not self.process.is_alive():
            self.start()
        self.pipe.send(text)
        try:
            if not self.pipe.poll(patience):
                raise TimeoutError
            taken, raw = self.pipe.recv()
        except (TimeoutError, EOFError) as error:
            self.stop()
            if isinstance(error, EOFError):
                raise Failed("its process ended") from error
            raise
        if isinstance(raw, str):
            raise Failed(" ".join(raw.split())[:70])
        return taken, raw

    def rows(self, raw: bytes) -> Rows:
        """The rows of JSON."""
        return json_rows(raw)


class Served:
    """A SPARQL endpoint, over one connection that is kept."""

    def __init__(self, name: str, port: int, path: str = "/sparql") -> None:
        self.name, self.port, self.path = name, port, path
        self.asked = 0
        self.connection: http.client.HTTPConnection | None = None

    def once(self, text: str, patience: float) -> tuple[float, Any]:
        """Milliseconds and JSON; raises Failed and TimeoutError."""
        self.asked += 1  # a comment that differs, so that no answer is one that was kept
        body = urlencode({"query": f"{text}\n# {self.asked}"})
        head = {"Accept": JSON, "Content-Type": "application/x-www-form-urlencoded"}
        start = time.perf_counter()
        try:
            try:
                status, raw = self.posted(body, head, patience)
            except (ConnectionError, http.client.RemoteDisconnected):
                self.close()  # it was open for so long without a question that it was ended
                start = time.perf_counter()
                status, raw = self.posted(body, head, patience)
        except TimeoutError:
            self.close()
            raise
        except (OSError, http.client.HTTPException) as error:
            self.close()
            raise Failed(f"{type(error).__name__}: {error}"[:70]) from error
        taken = (time.perf_counter() - start) * 1000
        if status != 200:
            said = " ".join(raw.decode(errors="replace").split())
            raise Failed(f"{status}: {said}"[:70])
        return taken, raw

    def posted(self, body: str, head: dict[str, str], patience: float) -> tuple[int, bytes]:
        """Status and body of an answer."""
        if self.connection is None:
            self.connection = http.client.HTTPConnection("127.0.0.1", self.port)
        self.connection.timeout = patience
        if self.connection.sock is not None:
            self.connection.sock.settimeout(patience)
        self.connection.request("POST", self.path, body, head)
        answer = self.connection.getresponse()
        return answer.status, answer.read()

    def close(self) -> None:
        """Close the connection; the next question opens another."""
        if self.connection is not None:
            self.connection.close()
        self.connection = None

    def rows(self, raw: bytes) -> Rows:
        """The rows of JSON."""
        return json_rows(raw)


class Duck:
    """DuckDB over the incidents of a release as one sorted Parquet file, and what they refer to.

    `lookup` answers SPARQL with rows; it is asked once, for what the geography source says.
    """

    name = "duckdb"

    def __init__(
        self, release: Release, folder: Path, lookup: Callable[[str], Rows], threads: int = CORES
    ) -> None:
        self.connection = duckdb.connect(config={"threads": threads})
        folder.mkdir(parents=True, exist_ok=True)
        for name, query in self.tables(release, lookup):
            path = folder / f"{name}.parquet"
            if not path.exists():
                query()
                self.connection.execute(f"COPY made TO '{path}' (FORMAT parquet)")
                self.connection.execute("DROP TABLE made")
            self.connection.execute(
                f"CREATE VIEW \"{name}\" AS SELECT * FROM read_parquet('{path}')"
            )
        for path in sorted(release.path.glob("distributions/incidents-by-*/*/*/*.parquet")):
            self.connection.execute(
                f"CREATE VIEW \"{path.stem}\" AS SELECT * FROM read_parquet('{path}')"
            )

    def tables(
        self, release: Release, lookup: Callable[[str], Rows]
    ) -> Iterator[tuple[str, Callable[[], Any]]]:
        """The name of each table, and what makes it as the table `made`."""

        def sql(text: str) -> Callable[[], Any]:
            return lambda: self.connection.execute(f"CREATE TABLE made AS {text}")

        def looked_up(columns: list[str], where: str) -> Callable[[], Any]:
            def make() -> None:
                rows = lookup(f"SELECT DISTINCT ?one ?other WHERE {{ {where} }}")
                self.connection.execute(f"CREATE TABLE made ({columns[0]} TEXT, {columns[1]} TEXT)")
                if rows:
                    marks = "SELECT unnest($ones), unnest($others)"
                    ones, others = zip(*rows, strict=True)
                    self.connection.execute(
                        f"INSERT INTO made {marks}", {"ones": list(ones), "others": list(others)}
                    )

            return make

        parts = f"read_parquet('{release.path}/parts/**/*.%s.parquet')"
        point = "longitude, latitude, location, lsoa"
        yield (
            "incidents",
            sql(
                "SELECT row, force, month, category, outcome, crime_id, " + point + " FROM "
                f"{parts % 'incidents'} ORDER BY force, month, row"
            ),
        )
        shown = [
            f"SELECT DISTINCT {point} FROM {parts % kind} WHERE lsoa IS NOT NULL"
            for kind in ("incidents", "outcomes")
            if any(release.path.glob(f"parts/**/*.{kind}.parquet"))
        ]
        yield "points", sql(" UNION ".join(shown) + " ORDER BY longitude, latitude")
        for table, where in LOOKUPS.items():
            name, first, second = re.findall(r"\w+", table)
            where = (LOWER if first == "lsoa" else "") + where
            yield name, looked_up([first, second], where)

    def once(self, text: str, patience: float) -> tuple[float, Any]:
        """Milliseconds and rows; `patience` is not needed."""
        start = time.perf_counter()
        try:
            rows = self.connection.execute(text).fetchall()
        except duckdb.Error as error:
            raise Failed(str(error)[:70]) from error
        return (time.perf_counter() - start) * 1000, rows

    def rows(self, raw: Rows) -> Rows:
        """The rows, with numbers as SPARQL has them."""
        return [
            tuple(float(one) if not isinstance(one, str | None) else one for one in row)
            for row in raw
        ]

    def constants(self) -> dict[str, str]:
        """What the questions are asked about: see columns.toml."""
        row = self.connection.execute(
            "SELECT mode(force), mode(category), mode(lsoa), "
            "mode(replace(location, 'On or near ', '')) FILTER (lsoa IS NOT NULL) FROM incidents"
        ).fetchone()
        assert row is not None
        force, category, lsoa, street = row
        found = self.connection.execute(
            "SELECT (SELECT max(month) FROM incidents WHERE force = $force), avg(longitude), "
            "avg(latitude) FROM points WHERE lsoa = $lsoa",
            {"force": force, "lsoa": lsoa},
        ).fetchone()
        assert found is not None
        month, x, y = found
        corners = {"WEST": x - 0.1, "EAST": x + 0.1, "SOUTH": y - 0.06, "NORTH": y + 0.06}
        numbers = {name: f"{value:.5f}" for name, value in {**corners, "X": x, "Y": y}.items()}
        words = {"FORCE": force, "CATEGORY": category, "LSOA": lsoa, "STREET": street}
        return {**numbers, **words, "MONTH": month}
