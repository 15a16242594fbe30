"""Cuts the power of a database at random points of its work, and looks at what is left each time."""

import random
import shutil
from collections.abc import Callable, Collection, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import NamedTuple, Protocol
from unittest import mock

import apsw
from tests.support.torn_disk import TornDisk, engine_on, put_back

from ircockpit.core.errors import StoreError

STEPS = 25
"""Durable steps of one life of the database, at most."""
LIVES = 8
"""Lives before the database is begun anew, so that a long run stays as quick as a short one."""
NOT_DURABLE = {"PRAGMA synchronous=FULL": "PRAGMA synchronous=NORMAL"}
"""What the control puts in the place of the setting that all of this rests on."""


Fault = Callable[[str, str, random.Random], apsw.Error | None]
"""The error that an operation of a kind on a file ends in, where it fails."""


class Session(Protocol):
    """A database at work."""

    def step(self) -> list[str]:
        """One durable step; what it acknowledged when it had returned."""
        ...

    def close(self) -> None:
        """Let go of it, as a program that ends."""
        ...


class Subject(Protocol):
    """A database to cut the power of."""

    engine: str
    """Where the program names its engine."""

    def begin(self, folder: Path) -> None:
        """Make an empty one."""
        ...

    def open(self, folder: Path, rng: random.Random) -> Session:
        """Put it to work."""
        ...

    def held(self, folder: Path) -> set[str]:
        """Open what a cut has left, hold that it is whole, and name what it holds."""
        ...


class Cuts(NamedTuple):
    """What so many cuts have done."""

    cuts: int
    acknowledged: int
    """Words looked for, over all cuts."""
    losing: int
    """Cuts that lost an acknowledged word."""
    lost: int
    operations: int
    """What the disk was asked to do meanwhile."""
    told: tuple[str, ...] = ()
    """What was said of steps that failed."""

    def __str__(self) -> str:
        return (
            f"{self.cuts} power cuts in {self.operations} disk operations: {self.lost} of {self.acknowledged}"
            f" acknowledged lost, in {self.losing} cuts; {len(self.told)} steps failed and said so"
        )


@contextmanager
def running_on(subject: Subject, engine: object, write_again: Callable[[Path], None]) -> Iterator[None]:
    """While inside, the program's engine is another one, and so is what it writes without it."""
    with (
        mock.patch(subject.engine, engine),
        mock.patch("ircockpit.blobs.again.write_again", write_again),
    ):
        yield


def cut_power(
    subject: Subject,
    folder: Path,
    cuts: int,
    *,
    seed: int = 1,
    instead: dict[str, str] | None = None,
    fault: Fault | None = None,
    made_sure: bool = True,
    enough: Callable[[int], bool] = lambda losing: False,
) -> Cuts:
    """Cut the power so many times, unless ``enough`` cuts lost something before; ``fault`` makes the disk fail too.

    Without ``made_sure`` nothing is written once more before a database is opened.
    """
    rng = random.Random(seed)  # noqa: S311 - where to cut, no secret
    done = Cuts(0, 0, 0, 0, 0)
    folder.mkdir(exist_ok=True)
    subject.begin(folder / "new")
    new = {path.name: path.read_bytes() for path in (folder / "new").iterdir()}
    start, life = new, 0
    while done.cuts < cuts and not enough(done.losing):
        life += 1
        where = folder / f"life-{life}"
        put_back(start, where)
        before = subject.held(where) if life % LIVES != 1 else set()
        done, start = _Life(subject, where, rng, before, instead, fault, made_sure).through(done)
        if life % LIVES == 0:
            start = new
    return done


class _Life:
    def __init__(
        self,
        subject: Subject,
        where: Path,
        rng: random.Random,
        before: set[str],
        instead: dict[str, str] | None,
        fault: Fault | None,
        made_sure: bool,
    ) -> None:
        self._subject = subject
        self._where = where
        self._rng = rng
        self._fault = fault
        self._acknowledged = list(before)
        self._instead = instead
        self._made_sure = made_sure
        self._images: list[tuple[dict[str, bytes], int]] = []
        self._operations = 0
        self._next = rng.randint(1, 40)
        self._told: list[str] = []
        self._session: Session | None = None
        self._on(TornDisk(rng))

    def _running(self) -> AbstractContextManager[None]:
        write_again: Callable[[Path], None] = self._disk.write_again if self._made_sure else lambda path: None
        return running_on(self._subject, self._engine, write_again)

    def _on(self, disk: TornDisk) -> None:
        disk.at = self._at
        self._disk = disk
        self._engine, self._layer = engine_on(disk, self._instead)

    def _at(self, what: str, name: str) -> None:
        self._operations += 1
        if self._operations >= self._next:
            self._images.append((self._disk.image(), len(self._acknowledged)))
            self._next = self._operations + self._rng.randint(1, 40)
        error = self._fault(what, name, self._rng) if self._fault is not None else None
        if error is not None:
            raise error

    def through(self, done: Cuts) -> tuple[Cuts, dict[str, bytes]]:
        """Work, and look at each image taken; what was counted, and the last image."""
        last: dict[str, bytes] | None = None
        for _ in range(self._rng.randint(1, STEPS)):
            if not self._worked() and self._rng.random() < 0.5:
                self._kill()
            for image, count in self._images:
                last = image
                done = self._look(done, image, self._acknowledged[:count])
            self._images.clear()
        self._end()
        counted = done._replace(operations=done.operations + self._operations, told=(*done.told, *self._told))
        return counted, last or self._disk.image()

    def _worked(self) -> bool:
        """One step, of a session begun where there is none; whether the disk let it."""
        with self._running():
            try:
                if self._session is None:
                    self._session = self._subject.open(self._where, self._rng)
                self._acknowledged += self._session.step()
            except StoreError as error:
                self._told.append("; ".join(error.sentences()))
                return False
        return True

    def _kill(self) -> None:
        """The program dies here, and another one goes on with its files."""
        to = self._where.with_name(f"{self._where.name}-")
        after = self._disk.killed(self._where, to)
        self._end()
        self._where = to
        self._on(after)

    def _end(self) -> None:
        self._disk.at = lambda what, name: None
        if self._session is not None:
            with self._running():
                self._session.close()
        self._session = None

    def _look(self, done: Cuts, image: dict[str, bytes], acknowledged: Collection[str]) -> Cuts:
        where = self._where / "left"
        put_back(image, where)
        lost = len(set(acknowledged) - self._subject.held(where))
        shutil.rmtree(where)
        return done._replace(
            cuts=done.cuts + 1, acknowledged=done.acknowledged + len(acknowledged),
            losing=done.losing + bool(lost), lost=done.lost + lost,
        )  # fmt: skip
