"""Readiness as lines: a row for each control and contact, and what one row hides; state is a glyph and a word."""

from typing import TYPE_CHECKING, Any

from ircockpit.features.containment.queries import TITLE_CELLS, family_of
from ircockpit.features.incidents.queries import incidents
from ircockpit.features.readiness.queries import ControlStands, OwnerStands, SystemStands, state_of
from ircockpit.features.readiness.rules import CHANGED, FAILED, PROVED, STALE, STUCK, every
from ircockpit.features.systems.rules import NAME
from ircockpit.inert.foreign import words
from ircockpit.inert.gate import line
from ircockpit.render.glyphs import age, counted, glyph, mark
from ircockpit.render.span import Line, Span, fit
from ircockpit.render.timeline import at_full

if TYPE_CHECKING:
    from ircockpit.features.readiness.local import Look, Schedule
    from ircockpit.features.readiness.proving import Planned
    from ircockpit.store.workstation import Workstation

NAME_CELLS, PROOF_CELLS, SECRET_CELLS, PROBE_CELLS = 15, 21, 13, 17
_KEY = 10
FALLBACK = "safe_fallback"
"""The family of controls that serve something instead of the model."""


def plain_name(name: str, instead: str = "a system") -> str:
    """The name where it is a plain one, also beside safe summaries."""
    return name if NAME.fullmatch(name) else words(line(name, TITLE_CELLS), instead)


def head_line(stands: SystemStands, width: int) -> Line:
    """A system, and in a word whether anything of it waits."""
    waits = len(stands.waits)
    said = counted(waits, "thing") + " due" if waits else "ready"
    head = f"{plain_name(stands.system.name)}: {said} "
    return (Span(head, "title"), Span("-" * max(width - len(head), 0), "dim"))


def titles_line() -> Line:
    """What the columns are."""
    return (
        Span(fit("control", NAME_CELLS) + " ", "dim"), Span(fit("last proved", PROOF_CELLS), "dim"),
        Span(fit("secret", SECRET_CELLS), "dim"), Span(fit("probe", PROBE_CELLS), "dim"), Span("schedule", "dim"),
    )  # fmt: skip


def control_line(each: ControlStands, now_us: int, width: int) -> Line:
    """One control: proof, secret, probe, schedule."""
    room = max(width - NAME_CELLS - 1 - PROOF_CELLS - SECRET_CELLS - PROBE_CELLS, 0)
    secret = mark(state_of(each.secret), each.secret) if each.secret else Span("- none", "dim")
    return (
        Span(fit(words(line(each.control.name, NAME_CELLS)), NAME_CELLS) + " ", "key"),
        _fitted(_proof(each, now_us), PROOF_CELLS), _fitted(secret, SECRET_CELLS),
        _fitted(_look(each.probe, now_us), PROBE_CELLS), Span(fit(_schedule(each.schedule, now_us), room), "dim"),
    )  # fmt: skip


def owner_line(owner: OwnerStands, now_us: int, width: int) -> Line:
    """The contact: whether somebody reached them."""
    said = owner.word + (f" {_ago(owner.at_us, now_us)}" if owner.at_us else "")
    rest = words(line(owner.contact, TITLE_CELLS)) or "nobody would be called"
    return (
        Span(fit("contact", NAME_CELLS) + " ", "key"), _fitted(mark(state_of(owner.word), said), PROOF_CELLS),
        Span(fit(rest, max(width - NAME_CELLS - 1 - PROOF_CELLS, 0)), "dim"),
    )  # fmt: skip


def control_detail(station: "Workstation", each: ControlStands) -> list[Line]:
    """All there is to say of one control, and what to do about what is missing."""
    control, place, now = each.control, each.place, station.clock.wall_us()
    where = words(line(f"{control.connector}/{control.action} at {control.target}", 60))
    falls_back = ", a safe fallback" if family_of(station, control) == FALLBACK else ""
    rows = [_row("control", f"{words(line(control.title, TITLE_CELLS))}, {where}{falls_back}")]
    if place is None:
        rows.append(_row("target", "not described: correct the record", "bad"))
    elif not each.accepted:
        rows.append(
            _row("target", "its addresses are not accepted on this device: ircockpit system trust", "warn")
        )
    if each.stuck:
        rows.append(_row("STUCK", f"may still be on: {each.stuck}; prove it again to take it back", "bad"))
    rows.append(_row("proved", proof_words(station, each, now), "ok" if each.word == PROVED else "warn"))
    if each.failure:
        rows.append(
            _row("failed", f"{_ago(each.failed_us, now)} ago: {words(line(each.failure, 200))}", "bad")
        )
    for secret in each.secrets:
        said = f"{words(line(secret.uri, 40))}: {secret.word}" + (
            f", {words(line(secret.said, 80))}" if secret.said else ""
        )
        rows.append(_row("secret", said, "bad" if state_of(secret.word) == "failed" else "text"))
    seen = f", looked {_ago(each.probe.at_us, now)} ago from here" if each.probe.at_us else ""
    said = f": {words(line(each.probe.said, 120))}" if each.probe.said else ""
    rows.append(_row("probe", f"{each.probe.word}{said}{seen}"))
    if each.schedule is not None:
        rows.append(_row("schedule", schedule_words(each.schedule, now)))
    return rows


def owner_detail(stands: SystemStands, station: "Workstation") -> list[Line]:
    """Whom one would call, whether that was tried, and what the system falls back to."""
    return [*_contact(stands.owner, station), _row("fallback", *_fallback(stands, station))]


