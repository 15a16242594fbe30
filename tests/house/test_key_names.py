"""A sentence that names a key asks which one the person has: none is written into a sentence, save those nobody can change."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import ircockpit

SOURCES = Path(ircockpit.__file__).parent
_NAMES = r"(?:[b-zB-Z]|Enter|Esc|Space|Tab|Backspace|[Cc]trl\+\w)"
_SAYS = re.compile(
    rf"(?:^|[\s:;,.(])(?:press(?:es)? +(?:{_NAMES}|[?!:/])(?![\w'])|{_NAMES} [a-z]+s\b|with {_NAMES}(?![\w'-]))"
)
FIXED = {
    "cut off: f sends": ("demo/coach.py", "read the plan, f sends it"),
    "a number": ("features/incidents/commands.py", "the newest N entries"),
    "an example": ("features/settings/commands.py", "keys.incident.take t gives"),
    "a shell's": ("cli/commands.py", "complete the commands with Tab"),
    "the prompt's keys": ("screens/command_line.py", " Tab goes through what may come next"),
    "the prompt's own": ("screens/doing.py", "Enter tries again, Esc leaves them"),
    "the palette's own": ("screens/palette.py", "Up and Down choose, Enter does it"),
    "the form's letters": ("screens/keywords.py", "q types a letter in the reason"),
    "the form's own": ("screens/triage.py", "Enter keeps the words typed"),
    "the form's own too": ("screens/triage.py", "were not: Enter keeps them"),
    "a conversation's own": ("features/starting/actions.py", "Enter takes what stands in brackets"),
    "a conversation's own too": ("features/starting/actions.py", "Enter looks again, p parameters"),
    "a conversation's own once more": ("features/starting/actions.py", "a parameter may differ from what"),
    "a conversation's help": ("features/starting/actions.py", "Enter asks the gateway once more"),
    "a conversation's confirmation": ("features/starting/actions.py", "d leaves it unproved"),
    "before there are settings": ("screens/waiting.py", "q leaves, nothing is lost"),
}
"""Sentences about keys of a prompt, a form or a confirmation, which are nobody's to change, and what looks like one."""


def strings(source: str) -> Iterator[str]:
    """What a module can say: its strings, without its docstrings."""
    tree = ast.parse(source)
    docs = {id(each.value) for each in ast.walk(tree) if isinstance(each, ast.Expr)}
    for each in ast.walk(tree):
        if isinstance(each, ast.Constant) and isinstance(each.value, str) and id(each) not in docs:
            yield each.value


def named_in(source: str) -> list[str]:
    return [text for text in strings(source) if _SAYS.search(text)]


def test_no_sentence_has_a_key_written_into_it() -> None:
    found = [
        (str(path.relative_to(SOURCES)), text)
        for path in sorted(SOURCES.rglob("*.py"))
        for text in named_in(path.read_text())
    ]
    wrong = [
        each
        for each in found
        if not any(each[0] == file and part in each[1] for file, part in FIXED.values())
    ]
    assert wrong == []
    for file, part in FIXED.values():
        assert any(each[0] == file and part in each[1] for each in found), f"no longer said: {part}"


@pytest.mark.parametrize(
    "text",
    [
        "nobody: press T to take it",
        "not begun: press t",
        "; Esc clears",
        "X settles it",
        "q goes back",
        "end it with q",
    ],
)
def test_the_walk_sees_one(text: str) -> None:
    assert named_in(f"x = {text!r}") == [text]
    assert named_in(f"x = f'{{y}}{text}'") == [text]
