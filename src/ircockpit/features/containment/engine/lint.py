"""What is checked of a connector before any value is known: every expression, every name, every place."""

import re
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any, NamedTuple

from msgspec import UNSET

from ircockpit.core.errors import BadInput, CockpitError
from ircockpit.features.containment.engine import expression, measure, template
from ircockpit.features.containment.engine.expression import Reference
from ircockpit.features.containment.engine.request import references
from ircockpit.features.containment.engine.shape import Finding
from ircockpit.features.containment.engine.spec import (
    Action,
    Ask,
    Count,
    Judged,
    Lookup,
    Param,
    Preserve,
    Recognise,
    Send,
    Server,
    Source,
)
from ircockpit.features.containment.engine.target import HEADER_NAME

ANSWER = ("status", "headers", "text", "body", "errors", "p", "var")
"""Names in the scope of an expression over an answer."""

# Set by the client itself, or able to change where one request ends and the next begins.
_RESERVED = frozenset(
    {"host", "content-length", "transfer-encoding", "connection", "te", "trailer", "upgrade", "expect"}
)


_PLACES = ("path", "query", "headers", "form", "body", "json", "line", "args")
"""The parts of a request that may hold values."""
_LITERALS = ("null", "true", "false")


class _Use(NamedTuple):
    """Names that something reads, found when asked: the text may be no expression at all."""

    place: str
    read: Callable[[Any], Iterable[Reference]]
    text: Any
    allowed: tuple[str, ...]


def findings(
    actions: Iterable[tuple[int, Action]],
    server: Server | None = None,
    recognise: Iterable[Recognise] = (),
    preserve: Iterable[Preserve] = (),
) -> Iterator[Finding]:
    """Everything that could not work, each with its place; actions come with their number in the file."""
    seen: set[str] = set()
    if server is not None:
        yield from _told("$.server", partial(_check_ask, server))
        for text in filter(None, (server.pick, server.ok)):
            yield from _told("$.server", partial(_check_server, text))
    for number, each in enumerate(recognise):
        place = f"$.recognise[{number}]"
        yield from _told(place, partial(_check_ask, each))
        yield from _told(place, partial(_check_unasked, each))
        yield from _told(f"{place}.when", partial(_check_server, each.when))
    for number, spec in enumerate(preserve):
        yield from _preserved(spec, f"$.preserve[{number}]", seen)
    seen = set()
    for number, action in actions:
        place = f"$.actions[{number}]"
        if action.id in seen:
            yield Finding(f"{place}.id", "an action of this id stands before it")
        seen.add(action.id)
        for name, param in action.params.items():
            yield from _told(f"{place}.params.{name}", partial(_check_param, param))
        yield from _names(action, place)
        for where, ask in _asks(action):
            yield from _told(f"{place}.{where}", partial(_check_ask, ask))
        yield from _kinds(action, place)
        yield from _secret_arguments(action, place)
        for use in _uses(action):
            yield from _check_use(use, action, place)
        yield from _polarity(action, place)
        yield from _way_back(action, place)
        yield from _schedule(action, place)


def _check_server(text: str) -> None:
    for root, _ in expression.check(text):
        if root not in ANSWER[:-2]:
            raise BadInput(f"{root!r} does not exist here", fix=f"There is: {', '.join(ANSWER[:-2])}.")


def _check_unasked(ask: Recognise) -> None:
    """Raise :class:`BadInput` for what is asked before any parameter is known, and before it is known of whom."""
    if references(ask):
        raise BadInput("nothing is known yet that could be filled in here")
    if (ask.args is not None) != (ask.program != ""):
        raise BadInput(
            "a program is run to find out what it is only where its name is known to take these arguments",
            fix="Say args and program together, or neither.",
        )


