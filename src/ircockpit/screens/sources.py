"""What the lists show: rows of the queue read from the view a page at a time, and lines known in full."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from ircockpit.core.ids import is_bound
from ircockpit.core.ranked import Ranked
from ircockpit.features.incidents import queries
from ircockpit.features.incidents.pages import group_row, incident_row
from ircockpit.features.intake.queries import GroupRow, groups, places_to_review
from ircockpit.features.queue.queries import (
    DUE_KEY,
    checked,
    filtered,
    group_numbers,
    ids_of,
    incident_numbers,
    incident_places,
    numbers_of,
    place_of,
    tie_of,
    touched,
)
from ircockpit.inert.foreign import is_safe
from ircockpit.render.queue import due_line, group_line, incident_line, rule
from ircockpit.render.span import Line, Span
from ircockpit.store.workstation import Workstation
from ircockpit.widgets.pages import ListRow

if TYPE_CHECKING:
    from ircockpit.features.queue.due import DueRow
    from ircockpit.store.view import State

LOOK_US = 30_000_000
"""How old what is due may be: some of it becomes so by time alone."""
FOLLOWED = 500
"""Entries after which the order is read anew; up to there only what they are about finds its new place."""


class QueueRows:
    """Incidents, then the signal groups that wait for review, then what is due: read a page at a time but for the last."""

    def __init__(self, station: Workstation) -> None:
        self._station = station
        self.text = ""
        """The filter that holds."""
        self._state: State | None = None
        self._tie = tie_of(station)
        self._all = (Ranked((), self._tie), Ranked((), self._tie))
        self._shown = self._all
        self._due_state: tuple[object, ...] = ()
        self._due: tuple[DueRow, ...] = ()
        self._due_more = 0
        self._due_shown: tuple[DueRow, ...] = ()

    def filter(self, text: str) -> None:
        """Show only what a filter asks; the queue is read at :meth:`load`. Raises :class:`UsageError`, and the last
        filter holds on, for one that asks nothing.
        """
        checked(self._station, text)
        self.text = text.strip()

    def load(self) -> None:
        """Take in what has changed: order and filter; rows follow page by page."""
        self._follow()
        self._follow_due()
        self._shown, self._due_shown = self._all, self._due
        if self.text:
            self._due_shown = self._due_asked()
            asked = filtered(self._station, self.text)
            if asked.closed:  # those are not among the others
                incidents = Ranked(incident_places(self._station, asked), self._tie)
            else:
                incidents = self._all[0].kept(incident_numbers(self._station, asked))
            self._shown = (incidents, self._all[1].kept(group_numbers(self._station, asked)))

    def _follow(self) -> None:
        before, self._state = self._state, self._station.view.state
        if before == self._state:
            return
        changed = None
        if before is not None and before[:2] == self._state[:2] and before.applied < self._state.applied:
            changed = touched(self._station, before.applied, FOLLOWED)
        if changed is None:
            self._all = (
                Ranked(incident_places(self._station), self._tie),
                Ranked(places_to_review(self._station.view), self._tie),
            )
            return
        places = dict(_turned(incident_places(self._station, among=changed.incidents)))
        self._move(self._all[0], changed.incidents, places)
        self._move(
            self._all[1], changed.groups, dict(_turned(places_to_review(self._station.view, changed.groups)))
        )

    def _follow_due(self) -> None:
        """What is due, read anew where the record or this device's own files have changed, or it has grown old."""
        station = self._station
        view = station.view
        if not view.rows("SELECT 1 FROM system UNION ALL SELECT 1 FROM action LIMIT 1"):
            self._due, self._due_more = (), 0
            return
        from ircockpit.features.queue.due import due
        from ircockpit.features.readiness.local import stamp

        state = (view.state, *stamp(station.profile), station.clock.wall_us() // LOOK_US, is_safe())
        if state != self._due_state:
            self._due_state = state
            self._due, self._due_more = due(station)

    def _due_asked(self) -> "tuple[DueRow, ...]":
        if not self._due:
            return ()
        from ircockpit.features.queue.asked import terms
        from ircockpit.features.queue.due import matching

        return matching(self._due, terms(self._station, self.text))

    def _move(self, order: Ranked, idents: list[str], places: dict[int, int]) -> None:
        for number in numbers_of(self._station, idents) if idents else ():
            if number in places:
                order.put(number, places[number])
            else:
                order.drop(number)

    @property
    def all(self) -> tuple[int, int]:
        """Incidents and signal groups in the queue, whether the filter shows them or not."""
        return len(self._all[0]), len(self._all[1])

    @property
    def counts(self) -> tuple[int, int]:
        """Incidents and signal groups listed."""
        return len(self._shown[0]), len(self._shown[1])

    def numbers(self, start: int, stop: int) -> list[int]:
        """The numbers of the rows from one position up to another."""
        incidents, signals = self._shown
        after = len(incidents) + 1
        return incidents.slice(start, stop) + signals.slice(max(start - after, 0), max(stop - after, 0))

    @property
    def due_count(self) -> int:
        """How many things are due, shown or not; with a filter those it shows."""
        return len(self._due_shown) + (0 if self.text else self._due_more)

    @property
    def stuck(self) -> int:
        """Controls that may still be on after a proof, whatever the filter shows."""
        return sum(row.is_stuck for row in self._due)

    def due_row(self, key: str) -> "DueRow | None":
        """What is due with this key, where the row is such a thing."""
        return next((row for row in self._due_shown if row.key == key), None)

    def due_since(self) -> dict[str, int]:
        """Since when each is due, of those where that is known."""
        return {row.key: row.since_us for row in self._due_shown if row.since_us}

    @staticmethod
    def is_group(key: str) -> bool:
        """Whether the row with this key is a group of signals: their ids are those of no one stream."""
        return bool(key) and not is_bound(key) and not key.startswith(DUE_KEY)

    def group(self, key: str) -> GroupRow | None:
        """The signal group with this key, where the row is one."""
        if not self.is_group(key):
            return None
        found = groups(self._station.view, [key])
        return found[0] if found else None

    def count(self) -> int:
        """See :class:`~ircockpit.widgets.pages.RowSource`."""
        return self._before_due() + (len(self._due_shown) + 1 + self._says_more if self._due_shown else 0)

    def _before_due(self) -> int:
        incidents, signals = self.counts
        return incidents + signals + bool(signals)

    @property
    def _says_more(self) -> bool:
        return bool(self._due_more) and not self.text

    def index_of(self, key: str) -> int | None:
        """See :class:`~ircockpit.widgets.pages.RowSource`."""
        incidents, signals = self._shown
        if key.startswith(DUE_KEY):
            at = next((at for at, row in enumerate(self._due_shown) if row.key == key), None)
            return None if at is None else self._before_due() + 1 + at
        numbers = numbers_of(self._station, [key]) if key else []
        if not numbers:
            return len(incidents) if not key and (signals or self._due_shown) else None
        if not self.is_group(key):
            return incidents.find(numbers[0], place_of(self._station, key))
        place = next((place for place, _ in places_to_review(self._station.view, [key])), 0)
        at = signals.find(numbers[0], place)
        return None if at is None else len(incidents) + 1 + at

    def page(self, start: int, stop: int, width: int) -> Sequence[ListRow]:
        """See :class:`~ircockpit.widgets.pages.RowSource`."""
        incidents, signals = self._shown
        split = len(incidents)
        rows = self._incident_rows(incidents.slice(start, stop), width)
        if signals and start <= split < stop:
            rows.append(ListRow("", rule("to review", width + 1), False))
        numbers = signals.slice(max(start - split - 1, 0), max(stop - split - 1, 0))
        now = self._station.clock.wall_us()
        named = {ident: number for number, ident in ids_of(self._station, numbers).items()}
        for group in groups(self._station.view, list(named)):
            line = group_line(group_row(group, now), width)
            rows.append(ListRow(group.ident, line, True, named[group.ident]))
        first = self._before_due()
        return rows + self._due_rows(width)[max(start - first, 0) : max(stop - first, 0)]

    def _due_rows(self, width: int) -> list[ListRow]:
        if not self._due_shown:
            return []
        now = self._station.clock.wall_us()
        rows = [ListRow("", rule("due", width + 1), False)]
        for row in self._due_shown:
            since = max(now - row.since_us, 0) / 1e6 if row.since_us else None
            rows.append(ListRow(row.key, due_line(row.state, row.kind, row.system, row.said, since, width)))
        if self._says_more:
            rows.append(ListRow("", (Span(f"and {self._due_more:,} more: ircockpit due", "dim"),), False))
        return rows

    def first(self, lines: int, width: int) -> Sequence[ListRow]:
        """The first screenful; where incidents fill it, nothing else is read."""
        numbers = [number for _, number in incident_places(self._station, limit=lines)][:lines]
        if len(numbers) == lines:
            return self._incident_rows(numbers, width)
        self.load()
        return self.page(0, min(lines, self.count()), width)

    def _incident_rows(self, numbers: Sequence[int], width: int) -> list[ListRow]:
        now = self._station.clock.wall_us()
        named = {ident: number for number, ident in ids_of(self._station, numbers).items()}
        return [
            ListRow(row.ident, incident_line(incident_row(row, now), width), True, named[row.ident])
            for row in queries.incidents(self._station.view, list(named))
        ]


def _turned(rows: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    return [(number, place) for place, number in rows]


class FixedRows:
    """Lines that are known in full: a page of help, of a command's result."""

    def __init__(self, lines: Sequence[Line]) -> None:
        self._lines = tuple(lines)

    def show(self, lines: Sequence[Line]) -> None:
        """Other lines from now on."""
        self._lines = tuple(lines)

    def count(self) -> int:
        """See :class:`~ircockpit.widgets.pages.RowSource`."""
        return len(self._lines)

    def index_of(self, key: str) -> int | None:
        """See :class:`~ircockpit.widgets.pages.RowSource`."""
        return int(key) if int(key) < len(self._lines) else None

    def page(self, start: int, stop: int, width: int) -> Sequence[ListRow]:
        """See :class:`~ircockpit.widgets.pages.RowSource`."""
        del width
        return [ListRow(str(start + i), line, True) for i, line in enumerate(self._lines[start:stop])]


class KeyedRows:
    """A short list that is read whole whenever something changed."""

    def __init__(self) -> None:
        self.found: list[ListRow] = []

    def count(self) -> int:
        """See :class:`~ircockpit.widgets.pages.RowSource`."""
        return len(self.found)

    def index_of(self, key: str) -> int | None:
        """See :class:`~ircockpit.widgets.pages.RowSource`."""
        return next((at for at, each in enumerate(self.found) if each.key == key), None)

    def page(self, start: int, stop: int, width: int) -> Sequence[ListRow]:
        """See :class:`~ircockpit.widgets.pages.RowSource`."""
        del width
        return self.found[start:stop]
