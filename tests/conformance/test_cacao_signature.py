"""The worked RSA example of CACAO 2.0: its canonical text byte for byte, and over which bytes its signature really goes."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from ircockpit.core.jcs import canonical_bytes
from ircockpit.features.playbooks.jss import Reading, signed_bytes, verify


@pytest.fixture(scope="module")
def examples(shared_data: Path) -> Path:
    return shared_data / "cacao" / "oasis-examples"


@pytest.fixture(scope="module")
def signed(examples: Path) -> dict[str, Any]:
    value: dict[str, Any] = json.loads((examples / "signature-rsa-signed.json").read_text())
    return value


def test_the_canonical_text_is_that_of_the_example(examples: Path, signed: dict[str, Any]) -> None:
    canonical = (examples / "signature-rsa-canonical.json").read_bytes()
    to_sign = json.loads((examples / "signature-rsa-to-sign.json").read_text())
    assert canonical_bytes(to_sign) == canonical
    assert signed_bytes(signed, signed["signatures"][0]) == canonical
    assert (
        hashlib.sha256(canonical).hexdigest()
        == "973bb6492184e4681b1eab9df1f56926fc1a91582e3529bfd0bfb231e1c51b0a"
    )


def test_its_signature_holds_over_the_hash_in_hex(signed: dict[str, Any]) -> None:
    (verdict,) = verify(signed)
    assert (verdict.holds, verdict.reading, verdict.algorithm) == (True, Reading.HEX, "RS256")
    assert (verdict.signer, verdict.signee) == ("", "ACME Cyber Company")
    (changed,) = verify(signed | {"name": "Playbook 2"})
    assert changed.holds is False
