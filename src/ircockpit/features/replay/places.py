"""Whether a run asked what the run before it had asked: another model's name or address, and what the answers call themselves."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from ircockpit.inert.foreign import words
from ircockpit.inert.gate import line

if TYPE_CHECKING:
    from ircockpit.features.replay.queries import RunRow

_NAME = 32
OWN = "the target's own"
MODEL, ADDRESS, BOTH = "of another model", "at another address", "of another model at another address"
"""How a run differs from the one before it, in words of this program alone."""


def elsewhere(before: "RunRow | None", of: "RunRow") -> str:
    """In what a run's place differs from that of the run before it; empty where it is the same, or there is none."""
    if before is None:
        return ""
    model, address = of.terms.model != before.terms.model, of.url != before.url
    if model and of.url == before.url.replace(_quoted(before.terms.model), _quoted(of.terms.model)):
        address = False  # Open Inference has the name in its address
    return BOTH if model and address else MODEL if model else ADDRESS if address else ""


def place_words(of: "RunRow") -> str:
    """``model dose-bot-2 at staging``, ``the target's own model at staging``."""
    model = f"model {_short(of.terms.model)}" if of.terms.model else f"{OWN} model"
    return f"{model} at {_short(of.target)}"


def elsewhere_words(before: "RunRow | None", of: "RunRow") -> str:
    """What differs, and what that leaves open, in one sentence; empty where nothing does."""
    if before is None or not elsewhere(before, of):
        return ""
    where = f"{place_words(of)} was asked, and {place_words(before)} before"
    if of.url != before.url and of.target == before.target:
        where += ", under another address"
    return f"{where}: it says what users get only where they are led to it"


def mixed_words(of: "RunRow") -> str:
    """That more than one model answered, by what the answers say themselves; empty where none or one did."""
    if len(of.named) < 2:
        return ""
    return f"{len(of.named)} models answered by their own word, {named_words(of.named)}: the share is that of a mix"


def renamed_words(before: "RunRow", of: "RunRow") -> str:
    """What the answers of both runs call themselves, where that tells something."""
    if len(before.named) != 1 or len(of.named) != 1:
        return ""
    [then], [now] = before.named, of.named
    if then != now:
        return f"the answers say they are of {_short(now)}, and those before of {_short(then)}"
    return (
        f"the answers say they are of the same model as before, {_short(now)}"
        if elsewhere(before, of)
        else ""
    )


def named_words(named: Mapping[str, int]) -> str:
    """``dose-bot-v1 12, dose-bot-v2 8``."""
    return ", ".join(f"{_short(name)} {number}" for name, number in named.items())


def _short(name: str) -> str:
    return words(line(name, _NAME))


def _quoted(model: str) -> str:
    from urllib.parse import quote

    return f"/v2/models/{quote(model, safe='')}/infer"
