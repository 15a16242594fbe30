"""Whatever a value holds, it stays one value: in a path, a line, an argument, a header, a form, or JSON."""

import json
from typing import Any
from urllib.parse import unquote

from hypothesis import given
from hypothesis import strategies as st

from ircockpit.core.errors import BadInput
from ircockpit.features.containment.engine import template
from ircockpit.features.containment.engine.template import Hole

ANY = st.text(max_size=40) | st.text(alphabet="ab ;\\\"'<>-&=%/?#.\n\r\0$(){}`|*", max_size=20)
NASTY = (
    "; disable server x",
    "a b",
    "\\",
    "\\ ",
    "<<",
    "--kubeconfig=x",
    "-x",
    "../x",
    "%2e%2e",
    "a\nb",
    "a\r\nX: y",
    "${p.v}",
)


def words_of(line: str) -> list[str]:
    """The words of a command as HAProxy's runtime API takes it apart: a backslash takes the next character as it is."""
    words, word, at = [], "", 0
    while at < len(line):
        if line[at] == "\\" and at + 1 < len(line):
            word += line[at + 1]
            at += 2
            continue
        if line[at] == ";":
            words += [word, ";"]
            word = ""
        elif line[at] == " ":
            if word:
                words.append(word)
            word = ""
        else:
            word += line[at]
        at += 1
    return [*words, word] if word else words


def filled(fill: Any, text: Any, value: str) -> Any:
    """What becomes of it, ``None`` where it is refused."""
    try:
        return fill(text, {"p": {"v": value}})
    except BadInput:
        return None


def holds_everywhere(value: str) -> None:
    line = filled(template.fill_line, "add acl keys ${p.v} end", value)
    assert line is None or words_of(line) == ["add", "acl", "keys", value, "end"]
    args = filled(template.fill_args, ["get", "${p.v}", "--name", "${p.v}"], value)
    assert args is None or (args == ("get", value, "--name", value) and not args[1].startswith("-"))
    packed = filled(template.fill_args, ["-p", {"name": "${p.v}"}], value)
    assert packed is None or json.loads(packed[1]) == {"name": value}
    path = filled(template.fill_path, "/a/${p.v}/b", value)
    assert path is None or (path.count("/") == 3 and unquote(path.split("/")[2]) == value)
    header = filled(template.fill_header, "x ${p.v} y", value)
    assert header is None or (header == f"x {value} y" and "\n" not in header and "\r" not in header)
    body = filled(template.fill, {"a": "${p.v}", "b": "x${p.v}"}, value)
    assert body == {"a": value, "b": f"x{value}"}


@given(ANY)
def test_a_value_stays_one_value_in_its_place(value: str) -> None:
    holds_everywhere(value)


def test_the_worst_ones_do_too() -> None:
    for value in NASTY:
        holds_everywhere(value)


def test_the_reader_of_lines_would_see_a_value_that_was_not_escaped() -> None:
    """The control of the tests above."""
    assert words_of("add acl keys a b end") != ["add", "acl", "keys", "a b", "end"]
    assert words_of("add acl keys x; disable server y end") != [
        "add",
        "acl",
        "keys",
        "x; disable server y",
        "end",
    ]


@given(st.from_regex(r"[a-z_]{1,10}", fullmatch=True))
def test_a_hole_stands_as_itself_and_keeps_the_path_from_being_sent(name: str) -> None:
    from ircockpit.core.errors import UsageError
    from ircockpit.net.http import check_url

    path = template.fill_path("/drafts/${var.x}/publish", {"var": {"x": Hole.of(name)}})
    assert path == f"/drafts/<{name}>/publish"
    try:
        check_url(f"http://127.0.0.1{path}")
    except UsageError:
        return
    raise AssertionError("an open hole could be sent")
