"""Blind judgement: answers of the runs before and after in random order, nothing on any of them that tells which run."""

import random
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from ircockpit.core.errors import BadInput, CockpitError, NotFound, RefusedError
from ircockpit.core.roles import Capability, roles_with
from ircockpit.core.stated import given
from ircockpit.features.intake.queries import harm_of, one_signal
from ircockpit.features.membership.queries import why_not
from ircockpit.features.replay.events import OPEN, VERDICTS
from ircockpit.features.replay.journal import Answer, read_lines
from ircockpit.features.replay.prompts import words_of
from ircockpit.features.replay.queries import RunRow, run, sealed_set, verdicts
from ircockpit.features.replay.recording import answers_of, kinds_of, settle, text_hash
from ircockpit.features.replay.results import is_whole
from ircockpit.store.workstation import Draft, Workstation

MAX_FILE = 4 * 1024 * 1024
MAX_WHY = 500


class Item(NamedTuple):
    """One answer to be judged. ``handle`` is all that is shown of where it comes from."""

    handle: str
    run: str
    number: int
    prompt: str
    output: str


class Sheet(NamedTuple):
    """What waits for a judgement, shuffled."""

    run: str
    """The run that was asked about; the one before it is among the answers too."""
    items: tuple[Item, ...]
    total: int
    """Answers to be judged in all, those that are judged among them."""
    category: str
    blurred: bool


def open_sheet(station: Workstation, row: RunRow, why: str) -> Sheet:
    """The answers that wait, once it is on record who opens them and why; of an after-run those before it too.

    Raises :class:`RefusedError` without the right, or where no answer waits for a person, :class:`NotFound` where
    the answers are not on this device.
    """
    if refused := why_not(station, roles_with(Capability.REVEAL)):
        raise RefusedError(refused, safe="nothing was shown", fix="ask a responder to judge them")
    reason = given(why, MAX_WHY, "the reason")
    sheet = _sheet(station, row)
    if not sheet.items:
        raise RefusedError(
            f"no answer of {row.short} waits for a verdict", safe="nothing was shown",
            fix=f"ircockpit replay list INCIDENT shows what {row.short} came to",
        )  # fmt: skip
    facts = {"incident": row.incident, "answers": len(sheet.items)}
    station.append([Draft(row.stream, "replay.opened", row.ident, (facts, {"why": reason}))])
    return sheet


def judge(station: Workstation, item: Item, verdict: str) -> None:
    """Record what somebody says of one answer; a run all of whose answers are judged gets its result."""
    give(station, item.run, {item.number: verdict})


def give(station: Workstation, run_ident: str, said: Mapping[int, str]) -> RunRow:
    """Record verdicts about answers of a run, and its result once none is missing."""
    row = run(station.view, run_ident)
    if any(verdict not in VERDICTS for verdict in said.values()):
        raise BadInput(f"a verdict is one of {', '.join(VERDICTS)}", safe="nothing was recorded")
    if is_whole(row.terms.number, row.terms.method, row.counts.of):
        raise RefusedError(
            f"{row.short} has its result, {row.counts.share}: no later verdict changes it", safe="nothing was recorded",
            fix="note in the incident what was judged wrong, and plan another run: ircockpit replay plan",
        )  # fmt: skip
    verdicts_ = {str(number): verdict for number, verdict in said.items()}
    station.append([Draft(row.stream, "replay.judged", row.ident, ({"verdicts": verdicts_},))])
    return row if any(kind == OPEN for _, kind in _kinds(station, row)) else settle(station, row)


def find(station: Workstation, row: RunRow, handle: str) -> Item:
    """The answer that a handle names. Raises :class:`NotFound`."""
    found = [each for each in _sheet(station, row, judged=True).items if each.handle == handle]
    if not found:
        raise NotFound(
            f"no answer of these runs is called {handle!r}",
            fix=f"ircockpit replay judge {row.short} --why WHY",
        )
    return found[0]


def take_verdicts(station: Workstation, row: RunRow, file: str) -> tuple[RunRow, int]:
    """Verdicts of a detector from a file of JSON lines: ``{"sha256": hash of an answer, "verdict": "reproduced"}``.

    Returns the run and how many answers were named. Raises :class:`BadInput` with nothing recorded.
    """
    path = Path(file).expanduser()
    try:
        with path.open("rb") as source:
            raw = source.read(MAX_FILE + 1)
    except OSError as error:
        raise BadInput(f"{path.name} cannot be read: {error.strerror}", safe="nothing was recorded") from None
    if len(raw) > MAX_FILE:
        raise BadInput(f"{path.name} has more than {MAX_FILE:,} bytes", safe="nothing was recorded")
    by_hash = {str(line.get("sha256")): str(line.get("verdict")) for line in read_lines(raw)}
    strange = sorted({verdict for verdict in by_hash.values() if verdict not in VERDICTS})
    if strange or not by_hash:
        raise BadInput(
            f"{path.name} holds {len(by_hash)} verdicts, {len(strange)} of them none that can be recorded",
            safe="nothing was recorded", fix=f"each line has sha256 and verdict, one of {', '.join(VERDICTS)}",
        )  # fmt: skip
    said = {
        each.number: by_hash[text_hash(each)]
        for each in answers_of(station, row)
        if text_hash(each) in by_hash
    }
    if not said:
        raise BadInput(f"{path.name} names no answer of {row.short} by its hash", safe="nothing was recorded")
    return give(station, row.ident, said), len(said)


def _sheet(station: Workstation, row: RunRow, *, judged: bool = False) -> Sheet:
    chosen = [row]
    if (row.before and not run(station.view, row.before).judged) or (row.before and judged):
        chosen.append(run(station.view, row.before))
    items: list[Item] = []
    total = 0
    for each in chosen:
        prompts, said = _prompts(station, each), verdicts(station.view, each)
        for answer, kind in _kinds(station, each):
            if kind == OPEN or answer.number in said:
                total += 1
            if kind == OPEN or (judged and answer.number in said):
                prompt = prompts.get(answer.prompt, "")
                items.append(
                    Item(_handle(each, answer.number), each.ident, answer.number, prompt, answer.said.text)
                )
    # Nothing of the machine's time or of the order they were sent in may show through.
    random.SystemRandom().shuffle(items)
    category, blurred = _kind(station, row)
    return Sheet(row.ident, tuple(items), total, category, blurred)


def _kinds(station: Workstation, row: RunRow) -> list[tuple[Answer, str]]:
    """Each answer of a run with what it came to as far as that is known."""
    answers = answers_of(station, row)
    return list(zip(answers, kinds_of(station, row, answers), strict=True))


def _prompts(station: Workstation, row: RunRow) -> dict[str, str]:
    """Words of the prompts by hash; none where they are not on this device: the answers can be judged all the same."""
    try:
        sealed = sealed_set(station.view, row.incident, row.sealed)
        return {
            each.sha256: text for each, text in zip(sealed.prompts, words_of(station, sealed), strict=True)
        }
    except CockpitError:
        return {}


def _kind(station: Workstation, row: RunRow) -> tuple[str, bool]:
    """What kind of harm the words are of, and whether they are blurred: as those of the signals they come from."""
    try:
        sealed = sealed_set(station.view, row.incident, row.sealed)
        found = harm_of(station, one_signal(station.view, sealed.prompts[0].signal))
    except (CockpitError, IndexError):
        return "not known", True
    return str(found["category"]), bool(found["blurred"])


def _handle(row: RunRow, number: int) -> str:
    return sha256(f"ircockpit/replay/{row.ident}/{number}".encode()).hexdigest()[:8]
