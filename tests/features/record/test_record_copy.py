"""What is copied: safe text, to a file of one's own and to whatever takes it here, told honestly."""

import base64
import os
import re
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.hostile import EVERYTHING, MARK, PAYLOADS, dangers
from tests.support.hub import declare

from ircockpit.core.errors import BadInput, NotFound
from ircockpit.features.incidents import actions as incidents
from ircockpit.features.record import copying
from ircockpit.features.record.backups import backup
from ircockpit.features.record.copying import copy, hand_over, safe_lines, safe_text, said
from ircockpit.features.record.texts import thing
from ircockpit.inert.clipboard import SCREEN_PIECE, sequence
from ircockpit.inert.gate import CLIPBOARD_BYTES, clipboard
from ircockpit.store.workstation import Workstation

OURS = re.compile(r"\x1b\]52;c;([A-Za-z0-9+/]*={0,2})\x07")


def taken(raw: str) -> str:
    """The text a terminal takes from one sequence; the sequence must be nothing else."""
    found = OURS.fullmatch(raw)
    assert found, raw[:80]
    return base64.b64decode(found[1], validate=True).decode()


@given(st.text(st.characters(exclude_categories=()), max_size=300))
def test_a_sequence_holds_gated_text_and_nothing_else(text: str) -> None:
    assert taken(sequence(text, {})) == clipboard(text)
    assert dangers(taken(sequence(text, {})), newline=True) == []


def test_inside_gnu_screen_it_is_handed_through_in_pieces() -> None:
    raw = sequence("x" * 5000, {"STY": "1.pts"})
    pieces = raw.removeprefix("\x1bP").removesuffix("\x1b\\").split("\x1b\\\x1bP")
    assert len(pieces) == 10
    assert all(len(piece) <= SCREEN_PIECE for piece in pieces)
    assert taken("".join(pieces)) == "x" * 5000


def test_what_is_too_long_is_refused_and_nothing_is_copied(station: Workstation) -> None:
    sent: list[str] = []
    with pytest.raises(BadInput):
        hand_over(station.profile, "x" * (CLIPBOARD_BYTES + 1), {}, sent.append)
    assert sent == []
    assert not station.profile.copied.exists()


def test_a_file_of_ones_own_has_it_whatever_the_terminal_does(station: Workstation) -> None:
    sent: list[str] = []
    assert hand_over(station.profile, PAYLOADS["osc clipboard"], {}, sent.append) == ("sent to the terminal",)
    assert [taken(raw) for raw in sent] == [clipboard(PAYLOADS["osc clipboard"])]
    written = station.profile.copied
    assert written.read_text() == clipboard(PAYLOADS["osc clipboard"]) + "\n"
    assert stat.S_IMODE(written.stat().st_mode) == 0o600
    assert hand_over(station.profile, "tofa", {}, None) == ()
    assert written.read_text() == "tofa\n"


def test_what_is_said_claims_no_more_than_is_known() -> None:
    assert said("copied.txt", ()) == "in copied.txt"
    assert said("copied.txt", ("sent to the terminal",)) == (
        "in copied.txt, sent to the terminal; if it took it, nobody can tell"
    )
    assert "nobody can tell" not in said("copied.txt", ("in this display's clipboard",))


def test_a_tmux_that_is_not_there_leaves_the_terminal(
    station: Workstation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMUX", "/nonexistent/socket,1,0")
    sent: list[str] = []
    assert hand_over(station.profile, "tofa", os.environ, sent.append) == ("sent to the terminal",)
    assert len(sent) == 1


def test_a_display_is_asked_only_where_it_is_this_machines(
    station: Workstation, monkeypatch: pytest.MonkeyPatch
) -> None:
    got: list[str] = []
    monkeypatch.setattr(copying, "_to_display", got.append)
    sent: list[str] = []
    assert hand_over(station.profile, "a\x1b", {"DISPLAY": ":0"}, sent.append) == (
        "in this display's clipboard",
    )
    assert (got, sent) == (["a␛"], [])
    for env in ({"DISPLAY": "localhost:10.0", "SSH_CONNECTION": "x"}, {}):
        assert hand_over(station.profile, "b", env, sent.append) == ("sent to the terminal",)
    assert got == ["a␛"]


def test_a_display_that_fails_leaves_the_terminal(
    station: Workstation, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: str) -> None:
        raise RuntimeError("no clipboard mechanism")

    monkeypatch.setattr(copying, "_to_display", broken)
    monkeypatch.setattr(copying, "PATIENCE_S", 0.05)
    assert hand_over(station.profile, "b", {"DISPLAY": ":0"}, lambda _: None) == ("sent to the terminal",)


def test_pyperclip_is_loaded_only_for_a_display(home: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from ircockpit.features.record import copying;"
        "from ircockpit.store.profile import Profile;"
        f"copying.hand_over(Profile(Path({str(home)!r})), 'x', {{}}, lambda _: None);"
        "sys.exit('pyperclip' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


def test_a_record_is_copied_as_safe_text(station: Workstation) -> None:
    ident = declare(station, f"{MARK} mail jo@example.org, Bearer abc123def456ghi7 \x1b[31m")
    event = incidents.note(
        station, incident=ident, text="call +49 170 1234567\nsk-abcdefghijklmnop1234"
    ).data["event"]
    done = copy(station, target=thing(station.view, ident).short, record=True)
    text = str(done.data["text"])
    assert text.splitlines()[0].endswith(" incident")
    assert f"title: {MARK} mail [email]" in text
    for secret in ("jo@example", "abc123def456", "1234567", "sk-abc"):
        assert secret not in text
        assert secret not in safe_text(thing(station.view, event))
    assert dangers(text, newline=True) == []
    assert station.profile.copied.read_text() == text + "\n"
    assert str(station.profile.copied) in done.said


def test_an_id_is_copied_as_people_say_it(station: Workstation) -> None:
    ident = declare(station, "sound")
    short = thing(station.view, ident).short
    assert copy(station, target=ident).data["text"] == short
    with pytest.raises(NotFound):
        copy(station, target="zzzz")


def test_a_long_page_is_cut_by_lines_and_says_so() -> None:
    lines = [f"line {number} " + "x" * 90 for number in range(3000)]
    text = safe_lines(lines)
    assert len(text.encode()) <= CLIPBOARD_BYTES
    kept = text.splitlines()
    assert kept[-1] == f"[{3001 - len(kept):,} more lines are left out]"
    assert dangers(safe_lines(EVERYTHING.split("\n")), newline=True) == []


def test_a_backup_leaves_it_out(station: Workstation, tmp_path: Path) -> None:
    hand_over(station.profile, "somebody's words", {}, None)
    backup(station, to=str(tmp_path / "backup"), with_keys=True, blobs=True)
    assert (tmp_path / "backup" / "log.db").exists()
    assert not (tmp_path / "backup" / "copied.txt").exists()
