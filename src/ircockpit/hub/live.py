"""Hints about changed streams for those who listen: never payload, never needed, bounded for slow readers."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress

HEARTBEAT_S = 15.0
MANY = 500
"""Changed streams kept for one who reads slowly; beyond them it is told that much changed, and no more."""
EVERYTHING = "*"
LISTENERS = 2000
"""Who may listen or wait at a time."""


class Hints:
    """Who listens, and for each which streams changed since it last read: a slow reader costs a set, not a queue."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._listeners: dict[asyncio.Event, dict[str, tuple[int, int]]] = {}
        self._closed = False

    def changed(self, stream: str, gen: int, seq: int) -> None:
        """Tell everybody; may be called from any thread."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._mark, stream, gen, seq)

    @property
    def full(self) -> bool:
        """Whether nobody else can be told of changes now."""
        return len(self._listeners) >= LISTENERS

    @property
    def closed(self) -> bool:
        """Whether the hub is stopping."""
        return self._closed

    @contextmanager
    def ear(self) -> Iterator[asyncio.Event]:
        """An event that is set as soon as anything changes, or the hub stops."""
        self._loop = asyncio.get_running_loop()
        event = asyncio.Event()
        self._listeners[event] = {}
        try:
            yield event
        finally:
            del self._listeners[event]

    def close(self) -> None:
        """End every stream of hints, so that the server can stop."""
        self._closed = True
        for event in self._listeners:
            event.set()

    async def listen(self, closed: Callable[[], Awaitable[frozenset[str] | None]]) -> AsyncIterator[bytes]:
        """Server-sent events: ``data: {"i": stream, "g": gen, "h": head}``, and a comment every 15 seconds.

        ``closed`` gives the streams that who listens is told nothing of, asked anew each time; with ``None`` the
        stream of hints ends.
        """
        with self.ear() as event:
            dirty = self._listeners[event]
            yield b": listening\n\n"
            while not self._closed:
                with suppress(TimeoutError):
                    await asyncio.wait_for(event.wait(), HEARTBEAT_S)
                quiet = not event.is_set()
                event.clear()
                news = dict(dirty)
                dirty.clear()
                kept_back = await closed()
                if kept_back is None:
                    return
                if quiet:
                    yield b": still here\n\n"
                said = [
                    json.dumps({"i": s, "g": g, "h": h}) for s, (g, h) in news.items() if s not in kept_back
                ]
                if said:
                    yield "".join(f"data: {line}\n\n" for line in said).encode()

    def _mark(self, stream: str, gen: int, seq: int) -> None:
        for event, dirty in self._listeners.items():
            if EVERYTHING not in dirty:
                dirty[stream] = (gen, seq)
            if len(dirty) > MANY:
                dirty.clear()
                dirty[EVERYTHING] = (0, 0)
            event.set()
