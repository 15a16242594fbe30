"""What a system record must hold, and which system a signal belongs to; pure."""

import re
from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from typing import Any, Literal, NamedTuple
from urllib.parse import urlsplit

from ircockpit.core.errors import BadInput
from ircockpit.core.stated import whole

NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,62}")
CONTEXTS = ("customer-facing", "internal", "partner")
_LOCAL = re.compile(
    r"tcp://([A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\]):[1-9][0-9]{0,4}|unix:/[!-~]{1,106}|exec:[a-z0-9][a-z0-9._-]{0,62}"
)
MAX_PROBES = 16
"""Addresses of a data plane: each is asked, one after the other."""
MAX_REPLICAS = 20
"""Replicas behind one address: a row of probes asks each of them."""
MAX_CONTROLS = 9
"""Controls are chosen by one digit."""
MAX_LEVELS = 9
MAX_WAIT = 7 * 24 * 60
"""Minutes that a level of an escalation path may have."""


AuthKind = Literal["header", "bearer", "basic", "query", "sigv4", "oauth2"]

AUTH_FORMS = {
    "header": "Authorization: Bearer env:GATEWAY_TOKEN",
    "bearer": "bearer env:GATEWAY_TOKEN",
    "basic": "basic responder env:GATEWAY_PASSWORD",
    "query": "query api_key env:GATEWAY_KEY",
    "sigv4": "sigv4 eu-central-1 wafv2 env:AWS_ACCESS_KEY_ID env:AWS_SECRET_ACCESS_KEY",
    "oauth2": "oauth2 https://login.example.org/token responder env:CLIENT_SECRET control.write",
}
"""One of each kind, as people write them."""
_AUTH_WORDS = {"bearer": (1, 1), "basic": (2, 2), "query": (2, 2), "sigv4": (4, 5), "oauth2": (3, 9)}
_AUTH_SECRETS = {
    "header": (2, 3),
    "bearer": (0, 1),
    "basic": (1, 2),
    "query": (1, 2),
    "sigv4": (2, 5),
    "oauth2": (2, 3),
}
"""Which of the words that follow name secrets: from, to."""
_SOURCE = re.compile(r"[a-z]+:.+")


class Target(NamedTuple):
    """Where a control's requests go. The addresses bind only once this device has accepted them."""

    name: str
    admin: str
    """Base address of the control API; ``tcp://host:port``, ``unix:/path`` or ``exec:name`` where it is no HTTP."""
    probe: str = ""
    """Base address of the data plane, as users reach it; without one a stop stays unverified."""
    auth: str = ""
    """``Header: secret-source``, or another of :data:`AUTH_FORMS`; the secret itself is never here."""
    ca: str = ""
    """Path of a private CA file on this device."""
    probe_auth: str = ""
    """As ``auth``, for the probe: whom the data plane serves."""
    cert: str = ""
    """Path of a file with certificate and key on this device, shown to the control."""
    canary: str = ""
    """Whom it serves instead of users, where that is nobody who would be harmed by a proof: ``a copy without users``."""
    probes: tuple[str, ...] = ()
    """Further base addresses of the data plane, one for each replica that can be asked by itself."""
    replicas: int = 0
    """How many replicas answer behind one probe address; 0 where nobody has said."""

    @property
    def stated(self) -> dict[str, Any]:
        """Its fields as they are recorded; what came later is left out where nothing is said."""
        later = {name for name in ("canary", "probes", "replicas") if not getattr(self, name)}
        fields = {**self._asdict(), "probes": list(self.probes)}
        return {name: value for name, value in fields.items() if name not in later}


class Control(NamedTuple):
    """One thing that can be switched to stop harm, with all its parameters filled in beforehand."""

    name: str
    title: str
    connector: str
    action: str
    target: str
    params: tuple[tuple[str, str], ...] = ()


