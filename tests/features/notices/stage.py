"""A receiver of notices on this machine, and a workstation whose channels lead to it."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.scripted import Line, Received, Script, Scripted, answer

from ircockpit.features.incidents import actions as incidents
from ircockpit.features.notices.channels import place
from ircockpit.features.systems.actions import add
from ircockpit.store.workstation import Workstation

PATH = ["Ann Lee=+49 30 1234/15", "head of pharmacy"]
TITLE = "zzunspeakable title"
SECRET = "hunter22secret"


def yes(_: Received, line: Line) -> None:
    """A receiver that takes everything."""
    line.send(answer(200, b"ok"))


def declared(station: Workstation, severity: str = "SEV2") -> str:
    """An incident of a system that has an escalation path; its id."""
    add(station, name="pharmacy-bot", owner="pharmacy-team", escalate=PATH)
    return str(incidents.declare(station, title=TITLE, system="pharmacy-bot", severity=severity).data["id"])


def channels(station: Workstation, **stated: dict[str, object]) -> None:
    """Write channels.toml; the address of each is a file of mode 0600 beside it, where ``url`` gives the address itself."""
    rows = []
    for name, table in stated.items():
        source = station.profile.folder / f"{name}.address"
        source.touch(mode=0o600)
        source.write_text(str(table["url"]))
        keys = {**table, "url": f"file:{source}"}
        rows.append(
            f"[channels.{name}]\n" + "\n".join(f"{key} = {json.dumps(value)}" for key, value in keys.items())
        )
    place(station.profile.folder).write_text("\n\n".join(rows) + "\n")


@contextmanager
def receiver(script: Script = yes) -> Iterator[Scripted]:
    """A receiver that does as the script says."""
    with Scripted(script) as server:
        yield server


def address(server: Scripted) -> str:
    """Where it is, with a password in it."""
    return f"json://mira:{SECRET}@127.0.0.1:{server.port}/{SECRET}"


def words_of(server: Scripted) -> list[str]:
    """Subject and text of every notice that arrived."""
    found = [json.loads(each.body) for each in server.received]
    return [f"{each['title']}\n{each['message']}" for each in found]


def everything_in(folder: Path) -> bytes:
    """Every byte of every file of a profile but the sources of addresses."""
    files = [each for each in sorted(folder.rglob("*")) if each.is_file() and each.suffix != ".address"]
    return b"".join(each.read_bytes() for each in files)
