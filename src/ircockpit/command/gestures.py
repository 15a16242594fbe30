"""Keys that are no action on the record: moving, opening, leaving, asking for help; one list beside the actions."""

from typing import NamedTuple


class Gesture(NamedTuple):
    """One thing that keys do on the screens alone; no command, since nothing is recorded or read by it."""

    id: str
    """Dotted, stable name, the unit of keymaps and docs: ``move.down``."""
    keys: tuple[str, ...]
    """Default keys, in Textual's spelling; the first one is shown."""
    title: str
    """One line, without a final stop, for help, palette and papers."""
    name: str
    """The method of the screen that does it: ``gesture_<name>``."""
    argument: int | str | None = None
    """What the method is given, where it needs something."""
    places: tuple[str, ...] = ("*",)
    """Views in which the keys work, as those of an action."""
    hint: str = ""
    """Word for the hint bar; empty keeps it out."""


_TABBED = ("incident", "stop", "triage")
GESTURES: tuple[Gesture, ...] = (
    Gesture("move.down", ("j", "down"), "down", "move", 1),
    Gesture("move.up", ("k", "up"), "up", "move", -1),
    Gesture("move.half_down", ("ctrl+d",), "half a page down", "half_page", 1),
    Gesture("move.half_up", ("ctrl+u",), "half a page up", "half_page", -1),
    Gesture("move.page_down", ("ctrl+f", "pagedown"), "page down", "page", 1),
    Gesture("move.page_up", ("ctrl+b", "pageup"), "page up", "page", -1),
    Gesture("move.top", ("g", "home"), "to the top", "top"),
    Gesture("move.bottom", ("G", "end", "ctrl+e"), "to the end", "bottom"),
    Gesture("row.open", ("enter", "l"), "open what the cursor is on", "open"),
    Gesture("screen.back", ("h", "backspace"), "back", "leave", "h"),
    Gesture("screen.escape", ("escape",), "take a filter away, else back", "leave", "escape"),
    Gesture("screen.leave", ("q",), "back; in the queue: leave", "leave", "q"),
    Gesture("list.jump", ("apostrophe",), "a letter on each row: press it to go there", "jump"),
    Gesture("list.filter", ("slash",), "filter the list: sev:1 owner:me !contained age<2h words", "filter",
            places=("queue", "incident", "page", "impact", "tasks"), hint="filter"),
    Gesture("row.mark", ("space",), "mark the row, or take its mark away; acts are on all marked", "mark",
            places=("queue", "impact", "notices")),
    Gesture("row.mark_to", ("m",), "mark all rows from the last mark to here", "mark_to", places=("queue", "impact")),
    Gesture("row.turn_marks", ("asterisk",), "mark what is not marked, and the reverse", "turn_marks",
            places=("queue", "impact")),
    Gesture("view.choose", ("w",), "choose a saved view", "views", places=("queue",)),
    Gesture("view.keep", ("W",), "save this filter as a view", "save_view", places=("queue",)),
    Gesture("detail.switch", ("d",), "detail off, or on again", "detail", places=("queue",)),
    Gesture("sync.stop", ("X",), "stop fetching, what has arrived is kept; or making the view anew, the old one stays",
            "stop", places=("sync",)),
    Gesture("row.lens", ("x",), "raw words of what the cursor is on, with every trick in them named", "lens"),
    Gesture("row.copy_id", ("y",), "copy its id: to copied.txt, and the terminal's clipboard where it takes it", "copy", "id"),
    Gesture("row.copy", ("Y",), "copy its record, or the page, as safe text in the same way", "copy", "record"),
    Gesture("tab.overview", ("1",), "the incident's overview", "tab", 1, places=("incident",)),
    Gesture("tab.triage", ("2",), "its triage; digits answer there", "tab", 2, places=("incident",)),
    Gesture("tab.containment", ("3",), "its controls; digits choose there", "tab", 3, places=("incident",)),
    Gesture("tab.timeline", ("4",), "its timeline over the whole height", "tab", 4, places=("incident",)),
    Gesture("tab.evidence", ("5",), "its exhibits", "tab", 5, places=("incident",)),
    Gesture("tab.playbook", ("6",), "its playbook", "tab", 6, places=("incident",)),
    Gesture("tab.people", ("7",), "its people", "tab", 7, places=("incident",)),
    Gesture("tab.clocks", ("8",), "its clocks", "tab", 8, places=("incident",)),
    Gesture("tab.next", ("tab",), "the incident's next tab", "next_tab", 1, places=_TABBED),
    Gesture("tab.before", ("shift+tab",), "the tab before", "next_tab", -1, places=_TABBED),
    Gesture("history.back", ("left_square_bracket",), "back to where one was before", "history", -1),
    Gesture("history.on", ("right_square_bracket",), "on again, after going back", "history", 1),
    Gesture("view.last", ("minus",), "to the last view; once more, back to this one", "last_view"),
    Gesture("times.zone", ("Z",), "times in UTC, or in this machine's zone", "zone"),
    Gesture("view.safe", ("z",), "safe summaries alone: none of the words of others; again, everything", "safe"),
    Gesture("reveal.lift", ("space",), "make the turn under the cursor readable for seconds; held, for as long", "lift",
            places=("reveal",), hint="lift"),
    Gesture("reveal.all", ("a",), "make the whole page readable for seconds", "lift_all", places=("reveal",), hint="all"),
    Gesture("handover.give", ("t",), "hand over: it is recorded, and the next page begins there", "give",
            places=("handover",), hint="hand over"),
    Gesture("command.line", ("colon",), "any command by its words", "command", hint="run"),
    Gesture("palette.open", ("ctrl+p",), "find anything that can be done by a few letters", "palette"),
    Gesture("help.show", ("question_mark",), "help", "help", hint="help"),
    Gesture("app.suspend", ("ctrl+z",), "suspend to the shell", "suspend"),
    Gesture("app.interrupt", ("ctrl+c",), "say how to leave", "interrupt"),
)  # fmt: skip
"""Every gesture, in the order help lists them. A screen whose place is named has the method."""
