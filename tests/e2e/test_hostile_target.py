"""A target whose every answer is hostile, controls in a colleague's words, and the one question that sends something."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.e2e.hostile_profile import as_yaml, heard, spoken
from tests.e2e.stage import QUIET_MS, Done, cockpit
from tests.e2e.test_hostile_commands import check
from tests.features.containment.engine.gateway import FLAG, FLAG_PATH, Gateway
from tests.support.byte_stream import take_apart
from tests.support.hostile import ASK, EFFECTIVE, EVERYTHING, MARK, PAYLOADS, dangers
from tests.support.scripted import Line, Received, Script

FORGED = (
    f"{MARK} halt" + " " * 66 + ASK + " " * 30 + "sends     GET http://127.0.0.1/nothing-at-all",
    EFFECTIVE + EVERYTHING[:400],
)  # fmt: skip
BODY = EVERYTHING.encode("utf-8", "surrogatepass") + b"\xff\xfe\x9b2J"


def raw_answer(status: int, reason: bytes, headers: bytes, body: bytes) -> Script:
    """An answer with bytes of any kind in each of its parts."""
    length = b"\r\nContent-Length: %d\r\n\r\n" % len(body)
    return lambda _, line: line.send(b"HTTP/1.1 %d " % status + reason + b"\r\n" + headers + length + body)


HOSTILE_ANSWERS: dict[str, Script] = {
    "reason": raw_answer(500, b"\x1b]52;c;cm0=\x07\xff" + MARK.encode(), b"X: y", BODY),
    "headers": raw_answer(401, b"no", b"X-\xff: \x1b[31m\x9b2J\r\nServer: \x1b]0;x\x07" + MARK.encode(), BODY),
    "body": raw_answer(503, b"no", b"Content-Type: text/plain; charset=\x1b[31m", BODY),
    "redirect": raw_answer(302, b"there", b"Location: http://\x1b]0;x\x07/" + MARK.encode(), BODY),
    "no http": lambda _, line: line.send(b"\x1b]52;c;cm0=\x07\x9b2J" * 50),
    "length": lambda _, line: line.send(b"HTTP/1.1 200 ok\r\nContent-Length: \x1b[31m\r\n\r\n"),
    "state": raw_answer(200, b"ok", b"X: y", json.dumps({"flag": {"enabled": EVERYTHING}}).encode()),
    "no json": raw_answer(200, b"ok", b"X: y", BODY),
    "deep": raw_answer(200, b"ok", b"X: y", b"[" * 100_000),
    "keys": raw_answer(200, b"ok", b"X: y", json.dumps({EVERYTHING: 1, "flag": {"enabled": {"\x1b[31m": [MARK]}}}).encode()),
}  # fmt: skip


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    """A gateway of our own, in front of nothing."""
    made = Gateway()
    with made.server:
        yield made


def controlled(home: Path, url: str, titles: tuple[str, ...] = FORGED) -> str:
    """A profile with a trusted connector, a system whose controls are called as a colleague wished, an incident of it."""
    heard(home, "queue")
    (home / "connectors").mkdir(exist_ok=True)
    (home / "connectors" / "flags.yaml").write_bytes(FLAG)
    heard(home, "contain", "trust", "flags")
    controls = [
        {"name": f"c{number}", "title": title, "connector": "flags", "action": "off", "target": "eu"}
        for number, title in enumerate(titles)
    ]
    target: dict[str, Any] = {"name": "eu", "admin": url, "probe": url, "auth": ""}
    stated = {"name": "bot", "targets": [target], "controls": controls}
    path = home.parent / "bot.yaml"
    path.write_text(as_yaml(stated))
    heard(home, "system", "add", str(path))
    made = json.loads(heard(home, "open", "the bot's harm", "--system", "bot", "--json"))
    return str(made["short"])


@pytest.mark.parametrize("answer", HOSTILE_ANSWERS.values(), ids=HOSTILE_ANSWERS.keys())
def test_a_command_told_hostile_answers(home: Path, gateway: Gateway, answer: Script) -> None:
    """Read, probed and planned with; nothing that cannot be read is planned."""
    short = controlled(home, gateway.server.url)
    gateway.lies["GET", FLAG_PATH] = answer
    for words in (("stop", short, "1", "--dry-run"), ("stop", short, "1", "--dry-run", "--json")):
        check(spoken(home, *words), *words)
    del gateway.lies["GET", FLAG_PATH]
    gateway.lies["POST", "/chat"] = answer
    check(spoken(home, "stop", short, "1", "--dry-run"))
    assert gateway.changes == []


@pytest.mark.parametrize("name", ["reason", "redirect", "no http"])
def test_a_control_sent_to_a_hostile_answer(home: Path, gateway: Gateway, name: str) -> None:
    short = controlled(home, gateway.server.url)
    gateway.lies["PUT", FLAG_PATH] = HOSTILE_ANSWERS[name]
    done = check(spoken(home, "stop", short, "1", "--yes", "--reason", PAYLOADS["osc clipboard"]))
    assert done.code != 0, "what could not be proved is not effective"
    for words in (("contain", "list", short), ("timeline", short, "--all"), ("show", short)):
        check(spoken(home, *words), *words)


CONNECTOR_TEXT = (
    b"title: switch the feature off", b"vendor: test", b"docs: none", b"text: everybody who uses the feature",
    b"help: name of the flag", b"state: body.flag.enabled", b"contained: state == `false`", b"id: flags",
    b"method: PUT", b"default: chat.enabled", b"value: state", b'what: "${p.flag}"',
)  # fmt: skip


@pytest.mark.parametrize("field", CONNECTOR_TEXT, ids=[field.decode() for field in CONNECTOR_TEXT])
def test_a_connector_file_in_hostile_words(home: Path, gateway: Gateway, field: bytes) -> None:
    short = controlled(home, gateway.server.url)
    assert field in FLAG
    for text in (EVERYTHING, PAYLOADS["markup closing"] + FORGED[0]):
        hostile = field.partition(b":")[0] + b": " + as_yaml(text).encode()
        (home / "connectors" / "flags.yaml").write_bytes(FLAG.replace(field, hostile, 1))
        for words in (
            ("contain", "connectors"), ("contain", "trust", "flags"), ("contain", "trust", text.replace("\0", "")),
            ("stop", short), ("stop", short, "1", "--dry-run"), ("stop", short, "1", "--dry-run", "--json"),
        ):  # fmt: skip
            check(spoken(home, *words), *words)
    assert gateway.changes == []


def flip(gateway: Gateway) -> Script:
    """Serves and refuses as it should, in hostile words."""

    def script(_: Received, line: Line) -> None:
        on = gateway.flags["chat.enabled"]
        said = {"choices": [EVERYTHING]} if on else {"by": "flag", "said": EVERYTHING}
        raw_answer(200 if on else 403, b"\x1b]0;x\x07", b"X: \x1b[31m", json.dumps(said).encode())(_, line)

    return script


def test_the_question_stands_alone_whatever_the_words_above_it_say(home: Path, gateway: Gateway) -> None:
    short = controlled(home, gateway.server.url)
    gateway.lies["POST", "/chat"] = flip(gateway)
    with cockpit(home) as screen:
        screen.wait_for(short)
        screen.wait_idle(QUIET_MS)
        screen.send("!")
        screen.wait_for(lambda text: text.rsplit("\n", 1)[-1].startswith(" press f to send"))
        screen.wait_idle(QUIET_MS)
        asked = screen.lines()
        rule = max(y for y, line in enumerate(asked) if line.startswith(" ----"))
        body = asked[rule + 1 : -1]
        # A line of ours begins in the second column; what belongs to it, and so all words of others, further in.
        ours = [line.split()[0] for line in body if line.startswith(" ") and line[1:2] != " "]
        assert ours == ["chosen", "sends", "now", "probe", "needs", "arms"], body
        assert ASK[:15] in " ".join(" ".join(body).split()), body
        assert [line for line in body if "PUT " + gateway.server.url + FLAG_PATH in line]
        assert gateway.changes == []
        screen.send("f")
        screen.wait_for(lambda text: re.search(r"\n - .* effective after .*$", text) is not None, 60)
        screen.wait_idle(QUIET_MS)
        assert len(gateway.changes) == 1
        assert screen.lines()[-1].startswith(f" - {MARK} halt press f to send"), (
            "the control: words like our question"
        )
        screen.send("q")
        screen.wait_for("queue")
        screen.send("q")
        assert screen.wait_exit() == 0, screen.text()
        taken = take_apart(bytes(screen.raw))
    assert taken.foreign == []
    assert taken.undecodable == ()
    assert dangers(taken.words, newline=True) == []
    shown: Done = spoken(home, "contain", "list", short)
    assert b", effective after" in check(shown).out
