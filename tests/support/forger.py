"""An insider with a device key of the organisation, who makes a bundle anew so that every hash and seal of it fits again."""

import base64
import hashlib
import json
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from tests.support.bundles import Rows, put_rows, reseal, restate, rows_of

from ircockpit.bundle import layout
from ircockpit.ledger.base64text import to_base64
from ircockpit.ledger.certificate import SignedCertificate
from ircockpit.ledger.checkpoint import Origin, make
from ircockpit.ledger.fields import FORMAT
from ircockpit.ledger.joining import certificate_to_wire
from ircockpit.ledger.merkle import Frontier, leaf_hash
from ircockpit.ledger.parts import Part, body_digest, make_parts
from ircockpit.ledger.receipt import leaf
from ircockpit.ledger.signing import SigningKey

Change = Callable[[dict[str, Any]], None]


def envelope_of(row: Mapping[str, Any]) -> dict[str, Any]:
    """The envelope of a row as an object, empty where it is none."""
    try:
        found = json.loads(row["e"].lstrip("\ufeff"))
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def id_of(row: Mapping[str, Any]) -> str:
    """The id of a row's event."""
    return hashlib.sha256(b"ircockpit/event/1\0" + row["e"].encode()).hexdigest()


def parts_of(*objects: Mapping[str, object]) -> list[dict[str, str]]:
    """Parts as they travel."""
    made = make_parts(objects, lambda size: bytes(size))
    return [{"salt": to_base64(each.salt or b""), "data": to_base64(each.data or b"")} for each in made]


def sign(row: dict[str, Any], envelope: Mapping[str, Any] | str, key: SigningKey) -> None:
    """Give a row an envelope over the parts it has, signed with a key."""
    if not isinstance(envelope, str):
        body = body_digest([_part(each) for each in row["p"]])
        envelope = json.dumps({**envelope, "body": body}, separators=(",", ":"))
    row["e"] = envelope
    row["s"] = to_base64(key.sign("event", bytes.fromhex(id_of(row))))


class Forger:
    """A copy of a bundle, and the key of the device that made it."""

    def __init__(self, of: Path, to: Path, key: SigningKey, device: str) -> None:
        shutil.copytree(of, to)
        self.folder, self.key, self.device = to, key, device
        self.statement: dict[str, Any] = json.loads((to / layout.STATEMENT).read_text())

    def streams(self, kind: str = "") -> list[str]:
        """The records of a kind, or all."""
        return [each["stream"] for each in self.statement["streams"] if kind in ("", each["kind"])]

    def rows(self, stream: str) -> Rows:
        """The rows of a record."""
        return rows_of(self.folder, stream)

    def sign(self, row: dict[str, Any], envelope: Mapping[str, Any] | str) -> None:
        """Give a row another envelope, over the parts it has, signed with the key."""
        sign(row, envelope, self.key)

    def change(self, rows: Rows, at: int, change: Change) -> None:
        """Change an envelope, and put the chain of what this device wrote after it in order again."""
        envelope, old = envelope_of(rows[at]), id_of(rows[at])
        change(envelope)
        self.sign(rows[at], envelope)
        names = {old: id_of(rows[at])}
        for row in rows[at + 1 :]:
            if envelope_of(row)["device"] != self.device:
                continue
            text, before = row["e"], id_of(row)
            for gone, now in names.items():
                text = text.replace(gone, now)
            if text != row["e"]:
                self.sign(row, text)
                names[before] = id_of(row)

    def anchor(
        self, stream: str, rows: Rows, *, key: SigningKey | None = None, gen: int = 0,
        fields: Mapping[str, Any] | None = None,
    ) -> None:  # fmt: skip
        """Put rows back under a tree that this device signs, with the statement and the seal that fit."""
        tree = Frontier()
        for seq, row in enumerate(rows, 1):
            stated = {
                "v": FORMAT, "seq": seq, "event_id": id_of(row), "verdict": "accepted",
                "received_at": envelope_of(row).get("wall", 0),
                "sig_hash": hashlib.sha256(base64.b64decode(row["s"])).hexdigest(),
            }  # fmt: skip
            row["r"] = json.dumps({**stated, **(fields or {})}, separators=(",", ":"))
            tree.append(leaf(row["r"].encode()))
        point = make(Origin(self.statement["org"], stream, gen), tree.size, tree.root(), key or self.key)
        (self.folder / layout.checkpoints_of(stream)).write_text(point)
        self.put(stream, rows, anchor="device", gen=0)

    def put(self, stream: str, rows: Rows, **stated: Any) -> None:
        """Put rows back as they are, with the statement and the seal that fit."""
        put_rows(self.folder, stream, rows)
        heads: dict[tuple[str, str], dict[str, Any]] = {}
        for row in rows:
            envelope = envelope_of(row)
            lane = (str(envelope.get("device")), str(envelope.get("epoch")))
            heads[lane] = {"device": lane[0], "epoch": lane[1], "n": envelope.get("n"), "event": id_of(row)}
        receipts = sum(row["r"] is not None for row in rows)
        emptied = sum("leaf" in part for row in rows for part in row["p"])
        whole = self.statement["shape"] == "complete"
        self.state(
            stream, rows=len(rows), receipts=receipts, emptied=emptied, heads=[*heads.values()] if whole else [], **stated
        )  # fmt: skip

    def state(self, stream: str, **stated: Any) -> None:
        """Change what is stated of one record, and seal."""

        def change(said: dict[str, Any]) -> None:
            for each in said["streams"]:
                each.update(stated if each["stream"] == stream else {})

        restate(self.folder, change)
        self.seal()

    def say(self, **stated: Any) -> None:
        """Change the statement itself, and seal."""
        restate(self.folder, lambda said: said.update(stated))
        self.seal()

    def certify(self, *certificates: SignedCertificate) -> None:
        """Put certificates beside those that are there."""
        path = self.folder / layout.CERTIFICATES
        added = "".join(json.dumps(certificate_to_wire(each)) + "\n" for each in certificates)
        path.write_text(path.read_text() + added)
        self.seal()

    def seal(self) -> None:
        """Manifests and signature over what is there now."""
        reseal(self.folder, self.key)


def _part(wire: Mapping[str, str]) -> Part:
    if "leaf" in wire:
        return Part(base64.b64decode(wire["leaf"]), None, None)
    salt, data = base64.b64decode(wire["salt"]), base64.b64decode(wire["data"])
    return Part(leaf_hash(salt + data), salt, data)
