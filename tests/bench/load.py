"""Puts load on a server for tests/bench/serve.py: as fast as it answers, or at a constant rate."""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import re
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from servers import PATIENCE, Server

LUA = """
local lines = {}
for line in io.lines(os.getenv("BENCH_REQUESTS")) do lines[#lines + 1] = line end
local host, accept, n = os.getenv("BENCH_HOST"), os.getenv("BENCH_ACCEPT"), 0
request = function()
  n = n % #lines + 1
  return "GET " .. lines[n] .. " HTTP/1.1\\r\\nHost: " .. host .. "\\r\\nAccept: " .. accept
    .. "\\r\\n\\r\\n"
end
done = function(summary, latency)
  local wrong = summary.errors
  io.write(string.format('{"requests": %d, "seconds": %f, "p50": %f, "p95": %f, "refused": %d}',
    summary.requests, summary.duration / 1e6, latency:percentile(50) / 1e3,
    latency:percentile(95) / 1e3,
    wrong.status + wrong.connect + wrong.read + wrong.write + wrong.timeout))
end
"""


@dataclass
class Load:
    """What a server is asked; `differs` when no two of the targets are the same."""

    server: Server
    targets: Iterator[str]
    accept: str
    connections: int
    differs: bool
    most: int = 50_000  # targets that the next round may need

    def press(self, seconds: int) -> dict[str, float]:
        """Ask with wrk as fast as it is answered; what it measured."""
        lines = list(itertools.islice(self.targets, self.most if self.differs else 1))
        with TemporaryDirectory() as folder:
            script, requests = Path(folder, "ask.lua"), Path(folder, "requests")
            script.write_text(LUA)
            requests.write_text("\n".join(lines) + "\n")
            environment = {
                **os.environ,
                "BENCH_REQUESTS": str(requests),
                "BENCH_HOST": f"127.0.0.1:{self.server.port}",
                "BENCH_ACCEPT": self.accept,
            }
            told = ["-t1", f"-c{self.connections}", f"-d{seconds}s", f"--timeout={PATIENCE:.0f}s"]
            address = f"http://127.0.0.1:{self.server.port}"
            run = subprocess.run(
                ["wrk", *told, "--latency", "-s", str(script), address],
                env=environment, capture_output=True, text=True, check=True,
            )  # fmt: skip
        self.server.settle()
        found: dict[str, float] = json.loads(run.stdout[run.stdout.index('{"requests"') :])
        if self.differs and found["requests"] > len(lines):
            raise SystemExit(f"{self.server.name}: {len(lines)} different requests were too few")
        return found

    async def pace(self, rate: float, count: int) -> list[float]:
        """Ask at a constant rate; the ms from when each was due. Raises OSError for a refusal."""
        idle: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []
        tail = f"Host: 127.0.0.1:{self.server.port}\r\nAccept: {self.accept}\r\n\r\n"
        start = time.perf_counter() + 0.05

        async def ask(number: int, target: str) -> float:
            due = start + number / rate
            await asyncio.sleep(due - time.perf_counter())
            if idle:
                streams = idle.pop()
            else:
                streams = await asyncio.open_connection(
                    "127.0.0.1", self.server.port, limit=1 << 22
                )
            if not await answered(*streams, f"GET {target} HTTP/1.1\r\n{tail}".encode()):
                raise ConnectionRefusedError(f"refused at a constant rate: {target}")
            idle.append(streams)
            return (time.perf_counter() - due) * 1000

        chosen = itertools.islice(self.targets, count)
        taken = await asyncio.gather(*(ask(number, one) for number, one in enumerate(chosen)))
        for _, writer in idle:
            writer.close()
        return list(taken)


async def answered(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes
) -> bool:
    """Ask and read all of the answer; whether it has status 200."""
    writer.write(request)
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    length = re.search(rb"\r\ncontent-length: *(\d+)", head)
    if length:
        await reader.readexactly(int(length[1]))
    else:
        size = 1
        while size:
            size = int(await reader.readuntil(b"\r\n"), 16)
            await reader.readexactly(size + 2)
    return head.startswith(b"http/1.1 200")
