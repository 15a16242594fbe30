"""A link to a server that tears as networks do: late, in crumbs, reset, half open, cut short, or silent; from a seed."""

import asyncio
import random
import socket
import struct
import threading
from collections import Counter
from types import TracebackType
from typing import Self

KINDS = ("latency", "crumbs", "reset", "half open", "cut short", "black hole", "refused")


class TornLink:
    """A TCP proxy in a thread. While :meth:`torn`, each new connection gets a fault; it keeps it after :meth:`heal`."""

    def __init__(self, port: int, seed: int) -> None:
        self.port = 0
        self.met: Counter[str] = Counter()
        """How many connections met which fault."""
        self.back = 0
        """Bytes that came from the server."""
        self._target = port
        self._rng = random.Random(seed)  # noqa: S311 - when to tear, no secret
        self._kinds: tuple[str, ...] = ()
        self._loop = asyncio.new_event_loop()
        self._silent: set[asyncio.StreamWriter] = set()
        """Connections on which nothing more happens, which nobody has closed."""
        self._open: dict[asyncio.Task[None], asyncio.StreamWriter] = {}
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._ready = threading.Event()

    @property
    def url(self) -> str:
        """Where clients connect to."""
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._ready.wait(60)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(60)

    def tear(self, *kinds: str) -> None:
        """From now on connections fail, in one of these ways or any; those that are open are reset, or fall silent."""
        self._loop.call_soon_threadsafe(self._tear, kinds or KINDS)

    def heal(self) -> None:
        """New connections are whole; what hangs goes on hanging, as it does when a cable is put back."""
        self._loop.call_soon_threadsafe(setattr, self, "_kinds", ())

    def _tear(self, kinds: tuple[str, ...]) -> None:
        self._kinds = kinds
        for task, client in list(self._open.items()):
            task.cancel()
            self._silent.add(client)
            if self._rng.random() < 0.7:
                _reset(client)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(asyncio.start_server(self._accept, "127.0.0.1", 0))
        self.port = int(server.sockets[0].getsockname()[1])
        self._ready.set()
        self._loop.run_forever()
        server.close()
        self._loop.run_until_complete(self._end())
        self._loop.close()

    async def _end(self) -> None:
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for writer in self._silent:
            writer.transport.abort()
        await asyncio.sleep(0.05)  # the loop closes what was aborted in its next turns

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._open[task] = writer
        kind = self._rng.choice(self._kinds) if self._kinds else ""
        self.met[kind or "whole"] += 1
        try:
            await self._serve(reader, writer, kind)
        except OSError:
            _reset(writer)
        finally:
            self._open.pop(task, None)
            self._silent.add(writer)
            self._silent = {each for each in self._silent if not each.transport.is_closing()}

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, kind: str) -> None:
        if kind == "refused":
            _reset(writer)
            return
        if kind == "black hole":
            while await reader.read(65536):
                continue
            return
        there, back = await asyncio.open_connection("127.0.0.1", self._target)
        # Where it breaks: before, within or after a request or an answer.
        limits = [self._rng.choice((0, 1, 40, 300, 900, 3000, 20_000)), 1 << 40]
        if self._rng.random() < 0.5:
            limits.reverse()
        whole = kind in ("", "latency", "crumbs")
        ways = [
            asyncio.ensure_future(self._pump(reader, back, kind, 1 << 40 if whole else limits[0])),
            asyncio.ensure_future(
                self._pump(there, writer, kind, 1 << 40 if whole else limits[1], back=True)
            ),
        ]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            if kind == "half open":
                await asyncio.sleep(3600)
        finally:
            for way in ways:
                way.cancel()
            back.transport.abort()
        if kind == "reset":
            _reset(writer)
        else:
            writer.close()

    async def _pump(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        kind: str,
        limit: int,
        back: bool = False,
    ) -> None:
        """Pass on what comes, until it ends or so many bytes have passed."""
        while limit > 0 and (data := await reader.read(min(65536, limit))):
            limit -= len(data)
            self.back += len(data) * back
            if kind == "latency":
                await asyncio.sleep(self._rng.uniform(0, 0.05))
            for piece in _crumbs(data) if kind == "crumbs" else (data,):
                writer.write(piece)
                await writer.drain()
                if kind == "crumbs":
                    await asyncio.sleep(0)


def _crumbs(data: bytes) -> list[bytes]:
    """Byte by byte to begin with, where every parser has its seams, then in pieces of 100."""
    first = min(len(data), 600)
    singles = [data[at : at + 1] for at in range(first)]
    return [*singles, *(data[at : at + 100] for at in range(first, len(data), 100))]


def _reset(writer: asyncio.StreamWriter) -> None:
    """An end without a farewell."""
    sock = writer.get_extra_info("socket")
    if sock is not None and sock.fileno() >= 0:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
