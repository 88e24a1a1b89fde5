"""Harvests a catalogue with the DCAT backend of udata (data.gouv.fr), and writes what came as JSON.

    python udata_reads.py URL ...

A dry run: all is read, mapped and validated, and nothing is stored. MongoDB is a stand-in. Runs in
an environment of its own (udata.txt): udata wants older libraries than ours.
"""

from __future__ import annotations

import json
import sys

import mongoengine
import mongomock
import pymongo

mongoengine.connection.MongoClient = pymongo.MongoClient = mongomock.MongoClient

# After that line, because udata connects to its database while it is imported: hence noqa.
from udata import settings  # noqa: E402
from udata.app import create_app, standalone  # noqa: E402
from udata.core.dataset.models import Dataset  # noqa: E402
from udata.harvest.backends.dcat import DcatBackend  # noqa: E402
from udata.harvest.models import HarvestSource  # noqa: E402


class Settings(settings.Testing, settings.Defaults):
    """Those of udata's own tests, which may ask this machine."""

    URLS_ALLOW_LOCAL = URLS_ALLOW_PRIVATE = True
    DEFAULT_LANGUAGE = "en"
    SECRET_KEY = API_TOKEN_SECRET = SECURITY_PASSWORD_SALT = "of a test"


def harvest(url: str) -> dict[str, object]:
    """What the backend says of a source."""
    source = HarvestSource(name="homegraph", url=url, backend="dcat")
    job = DcatBackend(source, dryrun=True).harvest()
    return {
        "status": job.status,
        "errors": [one.message for one in job.errors],
        "items": [
            {
                "id": item.remote_id,
                "status": item.status,
                "errors": [one.message for one in item.errors],
                "dataset": isinstance(item.dataset, Dataset),
                "resources": len(item.dataset.resources) if item.dataset else 0,
                "temporal": bool(item.dataset and item.dataset.temporal_coverage),
            }
            for item in job.items
        ],
    }


if __name__ == "__main__":
    app = standalone(create_app(Settings))
    with app.app_context(), app.test_request_context():
        json.dump({url: harvest(url) for url in sys.argv[1:]}, sys.stdout)
