"""A model behind a gateway that can be stopped, and the mended one beside it: what a fix verdict is about."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from tests.features.containment.engine.gateway import Gateway
from tests.features.containment.stage import CONNECTOR, QUICK
from tests.features.replay.stage import CHAT, FINE, Model, Stage, every, in_turn, spoken, staged
from tests.support.scripted import Line, Received, answer

from ircockpit.features.containment import actions as containment
from ircockpit.features.containment import queries, verdicts
from ircockpit.features.containment.queries import ActionRow
from ircockpit.features.replay.queries import RunRow
from ircockpit.features.systems.actions import add as add_system
from ircockpit.store.workstation import Workstation


class Scene(NamedTuple):
    """A model behind a gateway whose flag stops it, and the mended one on a target of its own."""

    made: Stage
    gateway: Gateway
    mended: Model

    @property
    def station(self) -> Workstation:
        return self.made.station

    def stop(self) -> ActionRow:
        """Switch it off; the action."""
        done = containment.stop(self.station, target=self.made.incident, control="1", yes=True)
        assert done.data["state"] == "effective", done
        return queries.action(self.station.view, done.data["id"])

    def lift(self, row: ActionRow, **given: Any) -> Any:
        """Lift it by the command."""
        return containment.revert(self.station, action=row.short, yes=True, confirm=row.short, **given)

    def newest(self, row: ActionRow) -> verdicts.Verdict:
        """What is said of the fix."""
        return verdicts.newest(self.station, row)

    def approval(self) -> dict[str, Any]:
        """What was signed last."""
        return self.made.bodies("containment.approved")[-1]

    def contained(self, **plan: Any) -> tuple[RunRow, ActionRow]:
        """A run before, that reproduces it, and the stop."""
        return self.made.run(**plan), self.stop()


@contextmanager
def scened(home: Path, files: Path) -> Iterator[Scene]:
    """The scene in a profile, with the prompts sealed."""
    gateway, harm = Gateway(), every(2)

    def script(received: Received, line: Line) -> None:
        if received.path != CHAT:
            gateway.truth(received, line)
        elif gateway.flags["chat.enabled"]:
            harm(received, line)
        else:
            line.send(answer(403, {"by": "flag"}))

    def trust(station: Workstation) -> None:
        station.profile.connectors.mkdir(exist_ok=True)
        (station.profile.connectors / CONNECTOR).write_bytes(QUICK)
        containment.trust(station, connector="flags")

    with ExitStack() as open_:
        mended = Model(in_turn(spoken(FINE)))
        open_.enter_context(mended.server)
        open_.enter_context(gateway.server)
        made = open_.enter_context(staged(home, files, script, change=trust))
        url, other = made.model.server.url, mended.server.url
        add_system(
            made.station, name="bot", match=["source=monitor"], control=["halt=flags/off@eu-1"],
            target=[f"eu-1={url},{url}", f"mended={other},{other}"],
        )  # fmt: skip
        made.seal()
        yield Scene(made, gateway, mended)
