"""Which words may hurt whoever reads them, and how long somebody has had such words in sight; pure."""

import re
from typing import TYPE_CHECKING, NamedTuple

from ircockpit.core.clock import Clock

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ircockpit.store.sightings import Lift

UNKNOWN = "not known"
_CATEGORIES = (
    ("children", r"child|minor(?!ity)|csam|csae|grooming"),
    ("self-harm", r"self.?harm|suicid|eating.?disorder"),
    ("sexual", r"sex|porn|nsfw|explicit"),
    ("violence", r"violen|gore|weapon|terror|kill|torture|threat"),
    ("hate", r"hate|slur|toxic|racis|harass|bully|insult|profan|discriminat|bias|stereotyp"),
    ("dangerous advice", r"medic|dose|dosage|health|drug|chemi|biolog|cbrn|nuclear|poison|harmful|danger"),
    ("personal data", r"\bpii\b|personal|privacy|leak|credential|secret|apikey|memori[sz]"),
    ("hostile code", r"malware|exploit|\bxss\b|sqli|template.?inject|ansi.?escape|exfiltrat|virus|payload"),
    ("injection", r"inject|jailbreak|\bdan\b|encoding|latent|smuggl|hijack|adversar|suffix"),
    ("wrong facts", r"hallucinat|misinformation|misleading|snowball|factual|package|glitch|continuation"),
)
"""Categories of harm with what detectors, probes and titles call them. The first that fits holds: worst for a reader first."""
_PATTERNS = tuple((name, re.compile(pattern)) for name, pattern in _CATEGORIES)
MILD = ("hostile code", "injection", "wrong facts")
"""Categories whose words trick programs or are wrong; they are blurred only where their source calls them severe."""
_OF_ANSWERS = {
    ("personal", "some"): "personal data",
    ("personal", "sensitive"): "personal data",
    ("regulated", "health"): "dangerous advice",
    ("category", "illegal-material"): "children",
    ("category", "self-harm"): "self-harm",
    ("category", "harmful-content"): "violence",
    ("category", "unfair-treatment"): "hate",
    ("category", "hallucinated-advice"): "dangerous advice",
    ("category", "privacy-leak"): "personal data",
}
READ_PER_SECOND = 25.0
"""Characters somebody reads in a second, about 250 English words a minute: what is printed is counted by it."""
QUIET = ("info", "low")
"""Words of a source for what hardly matters."""


def category_of(*names: str) -> str:
    """The category of harm that detector, probe or title speak of; :data:`UNKNOWN` where none does."""
    said = " ".join(names).casefold()
    return next((name for name, pattern in _PATTERNS if pattern.search(said)), UNKNOWN)


def worst(*categories: str) -> str:
    """The category that is worst for a reader; what nobody knows is worse than what only tricks programs."""
    order = [name for name, _ in _CATEGORIES]
    order.insert(order.index(MILD[0]), UNKNOWN)
    return min(categories, key=order.index)


def of_answer(field: str, value: str) -> str:
    """The category that an answer of the triage puts words into; :data:`UNKNOWN` for one that puts them into none."""
    return _OF_ANSWERS.get((field, value), UNKNOWN)


def is_blurred(category: str, severity: str, *, blur: bool = True) -> bool:
    """Whether words of this category and severity are shown blurred. ``severity`` is ``SEV1``… or the source's word.

    What nobody has put into a category may be anything, and is blurred.
    """
    return blur and not (category in MILD and severity.casefold() in (*QUIET, "sev4"))


class Exposure(NamedTuple):
    """How long somebody had harmful words in sight."""

    seconds: float = 0.0
    lifts: int = 0

    def words(self) -> str:
        """``3 minutes 20 seconds of raw words``."""
        if not self.lifts:
            return "no raw words seen"
        minutes, seconds = divmod(round(self.seconds), 60)
        said = [_many(minutes, "minute")] if minutes else []
        said += [_many(seconds, "second")] if seconds or not minutes else []
        return f"{' '.join(said)} of raw words"


def exposure(lifts: "Iterable[Lift]", clock: Clock, hours: int) -> Exposure:
    """What lies within the last ``hours``. Within one boot the clock that only goes forward says how old a lift is."""
    boot, mono, wall = clock.boot(), clock.mono_us(), clock.wall_us()
    seconds, number = 0.0, 0
    for lift in lifts:
        ago = mono - lift.mono if lift.boot == boot else wall - lift.wall
        if ago <= hours * 3_600_000_000:
            seconds, number = seconds + lift.seconds, number + 1
    return Exposure(seconds, number)


def advice(found: Exposure, minutes: int, key: str) -> str:
    """A calm sentence once somebody has seen much; empty before. It suggests, and keeps nobody from
    anything. ``key`` leads to the handover page.
    """
    if found.seconds < minutes * 60:
        return ""
    return f"that is a lot for one shift; a colleague can take over: {key} makes the handover page"


def _many(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
