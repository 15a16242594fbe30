"""SSH signatures: what is written here, OpenSSH's own program accepts, and what was changed it refuses as we do."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from ircockpit.bundle import sshsig
from ircockpit.core.errors import BadInput, TrustError
from ircockpit.ledger.signing import SigningKey

KEY = SigningKey.from_raw(bytes(range(32)))
MESSAGE = b"0123  data/file\n"


def keygen(
    program: str, folder: Path, message: bytes, armoured: str, namespace: str = "ircockpit-bundle"
) -> bool:
    """Whether ``ssh-keygen -Y verify`` says Good."""
    (folder / "signers").write_text(f'me namespaces="ircockpit-bundle" {sshsig.public_line(KEY.public)}\n')
    (folder / "sig").write_text(armoured)
    done = subprocess.run(
        [program, "-Y", "verify", "-f", folder / "signers", "-I", "me", "-n", namespace, "-s", folder / "sig"],
        input=message, capture_output=True, check=False,
    )  # fmt: skip
    return done.returncode == 0


@pytest.fixture
def program(need_program: Callable[[str, str], str]) -> str:
    return need_program("ssh-keygen", "apt install openssh-client")


@pytest.mark.parametrize("size", [0, 1, 16, 100_000])
def test_openssh_accepts_what_is_written_here(program: str, tmp_path: Path, size: int) -> None:
    message = bytes(size)
    armoured = sshsig.sign(message, "ircockpit-bundle", KEY)
    assert keygen(program, tmp_path, message, armoured)
    assert not keygen(program, tmp_path, message + b" ", armoured)
    assert not keygen(program, tmp_path, message, sshsig.sign(message, "file", KEY), "file")


def test_a_signature_written_by_openssh_is_accepted_here(program: str, tmp_path: Path) -> None:
    subprocess.run([program, "-q", "-t", "ed25519", "-N", "", "-f", tmp_path / "key"], check=True)
    (tmp_path / "m").write_bytes(MESSAGE)
    subprocess.run(
        [program, "-q", "-Y", "sign", "-f", tmp_path / "key", "-n", "x", tmp_path / "m"], check=True, capture_output=True
    )  # fmt: skip
    import base64

    public = base64.b64decode((tmp_path / "key.pub").read_text().split()[1])[-32:]
    armoured = (tmp_path / "m.sig").read_text()
    sshsig.check(MESSAGE, armoured, "x", public)
    with pytest.raises(TrustError):
        sshsig.check(MESSAGE + b" ", armoured, "x", public)


def test_every_change_is_refused() -> None:
    armoured = sshsig.sign(MESSAGE, "n", KEY)
    sshsig.check(MESSAGE, armoured, "n", KEY.public)
    for message, namespace, public in (
        (MESSAGE + b"x", "n", KEY.public),
        (MESSAGE, "m", KEY.public),
        (MESSAGE, "n", SigningKey.generate().public),
    ):
        with pytest.raises(TrustError):
            sshsig.check(message, armoured, namespace, public)
    for place in range(len(armoured)):
        changed = armoured[:place] + ("A" if armoured[place] != "A" else "B") + armoured[place + 1 :]
        with pytest.raises((TrustError, BadInput)):
            sshsig.check(MESSAGE, changed, "n", KEY.public)
    for text in ("", "x", armoured[:-2], armoured * 40, armoured.replace("U1NI", "")):
        with pytest.raises(BadInput):
            sshsig.check(MESSAGE, text, "n", KEY.public)
