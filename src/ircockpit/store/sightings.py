"""What this person had in sight, kept on this device alone: a line is on the disk before the words are on the screen."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from ircockpit.core.clock import Clock
from ircockpit.core.ids import random_uuid
from ircockpit.store.locks import held
from ircockpit.store.profile import write_file
from ircockpit.store.sqlite import disk_error

KEPT_US = 14 * 86_400 * 1_000_000
"""Older lines go: sums of a shift need none of them, and nobody else has a use for them."""
FEW_BYTES = 64 * 1024
"""A file that is smaller is not gone through for old lines."""


class Lift(NamedTuple):
    """Harmful words that somebody had in sight: which, of what kind, since when, for how long."""

    ident: str
    signal: str
    turn: str
    category: str
    wall: int
    """Microseconds, by this machine's clock."""
    boot: str
    mono: int
    """Microseconds since that boot, a suspend counted in."""
    seconds: float
    """How long at most: what was recorded before they were shown, or what it was once they were gone."""


class Journal:
    """``exposure.jsonl`` of a profile. It is no part of the record, leaves this device with no sync, and no bundle has it."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        self._path = folder / "exposure.jsonl"
        self._clock = clock

    def begin(self, signal: str, turn: str, category: str, seconds: float) -> Lift:
        """Note that words are about to be seen for so long; durable when it returns.

        Raises :class:`StoreError` where that cannot be kept: then they must not be shown.
        """
        clock = self._clock
        lift = Lift(
            random_uuid(), signal, turn, category, clock.wall_us(), clock.boot(), clock.mono_us(), seconds
        )
        self._forget_old()
        self._add(lift._asdict())
        return lift

    def state(self, lift: Lift, seconds: float) -> Lift:
        """Note how long they are to be seen after all, or were; durable when it returns."""
        self._add({"ident": lift.ident, "seconds": round(seconds, 1)})
        return lift._replace(seconds=seconds)

    def lifts(self) -> list[Lift]:
        """Everything kept, oldest first; a line that a power cut has torn is passed over."""
        found: dict[str, Lift] = {}
        for said in self._lines():
            try:
                ident = str(said["ident"])
                if ident in found:
                    found[ident] = found[ident]._replace(seconds=float(said["seconds"]))
                else:
                    found[ident] = Lift(
                        ident, str(said["signal"]), str(said["turn"]), str(said["category"]), int(said["wall"]),
                        str(said["boot"]), int(said["mono"]), float(said["seconds"]),
                    )  # fmt: skip
            except (KeyError, TypeError, ValueError):
                continue
        return list(found.values())

    def _lines(self) -> Iterator[dict[str, Any]]:
        try:
            raw = self._path.read_bytes()
        except FileNotFoundError:
            return
        except OSError as error:
            raise disk_error(self._path, error) from error
        for line in raw.split(b"\n"):
            try:
                said = json.loads(line)
            except ValueError:
                continue
            if isinstance(said, dict):
                yield said

    def _add(self, said: dict[str, Any]) -> None:
        # The line feed comes first too: a line that a power cut has torn takes no other one with it.
        line = b"\n" + json.dumps(said, separators=(",", ":")).encode() + b"\n"
        with held(self._path.with_suffix(".lock")):
            try:
                new = not self._path.exists()
                handle = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
                try:
                    left = line
                    while left:
                        left = left[os.write(handle, left) :]
                    os.fsync(handle)
                finally:
                    os.close(handle)
                if new:
                    _sync_folder(self._path.parent)
            except OSError as error:
                raise disk_error(self._path, error) from error

    def _forget_old(self) -> None:
        try:
            if self._path.stat().st_size < FEW_BYTES:
                return
        except FileNotFoundError:
            return
        except OSError as error:
            raise disk_error(self._path, error) from error
        with held(self._path.with_suffix(".lock")):
            since, boot = self._clock.wall_us() - KEPT_US, self._clock.boot()
            young = [each for each in self.lifts() if each.wall >= since or each.boot == boot]
            kept = [json.dumps(each._asdict()) + "\n" for each in young]
            write_file(self._path, "".join(kept).encode())


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
