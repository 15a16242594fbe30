"""No accident confirms: each one people had, as a case."""

from collections.abc import Callable

import pytest

from ircockpit.render.span import Span
from ircockpit.widgets.confirm import BURST_MS, DEAF_MS, HELD_MS, Choice, Confirmation, Guard, Heard

ASKED = Confirmation(
    "stop", ((Span("halt 2 endpoints"),),), accept="f", words="send", trigger="exclamation_mark"
)
LATER = DEAF_MS + 1


def opened(asked: Confirmation = ASKED, trigger: str = "!") -> Guard:
    guard = Guard()
    guard.open(asked, trigger, 0)
    guard.read = True
    return guard


def among(guard: Guard, key: str, now: float) -> Heard:
    """A key of several: what comes behind it decides."""
    names = {"\r": "enter", " ": "space", "!": "exclamation_mark", "\x1b": "escape", "\x7f": "backspace"}
    return guard.hear(names.get(key, key), key, now)


def hear(guard: Guard, key: str, now: float) -> Heard:
    """A key with nothing right behind it."""
    heard = among(guard, key, now)
    return guard.settle(now + BURST_MS) if heard is Heard.WAITS else heard


def test_the_named_key_confirms_after_the_deaf_time() -> None:
    assert hear(opened(), "f", LATER) is Heard.CONFIRMED


@pytest.mark.parametrize("key", ["\r", " ", "!", "y", "F", "g", "\x7f"])
def test_no_other_key_confirms(key: str) -> None:
    guard = opened()
    assert hear(guard, key, LATER) in (Heard.NEVER, Heard.IGNORED)
    assert hear(guard, "f", LATER + BURST_MS) is Heard.CONFIRMED


DONE = {Heard.CONFIRMED, Heard.CANCELLED, Heard.PICKED}
"""After these the next key is somebody else's."""
PICKS = ASKED._replace(also=(Choice("1", "choose"),))


@pytest.mark.parametrize("gap", [0, 1, BURST_MS - 1])
@pytest.mark.parametrize(
    "pasted",
    ["some of", "!f", "xf", "f!q", "ff", "f\r", "fire at will", "now", "nf", "\x1bf", "1f", "1n", "11"],
)
def test_what_comes_in_one_burst_was_not_typed_in_answer(pasted: str, gap: int) -> None:
    guard = opened(PICKS)
    heard = [among(guard, char, LATER + place * gap) for place, char in enumerate(pasted)]
    assert not DONE.intersection(heard)
    assert not guard.waits
    assert heard[-1] is Heard.BURST
    assert hear(guard, "f", LATER + len(pasted) * BURST_MS + HELD_MS) is Heard.CONFIRMED


@pytest.mark.parametrize(
    ("key", "done"), [("f", Heard.CONFIRMED), ("n", Heard.CANCELLED), ("1", Heard.PICKED)]
)
def test_a_key_alone_answers_and_hands_are_slow_enough(key: str, done: Heard) -> None:
    guard = opened(PICKS)
    assert among(guard, key, LATER) is Heard.WAITS
    assert not guard.is_due(LATER + BURST_MS - 1)
    assert guard.is_due(LATER + BURST_MS)
    assert guard.settle(LATER + BURST_MS) is done
    assert guard.settle(LATER + BURST_MS) is Heard.IGNORED, "once"


@pytest.mark.parametrize("gap", [BURST_MS, DEAF_MS - 1])
def test_a_burst_that_comes_in_pieces_is_over_once_it_has_been_quiet(gap: int) -> None:
    """A paste over a slow line stops and goes on: its second piece has as little to say as its first."""
    guard = opened(PICKS)
    among(guard, "f", LATER)
    assert among(guard, "x", LATER + 1) is Heard.BURST
    now = LATER + 1.0
    for key in "nf1fn":
        now += gap
        assert among(guard, key, now) is Heard.BURST
    assert hear(guard, "n", now + DEAF_MS) is Heard.CANCELLED


def test_what_moves_the_lines_is_a_key_as_well() -> None:
    guard = opened()
    among(guard, "f", LATER)
    assert guard.moves(LATER + 1) is Heard.BURST
    assert not guard.waits
    assert opened().moves(LATER) is Heard.IGNORED, "the control"


CHANGES: list[Callable[[Guard], None]] = [
    lambda guard: guard.open(ASKED._replace(purpose="other"), "!", LATER + 1),
    lambda guard: guard.deafen(LATER + 1),
    Guard.close,
]


@pytest.mark.parametrize("change", CHANGES)
def test_an_answer_to_what_is_not_asked_any_more_is_none(change: Callable[[Guard], None]) -> None:
    guard = opened()
    assert among(guard, "f", LATER) is Heard.WAITS
    change(guard)
    assert not guard.waits
    assert guard.settle(LATER + BURST_MS) is Heard.IGNORED


