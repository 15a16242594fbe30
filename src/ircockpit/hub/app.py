"""The hub over HTTP: bounded bodies, bounded work, everything else is the service's."""

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress

import anyio
import anyio.from_thread
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import FileResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import Message, Send

from ircockpit.blobs.manifest import CHUNK_BYTES
from ircockpit.core.errors import BadInput, StoreError, TrustError
from ircockpit.hub.asking import BODY_BYTES, Answer, Asked, object_of, refusal
from ircockpit.hub.live import Hints
from ircockpit.hub.members import ShutOutError
from ircockpit.hub.service import Hub

SILENCE_S = 30.0
"""Seconds without a byte of a body after which a request is given up: it holds one of the places."""
BLOCKED_S = 30.0
"""Seconds in which who listens for hints must take what was written, or is sent away."""
WAIT_S = 25
"""Seconds that a request for heads waits at most for something new."""
AT_ONCE = 8 * (os.cpu_count() or 1)
"""Requests worked on at a time; beyond it the answer is 429."""
_METHODS = ["GET", "HEAD", "PUT", "POST"]


class TooLarge(Exception):
    """The body is beyond its bound; the rest of it was not read."""


def make_app(hub: Hub, hints: Hints, *, at_once: int = AT_ONCE) -> Starlette:
    """The ASGI application of one hub process."""
    hub.streams.changed = hints.changed
    gate = _Gate(hub, hints, at_once)
    routes = [
        Route("/v1/live", gate.live, methods=["GET"]),
        Route("/v1/heads", gate.heads, methods=["GET"]),
        Route("/v1/blobs/{sha256}", gate.blob, methods=_METHODS),
        Route("/v1/uploads/{path:path}", gate.upload, methods=_METHODS),
        Route("/{path:path}", gate.plain, methods=_METHODS),
    ]
    return Starlette(routes=routes)


class _Patient(StreamingResponse):
    """A stream without end that ends when who listens takes nothing of it for too long."""

    async def stream_response(self, send: Send) -> None:
        async def timed(message: Message) -> None:
            with anyio.fail_after(BLOCKED_S):
                await send(message)

        with suppress(TimeoutError):
            await super().stream_response(timed)


def _is_news(body: bytes) -> bool:
    said = object_of(body)
    return bool(said.get("heads") or said.get("all") or said.get("more"))


