"""An insider for tests: a device that joined by files and never had a hub, its bundle, and the key that made it."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from tests.features.bundles.test_bundles_alone import carry, join
from tests.support.bundles import run
from tests.support.copies import copy_unnoticed
from tests.support.forger import Forger, envelope_of
from tests.support.hub import declare, station

from ircockpit.bundle.ircockpit_verify import Unjudged, Verifier
from ircockpit.core.errors import CockpitError
from ircockpit.features.bundles.actions import export, take
from ircockpit.features.bundles.survey import look
from ircockpit.features.evidence.actions import add
from ircockpit.features.incidents.actions import note
from ircockpit.ledger.signing import SigningKey


class Alone(NamedTuple):
    """The bundle of the second device, its key and ids, and the profile of the first, who reads it."""

    folder: Path
    reader: Path
    key: SigningKey
    device: str
    other: str
    """The first device."""
    org: str
    stream: str
    """The incident of the first device, in which both wrote."""
    before: str
    """The incident that the second had before it joined."""


def make_alone(folder: Path) -> Alone:
    """The two devices, and what the second wrote to a bundle."""
    with station(folder / "a") as a, station(folder / "c") as c:
        declare(c, "written before joining")
        before = str(c.view.rows("SELECT stream FROM incident")[0][0])
        join(a, c, folder)
        ident = declare(a, "wrong dose")
        carry(a, c, folder / "one")
        for number in range(4):
            note(c, incident=ident, text=f"from the field, {number}")
        (folder / "said.log").write_bytes(b"what the bot said")
        add(c, file=str(folder / "said.log"), incident=ident)
        note(c, incident=ident, text="the last")
        export(c, to=str(folder / "out"), all=True)
        stream = str(a.view.rows("SELECT stream FROM incident")[0][0])
        return Alone(
            folder / "out", folder / "a", c.key(), c.identity.device, a.identity.device, a.identity.org, stream, before
        )  # fmt: skip


class Case:
    """One copy to forge in, and both verdicts on it."""

    def __init__(self, alone: Alone, folder: Path) -> None:
        self.alone, self.at = alone, folder
        self.forger = Forger(alone.folder, folder / "bundle", alone.key, alone.device)
        self.rows = self.forger.rows(alone.stream)
        self.own = [at for at, row in enumerate(self.rows) if envelope_of(row)["device"] == alone.device]
        """Lines, from 0, of what the insider wrote."""

    def envelope(self, number: int, change: Callable[[dict[str, Any]], None]) -> None:
        """Change an envelope of the insider's, and put everything after it in order."""
        self.forger.change(self.rows, self.own[number], change)
        self.anchor()

    def anchor(self) -> None:
        self.forger.anchor(self.alone.stream, self.rows)

    def verifier(self) -> Verifier:
        return run(self.forger.folder, self.alone.org)

    def found(self) -> set[str]:
        """Kinds of what the verifier finds."""
        try:
            return {kind for kind, _, _ in self.verifier().findings}
        except Unjudged:
            return {"unjudged"}

    def program(self) -> list[str]:
        """What the program says against it; nothing where it would take it over."""
        with copied(self.alone.reader, self.at / "reader") as reader:
            try:
                seen = look(reader, self.forger.folder)
            except CockpitError as error:
                return [error.what]
            return [each for each in (seen.refused, *(damage.what for damage in seen.damages)) if each]

    def doubted(self) -> set[str]:
        """Ids of the events that do not count for the reader who takes it over."""
        with copied(self.alone.reader, self.at / "taker") as reader:
            take(reader, folders=[str(self.forger.folder)], yes=True)
            return {stored.event.id for stored in reader.log.since(0, 1_000_000) if stored.doubt}


def copied(profile: Path, to: Path) -> Any:
    if to.exists():
        shutil.rmtree(to)
    copy_unnoticed(profile, to)
    return station(to)
