"""Every command of the registry, on a profile that is hostile throughout and with hostile words: nothing of it acts."""

import json
from pathlib import Path

import pytest
from tests.e2e.hostile_profile import HostileProfile, spoken
from tests.e2e.stage import Done
from tests.support.hostile import MARK, PAYLOADS, WORDS, leaks

from ircockpit.command.action import Action, Danger, Kind
from ircockpit.core.errors import ExitCode
from ircockpit.features.catalogue import actions

STAY_OPEN = frozenset({"demo.run", "hub.serve"})
"""Actions that go on until they are ended; they are given only words that they must refuse."""
IDS = [action.id for action in actions()]


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Some commands write where they are told, and here that is a hostile name in the folder they run in."""
    monkeypatch.chdir(tmp_path)


def check(done: Done, *words: str) -> Done:
    """No byte of it acts, the exit code is one of the documented ones, and nothing is told as a defect."""
    asked = " ".join(words)[:120]
    assert leaks(done.out) == [], (asked, leaks(done.out)[:9])
    assert leaks(done.err) == [], (asked, leaks(done.err)[:9])
    assert done.code in set(ExitCode), (asked, done.code)
    for word in (b"Traceback", b"a defect of ircockpit"):
        assert word not in done.out + done.err, (asked, done.err[-400:])
    return done


def named(action: Action, profile: HostileProfile) -> list[str]:
    """The command with what it needs, taken from the profile."""
    needed = [profile.named(param.name) for param in action.params if param.positional and param.required]
    return [*action.verb, *needed]


@pytest.mark.parametrize("ident", IDS)
def test_what_a_command_shows_of_a_hostile_profile(ident: str, hostile: HostileProfile) -> None:
    action = next(each for each in actions() if each.id == ident)
    if action.id in STAY_OPEN or action.danger is not Danger.READ:
        words = [*action.verb, "--help"]
        assert check(spoken(hostile.home, *words), *words).code == 0
        return
    for option in ((), ("--json",), ("--ascii",)):
        words = [*named(action, hostile), *option]
        done = check(spoken(hostile.home, *words), *words)
        if option == ("--json",) and done.code == 0:
            json.loads(done.out)
            assert done.out.isascii()
        if option == ("--ascii",):
            assert done.out.isascii()


@pytest.mark.parametrize("ident", IDS)
@pytest.mark.parametrize("text", WORDS.values(), ids=WORDS.keys())
def test_what_a_command_answers_to_hostile_words(ident: str, text: str, hostile: HostileProfile) -> None:
    action = next(each for each in actions() if each.id == ident)
    lines = [[*action.verb, f"--{text}", text]]
    plain = [text for param in action.params if param.positional and param.required]
    valued = [each for each in action.params if not each.positional and each.kind is not Kind.FLAG]
    options = [word for each in valued for word in ("--" + each.name.replace("_", "-"), text)]
    if action.id not in STAY_OPEN:
        lines += [[*action.verb, "--", *plain]] if plain else []
        # what is there already, told something hostile of it
        lines += [[*named(action, hostile), *options]] if options and action.id != "hub.invite" else []
    for words in lines:
        check(spoken(hostile.home, *words), *words)


@pytest.mark.parametrize("text", WORDS.values(), ids=WORDS.keys())
def test_words_that_are_no_command(text: str, hostile: HostileProfile) -> None:
    for words in ((text,), ("queue", text), ("system", text), (text, "--help"), ("--help", text)):
        done = check(spoken(hostile.home, *words), *words)
        assert len(done.err) < 4_000, "an error does not repeat a novel"


def test_the_profile_is_hostile_indeed(hostile: HostileProfile) -> None:
    """The control: what the commands show holds every payload, and the raw record would be caught."""
    shown = spoken(hostile.home, "timeline", hostile.incident, "--all", "--limit", "9000", "--json").data
    said = [str(row["text"]) for row in shown]
    for name, text in PAYLOADS.items():
        if name not in ("all c0", "bell and others"):
            assert any(text[:8000] in each for each in said), name
    caught = [each for each in said if leaks(each.encode("utf-8", "surrogatepass"))]
    assert len(caught) > 20
    plain = spoken(hostile.home, "timeline", hostile.incident, "--limit", "9000").out.decode()
    assert plain.count(MARK) > 40
    assert "␛]52;c;cm0gLXJmIH4=␇" in plain
    assert spoken(hostile.home, "queue").out.count(MARK.encode()) > 40
