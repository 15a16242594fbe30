"""A key under a passphrase: read by others' tools, given away to nobody without the passphrase."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)

from ircockpit.core.errors import BadInput, SecretError
from ircockpit.secrets.pkcs8 import is_locked, lock, unlock

WORDS = "correct horse battery"


def test_what_is_locked_is_unlocked_by_the_same_words_only() -> None:
    key = os.urandom(32)
    pem = lock(key, WORDS)
    assert unlock(pem, WORDS) == key
    assert is_locked(pem)
    assert not is_locked(key.hex().encode())
    assert key not in pem
    assert lock(key, WORDS) != pem  # salt and initial vector are fresh
    for wrong in (WORDS + " ", WORDS.upper(), ""):
        with pytest.raises(SecretError, match="not the right one") as told:
            unlock(pem, wrong)
        assert WORDS not in str(told.value)


def test_the_same_letters_typed_differently_are_the_same() -> None:
    composed, apart = "Schl\u00fcsselbund", "Schlu\u0308sselbund"
    assert composed != apart
    assert unlock(lock(bytes(32), composed), apart) == bytes(32)


def test_the_library_and_openssl_read_it(tmp_path: Path) -> None:
    key = os.urandom(32)
    pem = lock(key, WORDS)
    read = load_pem_private_key(pem, WORDS.encode())
    assert isinstance(read, Ed25519PrivateKey)
    assert read.private_bytes_raw() == key
    if (openssl := shutil.which("openssl")) is None:
        pytest.skip("no openssl on this machine")
    file = tmp_path / "root.key"
    file.write_bytes(pem)
    command = [openssl, "pkey", "-in", str(file), "-passin", f"pass:{WORDS}", "-outform", "DER"]
    done = subprocess.run(command, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout[-32:] == key
    wrong = subprocess.run([*command[:5], "pass:no", *command[6:]], capture_output=True, check=False)
    assert wrong.returncode != 0


def test_a_changed_or_foreign_file_is_a_sentence() -> None:
    pem = lock(bytes(32), WORDS)
    foreign = Ed25519PrivateKey.generate().private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"x")
    )
    for broken in (
        b"",
        b"junk",
        pem[:-40],
        pem.replace(b"A", b"B", 3),
        foreign,
        pem + pem,
        pem[:100],
        pem[:27],
    ):
        with pytest.raises((BadInput, SecretError)) as told:
            unlock(broken, WORDS)
        assert told.value.safe
        assert told.value.fix


def test_no_byte_of_the_file_is_without_meaning() -> None:
    key = os.urandom(32)
    pem = lock(key, WORDS)
    opened = []
    for at in range(0, len(pem) - 1, 23):
        try:
            opened.append(unlock(pem[:at] + bytes([pem[at] ^ 1]) + pem[at + 1 :], WORDS))
        except (BadInput, SecretError):
            continue
    assert key not in opened


def test_a_short_passphrase_is_refused() -> None:
    with pytest.raises(BadInput, match="8 characters"):
        lock(bytes(32), "short")
    assert lock(bytes(32), "8 letter")
