"""Keys made from the registry: what a key does in a place, and which keys the hint bar shows there."""

from collections.abc import Iterable, Mapping

from ircockpit.command.action import Action

LABELS = {
    "exclamation_mark": "!", "question_mark": "?", "slash": "/", "colon": ":", "enter": "Enter",
    "escape": "Esc", "space": "Space", "tab": "Tab",
}  # fmt: skip


def keymap(actions: Iterable[Action], place: str, own: Mapping[str, str] | None = None) -> dict[str, Action]:
    """What each key does in a place. ``own`` replaces the keys of actions by id, as the user set them.

    A key of the place wins over one of everywhere.
    """
    found: dict[str, Action] = {}
    for wanted in ("*", place):
        for action in actions:
            if wanted in action.places:
                keys = tuple(own[action.id].split(",")) if own and action.id in own else action.keys
                found.update(dict.fromkeys(keys, action))
    return found


def label(key: str) -> str:
    """A key as the hint bar and help write it."""
    return LABELS.get(key, key)


def hints(actions: Iterable[Action], place: str) -> list[tuple[str, str]]:
    """``(key, word)`` of the actions that a place's hint bar names, in registry order."""
    return [
        (label(action.keys[0]), action.hint)
        for action in actions
        if action.hint and action.keys and (place in action.places or "*" in action.places)
    ]


def collisions(actions: Iterable[Action]) -> list[str]:
    """Keys that two actions claim in one place; must be empty."""
    claimed: dict[tuple[str, str], str] = {}
    clashes: list[str] = []
    for action in actions:
        for place in action.places:
            for key in action.keys:
                other = claimed.setdefault((place, key), action.id)
                if other != action.id:
                    clashes.append(f"{key} in {place}: {other} and {action.id}")
    return clashes
