"""What a proved stop and its lifting cost beside the bare requests: the same ones, in turn, to a real Envoy and a real Caddy."""

import time
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest
from bench._profiles import folder
from bench._runs import in_turn
from bench._table import counts, heading, left_out, table
from tests.live.station import Station
from tests.support.caddy import Caddy
from tests.support.envoy import Envoy
from tests.support.tap import Tap
from tests.support.upstream import Upstream

from ircockpit.features.catalogue import events, open_workstation
from ircockpit.features.containment import actions
from ircockpit.features.containment.engine.request import wire
from ircockpit.features.containment.engine.states import State
from ircockpit.features.containment.engine.target import Target
from ircockpit.features.containment.engine.transport import TargetTransport
from ircockpit.features.incidents.actions import declare
from ircockpit.features.people.birth import make_profile
from ircockpit.features.systems.actions import add as add_system
from ircockpit.net.http import Request, Response
from ircockpit.store.profile import Profile
from ircockpit.store.workstation import Workstation

ROUNDS = 20
BARE, KEPT, ENGINE, WHOLE = (
    "bare requests, a connection each",
    "bare requests, connections kept",
    "the engine, nothing recorded",
    "the command, every step on record",
)


class Place(NamedTuple):
    """A server, and the control of it that is switched."""

    name: str
    control: str
    front: str
    action: str
    params: dict[str, Any]
    tap_port: int


class Kept(TargetTransport):
    """Keeps what was sent, so that it can be sent bare."""

    def __init__(self, target: Target) -> None:
        super().__init__(target, lambda uri: uri)
        self.sent: list[Request] = []
        self.answered = 0

    def send(self, request: Any, timeout_s: float) -> Response:
        self.sent.append(wire(request, lambda uri: uri))
        answer = super().send(request, timeout_s)
        self.answered += len(answer.body)
        return answer


@contextmanager
def servers(parent: Path) -> Iterator[list[Place]]:
    """Both, each before two models."""
    with ExitStack() as stack:
        prod, fallback = (stack.enter_context(Upstream(name)) for name in ("prod", "fallback"))
        for name in ("envoy", "caddy"):
            (parent / name).mkdir()
        envoy = stack.enter_context(Envoy(parent / "envoy", prod.port, fallback.port))
        caddy = stack.enter_context(Caddy(parent / "caddy").behind(prod, fallback))
        dial = {"dial": f"127.0.0.1:{fallback.port}"}
        yield [
            Place("envoy", envoy.control, envoy.front, "halt", {}, 0),
            # Looks up, twice, whether anybody stands behind its fallback.
            Place("envoy", envoy.control, envoy.front, "fallback", {}, 0),
            Place("caddy", caddy.control, caddy.front, "fallback", dial, caddy.tap_port),
        ]


def engine(place: Place, transport: TargetTransport, target: Target) -> None:
    """A stop and its lifting by the engine, without its pauses between probes."""
    station = Station(transport, target, sleep=lambda _: None)
    plan = station.plan(station.runner.resolve(station.measure(place.name, place.action, place.params)))
    outcome = station.go(plan)
    assert outcome.state is State.EFFECTIVE, outcome.reason
    undone = station.undo(plan, outcome)
    assert undone.state is State.REVERTED, undone.reason


def by_engine(place: Place) -> None:
    """As it is called: a transport of its own."""
    target = Target("the server", place.control, place.front)
    with TargetTransport(target, lambda uri: uri) as transport:
        engine(place, transport, target)


def what_is_sent(place: Place) -> Kept:
    """Every request of a stop and its lifting, in order."""
    target = Target("the server", place.control, place.front)
    with Kept(target) as transport:
        engine(place, transport, target)
    return transport


def bare(requests: list[Request], kept: int) -> None:
    """The same requests by httpx alone; ``kept`` is how many connections it keeps for the next one."""
    limits = httpx.Limits(max_keepalive_connections=kept)
    with httpx.Client(verify=False, trust_env=False, limits=limits) as client:  # noqa: S501 - plain http
        for each in requests:
            client.request(each.method, each.url, headers=list(each.headers), content=each.body)