def _preserved(spec: Preserve, place: str, seen: set[str]) -> Iterator[Finding]:
    """A request that only reads, over HTTP, with every name it uses."""
    if spec.id in seen:
        yield Finding(f"{place}.id", "something to preserve of this id stands before it")
    seen.add(spec.id)
    for name, param in spec.params.items():
        yield from _told(f"{place}.params.{name}", partial(_check_param, param))
    yield from _told(place, partial(_check_ask, spec))
    if spec.kind != "http":
        yield Finding(place, "what is preserved is asked over HTTP")
    elif spec.method != "GET" and not (spec.method == "POST" and spec.reads_only):
        yield Finding(
            f"{place}.method", "what is preserved is only read", "Use GET, or say reads_only: true of a POST that asks."
        )  # fmt: skip
    if spec.pages > 1 and spec.next is None:
        yield Finding(f"{place}.pages", "further pages need `next`, which says how they are asked for")
    names = [(name, getattr(spec, name), ("p", "var")) for name in _PLACES]
    texts = [(name, getattr(spec, name), ANSWER) for name in ("ok", "select", "next")]
    for where, text, allowed in (*names, *texts):
        if text is not None and text is not UNSET:
            yield from _told(f"{place}.{where}", partial(_check_names, spec, text, allowed))


def _check_names(spec: Preserve, text: Any, allowed: tuple[str, ...]) -> None:
    for root, member in expression.check(text) if allowed is ANSWER else template.references(text):
        if root not in allowed:
            raise BadInput(f"{root!r} does not exist here", fix=f"There is: {', '.join(allowed)}.")
        if root == "p" and member not in spec.params:
            raise BadInput(f"no parameter is called {member or 'p alone'!r}")
        if root == "var" and member != "next":
            raise BadInput(f"there is no var.{member} here", fix="var.next is the page that is asked for.")


def _told(place: str, check: Callable[[], None]) -> Iterator[Finding]:
    try:
        check()
    except CockpitError as error:
        yield Finding(place, error.what, error.fix)


def _asks(action: Action) -> Iterator[tuple[str, Ask]]:
    for name, param in action.params.items():
        if param.source is not None:
            yield f"params.{name}.source", param.source
    for number, lookup in enumerate(action.resolve):
        yield f"resolve[{number}]", lookup
    yield "read", action.read
    for way, sends in (("apply", action.apply), ("revert", action.revert)):
        for number, send in enumerate(sends):
            yield f"{way}[{number}]", send
    if action.verify.probe is not None:
        yield "verify.probe", action.verify.probe
    if action.blast.query is not None:
        yield "blast.query", action.blast.query


def _check_param(param: Param) -> None:
    if param.type == "secret" and (
        param.default is not UNSET or param.enum is not None or param.source is not None
    ):
        raise BadInput(
            "a secret has no default, no enum and no list to choose from",
            fix="Whoever fills it in names its source.",
        )
    if param.pattern is not None:
        if param.type not in ("text", "secret"):
            raise BadInput("only text has a pattern")
        try:
            re.compile(param.pattern)
        except re.error as error:
            raise BadInput(f"the pattern is no regular expression: {error.msg}") from None
    if param.enum is not None and param.type in ("flag", "polarity"):
        raise BadInput(f"a {param.type} has no enum")
    measure.check_default("it", param)


def _secret_arguments(action: Action, place: str) -> Iterator[Finding]:
    """The arguments of a program can be read by everybody on the machine."""
    hidden = {Reference("p", name) for name, param in action.params.items() if param.type == "secret"}
    for where, ask in _asks(action):
        try:
            read = set(template.references(ask.args)) if ask.args is not None else set()
        except BadInput:
            continue  # told at its own place
        for _, name in sorted(read & hidden):
            yield Finding(
                f"{place}.{where}.args", f"the secret p.{name} would be an argument of a program",
                "Give it to the program in another way, or name it by an id.",
            )  # fmt: skip


def _names(action: Action, place: str) -> Iterator[Finding]:
    """Each id is called by one name: with two of one name, a request would hold the wrong one."""
    known: set[str] = set()
    named = [(f"resolve[{number}].name", each.name) for number, each in enumerate(action.resolve)]
    named += [
        (f"apply[{number}].capture.{name}", name)
        for number, send in enumerate(action.apply)
        for name in send.capture
    ]
    for where, name in named:
        if name in known:
            yield Finding(f"{place}.{where}", f"var.{name} has a meaning already", "Give it another name.")
        known.add(name)
    for number, send in enumerate(action.revert):
        if send.capture:
            yield Finding(
                f"{place}.revert[{number}].capture", "nothing comes after the way back that could use it"
            )


