"""Following a playbook: beginning one, saying what became of a step, setting variables, choosing ways; no step runs anything."""

from itertools import islice

from ircockpit import playbooks as library
from ircockpit.command.action import Result
from ircockpit.core.errors import BadInput, CockpitError, RefusedError
from ircockpit.core.stated import within
from ircockpit.features.decisions.rules import MAX_DECIDED
from ircockpit.features.incidents import queries as incidents
from ircockpit.features.incidents.queries import IncidentRow
from ircockpit.features.intake.queries import groups
from ircockpit.features.packing import packed
from ircockpit.features.people.queries import name_of, names
from ircockpit.features.playbooks import queries, shelf, steps
from ircockpit.features.playbooks.conditions import ConditionError, typed
from ircockpit.features.playbooks.model import Step
from ircockpit.features.playbooks.queries import Followed, named_step, run_id, step_id, variable_id
from ircockpit.features.playbooks.running import OVER, WORK, Standing, ways
from ircockpit.features.summary import without_dots
from ircockpit.features.systems.queries import systems
from ircockpit.features.whom import NOBODY, person_named
from ircockpit.inert.foreign import safely
from ircockpit.inert.gate import clean, line
from ircockpit.store.workstation import Draft, Workstation

MAX_VALUE = 2000
MAX_WAYS = 40
"""Choices around a step that are recorded with it, the nearest."""


def suited(station: Workstation, row: IncidentRow) -> list[shelf.Held]:
    """The playbooks for an incident: those that fit what its signal is called and its system's context, then the others."""
    system = next((each for each in systems(station.view) if each.ident == row.system), None)
    heard = [row.title]
    if origin := incidents.origin_of(station.view, row.ident):
        heard += [
            text
            for each in groups(station.view, [origin])
            for text in (each.title, each.detector, each.probe)
        ]
    context = system.context if system is not None else ""
    fitting = [
        each.id
        for name in ([context] if context else library.CONTEXTS)
        for each in library.suited(name, *heard)
    ]
    all_ = [each for each in shelf.shelf(station) if not each.retired]
    there = {each.playbook: each for each in all_ if each.source == shelf.LIBRARY}
    first = [there[ident] for ident in fitting]
    rest = [each for each in all_ if each not in first]
    # What the organisation took in and approved for itself stands before the rest of the library.
    return [
        *first,
        *sorted(
            rest,
            key=lambda each: (each.source == shelf.LIBRARY, bool(each.why_not), context not in each.short),
        ),
    ]


def begin(station: Workstation, *, incident: str, playbook: str) -> Result:
    """Follow a playbook in an incident: its file is kept in the incident's record, in the version it has now."""
    row = incidents.incident(station.view, incident)
    held = shelf.find(station, playbook)
    ident = run_id(row.ident, held.sha256)
    known = next((run for run in queries.runs(station.view, row.ident) if run.ident == ident), None)
    if known is not None and not known.left:
        return _shown(station, row, f"{row.short} follows {held.short} already")
    if known is not None:
        station.append(
            [station.set_field(row.stream, "playbook.left", ident, "left", "", name=held.name[:200])]
        )
        return _shown(station, row, f"{row.short} follows {held.short} again, from where it was")
    shelf.may_begin(held)
    raw = shelf.file_of(station, held)
    shelf.read_playbook(held.sha256, raw, held.short)
    facts = {
        "incident": row.ident, "name": held.name[:200], "playbook": held.playbook, "version": held.version,
        "sha256": held.sha256, "left": "",
    }  # fmt: skip
    station.append([Draft(row.stream, "playbook.begun", ident, (facts, *packed({shelf.FILE: raw})))])
    return _shown(station, row, f"{row.short} follows {held.short}, version {held.version[:10]}")


def leave(station: Workstation, *, incident: str, why: str) -> Result:
    """Follow the playbook of an incident no more, for a reason; what was done stays."""
    row = incidents.incident(station.view, incident)
    found = [run for run in queries.runs(station.view, row.ident) if not run.left]
    if not found:
        return Result(None, (), f"{row.short} follows no playbook")
    reason = _words(why)
    try:
        shown = queries.current(station, row)
    except CockpitError:
        shown = None  # none of them can be read: the newest is left
    run = shown.run if shown is not None else found[0]
    station.append([station.set_field(row.stream, "playbook.left", run.ident, "left", reason, name=run.name)])
    said = f"{row.short} does not follow {clean(run.name)} any more"
    return Result({"run": run.ident, "left": reason}, (), said)


def list_steps(station: Workstation, *, incident: str, safe: bool = False) -> Result:
    """Where every step of the playbook stands that an incident follows."""
    with safely(safe):
        return _shown(station, incidents.incident(station.view, incident), "")


