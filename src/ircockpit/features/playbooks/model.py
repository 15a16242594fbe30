"""A CACAO 2.0 playbook as frozen typed data.

The JSON that was read stands behind every object as ``json``, frozen all through, and is what is written again: what no
field here names (unknown properties, the inside of extensions, an explicit default) survives import and export unchanged.
The typed fields are a reading of it. Absent texts are "", absent lists and dictionaries are empty, absent numbers and
times None. Every text in here was written by strangers: it passes the gate before it is shown.
"""

import json as _json
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple, TypeVar

from ircockpit.features.playbooks.finding import Finding, Severity, with_lines
from ircockpit.features.playbooks.floor import check
from ircockpit.features.playbooks.source import Refused, read

MAX_STEPS = 10_000
"""Steps of one playbook; no person follows more."""
_TOLD = 3

Frozen = Mapping[str, Any]
"""A JSON object whose lists are tuples and whose objects cannot be changed."""
T = TypeVar("T")


class Edge(NamedTuple):
    """A way from one step to the next. ``case`` is the key of a switch, else ""."""

    how: str
    target: str
    case: str = ""


class Variable(NamedTuple):
    """A variable as it is defined. ``value`` is None where it is unknown: null, or not given."""

    name: str
    type: str
    value: str | None
    constant: bool
    external: bool
    description: str
    json: Frozen


class Command(NamedTuple):
    """One command of an action, as text alone."""

    type: str
    command: str
    command_b64: str
    content: str
    content_b64: str
    headers: Mapping[str, tuple[str, ...]]
    activity: str
    description: str
    json: Frozen


class Step(NamedTuple):
    """One step. ``edges`` are its ways out, in the order that people read them."""

    id: str
    type: str
    name: str
    description: str
    edges: tuple[Edge, ...]
    delay_ms: int | None
    timeout_ms: int | None
    owner: str
    variables: Mapping[str, Variable]
    commands: tuple[Command, ...]
    agent: str
    targets: tuple[str, ...]
    in_args: tuple[str, ...]
    out_args: tuple[str, ...]
    condition: str
    """The condition of an if or while; of a switch what it switches on."""
    playbook_id: str
    playbook_version: str
    json: Frozen

    def way(self, how: str) -> str:
        """Where an edge of this kind leads; "" where there is none."""
        return next((edge.target for edge in self.edges if edge.how == how), "")


class Party(NamedTuple):
    """An agent, who carries a command out, or a target, which it is carried out against."""

    id: str
    type: str
    name: str
    description: str
    sector: str
    authentication: str
    json: Frozen


class Marking(NamedTuple):
    """A data marking: how the playbook may be shared."""

    id: str
    type: str
    tlp: str
    statement: str
    json: Frozen


class Signature(NamedTuple):
    """A JSON signature (JSS), not verified by being here. ``countersignature`` signs this one."""

    id: str
    signee: str
    algorithm: str
    hash_algorithm: str
    public_key: str
    certificates: tuple[str, ...]
    cert_url: str
    thumbprint: str
    value: str
    related_to: str
    related_version: str
    valid_from: str
    valid_until: str
    revoked: bool
    countersigned: bool
    json: Frozen


class Playbook(NamedTuple):
    """A playbook that met the floor."""

    id: str
    name: str
    description: str
    types: tuple[str, ...]
    activities: tuple[str, ...]
    summary: Mapping[str, bool]
    created_by: str
    created: str
    modified: str
    revoked: bool
    valid_from: str
    valid_until: str
    derived_from: tuple[str, ...]
    priority: int | None
    severity: int | None
    impact: int | None
    sectors: tuple[str, ...]
    labels: tuple[str, ...]
    markings: tuple[str, ...]
    variables: Mapping[str, Variable]
    start: str
    exception: str
    steps: Mapping[str, Step]
    agents: Mapping[str, Party]
    targets: Mapping[str, Party]
    authentications: Mapping[str, Frozen]
    marking_definitions: Mapping[str, Marking]
    extension_definitions: Mapping[str, Frozen]
    signatures: tuple[Signature, ...]
    json: Frozen


