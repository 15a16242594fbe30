"""Which channels a notice is for, and what is due by itself; pure."""

from collections.abc import Iterable
from typing import NamedTuple

from ircockpit.features.notices.channels import Channel, Rule

ESCALATION = "escalation"


class Situation(NamedTuple):
    """What of an incident decides whom a notice is for."""

    severity: int
    """1 to 4; 0 where it has none."""
    system: str
    owner: str
    """Who owns the system."""
    roles: frozenset[str]
    """Duty roles somebody holds on it, by their ids."""
    level: int = 0
    """The level of the escalation path to be called next; 0 where nobody is to be called."""
    called: str = ""
    """Who that is."""


def recipients(channel: Channel, template: str, now: Situation) -> tuple[str, ...]:
    """The rules of a channel by which a notice is for it, as they are written; none where it is not.

    An escalation step goes to whom it calls and to who asked for that template, to nobody else.
    """
    return tuple(rule.said for rule in channel.rules if _fits(rule, template, now))


def _fits(rule: Rule, template: str, now: Situation) -> bool:
    value = rule.value.strip().casefold()
    if rule.kind == "template":
        return value == template
    if rule.kind == "escalation":
        whom = (now.called.casefold(), str(now.level), "*") if now.level else ()
        return template == ESCALATION and value in whom
    if template == ESCALATION:
        return False
    if rule.kind == "severity":
        return 0 < now.severity <= int(value)
    if rule.kind == "role":
        return value in now.roles
    return bool(value) and value == (now.owner if rule.kind == "owner" else now.system).casefold()


def fitting(channels: Iterable[Channel], template: str, now: Situation) -> dict[str, tuple[str, ...]]:
    """By name the channels that a notice is for, with the rules that say so."""
    found = {each.name: recipients(each, template, now) for each in channels}
    return {name: rules for name, rules in found.items() if rules}
