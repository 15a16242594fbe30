"""The hub's own door: ``python -m ircockpit.hub`` prints JSON, and ``serve`` runs it."""

import argparse
import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

from ircockpit.core.clock import SystemClock
from ircockpit.core.errors import CockpitError, ExitCode, UsageError
from ircockpit.core.jsontext import strict_loads
from ircockpit.features.membership.rules import find_member, pick_device
from ircockpit.hub.authority import Authority
from ircockpit.hub.decisions import carry_out
from ircockpit.hub.enrolment import grant, invite
from ircockpit.hub.folder import HubFolder, alone, read_founding
from ircockpit.hub.generations import PUT_BACK, STILL_OPEN, announce
from ircockpit.hub.service import Hub
from ircockpit.inert.gate import clean


def main(words: list[str] | None = None) -> int:
    """Run one command. Failures are told as JSON on standard output, except by ``serve``, which tells people."""
    given = _parser().parse_args(words)
    try:
        if given.command == "serve":
            return _serve(given)
        sys.stdout.write(json.dumps(_COMMANDS[given.command](given)) + "\n")
    except CockpitError as error:
        if given.command == "serve":
            sys.stderr.write(clean("; ".join(error.sentences())) + "\n")
        else:
            said = {"what": error.what, "safe": error.safe, "fix": error.fix, "code": int(error.code)}
            sys.stdout.write(json.dumps({"error": said}) + "\n")
        return int(error.code)
    return ExitCode.OK


FOUNDING_BYTES = 64 * 1024 * 1024
"""The record of members of a large organisation is among it."""


def _keys(given: argparse.Namespace) -> dict[str, Any]:
    """The public halves of the hub's keys, made where there are none: what the founder certifies."""
    folder = HubFolder(given.data)
    try:
        return {
            "log": folder.log_key.public.hex(),
            "authority": folder.authority_key.public.hex(),
            "org_root": folder.store.meta("org_root"),
        }
    finally:
        folder.close()


def _found(given: argparse.Namespace) -> dict[str, Any]:
    """Take the founder's certificates, read from standard input, and what the founder knows of the members."""
    said = strict_loads(sys.stdin.buffer.read(FOUNDING_BYTES))
    founding = read_founding(said)
    with alone(given.data):
        folder = HubFolder(given.data)
        try:
            folder.found(founding, SystemClock().wall_us())
            careful = ""
            if known := said.get("members"):
                hub = Hub(folder)
                careful = PUT_BACK if hub.was_put_back else ""
                hub.streams.learn(known["events"], known["shown"])
            return {"authority_stream": folder.authority_stream, "careful": careful}
        finally:
            folder.close()


def _invite(given: argparse.Namespace) -> dict[str, Any]:
    _check_hub(given.data, "no code was made")
    folder = HubFolder(given.data)
    try:
        made = invite(folder, given.name, given.role, SystemClock().wall_us(), os.urandom)
        return {**made._asdict(), "url": folder.store.meta("address") or ""}
    finally:
        folder.close()


def _member(given: argparse.Namespace) -> dict[str, Any]:
    """The operator's word about somebody's role: the hub's own keys speak here, nobody signs in."""
    with _authority(given) as authority:
        user = find_member(authority.standing(), given.member).user
        said = {"do": "role", "user": user, "role": given.role, "why": given.why}
        return carry_out(authority, said if given.role else {**said, "do": "remove"}, "")


def _revoke(given: argparse.Namespace) -> dict[str, Any]:
    with _authority(given) as authority:
        device = pick_device(authority.standing().members(), authority.devices(), given.device)
        return carry_out(authority, {"do": "revoke", "device": device, "why": given.why}, "")


def _certify(given: argparse.Namespace) -> dict[str, Any]:
    """Certify the device of a request file, read from standard input."""
    said = strict_loads(sys.stdin.buffer.read(1024 * 1024))
    _check_hub(given.data, "nothing was certified")
    folder = HubFolder(given.data)
    try:
        return grant(folder, said, given.role, SystemClock())
    finally:
        folder.close()


@contextmanager
def _authority(given: argparse.Namespace) -> Iterator[Authority]:
    _check_hub(given.data, "nothing was changed")
    folder = HubFolder(given.data)
    try:
        yield Authority(folder, SystemClock())
    finally:
        folder.close()


def _check_hub(data: Path, safe: str) -> None:
    if not (data / "hub.db").exists():
        raise UsageError(
            f"there is no hub in {data}", safe=safe,
            fix="start it with: ircockpit hub serve, or name its folder with --data",
        )  # fmt: skip


def _restore(given: argparse.Namespace) -> dict[str, Any]:
    """Say that a backup was put back: every stream begins a new generation."""
    _check_hub(given.data, "nothing was changed")
    with alone(given.data):
        folder = HubFolder(given.data)
        try:
            gen = announce(folder.store, folder.mark, "its operator said so", SystemClock().wall_us())
            counts = folder.store.counts()
            counted = {"generation": gen, "streams": counts.streams, "events": counts.events}
            return {**counted, "careful": STILL_OPEN}
        finally:
            folder.close()


def _serve(given: argparse.Namespace) -> int:
    try:
        from ircockpit.hub.serving import serve
    except ImportError:
        raise UsageError(
            "the parts of the hub are not installed", safe="nothing was changed",
            fix="install them with: pip install 'ircockpit[hub]'",
        ) from None  # fmt: skip
    serve(given.data, given.host, given.port)
    return ExitCode.OK


_COMMANDS = {
    "keys": _keys, "found": _found, "invite": _invite, "member": _member, "revoke": _revoke, "certify": _certify,
    "restore": _restore,
}  # fmt: skip
_OPTIONS = {
    "member": ("--member", "--role", "--why"), "revoke": ("--device", "--why"), "certify": ("--role",),
}  # fmt: skip


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.exit(ExitCode.USAGE, clean(f"{self.prog}: {message}") + "\n")  # it repeats words as they came


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="python -m ircockpit.hub")
    commands = parser.add_subparsers(dest="command", required=True)
    for name in (*_COMMANDS, "serve"):
        sub = commands.add_parser(name)
        sub.add_argument("--data", type=Path, required=True)
        if name == "invite":
            sub.add_argument("--name", required=True)
            sub.add_argument("--role", default="responder")
        for option in _OPTIONS.get(name, ()):
            sub.add_argument(option, required=True)
        if name == "serve":
            sub.add_argument("--host", default="127.0.0.1")
            sub.add_argument("--port", type=int, default=8470)
    return parser


if __name__ == "__main__":
    sys.exit(main())
