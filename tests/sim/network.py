"""The network between devices and hub: each request may be lost, doubled, late, or the last thing somebody does."""

import json
import threading
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from tests.sim.disk import Cut

from ircockpit.core.errors import DeadlineError, OfflineError
from ircockpit.hub.asking import Answer, Asked
from ircockpit.sync.transport import Headers, Reply

if TYPE_CHECKING:
    from tests.sim.device import Device
    from tests.sim.world import World


class HubCut(BaseException):
    """The hub's process ends in the middle of a request."""


class Wire:
    """A :class:`~ircockpit.sync.transport.Transport` from one device to the hub of its world."""

    def __init__(self, world: "World", device: "Device") -> None:
        self._world = world
        self._device = device

    def send(self, method: str, path: str, body: bytes | None = None, headers: Headers = ()) -> Reply:
        if threading.current_thread() is threading.main_thread():
            return self._send(method, path, body, headers)
        try:
            return self._send(method, path, body, headers)
        except Cut:
            self._device.ended = True
            raise OfflineError("the process has ended") from None

    def _send(self, method: str, path: str, body: bytes | None, headers: Headers) -> Reply:
        place, _, query = path.partition("?")
        pairs = dict(pair.split("=", 1) for pair in query.split("&") if pair)
        asked = Asked(method, place, pairs, dict(headers), body or b"")
        answer = self._carry(asked, self._world.request_fault())
        self._world.interrupt()
        return Reply(answer.status, dict(answer.headers), answer.body)

    def _carry(self, asked: Asked, fault: str) -> Answer:
        world = self._world
        world.note(f"  {self._device.name} {asked.method} {asked.path[:17]}", fault)
        if fault == "lost request":
            raise OfflineError("the cable is out")
        if fault == "cut before request":
            raise Cut
        if fault == "late":
            world.late.append(asked)
            raise DeadlineError("no answer")
        if fault == "too busy":
            return Answer(429, b"", (("retry-after", "1"),))
        if fault == "garbled chunk":
            asked = _with_another_byte(asked)
        world.interrupt()
        if fault.startswith("hub cut"):
            return self._cut(asked, fault)
        answer = world.ask(asked)
        if fault == "sent twice":
            answer = world.ask(asked)
        elif fault == "sent twice, once late":
            world.late.append(asked)
        elif fault == "page with a hole":
            answer = _with_a_hole(answer)
        elif fault == "lost answer":
            raise DeadlineError("no answer")
        elif fault == "cut after answer":
            raise Cut
        return answer

    def _cut(self, asked: Asked, fault: str) -> Answer:
        try:
            return self._world.ask(asked, cut=fault.removeprefix("hub cut "))
        except HubCut:
            self._world.restart_hub()
            raise DeadlineError("the connection was reset") from None

    def lines(self, path: str, headers: Headers = ()) -> Iterator[str]:
        raise OfflineError("no hints here")

    def close(self) -> None:
        return


def _with_a_hole(answer: Answer) -> Answer:
    """A page of events without its first one, as something on the way may make of it; anything else as it is."""
    first, *rows = answer.body.split(b"\n")
    if b'"count":' not in first or len(rows) < 3:
        return answer
    head = json.loads(first)
    head["count"] -= 1
    return answer._replace(body=b"\n".join([json.dumps(head).encode(), *rows[1:]]))


def _with_another_byte(asked: Asked) -> Asked:
    """The same with a byte of a chunk changed on the way; any other request as it is."""
    if asked.method != "PUT" or not asked.body:
        return asked
    return asked._replace(body=bytes((asked.body[0] ^ 1, *asked.body[1:])))


def tripwire(at: str, countdown: int, end: Callable[[], BaseException]) -> Callable[[str], None]:
    """For :attr:`Held.trip`: ends the process at the ``countdown``-th commit, before or after it."""
    left = countdown

    def trip(now: str) -> None:
        nonlocal left
        if now == at:
            left -= 1
            if left == 0:
                raise end()

    return trip
