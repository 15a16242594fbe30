"""Commands of legal clocks."""

from ircockpit.command.action import SAFE, Action, Danger, Kind, Param
from ircockpit.core.roles import Capability, roles_with

_HERE = "ircockpit.features.clocks.actions:"
_INCIDENT = Param("incident", "short id of the incident", Kind.ID, positional=True, required=True)
_CLOCK = Param(
    "clock", "the clock's name, or a part that only one has: gdpr-33", Kind.ID, positional=True, required=True, metavar="CLOCK"
)  # fmt: skip
_WHY = Param("why", "the reason, kept with it")
_WITHDRAW = Param("withdraw", "take it back; what was recorded stays readable", Kind.FLAG)
_TIMES = "14:03 for the latest 14:03, 2026-11-23 for a day, or 2026-11-23T14:03+01:00"

ACTIONS = (
    Action(
        id="clock.list", verb=("clocks", "list"), title="list legal clocks, the most urgent first", handler=_HERE + "overview",
        result="clocks",
        params=(
            Param("incident", "short id of the incident; without it, of all open ones", Kind.ID, positional=True),
            Param("all", "also what does not apply, is filed or decided", Kind.FLAG), SAFE,
        ),
        long="Engineering, not legal advice: what is a legal question stands as confirm with counsel. That no clock runs"
        " does not mean that no duty runs.",
    ),
    Action(
        id="clock.show", verb=("clocks", "show"), title="show a clock: wording, source, recipient, what to send, what is missing",
        handler=_HERE + "show", result="clock whole", params=(_CLOCK, _INCIDENT._replace(positional=True), SAFE),
    ),
    Action(
        id="clock.anchor", verb=("clocks", "anchor"), title="record when an event was that clocks count from",
        handler=_HERE + "anchor", danger=Danger.RECORD, keys=("w",), places=("clocks",), screen="anchor", result="clocks",
        params=(
            _INCIDENT,
            Param("name", "the event: aware, discovered, resolved …", positional=True, required=True, ask="which event?"),
            Param("time", _TIMES, positional=True, required=True, ask="when was it?"),
            Param("low", "the earliest it can have been, where the time is an estimate", metavar="TIME"),
            Param("high", "the latest it can have been", metavar="TIME"),
            _WHY._replace(ask="how is that known? (may stay empty)"),
            Param("source", "what it rests on: a log, E3#7, a call"), _WITHDRAW,
        ),
        long="An event may be recorded several times; a clock is counted from the earliest it can have been.",
    ),
    Action(
        id="clock.fact", verb=("clocks", "fact"), title="answer a question that decides whether duties apply",
        handler=_HERE + "fact", danger=Danger.RECORD, keys=("b",), places=("clocks",), screen="fact", result="clocks",
        params=(
            _INCIDENT,
            Param("fact", "the question: gdpr_role, death …", positional=True, required=True, ask="which question?"),
            Param(
                "answer", "yes, no, a word of the question, a number or range, unknown", positional=True, required=True,
                ask="the answer?",
            ),
            _WHY,
        ),
        long="A question nobody has answered is unknown, which is never no.",
    ),
    Action(
        id="clock.filed", verb=("clocks", "filed"), title="record that a clock's submission was made", handler=_HERE + "filed",
        danger=Danger.RECORD, keys=("p",), places=("clocks",), result="clocks",
        params=(
            _INCIDENT, _CLOCK,
            Param("at", f"when it was sent, now without it: {_TIMES}", metavar="TIME", ask="sent when? (empty: now)"),
            Param("reference", "the authority's reference", ask="under which reference? (may stay empty)"),
            Param("evidence", "what was sent or the receipt; a copy is taken into custody", Kind.PATH, metavar="FILE"),
            _WHY, _WITHDRAW,
        ),
    ),
    Action(
        id="clock.waive", verb=("clocks", "not-reportable"), title="decide that nothing is to be reported under a duty",
        handler=_HERE + "not_reportable", danger=Danger.RECORD, keys=("P",), places=("clocks",),
        roles=roles_with(Capability.WAIVE), result="clocks",
        params=(_INCIDENT, _CLOCK, _WHY._replace(required=True, ask="why is it not reportable?"), _WITHDRAW),
        long="For leads and legal. Under the name of a banner, what it forbids is allowed again.",
    ),
    Action(
        id="clock.counsel", verb=("clocks", "counsel"), title="record that counsel says a duty applies",
        handler=_HERE + "counsel", danger=Danger.RECORD, result="clocks",
        params=(_INCIDENT, _CLOCK, _WHY._replace(required=True, ask="what did counsel say?"), _WITHDRAW),
        long="The other answer is clocks not-reportable.",
    ),
    Action(
        id="clock.toll", verb=("clocks", "toll"), title="record that an authority asked to wait", handler=_HERE + "toll",
        danger=Danger.RECORD, result="clocks",
        params=(
            _INCIDENT, _CLOCK,
            Param("begins", f"from when: {_TIMES}", positional=True, required=True, ask="from when?"),
            Param("ends", "until when; without it until further notice", metavar="TIME"),
            _WHY._replace(required=True, help="who asked, and under which rule", ask="who asked, and under which rule?"),
            _WITHDRAW,
        ),
        long="Only a clock whose law lets an authority stop it is stopped; any other runs on and says so.",
    ),
    Action(
        id="clock.ics", verb=("clocks", "ics"), title="write due times as a calendar file", handler=_HERE + "ics",
        danger=Danger.READ, effect="writes a new file", result="calendar file",
        params=(
            Param("file", "new file; nothing is overwritten", Kind.PATH, positional=True, required=True),
            Param("incident", "short id of the incident; without it, of all open ones", Kind.ID, positional=True),
        ),
        long="Incidents are named by their short ids alone. Alarms at 50, 75, 90 and 100 % of the time.",
    ),
)  # fmt: skip
