"""Completion scripts for shells, made from the registry: what may stand where, and a few lines of the shell's own."""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from ircockpit.command.action import SAFE, Action, Danger, Kind, Param, Result
from ircockpit.command.parser import WORDS_HELP, option
from ircockpit.render.span import Span

FILE = "<file>"
"""Stands in the tables for whatever file there is."""
Offers = Sequence[tuple[str, str]]


class Tables(NamedTuple):
    """What may stand where; a place is the verb and ``@0`` for its first word, ``--name`` for an option's value, or ``-``."""

    offers: dict[str, Offers]
    groups: tuple[str, ...]
    """First words of verbs that have two."""
    valued: tuple[str, ...]
    """Verb and option, of the options that take a value."""


def completion(*, shell: str) -> Result:
    """The script for one shell."""
    from ircockpit.features.catalogue import actions

    script = SHELLS[shell](tables(actions()))
    lines = tuple((Span(line),) for line in script.splitlines())
    return Result({"shell": shell, "script": script}, lines)


def tables(actions: Sequence[Action]) -> Tables:
    """Everything that may stand somewhere, in the order of the registry."""
    groups = {action.verb[0]: "" for action in actions if len(action.verb) > 1}
    for action in actions:
        if len(action.verb) > 1:
            groups[action.verb[0]] += f"{', ' if groups[action.verb[0]] else ''}{action.verb[1]}"
    first = {action.verb[0]: groups.get(action.verb[0]) or action.title for action in actions}
    offers: dict[str, Offers] = {
        "": [*first.items(), ("--help", "how it is used"), ("--version", "which one it is")]
    }
    valued: list[str] = []
    for group in groups:
        offers[group] = [(each.verb[1], each.title) for each in actions if each.verb[0] == group]
    for action in actions:
        verb = " ".join(action.verb)
        offers[f"{verb} -"] = list(_options(action))
        free = [param for param in action.params if param.positional]
        for number, param in enumerate(free):
            _add(offers, f"{verb} @{'*' if param.many else number}", param)
        for param in action.params:
            if not param.positional and param.kind is not Kind.FLAG:
                valued.append(f"{verb} {option(param)}")
                _add(offers, f"{verb} {option(param)}", param)
    return Tables(offers, tuple(groups), tuple(valued))


def _options(action: Action) -> Iterator[tuple[str, str]]:
    yield from ((option(param), param.help) for param in action.params if not param.positional)
    if action.danger in (Danger.OUTSIDE, Danger.WIDE):
        yield "--yes", "confirm: send what the plan shows"
    if SAFE in action.params:
        yield "--words", WORDS_HELP
    yield "--json", "print the data as JSON"
    yield "--ascii", "print plain ASCII only"
    yield "--help", "how it is used"


def _add(offers: dict[str, Offers], place: str, param: Param) -> None:
    if param.choices:
        offers[place] = [(choice, param.help) for choice in param.choices]
    elif param.kind is Kind.PATH:
        offers[place] = [(FILE, param.help)]


