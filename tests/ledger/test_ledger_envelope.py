"""Envelopes: what is written is read back, and what two readers could take differently is refused."""

import hashlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ircockpit.core.errors import BadInput
from ircockpit.core.occurred import canonical_time, from_wall
from ircockpit.ledger import envelope as envelopes
from ircockpit.ledger.envelope import Envelope, EnvelopeError, Seen, decode, encode, event_id, next_lam
from ircockpit.ledger.fields import FORMAT

TOP = 2**53 - 1
H = "0123456789abcdef" * 4
U = "0192f0c1-7d2e-7aaa-8bbb-0123456789ab"
PLAIN = Envelope(
    v=FORMAT, stream=U, device=U, epoch="00ff00ff00ff00ff", n=2, prev=H, lam=7, op=U, actor=U, type="field.set",
    tv=1, ent=U, field="severity", base=(H,), scope="team", occurred="2026-11-23T14:03+01:00", wall=1, off=-5,
    offq="ntp", boot=U, mono=9, seen=Seen(1, 5, H), body=H,
)  # fmt: skip
KEYS = list(PLAIN._fields)


def as_json(**changes: Any) -> dict[str, Any]:
    value: dict[str, Any] = json.loads(encode(PLAIN))
    value.update(changes)
    return value


def text(**changes: Any) -> bytes:
    return json.dumps(as_json(**changes), separators=(",", ":"), ensure_ascii=False).encode(
        "utf-8", "surrogatepass"
    )


uuids = st.uuids().map(str)
digests = st.binary(min_size=32, max_size=32).map(bytes.hex)
names = st.from_regex(r"[a-z][a-z0-9_.]{0,63}", fullmatch=True)
counts = st.integers(0, TOP)
ordinals = st.integers(1, TOP)
times = st.builds(
    from_wall, st.integers(0, 4_000_000_000_000_000), st.integers(-14 * 60, 14 * 60)
) | st.sampled_from(
    [
        canonical_time(said)
        for said in ("2026-11-23", "2026-11-23T14:03", "2026-11-23 14:03:05.120+05:30", "2024-02-29Z")
    ]
)
envelopes_ = st.builds(
    Envelope,
    v=st.just(FORMAT), stream=uuids, device=uuids, epoch=st.binary(min_size=8, max_size=8).map(bytes.hex),
    n=ordinals, prev=digests, lam=ordinals, op=uuids, actor=uuids, type=names, tv=ordinals, ent=uuids,
    field=st.none() | names, base=st.lists(digests, max_size=40, unique=True).map(tuple), scope=names,
    occurred=st.none() | times, wall=counts, off=st.integers(-TOP, TOP), offq=names, boot=uuids, mono=counts,
    seen=st.none() | st.builds(Seen, counts, counts, digests), body=digests,
).map(lambda e: e._replace(prev=None) if e.n == 1 else e)  # fmt: skip


@given(envelopes_)
def test_what_is_written_is_read_back(envelope: Envelope) -> None:
    raw = encode(envelope)
    assert decode(raw) == envelope
    assert len(raw) <= 4096
    assert list(json.loads(raw)) == KEYS
    assert b" " not in raw


@given(envelopes_, st.randoms(use_true_random=False))
def test_any_other_spelling_means_the_same_and_is_another_event(envelope: Envelope, random: Any) -> None:
    value = json.loads(encode(envelope))
    keys = list(value)
    random.shuffle(keys)
    raw = json.dumps({key: value[key] for key in keys}, indent=random.choice([None, 0])).encode()
    assert decode(raw) == envelope
    assert event_id(raw) != event_id(encode(envelope)) or raw == encode(envelope)


@given(envelopes_, st.integers(0, 4095), st.binary(min_size=1, max_size=3))
def test_the_quick_reader_takes_nothing_that_the_strict_one_refuses(
    envelope: Envelope, position: int, garbage: bytes
) -> None:
    raw = bytearray(encode(envelope))
    at = position % len(raw)
    raw[at : at + 1] = garbage
    changed = bytes(raw)
    quick = envelopes._read_own_form(changed)
    # A space behind it is a spelling that only the strict reader knows.
    try:
        strict = decode(changed + b" ")
    except EnvelopeError:
        strict = None
    assert quick is None or quick == strict


