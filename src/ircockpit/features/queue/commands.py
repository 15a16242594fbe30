"""Commands of what is due, and of saved views."""

from ircockpit.command.action import SAFE, Action, Param

_HERE = "ircockpit.features.queue.actions:"
_NAME = Param("name", "what it is called", positional=True, required=True)
_LOCAL = "A view is a filter with a name. It is kept in the profile, is nobody else's, and is no part of the record."

ACTIONS = (
    Action(
        id="queue.due", verb=("due",), title="list what is due besides incidents and signals, the loudest first",
        handler=_HERE + "list_due", result="due", params=(SAFE,),
        long="Controls that wait for this person or for anybody, expiries that have passed, runs to repeat, and what keeps a"
        " system from being ready: a proof that was not taken back, a missing secret, an unhealthy probe, a proof that is too"
        " old or never was, a contact nobody tried. The queue shows the first of them below its signals.",
    ),
    Action(
        id="view.list", verb=("view", "list"), title="list the saved views of the queue", handler=_HERE + "list_views",
        result="views", long=_LOCAL,
    ),
    Action(
        id="view.save", verb=("view", "save"), title="save a filter of the queue as a view", handler=_HERE + "save_view",
        result="view", long=_LOCAL, effect="the profile's list of views",
        params=(_NAME, Param("filter", "what it asks: sev:1,2 !contained", positional=True, required=True, many=True)),
    ),
    Action(
        id="view.remove", verb=("view", "remove"), title="remove a view of one's own", handler=_HERE + "remove_view",
        result="view", long=_LOCAL, effect="the profile's list of views", params=(_NAME,),
    ),
)  # fmt: skip
