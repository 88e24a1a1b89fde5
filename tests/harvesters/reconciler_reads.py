"""Matches names with reconciler, a client of reconciliation services, and writes JSON.

    python reconciler_reads.py SERVICE TYPE NAME ...

Runs in an environment of its own (reconciler.txt): it wants numpy before version 2.
"""

from __future__ import annotations

import json
import sys

import pandas as pd
from reconciler import reconcile


def main(service: str, kind: str, names: list[str]) -> dict[str, object]:
    """The best candidate of each name."""
    column = pd.Series(names)
    found = reconcile(column, type_id=kind, reconciliation_endpoint=service)
    rows = found.astype(object).where(found.notna(), None).to_dict("records")
    return {str(row["input_value"]): row for row in rows}


if __name__ == "__main__":
    json.dump(main(sys.argv[1], sys.argv[2], sys.argv[3:]), sys.stdout)