class Level(NamedTuple):
    """A level of the path by which people are called where nobody takes an incident."""

    who: str
    how: str = ""
    """A number, an address, a pager."""
    minutes: int = 0
    """How long they have before the next level is called; 0 for the minutes of the severity."""


class System(NamedTuple):
    """An AI system the team answers for."""

    ident: str
    name: str
    owner: str = ""
    on_call: str = ""
    context: str = "customer-facing"
    match: tuple[tuple[tuple[str, str], ...], ...] = ()
    """Rules, any of which suffices; each is labels with patterns (``*`` and ``?``) that must all match."""
    targets: tuple[Target, ...] = ()
    controls: tuple[Control, ...] = ()
    fallback: str = ""
    affected: str = ""
    """How to count the people reached, in words."""
    escalation: tuple[Level, ...] = ()
    """Who is called in turn; where nobody is named, its on-call and then its owner are."""
    preserve: tuple[Control, ...] = ()
    """What is kept as evidence when a plan opens; their ``action`` is an entry of ``preserve`` in the connector."""

    @property
    def path(self) -> tuple[Level, ...]:
        """Who is called in turn, as stated or by default."""
        default = (
            Level("on call", self.on_call) if self.on_call else None,
            Level(self.owner) if self.owner else None,
        )
        return self.escalation or tuple(each for each in default if each is not None)

    def target(self, name: str) -> Target | None:
        """The target of that name."""
        return next((target for target in self.targets if target.name == name), None)


class Resolution(NamedTuple):
    """Which system a signal belongs to, and why; ``system`` is empty where that is not known."""

    system: str
    reason: str


def resolve(labels: Mapping[str, str], systems: Iterable[System]) -> Resolution:
    """The system whose most specific rule matches the labels, with the reason in words.

    Two systems whose best rules are equally specific leave the signal unresolved: a person decides.
    """
    best: list[tuple[int, System, str]] = []
    for system in systems:
        for number, rule in enumerate(system.match, 1):
            if rule and all(
                label in labels and fnmatchcase(labels[label], pattern) for label, pattern in rule
            ):
                said = " and ".join(f"{label}={labels[label]}" for label, _ in rule)
                best.append((len(rule), system, f"{said} matches rule {number} of {system.name}"))
    if not best:
        return Resolution("", "no system's rules match its labels")
    top = max(count for count, _, _ in best)
    winners = {system.ident: (system, why) for count, system, why in best if count == top}
    if len(winners) > 1:
        names = " and ".join(sorted(system.name for system, _ in winners.values()))
        return Resolution("", f"the rules of {names} match equally well")
    system, why = next(iter(winners.values()))
    return Resolution(system.ident, why)


def check(system: System) -> None:
    """Raise :class:`BadInput` with the first thing wrong with a system record."""
    if not NAME.fullmatch(system.name):
        raise BadInput(
            "a system's name is small letters, digits, dots and dashes", fix="for example: pharmacy-bot"
        )
    if system.context not in CONTEXTS:
        raise BadInput(f"the context of a system is one of {', '.join(CONTEXTS)}")
    if len(system.controls) > MAX_CONTROLS:
        raise BadInput(f"a system has at most {MAX_CONTROLS} controls, one a digit")
    _check_path(system.escalation)
    for what, names in (
        ("controls", [control.name for control in system.controls]),
        ("things to preserve", [each.name for each in system.preserve]),
        ("targets", [target.name for target in system.targets]),
    ):
        if len(set(names)) != len(names):
            raise BadInput(f"two {what} of the system have the same name", fix="name each of them otherwise")
    for target in system.targets:
        check_address(target.admin, local=True)
        _check_probes(target)
        for auth in filter(None, (target.auth, target.probe_auth)):
            read_auth(auth)
    _check_preserved(system.preserve)
    for control in (*system.controls, *system.preserve):
        if system.target(control.target) is None:
            raise BadInput(
                f"{control.name} goes to {control.target!r}, which is not among the targets",
                fix=f"add --target {control.target or 'NAME'}=ADMIN-ADDRESS,PROBE-ADDRESS",
            )


