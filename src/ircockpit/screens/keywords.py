"""The words for where a key works and what it needs."""

PLACES = {
    "queue": "the queue", "incident": "an incident", "stop": "a stop", "triage": "the triage form", "sync": "the sync page",
    "page": "a page", "settings": "the settings", "question": "a question", "reveal": "revealed words", "handover": "a handover",
    "tasks": "the action items", "evidence": "the evidence", "playbook": "the playbook",
    "clocks": "the clocks", "impact": "the impact", "checklist": "a checklist",
    "replay": "a replay", "readiness": "readiness",
    "notices": "the notices",
}  # fmt: skip
"""Places of keys, in words."""

OWN: dict[str, tuple[tuple[str, str], ...]] = {
    "stop": (
        (
            "1-9",
            "plan this control, or say which system it is; nothing is sent by choosing, also while another one runs",
        ),
        (
            "f",
            "send the plan that is shown, once it is asked; deaf for the first 250 ms, never by holding it down or pasting it",
        ),
        ("n Esc", "leave the question: nothing is sent, the incident stays declared"),
    ),
    "triage": (
        (
            "1-5",
            "answer the question under the cursor; it is recorded at once, and the next open question follows",
        ),
        ("0 Backspace", "take the answer back"),
        ("j k Up Down", "to another question"),
        ("Enter", "done; what was typed as the reason is recorded"),
        ("Esc q", "back; answers are kept, words not entered are not; q types a letter in the reason"),
    ),
    "question": (
        ("Enter", "submit a line of text; it never confirms anything that reaches outside"),
        ("Esc Ctrl+C", "leave without doing anything"),
        ("Up Down", "earlier lines, where there are some; in a long confirmation, scroll"),
    ),
}
"""Keys that a place's own widgets hear before any other, and what they do."""

_WANTED = {
    "incident": "an incident", "target": "an incident or on signals", "signal": "signals", "action": "a control",
    "proposal": "a plan that waits", "record": "a control", "broken": "a break-glass that nobody has reviewed",
    "task": "an action item", "clock": "a clock", "step": "a step of the playbook", "exhibit": "an exhibit",
}  # fmt: skip


def put_cursor(name: str) -> str:
    """What to do first, where the cursor is on nothing that an action's parameter could mean."""
    return f"put the cursor on {_WANTED.get(name, f'a {name}')} first"
