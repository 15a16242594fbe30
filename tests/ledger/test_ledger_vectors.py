"""Test vectors of the format: inputs with what they must give, and signed text that must be refused.

They are for whoever writes another reader (docs/format.md); the one-file verifier, which shares no code with the
program, has to give the same.
"""

import hashlib
import json
import os
from pathlib import Path
from typing import Any

import pytest

from ircockpit.blobs.manifest import manifest_of
from ircockpit.core.errors import BadInput
from ircockpit.core.ids import belongs, entity_id, uuid8
from ircockpit.ledger import certificate, envelope, merkle, receipt
from ircockpit.ledger.parts import body_digest, make_parts
from ircockpit.ledger.signing import SigningKey, key_id
from ircockpit.ledger.stream import KINDS, stream_id

GOLDEN = Path(__file__).parent / "golden"
VECTORS = GOLDEN / "vectors.json"
ORG = key_id(SigningKey.from_raw(bytes(range(32))).public)
PARTS: list[list[dict[str, Any]]] = [
    [], [{}], [{"a": 1}], [{"b": 2, "a": "é"}, {"c": None}], [{"text": "x" * 60}, {"more": [True, {"z": 0}]}, {"n": -1}],
]  # fmt: skip
READERS = {
    "envelope": envelope.decode,
    "certificate": certificate.decode,
    "receipt": receipt.decode,
}
CHANGES: dict[str, list[dict[str, Any]]] = {
    "envelope": [
        {"n": 0}, {"n": True}, {"n": 1.0}, {"n": 2**53}, {"lam": 0}, {"v": 999}, {"prev": None}, {"epoch": "ABCDEF0123456789"},
        {"stream": "AB2B9AB9-6270-8882-8ADF-6FABE7E3404A"}, {"type": "Field.set"}, {"type": "a" * 65}, {"type": ""},
        {"field": ""},
        {"base": ["0" * 64, "0" * 64]}, {"base": ["0" * 63]}, {"base": [f"{i:064x}" for i in range(41)]}, {"base": None},
        {"occurred": "2026-11-23T14:03"}, {"occurred": "2026-13-01Z"}, {"occurred": "2026-11-23 14:03Z"}, {"wall": -1},
        {"off": "0"}, {"seen": {"gen": 1, "seq": 2}}, {"seen": {"gen": 1, "seq": 2, "root": "0" * 64, "x": 0}}, {"body": ""},
        {"scope": "Team"}, {"extra": 1},
    ],
    "certificate": [
        {"purpose": "root"}, {"alg": "rsa"}, {"key": "0" * 63}, {"not_before": -1}, {"serial": None}, {"v": 999}, {"extra": 1},
    ],
    "receipt": [
        {"seq": 0}, {"verdict": "rejected"}, {"verdict": "quarantined:"}, {"verdict": "quarantined:Role"}, {"sig_hash": None},
        {"received_at": 0.5}, {"v": 999}, {"extra": 1},
    ],
}  # fmt: skip


def salts() -> Any:
    numbers = iter(range(1, 100))
    return lambda size: bytes([next(numbers)]) * size


def specimens() -> dict[str, bytes]:
    """One whole text of each format, from the golden files."""
    return {
        "envelope": (GOLDEN / "envelope.json").read_bytes(),
        "certificate": (GOLDEN / "certificate.json").read_bytes(),
        "receipt": (GOLDEN / "receipts.ndjson").read_bytes().split(b"\n")[0],
    }


def refused() -> dict[str, list[str]]:
    """Texts that every reader has to refuse, as text."""
    found: dict[str, list[str]] = {}
    for name, raw in specimens().items():
        value = json.loads(raw)
        texts = [json.dumps({**value, **change}, separators=(",", ":")) for change in CHANGES[name]]
        whole = raw.decode()
        first = next(iter(value))
        texts += [
            json.dumps({key: each for key, each in value.items() if key != first}, separators=(",", ":")),
            whole.replace("{", '{"v":0,', 1), whole[:-1], f"[{whole}]", whole.replace('"v":0', '"v":0.0'), whole + "x",
            whole.replace('"v":0', '"v":NaN'), whole.replace('"v":0', '"v":false'), "{}", "", "null",
        ]  # fmt: skip
        found[name] = texts
    return found


