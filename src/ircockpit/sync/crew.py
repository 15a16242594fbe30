"""Several connections that work through one list side by side, and how fast they get on."""

import threading
import time
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from ircockpit.core.errors import CockpitError, OfflineError
from ircockpit.sync.client import HubClient

T = TypeVar("T")
IN_FLIGHT = 4
"""Chunks or pieces on their way at a time, each over a connection of its own."""
RATE_S = 5.0
"""Seconds over which the rate is measured."""


class Rate:
    """Bytes a second over the last few seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._marks: list[tuple[float, int]] = []

    def after(self, done: int) -> float:
        """The rate now that so many bytes are there."""
        now = self._clock()
        self._marks = [each for each in self._marks if each[0] > now - RATE_S] or self._marks[-1:]
        self._marks.append((now, done))
        (began, first), (_, last) = self._marks[0], self._marks[-1]
        return (last - first) / (now - began) if now > began else 0.0


class Crew:
    """As many threads as there are connections. What raises in one of them ends the others and is raised to the caller."""

    def __init__(self, clients: Sequence[HubClient], stopping: Callable[[], bool], kept: str) -> None:
        self._clients = clients
        self._stopping = stopping
        self._kept = kept
        """What is safe where it is ended."""
        self._lock = threading.Lock()
        self._failed: list[BaseException] = []
        self._left = threading.Event()

    def run(self, items: Sequence[T], do: Callable[[HubClient, T], None]) -> None:
        """Do it for every item. Raises the first failure, :class:`OfflineError` where it was ended on the way."""
        self._failed.clear()
        waiting = iter(items)

        def work(client: HubClient) -> None:
            try:
                while (item := self._next(waiting)) is not None:
                    do(client, item)
            except (CockpitError, OSError) as error:
                with self._lock:
                    self._failed.append(error)
            except Exception:
                if not self._left.is_set():  # whoever left may have closed what this one was using
                    raise

        threads = [
            threading.Thread(target=work, args=(client,), name="carrying", daemon=True)
            for client in self._clients[: len(items)]
        ]
        for thread in threads:
            thread.start()
        try:
            for thread in threads:
                thread.join()
        except BaseException:  # a person interrupts: what is under way ends by itself
            self._left.set()
            raise
        if self._failed:
            raise self._failed[0]
        if self._stopping():
            raise OfflineError("the transfer was ended here", safe=self._kept)

    @property
    def over(self) -> bool:
        """Whether nothing further is to be begun."""
        return bool(self._failed) or self._left.is_set() or self._stopping()

    def _next(self, waiting: "Iterable[T]") -> T | None:
        with self._lock:
            return None if self.over else next(iter(waiting), None)
