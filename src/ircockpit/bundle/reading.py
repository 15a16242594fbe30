"""A bundle from elsewhere, opened with suspicion: nothing outside the layout is touched, nothing is held whole."""

import hashlib
import os
import stat
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from ircockpit.bundle import layout, sshsig
from ircockpit.bundle import statement as statements
from ircockpit.bundle.statement import Statement
from ircockpit.core.errors import BadInput, NotFound
from ircockpit.core.jsontext import strict_loads
from ircockpit.ledger.certificate import SignedCertificate
from ircockpit.ledger.joining import certificate_from_wire
from ircockpit.ledger.note import MAX_NOTE

PIECE = 1024 * 1024
MAX_CERTIFICATES = 100_000
NOT_TAKEN = "nothing of it was taken over"
_FIX = "have it written anew, or take it from another copy"
_LINE = 64 + 2
"""Digits and spaces before the path in a line of a manifest."""


class Damage(NamedTuple):
    """Something in a bundle that is not as it was written, and where."""

    place: str
    what: str


class Rows:
    """The rows of one stream; each iteration reads the file anew, one line in memory at a time."""

    def __init__(self, bundle: "Bundle", stream: str, *, receipts: bool = True) -> None:
        self._bundle = bundle
        self._path = layout.events_of(stream)
        self._receipts = receipts
        self.line = 0
        """Number of the line last read."""

    def __iter__(self) -> Iterator[Mapping[str, Any]]:
        for number, raw in self._bundle.lines(self._path):
            self.line = number
            value = strict_loads(raw)
            if type(value) is not dict:
                raise BadInput(f"{self.place} is no entry", safe=NOT_TAKEN, fix=_FIX)
            yield value if self._receipts else {**value, "r": None}

    @property
    def place(self) -> str:
        """Where the row read last stands."""
        return f"{self._path}, line {self.line}"


