"""A stand-in for the search engine of CKAN, which needs one to start: it holds nothing.

python solr.py PORT
"""

from __future__ import annotations

import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

SCHEMA = b'<schema name="ckan-2.11" version="1.6"/>'
NOTHING = {
    "responseHeader": {"status": 0},
    "response": {"numFound": 0, "start": 0, "docs": []},
}


class Nothing(BaseHTTPRequestHandler):
    """Finds nothing, and takes all that it is given."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Answer with the schema's name, or with no results."""
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        body = SCHEMA if "schema.xml" in self.path else json.dumps(NOTHING).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Nothing).serve_forever()
