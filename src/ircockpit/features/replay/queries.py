"""Sealed prompts, runs, judgements and watches as frozen rows; what others wrote is held to what it may be."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from ircockpit.core.errors import NotFound
from ircockpit.core.ids import belongs
from ircockpit.core.stated import table, text, whole
from ircockpit.features.replay.events import (
    AFTER,
    AGAIN,
    APIS,
    BEFORE,
    CHAT,
    DONE,
    EARLY,
    ENDED,
    METHODS,
    ON,
    PERSON,
    PHASES,
    UNJUDGED,
    VERDICTS,
)
from ircockpit.features.replay.odds import percent, shown, wilson
from ircockpit.features.replay.places import BOTH as BOTH
from ircockpit.features.replay.places import MODEL as MODEL
from ircockpit.features.replay.places import elsewhere as elsewhere
from ircockpit.features.replay.places import elsewhere_words, renamed_words
from ircockpit.features.replay.places import mixed_words as mixed_words
from ircockpit.features.replay.places import place_words as place_words
from ircockpit.features.replay.results import result_of, words_of
from ircockpit.features.replay.rules import (
    LEAST_MINUTES,
    MAX_PROMPTS,
    Counts,
    Terms,
    compared,
    counts_from,
    pair_words,
    run_words,
)
from ircockpit.render.glyphs import counted
from ircockpit.store.names import resolve, short_id

if TYPE_CHECKING:
    from ircockpit.features.replay.results import Word
    from ircockpit.store.view import Entry, View
    from ircockpit.store.workstation import Workstation

CLOCK_BACK_US = 10 * 60_000_000
"""From here on a clock is taken to have gone back."""
_ANY_RECURRENCE = "SELECT 1 FROM entry WHERE stream=? AND type='replay.recurred' LIMIT 1"
_PLANNED = ("incident", "sealed", "phase", "before", "action", "system", "target", "url", "control", "watch")


class Prompt(NamedTuple):
    """One sealed prompt: the signal it stands in, and hashes. Its words are where the signal was received, and only there."""

    signal: str
    sha256: str
    output_sha256: str
    """Of the answer that was found harmful, where the signal came with one."""


class SealedRow(NamedTuple):
    """A named set of prompts."""

    ident: str
    stream: str
    name: str
    prompts: tuple[Prompt, ...]


class RunRow(NamedTuple):
    """A run: what was planned, and how far it is."""

    ident: str
    stream: str
    short: str
    incident: str
    sealed: str
    phase: str
    before: str
    """Of an after-run the run it is compared with."""
    action: str
    """The containment action that an after-run is about; empty for none."""
    system: str
    target: str
    url: str
    control: str
    watch: str
    state: str
    exhibit: str
    terms: Terms
    counts: Counts
    why: str
    """Why it ended early, in words of this program; empty otherwise."""
    at_us: int
    """When it came to its state, by the clock of the device that sent it."""
    device: str
    """The device that planned it: its words and its journal are there."""
    begun_us: int = 0
    """When it was sent first, by that device's clock; 0 where it was not."""
    untold: str = ""
    """Why the control's own answer was not told from others; empty where it was, or there was none."""
    rank: tuple[int, str] = (0, "")
    """Of two results the later one has the higher rank, on every device alike."""
    actor: str = ""
    """Who sent it."""
    disputed: str = ""
    """Who says something else of it than what counts, in words; empty where nobody does."""
    named: Mapping[str, int] = {}
    """What models the answers say they are of, with how many; an answer may name none."""

    @property
    def judged(self) -> bool:
        """Whether it has a result; one that ended early has the result of what was sent, and says so."""
        return self.state == DONE or (self.state == EARLY and self.counts.sent > 0)


class WatchRow(NamedTuple):
    """A watch: a run that is repeated."""

    ident: str
    stream: str
    short: str
    incident: str
    run: str
    minutes: int
    until_us: int
    state: str
    device: str
    last_us: int
    """When it was sent last, or the watch was begun."""

    @property
    def due_us(self) -> int:
        """When it is to be sent next."""
        return self.last_us + self.minutes * 60_000_000

    def is_due(self, now_us: int) -> bool:
        """Whether it is to be sent now; what was sent in a future that is not any more says nothing of when."""
        went_back = self.last_us > now_us + CLOCK_BACK_US
        return self.state == ON and (self.due_us <= now_us < self.until_us or went_back)

    def is_over(self, now_us: int) -> bool:
        """Whether its time is over though nobody has ended it."""
        return self.state == ON and now_us >= self.until_us


