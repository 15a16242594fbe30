"""What a lead decides about members and about entries that were not accepted; everybody may look."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from ircockpit.command.action import Result
from ircockpit.core.adoption import ADOPTED
from ircockpit.core.errors import ExitCode, RefusedError
from ircockpit.features.catalogue import said as in_words
from ircockpit.features.membership import queries
from ircockpit.features.membership.queries import VERDICTS, Decision, NotAccepted, Verdict
from ircockpit.features.membership.rules import Member, pick, pick_device
from ircockpit.features.people.queries import name_of, names, shown_name
from ircockpit.features.record.queries import titles
from ircockpit.features.summary import blanked
from ircockpit.inert.foreign import safely, words
from ircockpit.inert.gate import clean, line
from ircockpit.ledger.withdrawal import ORDERED, read_named
from ircockpit.render.glyphs import counted
from ircockpit.render.span import Line, Span
from ircockpit.render.table import Column, table
from ircockpit.render.timeline import at_full
from ircockpit.store.workstation import Draft, Workstation
from ircockpit.sync.deciding import decide
from ircockpit.sync.refusals import Refusal, refusals

UNCHANGED = "nothing was changed"
ALONE = "this profile belongs to no hub: nobody but you writes in its record"
MAX_REASON = 500


def list_members(station: Workstation, *, entries: bool = False, safe: bool = False) -> Result:
    """Everybody who belongs to the organisation, with role and devices, as last heard; and what was decided of them."""
    if not station.identity.authority_stream:
        return Result([], ((Span(ALONE),),), "ircockpit hub serve lets others join")
    ended, owned, decided = queries.revoked(station), queries.devices(station), queries.decisions(station)
    data = [_member_data(station, each, owned, ended, decided) for each in queries.members(station)]
    with safely(safe):
        rows = [
            (
                _called(each) + (" (you)" if each["you"] else ""),
                each["role"] or "removed",
                each["user"][:8],
                ", ".join(d["device"][:8] + (" revoked" if d["revoked"] else "") for d in each["devices"]),
            )
            for each in data
        ]
        lines = table([Column(each) for each in ("name", "role", "id", "devices")], rows)
        if entries:
            lines += [_decision_line(_called(each), said) for each in data for said in each["entries"]]
        return Result(blanked(data), tuple(lines))


def _called(member: Mapping[str, Any]) -> str:
    return shown_name(member["name"], member["user"]) or str(member["missing"] or "unnamed")


def _decision_line(name: str, said: Mapping[str, Any]) -> Line:
    gone = f" ({said['missing']})" if said["missing"] else ""
    return (
        Span(f"{said['event'][:12]}  ", "key"), Span(f"{said['at']}  ", "dim"), Span(f"{name}: {words(said['text'])}{gone}"),
    )  # fmt: skip


def _member_data(
    station: Workstation,
    member: Member,
    owned: Mapping[str, Sequence[str]],
    ended: Mapping[str, str],
    decided: Sequence[Decision],
) -> dict[str, Any]:
    devices = [{"device": each, "revoked": each in ended} for each in owned.get(member.user, [member.device])]
    entries = [
        {"event": each.event_id, "at": at_full(each.at_us), "type": each.type, "text": line(each.words),
         "missing": each.missing}
        for each in decided
        if each.user == member.user
    ]  # fmt: skip
    return {
        "user": member.user, "name": line(member.name), "missing": member.missing, "role": member.role,
        "devices": devices, "you": member.user == station.me, "entries": entries,
    }  # fmt: skip


def set_role(station: Workstation, *, member: str, role: str, why: str | None = None) -> Result:
    """Give somebody another role. Raises as :func:`~ircockpit.sync.deciding.decide` does."""
    who = _member(station, member)
    told = decide(station, {"do": "role", "user": who.user, "role": role, "why": _reason(why)})
    return Result(told, (), f"{line(who.name) or who.user[:8]} is {role} now")


def remove(station: Workstation, *, member: str, why: str | None = None) -> Result:
    """Take somebody out of the organisation. Raises as :func:`~ircockpit.sync.deciding.decide` does."""
    who = _member(station, member)
    told = decide(station, {"do": "remove", "user": who.user, "why": _reason(why)})
    name = line(who.name) or who.user[:8]
    said = f"{name} was removed: the hub gives them nothing more, and what they write does not count"
    return Result(told, (), said)


def revoke(station: Workstation, *, device: str, reason: str) -> Result:
    """Say that a lost or stolen device speaks no more. Raises as :func:`~ircockpit.sync.deciding.decide` does."""
    ident = _device(station, device)
    told = decide(station, {"do": "revoke", "device": ident, "why": _reason(reason)})
    return Result(told, (), queries.revocation_said(told))


def list_refused(station: Workstation, *, safe: bool = False) -> Result:
    """Entries kept here that do not count, why, and what to do; those adopted since are named as such."""
    with safely(safe):
        return _refused(station)


def _refused(station: Workstation) -> Result:
    known, records = names(station.view), titles(station.view, station.log)
    found = queries.not_accepted(station.view)
    data = [
        {
            "event": each.event_id, "stream": each.stream, "record": records.of(each.stream), "author": each.actor,
            "author_name": name_of(known, each.actor), "own": each.actor == station.me, "type": each.type,
            "text": line(in_words(each.type, each.field, json.loads(each.body))), "reason": each.doubt,
            "means": _verdict(each).means, "do": _verdict(each).do.format(event=each.event_id[:12]),
            "adoptable": each.adoptable, "adopted_by": name_of(known, each.adopted_by) if each.adopted_by else "",
        }
        for each in found
    ]  # fmt: skip
    back = refusals(station.log)
    data += [_refused_data(station, records.of, each) for each in back]
    lines = [row for each in data for row in _entry_lines(each)]
    held = sum(not each["adopted_by"] for each in data)
    said = f"{held:,} entr{'y' if held == 1 else 'ies'} not accepted" if held else "nothing is held back"
    said += f", {len(data) - held:,} adopted since" if held < len(data) else ""
    return Result(blanked(data), tuple(lines), said)


def adopt(station: Workstation, *, event: str, why: str | None = None, confirm: str | None = None) -> Result:
    """Let an entry count that was not accepted because its author had no right to write it.

    An order to erase cannot be taken back, so what it names is shown first, and ``confirm`` is its id.

    Raises :class:`NotFound` where no such entry is held, :class:`RefusedError` where something else is wrong with it.
    """
    entry = queries.find_not_accepted(station.view, event)
    if entry.adopted_by:
        who = name_of(names(station.view), entry.adopted_by)
        return Result(_adopted(entry, ""), (), f"it counts already: adopted by {clean(who)}")
    if not entry.adoptable:
        raise RefusedError(
            f"this entry cannot be adopted: {_verdict(entry).means}", safe="it is kept as it is", fix=_verdict(entry).do
        )  # fmt: skip
    if entry.type == ORDERED and confirm != entry.event_id[:12]:
        said = f"not adopted: what it names goes for good; confirm with --confirm {entry.event_id[:12]}"
        return Result(_adopted(entry, ""), _would_go(station, entry), said, int(ExitCode.REFUSED))
    parts = ({"event": entry.event_id}, *([{"why": _reason(why)}] if why else []))
    made = station.append([Draft(entry.stream, ADOPTED, entry.stream, parts)])
    return Result(_adopted(entry, made[0]), (), "it counts from now on, on every device that hears of this")


def _would_go(station: Workstation, entry: NotAccepted) -> tuple[Line, ...]:
    """What an order to erase names, as far as it is held here."""
    lines: list[Line] = []
    for ident, numbers in read_named(json.loads(entry.body).get("events")).items():
        which = "all parts" if numbers is None else counted(len(numbers), "part")
        rows = station.view.rows("SELECT type, field, body FROM entry WHERE event_id=?", (ident,))
        text = line(in_words(rows[0][0], rows[0][1], json.loads(rows[0][2]))) if rows else "not held here"
        lines.append((Span("goes  ", "dim"), Span(ident[:12], "key"), Span(f"  {which}: {clean(text)}")))
    return tuple(lines)


def _adopted(entry: NotAccepted, by: str) -> dict[str, Any]:
    return {"event": entry.event_id, "stream": entry.stream, "adopted_by": by}


def _verdict(entry: NotAccepted) -> Verdict:
    if entry.adopted_by:
        return Verdict("it was not accepted, and a lead has let it count since", "")
    return VERDICTS.get(entry.doubt, Verdict(entry.doubt.removeprefix("quarantined:"), ""))


def _refused_data(station: Workstation, record_of: Any, refusal: Refusal) -> dict[str, Any]:
    stored = station.log.get(refusal.event_id)
    envelope = stored.event.envelope if stored is not None else None
    stream = envelope.stream if envelope is not None else ""
    author = envelope.actor if envelope is not None else ""
    return {
        "event": refusal.event_id, "stream": stream, "record": record_of(stream), "author": author,
        "author_name": name_of(names(station.view), author), "own": author == station.me,
        "type": envelope.type if envelope is not None else "", "text": "", "reason": f"refused:{refusal.reason}",
        "means": refusal.means, "do": refusal.do(station.clock.wall_us()), "adoptable": False, "adopted_by": "",
    }  # fmt: skip


def _entry_lines(each: Mapping[str, Any]) -> list[Line]:
    mark = "adopted" if each["adopted_by"] else "held back"
    whose = "yours" if each["own"] else f"of {shown_name(each['author_name'], each['author'])}"
    by = f" ({shown_name(each['adopted_by'], None)})" if each["adopted_by"] else ""
    rows = [
        ("what", f"{each['type']}  {words(each['text'])}"),
        ("why", each["means"] + by),
        ("do", each["do"]),
    ]
    head = (
        Span(f"{each['event'][:12]}  ", "key"),
        Span(clean(f"{mark}, {whose}, {each['record']}"), "title"),
    )
    return [
        head,
        *((Span(f"  {name:5}", "dim"), Span(clean(text))) for name, text in rows if text.strip()),
    ]


def _member(station: Workstation, word: str) -> Member:
    if not station.identity.authority_stream:
        raise _alone()
    return pick(queries.members(station), word, queries.devices(station))


def _device(station: Workstation, word: str) -> str:
    if not station.identity.authority_stream:
        raise _alone()
    return pick_device(queries.members(station), queries.devices(station), word)


def _reason(why: str | None) -> str:
    reason = " ".join((why or "").split())
    if len(reason) > MAX_REASON:
        raise RefusedError(f"a reason holds {MAX_REASON} characters", safe=UNCHANGED, fix="say it shorter")
    return reason


def _alone() -> RefusedError:
    return RefusedError(ALONE, safe=UNCHANGED, fix="ircockpit hub serve lets others join")
