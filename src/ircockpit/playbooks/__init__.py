"""The library of playbooks that comes with the program, as data: what there is, and the bytes of each.

The files are CACAO 2.0, one for each kind of incident and each context. ``extension.schema.json`` says what they hold
beyond that. They are compiled from sources; nobody edits them here.
"""

from collections.abc import Iterable
from typing import NamedTuple

from ircockpit.core.errors import NotFound
from ircockpit.core.jsontext import strict_loads

EXTENSION = "extension-definition--80318905-16aa-4452-b3ae-3dd6f5a68d15"
"""The id under which steps and playbooks carry their bindings."""
CONTEXTS = ("customer-facing", "internal", "partner")
"""The contexts of a system; each kind of incident has a playbook for each."""


class Entry(NamedTuple):
    """A playbook of the library, as its index tells it."""

    file: str
    id: str
    modified: str
    """The version of a CACAO playbook."""
    category: str
    category_title: str
    context: str
    name: str
    purpose: str
    priority: int
    """1 is the most urgent."""
    words: tuple[str, ...]
    """Parts of words by which detectors, probes and alerts speak of this kind of incident."""
    families: tuple[str, ...]
    clock_rules: tuple[str, ...]
    banner_rules: tuple[str, ...]

    @property
    def short(self) -> str:
        """What people call it by: ``privacy-leak.internal``."""
        return f"{self.category}.{self.context}"


def entries() -> tuple[Entry, ...]:
    """Every playbook of the library, by category and then by context."""
    rows = strict_loads(_bytes("index.json"))["playbooks"]
    lists = ("words", "families", "clock_rules", "banner_rules")
    return tuple(Entry(**{**row, **{name: tuple(row[name]) for name in lists}}) for row in rows)


def entry(name: str) -> Entry:
    """The playbook of a short name or id; raises :class:`NotFound` for one that the library does not have."""
    for each in entries():
        if name in (each.short, each.id):
            return each
    raise NotFound(f"the library has no playbook {name!r}", fix=f"There is: {_told(entries())}.")


def suited(context: str, *names: str) -> tuple[Entry, ...]:
    """The playbooks of a context that fit a signal, by what its detector, probe, title or alert are called.

    Those with most words in the names come first, of equal ones the more urgent. None may fit.
    """
    heard = " ".join(names).lower()
    counted = [
        (sum(word in heard for word in each.words), each) for each in entries() if each.context == context
    ]
    fitting = [(count, each) for count, each in counted if count]
    return tuple(each for _, each in sorted(fitting, key=lambda pair: (-pair[0], pair[1].priority)))


def text_of(name: str) -> bytes:
    """The file of a playbook, by its short name or id: CACAO 2.0 JSON in UTF-8."""
    return _bytes(entry(name).file)


def schema() -> bytes:
    """The JSON schema of the bindings that steps and playbooks carry."""
    return _bytes("extension.schema.json")


def _told(all_: Iterable[Entry]) -> str:
    return ", ".join(each.short for each in all_)


def _bytes(file: str) -> bytes:
    from importlib.resources import files

    return files("ircockpit.playbooks").joinpath(file).read_bytes()
