"""The ``:`` line: the same words as on the shell, with the cursor's subject filled in where it is left out."""

import shlex
from argparse import ArgumentParser
from collections.abc import Callable, Sequence

from ircockpit import __version__
from ircockpit.command.action import Action, Kind
from ircockpit.command.parser import Call, build, option, parse
from ircockpit.core.errors import UsageError
from ircockpit.core.ids import may_be_id


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
    action = _meant(actions, words)
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


def _meant(actions: Sequence[Action], words: Sequence[str]) -> Action | None:
    for length in (2, 1):
        found = [action for action in actions if action.verb == tuple(words[:length])]
        if found:
            return found[0]
    return None


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
