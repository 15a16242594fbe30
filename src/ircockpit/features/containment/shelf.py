"""The connectors a workstation has: those that come with the program, and local ones somebody here has trusted."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from ircockpit.core.errors import BadInput, NotFound, RefusedError
from ircockpit.features.containment.connectors import SHIPPED
from ircockpit.store.profile import write_file

if TYPE_CHECKING:
    from ircockpit.features.containment.engine.connector import Connector
    from ircockpit.store.profile import Profile

TRUST_FILE = "trusted.json"
PROGRAMS_FILE = "programs.toml"


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
    for path in _files(profile):
        # Also where one of the same name was shipped: whoever replaced it does not want that one.
        if path.stem == ident and isinstance(local := _local(path), BadInput):
            raise local
    for held in _own(profile):
        if held.connector.id == ident:
            if held.origin == "not trusted":
                raise RefusedError(
                    f"nobody on this device has trusted the connector {ident}, sha256 {held.connector.sha256[:12]}",
                    safe="nothing was sent", fix=f"read the file, then: ircockpit contain trust {ident}",
                )  # fmt: skip
            return held.connector
    if ident in SHIPPED:
        from ircockpit.features.containment.engine.connector import shipped

        return shipped(ident)
    for error in broken(profile):
        raise error  # the one looked for may stand in it
    raise NotFound(f"there is no connector {ident!r}", fix="ircockpit contain connectors lists them")


def broken(profile: "Profile") -> list[BadInput]:
    """What is wrong with each local file that cannot be read; such a file stops no other connector."""
    return [found for found in map(_local, _files(profile)) if isinstance(found, BadInput)]


def connectors(profile: "Profile") -> list[Held]:
    """All connectors that can be read; a local file goes before a shipped one of the same id."""
    from ircockpit.features.containment.engine.connector import shipped

    found = {ident: Held(shipped(ident), "shipped") for ident in SHIPPED}
    found |= {held.connector.id: held for held in _own(profile)}
    return sorted(found.values(), key=lambda held: held.connector.id)


def _own(profile: "Profile") -> list[Held]:
    trusted = _trusted(profile)
    return [
        Held(local, "trusted here" if local.sha256 in trusted else "not trusted")
        for local in map(_local, _files(profile))
        if not isinstance(local, BadInput)
    ]


def _files(profile: "Profile") -> list[Path]:
    return sorted(profile.connectors.glob("*.yaml"))


def _local(path: Path) -> "Connector | BadInput":
    from ircockpit.features.containment.engine.connector import load

    try:
        return load(path)
    except BadInput as error:
        return error


def trust(profile: "Profile", sha256: str) -> None:
    """Accept a connector file by its content: changing one byte of it takes the trust away."""
    with profile.lock():  # two commands at once must not forget each other's
        write_file(profile.connectors / TRUST_FILE, json.dumps(sorted(_trusted(profile) | {sha256})).encode())


def programs(profile: "Profile") -> dict[str, str]:
    """The programs that controls may run on this device: absolute paths by name.

    Raises :class:`BadInput` where the file that lists them cannot be used.
    """
    import tomllib

    try:
        stated = tomllib.loads((profile.connectors / PROGRAMS_FILE).read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise BadInput(f"{PROGRAMS_FILE} cannot be read: {error}", safe="nothing was sent") from None
    for name, path in stated.items():
        if not (isinstance(path, str) and path.startswith("/")):
            raise BadInput(
                f"{PROGRAMS_FILE}: {name} is no absolute path", safe="nothing was sent",
                fix=f'write it like: {name} = "/usr/bin/{name}"',
            )  # fmt: skip
    return stated


def _trusted(profile: "Profile") -> set[str]:
    try:
        return set(json.loads((profile.connectors / TRUST_FILE).read_text("utf-8")))
    except (OSError, ValueError, TypeError):
        return set()
