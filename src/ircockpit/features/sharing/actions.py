"""What can be done with a hub from a workstation; every handler serves the screen and the command alike."""

import threading
from contextvars import copy_context
from typing import Any

from ircockpit.command.action import Result
from ircockpit.command.progress import Sentences, tell
from ircockpit.core.errors import DeadlineError, ExitCode, NotFound, OfflineError, UsageError
from ircockpit.features.evidence.queries import copy_gate, copy_gate_of
from ircockpit.features.sharing.queries import conflicts, not_accepted
from ircockpit.features.summary import blanked
from ircockpit.inert.foreign import safely, words
from ircockpit.inert.gate import clean
from ircockpit.render.glyphs import counted
from ircockpit.render.span import Line, Span
from ircockpit.store.workstation import Workstation
from ircockpit.sync import exhibits
from ircockpit.sync.alarms import clear_alarms
from ircockpit.sync.enrolment import enroll
from ircockpit.sync.state import Link, SyncState
from ircockpit.sync.transport import HttpTransport
from ircockpit.sync.worker import LAST_OK, Connection, SyncWorker, connect, state_of

NO_HUB = "this profile has joined no hub"
HOW_TO_JOIN = "ircockpit enroll URL CODE joins one, ircockpit hub serve runs one; alone, everything works too"


def sync_now(station: Workstation, *, watch: bool = False, seen: bool = False) -> Result:
    """One full round with the hub, events first and evidence files after them; ``watch`` goes on until interrupted."""
    cleared = clear_alarms(station.log) if seen else 0
    if not station.identity.hub:
        return _result(station, SyncState(Link.ALONE), f"{NO_HUB}; {HOW_TO_JOIN}")
    if watch:
        return _watch(station)
    connection = connect(station.profile, station.identity, HttpTransport, station.clock, tell)
    try:
        state, said = _round(station, connection)
    finally:
        connection.close()
    station.refresh()
    if cleared:
        said = f"{said}; {cleared} alarms put away"
    code = ExitCode.OFFLINE if state.link is Link.OFFLINE else ExitCode.OK
    return _result(station, state, said)._replace(code=code)


def alone(station: Workstation, _: str | None) -> str:
    """Why there is nothing to bring together."""
    return "" if station.identity.hub else NO_HUB


def _round(station: Workstation, connection: Connection) -> tuple[SyncState, str]:
    last_ok = int(station.log.meta(LAST_OK) or "0")
    try:
        done = connection.engine.round()
        files = _carry(station, connection)
    except (OfflineError, DeadlineError) as error:
        state = state_of(Link.OFFLINE, connection, last_ok_us=last_ok, trouble=error.what)
        return state, f"{state.words(station.clock.wall_us())}: {error.what}; everything is kept here"
    now = station.clock.wall_us()
    with station.log.writing() as writer:
        writer.set_meta(LAST_OK, str(now))
    trouble = "; ".join(done.trouble)
    state = state_of(Link.LIVE, connection, last_ok_us=now, trouble=trouble)
    said = f"{done.pushed} entries sent, {done.pulled} taken over"
    said += f", {counted(files.files, 'evidence file')} sent" if files.files else ""
    said += f"; {files.words}" if files.held_back else ""
    return state, f"{said}; {trouble}" if trouble else said


def _carry(station: Workstation, connection: Connection) -> exhibits.Sent:
    from ircockpit.blobs.files import FileBlobs

    blobs = FileBlobs(station.profile.blobs)
    found = exhibits.pending(connection.log, blobs)
    said = Sentences()
    return exhibits.send_all(
        connection.log, connection.client, found, blobs, copy_gate(station),
        lambda: HttpTransport(station.identity.hub), lambda sending: said.say(sending.words),
    )  # fmt: skip


def _watch(station: Workstation) -> Result:
    """Rounds in the background, each change told, until the person interrupts."""
    over = threading.Event()
    context = copy_context()  # who listens is known to this thread only

    def told(state: SyncState) -> None:
        context.run(tell, state.words(station.clock.wall_us()))

    worker = SyncWorker(station.profile, copy_gate_of, told, clock=station.clock)
    worker.start()
    try:
        over.wait()
    except KeyboardInterrupt:
        worker.stop()
    station.refresh()
    return _result(station, worker.state, "stopped; what is unsent goes with the next sync")


def join(station: Workstation, *, url: str, code: str, name: str | None = None) -> Result:
    """Join a hub with a one-time code, then run a first round."""
    where = url if "://" in url else f"http://{url}"
    try:
        transport = HttpTransport(where)
    except UsageError as error:
        raise UsageError(
            error.what, safe="nothing was changed", fix="write it like http://host:8470"
        ) from None
    try:
        joined = enroll(station, transport, where, code, name or "")
    except (OfflineError, DeadlineError) as error:
        error.fix = error.fix or "check address, port and network; is the hub running?"
        raise
    finally:
        transport.close()
    first = sync_now(station)
    data = {
        "org": joined.org,
        "hub": station.identity.hub,
        "role": joined.role,
        "name": station.identity.name,
    }
    lines = _facts(("hub", station.identity.hub), ("as", station.identity.name), ("role", joined.role))
    return Result(data, lines, f"joined; {first.said}")


def hub_status(station: Workstation, *, safe: bool = False) -> Result:
    """What the hub holds and who belongs to it."""
    if not station.identity.hub:
        raise NotFound(NO_HUB, fix=HOW_TO_JOIN)
    connection = connect(station.profile, station.identity, HttpTransport, station.clock)
    try:
        said = connection.client.status()
    finally:
        connection.close()
    with safely(safe):
        return _status(station.identity.hub, said)


def _status(hub: str, said: dict[str, Any]) -> Result:
    members = [
        f"{words(str(each.get('name') or 'unnamed'))} ({each.get('role')})"
        for each in said.get("members", [])
    ]
    lines = _facts(
        ("hub", hub), ("members", ", ".join(members)), ("records", str(said.get("streams"))),
        ("entries", f"{said.get('events')}, {said.get('quarantined')} quarantined, {said.get('forks')} forked"),
    )  # fmt: skip
    return Result(blanked(said), lines)


def _result(station: Workstation, state: SyncState, said: str) -> Result:
    link = state.words(station.clock.wall_us())
    data = {
        "state": state.link.value, "words": link, "hub": state.hub, "unsent": state.unsent,
        "unconfirmed": state.unconfirmed, "quarantined": state.quarantined, "refused": state.refused,
        "conflicts": conflicts(station.view), "last_ok_us": state.last_ok_us, "trouble": state.trouble,
        "alarms": [each._asdict() for each in state.alarms],
    }  # fmt: skip
    rows = [("sync", link), ("hub", state.hub or "none")]
    if state.unconfirmed:
        rows.append(("waiting", f"{state.unconfirmed} entries not confirmed yet"))
    if held := not_accepted(station.view, state.refused):
        entries = "1 entry" if held == 1 else f"{held:,} entries"
        rows.append(("held", f"{entries} not accepted: ircockpit refused says why and what to do"))
    if data["conflicts"]:
        rows.append(("differ", f"{data['conflicts']} things people disagree about"))
    rows += [("ALARM", each.text) for each in state.alarms]
    return Result(data, _facts(*rows), said)


def _facts(*rows: tuple[str, str]) -> tuple[Line, ...]:
    return tuple(
        (Span(f"{clean(name):9}", "bad" if name.isupper() else "dim"), Span(clean(text)))
        for name, text in rows
    )
