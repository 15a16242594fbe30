"""The command line made from the registry: one sub-command per action, nothing else."""

import argparse
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple, NoReturn

from ircockpit.command.action import SAFE, Action, Danger, Kind, Param
from ircockpit.core.errors import UsageError
from ircockpit.core.jsontext import MAX_INTEGER

WORDS_HELP = "the words of others too, where care.safe leaves them out"
_VERB_CHARS = 40
"""Characters of an unknown word that are compared with the known ones."""


class Call(NamedTuple):
    """One parsed command: the action, its parameters, and the options every command has."""

    action: Action | None
    params: dict[str, Any]
    json: bool
    yes: bool
    ascii: bool
    words: bool
    """Whether the words of others are asked for, where the settings would leave them out."""


class _Unsized(argparse.HelpFormatter):
    """Checks options without asking the terminal how wide it is, for which shutil and all it knows of would be loaded."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, width=80)


class _Parser(argparse.ArgumentParser):
    def __init__(self, *, meant: bool = True, **given: Any) -> None:
        if not meant:
            return  # known by its name, and never asked: making it whole would take longer than most commands
        # A beginning of an option is not the option: what is typed into a script must not change its meaning
        # with the next version, and nobody confirms by --y.
        super().__init__(allow_abbrev=False, formatter_class=_Unsized, **given)

    def format_help(self) -> str:
        """The help of a command, as wide as the terminal."""
        self.formatter_class = argparse.HelpFormatter
        return super().format_help()

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        if action.dest in ("verb", "verb2") and value not in (action.choices or ()):
            from difflib import get_close_matches

            found = get_close_matches(value[:_VERB_CHARS], [str(each) for each in action.choices or ()])
            near = [f"{self.prog} {each}" for each in found]
            raise UsageError(
                f"there is no command {self.prog} {value}",
                safe="nothing was done",
                fix=(f"did you mean: {', '.join(near)}? " if near else "")
                + f"All commands: {self.prog} --help",
            )
        super()._check_value(action, value)

    def error(self, message: str) -> NoReturn:
        raise UsageError(message, fix=f"see: {self.prog} --help")


def build(actions: Iterable[Action], version: str, *, only: Sequence[str] = ()) -> argparse.ArgumentParser:
    """The parser of the whole command line.

    With ``only``, the words typed, sub-commands that cannot be meant are known by name and no more: a command
    starts in the time its own options take.
    """
    parser = _Parser(
        prog="ircockpit",
        description="The terminal workstation for responders to generative-AI incidents."
        " Without a command it opens the cockpit.",
        epilog="Data goes to standard output, everything said beside it to standard error."
        " Exit codes: docs/commands.md",
    )
    parser.add_argument("--version", action="version", version=f"ircockpit {version}")
    verbs = parser.add_subparsers(
        dest="verb", metavar="COMMAND", title="commands", parser_class=_Parser, prog="ircockpit"
    )
    groups: dict[str, Any] = {}
    for action in actions:
        place, group_meant = verbs, _can_be_meant(action.verb[:1], only)
        if len(action.verb) > 1:
            if action.verb[0] not in groups:
                groups[action.verb[0]] = _group(verbs, action, meant=group_meant)
            if not group_meant:
                continue
            place = groups[action.verb[0]]
        meant = _can_be_meant(action.verb, only)
        sub = place.add_parser(action.verb[-1], help=action.title, description=_describe(action), meant=meant)
        if meant:
            _add_params(sub, action)
            sub.set_defaults(action_=action)
    return parser


def _can_be_meant(verb: Sequence[str], only: Sequence[str]) -> bool:
    """Whether the words ``only`` may call this verb; behind an option nothing is certain, and no words call all."""
    for part, word in zip(verb, only, strict=False):
        if part != word or word.startswith("-"):
            return word.startswith("-")
    return True


def _group(verbs: Any, first: Action, *, meant: bool) -> Any:
    about = f"{first.verb[0]}: {first.title}, and more"
    parent = verbs.add_parser(first.verb[0], help=about, description=about, meant=meant)
    if not meant:
        return None
    return parent.add_subparsers(
        dest="verb2",
        metavar="WHAT",
        required=True,
        parser_class=_Parser,
        prog=f"ircockpit {first.verb[0]}",
    )


def spelled_out(actions: Iterable[Action], words: Sequence[str]) -> Sequence[str]:
    """The words with the second one of the verb, where its first alone is enough and was typed so."""
    group = [each for each in actions if words and len(each.verb) > 1 and each.verb[0] == words[0]]
    meant = next((each for each in group if each.alone), None)
    follows = words[1] if len(words) > 1 else ""
    if meant is None or follows in ("-h", "--help", *(each.verb[1] for each in group)):
        return words
    return [*meant.verb, *words[1:]]


def parse(parser: argparse.ArgumentParser, words: Sequence[str]) -> Call:
    """Parse typed words. Raises :class:`UsageError`; ``--help`` and ``--version`` exit by themselves."""
    found = vars(parser.parse_args(list(words)))
    action: Action | None = found.get("action_")
    if action is None:
        return Call(None, {}, json=False, yes=False, ascii=False, words=False)
    params = {param.argument: found[param.name] for param in action.params}
    for param in action.params:
        _check_text(param, found[param.name])
    yes, words_too = found.get("yes", False), found.get("words_too", False)
    return Call(action, params, json=found["json"], yes=yes, ascii=found["ascii"], words=words_too)


def option(param: Param) -> str:
    """How a parameter is written on the command line."""
    return param.name if param.positional else "--" + param.name.replace("_", "-")


def _whole(text: str) -> int:
    try:
        number = int(text)
    except ValueError:
        number = -1
    if not 0 <= number <= MAX_INTEGER:
        raise argparse.ArgumentTypeError(f"must be a whole number from 0 to {MAX_INTEGER}")
    return number


def _check_text(param: Param, value: Any) -> None:
    """Raise :class:`UsageError` for words that are not UTF-8; names of files may be any bytes."""
    for word in value if isinstance(value, list) else [value]:
        if isinstance(word, str) and param.kind is not Kind.PATH and not _is_utf8(word):
            raise UsageError(
                f"{option(param)} is not UTF-8 text",
                safe="nothing was done",
                fix="type it again, or check the locale",
            )


def _is_utf8(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _describe(action: Action) -> str:
    title = action.title[0].upper() + action.title[1:] + "."
    return f"{title} {action.long}".strip()


def _add_params(sub: argparse.ArgumentParser, action: Action) -> None:
    for param in action.params:
        spelled: dict[str, Any] = {"help": param.help.replace("%", "%%")}
        if param.kind is Kind.FLAG:
            sub.add_argument(option(param), action="store_true", **spelled)
            continue
        if param.kind is Kind.INT:
            spelled["type"] = _whole
        if param.choices:
            spelled["choices"] = param.choices
        if param.metavar or (param.positional and not param.choices):
            spelled["metavar"] = param.metavar or param.name.upper()
        if param.positional:
            spelled["nargs"] = (
                ("+" if param.required else "*") if param.many else (None if param.required else "?")
            )
            spelled["default"] = param.default
        else:
            spelled.update(required=param.required, default=param.default)
            if param.many:
                spelled["action"] = "append"
        sub.add_argument(option(param), **spelled)
    if action.danger in (Danger.OUTSIDE, Danger.WIDE):
        sub.add_argument("--yes", action="store_true", help="confirm: send what the plan shows")
    if SAFE in action.params:
        sub.add_argument("--words", action="store_true", dest="words_too", help=WORDS_HELP)
    sub.add_argument("--json", action="store_true", help="print the data as JSON")
    sub.add_argument("--ascii", action="store_true", help="print plain ASCII only")
