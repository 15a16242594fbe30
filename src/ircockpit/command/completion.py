"""What may come next in a line of words, and what of a line may be kept: made from the registry, like its parsing."""

import shlex
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from ircockpit.command.action import Action, Kind, Param
from ircockpit.command.parser import option

NAMELESS = frozenset({Kind.TEXT, Kind.PATH})
"""Kinds of values in people's own words: a note, a name, a code, a path; they are never kept from a line."""
Names = Callable[[Param, str], Iterable[tuple[str, str]]]
"""What is called by a beginning, for a parameter that names something: a word and what it is."""


class Offer(NamedTuple):
    """One word that may come next."""

    word: str
    about: str
    is_path: bool = False
    """The name of a file, spelled for the line."""


class Place(NamedTuple):
    """Where a line has got to: its verb, what its last word may be a value of, and what is given already."""

    action: Action | None
    value_of: Param | None
    """The option whose value comes next."""
    positional: int
    """How many words without an option's name stand behind the verb."""
    used: frozenset[str]
    """Options that stand there."""


def meant(actions: Sequence[Action], words: Sequence[str]) -> Action | None:
    """The action whose verb a line begins with."""
    found = {action.verb: action for action in actions}
    return found.get(tuple(words[:2])) or found.get(tuple(words[:1]))


def offers(actions: Sequence[Action], line: str, names: Names) -> tuple[int, list[Offer]]:
    """Where the last word of a line begins, and what it may be, in the order of the registry."""
    start, last = last_word(line)
    words = shlex.split(line[:start])
    place = _place(actions, words)
    found = _verbs(actions, words) if place.action is None else _next(place, last, names)
    if (
        line[start:] != last
    ):  # within quotation marks a person's own words stand, and only names of files are offered there
        found = (offer for offer in found if offer.is_path)
    return start, [offer for offer in found if offer.is_path or offer.word.startswith(last)]


def last_word(line: str) -> tuple[int, str]:
    """Where the last word of a line begins, and what it is without its quotation marks, closed or not."""
    start, word, quote, escaped = 0, "", "", False
    for at, char in enumerate(line):
        if escaped:
            word, escaped = word + char, False
        elif char == "\\" and quote != "'":
            escaped = True
        elif quote:
            word, quote = (word, "") if char == quote else (word + char, quote)
        elif char in "'\"":
            quote = char
        elif char.isspace():
            start, word = at + 1, ""
        else:
            word += char
    return start, word


def usage(action: Action) -> str:
    """How an action is written: ``note INCIDENT TEXT… [--occurred TIME] [--privileged]``."""
    return " ".join([*action.verb, *map(_spelled, action.params)])


def kept(actions: Sequence[Action], line: str, known: Callable[[str], bool]) -> str:
    """What of a line may be kept for later: its verb, flags, choices, numbers, times and ids that are ``known``.

    Of values in people's own words nothing is kept, nor what stands behind the first of them.
    """
    words = shlex.split(line)
    action = meant(actions, words)
    if action is None:
        return ""
    spelled = {option(param): param for param in action.params if not param.positional}
    free = [param for param in action.params if param.positional]
    out = list(action.verb)
    rest = iter(words[len(action.verb) :])
    for word in rest:
        name, is_one, given = word.partition("=")
        param = spelled.get(name)
        if param is None and not word.startswith("-"):
            param = free[0] if free else None
            if param is None or not _may_be_kept(param, word, known):
                break
            free = free if param.many else free[1:]
            out.append(word)
        elif param is not None and param.kind is Kind.FLAG:
            out.append(name)
        elif param is not None:
            value = given if is_one else next(rest, "")
            if _may_be_kept(param, value, known):
                out += [name, value]
        else:
            break
    return shlex.join(out)


def _may_be_kept(param: Param, word: str, known: Callable[[str], bool]) -> bool:
    if param.choices:
        return word in param.choices
    if param.kind in (Kind.ID, Kind.CHOICE):
        return known(word)
    return param.kind not in NAMELESS


def _place(actions: Sequence[Action], words: Sequence[str]) -> Place:
    action = meant(actions, words)
    if action is None:
        return Place(None, None, 0, frozenset())
    spelled = {option(param): param for param in action.params if not param.positional}
    count, used, value_of = 0, set(), None
    for word in words[len(action.verb) :]:
        name = word.partition("=")[0]
        if value_of is not None:
            value_of = None
        elif name in spelled:
            used.add(name)
            value_of = spelled[name] if spelled[name].kind is not Kind.FLAG and "=" not in word else None
        else:
            count += 1
    return Place(action, value_of, count, frozenset(used))


def _verbs(actions: Sequence[Action], words: Sequence[str]) -> Iterator[Offer]:
    if len(words) > 1:
        return
    said: dict[str, list[Action]] = {}
    for action in actions:
        if words == list(action.verb[: len(words)]) and len(action.verb) > len(words):
            said.setdefault(action.verb[len(words)], []).append(action)
    for word, meaning in said.items():
        several = len(meaning) > 1
        yield Offer(word, ", ".join(each.verb[-1] for each in meaning) if several else meaning[0].title)


def _next(place: Place, last: str, names: Names) -> Iterator[Offer]:
    assert place.action is not None  # noqa: S101 - the caller has looked
    if place.value_of is not None:
        yield from _values(place.value_of, last, names)
        return
    free = [param for param in place.action.params if param.positional]
    if free and (place.positional < len(free) or free[-1].many):
        yield from _values(free[min(place.positional, len(free) - 1)], last, names)
    for param in place.action.params:
        if not param.positional and (param.many or option(param) not in place.used):
            yield Offer(option(param), param.help)


def _values(param: Param, last: str, names: Names) -> Iterator[Offer]:
    if param.choices:
        yield from (Offer(choice, param.help) for choice in param.choices)
    else:
        is_path = param.kind is Kind.PATH
        for word, about in names(param, last):
            yield Offer(_quoted(word) if is_path else word, about, is_path)


def _quoted(path: str) -> str:
    """A path as it is written in a line: ``~`` and ``*`` mean nothing there, blanks and quotation marks do."""
    return shlex.quote(path) if any(char.isspace() or char in "'\"\\" for char in path) else path


def _spelled(param: Param) -> str:
    shown = param.metavar or ("|".join(param.choices) if param.choices else param.name.upper())
    more = "…" if param.many else ""
    if param.positional:
        return f"{shown}{more}" if param.required else f"[{shown}{more}]"
    said = option(param) if param.kind is Kind.FLAG else f"{option(param)} {shown}"
    return said if param.required else f"[{said}]{more}"
