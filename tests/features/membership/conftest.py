"""Ann, who leads, and Bo, who joined: two workstations with a real hub between them."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from tests.support.hub import LocalHub, join, station, sync

from ircockpit.command.action import Result
from ircockpit.features.people.actions import set_name
from ircockpit.render.span import plain
from ircockpit.store.workstation import Workstation


class Team(NamedTuple):
    hub: LocalHub
    ann: Workstation
    bo: Workstation


@pytest.fixture
def team(tmp_path: Path) -> Iterator[Team]:
    with station(tmp_path / "ann") as ann, station(tmp_path / "bo") as bo:
        set_name(ann, name="Ann")
        hub = LocalHub(tmp_path / "hub", ann)
        hub.start(ann)
        join(hub, bo, "Bo")
        for who in (ann, bo, ann):
            sync(who)
        yield Team(hub, ann, bo)
        hub.close()


def text(result: Result) -> str:
    return "\n".join(plain(line) for line in result.lines)
