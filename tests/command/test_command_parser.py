"""The command line takes exactly what an action declares, and refuses the rest with the way to help."""

import argparse
from collections.abc import Sequence
from typing import Any

import pytest

from ircockpit.command.action import Action, Danger, Kind, Param
from ircockpit.command.parser import Call, build, option, parse
from ircockpit.core.errors import UsageError

ACTIONS = (
    Action(
        "a.do", ("do",), "do it", "m:f", danger=Danger.OUTSIDE,
        params=(
            Param("target", "what, 100 % of it", Kind.ID, positional=True, required=True),
            Param("words", "words", positional=True, many=True),
            Param("level", "how far", Kind.CHOICE, choices=("low", "high"), default="low"),
            Param("count", "how many", Kind.INT, default=3), Param("dry_run", "only look", Kind.FLAG),
            Param("file", "a file", Kind.PATH), Param("label", "labels", many=True),
        ),
    ),
    Action("b.list", ("box", "list"), "list them", "m:f"),
    Action("b.add", ("box", "add"), "add one", "m:f", danger=Danger.RECORD),
)  # fmt: skip


def typed(*words: str) -> Call:
    return parse(build(ACTIONS, "1.2.3", only=words), words)


def test_words_become_the_parameters_of_one_action() -> None:
    call = typed(
        "do", "tofa", "a", "b", "--level", "high", "--count", "7", "--dry-run", "--label", "x", "--label", "y"
    )
    assert call.action is ACTIONS[0]
    assert call.params == {
        "target": "tofa", "words": ["a", "b"], "level": "high", "count": 7, "dry_run": True, "file": None,
        "label": ["x", "y"],
    }  # fmt: skip
    assert (call.json, call.yes, call.ascii) == (False, False, False)
    assert typed("do", "tofa", "--yes", "--json", "--ascii")[2:] == (True, True, True, False)
    assert typed("do", "tofa").params["level"] == "low"
    assert typed("box", "list").action is ACTIONS[1]
    assert option(ACTIONS[0].params[4]) == "--dry-run"


@pytest.mark.parametrize(
    "words",
    [
        ["no-such"], ["do"], ["box"], ["box", "no-such"], ["do", "t", "--level", "middle"], ["do", "t", "--count", "-1"],
        ["do", "t", "--count", "1.5"], ["do", "t", "--count", "9007199254740992"], ["do", "t", "--ye"],
        ["do", "t", "--dry"], ["do", "t", "--lev", "high"], ["box", "list", "--yes"], ["box", "list", "more"],
        ["do", "\udcff"], ["do", "t", "\udcff"], ["do", "t", "--label", "\udcff"],
    ],
)  # fmt: skip
def test_what_is_not_declared_is_refused_with_the_way_to_help(words: Sequence[str]) -> None:
    with pytest.raises(UsageError) as refused:
        typed(*words)
    assert refused.value.fix


def test_a_file_may_have_any_name() -> None:
    assert typed("do", "t", "--file", "\udcff").params["file"] == "\udcff"


def test_only_what_reaches_outside_can_be_confirmed() -> None:
    for action in ACTIONS:
        text = build(ACTIONS, "1", only=action.verb).parse_args(
            [*action.verb, *(["t"] if action.params else [])]
        )
        assert hasattr(text, "yes") == (action.danger is Danger.OUTSIDE)


def test_help_is_complete_for_the_command_asked_about(capsys: pytest.CaptureFixture[str]) -> None:
    for words in (["--help"], ["do", "--help"], ["box", "--help"]):
        with pytest.raises(SystemExit) as left:
            typed(*words)
        assert left.value.code == 0
    said = capsys.readouterr().out
    for words_of in ("do it", "list them", "what, 100 % of it", "--dry-run", "--yes"):
        assert words_of in said


@pytest.mark.parametrize(
    ("words", "made"),
    [
        (["do", "t"], ["", " do"]),
        (["box", "list"], ["", " box", " box list"]),
        (["box"], ["", " box", " box list", " box add"]),
        (["box", "-h"], ["", " box", " box list", " box add"]),
        (["no-such"], [""]),
        (["--", "box"], ["", " do", " box", " box list", " box add"]),
        ([], ["", " do", " box", " box list", " box add"]),
    ],
)
def test_a_command_makes_the_parsers_it_can_mean(
    words: list[str], made: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Making all of them takes twenty times as long as making one."""
    whole: list[argparse.ArgumentParser] = []
    make = argparse.ArgumentParser.__init__

    def noted(self: argparse.ArgumentParser, **given: Any) -> None:
        make(self, **given)
        whole.append(self)

    monkeypatch.setattr(argparse.ArgumentParser, "__init__", noted)
    build(ACTIONS, "1", only=words)
    assert [each.prog for each in whole] == [f"ircockpit{name}" for name in made]