def vectors() -> dict[str, Any]:
    keys = [hashlib.sha256(bytes([i])).digest() for i in range(3)]
    streams = {kind: stream_id(ORG, kind, bytes(range(16))) for kind in KINDS}
    leaves = [merkle.leaf_hash(bytes([i])) for i in range(9)]
    pairs = [(SigningKey.from_raw(key), key.hex()) for key in keys]
    purposes = ("event", "certificate", "session")
    return {
        "key_id": [{"public": key.public.hex(), "id": key_id(key.public)} for key, _ in pairs],
        "signature": [
            {
                "secret": raw, "public": key.public.hex(), "purpose": purpose, "digest": raw,
                "sig": key.sign(purpose, bytes.fromhex(raw)).hex(),
            }
            for (key, raw), purpose in zip(pairs, purposes, strict=True)
        ],
        "uuid8": [{"digest": k.hex(), "uuid": uuid8(k)} for k in keys],
        "stream_id": [
            {"org": ORG, "kind": kind, "nonce": bytes(range(16)).hex(), "stream": each} for kind, each in streams.items()
        ],
        "entity_id": [
            {"stream": each, "thing": entity_id(each, lambda size: b"\x5a" * size)} for each in streams.values()
        ],
        "merkle_root": [
            {"leaf_inputs": [f"{i:02x}" for i in range(size)], "root": merkle.root(leaves[:size]).hex()}
            for size in range(10)
        ],
        "body": [
            {
                "objects": objects,
                "salts": [part.salt.hex() for part in parts if part.salt is not None],
                "data": [part.data.decode() for part in parts if part.data is not None],
                "leaves": [part.leaf.hex() for part in parts],
                "body": body_digest(parts),
            }
            for objects in PARTS
            for parts in [make_parts(objects, salts())]
        ],
        "manifest": [
            {"size": size, "byte": "61", "digest": manifest_of([b"a" * size]).digest} for size in (0, 1, 8388608, 8388609)
        ],
        "refused": refused(),
    }  # fmt: skip


def test_the_vectors_are_what_they_were() -> None:
    made = json.dumps(vectors(), indent=1, ensure_ascii=True) + "\n"
    if os.environ.get("GOLDEN") == "write":
        VECTORS.write_text(made, "ascii")
    assert VECTORS.read_text("ascii") == made


@pytest.mark.parametrize("name", READERS)
def test_what_must_be_refused_is(name: str) -> None:
    READERS[name](specimens()[name])
    texts = json.loads(VECTORS.read_text("ascii"))["refused"][name]
    assert len(texts) >= 15
    for text in texts:
        with pytest.raises(BadInput):
            READERS[name](text.encode())


def test_a_thing_belongs_to_the_stream_whose_tag_it_carries() -> None:
    pairs = json.loads(VECTORS.read_text("ascii"))["entity_id"]
    for pair in pairs:
        assert [belongs(pair["thing"], other["stream"]) for other in pairs] == [
            other is pair for other in pairs
        ]


def sha(*parts: bytes) -> bytes:
    return hashlib.sha256(b"".join(parts)).digest()


def tree(leaves: list[bytes]) -> bytes:
    """RFC 6962 section 2.1 as it stands there: split at the largest power of two below the size."""
    if len(leaves) < 2:
        return leaves[0] if leaves else sha()
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return sha(b"\x01", tree(leaves[:split]), tree(leaves[split:]))


def as_uuid8(digest: bytes) -> str:
    raw = bytearray(digest[:16])
    raw[6], raw[8] = raw[6] & 0x0F | 0x80, raw[8] & 0x3F | 0x80
    text = raw.hex()
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))


def free_bits(uuid: str) -> int:
    number = int(uuid.replace("-", ""), 16)
    return number >> 80 << 74 | (number >> 64 & 0xFFF) << 62 | number & (1 << 62) - 1


def test_what_the_page_says_in_words_gives_the_same_bytes() -> None:
    """Section by section from docs/format.md, with nothing but SHA-256."""
    given = json.loads(VECTORS.read_text("ascii"))
    for each in given["key_id"]:
        assert sha(b"ircockpit/key/1\0", bytes.fromhex(each["public"])).hex() == each["id"]
    for each in given["uuid8"]:
        assert as_uuid8(bytes.fromhex(each["digest"])) == each["uuid"]
    for each in given["stream_id"]:
        org, nonce = bytes.fromhex(each["org"]), bytes.fromhex(each["nonce"])
        digest = sha(b"ircockpit/stream/1\0", org, each["kind"].encode(), b"\0", nonce)
        assert as_uuid8(digest) == each["stream"]
    for each in given["entity_id"]:
        tag = sha(b"ircockpit/entity/1\0", bytes.fromhex(each["stream"].replace("-", "")))[:9]
        assert each["thing"][14] == "8"
        assert free_bits(each["thing"]) >> 50 == int.from_bytes(tag, "big")
    for each in given["merkle_root"]:
        assert tree([sha(b"\0", bytes.fromhex(i)) for i in each["leaf_inputs"]]).hex() == each["root"]
    for each in given["body"]:
        leaves = [
            sha(b"\0", bytes.fromhex(s), d.encode()) for s, d in zip(each["salts"], each["data"], strict=True)
        ]
        assert [leaf.hex() for leaf in leaves] == each["leaves"]
        assert sha(b"ircockpit/body/1\0", len(leaves).to_bytes(4, "big"), tree(leaves)).hex() == each["body"]
        assert all(len(data.encode()) in (64, 256, 1024) for data in each["data"])
        assert [json.loads(data) for data in each["data"]] == each["objects"]
    for each in given["manifest"]:
        data = b"a" * each["size"]
        chunks = [sha(data[i : i + 8388608]) for i in range(0, len(data), 8388608)]
        head = b"ircockpit/manifest/1\0" + (8388608).to_bytes(8, "big") + each["size"].to_bytes(8, "big")
        assert sha(head, *chunks).hex() == each["digest"]
