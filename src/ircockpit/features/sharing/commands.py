"""Commands about the hub: sync with it, join one, run one, invite others."""

from ircockpit.command.action import SAFE, Action, Danger, Kind, Param
from ircockpit.core.roles import DEFAULT_ROLE, EVERYBODY, ROLES

_HERE = "ircockpit.features.sharing.actions:"
_HOST = "ircockpit.features.sharing.hosting:"
_DATA = Param("data", "the hub's data folder (default: hub in the profile)", Kind.PATH, metavar="DIR")

ACTIONS = (
    Action(
        id="sync.now", verb=("sync",), title="bring this device and the hub together now", handler=_HERE + "sync_now", slow=True,
        effect="sends the hub what it lacks of this device's record, and adds to it what the hub has",
        keys=("s",), places=("sync",), hint="try now", result="sync state",
        why_not=_HERE + "alone",
        params=(
            Param("watch", "go on until interrupted, telling each change", Kind.FLAG),
            Param("seen", "alarms were read: show them no longer", Kind.FLAG),
        ),
        long="The cockpit does this by itself as long as it is open. Exit code 3 when the hub cannot be reached:"
        " nothing is lost then, the next sync sends it.",
    ),
    Action(
        id="sync.standing", verb=("standing",), title="show what is between this device and the hub: unsent, refused, at odds",
        handler="ircockpit.features.sharing.rows:show", keys=("s",), places=("*", "-sync"), screen="standing",
        roles=EVERYBODY, result="standing", params=(SAFE,),
        long="Read from this device's own databases; the hub is not asked, so that it works with the cable out.",
    ),
    Action(
        id="hub.serve", verb=("hub", "serve"), title="run a hub on this machine", handler=_HOST + "serve", slow=True,
        danger=Danger.RECORD, roles=EVERYBODY, result="nothing",
        params=(
            _DATA,
            Param("host", "address to listen on; 0.0.0.0 for every network of this machine", default="127.0.0.1"),
            Param("port", "port to listen on", Kind.INT, default=8470),
            Param("passphrase", "where the passphrase of the root key is, for the first start", metavar="SOURCE"),
        ),
        long="The first start makes the hub's two keys in its data folder and certifies them with the organisation root of"
        " this profile; the root itself never goes there. It runs until it is interrupted. Put TLS in front of it"
        " (a reverse proxy) wherever the network is not yours.",
    ),
    Action(
        id="hub.invite", verb=("hub", "invite"), title="make a one-time code for another workstation to join",
        handler=_HOST + "invite", danger=Danger.RECORD, roles=EVERYBODY, result="invitation",
        params=(
            _DATA,
            Param("name", "name of the person invited, as others will see it", required=True),
            Param("role", "what they join as", Kind.CHOICE, choices=tuple(ROLES), default=DEFAULT_ROLE),
        ),
        long="Run it on the hub's machine. The code holds for one hour and one workstation; say it over a line you trust.",
    ),
    Action(
        id="hub.member", verb=("hub", "member"), title="as the hub's operator, give a member another role or remove them",
        handler=_HOST + "member", danger=Danger.RECORD, roles=EVERYBODY, result="member",
        params=(
            _DATA,
            Param("member", "name, or the beginning of an id", positional=True, required=True),
            Param("role", "the role to have, or removed", Kind.CHOICE, positional=True, required=True,
                  choices=(*ROLES, "removed")),
            Param("why", "the reason, kept with the decision"),
        ),
        long="Run it on the hub's machine. A lead does the same from a workstation: ircockpit member role.",
    ),
    Action(
        id="hub.revoke", verb=("hub", "revoke"), title="as the hub's operator, revoke a device",
        handler=_HOST + "revoke", danger=Danger.RECORD, roles=EVERYBODY, result="revocation",
        params=(
            _DATA,
            Param("device", "the beginning of its id, or the name of a member with one device", positional=True, required=True),
            Param("reason", "why: lost, stolen, given away", required=True),
        ),
        long="Run it on the hub's machine. A lead does the same from a workstation: ircockpit member revoke.",
    ),
    Action(
        id="hub.restore", verb=("hub", "restore"), title="as the hub's operator, say that a backup was put back",
        handler=_HOST + "restore", danger=Danger.RECORD, roles=EVERYBODY, result="restored hub",
        params=(_DATA,),
        long="Run it on the hub's machine, after the backup was put in place and before the hub is started. Every record"
        " begins a new generation, so that the hub never signs two histories of one. Workstations then bring back what"
        " the backup lacks, whoever wrote it. A hub also notices by itself, as far as it can.",
    ),
    Action(
        id="hub.status", verb=("hub", "status"), title="ask the hub what it holds", handler=_HERE + "hub_status", slow=True,
        result="hub status", params=(SAFE,),
    ),
    Action(
        id="hub.enroll", verb=("enroll",), title="join a hub with a one-time code", handler=_HERE + "join", slow=True,
        danger=Danger.RECORD, roles=EVERYBODY, result="membership",
        params=(
            Param("url", "address of the hub: http://host:8470", positional=True, required=True, ask="address of the hub"),
            Param("code", "the code, with or without its dashes", positional=True, required=True, ask="code"),
            Param("name", "your name, as others will see it"),
        ),
        long="Everything recorded on this device so far is shared with the hub from then on.",
    ),
)  # fmt: skip
