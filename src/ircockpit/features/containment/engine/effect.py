"""Users' answers after a change: every address is probed until each has given a row that is long enough."""

from ircockpit.features.containment.engine import probe as probing
from ircockpit.features.containment.engine.measure import Measure
from ircockpit.features.containment.engine.probe import Sample, Samples, Verdict
from ircockpit.features.containment.engine.spec import Probe
from ircockpit.features.containment.engine.vantage import address, in_a_row, longer, vantages, words
from ircockpit.features.containment.engine.ways import Surroundings, Way


class _Row:
    """What one address has answered."""

    def __init__(self, measure: Measure, needed: int) -> None:
        self.measure = measure
        self.needed = needed
        self.passes = 0
        self.last: Sample | None = None

    def take(self, sample: Sample, wanted: Verdict, spec: Probe) -> None:
        self.last = sample
        if sample.verdict is wanted:
            self.passes += 1
        elif self.passes and sample.verdict is not Verdict.INCONCLUSIVE:
            # It goes to and fro: one of several replicas may not follow, and a short row happens by chance.
            self.needed, self.passes = longer(self.measure, spec, self.needed), 0
        else:
            self.passes = 0


class Effect:
    """The probes of one run."""

    def __init__(self, around: Surroundings, measure: Measure, spec: Probe, way: Way) -> None:
        self._around, self._spec, self._way = around, spec, way
        self._measure = measure
        self._rows = [_Row(each, in_a_row(measure, spec)) for each in vantages(measure)]
        self.samples = Samples()

    @property
    def passes(self) -> int:
        """Wanted verdicts in a row that every address has given by now."""
        return min(row.passes for row in self._rows)

    @property
    def said(self) -> str:
        """How many there were, and from where, in words."""
        return words(self._measure, max(row.needed for row in self._rows)) if self.passes else ""

    def shown(self, until_us: int, ends_us: int) -> bool:
        """Probe until every row is long enough, or until ``until_us`` is over; rows begun by then may end.

        Nothing goes on after ``ends_us``.
        """
        clock, spec = self._around.clock, self._spec
        while True:
            for row in self._rows:
                sample = probing.probe_once(
                    self._around.transport,
                    row.measure,
                    spec,
                    clock,
                    number=self.samples.count + 1,
                    vantage=self._around.device,
                    timeout_s=max((ends_us - clock.mono_us()) / 1e6, 0.05),
                )
                self.samples.add(sample)
                row.take(sample, self._way.wanted, spec)
                self._around.journal.sample(sample, self.passes, max(each.needed for each in self._rows))
            if all(row.passes >= row.needed for row in self._rows):
                return True
            now = clock.mono_us()
            if now >= ends_us or (now >= until_us and not self.passes) or self._around.cancelled():
                return False
            self._around.sleep(spec.every_ms / 1000)

    def why_not(self) -> str:
        """What the addresses said last that did not give a row."""
        short = [row for row in self._rows if row.passes < row.needed]
        row = next((each for each in short if not each.passes), short[0])
        if row.last is None or row.last.verdict is self._way.wanted:
            seen = "the probe did not hold long enough"
        elif row.last.verdict is Verdict.INCONCLUSIVE:
            seen = f"the probe says nothing: {row.last.why}"
        else:
            seen = f"the probe {self._way.unwanted}"
        where = (
            f" at {address(row.measure)}, {len(short)} of {len(self._rows)} addresses,"
            if self._rows[1:]
            else ""
        )
        return f"{seen}{where} after {self.samples.count} probes"