def test_the_quick_reader_reads_what_is_written() -> None:
    # Control: without this, the test before would hold for a quick reader that reads nothing.
    assert envelopes._read_own_form(encode(PLAIN)) == PLAIN
    assert envelopes._read_own_form(encode(PLAIN) + b" ") is None


def test_all_numbers_at_their_bounds_fit() -> None:
    base = tuple(hashlib.sha256(bytes([i])).hexdigest() for i in range(40))
    widest = PLAIN._replace(
        n=TOP, lam=TOP, tv=TOP, wall=TOP, off=-TOP, mono=TOP, seen=Seen(TOP, TOP, H), base=base,
        type="t" * 64, field="f" * 64, scope="s" * 64, offq="q" * 64,
        occurred="2026-11-23T14:03:05.123456789+01:00",
    )  # fmt: skip
    assert len(encode(widest)) <= 4096
    assert decode(encode(widest)) == widest


def test_the_id_is_a_digest_of_the_bytes_in_their_own_name_space() -> None:
    raw = encode(PLAIN)
    assert event_id(raw) == hashlib.sha256(b"ircockpit/event/1\0" + raw).hexdigest()


def without(key: str) -> bytes:
    return json.dumps({k: v for k, v in as_json().items() if k != key}).encode()


REFUSED: list[tuple[str, bytes, str]] = [
    ("unknown key", text(extra=1), "extra"),
    ("two versions on", text(v=FORMAT + 2), "v"),
    ("next version", text(v=FORMAT + 1), "v"),
    ("version as text", text(v=str(FORMAT)), "v"),
    ("true as number", text(tv=True), "tv"),
    ("false as version", text(v=False), "v"),
    ("fraction", text(wall=1.0), "wall"),
    ("exponent", encode(PLAIN).replace(b'"mono":9', b'"mono":9e3'), "mono"),
    ("nan", encode(PLAIN).replace(b'"mono":9', b'"mono":NaN'), "mono"),
    ("2^53", text(wall=2**53), "wall"),
    ("2^53 in seen", text(seen={"gen": 1, "seq": 2**53, "root": H}), "seen"),
    ("minus 2^53", text(off=-(2**53)), "off"),
    ("huge", text(lam=10**400), "lam"),
    ("negative n", text(n=-1), "n"),
    ("n 0", text(n=0, prev=None), "n"),
    ("lam 0", text(lam=0), "lam"),
    ("tv 0", text(tv=0), "tv"),
    ("negative wall", text(wall=-1), "wall"),
    ("negative mono", text(mono=-1), "mono"),
    ("leading zero", encode(PLAIN).replace(b'"mono":9', b'"mono":09'), ""),
    ("first with prev", text(n=1), "prev"),
    ("second without prev", text(prev=None), "prev"),
    ("upper case hex", text(body=H.upper()), "body"),
    ("short digest", text(body=H[:-1]), "body"),
    ("long digest", text(prev=H + "0"), "prev"),
    ("digest with newline", text(body=H[:-1] + "\n"), "body"),
    ("no hex", text(body="g" * 64), "body"),
    ("other digits", text(body="٠" * 64), "body"),
    ("epoch of 15", text(epoch="0" * 15), "epoch"),
    ("epoch as number", text(epoch=5), "epoch"),
    ("upper case uuid", text(stream=U.upper()), "stream"),
    ("uuid in braces", text(device="{" + U + "}"), "device"),
    ("uuid without dashes", text(op=U.replace("-", "")), "op"),
    ("uuid null", text(actor=None), "actor"),
    ("boot no uuid", text(boot="boot"), "boot"),
    ("ent no uuid", text(ent=H), "ent"),
    ("capital name", text(type="Field.set"), "type"),
    ("name begins with a digit", text(type="1set"), "type"),
    ("empty name", text(scope=""), "scope"),
    ("name of 65", text(type="t" * 65), "type"),
    ("name with newline", text(offq="ntp\n"), "offq"),
    ("name with dash", text(field="se-verity"), "field"),
    ("escape sequence in a name", text(scope="\x1b[2J"), "scope"),
    ("field no text", text(field=5), "field"),
    ("base no list", text(base=H), "base"),
    ("base null", text(base=None), "base"),
    ("base of 41", text(base=[hashlib.sha256(bytes([i])).hexdigest() for i in range(41)]), "base"),
    ("base twice", text(base=[H, H]), "base"),
    ("base of no ids", text(base=["x"]), "base"),
    ("base of numbers", text(base=[1]), "base"),
    ("base of lists", text(base=[[H]]), "base"),
    ("time without offset", text(occurred="2026-11-23T14:03"), "occurred"),
    ("time with a space", text(occurred="2026-11-23 14:03Z"), "occurred"),
    ("no such day", text(occurred="2026-02-30T14:03Z"), "occurred"),
    ("no such hour", text(occurred="2026-11-23T25:03Z"), "occurred"),
    ("time as number", text(occurred=1), "occurred"),
    ("seen as list", text(seen=[1, 5, H]), "seen"),
    ("seen without root", text(seen={"gen": 1, "seq": 5}), "seen"),
    ("seen with more", text(seen={"gen": 1, "seq": 5, "root": H, "x": 1}), "seen"),
    ("seen negative", text(seen={"gen": 1, "seq": -5, "root": H}), "seen"),
    ("duplicate key", encode(PLAIN)[:-1] + b',"body":"' + H.encode() + b'"}', "body"),
    ("duplicate key in seen", encode(PLAIN).replace(b'{"gen":1', b'{"gen":1,"gen":1'), "seen"),
    ("duplicate key escaped", encode(PLAIN)[:-1] + rb',"\u0062ody":"' + H.encode() + b'"}', "body"),
    ("half a character", encode(PLAIN).replace(b'"team"', rb'"\ud800"'), "scope"),
    ("not utf-8", encode(PLAIN).replace(b'"team"', b'"t\xffam"'), ""),
    ("half a character as bytes", text(scope="\ud800"), ""),
    ("utf-16", encode(PLAIN).decode().encode("utf-16"), ""),
    ("byte order mark", b"\xef\xbb\xbf" + encode(PLAIN), ""),
    ("over 4 KiB", encode(PLAIN) + b" " * 4096, ""),
    ("nothing", b"", ""),
    ("a list", b"[" + encode(PLAIN) + b"]", ""),
    ("a number", b"0", ""),
    ("two objects", encode(PLAIN) * 2, ""),
    ("cut off", encode(PLAIN)[:-1], ""),
    ("zero byte", encode(PLAIN) + b"\0", ""),
    ("deep", b"[" * 4000, ""),
    ("deep inside a field", b'{"v":' + b"[" * 480 + b"]" * 480 + b"}", ""),
    ("comment", encode(PLAIN) + b"//", ""),
    *[(f"without {key}", without(key), key) for key in KEYS],
]  # fmt: skip


