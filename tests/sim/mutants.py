"""Rules left out, one each: what the simulation must notice, and with which seed it does.

Two of the known ways to get this wrong have nothing to break here. *Volatile pending*: the program keeps no
events aside until their ancestors come; what a page brings is durable with the cursor, in doubt if need be.
*Acknowledgements kept after a reset*: they are forgotten at the head as well, which every reset leads to.
"""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any
from unittest.mock import patch

from tests.sim.mutant import Mutant
from tests.sim.town_mutants import TOWN_MUTANTS
from tests.sim.weather import DEVICE_CUT, GOING_BACK

from ircockpit.core.errors import TrustError
from ircockpit.hub.sqlite_store import SqliteStore
from ircockpit.hub.store import Incoming, Outcome, Page, Word
from ircockpit.ledger import receipt
from ircockpit.ledger.merkle import Frontier
from ircockpit.store.log import Log, Reach
from ircockpit.store.logwriter import LogWriter
from ircockpit.store.workstation import Workstation
from ircockpit.sync import engine as engines
from ircockpit.sync import page as pages
from ircockpit.sync.client import RawPage
from ircockpit.sync.engine import Engine
from ircockpit.sync.page import Checked


class _Believed(dict[str, set[str]]):
    """Acknowledgements that nothing makes forgotten."""

    def pop(self, *_: object) -> set[str]:
        return set()

    def clear(self) -> None:
        return


def _trust_ack() -> AbstractContextManager[object]:
    """An acknowledgement is taken for a confirmation."""
    return _with_hints(_Believed)


@contextmanager
def _stale_hint() -> Iterator[None]:
    """Acknowledgements are forgotten when a history changes, and not at its head."""
    real = Engine._go_back

    def go_back(self: Engine, *args: Any) -> None:
        real(self, *args)
        dict.clear(self._acknowledged)

    with _trust_ack(), patch.object(Engine, "_go_back", go_back):
        yield


@contextmanager
def _with_hints(kind: type[dict[str, set[str]]]) -> Iterator[None]:
    real = Engine.__init__

    def make(self: Engine, *args: Any, **more: Any) -> None:
        real(self, *args, **more)
        self._acknowledged = kind()

    with patch.object(Engine, "__init__", make):
        yield


@contextmanager
def _one_event_a_place() -> Iterator[None]:
    """The hub takes one event at each place of a lane, and a second one for that same one sent twice."""
    real = SqliteStore.append

    def append(
        self: SqliteStore, stream: str, batch: Sequence[Incoming], *rest: Any
    ) -> tuple[list[Outcome], Page]:
        places: dict[tuple[str, str, int], str] = {}
        with self._reading() as db:
            for device, epoch, n, ident in db.execute(
                "SELECT device, epoch, n, e.id FROM event e JOIN stream s ON s.num=e.stream WHERE s.id=?",
                (stream,),
            ):
                places[device, epoch, n] = ident.hex()
        first = [
            each
            for each in batch
            if places.setdefault((each.envelope.device, each.envelope.epoch, each.envelope.n), each.event_id)
            == each.event_id
        ]
        outcomes, page = real(self, stream, first, *rest)
        placed = iter(outcomes)
        kept = {each.event_id for each in first}
        return [
            next(placed) if each.event_id in kept else Outcome(each.event_id, Word.DUP) for each in batch
        ], page

    with patch.object(SqliteStore, "append", append):
        yield


@contextmanager
def _no_rollback_check() -> Iterator[None]:
    """A device whose log went back goes on in its lanes as if nothing had been."""
    with (
        patch.object(Log, "own_count", lambda *_: 1 << 40),
        patch.object(Workstation, "strange", lambda _: ""),
    ):
        yield


@contextmanager
def _nothing_unconfirmed() -> Iterator[None]:
    """When the hub went back, what it confirmed before stays confirmed."""
    real = LogWriter.begin_generation

    def begin_generation(self: LogWriter, stream: str, gen: int, shared: int) -> None:
        waited = self._db.execute("SELECT stream, arrival FROM awaiting").fetchall()
        real(self, stream, gen, shared)
        self._db.execute("DELETE FROM awaiting")
        self._db.executemany("INSERT INTO awaiting VALUES (?,?)", waited)

    with patch.object(LogWriter, "begin_generation", begin_generation):
        yield


@contextmanager
def _cursor_outside() -> Iterator[None]:
    """The cursor moves in a step of its own, after that of the events it covers."""
    real = Log.writing

    @contextmanager
    def writing(self: Log) -> Iterator[LogWriter]:
        moved: list[tuple[str, Reach]] = []
        with real(self) as writer:
            writer.set_reach = lambda *where: moved.append(where)  # type: ignore[method-assign]
            yield writer
        if moved:
            with real(self) as writer:
                for where in moved:
                    writer.set_reach(*where)

    with patch.object(Log, "writing", writing):
        yield


@contextmanager
def _holes_allowed() -> Iterator[None]:
    """A page is taken for the events that follow, whatever it leaves out."""
    real = pages.check_page

    def check_page(page: RawPage, org: str, stream: str, before: Reach, *rest: Any) -> Checked:
        try:
            return real(page, org, stream, before, *rest)
        except TrustError:
            tree = Frontier.decode(before.frontier)
            arrivals = [pages.read_row(row, stream) for row in page.rows]
            for arrival in arrivals:
                tree.append(receipt.leaf(arrival.raw_receipt))
            return Checked(stream, page.gen, tree, page.checkpoint, arrivals, {})

    with patch.object(engines, "check_page", check_page):
        yield


MUTANTS = (
    Mutant("trust-ack", _trust_ack, 15, GOING_BACK),
    Mutant("stale-hint", _stale_hint, 89, GOING_BACK),
    Mutant("one-event-a-place", _one_event_a_place, 3, GOING_BACK),
    Mutant("no-rollback-check", _no_rollback_check, 279, GOING_BACK),
    Mutant("reset-confirms-on", _nothing_unconfirmed, 0, GOING_BACK),
    Mutant("cursor-outside", _cursor_outside, 8, frozenset({DEVICE_CUT})),
    Mutant("no-density-check", _holes_allowed, 0, frozenset({"page with a hole"})),
    *TOWN_MUTANTS,
)
