#!/usr/bin/env python3
"""Checks a bundle of ircockpit without ircockpit: Python's standard library, ssh-keygen and openssl are all it needs."""
# Laid out by hand: short enough to be read in one sitting by whoever is to trust it.
# fmt: off

import argparse
import base64
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections import namedtuple
from collections.abc import Iterator
from pathlib import Path
from typing import Any

BUNDLE, SIG = "ircockpit-bundle", "tagmanifest-sha256.txt.sig"
SMALL, LINE, MOST_FILES = 32 << 20, 1 << 20, 100_000
MALFORMED = (ValueError, KeyError, TypeError, AttributeError, IndexError, OverflowError, RecursionError, OSError)
LISTED = re.compile(rb"([0-9a-f]{64})  (\w[\w.-]*(?:/\w[\w.-]*)*)").fullmatch
DER = bytes.fromhex("302a300506032b6570032100")  # what stands before the 32 bytes of an Ed25519 key (RFC 8410)

Point = tuple[str, int, bytes]  # origin, size and root that a checkpoint states
Peaks = list[tuple[int, bytes]]  # of a tree, its whole sub-trees: leaves in each and its root, the largest first
Entry = namedtuple("Entry", "line n id prev sig device receipted")

class Unjudged(Exception):
    """Nothing can be said either way: not a bundle, a tool is missing, or nobody was named to trust."""

def sha(*parts: bytes) -> bytes:
    return hashlib.sha256(b"".join(parts)).digest()

def read_json(raw: bytes) -> Any:
    """One value; a key that stands twice is refused: two readers would understand it differently."""
    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        if len(dict(pairs)) != len(pairs):
            raise ValueError("a key stands twice")
        return dict(pairs)
    return json.loads(raw.decode("utf-8"), object_pairs_hook=once)

def unbase64(text: str) -> bytes:
    raw = base64.b64decode(text.encode("ascii"), validate=True)
    if base64.b64encode(raw).decode("ascii") != text:
        raise ValueError("base64 in a second spelling")
    return raw

def grow(peaks: Peaks, leaf: bytes) -> None:
    """Add a leaf to a tree (RFC 6962)."""
    width = 1
    while peaks and peaks[-1][0] == width:
        leaf, width = sha(b"\1", peaks.pop()[1], leaf), width * 2
    peaks.append((width, leaf))

def root_of(peaks: Peaks) -> bytes:
    node = peaks[-1][1] if peaks else sha(b"")
    for _, left in reversed(peaks[:-1]):
        node = sha(b"\1", left, node)
    return node

def climb(index: int, size: int, node: bytes, proof: list[bytes]) -> bytes:
    """The root that an inclusion proof leads to; it has as many hashes as the leaf has trees beside its way."""
    if not 0 <= index < size or (size == 1) != (not proof):
        raise ValueError("no proof for this place in such a tree")
    if size == 1:
        return node
    left = 1 << ((size - 1).bit_length() - 1)
    if index < left:
        return sha(b"\1", climb(index, left, node, proof[:-1]), proof[-1])
    return sha(b"\1", proof[-1], climb(index - left, size - left, node, proof[:-1]))

def small(place: Path) -> bytes:
    with place.open("rb") as file:
        raw = file.read(SMALL + 1)
    if len(raw) > SMALL:
        raise ValueError(f"{place.name} is larger than any such file can be")
    return raw