def _check_preserved(preserve: tuple[Control, ...]) -> None:
    if len(preserve) > MAX_CONTROLS:
        raise BadInput(f"a system preserves at most {MAX_CONTROLS} things by itself")
    for each in preserve:
        if not NAME.fullmatch(each.name):
            raise BadInput(
                "what is preserved is named in small letters, digits, dots and dashes",
                fix="for example: conversations",
            )


def _check_probes(target: Target) -> None:
    addresses = [*filter(None, (target.probe,)), *target.probes]
    for address in addresses:
        # What serves nobody over HTTP, such as a queue, is probed where it is controlled.
        check_address(address, local=address == target.admin)
    if target.probes and not target.probe:
        raise BadInput(
            f"{target.name} has further probe addresses and no first one", fix="give it a probe address"
        )
    if len(set(addresses)) != len(addresses) or len(addresses) > MAX_PROBES:
        raise BadInput(f"the probe addresses of {target.name} are different ones, at most {MAX_PROBES}")
    if not 0 <= target.replicas <= MAX_REPLICAS:
        raise BadInput(
            f"behind one probe address of {target.name} there are 1 to {MAX_REPLICAS} replicas",
            fix="where there are more, name the address of each with probes",
        )


class StatedAuth(NamedTuple):
    """What such a line says."""

    kind: AuthKind
    words: tuple[str, ...]
    """What follows the kind; for a header its name, what stands before the secret, and the secret's source."""

    @property
    def secrets(self) -> tuple[str, ...]:
        """The sources it names."""
        begins, ends = _AUTH_SECRETS[self.kind]
        return self.words[begins:ends]


def read_auth(text: str) -> StatedAuth:
    """Read such a line. Raises :class:`BadInput` with an example for what is none."""
    first, space, rest = text.strip().partition(" ")
    if first in _AUTH_WORDS and space:
        words = tuple(rest.split())
        least, most = _AUTH_WORDS[first]
        begins, ends = _AUTH_SECRETS[first]
        if not least <= len(words) <= most or not all(map(_SOURCE.fullmatch, words[begins:ends])):
            raise BadInput(
                f"auth of the kind {first} is not complete", fix=f"for example: {AUTH_FORMS[first]}"
            )
        return StatedAuth(first, words)  # type: ignore[arg-type]
    header, colon, rest = text.partition(":")
    scheme, blank, source = rest.strip().rpartition(" ")
    if not colon or not header.strip() or not _SOURCE.fullmatch(source):
        raise BadInput("auth names a header and a secret source", fix=f"for example: {AUTH_FORMS['header']}")
    return StatedAuth("header", (header.strip(), scheme + blank, source))


def pair(text: str, option: str, example: str) -> tuple[str, str]:
    """``NAME=VALUE`` as an option states it. Raises :class:`BadInput` with an example for what is none."""
    key, equals, value = text.partition("=")
    if not equals or not key.strip() or not value.strip():
        raise BadInput(
            f"{option} {text!r} is not of the form NAME=VALUE", fix=f"for example: {option} {example}"
        )
    return key.strip(), value.strip()


def read_rule(text: str) -> tuple[tuple[str, str], ...]:
    """A rule over labels: ``LABEL=PATTERN[,LABEL=PATTERN]``."""
    return tuple(pair(part, "--match", "service=support-*") for part in text.split(","))


def _check_path(path: tuple[Level, ...]) -> None:
    if len(path) > MAX_LEVELS:
        raise BadInput(f"an escalation path has at most {MAX_LEVELS} levels", fix="name fewer people")
    for level in path:
        if not level.who.strip() or not 0 <= level.minutes <= MAX_WAIT:
            raise BadInput(
                f"a level of an escalation path names somebody, and minutes from 0 to {MAX_WAIT:,}",
                fix='for example: --escalate "Ann Lee=+49 30 1234/15"',
            )


