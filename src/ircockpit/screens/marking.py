"""Marks on rows, and acts on all that are marked: asked once, each an entry of its own, and one act to take back."""

from time import monotonic
from typing import TYPE_CHECKING, Any, NamedTuple

from ircockpit.command.action import Action, load
from ircockpit.core.errors import CockpitError
from ircockpit.features.incidents.queries import incidents
from ircockpit.features.intake.queries import groups
from ircockpit.features.queue.queries import ids_of
from ircockpit.inert.foreign import words
from ircockpit.inert.gate import clean, cut
from ircockpit.render.glyphs import counted
from ircockpit.render.span import Line, Span
from ircockpit.screens.frame import Frame
from ircockpit.screens.sources import QueueRows
from ircockpit.widgets.prompt_bar import PromptBar
from ircockpit.widgets.virtual_list import VirtualList

if TYPE_CHECKING:
    from ircockpit.widgets.confirm import Confirmation

BULK = {
    "incident.take": ("incident", "taken"), "incident.give": ("incident", "given back"), "incident.note": ("incident", "noted"),
    "incident.close": ("incident", "closed"), "signal.review": ("signal", "reviewed"), "signal.assign": ("target", "assigned"),
}  # fmt: skip
"""Acts that are done on all marked rows: the parameter that names each, and the word for what was done."""
CONFIRMED = ("incident.note", "incident.close", "signal.review")
"""Those of them that one key does not undo, or that take something from everybody's sight."""
PIECE_S, PAUSE_S = 0.05, 0.005
"""Seconds of work between two looks at the keys, and the pause for them."""
NAMED = 6
"""Things that a confirmation names one by one."""


class Many(NamedTuple):
    """In place of one id: those of all things that an act is about."""

    idents: tuple[str, ...]


class _Course:
    """An act on many things while it is under way."""

    def __init__(self, action: Action, many: Many, given: dict[str, Any], op: str) -> None:
        self.action = action
        self.op = op
        """All of it is one act, to be taken back as one."""
        self.left = list(reversed(many.idents))
        self.total = len(many.idents)
        self.given = given
        self.done: list[str] = []
        self.failed: list[tuple[str, str]] = []
        """Id, and why it was not done."""


