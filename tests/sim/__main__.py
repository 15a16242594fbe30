"""``python -m tests.sim SEED`` tells the whole course of one seed; ``FIRST COUNT [SECONDS]`` runs many and sums them up.

Seeds from 10,000,000 on are towns. ``mutants COUNT`` says for each mutant which of the first seeds notices it.
"""

import json
import sys
import time
from collections import Counter

from tests.sim.mutants import MUTANTS
from tests.sim.seeds import TOWNS_FROM, machinery, run_seed, run_seeds

SHOWN = 3
LEAST = 40
"""Seeds run in any case, however busy the machine is."""


def tell(seed: int) -> int:
    """One seed, from its first step to the last check."""
    with machinery() as folder:
        ran = run_seed(seed, folder)
    print(*ran.trace, *(ran.complaints or ["nothing is wrong"]), f"trace {ran.digest}", sep="\n")
    return 1 if ran.complaints else 0


def run(first: int, count: int, seconds: float) -> int:
    """Many seeds, hardly longer than for so long; the last line is their sum as JSON."""
    counts: Counter[str] = Counter()
    failed: list[int] = []
    done = 0
    began, spent = time.monotonic(), time.process_time()
    with machinery() as folder:
        for ran in run_seeds(range(first, first + count), folder):
            done += 1
            counts += ran.counts
            if ran.complaints:
                failed.append(ran.seed)
                told = ran.told() if len(failed) <= SHOWN else f"seed {ran.seed}: {ran.complaints[0]}"
                print(told, end="\n\n", flush=True)
            if done >= LEAST and time.monotonic() - began > seconds:
                break
    took, spent = time.monotonic() - began, time.process_time() - spent
    said = {"seeds": done, "failed": failed, "seconds": took, "cpu_seconds": spent, "counts": counts}
    print(json.dumps(said))
    return 1 if failed else 0


def mutants(count: int) -> int:
    """Which seeds notice each mutant."""
    with machinery() as folder:
        for mutant in MUTANTS:
            first = TOWNS_FROM if mutant.killed_by >= TOWNS_FROM else 0
            with mutant.at_work():
                killed = [ran for ran in run_seeds(range(first, first + count), folder) if ran.complaints]
            told = f"seed {killed[0].seed}: {killed[0].complaints[0]}" if killed else "nobody notices"
            print(f"{mutant.name:<18} {len(killed):4} of {count}  {told}", flush=True)
    return 0


def main(words: list[str]) -> int:
    """See the module."""
    match words:
        case ["mutants", count]:
            return mutants(int(count))
        case [seed]:
            return tell(int(seed))
        case [first, count, *seconds]:
            return run(int(first), int(count), float(seconds[0]) if seconds else float("inf"))
    print(__doc__)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
