"""Shells complete exactly what the registry has: asked of the real bash, zsh and fish, place by place."""

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from tests.support.pty_screen import PtyScreen
from tests.support.servers import require

from ircockpit.cli.completion import SHELLS, tables
from ircockpit.command.action import SAFE, Action, Danger, Kind
from ircockpit.command.parser import option
from ircockpit.features.catalogue import actions

REGISTRY = actions()
COMMON = {"--json", "--ascii", "--help"}
MARK = "=="
ASK = {
    "bash": """
ask() {{ COMP_WORDS=(ircockpit "$@"); COMP_CWORD=$(($# )); _ircockpit; printf '%s\\n' "{mark}" "${{COMPREPLY[@]}}"; }}
""",
    "zsh": """
compdef() {{ : }}
_describe() {{ local each; for each in "${{offers[@]}}"; do print -r -- "${{each%%:*}}"; done }}
_files() {{ print -r -- FILES; }}
ask() {{ words=(ircockpit "$@"); CURRENT=$(($# + 1)); print -r -- "{mark}"; _ircockpit; }}
""",
    "fish": """
function ask; echo "{mark}"; complete -C (string join -- ' ' ircockpit $argv) | string split -f1 \\t; end
""",
}


def shell(name: str) -> str:
    return require(name, shutil.which(name), "from the system's packages")


def offered(name: str, script: str, lines: Sequence[Sequence[str]], folder: Path) -> list[set[str]]:
    """What a real shell offers behind each line of words, the last of them the one being typed."""
    asked = "\n".join("ask " + " ".join(map(shlex.quote, line)) for line in lines)
    path = folder / f"ask.{name}"
    (folder / "there.txt").touch()
    before = "compdef() { : }\n" if name == "zsh" else ""
    path.write_text(f"{before}{script}\n{ASK[name].format(mark=MARK)}\n{asked}\n", "utf-8")
    flags = {"bash": ["--norc"], "zsh": ["-f"], "fish": ["--no-config"]}[name]
    done = subprocess.run(
        [shell(name), *flags, str(path)], capture_output=True, text=True, cwd=folder, timeout=90, check=True,
        env={**os.environ, "HOME": str(folder), "LC_ALL": "C.UTF-8"},
    )  # fmt: skip
    assert done.stderr == ""
    return [{word for word in part.split("\n") if word} for part in done.stdout.split(f"{MARK}\n")[1:]]


def wanted(registry: Sequence[Action]) -> Mapping[tuple[str, ...], set[str]]:
    """What must be offered where, read from the registry without the tables."""
    out: dict[tuple[str, ...], set[str]] = {
        ("",): {action.verb[0] for action in registry} | {"--help", "--version"}
    }
    for action in registry:
        if len(action.verb) > 1:
            out.setdefault((action.verb[0], ""), set()).add(action.verb[1])
        yes = {"--yes"} if action.danger in (Danger.OUTSIDE, Danger.WIDE) else set()
        yes |= {"--words"} if SAFE in action.params else set()
        out[*action.verb, "-"] = (
            COMMON | yes | {option(each) for each in action.params if not each.positional}
        )
        given: list[str] = []
        for param in action.params:
            if param.choices and not param.positional:
                out[*action.verb, option(param), ""] = set(param.choices)
            elif param.choices:
                beginning = param.choices[0][:2]
                out[*action.verb, *given, beginning] = {
                    each for each in param.choices if each.startswith(beginning)
                }
            if param.positional:
                given.append("x")
    return out


def differences(name: str, script: str, folder: Path) -> list[tuple[str, ...]]:
    """Places where a shell offers something else than the registry has."""
    places = wanted(REGISTRY)
    # Fish begins with options only where a dash stands; the others are asked for what such a word may be.
    found = offered(name, script, list(places), folder)
    assert len(found) == len(places)
    wrong = []
    for (place, words), got in zip(places.items(), found, strict=True):
        shown = {word for word in got if word.startswith(place[-1])} - ({"--help", "--version"} - words)
        if place[-1] == "" and name == "fish":
            words = {word for word in words if not word.startswith("-")}
            shown = {word for word in shown if not word.startswith("-")}
        if shown != words:
            wrong.append(place)
    return wrong


