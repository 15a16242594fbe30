#!/usr/bin/env python3
"""Checks a bundle of ircockpit without ircockpit: Python's standard library, ssh-keygen and openssl are all it needs."""
# Laid out by hand: short enough to be read in one sitting by whoever is to trust it. Sections named are those of docs/format.md.
# fmt: off

import argparse, base64, datetime, hashlib, json, os, re, shutil, subprocess, sys, tempfile, uuid
from collections import namedtuple
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

VERSION, LAYOUT = 1, 1  # of the record, and of the bundle
BUNDLE, TAGGED, SIGNED = "ircockpit-bundle", "tagmanifest-sha256.txt", b"ircockpit/sig/%b/1\0"
SMALL, LINE, MOST_FILES, LEAP = 32 << 20, 1 << 20, 100_000, 1 << 24
MALFORMED = (ValueError, KeyError, TypeError, AttributeError, IndexError, OverflowError, RecursionError, OSError)
DER = bytes.fromhex("302a300506032b6570032100")  # what stands before the 32 bytes of an Ed25519 key (RFC 8410)

# What may stand where: a text of this form, a whole number from this one on, an object, a list of such; in a tuple, or null.
HEX, EPOCH, NAME, UUID = "[0-9a-f]{64}", "[0-9a-f]{16}", "[a-z][a-z0-9_.]{0,63}", "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
TIME = r"\d{4}-\d\d-\d\d(T([01]\d|2[0-3]):[0-5]\d(:([0-5]\d|60)(\.\d{1,9})?)?)?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)"
CERTIFICATE = {"v": 0, "org": HEX, "subject": UUID, "device": UUID, "key": HEX, "alg": "ed25519", "issuer": HEX, "serial": UUID,
               "purpose": "device|hub-log|hub-authority|root-successor", "not_before": 0}
ENVELOPE = {"v": 0, "stream": UUID, "device": UUID, "epoch": EPOCH, "n": 1, "prev": (HEX,), "lam": 1, "op": UUID, "actor": UUID,
            "type": NAME, "tv": 1, "ent": UUID, "field": (NAME,), "base": [HEX], "scope": NAME, "occurred": (TIME,), "wall": 0,
            "off": 1 - 2**53, "offq": NAME, "boot": UUID, "mono": 0, "seen": ({"gen": 0, "seq": 0, "root": HEX},), "body": HEX}
RECEIPT = {"v": 0, "seq": 1, "event_id": HEX, "sig_hash": HEX, "verdict": f"accepted|quarantined:{NAME}", "received_at": 0}
OPENING, GENESIS = {"certificate": HEX, "predecessor": (HEX,)}, {"org": HEX, "kind": NAME, "nonce": "[0-9a-f]{32}", "drill": bool}
TAGS = ["bagit.txt", "bag-info.txt", "manifest-sha256.txt", "allowed_signers", "VERIFY.txt", "ircockpit_verify.py"]
FILES = rf"data/(statement\.json|certificates\.ndjson|streams/{UUID}/(events\.ndjson|checkpoints\.txt)|blobs/{HEX})"

Point = namedtuple("Point", "gen size root")  # what a checkpoint states
Entry = namedtuple("Entry", "place id e sig leaf seq verdict body gone flaw")  # e: the envelope; body: what its parts say

class Unjudged(Exception):
    """Nothing can be said either way: not a bundle, a tool is missing, or nobody was named to trust."""

def sha(*parts: bytes) -> bytes:
    return hashlib.sha256(b"".join(parts)).digest()
def refuse(what: object) -> Any:
    raise ValueError(f"{str(what)[:60]!r} cannot stand here")
def fits(rule: Any, value: Any) -> bool:
    if isinstance(rule, type): return type(value) is rule
    if isinstance(rule, tuple): return value is None or fits(rule[0], value)
    if isinstance(rule, list): return type(value) is list and len(value) <= 40 and all(fits(rule[0], each) for each in value)
    if isinstance(rule, dict):
        return type(value) is dict and value.keys() == rule.keys() and all(fits(rule[key], value[key]) for key in rule)
    if isinstance(rule, int): return type(value) is int and rule <= value < 2**53
    return type(value) is str and re.fullmatch(rule, value, re.ASCII) is not None
