"""Reads a catalogue as CKAN does, with ckanext-dcat's parser, and writes what it found as JSON.

    python ckan_reads.py URL PROFILE ...

Each page is asked for by HEAD and by GET, as the harvester does, and parsed by its Content-Type,
once with each profile. Runs in an environment of its own (ckan.txt): CKAN wants older libraries
than ours.
"""

from __future__ import annotations

import json
import sys

import requests
from ckanext.dcat.processors import RDFParser

MOST_PAGES = 1_000
MOST_BYTES = 50 * 1024 * 1024  # as DCATHarvester has it


def read(url: str, profiles: list[str]) -> dict[str, object]:
    """All pages from a first one on: their addresses, and the datasets by profile."""
    datasets: dict[str, list[dict[str, object]]] = {profile: [] for profile in profiles}
    pages: list[str] = []
    following: str | None = url
    while following:
        assert following not in pages and len(pages) < MOST_PAGES, "the pages never end"
        pages.append(following)
        asked = requests.head(following, timeout=60)
        assert asked.status_code == 200, (following, asked.status_code)
        answer = requests.get(following, timeout=60, allow_redirects=False)
        assert answer.status_code == 200, (following, answer.status_code)
        assert len(answer.content) < MOST_BYTES
        form = answer.headers["Content-Type"].split(";", 1)[0]
        assert form == asked.headers["Content-Type"].split(";", 1)[0]
        for profile in profiles:
            parser = RDFParser(profiles=[profile])
            parser.parse(answer.text, _format=form)
            datasets[profile] += parser.datasets()
            following = parser.next_page()
    return {"pages": pages, "datasets": datasets}


if __name__ == "__main__":
    json.dump(read(sys.argv[1], sys.argv[2:]), sys.stdout)
