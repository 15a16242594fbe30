"""What can be done with playbooks on the shelf: list, show, lint, take in, give out, approve, retire, compare."""

from datetime import UTC, datetime
from pathlib import Path

from ircockpit.command.action import Result
from ircockpit.core.digest import sha256
from ircockpit.core.errors import BadInput, ConflictError, ExitCode, NotFound, RefusedError, StoreError
from ircockpit.core.ids import shared_id
from ircockpit.features.decisions.rules import MAX_DECIDED
from ircockpit.features.packing import packed
from ircockpit.features.playbooks import pages, shelf
from ircockpit.features.playbooks.comparing import differences
from ircockpit.features.playbooks.finding import Severity
from ircockpit.features.playbooks.model import Playbook, write
from ircockpit.features.playbooks.opening import examine
from ircockpit.features.playbooks.shelf import FILE, GIVEN, Held
from ircockpit.features.playbooks.source import MAX_BYTES
from ircockpit.features.summary import blanked
from ircockpit.inert.foreign import safely
from ircockpit.inert.gate import filename, line
from ircockpit.render.glyphs import counted
from ircockpit.store.profile import write_file
from ircockpit.store.workstation import Draft, Workstation


def list_all(station: Workstation, *, every: bool = False, safe: bool = False) -> Result:
    """The playbooks one can follow; with ``every`` also those that are retired."""
    found = [each for each in shelf.shelf(station) if every or not each.retired]
    with safely(safe):
        return Result([pages.data_of(each) for each in found], tuple(pages.shelf_lines(found)))


def show(station: Workstation, *, playbook: str, safe: bool = False) -> Result:
    """One playbook: who authorises and speaks, and its steps in the order they are followed."""
    held = shelf.find(station, playbook)
    read = shelf.read_playbook(held.sha256, shelf.file_of(station, held), held.short)
    with safely(safe):
        return _shown(station, held, read)


def _shown(station: Workstation, held: Held, read: Playbook) -> Result:
    data, lines = pages.data_of_playbook(held, read), pages.playbook_lines(held, read)
    if held.source == shelf.RECORD:
        # Whoever approves it reads what the linter has to say of it, a signature that does not hold among it.
        opened = examine(shelf.file_of(station, held), held.short, now=_now(station), mend=False)
        data["findings"] = blanked(pages.data_of_opened(opened)["findings"])
        lines += [(), *pages.opened_lines(opened)]
    return Result(data, tuple(lines))


def lint(station: Workstation, *, file: str) -> Result:
    """Every finding in a file with its place, its line and what to do; the exit code says whether there are errors."""
    raw, name = _raw(file)
    opened = examine(raw, name, now=_now(station), mend=False)
    worst = opened.worst()
    code = ExitCode.FAILED if worst is Severity.ERROR else ExitCode.OK
    said = counted(len(opened.findings), "finding") if opened.findings else "nothing was found"
    return Result(
        pages.data_of_opened(opened),
        tuple(pages.opened_lines(opened)),
        f"{line(name, 60)}: {said}",
        code=code,
    )


def take_in(station: Workstation, *, file: str, yes: bool = False) -> Result:
    """Take a playbook into the record: the file as it is given, and, where it needed it, as a repair made it.

    Shows changes and findings; only with ``yes`` anything is recorded. It can be begun once somebody else has approved it.
    """
    raw, name = _raw(file)
    opened = examine(raw, name, now=_now(station))
    if opened.playbook is None:
        return Result(
            pages.data_of_opened(opened), tuple(pages.opened_lines(opened)),
            "nothing was taken in: it cannot be repaired into a playbook", code=ExitCode.FAILED,
        )  # fmt: skip
    taken = write(opened.playbook) if opened.changes else raw.removeprefix(b"\xef\xbb\xbf")
    digest, given = sha256(taken).hexdigest(), sha256(raw).hexdigest()
    ident = shared_id("playbook", digest)
    known = next(iter(shelf.recorded(station.view, ident)), None)
    if known is not None:
        return Result(
            pages.data_of(known),
            tuple(pages.shelf_lines([known])),
            f"the same playbook is here already, as {known.short}",
        )
    files = {FILE: taken, **({GIVEN: raw} if given != digest else {})}
    parts = packed(files)
    lines = pages.opened_lines(opened)
    if not yes:
        said = f"nothing was taken in: {pages.counts(opened)}; once you have read them, confirm with --yes"
        return Result(pages.data_of_opened(opened), tuple(lines), said)
    facts = {
        "name": opened.playbook.name[:200], "playbook": opened.playbook.id, "version": opened.playbook.modified,
        "sha256": digest, "given": given, "changes": len(opened.changes), "findings": len(opened.findings),
    }  # fmt: skip
    station.append([Draft(station.identity.org_stream, "playbook.imported", ident, (facts, *parts))])
    held = shelf.recorded(station.view, ident)[0]
    said = f"taken in as {held.short}, {pages.counts(opened)}; nobody can begin it until somebody else approves it"
    return Result(pages.data_of(held), tuple(lines), said)


