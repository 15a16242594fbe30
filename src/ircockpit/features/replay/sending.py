"""One run on its way: each request noted before it leaves, never more than planned, and stopped at any time."""

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from ircockpit.core.errors import CockpitError, ConflictError, DeadlineError, RefusedError
from ircockpit.features.incidents.queries import incidents
from ircockpit.features.replay.asking import Said, expected
from ircockpit.features.replay.events import DONE, FAILED, PROBE, SILENT, UNJUDGED
from ircockpit.features.replay.journal import CUT_OFF, Answer, Journal
from ircockpit.features.replay.prompts import check_copying, words_of
from ircockpit.features.replay.queries import RunRow, sealed_set
from ircockpit.features.replay.queries import run as find_run
from ircockpit.features.replay.recording import ERASED, begun, finish
from ircockpit.features.replay.rules import MOST, check
from ircockpit.features.replay.target import Asked, Line
from ircockpit.net.giveup import GiveUp
from ircockpit.store.workstation import Workstation

if TYPE_CHECKING:
    from ircockpit.features.incidents.queries import IncidentRow

CANCELLED = "somebody stopped it"
SPENT = "the cap of tokens was reached"


class Far(NamedTuple):
    """How far a run is."""

    run: str
    sent: int
    number: int
    tokens: int
    said: str
    """What came of the latest request, in words of this program."""


def send(
    station: Workstation,
    row: RunRow,
    *,
    give_up: GiveUp | None = None,
    tell: Callable[[Far], object] = lambda _: None,
) -> RunRow:
    """Send what is left of a planned run, and record what came of it; the run as it is then.

    Reads nothing and writes nothing but that one address. Raises :class:`RefusedError` for a run that may not be
    sent now, :class:`ConflictError` while another process sends it, and what keeps its words or secrets from being
    had: then nothing was sent.
    """
    [incident] = incidents(station.view, [row.incident])
    stop = give_up or GiveUp()
    journal = Journal(station, row.ident)
    with journal.ours():
        station.refresh()
        row = find_run(station.view, row.ident)
        _may_be_sent(station, row, incident)
        if row.begun_us and journal.is_gone:
            raise RefusedError(
                f"{row.short} was begun, and what was sent of it is not here any more: it was erased, or this disk lost it",
                safe="nothing was sent", fix="plan another run: what may have been sent is not sent again",
            )  # fmt: skip
        prompts = _prompts(station, row)
        with Line(station, row, stop) as line:
            journal.open()
            begun(station, row, line.untold)
            try:
                why = _Course(station, row, journal, line, stop, tell).go(prompts)
            except KeyboardInterrupt:
                finish(station, row, journal, CANCELLED)
                raise
        return finish(station, row, journal, why)


def _may_be_sent(station: Workstation, row: RunRow, incident: "IncidentRow") -> None:
    if row.state in (DONE, UNJUDGED):
        raise RefusedError(
            f"{row.short} was sent already, all {row.terms.number} of it", safe="nothing was sent",
            fix="plan another run: a number that grows with its results would prove nothing",
        )  # fmt: skip
    if row.device != station.identity.device:
        raise ConflictError(
            f"{row.short} was planned on another device, and how far it is stands there", safe="nothing was sent",
            fix="send it there, or plan one here",
        )  # fmt: skip
    check(row.terms, MOST)
    check_copying(station, incident, "nothing was sent: an answer would be a copy")


def _prompts(station: Workstation, row: RunRow) -> list[tuple[str, str]]:
    """Hash and words of each prompt, in the order they are sent."""
    if row.terms.api == PROBE:
        return [("", "")]
    sealed = sealed_set(station.view, row.incident, row.sealed)
    return [(each.sha256, text) for each, text in zip(sealed.prompts, words_of(station, sealed), strict=True)]


class _Course:
    """Goes through the requests of a run, one after the other."""

    def __init__(
        self,
        station: Workstation,
        row: RunRow,
        journal: Journal,
        line: Line,
        give_up: GiveUp,
        tell: Callable[[Far], object],
    ) -> None:
        self._station, self._row, self._journal, self._line = station, row, journal, line
        self._give_up, self._tell = give_up, tell
        self._tokens = 0

    def go(self, prompts: list[tuple[str, str]]) -> str:
        """Send what is left; why it ended early, empty where all of it was sent."""
        before = self._journal.answers()
        lost = expected("", self._row.terms)
        self._tokens = sum(lost if each.said.why == CUT_OFF else each.said.tokens for each in before)
        number = self._row.terms.number
        self._told(len(before), "going on where it was cut off" if before else "beginning")
        for at in range(len(before) + 1, number + 1):
            if self._tokens >= self._row.terms.tokens:
                return SPENT
            if self._give_up.asked:
                return CANCELLED
            digest, words = prompts[(at - 1) % len(prompts)]
            if not self._journal.begin(at, digest):
                return ERASED
            answer = self._one(at, digest, words)
            self._tokens += answer.said.tokens
            self._told(at, answer.said.why or "an answer")
            if at < number and self._give_up.wait(max(60 / self._row.terms.rate, answer.said.wait_s)):
                return CANCELLED
        return ""

    def _one(self, at: int, digest: str, words: str) -> Answer:
        clock = self._station.clock
        wall, started = clock.wall_us(), clock.mono_us()
        try:
            asked = self._line.ask(words)
        except CockpitError as error:
            kind = SILENT if isinstance(error, DeadlineError) else FAILED
            # What was begun may have been answered whole and counted; what was not reached has cost nothing.
            cost = expected(words, self._row.terms) if kind == SILENT else 0
            asked = Asked(
                Said(kind, why=_told_as(error), tokens=cost), 0, (clock.mono_us() - started) // 1000
            )
        answer = Answer(at, digest, asked.said, wall, asked.ms, asked.status)
        self._journal.end(answer)
        return answer

    def _told(self, sent: int, said: str) -> None:
        self._tell(Far(self._row.ident, sent, self._row.terms.number, self._tokens, said))


def _told_as(error: CockpitError) -> str:
    """A failure without what the other side had to say in it."""
    return "no whole answer in time" if isinstance(error, DeadlineError) else "it was not reached"
