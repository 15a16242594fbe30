"""What an action is: one literal from which command, key, prompt, palette, help and docs all follow."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from enum import StrEnum
from importlib import import_module
from typing import Any, NamedTuple

from ircockpit.core.roles import EVERYBODY, Capability, roles_with


class Danger(StrEnum):
    """How far an action reaches, and so how it is confirmed."""

    READ = "read"
    """Says nothing new in the record and reaches no system outside: anybody may do it, and nothing is to be confirmed."""
    RECORD = "record"
    """Adds to the record on this device; can be taken back by a further entry."""
    OUTSIDE = "outside"
    """Reaches a system outside; needs a confirmation that names target and request."""
    WIDE = "wide"
    """Irreversible or reaching many; needs the target's id typed."""


class Kind(StrEnum):
    """The type of a parameter; decides parsing, the question asked and completion."""

    TEXT = "text"
    INT = "int"
    CHOICE = "choice"
    FLAG = "flag"
    PATH = "path"
    ID = "id"
    TIME = "time"


class Param(NamedTuple):
    """One parameter of an action, on the command line and at the prompt alike."""

    name: str
    """Name of the handler's keyword argument; options spell it with dashes."""
    help: str
    kind: Kind = Kind.TEXT
    positional: bool = False
    required: bool = False
    many: bool = False
    choices: tuple[str, ...] = ()
    default: Any = None
    metavar: str | None = None
    ask: str = ""
    """The question of the prompt bar; empty when the screen supplies the value or leaves the default."""
    keyword: str = ""
    """Name of the handler's argument where the option's own is a word of Python: ``for``."""

    @property
    def argument(self) -> str:
        """Name of the handler's argument."""
        return self.keyword or self.name


SAFE = Param("safe", "safe summaries alone: none of the words of others", Kind.FLAG)
"""Stands among the parameters of whatever prints words of others; ``--words`` is its opposite at the command line."""


class Action(NamedTuple):
    """One thing a responder can do, reachable as key and as command.

    Callables are named ``"module:function"`` so that reading the registry imports no feature.
    A handler is called as ``handler(workstation, **params)`` and returns a :class:`Result`.
    """

    id: str
    """Dotted, stable name, the unit of keymaps and docs: ``incident.take``."""
    verb: tuple[str, ...]
    """Words of the command: ``("system", "add")``."""
    title: str
    """One line, without a final stop, for help, palette and hint bar."""
    handler: str
    danger: Danger = Danger.READ
    effect: str = ""
    """What it changes, in words for docs, where its danger does not say that; empty: what the danger says."""
    params: tuple[Param, ...] = ()
    result: str = "json"
    """Shape of the printed data, as documented: a name from docs/commands.md."""
    keys: tuple[str, ...] = ()
    """Default keys, in Textual's spelling; the first one is shown."""
    places: tuple[str, ...] = ()
    """Views in which the keys work; ``*`` for everywhere, beside it ``-sync`` for everywhere but there."""
    hint: str = ""
    """Word for the hint bar; empty keeps the action out of it."""
    roles: tuple[str, ...] = ()
    """Roles that may do it. None are named: everybody where nothing new is said, else those who may record."""
    why_not: str = ""
    """``module:function`` giving the reason why it is not possible now, or an empty string; called with the workstation
    and the id of what the action is about, ``None`` where that is nothing."""
    undo: str = ""
    """Id of the action that takes it back, where there is one."""
    screen: str = ""
    """The screen method (``act_<screen>``) that gathers what the handler needs; empty: called directly."""
    slow: bool = False
    """Whether it may take longer than a key press should wait for; the screen then runs it beside itself."""
    needs_profile: bool = True
    """Whether the handler is given the open workstation; a few (demo, hub) choose their own."""
    cockpit_only: bool = False
    """Whether it means something inside an open cockpit alone, where it is typed after ``:``."""
    alone: bool = False
    """Whether the first word of its verb is enough, where none of the others follows."""
    asks: bool = False
    """Whether the command asks for something that is typed at the terminal without being seen."""
    long: str = ""
    """Further help for docs and ``--help``: a paragraph."""


def roles_of(action: Action) -> tuple[str, ...]:
    """The roles that may do an action; an empty one among them is somebody's who was removed."""
    return action.roles or (EVERYBODY if action.danger is Danger.READ else roles_with(Capability.RECORD))


def load(name: str) -> Any:
    """The function that an entry names as ``module:function``, imported now."""
    module, _, function = name.partition(":")
    return getattr(import_module(module), function)


class Rows(Sequence[Any]):
    """Rows that are read a page at a time whenever they are gone through: of very many, few are in memory at once."""

    def __init__(self, pages: Callable[[], Iterable[Iterable[Any]]]) -> None:
        """``pages`` reads them anew, page by page."""
        self._pages = pages

    def __iter__(self) -> Iterator[Any]:
        return (row for page in self._pages() for row in page)

    def __bool__(self) -> bool:
        return any(True for _ in self)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __getitem__(self, at: Any) -> Any:
        return list(self)[at]

    def __eq__(self, other: object) -> bool:
        return list(self) == list(other) if isinstance(other, list | tuple | Rows) else NotImplemented

    __hash__ = None  # type: ignore[assignment]


class Result(NamedTuple):
    """What an action gives back to either door.

    ``data`` is JSON-able and is what ``--json`` prints; ``lines`` are its rendered rows for people, each a tuple of
    spans; either may hold :class:`Rows`, which are read while they are printed. ``said`` is one sentence of narration,
    for stderr or the hint bar; ``clip`` is text that a screen gives to the clipboard too.
    """

    data: Any = None
    lines: Sequence[Any] = ()
    said: str = ""
    code: int = 0
    clip: str = ""