def load(raw: bytes, name: str) -> Playbook:
    """The playbook in a file.

    Raises :class:`~ircockpit.features.playbooks.source.Refused` with the file, the line and the reason where it is not
    JSON, not of the floor, or has more than 10,000 steps.
    """
    source = read(raw, name)
    steps = source.value.get("workflow")
    if isinstance(steps, dict) and len(steps) > MAX_STEPS:
        raise Refused(name, f"it has {len(steps):,} steps, a playbook at most {MAX_STEPS:,}")
    errors = [each for each in check(source.value) if each.severity is Severity.ERROR]
    if errors:
        raise _refusal(name, with_lines(errors, source.text))
    return from_json(source.value)


def from_json(value: dict[str, Any]) -> Playbook:
    """The playbook that a JSON object is; the object must meet the floor (:func:`floor.check` finds no error)."""
    whole: Frozen = frozen(value)
    return Playbook(
        id=whole["id"],
        name=whole["name"],
        description=whole.get("description", ""),
        types=whole.get("playbook_types", ()),
        activities=whole.get("playbook_activities", ()),
        summary=whole.get("playbook_processing_summary", {}),
        created_by=whole["created_by"],
        created=whole["created"],
        modified=whole["modified"],
        revoked=whole.get("revoked", False),
        valid_from=whole.get("valid_from", ""),
        valid_until=whole.get("valid_until", ""),
        derived_from=whole.get("derived_from", ()),
        priority=whole.get("priority"),
        severity=whole.get("severity"),
        impact=whole.get("impact"),
        sectors=whole.get("industry_sectors", ()),
        labels=whole.get("labels", ()),
        markings=whole.get("markings", ()),
        variables=_each(whole, "playbook_variables", _variable),
        start=whole["workflow_start"],
        exception=whole.get("workflow_exception", ""),
        steps=_each(whole, "workflow", _step),
        agents=_each(whole, "agent_definitions", _party),
        targets=_each(whole, "target_definitions", _party),
        authentications=whole.get("authentication_info_definitions", {}),
        marking_definitions=_each(whole, "data_marking_definitions", _marking),
        extension_definitions=whole.get("extension_definitions", {}),
        signatures=tuple(map(signature_from, whole.get("signatures", ()))),
        json=whole,
    )


def to_json(playbook: Playbook) -> dict[str, Any]:
    """The playbook as JSON values that may be changed: a copy."""
    value: dict[str, Any] = thawed(playbook.json)
    return value


def write(playbook: Playbook) -> bytes:
    """The playbook as a file: two spaces, UTF-8, one line feed at the end, properties in the order they were read."""
    return (_json.dumps(to_json(playbook), indent=2, ensure_ascii=False, allow_nan=False) + "\n").encode()


def frozen(value: Any) -> Any:
    """A JSON value that nobody can change."""
    if isinstance(value, Mapping):
        return MappingProxyType({key: frozen(each) for key, each in value.items()})
    return tuple(map(frozen, value)) if isinstance(value, list | tuple) else value


def thawed(value: Any) -> Any:
    """The JSON value again, as lists and dictionaries of one's own."""
    if isinstance(value, Mapping):
        return {key: thawed(each) for key, each in value.items()}
    return list(map(thawed, value)) if isinstance(value, list | tuple) else value


def _refusal(name: str, errors: tuple[Finding, ...]) -> Refused:
    first = errors[0]
    more = f", and {len(errors) - 1} more" if len(errors) > 1 else ""
    reason = f"at {first.place or 'the top'}: {first.sentence}{more}"
    return Refused(name, reason, line=first.line, fix=f"{first.fix} To see a repair, load it with repair.")


def _each(whole: Frozen, name: str, make: Callable[[str, Frozen], T]) -> Mapping[str, T]:
    return MappingProxyType({key: make(key, each) for key, each in whole.get(name, {}).items()})


