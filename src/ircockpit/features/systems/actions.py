"""What can be done with systems: record, list, show, accept their targets here."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ircockpit.command.action import Result
from ircockpit.command.progress import tell
from ircockpit.core.errors import BadInput
from ircockpit.features.summary import blanked
from ircockpit.features.systems import queries
from ircockpit.features.systems.recording import accept, record, unproved
from ircockpit.features.systems.rules import (
    CONTEXTS,
    NAME,
    Control,
    Level,
    System,
    Target,
    check,
    pair,
    read_rule,
    stated_fields,
    system_from,
)
from ircockpit.inert.foreign import safely, words
from ircockpit.inert.gate import clean
from ircockpit.render.glyphs import counted
from ircockpit.render.span import Span
from ircockpit.render.table import Column, table
from ircockpit.store.workstation import Workstation

MAX_FILE = 256 * 1024


def add(station: Workstation, *, name: str, **given: Any) -> Result:
    """Record a system from options or a YAML file; the addresses given are accepted on this device.

    What is not given stays as it is recorded. Raises :class:`BadInput` with nothing recorded or accepted.
    """
    looks_like_file = name.endswith((".yaml", ".yml", ".json")) or "/" in name
    stated = _from_file(Path(name)) if looks_like_file else {"name": name}
    known = next((each for each in queries.systems(station.view) if each.name == stated["name"]), None)
    wanted = system_from("", {**stated_fields(known or System("", "")), **stated})
    if not looks_like_file:
        wanted = _with_options(wanted, given)
    wanted, warnings, said = record(station, known, wanted, _named(stated, given))
    for warning in warnings:
        tell(warning)
    return Result(stated_fields(wanted), _page(station, wanted), said)


def list_all(station: Workstation, *, safe: bool = False) -> Result:
    """All systems, one a row."""
    rows = queries.systems(station.view)
    said = "" if rows else "no system is recorded yet; ircockpit init leads through a first one"
    with safely(safe):
        lines = table(
            [Column(name) for name in ("name", "owner", "context", "controls", "matches")],
            [
                (
                    _plain(s),
                    words(s.owner) or "-",
                    _context(s),
                    ", ".join(words(c.name) for c in s.controls) or "none",
                    words(_rules(s)) or "-",
                )
                for s in rows
            ],
        )
        return Result(blanked([stated_fields(each) for each in rows]), tuple(lines), said)


def show(station: Workstation, *, name: str, safe: bool = False) -> Result:
    """One system with its controls."""
    found = queries.system(station.view, name)
    with safely(safe):
        return Result(blanked(stated_fields(found)), _page(station, found))


def trust(station: Workstation, *, name: str) -> Result:
    """Accept the target addresses of a system on this device."""
    found = queries.system(station.view, name)
    check(found)
    accept(station, found.targets)
    return Result(
        stated_fields(found), _page(station, found), f"this device now accepts the addresses of {found.name}"
    )


def _from_file(path: Path) -> dict[str, Any]:
    """The fields that a file states; whole, or :class:`BadInput`."""
    from ircockpit.core.yamltext import load_yaml

    try:
        if path.stat().st_size > MAX_FILE:
            raise BadInput(
                f"{path.name} is too large for a system description", fix="one file describes one system"
            )
        stated = load_yaml(path.read_bytes())
    except OSError as error:
        raise BadInput(f"{path.name} cannot be read: {error.strerror}") from None
    if not isinstance(stated, dict) or not isinstance(stated.get("name"), str):
        raise BadInput(
            f"{path.name} describes no system",
            fix="it needs at least: name, targets, controls; see docs/systems.md",
        )
    targets = stated.get("targets")
    if isinstance(targets, dict):
        stated["targets"] = [
            {"name": key, **row} if isinstance(row, dict) else row for key, row in targets.items()
        ]
    for field in ("controls", "preserve"):
        if isinstance(stated.get(field), list):
            stated[field] = [
                {"title": row.get("name"), **row} if isinstance(row, dict) else row for row in stated[field]
            ]
    _check_whole(path.name, stated, system_from("", stated))
    return stated


def _check_whole(name: str, stated: dict[str, Any], found: System) -> None:
    """A file is taken whole or refused: a control that was misspelt must not be missing on the night."""
    fields = stated_fields(found)
    for field, value in stated.items():
        if field not in fields:
            raise BadInput(f"{name}: {field!r} is no field of a system", fix="see docs/systems.md")
        if isinstance(fields[field], str) and fields[field] != value:
            raise BadInput(f"{name}: {field} must be text", fix="put it in quotation marks")
        if isinstance(fields[field], list) and (
            not isinstance(value, list) or len(value) != len(fields[field])
        ):
            raise BadInput(
                f"{name}: one of the {field} is not complete",
                fix="a target has name and admin, and probe; a control has name, connector, action, target; a level has who",
            )
    for field, known in (
        ("targets", Target._fields),
        ("controls", Control._fields),
        ("escalation", Level._fields),
        ("preserve", Control._fields),
    ):
        for row in stated.get(field, ()):
            _check_row(f"{name}: one of the {field}", row, known)


def _check_row(what: str, row: dict[str, Any], known: Sequence[str]) -> None:
    for key, value in row.items():
        if key not in known:
            raise BadInput(f"{what} has {key!r}, which is none of its fields", fix="see docs/systems.md")
        if key == "params":
            if not isinstance(value, dict) or any(isinstance(each, dict | list) for each in value.values()):
                raise BadInput(f"{what} has params that are not names with values", fix="see docs/systems.md")
        elif key == "probes":
            if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
                raise BadInput(f"{what} has probes that are no list of addresses", fix="see docs/systems.md")
        elif key == "replicas":
            if not isinstance(value, int) or isinstance(value, bool) or value < 1:
                raise BadInput(f"{what} has replicas that are no number", fix="for example: replicas: 3")
        elif key == "minutes":
            if not isinstance(value, int) or isinstance(value, bool) or value < 0:
                raise BadInput(f"{what} has minutes that are no number", fix="for example: minutes: 15")
        elif not isinstance(value, str):
            raise BadInput(f"{what} has {key} that is not text", fix="put it in quotation marks")


def _with_options(known: System, given: dict[str, Any]) -> System:
    plain = {
        name: given[name]
        for name in ("owner", "on_call", "context", "fallback", "affected")
        if given.get(name) is not None
    }
    lists: dict[str, Any] = {}
    if given.get("match"):
        lists["match"] = tuple(read_rule(text) for text in given["match"])
    if given.get("control"):
        lists["controls"] = tuple(_control(text) for text in given["control"])
    if given.get("preserve"):
        lists["preserve"] = tuple(_control(text, "--preserve", _PRESERVES) for text in given["preserve"])
    if given.get("escalate"):
        lists["escalation"] = tuple(_level(text) for text in given["escalate"])
    targets = {
        target.name: target
        for target in [_target(known, text) for text in given.get("target") or ()] or known.targets
    }
    for field, example in _OF_TARGETS.items():
        option = f"--{field.replace('_', '-')}"
        stated: dict[str, list[str]] = {}
        for text in given.get(field) or ():
            key, value = pair(text, option, example)
            if key not in targets:
                raise BadInput(
                    f"{option} is for {key!r}, which is not among the targets", fix="check its name"
                )
            stated.setdefault(key, []).append(value)
        for key, values in stated.items():
            targets[key] = _with_option(targets[key], field, values)
    return known._replace(targets=tuple(targets.values()), **lists, **plain)


_OF_TARGETS = {
    "auth": "eu-1=Authorization: env:GATEWAY_TOKEN",
    "probe_auth": "eu-1=Authorization: env:USER_KEY",
    "ca": "eu-1=/etc/ssl/own-ca.pem",
    "cert": "eu-1=/etc/ssl/responder.pem",
    "probes": "eu-1=http://10.0.0.8:8080",
    "replicas": "eu-1=3",
}
"""Options about one target each, with an example."""


def _with_option(target: Target, field: str, values: list[str]) -> Target:
    """A target with what an option says; ``probes`` may be said several times, what else is, holds as said last."""
    if field == "probes":
        first = target.probe or values[0]
        return target._replace(
            probe=first, probes=tuple(dict.fromkeys(each for each in values if each != first))
        )
    if field == "replicas":
        text = values[-1]
        if not (text.isascii() and text.isdigit() and 0 < len(text) < 5):
            raise BadInput(f"--replicas {text!r} is no number", fix="for example: --replicas eu-1=3")
        return target._replace(replicas=int(text))
    value = values[-1]
    match field:
        case "auth":
            return target._replace(auth=value)
        case "probe_auth":
            return target._replace(probe_auth=value)
        case "ca":
            return target._replace(ca=_path(value))
        case _:
            return target._replace(cert=_path(value))


def _path(text: str) -> str:
    """A file named on the command line, as every later command finds it."""
    return str(Path(text).expanduser().absolute())


def _named(stated: dict[str, Any], given: dict[str, Any]) -> set[str]:
    """The targets whose addresses stand in the file or in the options: read by whoever typed them."""
    in_file = {str(row["name"]) for row in stated.get("targets", ())}
    return in_file | {text.partition("=")[0].strip() for text in given.get("target") or ()}


def _target(known: System, text: str) -> Target:
    key, value = pair(text, "--target", "eu-1=http://127.0.0.1:9901,http://127.0.0.1:8080")
    admin, comma, probe = value.partition(",")
    before = known.target(key) or Target(key, "")
    return before._replace(admin=admin, probe=probe if comma else before.probe)


_SWITCHES = "halt=envoy/halt@eu-1"
_PRESERVES = "statistics=envoy/stats@eu-1"


def _control(text: str, option: str = "--control", example: str = _SWITCHES) -> Control:
    name, rest = pair(text, option, example)
    place, _, params = rest.partition(":")
    what, at, target = place.partition("@")
    connector, slash, action = what.partition("/")
    if not (at and slash and connector and action and target):
        raise BadInput(
            f"{option} {text!r} is not of the form NAME=CONNECTOR/WHAT@TARGET",
            fix=f"for example: {example}",
        )
    pairs = tuple(pair(part, option, example) for part in params.split(",")) if params else ()
    return Control(name, name.replace("-", " "), connector, action, target, pairs)


def _level(text: str) -> Level:
    """``WHO[=HOW][/MINUTES]``; a slash before anything but digits belongs to the words."""
    rest, slash, minutes = text.rpartition("/")
    if not (slash and minutes.isascii() and minutes.isdigit() and len(minutes) < 6):
        rest, minutes = text, "0"
    who, _, how = rest.partition("=")
    return Level(who.strip(), how.strip(), int(minutes))


def _rules(system: System) -> str:
    return "; ".join(" ".join(f"{label}={pattern}" for label, pattern in rule) for rule in system.match)


def _plain(system: System, instead: str = "a system") -> str:
    """Its name where it is a plain one, as the program asks of names, also beside safe summaries."""
    return system.name if NAME.fullmatch(system.name) else words(system.name, instead)


def _context(system: System) -> str:
    return system.context if system.context in CONTEXTS else words(system.context)


def _minutes(minutes: int) -> str:
    return f", {counted(minutes, 'minute')}" if minutes else ""


def _level_words(level: Level) -> str:
    how = f", {words(level.how)}" if level.how else ""
    return f"{words(level.who)}{how}{_minutes(level.minutes)}"


def _page(station: Workstation, system: System) -> tuple[Sequence[Span], ...]:
    rows = [
        ("system", f"{_plain(system)}, {_context(system)}"),
        ("owner", words(system.owner) or "nobody yet"),
        ("on call", words(system.on_call) or "not stated"),
        *((f"level {number}", _level_words(each)) for number, each in enumerate(system.path, 1)),
        ("matches", words(_rules(system)) or "nothing: its signals must be assigned by hand"),
    ]
    for target in system.targets:
        state = (
            "accepted here"
            if queries.is_accepted(station.profile, target)
            else f"not accepted on this device: ircockpit system trust {_plain(system, 'NAME')}"
        )
        probe = f"probe {words(target.probe)}" if target.probe else unproved(target)
        rows.append(("target", f"{words(target.name)}  {words(target.admin)}  {probe}  ({state})"))
        rows += (("", f"probe {words(each)}") for each in target.probes)
        if target.replicas > 1:
            rows.append(("", f"{target.replicas} replicas answer behind {'each' if target.probes else 'it'}"))
        rows += (
            ("", f"{what} {words(text)}")
            for what, text in (
                ("auth", target.auth),
                ("probe auth", target.probe_auth),
                ("ca", target.ca),
                ("cert", target.cert),
            )
            if text
        )
    for digit, control in enumerate(system.controls, 1):
        what = words(f"{control.connector}/{control.action} at {control.target}")
        rows.append(("control", f"{digit} {words(control.title)}  {what}"))
    rows += (
        ("evidence", words(f"{each.name}: {each.connector}/{each.action} at {each.target}"))
        for each in system.preserve
    )
    if not system.controls:
        rows.append(("control", "none: nothing can be stopped from here"))
    return tuple((Span(f"{clean(key):9}", "dim"), Span(clean(value))) for key, value in rows)
