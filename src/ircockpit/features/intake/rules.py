"""Which signals are the same story, and what a signal's facts are; pure."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ircockpit.core.digest import sha256
from ircockpit.core.errors import BadInput
from ircockpit.core.ids import shared_id
from ircockpit.core.occurred import canonical_time
from ircockpit.core.reduce import Derived
from ircockpit.inert.gate import clean, summary

if TYPE_CHECKING:
    from ircockpit.features.intake.formats.found import Found

IDENTITY_LABELS = (
    "service",
    "app",
    "application",
    "system",
    "deployment",
    "namespace",
    "model",
    "generator",
    "target",
)
"""Labels that say who answered; signals from different answerers are different stories."""

LOUD_WORDS = ("critical", "page", "high", "error", "warning", "medium", "low", "info")
"""Words for how severe something is that sources use, the loudest first."""
STATES = ("new", "confirmed", "dismissed", "promoted")
MAX_STREAM_EVENTS = 100_000
MAX_STREAM_AGE_US = 86_400 * 1_000_000
TITLE_LIMIT = 160
NAME_LIMIT = 200


def group_key(found: "Found") -> tuple[str, ...]:
    """What signals of one group have in common: source, what provoked, what noticed, and who answered."""
    labels = dict(found.labels)
    answerer = tuple(f"{name}={labels[name]}" for name in IDENTITY_LABELS if labels.get(name))
    what = (found.probe, found.detector) if found.probe else (found.title, found.detector)
    return (found.source, *what, found.model, *answerer)


def group_reason(probe: str) -> str:
    """Why signals are in one group, in words; ``probe`` is empty where their source names none."""
    return "same source, probe and detector" if probe else "same source, title and detector"


def signal_id(found: "Found") -> str:
    """Id of a signal: the same whichever file or device it came in by."""
    return shared_id("signal", found.key)


def group_id(found: "Found") -> str:
    """Id of a signal's group, the same on every device."""
    return shared_id("group", *group_key(found))


def group_facts(found: "Found") -> dict[str, object]:
    """What a group states of itself, gated and redacted."""
    title = f"{found.probe}" if found.probe else found.title
    names = _names(found)
    labels = {name: value for name, value in _labels(found).items() if name in IDENTITY_LABELS}
    return {
        "title": summary(title, TITLE_LIMIT), "source": names["source"], "detector": names["detector"],
        "probe": names["probe"], "labels": {**labels, "source": names["source"]}, "state": "new",
        "why": group_reason(found.probe),
    }  # fmt: skip


def signal_facts(found: "Found", raw_sha256: str) -> dict[str, object]:
    """The safe summary of a signal: no word of prompt or output, only their hashes and where they stand."""
    return {
        "group": group_id(found), "title": summary(found.title, TITLE_LIMIT), **_names(found), "score": found.score or "",
        "severity_word": summary(found.severity_word or "", NAME_LIMIT), "model": summary(found.model, 120),
        "observed": observed(found.observed) or "", "labels": _labels(found), "raw": raw_sha256, "place": found.locator,
        "offset": found.offset, "length": found.length, "prompt_sha256": _digest(found.prompt),
        "output_sha256": _digest(found.output), "resolved": int(found.resolved),
    }  # fmt: skip


def _names(found: "Found") -> dict[str, str]:
    # A file may state anything here, also what it should not; all of it is indexed.
    stated = {"source": found.source, "detector": found.detector, "probe": found.probe}
    return {name: summary(words, NAME_LIMIT) for name, words in stated.items()}


def _labels(found: "Found") -> dict[str, str]:
    return {summary(name, NAME_LIMIT): summary(value, NAME_LIMIT) for name, value in found.labels}


def observed(text: str | None) -> str | None:
    """A source's time in the stored form; ``None`` where it gave none that exists. An unknown zone stays unknown."""
    if not text:
        return None
    try:
        return canonical_time(text)
    except BadInput:
        return None


def loudness(severity_words: Mapping[str, int], best_score: str | None) -> str:
    """How loud a group is in its source's own words: the worst severity word it used, else its best score."""
    for word in LOUD_WORDS:
        if severity_words.get(word):
            return word
    other = next(iter(sorted(severity_words)), "")
    return other or (f"score {best_score}" if best_score else "signal")


def _group_words(shown: Mapping[str, Any], _: Sequence[str]) -> str:
    return clean(f"{shown['title'] or ''} {shown['source'] or ''}").casefold()


GROUP_DERIVED = (Derived("words", "TEXT", _group_words),)
"""What a filter looks in; changed, the view's layout number goes up."""


def known_loudness(word: str) -> str:
    """The word of a source where it is one that is known, else that it is another."""
    return word if word in LOUD_WORDS else "other"


def _digest(text: str | None) -> str:
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest() if text else ""
