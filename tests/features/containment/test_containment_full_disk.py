"""A disk that fills up while a control is switched: what was sent is said to be sent, and can be proved and lifted later."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.features.containment.engine.gateway import FLAG_PATH
from tests.features.containment.stage import Stage, staged
from tests.store.profiles import open_station
from tests.support.scripted import Line, Received
from tests.support.small_disk import SmallDisk, small_disk

from ircockpit.core.errors import StoreError
from ircockpit.features.containment import actions


@pytest.fixture
def disk(tmp_path: Path, need_program: Callable[[str, str], str]) -> Iterator[SmallDisk]:
    with small_disk(tmp_path / "disk", 6144, need_program("mount", "util-linux")) as made:
        yield made


def filled_at(disk: SmallDisk, stage: Stage, method: str, path: str, at: int) -> None:
    """Fill the disk while the target answers its ``at``-th request of this kind."""
    seen = iter(range(1, 99))

    def script(received: Received, line: Line) -> None:
        if next(seen) == at:
            disk.fill()
        stage.gateway.truth(received, line)

    stage.gateway.lies[method, path] = script


@pytest.mark.parametrize(
    ("method", "path", "at", "sent"),
    [
        ("GET", FLAG_PATH, 1, 0), ("PUT", FLAG_PATH, 1, 1), ("GET", FLAG_PATH, 2, 1), ("POST", "/chat", 1, 1),
        ("GET", FLAG_PATH, 3, 1),
    ],
)  # fmt: skip
def test_a_full_disk_is_told_with_what_left_before_it(
    disk: SmallDisk, method: str, path: str, at: int, sent: int
) -> None:
    open_station(disk.home).close()
    with staged(disk.home) as stage:
        prepared, ident = stage.approved()
        filled_at(disk, stage, method, path, at)
        with pytest.raises(StoreError) as caught:
            stage.go(prepared, ident)
        said = (caught.value.safe, caught.value.fix)
        short = stage.action(ident).short
        assert len(stage.gateway.changes) == sent
        disk.free()
        stage.gateway.lies.clear()
        if not sent:
            assert "sent" not in said[0]
            return
        assert said[0] == "it was sent and may be in force"
        assert f"ircockpit contain check {short}" in said[1]
        assert actions.check(stage.station, action=short).data["state"] == "effective"
        done = actions.revert(stage.station, action=short, reason="mended", confirm=short, yes=True)
        assert done.data["state"] == "reverted"
