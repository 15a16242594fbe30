"""Receipts and checkpoints: what a hub states, and how a client holds it to that."""

import base64
import hashlib
import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ircockpit.core.errors import BadInput, TrustError
from ircockpit.ledger import checkpoint as checkpoints
from ircockpit.ledger import merkle
from ircockpit.ledger import receipt as receipts_format
from ircockpit.ledger.checkpoint import Checkpoint, Origin, check_same_history, parse_and_verify, read_origin
from ircockpit.ledger.fields import FORMAT
from ircockpit.ledger.note import sign_note
from ircockpit.ledger.receipt import Receipt, ReceiptError, decode, encode, leaf, sig_hash
from ircockpit.ledger.signing import SigningKey

H = "0123456789abcdef" * 4
PLAIN = Receipt(1, H, H, "accepted", 1_790_000_000_000_000)
KEY = SigningKey.from_raw(bytes(range(32)))
ORIGIN = Origin(H, "0192f0c1-7d2e-8aaa-8bbb-0123456789ab", 3)
ROOT = bytes(range(32))

receipts = st.builds(
    Receipt,
    seq=st.integers(1, 2**53 - 1),
    event_id=st.binary(min_size=32, max_size=32).map(bytes.hex),
    sig_hash=st.binary(min_size=32, max_size=32).map(bytes.hex),
    verdict=st.just("accepted") | st.from_regex("quarantined:[a-z][a-z0-9_.]{0,63}", fullmatch=True),
    received_at=st.integers(0, 2**53 - 1),
    v=st.just(FORMAT),
)


@given(receipts)
def test_a_receipt_is_read_back(receipt: Receipt) -> None:
    raw = encode(receipt)
    assert decode(raw) == receipt
    assert list(json.loads(raw)) == ["v", "seq", "event_id", "sig_hash", "verdict", "received_at"]
    assert receipt.accepted == (receipt.verdict == "accepted")
    assert leaf(raw) == merkle.leaf_hash(raw)


@given(receipts, st.integers(0, 511), st.binary(min_size=1, max_size=3))
def test_the_quick_reader_takes_nothing_that_the_strict_one_refuses(
    receipt: Receipt, position: int, garbage: bytes
) -> None:
    raw = bytearray(encode(receipt))
    at = position % len(raw)
    raw[at : at + 1] = garbage
    # A space behind it is a spelling that only the strict reader knows.
    assert _or_refused(bytes(raw)) == _or_refused(bytes(raw) + b" ")


def _or_refused(raw: bytes) -> Receipt | None:
    try:
        return decode(raw)
    except ReceiptError:
        return None


@given(receipts)
def test_it_is_written_in_one_way(receipt: Receipt) -> None:
    stated = receipt._asdict()
    order = ["v", "seq", "event_id", "sig_hash", "verdict", "received_at"]
    assert encode(receipt) == json.dumps({key: stated[key] for key in order}, separators=(",", ":")).encode()
    assert (
        receipts_format._own_form(encode(receipt).decode())
        or max(receipt.seq, receipt.received_at) >= 9 * 10**15
    )


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("v", FORMAT + 1), ("seq", 0), ("seq", True), ("event_id", H.upper()), ("sig_hash", None),
        ("verdict", "refused"), ("verdict", "quarantined:"), ("verdict", "quarantined:No"),
        ("verdict", "accepted\n"), ("verdict", 1), ("received_at", -1), ("received_at", 1.5), ("x", 1),
    ],
)  # fmt: skip
def test_a_receipt_is_refused_with_the_field_named(field: str, value: Any) -> None:
    stated = json.loads(encode(PLAIN))
    assert decode(json.dumps(stated).encode()) == PLAIN
    stated[field] = value
    with pytest.raises(ReceiptError) as caught:
        decode(json.dumps(stated).encode())
    assert caught.value.field == field


def test_a_receipt_pins_the_signature() -> None:
    assert sig_hash(bytes(64)) == hashlib.sha256(bytes(64)).hexdigest()
    assert sig_hash(bytes(64)) != sig_hash(bytes(63) + b"\1")


@given(st.integers(0, 2**53 - 1), st.binary(min_size=32, max_size=32), st.integers(0, 2**53 - 1))
def test_a_checkpoint_is_read_back(size: int, root: bytes, gen: int) -> None:
    origin = ORIGIN._replace(gen=gen)
    text = checkpoints.make(origin, size, root, KEY)
    read = parse_and_verify(text, KEY.public)
    assert read == Checkpoint(origin.text, size, root.hex())
    assert read.of == origin


