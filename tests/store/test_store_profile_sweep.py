"""What a kill leaves of a file that was being replaced is taken away at a later start, and nothing else is."""

import os
from pathlib import Path
from time import time

import pytest

from ircockpit.features.catalogue import open_workstation
from ircockpit.store.profile import Profile, write_file


def test_what_a_kill_left_is_swept_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path / "home"
    open_workstation(home).close()
    left: list[Path] = []

    class Killed(BaseException):
        pass

    def kill(source: Path, _: Path) -> None:
        left.append(source)
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", kill)
        with pytest.raises(Killed):
            write_file(home / "profile.json", b"half")
    others = [home / ".mine", home / ".profile.json.mine", home / "profile.json.0a1b2c3d"]
    for path in others:
        path.write_text("x")
    open_workstation(home).close()
    assert left[0].exists(), "another process may be writing it now"
    for path in (*left, *others):
        os.utime(path, (time() - 7200, time() - 7200))
    open_workstation(home).close()
    assert not left[0].exists()
    assert all(path.exists() for path in others)
    assert Profile(home).identity()