class Tools:
    """The two programs that know signatures; each is asked with files in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        if not (shutil.which("openssl") and shutil.which("ssh-keygen")):
            raise Unjudged("openssl or ssh-keygen is not installed")
    def run(self, words: str, said: bytes = b"", **files: bytes) -> tuple[bool, str]:
        for name, raw in files.items():
            (self.folder / name).write_bytes(raw)
        done = subprocess.run(words.split(), cwd=self.folder, input=said, capture_output=True, check=False)
        return done.returncode == 0, done.stdout.decode("utf-8", "replace")
    def ed25519(self, public: bytes, message: bytes, sig: bytes) -> bool:
        words = "openssl pkeyutl -verify -pubin -keyform DER -inkey key -rawin -in message -sigfile sig"
        return len(public) == 32 and len(sig) == 64 and self.run(words, key=DER + public, message=message, sig=sig)[0]
    def sshsig(self, message: bytes, sig: bytes, signers: bytes) -> bool:
        found, names = self.run("ssh-keygen -Y find-principals -s sig -f signers", signers=signers, sig=sig)
        words = f"ssh-keygen -Y verify -f signers -s sig -n {BUNDLE} -I "
        return found and any(self.run(words + each, message)[0] for each in names.split())

class Verifier:
    """One bundle: what does not hold in it, and what is to be known besides."""

    def __init__(self, folder: Path, tools: Tools, root: str = "", signers: bytes = b"", later: tuple[str, ...] = ()):
        self.folder, self.tools, self.root, self.signers, self.later = folder, tools, root, signers, later
        self.findings: list[tuple[str, str, str]] = []  # kind, place, and what is wrong in words
        self.notes: list[str] = []
        self.keys: dict[tuple[str, str], set[bytes]] = {}  # by purpose and device, as certified under the root
        self.writers = "device"  # purpose of the keys that write in a record
        self.named: dict[str, tuple[str, bytes]] = {}  # device and key in each certificate, whoever signed it
        self.hubs: list[bytes] = []  # keys that sign checkpoints
        self.maker = b""
        self.points: dict[str, list[Point]] = {}
    def find(self, kind: str, place: str, what: object) -> None:
        self.findings.append((kind, place, str(what)))
    def run(self) -> None:
        """Check everything; raises Unjudged where the folder is no bundle at all."""
        if not (self.folder / "bagit.txt").is_file():
            raise Unjudged("this folder is no bundle: it has no bagit.txt")
        listed = self.bag()
        place = "data/statement.json"
        try:
            self.said = read_json(small(self.folder / place))
            shapes = {(BUNDLE, 0, "complete"): True, (BUNDLE, 0, "extract"): False}
            self.whole = shapes[self.said["format"], self.said["v"], self.said["shape"]]
            streams = {each["stream"]: each for each in self.said["streams"]}
            self.certificates(place := "data/certificates.ndjson")
            self.bag_signature(place := SIG)
            for extra in {path.split("/")[2] for path in listed if path.startswith("data/streams/")} ^ streams.keys():
                self.find("extra", f"data/streams/{extra}", "the statement and the files do not name the same records")
            for each in streams.values():
                self.stream(each, place := f"data/streams/{each['stream']}/events.ndjson")
            self.later_checkpoints(streams, place := "--checkpoint")
        except MALFORMED as error:
            self.find("unreadable", place, f"{type(error).__name__}: {error}")
        if not getattr(self, "whole", True):
            self.notes.append("an extract: what was not chosen cannot be told from it")
    def bag(self) -> dict[str, str]:
        """Every file against the manifests (BagIt 1.0); returns the payload's."""
        here: set[str] = set()
        for top, folders, files in os.walk(self.folder):
            for place in (Path(top, name) for name in folders + files):
                if place.is_symlink() or not place.is_dir():
                    here.add(place.relative_to(self.folder).as_posix())
                if len(here) > MOST_FILES:
                    raise Unjudged(f"the folder holds more than {MOST_FILES:,} files")
        tags, payload = self.manifest("tagmanifest-sha256.txt"), self.manifest("manifest-sha256.txt")
        if "manifest-sha256.txt" not in tags:
            self.find("manifest", "tagmanifest-sha256.txt", "the manifest of the payload is not listed")
        for path, digest in {**payload, **tags}.items():
            place = self.folder / path
            if path.startswith("data/") != (path in payload) or not place.is_file() or place.is_symlink():
                self.find("missing", path, "is listed in the wrong manifest, is not there, or is no file")
                continue
            with place.open("rb") as file:
                found = hashlib.file_digest(file, "sha256").hexdigest()
            if found != digest or (path.startswith("data/blobs/") and path != f"data/blobs/{found}"):
                self.find("changed file", path, f"its SHA-256 is {found}, listed is {digest}")
        for path in sorted(here - tags.keys() - payload.keys() - {"tagmanifest-sha256.txt", SIG}):
            self.find("extra", path, "is there and not listed")
        return payload
    def manifest(self, name: str) -> dict[str, str]:
        found = [LISTED(line[:-1]) for _, line in self.lines(name)]
        if None in found or len({each[2] for each in found if each}) != len(found):
            place = f"{name} line {found.index(None) + 1}" if None in found else name
            self.find("manifest", place, "is no hash and path, or names a file twice")
        return {each[2].decode(): each[1].decode() for each in found if each}
    def lines(self, name: str) -> Iterator[tuple[int, bytes]]:
        """Number and bytes of each line of a file, none of them endless."""
        try:
            with (self.folder / name).open("rb") as file:
                for number, raw in enumerate(iter(lambda: file.readline(LINE), b""), 1):
                    if not raw.endswith(b"\n"):
                        self.find("unreadable", f"{name} line {number}", "does not end, or is longer than any can be")
                        return
                    yield number, raw
        except OSError as error:
            self.find("missing", name, error.strerror)
    def certificates(self, file: str) -> None:
        """Which keys the organisation's root stands behind."""
        root, held = bytes.fromhex(self.said["root"]), []
        org = sha(b"ircockpit/key/1\0", root).hex()
        if org != self.said["org"] or self.root not in ("", org):
            self.find("root", "data/statement.json", f"its root is that of {org}, not of {self.root or self.said['org']}")
        for number, line in self.lines(file):
            row = read_json(line)
            raw = row["raw"].encode("utf-8")
            names, digest = read_json(raw), sha(b"ircockpit/certificate/1\0", raw)
            public = bytes.fromhex(names["key"])
            self.named[digest.hex()] = (names["device"], public)
            held.append((number, names, public, digest, unbase64(row["sig"])))
        roots, authorities, sound = {org: root}, {org: root}, set()
        for purpose in (*["root-successor"] * 8, "hub-authority", "hub-log", "device"):
            for number, names, public, digest, sig in held:
                issuer = (authorities if purpose == "device" else roots).get(names["issuer"])
                if (names["org"], names["purpose"]) != (org, purpose) or number in sound or issuer is None:
                    continue
                if self.tools.ed25519(issuer, b"ircockpit/sig/certificate/1\0" + digest, sig):
                    sound.add(number)
                    self.keys.setdefault((purpose, names["device"]), set()).add(public)
                    if purpose == "hub-log":
                        self.hubs.append(public)
                    elif purpose != "device":  # a root's successor certifies like a root, a hub's authority certifies devices
                        authorities[sha(b"ircockpit/key/1\0", public).hex()] = public
                        roots.update(authorities if purpose == "root-successor" else {})
        for number, names, *_ in held:  # one of a device's time before it joined is of another organisation
            if names["org"] == org and number not in sound:
                self.find("certificate", f"{file} line {number}", "nobody who may has signed it")
        device, public = self.named.get(self.said["made_by"]["certificate"], ("", b""))
        self.maker = public if public in self.keys.get(("device", device), ()) else b""
    def bag_signature(self, place: str) -> None:
        """The signature over the manifests: by the device that made the bundle, and by somebody you named."""
        over, sig = small(self.folder / "tagmanifest-sha256.txt"), small(self.folder / place)
        wire = b"".join(len(each).to_bytes(4, "big") + each for each in (b"ssh-ed25519", self.maker))
        if not self.maker or not self.tools.sshsig(over, sig, b"maker ssh-ed25519 " + base64.b64encode(wire) + b"\n"):
            self.find("bag signature", place, "no device that leads to the root has signed these manifests")
        if self.signers and not self.tools.sshsig(over, sig, self.signers):
            self.find("bag signature", place, "nobody in your allowed-signers file has signed these manifests")
    def stream(self, said: dict[str, Any], file: str) -> None:
        """One record: rows, receipts against the checkpoints, lanes."""
        self.writers = "hub-authority" if said["kind"] == "authority" else "device"
        points = self.points[said["stream"]] = self.read_checkpoints(said, file.replace("events.ndjson", "checkpoints.txt"))
        lanes: dict[tuple[str, str], list[Entry]] = {}
        peaks: Peaks = []
        roots, seen, rows, size, emptied, last = {0: sha(b"")}, set(), 0, 0, 0, 0
        for rows, line in self.lines(file):
            try:
                lane, entry, receipt, gone = self.row(line, f"{file} line {rows}", rows, said["stream"], points)
            except MALFORMED as error:
                self.find("unreadable", f"{file} line {rows}", f"{type(error).__name__}: {error}")
                continue
            seen.add(entry.id)
            lanes.setdefault(lane, []).append(entry)
            emptied += gone
            if receipt is None:
                last = sys.maxsize
                continue
            size += 1
            if self.whole and receipt[0] != last + 1:
                kind = "dropped" if receipt[0] > last + 1 else "reordered"
                self.find(kind, f"{file} line {rows}, event {entry.id}", f"receipt {receipt[0]} stands where {size} must be")
            last = max(last, receipt[0])
            grow(peaks, receipt[1])
            if any(size == at for _, at, _ in points):
                roots[size] = root_of(peaks)
        sound = self.whole and self.history(points, roots, size, file)
        if (rows, size) != (said["rows"], said["receipts"]):
            self.find("dropped", f"{file} after line {rows}", f"stated are {said['rows']} rows, {said['receipts']} receipts")
        for lane, entries in lanes.items():
            self.lane(lane[0], entries, file, sound and said["anchor"] == "hub")
        for head in said["heads"]:
            if head["event"] not in seen:
                self.find("dropped", f"{file} after line {rows}", f"a lane of {head['device']} must reach event {head['event']}")
        if emptied:
            self.notes.append(f"{file}: {emptied} parts are withheld or erased; what was signed of them holds")
    def row(self, line: bytes, place: str, number: int, stream: str, points: list[Point]) -> tuple[Any, Entry, Any, int]:
        """One event: its lane, what is kept of it, its receipt, and how many of its parts were taken away."""
        row = read_json(line)
        text, sig = row["e"].encode("utf-8"), unbase64(row["s"])
        envelope, ident = read_json(text), sha(b"ircockpit/event/1\0", text).hex()
        device, epoch, n, prev, kind = (envelope[key] for key in ("device", "epoch", "n", "prev", "type"))
        place += f", event {ident}"
        if row.keys() != {"r", "e", "s", "p"} | (set() if self.whole else {"i"}) or type(n) is not int or n < 1:
            raise ValueError("it has not the fields of a row")
        if envelope["stream"] != stream or (prev is None) != (n == 1):
            self.find("changed event", place, "it is of another record, or its place in its lane is none")
        peaks: Peaks = []
        held = [None if "leaf" in part else (unbase64(part["salt"]), unbase64(part["data"])) for part in row["p"]]
        for part, both in zip(row["p"], held, strict=True):
            grow(peaks, sha(b"\0", *both) if both and len(both[0]) == 16 else unbase64(part["leaf"]))
        if sha(b"ircockpit/body/1\0", len(held).to_bytes(4, "big"), root_of(peaks)).hex() != envelope["body"]:
            self.find("changed part", place, "its parts are not those that were signed")
        elif held and held[0] and kind == "lane.opened":
            of, public = self.named.get(read_json(held[0][1])["certificate"], ("", b""))
            if of != device or public not in self.keys.get((self.writers, device), ()):
                self.find("certificate", place, "its lane names a certificate that does not lead to the root")
        receipt = None
        if row["r"] is not None:
            raw = row["r"].encode("utf-8")
            stated = read_json(raw)
            receipt = (stated["seq"] + 0, leaf := sha(b"\0", raw))
            if (stated["event_id"], stated["sig_hash"]) != (ident, sha(sig).hex()):
                self.find("receipt", place, "its receipt is of another event, or of another signature")
            _, size, root = max(points, key=lambda point: point[1], default=("", 0, b""))
            if not self.whole and climb(stated["seq"] - 1, size, leaf, list(map(unbase64, row["i"][:64]))) != root:
                self.find("proof", place, "its proof does not lead to the checkpoint")
        entry = Entry(number, n, ident, prev, sig, device, receipt is not None)
        return (device, epoch), entry, receipt, held.count(None)
    def holds(self, entry: Entry) -> bool:
        message = b"ircockpit/sig/event/1\0" + bytes.fromhex(entry.id)
        return any(self.tools.ed25519(key, message, entry.sig) for key in self.keys.get((self.writers, entry.device), ()))
    def lane(self, device: str, entries: list[Entry], file: str, by_hub: bool) -> None:
        """The chain of one lane, the signature at each of its ends, and those that no receipt of a hub covers."""
        followed = {each.prev for each in entries}
        bad = {e.id for e in entries if (e.id not in followed or not (by_hub and e.receipted)) and not self.holds(e)}
        at: dict[int, list[Entry]] = {}
        for each in entries:
            at.setdefault(each.n, []).append(each)
        before = 0
        for n in sorted(at) if self.whole else ():
            if n != before + 1:
                self.find("dropped", f"{file} before line {at[n][0].line}", f"events {before + 1} to {n - 1} of {device}")
            if len({each.id for each in at[n]}) > 1:
                self.notes.append(f"{file}: two events claim place {n} of one lane: device {device} was copied or put back")
            for each in at[n] if before == n - 1 and n > 1 else ():
                if each.prev not in {one.id for one in at[n - 1]}:
                    bad |= {one.id for one in [*at[n - 1], each] if not self.holds(one)}
                    self.find("chain", f"{file} line {each.line}, event {each.id}", "names another event before it than this")
            before = n
        for each in entries:
            if each.id in bad:
                why = "it or its event was changed" if self.keys.get((self.writers, device)) else f"nobody certified {device}"
                self.find("signature", f"{file} line {each.line}, event {each.id}", f"its signature does not hold: {why}")
    def read_checkpoints(self, said: dict[str, Any], file: str) -> list[Point]:
        found, text = [], small(self.folder / file).decode("utf-8")
        for number, note in enumerate(re.split(r"(?<=\n)\n(?!— )", text) if text else (), 1):
            try:
                point = self.checkpoint(note, said["stream"], [self.maker] if said["anchor"] == "device" else self.hubs)
            except MALFORMED as error:
                self.find("checkpoint", f"{file} checkpoint {number}", error)
                continue
            if point[0].endswith(f"/{said['gen']}"):
                found.append(point)
        if said["anchor"] == "device":
            self.notes.append(f"{file}: signed by the device that made the bundle, and by nobody else")
        return found
    def checkpoint(self, note: str, stream: str, signers: list[bytes]) -> Point:
        """Origin, size and root in a signed note (C2SP tlog-checkpoint) that one of these keys signed."""
        body, blank, tail = note.partition("\n\n")
        origin, size, root = body.split("\n")
        if origin.split("/")[:2] != [self.said["org"], stream]:
            raise ValueError("it is of another record")
        for line in tail.split("\n") if blank else ():
            sig = unbase64(line.rpartition(" ")[2]) if line.startswith(f"— {origin} ") else b""
            for key in signers:
                if sig[:4] == sha(origin.encode(), b"\n\1", key)[:4] and self.tools.ed25519(key, f"{body}\n".encode(), sig[4:]):
                    return origin, int(size), unbase64(root)
        raise ValueError("nobody who may has signed it")
    def history(self, points: list[Point], roots: dict[int, bytes], size: int, file: str) -> bool:
        """The receipts against every checkpoint; the last that fits and the first that does not bound the place."""
        good, known = 0, len(self.findings)
        for _, at, root in sorted(points, key=lambda point: point[1]):
            if at > size:
                self.find("cut", f"{file} after line {size}", f"{at} receipts were signed: {size + 1} to {at} are not here")
            elif roots.get(at) != root:
                self.find("history", f"{file} lines {good + 1} to {at}", f"other receipts than the checkpoint of {at} signs")
            else:
                good = at
        if size > max((at for _, at, _ in points), default=0):
            self.find("history", f"{file} lines {good + 1} to {size}", "receipts that stand under no checkpoint")
        return len(self.findings) == known
    def later_checkpoints(self, streams: dict[str, Any], where: str) -> None:
        """What was signed later shows an end that was cut off; without it nothing does."""
        open_ends = set(streams)
        for note in self.later:
            stream = note.split("/")[1]
            if stream not in streams:
                raise Unjudged(f"{where} is of a record that is not in this bundle")
            place = f"data/streams/{stream}/events.ndjson"
            origin, size, root = self.checkpoint(note, stream, [*self.hubs, self.maker])
            held = {at: found for of, at, found in self.points[stream] if of == origin}
            newest = max(held, default=0)
            if size > newest:
                self.find("cut", f"{place} after line {newest}", f"{size} were signed: {newest + 1} to {size} are not here")
            elif held.get(size, root) != root:
                self.find("history", place, f"two histories of {size} entries were signed")
            elif size == newest:
                open_ends.discard(stream)
                self.notes.append(f"{place}: reaches as far as the later checkpoint, {size} entries")
        if open_ends:
            self.notes.append(f"end of record not provable: no later checkpoint of {', '.join(sorted(open_ends))}")