def levels(value: Any) -> int:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return isinstance(value, dict | list) + max(map(levels, inner), default=0)
def read_json(raw: bytes) -> Any:
    """One value; none where two readers may understand it differently: a key twice, fractions, half a character."""
    def once(pairs: Any) -> Any: return dict(pairs) if len(dict(pairs)) == len(pairs) else refuse("a key twice")
    def whole(digits: str) -> int: return int(digits) if len(digits) < 18 and abs(int(digits)) < 2**53 else refuse(digits)
    try:
        value = json.loads(raw.decode(), object_pairs_hook=once, parse_float=refuse, parse_int=whole, parse_constant=refuse)
        json.dumps(value, ensure_ascii=False).encode("utf-8")
        return value if levels(value) <= 64 else None
    except MALFORMED: return None
def read_signed(text: str, form: Any, most: int) -> tuple[bytes, Any]:
    """The bytes and the fields of what was signed as JSON (section 1)."""
    raw = text.encode("utf-8")
    value = read_json(raw)
    return (raw, value) if len(raw) <= most and fits(form, value) and value["v"] == VERSION else refuse(text)
def unbase64(text: str, size: int = -1) -> bytes:
    raw = base64.b64decode(text.encode("ascii"), validate=True)
    return raw if base64.b64encode(raw).decode() == text and size in (-1, len(raw)) else refuse(text)
def roots_of(leaves: list[bytes]) -> list[bytes]:
    """The roots of the trees (RFC 6962) over each beginning of these leaves, the empty one first."""
    found, peaks = [sha(b"")], list[tuple[int, bytes]]()  # whole sub-trees, the largest first: leaves in each, and its root
    for node in leaves:
        width = 1
        while peaks and peaks[-1][0] == width: node, width = sha(b"\1", peaks.pop()[1], node), width * 2
        peaks.append((width, node))
        for _, left in reversed(peaks[:-1]): node = sha(b"\1", left, node)
        found.append(node)
    return found
def climb(index: int, size: int, node: bytes, proof: list[bytes]) -> bytes:
    """The root that an inclusion proof leads to; it has as many hashes as the leaf has trees beside its way."""
    if size == 1 and not proof: return node
    left = 1 << ((size - 1).bit_length() - 1)
    if index < left: return sha(b"\1", climb(index, left, node, proof[:-1]), proof[-1])
    return sha(b"\1", proof[-1], climb(index - left, size - left, node, proof[:-1]))
def stream_id(org: str, kind: str, nonce: str, **_: bool) -> str:
    digest = sha(b"ircockpit/stream/1\0", bytes.fromhex(org), kind.encode(), b"\0", bytes.fromhex(nonce))
    return str(uuid.UUID(int=uuid.UUID(bytes=digest[:16], version=4).int ^ 12 << 76))  # version 8
def small(place: Path) -> bytes:
    return place.read_bytes() if place.stat().st_size <= SMALL else refuse(f"{place.name}, so large,")

class Tools:
    """The two programs that know signatures; each is asked with files in a folder of its own."""
    def run(self, words: str, said: bytes = b"", **files: bytes) -> tuple[bool, str]:
        with tempfile.TemporaryDirectory(prefix="ircockpit-verify-") as folder:
            for name, raw in files.items(): Path(folder, name).write_bytes(raw)
            done = subprocess.run(words.split(), cwd=folder, input=said, capture_output=True, check=False)
        return done.returncode == 0, done.stdout.decode("utf-8", "replace")
    def ed25519(self, public: bytes, message: bytes, sig: bytes) -> bool:
        words = "openssl pkeyutl -verify -pubin -keyform DER -inkey key -rawin -in message -sigfile sig"
        return len(sig) == 64 and self.run(words, key=DER + public, message=message, sig=sig)[0]
    def sshsig(self, message: bytes, sig: bytes, signers: bytes) -> bool:
        found, names = self.run("ssh-keygen -Y find-principals -s sig -f signers", signers=signers, sig=sig)
        words = f"ssh-keygen -Y verify -f signers -s sig -n {BUNDLE} -I "
        return found and any(self.run(words + each, message, signers=signers, sig=sig)[0] for each in names.split())

