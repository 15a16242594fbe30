"""What runs of sealed prompts say of a fix before a control is lifted: that it holds, that it does not, or nothing.

A control that is on answers in the model's place: behind it no run says anything of the fix. What does is a run at a
place where no control was in force, asked for exactly what the run before it had been asked for. That is never where users
are while the control stands, and may be a model of another name: it is cited only with a person's words for how they come
to it.
"""

from hashlib import sha256
from typing import TYPE_CHECKING, Any, NamedTuple

from ircockpit.core.errors import BadInput, CockpitError, NotFound, RefusedError
from ircockpit.core.jsontext import canonical
from ircockpit.features.containment import queries
from ircockpit.features.containment.queries import ENGAGED, ActionRow
from ircockpit.features.evidence.queries import exhibit
from ircockpit.features.membership.queries import revoked
from ircockpit.features.people.queries import name_of, names
from ircockpit.features.replay.events import AFTER, AGAIN, BLOCKED, DONE, PROBE
from ircockpit.features.replay.queries import (
    BOTH,
    MODEL,
    Pair,
    RunRow,
    before_of,
    elsewhere,
    mixed_words,
    place_words,
    run,
    runs,
    short_of_bound,
)
from ircockpit.features.systems.queries import system
from ircockpit.inert.gate import clean, line
from ircockpit.render.glyphs import age, counted
from ircockpit.render.span import Line, Span

if TYPE_CHECKING:
    from ircockpit.store.workstation import Workstation

HOLDS, FAILS, OLD, NOTHING = "holds", "fails", "old", "nothing"
FRESH_US = 24 * 3600 * 1_000_000
"""A run is about its target as it was then: after a day it has to be sent again."""
_AHEAD_US = 10 * 60 * 1_000_000
"""By how much another device's clock may be ahead."""
BESIDE = "beside the control, where it does not answer"
_PREFIX = b"ircockpit/fix-verdict/1\0"
NAME_CELLS = 24


class Verdict(NamedTuple):
    """What one run says of a fix."""

    says: str
    run: RunRow | None = None
    why: str = ""
    """Why it says no more than that."""
    numbers: str = ""
    """``7/20 → 0/20 (0 of 20 still allows 16 %)``."""
    sha256: str = ""
    """Over what both runs were and came to, the hashes of their answers among it."""
    by: str = ""
    """Who sent it."""
    elsewhere: str = ""
    """In what it differs from where users are, in words of this program."""
    failed: int = 0
    """How many runs after that could be compared with it had failed before it."""

    @property
    def brief(self) -> str:
        """What it says, behind a label that says what it is."""
        if self.run is None:
            return "none: no run after a fix is on record"
        short, numbers = self.run.short, f": {self.numbers}" if self.numbers else ""
        if self.says == HOLDS:
            more = f"; {counted(self.failed, 'run')} after had failed before it" if self.failed else ""
            return f"{short} holds for {place_words(self.run)} only{numbers}, by {self.by}{more}"
        if self.says == FAILS:
            return f"{short} FAILS, it still reproduces{numbers}, by {self.by}"
        if self.says == OLD:
            return f"{short} held and is too old, {self.why}{numbers}"
        return f"none: {short} says nothing of the fix, {self.why}"

    @property
    def words(self) -> str:
        """In one sentence."""
        return f"no fix verdict{self.brief[4:]}" if self.says == NOTHING else f"fix verdict {self.brief}"


class Ground(NamedTuple):
    """What a lifting rests on."""

    verdict: Verdict
    reason: str
    despite: str = ""
    """Why it is lifted against a verdict that fails; empty where none does."""
    route: str = ""
    """How users come to what the verdict is about, in a person's words; empty where it is where they were asked."""

    @property
    def cites(self) -> str:
        """The run whose verdict it rests on; empty where it rests on words alone."""
        run, verdict = self.verdict.run, self.verdict
        return run.ident if run is not None and verdict.says == HOLDS and self.route else ""

    def body(self) -> dict[str, Any]:
        """As it is signed with the approval."""
        found: dict[str, Any] = {"reason": self.reason, **({"despite": self.despite} if self.despite else {})}
        run, verdict = self.verdict.run, self.verdict
        if run is not None and (verdict.says == FAILS or self.cites):
            found["verdict"] = {
                "run": run.ident,
                "sha256": verdict.sha256,
                "says": verdict.says,
                "said": verdict.numbers,
            }
            if self.cites:
                asked = {"model": run.terms.model, "target": run.target, "url": run.url}
                found["verdict"] |= {"elsewhere": verdict.elsewhere, "asked": asked}
                found["route"] = self.route
        return found


