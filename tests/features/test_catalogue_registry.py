"""One action, two doors: every entry of the registry can be done, by key and by word, as it says it can."""

import inspect
from collections.abc import Callable, Iterable
from typing import Any

import pytest

from ircockpit.command.action import Action, Danger, Kind, load
from ircockpit.command.gestures import GESTURES, Gesture
from ircockpit.command.keys import RESERVED, WITHIN, Entry, collisions, hints, keymap, label
from ircockpit.command.parser import build, parse
from ircockpit.core.errors import UsageError
from ircockpit.features.catalogue import actions
from ircockpit.render.span import plain
from ircockpit.screens.checklist import Checklist
from ircockpit.screens.confirmations import ACCEPT
from ircockpit.screens.frame import Frame
from ircockpit.screens.handing import Handing
from ircockpit.screens.help import help_lines
from ircockpit.screens.impact import Impact
from ircockpit.screens.incident import Incident
from ircockpit.screens.keywords import PLACES
from ircockpit.screens.notices import Notices
from ircockpit.screens.page import Page
from ircockpit.screens.queue import Queue
from ircockpit.screens.readiness import Readiness
from ircockpit.screens.replay import Replay
from ircockpit.screens.revealed import Revealed
from ircockpit.screens.standing import SyncPage
from ircockpit.screens.stop import Stop
from ircockpit.screens.tabs.clocks import ClocksTab
from ircockpit.screens.tabs.evidence import EvidenceTab
from ircockpit.screens.tabs.playbook import PlaybookTab
from ircockpit.screens.tasks import Tasks
from ircockpit.screens.triage import TriageForm

WANTED = {
    "queue", "show", "open", "timeline", "intake", "review", "stop", "promote", "triage", "take", "note", "system",
    "contain", "evidence", "bundle", "sync", "hub", "enroll", "trust", "verify", "rebuild", "doctor",
}  # fmt: skip
"""The verbs a responder must have."""
SCREENS: dict[str, type[Frame]] = {
    "queue": Queue, "incident": Incident, "stop": Stop, "triage": TriageForm, "page": Page, "sync": SyncPage,
    "reveal": Revealed, "handover": Handing, "tasks": Tasks, "evidence": EvidenceTab, "playbook": PlaybookTab,
    "clocks": ClocksTab, "impact": Impact, "checklist": Checklist,
    "replay": Replay, "readiness": Readiness, "notices": Notices,
}  # fmt: skip
KEYLESS = {
    "connector.lint", "connector.try", "connector.record", "connector.choices",
    "containment.connectors", "containment.trust", "containment.send", "containment.attest", "containment.due",
    "containment.card", "containment.by_hand", "containment.recipes", "containment.preserve",
    "starting.init", "system.add", "system.list", "system.show", "system.trust",
    "bundle.export", "bundle.show", "bundle.import", "record.backup", "evidence.export", "person.name", "settings.set",
    "hub.serve", "hub.invite", "hub.status", "hub.enroll", "record.rebuild", "record.lens", "record.copy",
    "trust.show", "trust.protect", "trust.successor", "trust.request", "trust.certify", "trust.accept", "trust.rotate",
    "hub.member", "hub.restore", "hub.revoke", "member.list", "member.role", "member.remove", "member.revoke", "entry.refused",
    "entry.adopt", "hold.place", "hold.release", "hold.list", "erasure.order", "erasure.status", "scope.narrow",
    "scope.widen", "scope.fetch", "companion.open", "companion.show", "queue.due", "view.list", "view.save", "view.remove",
    "playbook.list", "playbook.show", "playbook.lint", "playbook.import", "playbook.export", "playbook.approve",
    "playbook.retire", "playbook.use", "playbook.versions", "playbook.diff", "playbook.start", "playbook.leave",
    "playbook.steps", "step.show",
    "care.arm", "care.disarm", "care.exposure", "decision.withdraw", "task.add", "task.drop", "task.reopen",
    "role.list", "role.delegate", "role.release", "response.raci", "response.escalation", "partner.add", "partner.list",
    "evidence.clear", "rulefile.list", "rulefile.show", "rulefile.propose", "rulefile.approve", "rulefile.retire",
    "taxonomy.list",
    "taxonomy.show", "taxonomy.import",
    "impact.group", "impact.act", "disclosure.show", "disclosure.raise",
    "disclosure.lower",
    "secret.set", "secret.check", "replay.show", "replay.verdicts", "replay.end", "replay.watch",
    "notice.list", "notice.channels", "notice.templates",
    "clock.list", "clock.show", "clock.counsel", "clock.toll", "clock.ics",
}  # fmt: skip
"""Actions without a key: done beforehand or afterwards, never in a hurry; ``:`` runs them inside the cockpit too."""
SHELL_ONLY = {"demo.run", "record.restore", "shell.completion"}
"""Actions for the shell alone: they bring their own profile, or need none."""
REGISTRY = actions()
ENTRIES: tuple[Entry, ...] = (*REGISTRY, *GESTURES)


