"""What is checked of a connector before any value is known: every expression, every name, every place."""

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from msgspec import UNSET

from ircockpit.core.errors import BadInput
from ircockpit.features.containment.engine import expression, measure, template
from ircockpit.features.containment.engine.connector import Action, Ask, Param, Send
from ircockpit.features.containment.engine.expression import Reference
from ircockpit.features.containment.engine.target import HEADER_NAME

ANSWER = ("status", "headers", "text", "body", "p")
"""Names in the scope of an expression over an answer."""

# Set by the client itself, or able to change where one request ends and the next begins.
_RESERVED = frozenset(
    {"host", "content-length", "transfer-encoding", "connection", "te", "trailer", "upgrade", "expect"}
)


class _Use(NamedTuple):
    place: str
    references: Iterable[Reference]
    allowed: tuple[str, ...]


def check(actions: Iterable[Action]) -> None:
    """Raise :class:`BadInput` with the place of the first thing that could not work."""
    seen: set[str] = set()
    for number, action in enumerate(actions):
        place = f"actions[{number}] ({action.id})"
        if action.id in seen:
            raise BadInput(f"{place}: an action of this id stands before it")
        seen.add(action.id)
        for name, param in action.params.items():
            _check_param(param, f"{place}.params.{name}")
        for where, ask in _asks(action):
            _check_ask(ask, f"{place}.{where}")
        for use in _uses(action):
            _check_use(use, action, place)


def _asks(action: Action) -> Iterator[tuple[str, Ask]]:
    yield "read", action.read
    for way, sends in (("apply", action.apply), ("revert", action.revert)):
        for number, send in enumerate(sends):
            yield f"{way}[{number}]", send
    if action.verify.probe is not None:
        yield "verify.probe", action.verify.probe


def _check_param(param: Param, place: str) -> None:
    if param.pattern is not None:
        if param.type != "text":
            raise BadInput(f"{place}: only text has a pattern")
        try:
            re.compile(param.pattern)
        except re.error as error:
            raise BadInput(f"{place}: the pattern is no regular expression: {error.msg}") from None
    if param.enum is not None and param.type == "flag":
        raise BadInput(f"{place}: a flag has no enum")
    try:
        measure.check_default("it", param)
    except BadInput as error:
        raise BadInput(f"{place}: {error.what}") from None


def _check_ask(ask: Ask, place: str) -> None:
    if sum((ask.json is not UNSET, ask.form is not None, ask.body is not None)) > 1:
        raise BadInput(f"{place}: only one of json, form and body can be sent")
    if ask.method == "GET" and (ask.json is not UNSET or ask.form is not None or ask.body is not None):
        raise BadInput(f"{place}: a GET has no body")
    literal = template.HOLE.sub("", ask.path)
    if not literal.startswith("/") or literal.startswith("//") or "?" in literal or "#" in literal:
        raise BadInput(
            f"{place}.path: a path begins with one / and holds no query; hosts come from the target"
        )
    for name in ask.headers:
        if not HEADER_NAME.fullmatch(name) or name.lower() in _RESERVED:
            raise BadInput(f"{place}.headers: {name!r} cannot be set by a connector")
    if isinstance(ask, Send) and ask.method == "GET":
        raise BadInput(f"{place}: a change is never sent with GET")


def _uses(action: Action) -> Iterator[_Use]:
    check, inside = expression.check, template.references
    captured = {name for send in action.apply for name in send.capture}
    yield _Use("contained", check(action.contained), ("state", "p"))
    yield _Use("change.what", inside(action.change.what), ("p",))
    yield _Use("change.value", check(action.change.value), ("state", "p"))
    yield _Use("change.after", inside(action.change.after), ("p", "before"))
    yield _Use("read.state", check(action.read.state), ANSWER)
    yield _Use("read.ok", check(action.read.ok), ANSWER)
    for where, ask in _asks(action):
        allowed: tuple[str, ...] = ("p",)
        if isinstance(ask, Send):
            # What a change makes up is not known when it is approved, so no change may depend on it.
            allowed = ("p", "before", "var") if where.startswith("revert") else ("p", "before")
            yield _Use(f"{where}.ok", check(ask.ok), ANSWER)
            if ask.guard is not None:
                yield _Use(f"{where}.guard", check(ask.guard), ANSWER)
            for name, text in ask.capture.items():
                yield _Use(f"{where}.capture.{name}", check(text), ANSWER)
        for part in (ask.path, ask.query, ask.headers, ask.form, ask.body, ask.json):
            for reference in inside(part):
                if reference.root == "var" and reference.member not in captured:
                    raise BadInput(f"{where}: nothing captures var.{reference.member}")
                yield _Use(where, (reference,), allowed)
    probe = action.verify.probe
    if probe is not None:
        yield _Use("verify.probe.contained", check(probe.contained), ANSWER)
        yield _Use("verify.probe.serving", check(probe.serving), ANSWER)


def _check_use(use: _Use, action: Action, place: str) -> None:
    for root, member in use.references:
        if root not in use.allowed:
            raise BadInput(
                f"{place}.{use.place}: {root!r} does not exist here",
                fix=f"There is: {', '.join(use.allowed)}.",
            )
        if root == "p" and member not in action.params:
            raise BadInput(f"{place}.{use.place}: no parameter is called {member or 'p alone'!r}")