class Pair(NamedTuple):
    """An after-run with the run before it."""

    before: RunRow
    after: RunRow

    def line(self) -> str:
        """In one line."""
        after = self.after
        return pair_words(
            self.before.counts, after.counts, after.terms.confidence, elsewhere(self.before, after)
        )


def sets(view: "View", incident: str) -> list[SealedRow]:
    """The sets of an incident (UUID), the oldest first."""
    rows = view.rows(
        "SELECT s.id, s.stream, e.facts FROM sealed s JOIN entity e ON e.id=s.id WHERE s.incident=? ORDER BY e.lam, s.id",
        (incident,),
    )
    found = [(ident, stream, table(facts)) for ident, stream, facts in rows if belongs(incident, stream)]
    return [
        SealedRow(ident, stream, text(facts.get("name")), _prompts(facts.get("prompts")))
        for ident, stream, facts in found
    ]


def sealed_set(view: "View", incident: str, name: str = "") -> SealedRow:
    """A set by its name or id, else the newest. Raises :class:`NotFound`."""
    found = sets(view, incident)
    chosen = [each for each in found if name in (each.name, each.ident)] if name else found
    if not chosen:
        there = ", ".join(each.name for each in found)
        raise NotFound(
            f"no set of prompts is called {name!r}" if name else "no prompts are sealed yet",
            safe="nothing was recorded or sent",
            fix=f"there is: {there}" if there else "ircockpit replay seal INCIDENT NAME",
        )
    return chosen[-1]


def runs(view: "View", incident: str) -> list[RunRow]:
    """The runs of an incident (UUID), the oldest first."""
    return _runs(view, "r.incident=?", (incident,))


def run(view: "View", text_: str) -> RunRow:
    """One run by short id or UUID. Raises :class:`NotFound`."""
    _, ident = resolve(view, text_, "replay")
    found = _runs(view, "r.id=?", (ident,))
    if not found:
        raise NotFound(f"no run is called {text_!r}", fix="ircockpit replay list INCIDENT shows them")
    return found[0]


def pairs(view: "View", incident: str) -> list[Pair]:
    """The after-runs that have a result, each with the run before it, the oldest first."""
    known = {each.ident: each for each in runs(view, incident)}
    return [
        Pair(known[each.before], each)
        for each in known.values()
        if each.phase in (AFTER, AGAIN) and each.judged and each.before in known and known[each.before].judged
    ]


def line(view: "View", incident: str) -> str:
    """What the newest runs say of an incident (UUID), in one line of numbers; empty where nothing was run."""
    found = pairs(view, incident)
    if found:
        return found[-1].line()
    single = [each for each in runs(view, incident) if each.judged]
    return (
        f"{single[-1].phase}: {run_words(single[-1].counts, single[-1].terms.confidence)[0]}"
        if single
        else ""
    )


def brief(station: "Workstation", incident: str) -> str:
    """The newest result of an incident (UUID) and what is due, in one line of our own words; empty where nothing was run."""
    if not station.view.rows("SELECT 1 FROM replay WHERE incident=? LIMIT 1", (incident,)):
        return ""
    now = station.clock.wall_us()
    held = [each for each in watches(station.view, incident) if each.state == ON]
    due = f"a run is due: {', '.join(each.short for each in held if each.is_due(now))}"
    watched = due if any(each.is_due(now) for each in held) else "watched" if held else ""
    waits = sum(each.state == UNJUDGED for each in runs(station.view, incident))
    back = recurrence_line(station.view, incident)
    said = [line(station.view, incident), back, f"{counted(waits, 'run')} to judge" if waits else "", watched]
    return "; ".join(each for each in said if each) or "planned, nothing sent yet"


def recurrence_line(view: "View", incident: str) -> str:
    """How often it came back in the watch period, and who saw it last; empty where it never did."""
    from ircockpit.features.replay.recurring import recurrence_words

    return recurrence_words(view, incident)


def same_recurrence(view: "View", entries: "Sequence[Entry]") -> dict[str, str]:
    """What is to be said beside entries of one recurrence that several devices saw; see :mod:`.recurring`."""
    from ircockpit.features.replay.recurring import echoes

    return echoes(view, entries)


def told_twice(view: "View", incident: str, stream: str) -> frozenset[str]:
    """Entries of an incident that came of a recurrence which another entry tells already."""
    from ircockpit.features.replay.recurring import echoed

    return echoed(view, incident, stream) if view.rows(_ANY_RECURRENCE, (stream,)) else frozenset()


