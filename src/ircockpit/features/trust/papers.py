"""Files that carry trust by hand: strict JSON of a stated kind, written once with mode 0600, read with a limit."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ircockpit.blobs.files import beginning
from ircockpit.core.errors import BadInput, StoreError
from ircockpit.core.jsontext import strict_loads
from ircockpit.ledger.fields import FORMAT

REQUEST = "device-request"
CERTIFICATE = "device-certificate"
SUCCESSOR = "root-successor"
LIMIT = 512 * 1024
"""Bytes of such a file at most."""
_CALLED = {REQUEST: "a request file", CERTIFICATE: "a certificate file", SUCCESSOR: "a successor's key file"}


def write_paper(path: str, kind: str, stated: Mapping[str, Any]) -> Path:
    """Write a file that is not there yet, durably. Raises :class:`BadInput` where the place is taken or unusable."""
    place = Path(path).expanduser()
    raw = json.dumps({"ircockpit": kind, "v": FORMAT, **stated}, indent=1).encode("ascii") + b"\n"
    try:
        handle = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_CLOEXEC", 0), 0o600)
    except FileExistsError:
        raise BadInput(
            f"{path} is there already", safe="it was not touched", fix="name a file that is not there yet"
        ) from None
    except OSError as error:
        raise BadInput(
            f"{path} cannot be written: {os.strerror(error.errno or 0)}",
            safe="nothing was changed",
            fix="name another place",
        ) from None
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(raw)
            file.flush()
            os.fsync(file.fileno())
        _settle(place.parent)
    except OSError as error:
        place.unlink(missing_ok=True)
        raise StoreError(
            f"writing {path} failed: {os.strerror(error.errno or 0)}", safe="nothing was changed; the half file was removed",
            fix="free space there, or name another place",
        ) from None  # fmt: skip
    return place


def read_paper(path: str, kind: str) -> dict[str, Any]:
    """What a file of this kind states; raises :class:`BadInput` or :class:`NotFound` with a sentence for all else.

    Links, directories and devices are not taken, and no more than :data:`LIMIT` bytes are read.
    """
    raw = beginning(Path(path).expanduser(), LIMIT + 1)
    if len(raw) > LIMIT:
        raise _not_one(path, kind, "it is too large")
    try:
        stated = strict_loads(raw)
    except BadInput:
        raise _not_one(path, kind, "it cannot be read") from None
    if not isinstance(stated, dict) or not isinstance(stated.get("ircockpit"), str):
        raise _not_one(path, kind, "it is something else")
    if stated["ircockpit"] != kind:
        other = _CALLED.get(stated["ircockpit"], "something else")
        raise _not_one(path, kind, f"it is {other}")
    if stated.get("v") != FORMAT:
        raise BadInput(
            f"{path} was written by another version of ircockpit", safe="nothing was changed",
            fix="use the same version on both machines",
        )  # fmt: skip
    return {name: value for name, value in stated.items() if name not in ("ircockpit", "v")}


def tampered(path: str, kind: str) -> BadInput:
    """What is said of a file of the right kind whose parts are not as they must be."""
    return _not_one(path, kind, "a part of it is missing or changed")


def _not_one(path: str, kind: str, why: str) -> BadInput:
    return BadInput(
        f"{path} is not {_CALLED[kind]}: {why}", safe="nothing was changed",
        fix="name the right file; if it is the right one, have it made again",
    )  # fmt: skip


def _settle(folder: Path) -> None:
    """Have the folder's entry on the disk too; a stick's file system may not know how to."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
