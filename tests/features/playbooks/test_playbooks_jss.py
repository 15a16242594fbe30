"""Signatures: each algorithm and reading verifies, one changed letter does not, and a stranger stays one."""

import hashlib
from base64 import b64encode, urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed448, padding, rsa, utils
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from tests.features.playbooks import good as g

from ircockpit.features.playbooks.jss import (
    MAX_VERIFIED,
    KnownKey,
    Reading,
    Verdict,
    sign,
    signed_bytes,
    verify,
)
from ircockpit.features.playbooks.lint import lint
from ircockpit.features.playbooks.model import from_json
from ircockpit.ledger.signing import SigningKey

AT = "2026-03-01T12:00:00.000Z"
KEY = SigningKey.from_raw(b"k" * 32)
RSA = rsa.generate_private_key(65537, 2048)
EC = ec.generate_private_key(ec.SECP256R1())
ED448 = ed448.Ed448PrivateKey.generate()
SPKI = bytes.fromhex("302a300506032b6570032100") + KEY.public


def der(key: Any) -> bytes:
    return bytes(key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))


def raw_ecdsa(message: bytes) -> bytes:
    r, s = utils.decode_dss_signature(EC.sign(message, ec.ECDSA(hashes.SHA256())))
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


SIGNERS: dict[str, Any] = {
    "RS256": (RSA, lambda message: RSA.sign(message, padding.PKCS1v15(), hashes.SHA256())),
    "PS256": (
        RSA,
        lambda message: RSA.sign(message, padding.PSS(padding.MGF1(hashes.SHA256()), 32), hashes.SHA256()),
    ),
    "ES256": (EC, raw_ecdsa),
    "Ed448": (ED448, ED448.sign),
}


def signed_by(algorithm: str, reading: Reading, **more: Any) -> dict[str, Any]:
    """The good playbook with a signature that another program made."""
    key, way = SIGNERS[algorithm]
    signature: dict[str, Any] = {
        "type": "jss", "id": "jss--00000000-0000-4000-8000-000000000020", "created": AT, "modified": AT, "signee": "ACME",
        "related_to": g.PLAYBOOK, "related_version": g.GOOD["modified"], "hash_algorithm": "sha-256", "algorithm": algorithm,
    }  # fmt: skip
    signature |= more or {"public_key": b64encode(der(key)).decode()}
    whole = signed_bytes(g.GOOD, signature)
    digest = hashlib.sha256(whole)
    message = {
        Reading.CANONICAL: whole,
        Reading.DIGEST: digest.digest(),
        Reading.HEX: digest.hexdigest().encode(),
    }[reading]
    signature["value"] = urlsafe_b64encode(way(message)).decode().rstrip("=")
    return g.good(signatures=[signature])


def one(value: dict[str, Any], *known: KnownKey) -> Verdict:
    (verdict,) = verify(value, known)
    return verdict


@pytest.mark.parametrize("algorithm", SIGNERS)
@pytest.mark.parametrize("reading", list(Reading))
def test_every_algorithm_and_reading_is_verified_and_named(algorithm: str, reading: Reading) -> None:
    value = signed_by(algorithm, reading)
    verdict = one(value)
    assert (verdict.holds, verdict.reading, verdict.algorithm) == (True, reading, algorithm)
    assert verdict.same_version
    assert one(value | {"name": "Wrong medical advicf"}).holds is False


@pytest.mark.parametrize("reading", list(Reading))
def test_what_is_signed_here_holds_and_is_told_from_a_stranger(reading: Reading) -> None:
    value = sign(g.GOOD, KEY, signee="Night shift", at=AT, reading=reading)
    verdict = one(value)
    assert (verdict.holds, verdict.reading, verdict.signer, verdict.signee) == (
        True,
        reading,
        "",
        "Night shift",
    )
    assert verdict.key == hashlib.sha256(SPKI).hexdigest()
    assert one(value, KnownKey("mira", SPKI)).signer == "mira"
    assert one(value, KnownKey("jo", b"x")).signer == ""
    rules = {each.rule for each in lint(from_json(value))}
    assert "signature-of-a-stranger" in rules
    assert not {each.rule for each in lint(from_json(value), None, [KnownKey("mira", SPKI)])} & {
        "signature-of-a-stranger", "signature-invalid",
    }  # fmt: skip


