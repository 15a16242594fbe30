"""The hub's data folder: its two keys, its database, its evidence files, and the organisation it serves."""

import os
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from ircockpit.blobs.files import FileBlobs
from ircockpit.core.clock import Clock, SystemClock
from ircockpit.core.errors import (
    BadInput,
    ConflictError,
    NotFound,
    RefusedError,
    SecretError,
    StoreError,
    TrustError,
)
from ircockpit.core.roles import LEAD
from ircockpit.hub import authority
from ircockpit.hub.erasing import TRACES
from ircockpit.hub.generations import Mark, announce
from ircockpit.hub.sqlite_store import SqliteStore
from ircockpit.hub.store import Device, Store
from ircockpit.ledger import joining
from ircockpit.ledger.certificate import (
    DEVICE,
    HUB_AUTHORITY,
    HUB_LOG,
    Anchors,
    CertificateError,
    SignedCertificate,
)
from ircockpit.ledger.signing import SigningKey

LOG_KEY, AUTHORITY_KEY = "hub-log.key", "hub-authority.key"


class Founding(NamedTuple):
    """What the holder of an organisation's root gives a hub so that it may act for the organisation."""

    root: bytes
    """Public key of the root; the root itself never comes here."""
    org_stream: str
    certificates: tuple[SignedCertificate, ...]
    """Of the hub's two keys and of the founder's device, each signed by the root."""
    name: str
    """Name of the founder."""
    authority_stream: str = ""
    """The organisation's authority stream, where it has one already: a further hub goes on in it."""
    generation: int = 0
    """The highest that a hub before has signed, as far as the founder knows; this one begins a later one."""


def read_founding(said: Any) -> Founding:
    """The founding in a JSON object; raises :class:`BadInput` for anything else."""
    try:
        return Founding(
            bytes.fromhex(said["org_root"]), str(said["org_stream"]),
            tuple(map(joining.certificate_from_wire, said["certificates"])), str(said["name"]),
            str(said.get("authority_stream", "")), int(said.get("generation", 0)),
        )  # fmt: skip
    except (KeyError, TypeError, ValueError):
        raise BadInput("the founding needs org_root, org_stream, name and certificates") from None


