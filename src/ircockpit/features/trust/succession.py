"""Handing the root on: a successor is named while the root is at hand, and takes its place when it is lost."""

from typing import Any

from ircockpit.command.action import Result
from ircockpit.core.errors import BadInput, RefusedError, TrustError, UsageError
from ircockpit.core.ids import random_uuid
from ircockpit.features.trust import queries
from ircockpit.features.trust.papers import SUCCESSOR, read_paper, tampered, write_paper
from ircockpit.ledger.certificate import ROOT_SUCCESSOR, Anchors, SignedCertificate, issue
from ircockpit.ledger.joining import certificate_from_wire, certificate_to_wire, spoken
from ircockpit.ledger.signing import SigningKey, key_id
from ircockpit.secrets.pkcs8 import is_locked, lock
from ircockpit.store.keys import key_text
from ircockpit.store.profile import write_file
from ircockpit.store.rootkey import key_from_bytes, new_passphrase, open_root
from ircockpit.store.workstation import Workstation


def successor(
    station: Workstation,
    *,
    step: str,
    file: str,
    passphrase: str | None = None,
    new: str | None = None,
    bare: bool = False,
    another: bool = False,
) -> Result:
    """Prepare a successor of the root, or put one that was prepared to use."""
    if step == "prepare":
        if bare and new:
            raise UsageError("--new and --bare say opposite things", safe="nothing was changed")
        return _prepare(station, file, passphrase, new, bare=bare, another=another)
    return _use(station, file, passphrase)


def _prepare(
    station: Workstation, file: str, passphrase: str | None, new: str | None, *, bare: bool, another: bool
) -> Result:
    anchors = queries.roster(station).anchors
    root = open_root(station.profile, station.identity, passphrase)
    if (named := anchors.successors.get(key_id(root.public))) and not another:
        raise RefusedError(
            f"a successor is named already: {', '.join(spoken(anchors.roots[each]) for each in named)}",
            safe="nothing was changed",
            fix="if its file is lost, name a further one with --another; both then count, and trust show tells so",
        )
    key = SigningKey.generate()
    text = key_text(key) if bare else lock(key.raw(), new_passphrase(new))
    statement = issue(
        root, org=anchors.org, subject=random_uuid(), device=random_uuid(), public=key.public,
        purpose=ROOT_SUCCESSOR, not_before=station.clock.wall_us(), serial=random_uuid(),
    )  # fmt: skip
    chain = [*anchors.statements, statement]
    # The file first: a statement without its key would name a successor that nobody has.
    place = write_paper(
        file, SUCCESSOR,
        {
            "org_root": station.identity.root.hex(), "public": key.public.hex(), "key": text.decode("ascii"),
            "statements": [certificate_to_wire(each) for each in chain],
        },
    )  # fmt: skip
    _keep(station, [statement])
    data = {"file": str(place), "fingerprint": spoken(key.public), "passphrase": not bare, "org": anchors.org}
    said = (
        f"{place} holds the successor {spoken(key.public)}: keep it where the root is not, with nobody who should"
        " not certify devices; colleagues learn of it with the next sync"
    )
    return Result(data, (), said)


def _use(station: Workstation, file: str, passphrase: str | None) -> Result:
    stated = read_paper(file, SUCCESSOR)
    try:
        org_root, public = bytes.fromhex(stated["org_root"]), bytes.fromhex(stated["public"])
        text = stated["key"].encode("ascii")
        statements = [certificate_from_wire(each) for each in _listed(stated["statements"])]
    except (KeyError, TypeError, ValueError, AttributeError, BadInput):
        raise tampered(file, SUCCESSOR) from None
    if org_root != station.identity.root:
        raise TrustError(
            "this is the successor of another organisation's root", safe="nothing was changed",
            fix="use it in a profile that belongs to that organisation",
        )  # fmt: skip
    anchors = Anchors(station.identity.root, [*station.log.certificates(), *statements])
    if key_id(public) not in anchors.roots:
        raise TrustError(
            "no root of this organisation has named this key as its successor", safe="nothing was changed",
            fix="use the file that trust successor prepare has written",
        )  # fmt: skip
    # Opened once, so that a passphrase nobody remembers is noticed now, and the file holds what it says.
    key_from_bytes(text, public, file, "the successor's key", passphrase)
    _keep(station, anchors.statements)
    write_file(station.profile.successor_key, text)
    if station.identity.successor != public.hex():
        identity = station.identity._replace(successor=public.hex())
        station.profile.save_identity(identity)
        station.identity = identity
    open_ = "" if is_locked(text) else "; no passphrase protects it: ircockpit trust protect"
    data: dict[str, Any] = {
        "file": str(station.profile.successor_key), "fingerprint": spoken(public), "passphrase": is_locked(text),
        "org": anchors.org,
    }  # fmt: skip
    return Result(data, (), f"{spoken(public)} stands in for the root in this profile from now on{open_}")


def _keep(station: Workstation, statements: list[SignedCertificate]) -> None:
    with station.log.writing() as writer:
        for each in statements:
            writer.add_certificate(each)


def _listed(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise BadInput("not a list")
    return value
