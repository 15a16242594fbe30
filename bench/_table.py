"""Prints measurements as plain aligned tables, each row as a ratio to a baseline measured in the same run."""

import os
import platform
import statistics
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path

from ircockpit.store.sqlite import engine, file_system

NAME_CELLS = 50


def heading(title: str, folder: Path) -> None:
    """What is measured, and on what."""
    print(f"\n== {title}")
    load = ", ".join(f"{part:.1f}" for part in os.getloadavg())
    print(
        f"{_processor()}, {os.cpu_count()} cores shared, load {load}; {platform.system()} {platform.release()},"
        f" {file_system(folder) or 'unknown disk'}\n"
        f"Python {platform.python_version()}, SQLite {engine.sqlite_version} ({engine.__name__}),"
        f" Textual {version('textual')}, rich {version('rich')}"
    )


def table(
    what: str, unit: str, samples: Mapping[str, Sequence[float]], *, baseline: str = "", digits: int = 1
) -> None:
    """One row a sample: runs, least, median, and the median over that of the baseline (the first by default).

    The last line says how far the baseline itself swung, which is how far a ratio can be believed.
    """
    base = baseline or next(iter(samples))
    floor = statistics.median(samples[base])
    print(f"\n{f'{what}, {unit}':{NAME_CELLS}} {'n':>5} {'min':>12} {'median':>12} {'x baseline':>11}")
    for name, values in samples.items():
        middle = statistics.median(values)
        label = f"{name} (baseline)" if name == base else name
        print(
            f"{label:{NAME_CELLS}} {len(values):>5} {min(values):>12,.{digits}f} {middle:>12,.{digits}f}"
            f" {middle / floor if floor else 0:>11.2f}"
        )
    if len(samples[base]) > 1:
        low, high = min(samples[base]), max(samples[base])
        spread = f", {100 * (high - low) / low:.0f} % above its least" if low else ""
        print(f"  the baseline swung from {low:,.{digits}f} to {high:,.{digits}f} {unit}{spread}")


def counts(what: str, columns: Sequence[str], rows: Mapping[str, Sequence[object]]) -> None:
    """Numbers that do not vary from run to run, a row each."""
    print(f"\n{what:{NAME_CELLS}} " + " ".join(f"{name:>14}" for name in columns))
    for name, values in rows.items():
        print(f"{name:{NAME_CELLS}} " + " ".join(f"{_shown(value):>14}" for value in values))


def left_out(what: str, why: str) -> None:
    """Say by name what was not measured here."""
    print(f"\nleft out: {what} ({why})")


def _shown(value: object) -> str:
    if isinstance(value, float):
        return f"{value:,.2f}"
    return f"{value:,}" if isinstance(value, int) else str(value)


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.machine()
    named = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return named[0] if named else platform.machine()
