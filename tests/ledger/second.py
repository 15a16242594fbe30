"""A second reader of the format, written from docs/format.md and docs/bundles.md alone: it shares no code with the program."""

import base64
import hashlib
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

FORMAT = json.loads((Path(__file__).parent / "golden" / "certificate.json").read_bytes())["v"]
LARGEST = 2**53 - 1
SIZES = [64 * 4**k for k in range(6)]


class RefusedError(Exception):
    """These bytes are not taken over."""


def sha(*parts: bytes) -> bytes:
    return hashlib.sha256(b"".join(parts)).digest()


def unhex(text: str) -> bytes:
    return bytes.fromhex(text)


def unbase64(text: Any, size: int = -1) -> bytes:
    try:
        raw = base64.b64decode(text.encode("ascii"), validate=True)
    except (ValueError, AttributeError):
        raise RefusedError("no base64") from None
    if base64.b64encode(raw).decode() != text or size not in (-1, len(raw)):
        raise RefusedError("another spelling or length")
    return raw


# Section 1: signed JSON


def strict(raw: bytes) -> Any:
    """One JSON value by the rules of section 1."""

    def no(what: str) -> NoReturn:
        raise RefusedError(what)

    def whole(digits: str) -> int:
        return (
            int(digits)
            if len(digits) < 18 and abs(int(digits)) <= LARGEST
            else no("a number beyond 2^53 - 1")
        )

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        return dict(pairs) if len(dict(pairs)) == len(pairs) else no("a field stands twice")

    def walk(value: Any, level: int) -> None:
        if isinstance(value, str) and re.search("[\ud800-\udfff]", value):
            no("half a surrogate pair")
        if isinstance(value, dict | list):
            if level > 64:
                no("too deep")
            inner = [*value, *value.values()] if isinstance(value, dict) else value
            for each in inner:
                walk(each, level + 1)

    try:
        found = json.loads(
            raw.decode("utf-8"), parse_float=no, parse_constant=no, parse_int=whole, object_pairs_hook=once
        )
        walk(found, 1)
    except (ValueError, RecursionError) as error:
        raise RefusedError(str(error)) from None
    return found


Rule = Callable[[Any], bool]


def matches(pattern: str) -> Rule:
    return lambda value: isinstance(value, str) and re.fullmatch(pattern, value, re.ASCII) is not None


def least(low: int) -> Rule:
    return lambda value: type(value) is int and low <= value <= LARGEST


def nullable(rule: Rule) -> Rule:
    return lambda value: value is None or rule(value)


def is_seen(value: Any) -> bool:
    return type(value) is dict and value.keys() == {"gen", "seq", "root"} and all(
        rule(value[key]) for key, rule in (("gen", least(0)), ("seq", least(0)), ("root", digest))
    )  # fmt: skip


def is_base(value: Any) -> bool:
    return (
        type(value) is list and len(value) <= 40 and all(map(digest, value)) and len(set(value)) == len(value)
    )


