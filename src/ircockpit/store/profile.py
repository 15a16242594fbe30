"""A responder's profile folder: where it is, what it holds, who it says one is."""

import json
import os
import re
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from time import time
from typing import Any, NamedTuple

from ircockpit.core.errors import StoreError
from ircockpit.core.ids import random_uuid
from ircockpit.store.kept import HOME_VARIABLE as HOME_VARIABLE
from ircockpit.store.lanemark import read_mark
from ircockpit.store.locks import held
from ircockpit.store.sqlite import OpenDatabase, connect, disk_error, refuse_network_disk

FORMAT = 1


class Identity(NamedTuple):
    """Who writes with this profile, and for which organisation; no secret is in it."""

    org: str
    """Key id of the organisation's root."""
    own_root: str
    """Hex public key of the root this profile made for itself."""
    device: str
    """UUID of this device."""
    user: str
    """Random pseudonym that stands in every event; the name is in an erasable event."""
    name: str
    """The person's name as typed at first start, shown on this device."""
    key_home: str
    """Where the device key lies: ``file`` or ``keyring``."""
    certificate: str
    """Id of the device certificate in force."""
    org_stream: str
    """UUID of the stream that holds systems, people and decisions of the organisation."""
    hub: str = ""
    """Address of the hub joined, empty when alone."""
    hub_log_key: str = ""
    """Hex public key that signs the hub's checkpoints."""
    demo: bool = False
    successor: str = ""
    """Hex public key of the root's successor kept in this profile; empty where none is."""
    org_root: str = ""
    """Hex public key of the root of the organisation joined; empty where it is this profile's own."""
    authority_stream: str = ""
    """UUID of the stream in which the organisation says who belongs to it; empty where no hub was joined."""

    @property
    def root(self) -> bytes:
        """Public root key of the organisation written for."""
        return bytes.fromhex(self.org_root or self.own_root)


class Profile:
    """The folder of one profile: paths, identity, and the lock under which it changes shape."""

    def __init__(
        self,
        folder: Path,
        *,
        rand: Callable[[int], bytes] = os.urandom,
        open_database: OpenDatabase = connect,
    ) -> None:
        self.rand = rand
        """Where the chance in what is written comes from: salts, epochs, ids."""
        self.open_database = open_database
        self.folder = folder
        self.log_db = folder / "log.db"
        self.view_db = folder / "view.db"
        self.keys = folder / "keys"
        self.blobs = folder / "blobs"
        self.snapshots = folder / "snapshots"
        self.connectors = folder / "connectors"
        self.device_key = self.keys / "device.key"
        self.root_key = self.keys / "root.key"
        self.successor_key = self.keys / "successor.key"
        self.lane_mark = folder / "lane.mark"
        self.check_due = folder / "check.due"
        self.copied = folder / "copied.txt"
        """What was copied last."""
        self._identity = folder / "profile.json"

    @property
    def exists(self) -> bool:
        """Whether the profile was made. Raises :class:`StoreError` where the folder cannot be looked into."""
        try:
            return self._identity.exists()
        except OSError as error:
            raise disk_error(self.folder, error) from error

    def prepare(self) -> None:
        """Make the folders, 0700. Raises :class:`StoreError` on a network disk or without permission."""
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            refuse_network_disk(self.folder)
            for folder in (self.keys, self.blobs, self.snapshots, self.connectors):
                folder.mkdir(mode=0o700, exist_ok=True)
        except OSError as error:
            raise disk_error(self.folder, error) from error

    def sweep(self) -> None:
        """Take away what :func:`write_file` was killed over in this folder; what another process may be at stays."""
        with suppress(OSError):
            for path in self.folder.iterdir():
                if _CUT_OFF.fullmatch(path.name) and path.lstat().st_mtime < time() - _SURELY_OVER_S:
                    path.unlink(missing_ok=True)

    def identity(self) -> Identity:
        """Who this profile is. Raises :class:`StoreError` where it cannot be read."""
        try:
            raw: dict[str, Any] = json.loads(self._identity.read_text("utf-8"))
            if raw.pop("format") != FORMAT:
                raise StoreError(
                    "this profile was made by another version of ircockpit", safe="it was not touched",
                    fix="use the version that made it, or set IRCOCKPIT_HOME to a new folder",
                )  # fmt: skip
            found = Identity(**raw)
            if any(
                type(value) is not Identity.__annotations__[name] for name, value in found._asdict().items()
            ):
                raise TypeError
            return found
        except OSError as error:
            raise disk_error(self._identity, error) from error
        except (ValueError, KeyError, TypeError, AttributeError):
            raise StoreError(
                "profile.json is damaged", safe="the record in log.db was not touched",
                fix="restore profile.json from a backup, or start a new profile and enrol again",
            ) from None  # fmt: skip

    def save_identity(self, identity: Identity) -> None:
        """Write who this profile is, whole or not at all."""
        text = json.dumps({"format": FORMAT, **identity._asdict()}, indent=1) + "\n"
        write_file(self._identity, text.encode())

    def hubs(self) -> list[Path]:
        """Data folders of hubs that lie in this profile: programs of their own, whose files are not the profile's."""
        return [each.parent for each in sorted(self.folder.rglob("hub.db"))]

    def stamp(self) -> tuple[object, ...]:
        """Changes when the identity or the lane mark was written; cheap enough to ask before every act."""
        # The mark by what it says: two writes within one tick of the file system's clock leave the same time.
        mark = read_mark(self.lane_mark)
        try:
            state = self._identity.stat()
        except FileNotFoundError:
            return (mark,)
        return (mark, state.st_mtime_ns, state.st_ino)

    def lock(self) -> AbstractContextManager[None]:
        """Hold the profile's OS lock while it is made or rebuilt, so that two processes cannot race."""
        return held(self.folder / "lock")


def default_home() -> Path:
    """The profile folder: ``IRCOCKPIT_HOME``, or the platform's place for a program's data.

    Raises :class:`StoreError` where the system knows no home folder to begin from.
    """
    named = os.environ.get(HOME_VARIABLE)
    try:
        if named:
            return Path(named).expanduser()
        import platformdirs

        return Path(platformdirs.user_data_dir("ircockpit", appauthor=False))
    except RuntimeError:
        raise StoreError(
            "there is no home folder to keep the profile in", safe="nothing was changed",
            fix=f"set {HOME_VARIABLE} to a folder of yours on a disk of this machine",
        ) from None  # fmt: skip


_CUT_OFF = re.compile(r"\.[a-z][a-z._-]*\.[0-9a-f]{8}")
"""How :func:`write_file` calls a file before it has its name."""
_SURELY_OVER_S = 3600.0


def write_file(path: Path, raw: bytes, mode: int = 0o600) -> None:
    """Replace a file durably: readers see the old bytes or the new ones, also after a power cut."""
    temporary = path.with_name(f".{path.name}.{random_uuid()[:8]}")
    try:
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(raw)
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, path)
        except OSError:
            temporary.unlink(missing_ok=True)
            raise
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as error:
        raise disk_error(path, error) from error