def _check_ask(ask: Ask) -> None:
    http = (ask.method, ask.path, ask.query or None, ask.headers or None, ask.form, ask.body)
    is_http = any(part is not None for part in http) or ask.json is not UNSET
    if is_http + (ask.line is not None) + (ask.args is not None) != 1:
        raise BadInput("a request has a method and a path, or a line, or args: one of the three")
    if ask.line is not None:
        literal = template.HOLE.sub("", ask.line)
        if (
            not literal.strip()
            or ";" in literal
            or "<<" in literal
            or not (literal.isascii() and literal.isprintable())
        ):
            raise BadInput("a line is one command of printable ASCII, without ; and <<")
        return
    if ask.args is not None:
        if not ask.args or not all(isinstance(each, str | dict | list) for each in ask.args):
            raise BadInput(
                "args are texts, or objects and lists that become JSON", fix='Write numbers as "1".'
            )
        return
    _check_http(ask)


def _check_http(ask: Ask) -> None:
    if ask.method is None or ask.path is None:
        raise BadInput("a request over HTTP has a method and a path")
    if sum((ask.json is not UNSET, ask.form is not None, ask.body is not None)) > 1:
        raise BadInput("only one of json, form and body can be sent")
    if ask.method == "GET" and (ask.json is not UNSET or ask.form is not None or ask.body is not None):
        raise BadInput("a GET has no body")
    literal = template.HOLE.sub("x", ask.path)  # never empty: that is refused when it is filled
    if not literal.startswith("/") or literal.startswith("//") or "?" in literal or "#" in literal:
        raise BadInput("path: a path begins with one / and holds no query; hosts come from the target")
    # What cannot be sent whatever the values are is told now, not when a responder needs it.
    if "${" not in literal:
        template.fill_path(literal, {})
    for name, value in ask.headers.items():
        if not HEADER_NAME.fullmatch(name) or name.lower() in _RESERVED:
            raise BadInput(f"headers: {name!r} cannot be set by a connector")
        if "${" not in (plain := template.HOLE.sub("x", value)):
            template.fill_header(plain, {})
    if isinstance(ask, Send) and ask.method == "GET":
        raise BadInput("a change is never sent with GET")
    if isinstance(ask, Lookup | Source | Count | Server | Recognise) and ask.method in (
        "PUT",
        "PATCH",
        "DELETE",
    ):
        raise BadInput(f"what only reads is not sent with {ask.method}")


def _kinds(action: Action, place: str) -> Iterator[Finding]:
    """The control of one action lies at one address, which takes one kind of request.

    Users are served over HTTP; what serves nobody, as a queue, may be probed where it is controlled.
    """
    for where, ask in _asks(action):
        wanted = "http" if where == "verify.probe" and ask.kind != action.read.kind else action.read.kind
        if ask.kind != wanted:
            kinds = {"http": "a request over HTTP", "line": "a line", "program": "the arguments of a program"}
            yield Finding(
                f"{place}.{where}",
                f"this must be {kinds[wanted]}, as users are served and the control is read",
            )