class Verifier:
    """One bundle: what does not hold in it, what holds and does not count, and what is to be known besides."""
    def __init__(self, folder: Path, tools: Tools, root: str = "", signers: bytes = b"", later: tuple[str, ...] = ()):
        self.folder, self.tools, self.root, self.signers, self.later = folder, tools, root, signers, later
        self.findings: list[tuple[str, str, str]] = []  # kind, place, and what is wrong in words
        self.doubts: list[tuple[str, str]] = []  # place of an event, and why it does not count
        self.notes: list[str] = []
        self.keys: dict[tuple[str, str], dict[str, bytes]] = {}  # by purpose and device: its keys, by id of certificate
        self.revoked: dict[Any, dict[str, list[Any]]] = {}  # by device and act: where its lanes end
        self.files: set[Any] = set()  # evidence files that entries name
    def check(self, holds: object, kind: str, place: str, what: object) -> None:
        self.findings += [] if holds else [(kind, place, str(what))]
    def note(self, so: object, what: str) -> None:
        self.notes += [what] if so and what not in self.notes else []
    def run(self) -> None:
        """Check everything; raises Unjudged where the folder is no bundle at all."""
        if not (self.folder / "bagit.txt").is_file(): raise Unjudged("this folder is no bundle: it has no bagit.txt")
        place = TAGGED
        try:
            payload = self.bag()
            self.said = read_json(small(self.folder / (place := "data/statement.json")))
            shapes = {(BUNDLE, LAYOUT, "complete"): True, (BUNDLE, LAYOUT, "extract"): False}
            self.whole = shapes[self.said["format"], self.said["v"], self.said["shape"]]
            streams = {each["stream"]: each for each in self.said["streams"]}
            files = [f"data/streams/{each}/{name}" for each in streams for name in ("events.ndjson", "checkpoints.txt")]
            blobs = sorted(path for path in payload if path.startswith("data/blobs/"))
            named = len(files) == 2 * len(self.said["streams"]) and len(blobs) == self.said["files"]
            if not named or payload != {place, "data/certificates.ndjson", *files, *blobs}:
                raise ValueError("it does not name the records and files that are here")
            self.certificates(place := "data/certificates.ndjson")
            self.bag_signature(place := f"{TAGGED}.sig")
            if {note.split("/")[1] for note in self.later} - streams.keys(): raise Unjudged("--checkpoint: of a record not here")
            for each in sorted(streams.values(), key=lambda each: each["kind"] != "authority"):  # who is revoked comes first
                self.stream(each, place := f"data/streams/{each['stream']}/events.ndjson")
            for path in blobs: self.check(path[11:] in self.files, "extra", path, "no entry in this bundle names this file")
            self.note("authority" not in [each["kind"] for each in streams.values()], "no record of members, so no revocations")
            if self.said["made_by"]["device"] in self.revoked: self.doubts.append((f"{TAGGED}.sig", "its device was revoked"))
            self.note(not self.whole, "an extract: what was not chosen cannot be told from it")
        except MALFORMED as error:
            self.check(False, "unreadable", place, f"{type(error).__name__}: {error}")
    def bag(self) -> set[str]:
        """Every file against the manifests (BagIt 1.0); returns the paths of the payload."""
        places = [place for _, place in zip(range(MOST_FILES + 1), self.folder.rglob("*"), strict=False)]
        if len(places) > MOST_FILES: raise Unjudged(f"the folder holds more than {MOST_FILES:,} files")
        strange = [each for each in places if each.is_symlink() or not (each.is_file() or each.is_dir())]
        if strange: raise ValueError(f"{strange[0].name} is no file")  # and is not opened: a pipe would not end
        here = {place.relative_to(self.folder).as_posix() for place in places if place.is_file()}
        listed: dict[str, str] = {TAGGED: "", f"{TAGGED}.sig": ""}
        for name, form in (TAGGED, "|".join(map(re.escape, TAGS))), ("manifest-sha256.txt", FILES):
            for number, line in self.lines(name):
                found = re.fullmatch(f"({HEX})  ({form})\n", line.decode("ascii", "replace"), re.ASCII)
                good = found and found[2] not in listed
                self.check(good, "manifest", f"{name} line {number}", "is no hash and file of a bundle, or names one twice")
                listed.update({found[2]: found[1]} if found else {})
        for path in sorted((here ^ listed.keys()) | (set(TAGS) - listed.keys())):
            self.check(False, "extra" if path in here else "missing", path, "is there and not listed, or not there")
        for path in sorted(here & listed.keys()):
            with (self.folder / path).open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
            good = listed[path] in ("", digest) and (not path.startswith("data/blobs/") or path.endswith(digest))
            self.check(good, "changed file", path, f"its SHA-256 is {digest}, listed is {listed[path]}")
        return {path for path in listed if path.startswith("data/")}
    def lines(self, name: str) -> Any:
        """Number and bytes of each line of a file, none of them endless."""
        with (self.folder / name).open("rb") as file:
            for number, raw in enumerate(iter(lambda: file.readline(LINE), b""), 1):
                yield number, raw if raw.endswith(b"\n") else refuse(f"line {number} without end")
    def certificates(self, file: str) -> None:
        """Which keys the organisation's root stands behind (section 3)."""
        root, held, trusted = bytes.fromhex(self.said["root"]), {}, {}
        org = sha(b"ircockpit/key/1\0", root).hex()
        good = org == self.said["org"] and self.root in ("", org)
        self.check(good, "root", "data/statement.json", f"its root is that of {org}, not of {self.root or self.said['org']}")
        for number, line in self.lines(file):
            row = read_json(line)
            raw, sig = row["raw"].encode("utf-8"), unbase64(row["sig"], 64)
            if fits(CERTIFICATE, names := read_json(raw)) and names["v"] == VERSION and len(raw) <= 2048:
                held[sha(b"ircockpit/certificate/1\0", raw).hex()] = names | {"sig": sig, "line": number}
        keys: dict[str, dict[str, bytes]] = {"root-successor": {org: root}, "hub-authority": {}, "hub-log": {}, "device": {}}
        for purpose in (*["root-successor"] * 8, "hub-authority", "hub-log", "device"):  # each may stand on those before it
            issuers = {**keys["root-successor"], **(keys["hub-authority"] if purpose == "device" else {})}
            for ident, each in held.items():
                issuer = issuers.get(each["issuer"]) if (each["org"], each["purpose"]) == (org, purpose) else None
                message = SIGNED % b"certificate" + bytes.fromhex(ident)
                if issuer and ident not in trusted and self.tools.ed25519(issuer, message, each["sig"]):
                    keys[purpose][sha(b"ircockpit/key/1\0", bytes.fromhex(each["key"])).hex()] = bytes.fromhex(each["key"])
                    trusted[ident] = each
        self.hubs = list(keys["hub-log"].values())
        self.speaks = {(each["purpose"], each["device"], each["subject"]) for each in trusted.values()}
        sure = {(each["device"], each["key"]) for each in trusted.values() if each["purpose"] == "device"}
        for ident, each in held.items():  # one of a device's time before it joined counts if its key is the same
            self.note(ident not in trusted and each["org"] == org, f"{file} line {each['line']}: not of the root, not heeded")
            if ident in trusted or (each["purpose"] == "device" and (each["device"], each["key"]) in sure):
                self.keys.setdefault((each["purpose"], each["device"]), {})[ident] = bytes.fromhex(each["key"])
    def bag_signature(self, place: str) -> None:
        """The signature over the manifests: by the device that made the bundle, and by somebody you named."""
        over, sig, by = small(self.folder / TAGGED), small(self.folder / place), self.said["made_by"]
        self.maker = self.keys.get(("device", by["device"]), {}).get(by["certificate"], b"")
        wire = base64.b64encode(b"".join(len(each).to_bytes(4, "big") + each for each in (b"ssh-ed25519", self.maker)))
        known = ("device", by["device"], by["user"]) in self.speaks
        good = known and self.tools.sshsig(over, sig, b"maker ssh-ed25519 " + wire + b"\n")
        self.check(good, "bag signature", place, "the device and user said to have made it are not known, or have not signed it")
        good = not self.signers or self.tools.sshsig(over, sig, self.signers)
        self.check(good, "bag signature", place, "nobody in your allowed-signers file has signed these manifests")
    def stream(self, said: dict[str, Any], file: str) -> None:
        """One record: its rows, the receipts against the checkpoints, the lanes, and what counts."""
        points, later = self.checkpoints(said, file.replace("events.ndjson", "checkpoints.txt"))
        entries, lanes = dict[str, Entry](), dict[tuple[str, str], dict[int, list[Entry]]]()
        leaves, lams, number, last = [], [0], 0, 0  # lams: the highest that counts in each beginning of the history
        for number, line in self.lines(file):
            try:
                entry = self.row(line, f"{file} line {number}", said, points)
            except MALFORMED as error:
                self.check(False, "unreadable", f"{file} line {number}", f"{type(error).__name__}: {error}")
                continue
            self.check(entry.id not in entries, "repeated", entry.place, "the same event stands there before")
            entries[entry.id] = entry
            lanes.setdefault((entry.e["device"], entry.e["epoch"]), {}).setdefault(entry.e["n"], []).append(entry)
            if entry.seq:
                kind, what = "dropped" if entry.seq > last else "reordered", f"receipt {entry.seq} stands where another must be"
                self.check(entry.seq == last + 1 or not self.whole, kind, entry.place, what)
                leaves.append(entry.leaf)
                counts = entry.verdict == "accepted" and entry.e["lam"] <= lams[-1] + LEAP
                lams.append(max(lams[-1], entry.e["lam"] * counts))
            last = max(last, entry.seq or sys.maxsize)
        gone, end = sum(each.gone for each in entries.values()), f"{file} after line {number}"
        self.check((number, len(leaves)) == (said["rows"], said["receipts"]), "dropped", end, "stated are other numbers")
        self.note(gone, f"{file}: {gone} parts are withheld or erased; what was signed of them holds")
        for each in said["heads"]: self.check(each["event"] in entries, "dropped", end, f"a lane must reach {each['event']}")
        opened = sum(each.e["type"] == "stream.opened" for each in entries.values())
        self.check(opened == 1 or (not self.whole and not opened), "opening", file, f"{opened} events open this record")
        roots, size, fit, newest = roots_of(leaves), len(leaves), 0, max((each.size for each in points), default=0)
        by_hub = self.whole and said["anchor"] == "hub"
        for _, at, root in sorted(points + later, key=lambda point: point.size) if self.whole else ():
            same = at <= size and roots[at] == root  # the last that fits and the first that does not bound the place
            kind, place = ("cut", end) if at > size else ("history", f"{file} lines {fit + 1} to {at}")
            self.check(same, kind, place, f"{at} receipts were signed: those here are others, or fewer")
            fit, by_hub = at if same else fit, by_hub and same
        self.check(size <= newest or not self.whole, "history", f"{file} lines {fit + 1} to {size}", "no checkpoint covers them")
        self.note(newest not in [each.size for each in later], f"{file}: end of record not provable: no later checkpoint fits it")
        self.writers = "hub-authority" if said["kind"] == "authority" else "device"
        for lane in lanes.values():
            self.lane(said, lane, entries, by_hub)
        whys = [(each.place, self.doubt(each, entries, said, roots if by_hub else roots[:1], lams)) for each in entries.values()]
        self.doubts += [each for each in whys if each[1]]
    def row(self, line: bytes, place: str, said: dict[str, Any], points: list[Point]) -> Entry:
        """One event: its envelope, its parts and its receipt, each for itself (sections 4 to 7)."""
        row = read_json(line)
        (raw, e), sig, parts = read_signed(row["e"], ENVELOPE, 4096), unbase64(row["s"], 64), list(row["p"])
        ident = sha(b"ircockpit/event/1\0", raw).hex()
        place += f", event {ident}"
        good = row.keys() == {*"resp", *"i" * (not self.whole)} and (e["prev"] is None) == (e["n"] == 1) and len(parts) <= 1024
        if not good or len(set(e["base"])) < len(e["base"]): raise ValueError("it has not the fields that it must have")
        datetime.date.fromisoformat((e["occurred"] or "2000-01-01")[:10])  # there must be such a day
        leaves, held, body, first, flaw, objects = [], [], dict[str, Any](), dict[str, Any](), "", True
        for part in parts:
            if part.keys() == {"leaf"}:
                leaves.append(unbase64(part["leaf"], 32))
                continue
            if part.keys() != {"salt", "data"}: refuse(part)
            held.append(unbase64(part["data"]))
            leaves.append(sha(b"\0", unbase64(part["salt"], 16), held[-1]))
            words = read_json(held[-1])
            first, objects = words if len(leaves) == 1 else first, objects and type(words) is dict
            if objects and (len(held[-1]) not in (64 * 4**k for k in range(6)) or body.keys() & words.keys()):
                flaw = "a part of it is not padded, or repeats a field of another"
            body |= words if objects else {}
        if sum(map(len, held)) > 1 << 18: refuse("so large a body")
        same = sha(b"ircockpit/body/1\0", len(parts).to_bytes(4, "big"), roots_of(leaves)[-1]).hex() == e["body"]
        self.check(same and objects, "changed part", place, "its parts are not those that were signed, or one is no object")
        self.check(e["stream"] == said["stream"], "changed event", place, "it is of another record")
        good = (e["type"] == "lane.opened") == (e["n"] == 1) and (e["n"] > 1 or "leaf" in parts[0] or fits(OPENING, first))
        if e["type"] == "stream.opened":
            good = fits(GENESIS, first) and (e["n"], e["stream"]) == (2, stream_id(**first))
            good = good and said["kind"] in (first["kind"], "unknown")
        good = good and (e["ent"] == e["stream"] or e["type"] not in ("lane.opened", "stream.opened"))
        self.check(good, "opening", place, "it opens no lane or record, not this one, or stands elsewhere")
        self.files |= {str(body.get("sha256"))} if e["type"] in ("evidence.added", "intake.received") else set()
        receipt, leaf = {"seq": 0, "verdict": ""}, b""
        if row["r"] is not None:
            raw, receipt = read_signed(row["r"], RECEIPT, 1024)
            leaf, newest = sha(b"\0", raw), max(points, key=lambda point: point.size, default=Point(0, 0, b""))
            good = (receipt["event_id"], receipt["sig_hash"]) == (ident, sha(sig).hex())
            good &= said["anchor"] != "device" or (receipt["verdict"], receipt["received_at"]) == ("accepted", e["wall"])
            self.check(good, "receipt", place, "its receipt is of another event or signature, or says what its maker cannot know")
            good = self.whole or (receipt["seq"] <= newest.size and newest.root ==
                climb(receipt["seq"] - 1, newest.size, leaf, [unbase64(each, 32) for each in row["i"]]))
            self.check(good, "proof", place, "its proof does not lead to the checkpoint")
        if e["type"] == "device.revoked" and said["kind"] == "authority" and receipt["verdict"] in ("", "accepted"):
            self.note("device" not in first, f"{place}: which device it revokes is withheld")
            self.revoked.setdefault(first.get("device"), {}).setdefault(e["op"], []).extend(first.get("lanes", ()))
        return Entry(place, ident, e, sig, leaf, receipt["seq"], receipt["verdict"], body, len(parts) - len(held), flaw)
    def lane(self, said: dict[str, Any], at: dict[int, list[Entry]], entries: dict[str, Entry], by_hub: bool) -> None:
        """The chain of one lane; the signature at each of its ends, and of all that no hub has; what its device may not say."""
        lane = [each for n in sorted(at) for each in at[n]]
        before, followed, chained = 0, {each.e["prev"] for each in lane}, by_hub and self.writers == "device"
        for n in sorted(at):
            place = at[n][0].place.replace(" line ", " before line ")
            self.check(n == before + 1 or not self.whole, "dropped", place, f"events {before + 1} to {n - 1} of its lane")
            self.note(len(at[n]) > 1, f"{at[n][0].place}: another event claims its place: its device was copied or put back")
            for each in at[n] if before == n - 1 and n > 1 else ():
                good = each.e["prev"] in {one.id for one in at[before]}
                self.check(good, "chain", each.place, "names another event before it than this")
                chained &= good
            before = n
        mine = self.keys.get((self.writers, lane[0].e["device"]), {})
        opened = {str(each.body.get("certificate")) for each in at.get(1, ()) if each.body}
        self.check(opened <= mine.keys(), "certificate", lane[0].place, "its lane names no certificate that leads to the root")
        keys = [mine[each] for each in opened & mine.keys()] or list(mine.values())
        def holds(each: Entry) -> bool:
            return any(self.tools.ed25519(key, SIGNED % b"event" + bytes.fromhex(each.id), each.sig) for key in keys)
        asked = [each for each in lane if not (chained and each.seq and each.id in followed)]
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            for each, good in zip(asked, pool.map(holds, asked), strict=True):
                self.check(good, "signature", each.place, "its signature does not hold, or nobody certified its device")
        here, by = (said["stream"], lane[0].e["epoch"]), lane[0].e["device"]
        for cuts in self.revoked.get(by, {}).values():
            reached = {cut["event_id"] for cut in cuts if (cut["stream"], cut["epoch"]) == here}
            for each in reversed(lane): reached |= {each.e["prev"]} if each.id in reached else set()
            more = ", and what leads to the end of its lane is not all here" if reached - entries.keys() - {None} else ""
            self.doubts += [(each.place, f"its device was revoked{more}") for each in lane if each.id not in reached]
    def doubt(self, entry: Entry, entries: dict[str, Entry], said: dict[str, Any], roots: list[bytes], lams: list[int]) -> str:
        """Why an event does not count although its author has signed it, as far as can be told here; nothing where it does."""
        e = entry.e
        if entry.verdict not in ("", "accepted"): return f"{entry.verdict} by the hub, unless a lead's event.adopted names it"
        if (self.writers, e["device"], e["actor"]) not in self.speaks: return "its device is not certified to its author"
        bits, tag = uuid.UUID(e["ent"]).int, sha(b"ircockpit/entity/1\0", uuid.UUID(e["stream"]).bytes)[:9]
        free = (bits >> 80 << 24 | (bits >> 64 & 0xFFF) << 12 | bits >> 50 & 0xFFF).to_bytes(9, "big")  # no version, no variant
        if e["ent"][14] == "8" and e["ent"] != e["stream"] and free != tag: return "it speaks of a thing of another record"
        seen = e["seen"] or {"gen": said["gen"], "seq": 0, "root": roots[0].hex()}
        here = seen["seq"] < len(roots) and roots[seen["seq"]].hex() == seen["root"]
        if not here and seen["seq"] < len(roots) and seen["gen"] == said["gen"]: return "its author had seen another history"
        more = self.whole and (seen["gen"], seen["seq"]) > (said["gen"], len(roots) - 1)
        self.note(more, f"record {said['stream']}: authors had seen receipts of a hub that are not here")
        refers = [each for each in (e["prev"], *e["base"]) if each]
        known = [lams[seen["seq"]]] * here + [entries[each].e["lam"] for each in refers if each in entries]
        least = 1 + max(known, default=0)
        wrong = e["lam"] < least or (e["lam"] > least and len(known) > len(refers)) or e["lam"] > max(least, lams[-1]) + LEAP
        return f"its Lamport number is {e['lam']}, it must be {least}" if wrong else entry.flaw
    def checkpoints(self, said: dict[str, Any], file: str) -> tuple[list[Point], list[Point]]:
        """The checkpoints of this generation in the bundle, and those from a second source."""
        keys, text = [self.maker] if said["anchor"] == "device" else self.hubs, small(self.folder / file).decode("utf-8")
        self.note(said["anchor"] == "device", f"{file}: signed by the device that made the bundle, and by nobody else")
        found, notes = [], re.split(r"(?<=\n)\n(?!— )", text) if text else []
        for number, note in enumerate(notes, 1):
            try:
                found.append(self.checkpoint(note, said["stream"], keys))
            except MALFORMED as error:
                self.check(False, "checkpoint", f"{file} checkpoint {number}", error)
        signers, of = [*self.hubs, self.maker], said["stream"]
        later = [self.checkpoint(note, of, signers) for note in self.later if note.split("/")[1] == of]
        return [each for each in found if each.gen == said["gen"]], [each for each in later if each.gen >= said["gen"]]
    def checkpoint(self, note: str, stream: str, signers: list[bytes]) -> Point:
        """Generation, size and root in a signed note (C2SP tlog-checkpoint) that one of these keys signed."""
        body, _, tail = note.partition("\n\n")
        origin, size, root, *_ = body.split("\n")
        gen = origin.removeprefix(f"{self.said['org']}/{stream}/")
        stated = re.fullmatch(r"(0|[1-9]\d{0,15}) (0|[1-9]\d{0,15})", f"{gen} {size}", re.ASCII)
        if not (stated and re.fullmatch(r"(— \S+ \S+\n)+", tail)): raise ValueError("it is of another record, or no checkpoint")
        for line in tail.split("\n"):
            sig = unbase64(line.rpartition(" ")[2]) if line.startswith(f"— {origin} ") else b""
            for key in signers:
                if sig[:4] == sha(origin.encode(), b"\n\1", key)[:4] and self.tools.ed25519(key, f"{body}\n".encode(), sig[4:]):
                    return Point(int(gen), int(size), unbase64(root, 32))
        raise ValueError("nobody who may has signed it")

