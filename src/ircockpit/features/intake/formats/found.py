"""What a reader of a foreign format hands over: findings, rows it could not read, facts of the file."""

from typing import Any, NamedTuple


class Found(NamedTuple):
    """One finding of a monitor or a red-team run, with its place in the raw file.

    All text is foreign: only half characters are taken out of it (they could not be stored), so it passes the
    gate before it is shown. ``prompt`` and ``output`` are for callers that hash or withhold them, never for
    display; no other field is made from them.
    """

    key: str
    """Same finding, same key, whichever file of the same run or poll it came in; printable ASCII."""
    title: str
    """What was found, one line, at most 200 characters."""
    source: str
    """``garak``, ``alertmanager``, ``jsonl``, or the name a row gives itself."""
    detector: str
    probe: str
    """What provoked it; empty where nobody did."""
    score: str | None
    """Decimal text without exponent or trailing zeros; None where there is none or it is no number."""
    severity_word: str | None
    """The source's own word, not a severity of ours."""
    model: str
    labels: tuple[tuple[str, str], ...]
    """Name and value, sorted by name: what a system's match rules are held against."""
    observed: str | None
    """The source's own words for when, with the offset and precision it gave."""
    line: int
    """Line of the raw file on which the record begins, from 1."""
    locator: str
    """The place for a person: ``line 12``, ``line 12, output 0``, ``alerts[3]``."""
    offset: int
    """First byte of the raw record in the file, from 0."""
    length: int
    """Bytes of the raw record, without its line end."""
    prompt: str | None
    output: str | None
    resolved: bool
    """The monitor says it is over; the key is that of its firing twin."""


class Bad(NamedTuple):
    """A row that was not taken in, and why, in one sentence that repeats nothing of the row."""

    line: int
    reason: str


class Tally(NamedTuple):
    """What garak's own evaluation row says of one probe and detector, beside what its attempts say."""

    probe: str
    detector: str
    passed: int
    fails: int
    nones: int
    """Outputs the detector could not judge."""
    total: int
    """Outputs judged: passed and fails."""
    found: int
    """Findings among the attempts in the same file."""
    scored: int
    """Judged outputs among the attempts in the same file."""

    @property
    def agrees(self) -> bool:
        """Whether the file's rows bear its own evaluation out."""
        return (self.fails, self.total) == (self.found, self.scored)


class Parsed(NamedTuple):
    """A whole file, read."""

    format: str
    found: tuple[Found, ...]
    bad: tuple[Bad, ...]
    skipped: int
    """Rows that were read and are no findings."""
    facts: dict[str, Any]
    """What the file says of itself; the keys are listed at the ``read`` of each format."""
