"""Commands about bundles: the record out to a stick or an auditor, a look at one, and one taken in."""

from ircockpit.command.action import SAFE, Action, Danger, Kind, Param
from ircockpit.features.disclosure.events import AUDIENCES

_HERE = "ircockpit.features.bundles.actions:"

ACTIONS = (
    Action(
        id="bundle.export", verb=("bundle", "export"), title="write the record to a folder that can be carried and checked",
        handler=_HERE + "export", slow=True, danger=Danger.RECORD, result="bundles",
        params=(
            Param("incidents", "short ids of incidents", Kind.ID, positional=True, many=True),
            Param("to", "the new folder; nothing is overwritten", Kind.PATH, positional=True, required=True, metavar="DIR"),
            Param("all", "every record held here", Kind.FLAG),
            Param("extract", "only chosen entries, each with its proof, for somebody outside", Kind.FLAG),
            Param("entry", "of an extract: only this event (its id or the beginning of it); more than once for more",
                  many=True, metavar="EVENT"),
            Param("since", "of an extract: only entries written since; without --extract only records written to since",
                  Kind.TIME),
            Param("as_of", "an earlier state of one record: its number of entries, or a file with a checkpoint",
                  metavar="CHECKPOINT"),
            Param("without_files", "leave evidence files out", Kind.FLAG),
            Param("restricted", "restricted material and privileged records too", Kind.FLAG),
            Param("max_size", "at most so much in one folder: 4G, 500M; writes DIR-1, DIR-2 …", metavar="SIZE"),
            Param("for", "of an extract: for whom; entries that may not go there are left out, and it is said so", Kind.CHOICE,
                  choices=AUDIENCES, keyword="audience"),
            Param("again", "throw a half-written bundle of an earlier try away", Kind.FLAG),
        ),
        long="A complete bundle holds whole records as they are held here, with receipts, checkpoints, certificates and"
        " evidence files: any workstation of the organisation takes it in with ircockpit bundle import. Besides the"
        " incidents named it carries the organisation's own records, so that names, systems and roles are there too. An extract"
        " is for showing: what was not chosen is not in it, and that it was left out cannot be told from it."
        " VERIFY.txt in the folder says how a stranger checks it. Restricted words and files stay here unless"
        " --restricted is given. Of several folders each is whole in itself: all carry the entries, the files are spread"
        " over them. Each incident named gets an entry that a bundle of it was written."
        " Exit code 5 when the place is taken, 6 when the disk is full or a file here is damaged.",
    ),
    Action(
        id="bundle.show", verb=("bundle", "show"), title="look at a bundle without accepting anything of it",
        handler=_HERE + "show", slow=True, result="bundle looks",
        params=(Param("folder", "the folder of the bundle", Kind.PATH, positional=True, required=True, metavar="DIR"), SAFE),
        long="Reads every byte: who made it and why they are trusted, who wrote what, what is new here, what is missing, and"
        " each damage with its place. Exit code 6 when it is damaged or was changed, 7 when nothing of it would be accepted.",
    ),
    Action(
        id="bundle.import", verb=("bundle", "import"), title="take bundles over", handler=_HERE + "take", slow=True,
        danger=Danger.RECORD, result="bundles taken over",
        params=(
            Param("folders", "folders of bundles, in any order", Kind.PATH, positional=True, required=True, many=True,
                  metavar="DIR"),
            Param("yes", "take them over; without it they are only shown", Kind.FLAG),
        ),
        long="Only complete bundles of this profile's own organisation are taken over, and none at all when one of those named"
        " is damaged. The same bundle again, an older one, or some of several folders: each adds what it has, in any order."
        " What the hub has not confirmed goes to it with the next sync, whoever wrote it.",
    ),
)  # fmt: skip
