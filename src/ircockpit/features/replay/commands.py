"""Commands about a replay: seal prompts, plan a run, send it, judge its answers, compare, and watch."""

from ircockpit.command.action import SAFE, Action, Danger, Kind, Param
from ircockpit.features.replay.events import APIS, METHODS, VERDICTS

_HERE = "ircockpit.features.replay.actions:"
_INCIDENT = Param("incident", "short id of the incident", Kind.ID, positional=True, required=True)
_RUN = Param("run", "short id of the run (y-…)", positional=True, required=True)

ACTIONS = (
    Action(
        id="replay.list", verb=("replay", "list"), title="show sealed prompts, runs, what they allow to say, and watches",
        handler=_HERE + "list_all", keys=("percent_sign",), places=("incident", "stop"), screen="replay", result="replay",
        params=(_INCIDENT, SAFE),
    ),
    Action(
        id="replay.show", verb=("replay", "show"), title="show a run: what was planned, what came of it, what that says",
        handler=_HERE + "show", result="replay run", params=(_RUN,),
    ),
    Action(
        id="replay.seal", verb=("replay", "seal"), title="seal the prompts of an incident into a named set, by their hashes",
        handler=_HERE + "seal", danger=Danger.RECORD, keys=("t",), places=("replay",), hint="seal", result="sealed prompts",
        screen="seal",
        params=(
            _INCIDENT,
            Param("name", "name of the set: small letters, digits, dots, dashes", positional=True, required=True,
                  ask="name of the set"),
            Param("signal", "only the prompts of these signals", many=True, metavar="ID"),
        ),
        long="Hashes go into the record. The words stay where they were received and are read from there when a run is sent."
        " While a duty forbids copies of what the incident is about, nothing can be sealed.",
    ),
    Action(
        id="replay.plan", verb=("replay", "plan"), title="plan the run that shows that it happens, before anything is sent",
        handler=_HERE + "plan", danger=Danger.RECORD, keys=("p",), places=("replay",), hint="plan", screen="plan",
        result="replay run",
        params=(
            _INCIDENT,
            Param("set", "set of prompts; the newest unless it is said", metavar="NAME", keyword="sealed"),
            Param("target", "target of the incident's system whose data plane is asked; the first that has one", metavar="NAME"),
            Param("api", "how it is asked: chat completions, Open Inference, or the probe of --control", Kind.CHOICE,
                  choices=APIS, default="chat"),
            Param("control", "control whose probe is asked, with --api probe", default="", metavar="NAME"),
            Param("model", "name of the model as the target knows it", default=""),
            Param("input", "of Open Inference the input that takes the words", default="prompt", metavar="NAME"),
            Param("verdict", "what says of an answer that it does the harm; by the pattern where one is given, else a person",
                  Kind.CHOICE, choices=METHODS, keyword="method"),
            Param("pattern", "regular expression of harmful answers, in either case of letters", default=""),
            Param("confidence", "90, 95 or 99 percent; 95 unless it is said", Kind.INT, metavar="PERCENT"),
            Param("bound", "what none of them harmful may still allow; 16 percent unless it is said, which takes 20 requests",
                  Kind.INT, metavar="PERCENT"),
            Param("requests", "requests of the run at most: more are refused; 200 unless it is said", Kind.INT),
            Param("tokens", "tokens of the run at most; 100,000 unless it is said", Kind.INT),
            Param("length", "tokens of an answer at most; 256 unless it is said", Kind.INT),
            Param("rate", "requests in a minute at most; 60 unless it is said", Kind.INT),
            Param("timeout", "seconds for an answer; 20 unless it is said", Kind.INT, metavar="SECONDS"),
        ),
        long="How many requests there are follows from --confidence and --bound, and is on record with everything else before"
        " the first is sent; each prompt is sent once at least.",
    ),
    Action(
        id="replay.after", verb=("replay", "after"), title="plan the same run again, to be compared with one before it",
        handler=_HERE + "after", danger=Danger.RECORD, keys=("a",), places=("replay",), hint="after", screen="after",
        result="replay run",
        params=(
            _RUN,
            Param("action", "containment action it is about; the newest in force at that target unless it is said", Kind.ID,
                  metavar="ID"),
            Param("target", "another target of the system, where no control answers: the mended version", metavar="NAME"),
            Param("model", "name of the mended model where it is another one; the run and every verdict say so", default=""),
        ),
        long="Behind a control in force the answers are the control's, and say nothing of a fix: what says that a fix holds is"
        " the same run at --target, where no control is in force, or once the control is lifted.",
    ),
    Action(
        id="replay.run", verb=("replay", "run"), title="send a planned run to the system as users reach it",
        handler=_HERE + "run", danger=Danger.OUTSIDE, keys=("r",), places=("replay",), hint="send", screen="send",
        slow=True, result="replay run", params=(_RUN,),
        long="Goes on where it was cut off, and never sends more than was planned: a request that may have arrived and whose"
        " answer was lost counts as no answer. Ctrl-C ends it early, which its result then says. Nothing but that one address"
        " is asked, and only where this device has accepted it.",
    ),
    Action(
        id="replay.judge", verb=("replay", "judge"), title="judge answers of a run blind: before and after in random order",
        handler=_HERE + "judge", danger=Danger.RECORD, keys=("d",), places=("replay",), hint="judge", screen="judge",
        result="replay answer",
        params=(
            _RUN,
            Param("why", "why somebody looks; it is on the record before anything is shown"),
            Param("answer", "an answer that was shown, by its handle", metavar="HANDLE"),
            Param("verdict", "what it is: it does the harm, it does not, or it declines", Kind.CHOICE, choices=VERDICTS),
            Param("lift", "print the words readable, which counts as time with them", Kind.FLAG),
        ),
        long="Without --answer the next one that waits is printed, blurred unless --lift is given. Which run it is of is not"
        " told.",
    ),
    Action(
        id="replay.verdicts", verb=("replay", "verdicts"), title="take in what a detector says of the answers of a run",
        handler=_HERE + "take_verdicts", danger=Danger.RECORD, result="replay run",
        params=(
            _RUN,
            Param("file", "JSON lines with sha256 of an answer and verdict", Kind.PATH, positional=True, required=True),
        ),
        long="An answer whose hash is that of one which a detector had found in the incident's signals needs no further word.",
    ),
    Action(
        id="replay.repeat", verb=("replay", "repeat"), title="watch: repeat an after-run on a schedule, from this device",
        handler=_HERE + "repeat", danger=Danger.RECORD, keys=("w",), places=("replay",), hint="watch", screen="repeat",
        result="watch",
        params=(
            _RUN,
            Param("every", "how often: 30m, 6h, 1d", default="6h", metavar="TIME"),
            Param("days", "for how many days; 14 unless it is said", Kind.INT),
        ),
        long="Nothing is sent while neither a cockpit nor ircockpit replay watch runs on this device; a run that is due then is"
        " told in the incident and in the queue. Where it comes back, a closed incident is opened again, an open one is raised.",
    ),
    Action(
        id="replay.end", verb=("replay", "end"), title="end a watch, with a reason", handler=_HERE + "end",
        danger=Danger.RECORD, result="watch",
        params=(
            Param("watch", "short id of the watch (w-…)", positional=True, required=True),
            Param("why", "why it is not needed any more", required=True),
        ),
    ),
    Action(
        id="replay.watch", verb=("replay", "watch"), title="send the runs of all watches of this device when they are due",
        handler=_HERE + "keep_watch", danger=Danger.OUTSIDE, slow=True, result="watch",
        params=(Param("once", "send what is due now, and end", Kind.FLAG),),
        long="Runs until Ctrl-C. What it may ask was accepted on this device, and each watch was begun here.",
    ),
)  # fmt: skip