def check_address(address: str, *, local: bool = False) -> None:
    """Raise :class:`BadInput` unless ``address`` is plain http or https with a host and no password in it.

    With ``local`` a control may also lie at a socket of lines or be a program.
    """
    if local and _LOCAL.fullmatch(address):
        return
    try:
        parts = urlsplit(address)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        good = False
    if not good or any(not 32 < ord(c) < 127 for c in address):
        raise BadInput(
            "a target's address is http:// or https:// with a host", fix="for example: http://127.0.0.1:9901"
        )
    if parts.username or parts.password:
        raise BadInput("an address must not hold a password", fix="name a secret source with auth instead")


def system_from(ident: str, stated: Mapping[str, Any]) -> System:
    """A system from its recorded fields; what is not of the right form is left out, never fatal."""
    targets = [
        _target_from(row, texts)
        for row in _rows(stated.get("targets"))
        if {"name", "admin"} <= set(texts := _texts(row, _TARGET_TEXTS))
    ]
    controls, preserve = (_controls_from(stated.get(field)) for field in ("controls", "preserve"))
    match = tuple(
        tuple(sorted((str(k), str(v)) for k, v in row.items())) for row in _rows(stated.get("match"))
    )
    escalation = tuple(
        Level(str(row["who"]), str(row.get("how") or ""), whole(row.get("minutes")))
        for row in _rows(stated.get("escalation"))
        if isinstance(row.get("who"), str)
    )
    plain = _texts(stated, ("name", "owner", "on_call", "context", "fallback", "affected"))
    plain["name"] = plain.get("name") or ident
    return System(
        ident=ident, match=match, targets=tuple(targets), controls=controls, escalation=escalation, preserve=preserve,
        **plain,
    )  # fmt: skip


def stated_fields(system: System) -> dict[str, Any]:
    """The fields of a system as they are recorded."""
    return {
        "name": system.name, "owner": system.owner, "on_call": system.on_call, "context": system.context,
        "match": [dict(rule) for rule in system.match], "targets": [target.stated for target in system.targets],
        "controls": [{**control._asdict(), "params": dict(control.params)} for control in system.controls],
        "fallback": system.fallback, "affected": system.affected,
        "escalation": [level._asdict() for level in system.escalation],
        "preserve": [{**each._asdict(), "params": dict(each.params)} for each in system.preserve],
    }  # fmt: skip


def _controls_from(stated: Any) -> tuple[Control, ...]:
    found = []
    for row in _rows(stated):
        texts = _texts(row, Control._fields[:-1])
        if {"name", "title", "connector", "action", "target"} <= set(texts):
            params = row.get("params")
            pairs = (
                tuple(sorted((str(k), str(v)) for k, v in params.items()))
                if isinstance(params, Mapping)
                else ()
            )
            found.append(Control(**texts, params=pairs))
    return tuple(found)


_TARGET_TEXTS = tuple(name for name in Target._fields if name not in ("probes", "replicas"))


def _target_from(row: Mapping[str, Any], texts: dict[str, str]) -> Target:
    """A target as recorded; the first of several probe addresses is the probe where none is named so."""
    listed = row.get("probes")
    probes = [each for each in listed if isinstance(each, str)] if isinstance(listed, list | tuple) else []
    first = texts.pop("probe", "") or (probes[0] if probes else "")
    beside = tuple(each for each in probes if each != first)
    return Target(**texts, probe=first, probes=beside, replicas=whole(row.get("replicas")))


def _rows(value: Any) -> list[Mapping[str, Any]]:
    return [row for row in value if isinstance(row, Mapping)] if isinstance(value, list) else []


def _texts(row: Mapping[str, Any], names: Iterable[str]) -> dict[str, str]:
    return {name: str(row[name]) for name in names if isinstance(row.get(name), str)}