def main(words: list[str]) -> int:
    """Exit code 0: all holds; 1: something does not; 2: it cannot be judged."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="the bundle")
    parser.add_argument("--root", default="", help="id of the organisation, from a second source")
    parser.add_argument("--allowed-signers", type=Path, metavar="FILE", help="who may sign bundles, from a second source")
    parser.add_argument("--checkpoint", type=Path, action="append", default=[], metavar="FILE", help="a later one of a record")
    asked = parser.parse_args(words)
    try:
        if not (shutil.which("openssl") and shutil.which("ssh-keygen")): raise Unjudged("openssl or ssh-keygen is not installed")
        signers = small(asked.allowed_signers) if asked.allowed_signers else b""
        later = tuple(small(each).decode("utf-8") for each in asked.checkpoint)
        one = Verifier(asked.folder, Tools(), asked.root.lower(), signers, later)
        one.run()
    except (Unjudged, *MALFORMED) as error:
        print(ascii(f"cannot be judged: {error}")[1:-1])
        return 2
    found = [f"FOUND {': '.join(each)}" for each in one.findings]
    for line in (*found, *(f"COUNTS NOT: {': '.join(each)}" for each in one.doubts), *(f"note: {each}" for each in one.notes)):
        print(ascii(line)[1:-1])  # words of a stranger, fit for a terminal
    if found or asked.root or signers:
        print(f"{len(found)} found wrong" if found else "all holds")
        return 1 if found else 0
    print("cannot be judged: it fits together, but you named nobody to trust: --root ID")
    return 2

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
