"""Reports and hit logs of garak, NVIDIA's scanner for language models."""

import math
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from ircockpit.features.intake.formats.found import Bad, Found, Tally
from ircockpit.features.intake.formats.records import Record, Source, reason
from ircockpit.features.intake.formats.values import (
    TITLE_CHARS,
    Unreadable,
    content_digest,
    decimal_text,
    key_part,
    load,
    message_text,
    number_of,
    one_line,
    word,
)

USUAL_THRESHOLD = 0.5
"""``run.eval_threshold`` of garak's own configuration."""

_SETUP = "start_run setup"
_COMPLETE = 2
"""``status`` of an attempt whose outputs the detectors have judged; 1 is the same attempt before that."""
_PREFIXES = ("garak.", "detectors.", "detector.", "probes.", "probe.")

_MAX_RUNS_NAMED = 1_000

_Pair = tuple[str, str]
_Row = dict[str, Any]


class _Judged(NamedTuple):
    """One output under one detector."""

    detector: str
    output: int
    """Which of the attempt's outputs, from 0."""
    score: float
    text: str | None


class _Attempt(NamedTuple):
    """What the findings of one attempt have in common."""

    run: str
    uuid: str
    probe: str
    goal: str
    generator: str
    model: str
    prompt: str | None


class _Run:
    """What one run says of itself, gathered by the first pass."""

    def __init__(self) -> None:
        self.id = self.version = self.generator = self.model = self.started = self.ended = ""
        self.complete = False
        self.begun = self.attempts = self.entries = self.hit_rows = 0
        self.stated: float | None = None
        self.threshold = USUAL_THRESHOLD
        self.threshold_from = "usual"
        self.scores: dict[_Pair, Counter[float]] = {}
        self.evals: dict[_Pair, Counter[str]] = {}

    def note(self, row: _Row) -> None:
        """Take in one row of any kind; raises :class:`Unreadable` where it cannot be."""
        kind = row.get("entry_type")
        self.entries += kind is not None
        if kind is None:
            hit, _ = _hit(row)
            self.hit_rows += 1
            if not self.entries:
                self.id, self.generator, self.model = hit.run, hit.generator, hit.model
        elif kind == _SETUP:
            self._note_setup(row)
        elif kind == "init":
            self.id = self.id or word(row.get("run"), "run")
            self.version = word(row.get("garak_version"), "version") or self.version
            self.started = word(row.get("start_time"), "start") or self.started
        elif kind == "attempt":
            self._note_attempt(row)
        elif kind == "eval":
            self._note_eval(row)
        elif kind == "completion":
            self.id = self.id or word(row.get("run"), "run")
            self.ended, self.complete = word(row.get("end_time"), "end"), True

    def settle(self) -> None:
        """Choose the threshold: that stated, else the usual one, unless only another fits the counts."""
        if self.stated is not None:
            self.threshold, self.threshold_from = self.stated, "stated"
            return
        above, upto = -math.inf, math.inf
        for pair, counts in self.evals.items():
            scores = self.scores.get(pair, Counter())
            if scores.total() != counts["total"]:
                continue  # the file holds other attempts than those that were counted
            span = _span(scores, counts["fails"])
            if span is None:
                return
            above, upto = max(above, span[0]), min(upto, span[1])
        if above < upto and not above < USUAL_THRESHOLD <= upto:
            self.threshold = upto if upto < math.inf else math.nextafter(above, math.inf)
            self.threshold_from = "inferred"

    def tallies(self) -> Iterator[Tally]:
        """The evaluation rows, each beside the count of the run's own attempts."""
        for pair, counts in self.evals.items():
            scores = self.scores.get(pair, Counter())
            found = sum(times for score, times in scores.items() if score >= self.threshold)
            yield Tally(
                *pair,
                passed=counts["passed"],
                fails=counts["fails"],
                nones=counts["nones"],
                total=counts["total"],
                found=found,
                scored=scores.total(),
            )

    def hits(self) -> int:
        """Findings in the run's attempts and hit rows."""
        judged = (item for scores in self.scores.values() for item in scores.items())
        return self.hit_rows + sum(times for score, times in judged if score >= self.threshold)

    def _note_setup(self, row: _Row) -> None:
        self.id = word(row.get("transient.run_id"), "run")
        self.version = word(row.get("_config.version"), "version")
        self.started = word(row.get("transient.starttime_iso"), "start")
        stated = number_of(row.get("run.eval_threshold"))
        self.stated = stated if stated is not None and math.isfinite(stated) else None
        # Before 0.13.1 the target was called the model.
        self.generator = word(row.get("plugins.target_type", row.get("plugins.model_type")), "generator")
        self.model = word(row.get("plugins.target_name", row.get("plugins.model_name")), "model")

    def _note_attempt(self, row: _Row) -> None:
        if row.get("status") != _COMPLETE:
            self.begun += 1
            return
        self.attempts += 1
        probe = _plain(row.get("probe_classname"), "probe")
        for one in _judged(row)[0]:
            self.scores.setdefault((probe, one.detector), Counter())[one.score] += 1

    def _note_eval(self, row: _Row) -> None:
        pair = _plain(row.get("probe"), "probe"), _plain(row.get("detector"), "detector")
        passed, total = _count(row, "passed"), _count(row, "total_evaluated", "total")
        fails = _count(row, "fails") if "fails" in row else total - passed
        nones = _count(row, "nones")
        self.evals.setdefault(pair, Counter()).update(passed=passed, fails=fails, nones=nones, total=total)


