import pytest

from ircockpit.render.glyphs import STATES, age, counted, duration, glyph, mark, severity
from ircockpit.render.span import ROLES, Span, cells


def test_every_state_is_one_cell_or_three_of_ascii() -> None:
    for state, shape in STATES.items():
        assert cells(glyph(state)) == 1
        assert glyph(state, ascii_only=True).isascii()
        assert cells(glyph(state, ascii_only=True)) == 3
        assert shape.role in ROLES


def test_the_six_glyphs() -> None:
    six = {
        state: glyph(state) for state in ("open", "working", "effective", "unverified", "failed", "unknown")
    }
    assert "".join(six.values()) == "□◐■◇✕?"
    assert [glyph(state, ascii_only=True) for state in six] == ["[ ]", "[~]", "[#]", "[?]", "[x]", " ? "]


@pytest.mark.parametrize(
    "state",
    [
        *("planned", "approved", "sent", "accepted", "recorded", "effective", "reverting", "reverted"),
        *("unverified", "partial", "failed", "drifted", "unknown"),
    ],
)
def test_every_state_of_containment_has_a_glyph(state: str) -> None:
    assert state in STATES
    assert mark(state).text.endswith(" " + state)


def test_only_a_proved_control_looks_effective() -> None:
    assert [state for state in STATES if glyph(state) == "■"] == ["effective"]
    assert [state for state in STATES if STATES[state].role == "ok"] == ["effective"]


def test_glyph_and_word() -> None:
    assert mark("effective") == Span("■ effective", "ok")
    assert mark("working", "halting") == Span("◐ halting", "info")
    assert mark("failed", ascii_only=True) == Span("[x] failed", "bad")
    assert mark("never heard of") == Span("? never heard of", "warn")


def test_severity() -> None:
    assert severity(1) == Span("SEV1", "sev1")
    assert severity(4) == Span("SEV4", "sev4")
    assert severity(None) == severity(0) == severity(5) == Span("SEV-", "dim")


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(0, "0s"), (59.9, "59s"), (60, "1m"), (3_599, "59m"), (7_200, "2h"), (86_399, "23h"), (86_400 * 5, "5d"),
     (86_400 * 400, "400d"), (-0.5, "0s"), (-180, "-3m")],
)  # fmt: skip
def test_age(seconds: float, shown: str) -> None:
    assert age(seconds) == shown


@pytest.mark.parametrize(
    ("ms", "shown"),
    [(0, "0 ms"), (40, "40 ms"), (100, "0.1 s"), (6_899, "6.8 s"), (9_999, "9.9 s"), (38_400, "38 s"),
     (60_000, "1m00s"), (200_000, "3m20s"), (3_599_999, "59m59s"), (83_940_000, "23h19m"),
     (86_400_000, "1d 0h"), (1_231_200_000, "14d 6h"), (-6_800, "-6.8 s")],
)  # fmt: skip
def test_duration(ms: int, shown: str) -> None:
    assert duration(ms) == shown


def test_counted() -> None:
    said = [
        counted(1, "entry"),
        counted(0, "entry"),
        counted(1200, "event"),
        counted(2, "key"),
        counted(3, "copy"),
    ]
    assert said == ["1 entry", "0 entries", "1,200 events", "2 keys", "3 copies"]
