"""Lines typed before: bounded, for their owner's eyes alone, and never in anybody's way."""

from pathlib import Path

from ircockpit.store.typed import LONGEST, MOST, add, lines


def test_the_newest_is_last_and_stands_once(tmp_path: Path) -> None:
    path = tmp_path / "typed"
    assert lines(path) == ()
    for line in ("show tofa", "take tofa", "show tofa", "", "x" * (LONGEST + 1), "two\nlines"):
        add(path, line)
    assert lines(path) == ("take tofa", "show tofa")
    assert path.stat().st_mode & 0o777 == 0o600


def test_it_does_not_grow_without_end(tmp_path: Path) -> None:
    path = tmp_path / "typed"
    path.write_text("".join(f"show {n}\n" for n in range(MOST * 3)))
    add(path, "take tofa")
    assert len(lines(path)) == MOST
    assert lines(path)[-1] == "take tofa"
    assert path.stat().st_size < MOST * (LONGEST + 1)


def test_what_cannot_be_read_or_written_is_no_trouble(tmp_path: Path) -> None:
    path = tmp_path / "typed"
    path.mkdir()
    add(path, "show tofa")
    assert lines(path) == ()
    path.rmdir()
    path.write_bytes(b"\xff\xfe\n" + b"x" * 10_000 + b"\nshow tofa\n")
    assert lines(path)[-1] == "show tofa"
