"""The playbooks an incident follows, as frozen rows: which version, since when, where each step stands."""

from typing import TYPE_CHECKING, NamedTuple

from ircockpit.core.errors import CockpitError, NotFound
from ircockpit.core.ids import belongs, companion_id
from ircockpit.features.people.queries import name_of, names
from ircockpit.inert.gate import clean
from ircockpit.store.names import resolve, short_id

if TYPE_CHECKING:
    from ircockpit.features.incidents.queries import IncidentRow
    from ircockpit.features.playbooks.model import Playbook, Step
    from ircockpit.features.playbooks.running import Course, Mark, Standing
    from ircockpit.store.view import View
    from ircockpit.store.workstation import Workstation


class Run(NamedTuple):
    """A playbook that an incident follows, in the version it began with."""

    ident: str
    stream: str
    short: str
    incident: str
    name: str
    playbook: str
    version: str
    sha256: str
    left: str
    """Why it is followed no more; empty while it is."""
    begun_us: int
    by: str
    disputed: tuple[str, ...]


class Followed(NamedTuple):
    """A run and where its steps stand."""

    run: Run
    playbook: "Playbook"
    course: "Course"
    order: tuple[tuple[str, int], ...]
    """Steps in the order of display, with how deep within branches each is."""
    source: str
    """Where the file comes from and who approved it, in words."""

    def number(self, step: str) -> int:
        """What people call a step by: its number in the order of display, from 1."""
        return next(at for at, (ident, _) in enumerate(self.order, 1) if ident == step)

    def at(self, number: int) -> "tuple[Step, Standing] | None":
        """The step of a number."""
        if not 1 <= number <= len(self.order):
            return None
        ident = self.order[number - 1][0]
        return self.playbook.steps[ident], self.course.steps[ident]


def run_id(incident: str, sha256: str) -> str:
    """Id of a run: the same on every device for the same file, so that two people apart follow one."""
    return companion_id(incident, "playbook-run", sha256)


def step_id(run: str, step: str, label: str) -> str:
    """Id of a step of a run in one round; the same on every device."""
    return companion_id(run, "playbook-step", step, label)


def variable_id(run: str, name: str) -> str:
    """Id of a variable of a run; the same on every device."""
    return companion_id(run, "playbook-variable", name)


def runs(view: "View", incident: str) -> list[Run]:
    """The playbooks an incident follows or followed; those it follows first, of these the newest."""
    rows = view.rows(
        "SELECT r.id, r.stream, r.name, r.playbook, r.version, r.sha256, r.left, r.disputed, n.actor, n.at_us FROM run r"
        " JOIN entity e ON e.id=r.id LEFT JOIN entry n ON n.event_id=e.event AND n.ent=r.id WHERE r.incident=?",
        (incident,),
    )
    known = names(view)
    found = [
        Run(
            str(ident), str(stream), short_id(view, "run", ident), incident, str(name or ""), str(playbook or ""),
            str(version or ""), str(digest or ""), str(left or ""), int(at_us or 0), name_of(known, actor),
            tuple((disputed or "").split()),
        )
        for ident, stream, name, playbook, version, digest, left, disputed, actor, at_us in rows
        if belongs(incident, stream)
    ]  # fmt: skip
    return sorted(found, key=lambda run: (bool(run.left), -run.begun_us, run.ident))


def marks(view: "View", run: str) -> "dict[tuple[str, str], Mark]":
    """What people said of the steps of a run, by step and round."""
    from ircockpit.features.playbooks.running import Mark

    rows = view.rows(
        "SELECT s.id, s.step, s.round, s.state, s.owner, s.way, s.disputed,"
        " (SELECT e.at_us FROM head h JOIN entry e ON e.event_id=h.event WHERE h.ent=s.id AND h.field='state'"
        " ORDER BY h.lam DESC, h.event DESC LIMIT 1) FROM step s WHERE s.run=?",
        (run,),
    )
    return {
        (str(step), str(label or "")): Mark(
            str(state or ""),
            str(way or ""),
            str(owner or ""),
            int(at_us or 0),
            tuple((disputed or "").split()),
        )
        for ident, step, label, state, owner, way, disputed, at_us in rows
        if ident == step_id(run, str(step), str(label or ""))  # what says it is another step is none
    }


def values(view: "View", run: str) -> dict[str, str]:
    """The variables people have set in a run."""
    rows = view.rows("SELECT id, name, value FROM variable WHERE run=?", (run,))
    return {
        str(name): str(value)
        for ident, name, value in rows
        if value is not None and ident == variable_id(run, str(name))
    }


