"""Rules about what a stranger's playbook would do to us: commands, secrets, hidden characters, who can carry it out."""

from collections.abc import Iterator, Mapping
from typing import Any

from ircockpit.features.playbooks.changes import EPOCH, PLACEHOLDER, made_id
from ircockpit.features.playbooks.finding import Finding, Rule, Severity, found
from ircockpit.features.playbooks.floor import shown
from ircockpit.features.playbooks.lint_flow import WORKFLOW, called
from ircockpit.features.playbooks.model import Command, Playbook, Step
from ircockpit.features.playbooks.presenting import by_hand, decoded, is_known
from ircockpit.features.playbooks.source import pointer
from ircockpit.features.playbooks.vocabulary import (
    ENCODED_COMMANDS,
    HTTP_COMMANDS,
    MACHINES,
    PEOPLE,
    TEXT_COMMANDS,
)
from ircockpit.inert import gate

ERROR, WARNING, NOTE = Severity.ERROR, Severity.WARNING, Severity.NOTE

EXECUTABLE = Rule(
    "command-executable-elsewhere", WARNING, "A command that other programs would execute",
    "A stranger wrote it. It is shown as text here and never run.", "Read it before anybody runs it anywhere.",
)  # fmt: skip
UNKNOWN_COMMAND = Rule(
    "unknown-command-type", WARNING, "A command of a type that the vocabulary does not know",
    "Nobody can tell from here what it would do.", "Ask its makers, or write a manual command.",
)  # fmt: skip
NO_CONTENT = Rule(
    "command-without-content", ERROR, "A command does not say what to do",
    "Commands of this type carry command or command_b64; an HTTP request its start line.", "Write what is to be done.",
)  # fmt: skip
NOT_BASE64 = Rule(
    "command-not-base64", ERROR, "A part of a command is not base64, or no text",
    "Nobody can read what it would do.", "Encode the text once more, in UTF-8.",
)  # fmt: skip
NOT_LOCAL = Rule(
    "agent-not-a-person", NOTE, "An agent is not a person or a group of people",
    "Machines are not driven from here: a person carries the step out there, or another program does.",
    "Name who does it, or carry it out there.",
)  # fmt: skip
UNKNOWN_AGENT = Rule(
    "unknown-agent-type", NOTE, "An agent or target is of a type that the vocabulary does not know",
    "It belongs to another program.", "Name a person, or carry it out there.",
)  # fmt: skip
SECRET = Rule(
    "secret-in-file", WARNING, "A password or token stands in the file",
    "Everybody who has the file has the secret.", "Take it out, change the secret, and use a key management id instead.",
)  # fmt: skip
NO_KEY_ID = Rule(
    "kms-without-key", WARNING, "A secret is in key management and its key is not named",
    "With kms goes kms_key_identifier.", "Name the key.",
)  # fmt: skip
HIDDEN = Rule(
    "hidden-characters", WARNING, "A text holds characters that act on a terminal or show nothing",
    "What is read is not what is there: control sequences, changes of direction, invisible letters.",
    "Look at it with the lens; take them out unless they are meant.",
)  # fmt: skip
OPEN = Rule(
    "placeholder", ERROR, "A placeholder stands where somebody has to decide",
    "A repair put it there, because the file did not say what belongs there.", "Write what belongs there.",
)  # fmt: skip
RULES = (
    EXECUTABLE,
    UNKNOWN_COMMAND,
    NO_CONTENT,
    NOT_BASE64,
    NOT_LOCAL,
    UNKNOWN_AGENT,
    SECRET,
    NO_KEY_ID,
    HIDDEN,
    OPEN,
)
_STAND_INS = {EPOCH, made_id("identity", PLACEHOLDER)}
_SECRETS = ("password", "token", "oauth_header")
_MASKS = "*xX•.?-"


def check(playbook: Playbook) -> Iterator[Finding]:
    """Every finding of the rules above."""
    for step in playbook.steps.values():
        for index, command in enumerate(step.commands):
            yield from _command(
                step, command, pointer(pointer(pointer(WORKFLOW, step.id), "commands"), index)
            )
    for name, parties in (("agent_definitions", playbook.agents), ("target_definitions", playbook.targets)):
        for party in parties.values():
            place = pointer(f"/{name}", party.id)
            if party.type not in PEOPLE | MACHINES:
                yield found(UNKNOWN_AGENT, place, f"{shown(party.name)} is of the type {shown(party.type)}")
            elif name == "agent_definitions" and party.type not in PEOPLE:
                yield found(NOT_LOCAL, place, f"the agent {shown(party.name)} is of the type {party.type}")
    for ident, json in playbook.authentications.items():
        yield from _authentication(json, pointer("/authentication_info_definitions", ident))
    for text, place in _texts(playbook.json):
        yield from _text(text, place)


def _command(step: Step, command: Command, place: str) -> Iterator[Finding]:
    if not is_known(command):
        yield found(
            UNKNOWN_COMMAND,
            pointer(place, "type"),
            f"{called(step)} has a command of the type {shown(command.type)}",
        )
    elif not by_hand(command):
        yield found(EXECUTABLE, place, f"{called(step)} has a command of the type {command.type}")
    needed = (
        (command.type in TEXT_COMMANDS and not (command.command or command.command_b64))
        or (command.type in ENCODED_COMMANDS and not command.command_b64)
        or (command.type in HTTP_COMMANDS and not command.command)
        or (command.type == "openc2-http" and not command.content_b64)
    )
    if needed:
        yield found(NO_CONTENT, place, f"a command of {called(step)} does not say what to do")
    for name in ("command_b64", "content_b64"):
        encoded = getattr(command, name)
        if encoded and not decoded(encoded):
            yield found(NOT_BASE64, pointer(place, name), f"{name} of {called(step)} cannot be read")


def _authentication(json: Mapping[str, Any], place: str) -> Iterator[Finding]:
    for name in _SECRETS:
        value = json.get(name, "")
        if (
            isinstance(value, str)
            and value.strip(_MASKS + " ")
            and ":value" not in value
            and not json.get("kms")
        ):
            yield found(SECRET, pointer(place, name), f"{name} stands there in full")
    if json.get("kms") and not json.get("kms_key_identifier"):
        yield found(NO_KEY_ID, pointer(place, "kms"), "kms is true, and no key is named")


def _text(text: str, place: str) -> Iterator[Finding]:
    if not gate.printable(text.replace("\r\n", "\n").replace("\n", "").replace("\t", "")):
        yield found(HIDDEN, place, f"this text holds hidden characters: {shown(gate.line(text, 60))}")
    if text.startswith(PLACEHOLDER) or text in _STAND_INS:
        yield found(OPEN, place, f"{shown(text)} stands here")


def _texts(value: Any) -> Iterator[tuple[str, str]]:
    """Every text with its place; of a key with hidden characters the key as well."""
    waiting: list[tuple[Any, str]] = [(value, "")]
    while waiting:
        here, at = waiting.pop()
        if isinstance(here, str):
            yield here, at
        elif isinstance(here, Mapping):
            for key, each in here.items():
                if not gate.printable(key):
                    yield key, pointer(at, key)
                waiting.append((each, pointer(at, key)))
        elif isinstance(here, tuple):
            waiting += [(each, pointer(at, index)) for index, each in enumerate(here)]
