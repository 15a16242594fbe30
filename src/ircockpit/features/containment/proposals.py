"""What somebody who is to approve a plan is shown: all of it computed from the fields that its hash is over."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from ircockpit.core.errors import CockpitError
from ircockpit.core.jsontext import canonical
from ircockpit.features.containment.approvals import NAME_CELLS, Proposal, quoted
from ircockpit.features.containment.verdicts import verdict_lines
from ircockpit.features.people.queries import name_of, names
from ircockpit.inert.gate import clean, line
from ircockpit.render.span import Line, Span
from ircockpit.render.timeline import at_full

if TYPE_CHECKING:
    from ircockpit.features.containment.engine.spec import Action
    from ircockpit.features.containment.verdicts import Verdict
    from ircockpit.store.workstation import Workstation

_LABEL = 11
_FAR_US = 4_102_444_800_000_000
"""The year 2100: a later time is shown as it stands."""
_SHORT = 60
"""Cells of a name or value within a sentence of ours."""


def proposal_lines(
    station: "Workstation", proposal: Proposal, *, behind: str, verdict: "Verdict | None" = None
) -> tuple[Line, ...]:
    """A plan for somebody who did not make it: what is sent, how it is undone, by which device, until when.

    Nothing in it is the proposer's to choose but the last lines, which are marked as their words: what runs say of a fix is
    read from this device's own record, a request's own text
    stands behind its label, indented, and cannot begin a line.
    """
    bound = proposal.bound
    who = line(name_of(names(station.view), proposal.user), NAME_CELLS)
    lifts = bound.get("direction") == "revert"
    lines: list[Line] = [
        _fact("plan", f"{proposal.plan[:16]}, {'to LIFT a control' if lifts else 'to switch a control on'}", "title"),
        *_requests("sends", bound.get("requests")),
        *_requests("undone by", bound.get("way_back")),
    ]  # fmt: skip
    lines += _looked_up(bound)
    if isinstance(probe := bound.get("probe"), dict):
        beside = bound.get("probes_beside")
        lines += _requests("probe", [probe, *(beside if isinstance(beside, list) else ())])
    else:
        lines.append(_fact("probe", "none: it will stay unverified", "warn"))
    lines += [
        _fact("bound too", f"{_short(name)}: {_short(_json(bound[name]))}")
        for name in bound
        if name not in _SHOWN
    ]
    if "made_us" in bound:
        made_us = bound["made_us"]
        known = isinstance(made_us, int) and 0 < made_us < _FAR_US
        lines.append(
            _fact("planned", at_full(made_us, station.shown_offset) if known else _short(_json(made_us)))
        )
    if trust := bound.get("trust"):
        lines.append(_fact("over", _short(trust)))
    lines += [
        _fact("at", f"target {_short(bound.get('target'))}, read by {_short(_url(bound.get('read')))}"),
        *_reach(station, bound),
        _fact("sent by", f"{who}'s device {_short(bound.get('device'))[:8]} alone, once, until {_until(station, proposal)}"),
        _fact("behind it", behind),
        *(verdict_lines(verdict, f" {'fix':{_LABEL - 1}}") if verdict is not None else ()),
        _fact("they say", quoted(proposal.reason), "dim"),
        *([_fact("route", f"users come to it, they say: {quoted(proposal.route)}", "warn")] if proposal.route else []),
        *([_fact("against it", f"they lift it despite that: {quoted(proposal.despite)}", "warn")] if proposal.despite else []),
    ]  # fmt: skip
    return tuple(lines)


def _looked_up(bound: dict[str, Any]) -> Iterable[Line]:
    """What its names stood for when it was planned, and the requests that ask that again right before it is sent."""
    found = bound.get("resolved")
    for name, value in found.items() if isinstance(found, dict) else ():
        yield _fact("looked up", f"{_short(name)}: {_short(value)}")
    if "lookups" in bound:
        yield from _requests("asks anew", bound["lookups"])


def _reach(station: "Workstation", bound: dict[str, Any]) -> list[Line]:
    """What the action reaches, in the words of this device's own copy of the very same connector file."""
    name, digest = _short(bound.get("connector")), str(bound.get("connector_sha256", ""))
    params = bound.get("params")
    given = (
        ", ".join(f"{_short(k)}={_short(v)}" for k, v in params.items()) if isinstance(params, dict) else ""
    )
    found = _own_action(station, str(bound.get("connector", "")), str(bound.get("action", "")), digest)
    means = f"{name}/{_short(bound.get('action'))}{' with ' if given else ''}{given}, file {digest[:12]}"
    if found is None:
        unknown = "this device does not hold that file: what it reaches is not known here, read the requests"
        return [_fact("means", means), (Span(" " * _LABEL), Span(unknown, "warn"))]
    return [
        _fact("means", f"{found.title}; {means}"),
        _fact("reaches", f"{found.blast.tier}: {found.blast.text}"),
    ]


def _own_action(station: "Workstation", connector: str, action: str, digest: str) -> "Action | None":
    from ircockpit.features.containment import shelf

    for held in shelf.connectors(station.profile):
        if held.connector.id == connector and held.connector.sha256 == digest:
            try:
                return held.connector.action(action)
            except CockpitError:
                return None
    return None


def _requests(label: str, requests: object) -> Iterable[Line]:
    shown = (
        [text for each in requests if isinstance(each, dict) for text in _shown(each)]
        if isinstance(requests, list)
        else []
    )
    for place, text in enumerate(shown or ["nothing"]):
        yield (Span(f" {label if place == 0 else '':{_LABEL - 1}}", "dim"), Span(clean(text), "accent"))


def _shown(request: dict[str, Any]) -> list[str]:
    """One bound request, nothing left out, whatever a later version binds besides; secrets by their source."""
    headers = request.get("headers")
    lines = [f"{request.get('method')} {request.get('url')}"]
    for header in headers if isinstance(headers, list) else ():
        name, value, secret, user = (
            (*map(str, header), "", "", "", "")[:4] if isinstance(header, list) else (str(header), "", "", "")
        )
        hidden = f"<base64 of {user}:<{secret}>>" if user else f"<{secret}>" if secret else ""
        lines.append(f"{name}: {value}{hidden}")
    lines += str(request["body"]).split("\n") if request.get("body") else ()
    lines += [f"{name} {_json(value)}" for name, value in request.items() if name not in _REQUEST]
    return lines


_REQUEST = frozenset({"method", "url", "headers", "body"})
_SHOWN = frozenset({
    "direction", "connector", "connector_sha256", "action", "params", "target", "requests", "way_back", "read", "probe",
    "probes_beside", "resolved", "lookups",
    "device", "expires_us", "until_us", "made_us", "trust",
    # What a person cannot read anything from; the hash is over it all the same.
    "before_sha256", "goal_sha256", "nonce", "boot",
})  # fmt: skip


def _json(value: object) -> str:
    return canonical(value).decode()


def _url(request: object) -> str:
    return str(request.get("url", "")) if isinstance(request, dict) else ""


def _until(station: "Workstation", proposal: Proposal) -> str:
    return at_full(proposal.expires_us, station.shown_offset)


def _short(value: object) -> str:
    return line(str(value), _SHORT)


def _fact(label: str, words: str, role: str = "text") -> Line:
    return (Span(f" {label:{_LABEL - 1}}", "dim"), Span(clean(words), role))