def follow(station: "Workstation", row: "IncidentRow", run: Run) -> Followed:
    """Where a run stands now. Raises :class:`~ircockpit.core.errors.TrustError` where its file is not held here whole."""
    from ircockpit.features.packing import unpacked
    from ircockpit.features.playbooks.bindings import known_values
    from ircockpit.features.playbooks.facts import Facts
    from ircockpit.features.playbooks.graph import outline
    from ircockpit.features.playbooks.running import course
    from ircockpit.features.playbooks.shelf import FILE, body_of, read_playbook
    from ircockpit.features.playbooks.variables import values_of

    raw = unpacked(body_of(station.view, run.ident), FILE, run.sha256)
    playbook = read_playbook(run.sha256, raw, run.short)
    facts = Facts(station, row)
    set_here = values(station.view, run.ident)
    known = {**values_of(playbook.variables), **known_values(playbook, facts), **set_here}
    found = course(
        playbook, marks(station.view, run.ident), known, begun_us=run.begun_us, now_us=station.clock.wall_us(),
        fact=facts,
    )  # fmt: skip
    order = tuple(
        (each.step, each.depth)
        for each in outline(playbook)
        if playbook.steps[each.step].type not in ("start", "end")
    )
    return Followed(run, playbook, found, order, _source(station, run))


def current(station: "Workstation", row: "IncidentRow") -> Followed | None:
    """Where the newest playbook stands that an incident follows and that can be read; None where it follows none.

    Raises :class:`CockpitError` where none of them can be read.
    """
    trouble: CockpitError | None = None
    for run in runs(station.view, row.ident):
        if run.left:
            continue
        try:
            return follow(station, row, run)
        except CockpitError as error:  # one whose file is damaged must not hide another
            trouble = trouble or error
    if trouble is not None:
        raise trouble
    return None


def kinds_wanted(station: "Workstation", row: "IncidentRow", step: str = "") -> list[str]:
    """The kinds of exhibits that the playbook of an incident, or one step of it, asks for and that are not there yet.

    Those whose turn has come are first; none where no playbook can be read.
    """
    from ircockpit.features.evidence.events import EXHIBITS
    from ircockpit.features.evidence.queries import exhibits
    from ircockpit.features.playbooks.bindings import asked
    from ircockpit.features.playbooks.running import OPEN

    try:
        found = current(station, row)
    except CockpitError:
        return []
    if found is None:
        return []
    there = {each.kind for each in exhibits(station.view, row.ident)}
    order = sorted(found.order, key=lambda each: found.course.steps[each[0]].state not in OPEN)
    named = [
        str(fact.get("kind"))
        for ident, _ in order
        if step in ("", ident)
        for fact in asked(found.playbook.steps[ident], "exhibit")
    ]
    return [kind for kind in dict.fromkeys(named) if kind in EXHIBITS and kind not in there]


def named_step(station: "Workstation", text: str) -> "tuple[IncidentRow, Followed, Step, Standing]":
    """A step by incident or run and its number: ``tofa/7``. Raises :class:`NotFound`."""
    from ircockpit.features.incidents.queries import incident

    place, slash, number = text.strip().rpartition("/")
    if not slash or not number.isascii() or not number.isdigit() or len(number) > 5:
        raise NotFound(
            f"{text!r} names no step",
            safe="nothing was changed",
            fix="say the incident and the step's number: tofa/7",
        )
    kind, named = resolve(station.view, place, "incident", "run")
    ident = named
    if kind == "run":
        ident = str(station.view.rows("SELECT incident FROM run WHERE id=?", (named,))[0][0])
    row = incident(station.view, ident)
    found = [
        run
        for run in runs(station.view, row.ident)
        if (run.ident == named if kind == "run" else not run.left)
    ]
    if not found:
        raise NotFound(
            f"{row.short} follows no playbook", safe="nothing was changed",
            fix=f"ircockpit playbook start {row.short} NAME begins one",
        )  # fmt: skip
    followed = follow(station, row, found[0]) if kind == "run" else current(station, row)
    there = followed.at(int(number)) if followed is not None else None
    if followed is None or there is None:
        raise NotFound(
            f"there is no step {number}", safe="nothing was changed",
            fix=f"its steps are 1 to {len(followed.order) if followed is not None else 0}: ircockpit playbook steps {row.short}",
        )  # fmt: skip
    return row, followed, *there


def progress(station: "Workstation", row: "IncidentRow") -> str:
    """How far the playbook is and what is next, in one line, gated; empty where none is followed."""
    if not any(not run.left for run in runs(station.view, row.ident)):
        return ""
    from ircockpit.features.playbooks.steps import head_words

    try:
        found = current(station, row)
    except CockpitError as error:
        return clean(f"cannot be shown: {error.what}")
    return head_words(station, found) if found is not None else ""


def _source(station: "Workstation", run: Run) -> str:
    from ircockpit.features.playbooks.shelf import LIBRARY, shelf

    held = next((each for each in shelf(station) if each.sha256 == run.sha256), None)
    if held is None:
        return "of a version that is not on the shelf here"
    if held.source == LIBRARY:
        return "of the library"
    return f"approved by {held.approved_by}" if held.approved_by else "NOT APPROVED"
