"""What every failure told to a person must be: sentences, an exit code of the table, and never a traceback."""

from tests.e2e.stage import Done

from ircockpit.core.errors import ExitCode

SENTENCE_CHARS = 400


def told(done: Done, code: int, *words: str) -> Done:
    """Check that a command failed with this code and a sentence that holds the words; returns it."""
    assert done.code == code, done
    assert done.code in set(ExitCode), "a code that no table explains"
    said = plain(done)
    first = said.splitlines()[0] if said else ""
    assert first.startswith("ircockpit: "), done
    assert len(first) <= SENTENCE_CHARS, first
    for word in words:
        assert word in said, f"{word!r} is not in: {said}"
    return done


def plain(done: Done) -> str:
    """What was said, after checking that neither a traceback nor a defect is in what was written."""
    written = (done.out + done.err).decode()
    assert "Traceback" not in written, written
    assert "a defect of ircockpit" not in written, written
    assert not any(ord(char) < 32 and char != "\n" for char in written), ascii(written)
    return done.said
