"""The formats byte for byte: to change one of these files changes what is signed: it needs a new version."""

import hashlib
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ircockpit.core.jsontext import strict_loads
from ircockpit.ledger import checkpoint as checkpoints
from ircockpit.ledger import merkle, receipt
from ircockpit.ledger.certificate import HUB_LOG, SignedCertificate, certificate_id, decode, verify_chain
from ircockpit.ledger.checkpoint import Origin, parse_and_verify
from ircockpit.ledger.envelope import Seen
from ircockpit.ledger.event import admit, from_wire, to_wire
from ircockpit.ledger.fields import FORMAT
from ircockpit.ledger.parts import body_digest, drop
from ircockpit.ledger.receipt import Receipt
from ircockpit.ledger.signing import key_id
from ircockpit.ledger.verify import verify_lanes

if TYPE_CHECKING:
    from tests.ledger.conftest import LaneWriter, Org

GOLDEN = Path(__file__).parent / "golden"


class Specimen:
    """One of everything the ledger writes, from fixed keys, salts and times."""

    def __init__(self, org: "Org") -> None:
        self.org = org
        self.lane: LaneWriter = org.lane("anna", opens_stream=True)
        first = self.lane.events[0]
        seen = Seen(1, 2, hashlib.sha256(b"seen").hexdigest())
        written = self.lane.add(
            "field.set", {"value": 1}, {"why": "Grüße, 被害者 \u202e\x1b[2J"}, {"name": "somebody"},
            field="severity", base=(self.lane.events[1].id,), seen=seen,
            occurred="2026-11-23T14:03:05.120+01:00",
        )  # fmt: skip
        self.event = written._replace(parts=(*written.parts[:2], drop(written.parts[2])))
        self.hub = org.certify("hub", HUB_LOG)
        self.receipts = [
            receipt.encode(Receipt(seq, event.id, receipt.sig_hash(event.sig), verdict, 7))
            for seq, event, verdict in [(1, first, "accepted"), (2, written, "quarantined:role")]
        ]

    def files(self) -> dict[str, bytes]:
        from ircockpit.ledger.signing import SigningKey

        hub_key = SigningKey.from_raw(hashlib.sha256(b"key of hub").digest())
        root = merkle.root([receipt.leaf(raw) for raw in self.receipts])
        anna = self.lane.certificate
        values = {
            "body_digest": body_digest(self.event.parts),
            "body_digest_of_no_parts": body_digest(()),
            "certificate_id": certificate_id(anna.raw),
            "certificate_signature": anna.sig.hex(),
            "device_key": self.lane.key.public.hex(),
            "event_id": self.event.id,
            "event_signature": self.event.sig.hex(),
            "log_key": hub_key.public.hex(),
            "org": self.org.id,
            "receipts_root": root.hex(),
            "root_key": self.org.root.public.hex(),
            "stream": self.org.stream,
        }
        origin = Origin(self.org.id, self.org.stream, 1)
        lane = [to_wire(event) for event in [*self.lane.events[:2], self.event]]
        return {
            "envelope.json": self.event.raw,
            "part.json": self.event.parts[1].data or b"",
            "certificate.json": anna.raw,
            "receipts.ndjson": b"\n".join(self.receipts) + b"\n",
            "checkpoint.txt": checkpoints.make(origin, 2, root, hub_key).encode(),
            "lane.ndjson": b"".join(json.dumps(wire, sort_keys=True).encode() + b"\n" for wire in lane),
            "values.json": json.dumps(values, indent=1, sort_keys=True).encode() + b"\n",
        }


NAMES = [
    "certificate.json",
    "checkpoint.txt",
    "envelope.json",
    "lane.ndjson",
    "part.json",
    "receipts.ndjson",
    "values.json",
]


@pytest.mark.parametrize("name", NAMES)
def test_what_is_written_is_the_golden_file(org: "Org", name: str) -> None:
    written = Specimen(org).files()[name]
    if os.environ.get("GOLDEN") == "write":
        (GOLDEN / name).write_bytes(written)
    assert written == (GOLDEN / name).read_bytes()


def test_every_golden_file_is_compared(org: "Org") -> None:
    made_elsewhere = ("vectors.json", "states.json")  # by tests of their own
    there = sorted(path.name for path in GOLDEN.iterdir() if path.name not in made_elsewhere)
    assert there == NAMES == sorted(Specimen(org).files())


def test_the_golden_lane_verifies_from_the_files_alone() -> None:
    values = json.loads((GOLDEN / "values.json").read_bytes())
    root_key = bytes.fromhex(values["root_key"])
    assert key_id(root_key) == values["org"]
    signed = SignedCertificate(
        (GOLDEN / "certificate.json").read_bytes(), bytes.fromhex(values["certificate_signature"])
    )
    certificate = verify_chain(signed, root_key)
    assert certificate.key == values["device_key"]
    lane = [from_wire(strict_loads(line)) for line in (GOLDEN / "lane.ndjson").read_bytes().splitlines()]
    for event in lane:
        assert admit(event, bytes.fromhex(certificate.key)).stream == values["stream"]
    assert verify_lanes(lane, {values["certificate_id"]: certificate}) == []
    assert lane[-1].id == values["event_id"]
    assert lane[-1].envelope.body == values["body_digest"]
    # Control: one byte less of a name and the lane says so.
    damaged = lane[-1]._replace(raw=lane[-1].raw.replace(b'"severity"', b'"severit"'))
    assert verify_lanes([*lane[:-1], damaged], {values["certificate_id"]: certificate})


def test_the_golden_checkpoint_holds_for_the_golden_receipts() -> None:
    public = bytes.fromhex(json.loads((GOLDEN / "values.json").read_bytes())["log_key"])
    checkpoint = parse_and_verify((GOLDEN / "checkpoint.txt").read_text("utf-8"), public)
    receipts = (GOLDEN / "receipts.ndjson").read_bytes().splitlines()
    assert (checkpoint.size, checkpoint.root) == (
        2,
        merkle.root([receipt.leaf(raw) for raw in receipts]).hex(),
    )


def test_a_later_version_changes_nothing_but_the_number() -> None:
    from ircockpit.ledger.certificate import CertificateError
    from ircockpit.ledger.envelope import EnvelopeError
    from ircockpit.ledger.envelope import decode as decode_envelope

    raw = (GOLDEN / "envelope.json").read_bytes()
    this, later = (f'{{"v":{number},'.encode() for number in (FORMAT, FORMAT + 1))
    assert raw.startswith(this)
    with pytest.raises(EnvelopeError) as refused:
        decode_envelope(raw.replace(this, later))
    assert refused.value.field == "v"
    with pytest.raises(CertificateError) as unknown:
        decode((GOLDEN / "certificate.json").read_bytes().replace(this, later))
    assert unknown.value.field == "v"
