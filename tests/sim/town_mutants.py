"""Rules left out that only show where people join, lose rights, keep evidence, erase words and carry bundles.

Two more have nothing to break. *Descendants before ancestors*: each round brings one ancestor more, which is slow and
not wrong. *A revocation beside another of the same act*: the acts here are too small to be said in several events.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any
from unittest.mock import patch

from tests.sim.mutant import Mutant
from tests.sim.weather import DEVICE_CUT

from ircockpit.blobs import files
from ircockpit.core.reduce import Happening
from ircockpit.hub import admission
from ircockpit.ledger.revocation import AFTER, Cuts
from ircockpit.store import erasing, fold
from ircockpit.store.log import Log
from ircockpit.store.logwriter import LogWriter
from ircockpit.sync import copies, doubts, engine, exhibits, intake, judge, revoked
from ircockpit.sync.client import BusyError
from ircockpit.sync.engine import Engine
from ircockpit.sync.uploading import Upload

AtWork = Callable[[], AbstractContextManager[object]]


def _patched(target: object, name: str, put: Any) -> AtWork:
    return lambda: patch.object(target, name, put)


@contextmanager
def _by_place() -> Iterator[None]:
    """An event of a revoked device counts by its place in the lane, whoever stands there."""

    def doubt(self: Cuts, stream: str, device: str, epoch: str, n: int, *_: Any) -> str:
        for lanes in self._of.get(device, ()):
            if not any(n <= cut.n for cut in lanes.get((stream, epoch), ())):
                return AFTER
        return ""

    with patch.object(Cuts, "doubt", doubt), patch.object(Cuts, "doubt_of_new", doubt):
        yield


def _only_known_streams(self: Engine) -> int:
    """What the hub lists is not looked at: only records held already are asked for."""
    self._acknowledged.clear()
    return sum(self._pull_safely(stream) for stream in self._log.streams())


@contextmanager
def _dropped_when_busy() -> Iterator[None]:
    """What a busy hub did not take is taken for sent."""
    real = Engine._send

    def send(self: Engine, stream: str, ids: list[str], wires: list[bytes]) -> tuple[int, bool]:
        try:
            return real(self, stream, ids, wires)
        except BusyError:
            with self._log.writing():
                for ident in ids:
                    self._log.db.execute(
                        "DELETE FROM awaiting WHERE arrival=(SELECT arrival FROM event WHERE id=?)",
                        (bytes.fromhex(ident),),
                    )
            raise

    with patch.object(Engine, "_send", send):
        yield


@contextmanager
def _by_the_clock() -> Iterator[None]:
    """Versions are put in order by the clocks of those who wrote them."""
    real = fold.happening

    def happening(*of: Any) -> Happening:
        found = real(*of)
        return found._replace(lam=found.wall)

    with patch.object(fold, "happening", happening):
        yield


@contextmanager
def _no_bound() -> Iterator[None]:
    """A Lamport number may leap as far as it likes."""
    with patch.object(admission, "_lam_fault", lambda *_: ""), patch.object(judge, "LEAP", 1 << 60):
        yield


@contextmanager
def _lane_kept() -> Iterator[None]:
    """Whoever hears of a fork of a lane of theirs goes on in it."""
    with (
        patch.object(copies, "begin_epoch", lambda *_: None),
        patch.object(engine, "begin_epoch", lambda *_: None),
    ):
        yield


def _not_adopted_late(self: fold.Fold, named: str, by: Happening) -> None:
    """Only what comes after the word that adopts it counts."""
    self._db.execute(
        "INSERT INTO adopted VALUES (?,?,?) ON CONFLICT DO NOTHING", (named, by.stream, by.event_id)
    )


@contextmanager
def _swept_noted_outside() -> Iterator[None]:
    """That words were taken away is noted beside the log: a log that is put back holds them again, and the note stays."""
    done: set[tuple[str, str]] = set()

    def due(log: Log) -> bool:
        return (str(log.path), erasing._state(log)) not in done

    def note_swept(log: Log, _: LogWriter) -> None:
        done.add((str(log.path), erasing._state(log)))

    with patch.object(erasing, "due", due), patch.object(erasing, "note_swept", note_swept):
        yield


def _first_reason(self: LogWriter, arrival: int, reason: str) -> None:
    """Why an entry does not count is what was found first, whatever the hub says later."""
    self._db.execute("INSERT INTO doubt VALUES (?,?) ON CONFLICT DO NOTHING", (arrival, reason))
    self.fold_again(arrival)


BUNDLES = frozenset({"bundle in"})
REVOKING = frozenset({"revoke", "steal"})
ERASING = frozenset({"erase"})
EVIDENCE = frozenset({"take in"})
TOWN_MUTANTS = (
    Mutant("doubts-for-good", _patched(doubts, "_settle_once", lambda *_: 0), 10_000_004, frozenset()),
    Mutant("first-reason-kept", _patched(LogWriter, "set_doubt", _first_reason), 10_000_009, frozenset()),
    Mutant("adoption-not-late", _patched(fold.Fold, "_adopt", _not_adopted_late), 10_000_345, frozenset({"adopt"})),
    Mutant("revoked-by-place", _by_place, 10_000_035, REVOKING),
    Mutant("revoked-by-hub-only", _patched(revoked, "revocations", lambda *_: []), 10_000_035, REVOKING),
    Mutant("verified-unread", _patched(files, "_check_expected", lambda *_: None), 10_000_072, frozenset({"rot"})),
    Mutant("verified-unsent", _patched(Upload, "_commit", lambda *_: None), 10_000_005, EVIDENCE),
    Mutant("verified-after-reset", _patched(exhibits, "ask_again", lambda *_: None), 10_000_033, EVIDENCE),
    Mutant("swept-noted-outside", _swept_noted_outside, 10_001_873, ERASING),
    Mutant("bundle-moves-cursor", _patched(intake._Bringing, "_go_over", lambda _, reach, *__: reach), 10_000_102, BUNDLES),
    Mutant("hints-only", _patched(Engine, "_pull_changed", _only_known_streams), 10_000_000, frozenset()),
    Mutant("busy-drops", _dropped_when_busy, 10_000_014, frozenset({"too busy"})),
    Mutant("by-the-clock", _by_the_clock, 10_000_000, frozenset()),
    Mutant("lamport-unbounded", _no_bound, 10_000_021, frozenset({"leap"})),
    Mutant("lane-kept", _lane_kept, 10_000_001, frozenset({"clone", "steal", "device restore"})),
    Mutant("said-twice", _patched(Log, "events_of_op", lambda *_: []), 10_000_024, frozenset({DEVICE_CUT})),
)  # fmt: skip
