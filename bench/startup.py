"""How long commands and the first frame take, against Python and the least Textual app."""

import re
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from itertools import count
from pathlib import Path

from bench._bare_app import READY
from bench._profiles import LARGE, SMALL, environment, folder, profile
from bench._runs import (
    BARE_APP,
    COCKPIT,
    command_ms,
    frame_ms,
    frame_spent_ms,
    in_turn,
    live_ms,
    live_spent_ms,
)
from bench._table import counts, heading, table
from tests.support.crowd import SEEN
from tests.support.modules import loaded, loaded_by
from tests.support.spent import command_spent_ms

ROUNDS = 10
IMPORT_LINE = re.compile(r"import time: +(\d+) \| +(\d+) \| ( *)(\S+)")
FRAME_MODULES = "import ircockpit.screens.early, ircockpit.screens.cockpit, ircockpit.cli.signals"
COCKPIT_MODULES = "import ircockpit.screens.cockpit, ircockpit.screens.app, ircockpit.features.catalogue"


def commands(parent: Path) -> None:
    """Commands from start to end, and the modules each has loaded by then."""
    env = environment(profile(parent, SMALL))
    python = (sys.executable, "-P", "-c")
    runs = {
        "python -c pass": (*python, "pass"),
        'python -c "import sqlite3"': (*python, "import sqlite3"),
        'python -c "import textual.app"': (*python, "import textual.app"),
        "ircockpit --version": (*COCKPIT, "--version"),
        f"ircockpit queue --json, {SMALL} rows": (*COCKPIT, "queue", "--json"),
    }
    table(
        "command, from start to end",
        "ms",
        in_turn(ROUNDS, {name: lambda words=words: command_ms(words, env) for name, words in runs.items()}),  # type: ignore[misc]
    )
    modules = {
        "python -c pass": loaded_by(env, "pass").modules,
        'python -c "import sqlite3"': loaded_by(env, "import sqlite3").modules,
        'python -c "from textual.app import App"': loaded_by(env, "from textual.app import App").modules,
        "ircockpit --version": loaded(env, "--version").modules,
        f"ircockpit queue --json, {SMALL} rows": loaded(env, "queue", "--json").modules,
        "cockpit, its first frame": loaded_by(env, FRAME_MODULES).modules,
        "cockpit, its app": loaded_by(env, COCKPIT_MODULES).modules,
    }
    floor = modules["python -c pass"]
    counts(
        "modules loaded",
        ("all", "beyond Python", "our own"),
        {
            name: (len(names), len(names - floor), sum(each.startswith("ircockpit") for each in names))
            for name, names in modules.items()
        },
    )


def frames(parent: Path) -> None:
    """From start to the frame that shows the queue, and until keys are heard, on a terminal of 80x24.

    The frame is there at once where the last cockpit or command left the record as it is, and later where nothing is kept.
    """
    small, large = environment(profile(parent, SMALL)), environment(profile(parent, LARGE))
    sqlite = (sys.executable, "-P", "-c", "import sqlite3")
    unlike = count()

    for what, frame, live, command in (
        ("from start, 80x24", frame_ms, live_ms, command_ms),
        ("from start, processor time", frame_spent_ms, live_spent_ms, command_spent_ms),
    ):
        bare = partial(frame, BARE_APP, small, READY)
        first = {
            f"cockpit, first frame, {SMALL} rows": partial(frame, COCKPIT, small, SEEN),
            f"cockpit, first frame, {LARGE:,} rows": partial(frame, COCKPIT, large, SEEN),
            "cockpit, first frame, nothing kept": partial(_unkept, frame, small, unlike),
        }
        heard = {
            f"cockpit, hears keys, {SMALL} rows": partial(live, COCKPIT, small),
            f"cockpit, hears keys, {LARGE:,} rows": partial(live, COCKPIT, large),
        }
        base = {'python -c "import sqlite3"': partial(command, sqlite, small)}
        table(what, "ms", in_turn(ROUNDS, {**base, **first}))
        table(what, "ms", in_turn(ROUNDS, {"bare Textual app, one Static": bare, **heard}))


def _unkept(
    frame: Callable[[Sequence[str], Mapping[str, str], str], float],
    env: Mapping[str, str],
    unlike: Iterator[int],
) -> float:
    """The first frame on a terminal for which no page is kept."""
    return frame(COCKPIT, {**env, "COLORFGBG": f"15;0;{next(unlike)}"}, SEEN)


def imports(parent: Path) -> None:
    """What the cockpit imports beyond what a bare Textual app does, by package, and the dearest of our own."""
    env = environment(profile(parent, SMALL))
    bare = _import_us("from textual.app import App; from textual.widgets import Static", env)
    ours = _import_us(COCKPIT_MODULES, env)
    by_package: Counter[str] = Counter()
    for name, took in ours.items():
        if name not in bare:
            by_package[name.partition(".")[0]] += took
    counts(
        "imports (-X importtime, one run of each)",
        ("modules", "ms"),
        {
            "bare Textual app (baseline)": (len(bare), sum(bare.values()) / 1000),
            "cockpit": (len(ours), sum(ours.values()) / 1000),
        },
    )
    counts(
        "of the cockpit alone, dearest packages",
        ("modules", "ms"),
        {
            name: (
                sum(1 for each in ours if each not in bare and each.partition(".")[0] == name),
                took / 1000,
            )
            for name, took in by_package.most_common(8)
        },
    )
    own = Counter({name: took for name, took in ours.items() if name.startswith("ircockpit.")})
    counts(
        "of the cockpit alone, dearest modules of ours",
        ("ms",),
        {name: (took / 1000,) for name, took in own.most_common(8)},
    )


def _import_us(statement: str, env: Mapping[str, str]) -> dict[str, int]:
    """Microseconds each module's own body took."""
    told = subprocess.run(
        [sys.executable, "-P", "-X", "importtime", "-c", statement],
        env=env, capture_output=True, text=True, check=True,
    ).stderr  # fmt: skip
    return {hit[4]: int(hit[1]) for hit in IMPORT_LINE.finditer(told)}


def main() -> None:
    with folder() as parent:
        heading("start-up", parent)
        commands(parent)
        frames(parent)
        imports(parent)


if __name__ == "__main__":
    main()
