"""The words for where a key works and what it needs."""

PLACES = {
    "queue": "the queue",
    "incident": "an incident",
    "stop": "a stop",
    "reveal": "revealed words",
    "handover": "a handover",
}
"""Places of keys, in words."""

_WANTED = {
    "incident": "an incident", "target": "an incident or on signals", "signal": "signals", "action": "a control",
}  # fmt: skip


def put_cursor(name: str) -> str:
    """What to do first, where the cursor is on nothing that an action's parameter could mean."""
    return f"put the cursor on {_WANTED.get(name, f'a {name}')} first; nothing is done"
