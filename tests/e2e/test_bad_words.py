"""Every command of the registry with words that are off: a sentence, a code of the table, no traceback, nothing made."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from tests.e2e.plain import told
from tests.e2e.stage import Done, command, ok

from ircockpit.cli.main import run
from ircockpit.command.action import Action, Kind, Param
from ircockpit.command.parser import option
from ircockpit.core.errors import ExitCode
from ircockpit.features.catalogue import actions
from ircockpit.store.profile import default_home

ACTIONS = {" ".join(action.verb): action for action in actions()}
NOWHERE = "zzzzzz"
"""An id, name or path that nothing has."""


def here(capfd: pytest.CaptureFixture[str], words: Sequence[str]) -> Done:
    """One command in this process, through the door that the program uses: hundreds of them take no time."""
    code = run(words)
    out, err = capfd.readouterr()
    return Done(code, out.encode(), err.encode())


def sound(param: Param) -> list[str]:
    """A parameter with a value of the right form that names nothing there is."""
    if param.kind is Kind.FLAG:
        return [option(param)]
    value = "1" if param.kind is Kind.INT else param.choices[0] if param.choices else NOWHERE
    return [value] if param.positional else [option(param), value]


def required(action: Action) -> list[str]:
    """The command with everything it must have."""
    return [*action.verb, *(word for param in action.params if param.required for word in sound(param))]


def names_something(action: Action) -> bool:
    """Whether it must be told by an id what it is about, and opens no file before it looks there."""
    kinds = [param.kind for param in action.params if param.required]
    return Kind.ID in kinds and Kind.PATH not in kinds


@pytest.mark.parametrize("name", ACTIONS)
def test_words_that_are_off_are_told(name: str, capfd: pytest.CaptureFixture[str]) -> None:
    action = ACTIONS[name]
    told(here(capfd, [*required(action), "--no-such-option"]), ExitCode.USAGE, "--no-such-option", "--help")
    many = any(param.many and param.positional for param in action.params)
    places = sum(param.positional for param in action.params)
    if not many:
        told(here(capfd, [*action.verb, *["w"] * (places + 1), *required(action)]), ExitCode.USAGE, "--help")
    if any(param.required for param in action.params):
        told(here(capfd, action.verb), ExitCode.USAGE, "required", "--help")
    for param in action.params:
        for value in bad_values(param):
            given = [value] if param.positional else [option(param), value]
            others = [
                word for each in action.params if each.required and each is not param for word in sound(each)
            ]
            done = here(capfd, [*action.verb, *others, *given])
            called = param.name.replace("_", "-").lower()
            if param.positional and not param.choices:
                called = param.metavar or param.name.upper()
            told(done, ExitCode.USAGE, called)
        if param.kind is not Kind.FLAG and not param.positional:
            told(here(capfd, [*required(action), option(param)]), ExitCode.USAGE, option(param))
    assert not default_home().exists(), "words that are off must not make a profile"


def bad_values(param: Param) -> tuple[str, ...]:
    """Values outside what the parameter takes."""
    if param.kind is Kind.INT:
        return ("-1", "99999999999999999999", "1.5", "many", "")
    return ("no-such-choice", "") if param.choices else ()


@pytest.mark.parametrize("name", [name for name, each in ACTIONS.items() if names_something(each)])
def test_ids_of_nothing_are_told(name: str, capfd: pytest.CaptureFixture[str]) -> None:
    action = ACTIONS[name]
    for word in (NOWHERE, "", "-", "*", "g-", "x" * 5000, "../../etc/passwd", "a\x1b[31mb\x07", "‮evil", "0"):
        values = [("--", word) if word.startswith("-") else (word,)]
        words = list(action.verb)
        for param in action.params:
            if param.kind is Kind.ID and param.required:
                words += [f"{option(param)}={word}"] if not param.positional else values[0]
            elif param.required:
                words += sound(param)
        done = here(capfd, words)
        told(done, done.code)
        assert done.code in (ExitCode.NOT_FOUND, ExitCode.USAGE), (words, done)


def test_words_before_any_command_are_told(home: Path) -> None:
    for words in (
        ["nonsense"],
        ["--nonsense"],
        [""],
        ["system"],
        ["system", "nonsense"],
        ["\x1b[2J"],
        ["x" * 9000],
    ):
        told(command(home, *words), ExitCode.USAGE)
    assert not home.exists()


def test_an_id_that_several_things_have_is_told_with_them(home: Path, tmp_path: Path) -> None:
    rows = "".join(f'{{"title": "finding {number}", "detector": "d{number}"}}\n' for number in range(30))
    (tmp_path / "rows.jsonl").write_text(rows)
    groups = [row["short"] for row in ok(home, "intake", str(tmp_path / "rows.jsonl"))["groups"]]
    # More groups than there are first letters: two share one.
    shared = next(short[:3] for short in groups if sum(other[:3] == short[:3] for other in groups) > 1)
    told(command(home, "review", shared), ExitCode.NOT_FOUND, "could mean", f"{shared}", "one syllable more")
    assert len(groups) == 30
