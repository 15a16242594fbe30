"""Two workstations of one organisation and one of another, and bundles that the first has written."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from tests.support.bundles import Copy, Specimen, rows_of
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


@pytest.fixture(scope="session")
def specimen(made: Made, tmp_path_factory: pytest.TempPathFactory) -> Specimen:
    folder = tmp_path_factory.mktemp("specimen")
    with (
        made.copy("a", folder / "a") as a,
        made.copy("b", folder / "b") as b,
        made.copy("c", folder / "c") as c,
    ):
        hub = made.hub(a, folder / "hub")
        crew = Crew(a, b, c, hub, folder)

        def together() -> None:
            for who in (b, a, b, a):
                crew.sync(who)

        ident = crew.incident(a)
        together()
        for number in range(4):
            note(b, incident=ident, text=f"from b, {number}")
            note(a, incident=ident, text=f"from a, {number}")
            together()
        stream = str(a.view.rows("SELECT stream FROM incident")[0][0])
        taken = next(held for held in a.log.of_stream(stream) if held.event.envelope.type == "incident.noted")
        a.log.db.execute("UPDATE part SET salt=NULL, data=NULL WHERE event=? AND i=0", (taken.arrival,))
        note(a, incident=ident, text="not confirmed yet")
        note(a, incident=ident, text="nor this")
        key, org = a.key(), a.identity.org
        crew.bundle(a, "out")
        crew.bundle(a, "chosen", incidents=[ident], extract=True)
        together()
        crew.sync(a)
        later = a.log.checkpoints(stream)[-1][2]
        line = next(
            at
            for at, row in enumerate(rows_of(folder / "out", stream), 1)
            if any("leaf" in part for part in row["p"])
        )
        hub.close()
    return Specimen(folder / "out", folder / "chosen", key, org, stream, later, line)


@pytest.fixture
def whole(specimen: Specimen, tmp_path: Path) -> Copy:
    return Copy(specimen.folder, tmp_path / "bundle", specimen)
