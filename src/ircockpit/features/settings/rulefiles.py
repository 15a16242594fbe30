"""What can be done with an organisation's rule files: propose one, read it, approve what somebody else proposed, retire it."""

from difflib import unified_diff
from pathlib import Path
from typing import Any

from ircockpit.command.action import Result
from ircockpit.core.digest import sha256
from ircockpit.core.errors import BadInput, NotFound, RefusedError
from ircockpit.core.ids import shared_id
from ircockpit.core.stated import given
from ircockpit.core.yamltext import MAX_BYTES
from ircockpit.features.packing import packed
from ircockpit.features.settings.agreed import (
    FILE,
    InUse,
    RuleFile,
    bound,
    check,
    file_of,
    in_force,
    recorded,
    settle,
    used,
)
from ircockpit.inert.gate import clean
from ircockpit.render.span import Line, Span
from ircockpit.render.table import Column, table
from ircockpit.store.names import resolve
from ircockpit.store.workstation import Draft, Workstation

MAX_WHY = 2000
LEFT = "it is used on this device alone"


def list_all(station: Workstation) -> Result:
    """Which rules are used here and whose they are, where this device differs, and what waits for somebody's approval."""
    here, found = used(station), recorded(station.view)
    force = {each.ident for each in in_force(found).values()}
    lines: list[Line] = []
    if here:
        columns = (Column("rules"), Column("used"), Column("sha256", role="dim"), Column("whose"))
        lines += table(columns, [(each.place, *_whose(each)) for each in here])
    waiting = [each for each in found if not each.approved_by and not each.retired]
    if waiting:
        columns = (Column("proposed"), Column("for"), Column("sha256", role="dim"), Column("by"))
        lines += [
            (),
            *table(columns, [(each.short, each.place, each.sha256[:12], each.by) for each in waiting]),
        ]
    data = {
        "used": [
            {"place": each.place, "sha256": each.sha256, "agreed": each.agreed is not None, "own_sha256": each.own,
             "differs": each.differs} for each in here
        ],
        "recorded": [_data(each, in_force=each.ident in force) for each in found],
    }  # fmt: skip
    said = "" if lines else "only the rules that come with the program are used here"
    return Result(data, tuple(lines), said)


def show(station: Workstation, *, rulefile: str, diff: bool = False) -> Result:
    """The words of a proposed file; with ``diff`` what is other than in the one in force."""
    each = _named(station, rulefile)
    text = file_of(station.view, each).decode("utf-8", "replace").splitlines()
    before = in_force(recorded(station.view)).get(each.place)
    if diff and before is not None:
        old = file_of(station.view, before).decode("utf-8", "replace").splitlines()
        text = list(unified_diff(old, text, before.short, each.short, lineterm=""))
    head: Line = (
        Span(f"{each.short}  {each.place}  ", "key"),
        Span(f"sha256 {each.sha256}  by {clean(each.by)}", "dim"),
    )
    return Result(
        {**_data(each, in_force=each == before), "text": "\n".join(text)},
        (head, *((Span(clean(row)),) for row in text)),
    )


def propose(station: Workstation, *, file: str, place: str | None = None, why: str = "") -> Result:
    """Put a file that holds together into the organisation's record; it counts once somebody else has approved it."""
    path = Path(file).expanduser()
    try:
        with path.open("rb") as opened:
            raw = opened.read(MAX_BYTES + 1)
    except OSError as error:
        raise NotFound(f"{path.name} cannot be read: {error.strerror}", safe="nothing was recorded") from None
    where = place or _place_of(station, path)
    check(station, where, raw)
    digest = sha256(raw).hexdigest()
    ident = shared_id("rulefile", where, digest)
    known = next((each for each in recorded(station.view) if each.ident == ident), None)
    if known is not None:
        return Result(_data(known), (), f"the same file is proposed already, as {known.short}")
    facts = {"place": where, "sha256": digest}
    reason = [{"why": given(why, MAX_WHY, "the reason")}] if why.strip() else []
    parts = (facts, *packed({FILE: raw}, "rule file"), *reason)
    station.append([Draft(station.identity.org_stream, "rulefile.proposed", ident, parts)])
    each = _named(station, ident)
    return Result(
        _data(each),
        (),
        f"proposed as {each.short} for {where}; it counts everywhere once somebody else approves it",
    )


def approve(station: Workstation, *, rulefile: str, why: str) -> Result:
    """Let a file that somebody else proposed be in force on every device of the organisation."""
    each = _named(station, rulefile)
    if station.me in each.proposers:
        raise RefusedError(
            f"you proposed {each.short} yourself: two different people stand for the organisation's rules",
            safe="nothing was approved", fix="somebody else reads it and approves it",
        )  # fmt: skip
    if each.retired:
        raise RefusedError(
            f"{each.short} is retired: {each.retired}", safe="nothing was approved",
            fix=f"ircockpit rules retire {each.short} --withdraw --why REASON",
        )  # fmt: skip
    raw = file_of(station.view, each)
    check(station, each.place, raw)
    facts = {"place": each.place, "sha256": each.sha256, **bound(station, each.place, raw)}
    reason = {"why": given(why, MAX_WHY, "the reason")}
    station.append([Draft(station.identity.org_stream, "rulefile.approved", each.ident, (facts, reason))])
    settle(station)
    return Result(
        _data(_named(station, each.ident), in_force=True), (), f"{each.short} is in force for {each.place}, here and with all"
    )  # fmt: skip


def retire(station: Workstation, *, rulefile: str, why: str, withdraw: bool = False) -> Result:
    """Take a file out of force: the one approved before it counts again, or the program's own."""
    each = _named(station, rulefile)
    reason = given(why, MAX_WHY, "the reason")
    value = "" if withdraw else reason
    draft = station.set_field(
        station.identity.org_stream, "rulefile.set", each.ident, "retired", value, why=reason, place=each.place,
        sha256=each.sha256,
    )  # fmt: skip
    station.append([draft])
    settle(station)
    after = in_force(recorded(station.view)).get(each.place)
    now = (
        f"{after.short} counts for {each.place}"
        if after
        else f"none that was agreed on counts for {each.place}"
    )
    return Result(
        _data(_named(station, each.ident), in_force=after is not None and after.ident == each.ident), (),
        f"{each.short} is {'brought back' if withdraw else 'retired'}; {now}",
    )  # fmt: skip


def _place_of(station: Workstation, path: Path) -> str:
    try:
        return path.resolve().relative_to(station.profile.folder.resolve()).as_posix()
    except ValueError:
        raise BadInput(
            f"nothing says which rules {path.name} is for", safe="nothing was recorded",
            fix="--for triage/criteria.yaml, or name the file that lies in the profile",
        ) from None  # fmt: skip


def _named(station: Workstation, text: str) -> RuleFile:
    _, ident = resolve(station.view, text, "rulefile")
    return next(each for each in recorded(station.view) if each.ident == ident)


def _whose(each: InUse) -> tuple[str, str, str]:
    if each.agreed is None:
        return "own", each.sha256[:12], LEFT
    whose = f"{each.agreed.short}, by {each.agreed.by}, approved by {each.agreed.approved_by}"
    more = f"; what lies in the profile differs ({each.own[:12]}) and is not used" if each.differs else ""
    return "agreed", each.sha256[:12], whose + more


def _data(each: RuleFile, *, in_force: bool = False) -> dict[str, Any]:
    return {
        "id": each.ident, "short": each.short, "place": each.place, "sha256": each.sha256, "by": each.by,
        "approved_by": each.approved_by, "retired": each.retired, "in_force": in_force,
    }  # fmt: skip
