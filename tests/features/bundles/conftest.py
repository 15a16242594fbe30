"""Two workstations of one organisation and one of another, and a bundle that the first has written."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from tests.support.hub import DirectTransport, LocalHub, Made, declare, sync

from ircockpit.features.bundles.actions import export
from ircockpit.features.evidence.actions import add
from ircockpit.features.incidents.actions import note
from ircockpit.store.workstation import Workstation
from ircockpit.sync.engine import Round


class Crew(NamedTuple):
    """``a`` founded the organisation, ``b`` joined it, ``c`` has one of their own; the hub is asked in this process."""

    a: Workstation
    b: Workstation
    c: Workstation
    hub: LocalHub
    folder: Path

    def sync(self, who: Workstation) -> Round:
        """One round."""
        return sync(who, lambda _: DirectTransport(lambda: self.hub.hub))

    def incident(self, who: Workstation, title: str = "wrong dose") -> str:
        """An incident with a note and an exhibit."""
        ident = declare(who, title)
        note(who, incident=ident, text=f"told the ward of {title}")
        file = self.folder / f"{title}.log"
        file.write_bytes(f"what the bot said: {title}\n".encode())
        add(who, file=str(file), incident=ident)
        return ident

    def bundle(self, who: Workstation, name: str = "out", **asked: Any) -> Path:
        """A bundle of everything, or of what was asked for."""
        export(who, to=str(self.folder / name), all="incidents" not in asked, **asked)
        return self.folder / name


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    return Made(tmp_path_factory.mktemp("made"))


@pytest.fixture
def crew(made: Made, tmp_path: Path) -> Iterator[Crew]:
    with (
        made.copy("a", tmp_path / "a") as a,
        made.copy("b", tmp_path / "b") as b,
        made.copy("c", tmp_path / "c") as c,
    ):
        hub = made.hub(a, tmp_path / "hub")
        found = Crew(a, b, c, hub, tmp_path)
        for who in (b, a, b):  # from here on they differ only in what a test does
            found.sync(who)
        yield found
        hub.close()
