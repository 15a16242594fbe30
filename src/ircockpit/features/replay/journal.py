"""What of a run is on this device's disk while it lasts: each request before it is sent, each answer before the next one.

A request that was noted and has no answer was cut off, perhaps after it arrived: it is never sent a second time.
"""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from ircockpit.core.errors import ConflictError
from ircockpit.features.replay.asking import Said
from ircockpit.features.replay.events import OPEN, OUTCOMES, SILENT
from ircockpit.store.locks import held_now
from ircockpit.store.sqlite import disk_error
from ircockpit.store.underway import FOLDER
from ircockpit.store.workstation import Workstation

CUT_OFF = "cut off here before its answer was whole"


class Answer(NamedTuple):
    """One request of a run and what came of it."""

    number: int
    """From 1 on, in the order they were sent."""
    prompt: str
    """Hash of the prompt."""
    said: Said
    wall_us: int = 0
    ms: int = 0
    status: int = 0
    """0 where no answer came."""


class Journal:
    """The lines of one run."""

    def __init__(self, station: Workstation, run: str) -> None:
        folder = station.profile.folder / FOLDER
        try:
            folder.mkdir(mode=0o700, exist_ok=True)
        except OSError as error:
            raise disk_error(folder, error) from error
        self.path = folder / f"{run}.jsonl"

    @contextmanager
    def ours(self) -> Iterator[None]:
        """Be the one process that sends this run. Raises :class:`ConflictError` where another one does."""
        lock = self.path.with_suffix(".lock")
        with held_now(lock) as free:
            if not free:
                raise ConflictError(
                    "another window or command is sending this run", safe="nothing was sent from here",
                    fix="wait for its result, which shows here too",
                )  # fmt: skip
            yield

    def open(self) -> None:
        """Be there before anything is sent: one that is missing later was taken away, and not begun."""
        self._add({}, os.O_CREAT)

    @property
    def is_gone(self) -> bool:
        """Whether what was sent before is not here any more: erased, or lost with this device's disk."""
        return not self.path.exists()

    def begin(self, number: int, prompt: str) -> bool:
        """Note a request that is about to be sent, durable when it returns; false where the file was taken away."""
        return self._add({"n": number, "prompt": prompt})

    def end(self, answer: Answer) -> None:
        """Note what came of it; durable when it returns."""
        said = answer.said._asdict()
        self._add(
            {
                "n": answer.number,
                "wall": answer.wall_us,
                "ms": answer.ms,
                "status": answer.status,
                "said": said,
            }
        )

    def answers(self) -> list[Answer]:
        """Every request that was begun, in order, with what came of it."""
        found: dict[int, Answer] = {}
        for line in self._lines():
            number = line.get("n")
            if not isinstance(number, int):
                continue
            if number not in found:
                found[number] = Answer(number, str(line.get("prompt", "")), Said(SILENT, why=CUT_OFF))
            if isinstance(line.get("said"), dict):
                found[number] = _answer(found[number], line)
        return [found[number] for number in sorted(found)]

    def drop(self) -> None:
        """Forget it: what it holds is in the evidence."""
        self.path.unlink(missing_ok=True)

    def _lines(self) -> Iterator[dict[str, Any]]:
        try:
            raw = self.path.read_bytes()
        except FileNotFoundError:
            return
        except OSError as error:
            raise disk_error(self.path, error) from error
        yield from read_lines(raw)

    def _add(self, said: dict[str, Any], create: int = 0) -> bool:
        # The line feed comes first too: a line that a power cut has torn takes no other one with it.
        line = b"\n" + json.dumps(said, separators=(",", ":")).encode() + b"\n"
        try:
            handle = os.open(self.path, os.O_WRONLY | create | os.O_APPEND | os.O_CLOEXEC, 0o600)
            try:
                while line:
                    line = line[os.write(handle, line) :]
                os.fsync(handle)
            finally:
                os.close(handle)
        except FileNotFoundError:
            return False  # an erasure took it: nothing of it is written anew
        except OSError as error:
            raise disk_error(self.path, error) from error
        return True


def read_lines(raw: bytes) -> Iterator[dict[str, Any]]:
    """The objects of a file of JSON lines; a line that is none is passed over."""
    for line in raw.split(b"\n"):
        try:
            said = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(said, dict):
            yield said


def pages(header: dict[str, Any], answers: list[Answer]) -> bytes:
    """A run as the file that becomes an exhibit: how it was made, then a line for each request with its answer."""
    rows = [header, *({**each._asdict(), "said": each.said._asdict()} for each in answers)]
    return "".join(json.dumps(row, sort_keys=True) + "\n" for row in rows).encode()


def read_pages(raw: bytes) -> list[Answer]:
    """The answers in such a file."""
    return [
        _answer(Answer(line["number"], str(line.get("prompt", "")), Said(OPEN)), line)
        for line in read_lines(raw)
        if isinstance(line.get("number"), int) and isinstance(line.get("said"), dict)
    ]


def _answer(known: Answer, line: dict[str, Any]) -> Answer:
    said = line["said"]
    kind = said.get("kind")
    return known._replace(
        said=Said(
            kind if kind in OUTCOMES else SILENT, str(said.get("text", "")), str(said.get("why", "")),
            said["tokens"] if isinstance(said.get("tokens"), int) else 0, model=str(said.get("model", "")),
        ),
        wall_us=_whole(line.get("wall", line.get("wall_us"))), ms=_whole(line.get("ms")), status=_whole(line.get("status")),
    )  # fmt: skip


def _whole(value: Any) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else 0
