"""The machine's clock: microseconds, forward only within a boot, and one boot for every process of it."""

import subprocess
import sys
import time

from ircockpit.core.clock import SystemClock


def test_units_and_direction() -> None:
    clock = SystemClock()
    before, wall, after = time.time_ns() // 1000, clock.wall_us(), time.time_ns() // 1000
    assert before <= wall <= after
    assert clock.mono_us() <= clock.mono_us()
    assert -14 * 60 <= clock.offset_minutes() <= 14 * 60


def test_a_boot_is_the_same_for_every_process_of_it() -> None:
    code = "from ircockpit.core.clock import SystemClock; print(SystemClock().boot())"
    said = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.strip()
    if sys.platform == "linux":
        assert said == SystemClock().boot()
    assert len(said) == 36
