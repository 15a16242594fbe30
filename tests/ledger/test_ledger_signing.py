"""Keys and signatures: one purpose each, the published vector, and no key in any text."""

import pytest

from ircockpit.core.errors import BadInput
from ircockpit.ledger import signing
from ircockpit.ledger.signing import SigningKey, key_id, verify, verify_foreign

DIGEST = bytes(range(32))


def test_rfc_8032_test_1() -> None:
    key = SigningKey.from_raw(
        bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
    )
    assert key.public.hex() == "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
    sig = key.sign_foreign(b"")
    assert sig.hex() == (
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"
    )
    assert verify_foreign(key.public, b"", sig)


def test_a_signature_holds_for_its_purpose_digest_and_key_alone() -> None:
    key, other = SigningKey.generate(), SigningKey.generate()
    sig = key.sign("event", DIGEST)
    assert verify(key.public, "event", DIGEST, sig)
    assert not verify(key.public, "certificate", DIGEST, sig)
    assert not verify(key.public, "event", bytes(32), sig)
    assert not verify(other.public, "event", DIGEST, sig)
    assert not verify_foreign(key.public, DIGEST, sig)
    assert verify_foreign(key.public, b"ircockpit/sig/event/1\0" + DIGEST, sig)


@pytest.mark.parametrize("position", range(0, 64, 7))
def test_a_flipped_bit_breaks_it(position: int) -> None:
    key = SigningKey.generate()
    sig = bytearray(key.sign("event", DIGEST))
    sig[position] ^= 1
    assert not verify(key.public, "event", DIGEST, bytes(sig))


def test_wrong_lengths_do_not_hold_and_do_not_raise() -> None:
    key = SigningKey.generate()
    sig = key.sign("event", DIGEST)
    assert not verify(key.public[:-1], "event", DIGEST, sig)
    assert not verify(key.public, "event", DIGEST[:-1], sig)
    assert not verify(key.public, "event", DIGEST, sig[:-1])
    assert not verify(b"\xff" * 32, "event", DIGEST, sig)


def test_a_key_is_kept_as_32_bytes() -> None:
    key = SigningKey.generate()
    assert SigningKey.from_raw(key.raw()).public == key.public
    with pytest.raises(BadInput):
        SigningKey.from_raw(key.raw()[:-1])


def test_a_key_shows_itself_in_no_text() -> None:
    key = SigningKey.from_raw(bytes(range(32)))
    for text in (repr(key), str(key), f"{key}"):
        assert key.raw().hex() not in text
        assert repr(key.raw()) not in text
        assert key_id(key.public)[:8] in text


@pytest.mark.parametrize("purpose", ["", "Event", "event\0", "event/1", "é", "x" * 33])
def test_only_plain_purposes_are_signed_for(purpose: str) -> None:
    with pytest.raises(ValueError, match="purpose"):
        SigningKey.generate().sign(purpose, DIGEST)


def test_only_whole_digests_are_signed() -> None:
    with pytest.raises(ValueError, match="32-byte"):
        SigningKey.generate().sign("event", DIGEST[:-1])


def test_a_foreign_message_cannot_pass_as_one_of_ours() -> None:
    with pytest.raises(ValueError, match="purpose"):
        SigningKey.generate().sign_foreign(b"ircockpit/sig/event/1\0" + DIGEST)


def test_a_key_id_is_a_digest_in_its_own_name_space() -> None:
    import hashlib

    public = bytes(32)
    assert key_id(public) == hashlib.sha256(b"ircockpit/key/1\0" + public).hexdigest()
    assert key_id(public) != hashlib.sha256(public).hexdigest()
    assert signing.ALGORITHM == "ed25519"