def main(words: list[str]) -> int:
    """Exit code 0: all holds; 1: something does not; 2: it cannot be judged."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="the bundle")
    parser.add_argument("--root", default="", help="id of the organisation, from a second source")
    parser.add_argument("--allowed-signers", type=Path, metavar="FILE", help="who may sign bundles, from a second source")
    parser.add_argument("--checkpoint", type=Path, action="append", default=[], metavar="FILE", help="a later one of a record")
    asked = parser.parse_args(words)
    try:
        signers = small(asked.allowed_signers) if asked.allowed_signers else b""
        later = tuple(small(each).decode("utf-8") for each in asked.checkpoint)
        with tempfile.TemporaryDirectory(prefix="ircockpit-verify-") as folder:
            one = Verifier(asked.folder, Tools(Path(folder)), asked.root.lower(), signers, later)
            one.run()
    except (Unjudged, *MALFORMED) as error:
        print(ascii(f"cannot be judged: {error}")[1:-1])
        return 2
    for line in [*(f"FOUND {kind}: {place}: {what}" for kind, place, what in one.findings), *(f"note: {n}" for n in one.notes)]:
        print(ascii(line)[1:-1])  # words of a stranger, fit for a terminal
    trusted = bool(asked.root or signers)
    verdict = "all holds" if trusted else "cannot be judged: it fits together, but you named nobody to trust: --root ID"
    print(f"{len(one.findings)} found wrong" if one.findings else verdict)
    return 1 if one.findings else 0 if trusted else 2

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
