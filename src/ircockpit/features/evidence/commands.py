"""Commands about evidence: take a file into custody, say of which kind it is, list exhibits, give a copy out."""

from ircockpit.command.action import SAFE, Action, Danger, Kind, Param
from ircockpit.core.roles import Capability, roles_with
from ircockpit.features.evidence.events import EXHIBITS

_HERE = "ircockpit.features.evidence.actions:"
_CLEAR = Param("clear", "the file holds none of what a duty of the incident forbids to copy", Kind.FLAG)

ACTIONS = (
    Action(
        id="evidence.add",
        verb=("evidence", "add"),
        title="take a file into custody as an exhibit",
        handler=_HERE + "add",
        danger=Danger.RECORD,
        why_not="ircockpit.features.evidence.why_not:take_in",
        keys=("E",),
        places=("queue", "incident"),
        result="exhibit",
        params=(
            Param(
                "file", "the file", Kind.PATH, positional=True, required=True, ask="file to take into custody"
            ),
            Param("incident", "short id of the incident", Kind.ID, required=True, metavar="ID"),
            Param(
                "origin", "where it comes from: system, person, how it was obtained", ask="where is it from?"
            ),
            Param(
                "kind",
                "what it is to the playbook: a step that asks for one sees that it is there",
                Kind.CHOICE,
                choices=EXHIBITS,
                metavar="KIND",
            ),
            _CLEAR,
        ),
        long="The bytes are hashed and a copy is kept with the profile before anything is recorded. The same"
        " bytes again in one incident add nothing but the kind, where another one is given.",
    ),
    Action(
        id="evidence.clear",
        verb=("evidence", "clear"),
        title="record that an exhibit holds nothing which must not be copied",
        handler=_HERE + "clear",
        danger=Danger.RECORD,
        roles=roles_with(Capability.WAIVE),
        result="exhibit",
        params=(
            Param("exhibit", "short id of the exhibit (x-…), or INCIDENT/E3", positional=True, required=True),
            Param("why", "who looked, and what counsel says", required=True),
            Param("withdraw", "it holds no more: the file stays where it is again", Kind.FLAG),
        ),
        long="While a duty forbids copies about an incident, its files are not written, sent, fetched, shown or put into"
        " bundles and backups, but for those that are clear.",
    ),
    Action(
        id="evidence.list",
        verb=("evidence", "list"),
        title="list an incident's exhibits",
        handler=_HERE + "list_all",
        keys=("e",),
        places=("queue", "incident"),
        result="exhibits",
        params=(Param("incident", "short id of the incident", Kind.ID, positional=True, required=True), SAFE),
    ),
    Action(
        id="evidence.export",
        verb=("evidence", "export"),
        title="write a copy of an exhibit to a new file",
        handler=_HERE + "export",
        danger=Danger.RECORD,
        roles=roles_with(Capability.REVEAL),
        slow=True,
        result="exhibit",
        params=(
            Param("exhibit", "short id of the exhibit (x-…), or INCIDENT/E3", positional=True, required=True),
            Param("to", "new file, or folder to put it in; nothing is overwritten", Kind.PATH, required=True),
        ),
        long="A file that a colleague has kept is fetched from the hub first, as evidence fetch does it. The copy is checked"
        " against the hash in the record, and the export is noted in the incident.",
    ),
    Action(
        id="evidence.fetch",
        verb=("evidence", "fetch"),
        title="bring an exhibit's file from the hub to this device",
        handler=_HERE + "fetch",
        danger=Danger.RECORD,
        screen="fetch",
        keys=("F",),
        places=("incident",),
        roles=roles_with(Capability.REVEAL),
        slow=True,
        result="fetched exhibit",
        params=(
            Param("exhibit", "short id of the exhibit (x-…), or INCIDENT/E3", positional=True, required=True),
            Param("stop", "have another window that fetches it leave it; what arrived is kept", Kind.FLAG),
        ),
        long="It comes in pieces, each part checked against the hash that the record states before it counts. Broken off"
        " by a link, a kill or Ctrl-C, the same again goes on where it was. ircockpit standing shows how far it is. That"
        " the file is here is noted in the incident.",
    ),
    Action(
        id="evidence.kind",
        verb=("evidence", "kind"),
        title="say of which kind an exhibit is",
        handler=_HERE + "set_kind",
        danger=Danger.RECORD,
        keys=("w",),
        places=("evidence",),
        screen="evidence_kind",
        undo="record.undo",
        result="exhibit",
        params=(
            Param("exhibit", "short id of the exhibit (x-…), or INCIDENT/E3", positional=True, required=True),
            Param(
                "kind",
                "the kind",
                Kind.CHOICE,
                positional=True,
                required=True,
                choices=EXHIBITS,
                metavar="KIND",
            ),
        ),
        long="A step of a playbook that asks for an exhibit of a kind ticks itself once there is one.",
    ),
)
