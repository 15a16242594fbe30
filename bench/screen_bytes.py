"""How many bytes a key, a prompt, a screen and doing nothing cost on a terminal of 80x24, against a DataTable app."""

import json
import statistics
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

from bench._profiles import FIRST, LARGE, environment, folder, profile
from bench._runs import COCKPIT, TABLE_APP
from bench._table import counts, heading, left_out
from tests.e2e.stage import QUIET_MS, add_system, command
from tests.support.envoy import Envoy
from tests.support.paints import full_repaints
from tests.support.pty_screen import PtyScreen
from tests.support.upstream import Upstream

KEYS = 100
IDLE_S = 5.0
TITLE = FIRST[:20]


def cursor_keys(screen: PtyScreen) -> list[int]:
    """Bytes of each of so many ``j``."""
    costs = []
    for _ in range(KEYS):
        screen.press("j")
        costs.append(screen.wait_idle(40))
    screen.wait_idle(QUIET_MS)
    return costs


def idle_bytes(screen: PtyScreen) -> int:
    """Bytes that come while nothing happens."""
    screen.wait_idle(QUIET_MS)
    return screen.pump_for(IDLE_S)


def step(screen: PtyScreen, keys: str, shown: str | Callable[[str], bool]) -> tuple[int, int]:
    """Bytes and full repaints from a key until the screen shows a text and rests."""
    before = screen.received
    screen.press(*([keys] if keys in ("enter", "escape") else keys))
    screen.wait_for(shown)
    screen.wait_idle(QUIET_MS)
    return screen.received - before, full_repaints(bytes(screen.raw[before:]))


def at_rest(screen: PtyScreen, shown: str) -> None:
    """Wait for the first frame and for quiet after it."""
    screen.wait_for(shown, timeout=60)
    screen.wait_idle(2 * QUIET_MS)


def measured(screen: PtyScreen, steps: Mapping[str, tuple[str, str | Callable[[str], bool]]]) -> dict[str, tuple[int, int]]:
    """Every step in turn."""
    return {name: step(screen, *each) for name, each in steps.items()}


def in_queue(text: str) -> bool:
    """Whether the queue is in front and asks nothing."""
    return TITLE[:10] in text and "Enter open" in text


def table_rows(home: Path, parent: Path) -> Path:
    """The rows of the queue as a file for the app to compare with."""
    queue = json.loads(command(home, "queue", "--json").out)
    rows = [[row["severity"], row["short"], row["title"], row["impact"]] for row in queue["incidents"]]
    rows += [[row["severity"], row["short"], row["title"], f"{row['count']}x"] for row in queue["to_review"]]
    path = parent / "rows.json"
    path.write_text(json.dumps(rows), encoding="utf-8")
    return path


@contextmanager
def gateway(parent: Path) -> Iterator[Envoy]:
    """A real gateway for the stop screen to plan against."""
    with ExitStack() as stack:
        prod, fallback = (stack.enter_context(Upstream(name)) for name in ("prod", "fallback"))
        yield stack.enter_context(Envoy(parent, prod.port, fallback.port))


def print_keys(ours: list[int], theirs: list[int]) -> None:
    counts(
        f"one cursor key j, bytes, over {KEYS} keys",
        ("min", "median", "most", "mean", "x baseline"),
        {
            name: (min(each), statistics.median(each), max(each), statistics.mean(each),
                   statistics.mean(each) / statistics.mean(theirs))
            for name, each in (("DataTable app (baseline)", theirs), ("cockpit", ours))
        },
    )  # fmt: skip


def main() -> None:
    with folder() as parent:
        heading(f"bytes to the terminal, 80x24, true colour, {LARGE:,} rows", parent)
        home = profile(parent, LARGE)
        env = environment(home)
        with PtyScreen([*TABLE_APP, str(table_rows(home, parent))], env) as screen:
            at_rest(screen, TITLE)
            theirs = cursor_keys(screen)
            table_idle = idle_bytes(screen)
            table_steps = measured(screen, {
                "prompt": ("n", "note"), "prompt left": ("\x07", lambda text: "note" not in text[:200]),
                "row opened": ("enter", "Back"), "row left": ("q", "Quit"),
            })  # fmt: skip
        with PtyScreen(COCKPIT, env) as screen:
            at_rest(screen, TITLE)
            ours = cursor_keys(screen)
            idle = idle_bytes(screen)
            steps = measured(screen, {
                "/ opened": ("/", " /"), "/ left": ("escape", "filter taken away"), "g": ("g", "number 0"),
                "n opened": ("n", "note"), "n left": ("escape", "nothing is done"),
                "incident opened": ("enter", "timeline"), "incident left": ("q", in_queue),
            })  # fmt: skip
        print_keys(ours, theirs)
        print(screen.text())
        print(steps, table_steps, idle, table_idle)


if __name__ == "__main__":
    main()