def show_step(station: Workstation, *, step: str, safe: bool = False) -> Result:
    """One step: what to look at, what done looks like, and why it is blocked where it is."""
    row, found, each, standing = named_step(station, step)
    with safely(safe):
        return Result(
            without_dots(steps.data_of_step(station, row, found, each, standing)),
            tuple(steps.step_lines(station, found, each, standing)),
        )


def mark(station: Workstation, *, step: str, state: str, why: str | None = None) -> Result:
    """Say what became of a step: ``begin`` takes it on as well; skipping and failing want a reason."""
    row, found, each, standing = named_step(station, step)
    if each.type not in WORK:
        raise RefusedError(
            f"step {found.number(each.id)} leads the way, nobody does it", safe="nothing was recorded",
            fix=f"ircockpit playbook choose {row.short}/{found.number(each.id)} WAY, where it asks" if ways(each) else "",
        )  # fmt: skip
    reason = _words(why or "") if state in ("skipped", "failed") or why else ""
    ent, drafts = _opened(row, found, each, standing)
    drafts += _ways_taken(station, row, found, standing)
    said = {"name": (each.name or each.type)[:200]}
    drafts.append(station.set_field(row.stream, "step.set", ent, "state", state, why=reason, **said))
    if state == "doing" and not standing.mark.owner:
        drafts.append(station.set_field(row.stream, "step.set", ent, "owner", station.me, **said))
    station.append(drafts)
    after = queries.follow(station, row, found.run)
    return _result(
        station, row, after, f"{row.short}/{found.number(each.id)} is {_STATE[state]}{_next(after)}"
    )


def done(station: Workstation, *, step: str, why: str | None = None) -> Result:
    """Somebody has done a step."""
    return mark(station, step=step, state="done", why=why)


def skip(station: Workstation, *, step: str, why: str) -> Result:
    """A step is not going to be done here, for a reason; the playbook goes on."""
    return mark(station, step=step, state="skipped", why=why)


def start(station: Workstation, *, step: str) -> Result:
    """Somebody is at a step."""
    return mark(station, step=step, state="doing")


def fail(station: Workstation, *, step: str, why: str) -> Result:
    """A step did not work; the playbook's way for that is open."""
    return mark(station, step=step, state="failed", why=why)


def reopen(station: Workstation, *, step: str, why: str) -> Result:
    """Take back what was said of a step, or what the record seemed to show."""
    return mark(station, step=step, state="open", why=why)


def assign(station: Workstation, *, step: str, to: str = "me") -> Result:
    """Give a step to somebody, oneself, or nobody."""
    row, found, each, standing = named_step(station, step)
    owner = person_named(station, to)
    ent, drafts = _opened(row, found, each, standing)
    if standing.mark.owner != owner or "owner" in standing.mark.disputed:
        drafts.append(
            station.set_field(
                row.stream, "step.set", ent, "owner", owner, name=(each.name or each.type)[:200]
            )
        )
        station.append(drafts)
    after = queries.follow(station, row, found.run)
    has = "nobody has" if to == NOBODY else f"{clean(name_of(names(station.view), owner))} has"
    return _result(station, row, after, f"{has} {row.short}/{found.number(each.id)}")


def choose(station: Workstation, *, step: str, way: str, why: str | None = None) -> Result:
    """Choose the way at a step that branches, where its condition cannot tell, or tells what is not so."""
    row, found, each, standing = named_step(station, step)
    word = {"yes": "on_true", "no": "on_false"}.get(way.strip().lower(), way.strip())
    if word not in ways(each):
        known = ", ".join(
            line({"on_true": "yes", "on_false": "no"}.get(name, name), 40) for name in ways(each)[:12]
        )
        raise BadInput(
            f"step {found.number(each.id)} has no way {line(way, 40)!r}", safe="nothing was recorded",
            fix=f"there is: {known}" if known else "it is a step to be done: it does not branch",
        )  # fmt: skip
    ent, drafts = _opened(row, found, each, standing)
    said = {
        "name": (each.name or each.type)[:200],
        "shown": {"on_true": "yes", "on_false": "no"}.get(word, word),
    }
    drafts.append(
        station.set_field(row.stream, "step.set", ent, "way", word, why=_words(why) if why else "", **said)
    )
    station.append(drafts)
    after = queries.follow(station, row, found.run)
    return _result(station, row, after, f"way taken at {row.short}/{found.number(each.id)}{_next(after)}")


