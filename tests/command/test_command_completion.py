"""What may come next on a line follows from the registry, and of a line only what is nobody's own words is kept."""

import shlex
from collections.abc import Iterable

import pytest

from ircockpit.command.action import Action, Kind, Param
from ircockpit.command.completion import NAMELESS, kept, meant, offers, usage
from ircockpit.command.parser import build, option, parse
from ircockpit.features.catalogue import actions

NOTE = Action(
    "a.note", ("note",), "add a note", "m:f",
    params=(
        Param("incident", "short id", Kind.ID, positional=True, required=True),
        Param("text", "the note", positional=True, required=True, many=True),
        Param("occurred", "when", Kind.TIME),
        Param("privileged", "beside it", Kind.FLAG),
    ),
)  # fmt: skip
ROLE = Action(
    "m.role", ("member", "role"), "give a role", "m:f",
    params=(
        Param("member", "name", positional=True, required=True),
        Param("role", "which", Kind.CHOICE, positional=True, required=True, choices=("lead", "responder")),
        Param("why", "the reason"),
        Param("label", "any", Kind.CHOICE, choices=("red", "blue"), many=True),
        Param("count", "how many", Kind.INT),
    ),
)  # fmt: skip
LIST = Action("m.list", ("member", "list"), "list members", "m:f")
ALL = (NOTE, ROLE, LIST)
REGISTRY = actions()
NAMED = {"tofa": "wrong dose", "tamu": "refunds"}


def names(param: Param, beginning: str) -> Iterable[tuple[str, str]]:
    return NAMED.items() if param.kind is Kind.ID else ()


def words(line: str) -> list[str]:
    return [offer.word for offer in offers(ALL, line, names)[1]]


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("", ["note", "member"]),
        ("me", ["member"]),
        ("member ", ["role", "list"]),
        ("member r", ["role"]),
        ("member list ", []),
        ("note ", ["tofa", "tamu", "--occurred", "--privileged"]),
        ("note tof", ["tofa"]),
        ("note tofa --", ["--occurred", "--privileged"]),
        ("note tofa --privileged --", ["--occurred"]),
        ("note tofa --occurred ", []),
        ("member role ana ", ["lead", "responder", "--why", "--label", "--count"]),
        ("member role ana l", ["lead"]),
        ("member role ana lead --label ", ["red", "blue"]),
        ("member role ana lead --label red --l", ["--label"]),
        ("member role 'ana ma", []),
        ("nothing like this ", []),
        ("member nothing ", []),
    ],
)
def test_what_may_come_next(line: str, found: list[str]) -> None:
    assert words(line) == found
    quoted = line.index("'") if "'" in line else len(line) - len(line.rpartition(" ")[2])
    assert offers(ALL, line, names)[0] == quoted


def test_how_a_command_is_written() -> None:
    assert usage(NOTE) == "note INCIDENT TEXT… [--occurred OCCURRED] [--privileged]"
    assert usage(ROLE) == "member role MEMBER lead|responder [--why WHY] [--label red|blue]… [--count COUNT]"


@pytest.mark.parametrize("action", REGISTRY, ids=lambda action: action.id)
def test_everything_the_registry_takes_is_offered_and_understood(action: Action) -> None:
    verb = " ".join(action.verb)
    first = [offer.word for offer in offers(REGISTRY, "", names)[1]]
    assert action.verb[0] in first
    if len(action.verb) > 1:
        assert action.verb[1] in [offer.word for offer in offers(REGISTRY, f"{action.verb[0]} ", names)[1]]
    assert meant(REGISTRY, action.verb) is action
    offered = {offer.word for offer in offers(REGISTRY, f"{verb} --", names)[1]}
    assert offered == {option(param) for param in action.params if not param.positional}
    for param in action.params:
        if param.choices and not param.positional:
            line = f"{verb} {option(param)} "
            assert [offer.word for offer in offers(REGISTRY, line, names)[1]] == list(param.choices)
    assert not offers(tuple(each for each in REGISTRY if each is not action), f"{verb} --", names)[1], (
        "else none"
    )


def test_a_line_keeps_no_word_of_a_person() -> None:
    line = "note tofa 'he called' --occurred 14:03 --privileged"
    assert kept(ALL, line, NAMED.__contains__) == "note tofa"
    assert kept(ALL, "note --privileged --occurred 14:03 tofa pain", NAMED.__contains__) == (
        "note --privileged --occurred 14:03 tofa"
    )
    assert kept(ALL, "note mira called", NAMED.__contains__) == "note", "a name that looks like an id is none"
    assert kept(ALL, "member role ana lead --why secret", NAMED.__contains__) == "member role"
    assert kept(
        ALL, "member role --label red --why secret --count=3 --label=plum ana", NAMED.__contains__
    ) == ("member role --label red --count 3")
    assert kept(ALL, "member role --wy secret", NAMED.__contains__) == "member role"
    assert kept(ALL, "nothing known", NAMED.__contains__) == ""


@pytest.mark.parametrize("action", REGISTRY, ids=lambda action: action.id)
def test_no_command_of_the_registry_keeps_what_a_person_says(action: Action) -> None:
    told = "hunter2"
    for only in (None, *action.params):
        line = list(action.verb)
        for param in action.params:
            if not (param.required or param is only):
                continue
            value = param.choices[0] if param.choices else "1" if param.kind is Kind.INT else told
            line += (
                [value]
                if param.positional
                else [option(param), *([] if param.kind is Kind.FLAG else [value])]
            )
        parse(build([action], "0"), line)
        text = shlex.join(line)
        said = {
            param.kind for param in action.params if (param.required or param is only) and not param.choices
        }
        if told in text and Kind.TIME not in said:
            assert told not in kept(REGISTRY, text, lambda word: False), text
    assert kept(REGISTRY, shlex.join(action.verb), lambda word: False) == shlex.join(action.verb)


def test_the_kinds_that_are_kept_are_nobodys_words() -> None:
    assert {*Kind} - NAMELESS == {Kind.INT, Kind.CHOICE, Kind.FLAG, Kind.ID, Kind.TIME}