def read(source: Source, facts: dict[str, Any]) -> Iterator[Found | Bad | None]:
    """Findings and bad rows in the order of the file; None for a row that is no finding.

    What is a finding follows garak's own evaluator: a detector's score that is not below the run's threshold.
    The threshold is rarely in the report (garak leaves settings that are fractions out of it), so where it is
    not stated and the usual 0.5 does not give the counts of the report's own evaluation rows, it is inferred
    from them. That needs the whole file first, which therefore is gone through twice and held in memory by
    neither.

    Facts, all there with the first item: ``kind`` (``report`` or ``hitlog``), ``run`` and all ``runs``,
    ``generator``, ``model``, ``hits``. Of a report also ``version``, ``started`` and ``ended`` as written,
    ``complete`` (the run came to its end), ``threshold`` as decimal text, ``threshold_from`` (``stated``,
    ``usual``, ``inferred``), ``attempts`` that were evaluated, ``unfinished`` ones that were not, ``evals``
    (of :class:`Tally`). Of several runs in one file, words are the first one's and counts are sums.
    """
    runs = _survey(source, facts)
    begun = 0
    for record in source.records(turn=2, turns=2):
        try:
            row = _row(record)
            begun += _begins(row, begun)
            yield from _read_row(row, record, runs[min(begun, len(runs)) - 1])
        except Unreadable as error:
            yield Bad(record.line, reason(record, error))


def _survey(source: Source, facts: dict[str, Any]) -> list[_Run]:
    runs: list[_Run] = []
    named: dict[str, None] = {}
    for record in source.records(turn=1, turns=2):
        try:
            row = _row(record)
            if _begins(row, len(runs)):
                runs.append(_Run())
            runs[-1].note(row)
            if len(named) < _MAX_RUNS_NAMED:
                named[runs[-1].id] = None
        except Unreadable:
            continue  # the second pass says so
    runs = runs or [_Run()]
    for run in runs:
        run.settle()
    named.pop("", None)
    _state(runs, tuple(named), facts)
    return runs


def _state(runs: list[_Run], named: tuple[str, ...], facts: dict[str, Any]) -> None:
    first = runs[0]
    facts.update(
        kind="report" if any(run.entries for run in runs) else "hitlog",
        run=named[0] if named else "",
        runs=named,
        generator=first.generator,
        model=first.model,
        hits=sum(run.hits() for run in runs),
    )
    if facts["kind"] == "report":
        facts.update(
            version=first.version,
            started=first.started,
            ended=first.ended,
            complete=all(run.complete for run in runs),
            threshold=decimal_text(first.threshold),
            threshold_from=first.threshold_from,
            attempts=sum(run.attempts for run in runs),
            unfinished=sum(max(0, run.begun - run.attempts) for run in runs),
            evals=tuple(tally for run in runs for tally in run.tallies()),
        )


def _row(record: Record) -> _Row:
    row = load(record.content())
    if not isinstance(row, dict):
        raise Unreadable("the row is not a JSON object")
    kind = row.get("entry_type", "")
    if not isinstance(kind, str) or (not kind and row.keys().isdisjoint(("detector", "attempt_id"))):
        raise Unreadable("the row is neither an entry of a garak report nor a hit")
    return row


def _begins(row: _Row, runs_so_far: int) -> bool:
    return row.get("entry_type") == _SETUP or runs_so_far == 0


def _read_row(row: _Row, record: Record, run: _Run) -> Iterator[Found | Bad | None]:
    kind = row.get("entry_type")
    if kind is None:
        hit, judged = _hit(row)
        yield _found(hit, judged, message_text(row.get("output")), record, f"line {record.line}")
    elif kind == "attempt":
        yield from _findings(row, record, run)
    else:
        yield None


