"""Whatever reads signed bytes, given bytes a little wrong: a typed refusal, or one reading that everybody shares."""

import json
import os
import time
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import pytest
from tests.conftest import Say
from tests.support.lanes import Writer, new_stream
from tests.support.mutations import Mutator

from ircockpit.core.errors import CockpitError
from ircockpit.core.jsontext import strict_loads
from ircockpit.core.occurred import from_wall
from ircockpit.ledger import (
    certificate,
    checkpoint,
    envelope,
    event,
    fields,
    joining,
    note,
    parts,
    receipt,
    stream,
)
from ircockpit.ledger.checkpoint import Origin
from ircockpit.ledger.envelope import Envelope, Seen
from ircockpit.ledger.receipt import Receipt
from ircockpit.ledger.signing import SigningKey, key_id

ROUNDS = 6000
LONG_S = 60.0
"""Seconds for each target in the long suite."""


class Target(NamedTuple):
    """A reader, and well-formed bytes to begin from."""

    read: Callable[[bytes], Any]
    corpus: list[bytes]
    agrees: Callable[[bytes, Any], bool] = lambda raw, value: True
    """Whether what was read is the one thing that the bytes say."""


class Fuzzed(NamedTuple):
    """What a run has met."""

    tries: int
    read: int
    refused: int


class FoundError(AssertionError):
    """A reader that failed, with the bytes."""


def fuzz(target: Target, seed: int, enough: Callable[[int], bool]) -> Fuzzed:
    """Read mutated bytes until it is enough. Raises :class:`FoundError`."""
    mutator = Mutator(seed)
    tries = read = 0
    pool = list(target.corpus)
    for raw in target.corpus:
        assert target.agrees(raw, target.read(raw)), "the corpus itself is read"
    while not enough(tries):
        tries += 1
        raw = _mutated(mutator, mutator.rng.choice(pool), mutator.rng.choice(pool))
        try:
            value = target.read(raw)
        except CockpitError:
            continue
        except Exception as error:
            raise FoundError(f"{type(error).__name__}: {error} for {raw[:2000]!r}") from error
        read += 1
        if not target.agrees(raw, value):
            raise FoundError(f"understood in a way of its own: {raw[:2000]!r}")
        if len(pool) < 200:
            pool.append(raw)  # what is still read is a good place to go on from
    return Fuzzed(tries, read, tries - read)


def _mutated(mutator: Mutator, raw: bytes, other: bytes) -> bytes:
    if mutator.rng.random() < 0.5:
        try:
            return mutator.text(json.loads(raw))
        except ValueError:
            pass
    return mutator.raw(raw, other)


ROOT = SigningKey.from_raw(b"\1" * 32)


def _envelopes() -> list[bytes]:
    writer = Writer(ROOT)
    where = new_stream(ROOT)
    made = [writer.open(where), writer.write(where)]
    said = made[1].envelope
    richer = said._replace(
        field="severity", base=(made[0].id, made[1].id), occurred=from_wall(1_795_435_200_000_000, 60),
        seen=Seen(1, 9, "0" * 64), off=-12, offq="ntp",
    )  # fmt: skip
    return [*(each.raw for each in made), envelope.encode(richer)]


def _one_reading(
    encode: Callable[[Any], bytes], decode: Callable[[bytes], Any]
) -> Callable[[bytes, Any], bool]:
    """Written anew it is read as the same, and a lenient reader of JSON finds the same values."""

    def agrees(raw: bytes, value: Any) -> bool:
        plain = json.loads(raw)
        lenient = {key: tuple(each) if isinstance(each, list) else each for key, each in plain.items()}
        stated = value._asdict()
        for key, each in stated.items():
            stated[key] = each._asdict() if hasattr(each, "_asdict") else each
        return bool(decode(encode(value)) == value and lenient == stated)

    return agrees


def _both_readers(raw: bytes, value: Envelope) -> bool:
    """The quick reader of envelopes says what the strict one says."""
    slow = fields.read(envelope._LAYOUT, raw)
    seen = None if slow["seen"] is None else Seen(**slow["seen"])
    return value == Envelope(**{**slow, "base": tuple(slow["base"]), "seen": seen}) and _ENVELOPE(raw, value)


_ENVELOPE = _one_reading(envelope.encode, envelope.decode)


def _wires() -> list[bytes]:
    writer = Writer(ROOT)
    where = new_stream(ROOT)
    made = [writer.open(where), writer.write(where, parts=({"text": "a"}, {"name": "b"}))]
    gone = made[1]._replace(parts=(parts.drop(made[1].parts[0]), made[1].parts[1]))
    return [json.dumps(event.to_wire(each)).encode() for each in (*made, gone)]


ORIGIN = Origin(key_id(ROOT.public), "0" * 8 + "-0000-0000-0000-" + "0" * 12, 1)