class Bundle:
    """One bag. Opening looks at names, sizes and manifests only; :meth:`damages` reads every byte."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.sizes = _walk(folder)
        tags = self._manifest(layout.TAG_MANIFEST)
        self._digests = {**tags, **self._manifest(layout.MANIFEST)}
        self._check_names(tags)
        self.statement: Statement = self._read_statement()
        streams = {each.stream for each in self.statement.streams}
        expected = {path(each) for each in streams for path in (layout.events_of, layout.checkpoints_of)}
        if expected != {path for path in self.sizes if path.startswith("data/streams/")}:
            raise self._bad("its statement names other records than are there")

    @property
    def files(self) -> dict[str, int]:
        """Evidence files in the bag: hash and size."""
        return {sha: size for path, size in self.sizes.items() if (sha := layout.blob_named(path))}

    @property
    def octets(self) -> int:
        """Bytes of everything in it."""
        return sum(self.sizes.values())

    def damages(self, heard: Callable[[int], None] = lambda _: None) -> Iterator[Damage]:
        """Read every file once and compare it with the manifests; ``heard`` gets the bytes read so far."""
        done = 0
        for path, digest in self._digests.items():
            found = hashlib.sha256()
            for piece in self.pieces(path):
                found.update(piece)
                done += len(piece)
                heard(done)
            if found.hexdigest() != digest:
                yield Damage(path, "its bytes are not those that were written")
            elif layout.blob_named(path) not in ("", digest):
                yield Damage(path, "its name is not the hash of its bytes")

    def signed_by(self, public: bytes) -> None:
        """Raise TrustError or BadInput unless this key has signed the manifests."""
        sig = self.text(layout.SIGNATURE, sshsig.MAX_SIGNATURE)
        over = b"".join(self.pieces(layout.TAG_MANIFEST))
        sshsig.check(over, sig.decode("ascii", "replace"), layout.NAME, public)

    def certificates(self) -> list[SignedCertificate]:
        """The certificates that came along; who issued them is not looked at here."""
        found = []
        for number, raw in self.lines(layout.CERTIFICATES):
            if number > MAX_CERTIFICATES:
                raise self._bad("it holds more certificates than an organisation has")
            try:
                found.append(certificate_from_wire(strict_loads(raw)))
            except BadInput as error:
                raise self._bad(f"line {number} of {layout.CERTIFICATES}: {error.what}") from None
        return found

    def rows(self, stream: str) -> Rows:
        """The rows of a stream; a receipt by anybody but a hub is left out: it counts for the bundle only."""
        anchor = next(each.anchor for each in self.statement.streams if each.stream == stream)
        return Rows(self, stream, receipts=anchor == statements.HUB)

    def checkpoints(self, stream: str) -> Iterator[str]:
        """The checkpoints of a stream, newest first."""
        pending = ""
        for raw in (
            self.text(layout.checkpoints_of(stream)).decode("utf-8", "replace").splitlines(keepends=True)
        ):
            # A note has an empty line within; a further one parts it from the next.
            if raw == "\n" and "\n\n" in pending:
                yield pending
                pending = ""
                continue
            pending += raw
            if len(pending) > MAX_NOTE:
                raise self._bad("a checkpoint in it is none")
        if pending:
            yield pending

    def lines(self, path: str) -> Iterator[tuple[int, bytes]]:
        """Number and bytes of each line; raises BadInput for one without end."""
        with self._open(path) as file:
            number = 0
            while raw := file.readline(layout.MAX_LINE + 1):
                number += 1
                if not raw.endswith(b"\n"):
                    raise self._bad(f"line {number} of {path} does not end, or is longer than any can be")
                yield number, raw

    def pieces(self, path: str) -> Iterator[bytes]:
        """The bytes of a file."""
        with self._open(path) as file:
            while piece := file.read(PIECE):
                yield piece

    def text(self, path: str, limit: int = layout.MAX_TEXT) -> bytes:
        """A whole file that must not be large."""
        if self.sizes.get(path, 0) > limit:
            raise self._bad(f"{path} is larger than any such file can be")
        with self._open(path) as file:
            return file.read(min(limit, self.sizes[path]))  # a larger number would be set aside at once

    def _open(self, path: str) -> BinaryIO:
        if path not in self.sizes:
            raise self._bad(f"{path} is not there")
        try:
            flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)
            return os.fdopen(os.open(self.folder / path, flags), "rb")
        except OSError as error:
            raise self._bad(f"{path} cannot be read: {error.strerror}") from None

    def _manifest(self, name: str) -> dict[str, str]:
        found: dict[str, str] = {}
        for line in self.text(name).split(b"\n")[:-1]:
            digest, path = line[:64].decode("ascii", "replace"), line[_LINE:].decode("ascii", "replace")
            known = layout.is_payload(path) if name == layout.MANIFEST else path in layout.TAGS
            if len(digest) != 64 or line[64:_LINE] != b"  " or not known or path in found:
                raise self._bad(f"{name} lists something that cannot be part of a bundle, or a file twice")
            found[path] = digest
        return found

    def _check_names(self, tags: Mapping[str, str]) -> None:
        missing = sorted(self._digests.keys() - self.sizes.keys()) or sorted(set(layout.TAGS) - tags.keys())
        if missing:
            raise self._bad(f"{missing[0]} is not there")
        known = {layout.TAG_MANIFEST, layout.SIGNATURE} | self._digests.keys()
        if added := sorted(self.sizes.keys() - known):
            raise self._bad(f"it holds a file that is not listed: {added[0][:100]}")
        oxum = f"{sum(size for path, size in self.sizes.items() if path.startswith('data/'))}"
        if f"Payload-Oxum: {oxum}." not in self.text(layout.INFO).decode("utf-8", "replace"):
            raise self._bad("its files have other sizes than were written")

    def _read_statement(self) -> Statement:
        try:
            found = statements.read(self.text(layout.STATEMENT))
        except BadInput as error:
            raise self._bad(error.what) from None
        if found.files != len(self.files):
            raise self._bad(f"it states {found.files} evidence files and holds {len(self.files)}")
        return found

    def _bad(self, what: str) -> BadInput:
        return _unsound(self.folder, what)


def _walk(folder: Path) -> dict[str, int]:
    """Path and size of every file, none of them opened; raises BadInput for anything that is no plain file."""
    if not folder.is_dir():
        raise NotFound(
            f"there is no bundle {folder}", safe=NOT_TAKEN, fix="name the folder that holds bagit.txt"
        )
    if folder.name.endswith(layout.UNFINISHED):
        raise BadInput(
            f"{folder.name} is a bundle that was cut off while it was written", safe=NOT_TAKEN, fix="have it written anew"
        )  # fmt: skip
    found: dict[str, int] = {}
    waiting = [""]
    try:
        while waiting:
            below = waiting.pop()
            with os.scandir(folder / below) as entries:
                for entry in entries:
                    path, state = f"{below}{entry.name}", entry.stat(follow_symlinks=False)
                    if stat.S_ISDIR(state.st_mode) and layout.is_folder(path):
                        waiting.append(f"{path}/")
                    elif stat.S_ISREG(state.st_mode):
                        found[path] = state.st_size
                    else:
                        raise _unsound(folder, f"{path[:100]} is no file of a bundle")
                    if len(found) + len(waiting) > layout.MAX_FILES:
                        raise _unsound(folder, f"it holds more than {layout.MAX_FILES:,} files")
    except OSError as error:
        raise _unsound(folder, f"it cannot be read: {error.strerror}") from None
    if layout.BAGIT not in found:
        raise NotFound(
            f"{folder.name} is no bundle: it has no {layout.BAGIT}", safe=NOT_TAKEN, fix="name the folder that holds it"
        )  # fmt: skip
    return found


def _unsound(folder: Path, what: str) -> BadInput:
    return BadInput(f"{folder.name} is no sound bundle: {what}", safe=NOT_TAKEN, fix=_FIX)
