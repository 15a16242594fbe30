"""An erasure reaches the answers of a run that is under way: what it is about goes, and nothing is sent or written anew."""

from pathlib import Path

import pytest
from tests.features.replay.conftest import Staging
from tests.features.replay.stage import HARM, Stage, every, in_turn, spoken
from tests.support.traces import files_with

from ircockpit.core.errors import RefusedError
from ircockpit.features.erasure import actions as erasure
from ircockpit.features.incidents import actions as incidents
from ircockpit.features.replay import queries
from ircockpit.features.replay.queries import RunRow
from ircockpit.features.replay.recording import ERASED
from ircockpit.features.replay.sending import Far, send
from ircockpit.net.giveup import GiveUp


def cut_off(made: Stage) -> RunRow:
    """A run that somebody stopped after two of its requests."""
    stop = GiveUp()

    def tell(far: Far) -> None:
        if far.sent == 2:
            stop.now()

    return send(made.station, made.plan(), give_up=stop, tell=tell)


def event_of(made: Stage, type_: str) -> str:
    rows = made.station.view.rows("SELECT event_id FROM entry WHERE type=? ORDER BY arrival", (type_,))
    # Of the signals the first came with words; of the exhibits the last holds the answers.
    return str(rows[-1 if type_ == "evidence.added" else 0][0])


def erase(made: Stage, event: str) -> None:
    done = erasure.erase(made.station, entry=[event], reason="asked for", yes=True, confirm=event[:12])
    assert done.data["ordered"], done


def journal(made: Stage) -> list[str]:
    return [
        each for each in files_with(made.station.profile.folder / "replay", HARM) if each.endswith(".jsonl")
    ]


@pytest.mark.parametrize("what", ["replay.planned", "replay.sealed", "signal.received", "evidence.added"])
def test_what_a_run_under_way_is_about_takes_its_answers_along(stage: Staging, what: str) -> None:
    made = stage(in_turn(spoken(HARM)))
    row = cut_off(made)
    assert (row.state, row.counts.sent) == ("early", 2)
    assert journal(made), "control: they lie on the disk before"
    note = incidents.note(made.station, incident=made.incident, text="something else entirely")
    erase(made, str(note.data["event"]))
    assert journal(made), "control: the erasure of something else leaves them"
    asked = len(made.model.asked)
    erase(made, event_of(made, what))
    assert journal(made) == []
    if what != "replay.planned":
        with pytest.raises(RefusedError, match="not here any more"):
            made.send(queries.run(made.station.view, row.ident))
    assert len(made.model.asked) == asked, "what may have been sent is not sent again"


def test_a_run_that_is_being_sent_ends_there_and_writes_nothing_anew(stage: Staging) -> None:
    made = stage(every(1))
    row = made.plan()
    path = made.station.profile.folder / "replay" / f"{row.ident}.jsonl"

    def tell(far: Far) -> None:
        if far.sent == 3:
            erase(made, event_of(made, "replay.sealed"))

    done = send(made.station, row, tell=tell)
    assert (done.state, done.why, done.exhibit) == ("early", ERASED, "")
    assert len(made.model.asked) == 3
    assert not path.exists()


def test_an_answer_left_by_a_killed_process_goes_with_any_erasure(stage: Staging) -> None:
    made = stage(in_turn(spoken(HARM)))
    row = cut_off(made)
    left = made.station.profile.folder / "replay" / f"answers of {row.short}.jsonl"
    left.write_text(Path(left.with_name(f"{row.ident}.jsonl")).read_text())
    erase(made, event_of(made, "replay.sealed"))
    assert not left.exists()