def double(values: Iterable[Any]) -> set[Any]:
    seen: set[Any] = set()
    return {value for value in values if value in seen or seen.add(value)}  # type: ignore[func-returns-value]


def missing_arguments(action: Action, handler: Callable[..., Any]) -> list[str]:
    """What stands between the parameters an action declares and those its handler takes."""
    given = {param.argument for param in action.params}
    if action.danger in (Danger.OUTSIDE, Danger.WIDE):
        given.add("yes")
    taken = {
        name: each
        for name, each in inspect.signature(handler).parameters.items()
        if each.kind is not inspect.Parameter.POSITIONAL_OR_KEYWORD
    }
    open_ended = any(each.kind is inspect.Parameter.VAR_KEYWORD for each in taken.values())
    named = {name: each for name, each in taken.items() if each.kind is inspect.Parameter.KEYWORD_ONLY}
    wrong = [f"{action.id} does not take {name}" for name in given - set(named) if not open_ended]
    wrong += [
        f"{action.id} is never given {name}"
        for name, each in named.items()
        if each.default is inspect.Parameter.empty and name not in given
    ]
    required = {param.argument for param in action.params if param.required}
    wrong += [
        f"{action.id} may be called without {name}"
        for name, each in named.items()
        if each.default is inspect.Parameter.empty and name in given - required - {"yes"}
    ]
    return wrong


def unasked(action: Action) -> list[str]:
    """Required parameters that a key could not fill: neither under the cursor nor asked for."""
    if not action.keys or action.screen:
        return []
    return [
        param.name
        for param in action.params
        if param.required and not param.ask and param.kind is not Kind.ID
    ]


def test_ids_and_verbs_are_said_once() -> None:
    assert not double(entry.id for entry in ENTRIES)
    assert not double(action.verb for action in REGISTRY)
    singles = {action.verb[0] for action in REGISTRY if len(action.verb) == 1}
    assert not singles & {action.verb[0] for action in REGISTRY if len(action.verb) == 2}
    assert double(["a", "b", "a"]) == {"a"}


def test_the_verbs_of_a_responder_are_there() -> None:
    assert {action.verb[0] for action in REGISTRY} >= WANTED


def test_a_key_means_one_thing_in_one_place() -> None:
    assert collisions(ENTRIES) == []
    twin = REGISTRY[0]._replace(id="other.thing")
    assert collisions((*ENTRIES, twin)), "a second action on the same key is seen"
    hider = REGISTRY[0]._replace(id="other.thing", keys=("j",))
    assert collisions((*ENTRIES, hider)), "and one that hides a gesture of everywhere"


def test_the_key_that_sends_does_nothing_else() -> None:
    assert not {key for entry in ENTRIES for key in entry.keys} & RESERVED.keys()
    assert ACCEPT in RESERVED


