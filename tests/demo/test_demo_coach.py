"""The demo's next step: one for every scene, short enough for its line, and on the path in the right order."""

from itertools import product

import pytest

from ircockpit.demo.coach import Scene, next_step

START = Scene(
    stopped="", answers=0, noted=False, cut_before=False, plugged=True, live=True, mine=False,
    edited_apart=False, disputed=False,
)  # fmt: skip
LINE_CELLS = 80 - len(" next  ")


@pytest.mark.parametrize(
    ("scene", "key"),
    [
        (START, "!"),
        (START._replace(stopped="recorded"), ""),
        (START._replace(stopped="failed"), "!"),
        (START._replace(stopped="effective"), "t"),
        (START._replace(stopped="effective", answers=3), "n"),
        (START._replace(stopped="effective", answers=3, noted=True), "o"),
        (START._replace(plugged=False, cut_before=True), "T"),
        (START._replace(plugged=False, cut_before=True, mine=True), "t"),
        (START._replace(plugged=False, cut_before=True, mine=True, edited_apart=True), "o"),
        (START._replace(cut_before=True, live=False), ""),
        (START._replace(cut_before=True, disputed=True), "Enter"),
        (START._replace(cut_before=True, disputed=True, place="incident"), "X"),
        (START._replace(cut_before=True, disputed=True, place="clocks"), "X"),
        (START._replace(cut_before=True, disputed=True, place="stop"), "q"),
        (START._replace(stopped="effective", place="triage"), "1-5"),
        (START._replace(stopped="effective", answers=3, place="triage"), "Enter"),
        (START._replace(stopped="effective", answers=6, noted=True, cut_before=True), "q"),
    ],
)
def test_the_step_follows_the_scene(scene: Scene, key: str) -> None:
    assert next_step(scene).key == key


def test_every_step_fits_its_line() -> None:
    flags = list(product((False, True), repeat=6))
    for stopped, answers in product(("", "sent", "effective", "unverified", "unknown"), range(7)):
        for (noted, cut, plugged, live, mine, rest), place in product(
            flags, ("queue", "triage", "incident", "stop")
        ):
            scene = Scene(stopped, answers, noted, cut, plugged, live, mine, rest, not rest, place)
            step = next_step(scene)
            assert step.words
            assert len(f"{step.key} {step.words}") <= LINE_CELLS
