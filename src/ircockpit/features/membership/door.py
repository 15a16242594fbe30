"""Roles at both doors: an action that one's role does not allow says why, and who may do it."""

from ircockpit.command.action import Action, roles_of
from ircockpit.core.errors import RefusedError
from ircockpit.core.roles import EVERYBODY
from ircockpit.features.membership.queries import why_not
from ircockpit.store.workstation import Workstation


def closed(station: Workstation, action: Action) -> str:
    """Why this person's role does not allow an action; empty where it does."""
    roles = roles_of(action)
    return "" if roles == EVERYBODY else why_not(station, roles)


def check_role(station: Workstation, action: Action) -> None:
    """Raise :class:`RefusedError` where this person's role does not allow an action."""
    if reason := closed(station, action):
        raise RefusedError(
            reason, safe="nothing was recorded or sent", fix="who does what: ircockpit member list"
        )
