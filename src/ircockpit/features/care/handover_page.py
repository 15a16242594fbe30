"""The page for the next shift as lines of 80 columns and as data: each part of it says of what class its facts are."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from ircockpit.core.stated import moment_us
from ircockpit.features.care.handover import Page
from ircockpit.features.care.status import PROOF, system_words
from ircockpit.features.containment.queries import ActionRow
from ircockpit.features.decisions.queries import todo_words
from ircockpit.features.disclosure.queries import Piece
from ircockpit.features.incidents.queries import IncidentRow
from ircockpit.features.incidents.rules import SEVERITIES
from ircockpit.features.response.rules import Ladder
from ircockpit.features.systems.rules import NAME
from ircockpit.render.glyphs import age, counted, glyph
from ircockpit.render.queue import rule, state_role
from ircockpit.render.span import Line, Span, cells, fit
from ircockpit.render.timeline import at_minute
from ircockpit.render.wrap import wrap


class Section(NamedTuple):
    """A part of the page, for people and for programs."""

    lines: tuple[Line, ...]
    fields: tuple[str, ...]
    """The names of what ``--json`` prints of it."""


def pieces(page: Page, width: int = 80) -> list[Piece]:
    """The parts of the page in at most ``width`` cells, by the classes of facts that they hold."""
    return [
        Piece(("standing", "responders"), Section(tuple(_head(page)), ("at_us", "by", "since"))),
        Piece(("standing", "names", "counts"), Section(tuple(_open(page, width)), ("open", "more"))),
        Piece(("containment",), Section(tuple(_in_force(page, width)), ("in_force", "replays"))),
        Piece(("standing",), Section(tuple(_due(page, width)), ("due", "calls", "to_do"))),
        Piece(("legal",), Section(tuple(_clocks(page)), ("clocks", "duties_not_decided"))),
        Piece(
            ("timeline",),
            Section(
                tuple(_not_decided(page, width)),
                ("undecided", "to_review", "disagreements", "disagreed_beside"),
            ),
        ),
        Piece(("standing",), Section(tuple(_not_sent(page, width)), ("unsent", "unsent_files"))),
        Piece(("responders",), Section(tuple(_owners(page, width)), ("owners",))),
        Piece(("timeline", "responders"), Section(tuple(_news(page, width)), ("last", "new_beside"))),
    ]


def laid_out(sections: Iterable[Section], width: int = 80) -> list[Line]:
    """Their lines, wrapped."""
    return [piece for section in sections for line in section.lines for piece in wrap(line, width - 1, 15)]


def lines(page: Page, width: int = 80) -> list[Line]:
    """The whole page in at most ``width`` cells, for those inside."""
    return laid_out((each.content for each in pieces(page, width)), width)


def data_of(page: Page, sections: Iterable[Section]) -> dict[str, Any]:
    """What some parts of the page are as ``--json`` prints them: as safe as the lines."""
    said = known(page)
    return {name: said[name] for section in sections for name in section.fields}


def known(page: Page) -> dict[str, Any]:
    """All that the page knows, by the key it is printed under."""
    return {
        "at_us": page.now_us, "by": page.by,
        "since": {"at_us": page.since.at_us, "by": page.since.by, "to": page.since.to},
        "open": [
            {"id": row.ident, "short": row.short, "severity": _severity(row), "provisional": row.provisional,
             "system": system_words(row), "impact": page.impact[row.ident],
             "playbook": page.playbooks.get(row.ident, ""), "containment": row.standing.state,
             "opened_us": row.opened_us, "closed": row.closed}
            for row in page.open
        ],
        "more": page.more,
        "in_force": [
            {"action": each.row.short, "incident": each.incident, "state": each.row.state, "at_us": each.row.at_us,
             "proved_us": each.proved_us, "expires": each.row.expires if moment_us(each.row.expires) else ""}
            for each in page.held
        ],
        "replays": [
            {"incident": row.short, "says": page.replays[row.ident]} for row in page.open if row.ident in page.replays
        ],
        "due": [{"incident": row.short, "at_us": found.at_us, "late": found.late(page.now_us)} for row, found in page.due],
        "calls": [
            {"incident": row.short, "level": found.next.number if found.next else 0, "due_us": found.due_us,
             "late": found.due_us <= page.now_us}
            for row, found in page.calls
        ],
        "to_do": [
            {"incident": row.short, "task": each.short, "due_us": each.due_us, "state": each.state}
            for row in page.open for each in page.todo.get(row.ident, ())
        ],
        "clocks": [
            {"incident": row.short, "clock": each.clock, "clock_state": each.state, "at_us": each.at_us,
             "late": each.late(page.now_us)}
            for row, each in page.clocks
        ],
        "duties_not_decided": [{"incident": short, "number": number} for short, number in page.open_duties],
        "undecided": [{"incident": row.short, "what": what} for row, what in page.undecided],
        "to_review": [{"severity": loud, "groups": number} for loud, number in page.to_review],
        "disagreements": [{"incident": row.short, "fields": list(row.disputed)} for row in page.open if row.disputed],
        "disagreed_beside": page.apart,
        "unsent": page.unsent, "unsent_files": page.files,
        "owners": [{"name": name, "incidents": list(held)} for name, held in page.owners.items()],
        "last": [
            {"incident": row.short, "new": page.last[row.ident][0],
             "entries": [each._asdict() for each in page.last[row.ident][1]]}
            for row in page.open
        ],
        "new_beside": page.elsewhere,
    }  # fmt: skip


def _severity(row: IncidentRow) -> str:
    return row.severity if row.severity in SEVERITIES else "SEV?"


def _control(row: ActionRow) -> str:
    return row.control if NAME.fullmatch(row.control) else "a control"


def _head(page: Page) -> list[Line]:
    by = f", handed over by {page.since.by}" if page.since.by else ", when the shift began"
    to = f" to {page.since.to}" if page.since.to else ""
    return [
        (Span("handover ", "title"), Span(f"{page.at(page.now_us)} by {page.by}")),
        (Span(f"since {page.at(page.since.at_us)}{by}{to}", "dim"),),
    ]


def _section(title: str, width: int, rows: list[Line], none: str) -> list[Line]:
    return [rule(title, width), *(rows or [(Span(f" {none}", "dim"),)])]


def _open(page: Page, width: int) -> list[Line]:
    rows: list[Line] = []
    for row in page.open:
        severity = _severity(row) + ("~" if row.provisional else "")
        state = "closed" if row.closed and row.standing.state == "open" else row.standing.state
        rows.append(
            (
                Span(f" {severity:6}", "sev1" if severity.startswith("SEV1") else "text"), Span(f"{row.short:7}", "key"),
                Span(fit(system_words(row).removeprefix("system " * bool(row.system)), 20) + " "),
                Span(fit(f"{glyph(row.standing.state)} {'not stopped' if state == 'open' else state}", 14) + " ",
                     state_role(row.standing.state)),
                Span(f"open {age(max(page.now_us - row.opened_us, 0) / 1e6)}", "dim"),
            )
        )  # fmt: skip
        rows.append((Span(f"{'':7}impact  ", "dim"), Span(page.impact[row.ident])))
        if said := page.playbooks.get(row.ident):
            rows.append((Span(f"{'':7}playbook ", "dim"), Span(said)))
    if page.more:
        rows.append((Span(f" and {page.more:,} more, less urgent", "warn"),))
    return _section(f"open ({len(page.open) + page.more:,})", width, rows, "nothing is open")


_ASKED = {
    "approve": "a plan of it waits for approval", "others": "a plan of it waits for approval",
    "send": "a plan of it is approved and not sent", "review": "its break-glass was not reviewed",
    "drifted": "no longer as it was left", "unsettled": "what was sent may still take effect",
}  # fmt: skip


def _in_force(page: Page, width: int) -> list[Line]:
    rows: list[Line] = []
    for each in page.held:
        row = each.row
        proved = f"proved {page.clock(each.proved_us)}" if each.proved_us else "never proved"
        ends = moment_us(row.expires)
        over = "overdue" in each.asks
        until = f"{'over since' if over else 'reminds'} {page.clock(ends)}" if ends else ""
        role = "text" if each.proved_us and not over else "warn"
        spans = (
            Span(f" {each.incident:7}", "key"), Span(f"{row.short:7} "), Span(f"{fit(_control(row), 12)} "),
            Span(f"{glyph(row.state)} {row.state}", state_role(row.state)), Span(f"  {proved}", role),
        )  # fmt: skip
        whole = (*spans, Span(f", {until}", role)) if until else spans
        # A time is not parted from its zone by the end of a line.
        parted = sum(cells(span.text) for span in whole) >= width
        rows += [spans, (Span(" " * 29), Span(until, role))] if parted and until else [whole]
        waits = [_ASKED[kind] for kind in each.asks if kind in _ASKED]
        if each.answers or waits:
            said = "; ".join([*([f"{each.answers} answers for it"] if each.answers else []), *waits])
            rows.append((Span(" " * 17, "dim"), Span(said, "warn" if waits else "dim")))
        if row.state not in PROOF:
            rows.append((Span(" " * 17, "dim"), Span("on its way: look at it first", "warn")))
    short = {row.ident: row.short for row in page.open}
    rows += [
        (
            Span(f" {short[ident]:7}", "key"),
            Span("replay   "),
            Span(said, "warn" if "due" in said else "text"),
        )
        for ident, said in page.replays.items()
    ]
    return _section("running or in force", width, rows, page.none("nothing is switched on"))


def _due(page: Page, width: int) -> list[Line]:
    rows: list[Line] = [
        (Span(f" {row.short:7}", "key"), Span(f"status {found.words(page.now_us, page.offset)}",
         "warn" if found.late(page.now_us) else "text"))
        for row, found in page.due
    ]  # fmt: skip
    # Whom the path names are words of others: the level says enough here, the incident says who.
    rows += [
        (Span(f" {row.short:7}", "key"), Span(f"nobody has it: {_call_words(found, page)}",
         "warn" if found.due_us <= page.now_us else "text"))
        for row, found in page.calls
    ]  # fmt: skip
    rows += [
        (Span(f" {row.short:7}", "key"), Span(todo_words(page.todo[row.ident], page.now_us)))
        for row in page.open
        if row.ident in page.todo
    ]
    return _section("due", width, rows, page.none("no status, no call and no action item is owed to anybody"))


def _call_words(found: Ladder, page: Page) -> str:
    away = age(abs(found.due_us - page.now_us) / 1e6)
    when = f"{page.clock(found.due_us)}, {f'over by {away}' if found.due_us <= page.now_us else f'in {away}'}"
    if found.next is None:
        return f"everybody on its path was called, time until {when}"
    return f"level {found.next.number} is to be called by {when}"


def _clocks(page: Page) -> list[Line]:
    """What the law may ask, below what else is due; a clock is named by its file's short name alone."""
    rows: list[Line] = []
    for row, each in page.clocks:
        when = (
            f", due {page.at(each.at_us)}" if each.at_us is not None else ", at once" if each.at_once else ""
        )
        role = "warn" if each.late(page.now_us) else "text"
        rows.append((Span(f" {row.short:7}", "key"), Span(f"{each.clock}: {each.state}{when}", role)))
    if page.open_duties:
        number = counted(sum(number for _, number in page.open_duties), "duty")
        of = counted(len(page.open_duties), "incident")
        rows.append((Span(f" {number} of {of} not decided: clocks list; confirm with counsel", "dim"),))
    return rows


