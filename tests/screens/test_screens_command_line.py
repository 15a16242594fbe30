"""A line after the colon: the shell's words, the cursor's subject where it is left out, and never another one."""

import pytest

from ircockpit.core.errors import UsageError
from ircockpit.features.catalogue import actions
from ircockpit.screens.command_line import parse_line

CURSOR = {"incident": "tofa", "signal": "g-kavu", "action": "a-pilo", "target": "tofa"}


def params(line: str) -> dict[str, object]:
    call = parse_line(actions(), line, CURSOR.get)
    assert call is not None
    return call.params


@pytest.mark.parametrize(
    ("line", "name", "value"),
    [
        ("take", "incident", "tofa"), ("take resu", "incident", "resu"), ("note called twice", "text", ["called", "twice"]),
        ("note called", "incident", "tofa"), ("note resu called", "incident", "resu"),
        ("note 'he called'", "text", ["he called"]),
        ("review dismiss --why x", "signal", "g-kavu"), ("review g-resu dismiss --why x", "signal", "g-resu"),
        ("contain check", "action", "a-pilo"), ("evidence add /tmp/x", "incident", "tofa"),
        ("evidence add /tmp/x --incident resu", "incident", "resu"), ("triage --harm yes", "incident", "tofa"),
        ("settle severity SEV1", "incident", "tofa"), ("stop 1", "target", "tofa"), ("assign bot", "target", "tofa"),
        ("verify", "incident", None), ("queue --filter a", "filter", "a"),
    ],
)  # fmt: skip
def test_what_a_line_means(line: str, name: str, value: object) -> None:
    assert params(line)[name] == value


@pytest.mark.parametrize(
    "line", ["close tofu --why x", "take tofu", "show g-tofu", "note tofu called", "triage tofu --harm yes"]
)
def test_a_slip_in_an_id_never_becomes_another_subject(line: str) -> None:
    call = parse_line(actions(), line, CURSOR.get)
    assert call is not None
    assert call.params["incident"] == line.split()[1]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("note 'half", "quotation mark"), ("nothing", "no command"), ("demo", "from the shell"), ("take --help", "take: "),
        ("take a b c", "unrecognized"), ("open", "required"), ("system", "no command"),
    ],
)  # fmt: skip
def test_what_is_no_command_is_told(line: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        parse_line(actions(), line, CURSOR.get)


def test_without_a_subject_it_has_to_be_said() -> None:
    for line in ("take", "note called", "evidence add /tmp/x"):
        with pytest.raises(UsageError):
            parse_line(actions(), line, lambda _: None)
    assert parse_line(actions(), "  ", lambda _: None) is None
