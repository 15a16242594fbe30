"""What the lists show: rows of the queue read from the view a page at a time, and lines known in full."""

from collections.abc import Sequence

from ircockpit.features.incidents import queries
from ircockpit.features.incidents.pages import group_row, incident_row
from ircockpit.features.intake.queries import GroupRow, groups_to_review
from ircockpit.render.queue import group_line, incident_line, rule
from ircockpit.render.span import Line
from ircockpit.store.workstation import Workstation
from ircockpit.widgets.pages import ListRow


class QueueRows:
    """Open incidents, then the signal groups that wait for review."""

    def __init__(self, station: Workstation) -> None:
        self._station = station
        self.text = ""
        self._incidents: list[str] = []
        self._groups: list[GroupRow] = []
        self._at: dict[str, int] = {}
        self.load()

    def load(self) -> None:
        """Read ids and order anew; rows follow page by page."""
        view, wanted = self._station.view, self.text.casefold()
        self._incidents = queries.queue_ids(view)
        self._groups = groups_to_review(view)
        if wanted:
            rows = queries.incidents(view, self._incidents)
            self._incidents = [
                row.ident
                for row in rows
                if wanted
                in " ".join((row.short, row.title, row.severity, row.system_name, row.owner_name)).casefold()
            ]
            self._groups = [
                row
                for row in self._groups
                if wanted in f"{row.title} {row.system_name} {row.source}".casefold()
            ]
        keys = [*self._incidents, *([""] if self._groups else []), *(group.ident for group in self._groups)]
        self._at = {key: index for index, key in enumerate(keys)}

    @property
    def counts(self) -> tuple[int, int]:
        """Incidents and signal groups listed."""
        return len(self._incidents), len(self._groups)

    def group(self, key: str) -> GroupRow | None:
        """The signal group with this key, where the row is one."""
        return next((group for group in self._groups if group.ident == key), None)

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
        for group in self._groups[first : max(stop - split - 1, 0)]:
            rows.append(ListRow(group.ident, group_line(group_row(group, now), width), True))
        return rows


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
