"""Who works on a containment action: one process at a time, and none any more where it was cut off before the proof."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ircockpit.core.errors import ConflictError
from ircockpit.features.containment.queries import ActionRow, unproved
from ircockpit.store.locks import held_now
from ircockpit.store.workstation import Workstation


def cut_off(station: Workstation) -> list[ActionRow]:
    """Actions of this device that were sent and not proved, and that no process works on any more."""
    return [row for row in unproved_here(station) if not _is_in_hand(station, row.ident)]


def unproved_here(station: Workstation) -> list[ActionRow]:
    """Actions that this device sent and whose outcome it has not read yet, in hand or not."""
    return [row for row in unproved(station.view) if kept_file(station, row.ident, "before").exists()]


@contextmanager
def in_hand(station: Workstation, action: str) -> Iterator[None]:
    """Be the one process that works on an action. Raises :class:`ConflictError` where another one does."""
    with suppress(
        OSError
    ):  # a folder that somebody took away keeps nobody from stopping; the lock tells what is wrong
        station.profile.snapshots.mkdir(mode=0o700, exist_ok=True)
    with held_now(_lock(station, action)) as ours:
        if not ours:
            raise ConflictError(
                "another window or command is at work on this action", safe="nothing was sent from here",
                fix="wait for its proof, which shows here too",
            )  # fmt: skip
        yield


def kept_file(station: Workstation, action: str, name: str) -> Path:
    """Where this device keeps something of an action: ``before`` is the way back, written before sending."""
    return station.profile.snapshots / f"{action}.{name}.json"


def _is_in_hand(station: Workstation, action: str) -> bool:
    if not _lock(station, action).exists():
        return False
    with held_now(_lock(station, action)) as ours:
        return not ours


def _lock(station: Workstation, action: str) -> Path:
    return station.profile.snapshots / f"{action}.lock"