class Marking(Frame):
    """A screen on the rows of the queue that can be marked."""

    def __init__(self, deck: Any, source: QueueRows, rows: VirtualList) -> None:
        super().__init__(deck)
        self._source, self._rows = source, rows
        self._rows.marked = lambda row: row.number in self._marks
        self._marks: set[int] = set()
        self._anchor = ""
        """Key of the row that was marked last."""
        self._course: _Course | None = None

    def marks_changed(self) -> None:
        """Show how many are marked; called after every change of the marks."""

    def marked_words(self) -> str:
        """``3 marked``, and how many of them the filter hides; empty where none are."""
        if not self._marks:
            return ""
        hidden = len(self._marks) - len(self._shown_marks())
        return f"{len(self._marks):,} marked" + (f" ({hidden:,} not shown)" if hidden else "")

    def _shown_marks(self) -> set[int]:
        return self._marks.intersection(self._source.numbers(0, self._source.count()))

    def _set_marks(self, marks: set[int]) -> None:
        self._marks = marks
        self._rows.repaint()
        self.marks_changed()

    # Gestures

    def gesture_mark(self) -> None:
        """The row under the cursor, and on to the next."""
        row = self._rows.current
        if row is None:
            self.say("nothing here to mark", "warn")
            return
        if not row.number:
            self.say("only incidents and signals are marked", "warn")
            return
        self._anchor = row.key
        self._rows.move(1)
        self._set_marks(self._marks ^ {row.number})

    def gesture_mark_to(self) -> None:
        """All rows from the one that was marked last to the cursor."""
        start = self._source.index_of(self._anchor) if self._anchor else None
        if start is None or self._rows.key is None:
            self.say("mark a row first with space; m then marks up to the cursor", "warn")
            return
        first, last = sorted((start, self._rows.index))
        self._set_marks(self._marks.union(self._source.numbers(first, last + 1)))

    def gesture_turn_marks(self) -> None:
        """What is shown and not marked is marked, and the reverse."""
        self._set_marks(self._marks.symmetric_difference(self._source.numbers(0, self._source.count())))

    def clear_marks(self) -> bool:
        """Stop what is under way, else take all marks away; whether there was anything of the kind."""
        if self._course is not None:
            self._end(self._course, stopped=True)
            return True
        had = bool(self._marks)
        if had:
            self._set_marks(set())
            self.say("marks taken away")
        return had

    # Acts on all of them

    def do(self, action: Action) -> None:
        """An action by its key: on the marks where there are some and it can be done so, else as ever."""
        if self._course is not None:
            self.say(f"still at it; {self.deck.key('screen.escape')} stops", "warn")
        elif not self._marks or action.id not in BULK:
            super().do(action)
        elif self._open(action):
            name, _ = BULK[action.id]
            shown = self._source.numbers(0, self._source.count())
            found = ids_of(self.deck.station, [number for number in shown if number in self._marks]).values()
            wanted = {"incident": (False,), "signal": (True,)}.get(name, (False, True))
            idents = tuple(ident for ident in found if self._source.is_group(ident) in wanted)
            if not idents:
                what = {"incident": "an incident", "signal": "a group of signals"}.get(name, "shown")
                self.say(f"none of the {self.marked_words()} is {what}; nothing is done", "warn")
            else:
                self.begin(action, {name: Many(idents)})

    def begin(self, action: Action, given: dict[str, Any]) -> None:
        """Ask what else an act needs, then do it."""
        self._gather(action, given)

    def asked_about(self, action: Action, given: dict[str, Any]) -> str:
        """How many a question is about, or which."""
        many = _many(given)
        return f"{len(many.idents):,} marked: " if many else super().asked_about(action, given)

    def run(self, action: Action, given: dict[str, Any]) -> CockpitError | None:
        """Run an action; on many things only after a question, where one key does not take it back."""
        if self._course is not None:
            self.say(f"still at it; {self.deck.key('screen.escape')} stops", "warn")
            return None
        many = _many(given)
        if many is None:
            return super().run(action, given)
        course = _Course(action, many, given, self.deck.station.new_op())
        if action.id in CONFIRMED:
            self.bar.confirm(self._question(course, many))
        else:
            self._start(course)
        return None

    def _question(self, course: _Course, many: Many) -> "Confirmation":
        from ircockpit.screens.confirmations import for_many

        action, given = course.action, course.given
        named = self._names(list(many.idents[:NAMED]))
        more = len(many.idents) - len(named)
        room = max(self.size.width - 14, 20)
        lines: list[Line] = [(Span(f" {action.title}: {counted(len(many.idents), 'time')}", "title"),)]
        lines += [(Span(f"  {short:9}", "key"), Span(cut(title, room))) for short, title in named.values()]
        lines += [(Span(f"  and {more:,} more"),)] if more > 0 else []
        if others := len(self._marks) - len(many.idents):
            lines += [
                (
                    Span(
                        f" of the {len(self._marks):,} marked {others:,} stay as they are: hidden, or not of this kind",
                        "dim",
                    ),
                )
            ]
        said = [
            f"{name}: {clean(_said(value))}"
            for name, value in given.items()
            if not isinstance(value, Many) and value
        ]
        lines += [(Span(f" {each}", "dim"),) for each in said]
        return for_many(self.deck, action, lines, len(many.idents), course)

    def on_prompt_bar_confirmed(self, event: PromptBar.Confirmed) -> None:
        """What was asked is done."""
        if isinstance(event.asked.token, _Course):
            self._start(event.asked.token)

    def _names(self, idents: list[str]) -> dict[str, tuple[str, str]]:
        """Short id and title of incidents and of groups, by id."""
        view = self.deck.station.view
        found: list[Any] = [
            *incidents(view, [each for each in idents if not self._source.is_group(each)]),
            *groups(view, [each for each in idents if self._source.is_group(each)]),
        ]
        return {row.ident: (row.short, words(row.title)) for row in found}

    def _start(self, course: _Course) -> None:
        self._course = course
        self._go_on()

    def _go_on(self) -> None:
        task = self._course
        if task is None:
            return
        until = monotonic() + PIECE_S
        while task.left and monotonic() < until:
            self._one(task, task.left.pop())
        if task.left:
            done = task.total - len(task.left)
            self.say(
                f"{task.action.title}: {done:,} of {task.total:,}; {self.deck.key('screen.escape')} stops"
            )
            self.set_timer(PAUSE_S, self._go_on)
        else:
            self._end(task)

    def _one(self, task: _Course, ident: str) -> None:
        name, _ = BULK[task.action.id]
        try:
            with self.deck.station.one_act(task.op):
                load(task.action.handler)(self.deck.station, **{**task.given, name: ident})
        except CockpitError as error:
            task.failed.append(
                (ident, "; ".join(part for part in (error.what, error.fix or error.safe) if part))
            )
        else:
            task.done.append(ident)

    def _end(self, task: _Course, *, stopped: bool = False) -> None:
        self._course = None
        _, word = BULK[task.action.id]
        self._marks -= {
            number
            for number, ident in ids_of(self.deck.station, sorted(self._marks)).items()
            if ident in set(task.done)
        }
        self.refresh_data()
        self.marks_changed()
        said = f"{counted(len(task.done), 'row')} {word}"
        if stopped:
            said += f", stopped: {len(task.left):,} are left as they were"
        undo = f"; {self.deck.key('record.undo')} takes it back" if task.done and task.action.undo else ""
        if not task.failed:
            self.say(said + undo, "ok")
            return
        named = self._names([ident for ident, _ in task.failed])
        if len(task.failed) == 1:
            ident, why = task.failed[0]
            self.say(f"{said}; not {named[ident][0]}: {why}", "warn")
            return
        from ircockpit.screens.page import Page

        lines: list[Line] = [(Span(f"{said}; {len(task.failed):,} were not:", "warn"),)]
        lines += [
            (Span(f"{named[ident][0]:9}", "key"), Span(f"{named[ident][1]}: "), Span(why, "bad"))
            for ident, why in task.failed
        ]
        self.app.push_screen(Page(self.deck, "not done", lines))


def _many(given: dict[str, Any]) -> Many | None:
    return next((value for value in given.values() if isinstance(value, Many)), None)


def _said(value: Any) -> str:
    return " ".join(value) if isinstance(value, list) else str(value)
