"""Commands about bundles: the record out to a stick or an auditor, a look at one, and one taken in."""

from ircockpit.command.action import Action, Danger, Kind, Param

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
            Param("again", "throw a half-written bundle of an earlier try away", Kind.FLAG),
        ),
        long="A complete bundle holds whole records as they are held here, with receipts, checkpoints, certificates and"
        " evidence files: any workstation of the organisation takes it in with ircockpit bundle import. Besides the"
        " incidents named it carries the organisation's own record, so that names and systems are there too. An extract"
        " is for showing: what was not chosen is not in it, and that it was left out cannot be told from it."
        " VERIFY.txt in the folder says how a stranger checks it. Raw and restricted files stay here unless --restricted"
        " is given. Of several folders each is whole in itself: all carry the entries, the files are spread over them."
        " Exit code 5 when the place is taken, 6 when the disk is full or a file here is damaged.",
    ),
)  # fmt: skip
