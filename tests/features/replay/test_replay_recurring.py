"""Watches of two devices that were cut off from each other: one recurrence seen by two, with all events and all evidence."""

from collections.abc import Iterator
from contextlib import ExitStack
from itertools import permutations
from pathlib import Path
from typing import NamedTuple

import pytest
from tests.features.replay.conftest import Staging
from tests.features.replay.stage import FINE, HARM, QUICK, Model, declared, every, in_turn, spoken
from tests.support.pair import Pair

from ircockpit.features.decisions.actions import log as decisions
from ircockpit.features.evidence.queries import exhibits
from ircockpit.features.incidents.actions import close, timeline
from ircockpit.features.incidents.queries import incident as find_incident
from ircockpit.features.intake.actions import intake
from ircockpit.features.notices.occasions import Occasion, occasions
from ircockpit.features.replay import actions, queries
from ircockpit.features.replay.planning import plan_again
from ircockpit.features.replay.queries import RunRow
from ircockpit.features.replay.recurring import recurrences, stretches
from ircockpit.features.replay.sending import send
from ircockpit.features.systems.actions import add as add_system
from ircockpit.features.systems.actions import trust as trust_system
from ircockpit.render.span import plain
from ircockpit.store.workstation import Workstation


class Two(NamedTuple):
    """Two devices, each with a watch of its own on one fix, cut off from each other; the model answers as it is told."""

    pair: Pair
    model: Model
    incident: str
    after: str

    def watch(self, who: Workstation) -> None:
        """Begin one."""
        actions.repeat(who, run=self.after, every="30m")

    def again(self, who: Workstation, *answers: str) -> RunRow:
        """Send the next run of a device's own watch."""
        self.model.script = in_turn(*[spoken(each) for each in answers])
        mine = [
            each for each in queries.watches(who.view, self.incident) if each.device == who.identity.device
        ]
        return send(who, plan_again(who, queries.run(who.view, self.after), mine[0]))

    def told(self, who: Workstation) -> list[str]:
        """The timeline's lines that tell it."""
        lines = [plain(each) for each in timeline(who, incident=self.incident).lines]
        return [each for each in lines if "it came back" in each]

    def of_notices(self, who: Workstation) -> list[Occasion]:
        """What a channel is told of it."""
        row = find_incident(who.view, self.incident)
        return [each for each in occasions(who, row) if each.template == "recurrence"]


@pytest.fixture
def two(pair: Pair, tmp_path: Path) -> Iterator[Two]:
    with ExitStack() as open_:
        model = Model(in_turn(spoken(HARM)))
        open_.enter_context(model.server)
        url = model.server.url
        add_system(pair.a, name="bot", match=["source=monitor"], target=[f"eu-1={url},{url}"])
        incident = declared(pair.a, tmp_path)
        pair.together()
        trust_system(pair.b, name="bot")
        intake(pair.b, file=str(tmp_path / "signals.jsonl"))  # the words are on both devices
        actions.seal(pair.a, incident=incident, name="prompts")
        planned = actions.plan(pair.a, incident=incident, **{**QUICK, "bound": 60}).data["id"]
        actions.run(pair.a, run=planned, yes=True)
        model.script = in_turn(spoken(FINE))
        after = actions.after(pair.a, run=planned).data["id"]
        actions.run(pair.a, run=after, yes=True)
        close(pair.a, incident=incident, why="nothing came back")
        pair.together()
        made = Two(pair, model, incident, after)
        made.watch(pair.a)
        made.watch(pair.b)
        yield made


def test_what_two_devices_saw_is_one_recurrence_with_all_of_its_evidence(two: Two) -> None:
    a, b = two.pair.a, two.pair.b
    first, second = two.again(a, HARM), two.again(b, HARM, FINE)
    assert len(two.told(a)) == len(two.told(b)) == 2, "the control: each tells it, and what it opened"
    two.pair.together()
    for who in (a, b):
        [found] = recurrences(who.view, two.incident)
        assert ({each.ident for each in found.runs}, found.devices) == ({first.ident, second.ident}, 2)
        assert len(found.told) == 2, "both events stay"
        kept = {each.ident for each in exhibits(who.view, two.incident)}
        assert {each.exhibit for each in found.runs} <= kept, "and the evidence of both"
        said = (
            f"it came back once in the watch period, last in {first.short}, {second.short}, seen by 2 devices"
        )
        assert queries.recurrence_line(who.view, two.incident) == said
        assert said in [plain(each) for each in actions.list_all(who, incident=two.incident).lines]
        shown = two.told(who)
        assert len([each for each in shown if "one recurrence with that of" in each]) == 1
        assert len([each for each in shown if "by the same recurrence, seen by 2 devices" in each]) == 1
        row = find_incident(who.view, two.incident)
        assert (row.closed, row.disputed) == (False, ()), "it is open, and nobody disagrees"
        log = decisions(who, incident=two.incident)
        assert len([each for each in log.lines if "it came back" in plain(each)]) == 1, "opened again once"
        [notice] = two.of_notices(who)
        assert len(notice.also) == 1


def test_a_notice_of_one_device_is_one_of_both(two: Two) -> None:
    a, b = two.pair.a, two.pair.b
    two.again(b, HARM)
    two.again(a, HARM)
    [alone] = two.of_notices(a)
    two.pair.together()
    [both] = two.of_notices(a)
    assert alone.key in (both.key, *both.also), "whichever was told first, it was told"


def test_what_comes_back_after_it_was_gone_is_another_one(two: Two) -> None:
    a, b = two.pair.a, two.pair.b
    two.again(a, HARM)
    two.again(a, FINE)
    two.again(b, HARM)
    two.pair.together()
    assert len(recurrences(a.view, two.incident)) == len(recurrences(b.view, two.incident)) == 2
    assert len(two.of_notices(a)) == 2
    assert "it came back 2 times" in queries.brief(a, two.incident)
    assert not [each for each in two.told(a) if "recurrence with" in each]


def test_who_knows_of_it_already_raises_nothing_again(two: Two) -> None:
    a, b = two.pair.a, two.pair.b
    two.again(a, HARM)
    two.pair.together()
    severity = find_incident(a.view, two.incident).severity
    two.again(b, HARM)
    two.pair.together()
    assert find_incident(a.view, two.incident).severity == severity
    assert len(recurrences(a.view, two.incident)) == 1


def test_the_same_in_whatever_order_and_with_a_clock_that_goes_back(stage: Staging) -> None:
    made = stage(every(1))
    row = made.run(bound=60)

    def run(name: str, device: str, lam: int, at_us: int, hits: int) -> RunRow:
        counts = row.counts._replace(of={"reproduced": hits, "other": 4 - hits})
        return row._replace(
            ident=name, device=device, rank=(lam, name), at_us=at_us, counts=counts, before="x"
        )

    found = [
        run("a1", "a", 10, 500, 4),
        run("a2", "a", 11, 100, 0),
        run("a3", "a", 12, 510, 2),
        run("b1", "b", 2, 499, 1),
    ]
    for each in permutations(found):
        assert [[one.ident for one in group] for group in stretches(each)] == [["b1", "a1"], ["a3"]]
