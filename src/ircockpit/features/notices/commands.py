"""Commands about notices: send one, see what was sent, look at channels and templates, try a channel."""

from ircockpit.command.action import SAFE, Action, Danger, Kind, Param

_HERE = "ircockpit.features.notices.actions:"
_INCIDENT = Param("incident", "short id of the incident", Kind.ID, positional=True, required=True)

ACTIONS = (
    Action(
        id="notice.send", verb=("notify", "send"), title="send a notice about an incident, made of safe facts alone",
        handler=_HERE + "notify", danger=Danger.OUTSIDE, keys=("at",), places=("incident", "stop", "triage"),
        screen="notices", result="notices", slow=True,
        params=(
            _INCIDENT,
            Param("template", "what it tells: declared, escalation, severity, contained, failed, expiry, recurrence, clear,"
                  " handover, or one of your own"),
            Param("to", "channel it goes to; without it those whose rules say so", many=True, metavar="CHANNEL"),
            Param("level", "of the escalation path, with escalation; the one that is due unless it is said", Kind.INT),
            Param("again", "also where the same may have arrived already", Kind.FLAG),
            Param("dry_run", "show the exact words and addresses, send nothing", Kind.FLAG),
        ),
        long="A notice holds ids, numbers, states, times and names alone: no title, summary, prompt, output, note or reason."
        " Its intent is on record before it is sent, once; one that was cut off counts as unknown and is never sent again by"
        " itself. A notice of an escalation step that was not refused counts as a call. Exit code 1 where one was not delivered.",
    ),
    Action(
        id="notice.list", verb=("notify", "list"), title="list the notices about an incident, and what became of them",
        handler=_HERE + "sent", result="notices", params=(_INCIDENT, SAFE),
    ),
    Action(
        id="notice.channels", verb=("notify", "channels"), title="list the channels of this device, and whom they are for",
        handler=_HERE + "channels", result="channels", slow=True,
        params=(Param("look", "fetch each address from its source and show it masked; nothing is sent", Kind.FLAG),),
        long="They stand in channels.toml in the profile's folder. It names the source of each address, never the address.",
    ),
    Action(
        id="notice.templates", verb=("notify", "templates"), title="list the templates of notices, or show one and its facts",
        handler=_HERE + "templates", result="templates",
        params=(Param("template", "show this one", positional=True),),
    ),
    Action(
        id="notice.test", verb=("notify", "test"), title="send a real test message to a channel", handler=_HERE + "try_one",
        danger=Danger.OUTSIDE, keys=("t",), places=("notices",), hint="test", screen="try", result="test", slow=True,
        params=(Param("channel", "the channel", positional=True, required=True),),
    ),
)  # fmt: skip