class Whole:
    """Stops and lifts by the commands, in a profile of its own, on disk."""

    def __init__(self, station: Workstation, place: Place) -> None:
        self._station = station
        params = "".join(f":{name}={value}" for name, value in place.params.items())
        system = f"{place.name}-{place.action}"
        add_system(
            station, name=system, target=[f"eu-1={place.control},{place.front}"],
            control=[f"stop={place.name}/{place.action}@eu-1{params}"],
        )  # fmt: skip
        self._incident = str(declare(station, title="wrong dose", system=system).data["id"])

    def __call__(self) -> None:
        done = actions.stop(self._station, target=self._incident, control="stop", yes=True)
        short = str(done.data["short"])
        lifted = actions.revert(self._station, action=short, reason="measured", confirm=short, yes=True)
        assert (done.data["state"], lifted.data["state"]) == ("effective", "reverted"), (done, lifted)


def timed(clock: Callable[[], float], run: Callable[[], object]) -> Callable[[], float]:
    """Milliseconds by this clock."""

    def measure() -> float:
        start = clock()
        run()
        return (clock() - start) * 1000

    return measure


def peak_kib(run: Callable[[], object]) -> float:
    """KiB of Python objects held at once at most, beyond what there was before."""
    run()
    tracemalloc.start()
    try:
        run()
        return tracemalloc.get_traced_memory()[1] / 1024
    finally:
        tracemalloc.stop()


def bytes_sent(place: Place, run: Callable[[Place], object]) -> int:
    """Bytes that leave for both planes."""
    with Tap(place.control, place.tap_port) as one, Tap(place.front) as other:
        run(place._replace(control=f"http://127.0.0.1:{one.port}", front=f"http://127.0.0.1:{other.port}"))
        return sum(map(len, one.heard() + other.heard()))


def moved(requests: list[Request], place: Place, to: Place) -> list[Request]:
    """The same requests to the same server by another address."""
    new = {place.control: to.control, place.front: to.front}
    return [
        each._replace(url=next(each.url.replace(a, b) for a, b in new.items() if each.url.startswith(a)))
        for each in requests
    ]


def measure(place: Place, station: Workstation) -> None:
    """All of one server."""
    sent = what_is_sent(place)
    whole = Whole(station, place)
    ways: dict[str, Callable[[], object]] = {
        KEPT: lambda: bare(sent.sent, 4),
        BARE: lambda: bare(sent.sent, 0),
        ENGINE: lambda: by_engine(place),
        WHOLE: whole,
    }
    what = f"{place.name}: {place.action} and lift"
    processor = {name: timed(time.process_time, run) for name, run in ways.items()}
    table(f"{what}, processor", "ms", in_turn(ROUNDS, processor), baseline=BARE, digits=2)
    # The command pauses between probes, so how long it takes says nothing of what it costs.
    clock = {name: timed(time.perf_counter, ways[name]) for name in (KEPT, BARE, ENGINE)}
    table(f"{what}, no pauses", "ms", in_turn(ROUNDS, clock), baseline=BARE, digits=2)
    table(f"{what}, with pauses", "ms", in_turn(3, {WHOLE: timed(time.perf_counter, whole)}))
    rows = {
        name: [len(sent.sent), bytes_sent(place, go), round(peak_kib(ways[name]))]
        for name, go in (
            (BARE, lambda to: bare(moved(sent.sent, place, to), 0)),
            (ENGINE, by_engine),
        )
    }
    counts(what, ("requests", "bytes sent", "KiB at most"), rows)
    print(f"  the answers hold {sent.answered:,} bytes of body")


def main() -> None:
    """Print all of it."""
    with folder() as parent:
        place = parent / "containment"
        place.mkdir()
        heading("containment: what the engine adds to the bare requests", parent)
        try:
            with servers(place) as found:
                make_profile(Profile(place / "profile"), events(), name="mira")
                with open_workstation(place / "profile") as station:
                    for each in found:
                        measure(each, station)
        except pytest.skip.Exception as error:  # how the tests' servers say that one is absent
            left_out("containment", str(error))
            return
    print(
        "\nThe two models behind both run in this process, and their share is in every row.\n"
        "What limits it: a connection for each request, so that an idle one that the other side has closed cannot\n"
        "make a change unknown; and the pauses between probes, which the connector states."
    )


if __name__ == "__main__":
    main()