def set_variable(
    station: Workstation, *, incident: str, variable: str, value: str, why: str | None = None
) -> Result:
    """Give a variable of the playbook its value, of the type it has."""
    row = incidents.incident(station.view, incident)
    found = queries.current(station, row)
    if found is None:
        raise RefusedError(f"{row.short} follows no playbook", safe="nothing was recorded")
    known = found.playbook.variables
    name = variable if variable in known else f"__{variable.strip('_')}__"
    if name not in known:
        raise BadInput(
            f"this playbook has no variable {line(variable, 60)!r}", safe="nothing was recorded",
            fix=f"there is: {', '.join(line(each.strip('_'), 40) for each in list(known)[:20])}",
        )  # fmt: skip
    if known[name].constant:
        raise RefusedError(
            f"{line(name, 60)} is constant: the playbook fixes it", safe="nothing was recorded"
        )
    if len(value) > MAX_VALUE:
        raise BadInput(f"a value has at most {MAX_VALUE:,} characters", safe="nothing was recorded")
    try:
        typed(known[name].type, value)
    except ConditionError as error:
        raise BadInput(
            error.what, safe="nothing was recorded", fix=f"{line(name, 60)} is of the type {known[name].type}"
        ) from None
    ent = variable_id(found.run.ident, name)
    drafts = [] if _is_there(station, ent) else [
        Draft(row.stream, "variable.opened", ent, ({"run": found.run.ident, "name": name},))
    ]  # fmt: skip
    drafts.append(
        station.set_field(
            row.stream, "variable.set", ent, "value", value, why=_words(why) if why else "", name=name
        )
    )
    station.append(drafts)
    after = queries.follow(station, row, found.run)
    return _result(station, row, after, f"{line(name, 60)} is {line(value, 60)}{_next(after)}")


_STATE = {"open": "open again", "doing": "begun", "done": "done", "skipped": "skipped", "failed": "failed"}


def _opened(row: IncidentRow, found: Followed, step: Step, standing: Standing) -> tuple[str, list[Draft]]:
    """The id of a step in its round, and the draft that makes it where nothing was said of it yet."""
    ent = step_id(found.run.ident, step.id, standing.label)
    if standing.mark.is_there:
        return ent, []
    facts = {"run": found.run.ident, "step": step.id, "round": standing.label}
    return ent, [Draft(row.stream, "step.opened", ent, (facts,))]


def _ways_taken(station: Workstation, row: IncidentRow, found: Followed, standing: Standing) -> list[Draft]:
    """The choices that led to a step, kept as they were: what a variable says later does not move work that was done."""
    drafts: list[Draft] = []
    for each in islice(standing.choices(), MAX_WAYS):
        opener = found.playbook.steps[each.step]
        if not each.way or found.course.chosen.get((each.step, each.label)):
            continue
        ent = step_id(found.run.ident, each.step, each.label)
        if not _is_there(station, ent):
            facts = {"run": found.run.ident, "step": each.step, "round": each.label}
            drafts.append(Draft(row.stream, "step.opened", ent, (facts,)))
        said = {
            "name": (opener.name or opener.type)[:200],
            "shown": {"on_true": "yes", "on_false": "no"}.get(each.way, each.way),
        }
        drafts.append(station.set_field(row.stream, "step.set", ent, "way", each.way, **said))
    return drafts


def _is_there(station: Workstation, ent: str) -> bool:
    return bool(station.view.rows("SELECT 1 FROM entity WHERE id=?", (ent,)))


def _next(after: Followed) -> str:
    from ircockpit.features.playbooks.running import next_steps

    ahead = [each for each in next_steps(after.course) if each.state not in OVER]
    if not ahead:
        return "; all is over" if after.course.over else ""
    return f"; next: {steps.step_name(after, after.playbook.steps[ahead[0].step])}"


def _shown(station: Workstation, row: IncidentRow, said: str) -> Result:
    found = queries.current(station, row)
    if found is None:
        fitting = suited(station, row)[:5]
        names_ = ", ".join(each.short for each in fitting)
        return Result(
            None,
            (),
            f"{row.short} follows no playbook; suited: {names_}: ircockpit playbook start {row.short} NAME",
        )
    return _result(station, row, found, said)


def _result(station: Workstation, row: IncidentRow, found: Followed, said: str) -> Result:
    data = without_dots(steps.data_of_run(station, row, found))
    return Result(data, tuple(steps.run_lines(station, row, found)), said)


def _words(text: str) -> str:
    words = within(text, MAX_DECIDED, "the reason", fix="")
    if not words:
        raise BadInput(
            "a reason is wanted", safe="nothing was recorded", fix="say why, in a few words: --why REASON"
        )
    return words


def about(station: Workstation, *, step: str) -> Result:
    """Which tab of the incident shows what a step is about, and why that one."""
    row, _, each, _ = named_step(station, step)
    tab, why = steps.about(each)
    return Result({"tab": tab, "why": why}, (), f"{row.short}: the {tab} tab, {why}")
