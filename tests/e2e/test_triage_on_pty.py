"""A known pattern is triaged on a real terminal with few keys, and hostile words of an own file do nothing there."""

import time
from pathlib import Path

from tests.e2e.stage import QUIET_MS, cockpit, ok

MOST_KEYS = 12
"""Every byte typed from the queue to a decided severity and a form of the kind answered, opening both included."""

WITHIN_S = 60


def test_a_known_pattern_is_triaged_in_twelve_keys(tmp_path: Path) -> None:
    home = tmp_path / "home"
    short = ok(home, "open", "other customers' personal data shown, a leak")["short"]
    with cockpit(home) as screen:
        screen.wait_for("by urgency")
        screen.wait_idle(QUIET_MS)
        before, begun = screen.typed, time.monotonic()
        screen.press("t")
        screen.wait_for("Has harm happened?")
        screen.press(
            *"123121"
        )  # harm, hundreds, not undone, going on, some personal data, no regulated domain
        screen.wait_for(lambda text: "because" in text and "not answered" not in text)
        screen.press("c")
        screen.wait_for("1 Privacy leak")
        screen.press("1")
        screen.wait_for("Whose data came out?")
        screen.press(*"211")
        screen.wait_for("How many people are in what came out?")
        keys, took = screen.typed - before, time.monotonic() - begun
        screen.press("\x1b")
        screen.wait_for("Has harm happened?")
    # What is left of the minute is for reading: how long a person thinks is not measured here.
    told = f"\nkeys to triage a known pattern: {keys} (at most {MOST_KEYS}); {took:.1f} s of {WITHIN_S} without a thought"
    print(told)  # noqa: T201 - the count is what it is for
    assert keys <= MOST_KEYS
    assert took < WITHIN_S / 2
    shown = ok(home, "triage", short)
    assert (shown["severity"], shown["missing"], shown["category"]) == ("SEV1", 0, "privacy-leak")
    assert shown["formal"] == "formal"
    assert shown["playbooks"] == ["privacy-leak.customer-facing"]
    answers = {row["question"]: row["value"] for row in ok(home, "answer", short)["questions"]}
    assert (answers["whose"], answers["left"], answers["source"]) == ("other customers", "yes", "retrieval")


def test_hostile_words_of_an_own_form_do_nothing_to_the_terminal(tmp_path: Path) -> None:
    home = tmp_path / "home"
    short = ok(home, "open", "a leak")["short"]
    folder = home / "triage" / "forms"
    folder.mkdir(parents=True)
    trick = "\\e]0;owned\\a\\e[2J\\u202e"
    (folder / "own.yaml").write_text(
        "form: 1\nid: privacy-leak\ntitle: ours\nquestions:\n"
        f'  - {{id: one, ask: "{trick}Asked?", type: choice, choices: [yes, no], help: "{trick}helped"}}\n'
    )
    (home / "triage" / "criteria.yaml").write_text(f'form: "{trick}"\n')
    with cockpit(home) as screen:
        screen.wait_for("by urgency")
        screen.wait_idle(QUIET_MS)
        screen.press("t")
        screen.wait_for("not used: triage/criteria.yaml")
        screen.press("c")
        screen.wait_for("Which kind of incident")
        screen.press("1")
        screen.wait_for("Asked?")
        screen.press("1")
        text = screen.wait_for(lambda text: "Asked?  yes" in text)
        assert "helped" in text
        assert "SEV2" in text, "the screen was not cleared"
    assert ok(home, "answer", short)["questions"][0]["value"] == "yes"
