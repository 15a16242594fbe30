"""A profile's backup and its way back: made while others write, checked before anything is put in place."""

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from ircockpit.command.action import Result
from ircockpit.command.progress import Progress, tell
from ircockpit.core.clock import SystemClock
from ircockpit.core.errors import RefusedError, StoreError
from ircockpit.core.occurred import from_wall
from ircockpit.features.evidence.queries import copy_gate
from ircockpit.inert.gate import clean
from ircockpit.render.glyphs import counted
from ircockpit.render.span import Line, Span
from ircockpit.store import backup as backups
from ircockpit.store import lanemark
from ircockpit.store.locks import held_now
from ircockpit.store.profile import Profile, default_home
from ircockpit.store.replacing import finish, in_use

if TYPE_CHECKING:
    from ircockpit.store.backup import Manifest
    from ircockpit.store.profile import Identity
    from ircockpit.store.workstation import Workstation


MOST_NAMED = 5


def backup(station: "Workstation", *, to: str, with_keys: bool = False, blobs: bool = False) -> Result:
    """Write one state of this profile to a folder or a ``.tar`` file; refused where something else lies there."""
    made = from_wall(station.clock.wall_us(), 0)
    heard = Progress("backing up", None, "bytes").reached
    manifest, new, held_back = backups.make_backup(
        station.profile,
        Path(to).expanduser(),
        made,
        copy_gate(station),
        keys=with_keys,
        blobs=blobs,
        heard=heard,
    )
    said = f"the backup is written to {clean(to)}" if new else "this very state is backed up there already"
    notes = [_about_keys(station.identity, with_keys)]
    notes.append("what is erased from now on stays in it: keep it only as long as you must")
    notes += [
        f"the hub's data in {clean(str(each))} is not in it: keep it by itself"
        for each in station.profile.hubs()
    ]
    if not blobs:
        notes.append("raw files and exhibits are not in it: --blobs takes them along")
    if held_back:
        notes.append(
            f"{counted(len(held_back), 'file')} that must not be copied left where they are: {_hashes(held_back)}"
        )
    lines: list[Line] = [(Span(f"{counted(manifest.events, 'event')}, as of {manifest.made}"),)]
    lines += [(Span(note, "dim"),) for note in notes]
    return Result(
        {"to": to, "new": new, "held_back": list(held_back), **manifest._asdict()}, tuple(lines), said
    )


def _hashes(files: Sequence[str]) -> str:
    more = f" and {len(files) - MOST_NAMED} more" if len(files) > MOST_NAMED else ""
    return ", ".join(each[:12] for each in files[:MOST_NAMED]) + more


def _about_keys(identity: "Identity", with_keys: bool) -> str:
    if not with_keys:
        return "no key is in it: whoever has it can read the record and sign nothing; --with-keys takes them along"
    if identity.key_home == "keyring":
        return "the device key lies in the keyring and is not in it; other keys are: who has it can use those"
    return "the keys are in it: whoever has it can sign as this device; keep it as you keep the profile"


def restore(*, source: str, to: str | None = None, replace: bool = False) -> Result:
    """Check a backup and make a profile of it, which writes in new lanes; code 6 where the backup is damaged."""
    home = (Path(to).expanduser() if to else default_home()).absolute()
    finish(home)
    with backups.opened(Path(source).expanduser(), home) as (folder, making):
        manifest = backups.check(folder, Progress("checking", None, "bytes").reached)
        _check_record(folder)
        keys = _keys_beside(home, manifest)
        kept = _aside(home, replace)
        backups.unfold(folder, making, home, home / "keys" if keys else None, lanemark.begin_epoch, kept)
    profile = Profile(home)
    profile.prepare()
    _begin(profile)
    return _restored(profile, manifest, kept, _erase_again(profile))


def _check_record(folder: Path) -> None:
    """Refuse a record whose chains do not hold, naming the first place where they do not."""
    from ircockpit.features.record.verification import Verifier
    from ircockpit.store.log import Log

    with closing(Log(folder / "log.db", read_only=True)) as log:
        verifier = Verifier(log, Profile(folder).identity(), heads_only=True)
        for stream in log.streams():
            for found in verifier.stream(stream).findings:
                place = f"record {stream[:8]}, device {found.device[:8]}, event {found.n}"
                raise StoreError(
                    f"the record in the backup does not hold: {place}: {found.detail}", safe="nothing was restored",
                    fix="take another backup; what a hub has comes back from there",
                )  # fmt: skip