def is_occurred(value: Any) -> bool:
    hour = "([01][0-9]|2[0-3])"
    clock = f"T{hour}:[0-5][0-9](:([0-5][0-9]|60)([.][0-9]{{1,9}})?)?"
    if not matches(f"[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}({clock})?(Z|[+-]{hour}:[0-5][0-9])")(value):
        return False
    year, month, day = (int(value[at:to]) for at, to in ((0, 4), (5, 7), (8, 10)))
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    days = (31, 29 if leap else 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
    return year >= 1 and 1 <= month <= 12 and 1 <= day <= days[month - 1]


def version(value: Any) -> bool:
    return type(value) is int and value == FORMAT


digest = matches("[0-9a-f]{64}")
uuid = matches("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
name = matches("[a-z][a-z0-9_.]{0,63}")
ENVELOPE: dict[str, Rule] = {
    "v": version, "stream": uuid, "device": uuid, "epoch": matches("[0-9a-f]{16}"), "n": least(1), "prev": nullable(digest),
    "lam": least(1), "op": uuid, "actor": uuid, "type": name, "tv": least(1), "ent": uuid, "field": nullable(name),
    "base": is_base, "scope": name, "occurred": nullable(is_occurred), "wall": least(0), "off": least(-LARGEST),
    "offq": name, "boot": uuid, "mono": least(0), "seen": nullable(is_seen), "body": digest,
}  # fmt: skip
CERTIFICATE: dict[str, Rule] = {
    "v": version, "org": digest, "subject": uuid, "device": uuid, "key": digest, "alg": matches("ed25519"),
    "purpose": matches("device|hub-log|hub-authority|root-successor"), "issuer": digest, "not_before": least(0),
    "serial": uuid,
}  # fmt: skip
RECEIPT: dict[str, Rule] = {
    "v": version, "seq": least(1), "event_id": digest, "sig_hash": digest,
    "verdict": matches("accepted|quarantined:[a-z][a-z0-9_.]{0,63}"), "received_at": least(0),
}  # fmt: skip


def signed_object(raw: bytes, rules: Mapping[str, Rule], limit: int) -> dict[str, Any]:
    value = strict(raw) if len(raw) <= limit else None
    if type(value) is not dict or value.keys() != rules.keys():
        raise RefusedError("other fields, or more bytes than the limit")
    wrong = [key for key, rule in rules.items() if not rule(value[key])]
    if wrong:
        raise RefusedError(f"the value of {wrong[0]}")
    return value


def envelope(raw: bytes) -> dict[str, Any]:
    found = signed_object(raw, ENVELOPE, 4096)
    if (found["n"] == 1) != (found["prev"] is None):
        raise RefusedError("prev is null in event 1 and only there")
    return found


def certificate(raw: bytes) -> dict[str, Any]:
    return signed_object(raw, CERTIFICATE, 2048)


def receipt(raw: bytes) -> dict[str, Any]:
    return signed_object(raw, RECEIPT, 1024)


def canonical(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode("utf-8")


# Section 2: keys and ids


def key_id(public: bytes) -> bytes:
    return sha(b"ircockpit/key/1\0", public)


def holds(public: bytes, message: bytes, sig: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(sig, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def signed(public: bytes, purpose: str, over: bytes, sig: bytes) -> bool:
    return holds(public, b"ircockpit/sig/" + purpose.encode() + b"/1\0" + over, sig)


def uuid8(raw: bytes) -> str:
    text = bytes([*raw[:6], raw[6] & 15 | 128, raw[7], raw[8] & 63 | 128, *raw[9:16]]).hex()
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))


def stream_id(org: bytes, kind: str, nonce: bytes) -> str:
    return uuid8(sha(b"ircockpit/stream/1\0", org, kind.encode(), b"\0", nonce))


def free_bits(ident: str) -> str:
    bits = f"{int(ident.replace('-', ''), 16):0128b}"
    return bits[:48] + bits[52:64] + bits[66:]


def tag_of(stream: str) -> str:
    """The 72 bits that the ids of a stream's things begin with."""
    tag = sha(b"ircockpit/entity/1\0", unhex(stream.replace("-", "")))[:9]
    return f"{int.from_bytes(tag, 'big'):072b}"


def belongs(ent: str, stream: str) -> bool:
    """Section 6: whether the id is the stream's own, or of a thing of it."""
    return ent == stream or (ent[14] == "8" and free_bits(ent)[:72] == tag_of(stream))


def named_id(stream: str | None, purpose: str, *words: str) -> str:
    """Section 6: the id that follows from words, of a thing of a stream or of none."""
    raws = [word.encode() for word in words]
    found = sha(f"ircockpit/{purpose}/1\0".encode(), *(len(raw).to_bytes(4, "big") + raw for raw in raws))
    if stream is None:
        return f"{uuid8(found)[:14]}4{uuid8(found)[15:]}"
    free = tag_of(stream) + f"{int.from_bytes(found, 'big'):0256b}"[-50:]
    return uuid8(int(f"{free[:48]}0000{free[48:60]}00{free[60:]}", 2).to_bytes(16, "big"))


# Section 3: certificates


def certificate_id(raw: bytes) -> str:
    return sha(b"ircockpit/certificate/1\0", raw).hex()


class Trust:
    """What the certificates given come to under one root."""

    def __init__(self, root: bytes, given: Iterable[tuple[bytes, bytes]]) -> None:
        org = key_id(root).hex()
        self.trusted: dict[str, dict[str, Any]] = {}
        known = []
        for raw, sig in given:
            try:
                known.append((raw, sig, certificate(raw)))
            except RefusedError:
                continue  # as if it were not there
        mine = [each for each in known if each[2]["org"] == org]
        roots = {org: root}
        for _ in range(8):
            roots |= {key_id(key).hex(): key for key in self._take(mine, roots, "root-successor")}
        self._take(mine, roots, "root-successor")  # the ninth in a row: trusted, and not followed
        self.hubs = self._take(mine, roots, "hub-log")
        authorities = {key_id(key).hex(): key for key in self._take(mine, roots, "hub-authority")}
        self._take(mine, roots | authorities, "device")
        own = {(each["device"], each["key"]) for each in self.trusted.values() if each["purpose"] == "device"}
        self.lanes = dict(self.trusted)
        """With a device's earlier certificates, for the lanes that name them."""
        for raw, _, each in known:
            if each["purpose"] == "device" and (each["device"], each["key"]) in own:
                self.lanes.setdefault(certificate_id(raw), each)

    def _take(self, given: Sequence[Any], issuers: Mapping[str, bytes], purpose: str) -> list[bytes]:
        found = []
        for raw, sig, each in given:
            public = issuers.get(each["issuer"])
            if each["purpose"] == purpose and public is not None:
                ident = certificate_id(raw)
                if signed(public, "certificate", unhex(ident), sig):
                    self.trusted[ident] = each
                    found.append(unhex(each["key"]))
        return found

    def keys(self, device: str, purpose: str) -> set[bytes]:
        return {
            unhex(e["key"]) for e in self.trusted.values() if (e["device"], e["purpose"]) == (device, purpose)
        }

    def speaks_for(self, device: str, user: str, purpose: str) -> bool:
        wanted = (device, user, purpose)
        return any((e["device"], e["subject"], e["purpose"]) == wanted for e in self.trusted.values())


# Sections 4 and 7: parts, trees, checkpoints


def leaf(raw: bytes) -> bytes:
    return sha(b"\0", raw)


def tree(leaves: Sequence[bytes]) -> bytes:
    if len(leaves) < 2:
        return leaves[0] if leaves else sha()
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return sha(b"\1", tree(leaves[:split]), tree(leaves[split:]))


def climb(index: int, size: int, node: bytes, proof: Sequence[bytes]) -> bytes:
    """The root that an inclusion proof leads to, nearest hash first."""
    if not 0 <= index < size or (size == 1) != (not proof):
        raise RefusedError("no proof for this place")
    if size == 1:
        return node
    split = 1
    while split * 2 < size:
        split *= 2
    if index < split:
        return sha(b"\1", climb(index, split, node, proof[:-1]), proof[-1])
    return sha(b"\1", proof[-1], climb(index - split, size - split, node, proof[:-1]))


def body(leaves: Sequence[bytes]) -> str:
    return sha(b"ircockpit/body/1\0", len(leaves).to_bytes(4, "big"), tree(leaves)).hex()


def padded(value: Any) -> bytes:
    text = canonical(value)
    return text.ljust(next(size for size in SIZES if size >= len(text)))


def part(data: bytes) -> dict[str, Any]:
    """What a part states; an event with one that is no object is refused."""
    found = strict(data)
    if type(found) is not dict:
        raise RefusedError("no object")
    return found


class UncountedError(Exception):
    """Such an event is kept and does not count."""


def stated(parts: Iterable[Mapping[str, Any] | None]) -> dict[str, Any]:
    """The fields of all parts that are there."""
    found: dict[str, Any] = {}
    for each in parts:
        if found.keys() & (each or {}).keys():
            raise UncountedError("a field stands in two parts")
        found |= each or {}
    return found


class Checkpoint(NamedTuple):
    """What a signed note states."""

    origin: str
    size: int
    root: bytes


def checkpoint(note: str, public: bytes) -> Checkpoint:
    """The checkpoint that this key signed."""
    text, blank, tail = note.rpartition("\n\n")
    lines = text.split("\n")
    number = "(0|[1-9][0-9]{0,15})"
    origin = f"[0-9a-f]{{64}}/[0-9a-f]{{8}}(-[0-9a-f]{{4}}){{3}}-[0-9a-f]{{12}}/{number}"
    if not blank or len(lines) < 3 or not all(lines) or not tail.endswith("\n"):
        raise RefusedError("no signed note")
    if re.search("[\x00-\x09\x0b-\x1f]", note) or len(note) > 65536 or tail.count("\n") > 64:
        raise RefusedError("no note can be so")
    if not matches(origin)(lines[0]) or not matches(number)(lines[1]):
        raise RefusedError("no checkpoint")
    found = Checkpoint(lines[0], int(lines[1]), unbase64(lines[2], 32))
    expected = sha(found.origin.encode(), b"\n\1", public)[:4]
    verdicts = []
    for line in tail.split("\n")[:-1]:
        words = line.split(" ")
        if len(words) != 3 or words[0] != "—" or not re.fullmatch(r"[^\s+]+", words[1]):
            raise RefusedError("no line of a signature")
        sig = unbase64(words[2])
        if len(sig) < 5:
            raise RefusedError("no signature")
        if words[1] == found.origin and sig[:4] == expected:
            verdicts.append(holds(public, f"{text}\n".encode(), sig[4:]))
    if not verdicts or not all(verdicts):
        raise RefusedError("not signed with this key")
    return found


def event_id(raw: bytes) -> str:
    return sha(b"ircockpit/event/1\0", raw).hex()


def manifest(data: bytes) -> str:
    chunks = [sha(data[at : at + 8388608]) for at in range(0, len(data), 8388608)]
    head = (8388608).to_bytes(8, "big") + len(data).to_bytes(8, "big")
    return sha(b"ircockpit/manifest/1\0", head, *chunks).hex()


def fingerprint(digest_: bytes) -> str:
    """Section 11: what is read out of a digest."""
    bits = f"{int.from_bytes(digest_, 'big'):0{len(digest_) * 8}b}"
    letters = ["0123456789ABCDEFGHJKMNPQRSTVWXYZ"[int(bits[at : at + 5], 2)] for at in range(0, 60, 5)]
    return "-".join("".join(letters[at : at + 4]) for at in (0, 4, 8))


# Writing


def written(
    secret: bytes, fields: Mapping[str, Any], parts: Sequence[bytes], spell: Callable[[Any], str] = json.dumps
) -> tuple[str, dict[str, Any]]:
    """Id and wire form of an event with these fields and parts, in any spelling."""
    key = Ed25519PrivateKey.from_private_bytes(secret)
    salts = [sha(b"salt", bytes([number]))[:16] for number in range(len(parts))]
    leaves = [leaf(salt + data) for salt, data in zip(salts, parts, strict=True)]
    text = spell({**fields, "body": body(leaves)})
    ident = event_id(text.encode())
    sig = key.sign(b"ircockpit/sig/event/1\0" + unhex(ident))
    wires = [
        {"salt": base64_of(salt), "data": base64_of(data)} for salt, data in zip(salts, parts, strict=True)
    ]
    return ident, {"e": text, "s": base64_of(sig), "p": wires}


def base64_of(raw: bytes) -> str:
    return base64.b64encode(raw).decode("ascii")
