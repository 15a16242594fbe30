"""Running a hub and inviting others: the hub is a program of its own, given what only the root's holder can sign."""

import os
import socket
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from ircockpit.command.action import Result
from ircockpit.command.progress import tell
from ircockpit.core.errors import (
    ConflictError,
    RefusedError,
    TrustError,
    UsageError,
)
from ircockpit.core.ids import random_uuid
from ircockpit.features.membership.queries import revocation_said
from ircockpit.inert.gate import clean
from ircockpit.ledger import joining
from ircockpit.ledger.base64text import to_base64
from ircockpit.ledger.certificate import (
    DEVICE,
    HUB_AUTHORITY,
    HUB_LOG,
    Anchors,
    CertificateError,
    SignedCertificate,
    issue,
)
from ircockpit.ledger.event import to_wire
from ircockpit.ledger.signing import SigningKey, key_id
from ircockpit.render.span import Span
from ircockpit.store.history import newest_checkpoint
from ircockpit.store.outbox import begin_anew, reaches
from ircockpit.store.rootkey import open_root, root_home
from ircockpit.store.workstation import Workstation
from ircockpit.sync.hubdoor import HUB, ask_hub


def serve(
    station: Workstation,
    *,
    data: str | None = None,
    host: str = "127.0.0.1",
    port: int = 8470,
    passphrase: str | None = None,
) -> Result:
    """Found the hub on its first start, then become it until interrupted."""
    _check_installed()
    folder = _folder(station, data)
    port = _free_port(host, port)
    found(station, folder, f"http://{_reachable(host)}:{port}", passphrase)
    command = [*HUB, "serve", "--data", str(folder), "--host", host, "--port", str(port)]
    station.close()
    if os.name == "posix":
        sys.stdout.flush()
        os.execv(command[0], command)  # noqa: S606 - signals and a kill then reach the hub itself
    return Result(code=subprocess.run(command, check=False).returncode)


def found(station: Workstation, folder: Path, url: str, passphrase: str | None = None) -> None:
    """Make this profile's organisation and device known to the hub of a folder; again, it changes nothing.

    The root signs the hub's two public keys. Raises :class:`RefusedError` where this profile does not hold
    the root of the hub's organisation.
    """
    me = station.identity
    if me.org != key_id(bytes.fromhex(me.own_root)) and root_home(station.profile, me) is None:
        raise RefusedError(
            "this profile has joined another organisation, whose root is not here", safe="no hub was started",
            fix="run the hub from the profile that founded the organisation, or from a new one",
        )  # fmt: skip
    keys = ask_hub(["keys", "--data", str(folder)])
    if keys["org_root"] not in (None, me.root.hex()):
        raise RefusedError(
            "this data folder belongs to the hub of another organisation", safe="no hub was started",
            fix="name another folder with --data",
        )  # fmt: skip
    told = ask_hub(["found", "--data", str(folder)], founding(station, keys, passphrase))
    if told["careful"]:
        tell(told["careful"])
    joined = me._replace(hub=url, hub_log_key=keys["log"], authority_stream=str(told["authority_stream"]))
    if me.hub_log_key not in ("", joined.hub_log_key):
        begin_anew(station.log)
    if joined != me:
        station.profile.save_identity(joined)
        station.identity = joined


def founding(station: Workstation, keys: dict[str, Any], passphrase: str | None = None) -> dict[str, Any]:
    """What the hub is given: organisation, this device's certificate, and those of the hub's keys where it has none."""
    me = station.identity
    anchors = Anchors(me.root, station.log.certificates())
    certificates = [*anchors.statements, *_by_root(station, anchors)]
    if keys["org_root"] is None:
        root = open_root(station.profile, me, passphrase)
        made = _certify_hub(station, root, keys)
        if not _by_root(station, anchors):  # this device has joined, and holds the successor of the root
            made.append(_certify_own(station, root))
        with station.log.writing() as writer:  # whoever is let in without a network gets them from here
            for each in made:
                writer.add_certificate(each)
        certificates += made
    return {
        "org_root": me.root.hex(), "org_stream": me.org_stream, "name": me.name,
        "authority_stream": me.authority_stream,
        "generation": max((reach.gen for reach in reaches(station.log).values()), default=0),
        "members": _members_known(station) if keys["org_root"] is not None else None,
        "certificates": [joining.certificate_to_wire(each) for each in certificates],
    }  # fmt: skip


def _members_known(station: Workstation) -> dict[str, Any]:
    """What this device holds of the record of members: a hub that was put back must know of removals at once."""
    stream = station.identity.authority_stream
    held = sorted(station.log.of_stream(stream), key=lambda stored: stored.arrival)
    shown = to_base64(newest_checkpoint(station.log, stream).encode())
    return {"events": [to_wire(stored.event) for stored in held if not stored.doubt], "shown": shown}


