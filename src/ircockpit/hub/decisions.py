"""What a lead asks of the hub's authority: another role, a removal, a device's revocation, the erasure of a name."""

from collections.abc import Mapping
from typing import Any

from ircockpit.core.errors import BadInput, RefusedError
from ircockpit.hub.asking import Answer, Asked, answer_of, object_of, refusal
from ircockpit.hub.authority import Authority
from ircockpit.hub.members import Members
from ircockpit.ledger.fields import UUID
from ircockpit.ledger.withdrawal import read_named

MAX_REASON = 500


def decide(members: Members, asked: Asked) -> Answer:
    """Carry out one decision in the name of the member who asks; raises what the authority refuses with."""
    said = object_of(asked.body)
    by = members.user_of(members.signed_in(asked))
    try:
        return answer_of(carry_out(members.authority, said, by))
    except RefusedError as error:
        return refusal(403, error)
    finally:
        members.reload()


def carry_out(authority: Authority, said: Mapping[str, Any], by: str) -> dict[str, Any]:
    """What was decided; ``by`` is empty for the operator of the hub."""
    why = said.get("why")
    if not isinstance(why, str) or len(why) > MAX_REASON:
        raise BadInput(f"a decision needs a reason as text, up to {MAX_REASON} characters")
    match said.get("do"):
        case "role":
            role = said.get("role")
            if not isinstance(role, str) or not role:
                raise BadInput("a decision about a role names it")
            return authority.set_role(_uuid(said, "user"), role, by=by, why=why)._asdict()
        case "remove":
            return authority.set_role(_uuid(said, "user"), "", by=by, why=why)._asdict()
        case "revoke":
            return authority.revoke(_uuid(said, "device"), by=by, why=why)._asdict()
        case "erase":
            return {"order": authority.erase(read_named(said.get("events")), by=by, why=why)}
    raise BadInput("a decision is to set a role, to remove somebody, to revoke a device, or to erase a name")


def _uuid(said: Mapping[str, Any], key: str) -> str:
    value = said.get(key)
    if not isinstance(value, str) or not UUID.holds(value):
        raise BadInput(f"{key} must be a UUID")
    return value