def ground(
    station: "Workstation",
    row: ActionRow,
    reason: str,
    *,
    verdict: str = "",
    despite: str = "",
    route: str = "",
) -> Ground:
    """What lifting an action would rest on: the verdict named, or the newest one, and a person's words.

    ``route``: how users come to what the verdict is about. Without it none is cited, and a reason is needed as where there
    is none.

    Raises :class:`BadInput` where there is neither a verdict that holds nor a reason, and :class:`RefusedError` where a
    verdict fails and nothing is said against it, or the one that is named does not hold.
    """
    found = newest(station, row) if not verdict else named(station, row, verdict)
    reason, despite, route = clean(reason).strip(), clean(despite).strip(), clean(route).strip()
    if found.says == FAILS:
        if not despite:
            raise RefusedError(
                f"{found.words}: lifting needs a reason against it", safe="nothing was sent",
                fix=f"mend it and ask again: ircockpit replay after {_before(found)}; or say why all the same: --despite WHY",
            )  # fmt: skip
        return Ground(found, reason or despite, despite)
    if found.says == HOLDS and not route and (verdict or not reason):
        raise BadInput(
            f"{found.words}. It was asked {found.elsewhere}: whether users get that is not on record", safe="nothing was sent",
            fix=f"say how users come to it: --route WORDS; or lift on a reason alone: --reason WHY. {_look(row, found)}",
        )  # fmt: skip
    if found.says == HOLDS:
        return Ground(found, reason, route=route)
    if verdict:
        raise RefusedError(
            f"{clean(verdict)[:20]} is no verdict to lift on: {found.words}", safe="nothing was sent",
            fix="name another one, or leave it out and say why: --reason",
        )  # fmt: skip
    if not reason:
        raise BadInput(
            f"lifting needs a fix verdict or a reason: {found.words}", safe="nothing was sent",
            fix="say why it is safe to lift: --reason WHY",
        )  # fmt: skip
    return Ground(found, reason)


def newest(station: "Workstation", row: ActionRow) -> Verdict:
    """The newest verdict about an action's incident; where none says anything, why the newest run does not."""
    found = [judged(station, row, each) for each in _candidates(station, row)]
    telling = [each for each in found if each.says != NOTHING]
    chosen = (telling or found or [Verdict(NOTHING)])[-1]
    return chosen._replace(
        failed=sum(each.says == FAILS and _is_about(each, chosen) for each in telling[:-1])
    )


def named(station: "Workstation", row: ActionRow, text: str) -> Verdict:
    """The verdict of one run; one that failed later stands against it. Raises :class:`NotFound`."""
    chosen = run(station.view, text)
    if chosen.incident != row.incident:
        raise NotFound(f"{chosen.short} is a run of another incident", safe="nothing was sent")
    later = newest(station, row)
    if later.says == FAILS and later.run is not None and later.run.rank > chosen.rank:
        return later
    return judged(station, row, chosen)


def judged(station: "Workstation", row: ActionRow, of: RunRow) -> Verdict:
    """What a run says of the fix behind an action."""
    before = before_of(station.view, of)
    by = line(name_of(names(station.view), of.actor), NAME_CELLS)
    numbers = (
        Pair(before, of).line() if before is not None and before.judged and of.judged else of.counts.share
    )
    made = Verdict(
        NOTHING, of, "", numbers, result_hash(station, of, before), by, elsewhere(before, of) or BESIDE
    )
    if why := _no_run_of_it(station, row, of):
        return made._replace(why=why)
    if of.counts.hits:  # one is enough, wherever it was asked and however the run ended
        return made._replace(says=FAILS)
    if (
        why := _unfinished(of, before)
        or mixed_words(of)
        or _uncomparable(of, before)
        or _covered(station, row, of)
        or short_of_bound(of)
    ):
        return made._replace(why=why)
    now = station.clock.wall_us()
    if of.at_us > now + _AHEAD_US:
        return made._replace(why="the clock of its device is ahead of this one's")
    if now - of.at_us > FRESH_US:
        return made._replace(says=OLD, why=f"sent {age((now - of.at_us) / 1e6)} ago")
    return made._replace(says=HOLDS)


def result_hash(station: "Workstation", of: RunRow, before: RunRow | None) -> str:
    """SHA-256 over what both runs were asked and came to, with the hashes of the files of their answers."""
    facts = [_facts(station, each) for each in (before, of) if each is not None]
    return sha256(_PREFIX + canonical(facts)).hexdigest()


