"""What a bundle says of itself in words: to people in VERIFY.txt and the statement, to archives in bag-info.txt."""

import base64

from ircockpit import __version__
from ircockpit.bundle import layout
from ircockpit.bundle.layout import EXTRACT
from ircockpit.bundle.statement import DEVICE, NONE, Statement

_SPKI = bytes.fromhex("302a300506032b6570032100")
"""What stands before the 32 bytes of an Ed25519 key in a public key file (RFC 8410)."""


def principal(statement: Statement) -> str:
    """The name the signer has in an allowed-signers file."""
    return f"device-{statement.made_by.device}"


def says(statement: Statement) -> tuple[str, ...]:
    """Sentences on what the bundle does not hold and cannot prove."""
    found = list(_proofs(statement))
    emptied = sum(each.emptied for each in statement.streams)
    if emptied:
        found.append(
            f"{counted(emptied, 'part')} of entries withheld or erased: what was signed is proved, the words are not here."
        )
    left = statement.left_out
    found += [
        f"Left out: {counted(number, what)}."
        for number, what in (
            (left.restricted_parts, "part/s of restricted entries"),
            (left.restricted_files, "restricted evidence file"),
            (left.files_not_held, "evidence file/s that the maker's device does not hold"),
            (left.files_elsewhere, "evidence file/s in another folder of this export"),
            (left.files_unwanted, "evidence file/s, on request"),
            (left.streams, "privileged record"),
        )
        if number
    ]
    return tuple(found)


def counted(number: int, what: str) -> str:
    """How many of what; ``/s`` in it stands where its plural takes an s, else at its end."""
    plural = what if "/s" in what else f"{what}/s"
    return f"{number:,} {plural.replace('/s', '' if number == 1 else 's')}"


def _proofs(statement: Statement) -> list[str]:
    found = []
    if statement.shape == EXTRACT:
        found.append(
            "This is an extract: each entry in it is proved, and that nothing was left out is not."
            " Entries that were not chosen cannot be told from it."
        )
    else:
        found.append(
            "That a record goes no further than shown here is not proved: only a later checkpoint shows a cut end."
        )
    waiting = sum(each.rows - each.receipts for each in statement.streams)
    if waiting:
        found.append(
            f"Signed, but under no checkpoint, so that it could be left out unseen: {waiting:,} of the entries."
        )
    own = sum(each.anchor == DEVICE for each in statement.streams)
    if own:
        found.append(
            f"Anchored only by the device that made this bundle: {counted(own, 'record')}. Nothing was changed since;"
            " what that device did before is its own word."
        )
    bare = sum(each.anchor == NONE for each in statement.streams)
    if bare:
        found.append(f"Without any anchor: {counted(bare, 'record')}. Compare with a second copy.")
    return found


def info(statement: Statement) -> dict[str, str]:
    """``bag-info.txt``, but for the Payload-Oxum."""
    return {
        "Source-Organization": statement.org,
        "Bagging-Date": statement.made[:10],
        "External-Identifier": statement.id,
        "External-Description": f"ircockpit bundle, {statement.shape}",
        "Bag-Group-Identifier": statement.id,
        "Bag-Count": f"{statement.number} of {statement.of}",
        "Bag-Software-Agent": f"ircockpit {__version__}",
    }


def pem(public: bytes) -> str:
    """An Ed25519 key as OpenSSL reads it."""
    text = base64.b64encode(_SPKI + public).decode("ascii")
    return f"-----BEGIN PUBLIC KEY-----\n{text}\n-----END PUBLIC KEY-----\n"


def instructions(statement: Statement, anchors: dict[str, bytes], verifier_sha256: str) -> str:
    """``VERIFY.txt``. ``anchors`` gives, for each stream with checkpoints, the key that signed them."""
    return "".join((_HEAD.format(
        org=statement.org, verifier=layout.VERIFIER, sha256=verifier_sha256, principal=principal(statement),
        namespace=layout.NAME, says="\n".join(f"- {each}" for each in statement.says),
    ), *(_checkpoint_step(stream, key) for stream, key in anchors.items()), _TAIL))  # fmt: skip


_HEAD = """\
How to check this bundle
========================

What this bundle says of itself:

{says}

Nothing inside a bundle can vouch for the bundle. Ask the organisation, by a way of your own (a call to a number you
know, a letter, its own web page), for three things:

1. its id, which must be
   {org}
2. an allowed_signers file with the key of the device that made this; the one here is for comparing only
3. {verifier}, or its SHA-256; the copy here has
   {sha256}

With the verifier (Python 3.11 or newer, ssh-keygen and openssl are all it needs; it imports nothing else)
----------------------------------------------------------------------------------------------------------

    python3 -I {verifier} . --root ORGANISATION-ID
    python3 -I {verifier} . --root ORGANISATION-ID --checkpoint LATER-CHECKPOINT

0: all holds. 1: something does not, with its place. 2: it cannot be judged.
Lines that begin with COUNTS NOT name entries that are genuine and do not count, and why.

With stock tools, in this folder
--------------------------------

Every file is the one that was listed (each line must end in OK):

    sha256sum -c manifest-sha256.txt tagmanifest-sha256.txt

No file was added (both numbers must be the same):

    find data -type f | wc -l
    wc -l < manifest-sha256.txt

The list was signed by the device that made this bundle (must say Good):

    ssh-keygen -Y verify -f allowed_signers -I {principal} -n {namespace} -s tagmanifest-sha256.txt.sig < tagmanifest-sha256.txt

All three are needed: the signature is over the lists, and only the lists are over the files.
"""

_STEP = """
The newest checkpoint of record {stream} (must say Verified Successfully):

    printf -- '{pem}' > /tmp/anchor.pem
    sed '/^$/,$d' data/streams/{stream}/checkpoints.txt > /tmp/anchor.txt
    grep -m 1 '^— ' data/streams/{stream}/checkpoints.txt | cut -d ' ' -f 3 | base64 -d | tail -c 64 > /tmp/anchor.sig
    openssl pkeyutl -verify -pubin -inkey /tmp/anchor.pem -rawin -in /tmp/anchor.txt -sigfile /tmp/anchor.sig
"""

_TAIL = """
A checkpoint states how many entries its record had and the root of the tree over them (RFC 6962). Whose key signed it is
said by data/certificates.ndjson, whose certificates lead to the organisation's root; the verifier follows them.
docs/bundles.md of ircockpit describes every file.
"""


def _checkpoint_step(stream: str, key: bytes) -> str:
    return _STEP.format(stream=stream, pem=pem(key).replace("\n", "\\n"))
