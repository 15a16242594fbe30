"""What the lists show: rows of the queue read from the view a page at a time, and lines known in full."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from ircockpit.core.ids import is_bound
from ircockpit.core.ranked import Ranked
from ircockpit.features.incidents import queries
from ircockpit.features.incidents.pages import group_row, incident_row
from ircockpit.features.intake.queries import GroupRow, groups, places_to_review
from ircockpit.features.queue.queries import (
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
from ircockpit.render.queue import group_line, incident_line, rule
from ircockpit.render.span import Line
from ircockpit.store.workstation import Workstation
from ircockpit.widgets.pages import ListRow

if TYPE_CHECKING:
    from ircockpit.store.view import State

FOLLOWED = 500
"""Entries after which the order is read anew; up to there only what they are about finds its new place."""


class QueueRows:
    """Incidents, then the signal groups that wait for review: numbers in order, rows a page at a time."""

    def __init__(self, station: Workstation) -> None:
        self._station = station
        self.text = ""
        """The filter that holds."""
        self._state: State | None = None
        self._tie = tie_of(station)
        self._all = (Ranked((), self._tie), Ranked((), self._tie))
        self._shown = self._all

    def filter(self, text: str) -> None:
        """Show only what a filter asks; the queue is read at :meth:`load`. Raises :class:`UsageError`, and the last
        filter holds on, for one that asks nothing.
        """
        checked(self._station, text)
        self.text = text.strip()

    def load(self) -> None:
        """Take in what has changed: order and filter; rows follow page by page."""
        self._follow()
        self._shown = self._all
        if self.text:
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

    @staticmethod
    def is_group(key: str) -> bool:
        """Whether the row with this key is a group of signals: their ids are those of no one stream."""
        return bool(key) and not is_bound(key)

    def group(self, key: str) -> GroupRow | None:
        """The signal group with this key, where the row is one."""
        if not self.is_group(key):
            return None
        found = groups(self._station.view, [key])
        return found[0] if found else None

    def count(self) -> int:
        """See :class:`~ircockpit.widgets.pages.RowSource`."""
        incidents, signals = self.counts
        return incidents + signals + bool(signals)

    def index_of(self, key: str) -> int | None:
        """See :class:`~ircockpit.widgets.pages.RowSource`."""
        incidents, signals = self._shown
        numbers = numbers_of(self._station, [key]) if key else []
        if not numbers:
            return len(incidents) if not key and signals else None
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
