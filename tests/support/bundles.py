"""Bundles made to be tampered with: written once, changed, sealed anew as somebody with a key would, and judged."""

import base64
import hashlib
import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from ircockpit.bundle import layout, sshsig
from ircockpit.bundle.ircockpit_verify import Tools, Verifier
from ircockpit.core.errors import CockpitError
from ircockpit.ledger.signing import SigningKey, verify_foreign

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


class QuickTools(Tools):
    """The same answers from a library, so that thousands of runs fit; a few runs use the real programs."""

    def __init__(self) -> None:
        return

    def ed25519(self, public: bytes, message: bytes, sig: bytes) -> bool:
        return verify_foreign(public, message, sig)

    def sshsig(self, message: bytes, sig: bytes, signers: bytes) -> bool:
        public = base64.b64decode(signers.split()[2])[-32:]
        try:
            sshsig.check(message, sig.decode("ascii", "replace"), layout.NAME, public)
        except CockpitError:
            return False
        return True


class Specimen(NamedTuple):
    """A small bundle with everything in it, the key of its maker, and what came later."""

    folder: Path
    extract: Path
    key: SigningKey
    org: str
    stream: str
    later: str
    withheld: int
    """A line with a part that was taken away."""


def run(folder: Path, org: str, later: tuple[str, ...] = ()) -> Verifier:
    """What the verifier says of a bundle, with its answers on signatures from a library."""
    one = Verifier(folder, QuickTools(), org, b"", later)
    one.run()
    return one


class Copy:
    """The specimen to be changed, put back after each change."""

    def __init__(self, of: Path, to: Path, specimen: Specimen) -> None:
        shutil.copytree(of, to)
        self.folder, self.specimen = to, specimen
        self._before = {path: path.read_bytes() for path in to.rglob("*") if path.is_file()}
        self.rows = rows_of(to, specimen.stream)
        self.file = layout.events_of(specimen.stream)

    def restore(self) -> None:
        for path in self.folder.rglob("*"):
            if not path.is_dir() and path not in self._before:
                path.unlink()
        for path, raw in self._before.items():
            if not path.is_file() or path.read_bytes() != raw:
                path.write_bytes(raw)

    def put(self, rows: Rows) -> None:
        """Rows, the counts stated of them, and the seal, as the maker of the bundle could write them."""
        put_rows(self.folder, self.specimen.stream, rows)

        def change(said: dict[str, Any]) -> None:
            for each in said["streams"]:
                if each["stream"] == self.specimen.stream:
                    each["rows"], each["receipts"] = len(rows), sum(row["r"] is not None for row in rows)
                    heads: dict[tuple[str, str], dict[str, Any]] = {}
                    for row in rows:
                        envelope = json.loads(row["e"])
                        ident = hashlib.sha256(b"ircockpit/event/1\0" + row["e"].encode()).hexdigest()
                        lane = {key: envelope[key] for key in ("device", "epoch", "n")}
                        heads[envelope["device"], envelope["epoch"]] = {**lane, "event": ident}
                    each["heads"] = list(heads.values())

        restate(self.folder, change)
        self.seal()

    def seal(self) -> None:
        reseal(self.folder, self.specimen.key)

    def found(self, *, later: bool = False) -> Verifier:
        return run(self.folder, self.specimen.org, (self.specimen.later,) if later else ())


def lines_in(place: str) -> set[int]:
    """Line numbers that a place names, a range or ``after`` and ``before`` included."""
    if found := re.search(r"lines (\d+) to (\d+)", place):
        return set(range(int(found[1]), int(found[2]) + 1))
    if found := re.search(r"(after |before )?line (\d+)", place):
        line = int(found[2])
        return {line + 1} if found[1] == "after " else {line - 1, line} if found[1] else {line}
    return set()


def located(one: Verifier, kinds: set[str], file: str, line: int) -> bool:
    """Whether one of these kinds was found in this file on this line."""
    return any(
        kind in kinds and place.startswith(file) and (not line or line in lines_in(place))
        for kind, place, _ in one.findings
    )
