"""The connectors a workstation has: those that come with the program, and local ones somebody here has trusted."""

import json
from importlib.resources import files
from typing import TYPE_CHECKING, NamedTuple

from ircockpit.core.errors import BadInput, NotFound, RefusedError
from ircockpit.store.profile import write_file

if TYPE_CHECKING:
    from ircockpit.features.containment.engine.connector import Connector
    from ircockpit.store.profile import Profile

TRUST_FILE = "trusted.json"


class Held(NamedTuple):
    """A connector on this workstation."""

    connector: "Connector"
    origin: str
    """``shipped``, ``trusted here`` or ``not trusted``."""


def connector(profile: "Profile", ident: str) -> "Connector":
    """A connector that may be written with; a broken file of another one does not matter.

    Raises :class:`NotFound`, :class:`BadInput` where its own file is broken, or :class:`RefusedError` for one nobody
    trusted.
    """
    found, broken = _shelf(profile)
    if ident in broken:
        raise broken[ident]
    held = found.get(ident)
    if held is None:
        raise NotFound(f"there is no connector {ident!r}", fix="ircockpit contain connectors lists them")
    if held.origin == "not trusted":
        raise RefusedError(
            f"nobody on this device has trusted the connector {ident}, sha256 {held.connector.sha256[:12]}",
            safe="nothing was sent", fix=f"read the file, then: ircockpit contain trust {ident}",
        )  # fmt: skip
    return held.connector


def connectors(profile: "Profile") -> list[Held]:
    """All connectors; a local file goes before a shipped one of the same id. Raises :class:`BadInput` for a broken file."""
    found, broken = _shelf(profile)
    for error in broken.values():
        raise error
    return sorted(found.values(), key=lambda held: held.connector.id)


def _shelf(profile: "Profile") -> "tuple[dict[str, Held], dict[str, BadInput]]":
    """Connectors by id, and why a local file is none by the file's name without its ending."""
    from ircockpit.features.containment.engine.connector import load

    trusted = _trusted(profile)
    found: dict[str, Held] = {}
    broken: dict[str, BadInput] = {}
    for entry in files("ircockpit.features.containment.connectors").iterdir():
        if entry.name.endswith(".yaml"):
            held = load(entry.read_bytes())
            found[held.id] = Held(held, "shipped")
    for path in sorted(profile.connectors.glob("*.yaml")):
        try:
            local = load(path)
        except BadInput as error:
            broken[path.stem] = error
            continue
        found[local.id] = Held(local, "trusted here" if local.sha256 in trusted else "not trusted")
    return found, broken


def trust(profile: "Profile", sha256: str) -> None:
    """Accept a connector file by its content: changing one byte of it takes the trust away."""
    write_file(profile.connectors / TRUST_FILE, json.dumps(sorted(_trusted(profile) | {sha256})).encode())


def _trusted(profile: "Profile") -> set[str]:
    try:
        return set(json.loads((profile.connectors / TRUST_FILE).read_text("utf-8")))
    except (OSError, ValueError, TypeError):
        return set()