def recurrence_keys(view: "View", incident: str) -> list[tuple[tuple[str, ...], int]]:
    """Of each recurrence of an incident the entries that tell it, and when it was told last."""
    from ircockpit.features.replay.recurring import recurrences

    return [
        (tuple(told.event for told in each.told), max(told.wall_us for told in each.told))
        for each in recurrences(view, incident)
    ]


def due_incidents(view: "View", now_us: int) -> list[str]:
    """Incidents of which a run is due, on whichever device."""
    return sorted({each.incident for each in due_watches(view, now_us)})


def due_watches(view: "View", now_us: int) -> list[WatchRow]:
    """The watches whose run is due, on whichever device."""
    if not view.rows("SELECT 1 FROM watch WHERE state=? LIMIT 1", (ON,)):
        return []
    return [each for each in watches(view) if each.is_due(now_us)]


def sentences(view: "View", row: RunRow) -> list[str]:
    """What a run says, with the comparison where it has one."""
    if not row.judged:
        return [f"disputed: {row.disputed}"] if row.disputed else []
    said = run_words(row.counts, row.terms.confidence)
    if row.why:
        said.append(f"it ended early, as it was not planned: {row.why}")
    if row.disputed:
        said.append(f"disputed, and not changed by it: {row.disputed}")
    if mixed := mixed_words(row):
        said.append(mixed)
    before = before_of(view, row)
    if before is not None and before.judged:
        said = [Pair(before, row).line(), *said, compared(before.counts, row.counts)]
    if before is not None:
        said += [each for each in (elsewhere_words(before, row), renamed_words(before, row)) if each]
    return said


def short_of_bound(row: RunRow) -> str:
    """Why a run without a harmful answer allows more than was fixed beforehand; empty where it does not."""
    answers, terms = row.counts.answers, row.terms
    if not answers:
        return "it has no answer that says anything"
    high = wilson(0, answers, terms.confidence).high
    if shown(high) <= terms.bound:
        return ""
    apart = f"; apart: {row.counts.apart()}" if row.counts.apart() else ""
    return f"0 of {answers} still allows {percent(high)}, and {terms.bound} % was fixed beforehand{apart}"


def before_of(view: "View", row: RunRow) -> RunRow | None:
    """The run that a run is compared with; none where it has none, or that is none of the same incident."""
    found = _runs(view, "r.id=?", (row.before,)) if row.before else []
    return found[0] if found and found[0].incident == row.incident else None


def verdicts(view: "View", of: RunRow) -> dict[int, str]:
    """What people or a detector said of the answers of a run, by their numbers.

    Only those count who have opened answers of the incident on record, and what the device says that sent them. Of each
    answer the one stands who judged it first, with what they said last: nobody else's word replaces it.
    """
    opened = view.rows(
        "SELECT DISTINCT e.actor FROM replay r JOIN entry e ON e.ent=r.id AND e.type='replay.opened' AND e.doubt=''"
        " WHERE r.incident=?",
        (of.incident,),
    )
    openers = {actor for (actor,) in opened}
    rows = view.rows(
        "SELECT actor, device, body FROM entry WHERE ent=? AND type='replay.judged' AND doubt='' ORDER BY lam, event_id",
        (of.ident,),
    )
    found: dict[int, tuple[str, str]] = {}
    for actor, device, body in rows:
        said = table(body).get("verdicts")
        if actor not in openers and device != of.device:
            continue
        for number, verdict in (said if isinstance(said, dict) else {}).items():
            if number.isascii() and number.isdigit() and len(number) < 6 and verdict in VERDICTS:
                first, _ = found.get(int(number), (actor, ""))
                if first == actor:
                    found[int(number)] = (actor, verdict)
    return {number: verdict for number, (_, verdict) in found.items()}


def watches(view: "View", incident: str = "") -> list[WatchRow]:
    """The watches of an incident (UUID), or those that are on in all of them."""
    where, values = ("w.incident=?", (incident,)) if incident else ("w.state=?", (ON,))
    rows = view.rows(
        # The last one, not the one with the latest time: a clock that was ahead would hold it up until then.
        "SELECT w.id, w.stream, y.facts, w.state, n.device, n.wall,"
        " (SELECT e.wall FROM replay r JOIN entry e ON e.ent=r.id AND e.type='replay.set' AND e.doubt=''"
        "  AND e.device=n.device AND e.field='state' AND json_extract(e.body, '$.value')='running'"
        "  WHERE r.incident=w.incident AND r.watch=w.id ORDER BY e.lam DESC, e.event_id DESC LIMIT 1)"
        " FROM watch w JOIN entity y ON y.id=w.id JOIN entry n ON n.event_id=y.event AND n.ent=w.id"
        f" WHERE {where} ORDER BY y.lam, w.id",
        values,
    )
    found = [(row, table(row[2])) for row in rows]
    return [
        WatchRow(
            ident, stream, short_id(view, "watch", ident), text(plan.get("incident")), text(plan.get("run")),
            max(whole(plan.get("minutes")), LEAST_MINUTES), whole(plan.get("until")), ON if state == ON else ENDED,
            text(device), whole(last) or whole(wall),
        )
        for (ident, stream, _, state, device, wall, last), plan in found
        if belongs(text(plan.get("incident")), stream)
    ]  # fmt: skip


