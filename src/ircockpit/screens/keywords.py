"""What keys of every screen are called, and the words for where a key works and what it needs."""

MOVES: dict[str, tuple[str, int, str]] = {
    "j": ("move", 1, "down"), "down": ("move", 1, "down"), "k": ("move", -1, "up"), "up": ("move", -1, "up"),
    "ctrl+d": ("half_page", 1, "half a page down"), "ctrl+u": ("half_page", -1, "half a page up"),
    "ctrl+f": ("page", 1, "page down"), "pagedown": ("page", 1, "page down"),
    "ctrl+b": ("page", -1, "page up"), "pageup": ("page", -1, "page up"),
    "g": ("top", 0, "to the top"), "home": ("top", 0, "to the top"),
    "G": ("bottom", 0, "to the end"), "end": ("bottom", 0, "to the end"), "ctrl+e": ("bottom", 0, "to the end"),
}  # fmt: skip
"""Keys that only move the cursor: ``(method of the list, argument, words for help)``."""

SCREEN_KEYS = {
    "enter": "open what the cursor is on", "l": "open what the cursor is on", "h": "back", "escape": "back",
    "q": "back; in the queue: leave", "slash": "filter the queue (closed: the closed ones), or search a timeline",
    "colon": "any command by its words", "question_mark": "help", "ctrl+z": "suspend to the shell",
}  # fmt: skip
"""Keys of every screen that are no action on the record."""

PLACES = {"queue": "the queue", "incident": "an incident", "stop": "a stop"}
"""Places of keys, in words."""

_WANTED = {
    "incident": "an incident", "target": "an incident or on signals", "signal": "signals", "action": "a control",
}  # fmt: skip


def put_cursor(name: str) -> str:
    """What to do first, where the cursor is on nothing that an action's parameter could mean."""
    return f"put the cursor on {_WANTED.get(name, f'a {name}')} first; nothing is done"