def export(
    station: Workstation, *, playbook: str | None = None, to: str | None = None, all_to: str | None = None
) -> Result:
    """Write one playbook to a file, or all of them into a folder; never over anything that is there."""
    if all_to is not None:
        folder = Path(all_to)
        held = [each for each in shelf.shelf(station) if not each.retired]
        places = [folder / filename(f"{each.short}.json") for each in held]
    elif playbook is not None and to is not None:
        held = [shelf.find(station, playbook)]
        places = [Path(to) / filename(f"{held[0].short}.json") if Path(to).is_dir() else Path(to)]
    else:
        raise BadInput(
            "nothing says what is to be written where", safe="nothing was written",
            fix="ircockpit playbook export NAME FILE, or --all FOLDER",
        )  # fmt: skip
    taken = next((place for place in places if place.exists() or place.is_symlink()), None)
    if taken is not None:
        raise ConflictError(
            f"{line(str(taken), 80)} is there already", safe="nothing was written", fix="name another place"
        )
    try:
        for each, place in zip(held, places, strict=True):
            place.parent.mkdir(parents=True, exist_ok=True)
            write_file(place, shelf.file_of(station, each), mode=0o644)
    except OSError as error:
        raise StoreError(
            f"a playbook cannot be written: {error.strerror or error}", safe="files that were written are whole",
            fix="name another place",
        ) from None  # fmt: skip
    data = [{"file": str(place), "sha256": each.sha256} for each, place in zip(held, places, strict=True)]
    return Result(data, (), f"{counted(len(held), 'playbook')} written; CACAO 2.0, hashes checked")


def approve(station: Workstation, *, playbook: str, why: str) -> Result:
    """Let a playbook of the record be begun. Who took it in cannot be who approves it."""
    held = _of_record(station, playbook)
    if station.me in held.importers:
        raise RefusedError(
            f"you took {held.short} in yourself: two different people stand for a playbook",
            safe="nothing was approved", fix="somebody else reads it and approves it",
        )  # fmt: skip
    if held.approved_by:
        return Result(pages.data_of(held), (), f"{held.short} is approved already, by {held.approved_by}")
    shelf.read_playbook(
        held.sha256, shelf.file_of(station, held), held.short
    )  # nobody approves what is not here
    facts = {"name": held.name, "sha256": held.sha256}
    reason = {"why": _reason(why)}
    station.append([Draft(station.identity.org_stream, "playbook.approved", held.ident, (facts, reason))])
    after = shelf.recorded(station.view, held.ident)[0]
    return Result(pages.data_of(after), (), f"{after.short} can be begun from now on")


def retire(station: Workstation, *, playbook: str, why: str) -> Result:
    """Let a playbook of the record be begun no more; incidents that follow it go on with it."""
    held = _of_record(station, playbook)
    return _retired(
        station, held, _reason(why), "cannot be begun any more; incidents that follow it go on with it"
    )


def use_again(station: Workstation, *, playbook: str) -> Result:
    """Take back that a playbook was retired."""
    return _retired(station, _of_record(station, playbook), "", "is on the shelf again")


def versions(station: Workstation, *, playbook: str, safe: bool = False) -> Result:
    """Every version of a playbook that is here, the newest first."""
    wanted = shelf.find(station, playbook).playbook
    found = sorted(
        (each for each in shelf.shelf(station) if each.playbook == wanted),
        key=lambda each: each.version,
        reverse=True,
    )
    with safely(safe):
        return Result([pages.data_of(each) for each in found], tuple(pages.shelf_lines(found)))


def diff(station: Workstation, *, old: str, new: str, safe: bool = False) -> Result:
    """What is different in ``new``: steps and variables added, removed and changed."""
    read = [
        shelf.read_playbook(held.sha256, shelf.file_of(station, held), held.short)
        for held in (shelf.find(station, old), shelf.find(station, new))
    ]
    found = differences(*read)
    said = counted(len(found), "difference") if found else "they are the same"
    with safely(safe):
        data = blanked([each._asdict() for each in found])
        return Result(data, tuple(pages.difference_lines(found)), said)


def _retired(station: Workstation, held: Held, why: str, said: str) -> Result:
    if held.retired != why:
        draft = station.set_field(
            station.identity.org_stream, "playbook.set", held.ident, "retired", why, name=held.name
        )
        station.append([draft])
    after = shelf.recorded(station.view, held.ident)[0]
    return Result(pages.data_of(after), (), f"{after.short} {said}")


def _of_record(station: Workstation, text: str) -> Held:
    held = shelf.find(station, text)
    if not held.ident:
        raise RefusedError(
            f"{held.short} is of the library: it came with the program, and its authors stand for it",
            safe="nothing was changed", fix="take your own version of it in: ircockpit playbook import FILE",
        )  # fmt: skip
    return held


def _reason(text: str) -> str:
    words = text.strip()
    if not words or len(words) > MAX_DECIDED:
        raise BadInput(
            "the reason is empty or too long",
            safe="nothing was recorded",
            fix=f"1 to {MAX_DECIDED:,} characters",
        )
    return words


def _raw(file: str) -> tuple[bytes, str]:
    """A file's bytes, no more of them than a playbook may have, and its name."""
    path = Path(file)
    try:
        with path.open("rb") as opened:
            return opened.read(MAX_BYTES + 1), path.name
    except OSError as error:
        raise NotFound(
            f"{line(file, 80)} cannot be read: {error.strerror or error}", safe="nothing was taken in"
        ) from None


def _now(station: Workstation) -> datetime:
    return datetime.fromtimestamp(station.clock.wall_us() / 1_000_000, UTC)
