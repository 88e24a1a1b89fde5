"""The front: every request comes here first, and every reply goes out from here whole.

It answers from the cache, or at once when a query is proven quick, or has a worker answer.
Granian calls it through RSGI, once for each request, in the event loop of a server process.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import shutil
import signal
from contextlib import suppress
from dataclasses import dataclass
from time import perf_counter
from typing import TYPE_CHECKING

from flask import Flask

from homegraph.endpoint import problems
from homegraph.endpoint.app import create_app
from homegraph.endpoint.limits import BYTES
from homegraph.endpoint.message import Reply, Request
from homegraph.endpoint.reply import EVERYONE, our_own_revision
from homegraph.endpoint.serving import coding, direct, metrics
from homegraph.endpoint.serving.asked import as_get, is_direct, key_of
from homegraph.endpoint.serving.cache import Cache
from homegraph.endpoint.serving.clients import Clients, share
from homegraph.endpoint.serving.closing import CLOSING, SPARE_GRACE
from homegraph.endpoint.serving.coder import Coder
from homegraph.endpoint.serving.estimate import Estimate, query_of
from homegraph.endpoint.serving.pool import Pool
from homegraph.endpoint.serving.sending import SPARE, Gone, problem, send, size_of, still_there
from homegraph.endpoint.serving.settings import Settings
from homegraph.endpoint.serving.source import Source
from homegraph.endpoint.serving.watch import LEFT, TICK, Watch
from homegraph.endpoint.serving.worker import answer, place, through
from homegraph.endpoint.spool import Spool, remove_abandoned
from homegraph.endpoint.world import World
from homegraph.graph.errors import (
    AskError,
    HomegraphError,
    NotAllowed,
    SlowClient,
    TooLarge,
    TooLong,
)

if TYPE_CHECKING:
    from granian._granian import RSGIHTTPProtocol as HTTPProtocol
    from granian.rsgi import Scope

UNKEPT = [("Cache-Control", "no-store"), *EVERYONE.items()]
LOG = logging.getLogger("homegraph.front")
BODY_SECONDS = 10  # seconds in which the body of a request has to be here
FOLLOW = 0.25  # seconds between two looks at which release is current
AGAIN = 1  # seconds until a release that cannot be opened is tried again
STATIC = "/static/"
TRIM = 30  # seconds between two looks at the size of the cache


@dataclass(slots=True)
class Way:
    """By which way a request got its reply."""

    lane: str = "cache"


@dataclass(eq=False)
class Generation:
    """One release while it is served: every reply is made by one of them alone."""

    source: Source
    world: World
    app: Flask
    pool: Pool
    seed: bytes


@dataclass(eq=False)
class Flight:
    """One request that a worker has, and how many clients wait for its reply."""

    task: asyncio.Task[Reply]
    waiting: int = 0


class Front:
    """One server process."""

    def __init__(self, source: Source, settings: Settings) -> None:
        self.source, self.settings = source, settings
        self.cache = Cache(settings.folder, settings.cache_memory, settings.cache_disk)
        self.clients = Clients(settings.proxies)
        self.coder = Coder(self.cache)
        self.watch = Watch(settings)
        self.draining: set[Pool] = set()
        self.estimate = Estimate()
        self.flights: dict[tuple[str, bytes], Flight] = {}
        self.generation: Generation
        self._tasks: list[asyncio.Task[None]] = []
        self._parent = 0

    # -- coming and going

    def __rsgi_init__(self, loop: asyncio.AbstractEventLoop) -> None:
        """Open the release before the first request is taken."""
        self._parent = os.getppid()
        loop.run_until_complete(self._open())

    def __rsgi_del__(self, loop: asyncio.AbstractEventLoop) -> None:
        """End the workers."""
        for task in self._tasks:
            task.cancel()
        for pool in [self.generation.pool, *self.draining]:
            pool.close()
        self.watch.close()
        if self._is_alone() and self.settings.folder is not None:
            shutil.rmtree(self.settings.folder, ignore_errors=True)

    async def _open(self) -> None:
        self.generation = await self._generation(self.source.now())
        loop = asyncio.get_running_loop()
        for work in (self._follow(), self._trim(), self._look()):
            self._tasks.append(loop.create_task(work))

    async def _generation(self, source: Source) -> Generation:
        world = await asyncio.to_thread(source.open)
        pool = Pool(self.settings, source, self.estimate)
        try:
            await pool.open()
        except BaseException:
            pool.close()
            raise
        seed = f"{world.revision}\n{our_own_revision()}\n".encode()
        app = create_app(world)
        app.config["SETTINGS"] = self.settings
        return Generation(source, world, app, pool, seed)

    async def _follow(self) -> None:
        """Serve another release as soon as it is the current one, and the old one to its end."""
        told = ""
        while True:
            await asyncio.sleep(FOLLOW)
            if self._is_closing():
                return
            try:
                now = self.source.now()
                if now == self.generation.source:
                    continue
                new = await self._generation(now)
            except Exception as error:  # whatever is wrong with it, the one before is served on
                said = str(error) if isinstance(error, HomegraphError) else place(error)
                if said != told:
                    LOG.error("the current release cannot be served: %s", said)
                told = said
                await asyncio.sleep(AGAIN)
                continue
            told = ""
            self.watch.metrics.add("release_switches")
            old, self.generation = self.generation, new
            task = asyncio.create_task(self._drain(old.pool))
            self._tasks.append(task)
            task.add_done_callback(self._tasks.remove)

    def _is_closing(self) -> bool:
        """Whether the server is told to stop; what runs then has to end soon."""
        folder = self.settings.folder
        if self._is_alone():
            self._tell_to_stop()
        if folder is None or not (folder / CLOSING).exists():
            return False
        for pool in [self.generation.pool, *self.draining]:
            pool.hurry(self.settings.grace)
        return True

    def _is_alone(self) -> bool:
        """Whether the process that looks after this one is gone, and nobody would start it anew."""
        return os.getppid() != self._parent

    def _tell_to_stop(self) -> None:
        """Do as it would have done when it was told to stop."""
        if self.settings.folder is not None:
            with suppress(OSError):
                (self.settings.folder / CLOSING).touch()
        os.kill(os.getpid(), signal.SIGTERM)
        # A connection that does not end is not waited for longer than it would have been.
        asyncio.get_running_loop().call_later(self.settings.grace + SPARE_GRACE, os._exit, 1)

    async def _trim(self) -> None:
        while True:
            await asyncio.sleep(TRIM)
            await asyncio.to_thread(self.cache.trim)
            if self.settings.folder is not None:
                await asyncio.to_thread(
                    remove_abandoned, self.settings.folder, self.settings.seconds + SPARE
                )

    async def _drain(self, pool: Pool) -> None:
        self.draining.add(pool)
        try:
            await pool.drain()
        finally:
            self.draining.discard(pool)

    async def _look(self) -> None:
        while True:
            await asyncio.sleep(TICK)
            self._note()

    def _note(self) -> None:
        now = self.generation
        self.watch.look([now.pool, *self.draining], self.cache, now.world.release_name)

    # -- one request

    async def __rsgi__(self, scope: Scope, proto: HTTPProtocol) -> None:
        """Answer one request."""
        begun = perf_counter()
        generation, way, failed = self.generation, Way(), None
        request = Request(
            scope.method,
            scope.path,
            scope.query_string,
            dict(scope.headers.items()),
            b"",
            scope.client,
        )
        try:
            if request.method not in {"GET", "HEAD"}:
                request = await self._with_body(request, proto)
                generation = self.generation  # another may have come meanwhile
            reply = self._at_once(generation, request)
            if reply is not None:
                way.lane = "front"
            else:
                reply = await self._reply(generation, request, proto, way)
            if reply.file:
                size_of(reply)
        except Gone:
            reply = LEFT
        except HomegraphError as error:
            reply = problem(generation.world, generation.app, request, error)
            failed = error.with_traceback(None)  # which holds this frame, and with it the body
            if isinstance(error, SlowClient | TooLong):  # nobody reads the rest
                reply.headers.append(("Connection", "close"))
        except Exception as error:
            LOG.error("unforeseen: %s", place(error))
            failed = problems.unforeseen()
            reply = problem(generation.world, generation.app, request, failed)
        size = send(proto, request, reply)
        self.watch.answered(
            request,
            self.clients.of(request.client, request.headers.get("x-forwarded-for", "")),
            reply,
            seconds=perf_counter() - begun,
            size=size,
            lane=way.lane,
            release=generation.world.release_name,
            error=failed,
            query=query_of(request),
        )

    def _at_once(self, generation: Generation, request: Request) -> Reply | None:
        """What must be answered also when all workers are busy."""
        reads = request.method in {"GET", "HEAD"}
        if request.path == "/health" and reads:
            said = {
                "status": "ok",
                "release": generation.world.release_name,
                "triples": generation.world.triples,
            }
            body = json.dumps(said).encode()
            return Reply(200, [("Content-Type", "application/json"), *UNKEPT], body)
        if request.path == "/metrics" and self.settings.metrics:
            if not reads:
                raise NotAllowed(request.method, "GET, HEAD")
            headers = [("Content-Type", metrics.CONTENT_TYPE), *UNKEPT]
            return Reply(200, headers, self.watch.metrics.text())
        return None

    async def _with_body(self, request: Request, proto: HTTPProtocol) -> Request:
        """The request with its body; raises TooLong, SlowClient, and AskError when it is cut."""
        length = request.headers.get("content-length", "0")
        if length.isdigit() and int(length) > BYTES.most:
            raise TooLong(BYTES.most)
        body, empty = bytearray(), 0
        try:
            async with asyncio.timeout(BODY_SECONDS):
                async for chunk in proto:
                    body += chunk
                    empty += not chunk  # the last is; one before it stands for a fault
                    if len(body) > BYTES.most:
                        raise TooLong(BYTES.most)
        except TimeoutError as error:
            raise SlowClient(BODY_SECONDS) from error
        if empty > 1 or (length.isdigit() and len(body) < int(length)):
            raise AskError("the request did not come whole")
        return Request(
            request.method,
            request.path,
            request.query,
            request.headers,
            bytes(body),
            request.client,
        )

    async def _reply(
        self, generation: Generation, request: Request, proto: HTTPProtocol, way: Way
    ) -> Reply:
        """The reply as this client takes it: from the cache, made now, coded, or 304."""
        given = request.headers
        how = coding.choose(given.get("accept-encoding", ""))
        key = generation.seed + key_of(request)
        as_coded = key + how.encode()
        reply = self.cache.at_hand(as_coded)
        if reply is None:
            if is_direct(generation.world, request):
                reply = self._direct(generation, request, key + b"identity", way)
            if reply is None:
                reply = self.cache.get(as_coded)
            if reply is None:
                reply = await self._plain(generation, request, key, proto, way)
            if how != coding.IDENTITY and coding.worth(reply, how):
                reply = await self.coder.code(reply, how, as_coded)
        known = given.get("if-none-match")
        if known and reply.status == 200 and request.method != "POST":
            return coding.unless_known(reply, known)
        return reply

    def _direct(
        self, generation: Generation, request: Request, key: bytes, way: Way
    ) -> Reply | None:
        """The reply to what is proven quick; nothing when it proves large, for a worker to do."""
        try:
            spool = Spool(direct.BYTES)
            reply = answer(generation.world, generation.app, as_get(request), spool)
        except TooLarge:
            return None
        way.lane = "direct"
        # What is asked once only would push out what is asked often.
        return self.cache.put(key, reply, 0.0) if self.cache.was_asked(key) else reply

    async def _plain(
        self, generation: Generation, request: Request, key: bytes, proto: HTTPProtocol, way: Way
    ) -> Reply:
        """The reply as it is without any coding."""
        plain = key + b"identity"
        kept = self.cache.get(plain)
        if kept is not None:
            return kept
        if request.path.startswith(STATIC):  # which a page that refuses needs too
            way.lane = "front"
            reply = through(generation.app, as_get(request), Spool(self.settings.answer_bytes))
            return keep(self.cache, plain, reply, 0.0)
        way.lane = "worker"
        return await self._worked(generation, request, plain, proto)

    async def _worked(
        self, generation: Generation, request: Request, key: bytes, proto: HTTPProtocol
    ) -> Reply:
        """The reply of a worker; what a client asks several times at once is asked once.

        Two clients do not share: what one of them has waiting or running is not the other's.
        """
        forwarded = request.headers.get("x-forwarded-for", "")
        client = share(self.clients.of(request.client, forwarded))
        flown = (client, key)
        flight = self.flights.get(flown)
        if flight is None:
            task = asyncio.create_task(self._fly(generation, as_get(request), client, key))
            flight = self.flights[flown] = Flight(task)
            task.add_done_callback(lambda _: self.flights.pop(flown, None))
        follows = flight.waiting > 0
        flight.waiting += 1
        try:
            reply = await still_there(flight.task, proto)
            if follows and reply.header("cache-control") == "no-store":  # NOW, RAND, UUID
                reply = await self._fly(generation, as_get(request), client, key)
            return reply
        finally:
            flight.waiting -= 1
            if not flight.waiting and not flight.task.done():
                flight.task.cancel()

    async def _fly(
        self, generation: Generation, request: Request, client: str, key: bytes
    ) -> Reply:
        reply, cost = await generation.pool.ask(request, client)
        return keep(self.cache, key, reply, cost)


def keep(cache: Cache, key: bytes, reply: Reply, cost: float) -> Reply:
    """Keep a reply that lasts; a spooled file is moved into the cache in any case."""
    if reply.status == 200 and (reply.spooled or not reply.file):
        return cache.put(key, coding.varied(reply), cost)
    return reply