class _Gate:
    def __init__(self, hub: Hub, hints: Hints, at_once: int) -> None:
        self._hub = hub
        self._hints = hints
        self._free = at_once

    async def plain(self, request: Request) -> Response:
        return await self._bounded(request, BODY_BYTES)

    async def blob(self, request: Request) -> Response:
        asked = _asked(request, b"")
        if isinstance(refused := await self._signed_in(asked), Response):
            return refused
        if request.method == "GET":
            return await self._file(request.path_params["sha256"])
        if request.method == "PUT":
            return await self._stream_in(request)
        return await self._bounded(request, BODY_BYTES)

    async def upload(self, request: Request) -> Response:
        refused = await self._signed_in(_asked(request, b""))  # before a chunk is read
        if isinstance(refused, Response):
            return refused
        return await self._bounded(request, CHUNK_BYTES)

    async def live(self, request: Request) -> Response:
        asked = _asked(request, b"")
        device = await self._signed_in(asked)
        if isinstance(device, Response):
            return device

        async def closed() -> frozenset[str] | None:
            try:
                return await run_in_threadpool(self._hub.closed_to, device, asked)
            except StoreError:
                return None  # they ask why, and are told

        headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
        if self._hints.full:
            return _busy()
        return _Patient(self._hints.listen(closed), media_type="text/event-stream", headers=headers)

    async def heads(self, request: Request) -> Response:
        """Heads at once, or with ``wait`` as soon as there is something new: for those whom no stream of hints reaches."""
        wait = request.query_params.get("wait", "")
        if not (wait.isascii() and wait.isdigit() and len(wait) < 4) or self._hints.full:
            return await self._bounded(request, BODY_BYTES)
        asked = _asked(request, b"")
        clock = asyncio.get_running_loop().time
        until = clock() + min(int(wait), WAIT_S)
        with self._hints.ear() as changed:
            while True:
                changed.clear()
                answer = await self._answer(asked)
                left = until - clock()
                if (
                    answer.status_code != 200
                    or _is_news(bytes(answer.body))
                    or left <= 0
                    or self._hints.closed
                ):
                    return answer  # of what is not for who asks, nothing can be told by when it is answered
                with suppress(TimeoutError):
                    await asyncio.wait_for(changed.wait(), left)

    async def _bounded(self, request: Request, limit: int) -> Response:
        if self._free <= 0:
            return _busy()
        self._free -= 1
        try:
            try:
                body = await _read(request, limit)
            except TooLarge:
                return _too_large(limit)
            except TimeoutError:
                return _silent()
            return _response(await run_in_threadpool(self._hub.answer, _asked(request, body)))
        finally:
            self._free += 1

    async def _answer(self, asked: Asked) -> Response:
        if self._free <= 0:
            return _busy()
        self._free -= 1
        try:
            return _response(await run_in_threadpool(self._hub.answer, asked))
        finally:
            self._free += 1

    async def _signed_in(self, asked: Asked) -> str | Response:
        """The device that asks, or why it is not answered."""
        try:
            device = await run_in_threadpool(self._hub.members.signed_in, asked)
            await run_in_threadpool(self._hub.members.check_open_to, device, asked)
        except ShutOutError as error:
            return _response(refusal(403, error))
        except TrustError as error:
            return _response(refusal(401, error))
        except StoreError as error:
            return _response(self._hub.out_of_order(error))
        return device

    async def _file(self, sha256: str) -> Response:
        blobs = self._hub.folder.blobs
        try:
            if await run_in_threadpool(blobs.has, sha256):
                return FileResponse(blobs.path(sha256), media_type="application/octet-stream")
        except BadInput as error:
            return _response(refusal(400, error))
        return Response(status_code=404)

    async def _stream_in(self, request: Request) -> Response:
        """A whole file in one request, of any size: to the disk as it comes."""
        chunks = request.stream()
        sha256 = request.path_params["sha256"]
        if self._free <= 0:
            return _busy()
        self._free -= 1
        try:
            return _response(await run_in_threadpool(self._hub.keep, sha256, _pulled(chunks)))
        except TimeoutError:
            return _silent()
        finally:
            self._free += 1


def _pulled(chunks: AsyncIterator[bytes]) -> Iterator[bytes]:
    """The chunks of a request's body, for a worker thread to read."""
    while (chunk := anyio.from_thread.run(_next, chunks)) is not None:
        yield chunk


async def _read(request: Request, limit: int) -> bytes:
    length = request.headers.get("content-length", "")
    if length.isdigit() and int(length) > limit:
        raise TooLarge
    body = bytearray()
    chunks = request.stream()
    while (chunk := await _next(chunks)) is not None:
        body += chunk
        if len(body) > limit:
            raise TooLarge
    return bytes(body)


async def _next(chunks: AsyncIterator[bytes]) -> bytes | None:
    """The next bytes of a body, ``None`` at its end; raises TimeoutError when none come, or whoever sends is gone."""
    with anyio.fail_after(SILENCE_S):
        try:
            return await anext(chunks, None)
        except ClientDisconnect:
            raise TimeoutError from None


def _asked(request: Request, body: bytes) -> Asked:
    return Asked(request.method, request.url.path, dict(request.query_params), dict(request.headers), body)


def _response(answer: Answer) -> Response:
    return Response(answer.body, answer.status, dict(answer.headers))


def _busy() -> Response:
    return Response(b"", 429, {"retry-after": "1"})


def _silent() -> Response:
    return Response(b"", 408, {"connection": "close"})


def _too_large(limit: int) -> Response:
    return Response(f"at most {limit} bytes".encode(), 413, {"connection": "close"})