def _not_decided(page: Page, width: int) -> list[Line]:
    rows: list[Line] = [(Span(f" {row.short:7}", "key"), Span(what)) for row, what in page.undecided]
    if page.to_review:
        said = ", ".join(f"{number:,} {loud}" for loud, number in page.to_review)
        rows.append((Span(" signals", "key"), Span(f" to review: {said}")))
    differ: list[Line] = [
        (Span(f" {row.short:7}", "key"), Span(f"people disagree about {' and '.join(row.disputed)}", "bad"))
        for row in page.open
        if row.disputed
    ]
    if page.apart:
        said = f"people disagree about {counted(page.apart, 'signal group or system')}"
        differ.append((Span(f" {'beside':7}", "key"), Span(said, "bad")))
    return [
        *_section("not decided", width, rows, page.none("nothing")),
        *_section("disagreements", width, differ, page.none("none")),
    ]


def _not_sent(page: Page, width: int) -> list[Line]:
    said = [f"{counted(page.unsent, 'entry')} in {counted(page.records, 'record')} not confirmed by the hub"]
    files = [f"{counted(page.files, 'evidence file')} that the hub may lack"]
    rows: list[Line] = [
        (Span(f" {words}", "warn"),) for words in said * bool(page.unsent) + files * bool(page.files)
    ]
    return _section(
        "not sent",
        width,
        rows,
        "everything is sent" if page.hub else "there is no hub: all stays on this device",
    )


def _owners(page: Page, width: int) -> list[Line]:
    rows: list[Line] = [
        (Span(f" {fit(name, 24)} ", "warn" if name == "nobody" else "key"), Span(" ".join(held)))
        for name, held in sorted(page.owners.items(), key=lambda each: (each[0] != "nobody", each[0]))
    ]
    return _section("who holds what", width, rows, "nobody holds anything")


def _news(page: Page, width: int) -> list[Line]:
    rows: list[Line] = []
    for row in page.open:
        number, latest = page.last[row.ident]
        if not number:
            continue
        rows.append(
            (Span(f" {row.short:7}", "key"), Span(f"{counted(number, 'new entry')}, the latest:", "dim"))
        )
        rows += [
            (
                Span(f"         {at_minute(each.at_us, page.offset)}  ", "dim"),
                Span(f"{fit(each.who, 24)} "),
                Span(each.what),
            )
            for each in latest
        ]
    if page.elsewhere:
        words = f" {counted(page.elsewhere, 'new entry')} in other records: signals, systems, what was closed"
        rows.append((Span(words, "dim"),))
    return _section("since then", width, rows, "nothing was recorded")
