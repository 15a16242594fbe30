"""Variables: where ``__name__:value`` stands in a text, which are in scope of a step, and the text with values put in.

A value is put in once, as text. It is never looked through for further names and never run.
"""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import NamedTuple

from ircockpit.features.playbooks.model import Command, Playbook, Step, Variable
from ircockpit.features.playbooks.presenting import decoded
from ircockpit.features.playbooks.vocabulary import VARIABLE_NAME

_SUFFIX = ":value"
_LONGEST = 204
_NAME_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")
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
    return tuple(dict.fromkeys(name for _, _, name in _hits(text)))


def sole_reference(text: str) -> str:
    """The name where a text is one variable's value and nothing else; else ""."""
    bare = text.strip()
    return next((name for start, end, name in _hits(bare) if (start, end) == (0, len(bare))), "")


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
    parts: list[str] = []
    done = 0
    for start, end, name in _hits(text):
        value = values.get(name)
        (unknown if value is None else used)[name] = None
        parts += (text[done:start], text[start:end] if value is None else value)
        done = end
    whole = "".join((*parts, text[done:]))
    return Substituted(whole[:MAX_SUBSTITUTED], tuple(used), tuple(unknown), cut=len(whole) > MAX_SUBSTITUTED)


def _hits(text: str) -> Iterator[tuple[int, int, str]]:
    """Where references begin and end, and their names; the work is bounded by the length of the text."""
    done = 0
    at = text.find(_SUFFIX)
    while at >= 0:
        end = at + len(_SUFFIX)
        if text[end : end + 1] not in _NAME_LETTERS - {"-"}:
            start = at
            while start > max(done, at - _LONGEST) and text[start - 1] in _NAME_LETTERS:
                start -= 1
            start = text.find("__", start, at)
            while start >= 0 and VARIABLE_NAME.fullmatch(text, start, at) is None:
                start = text.find("__", start + 1, at)
            if start >= 0:
                yield start, end, text[start:at]
                done = end
        at = text.find(_SUFFIX, end)


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
