"""Signed notes against the vector of golang.org/x/mod/sumdb/note, and what a note must not be."""

import base64

import pytest

from ircockpit.core.errors import BadInput, TrustError
from ircockpit.ledger.note import note_key_id, open_note, sign_note
from ircockpit.ledger.signing import SigningKey

NAME = "PeterNeumann"
SECRET = base64.b64decode("AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz")[1:]
PUBLIC = base64.b64decode("ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")[1:]
TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
SIGNATURE = "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM="
LINE = f"— PeterNeumann {SIGNATURE}"
NOTE = f"{TEXT}\n{LINE}\n"


def test_the_published_note_is_made_and_opened() -> None:
    key = SigningKey.from_raw(SECRET)
    assert key.public == PUBLIC
    assert note_key_id(NAME, PUBLIC).hex() == "c74f20a3"
    assert sign_note(TEXT, NAME, key) == NOTE
    assert open_note(NOTE, NAME, PUBLIC) == TEXT


def test_other_signatures_are_passed_over() -> None:
    other = sign_note(TEXT, "witness.example/w1", SigningKey.from_raw(bytes(32))).rpartition("\n\n")[2]
    assert open_note(NOTE + other, NAME, PUBLIC) == TEXT
    assert open_note(f"{TEXT}\n{other}{LINE}\n", NAME, PUBLIC) == TEXT
    with pytest.raises(TrustError, match="not signed by"):
        open_note(f"{TEXT}\n{other}", NAME, PUBLIC)


def test_a_text_may_hold_empty_lines() -> None:
    key = SigningKey.from_raw(SECRET)
    note = sign_note("one\n\n\ntwo\n\n", NAME, key)
    assert open_note(note, NAME, PUBLIC) == "one\n\n\ntwo\n\n"


@pytest.mark.parametrize(
    ("old", "new"),
    [("cryptography", "cryptographY"), ("problem is.\n", "problem is.\n\n"), ("x08go/ZJ", "x08go/ZK")],
)
def test_a_changed_note_does_not_hold(old: str, new: str) -> None:
    assert old in NOTE
    with pytest.raises(TrustError):
        open_note(NOTE.replace(old, new), NAME, PUBLIC)


def test_another_name_or_key_does_not_hold() -> None:
    with pytest.raises(TrustError):
        open_note(NOTE, "PaulNeumann", PUBLIC)
    with pytest.raises(TrustError):
        open_note(NOTE, NAME, bytes(32))


@pytest.mark.parametrize(
    "note",
    [
        "",
        TEXT,
        f"{TEXT}\n",
        f"{TEXT}{LINE}\n",
        f"{TEXT}\n{LINE}",
        f"{TEXT}\n{LINE}\n\n",
        NOTE.replace("— ", "- "),
        NOTE.replace("— ", "—  "),
        NOTE.replace("nAM=", "nAM"),
        NOTE.replace("nAM=", "nAN="),
        NOTE.replace("If", "I\tf"),
        NOTE.replace("\n", "\r\n"),
        NOTE.replace("If", "\ud800"),
        f"{TEXT}\n— PeterNeumann AAAA\n",
        f"{TEXT}\n" + f"{LINE}\n" * 65,
        "x" * 70_000 + NOTE,
    ],
)
def test_what_is_no_note_is_refused(note: str) -> None:
    with pytest.raises(BadInput):
        open_note(note, NAME, PUBLIC)


@pytest.mark.parametrize(
    ("text", "name"), [("no newline", "n"), ("a\tb\n", "n"), ("a\n", "two words"), ("a\n", "a+b")]
)
def test_what_cannot_be_a_note_is_not_signed(text: str, name: str) -> None:
    with pytest.raises(ValueError, match="note"):
        sign_note(text, name, SigningKey.from_raw(SECRET))
