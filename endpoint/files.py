"""The files of a release: dumps and the report of its checks."""

from __future__ import annotations

import json
from pathlib import Path

from flask import Blueprint, Response, render_template, send_from_directory

from homegraph.endpoint.formats import GRAPHS, HTML, TABLES
from homegraph.endpoint.reply import FRESH, reply
from homegraph.endpoint.world import World
from homegraph.graph.errors import NotFound
from homegraph.graph.iri import VOCABULARY
from homegraph.graph.release import DOWNLOADS

TYPES = {f".{form.suffix}": form.content_type for form in [*TABLES, *GRAPHS]} | {
    ".json": "application/json",
    ".gz": "application/gzip",
    ".parquet": "application/vnd.apache.parquet",
}
SHOWN = 5  # examples of each rule or finding on the page; the data has them all
ROBOTS = "User-agent: *\nDisallow: /sparql\nDisallow: /describe\n\nSitemap: {}\n"


def doors(world: World) -> Blueprint:
    """The routes."""
    routes = Blueprint("files", __name__)

    @routes.get("/dumps/", defaults={"name": ""})
    @routes.get("/dumps/<path:name>")
    def dumps(name: str) -> Response:
        folder = folder_of(world, "dumps")
        if not name or name.endswith("/"):
            return reply(world, HTML, lambda: listing(folder, name), "dumps", name)
        response = sent(world, folder, name, f"dumps/{name}")
        response.headers["Content-Type"] = TYPES.get(Path(name).suffix, "application/octet-stream")
        return response

    @routes.get("/downloads/<name>")
    def downloads(name: str) -> Response:
        response = sent(world, folder_of(world, DOWNLOADS), name, f"{DOWNLOADS}/{name}")
        response.headers["Content-Type"] = TYPES.get(Path(name).suffix, "application/octet-stream")
        return response

    @routes.get("/report")
    @routes.get("/report.html")
    def report() -> Response:
        path = folder_of(world, "report.json")
        return reply(world, HTML, lambda: report_page(path), "report")

    @routes.get("/report.<any(ttl, json):suffix>")
    def report_data(suffix: str) -> Response:
        name = f"report.{suffix}"
        response = sent(world, folder_of(world, name).parent, name, name)
        response.headers["Content-Type"] = TYPES[f".{suffix}"]
        return response

    @routes.get("/robots.txt")
    def robots() -> Response:
        text = ROBOTS.format(world.address("sitemap.xml"))
        return Response(text, content_type="text/plain; charset=utf-8")

    @routes.get("/favicon.ico")
    def icon() -> Response:
        return Response(status=204)

    return routes


def listing(folder: Path, start: str) -> str:
    """The page of the dumps whose path begins so; raises NotFound when there are none."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    names = [(path.relative_to(folder).as_posix(), path.stat().st_size) for path in paths]
    listed = [(name, size) for name, size in names if name.startswith(start)]
    if start and not listed:
        raise NotFound(f"there are no files in dumps/{start}")
    return render_template("dumps.html", files=listed)


def report_page(path: Path) -> str:
    """The checks of a release for people: what was read, what each rule found, by owner too."""
    said = json.loads(path.read_text("utf-8"))
    messages = {(rule["rule"], rule["severity"]): rule["message"] for rule in said["rules"]}
    return render_template(
        "report.html", report=said, messages=messages, most=SHOWN, words=VOCABULARY
    )


def folder_of(world: World, name: str) -> Path:
    """A file or folder of the release; raises NotFound."""
    found = world.file(name)
    if found is None:
        raise NotFound(f"this store comes without {name}")
    return found


def sent(world: World, folder: Path, name: str, sealed: str) -> Response:
    """A file, whole, in part or 304; its sealed digest is its ETag."""
    digest = world.manifest.get("files", {}).get(sealed, {}).get("sha256")
    response = send_from_directory(folder.absolute(), name, etag=digest or True)
    response.headers["Cache-Control"] = FRESH
    # The file is the answer: a client that unpacked it would find another size and checksum.
    response.headers.pop("Content-Encoding", None)
    return response
