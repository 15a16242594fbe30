"""What can be done with the keys of an organisation: see where they lie, and put a passphrase on its root."""

from typing import Any

from ircockpit.command.action import Result
from ircockpit.core.errors import UsageError
from ircockpit.features.people.queries import shown_name
from ircockpit.features.summary import blanked
from ircockpit.features.trust import queries
from ircockpit.inert.foreign import safely, words
from ircockpit.inert.gate import clean, line
from ircockpit.ledger.certificate import DEVICE
from ircockpit.ledger.joining import spoken
from ircockpit.ledger.roster import Roster
from ircockpit.render.glyphs import counted
from ircockpit.render.span import Line, Span
from ircockpit.render.table import Column, table
from ircockpit.store import rootkey
from ircockpit.store.workstation import Workstation

WHY = 24
"""Cells of a reason that fit beside the rest; ``--json`` gives all of it."""
COPIES = "copies made by backups, snapshots or the disk itself are not reached by this"


def show(station: Workstation, *, safe: bool = False) -> Result:
    """The organisation, its keys and where they lie, and who is certified; what could be forged from here."""
    known = queries.roster(station)
    facts, people = queries.key_facts(station), queries.devices(station, known)
    with safely(safe):
        return Result(
            blanked(_data(station, known, facts, people)),
            (*_head(station, known), *_facts(facts), *_tables(known, people)),
        )


def protect(
    station: Workstation, *, new: str | None = None, passphrase: str | None = None, remove: bool = False
) -> Result:
    """Put a passphrase on the root key, another one, or none any more."""
    if remove and new:
        raise UsageError("--new and --remove say opposite things", safe="nothing was changed")
    if remove:
        home = rootkey.unprotect(station.profile, station.identity, passphrase)
        said = f"{home.name} lies open again in {home.path}; whoever can read the file can certify devices"
        return Result({"path": str(home.path), "passphrase": False}, (), said)
    home, gone = rootkey.protect(station.profile, station.identity, new=new, present=passphrase)
    old = "its old bytes were written over" if gone else "its old bytes could not be written over"
    said = f"{home.name} in {home.path} is under the passphrase; {old}; {COPIES}"
    return Result({"path": str(home.path), "passphrase": True, "written_over": gone}, (), said)


def _data(
    station: Workstation, known: Roster, facts: list[queries.Fact], people: list[queries.Device]
) -> dict[str, Any]:
    me, home = station.identity, rootkey.root_home(station.profile, station.identity)
    anchors = known.anchors
    return {
        "org": anchors.org, "fingerprint": spoken(me.root), "joined": bool(me.org_root), "hub": me.hub,
        "root": {
            "path": str(home.path) if home else "", "passphrase": home.locked() if home else False,
            "successor": home.is_successor if home else False,
        },
        "device": {
            "id": me.device, "user": me.user, "certificate": me.certificate, "key_home": me.key_home,
            "certified_by": next((each.certified_by for each in people if each.device == me.device), ""),
        },
        "devices": [each._asdict() for each in people],
        "hub_keys": [
            {"purpose": each.purpose, "fingerprint": spoken(bytes.fromhex(each.key))}
            for each in known.certified.values() if each.purpose in queries.HUB_KEYS
        ],
        "successors": [spoken(public) for ident, public in anchors.roots.items() if ident != anchors.org],
        "facts": [each._asdict() for each in facts],
    }  # fmt: skip


def _head(station: Workstation, known: Roster) -> list[Line]:
    me = station.identity
    how = (
        f"joined, hub {me.hub}"
        if me.org_root and me.hub
        else "joined"
        if me.org_root
        else "this profile's own"
    )
    return [
        _row("organisation", f"{known.anchors.org[:16]}, {how}"),
        _row("fingerprint", f"{spoken(me.root)}, of its root: compare it by voice"),
    ]


def _facts(facts: list[queries.Fact]) -> list[Line]:
    lines: list[Line] = []
    for each in facts:
        role = "text" if each.state == "ok" else each.state
        lines.append((Span(f"{each.about:14}", "dim"), Span(clean(each.what), role)))
        if each.fix:
            lines.append((Span(" " * 14), Span(clean(each.fix), "dim")))
    return lines


def _tables(known: Roster, people: list[queries.Device]) -> list[Line]:
    rows = [
        (each.device[:8], shown_name(each.name, each.user), f"the {each.certified_by}", _state(each))
        for each in people
    ]
    hubs = [
        (spoken(bytes.fromhex(each.key)), queries.HUB_KEYS[each.purpose])
        for each in known.certified.values()
        if each.purpose != DEVICE and each.purpose in queries.HUB_KEYS
    ]
    lines: list[Line] = [
        (),
        *table([Column("device"), Column("person"), Column("certified by"), Column("")], rows),
    ]
    if hubs:
        lines += [(), *table([Column("hub key"), Column("")], hubs)]
    return lines


def _state(device: queries.Device) -> Span:
    if device.revoked:
        why = f": {words(line(device.reason, WHY))}" if device.reason else ""
        return Span(f"revoked ({counted(device.lanes, 'lane')}){why}", "bad")
    return Span(f"{device.keys} keys" if device.keys > 1 else "")


def _row(name: str, text: str) -> Line:
    return (Span(f"{name:14}", "dim"), Span(clean(text)))
