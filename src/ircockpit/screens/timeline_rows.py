"""The rows of a timeline: keyset pages newest first, and a search through all of it that never holds a key up."""

from bisect import bisect_left
from collections.abc import Sequence

from ircockpit.features.catalogue import off_timeline
from ircockpit.features.incidents.asked import Holds, asked
from ircockpit.features.incidents.pages import PAGE, entry_row, unsent_ids
from ircockpit.features.people.queries import names
from ircockpit.features.replay.queries import same_recurrence
from ircockpit.render.timeline import entry_line
from ircockpit.store.timeline import Place, Timeline, place_of, timeline
from ircockpit.store.view import Entry
from ircockpit.store.workstation import Workstation
from ircockpit.widgets.pages import ListRow


class TimelineRows:
    """Entries of one incident, the newest first; a picture that holds still until :meth:`load`."""

    def __init__(self, station: Workstation, stream: str) -> None:
        self._station = station
        self._stream = stream
        self._unsent: frozenset[str] = frozenset()
        self._now: Timeline = timeline(station.view, stream, off_timeline())
        self._all = 0
        self.people = 0
        """How many people have written entries."""
        self._known_at: dict[int, Place] = {}
        """Positions whose entry is known: every page is read from the nearest of them."""
        self.text = ""
        self._holds: Holds = lambda *_: True
        self._offset = 0
        self._found: list[Place] = []
        """Entries of which the filter holds, newest first."""
        self._sought: Place | None = None
        self._seeking: Timeline | None = None
        self.load()

    def load(self) -> None:
        """Take in what has arrived, and see what the hub has confirmed since."""
        before = self._now.upto
        self._now = timeline(self._station.view, self._stream, off_timeline())
        self._all, self.people = self._now.total(), self._now.people()
        self._known_at = {}
        self._unsent = unsent_ids(self._station, self._stream)
        if self.text and self._now.upto != before:
            self._keep(self._now.arrived_after(before))

    def look_for(self, text: str) -> None:
        """Show only entries of which this filter holds; :meth:`seek` finds them.

        Raises :class:`UsageError` for one that asks nothing; the last one holds on.
        """
        self._offset = self._station.shown_offset
        self._holds = asked(self._station, text, self._offset)
        self.text = text.strip()
        self._found, self._sought = [], None
        self._seeking = self._now if self.text else None

    def seek(self) -> bool:
        """Look through the next older entries; returns whether there are more to look through."""
        if self._seeking is None:
            return False
        page = self._seeking.older(PAGE, self._sought)
        self._keep(page)
        if len(page) < PAGE:
            self._seeking = None
            return False
        self._sought = place_of(page[-1])
        return True

    @property
    def seeking(self) -> bool:
        """Whether part of the timeline was not looked through yet."""
        return self._seeking is not None

    @property
    def is_of_another_zone(self) -> bool:
        """Whether times are shown in another zone since the filter was read: what it means has changed with them."""
        return bool(self.text) and self._offset != self._station.shown_offset

    @property
    def all(self) -> int:
        """How many entries there are, shown or not."""
        return self._all

    def count(self) -> int:
        """See :class:`~ircockpit.widgets.pages.RowSource`."""
        return len(self._found) if self.text else self._all

    def index_of(self, key: str) -> int | None:
        """See :class:`~ircockpit.widgets.pages.RowSource`."""
        place = self._now.place(key)
        if place is None:
            return None
        if self.text:
            at = self._where(place)
            return at if self._found[at : at + 1] == [place] else None
        at = self._now.above(place)
        self._known_at[at] = place
        return at

    def page(self, start: int, stop: int, width: int) -> Sequence[ListRow]:
        """See :class:`~ircockpit.widgets.pages.RowSource`."""
        known, offset = names(self._station.view), self._station.shown_offset
        entries = self._now.entries(self._found[start:stop]) if self.text else self._read(start, stop)
        beside = same_recurrence(self._station.view, entries)
        return [
            ListRow(
                entry.event_id,
                entry_line(
                    entry_row(entry, known, self._unsent, beside.get(entry.event_id, "")),
                    width,
                    offset_minutes=offset,
                ),
                True,
            )
            for entry in entries
        ]

    def _read(self, start: int, stop: int) -> list[Entry]:
        """From the nearest known position: the newest, the oldest, or one met before."""
        stop = min(stop, self._all)
        known = min((-1, self._all, *self._known_at), key=lambda at: abs(at - start))
        place = self._known_at.get(known)
        if known < start:
            entries = self._now.older(stop - 1 - known, place)[start - known - 1 :]
        else:
            entries = self._now.newer(known - start, place)[: stop - start]
            if place is not None and known < stop:
                entries += [*self._now.entries([place]), *self._now.older(stop - 1 - known, place)]
        if entries:
            self._known_at[start] = place_of(entries[0])
            self._known_at[start + len(entries) - 1] = place_of(entries[-1])
        return entries

    def _keep(self, entries: list[Entry]) -> None:
        known = names(self._station.view)
        for entry in entries:
            if self._holds(entry, known, self._unsent):
                place = place_of(entry)
                self._found.insert(self._where(place), place)

    def _where(self, place: Place) -> int:
        """The position of a place among those found, which are in falling order."""
        return bisect_left(self._found, True, key=lambda each: each <= place)
