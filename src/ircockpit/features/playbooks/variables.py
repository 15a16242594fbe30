"""Variables: where ``__name__:value`` stands in a text, which are in scope of a step, and the text with values put in.

A value is put in once, as text. It is never looked through for further names and never run.
"""

import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import NamedTuple

from ircockpit.features.playbooks.commands import decoded
from ircockpit.features.playbooks.model import Command, Playbook, Step, Variable

REFERENCE = re.compile(r"(__[a-zA-Z_][a-zA-Z0-9_-]{0,199}?__):value(?![a-zA-Z0-9_])")
MAX_SUBSTITUTED = 100_000
"""Characters of a text with its values put in; what goes beyond is cut and named."""


class Substituted(NamedTuple):
    """A text with values put in; ``unknown`` are the names that had none and stand as they were."""

    text: str
    used: tuple[str, ...]
    unknown: tuple[str, ...]
    cut: bool = False


def references(text: str) -> tuple[str, ...]:
    """The names whose values a text asks for, each once."""
    return tuple(dict.fromkeys(match[1] for match in REFERENCE.finditer(text)))


def scope(playbook: Playbook, step: Step) -> Mapping[str, Variable]:
    """What a step, its commands, agent and targets can refer to: its own variables before those of the playbook."""
    return MappingProxyType({**playbook.variables, **step.variables})


def values_of(variables: Mapping[str, Variable]) -> dict[str, str | None]:
    """Names and values as defined, for a run to go on from."""
    return {name: each.value for name, each in variables.items()}


def substitute(text: str, values: Mapping[str, str | None]) -> Substituted:
    """The text with every known value in place of its reference, in one pass."""
    used: dict[str, None] = {}
    unknown: dict[str, None] = {}

    def put(match: re.Match[str]) -> str:
        value = values.get(match[1])
        (unknown if value is None else used)[match[1]] = None
        return match[0] if value is None else value

    whole = REFERENCE.sub(put, text)
    return Substituted(whole[:MAX_SUBSTITUTED], tuple(used), tuple(unknown), cut=len(whole) > MAX_SUBSTITUTED)


def texts_of(command: Command) -> Iterator[tuple[str, str]]:
    """Where a command can refer to variables: the property's name and its text, decoded where it is in base64."""
    for name in ("command", "content", "description"):
        if text := getattr(command, name):
            yield name, text
    for name in ("command_b64", "content_b64"):
        if text := decoded(getattr(command, name)):
            yield name, text
    for header, values in command.headers.items():
        yield "headers", " ".join((header, *values))
