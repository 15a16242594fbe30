"""Where everything stands in a bundle, and how large it may be."""

import re

from ircockpit.ledger.fields import DIGEST, UUID

NAME = "ircockpit-bundle"
"""What the statement calls its format, and the namespace of the signature over the bag (SSHSIG)."""
VERSION = 1
"""Of the layout."""
COMPLETE = "complete"
"""Whole streams as held: nothing can be left out between first and last without it being found."""
EXTRACT = "extract"
"""Chosen entries, each with its proof: what was not chosen cannot be told from the bundle."""

STATEMENT = "data/statement.json"
CERTIFICATES = "data/certificates.ndjson"
BAGIT = "bagit.txt"
INFO = "bag-info.txt"
MANIFEST = "manifest-sha256.txt"
SIGNERS = "allowed_signers"
INSTRUCTIONS = "VERIFY.txt"
VERIFIER = "ircockpit_verify.py"
TAGS = (BAGIT, INFO, MANIFEST, SIGNERS, INSTRUCTIONS, VERIFIER)
"""What the tag manifest lists."""
TAG_MANIFEST = "tagmanifest-sha256.txt"
SIGNATURE = "tagmanifest-sha256.txt.sig"
UNFINISHED = ".part"
"""Ends the name of a folder that a bundle is still being written to, or that was cut off."""

MAX_FILES = 100_000
"""Files in one bundle."""
MAX_LINE = 1024 * 1024
"""Bytes of one line of events: the largest body is 256 KiB before base64."""
MAX_TEXT = 32 * 1024 * 1024
"""Bytes of a manifest, a statement, a file of certificates or of checkpoints."""

BAGIT_TEXT = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
_STREAM = re.compile(r"data/streams/([^/]+)/(events\.ndjson|checkpoints\.txt)", re.ASCII).fullmatch
_BLOB = re.compile(r"data/blobs/([0-9a-f]{64})", re.ASCII).fullmatch


def events_of(stream: str) -> str:
    """Where the rows of a stream stand."""
    return f"data/streams/{stream}/events.ndjson"


def checkpoints_of(stream: str) -> str:
    """Where the checkpoints of a stream stand."""
    return f"data/streams/{stream}/checkpoints.txt"


def blob_of(sha256: str) -> str:
    """Where an evidence file stands."""
    return f"data/blobs/{sha256}"


def is_payload(path: str) -> bool:
    """Whether a payload file of this path can be part of a bundle; nothing else is ever opened."""
    if path in (STATEMENT, CERTIFICATES):
        return True
    found = _STREAM(path)
    return _BLOB(path) is not None or (found is not None and UUID.holds(found[1]))


def is_written(path: str) -> bool:
    """Whether the writing of a bundle makes a file of this path."""
    return is_payload(path) or path in (*TAGS, TAG_MANIFEST, SIGNATURE)


def is_folder(path: str) -> bool:
    """Whether a bundle can have a folder of this path."""
    above, _, name = path.rpartition("/")
    return path in ("data", "data/streams", "data/blobs") or (above == "data/streams" and UUID.holds(name))


def blob_named(path: str) -> str:
    """The hash that a path of an evidence file names, empty for any other path."""
    found = _BLOB(path)
    return found[1] if found and DIGEST.holds(found[1]) else ""
