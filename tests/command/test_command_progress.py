"""A long act tells where somebody listens, at most once a second, and stays quiet where nobody does."""

import threading

import pytest

from ircockpit.command.progress import Progress, tell, telling, waiting


def test_only_whoever_listens_hears() -> None:
    heard: list[str] = []
    tell("to nobody")
    with telling(heard.append):
        tell("one")
        with telling(lambda _: None):
            tell("to another")
        tell("two")
    tell("to nobody again")
    assert heard == ["one", "two"]


def test_a_listener_is_gone_also_after_a_failure() -> None:
    heard: list[str] = []

    def fail() -> None:
        with telling(heard.append):
            raise OSError

    with pytest.raises(OSError):  # noqa: PT011 - the one raised above
        fail()
    tell("late")
    assert heard == []


def test_a_count_is_told_at_most_once_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr("ircockpit.command.progress.time.monotonic", lambda: now[0])
    heard: list[str] = []
    with telling(heard.append):
        told = Progress("reading", 12_345, "bytes")
        told.reached(1)
        assert heard == [], "a short act stays quiet"
        for step in range(40):
            now[0] += 0.1
            told.reached(step * 100)
    assert heard[0] == "reading: 1,000 of 12,345 bytes"
    assert 3 <= len(heard) <= 4
    before = len(heard)
    silent = Progress("reading", 1, "bytes")
    now[0] += 10
    silent.reached(1)
    assert len(heard) == before


def test_a_single_long_step_says_that_it_goes_on_and_stops_when_it_ends() -> None:
    came = threading.Event()
    heard: list[str] = []

    def listen(sentence: str) -> None:
        heard.append(sentence)
        came.set()

    with telling(listen), waiting("copying", every_s=0.01):
        assert came.wait(60)
    count = len(heard)
    assert heard[0].startswith("copying: ")
    assert not any(thread.name == "progress" for thread in threading.enumerate())
    assert len(heard) == count
    with waiting("copying", every_s=0.001):
        pass
