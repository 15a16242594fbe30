"""Certificates: who vouches for a key, and every way in which nobody does."""

import json
from typing import TYPE_CHECKING, Any

import pytest

from ircockpit.core.errors import TrustError
from ircockpit.ledger.certificate import (
    HUB_AUTHORITY,
    HUB_LOG,
    CertificateError,
    SignedCertificate,
    certificate_id,
    decode,
    issue,
    trusted,
    verify_chain,
)
from ircockpit.ledger.fields import FORMAT
from ircockpit.ledger.signing import SigningKey, key_id

if TYPE_CHECKING:
    from tests.ledger.conftest import Org


def test_the_root_vouches(org: "Org") -> None:
    made = org.certify("anna")
    stated = verify_chain(made, org.root.public)
    assert stated == decode(made.raw)
    assert (stated.org, stated.issuer) == (org.id, org.id)
    assert org.trusted() == {certificate_id(made.raw): stated}


def test_an_authority_vouches_for_devices(org: "Org") -> None:
    authority_key = SigningKey.generate()
    authority = issue(
        org.root, org=org.id, subject=UUID, device=UUID, public=authority_key.public, purpose=HUB_AUTHORITY,
        not_before=0, serial=UUID,
    )  # fmt: skip
    made = org.certify("anna", by=authority_key)
    assert verify_chain(made, org.root.public, [authority]).issuer == key_id(authority_key.public)
    with pytest.raises(TrustError, match="nobody known"):
        verify_chain(made, org.root.public)
    assert len(trusted([made, authority], org.root.public)) == 2
    assert trusted([made], org.root.public) == {}


@pytest.mark.parametrize("purpose", [HUB_LOG, HUB_AUTHORITY])
def test_an_authority_vouches_for_nothing_else(org: "Org", purpose: str) -> None:
    authority_key = SigningKey.generate()
    authority = issue(
        org.root, org=org.id, subject=UUID, device=UUID, public=authority_key.public, purpose=HUB_AUTHORITY,
        not_before=0, serial=UUID,
    )  # fmt: skip
    made = org.certify("hub", purpose, by=authority_key)
    with pytest.raises(TrustError, match="root"):
        verify_chain(made, org.root.public, [authority])
    assert verify_chain(org.certify("hub", purpose), org.root.public).purpose == purpose


@pytest.mark.parametrize("purpose", ["device", HUB_LOG])
def test_only_an_authority_vouches(org: "Org", purpose: str) -> None:
    key = SigningKey.generate()
    no_authority = issue(
        org.root,
        org=org.id,
        subject=UUID,
        device=UUID,
        public=key.public,
        purpose=purpose,
        not_before=0,
        serial=UUID,
    )
    with pytest.raises(TrustError, match="nobody known"):
        verify_chain(org.certify("anna", by=key), org.root.public, [no_authority])


def test_a_false_authority_neither_vouches_nor_stands_in_the_way(org: "Org") -> None:
    key = SigningKey.generate()
    facts: dict[str, Any] = {
        "org": org.id, "subject": UUID, "device": UUID, "public": key.public, "purpose": HUB_AUTHORITY,
        "not_before": 0, "serial": UUID,
    }  # fmt: skip
    self_made = issue(key, **facts)
    forged = SignedCertificate(issue(org.root, **facts).raw, bytes(64))
    junk = SignedCertificate(b"junk", bytes(64))
    made = org.certify("anna", by=key)
    with pytest.raises(TrustError, match="nobody known"):
        verify_chain(made, org.root.public, [self_made, forged, junk])
    assert verify_chain(made, org.root.public, [self_made, forged, junk, issue(org.root, **facts)])


def test_another_organisation_does_not_count(org: "Org") -> None:
    stranger = SigningKey.generate()
    with pytest.raises(TrustError, match="another organisation"):
        verify_chain(org.certify("anna"), stranger.public)
    with pytest.raises(TrustError, match="nobody known"):
        verify_chain(org.certify("anna", by=stranger), org.root.public)


@pytest.mark.parametrize("position", range(0, 560, 23))
def test_a_flipped_byte_is_never_trusted(org: "Org", position: int) -> None:
    made = org.certify("anna")
    raw = bytearray(made.raw)
    raw[position % len(raw)] ^= 1
    with pytest.raises((TrustError, CertificateError)):
        verify_chain(SignedCertificate(bytes(raw), made.sig), org.root.public)
    assert trusted([SignedCertificate(bytes(raw), made.sig)], org.root.public) == {}
    assert trusted([made], org.root.public)


UUID = "0192f0c1-7d2e-7aaa-8bbb-0123456789ab"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("v", FORMAT + 1), ("org", "x"), ("subject", "anna"), ("device", None), ("key", "00"), ("alg", "rsa"),
        ("alg", []), ("purpose", "event"), ("issuer", 5), ("not_before", -1), ("serial", ""), ("extra", 1),
    ],
)  # fmt: skip
def test_refused_with_the_field_named(org: "Org", field: str, value: Any) -> None:
    stated = json.loads(org.certify("anna").raw)
    stated[field] = value
    with pytest.raises(CertificateError) as caught:
        decode(json.dumps(stated).encode())
    assert caught.value.field == field


def test_what_would_be_refused_is_never_issued(org: "Org") -> None:
    with pytest.raises(CertificateError) as caught:
        org.certify("anna", "root")
    assert caught.value.field == "purpose"
