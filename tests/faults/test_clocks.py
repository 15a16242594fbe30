"""Clocks that are days or years wrong, and jump in the middle: what is so afterwards is what it is with right clocks."""

import os
import random
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import Say
from tests.e2e.stage import command
from tests.store.profiles import NOON_US, StandingClock
from tests.support.hub import DirectTransport, Made, sync

from ircockpit.core.errors import ExitCode, OfflineError
from ircockpit.features.catalogue import events
from ircockpit.features.incidents import actions as incidents
from ircockpit.features.triage import actions as triage
from ircockpit.hub.service import Hub
from ircockpit.store.profile import Profile
from ircockpit.store.workstation import Workstation

DAY_US = 86_400 * 1_000_000
JUMPS = (DAY_US, -DAY_US, 3653 * DAY_US, -3653 * DAY_US, -3_600 * 1_000_000, 60 * 1_000_000, 0)
RUNS, MANY_RUNS = 5, 300


class JumpingClock(StandingClock):
    """A clock that is put to another time now and then."""

    def __init__(self, rng: random.Random | None) -> None:
        super().__init__(NOON_US)
        self._rng = rng
        self._ticks = 0

    def mono_us(self) -> int:
        self._ticks += 1000
        return self._ticks

    def wall_us(self) -> int:
        if self._rng is not None and self._rng.random() < 0.3:
            self._now = max(1, NOON_US + self._rng.choice(JUMPS))  # ten years ago, tomorrow, or right again
        return super().wall_us()


def state(who: Workstation) -> list[Any]:
    """What is so: incidents with their fields and versions, and what was said, in causal order; no ids and no times."""
    rows = who.view.rows("SELECT id, stream, title, severity, status, owner<>'' FROM incident ORDER BY title")
    found: list[Any] = []
    for ident, stream, *fields in rows:
        versions = who.view.rows("SELECT field, value FROM head WHERE ent=? ORDER BY 1, 2", (ident,))
        said = who.view.rows(
            "SELECT lam, type, body FROM entry WHERE stream=? AND type='incident.noted' ORDER BY lam, body",
            (stream,),
        )
        found.append((fields, [row for row in versions if row[0] not in ("owner", "opened", "system")], said))
    return found


def work(made: Made, folder: Path, rngs: Sequence[random.Random | None]) -> list[list[Any]]:
    """An evening of two people and a hub, each with a clock of their own; what both hold is so at its end."""
    made.copy("a", folder / "a").close()
    made.copy("b", folder / "b").close()
    clocks = [JumpingClock(rng) for rng in rngs]
    a, b = (
        Workstation(Profile(folder / name), events(), clock=clock)
        for name, clock in zip("ab", clocks, strict=False)
    )
    hub = made.hub(a, folder / "hub")
    hub.hub = Hub(hub.folder, clock=clocks[2])

    def together() -> None:
        for who in (a, b, a):
            for _ in range(30):
                # A hub whose clock jumps between two words of a sign-in takes the answer for too old: asked again.
                with suppress(OfflineError):
                    if not sync(who, lambda _: DirectTransport(lambda: hub.hub)).trouble:
                        break
            else:
                pytest.fail("no sign-in in thirty tries")

    try:
        ident = str(incidents.declare(a, title="wrong dose", severity="SEV2").data["id"])
        together()
        for number in range(3):  # both at once, then of one mind
            incidents.note(a, incident=ident, text=f"a {number}")
            incidents.note(b, incident=ident, text=f"b {number}")
            for who, severity in ((a, "SEV1"), (b, "SEV3")):
                stream = who.view.rows("SELECT stream FROM incident WHERE id=?", (ident,))[0][0]
                who.append([who.set_field(stream, "incident.set", ident, "severity", severity)])
            together()
            incidents.settle(b, incident=ident, field="severity", value=("SEV1", "SEV3")[number % 2])
            triage.answer(a, incident=ident, harm="likely")
            together()
        incidents.take(b, incident=ident)
        incidents.declare(b, title="another", occurred="2026-11-20T10:00+01:00")
        together()
        assert a.view.dump() == b.view.dump()
        assert a.log.unconfirmed_count() == b.log.unconfirmed_count() == 0
        return [state(a), state(b)]
    finally:
        a.close()
        b.close()
        hub.close()


def jump(made: Made, folder: Path, runs: int, seed: int) -> None:
    right = work(made, folder / "right", (None, None, None))
    assert len(right[0]) == 2
    for run in range(runs):
        rngs = [random.Random(f"{seed} {run} {which}") for which in range(3)]  # noqa: S311 - when to jump
        assert work(made, folder / str(run), rngs) == right, (seed, run)


def test_jumping_clocks_change_nothing(made: Made, tmp_path: Path, say: Say) -> None:
    jump(made, tmp_path, RUNS, 7)
    say(f"{RUNS} evenings with jumping clocks end as one with right clocks")


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_jumping_clocks_change_nothing_in_many_runs(made: Made, tmp_path: Path, say: Say) -> None:
    seed = int.from_bytes(os.urandom(4))
    jump(made, tmp_path, MANY_RUNS, seed)
    say(f"seed {seed}: {MANY_RUNS} evenings with jumping clocks end as one with right clocks")


def test_a_state_in_which_the_clock_takes_part_is_told_apart(made: Made, tmp_path: Path) -> None:
    """The control: what the wall clock does enter differs between such runs, so the clocks did jump."""
    walls = []
    for name, rng in (("right", None), ("wrong", random.Random(7))):  # noqa: S311 - when to jump
        made.copy("a", tmp_path / name).close()
        with Workstation(Profile(tmp_path / name), events(), clock=JumpingClock(rng)) as who:
            for number in range(10):
                incidents.declare(who, title=f"incident {number}")
            walls.append([stored.event.envelope.wall for stored in who.log.since(0, 1000)][-20:])
    assert walls[0] == sorted(walls[0])
    assert walls[1] != sorted(walls[1])


TIMES = ("+0", "+1d", "-1d", "+10y", "-10y", "+0")


@pytest.mark.long
@pytest.mark.timeout(600)
def test_commands_under_a_wrong_clock_do_what_they_do(
    tmp_path: Path, need_program: Callable[[str, str], str], say: Say
) -> None:
    """The same with the system's own clock set wrong for each command."""
    faketime = need_program("faketime", "apt install faketime")
    ends: list[tuple[Any, ...]] = []
    for times in (("+0",) * len(TIMES), TIMES):
        home = tmp_path / f"home-{len(ends)}"
        assert command(home, "open", "wrong dose", "--json").code == ExitCode.OK
        ident = command(home, "queue", "--json").data["incidents"][0]["short"]
        for number, moment in enumerate(times):
            before = (faketime, "-f", moment)
            for words in (
                ("note", ident, f"note {number}"),
                ("triage", ident, "--harm", ("yes", "no")[number % 2]),
            ):
                done = command(home, *words, before=before)
                assert done.code == ExitCode.OK, done
            assert command(home, "verify", before=before).code == ExitCode.OK
        row = command(home, "queue", "--json").data["incidents"][0]
        answers = command(home, "triage", ident, "--json").data["answers"]
        texts = sorted(each["text"] for each in command(home, "timeline", ident, "--json").data)
        ends.append(
            (row["title"], row["severity"], row["status"], answers, [t for t in texts if "note" in t])
        )
    assert ends[0] == ends[1]
    say(f"{2 * len(TIMES)} commands under the clocks {', '.join(TIMES)} end as under a right one")