def lacking(gesture: Gesture) -> list[str]:
    """Places of a gesture whose screen cannot do it."""
    places = SCREENS if "*" in gesture.places else gesture.places
    given = 1 if gesture.argument is None else 2
    return [
        place
        for place in places
        if not (method := getattr(SCREENS[place], f"gesture_{gesture.name}", None))
        or len(inspect.signature(method).parameters) != given
    ]


@pytest.mark.parametrize("gesture", GESTURES, ids=lambda gesture: gesture.id)
def test_every_screen_of_a_gesture_can_do_it(gesture: Gesture) -> None:
    assert lacking(gesture) == []
    assert lacking(gesture._replace(name="no_such_thing"))
    assert lacking(gesture._replace(argument=1 if gesture.argument is None else None))


def test_every_gesture_of_a_screen_is_in_the_list() -> None:
    named = {gesture.name for gesture in GESTURES}
    for screen in SCREENS.values():
        assert {name.removeprefix("gesture_") for name in dir(screen) if name.startswith("gesture_")} <= named


@pytest.mark.parametrize("action", REGISTRY, ids=lambda action: action.id)
def test_the_handler_is_there_and_takes_what_is_given(action: Action) -> None:
    handler = load(action.handler)
    assert missing_arguments(action, handler) == []
    assert handler.__doc__


def test_a_handler_that_does_not_fit_is_seen() -> None:
    def handler(station: Any, *, incident: str, also: str, text: str = "", safe: bool = False) -> None:
        raise AssertionError((station, incident, also, text, safe))

    shown = next(action for action in REGISTRY if action.id == "incident.show")
    assert missing_arguments(shown, handler) == ["incident.show is never given also"]
    taken = shown._replace(danger=Danger.OUTSIDE)
    assert "incident.show does not take yes" in missing_arguments(taken, handler)


@pytest.mark.parametrize("action", [each for each in REGISTRY if each.screen], ids=lambda action: action.id)
def test_the_screen_method_is_there_in_every_place_of_the_key(action: Action) -> None:
    for place in SCREENS if "*" in action.places else action.places:
        method = getattr(SCREENS[place], f"act_{action.screen}", None)
        assert method is not None, f"{place} has no act_{action.screen}"
        assert len(inspect.signature(method).parameters) == 2, "itself and the action"


def test_every_screen_method_belongs_to_an_action() -> None:
    named = {action.screen for action in REGISTRY}
    for screen in SCREENS.values():
        assert {name.removeprefix("act_") for name in dir(screen) if name.startswith("act_")} <= named


def test_places_are_screens() -> None:
    named = {place.removeprefix("-") for entry in ENTRIES for place in entry.places}
    assert named <= {*SCREENS, "*"}
    assert {*SCREENS} <= {*PLACES}
    assert all(place == screen.PLACE for place, screen in SCREENS.items())
    # A tab with keys of its own has those of an incident besides, and none of them is another's there.
    for place, outer in WITHIN.items():
        assert set(keymap(ENTRIES, outer)) < set(keymap(ENTRIES, place)), place


@pytest.mark.parametrize("action", REGISTRY, ids=lambda action: action.id)
def test_the_rule_that_says_why_not_takes_what_it_is_given(action: Action) -> None:
    if action.why_not:
        rule = load(action.why_not)
        assert len(inspect.signature(rule).parameters) == 2, "the workstation and what it is about"
        assert rule.__doc__


@pytest.mark.parametrize("action", REGISTRY, ids=lambda action: action.id)
def test_whatever_a_key_needs_is_under_the_cursor_or_asked(action: Action) -> None:
    assert unasked(action) == []


def test_an_unasked_parameter_is_seen() -> None:
    opened = next(action for action in REGISTRY if action.id == "incident.open")
    silent = opened._replace(params=(opened.params[0]._replace(ask=""), *opened.params[1:]))
    assert unasked(silent) == ["title"]


