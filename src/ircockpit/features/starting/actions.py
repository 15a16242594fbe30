"""`ircockpit init`: a newcomer led from an empty profile to one control that is proved, at the terminal or by a script."""

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ircockpit.command.action import Result
from ircockpit.command.asking import conversation
from ircockpit.command.progress import tell
from ircockpit.core.errors import BadInput, ExitCode, UsageError
from ircockpit.features.containment.queries import proofs_left
from ircockpit.features.containment.rules import STUCK, VERIFIED, Left, Tried
from ircockpit.features.containment.trying import ROUNDS, Ready, is_left_on
from ircockpit.features.people.naming import rename
from ircockpit.features.starting import kept, proving, rules
from ircockpit.features.starting.guide import Guide
from ircockpit.features.starting.pages import CELLS, PAGE_INDENT, end_page
from ircockpit.features.starting.proving import Looked
from ircockpit.features.starting.questions import explain, laid_out
from ircockpit.features.starting.rules import PARAM
from ircockpit.features.systems.queries import systems
from ircockpit.features.systems.recording import record
from ircockpit.features.systems.rules import Control, System, stated_fields
from ircockpit.inert.gate import clean
from ircockpit.render.glyphs import counted
from ircockpit.render.span import Line, plain
from ircockpit.render.wrap import wrap
from ircockpit.store.workstation import Workstation

if TYPE_CHECKING:
    from ircockpit.command.asking import Talk
    from ircockpit.features.containment.rules import Badge

RULE = "-" * 79
UNTOUCHED = "nothing was switched"
TIMES = "twice" if ROUNDS == 2 else f"{ROUNDS} times"


def init(
    station: Workstation, *, param: Sequence[str] | None = None, control: str | None = None, confirm: str | None = None,
    yes: bool = False, dry_run: bool = False, fresh: bool = False, **given: str | None,
) -> Result:  # fmt: skip
    """Lead through it; what is given is not asked. Without a terminal what is missing is an error that names it."""
    talk = conversation()
    if talk is None and not (yes or dry_run):
        raise UsageError(
            "nobody can be asked here: this is no terminal, or a screen has it", safe="nothing was recorded or sent",
            fix="run ircockpit init at a shell; in a script add --yes --confirm CONTROL to switch it on and back, or --dry-run",
        )  # fmt: skip
    if yes and not (confirm or dry_run):
        raise UsageError(
            "--yes says that something is switched, and not what", safe="nothing was recorded or sent",
            fix="add --confirm with the control's name, for example: --yes --confirm halt",
        )  # fmt: skip
    answers = {name: value for name, value in {**given, "action": control}.items() if value is not None}
    answers |= _params(param or ())
    if fresh:
        kept.forget(station.profile)
    before, left = kept.load(station.profile) if talk else kept.Kept({}), _left(station)
    if talk and (first := next((each for each in left if _is_recorded(station, each)), None)):
        was = kept.of_left(station, first)
        if all(was.answers.get(key) == value for key, value in answers.items()):
            same = all(
                before.answers.get(key) == was.answers[key] for key in ("system", "connector", "action")
            )
            before, left = before if same else was, [first]
    if (named := answers.get("system")) is not None and (other := kept.of(before, named)) is not before:
        tell(f"what was answered about {clean(before.answers['system'])} is left aside")
        before = other
    _tell_left(station, left)
    guide = Guide(station, answers, talk, before)
    lead = _Lead(guide, confirmed=confirm if yes else None, dry_run=dry_run)
    try:
        return lead.through()
    except KeyboardInterrupt as left:
        # At a terminal it ends here, with an exit code that says so; what is on was taken back.
        return Result(None, (), lead.left(), int(getattr(left, "code", ExitCode.INTERRUPTED)))


def _left(station: Workstation) -> list[Left]:
    """The trials that were cut off and that nobody is at work on."""
    return [each for each in proofs_left(station) if each.name.startswith("try-") and not each.running]


def _tell_left(station: Workstation, left: Sequence[Left]) -> None:
    known = {each.ident: each for each in systems(station.view)}
    for each in left:
        system = known.get(each.system)
        of = f" of {system.name}" if system else ""
        how = (
            "ircockpit init" if _is_recorded(station, each) else each.how_back(system.name if system else "")
        )
        explain(f"{each.control}{of} is left ON by a trial that was cut off. Taken back by: {how}", "- ")


def _is_recorded(station: Workstation, left: Left) -> bool:
    """Whether a walk can be about it: what no system has recorded is taken back where that is said."""
    return any(
        control.name == left.control
        for system in systems(station.view)
        if system.ident == left.system
        for control in system.controls
    )


def _params(given: Sequence[str]) -> dict[str, str]:
    found = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not equals:
            raise BadInput(
                f"--param {text!r} is not of the form NAME=VALUE", fix="for example: --param key=ir.halt_pct"
            )
        found[PARAM + name.strip()] = value
    return found


