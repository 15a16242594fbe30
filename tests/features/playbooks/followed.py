"""What tests of a followed playbook ask again and again: where a step stands, and a file of one's own."""

import copy
import json
from pathlib import Path

from tests.features.playbooks.good import GOOD

from ircockpit.features.playbooks import following
from ircockpit.store.workstation import Workstation

NAME = "prompt-injection.internal"


def state(station: Workstation, incident: str, number: int) -> str:
    return str(step(station, incident, number)["state"])


def step(station: Workstation, incident: str, number: int) -> dict[str, object]:
    steps = following.list_steps(station, incident=incident).data["steps"]
    found: dict[str, object] = steps[number - 1]
    return found


def written(folder: Path, **changed: object) -> Path:
    file = folder / "own.json"
    file.write_text(json.dumps(copy.deepcopy(GOOD) | changed))
    return file