def _hit(row: _Row) -> tuple[_Attempt, _Judged]:
    generator, model = _generator(row)
    index = row.get("attempt_idx")
    uuid = word(row.get("attempt_id"), "attempt")
    if not uuid or type(index) is not int or index < 0:
        uuid, index = f"row-{content_digest(row)}", 0
    attempt = _Attempt(
        run=word(row.get("run_id"), "run"),
        uuid=uuid,
        probe=_plain(row.get("probe"), "probe"),
        goal=word(row.get("goal"), "goal"),
        generator=generator,
        model=model,
        prompt=message_text(row.get("prompt")),
    )
    score = row.get("score")
    detector = _plain(row.get("detector"), "detector")
    return attempt, _Judged(detector, index, _comparable(score), decimal_text(score))


def _findings(row: _Row, record: Record, run: _Run) -> Iterator[Found | Bad | None]:
    if row.get("status") != _COMPLETE:
        if type(row.get("status")) is not int:
            raise Unreadable("the attempt does not say whether it was evaluated")
        yield None
        return
    judged, problem = _judged(row)
    hits = [one for one in judged if one.score >= run.threshold]
    if hits:
        attempt = _Attempt(
            run=run.id,
            uuid=word(row.get("uuid"), "attempt") or f"row-{content_digest(row)}",
            probe=_plain(row.get("probe_classname"), "probe"),
            goal=word(row.get("goal"), "goal"),
            generator=run.generator,
            model=run.model,
            prompt=message_text(row.get("prompt")),
        )
        outputs = row.get("outputs")
        for one in hits:
            output = outputs[one.output] if isinstance(outputs, list) and one.output < len(outputs) else None
            place = f"line {record.line}, output {one.output}"
            yield _found(attempt, one, message_text(output), record, place)
    if problem:
        yield Bad(record.line, problem)
    elif not hits:
        yield None


def _found(attempt: _Attempt, one: _Judged, output: str | None, record: Record, place: str) -> Found:
    parts = (attempt.run, attempt.uuid, one.detector)
    named = {
        "detector": one.detector,
        "generator": attempt.generator,
        "model": attempt.model,
        "probe": attempt.probe,
        "run": attempt.run,
    }
    title = ": ".join(part for part in (attempt.probe or one.detector, attempt.goal) if part)
    return Found(
        key=f"garak/{'/'.join(map(key_part, parts))}/{one.output}",
        title=one_line(title, TITLE_CHARS) or "garak hit",
        source="garak",
        detector=one.detector,
        probe=attempt.probe,
        score=one.text,
        severity_word=None,
        model=attempt.model,
        labels=tuple((name, value) for name, value in named.items() if value),
        observed=None,  # garak times the run, not the attempt
        line=record.line,
        locator=place,
        offset=record.offset,
        length=len(record.content()),
        prompt=attempt.prompt,
        output=output,
        resolved=False,
    )


def _judged(row: _Row) -> tuple[list[_Judged], str | None]:
    """The scores of an attempt, and what is wrong with those that could not be read."""
    results = row.get("detector_results")
    if results is None:
        return [], None
    if not isinstance(results, dict):
        return [], "the attempt's detector results are not an object"
    judged: list[_Judged] = []
    problem = None
    for name, scores in results.items():
        detector = _plain(name, "detector")
        if not isinstance(scores, list):
            problem = "a detector of the attempt has no list of scores"
            continue
        for index, score in enumerate(scores):
            if isinstance(score, (int, float)):
                judged.append(_Judged(detector, index, _comparable(score), decimal_text(score)))
            elif score is not None:
                problem = "a score of the attempt is not a number"
    return judged, problem


def _comparable(score: object) -> float:
    """The score as a number; what is none counts as a hit: garak too asks only whether it is below."""
    number = number_of(score)
    return math.inf if number is None or math.isnan(number) else number


def _span(scores: Mapping[float, int], fails: int) -> tuple[float, float] | None:
    """Thresholds that give so many fails lie above the first and up to the second; None: there are none."""
    counted, lowest = 0, math.inf
    for score in sorted(scores, reverse=True):
        if counted >= fails:
            return (score, lowest) if counted == fails else None
        counted += scores[score]
        lowest = score
    return (-math.inf, lowest) if counted == fails else None


def _generator(row: _Row) -> tuple[str, str]:
    """Generator and model of a hit, written as one text with a space; a missing model is ``None``."""
    text = row.get("generator")
    kind, _, model = text.partition(" ") if isinstance(text, str) else ("", "", "")
    return word(kind, "generator"), "" if model == "None" else word(model, "model")


def _plain(name: object, what: str) -> str:
    """``encoding.DecodeMatch``: without the package and folder that some versions put before it."""
    text = word(name, what)
    for prefix in _PREFIXES:
        text = text.removeprefix(prefix)
    return text


def _count(row: _Row, *names: str) -> int:
    for name in names:
        value = row.get(name)
        if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
            return value
    return 0
