"""How a server ends: what the process that looks after the others, and the fronts, agree on."""

from __future__ import annotations

CLOSING = "closing"  # the file in the folder that says that the server is told to stop
SPARE_GRACE = 2  # seconds that the server has to end after what runs has ended
