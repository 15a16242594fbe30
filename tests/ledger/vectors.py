"""How the vectors of the format are made: by the program, from fixed keys, so that they are the same on every run."""

import hashlib
import json
from itertools import pairwise
from pathlib import Path
from typing import Any

from ircockpit.blobs.manifest import manifest_of
from ircockpit.core.ids import companion_id, entity_id, named_thing, named_uuid, shared_id, uuid8
from ircockpit.ledger import checkpoint, joining, merkle
from ircockpit.ledger.certificate import (
    DEVICE,
    HUB_AUTHORITY,
    HUB_LOG,
    ROOT_SUCCESSOR,
    SignedCertificate,
    certificate_id,
    issue,
)
from ircockpit.ledger.checkpoint import Origin
from ircockpit.ledger.fields import FORMAT
from ircockpit.ledger.grant import Grant, Request, sign_grant, sign_request
from ircockpit.ledger.note import sign_note
from ircockpit.ledger.parts import body_digest, make_parts
from ircockpit.ledger.roster import Roster
from ircockpit.ledger.signing import SigningKey, key_id
from ircockpit.ledger.stream import KINDS, stream_id

GOLDEN = Path(__file__).parent / "golden"
VECTORS = GOLDEN / "vectors.json"
ORG = key_id(SigningKey.from_raw(bytes(range(32))).public)
PARTS: list[list[dict[str, Any]]] = [
    [], [{}], [{"a": 1}], [{"b": 2, "a": "é"}, {"c": None}], [{"text": "x" * 60}, {"more": [True, {"z": 0}]}, {"n": -1}],
]  # fmt: skip
CHANGES: dict[str, list[dict[str, Any]]] = {
    "envelope": [
        {"n": 0}, {"n": True}, {"n": 1.0}, {"n": 2**53}, {"lam": 0}, {"v": 999}, {"prev": None}, {"epoch": "ABCDEF0123456789"},
        {"stream": "AB2B9AB9-6270-8882-8ADF-6FABE7E3404A"}, {"type": "Field.set"}, {"type": "a" * 65}, {"type": ""},
        {"field": ""},
        {"base": ["0" * 64, "0" * 64]}, {"base": ["0" * 63]}, {"base": [f"{i:064x}" for i in range(41)]}, {"base": None},
        {"occurred": "2026-11-23T14:03"}, {"occurred": "2026-13-01Z"}, {"occurred": "2026-11-23 14:03Z"}, {"wall": -1},
        {"occurred": "2026-02-29Z"}, {"occurred": "0000-01-01Z"}, {"occurred": "2026-11-23T24:00Z"},
        {"occurred": "2026-11-23T14:03:61Z"}, {"occurred": "2026-11-23T14:03+24:00"},
        {"occurred": "2026-11-23T14:03:05.0123456789Z"},
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


ACCEPTED: dict[str, list[dict[str, Any]]] = {
    "envelope": [
        {"occurred": "2026-11-23Z"}, {"occurred": "2024-02-29-00:00"}, {"occurred": "2026-11-23T14:03:60.123456789-23:59"},
        {"type": "a", "scope": "of_tomorrow", "offq": "gps", "tv": 2**53 - 1}, {"off": 1 - 2**53, "seen": None, "field": None},
        {"base": [f"{i:064x}" for i in range(40)]}, {"actor": "00000000-0000-0000-0000-000000000000"},
    ],
    "certificate": [{"not_before": 0}],
    "receipt": [{"verdict": "quarantined:of_tomorrow"}, {"seq": 2**53 - 1}],
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
        first_pair = f'"{first}":{FORMAT}'
        texts += [
            json.dumps({key: each for key, each in value.items() if key != first}, separators=(",", ":")),
            whole.replace("{", f"{{{first_pair},", 1), whole[:-1], f"[{whole}]", whole + "x", "\ufeff" + whole,
            *(whole.replace(first_pair, f'"v":{each}', 1) for each in (f"{FORMAT}.0", f"{FORMAT}e0", "NaN", "false")),
            whole.replace('"v"', f'"\\u0076":{FORMAT},"v"', 1), "{}", "", "null",
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
        "named_id": ids_from_words(streams["authority"], streams["incident"]),
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
        "inclusion": [
            {
                "leaf_inputs": [f"{i:02x}" for i in range(size)], "index": index,
                "proof": [node.hex() for node in merkle.inclusion_proof(leaves[:size], index)],
                "root": merkle.root(leaves[:size]).hex(),
            }
            for size, index in ((1, 0), (2, 1), (3, 2), (5, 4), (7, 3), (9, 0), (9, 8))
        ],
        "signature_refused": [
            {**each, "public": pairs[0][0].public.hex(), "digest": keys[0].hex()}
            for each in wrong_signatures(pairs[0][0], keys[0])
        ],
        "part": parts_of_all_sorts(),
        "trust": trusts(),
        "checkpoint": checkpoints(pairs[0][0], pairs[1][0]),
        "joining": joined(),
        "accepted": accepted(),
        "refused": refused(),
    }  # fmt: skip


def ids_from_words(authority: str, record: str) -> list[dict[str, Any]]:
    user, incident = named_uuid("user", "one"), entity_id(record, b"\x5a".__mul__)
    words = ["jsonl", "", "Zoë"]
    return [
        {"stream": authority, "purpose": "membership", "words": [user], "id": named_thing(authority, "membership", user)},
        {"stream": record, "purpose": "triage", "words": [incident], "id": companion_id(incident, "triage")},
        {
            "stream": record, "purpose": "exhibit", "words": [incident, "0" * 64],
            "id": companion_id(incident, "exhibit", "0" * 64),
        },
        {"stream": None, "purpose": "group", "words": words, "id": shared_id("group", *words)},
    ]  # fmt: skip


def accepted() -> dict[str, list[str]]:
    """Texts that no reader may refuse."""
    found: dict[str, list[str]] = {}
    for name, raw in specimens().items():
        value = json.loads(raw)
        whole = raw.decode()
        found[name] = [
            whole, whole.replace(",", " ,\r\n\t"), f" {whole}\n", whole.replace('"v"', '"\\u0076"', 1),
            json.dumps(dict(reversed(value.items()))), json.dumps({key: value[key] for key in sorted(value)}, indent=1),
            *(json.dumps({**value, **change}, separators=(",", ":")) for change in ACCEPTED[name]),
        ]  # fmt: skip
    found["receipt"].append(found["receipt"][0].replace('"received_at":7', '"received_at":-0'))
    return found


def wrong_signatures(key: SigningKey, over: bytes) -> list[dict[str, str]]:
    sig = key.sign("event", over)
    order = 2**252 + 27742317777372353535851937790883648493
    larger = sig[:32] + (int.from_bytes(sig[32:], "little") + order).to_bytes(32, "little")
    return [
        {"why": "S is not below the order", "purpose": "event", "sig": larger.hex()},
        {"why": "for another purpose", "purpose": "certificate", "sig": sig.hex()},
        {"why": "over another digest", "purpose": "event", "sig": key.sign("event", sig[:32]).hex()},
        {"why": "another length", "purpose": "event", "sig": sig[:63].hex()},
    ]


def parts_of_all_sorts() -> list[dict[str, Any]]:
    """Data of a part: what it states, or why an event with it does not count."""
    read: list[tuple[str, Any]] = [
        ('{"a":1}'.ljust(64), {"a": 1}), ('{}'.ljust(256), {}), (' { "b" : 1, "a" : "\\u00e9" }'.ljust(64), {"b": 1, "a": "é"}),
        ('{"a":-0}'.ljust(64), {"a": 0}), ('{"a":"\u0000"}'.replace("\0", "\\u0000").ljust(64), {"a": "\0"}),
        (('{"a":' + "[" * 63 + "]" * 63 + "}").ljust(256), json.loads("[" * 63 + "]" * 63)),
    ]  # fmt: skip
    refused_: list[tuple[str, str]] = [
        ("[]".ljust(64), "no object"),
        ('{"a":1.0}'.ljust(64), "a fraction"), ('{"a":1,"a":1}'.ljust(64), "a field twice"),
        ('{"a":1,"\\u0061":1}'.ljust(64), "a field twice"),
        ('{"a":"\\ud800"}'.ljust(64), "half a pair"), ('{"a":9007199254740992}'.ljust(64), "beyond 2^53 - 1"),
        (('{"a":' + "[" * 64 + "]" * 64 + "}").ljust(256), "65 levels"),
        ('{"a":1}x'.ljust(64), "more than an object"), (" " * 64, "nothing"),
    ]  # fmt: skip
    deep = len(read) - 1
    sizes = [text.ljust(size) for text, size in (('{"a":1}', 7), ('{"a":1}', 65), ("{}", 128))]
    return [
        *({"data": data, "does_not_count": "its size"} for data in sizes),
        *(
            {"data": data, "states": each if index != deep else {"a": each}}
            for index, (data, each) in enumerate(read)
        ),
        *({"data": data, "refused": why} for data, why in refused_),
    ]


def trusts() -> list[dict[str, Any]]:
    """Certificates with the ids of those that are trusted, and of those that lanes may name besides."""
    keys = [SigningKey.from_raw(hashlib.sha256(b"trust %d" % i).digest()) for i in range(12)]
    root, stranger, phone, hub, logs = keys[:5]
    heirs = keys[5:]

    def says(
        by: SigningKey,
        key: SigningKey,
        purpose: str,
        *,
        org: SigningKey = root,
        change: dict[str, Any] | None = None,
    ) -> SignedCertificate:
        device = named_uuid("device", key.public.hex())
        made = issue(
            by, org=key_id(org.public), subject=device, device=device, public=key.public, purpose=purpose, not_before=0,
            serial=named_uuid("serial", key.public.hex(), purpose, key_id(by.public)),
        )  # fmt: skip
        if not change:
            return made
        raw = json.dumps({**json.loads(made.raw), **change}, separators=(",", ":")).encode()
        return SignedCertificate(raw, by.sign("certificate", bytes.fromhex(certificate_id(raw))))

    succession = [says(a, b, ROOT_SUCCESSOR) for a, b in pairwise([root, *heirs])]
    cases: dict[str, list[SignedCertificate]] = {
        "by the root": [says(root, phone, DEVICE), says(root, hub, HUB_AUTHORITY), says(root, logs, HUB_LOG)],
        "by an authority: devices alone": [
            says(root, hub, HUB_AUTHORITY), says(hub, phone, DEVICE), says(hub, logs, HUB_LOG),
            says(hub, heirs[0], ROOT_SUCCESSOR),
            says(hub, stranger, HUB_AUTHORITY), says(stranger, keys[6], DEVICE),
        ],
        "by a device, a log, nobody": [
            says(root, phone, DEVICE), says(phone, heirs[0], DEVICE), says(root, logs, HUB_LOG), says(logs, heirs[1], DEVICE),
            says(stranger, heirs[2], DEVICE),
        ],
        "by a successor of a successor, and its authority": [
            *succession[:2], says(heirs[1], hub, HUB_AUTHORITY), says(hub, phone, DEVICE), says(heirs[2], stranger, DEVICE),
        ],
        "rival successors": [
            says(root, heirs[0], ROOT_SUCCESSOR), says(root, heirs[1], ROOT_SUCCESSOR), says(heirs[0], phone, DEVICE),
            says(heirs[1], stranger, DEVICE),
        ],
        "of a later version, of another organisation, with another purpose": [
            says(root, phone, DEVICE, change={"v": FORMAT + 1}), says(root, hub, DEVICE, change={"alg": "ed448"}),
            says(root, logs, "device", change={"purpose": "witness"}),
            says(root, stranger, DEVICE, org=stranger),
        ],
        "a device's own earlier one, signed by anybody": [
            says(root, phone, DEVICE), says(stranger, phone, DEVICE, org=stranger), says(stranger, hub, DEVICE, org=stranger),
            SignedCertificate(says(stranger, phone, DEVICE, org=hub).raw, bytes(64)),
        ],
        "a signature that does not hold": [SignedCertificate(says(root, phone, DEVICE).raw, bytes(64))],
    }  # fmt: skip
    nine = [SigningKey.from_raw(hashlib.sha256(b"heir %d" % i).digest()) for i in range(9)]
    cases["eight successors in a row, not nine"] = [
        *(says(a, b, ROOT_SUCCESSOR) for a, b in pairwise([root, *nine])),
        says(nine[7], phone, DEVICE), says(nine[8], stranger, DEVICE),
    ]  # fmt: skip
    found = []
    for name, given in cases.items():
        roster = Roster(root.public, given)
        found.append(
            {
                "name": name, "root": root.public.hex(), "certificates": [joining.certificate_to_wire(each) for each in given],
                "trusted": sorted(roster.certified), "lanes": sorted(roster.vouched().keys() - roster.certified.keys()),
            }
        )  # fmt: skip
    return found


def checkpoints(key: SigningKey, other: SigningKey) -> list[dict[str, Any]]:
    """Notes that the key has signed, and texts that are none."""
    origin = Origin(ORG, stream_id(ORG, "incident", bytes(16)), 1)
    root = hashlib.sha256(b"root").digest()
    plain = checkpoint.make(origin, 3, root, key)
    text, _, line = plain.partition("\n\n")
    of_other = checkpoint.make(origin, 3, root, other).partition("\n\n")[2]
    longer = f"{text}\nwhat a later hub says\n"
    extended = sign_note(longer, origin.text, key)
    broken = line[:-10] + ("A" if line[-10] != "A" else "B") + line[-9:]
    sound = [plain, extended, f"{plain}{of_other}", f"{text}\n\n{of_other}{line}"]
    unsound = [
        f"{text}\n\n{of_other}", f"{text}\n\n{broken}", f"{plain}{broken}", f"{text}\n{line}", text, plain[:-1],
        plain.replace("\n3\n", "\n4\n"),
        sign_note(text.replace("\n3\n", "\n03\n") + "\n", origin.text, key),
        sign_note(f"{text}\n\nafter an empty line\n", origin.text, key),
        sign_note(f"{text}\n", "another", key), f"{plain}no line of a signature\n",
    ]  # fmt: skip
    facts = {"origin": origin.text, "size": 3, "root": root.hex()}
    return [
        *({"public": key.public.hex(), "note": note, **facts} for note in sound),
        *({"public": key.public.hex(), "note": note, "refused": True} for note in unsound),
    ]


def joined() -> dict[str, Any]:
    """A request and what is granted, a new key, and what is signed towards a hub."""
    root, key, new = (
        SigningKey.from_raw(hashlib.sha256(word).digest()) for word in (b"root", b"key", b"new")
    )
    user, device = named_uuid("user", "one"), named_uuid("device", "one")
    made = issue(
        root, org=key_id(root.public), subject=user, device=device, public=key.public, purpose=DEVICE, not_before=0,
        serial=named_uuid("serial", "one"),
    )  # fmt: skip
    lanes = ({"stream": stream_id(ORG, "org", bytes(16)), "epoch": "0" * 16, "n": 1, "event_id": "1" * 64},)
    request = Request(
        device, user, 'Zoë "Z"', key.public.hex(), None, root.public.hex(), lanes, 1, (made,), 7
    )
    changed = request._replace(key=new.public.hex(), replaces=key.public.hex())
    grant = Grant(
        request.digest,
        certificate_id(made.raw),
        root.public.hex(),
        stream_id(ORG, "org", bytes(16)),
        "",
        "",
        "",
        "Zoë",
    )
    asked = {"device": device, "name": "Zoë"}
    org = key_id(root.public)
    return {
        "requests": [
            {**sign_request(each, by, before), "digest": each.digest, "fingerprint": joining.grouped(each.letters)}
            for each, by, before in ((request, key, None), (changed, new, key))
        ],
        "grant": sign_grant(grant, [made], root),
        "organisation": {"public": root.public.hex(), "fingerprint": joining.spoken(root.public)},
        "enroll": {"asked": asked, "digest": joining.request_digest(asked).hex()},
        "session": {
            "org": org, "device": device, "nonce": "n", "digest": joining.session_digest(org, device, "n").hex(),
        },
    }  # fmt: skip