@pytest.mark.parametrize(("raw", "field"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_refused_with_the_field_named(raw: bytes, field: str) -> None:
    with pytest.raises(EnvelopeError) as caught:
        decode(raw)
    assert caught.value.field == field
    assert isinstance(caught.value, BadInput)
    assert field in caught.value.what
    assert caught.value.fix


def test_the_table_starts_from_something_that_is_taken() -> None:
    # Control: the refusals above are for what they change, not for the rest.
    assert decode(text()) == PLAIN
    assert decode(encode(PLAIN) + b" " * (4096 - len(encode(PLAIN)))) == PLAIN
    assert decode(text(n=1, prev=None)).n == 1
    assert decode(text(off=-TOP, wall=TOP)).off == -TOP


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("v", FORMAT + 1), ("n", 0), ("lam", 2**53), ("type", "No"), ("prev", None), ("base", (H, H)),
        ("base", ("x",)), ("occurred", "yesterday"), ("seen", Seen(1, -1, H)), ("body", ""),
        ("wall", 1.5), ("off", True),
        ("base", tuple(f"{i:064x}" for i in range(41))),
    ],
)  # fmt: skip
def test_what_would_be_refused_is_never_signed(field: str, value: Any) -> None:
    with pytest.raises(EnvelopeError) as caught:
        encode(PLAIN._replace(**{field: value}))
    assert caught.value.field == field


def test_the_lamport_number_is_one_more_than_all_it_knows() -> None:
    assert next_lam([]) == 1
    assert next_lam([3, 9, 4]) == 10
