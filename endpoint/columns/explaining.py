"""How a query is answered: by whom, in which steps, how long each took."""

from __future__ import annotations

from time import perf_counter

from pyoxigraph import QueryBoolean

from homegraph.endpoint.ask import Question, ask, handed_over
from homegraph.endpoint.world import World

LONGEST = 2_000  # letters of the words in which Oxigraph is asked


def explain(world: World, question: Question) -> dict[str, object]:
    """Answer a query and tell how; raises as `ask` does."""
    start = perf_counter()
    handed = handed_over(question, world.columns)
    counted = perf_counter()
    answer = ask(world.store, question, world.servers, handed)
    rows = 1 if isinstance(answer, QueryBoolean) else sum(1 for _ in answer)
    end = perf_counter()
    asked = handed.text
    return {
        "engine": handed.engine,
        "rows": rows,
        "seconds": round(end - start, 6),
        "columns": [
            {
                "query": part.text,
                "sql": part.sql,
                "estimated": part.estimated,
                "rows": part.rows,
                "seconds": round(part.seconds, 6),
            }
            for part in handed.parts
        ],
        "reason": handed.reason,
        "oxigraph": {
            "query": asked if len(asked) <= LONGEST else f"{asked[:LONGEST]} ...",
            "begins": [
                {
                    "pattern": one.pattern,
                    "statements": int(one.statements),
                    "before": int(one.before),
                }
                for one in handed.beginnings
            ],
            "seconds": round(end - counted, 6),
        },
    }