def _uses(action: Action) -> Iterator[_Use]:
    check, inside = expression.check, template.references
    yield _Use("contained", check, action.contained, ("state", "p", "var"))
    yield _Use("change.what", inside, action.change.what, ("p", "var"))
    yield _Use("change.value", check, action.change.value, ("state", "p", "var"))
    yield _Use("change.after", inside, action.change.after, ("p", "before", "var"))
    yield _Use("prepare", inside, action.prepare, ("p",))
    for where, ask in _asks(action):
        planned = ("p", "before", "version", "at", "var")
        allowed = planned if isinstance(ask, Send) else ("p", "var")
        for name in _PLACES:
            yield _Use(
                f"{where}.{name}" if name in ("path", "line") else where, inside, getattr(ask, name), allowed
            )
        if isinstance(ask, Judged) and ask.ok is not None:
            yield _Use(f"{where}.ok", check, ask.ok, ANSWER)
        for name in ("guard", "state", "version", "absent_when", "pick", "contained", "serving"):
            text = getattr(ask, name, None)
            if text is not None:
                yield _Use(f"{where}.{name}", check, text, ANSWER)
        if isinstance(ask, Send):
            for name, text in ask.capture.items():
                yield _Use(f"{where}.capture.{name}", check, text, ANSWER)
            if ask.when is not None:
                yield _Use(f"{where}.when", check, ask.when, ("p", "before", "version", "var"))
    query = action.blast.query
    for name, text in (query.counts if query is not None else {}).items():
        yield _Use(f"blast.query.counts.{name}", check, text, ANSWER)


def _check_use(use: _Use, action: Action, place: str) -> Iterator[Finding]:
    where = f"{place}.{use.place}"
    try:
        references = list(use.read(use.text))
    except BadInput as error:
        yield Finding(where, error.what, error.fix)
        return
    for root, member in references:
        if root not in use.allowed:
            literal = f"The value is written `{root}`, in back-ticks. " if root in _LITERALS else ""
            yield Finding(
                where, f"{root!r} does not exist here", f"{literal}There is: {', '.join(use.allowed)}."
            )
        elif root == "p" and member not in action.params:
            yield Finding(where, f"no parameter is called {member or 'p alone'!r}")
        elif root == "var" and member not in _known(action, use.place):
            yield Finding(
                where, f"nothing captures var.{member} before it is needed here",
                "Resolve it, or capture it from an earlier change.",
            )  # fmt: skip


def _known(action: Action, place: str) -> set[str]:
    """The names of ``var`` that have a value when what stands at a place is needed."""
    resolved = [each.name for each in action.resolve]
    if place.startswith("params."):
        return set()
    if match := re.match(r"resolve\[(\d+)\]", place):
        return set(resolved[: int(match[1])])
    captured = [list(send.capture) for send in action.apply]
    if match := re.match(r"apply\[(\d+)\]", place):
        # Whether a step is taken is decided before any is, so no capture can decide it.
        captured = [] if place.endswith(".when") else captured[: int(match[1])]
    elif not place.startswith("revert"):
        captured = []
    return {*resolved, *(name for names in captured for name in names)}


def _way_back(action: Action, place: str) -> Iterator[Finding]:
    if action.reversible == bool(action.revert):
        return
    if action.reversible:
        yield Finding(
            place, "the field `revert` is missing", "Say how it is taken back, or: reversible: false"
        )
    else:
        yield Finding(f"{place}.revert", "what cannot be taken back has no way back")


def _schedule(action: Action, place: str) -> Iterator[Finding]:
    """What is proved with nobody there must come back by itself, be seen to have worked, and need one person's word."""
    if action.proof != "scheduled":
        return
    for wrong, why in (
        (not action.reversible, "what cannot be taken back is never proved on a schedule"),
        (action.verify.probe is None, "without a probe a proof would prove nothing"),
        (action.approval == "two-person", "what needs two people is never proved on a schedule"),
    ):
        if wrong:
            yield Finding(
                f"{place}.proof", why, "Leave proof out: a person then proves it by hand, where that can be."
            )


def _polarity(action: Action, place: str) -> Iterator[Finding]:
    """A switch that contains in either position is only told apart where its polarity is asked for."""
    for name, param in action.params.items():
        if param.type != "polarity":
            continue
        try:
            reads = {"contained": set(expression.check(action.contained)), "apply": set[Reference]()}
            for send in action.apply:
                reads["apply"].update(references(send), expression.check(send.when) if send.when else ())
        except BadInput:
            continue  # told at its own place
        for where, names in reads.items():
            if Reference("p", name) not in names:
                yield Finding(f"{place}.{where}", f"the polarity p.{name} is not asked for here")
