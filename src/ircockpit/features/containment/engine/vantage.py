"""Where a probe asks from and to: one address or one for each replica, and how long a row from each has to be."""

from ircockpit.features.containment.engine.measure import Measure
from ircockpit.features.containment.engine.spec import Probe
from ircockpit.features.containment.engine.target import place

MOST_NEEDED = 20
"""Verdicts in a row that are asked for at first, at most: no fewer than a system's record may name replicas."""
TURNS = 3
"""Times a row asks each replica of a balancer that goes round, where it does not get too long."""


def vantages(measure: Measure) -> tuple[Measure, ...]:
    """The measure once for each address at which users are answered; empty where there is none."""
    target = measure.target
    if target.probe_url is None:
        return ()
    return tuple(
        measure._replace(target=target._replace(probe_url=url, probe_beside=()))
        for url in (target.probe_url, *target.probe_beside)
    )


def in_a_row(measure: Measure, spec: Probe) -> int:
    """Verdicts in a row that each address has to give, so that no replica can be missed by a balancer that goes round."""
    replicas = measure.target.replicas
    return max(spec.consecutive, replicas, min(TURNS * replicas, MOST_NEEDED) if replicas > 1 else 0)


def longer(measure: Measure, spec: Probe, needed: int) -> int:
    """Verdicts in a row after an answer of the other kind came between: it is known now that not all follow."""
    several = measure.target.replicas > 1
    step = in_a_row(measure, spec) if several else spec.consecutive
    return min(needed + step, MOST_NEEDED * (2 if several else 1))


def missed(replicas: int, row: int) -> float:
    """An upper bound of the chance that one replica of so many that does not follow is never noticed.

    Where a balancer chooses at random, each further try begins at a replica that follows and is longer by ``row``.
    """
    if replicas <= 1:
        return 0.0
    others = 1 - 1 / replicas
    return float(others ** (row - 1) / (1 - others**row))


def words(measure: Measure, row: int) -> str:
    """A row that was seen, and from where: ``3 of 3 probes``, ``2 addresses, 3 of 3 each``."""
    addresses, replicas = len(vantages(measure)), measure.target.replicas
    said = f"{addresses} addresses, {row} of {row} each" if addresses > 1 else f"{row} of {row} probes"
    return f"{said}, {replicas} replicas behind {'each' if addresses > 1 else 'it'}" if replicas > 1 else said


def planned_words(measure: Measure, spec: Probe) -> str:
    """The row that will be asked for, and what it cannot show: ``3 in a row at each of 2 addresses``."""
    addresses, replicas, row = len(vantages(measure)), measure.target.replicas, in_a_row(measure, spec)
    said = f"{row} in a row" + (f" at each of {addresses} addresses" if addresses > 1 else "")
    if replicas < 2:
        return said
    chance = missed(replicas, row)
    percent = f"{chance:.0%}" if chance >= 0.01 else "less than 1%"
    return (
        f"{said}: a balancer that goes round asks each of {replicas} replicas; one that chooses at random"
        f" may leave one out, with a chance of at most {percent}"
    )


def address(measure: Measure) -> str:
    """``host:port`` of the one address that a vantage asks."""
    return place(measure.target.base("probe"))