def watch(view: "View", text_: str) -> WatchRow:
    """One watch by short id or UUID. Raises :class:`NotFound`."""
    _, ident = resolve(view, text_, "watch")
    incident = str(view.rows("SELECT incident FROM watch WHERE id=?", (ident,))[0][0] or "")
    return next(each for each in watches(view, incident) if each.ident == ident)


def run_data(view: "View", row: RunRow) -> dict[str, Any]:
    """A run as ``--json`` prints it."""
    return {
        "id": row.ident, "short": row.short, "incident": row.incident, "phase": row.phase, "state": row.state,
        "before": row.before, "action": row.action, "target": row.target, "url": row.url, **row.terms._asdict(),
        "sent": row.counts.sent, "counts": dict(row.counts.of), "share": row.counts.share if row.judged else "",
        "named": dict(row.named), "elsewhere": elsewhere(before_of(view, row), row),
        "said": sentences(view, row), "why": row.why, "exhibit": row.exhibit,
        "disputed": row.disputed,
    }  # fmt: skip


def _runs(view: "View", where: str, values: tuple[Any, ...]) -> list[RunRow]:
    # What was planned is read from the plan itself, what came of it from whom it is to be heard: no later entry of
    # anybody else can change either.
    rows = view.rows(
        "SELECT r.id, r.stream, y.facts, n.device, n.wall"
        " FROM replay r JOIN entity y ON y.id=r.id JOIN entry n ON n.event_id=y.event AND n.ent=r.id"
        f" WHERE {where} ORDER BY y.lam, r.id",
        values,
    )
    found = [(row, table(row[2])) for row in rows]
    kept = [(row, plan) for row, plan in found if belongs(text(plan.get("incident")), row[1])]
    told = words_of(view, [row[0] for row, _ in kept])
    return [_run(view, row, plan, told[row[0]]) for row, plan in kept]


def _run(view: "View", row: tuple[Any, ...], plan: dict[str, Any], told: "list[Word]") -> RunRow:
    ident, stream, _, device, wall = row
    terms, said = _terms(plan), {name: text(plan.get(name)) for name in _PLANNED}
    found = result_of(terms.number, terms.method, text(device), told)
    return RunRow(
        ident=ident, stream=stream, short=short_id(view, "replay", ident), incident=said["incident"], sealed=said["sealed"],
        phase=said["phase"] if said["phase"] in PHASES else BEFORE, before=said["before"], action=said["action"],
        system=said["system"], target=said["target"], url=said["url"], control=said["control"], watch=said["watch"],
        state=found.state, exhibit=found.exhibit, terms=terms, counts=counts_from(terms.number, found.outcome), why=found.why,
        at_us=found.at_us or whole(wall), device=text(device), begun_us=found.begun_us, untold=found.untold,
        rank=found.rank, actor=found.actor, disputed=found.disputed, named=found.named,
    )  # fmt: skip


def _terms(plan: Mapping[str, Any]) -> Terms:
    """Terms from a record; what is none of what it may be is what can do least."""
    api, method = plan.get("api"), plan.get("method")
    return Terms(
        api=api if api in APIS else CHAT, number=whole(plan.get("number")), confidence=whole(plan.get("confidence")) or 95,
        bound=whole(plan.get("bound")), model=text(plan.get("model")), input=text(plan.get("input")),
        rate=whole(plan.get("rate")) or 1, tokens=whole(plan.get("tokens")), length=whole(plan.get("length")),
        timeout_ms=whole(plan.get("timeout_ms")), method=method if method in METHODS else PERSON,
        pattern=text(plan.get("pattern")),
    )  # fmt: skip


def _prompts(found: Any) -> tuple[Prompt, ...]:
    rows = [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []
    return tuple(Prompt(*(text(each.get(name)) for name in Prompt._fields)) for each in rows[:MAX_PROMPTS])
