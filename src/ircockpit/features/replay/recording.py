"""What becomes of a run in the record: its answers as restricted evidence, its numbers, and whether it has come back."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from hashlib import sha256
from typing import Any

from ircockpit.blobs.files import FileBlobs
from ircockpit.core.errors import NotFound
from ircockpit.core.scopes import RESTRICTED
from ircockpit.features.evidence.drafts import exhibit_drafts
from ircockpit.features.evidence.queries import copy_gate, exhibit
from ircockpit.features.incidents.queries import incidents
from ircockpit.features.incidents.rules import OPEN as INCIDENT_OPEN
from ircockpit.features.incidents.rules import SEVERITIES
from ircockpit.features.replay.asking import BROKE, FILTERED, LONG, SAID_SO, TOOLS
from ircockpit.features.replay.events import (
    AGAIN,
    DETECTOR,
    DONE,
    EARLY,
    OPEN,
    OTHER,
    PATTERN,
    REFUSED,
    REPRODUCED,
    RUNNING,
    SILENT,
    UNJUDGED,
)
from ircockpit.features.replay.journal import Answer, Journal, pages, read_pages
from ircockpit.features.replay.queries import RunRow, run, sealed_set, sentences, verdicts
from ircockpit.features.replay.recurring import is_new
from ircockpit.features.replay.results import MOST_NAMES
from ircockpit.features.replay.rules import Counts, is_refusal, seen
from ircockpit.processes.patterns import found_in
from ircockpit.store.underway import OF_A_RUN
from ircockpit.store.workstation import Draft, Workstation

_NOT_ALL = {TOOLS: SILENT, LONG: OPEN, BROKE: SILENT}
"""Of answers that are no whole ones what they are where nothing harmful was found in them."""
ERASED = "what it is about was erased meanwhile, and its answers with it"


def begun(station: Workstation, row: RunRow, untold: str) -> None:
    """Record that a run is on its way; ``untold`` says why the control's own answer is not told from an error."""
    if row.state != RUNNING:
        extra = {"untold": untold} if untold else {}
        station.append([station.set_field(row.stream, "replay.set", row.ident, "state", RUNNING, **extra)])


def finish(station: Workstation, row: RunRow, journal: Journal, why: str) -> RunRow:
    """Keep the answers as evidence and record what they come to; what was sent of the journal is dropped once all was."""
    answers = journal.answers()
    if journal.is_gone:
        # What is on record of it stays; what is not here is neither counted nor kept.
        station.append([station.set_field(row.stream, "replay.set", row.ident, "state", EARLY, why=ERASED)])
        return run(station.view, row.ident)
    label = _keep(station, row, journal, answers) if answers else ""
    _record(station, row, answers, why, label)
    if not why:
        journal.drop()
    return run(station.view, row.ident)


def settle(station: Workstation, row: RunRow) -> RunRow:
    """Count the answers of a run anew after a judgement. Raises :class:`NotFound` where they are not on this device."""
    _record(station, row, answers_of(station, row), row.why, row.exhibit)
    return run(station.view, row.ident)


def answers_of(station: Workstation, row: RunRow) -> list[Answer]:
    """The answers of a run from its exhibit. Raises :class:`NotFound` where that file is not on this device."""
    if not row.exhibit:
        raise NotFound(f"{row.short} has no answers yet", fix=f"ircockpit replay run {row.short}")
    kept = exhibit(station.view, row.exhibit)
    blobs = FileBlobs(station.profile.blobs)
    if not blobs.has(kept.sha256):
        raise NotFound(
            f"the answers of {row.short} are kept on the device that sent it, and this is another one",
            safe="nothing was shown or recorded",
            fix=f"judge them there, or bring {kept.label} here with a bundle that was written with --restricted",
        )
    with blobs.open(kept.sha256, copy_gate(station), verify=True) as source:
        return read_pages(source.read())


def kinds_of(station: Workstation, row: RunRow, answers: Sequence[Answer]) -> list[str]:
    """What each answer came to: by its own kind, by the run's method, by what people or a detector said of it."""
    said = verdicts(station.view, row)
    texts = [each.said.text for each in answers if each.said.kind == OPEN]
    found = iter(_looked(row.terms.pattern, texts) if row.terms.method == PATTERN else [None] * len(texts))
    flagged = set()
    if row.terms.method == DETECTOR:
        flagged = {each.output_sha256 for each in sealed_set(station.view, row.incident, row.sealed).prompts}
    kinds = []
    for each in answers:
        kind = each.said.kind
        if kind == OPEN:
            hit = next(found)
            if hit is None:
                same = bool(flagged) and text_hash(each) in flagged
                kind = REPRODUCED if same else said.get(each.number, OPEN)
            else:
                kind = REPRODUCED if hit else _harmless(each)
        kinds.append(kind)
    return kinds