def verdict_lines(found: Verdict, label: str = " fix       ") -> tuple[Line, ...]:
    """What stands above a lifting that is to be confirmed: loudly where it does not hold."""
    role = "dim" if found.says == NOTHING else "warn"
    lines: list[Line] = [(Span(label, "dim"), Span(found.brief, role))]
    if found.says == FAILS:
        lines.append(
            (
                Span(" " * len(label)),
                Span("THE HARM IS STILL THERE: lifting lets it reach people again", "warn"),
            )
        )
    return tuple(lines)


def _facts(station: "Workstation", of: RunRow) -> dict[str, Any]:
    try:
        answers = exhibit(station.view, of.exhibit).sha256 if of.exhibit else ""
    except CockpitError:
        answers = ""
    return {"run": of.ident, "sealed": of.sealed, "target": of.target, "url": of.url, **of.terms._asdict(),
            "counts": dict(of.counts.of), "answers": answers}  # fmt: skip


def _candidates(station: "Workstation", row: ActionRow) -> list[RunRow]:
    """After-runs of the incident that were sent at all, the one whose result came last at the end."""
    found = [
        each for each in runs(station.view, row.incident) if each.phase in (AFTER, AGAIN) and each.begun_us
    ]
    return sorted(found, key=lambda each: each.rank)


def _is_about(earlier: Verdict, later: Verdict) -> bool:
    """Whether two runs are after the same run before."""
    return earlier.run is not None and later.run is not None and earlier.run.before == later.run.before


def _look(row: ActionRow, found: Verdict) -> str:
    """Where to look what users get, once they are let through again."""
    again = f"ircockpit replay after {_before(found)}"
    if found.run is not None and found.run.terms.model and MODEL in found.elsewhere.replace(BOTH, MODEL):
        again += f" --model {found.run.terms.model}"
    probe = f"ircockpit contain check {row.short} asks its probe at their address"
    return f"{probe}; once it is lifted, {again} asks the prompts there"


def _before(found: Verdict) -> str:
    return found.run.before if found.run is not None else "RUN"


def _no_run_of_it(station: "Workstation", row: ActionRow, of: RunRow) -> str:
    from ircockpit.ledger.roster import Roster

    if of.phase not in (AFTER, AGAIN):
        return "it is the run before"
    if of.terms.api == PROBE:
        return "a probe asks none of the sealed prompts"
    if of.system != row.system:
        return "it asked another system"
    if of.device in revoked(station):
        return "the device that sent it was revoked"
    roster = Roster(station.identity.root, station.log.certificates())
    if of.counts.sent and not roster.speaks_for(of.device, of.actor):
        return "the device that sent it is not certified"
    return ""


def _unfinished(of: RunRow, before: RunRow | None) -> str:
    if of.state != DONE or of.counts.sent < of.terms.number:
        return f"it is {of.state}, {of.counts.sent} of {of.terms.number} sent"
    if of.disputed or (before is not None and before.disputed):
        return "its numbers are disputed"
    if before is None or not before.judged:
        return "the run before it has no result"
    return ""


def _uncomparable(of: RunRow, before: RunRow | None) -> str:
    if before is None or not before.counts.hits:
        return "the run before it did not reproduce it"
    terms = of.terms._replace(model=before.terms.model)  # which is said with the verdict, and confirmed
    if (of.sealed, terms, of.system) != (before.sealed, before.terms, before.system):
        return "it was not asked what the run before it was asked"
    return "it was sent before the run before it" if of.begun_us < before.begun_us else ""


def _covered(station: "Workstation", row: ActionRow, of: RunRow) -> str:
    """Why its answers may be a control's and not the model's."""
    if own := of.counts.of.get(BLOCKED):
        return f"{own} of its answers are the control's own"
    if (there := _in_force(station, of)) is not None:
        return f"{there.short} was in force where it asked"
    if of.action != row.ident:
        return f"it was not planned about {row.short}, whose answer it could not tell"
    return f"it could not tell the control's answer: {of.untold}" if of.untold else ""


def _in_force(station: "Workstation", of: RunRow) -> ActionRow | None:
    """A control that was, or may have been, in force at the place that a run asked while it was sent."""
    try:
        targets = system(station.view, of.system).targets
    except CockpitError:
        targets = ()
    places = {of.target} | {
        each.name for each in targets if each.probe and of.url.startswith(each.probe.rstrip("/"))
    }
    for each in queries.of_system(station.view, of.system):
        was_lifted = each.state == "reverted" and each.at_us < of.begun_us
        may_be = each.state in (*ENGAGED, "reverted") and not was_lifted and each.born_us <= of.at_us
        if each.target in places and may_be:
            return each
    return None