def _fallback(stands: SystemStands, station: "Workstation") -> tuple[str, str]:
    found = [each for each in stands.controls if family_of(station, each.control) == FALLBACK]
    if not found:
        return "no control of it is a safe fallback", "warn"
    said = ", ".join(f"{words(line(each.control.name, NAME_CELLS))} {each.word}" for each in found)
    return said, "text"


def _contact(owner: OwnerStands, station: "Workstation") -> list[Line]:
    now = station.clock.wall_us()
    if not owner.contact:
        return [
            _row(
                "contact",
                "no owner and nobody on call is stated: ircockpit system add NAME --on-call WHO",
                "warn",
            )
        ]
    rows = [_row("contact", words(line(owner.contact, 60)))]
    if not owner.at_us:
        return [*rows, _row("reached", "a stated contact that nobody has tried", "warn")]
    how = words(line(owner.how, 60))
    return [*rows, _row("reached", f"{_ago(owner.at_us, now)} ago by {words(owner.who, 'somebody')}: {how}")]


def proof_words(station: "Workstation", each: ControlStands, now_us: int) -> str:
    """Who proved a control last, when, where and on what; that nobody did is said plainly."""
    proof = each.proof
    if proof is None:
        return "never proved"
    found = incidents(station.view, [proof.incident]) if proof.incident else []
    where = f"in incident {found[0].short}" if found else proof.where
    server = f" on {words(line(proof.server, 40))}" if proof.server else ""
    vantage = "this device" if proof.here else f"the device of {words(proof.who, 'somebody')}"
    said = f"{at_full(proof.at_us, station.shown_offset)[:16]}, {_ago(proof.at_us, now_us)} ago, by"
    said = f"{said} {words(proof.who, 'somebody')} {where}{server}, seen from {vantage}"
    if each.word == CHANGED:
        said += "; the control, its parameters, address or connector have changed since"
    return said


def schedule_words(row: "Schedule", now_us: int) -> str:
    """How often, and when next; never a claim that anything here does it by itself."""
    due = "due now" if row.is_due(now_us) else f"due in {_left(row, now_us)}"
    return f"every {every(row.hours)}, {due}; only ircockpit readiness prove --due --yes runs it"


def plan_lines(planned: "Planned", schedule: str = "") -> list[Line]:
    """The very requests of a proof, there and back, whom they reach, and what approving it means."""
    plan = planned.plan
    rows = [
        (Span(f" {'take back' if plan.cut_off else 'prove':9} ", "title"),
         Span(f"{plain_name(planned.system.name)} {words(line(planned.control, TITLE_CELLS))}, there and back")),
        *plan.lines,
        (Span(" probe     ", "dim"), Span(words(line(f"{plan.probe}, not contained now, as it must be", 100)))),
    ]  # fmt: skip
    if planned.canary:
        rows.append((Span(" canary    ", "dim"), Span(words(line(planned.canary, 60)))))
    if schedule:
        rows.append(
            (
                Span(" approves  ", "dim"),
                Span(f"the same every {schedule}, from this device, with nobody there"),
            )
        )
        rows.append(
            (
                Span("           ", "dim"),
                Span("refused once connector, addresses, parameters or trust change", "dim"),
            )
        )
    return rows


def data_of(stands: SystemStands) -> dict[str, Any]:
    """A system as ``--json`` prints it."""
    return {
        "system": stands.system.name, "id": stands.system.ident, "ready": not stands.waits,
        "controls": [
            {
                "control": each.control.name, "connector": each.control.connector, "action": each.control.action,
                "target": each.control.target, "accepted": each.accepted, "proof": each.word,
                "proved": {**each.proof._asdict()} if each.proof else None, "failure": each.failure, "stuck": each.stuck,
                "secrets": [secret._asdict() for secret in each.secrets], "probe": each.probe._asdict(),
                "every_hours": each.schedule.hours if each.schedule else 0,
            }
            for each in stands.controls
        ],
        "contact": stands.owner._asdict(), "waits": [each._asdict() for each in stands.waits],
    }  # fmt: skip


def _proof(each: ControlStands, now_us: int) -> Span:
    if each.stuck:
        return Span(f"{glyph('failed')} {STUCK}, still on?", "bad")
    at = each.failed_us if each.word == FAILED else each.proof.at_us if each.proof else 0
    word = "too old" if each.word == STALE else each.word
    return mark(state_of(each.word), f"{word} {_ago(at, now_us)}" if at else word)


def _look(seen: "Look", now_us: int) -> Span:
    return mark(state_of(seen.word), f"{seen.word} {_ago(seen.at_us, now_us)}" if seen.at_us else seen.word)


def _schedule(row: "Schedule | None", now_us: int) -> str:
    if row is None:
        return ""
    return "due now" if row.is_due(now_us) else f"in {_left(row, now_us)}"


def _left(row: "Schedule", now_us: int) -> str:
    # Rounded up by a minute: 30 days are not 29 right after they were approved.
    return age((row.due_us - now_us) / 1e6 + 60)


def _fitted(span: Span, cells: int) -> Span:
    return Span(fit(span.text, cells), span.role)


def _row(key: str, said: str, role: str = "text") -> Line:
    return (Span(f" {key:{_KEY}}", "bad" if key == "STUCK" else "dim"), Span(said, role))


def _ago(at_us: int, now_us: int) -> str:
    return age(max(now_us - at_us, 0) / 1e6)
