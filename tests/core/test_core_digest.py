"""Digests of short texts are SHA-256, and what makes them loads nothing heavy."""

import hashlib
import os
from pathlib import Path

from tests.support.modules import loaded_by

from ircockpit.core.digest import sha256


def test_it_is_sha256() -> None:
    for text in (b"", b"abc", bytes(1000)):
        assert sha256(text).hexdigest() == hashlib.sha256(text).hexdigest()


def test_ids_do_without_openssl(repository: Path) -> None:
    env = {**os.environ, "PYTHONPATH": str(repository / "src")}
    heavy = {"_hashlib", "uuid", "platform"}
    assert not loaded_by(env, "import ircockpit.core.ids").modules & heavy
    assert loaded_by(env, "import hashlib, uuid").modules >= {"_hashlib", "uuid"}