class _Lead:
    """One walk through the questions and what follows them."""

    def __init__(self, guide: Guide, *, confirmed: str | None, dry_run: bool) -> None:
        self._guide, self._sent, self._dry_run = guide, confirmed, dry_run
        self._station, self._talk = guide.station, guide.talk
        self._began = time.monotonic()
        self._done: Tried | None = None
        self._why_not = ""

    def through(self) -> Result:
        """Until the control is proved, or is left unproved."""
        self._greet()
        while True:
            self._guide.complete()
            self._check_confirmed()
            looked = proving.look(self._guide)
            if looked.needs:
                self._want(looked.needs)
                continue
            ended = self._unready(looked) if looked.ready is None else self._ready(looked.ready, looked.page)
            if ended is not None:
                return ended

    def _ready(self, ready: Ready, page: Sequence[Line]) -> Result | None:
        """Confirm and prove it; ``None`` where it is to be looked at once more."""
        from ircockpit.features.containment.engine.ways import STILL_SERVED

        recorded = self._record()
        for each in page:
            for row in wrap(each, CELLS, PAGE_INDENT):
                tell(plain(row).rstrip())
        if not self._confirmed(ready):
            return self._end(recorded, None, UNTOUCHED)
        course = proving.Course(tell)
        done = self._done = proving.run(self._guide, ready, course)
        if done.word == VERIFIED:
            proved = f"{course.effective} and back, {TIMES}" if course.effective else done.said
            return self._end(recorded, proving.badge(self._guide, done), proved)
        why = f"{done.word}: {done.said}"
        if ready.proof is None and done.word != STUCK:
            explain(done.said, "- ")
            return None  # what an earlier walk had left on was taken back; now it can be tried
        if done.word != STUCK and self._talk is not None:
            self._explain(why, is_served=True)
            if STILL_SERVED in done.said:
                explain(
                    f"it reads as changed, and {self._guide.answers['probe']} serves all the same: perhaps that address leads"
                    " past this gateway, straight to the model",
                    "- ",
                )
            if self._goes_on(self._talk):
                return None
        return self._end(recorded, None, why, ExitCode.FAILED)

    def _unready(self, looked: Looked) -> Result | None:
        """What to do about a gateway that is not ready; ``None`` where it is to be looked at once more."""
        self._explain(looked.why_not, is_served=looked.is_served)
        if looked.why_not == self._why_not and looked.is_served and self._guide.action.params:
            explain(
                "the same as before: a parameter may differ from what its configuration says; p asks for them",
                "- ",
            )
        self._why_not = looked.why_not
        if self._talk is not None and self._goes_on(self._talk):
            return None
        if self._talk is not None or self._dry_run:
            return self._end(self._record(), None, looked.why_not)
        said = f"nothing was recorded or sent: {looked.why_not}{self._still_on()}"
        return Result(self._data(None, None, looked.why_not), (), said, int(ExitCode.REFUSED))

    def left(self) -> str:
        """One sentence for who leaves: what is kept, and how to go on."""
        guide = self._guide
        if "action" in guide.answers and is_left_on(self._station, guide.connector.id, guide.action.id):
            return f"{guide.action.id} may still be on: ircockpit init takes it back first"
        known = (
            f"{guide.answers['system']} is recorded, nothing is on"
            if guide.recorded
            else "nothing recorded or switched"
        )
        return f"left, {known}; {counted(len(guide.answers), 'answer')} kept: ircockpit init goes on"

    def _greet(self) -> None:
        if self._talk is None:
            return
        tell("One system, its gateway, and one control that is proved: about ten questions.")
        tell("? explains a question, Enter takes what stands in brackets, < goes back,")
        tell("Ctrl-C leaves and keeps the answers. Nothing is switched before you confirm it.")
        if before := self._guide.answers:
            tell(f"{counted(len(before), 'answer')} kept from before; ircockpit init --fresh begins anew:")
            for key in rules.in_order(before):
                tell(f"  {rules.called(key):12} {clean(before[key]) or 'none'}")
        tell("")

    def _want(self, key: str) -> None:
        """Have the credentials asked for that a plane wants. Raises :class:`UsageError` where nobody can be asked."""
        who = "the control API" if key == "auth" else "the address of the users"
        again = (
            "does not accept these credentials" if self._guide.answers.get(key) else "wants to know who asks"
        )
        if self._talk is None:
            raise UsageError(
                f"{who} {again}", safe="nothing was recorded", fix=f"say it with {rules.FLAGS[key]}"
            )
        explain(f"{who} {again}", "- ")
        self._guide.want(key)

    def _explain(self, why_not: str, *, is_served: bool) -> None:
        """Say why it is not ready, and what the gateway needs, where that may be the reason."""
        explain(why_not, "- ")
        if is_served and (text := proving.prepared(self._guide)):
            tell("    What the gateway needs for it:")
            for each in laid_out(text):
                tell(f"    {each}".rstrip())

    def _goes_on(self, talk: "Talk") -> bool:
        """Whether to look again, with the same answers or others."""
        while True:
            typed = talk("Enter looks again, p parameters, c another answer, d leaves it unproved: ").strip()
            if typed in ("", "d"):
                return typed == ""
            if typed not in ("p", "<", "c"):
                explain(
                    "Enter asks the gateway once more, for when you have changed it; p asks for the parameters of this control;"
                    " c lists your answers, to change one; d records the control as it is, unproved. Nothing is switched by any",
                    "- ",
                )
            if typed == "p":
                self._guide.want_params()
                return True
            if typed == "<":
                self._guide.go_back()
                return True
            if typed == "c" and self._change(talk):
                return True

    def _change(self, talk: "Talk") -> bool:
        keys = [key for key in rules.in_order(self._guide.answers) if not self._guide.is_settled(key)]
        for number, key in enumerate(keys, 1):
            tell(f"  {number:>2} {rules.called(key):12} {clean(self._guide.answers[key]) or 'none'}")
        typed = talk("which one: ").strip()
        if not (typed.isascii() and typed.isdigit() and 1 <= int(typed) <= len(keys)):
            return False
        self._guide.change(keys[int(typed) - 1])
        return True

    def _record(self) -> tuple[System, Control]:
        guide = self._guide
        known = guide.known
        wanted, control = rules.described(known, guide.answers, guide.connector, guide.action)
        if (name := guide.answers.get("me")) and name != self._station.identity.name:
            rename(self._station, name)
        made = record(self._station, known, wanted, [control.target])
        guide.keep(recorded=True)
        return made.system, control

    def _check_confirmed(self) -> None:
        """What was confirmed beforehand is this control, or nothing is. Raises :class:`UsageError` with nothing recorded."""
        name = self._guide.action.id
        if self._sent is not None and self._sent != name:
            raise UsageError(
                f"--confirm names {self._sent!r}, and the control is {name}", safe="nothing was recorded or switched",
                fix=f"say --control {self._sent} as well, or --confirm {name}",
            )  # fmt: skip

    def _confirmed(self, ready: Ready) -> bool:
        if self._talk is None or self._sent or self._dry_run:
            return bool(self._sent) and not self._dry_run
        is_on = ready.proof is None
        how = "take it back" if is_on else f"switch it on and back, {TIMES}"
        leaves = "leaves it on" if is_on else "leaves it unproved"
        users = ready.plan.measure.action.blast.text
        tell(RULE)
        while True:
            question = f" type {ready.action} to {how}; d {leaves}: "
            typed = self._talk(question, afresh=True).strip()
            if typed == ready.action:
                return True
            if typed == "d":
                return False
            said = "" if typed == "?" else f"{clean(typed) or 'Enter alone'} confirms nothing: "
            explain(f"{said}only {ready.action} in full does. While it is on: {users}. d {leaves}", "- ")

    def _end(
        self, recorded: tuple[System, Control], badge: "Badge | None", said: str, code: ExitCode = ExitCode.OK,
    ) -> Result:  # fmt: skip
        system, control = recorded
        if still := self._still_on():
            said = still if said == UNTOUCHED else f"{still}. {said}"
            return Result(
                self._data(recorded, None, said), end_page(system, control, None, said, is_on=True),
                f"{control.name} of {system.name} is left ON: ircockpit init takes it back", int(ExitCode.FAILED),
            )  # fmt: skip
        kept.forget(self._station.profile)
        took = (
            f"; {counted(self._guide.asked, 'question')}, {time.monotonic() - self._began:.0f} s"
            if self._talk
            else ""
        )
        end = f"proved{took}" if badge else "recorded and not proved"
        data = self._data(recorded, badge, "" if badge else said)
        return Result(
            data,
            end_page(system, control, badge, said),
            f"{control.name} of {system.name} is {end}",
            int(code),
        )

    def _still_on(self) -> str:
        """What a trial that was not taken back leaves users with, and how it is taken back; empty where none was."""
        guide = self._guide
        if not is_left_on(self._station, guide.connector.id, guide.action.id):
            return ""
        return f"{guide.action.id} is left ON: {guide.action.blast.text}. Taken back by: ircockpit init"

    def _data(
        self, recorded: tuple[System, Control] | None, badge: "Badge | None", why_not: str = ""
    ) -> dict[str, Any]:
        return {
            "system": stated_fields(recorded[0]) if recorded else None,
            "control": recorded[1].name if recorded else None,
            "connector": self._guide.answers.get("connector"),
            "proved": badge is not None,
            "why_not": why_not,
            "course": list(self._done.course) if self._done else [],
            "badge": {**badge._asdict(), "actions": list(badge.actions)} if badge else None,
        }
