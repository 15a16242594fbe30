"""Opening the privileged record beside an incident, and reading it; ``note --privileged`` writes there."""

from ircockpit.command.action import Result
from ircockpit.core.scopes import PRIVILEGED
from ircockpit.features.companion import queries
from ircockpit.features.companion.queries import Companion
from ircockpit.features.summary import blanked
from ircockpit.inert.foreign import safely, words
from ircockpit.render.span import Span
from ircockpit.render.timeline import at_full
from ircockpit.store.names import resolve, short_id
from ircockpit.store.workstation import Draft, Workstation


def open_record(station: Workstation, *, incident: str) -> Result:
    """Open the record; everybody sees that it exists, and nobody without the right sees more."""
    queries.check_right(station)
    _, ident = resolve(station.view, incident, "incident")
    short = short_id(station.view, "incident", ident)
    known = queries.companion(station.view, ident)
    if known is not None:
        return Result(
            _data(known),
            (),
            f"{short} has a privileged record since {at_full(known.at_us, station.shown_offset)}",
        )
    stream = str(station.view.rows("SELECT stream FROM incident WHERE id=?", (ident,))[0][0])
    record, genesis = station.open_stream(PRIVILEGED)
    facts = {"incident": ident, "record": record}
    station.append([genesis, Draft(stream, "companion.opened", station.new_id(stream), (facts,))])
    opened = queries.opened(station, ident)
    return Result(
        _data(opened),
        (),
        f"a privileged record stands beside {short}: ircockpit note {short} --privileged WORDS",
    )


def show(station: Workstation, *, incident: str, safe: bool = False) -> Result:
    """What stands in the privileged record, for those who may read it; for others that it exists."""
    found = queries.opened(station, resolve(station.view, incident, "incident")[1])
    rows, offset = queries.said_in(station.view, found.record), station.shown_offset
    with safely(safe):
        opener = f"privileged record, opened {at_full(found.at_us, offset)} by {words(found.by)}"
        lines = [(Span(opener, "title"),)]
        for each in rows:
            told = f"[{each.missing}]" if each.missing else words(each.text)
            lines.append((Span(f"{at_full(each.at_us, offset)}  {words(each.by)}  {told}"),))
        data = blanked({**_data(found), "entries": [each._asdict() for each in rows]})
    said = "" if found.held else "what is in it is not for this device"
    return Result(data, tuple(lines), said)


def _data(found: Companion) -> dict[str, object]:
    return {**found._asdict(), "at": at_full(found.at_us)}
