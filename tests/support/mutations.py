"""Well-formed things made a little wrong, from a seed: bytes, JSON, and JSON that a person with a key has signed."""

import json
import random
from typing import Any

SNIPPETS = (
    b"", b"\x00", b"\xff", b"\xc0\x80", b"\xed\xa0\x80", b"\\ud800", b'"\\udfff"', b"NaN", b"-Infinity", b"1e999",
    b"1.0", b"-0", b"9" * 17, b"9" * 5000, b"[" * 200, b'{"a":' * 200, b"null", b"true", b"{}", b"[]", b'""', b",", b":",
    b"\n", b"\r\n\r\n", b"\n\n", b"\xe2\x80\x94", b"\xef\xbb\xbf", b"/", b"%00", b"../",
)  # fmt: skip
STRANGE: tuple[Any, ...] = (
    None, True, False, 0, 1, -1, 2**31, 2**53 - 1, 2**53, 2**63, 2**64, -(2**63), 10**40, 1.5, float("nan"), float("inf"),
    "", " ", "\x00", "\ud800", "\udfff\ud800", "\u202e", "x" * 70, "x" * 5000, "null", "0",
    "00000000-0000-0000-0000-000000000000",
    "0" * 64, "F" * 64, "０" * 64, "a" * 63, "AAAA", "=", "incident.noted", "lane.opened", "stream.opened", "quarantined:x",
    [], {}, [[]], [{}], [None], {"": None}, {"a": {"a": {}}}, ["x"] * 3000, {"e": "", "s": "", "p": []}, "2026-13-01T00:00Z",
    {"gen": 1, "seq": 2**53 - 1, "root": "0" * 64},
)  # fmt: skip
WORDS = (
    "", "0", "-1", "+1", "1_0", "\u00b2", "9" * 20, "9" * 5000, "nan", "inf", "1e999", "0x10", " 1", "..", "%00", "a" * 64,
    "bytes 0-0/1", "bytes 5-1/9", "bytes */\u00b2", "Bearer", "Bearer .", "Bearer a.b.c", "\xff", "x" * 3000,
)  # fmt: skip
"""What stands in headers and addresses, and should not."""
DEEP = (70, 300, 500)


class Mutator:
    """Makes things wrong; the same seed makes the same things."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)  # noqa: S311 - what to make wrong, no secret

    def word(self, given: str) -> str:
        """A header or a piece of an address, another one; what cannot stand there at all is left out."""
        if self.rng.random() < 0.5:
            return self.rng.choice(WORDS)
        return (
            self.raw(given.encode("latin-1", "replace")).decode("latin-1").replace("\r", "").replace("\n", "")
        )

    def raw(self, given: bytes, other: bytes = b"") -> bytes:
        """The bytes with one to four changes that know nothing of what they mean."""
        found = bytearray(given)
        for _ in range(self.rng.randint(1, 4)):
            self._change(found, other or given)
        return bytes(found)

    def _change(self, found: bytearray, other: bytes) -> None:
        rng = self.rng
        at = rng.randint(0, len(found))
        end = min(len(found), at + rng.choice((1, 1, 2, 8, 40)))
        match rng.randrange(7):
            case 0 if at < len(found):
                found[at] ^= 1 << rng.randrange(8)
            case 1:
                del found[at:end]
            case 2:
                found[at:end] = rng.choice(SNIPPETS)
            case 3:
                found[at:at] = rng.choice(SNIPPETS)
            case 4:
                found[at:at] = found[at:end] * rng.choice((1, 2, 50))
            case 5:
                del found[at:]
            case _:
                start = rng.randint(0, len(other))
                found[at:end] = other[start : start + end - at + rng.randint(0, 30)]

    def value(self, given: Any) -> Any:
        """The JSON value with one place in it changed."""
        holder = [json.loads(json.dumps(given))]
        places: list[tuple[Any, Any]] = [(holder, 0)]
        for inside, key in places:
            value = inside[key]
            if isinstance(value, dict):
                places += [(value, name) for name in value]
            elif isinstance(value, list):
                places += [(value, index) for index in range(len(value))]
        inside, key = self.rng.choice(places)
        self._replace(inside, key)
        return holder[0]

    def _replace(self, inside: Any, key: Any) -> None:
        value, rng = inside[key], self.rng
        way = rng.randrange(6)
        if way == 0 and isinstance(inside, dict):
            del inside[key]
        elif way == 1 and isinstance(inside, dict):
            inside[rng.choice(("", "extra", "v", "\ud800", f"{key} "))] = rng.choice(STRANGE)
        elif way == 2 and isinstance(value, list):
            inside[key] = value * rng.choice((0, 2, 700)) or [rng.choice(STRANGE)]
        elif way == 3:
            inside[key] = self._deep(value)
        elif way == 4 and isinstance(value, str):
            inside[key] = self.raw(value.encode("utf-8", "replace")).decode("utf-8", "replace")
        elif way == 4 and type(value) is int:
            inside[key] = value + rng.choice((-1, 1, 2**32))
        else:
            inside[key] = rng.choice(STRANGE)

    def _deep(self, value: Any) -> Any:
        for _ in range(self.rng.choice(DEEP)):
            value = [value]
        return value

    def text(self, given: Any) -> bytes:
        """The JSON of a value, its value changed, or its text: a key twice, another spelling, other bytes."""
        way = self.rng.randrange(4)
        if way == 0:
            return self.raw(dumped(given))
        if way == 1 and isinstance(given, dict) and given:
            key = self.rng.choice(list(given))
            twice = dumped({key: self.rng.choice(STRANGE)})[1:-1]
            return b"{" + twice + b"," + dumped(given)[1:]
        if way == 2:
            return json.dumps(given, indent=self.rng.choice((None, 1)), ensure_ascii=True).encode()
        return dumped(self.value(given))


def dumped(value: Any) -> bytes:
    """A value as JSON; halves of characters as escapes."""
    return json.dumps(value, separators=(",", ":")).encode()
