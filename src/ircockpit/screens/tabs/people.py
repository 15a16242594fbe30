"""Who does what in an incident: who has which duty role, who wrote here, who belongs here, and who is called next."""

from collections.abc import Sequence
from typing import ClassVar

from textual.widget import Widget

from ircockpit.features.incidents.people import Participant, participant_line, participants
from ircockpit.features.response.pages import duty_line, duty_page, title_of
from ircockpit.features.response.queries import DutyRow, book_of, call_span, duties, escalation, partners
from ircockpit.render.glyphs import counted
from ircockpit.render.queue import rule
from ircockpit.render.span import Line, Span
from ircockpit.screens.deck import Deck
from ircockpit.screens.tabs.acting import IncidentTab
from ircockpit.widgets.pages import ListRow
from ircockpit.widgets.pane import Pane
from ircockpit.widgets.virtual_list import VirtualList

_BETWEEN = "between"
"""Key of the row between roles and people."""


class _People:
    """Rows of the roles, then of the people."""

    def __init__(self, deck: Deck) -> None:
        self._station = deck.station
        self.found: list[DutyRow | str | Participant] = []

    def count(self) -> int:
        """See :class:`~ircockpit.widgets.pages.RowSource`."""
        return len(self.found)

    def index_of(self, key: str) -> int | None:
        """See :class:`~ircockpit.widgets.pages.RowSource`."""
        return next((at for at, each in enumerate(self.found) if _key(each) == key), None)

    def page(self, start: int, stop: int, width: int) -> Sequence[ListRow]:
        """See :class:`~ircockpit.widgets.pages.RowSource`."""
        now, offset = self._station.clock.wall_us(), self._station.shown_offset
        rows = []
        for each in self.found[start:stop]:
            if isinstance(each, str):
                rows.append(ListRow(_BETWEEN, rule(each, width), selectable=False))
            elif isinstance(each, DutyRow):
                rows.append(ListRow(_key(each), duty_line(each, now, offset, width)))
            else:
                rows.append(ListRow(_key(each), participant_line(each, now, width)))
        return rows


def _key(each: DutyRow | str | Participant) -> str:
    if isinstance(each, str):
        return _BETWEEN
    return each.ident if isinstance(each, DutyRow) else each.user


class PeopleTab(IncidentTab):
    """Roles and people; Enter shows what a role is for, or what a person wrote."""

    TAB: ClassVar[str] = "people"
    LOOK_S = 30.0
    """How often the times are looked at again."""
    DEFAULT_CSS = """
    PeopleTab > #head { height: auto; }
    """

    def __init__(self, deck: Deck, ident: str) -> None:
        super().__init__(deck, ident)
        self._source = _People(deck)
        self._head = Pane(id="head")
        self._rows = VirtualList(self._source, gutter=2, empty=(Span("nobody is known here yet", "dim"),))

    def on_mount(self) -> None:
        """Times go on while one looks."""
        self.set_interval(self.LOOK_S, self._look)

    def _look(self) -> None:
        if self.is_current:
            self.refresh_data()

    def body(self) -> list[Widget]:
        """What is to be done about people, then one row each."""
        return [self._head, self._rows]

    def rows(self) -> VirtualList:
        """The roles and the people."""
        return self._rows

    def refresh_data(self) -> None:
        """Read roles, people and the escalation anew."""
        super().refresh_data()
        station, now = self.deck.station, self.deck.station.clock.wall_us()
        book = book_of(station)
        roles = duties(station, self.row, book)
        people = participants(station, self.row)
        wrote = sum(each.entries > 0 for each in people)
        many = "1 person" if len(people) == 1 else f"{len(people)} people"
        self._source.found = [*roles, f"{many}, {wrote} wrote here", *people]
        self._rows.refresh_rows()
        held = sum(bool(each.holders) for each in roles)
        mine = ", ".join(title_of(each) for each in roles if each.is_of(station.me, now))
        outside = len(partners(station, self.row))
        said = f"{held} of {counted(len(roles), 'role')} held, {f'yours: {mine}' if mine else 'none yours'}"
        said += f"; {counted(outside, 'partner')} outside" if outside else ""
        lines: list[Line] = [rule(said, self.size.width or 80)]
        found = escalation(station, self.row, book)
        if found is not None and not found.taken:
            call = call_span(found, now, station.shown_offset)
            lines.append((Span("  call  ", "dim"), call))
        self._head.show(lines)

    def first_hints(self) -> list[tuple[str, str]]:
        """Taking and giving a role is what one comes for."""
        keys = (
            ("role.take", "take a role"),
            ("role.give", "give"),
            ("checklist.show", "checklist"),
            ("response.called", "called"),
        )
        return [*super().first_hints(), *(pair for ident, word in keys for pair in self.hint(ident, word))]

    def enter(self) -> None:
        """What the role under the cursor is for; of a person, the timeline searched for their name."""
        at = self._source.index_of(self._rows.key or "")
        each = None if at is None else self._source.found[at]
        if isinstance(each, DutyRow):
            self.open_page(title_of(each), duty_page(self.deck.station, self.row, each))
        elif isinstance(each, Participant):
            from ircockpit.screens.tabs.timeline import TimelineTab

            self.app.switch_screen(TimelineTab(self.deck, self.ident, sought=each.name))
