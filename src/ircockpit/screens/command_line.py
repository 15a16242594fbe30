"""The ``:`` line: the same words as on the shell, completed, remembered, with the cursor's subject filled in."""

import shlex
from argparse import ArgumentParser
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from ircockpit import __version__
from ircockpit.command.action import Action, Kind, Param
from ircockpit.command.completion import Offer, meant, offers, usage
from ircockpit.command.parser import Call, build, option, parse, spelled_out
from ircockpit.core.errors import UsageError
from ircockpit.core.ids import may_be_id
from ircockpit.features.incidents.called import called
from ircockpit.render.span import Line, Span
from ircockpit.screens.file_names import FileNames

if TYPE_CHECKING:
    from ircockpit.screens.deck import Deck
    from ircockpit.widgets.edit_line import EditLine

SHOWN = 6
"""Words offered that stand above the line at once."""


class CommandAid:
    """Tab goes through what may come next; above the line stands how its command is written, and what it does."""

    def __init__(self, deck: "Deck") -> None:
        self._deck = deck
        self._actions = [action for action in deck.actions if action.needs_profile]
        self._offers: list[Offer] = []
        self._files = FileNames()
        self._at = 0
        self._start = 0
        self._line = ""
        """The line as the last Tab left it: any other one is completed anew."""

    def key(self, name: str, line: "EditLine") -> bool:
        """Tab and Shift+Tab."""
        if name not in ("tab", "shift+tab"):
            return False
        line.end()
        step = 1 if name == "tab" else -1
        if line.text == self._line and len(self._offers) > 1:
            self._at = (self._at + step) % len(self._offers)
        else:
            self._start, self._offers = offers(self._actions, line.text, self._named)
            self._at = 0 if step > 0 else len(self._offers) - 1
        if self._offers:
            only = len(self._offers) == 1 and not self._offers[0].word.rstrip("'").endswith("/")
            end = " " if only else ""
            line.text = (line.text[: self._start] + self._offers[self._at].word + end)[: line.limit]
            line.end()
        self._line = line.text
        return True

    def above(self, text: str, width: int) -> Sequence[Line]:
        """What Tab goes through, the present one with what it is; else how the command is written."""
        del width
        if text == self._line and len(self._offers) > 1:
            return self._choice()
        if not text:
            return [(Span(" Tab goes through what may come next, Up through what was typed before", "dim"),)]
        words = text.split()
        action = meant(self._actions, words)
        if action is None or (
            " " not in text and any(len(each.verb) > 1 for each in self._actions if each.verb[0] == text)
        ):
            return ()
        return [(Span(f" {usage(action)}"),), (Span(f" {action.title}", "dim"),)]

    def _choice(self) -> list[Line]:
        first = self._at - self._at % SHOWN
        spans = [
            span
            for at, offer in enumerate(self._offers[first : first + SHOWN], first)
            for span in (Span(" "), Span(f" {offer.word} ", "caret" if at == self._at else "text"))
        ]
        more = f"  {self._at + 1} of {len(self._offers)}"
        return [(*spans, Span(more, "dim")), (Span(f"  {self._offers[self._at].about}", "dim"),)]

    def _named(self, param: Param, beginning: str) -> list[tuple[str, str]]:
        if param.kind is Kind.PATH:
            return self._files.beginning_with(beginning)
        return called(self._deck.station, param, beginning)


def parse_line(actions: Sequence[Action], text: str, subject: Callable[[str], str | None]) -> Call | None:
    """What a typed line asks for; ``None`` for an empty one.

    The incident or signal may be left out where the cursor says which. Raises :class:`UsageError` with the fix.
    """
    try:
        words = shlex.split(text)
    except ValueError:
        raise UsageError(
            "a quotation mark is missing its partner", fix="close it, or leave both out"
        ) from None
    if not words:
        return None
    words = list(spelled_out(actions, words))
    action = meant(actions, words)
    if action is None:
        raise UsageError(f"there is no command {words[0]!r}", fix="? shows what there is")
    if not action.needs_profile:
        raise UsageError(f"{words[0]} runs from the shell, not from inside the cockpit")
    if "--help" in words or "-h" in words:
        raise UsageError(f"{' '.join(action.verb)}: {action.title}")
    parser = build([action], __version__)
    try:
        call = parse(parser, words)
    except UsageError:
        filled = _with_subject(action, words, subject)
        if filled is None:
            raise
        return parse(parser, filled)
    return _reread(parser, call, action, words, subject) or call


def _with_subject(action: Action, words: list[str], subject: Callable[[str], str | None]) -> list[str] | None:
    param = next((param for param in action.params if param.kind is Kind.ID and param.required), None)
    ident = subject(param.name) if param is not None else None
    if param is None or ident is None:
        return None
    head = len(action.verb)
    given = [ident] if param.positional else [option(param), ident]
    return [*words[:head], *given, *words[head:]]


def _reread(
    parser: ArgumentParser, call: Call, action: Action, words: list[str], subject: Callable[[str], str | None]
) -> Call | None:
    """The line with its subject filled in, where a word was taken for an id that cannot be one: ``note he called``."""
    first = next((param for param in action.params if param.positional), None)
    if first is None or first.kind is not Kind.ID or not first.required or may_be_id(call.params[first.name]):
        return None
    filled = _with_subject(action, words, subject)
    try:
        return parse(parser, filled) if filled is not None else None
    except UsageError:
        return None