def test_a_checkpoint_has_the_lines_of_its_standard() -> None:
    lines = checkpoints.make(ORIGIN, 7, ROOT, KEY).split("\n")
    assert lines[:4] == [f"{H}/{ORIGIN.stream}/3", "7", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=", ""]
    assert lines[4].startswith(f"— {H}/{ORIGIN.stream}/3 ")
    assert lines[5:] == [""]


@pytest.mark.parametrize(("old", "new"), [("\n7\n", "\n8\n"), ("AAEC", "BAEC"), ("/3\n", "/4\n")])
def test_a_changed_checkpoint_does_not_hold(old: str, new: str) -> None:
    text = checkpoints.make(ORIGIN, 7, ROOT, KEY)
    assert old in text
    with pytest.raises(TrustError):
        parse_and_verify(text.replace(old, new, 1), KEY.public)
    with pytest.raises(TrustError):
        parse_and_verify(text, SigningKey.generate().public)


@pytest.mark.parametrize(
    "body",
    [
        "{o}\n7\n", "{o}\n07\n{r}\n", "{o}\n-1\n{r}\n", "{o}\n7.0\n{r}\n", "{o}\n7\nAAAA\n",
        "{o}\n7\n{r}\n\nx\n", "{o}\n{r}\n7\n", "{o}\n99999999999999999999\n{r}\n", "{o}\n٧\n{r}\n",
    ],
)  # fmt: skip
def test_a_signed_note_that_is_no_checkpoint_is_refused(body: str) -> None:
    root = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
    note = sign_note(body.format(o=ORIGIN.text, r=root), ORIGIN.text, KEY)
    with pytest.raises(BadInput):
        parse_and_verify(note, KEY.public)
    extended = sign_note(f"{ORIGIN.text}\n7\n{root}\nan extension\n", ORIGIN.text, KEY)
    assert parse_and_verify(extended, KEY.public).size == 7


def test_a_note_signed_under_another_name_is_not_the_hubs() -> None:
    note = sign_note(
        f"{ORIGIN.text}\n7\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n", "example.com/log", KEY
    )
    with pytest.raises(TrustError):
        parse_and_verify(note, KEY.public)


@pytest.mark.parametrize(
    "text", ["", "org/stream/1", f"{H}/{ORIGIN.stream}", f"{H}/{ORIGIN.stream}/01", f"{H}/x/1"]
)
def test_only_streams_have_origins(text: str) -> None:
    with pytest.raises(BadInput):
        read_origin(text)
    assert read_origin(ORIGIN.text) == ORIGIN


def test_what_is_no_tree_is_not_signed() -> None:
    with pytest.raises(ValueError, match="size"):
        checkpoints.make(ORIGIN, -1, ROOT, KEY)
    with pytest.raises(ValueError, match="root"):
        checkpoints.make(ORIGIN, 1, ROOT[:-1], KEY)
    with pytest.raises(BadInput):
        checkpoints.make(ORIGIN._replace(stream="x/y"), 1, ROOT, KEY)


def test_two_histories_of_one_size_are_proof() -> None:
    one = Checkpoint(ORIGIN.text, 7, H)
    check_same_history(one, one)
    check_same_history(one, Checkpoint(ORIGIN.text, 8, "00" * 32))
    check_same_history(one, Checkpoint(ORIGIN._replace(gen=4).text, 7, "00" * 32))
    with pytest.raises(TrustError, match="two different histories"):
        check_same_history(one, Checkpoint(ORIGIN.text, 7, "00" * 32))


def test_openssl_alone_verifies_a_checkpoint(need_program: Callable[[str, str], str], tmp_path: Path) -> None:
    openssl = need_program("openssl", "install openssl 3")
    text = checkpoints.make(ORIGIN, 7, ROOT, KEY)
    body, _, line = text.rpartition("\n\n")
    spki = (
        bytes.fromhex("302a300506032b6570032100") + KEY.public
    )  # RFC 8410: what stands before an Ed25519 key
    (tmp_path / "key.der").write_bytes(spki)
    (tmp_path / "sig").write_bytes(base64.b64decode(line.split()[2])[4:])

    def verdict(signed: str) -> int:
        (tmp_path / "body").write_text(signed, "utf-8")
        command = [openssl, "pkeyutl", "-verify", "-pubin", "-keyform", "DER", "-inkey", "key.der", "-rawin"]
        done = subprocess.run([*command, "-in", "body", "-sigfile", "sig"], cwd=tmp_path, capture_output=True)
        return done.returncode

    assert verdict(body + "\n") == 0
    assert verdict(body.replace("\n7\n", "\n8\n") + "\n") != 0