def targets() -> dict[str, Target]:
    certified = Writer(ROOT).certificate
    stated = receipt.encode(Receipt(1, "0" * 64, "1" * 64, "quarantined:role", 7))
    signed = checkpoint.make(ORIGIN, 3, b"\2" * 32, ROOT)

    def texts(read: Callable[[str], Any]) -> Callable[[bytes], Any]:
        return lambda raw: read(raw.decode("utf-8", "surrogateescape"))

    return {
        "envelope": Target(envelope.decode, _envelopes(), _both_readers),
        "receipt": Target(receipt.decode, [stated], _one_reading(receipt.encode, receipt.decode)),
        "certificate": Target(
            certificate.decode, [certified.raw], lambda raw, value: json.loads(raw) == value._asdict()
        ),
        "certificate on the wire": Target(
            lambda raw: joining.certificate_from_wire(strict_loads(raw)),
            [json.dumps(joining.certificate_to_wire(certified)).encode()],
        ),
        "chain of certificates": Target(
            lambda raw: certificate.verify_chain(certified._replace(raw=raw), ROOT.public), [certified.raw],
            lambda raw, _: raw == certified.raw,
        ),
        "event on the wire": Target(lambda raw: event.from_wire(strict_loads(raw)), _wires()),
        "checkpoint": Target(
            texts(lambda text: checkpoint.parse_and_verify(text, ROOT.public)), [signed.encode()],
            lambda raw, value: (value.size, value.root) == (3, "02" * 32),
        ),
        "note": Target(texts(lambda text: note.open_note(text, ORIGIN.text, ROOT.public)), [signed.encode()]),
        "part": Target(
            lambda raw: parts.read_part(parts.seal_part(b"\0" * 16, raw)), [b'{"text": "a", "n": 3}' + b" " * 9]
        ),
        "code": Target(texts(joining.read_code), [joining.make_code(lambda n: b"\7" * n, ROOT.public)[0].encode()]),
    }  # fmt: skip


TARGETS = tuple(targets())


@pytest.mark.parametrize("name", TARGETS)
def test_wrong_bytes_are_refused_by_name(name: str, say: Say) -> None:
    done = fuzz(targets()[name], 7, lambda tries: tries >= ROUNDS)
    say(f"{name}: {done.tries} tries, {done.refused} refused")
    assert done.refused > ROUNDS // 5


@pytest.mark.long
@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", TARGETS)
def test_wrong_bytes_are_refused_by_name_for_long(name: str, say: Say) -> None:
    seed, until = int.from_bytes(os.urandom(4)), time.monotonic() + LONG_S
    done = fuzz(targets()[name], seed, lambda _: time.monotonic() > until)
    say(f"{name}, seed {seed}: {done.tries} tries, {done.refused} refused")


def test_what_states_an_opening_is_read_or_refused() -> None:
    """Signed parts may hold anything: those that open a lane or a stream are read by rule too."""
    mutator = Mutator(7)
    writer = Writer(ROOT)
    where = new_stream(ROOT)
    readers = (stream.read_opening, stream.read_genesis)
    bodies: Iterable[dict[str, Any]] = (
        {"certificate": "0" * 64, "predecessor": None},
        {"org": key_id(ROOT.public), "kind": "incident", "nonce": "0" * 32, "drill": False},
    )
    refused = 0
    for body, kind, read in zip(bodies, (stream.LANE_OPENED, stream.STREAM_OPENED), readers, strict=True):
        event_ = writer.write(where, kind, body)
        for _ in range(1500):
            part = parts.seal_part(b"\0" * 16, mutator.text(body))
            try:
                read(event_._replace(parts=(part,)))
            except CockpitError:
                refused += 1
    assert refused > 1000


def _careless(raw: bytes) -> Envelope:
    return Envelope(**json.loads(raw))


def _last_key_wins(raw: bytes) -> Receipt:
    said = json.loads(raw.decode("utf-8", "replace"))
    try:
        return receipt.decode(json.dumps(said).encode())
    except UnicodeEncodeError:
        raise fields.FormatError("not a receipt") from None


@pytest.mark.parametrize(
    ("broken", "corpus", "agrees"),
    [
        (_careless, _envelopes()[:1], lambda raw, value: True),
        (_last_key_wins, targets()["receipt"].corpus, lambda raw, value: receipt.decode(raw) == value),
        (lambda raw: raw.decode(), [b'{"a": 1}'], lambda raw, value: True),
    ],
    ids=["raises what nobody expects", "reads what others refuse", "takes any bytes for text"],
)
def test_a_broken_reader_is_found(
    broken: Callable[[bytes], Any], corpus: list[bytes], agrees: Callable[[bytes, Any], bool]
) -> None:
    """The control."""

    def disagrees(raw: bytes, value: Any) -> bool:
        try:
            return agrees(raw, value)
        except CockpitError:
            return False

    with pytest.raises(FoundError):
        fuzz(Target(broken, corpus, disagrees), 7, lambda tries: tries >= ROUNDS)
