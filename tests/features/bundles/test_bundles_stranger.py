"""The one-file verifier as a stranger runs it: by itself, beside the bundle, and with words fit for a terminal."""

import ast
import hashlib
import os
import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.features.bundles.tampering import KINDS
from tests.support.bundles import Copy, Specimen

from ircockpit.bundle import ircockpit_verify, layout, sshsig
from ircockpit.ledger.signing import SigningKey

FILE = Path(ircockpit_verify.__file__)


def stranger(*words: object, path: str | None = None) -> subprocess.CompletedProcess[str]:
    """Run the file by itself: no package of ours, no site-packages."""
    return subprocess.run(
        [sys.executable, "-I", "-S", *map(str, words)],
        capture_output=True, text=True, check=False, cwd="/", env={"PATH": path or os.environ["PATH"]},
    )  # fmt: skip


@pytest.fixture
def programs(need_program: Callable[[str, str], str]) -> None:
    need_program("ssh-keygen", "apt install openssh-client")
    need_program("openssl", "apt install openssl")


@pytest.mark.usefixtures("programs")
def test_a_stranger_can_run_the_copy_beside_the_bundle(
    whole: Copy, specimen: Specimen, tmp_path: Path
) -> None:
    (tmp_path / "later").write_text(specimen.later)
    beside = whole.folder / layout.VERIFIER
    done = stranger(beside, whole.folder, "--root", specimen.org)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    assert done.stdout.endswith("all holds\n")
    signers = ("--allowed-signers", whole.folder / layout.SIGNERS)
    assert stranger(beside, whole.folder, *signers).returncode == 0
    assert stranger(beside, specimen.extract, "--root", specimen.org).returncode == 0
    assert stranger(beside, whole.folder).returncode == 2  # nobody was named to trust
    assert stranger(beside, whole.folder, "--root", "0" * 64).returncode == 1
    assert stranger(beside, tmp_path).returncode == 2
    assert stranger(beside, whole.folder, "--root", specimen.org, path="/nowhere").returncode == 2
    cut = stranger(beside, whole.folder, "--root", specimen.org, "--checkpoint", tmp_path / "later")
    assert cut.returncode == 1
    assert "FOUND cut" in cut.stdout
    other = tmp_path / "others"
    other.write_text(f"somebody {sshsig.public_line(SigningKey.generate().public)}\n")
    assert stranger(beside, whole.folder, "--allowed-signers", other).returncode == 1
    for kind in ("part", "re-signed", "dropped event"):
        KINDS[kind](whole, random.Random(kind))  # noqa: S311 - to be the same again
        done = stranger(FILE, whole.folder, "--root", specimen.org)
        assert (done.returncode, done.stderr) == (1, "")
        assert (
            f"FOUND {'changed part' if kind == 'part' else 'signature' if kind == 're-signed' else 'dropped'}"
            in done.stdout
        )
        whole.restore()


@pytest.mark.usefixtures("programs")
def test_what_a_stranger_reads_is_fit_for_a_terminal(whole: Copy, specimen: Specimen) -> None:
    (whole.folder / "\x1b[2Jall holds\n").write_text("x")
    done = stranger(FILE, whole.folder, "--root", specimen.org)
    assert done.returncode == 1
    assert "\x1b" not in done.stdout
    assert done.stdout.isascii()


def test_it_stands_by_itself_and_is_short() -> None:
    text = FILE.read_text()
    assert text.count("\n") < 400
    names = {
        name.partition(".")[0]
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in (
            [node.module or ""] if isinstance(node, ast.ImportFrom) else [each.name for each in node.names]
        )
    }
    assert names <= set(sys.stdlib_module_names)


def test_its_hash_is_the_one_in_the_docs(repository: Path) -> None:
    digest = hashlib.sha256(FILE.read_bytes()).hexdigest()
    assert digest in (repository / "docs" / "bundles.md").read_text()