def test_a_second_signature_leaves_the_first_as_it_is() -> None:
    twice = sign(sign(g.GOOD, KEY, signee="a", at=AT), SigningKey.from_raw(b"l" * 32), signee="b", at=AT)
    assert [(each.signee, each.holds) for each in verify(twice)] == [("a", True), ("b", True)]
    assert [each.holds for each in verify(g.changed("/signatures/0/signee", "c", twice))] == [False, True]


def test_no_number_of_signatures_takes_for_ever() -> None:
    value = sign(g.GOOD, KEY, signee="a", at=AT)
    value["signatures"] *= MAX_VERIFIED + 1
    assert [each.holds for each in verify(value)] == [True] * MAX_VERIFIED + [None]


def test_order_and_spacing_do_not_count_and_unknown_properties_do() -> None:
    value = sign(g.good(x_note=1.0), KEY, signee="a", at=AT)
    assert one(dict(reversed(list(value.items())))).holds
    assert one(value | {"x_note": 1}).holds
    assert one(value | {"x_note": 2}).holds is False


def test_a_certificate_gives_its_key() -> None:
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "ACME")])
    now = datetime(2026, 1, 1, tzinfo=UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(EC.public_key())
        .serial_number(1)
    )
    cert = (
        made.not_valid_before(now)
        .not_valid_after(now + timedelta(9))
        .sign(EC, hashes.SHA256())
        .public_bytes(Encoding.DER)
    )
    value = signed_by("ES256", Reading.CANONICAL, public_cert_chain=[b64encode(cert).decode()])
    assert one(value).holds
    thumb = urlsafe_b64encode(hashlib.sha256(cert).digest()).decode().rstrip("=")
    named = signed_by("ES256", Reading.CANONICAL, thumbprint=thumb)
    assert one(named).holds is None
    assert one(named, KnownKey("ACME", der(EC), cert)).signer == "ACME"


@pytest.mark.parametrize(
    ("change", "holds", "why"),
    [
        ({"algorithm": "XMSS-SHA2_10_256"}, None, "cannot be verified here"),
        ({"algorithm": "HS256"}, None, "cannot be verified here"),
        ({"algorithm": "none"}, None, "cannot be verified here"),
        ({"algorithm": "RS256"}, None, "not one for the algorithm"),
        ({"algorithm": 7}, None, "not stated"),
        ({"public_key": "####"}, None, "not base64"),
        ({"public_key": "AAAA"}, None, "cannot be read"),
        ({"value": "AAAA"}, False, "not what was signed"),
        ({"value": ""}, False, "no value"),
        ({"value": 7}, False, "no value"),
        ({"hash_algorithm": "md5"}, False, "not what was signed"),
    ],
)
def test_what_cannot_hold_says_why(change: dict[str, Any], holds: bool | None, why: str) -> None:
    value = sign(g.GOOD, KEY, signee="a", at=AT)
    value["signatures"][0] |= change
    verdict = one(value)
    assert verdict.holds is holds
    assert why in verdict.why


def test_nothing_is_fetched_and_short_keys_prove_nothing() -> None:
    assert (
        "nothing is fetched" in one(signed_by("RS256", Reading.HEX, cert_url="https://example.org/c.pem")).why
    )
    short = rsa.generate_private_key(65537, 1024)  # noqa: S505 that it is breakable is the point
    value = signed_by("RS256", Reading.HEX, public_key=b64encode(der(short)).decode())
    assert "1024 bits" in one(value).why


@pytest.mark.parametrize(
    "signatures", [None, 7, [], [7], [{}], [{"public_key": 7}], [{"public_cert_chain": ["AAAA"]}]]
)
def test_no_shape_of_signatures_raises(signatures: Any) -> None:
    assert all(each.holds is not True for each in verify({"signatures": signatures}))
