"""Prompts of an incident: which can be sealed, and the words of a sealed one, which are read where they were received."""

from typing import NamedTuple

from ircockpit.core.errors import CockpitError, RefusedError, TrustError
from ircockpit.features.evidence.queries import never_copy
from ircockpit.features.incidents.queries import IncidentRow
from ircockpit.features.intake.queries import SignalRow, one_signal, raw_words, signals
from ircockpit.features.replay.queries import Prompt, SealedRow
from ircockpit.features.replay.rules import MAX_PROMPTS
from ircockpit.store.workstation import Workstation

_LOOKED = 5000
"""Signals of a group that are looked through for prompts."""


class Candidates(NamedTuple):
    """What can be sealed."""

    prompts: tuple[Prompt, ...]
    without: int
    """Signals that came without a prompt."""
    elsewhere: int
    """Prompts whose words are not on this device: another one can send them, this one cannot."""


def candidates(station: Workstation, row: IncidentRow, chosen: list[str]) -> Candidates:
    """The prompts of an incident's signals, each once; ``chosen`` names some of them by their ids.

    Raises :class:`RefusedError` while a duty forbids copies of what the incident is about: a request would be one.
    """
    check_copying(station, row, "no prompt was sealed")
    found: dict[str, Prompt] = {}
    without = elsewhere = 0
    for each in _signals(station, row, chosen):
        if not each.prompt_sha256:
            without += 1
            continue
        if each.prompt_sha256 not in found and len(found) < MAX_PROMPTS:
            found[each.prompt_sha256] = Prompt(each.ident, each.prompt_sha256, each.output_sha256)
            elsewhere += not _is_here(station, each)
    return Candidates(tuple(found.values()), without, elsewhere)


def check_copying(station: Workstation, row: IncidentRow, safe: str) -> None:
    """Raise :class:`RefusedError` while a duty forbids copies, until counsel's decision lifts it."""
    if reason := never_copy(station, row.ident, row.stream):
        raise RefusedError(
            reason,
            safe=safe,
            fix="counsel decides whether the duty applies: ircockpit clocks not-reportable --help",
        )


def words_of(station: Workstation, sealed: SealedRow) -> list[str]:
    """The words of the prompts of a set, in its order.

    Raises what reading raw words raises where one is not here, and :class:`TrustError` where one is not what was sealed.
    """
    found = []
    for each in sealed.prompts:
        signal = one_signal(station.view, each.signal)
        [found_words] = raw_words(station, signal, ["prompt"])
        if found_words.sha256 != each.sha256:
            raise TrustError(
                f"the prompt of {signal.short} is not the one that was sealed", safe="nothing was sent",
                fix="seal the prompts again under another name",
            )  # fmt: skip
        found.append(found_words.text)
    return found


def _signals(station: Workstation, row: IncidentRow, chosen: list[str]) -> list[SignalRow]:
    groups = [
        ident
        for (ident,) in station.view.rows('SELECT id FROM "group" WHERE incident=? ORDER BY id', (row.ident,))
    ]
    every = [each for group in groups for each in signals(station.view, group, _LOOKED)]
    if not chosen:
        return every
    wanted = [one_signal(station.view, each) for each in chosen]
    known = {each.ident for each in every}
    strange = [each.short for each in wanted if each.ident not in known]
    if strange:
        raise RefusedError(
            f"{strange[0]} is no signal of {row.short}",
            safe="no prompt was sealed",
            fix=f"ircockpit show {row.short}",
        )
    return wanted


def _is_here(station: Workstation, signal: SignalRow) -> bool:
    try:
        raw_words(station, signal, ["prompt"])
    except CockpitError:
        return False
    return True