class HubFolder:
    """The folder of one hub, mode 0700. Its keys can certify devices and attest history, and nothing more."""

    def __init__(
        self,
        path: Path,
        store: Callable[[Path], Store] = SqliteStore,
        *,
        rand: Callable[[int], bytes] = os.urandom,
    ) -> None:
        self.path = path
        self.rand = rand
        """Where the chance in what the authority writes comes from."""
        try:
            path.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.log_key = _key(path / LOG_KEY)
            self.authority_key = _key(path / AUTHORITY_KEY)
        except OSError as error:
            raise _unusable(path, error) from error
        self.store: Store = store(path / "hub.db")
        self.mark = Mark(path / "hub.mark")
        self.blobs = FileBlobs(path / "blobs")
        self.uploads = path / "uploads"

    def clear_away(self) -> None:
        """Leave nothing of what was erased in files and free pages; what cannot be done now is tried again."""
        if self.store.meta(TRACES) == "1":
            for sha256 in self.store.files_to_go():
                self.drop_file(sha256)
            self.store.leave_no_trace()

    def drop_file(self, sha256: str) -> None:
        """Take an evidence file away, and what is half received of it."""
        self.blobs.remove(sha256)
        for place in self.uploads.glob(f"{sha256}.*"):
            shutil.rmtree(place, ignore_errors=True)

    def close(self) -> None:
        """Let go of the database, and of the mark beside it."""
        self.mark.close()
        self.store.close()

    @property
    def root(self) -> bytes:
        """The organisation's public root key. Raises :class:`NotFound` for a folder no organisation was given to."""
        root = self.store.meta("org_root")
        if root is None:
            raise NotFound(
                f"{self.path} is not the folder of a hub yet",
                fix="start one: ircockpit hub serve, with the same --data",
            )
        return bytes.fromhex(root)

    @property
    def authority_stream(self) -> str:
        """UUID of the stream in which this organisation says who belongs to it."""
        return self.store.meta(authority.STREAM) or ""

    @property
    def org_stream(self) -> str:
        """UUID of the stream all members share."""
        return self.store.meta("org_stream") or ""

    def found(self, founding: Founding, now_us: int, clock: Clock | None = None) -> None:
        """Take the organisation on; again with the same one changes nothing, and lets a device of the root in.

        Raises :class:`RefusedError` where the folder serves another organisation, :class:`TrustError` where a
        certificate is not signed by the root or not of this hub's keys.
        """
        present = self.store.meta("org_root")
        if present is not None and present != founding.root.hex():
            raise RefusedError(
                "this data folder belongs to the hub of another organisation", safe="nothing was changed",
                fix="name another folder with --data, or use the profile that founded it",
            )  # fmt: skip
        anchors = Anchors(founding.root, founding.certificates)
        stated = [anchors.verify(each) for each in founding.certificates]
        if any(each.issuer not in anchors.roots for each in stated):
            raise TrustError("a founding certificate is not signed by the root", safe="nothing was changed")
        keys = {each.purpose: each.key for each in stated}
        own = {HUB_LOG: self.log_key.public.hex(), HUB_AUTHORITY: self.authority_key.public.hex()}
        if any(keys.get(purpose, key) != key for purpose, key in own.items()):
            raise TrustError("the certificates are of another hub's keys", safe="nothing was changed")
        if present is None and not own.keys() <= keys.keys():
            raise TrustError("a new hub needs certificates of both its keys", safe="nothing was changed")
        self.store.add_certificates(founding.certificates)
        if present is None:
            self.store.set_meta("org_stream", founding.org_stream)
            if founding.generation:
                announce(
                    self.store, self.mark, "the hub was founded anew", now_us, least=founding.generation + 1
                )
            if (
                founding.authority_stream
            ):  # who was removed or revoked stays so: there is one for each organisation
                self.store.set_meta(authority.STREAM, founding.authority_stream)
            self.store.set_meta("org_root", founding.root.hex())  # last: until then the folder is no hub
        speaker = authority.Authority(self, clock or SystemClock())
        speaker.begin()
        for each in stated:
            if each.purpose == DEVICE:
                speaker.admit(each.subject, each.device, founding.name, LEAD)
                # By the name in the record of members: at a later start it may have been erased there.
                member = speaker.standing().member(each.subject)
                name = member.name if member is not None else ""
                self.store.add_device(Device(each.device, each.subject, each.key, name, LEAD, now_us))

    def own_certificates(self) -> Sequence[SignedCertificate]:
        """The certificates of the hub's keys, and the statements that make their issuers the organisation's root."""
        own = {self.log_key.public.hex(), self.authority_key.public.hex()}
        held = self.store.certificates()
        anchors = Anchors(self.root, held)
        found = []
        for each in held:
            try:
                stated = anchors.verify(each)
            except (TrustError, CertificateError):
                continue
            if stated.issuer in anchors.roots and stated.key in own:
                found.append(each)
        return [*found, *anchors.statements]


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """Be the one hub of a data folder while inside; the system lets go when the process ends, however it ends.

    Two hubs on one folder would each know of half the uploads and listeners. Raises :class:`ConflictError`.
    """
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(path / "serving", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise _unusable(path, error) from error
    try:
        if sys.platform != "win32":
            import fcntl

            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise ConflictError(
                    f"a hub is running on {path} already", safe="no second one was started, and nothing was changed",
                    fix="use that one, stop it first, or name another folder with --data",
                ) from None  # fmt: skip
        yield
    finally:
        os.close(handle)


def _unusable(path: Path, error: OSError) -> StoreError:
    return StoreError(
        f"the hub's data folder {path} cannot be used: {os.strerror(error.errno or 0)}", safe="nothing was changed",
        fix="check its owner and permissions, or name another with --data",
    )  # fmt: skip


def _key(path: Path) -> SigningKey:
    """Read a key, or make it on the first start."""
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        return _make_key(path)
    if os.name == "posix" and path.stat().st_mode & 0o077:
        raise SecretError(
            f"{path} can be read by others on this machine",
            safe="it was not used",
            fix=f"run: chmod 600 {path}",
        )
    try:
        return SigningKey.from_raw(bytes.fromhex(raw.decode("ascii").strip()))
    except ValueError:
        raise StoreError(
            f"{path} is damaged", safe="it was not touched", fix="restore it from a backup of the folder"
        ) from None


def _make_key(path: Path) -> SigningKey:
    key = SigningKey.generate()
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(key.raw().hex().encode() + b"\n")
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(temporary, path)  # of two starts at once, one key wins
    except FileExistsError:
        return _key(path)
    finally:
        temporary.unlink()
    return key
