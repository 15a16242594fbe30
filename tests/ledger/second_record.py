"""Whole bundles, as a second reader checks and reads them from docs/format.md and docs/bundles.md alone."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from tests.ledger import second, second_state
from tests.ledger.second import RefusedError, Trust, sha, unbase64, unhex


class Entry(NamedTuple):
    """One line of events."""

    id: str
    raw: bytes
    sig: bytes
    envelope: dict[str, Any]
    leaves: list[bytes]
    parts: list[dict[str, Any] | None]
    padded: bool
    receipt: dict[str, Any] | None
    leaf: bytes
    proof: list[bytes] | None


class Bundle:
    """A bundle with everything that does not hold in it, as words in ``faults``."""

    def __init__(self, folder: Path, org: str) -> None:
        self.folder = folder
        self.faults: list[str] = []
        self.streams: dict[str, list[Entry]] = {}
        self._say = self.faults.append
        self._manifests()
        self.said = second.strict((folder / "data/statement.json").read_bytes())
        root = unhex(self.said["root"])
        if not second.key_id(root).hex() == self.said["org"] == org:
            self._say("another organisation")
        given = [second.strict(line) for line in self._lines("data/certificates.ndjson")]
        self.trust = Trust(root, [(each["raw"].encode(), unbase64(each["sig"], 64)) for each in given])
        for each in self.said["streams"]:
            self._stream(each, folder / "data/streams" / each["stream"])

    def _lines(self, name: str) -> Iterator[bytes]:
        lines = (self.folder / name).read_bytes().split(b"\n")
        if lines.pop():
            self._say(f"{name} ends without a line end")
        return iter(lines)

    def _manifests(self) -> None:
        listed: dict[str, str] = {}
        for name in ("manifest-sha256.txt", "tagmanifest-sha256.txt"):
            for line in self._lines(name):
                digest, _, path = line.decode().partition("  ")
                listed[path] = digest
        there = {
            path.relative_to(self.folder).as_posix() for path in self.folder.rglob("*") if path.is_file()
        }
        if there - {"tagmanifest-sha256.txt", "tagmanifest-sha256.txt.sig"} != listed.keys():
            self._say("other files than listed")
        for path, digest in listed.items():
            if path in there and sha((self.folder / path).read_bytes()).hex() != digest:
                self._say(f"{path} is not what was listed")

    def _stream(self, said: Mapping[str, Any], place: Path) -> None:
        entries = self.streams[said["stream"]] = []
        for number, line in enumerate(
            self._lines((place / "events.ndjson").relative_to(self.folder).as_posix()), 1
        ):
            try:
                entries.append(self._entry(line, said["stream"]))
            except (RefusedError, KeyError, TypeError, ValueError) as error:
                self._say(f"line {number} of {said['kind']}: {error}")
        receipted = [each for each in entries if each.receipt is not None]
        if (len(entries), len(receipted)) != (said["rows"], said["receipts"]):
            self._say("other counts than stated")
        self._history(said, place, receipted)
        purpose = "hub-authority" if said["kind"] == "authority" else "device"
        self._lanes(entries, said, purpose)
        if self.said["shape"] == "complete":
            self._numbers(entries, said["gen"])

    def _entry(self, line: bytes, stream: str) -> Entry:
        row = second.strict(line)
        keys = {"e", "s", "p", "r"} | ({"i"} if self.said["shape"] == "extract" else set())
        raw, sig = row["e"].encode(), unbase64(row["s"], 64)
        envelope, ident = second.envelope(raw), second.event_id(raw)
        leaves: list[bytes] = []
        parts: list[dict[str, Any] | None] = []
        sizes = set()
        for each in row["p"]:
            if each.keys() == {"leaf"}:
                leaves.append(unbase64(each["leaf"], 32))
                parts.append(None)
            elif each.keys() == {"salt", "data"}:
                data = unbase64(each["data"])
                leaves.append(second.leaf(unbase64(each["salt"], 16) + data))
                parts.append(second.part(data))
                sizes.add(len(data))
            else:
                raise RefusedError("no part")
        if row.keys() != keys or envelope["stream"] != stream or second.body(leaves) != envelope["body"]:
            raise RefusedError("other fields, another record or other parts")
        receipt, leaf, proof = None, b"", None
        if row["r"] is not None:
            receipt, leaf = second.receipt(row["r"].encode()), second.leaf(row["r"].encode())
            if (receipt["event_id"], receipt["sig_hash"]) != (ident, sha(sig).hex()):
                raise RefusedError("a receipt of another event or signature")
            proof = [unbase64(each, 32) for each in row["i"]] if "i" in keys else None
        padded = sizes <= set(second.SIZES)
        return Entry(ident, raw, sig, envelope, leaves, parts, padded, receipt, leaf, proof)

    def _history(self, said: Mapping[str, Any], place: Path, receipted: list[Entry]) -> None:
        maker = self.trust.trusted.get(self.said["made_by"]["certificate"], {})
        signers = [unhex(maker["key"])] if said["anchor"] == "device" else self.trust.hubs
        origin = f"{self.said['org']}/{said['stream']}/{said['gen']}"
        halves = (place / "checkpoints.txt").read_text("utf-8").split("\n\n")
        points = []
        for text, signatures in zip(halves[::2], halves[1::2], strict=False):
            note, found = f"{text}\n\n{signatures.removesuffix(chr(10))}\n", []
            for public in signers:
                try:
                    found.append(second.checkpoint(note, public))
                except RefusedError:
                    continue
            if not found:
                self._say("a checkpoint that nobody signed who may")
            points += [each for each in found if each.origin == origin]
        newest = max(points, key=lambda each: each.size, default=second.Checkpoint("", 0, b""))
        if self.said["shape"] == "extract":
            for each in receipted:
                seq, proof = each.receipt["seq"] if each.receipt else 0, each.proof or []
                if second.climb(seq - 1, newest.size, each.leaf, proof) != newest.root:
                    self._say(f"{each.id}: no proof")
            return
        leaves = [each.leaf for each in receipted]
        seqs = [each.receipt["seq"] for each in receipted if each.receipt]
        if seqs != list(range(1, newest.size + 1)):
            self._say("other receipts than the newest checkpoint states")
        if any(second.tree(leaves[: each.size]) != each.root for each in points):
            self._say("another history than was signed")

    def _lanes(self, entries: list[Entry], said: Mapping[str, Any], purpose: str) -> None:
        lanes: dict[tuple[str, str], list[Entry]] = {}
        for each in entries:
            lanes.setdefault((each.envelope["device"], each.envelope["epoch"]), []).append(each)
        for (device, _), lane in lanes.items():
            keys = self.trust.keys(device, purpose)
            at = {each.envelope["n"]: each.id for each in lane}
            for each in lane:
                n, type_ = each.envelope["n"], each.envelope["type"]
                if (n == 1) != (type_ == "lane.opened") or (type_ == "stream.opened" and n != 2):
                    self._say(f"{each.id}: opened at the wrong place")
                if n == 1 and each.parts and each.parts[0] is not None:
                    named = self.trust.lanes.get(each.parts[0]["certificate"], {"device": "", "key": ""})
                    if each.parts[0].keys() != {"certificate", "predecessor"} or named["device"] != device:
                        self._say(f"{each.id}: no certificate of its device")
                if (
                    n > 1
                    and (n - 1 in at or self.said["shape"] == "complete")
                    and at.get(n - 1) != each.envelope["prev"]
                ):
                    self._say(f"{each.id}: another event before it")
                if not any(second.signed(key, "event", unhex(each.id), each.sig) for key in keys):
                    self._say(f"{each.id}: not signed by its device")
                if type_ == "stream.opened" and each.parts and each.parts[0] is not None:
                    self._genesis(each, each.parts[0], said)
        for head in said["heads"]:
            if head["event"] not in {each.id for each in entries}:
                self._say("a lane was cut off")

    def _genesis(self, entry: Entry, stated: Mapping[str, Any], said: Mapping[str, Any]) -> None:
        made = second.stream_id(unhex(stated["org"]), stated["kind"], unhex(stated["nonce"]))
        if made != entry.envelope["stream"] or stated["kind"] != said["kind"]:
            self._say(f"{entry.id}: no genesis of this stream")

    def _numbers(self, entries: list[Entry], gen: int) -> None:
        """Lamport numbers, as far as all that they depend on is in the bundle."""
        lams = {each.id: each.envelope["lam"] for lane in self.streams.values() for each in lane}
        highest, leaves = [0], []
        for each in entries:
            if each.receipt is not None:
                counts = each.receipt["verdict"] == "accepted"
                highest.append(max(highest[-1], each.envelope["lam"] if counts else 0))
                leaves.append(each.leaf)
        for each in entries:
            prev, seen = each.envelope["prev"], each.envelope["seen"]
            names = [*each.envelope["base"], *([prev] if prev else [])]
            known = [lams[name] for name in names if name in lams]
            whole = len(known) == len(names)
            if (
                seen is not None
                and seen["seq"] < len(highest)
                and second.tree(leaves[: seen["seq"]]).hex() == seen["root"]
            ):
                known.append(highest[seen["seq"]])
            elif seen is not None:
                whole = False
                if seen["gen"] == gen:
                    self._say(f"{each.id}: its author saw another history")
            least = 1 + max(known, default=0)
            if each.envelope["lam"] < least or (whole and each.envelope["lam"] != least):
                self._say(f"{each.id}: its Lamport number is {each.envelope['lam']}, not {least}")

    def events(self) -> list[dict[str, Any]]:
        """What merge asks of the events; those whose author or body is at fault, or that claim authority, are left out."""
        found = []
        for stream, entries in self.streams.items():
            kind = next(each["kind"] for each in self.said["streams"] if each["stream"] == stream)
            purpose = "hub-authority" if kind == "authority" else "device"
            orders = [
                second.stated(each.parts).get("events")
                for each in entries
                if each.envelope["type"] == "erasure.ordered"
                and each.receipt
                and each.receipt["verdict"] == "accepted"
            ]
            for each in entries:
                count = len(each.parts)
                erased = set().union(*(second_state.named(listed, each.id, count) for listed in orders))
                parts = [
                    part if part is not None else "erased" if number in erased else "withheld"
                    for number, part in enumerate(each.parts)
                ]
                verdict = each.receipt["verdict"] if each.receipt else None
                rightful = kind == "authority" or not each.envelope["type"].startswith(
                    second_state.OF_AUTHORITY
                )
                speaks = self.trust.speaks_for(each.envelope["device"], each.envelope["actor"], purpose)
                if speaks and rightful and each.padded:
                    found.append({**each.envelope, "id": each.id, "verdict": verdict, "parts": parts})
        acts = [e for e in found if e["type"] == "device.revoked" and e["verdict"] == "accepted"]
        cut = set(second_state.revoked(acts, found))
        return [{**each, "verdict": "quarantined:revoked"} if each["id"] in cut else each for each in found]


def change(folder: Path, name: str, old: bytes, new: bytes) -> None:
    """Change a file and list it anew, as somebody who cannot sign would."""
    place = folder / name
    before = place.read_bytes()
    place.write_bytes(before.replace(old, new, 1))
    for manifest in ("manifest-sha256.txt", "tagmanifest-sha256.txt"):
        text = (folder / manifest).read_bytes()
        (folder / manifest).write_bytes(
            text.replace(sha(before).hex().encode(), sha(place.read_bytes()).hex().encode())
        )
        before, place = text, folder / manifest


def org_of(folder: Path) -> str:
    return str(json.loads((folder / "data/statement.json").read_bytes())["org"])
