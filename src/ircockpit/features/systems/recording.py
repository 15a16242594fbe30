"""A system's record written, and its targets accepted on this device: the one way, whoever asks for it."""

import json
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import NamedTuple

from ircockpit.core.ids import random_uuid
from ircockpit.features.containment.declared import unchecked, unpreserved
from ircockpit.features.systems import queries
from ircockpit.features.systems.rules import System, Target, check, read_auth, stated_fields
from ircockpit.render.glyphs import counted
from ircockpit.store.profile import write_file
from ircockpit.store.workstation import Draft, Workstation


class Recorded(NamedTuple):
    """A system as it stands in the record now."""

    system: System
    warnings: tuple[str, ...]
    """What keeps its controls from being used or proved."""
    said: str


def record(station: Workstation, known: System | None, wanted: System, stated: Collection[str]) -> Recorded:
    """Record a system, or what is different in one that is known.

    Of its targets those that ``stated`` names, by somebody at this device, are accepted here, and those that were before.
    Raises :class:`BadInput`, or :class:`SecretError` where a secret was pasted, with nothing recorded or accepted.
    """
    check(wanted)
    check_sources(wanted.targets)
    # Only what is stated now: one recorded long ago must not keep anybody from changing the owner.
    stated_now = [control for control in wanted.controls if known is None or control not in known.controls]
    warnings = [each for control in stated_now if (each := unchecked(station.profile, control))]
    warnings += [each for what in wanted.preserve if (each := unpreserved(station.profile, what))]
    warnings += [f"target {target.name}: {each}" for target in wanted.targets if (each := unproved(target))]
    warnings += [
        f"target {target.name}: {path} is not on this device"
        for target in wanted.targets
        for path in (target.ca, target.cert)
        if path and not Path(path).is_file()
    ]
    wanted = wanted._replace(ident=known.ident if known else random_uuid())
    if known is None:
        station.append(
            [Draft(station.identity.org_stream, "system.recorded", wanted.ident, (stated_fields(wanted),))]
        )
        said = f"recorded {wanted.name}"
    else:
        changes = _changes(station, known, wanted)
        if changes:
            station.append(changes)
        said = (
            f"changed {counted(len(changes), 'field')} of {wanted.name}"
            if changes
            else f"{wanted.name} is recorded like that already"
        )
    before = known.targets if known else ()
    kept = {target.name for target in before if queries.is_accepted(station.profile, target)}
    accept(station, [target for target in wanted.targets if target.name in kept or target.name in stated])
    return Recorded(wanted, tuple(warnings), said)


def unproved(target: Target) -> str:
    """What keeps a probe of a target from proving anything, empty where nothing does."""
    if not target.probe:
        return "no probe address: its stops stay unverified"
    if target.probe == target.admin:
        return (
            "its probe asks the control's own address; unless users reach that one, its stops stay unverified"
        )
    return ""


def check_sources(targets: Iterable[Target]) -> None:
    """Refuse a pasted secret before it is recorded for everybody. Raises :class:`SecretError`, which never repeats it."""
    from ircockpit.secrets.sources import SecretSource

    for target in targets:
        for auth in filter(None, (target.auth, target.probe_auth)):
            for source in read_auth(auth).secrets:
                SecretSource.parse(source)


def accept(station: Workstation, targets: Iterable[Target]) -> None:
    """Accept the addresses of targets on this device."""
    with station.profile.lock():  # two commands at once must not forget each other's
        marks = queries.accepted(station.profile) | {queries.mark(target) for target in targets}
        write_file(station.profile.folder / queries.TRUST_FILE, json.dumps(sorted(marks)).encode())


def _changes(station: Workstation, known: System, wanted: System) -> list[Draft]:
    before, after = stated_fields(known), stated_fields(wanted)
    stream = station.identity.org_stream
    return [
        station.set_field(stream, "system.set", known.ident, field, value)
        for field, value in after.items()
        if before[field] != value
    ]
