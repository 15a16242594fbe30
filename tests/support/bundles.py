"""Bundles made to be tampered with: written once, changed, and sealed anew as somebody with a key would."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ircockpit.bundle import layout, sshsig
from ircockpit.ledger.signing import SigningKey

Rows = list[dict[str, Any]]


def reseal(folder: Path, key: SigningKey) -> None:
    """Write manifests and signature anew over what stands there now."""
    payload = {
        path.relative_to(folder).as_posix(): path for path in (folder / "data").rglob("*") if path.is_file()
    }
    octets = sum(path.stat().st_size for path in payload.values())
    info = [line for line in (folder / layout.INFO).read_bytes().splitlines() if b"Payload-Oxum" not in line]
    oxum = f"Payload-Oxum: {octets}.{len(payload)}".encode()
    (folder / layout.INFO).write_bytes(b"\n".join([*info, oxum, b""]))
    (folder / layout.MANIFEST).write_text(_manifest(payload))
    (folder / layout.TAG_MANIFEST).write_text(_manifest({name: folder / name for name in layout.TAGS}))
    over = (folder / layout.TAG_MANIFEST).read_bytes()
    (folder / layout.SIGNATURE).write_text(sshsig.sign(over, layout.NAME, key))


def _manifest(files: dict[str, Path]) -> str:
    return "".join(
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {name}\n" for name, path in sorted(files.items())
    )


def rows_of(folder: Path, stream: str) -> Rows:
    """The rows of a stream."""
    return [json.loads(line) for line in (folder / layout.events_of(stream)).read_text().splitlines()]


def put_rows(folder: Path, stream: str, rows: Rows) -> None:
    """Write them back."""
    (folder / layout.events_of(stream)).write_text("".join(json.dumps(row) + "\n" for row in rows))


def restate(folder: Path, change: Callable[[dict[str, Any]], None]) -> None:
    """Change the statement."""
    said = json.loads((folder / layout.STATEMENT).read_text())
    change(said)
    (folder / layout.STATEMENT).write_text(json.dumps(said))