def restore(station: Workstation, *, data: str | None = None) -> Result:
    """Tell the hub of a folder that a backup was put back there; it is not running."""
    folder = _folder(station, data)
    done = ask_hub(["restore", "--data", str(folder)])
    rows = (("hub", str(folder)), ("holds", f"{done['events']} entries in {done['streams']} records"),
            ("begins", f"generation {done['generation']}"), ("careful", done["careful"]),
            ("erased", "what was erased since is back until somebody who knows of it has synced"))  # fmt: skip
    lines = tuple((Span(f"{name:9}", "dim"), Span(clean(words))) for name, words in rows)
    said = "every record begins a new generation; start the hub, and workstations bring back what the backup lacks"
    return Result(done, lines, said)


def invite(station: Workstation, *, name: str, role: str = "responder", data: str | None = None) -> Result:
    """A one-time code, printed once and kept nowhere."""
    made = ask_hub(["invite", "--data", str(_folder(station, data)), "--name", name, "--role", role])
    command = f"ircockpit enroll {made['url'] or 'URL'} {made['code']}"
    lines = (
        (Span("code     ", "dim"), Span(made["code"], "key")),
        (Span("there    ", "dim"), Span(clean(command))),
    )
    return Result(
        made, lines, f"valid for {made['minutes']} minutes and one workstation, for {clean(made['name'])}"
    )


def member(
    station: Workstation, *, member: str, role: str, why: str | None = None, data: str | None = None
) -> Result:
    """The operator's word about somebody's role; ``removed`` takes them out of the organisation."""
    wanted = "" if role == "removed" else role
    told = ask_hub(
        [
            "member",
            "--data",
            str(_folder(station, data)),
            "--member",
            member,
            "--role",
            wanted,
            "--why",
            why or "",
        ]
    )
    return Result(told, (), f"{clean(told['name'] or told['user'][:8])} is {role} now")


def revoke(station: Workstation, *, device: str, reason: str, data: str | None = None) -> Result:
    """The operator's word that a device is revoked."""
    told = ask_hub(["revoke", "--data", str(_folder(station, data)), "--device", device, "--why", reason])
    return Result(told, (), revocation_said(told))


def _check_installed() -> None:
    absent = [name for name in ("starlette", "uvicorn") if find_spec(name) is None]
    if absent:
        raise UsageError(
            f"the hub needs {' and '.join(absent)}, which are not installed", safe="nothing was changed",
            fix="install them with: pip install 'ircockpit[hub]'",
        )  # fmt: skip


def _folder(station: Workstation, data: str | None) -> Path:
    return Path(data).expanduser().resolve() if data else station.profile.folder / "hub"


def _free_port(host: str, port: int) -> int:
    """The port, when nothing listens there; 0 finds a free one. Raises :class:`ConflictError`."""
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        with socket.socket(family, socket.SOCK_STREAM) as trial:
            if sys.platform != "win32":
                trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            trial.bind((host, port))
            return int(trial.getsockname()[1])
    except (OSError, OverflowError) as error:
        raise ConflictError(
            f"the hub cannot listen on port {port} of {host}: {getattr(error, 'strerror', None) or error}",
            safe="nothing was changed", fix="stop what listens there, or choose another with --port",
        ) from None  # fmt: skip


def _reachable(host: str) -> str:
    """How this machine itself reaches its hub."""
    if host in ("0.0.0.0", "::", ""):  # noqa: S104 - a comparison, nothing is bound here
        return "127.0.0.1"
    return f"[{host}]" if ":" in host else host


def _by_root(station: Workstation, anchors: Anchors) -> list[SignedCertificate]:
    """A certificate of this device's key that a root has signed, where there is one."""
    public, me = station.key().public.hex(), station.identity
    for each in station.log.certificates():
        try:
            stated = anchors.verify(each)
        except (TrustError, CertificateError):
            continue
        if (stated.device, stated.key, stated.purpose) == (me.device, public, DEVICE) and (
            stated.issuer in anchors.roots
        ):
            return [each]
    return []


def _certify_own(station: Workstation, root: SigningKey) -> SignedCertificate:
    me = station.identity
    return issue(
        root, org=me.org, subject=me.user, device=me.device, public=station.key().public, purpose=DEVICE,
        not_before=station.clock.wall_us(), serial=random_uuid(),
    )  # fmt: skip


def _certify_hub(station: Workstation, root: SigningKey, keys: dict[str, Any]) -> list[SignedCertificate]:
    hub = random_uuid()
    return [
        issue(
            root, org=station.identity.org, subject=hub, device=hub, public=bytes.fromhex(keys[which]), purpose=purpose,
            not_before=station.clock.wall_us(), serial=random_uuid(),
        )
        for which, purpose in (("log", HUB_LOG), ("authority", HUB_AUTHORITY))
    ]  # fmt: skip