def _keys_beside(home: Path, manifest: "Manifest") -> bool:
    """Whether the profile that is to be replaced is the same device's, so that its keys go on."""
    present = Profile(home)
    try:
        return not manifest.keys and present.exists and present.identity().device == manifest.device
    except StoreError:
        return False


def _aside(home: Path, replace: bool) -> Path | None:
    """Where to keep what lies where the profile goes; ``None`` where nothing does."""
    if not home.exists() or (home.is_dir() and not any(home.iterdir())):
        return None
    if not replace:
        raise RefusedError(
            f"there is something at {home} already", safe="it was not touched, and nothing was restored",
            fix="--to names another folder; --replace puts the backup there and keeps what is there beside it",
        )  # fmt: skip
    stamp = from_wall(SystemClock().wall_us(), 0)[:19].replace(":", "")
    with held_now(home / "log.db-use") as alone:
        if not alone:
            raise in_use()
    return home.with_name(f"{home.name}.before-{stamp}")


def _begin(profile: Profile) -> None:
    place = lanemark.place_of(profile.log_db)
    epoch = lanemark.begin_epoch(profile.lane_mark, profile.rand, place)
    identity = profile.identity()
    outside = None if identity.demo else lanemark.outside(identity.device, profile.folder)
    if outside is not None:
        lanemark.make_room(outside)
        lanemark.write_mark(outside, epoch, 0, "", place)


def _erase_again(profile: Profile) -> int:
    """Take away what this device has erased since; returns how many parts. Most often it is nothing."""
    from ircockpit.features.table import events
    from ircockpit.store import remembered
    from ircockpit.store.log import Log
    from ircockpit.store.workstation import Workstation

    with closing(Log(profile.log_db)) as log:
        held = remembered.held(log, remembered.read(remembered.list_of(profile.identity().device)))
    if held:
        with Workstation(profile, events()) as station:
            if station.trouble is not None:
                raise station.trouble
    return sum(len(each.parts) for each in held)


def _about_erased(manifest: "Manifest", again: int) -> list[Line]:
    lines: list[Line] = []
    if again:
        lines.append((Span(f"{counted(again, 'part')} that this device had erased since went again"),))
    elsewhere = "what was erased elsewhere since can be read here again"
    if manifest.hub:
        lines.append((Span(f"{elsewhere} until then", "warn"),))
    else:
        lines.append((Span(f"{elsewhere}: erase it once more", "warn"),))
    return lines


def _restored(profile: Profile, manifest: "Manifest", kept: Path | None, again: int) -> Result:
    from ircockpit.store.log import Log

    with closing(Log(profile.log_db)) as log:
        waiting = log.unconfirmed_count() if manifest.hub else 0
    lines: list[Line] = [
        (
            Span(
                f"{counted(manifest.events, 'event')}, as of {manifest.made}; every hash and lane holds", "ok"
            ),
        ),
        (Span("what is written here goes into new lanes, so that nothing collides"),),
    ]
    if manifest.hub:
        told = f"what came after it comes back from {clean(manifest.hub)} as far as it had got there: ircockpit sync"
        lines.append((Span(told),))
        if waiting:
            lines.append(
                (Span(f"{counted(waiting, 'event')} of this backup had not reached it and is sent again"),)
            )
    else:
        lines.append((Span("there is no hub: what came after the backup is not in it"),))
    lines += _about_erased(manifest, again)
    if kept is not None:
        lines.append(
            (
                Span(
                    f"what was there before is kept in {clean(str(kept))}: no erasure reaches it there", "dim"
                ),
            )
        )
    if not (profile.device_key.exists() or profile.identity().key_home == "keyring"):
        lines.append((Span("device.key is not there: to write, put it into keys/, or enrol anew", "warn"),))
    if not manifest.blobs:
        lines.append(
            (Span("raw files and exhibits were not in it: they are with the hub or colleagues", "dim"),)
        )
    tell("the view is made anew at the next start")
    data = {
        "home": str(profile.folder),
        "kept": str(kept) if kept else "",
        "waiting": waiting,
        "erased_again": again,
        **manifest._asdict(),
    }
    return Result(data, tuple(lines), f"the profile is restored to {clean(str(profile.folder))}")