def _variable(name: str, json: Frozen) -> Variable:
    return Variable(
        name=name,
        type=json["type"],
        value=json.get("value"),
        constant=json.get("constant", False),
        external=json.get("external", False),
        description=json.get("description", ""),
        json=json,
    )


def _step(ident: str, json: Frozen) -> Step:
    return Step(
        id=ident,
        type=json["type"],
        name=json.get("name", ""),
        description=json.get("description", ""),
        edges=tuple(_edges(json)),
        delay_ms=json.get("delay"),
        timeout_ms=json.get("timeout"),
        owner=json.get("owner", ""),
        variables=_each(json, "step_variables", _variable),
        commands=tuple(map(_command, json.get("commands", ()))) if json["type"] == "action" else (),
        agent=json.get("agent", "") if json["type"] == "action" else "",
        targets=json.get("targets", ()) if json["type"] == "action" else (),
        in_args=json.get("in_args", ()) if json["type"] in _CALLING else (),
        out_args=json.get("out_args", ()) if json["type"] in _CALLING else (),
        condition=json["switch"] if json["type"] == "switch-condition" else json.get("condition", ""),
        playbook_id=json.get("playbook_id", ""),
        playbook_version=json.get("playbook_version", ""),
        json=json,
    )


_CALLING = frozenset({"action", "playbook-action"})
_INNER = MappingProxyType({"if-condition": ("on_true", "on_false"), "while-condition": ("on_true",)})
"""Ways into a step's own branches; elsewhere these properties are unknown ones."""


def _edges(json: Frozen) -> Iterator[Edge]:
    kind = json["type"]
    for how in _INNER.get(kind, ()):
        if how in json:
            yield Edge(how, json[how])
    if kind == "switch-condition":
        for case, target in json["cases"].items():
            yield Edge("case", target, case)
    if kind == "parallel":
        for target in json["next_steps"]:
            yield Edge("next_steps", target)
    for how in ("on_completion", "on_success", "on_failure"):
        if how in json:
            yield Edge(how, json[how])


def _command(json: Frozen) -> Command:
    def text(name: str) -> str:
        value = json.get(name, "")
        return value if isinstance(value, str) else ""  # of an unknown type of command it may be anything

    headers = json.get("headers", {}) if json["type"] in ("http-api", "openc2-http") else {}
    return Command(
        type=json["type"],
        command=text("command"),
        command_b64=text("command_b64"),
        content=text("content"),
        content_b64=text("content_b64"),
        headers=headers,
        activity=text("playbook_activity"),
        description=text("description"),
        json=json,
    )


def _party(ident: str, json: Frozen) -> Party:
    def text(name: str) -> str:
        value = json.get(name, "")
        return value if isinstance(value, str) else ""  # of an unknown type of agent it may be anything

    return Party(
        ident,
        json["type"],
        json["name"],
        text("description"),
        text("sector"),
        text("authentication_info"),
        json,
    )


def _marking(ident: str, json: Frozen) -> Marking:
    return Marking(
        ident,
        json["type"],
        json["tlpv2_level"] if json["type"] == "marking-tlp" else "",
        json["statement"] if json["type"] == "marking-statement" else "",
        json,
    )


def signature_from(json: Frozen) -> Signature:
    """The signature that a JSON object of this shape is."""
    return Signature(
        id=json["id"],
        signee=json["signee"],
        algorithm=json["algorithm"],
        hash_algorithm=json["hash_algorithm"],
        public_key=json.get("public_key", ""),
        certificates=json.get("public_cert_chain", ()),
        cert_url=json.get("cert_url", ""),
        thumbprint=json.get("thumbprint", ""),
        value=json["value"],
        related_to=json["related_to"],
        related_version=json["related_version"],
        valid_from=json.get("valid_from", ""),
        valid_until=json.get("valid_until", ""),
        revoked=json.get("revoked", False),
        countersigned="signature" in json,
        json=json,
    )
