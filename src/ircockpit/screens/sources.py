"""What the lists show: rows of the queue and of a timeline, read from the view a page at a time."""

from collections.abc import Sequence

from ircockpit.features.catalogue import off_timeline
from ircockpit.features.incidents import queries
from ircockpit.features.incidents.pages import entry_row, group_row, incident_row, unsent_ids
from ircockpit.features.intake.queries import GroupRow, groups, groups_to_review
from ircockpit.features.people.queries import names
from ircockpit.render.queue import group_line, incident_line, rule
from ircockpit.render.span import Line
from ircockpit.render.timeline import entry_line
from ircockpit.store.workstation import Workstation
from ircockpit.widgets.pages import ListRow


class QueueRows:
    """Open incidents, then the signal groups that wait for review; ids in order, rows a page at a time."""

    def __init__(self, station: Workstation) -> None:
        self._station = station
        self.text = ""
        self._incidents: list[str] = []
        self._groups: list[str] = []
        self._at: dict[str, int] = {}
        self._words: dict[str, str] = {}
        self._words_of = (0, 0, 0)

    def load(self) -> None:
        """Read ids and order anew; rows follow page by page."""
        view, wanted = self._station.view, self.text.casefold()
        self._incidents = queries.queue_ids(view)
        self._groups = groups_to_review(view)
        if wanted:
            words = self._searched()
            self._incidents = [ident for ident in self._incidents if wanted in words.get(ident, "")]
            self._groups = [ident for ident in self._groups if wanted in words.get(ident, "")]
        else:
            self._words, self._words_of = {}, (0, 0, 0)
        keys = [*self._incidents, *([""] if self._groups else []), *self._groups]
        self._at = {key: index for index, key in enumerate(keys)}

    def _searched(self) -> dict[str, str]:
        view = self._station.view
        state = (view.applied, len(self._incidents), len(self._groups))
        if state != self._words_of:
            # Once for a state of the view and not at every key: in a long queue this is the dear part.
            self._words, self._words_of = {}, state
            for row in queries.incidents(view, self._incidents):
                said = (row.short, row.title, row.severity, row.system_name, row.owner_name)
                self._words[row.ident] = " ".join(said).casefold()
            for group in groups(view, self._groups):
                self._words[group.ident] = f"{group.title} {group.system_name} {group.source}".casefold()
        return self._words

    @property
    def counts(self) -> tuple[int, int]:
        """Incidents and signal groups listed."""
        return len(self._incidents), len(self._groups)

    def group(self, key: str) -> GroupRow | None:
        """The signal group with this key, where the row is one."""
        if self._at.get(key, 0) <= len(self._incidents):
            return None
        found = groups(self._station.view, [key])
        return found[0] if found else None

    def count(self) -> int:
        """See :class:`~ircockpit.widgets.pages.RowSource`."""
        return len(self._at)

    def index_of(self, key: str) -> int | None:
        """See :class:`~ircockpit.widgets.pages.RowSource`."""
        return self._at.get(key)

    def page(self, start: int, stop: int, width: int) -> Sequence[ListRow]:
        """See :class:`~ircockpit.widgets.pages.RowSource`."""
        now = self._station.clock.wall_us()
        split = len(self._incidents)
        wanted = self._incidents[start:stop]
        rows = [
            ListRow(row.ident, incident_line(incident_row(row, now), width), True)
            for row in queries.incidents(self._station.view, wanted)
        ]
        if self._groups and start <= split < stop:
            rows.append(ListRow("", rule("to review", width + 1), False))
        first = max(start - split - 1, 0)
        for group in groups(self._station.view, self._groups[first : max(stop - split - 1, 0)]):
            rows.append(ListRow(group.ident, group_line(group_row(group, now), width), True))
        return rows


class TimelineRows:
    """Entries of one incident, the oldest first."""

    def __init__(self, station: Workstation, stream: str) -> None:
        self._station = station
        self._stream = stream
        self._hidden = off_timeline()
        self._count = 0
        self._unsent: frozenset[str] = frozenset()
        self.load()

    def load(self) -> None:
        """Count anew, and see what the hub has confirmed since."""
        self._count = queries.timeline_count(self._station.view, self._stream, self._hidden)
        self._unsent = unsent_ids(self._station, self._stream)

    def people(self) -> int:
        """How many people have written entries."""
        return queries.timeline_people(self._station.view, self._stream)

    def count(self) -> int:
        """See :class:`~ircockpit.widgets.pages.RowSource`."""
        return self._count

    def index_of(self, key: str) -> int | None:
        """See :class:`~ircockpit.widgets.pages.RowSource`."""
        return queries.timeline_index(self._station.view, self._stream, self._hidden, key)

    def page(self, start: int, stop: int, width: int) -> Sequence[ListRow]:
        """See :class:`~ircockpit.widgets.pages.RowSource`."""
        known = names(self._station.view)
        entries = queries.timeline_page(
            self._station.view, self._stream, self._hidden, offset=start, limit=stop - start
        )
        return [
            ListRow(entry.event_id, entry_line(entry_row(entry, known, self._unsent), width), True)
            for entry in entries
        ]


class FixedRows:
    """Lines that are known in full: a page of help, of a command's result."""

    def __init__(self, lines: Sequence[Line]) -> None:
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
