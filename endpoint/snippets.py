"""The same question as a program asks it: with curl, in Python and in R."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from urllib.parse import quote

from homegraph.endpoint.ask import Question
from homegraph.endpoint.words import keywords, verb

CSV, JSON, TRIPLES = "text/csv", "application/sparql-results+json", "application/n-triples"
SAFE = ":/?#[]@!$&()*+,;=%~"  # what may stand in an address, but for the apostrophe
Graphs = list[tuple[str, str]]


@dataclass(frozen=True)
class Snippet:
    """One program: what it is called, what it needs, and its text around the address it asks."""

    name: str
    needs: str
    before: str
    address: str
    after: str

    @property
    def text(self) -> str:
        """The whole program."""
        return self.before + self.address + self.after


@dataclass(frozen=True)
class Call:
    """What the programs have in common; a `long` query is sent in the body of the request."""

    address: str
    query: str
    media_type: str
    graphs: Graphs
    long: bool


def snippets(address: str, asked: Question, long: bool) -> list[Snippet]:
    """The programs for a question; a `long` one does not fit into an address."""
    graphs = [("default-graph-uri", iri) for iri in asked.default_graphs]
    graphs += [("named-graph-uri", iri) for iri in asked.named_graphs]
    call = Call(quote(address, safe=SAFE), asked.text.rstrip(), wanted(asked), graphs, long)
    return [curl(call), python(call), in_r(call)]


def wanted(asked: Question) -> str:
    """The media type in which a program likes the answer best."""
    if asked.gives_a_graph:
        return TRIPLES
    return JSON if verb(keywords(asked.text)) == "ASK" else CSV


def curl(call: Call) -> Snippet:
    """A command for a shell; the query stands in it as it is."""
    end = "QUERY"
    while end in call.query.splitlines():
        end += "_"
    parts = [
        f"--header 'Accept: {call.media_type}'",
        *(f"--data-urlencode {shlex.quote(f'{name}={iri}')}" for name, iri in call.graphs),
        f"--data-urlencode query@- <<'{end}'",
    ]
    return Snippet(
        name="curl",
        needs="",
        before=f"curl --silent --show-error --fail-with-body {'' if call.long else '--get '}'",
        address=call.address,
        after="' \\\n  " + " \\\n  ".join(parts) + f"\n{call.query}\n{end}\n",
    )


def python(call: Call) -> Snippet:
    """A program for Python 3 with requests."""
    package, imports, result = {
        CSV: (
            "pandas",
            "from io import StringIO\n\nimport pandas\nimport requests\n",
            "table = pandas.read_csv(StringIO(answer.text))\nprint(table)\n",
        ),
        JSON: ("", "import requests\n", 'print(answer.json()["boolean"])\n'),
        TRIPLES: (
            "rdflib",
            "import rdflib\nimport requests\n",
            'graph = rdflib.Graph().parse(data=answer.text, format="nt")\n'
            "print(graph.serialize())\n",
        ),
    }[call.media_type]
    sent = ", ".join(['("query", query)', *map(repr, call.graphs)])
    return Snippet(
        name="Python",
        needs=f"requests and {package}" if package else "requests",
        before=(
            f"{imports}\nquery = {text_in_python(call.query)}\n"
            f'answer = requests.{"post" if call.long else "get"}(\n    "'
        ),
        address=call.address,
        after=(
            f'",\n    {"data" if call.long else "params"}=[{sent}],\n'
            f'    headers={{"Accept": "{call.media_type}"}},\n'
            "    timeout=60,\n"
            ")\n"
            "answer.raise_for_status()\n"
            'answer.encoding = "utf-8"\n'
            f"{result}"
        ),
    )


def text_in_python(text: str) -> str:
    r"""A text as Python reads it: as it is where that can be, else line by line.

    >>> text_in_python("\\")
    "(\n    '\\\\'\n)"
    """
    plain = all(one == "\n" or one.isprintable() for one in text)
    if plain and "\\" not in text and '"""' not in text:
        return f'"""\n{text}\n"""'
    lines = "".join(f"    {line!r}\n" for line in text.splitlines(keepends=True))
    return f"(\n{lines})"


def in_r(call: Call) -> Snippet:
    """A program for R with httr2; a raw text ends with as many dashes as it began."""
    dashes = ""
    while f'){dashes}"' in call.query:
        dashes += "-"
    more = "".join(f",\n    `{name}` = {text_in_r(iri)}" for name, iri in call.graphs)
    result = {
        CSV: "table <- read.csv(text = resp_body_string(answer))\nprint(table)\n",
        JSON: "print(resp_body_json(answer, check_type = FALSE)$boolean)\n",
        TRIPLES: "cat(resp_body_string(answer))\n",
    }[call.media_type]
    return Snippet(
        name="R",
        needs="R 4.1 and httr2",
        before=(
            f'library(httr2)\n\nquery <- r"{dashes}(\n{call.query}\n){dashes}"\nanswer <- request("'
        ),
        address=call.address,
        after=(
            f'") |>\n  req_headers(Accept = "{call.media_type}") |>\n'
            f"  {'req_body_form' if call.long else 'req_url_query'}(\n    query = query{more}\n  )"
            f" |>\n  req_perform()\n{result}"
        ),
    )


def text_in_r(text: str) -> str:
    """A text as R reads it, between quotation marks."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
