"""Codes replies for clients that like it, each once, without holding up the others."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

from homegraph.endpoint.message import Reply
from homegraph.endpoint.serving import coding
from homegraph.endpoint.serving.cache import Cache

AT_ONCE = 100_000  # bytes that are coded at once; more, and others would have to wait


class Coder:
    """Codes replies and keeps them in a cache; a large one in a thread of its own.

    That thread is not one of the event loop's, which starts workers by them.
    """

    def __init__(self, cache: Cache) -> None:
        self.cache = cache
        self._thread = ThreadPoolExecutor(1)
        self._begun: dict[bytes, asyncio.Future[Reply]] = {}

    async def code(self, reply: Reply, how: str, key: bytes) -> Reply:
        """The reply in a coding; whoever asks for a large one meanwhile waits for the same."""
        if len(reply.body) <= AT_ONCE and not reply.file:
            return self.cache.put(key, coding.compress(reply, how), 0.0)
        begun = self._begun.get(key)
        if begun is not None:
            await asyncio.shield(begun)
            return self.cache.get(key) or reply
        loop = asyncio.get_running_loop()
        begun = loop.run_in_executor(self._thread, coding.compress, reply, how)
        self._begun[key] = begun
        try:
            return self.cache.put(key, await asyncio.shield(begun), 0.0)
        finally:
            del self._begun[key]