def test_undo_leads_to_an_action_that_takes_the_same() -> None:
    by_id = {action.id: action for action in REGISTRY}
    undone = [action for action in REGISTRY if action.undo]
    assert undone
    for action in undone:
        back = by_id[action.undo]
        given = {param.name for param in action.params}
        assert {param.name for param in back.params if param.required} <= given, action.id


def test_two_doors_or_a_reason() -> None:
    keyless = {action.id for action in REGISTRY if not action.keys}
    assert keyless == KEYLESS | SHELL_ONLY
    assert {action.id for action in REGISTRY if not action.needs_profile} == SHELL_ONLY
    for action in REGISTRY:
        assert bool(action.keys) == bool(action.places), action.id


@pytest.mark.parametrize("place", list(SCREENS))
def test_the_hint_bar_names_keys_that_work(place: str) -> None:
    works = {label(key): entry for key, entry in keymap(ENTRIES, place).items()}
    for key, word in hints(ENTRIES, place):
        assert works[key].hint == word


@pytest.mark.parametrize("place", list(SCREENS))
def test_help_names_every_key_of_the_place_and_every_command(place: str) -> None:
    lines = [plain(line) for line in help_lines(ENTRIES, place)]
    for key, entry in keymap(ENTRIES, place).items():
        assert any(label(key) in line.split() and entry.title in line for line in lines), entry.id
    for action in REGISTRY:
        assert any(f" :{' '.join(action.verb)} " in f"{line} " for line in lines), action.id


def test_papers_name_every_command_and_key(repository: Any) -> None:
    commands = (repository / "docs" / "commands.md").read_text("utf-8")
    keys = (repository / "docs" / "keys.md").read_text("utf-8")
    for action in REGISTRY:
        assert f"## `ircockpit {' '.join(action.verb)}`" in commands
        for key in action.keys:
            assert f"| `{label(key)}` | {action.title} | `{action.id}` | `{' '.join(action.verb)}` |" in keys


@pytest.mark.parametrize("action", REGISTRY, ids=lambda action: action.id)
def test_the_command_line_takes_what_the_action_declares(action: Action) -> None:
    parser = build(REGISTRY, "0", only=action.verb)
    words: list[str] = list(action.verb)
    for param in action.params:
        value = param.choices[0] if param.choices else "1"
        if param.required:
            words += [value] if param.positional else ["--" + param.name.replace("_", "-"), value]
    call = parse(parser, [*words, "--json"])
    assert call.action is action
    assert call.json
    with pytest.raises(UsageError):
        parse(parser, [*words, "--no-such-option"])
    if action.danger in (Danger.OUTSIDE, Danger.WIDE):
        assert not call.yes
        assert parse(parser, [*words, "--yes"]).yes
        with pytest.raises(UsageError):
            parse(parser, [*words, "--y"])


def test_the_hub_s_operator_names_its_folder_in_one_way() -> None:
    at_the_hub = [each for each in REGISTRY if each.verb[0] == "hub" and each.danger is Danger.RECORD]
    assert {each.id for each in at_the_hub} == {
        "hub.serve", "hub.invite", "hub.member", "hub.revoke", "hub.restore",
    }  # fmt: skip
    folders = {param for each in at_the_hub for param in each.params if param.kind is Kind.PATH}
    assert [(param.name, param.positional) for param in folders] == [("data", False)]


def test_what_cannot_be_done_twice_says_how_far_it_goes() -> None:
    by_id = {action.id: action for action in REGISTRY}
    assert by_id["containment.stop"].danger is Danger.OUTSIDE
    assert by_id["containment.revert"].danger is Danger.WIDE
    assert [action.id for action in REGISTRY if action.danger in (Danger.OUTSIDE, Danger.WIDE)] == [
        "containment.stop", "containment.revert", "containment.approve", "containment.send", "containment.chain",
        "connector.try", "connector.record", "replay.run", "replay.watch", "readiness.prove", "readiness.schedule",
        "notice.send", "notice.test",
        "starting.init", "erasure.order",
    ]  # fmt: skip
