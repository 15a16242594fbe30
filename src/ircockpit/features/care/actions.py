"""What people do to take care of themselves, of each other, and of those who wait for word."""

from pathlib import Path
from typing import Any

from ircockpit.command.action import Result
from ircockpit.core.errors import NotFound, RefusedError
from ircockpit.core.roles import Capability, roles_with
from ircockpit.features.care import exposure, handover_page, status
from ircockpit.features.care import handover as handing
from ircockpit.features.care.queries import BRIEFED, safe_name, settings_of, update_minutes
from ircockpit.features.care.rules import advice
from ircockpit.features.catalogue import key_of
from ircockpit.features.disclosure.queries import INTERNAL, check_inside, given_out
from ircockpit.features.incidents import queries as incidents
from ircockpit.features.membership.queries import why_not
from ircockpit.features.people.queries import names
from ircockpit.inert.gate import clean
from ircockpit.render.span import Line, Span, plain
from ircockpit.render.timeline import at_minute
from ircockpit.render.wrap import wrap
from ircockpit.store.profile import write_file
from ircockpit.store.sqlite import disk_error
from ircockpit.store.workstation import Draft, Workstation

WIDTH = 76


def show_exposure(station: Workstation, *, team: bool = False) -> Result:
    """One's own exposure in the last shift, or for a lead the sums of the team."""
    care = settings_of(station).care
    if team:
        return _team(station, care.shift_hours)
    found = exposure.this_shift(station)
    more = advice(found, care.exposure_minutes, key_of("care.handover"))
    data = {"seconds": round(found.seconds), "lifts": found.lifts, "hours": care.shift_hours, "advice": more}
    lines: list[Line] = [(Span(f"in the last {care.shift_hours} hours: "), Span(found.words(), "title"))]
    lines += [(Span(more, "warn"),)] if more else []
    return Result(data, tuple(lines))


def brief(
    station: Workstation,
    *,
    incident: str,
    out: str | None = None,
    audience: str | None = None,
    dry_run: bool = False,
    safe: bool = True,
) -> Result:
    """A safe status of an incident in one paragraph: to a file, on record, and the time to the next begins anew.

    Raises :class:`StoreError` where the file cannot be written; then nothing was recorded.
    """
    del safe  # it never is anything else
    row, audience = incidents.incident(station.view, incident), audience or INTERNAL
    now, minutes = station.clock.wall_us(), update_minutes(station, row.severity)
    next_us = now + minutes * 60_000_000
    owner = safe_name(names(station.view), row.owner)
    released = given_out(station, status.pieces(station, row, next_us, owner=owner), audience, [row.ident])
    text = status.paragraph(released)
    data = {
        "incident": row.ident,
        "short": row.short,
        "text": text,
        "next_us": 0 if row.closed else next_us,
        "file": "",
        "disclosure": released.data(),
    }
    shown = tuple(wrap((Span(text),), WIDTH))
    if dry_run:
        return Result(data, shown, "nothing was recorded, and the time to the next update runs on")
    file = Path(out).expanduser() if out else _place(station, f"{row.short}.txt")
    write_file(file, (text + "\n").encode())
    # The record has no name in it that could not be taken out again.
    nameless = status.pieces(station, row, next_us, owner="taken" if row.owner else "nobody")
    kept = status.paragraph(given_out(station, nameless, audience, [row.ident]))
    station.append([Draft(row.stream, BRIEFED, row.ident, ({"text": kept, "minutes": minutes},))])
    due = "" if row.closed else f"; the next is due {at_minute(next_us, station.shown_offset)}"
    return Result(
        {**data, "file": str(file)}, (*shown, (), (Span(f"in {clean(str(file))}{due}", "dim"),)), clip=text
    )


def handover(
    station: Workstation,
    *,
    give: bool = False,
    to: str | None = None,
    out: str | None = None,
    audience: str | None = None,
    safe: bool = True,
) -> Result:
    """The page for the next shift; with ``give`` or a name it is handed over: on record, and the next begins there."""
    del safe  # it never is anything else
    audience = audience or INTERNAL
    if give or to:
        check_inside(audience, "handing over a shift")
    taker = _person(station, to) if to else ""
    page = handing.handover(station)
    released = given_out(station, handover_page.pieces(page), audience, [row.ident for row in page.open])
    lines = [*handover_page.laid_out(released.pieces), *wrap((Span(released.words(), "dim"),), WIDTH)]
    text = "".join(plain(line).rstrip() + "\n" for line in lines)
    facts_out = handover_page.data_of(page, released.pieces)
    data: dict[str, Any] = {**facts_out, "disclosure": released.data(), "given": "", "to": "", "file": ""}
    if out:
        file = Path(out).expanduser()
        write_file(file, text.encode())
        data["file"] = str(file)
        lines = []
    said = f"written to {data['file']}" if out else ""
    if give or taker:
        stream = station.identity.org_stream
        facts = {"to": taker, "incidents": [row.ident for row in page.open], "unsent": page.unsent}
        data["given"] = station.append([Draft(stream, handing.GIVEN, station.new_id(stream), (facts,))])[0]
        exposure.sum_up(station)
        data["to"] = name = safe_name(names(station.view), taker) if taker else ""
        done = f"handed over{f' to {name}' if name else ''}: the next page begins here"
        said = f"{said}; {done}" if said else done
    return Result(data, tuple(lines), said)


def _person(station: Workstation, word: str) -> str:
    """The pseudonym of a person by their name. Raises :class:`NotFound` for none or several."""
    known = names(station.view)
    found = [user for user, name in known.items() if word.strip().casefold() in (name.casefold(), user)]
    if len(found) != 1:
        raise NotFound(
            f"{clean(word)!r} is the name of {len(found)} people here", safe="nothing was handed over",
            fix="ircockpit member list shows who belongs here; without a name it is handed over to whoever comes",
        )  # fmt: skip
    return found[0]


def _place(station: Workstation, name: str) -> Path:
    folder = station.profile.folder / "status"
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise disk_error(folder, error) from error
    return folder / name


def _team(station: Workstation, hours: int) -> Result:
    if refused := why_not(station, roles_with(Capability.LEAD)):
        raise RefusedError(refused, safe="nothing was shown", fix="your own: ircockpit exposure")
    sums = exposure.team(station)
    data = [
        {
            "user": each.user,
            "name": each.name,
            "seconds": round(each.exposure.seconds),
            "lifts": each.exposure.lifts,
        }
        for each in sums
    ]
    lines = [(Span(f"{clean(each.name)[:20]:21}", "key"), Span(each.exposure.words())) for each in sums]
    said = "" if sums else f"nobody has told of any in the last {hours} hours"
    return Result({"hours": hours, "people": data}, tuple(lines), said)
