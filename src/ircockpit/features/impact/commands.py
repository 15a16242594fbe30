"""Commands about impact: who was affected and what was done, listed, recorded, taken in from lists, and their states."""

from ircockpit.command.action import SAFE, Action, Danger, Kind, Param
from ircockpit.features.impact.events import NAMES, SORTS, STATES

_HERE = "ircockpit.features.impact.actions:"
_INCIDENT = Param("incident", "short id of the incident", Kind.ID, positional=True, required=True)
_WHERE = Param("jurisdiction", "where they live: a code of ISO 3166, DE or US-CA", default="", metavar="CODE")
_SURE = Param("confirmed", "it is certain; estimated unless it is said", Kind.FLAG)
_SOURCE = Param("source", "how it is known, in a few words", default="", metavar="WORDS")
_NAMES = Param("names", "what becomes of a name, address or number: a keyed hash, a refusal; all: of plain ids too",
               Kind.CHOICE, choices=NAMES, default="hash")  # fmt: skip

ACTIONS = (
    Action(
        id="impact.list", verb=("impact", "list"), title="show who was affected and what was done, in numbers and one by one",
        handler=_HERE + "list_all", keys=("I",), places=("incident",), screen="impact", result="impact",
        params=(
            _INCIDENT,
            Param("filter", "only what this asks: 'is:person country:DE state:open !certainty:confirmed words'"),
            Param("limit", "at most so many rows; 200 where nothing is said", Kind.INT),
            SAFE,
        ),
        long="People are listed by pseudonym, each once; groups are known by number alone, and may hold the same people, so"
        " that both together are told from how many to how many. Fields of a filter: is:person is:group is:act, state:open,"
        " country:DE country:none, certainty:confirmed, type:refund, source:words; disputed stands alone.",
    ),
    Action(
        id="impact.add", verb=("impact", "add"), title="record one affected person by pseudonym", handler=_HERE + "add",
        danger=Danger.RECORD, keys=("a",), places=("impact",), hint="add", result="impact row",
        params=(
            _INCIDENT,
            Param("person", "pseudonym, as a system calls them: an id, never a name", positional=True, required=True,
                  ask="pseudonym of the person, an id and never a name"),
            Param("jurisdiction", "where they live: a code of ISO 3166, DE or US-CA", default="", metavar="CODE",
                  ask="where do they live, as DE or US-CA; nothing where it is not known"),
            _SURE, _SOURCE, _NAMES,
        ),
        long="What looks like a name, an e-mail or network address or a telephone number is not recorded: a keyed hash takes its"
        " place, and it is said so. The key is made for the incident and read by those alone who read what is restricted.",
    ),
    Action(
        id="impact.group", verb=("impact", "group"), title="record how many people a group has, known by number alone",
        handler=_HERE + "group", danger=Danger.RECORD, result="impact row",
        params=(
            _INCIDENT,
            Param("people", "how many", Kind.INT, positional=True, required=True),
            Param("label", "which group, in a few words: 'in the access log of 3 May'", positional=True, required=True),
            _WHERE, _SURE, _SOURCE,
        ),
    ),
    Action(
        id="impact.act", verb=("impact", "act"), title="record one act of the model on the outside: a refund, an e-mail, a write",
        handler=_HERE + "act", danger=Danger.RECORD, result="impact row",
        params=(
            _INCIDENT,
            Param("external", "its id in the system it was done in", positional=True, required=True, metavar="ID"),
            Param("what", "what it was", Kind.CHOICE, choices=SORTS, default="other"),
            Param("amount", "of a sum: 12.50", default="", metavar="SUM"),
            Param("currency", "of a sum, by ISO 4217: EUR", default="", metavar="CODE"),
            Param("minor", "the sum is in minor units: 1250 is 12.50", Kind.FLAG),
            Param("target", "what or whom it reached, by an id", default="", metavar="ID"),
            _WHERE, _SOURCE,
        ),
    ),
    Action(
        id="impact.import", verb=("impact", "import"), title="record a list of people or acts from CSV or JSON lines",
        handler=_HERE + "take_in", danger=Danger.RECORD, keys=("i",), places=("impact",), hint="import",
        screen="impact_import", slow=True, result="impact import",
        params=(
            _INCIDENT,
            Param("file", "the list", Kind.PATH, positional=True, required=True, ask="file with the list, CSV or JSON lines"),
            Param("what", "what the list is of, where its columns do not say it", Kind.CHOICE, choices=("people", "acts")),
            Param("column", "which column is what: id=user_id, jurisdiction=country, region, type, amount, currency, target",
                  many=True, metavar="WHAT=NAME"),
            Param("jurisdiction", "of those whose row says none: DE or US-CA", default="", metavar="CODE"),
            _SURE, _SOURCE, _NAMES,
            Param("minor", "sums are in minor units: 1250 is 12.50", Kind.FLAG),
            Param("yes", "record it; without it is only shown what the list comes to", Kind.FLAG),
        ),
        long="Columns are guessed by their names and shown first. Whoever is known already is not counted twice, also where"
        " another device takes in the same list with the cable out; cut off, the same command goes on. What is not one of the"
        " columns is neither read nor kept.",
    ),
    Action(
        id="impact.state", verb=("impact", "state"), title="say what has become of affected people, groups and acts",
        handler=_HERE + "set_state", danger=Danger.RECORD, keys=("t",), places=("impact",), hint="state",
        screen="impact_state", undo="record.undo", result="impact states",
        params=(
            _INCIDENT,
            Param("state", "what it is now; what was recorded by mistake counts for nothing", Kind.CHOICE, positional=True,
                  required=True, choices=STATES),
            Param("why", "why, or how it is known", required=True),
            Param("who", "this one, by its name or id; more than once for more", many=True, metavar="NAME"),
            Param("filter", "all that this asks, as in impact list"),
            Param("all", "all of them", Kind.FLAG),
            Param("yes", "do it; without it, of more than one only the numbers are shown", Kind.FLAG),
        ),
        long="All of it is one act, taken back as one by undo. Each keeps who set it, when and why.",
    ),
)  # fmt: skip
