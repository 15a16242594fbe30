"""A workstation that heard which role its owner has, without a hub that says so."""

from ircockpit.features.membership.rules import member_id
from ircockpit.ledger.stream import AUTHORITY
from ircockpit.store.workstation import Draft, Workstation


def be(station: Workstation, role: str) -> None:
    """Have the profile's owner be a ``role`` from now on, as far as this device knows."""
    stream = station.identity.authority_stream
    me, drafts = station.me, []
    if not stream:
        stream, genesis = station.open_stream(AUTHORITY)
        facts = {"user": me, "device": station.identity.device, "name": "me", "role": "responder"}
        drafts = [genesis, Draft(stream, "member.added", member_id(stream, me), (facts,))]
        identity = station.identity._replace(authority_stream=stream)
        station.profile.save_identity(identity)
        station.identity = identity
    station.append([*drafts, station.set_field(stream, "member.role", member_id(stream, me), "role", role)])
