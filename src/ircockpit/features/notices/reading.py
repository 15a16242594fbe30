"""Reads the templates of notices; an organisation's own take the place of the program's, or stand beside them."""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, NamedTuple

from ircockpit.core.digest import sha256
from ircockpit.core.errors import BadInput, NotFound
from ircockpit.core.yamltext import MAX_BYTES
from ircockpit.features.datafile import FIX, read_typed, refusal
from ircockpit.features.notices.form import FACTS, MOST, MOST_SUBJECT, Template
from ircockpit.features.notices.words import unfit
from ircockpit.features.ownfiles import several

if TYPE_CHECKING:
    from pathlib import Path

FOLDER = "notices"
"""Of one's own templates, in the profile."""
ORDER = (
    "declared",
    "escalation",
    "severity",
    "contained",
    "failed",
    "expiry",
    "recurrence",
    "clear",
    "handover",
)
"""The program's own by their digits; ``test`` has none."""
TEST = "test"
_NAMED = re.compile(r"\{([^{}]*)\}")
JOIN = 2
"""Characters that a receiver without subjects puts between subject and text."""


class Ready(NamedTuple):
    """A template that can be used, and the hash of the file it stands in."""

    template: Template
    sha256: str
    own: bool

    @property
    def id(self) -> str:
        """What it is called."""
        return self.template.id


class Notice(NamedTuple):
    """What is sent."""

    subject: str
    text: str

    @property
    def whole(self) -> str:
        """Subject and text, as they are hashed and shown."""
        return f"{self.subject}\n{self.text}"


class Book(NamedTuple):
    """The templates in force here, and what of one's own was refused, each with file, line and reason."""

    ready: Mapping[str, Ready]
    refused: tuple[BadInput, ...] = ()

    def find(self, name: str) -> Ready:
        """A template by its name or the beginning of one. Raises :class:`NotFound`."""
        word = name.strip().lower()
        found = [self.ready[word]] if word in self.ready else []
        found = found or [each for ident, each in self.ready.items() if word and ident.startswith(word)]
        if len(found) != 1:
            raise NotFound(
                f"{name[:40]!r} is {'more than one template' if found else 'no template'}", safe="nothing was sent",
                fix=f"there are: {', '.join(self.ready)}",
            )  # fmt: skip
        return found[0]


@cache
def shipped() -> Mapping[str, Ready]:
    """What comes with the program, in the order of the digits."""
    folder = files("ircockpit.features.notices") / "book"
    raw = {name: folder.joinpath(f"{name}.yaml").read_bytes() for name in (*ORDER, TEST)}
    return {name: read(each, f"{name}.yaml")._replace(own=False) for name, each in raw.items()}


def read(raw: bytes, name: str) -> Ready:
    """A template from its file. Raises :class:`BadInput` with line and reason."""
    template, lines = read_typed(raw, name, Template)
    for place, reason in _faults(template):
        raise refusal(name, lines, place, reason)
    return Ready(template, sha256(raw).hexdigest(), own=True)


def render(template: Template, facts: Mapping[str, str]) -> Notice:
    """The notice of a template; every fact is held to its length once more."""

    def fill(text: str) -> str:
        filled = _NAMED.sub(lambda each: facts.get(each[1], "?")[: FACTS[each[1]].most], text)
        return " ".join(filled.split())

    return Notice(fill(template.subject), fill(template.text))


def of_profile(folder: "Path") -> Book:
    """The templates in force on a profile; a file that cannot be used is said, and the program's own holds."""
    found, refused = dict(shipped()), list[BadInput]()
    for path in several(folder, FOLDER):
        try:
            with path.open("rb") as file:
                each = read(file.read(MAX_BYTES + 1), path.name)
        except OSError as error:
            refused.append(BadInput(f"{path.name} cannot be read: {error.strerror}", fix=FIX))
        except BadInput as error:
            refused.append(error)
        else:
            found[each.id] = each
    return Book(found, tuple(refused))


def _faults(template: Template) -> Iterator[tuple[str, str]]:
    longest = 0
    for field, text, most in (("subject", template.subject, MOST_SUBJECT), ("text", template.text, MOST)):
        place, literal = f"$.{field}", _NAMED.sub("", text)
        for name in _NAMED.findall(text):
            if name not in FACTS:
                yield place, f"{{{name[:40]}}} is no fact a notice may hold; there are {', '.join(FACTS)}"
                return
        if char := unfit(literal.replace("\n", " ")):
            yield (
                place,
                f"the sign {char!r} is not plain text; receivers make mentions, links or markup of such signs",
            )
        size = len(literal) + sum(FACTS[name].most for name in _NAMED.findall(text))
        longest += size
        if size > most:
            yield place, f"it can become {size} characters long, and {most} are the most"
    if longest + JOIN > MOST:
        yield (
            "$.text",
            f"with its subject it can become {longest + JOIN} characters long, and {MOST} are the most",
        )
