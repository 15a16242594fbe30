"""A key that is blocked stands in no file of the profile, no page, no data and no card; what names its source does."""

import subprocess
from pathlib import Path
from typing import Any

import pytest
from tests.features.containment.engine.gateway import Gateway
from tests.features.containment.engine.test_engine_sealed import BLOCK, KEY, SOURCE
from tests.features.containment.stage import CONNECTOR, Stage
from tests.support.scripted import Line, Received, answer, json_of

from ircockpit.command.action import Result
from ircockpit.core.errors import BadInput
from ircockpit.features.containment import actions, by_hand, showing
from ircockpit.features.credentials.queries import named_sources
from ircockpit.features.systems.actions import add as add_system
from ircockpit.features.systems.queries import systems
from ircockpit.render.span import plain

VARIABLE = SOURCE.removeprefix("env:")


def blocks(gateway: Gateway) -> list[str]:
    """Make a gateway block keys, and repeat them; the list of those it blocks."""
    blocked: list[str] = []

    def script(received: Received, line: Line) -> None:
        if received.path == "/chat":
            closed = received.headers["authorization"] in blocked
            line.send(
                answer(403, {"by": "flag", "key": KEY})
                if closed
                else answer(200, {"choices": [], "key": KEY})
            )
            return
        if received.method == "PUT":
            body = json_of(received)
            blocked[:] = body if isinstance(body, list) else [*blocked, body["key"]]
        line.send(answer(200, {"blocked": blocked, "said": KEY}))

    gateway.server._script = script
    return blocked


@pytest.fixture
def blocking(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> tuple[Stage, list[str]]:
    monkeypatch.setenv(VARIABLE, KEY)
    (stage.station.profile.connectors / CONNECTOR).write_bytes(BLOCK)
    actions.trust(stage.station, connector="flags")
    add_system(stage.station, name="bot", control=[f"block=flags/block@eu-1:key={SOURCE}"])
    return stage, blocks(stage.gateway)


def said(*results: Result) -> str:
    return repr([(each.data, [plain(line) for line in each.lines], each.said) for each in results])


def holding(folder: Path, text: str) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file() and text.encode() in path.read_bytes()]


def test_no_file_and_no_page_holds_it(blocking: tuple[Stage, list[str]], tmp_path: Path) -> None:
    stage, blocked = blocking
    planned = actions.stop(stage.station, target=stage.incident, control="1", dry_run=True)
    done = actions.stop(stage.station, target=stage.incident, control="1", yes=True)
    assert done.data["state"] == "effective", done
    assert blocked == [f"Bearer {KEY}"]
    ident = str(done.data["id"])
    seen = actions.check(stage.station, action=ident)
    lifted = actions.revert(
        stage.station, action=ident, reason="over", confirm=stage.action(ident).short, yes=True
    )
    assert lifted.data["state"] == "reverted", lifted
    assert blocked == []
    record = showing.show(stage.station, record=ident)
    card = tmp_path / "card.txt"
    written = by_hand.card(stage.station, incident=stage.incident, control="1", to=str(card))
    told = said(planned, done, seen, lifted, record, written) + card.read_text("utf-8")
    assert KEY not in told
    assert KEY[:8] not in told
    assert f"<secret:key> is what {SOURCE} gives when it is sent" in told
    assert holding(stage.station.profile.folder, KEY[:8]) == []
    assert holding(stage.station.profile.folder, SOURCE) != [], (
        "the control: the source is found in these files"
    )


def test_the_card_takes_it_from_a_variable_of_the_shell(
    blocking: tuple[Stage, list[str]], tmp_path: Path
) -> None:
    stage, _ = blocking
    card = tmp_path / "card.txt"
    by_hand.card(stage.station, incident=stage.incident, control="1", to=str(card))
    text = card.read_text("utf-8")
    assert f"The value of key is in {SOURCE}: export IRCOCKPIT_KEY before" in text
    assert "'authorization: Bearer '\"$IRCOCKPIT_KEY\"''" in text
    assert "<secret:" not in text
    assert "%3Csecret" not in text
    asked = next(each for each in text.splitlines() if "-X PUT" in each).strip()
    words = subprocess.run(
        ["/bin/sh", "-c", f"set -- {asked}; printf '%s\\n' \"$@\""], capture_output=True, text=True, check=True,
        env={"IRCOCKPIT_KEY": KEY},
    ).stdout.splitlines()  # fmt: skip
    assert any(each.endswith(f"/keys/{KEY}?also={KEY}") for each in words), words


def test_one_that_is_missing_disables_its_control_and_nothing_else(
    blocking: tuple[Stage, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    stage, _ = blocking
    assert stage.offer().why_not == ""
    (named,) = named_sources(stage.station.profile, systems(stage.station.view))
    assert (named.uri, named.needed_by) == (SOURCE, ("bot block",))
    monkeypatch.delenv(VARIABLE)
    assert VARIABLE in stage.offer().why_not


def test_a_key_that_was_pasted_into_a_record_is_not_recorded(blocking: tuple[Stage, list[str]]) -> None:
    stage, _ = blocking
    before: Any = stage.station.log.count()
    with pytest.raises(BadInput) as refused:
        add_system(stage.station, name="bot", control=["block=flags/block@eu-1:key=sk-pasted-1"])
    assert "sk-pasted-1" not in " ".join(refused.value.sentences())
    assert stage.station.log.count() == before
