"""What the lists show: rows of the queue read from the view a page at a time, and lines known in full."""

from collections.abc import Sequence

from ircockpit.features.incidents import queries
from ircockpit.features.incidents.pages import group_row, incident_row
from ircockpit.features.intake.queries import GroupRow, groups, ids_to_review
from ircockpit.render.queue import group_line, incident_line, rule
from ircockpit.render.span import Line
from ircockpit.store.workstation import Workstation
from ircockpit.widgets.pages import ListRow

CLOSED_WORD = "closed"
"""The filter that shows what the queue otherwise leaves out."""


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
        self.all = (0, 0)
        """Incidents and signal groups in the queue, whether the filter shows them or not."""

    def load(self) -> None:
        """Read ids and order anew; rows follow page by page."""
        view, wanted = self._station.view, self.text.casefold().strip()
        self._incidents = queries.queue_ids(view)
        self._groups = ids_to_review(view)
        self.all = self.counts
        if wanted == CLOSED_WORD:
            still = set(self._incidents)
            every = queries.queue_ids(view, closed=True)
            self._incidents, self._groups = [ident for ident in every if ident not in still], []
        elif wanted:
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
                self._words[row.ident] = row.words
            for group in groups(view, self._groups):
                self._words[group.ident] = group.words
        return self._words

    @property
    def counts(self) -> tuple[int, int]:
        """Incidents and signal groups listed."""
        return len(self._incidents), len(self._groups)

    def is_group(self, key: str) -> bool:
        """Whether the row with this key is a group of signals; nothing is read for it."""
        return self._at.get(key, 0) > len(self._incidents)

    def group(self, key: str) -> GroupRow | None:
        """The signal group with this key, where the row is one."""
        if not self.is_group(key):
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