def test_a_key_held_down_since_before_never_confirms() -> None:
    guard = opened()
    now = 0.0
    while now < 5_000:
        assert hear(guard, "f", now) in (Heard.EARLY, Heard.HELD)
        now += 600 if now == 0 else 33
    assert hear(guard, "f", now + HELD_MS) is Heard.CONFIRMED


def test_a_key_held_through_one_confirmation_does_not_accept_the_next() -> None:
    guard = opened()
    assert hear(guard, "f", LATER) is Heard.CONFIRMED
    guard.open(ASKED, "!", LATER)
    guard.read = True
    assert hear(guard, "f", LATER + 600) is Heard.HELD


def test_other_content_makes_it_deaf_again() -> None:
    guard = opened()
    guard.open(ASKED._replace(lines=((Span("halt 40 endpoints"),),)), "!", LATER)
    guard.read = True
    assert hear(guard, "f", LATER + 10) is Heard.EARLY


def test_nothing_is_accepted_unread() -> None:
    guard = opened()
    guard.read = False
    assert hear(guard, "f", LATER) is Heard.UNREAD


def test_further_keys_pick_and_confirm_nothing() -> None:
    guard = opened(ASKED._replace(also=(Choice("d", "dry run"),)))
    assert hear(guard, "d", LATER) is Heard.PICKED
    # Whoever asks anew does so a moment later; what was asked before is not accepted meanwhile.
    assert hear(guard, "f", LATER + DEAF_MS - 1) is Heard.EARLY
    assert hear(opened(), "f", LATER + DEAF_MS - 1) is Heard.CONFIRMED


def typed(guard: Guard, text: str, now: float = LATER) -> list[Heard]:
    return [hear(guard, char, now + index) for index, char in enumerate(text)]


WIDE = ASKED._replace(typed="tofa")


def test_an_id_is_typed_before_the_key_works() -> None:
    guard = opened(WIDE)
    assert hear(guard, "f", LATER) is Heard.UNTYPED
    assert typed(guard, "tofa") == [Heard.TYPED] * 4
    assert hear(guard, "f", LATER + 100) is Heard.EARLY
    assert hear(guard, "f", LATER + 100 + HELD_MS) is Heard.CONFIRMED


def test_typing_for_another_window_does_not_confirm() -> None:
    guard = opened(WIDE)
    heard = typed(guard, "to find a fast way that lifts of all tofu\r")
    assert Heard.CONFIRMED not in heard
    assert not guard.complete


def test_enter_does_not_end_the_typing() -> None:
    guard = opened(WIDE)
    typed(guard, "tofa")
    assert hear(guard, "\r", LATER + 2_000) is Heard.NEVER


def test_letters_that_cancel_are_typed_where_the_id_has_them() -> None:
    guard = opened(WIDE._replace(typed="nq"))
    assert typed(guard, "nq") == [Heard.TYPED] * 2
    assert hear(guard, "n", LATER + 2_000) is Heard.CANCELLED
    assert hear(opened(WIDE), "n", LATER) is Heard.CANCELLED
    assert hear(opened(WIDE._replace(typed="nq")), "\x1b", LATER) is Heard.CANCELLED


def test_backspace_takes_a_letter_back() -> None:
    guard = opened(WIDE)
    typed(guard, "tofa")
    assert hear(guard, "\x7f", LATER + 2_000) is Heard.TYPED
    assert hear(guard, "f", LATER + 4_000) is Heard.WRONG
    assert guard.typed == ""


@pytest.mark.parametrize(
    "asked",
    [
        ASKED._replace(accept=" "),
        ASKED._replace(accept="n"),
        ASKED._replace(accept="q"),
        ASKED._replace(accept="enter"),
        ASKED._replace(accept="!"),
        ASKED._replace(also=(Choice("f", "force"),)),
        ASKED._replace(also=(Choice("n", "next"),)),
        ASKED._replace(lines=()),
        ASKED._replace(lines=((), (Span("  "),))),
    ],
)
def test_a_prompt_that_invites_an_accident_is_not_opened(asked: Confirmation) -> None:
    with pytest.raises(ValueError, match=r"confirm|cancel|means|names"):
        Guard().open(asked, "!", 0)


def test_enter_right_after_the_id_is_told_what_confirms_instead_of_too_early() -> None:
    guard = opened(WIDE)
    typed(guard, "tofa")
    assert hear(guard, "\r", LATER + 1) is Heard.NEVER
    assert hear(guard, "f", LATER + 2 * BURST_MS) is Heard.EARLY, "what confirms still waits"