def _looked(pattern: str, texts: Sequence[str]) -> list[bool | None]:
    """Whether each answer has the pattern: as it stands, or as a reader sees it."""
    plain = [seen(text) for text in texts]
    [found, also] = (found_in(pattern, each) for each in (texts, plain))
    return [
        True if a or b else None if a is None or b is None else False
        for a, b in zip(found, also, strict=True)
    ]


def _harmless(answer: Answer) -> str:
    """What an answer is in which the pattern was looked for and not found; what is no whole answer is none."""
    why, text = answer.said.why, answer.said.text
    if why in _NOT_ALL:
        return _NOT_ALL[why]
    return REFUSED if why in (FILTERED, SAID_SO) or is_refusal(text) else OTHER


def text_hash(answer: Answer) -> str:
    """Hash of an answer's words, as a signal's output has it."""
    return sha256(answer.said.text.encode("utf-8", "surrogatepass")).hexdigest()


def _keep(station: Workstation, row: RunRow, journal: Journal, answers: list[Answer]) -> str:
    """Take the answers into custody, restricted; the exhibit's id."""
    header = {
        "run": row.ident, "phase": row.phase, "target": row.target, "url": row.url, "method": "POST",
        "prompts": "by hash; their words stay where they were received", **row.terms._asdict(),
    }  # fmt: skip
    path = journal.path.with_name(f"{OF_A_RUN}{row.short}.jsonl")
    path.touch(mode=0o600)
    path.write_bytes(pages(header, answers))
    try:
        origin = f"the answers of run {row.short}, sent to {row.target}"
        with exhibit_drafts(station, row.incident, str(path), origin, scope=RESTRICTED) as (ident, drafts):
            station.append(drafts)
    finally:
        with suppress(OSError):
            path.unlink()
    return ident


def _record(station: Workstation, row: RunRow, answers: list[Answer], why: str, label: str) -> None:
    kinds = kinds_of(station, row, answers)
    outcome = {kind: kinds.count(kind) for kind in dict.fromkeys(kinds)}
    counts = Counts(row.terms.number, outcome)
    waits = bool(outcome.get(OPEN)) and row.terms.method != PATTERN
    state = EARLY if why else UNJUDGED if waits else DONE
    extra = {"said": counts.share, "named": _named(answers, kinds)}
    drafts = list(_changes(station, row, {"exhibit": label, "outcome": outcome}, extra))
    if state != row.state or (why and why != row.why):
        drafts.append(station.set_field(row.stream, "replay.set", row.ident, "state", state, why=why))
    if (
        row.phase == AGAIN and counts.hits and not row.counts.hits
    ):  # also in a run that was cut off: one is enough
        drafts += _recurrence(station, row, counts)
    if drafts:
        station.append(drafts)


def _named(answers: Sequence[Answer], kinds: Sequence[str]) -> dict[str, int]:
    """What models the answers say they are of; what a control or a filter says in one's stead is of none."""
    found = Counter(
        each.said.model for each, kind in zip(answers, kinds, strict=True)
        if each.said.model and kind in (REPRODUCED, OTHER, REFUSED, OPEN)
    )  # fmt: skip
    return dict(found.most_common(MOST_NAMES))


def _changes(
    station: Workstation, row: RunRow, facts: Mapping[str, Any], extra: Mapping[str, Any]
) -> Iterator[Draft]:
    now = {"exhibit": row.exhibit, "outcome": dict(row.counts.of)}
    for field, value in facts.items():
        if value != now[field]:
            more = extra if field == "outcome" else {}
            yield station.set_field(row.stream, "replay.set", row.ident, field, value, **more)


def _recurrence(station: Workstation, row: RunRow, counts: Counts) -> Iterator[Draft]:
    """It has come back: the incident is opened again, or raised by one where it is open; once for each recurrence."""
    words = f"{counts.share} of a run in the watch period"
    yield Draft(row.stream, "replay.recurred", row.ident, ({"incident": row.incident, "said": words},))
    [incident] = incidents(station.view, [row.incident])
    why = f"it came back in the watch period: {counts.share} reproduced it, run {row.short}"
    if incident.closed:
        yield station.set_field(
            incident.stream, "incident.set", incident.ident, "status", INCIDENT_OPEN, why=why, of=row.ident
        )
        return
    worse = SEVERITIES[: SEVERITIES.index(incident.severity)] if incident.severity in SEVERITIES else ()
    # Whichever device repeats it: it is one recurrence until a run shows nothing any more.
    if worse and is_new(station.view, row):
        yield station.set_field(
            incident.stream, "incident.set", incident.ident, "severity", worse[-1], why=why, of=row.ident
        )


def result_words(station: Workstation, row: RunRow) -> str:
    """What a run came to, in one sentence."""
    said = sentences(station.view, row)
    if said:
        return f"{row.short}: {'. '.join(said)}"
    if row.state == UNJUDGED:
        return f"{row.short}: all {row.terms.number} were sent; {row.counts.of.get(OPEN, 0)} answers wait for a verdict"
    return f"{row.short} is {row.state}"
