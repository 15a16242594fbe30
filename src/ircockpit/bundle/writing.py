"""Writing a bag (BagIt 1.0, RFC 8493): files hashed as they are written, manifests, the signature, then its name."""

import errno
import hashlib
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from types import TracebackType

from ircockpit.bundle import layout, sshsig
from ircockpit.core.errors import BadInput, ConflictError, StoreError
from ircockpit.ledger.signing import SigningKey

_PIECE = 256 * 1024
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class BagWriter:
    """One bag while it is written: in ``<place>.part``, which gets its name as the last step.

    Leaving the context without :meth:`seal` removes what was written; a program that was killed leaves the
    folder with its tell-tale name. Folders are 0700 and files 0600 where the disk knows modes.
    """

    def __init__(self, place: Path, *, again: bool = False) -> None:
        self.place = place
        self._folder = place.with_name(place.name + layout.UNFINISHED)
        self._digests: dict[str, str] = {}
        self._octets = 0
        self._sealed = False
        try:
            check_free(place, again=again)
            if self._folder.exists():
                shutil.rmtree(self._folder)
            self._folder.mkdir(mode=0o700)
        except OSError as error:
            raise _failed(error, place) from error

    def __enter__(self) -> "BagWriter":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if not self._sealed:
            shutil.rmtree(self._folder, ignore_errors=True)

    @property
    def octets(self) -> int:
        """Bytes of the payload written so far."""
        return self._octets

    def add(self, path: str, chunks: Iterable[bytes]) -> tuple[str, int]:
        """Write a payload file; its SHA-256 and size. Errors of the source pass through."""
        if not layout.is_payload(path) or path in self._digests:
            raise ValueError(f"{path} is no payload file of a bundle, or is there already")
        digest, size = self._write(path, chunks)
        self._digests[path] = digest
        self._octets += size
        return digest, size

    def seal(self, info: Mapping[str, str], tags: Mapping[str, bytes], key: SigningKey) -> None:
        """Write tag files, manifests and the signature over all of it, then give the folder its name."""
        oxum = {"Payload-Oxum": f"{self._octets}.{len(self._digests)}"}
        written = {
            layout.BAGIT: layout.BAGIT_TEXT,
            layout.INFO: "".join(f"{name}: {value}\n" for name, value in {**info, **oxum}.items()).encode(),
            layout.MANIFEST: _manifest(self._digests),
            **tags,
        }
        listed = {name: self._write(name, (raw,))[0] for name, raw in written.items()}
        over = _manifest(listed)
        self._write(layout.TAG_MANIFEST, (over,))
        self._write(layout.SIGNATURE, (sshsig.sign(over, layout.NAME, key).encode("ascii"),))
        try:
            for folder, _, _ in os.walk(self._folder):
                _sync(Path(folder))
            if os.path.lexists(self.place):
                raise _taken(self.place)
            self._folder.rename(self.place)
            self._sealed = True
            _sync(self.place.parent)
        except OSError as error:
            raise _failed(error, self.place) from error

    def _write(self, path: str, chunks: Iterable[bytes]) -> tuple[str, int]:
        place = self._folder / path
        digest, size = hashlib.sha256(), 0
        try:
            for folder in reversed(
                place.relative_to(self._folder).parents[:-1]
            ):  # parents=True forgets the mode
                (self._folder / folder).mkdir(mode=0o700, exist_ok=True)
            handle = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_CLOEXEC", 0), 0o600)
        except OSError as error:
            raise _failed(error, self.place) from error
        with os.fdopen(handle, "wb", buffering=0) as target:
            for chunk in _gathered(chunks):  # outside the try: an error of the source is not one of this disk
                digest.update(chunk)
                size += len(chunk)
                try:
                    rest = memoryview(chunk)
                    while rest:
                        rest = rest[target.write(rest) :]
                except OSError as error:
                    raise _failed(error, self.place) from error
            try:
                os.fsync(target.fileno())
            except OSError as error:
                raise _failed(error, self.place) from error
        return digest.hexdigest(), size


def check_free(place: Path, *, again: bool) -> None:
    """Raise where a bundle cannot be begun: the name is taken, or a half-written one stands there.

    ``again`` allows a half-written one to be thrown away; a finished bundle never is.
    """
    half = place.with_name(place.name + layout.UNFINISHED)
    if os.path.lexists(place):
        raise _taken(place)
    if not place.parent.is_dir():
        raise BadInput(
            f"there is no folder {place.parent}", safe="nothing was written", fix="make it, or check the path"
        )
    if not os.path.lexists(half):
        return
    if half.is_symlink() or not half.is_dir():
        raise ConflictError(
            f"{half.name} is in the way and is no half-written bundle", safe="it was not touched",
            fix="name another place",
        )  # fmt: skip
    if not again:
        raise ConflictError(
            f"{half.name} is a bundle that was cut off while it was written, or that is being written now",
            safe="it was not touched; what it was made from is in the record",
            fix="if nobody is writing it, run the command with --again: that throws it away and begins anew",
        )
    if alien := _alien(half):
        raise ConflictError(
            f"{half.name} holds {alien}, which is part of no bundle", safe="nothing in it was touched",
            fix="move it elsewhere, or name another place",
        )  # fmt: skip


def _alien(half: Path) -> str:
    """The first thing in a folder that the writing of a bundle never puts there; empty where all of it is a bundle's."""
    for folder, names, files in os.walk(half, onerror=_unread):
        for name in sorted([*names, *files]):
            path = Path(folder) / name
            inner = path.relative_to(half).as_posix()
            known = layout.is_folder(inner) if name in names else layout.is_written(inner)
            if path.is_symlink() or not known:
                return inner
    return ""


def _unread(error: OSError) -> None:
    raise error


def _gathered(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The same bytes in pieces worth a write each."""
    pending = bytearray()
    for chunk in chunks:
        pending += chunk
        if len(pending) >= _PIECE:
            yield bytes(pending)
            pending.clear()
    if pending:
        yield bytes(pending)


def _manifest(digests: Mapping[str, str]) -> bytes:
    # Two spaces, as sha256sum writes and reads them; one would be as good for BagIt and useless for sha256sum.
    return "".join(f"{digests[path]}  {path}\n" for path in sorted(digests)).encode("ascii")


def _sync(folder: Path) -> None:
    if os.name != "posix":
        return  # elsewhere a directory cannot be opened for it
    with suppress(OSError):  # some file systems of sticks cannot; their files are synced by then
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _taken(place: Path) -> ConflictError:
    return ConflictError(
        f"{place} is there already", safe="it was not touched; a bundle never overwrites anything",
        fix="name a folder that is not there yet",
    )  # fmt: skip


def _failed(error: OSError, place: Path) -> StoreError:
    if error.errno in _NO_ROOM:
        return StoreError(
            f"there is no room left for the bundle at {place.parent}",
            safe="the record is untouched; the half-written bundle was removed",
            fix="use a larger disk, spread it over several with --max-size, or leave files out: --without-files",
        )
    return StoreError(
        f"writing the bundle {place.name} failed: {os.strerror(error.errno or errno.EIO)}",
        safe="the record is untouched; the half-written bundle was removed",
        fix="check the disk it goes to and its permissions",
    )
