"""Hints about changed streams for those who listen: never payload, never needed, bounded for slow readers."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable

HEARTBEAT_S = 15.0


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

    def close(self) -> None:
        """End every stream of hints, so that the server can stop."""
        self._closed = True
        for event in self._listeners:
            event.set()

    async def listen(self, closed: Callable[[], Awaitable[frozenset[str]]]) -> AsyncIterator[bytes]:
        """Server-sent events: ``data: {"i": stream, "g": gen, "h": head}``, and a comment every 15 seconds.

        ``closed`` gives the streams that who listens is told nothing of, asked anew each time.
        """
        self._loop = asyncio.get_running_loop()
        event = asyncio.Event()
        dirty = self._listeners[event] = {}
        try:
            yield b": listening\n\n"
            while not self._closed:
                try:
                    await asyncio.wait_for(event.wait(), HEARTBEAT_S)
                except TimeoutError:
                    yield b": still here\n\n"
                    continue
                event.clear()
                news = dict(dirty)
                dirty.clear()
                kept_back = await closed()
                said = [
                    json.dumps({"i": s, "g": g, "h": h}) for s, (g, h) in news.items() if s not in kept_back
                ]
                if said:
                    yield "".join(f"data: {line}\n\n" for line in said).encode()
        finally:
            del self._listeners[event]

    def _mark(self, stream: str, gen: int, seq: int) -> None:
        for event, dirty in self._listeners.items():
            dirty[stream] = (gen, seq)
            event.set()
