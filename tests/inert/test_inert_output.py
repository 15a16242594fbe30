import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ircockpit.inert import gate
from ircockpit.inert.output import GatedStream, is_unicode, print_line, to_ascii

anything = st.text(st.characters(exclude_categories=()))


@given(anything)
def test_no_control_byte_but_the_line_feed_reaches_the_stream(text: str) -> None:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="utf-8", newline="\n")
    print_line(stream, text)
    stream.flush()
    written = raw.getvalue()
    assert written.endswith(b"\n")
    assert not any((byte < 0x20 and byte != 0x0A) or byte == 0x7F for byte in written)
    assert not any(0x80 <= ord(char) <= 0x9F for char in written.decode())


def test_control_the_same_text_ungated_does_reach_it() -> None:
    stream = io.StringIO()
    print("\x1b]0;x\x07", file=stream)
    assert "\x1b" in stream.getvalue()


def test_a_gated_stream_is_a_text_stream() -> None:
    memory = io.StringIO()
    stream = GatedStream(memory)
    assert stream.write("a\x1bb\n") == 4
    stream.flush()
    print("printed", file=stream)
    assert memory.getvalue() == "a␛b\nprinted\n"


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp437"])
def test_a_stream_that_is_not_unicode_gets_ascii(encoding: str) -> None:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding=encoding, newline="\n")
    print_line(stream, "Müller ■ effective…\x1b 漢é\u0301 Ａ")
    stream.flush()
    assert raw.getvalue() == b"Muller # effective~^ ? e A \n"


@given(anything)
def test_folding_keeps_columns(text: str) -> None:
    gated = gate.clean(text)
    folded = to_ascii(gated)
    assert folded.isascii()
    assert len(folded) == gate.cells(gated)


@pytest.mark.parametrize(
    ("encoding", "term", "expected"),
    [
        ("utf-8", "xterm-256color", True),
        ("UTF8", "", True),
        ("UTF_8", "", True),
        (None, "", True),
        ("ISO-8859-1", "xterm", False),
        ("utf-8", "vt100", False),
        ("utf-8", "dumb", False),
    ],
)
def test_when_more_than_ascii_is_shown(encoding: str | None, term: str, expected: bool) -> None:
    assert is_unicode(encoding, term) is expected
