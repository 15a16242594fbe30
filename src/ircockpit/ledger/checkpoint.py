"""Checkpoints (C2SP tlog-checkpoint): a signed statement of a history's length and root."""

import re
from typing import NamedTuple

from ircockpit.core.errors import BadInput, TrustError
from ircockpit.ledger import fields, note
from ircockpit.ledger.base64text import from_base64, to_base64
from ircockpit.ledger.signing import SigningKey

_ORIGIN = re.compile(r"(?P<org>[^/]*)/(?P<stream>[^/]*)/(?P<gen>0|[1-9][0-9]{0,15})", re.ASCII).fullmatch
_SIZE = re.compile("0|[1-9][0-9]{0,15}", re.ASCII).fullmatch


class Origin(NamedTuple):
    """Which history a checkpoint speaks of."""

    org: str
    """Key id of the organisation's root."""
    stream: str
    gen: int
    """Generation: raised when the hub was restored and numbers anew."""

    @property
    def text(self) -> str:
        """``<org>/<stream>/<gen>``: first line of the checkpoint and name of its signer."""
        return f"{self.org}/{self.stream}/{self.gen}"


class Checkpoint(NamedTuple):
    """What was signed. Two with the same origin and size but different roots prove that the signer lied."""

    origin: str
    size: int
    """Number of receipts."""
    root: str
    """Root of the tree over them, as hex."""

    @property
    def of(self) -> Origin:
        """The origin taken apart."""
        return read_origin(self.origin)


def read_origin(text: str) -> Origin:
    """The origin in ``<org>/<stream>/<gen>``; raises :class:`BadInput` for another form."""
    match = _ORIGIN(text)
    if match is None or not fields.DIGEST.holds(match["org"]) or not fields.UUID.holds(match["stream"]):
        raise BadInput("not a checkpoint of a stream: its first line must be organisation/stream/generation")
    return Origin(match["org"], match["stream"], int(match["gen"]))


def make(origin: Origin, size: int, root: bytes, key: SigningKey) -> str:
    """The checkpoint of a tree of ``size`` receipts with this root (32 bytes), signed by the hub-log key.

    A device without a hub signs its own tree in the same way, with its own key.
    """
    read_origin(origin.text)
    if size < 0 or len(root) != 32:
        raise ValueError("a checkpoint states a size from 0 and a root of 32 bytes")
    return note.sign_note(f"{origin.text}\n{size}\n{to_base64(root)}\n", origin.text, key)


def parse_and_verify(text: str, public: bytes) -> Checkpoint:
    """The checkpoint in a signed note, when this key signed it under the name of its origin.

    Raises :class:`BadInput` where the text is no checkpoint of a stream, :class:`TrustError` where its
    signature is missing or does not hold. Signatures of witnesses beside it are left to others.
    """
    origin = text.partition("\n")[0]
    read_origin(origin)
    lines = note.open_note(text, origin, public).split("\n")
    # Lines after the third are extensions that the signer vouches for and this program does not know.
    if len(lines) < 4 or lines.pop() or not all(lines) or _SIZE(lines[1]) is None:
        raise BadInput("not a checkpoint: it must state origin, size and root")
    return Checkpoint(origin, int(lines[1]), from_base64(lines[2], "root of the checkpoint", 32).hex())


def check_same_history(one: Checkpoint, other: Checkpoint) -> None:
    """Raise :class:`TrustError` where two verified checkpoints prove that their signer forked its history."""
    if (one.origin, one.size) == (other.origin, other.size) and one.root != other.root:
        raise TrustError(
            f"the hub signed two different histories of {one.size} events in {one.origin}",
            safe="everything held on this device is kept",
            fix="keep both checkpoints as proof and tell whoever runs the hub",
        )
