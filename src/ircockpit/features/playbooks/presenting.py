"""What a command is to the person in front of it: text, which this program never runs.

``manual`` commands are done by hand. All others (bash, ssh, powershell, http-api and whatever another program knows) would
be executed elsewhere: they are shown as text, said to be so, and the person is asked what came of it.
"""

from base64 import b64decode
from binascii import Error
from collections.abc import Callable
from typing import NamedTuple

from ircockpit.features.playbooks.model import Command
from ircockpit.features.playbooks.vocabulary import COMMANDS
from ircockpit.inert import gate

_ELSEWHERE = {
    "bash": "a shell script",
    "ssh": "a command over SSH",
    "powershell": "a PowerShell script",
    "http-api": "an HTTP request",
    "openc2-http": "an OpenC2 request over HTTP",
    "caldera-cmd": "an attack simulation of Caldera",
    "elastic": "an Elasticsearch query",
    "jupyter": "a Jupyter notebook",
    "kestrel": "a Kestrel hunt",
    "sigma": "a Sigma rule",
    "yara": "a YARA rule",
}


class Presented(NamedTuple):
    """A command ready for the screen: every text has passed the gate.

    ``by_hand`` is whether it is nothing but words to a person. ``what`` says what it is otherwise. ``unreadable`` is
    whether it has a part in base64 that is no text.
    """

    by_hand: bool
    what: str
    text: str
    unreadable: bool = False


def by_hand(command: Command) -> bool:
    """Whether a command is an instruction to a person and nothing that another program would execute."""
    return command.type == "manual"


def present(command: Command, fill: Callable[[str], str] = str) -> Presented:
    """The command as inert text; ``fill`` puts values into it before the gate closes."""
    parts = [command.command, decoded(command.command_b64)]
    parts += [f"{name}: {value}" for name, values in command.headers.items() for value in values]
    parts += [command.content, decoded(command.content_b64)]
    unreadable = any(
        encoded and not decoded(encoded) for encoded in (command.command_b64, command.content_b64)
    )
    text = gate.clean(fill("\n".join(part for part in parts if part)), newline=True)
    if by_hand(command):
        return Presented(True, "to be done by hand", text, unreadable)
    what = _ELSEWHERE.get(command.type) or f"a command of the type {gate.line(command.type, 40)}"
    return Presented(False, f"{what}, shown and not run here", text, unreadable)


def is_known(command: Command) -> bool:
    """Whether the vocabulary of CACAO 2.0 has this type."""
    return command.type in COMMANDS


def decoded(encoded: str) -> str:
    """The text in base64; empty where it is not base64 or no UTF-8 text."""
    try:
        return b64decode("".join(encoded.split()), validate=True).decode("utf-8")
    except (Error, ValueError):
        return ""