@pytest.mark.parametrize("name", SHELLS)
def test_a_shell_completes_what_the_registry_has(name: str, tmp_path: Path) -> None:
    assert differences(name, SHELLS[name](tables(REGISTRY)), tmp_path) == []


@pytest.mark.parametrize("name", SHELLS)
def test_an_action_that_is_missing_would_be_seen(name: str, tmp_path: Path) -> None:
    less = tuple(action for action in REGISTRY if action.id != "evidence.list")
    wrong = differences(name, SHELLS[name](tables(less)), tmp_path)
    assert ("evidence", "") in wrong
    assert ("evidence", "list", "-") in wrong


@pytest.mark.parametrize("name", SHELLS)
def test_files_are_offered_where_a_file_is_meant_and_nowhere_else(name: str, tmp_path: Path) -> None:
    lines = [
        ("intake", "th"),
        ("evidence", "add", "th"),
        ("bundle", "show", "a", "th"),
        ("open", "th"),
        ("note", "a", "th"),
    ]
    found = offered(name, SHELLS[name](tables(REGISTRY)), lines, tmp_path)
    there = "FILES" if name == "zsh" else "there.txt"
    assert [there in each for each in found] == [True, True, False, False, False]


def test_bash_takes_an_equals_sign_as_it_breaks_words_there(tmp_path: Path) -> None:
    script = SHELLS["bash"](tables(REGISTRY))
    lines = [("open", "x", "--severity", "="), ("open", "x", "--severity", "=", "SEV1", "--sys")]
    first, second = offered("bash", script, lines, tmp_path)
    assert first == {"SEV1", "SEV2", "SEV3", "SEV4"}
    assert second == {"--system"}


@pytest.mark.parametrize("name", ["bash", "zsh"])
def test_tab_in_a_real_shell(name: str, tmp_path: Path) -> None:
    (tmp_path / "made").write_text(SHELLS[name](tables(REGISTRY)), "utf-8")
    load = {
        "bash": f"source {tmp_path}/made",
        "zsh": f"autoload -Uz compinit; compinit -u -D; source {tmp_path}/made",
    }[name]
    words = [shell(name), *(["--norc", "--noprofile", "-i"] if name == "bash" else ["-f", "-i"])]
    with PtyScreen(words, {"PS1": "$ ", "HOME": str(tmp_path)}) as screen:
        screen.wait_for("$")
        screen.send(f"{load}; clear\r")
        screen.wait_for(lambda text: text.lstrip().startswith("$") and "clear" not in text)
        screen.send("ircockpit evid\t")
        screen.wait_for("ircockpit evidence")
        screen.send(" exp\t")
        screen.wait_for(lambda text: "ircockpit evidence export" in " ".join(text.split()))


@pytest.mark.parametrize("name", SHELLS)
def test_the_command_prints_the_script(name: str, tmp_path: Path, repository: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-P", "-m", "ircockpit", "completion", name], capture_output=True, text=True, check=True,
        env={**os.environ, "PYTHONPATH": str(repository / "src"), "IRCOCKPIT_HOME": str(tmp_path / "none")},
    )  # fmt: skip
    assert done.stdout == SHELLS[name](tables(REGISTRY))
    assert not (tmp_path / "none").exists(), "no profile is made for it"


def test_what_is_a_file_is_said_by_its_kind() -> None:
    found = tables(REGISTRY).offers
    for action in REGISTRY:
        for number, param in enumerate(each for each in action.params if each.positional):
            place = f"{' '.join(action.verb)} @{'*' if param.many else number}"
            assert bool(found.get(place)) == (param.kind is Kind.PATH or bool(param.choices)), place