def _posix(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"


def _fish(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _pattern(place: str) -> str:
    """A place as bash and zsh match it; the star of several words is no part of what is quoted."""
    return _posix(place[:-1]) + "*" if place.endswith("*") else _posix(place)


def _offered(offers: Offers, quote: Callable[[str], str]) -> str:
    said = " ".join(f"{quote(word)} {quote(about)}" for word, about in offers)
    return f"printf '%s\\t%s\\n' {said}"


def _sh(found: Tables) -> str:
    """What bash and zsh share: all that may come behind the words given, one a line, a tab before what it is."""
    rows = "\n".join(
        f"        {_pattern(place)}) {_offered(offers, _posix)} ;;" for place, offers in found.offers.items()
    )
    return f"""\
__ircockpit_table() {{
    case "$1" in
{rows}
    esac
}}

__ircockpit_valued() {{
    case "$1" in
        {"|".join(map(_posix, found.valued))}) return 0 ;;
    esac
    return 1
}}

__ircockpit_offers() {{
    local verb='' word='' option='' count=0 value=''
    if [ $# -gt 0 ]; then verb=$1; shift; fi
    if [ -z "$verb" ]; then __ircockpit_table ''; return; fi
    case "$verb" in
        {"|".join(map(_posix, found.groups))})
            if [ $# -eq 0 ]; then __ircockpit_table "$verb"; return; fi
            verb="$verb $1"; shift ;;
    esac
    for word in "$@"; do
        if [ "$word" = '=' ]; then value=$option
        elif [ -n "$value" ]; then value=''
        else
            case "$word" in
                -*) option=$word; if __ircockpit_valued "$verb $word"; then value=$word; fi ;;
                *) count=$((count + 1)) ;;
            esac
        fi
    done
    if [ -n "$value" ]; then __ircockpit_table "$verb $value"; return; fi
    __ircockpit_table "$verb @$count"
    __ircockpit_table "$verb -"
}}
"""


def bash(found: Tables) -> str:
    """The script for bash, also an old one."""
    return f"""\
# Completion of ircockpit for bash; made by: ircockpit completion bash
{_sh(found)}
_ircockpit() {{
    local cur="${{COMP_WORDS[COMP_CWORD]}}" word about
    local -a before
    before=("${{COMP_WORDS[@]:1:COMP_CWORD-1}}")
    if [ "$cur" = '=' ]; then before+=('='); cur=''; fi
    COMPREPLY=()
    while IFS=$'\\t' read -r word about; do
        if [ "$word" = '{FILE}' ]; then
            compopt -o filenames 2>/dev/null
            while IFS= read -r word; do COMPREPLY+=("$word"); done < <(compgen -f -- "$cur")
        elif [ "${{word#"$cur"}}" != "$word" ] || [ -z "$cur" ]; then
            COMPREPLY+=("$word")
        fi
    done < <(__ircockpit_offers ${{before[@]+"${{before[@]}}"}})
}}

complete -F _ircockpit ircockpit
"""


def zsh(found: Tables) -> str:
    """The script for zsh, as a file of $fpath or to be sourced."""
    return f"""\
#compdef ircockpit
# Completion of ircockpit for zsh; made by: ircockpit completion zsh
{_sh(found)}
_ircockpit() {{
    local -a before offers
    local line tab=$'\\t' files=''
    (( CURRENT > 2 )) && before=("${{(@)words[2,CURRENT-1]}}")
    for line in "${{(@f)$(__ircockpit_offers "${{before[@]}}")}}"; do
        case "$line" in
            '') ;;
            '{FILE}'*) files=1 ;;
            *) offers+=("${{line%%${{tab}}*}}:${{line#*${{tab}}}}") ;;
        esac
    done
    if (( $#offers )); then _describe -V ircockpit offers; fi
    if [[ -n "$files" ]]; then _files; fi
}}

if [[ "${{funcstack[1]}}" = _ircockpit ]]; then _ircockpit "$@"; else compdef _ircockpit ircockpit; fi
"""


def fish(found: Tables) -> str:
    """The script for fish."""
    rows = "\n".join(
        f"        case {_fish(place)}\n            {_offered(offers, _fish)}"
        for place, offers in found.offers.items()
    )
    return f"""\
# Completion of ircockpit for fish; made by: ircockpit completion fish
function __ircockpit_table
    switch "$argv[1]"
{rows}
    end
end

function __ircockpit_offers
    set -l words (commandline -opc)
    set -e words[1]
    set -l verb ''
    set -l value ''
    set -l count 0
    if set -q words[1]
        set verb $words[1]
        set -e words[1]
    else
        __ircockpit_table ''
        return
    end
    if contains -- $verb {" ".join(map(_fish, found.groups))}
        if not set -q words[1]
            __ircockpit_table $verb
            return
        end
        set verb "$verb $words[1]"
        set -e words[1]
    end
    for word in $words
        if test -n "$value"
            set value ''
        else if contains -- "$verb $word" {" ".join(map(_fish, found.valued))}
            set value $word
        else if not string match -q -- '-*' $word
            set count (math $count + 1)
        end
    end
    if test -n "$value"
        __ircockpit_table "$verb $value"
    else
        __ircockpit_table "$verb @$count"
        __ircockpit_table "$verb -"
    end
end

function __ircockpit_complete
    for line in (__ircockpit_offers)
        if string match -q -- '{FILE}*' $line
            __fish_complete_path (commandline -ct)
        else
            echo $line
        end
    end
end

complete -c ircockpit -e
complete -c ircockpit -f -k -a '(__ircockpit_complete)'
"""


SHELLS: dict[str, Callable[[Tables], str]] = {"bash": bash, "zsh": zsh, "fish": fish}
