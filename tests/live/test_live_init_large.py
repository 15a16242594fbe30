"""`ircockpit init` on the large servers: from an empty profile to a proved control, through what each of them lacks at first."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from tests.live.matrix import UNLOADED, inferred, invoked, loaded, one, switched, two_users
from tests.live.walks import WALK_S, answer, asked, walking, watched
from tests.support.chroma import COLLECTION, POISON
from tests.support.daemon import ask
from tests.support.express_gateway import BOT
from tests.support.litellm import MASTER_KEY
from tests.support.mlflow import ENDPOINT
from tests.support.mlserver import MODEL
from tests.support.unleash import ADMIN, FLAG

from ircockpit.features.catalogue import open_workstation
from ircockpit.features.containment.trying import badges

pytestmark = [pytest.mark.live, pytest.mark.heavy]

LOOKS_AGAIN = "Enter looks again"
PAGE = "/share/of-a-user"


class Walk(NamedTuple):
    """What is typed for one server, after what is the same for all; an empty text takes the default."""

    server: str
    front: str
    """The property that is the address of the users."""
    called: str
    answers: Callable[[Any], tuple[tuple[str, str], ...]]
    """Beginning of each question after the addresses, and what is typed."""
    confirm: str
    users: Callable[[Any], tuple[str, ...]]
    free: tuple[str, ...]
    held: tuple[str, ...]
    told: tuple[str, ...] = ()
    """What has to have been said on the way."""
    which: str = ""
    """Which of several connectors of one server."""
    env: Callable[[Any], dict[str, str]] = lambda _: {}


def held_by_redis(queue: Any) -> tuple[str, ...]:
    """What another client of Redis reads."""
    return ("held" if queue.say("EXISTS", "rq:suspended") == "1" else "free",)


def a_page_twice(varnish: Any) -> tuple[str, ...]:
    """Whether two who read a page that nobody else reads both get one of their own."""
    before = varnish.prod.pages.count(PAGE)
    for _ in range(2):
        ask("GET", f"{varnish.front}{PAGE}")
    return ("fresh" if varnish.prod.pages.count(PAGE) - before == 2 else "a copy",)


WALKS = (
    Walk(
        "chroma", "front", "Chroma",
        lambda _: (
            ("parameter aside: ", COLLECTION), ("parameter words: ", "words that nobody wrote"), ("which signals", ""),
            (LOOKS_AGAIN, "p"), ("parameter tenant", ""), ("parameter database", ""), ("parameter collection", ""),
            ("parameter aside", f"{COLLECTION}-quarantined"), ("parameter question", ""),
            ("parameter words", "words that nobody wrote"),
            (LOOKS_AGAIN, "p"), ("parameter tenant", ""), ("parameter database", ""), ("parameter collection", ""),
            ("parameter aside", ""), ("parameter question", ""), ("parameter words", POISON),
        ),
        "quarantine", one, (POISON,), ("nothing",),
        (
            "another name for it while it is in quarantine", "the probe read contained before anything was sent",
            "has to look the collection up by",
        ),
    ),
    Walk(
        "mlserver", "control", "Open Inference Protocol", lambda _: (("which signals", ""),), "unload", inferred, ("an answer",),
        (UNLOADED,), (f"parameter model: name of the model: {MODEL}, the only one there is",),
    ),
    Walk(
        "express_gateway", "front", "Express Gateway",
        lambda express: (
            ("which control", ""), ("parameter key_id", express.keys[BOT][0]), ("which signals", ""),
            ("credentials for the address of the users", "env:WRONG_KEY"),
            ("credentials for the address of the users", "env:LEAKED_KEY"),
        ),
        "revoke-key", two_users, ("prod", "prod"), ("401 Unauthorized", "prod"),
        ("wants to know who asks", "does not accept these credentials"),
        env=lambda express: {"LEAKED_KEY": ":".join(express.keys[BOT]), "WRONG_KEY": "nobody:nothing"},
    ),
    Walk(
        "express_gateway", "front", "Express Gateway",
        lambda _: (
            ("which control", "2"), ("parameter user", BOT), ("which signals", ""),
            ("credentials for the address of the users", "env:LEAKED_KEY"),
        ),
        "block-user", two_users, ("prod", "prod"), ("401 Unauthorized", "prod"),
        env=lambda express: {"LEAKED_KEY": ":".join(express.keys[BOT])},
    ),
    Walk(
        "mlflow", "control", "MLflow, AI gateway", lambda _: (("which control", ""), ("which signals", "")), "halt", invoked,
        ("prod",), ('429 {"detail":"Budget limit exceeded.',),
        (f"parameter endpoint: name of the gateway's endpoint: {ENDPOINT}",), which="mlflow-gateway",
    ),
    Walk(
        "mlflow", "serving_url", "MLflow, model registry",
        lambda _: (("parameter model", MODEL), ("parameter to", "1"), ("parameter marker", "[version 1:"), ("which signals", "")),
        "roll-back", loaded, ("version 3",), ("version 1",), which="mlflow-registry",
    ),
    Walk(
        "unleash", "front", "Unleash",
        lambda _: (
            ("parameter flag", FLAG), ("which signals", ""), ("credentials for the control API", "env:WRONG_TOKEN"),
            ("credentials for the control API", "env:UNLEASH_ADMIN_TOKEN"), (LOOKS_AGAIN, "p"), ("parameter project", ""),
            ("parameter environment", "development"), ("parameter flag", ""), ("parameter contains", ""),
            ("parameter marker", ""),
        ),
        "flag", switched, ("summarizer",), ("switched off]",), ("does not accept these credentials",),
        env=lambda _: {"UNLEASH_ADMIN_TOKEN": ADMIN, "WRONG_TOKEN": "*:*.somebody-else"},
    ),
    Walk(
        "queue", "control", "the program of RQ on Redis",
        lambda queue: (
            ("which signals", ""), (LOOKS_AGAIN, "p"), ("parameter host", ""), ("parameter port", str(queue.ports[0])),
            ("parameter seconds", "600"),
        ),
        "hold", held_by_redis, ("free",), ("held",), ("Connection refused", "rq worker --url redis://127.0.0.1:6379/0 QUEUE"),
    ),
    Walk(
        "varnish", "front", "the program of Varnish Cache",
        lambda varnish: (
            ("parameter under", "share"), ("parameter page", "of-the-probe"), ("which signals", ""), (LOOKS_AGAIN, "p"),
            ("parameter address", varnish.address), ("parameter secret_file", varnish.secret_file), ("parameter to", ""),
            ("parameter under", ""), ("parameter page", ""),
        ),
        "bypass", a_page_twice, ("a copy",), ("fresh",), ("Connection failed", "vcl.load bypass /etc/varnish/bypass.vcl"),
    ),
)  # fmt: skip


def allow(home: Path, address: str, path: str) -> None:
    """Say which program an address stands for on this device, as its owner does by hand."""
    folder = home / "connectors"
    folder.mkdir(exist_ok=True)
    (folder / "programs.toml").write_text(f'{address.removeprefix("exec:")} = "{path}"\n')


@pytest.mark.parametrize("walk", WALKS, ids=[f"{walk.server}-{walk.confirm}" for walk in WALKS])
def test_a_newcomer_proves_a_control(walk: Walk, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    server = request.getfixturevalue(walk.server)
    home, control, front = tmp_path / "home", server.control, getattr(server, walk.front)
    is_program = control.startswith("exec:")
    with (
        watched(lambda: walk.users(server)) as seen,
        walking(home, env=walk.env(server)) as screen,
    ):
        answer(screen, "your name", "Mira")
        answer(screen, "name of the AI system", "support-bot")
        answer(screen, "who owns it [Mira]", "support team")
        answer(screen, "how its on-call", "")
        if is_program:
            answer(screen, "address of the gateway", control)
            asked(screen, "address of the gateway's control API [")
            assert "does not say which program" in screen.text()
            allow(home, control, server.client)
        answer(screen, "address of the gateway", "" if is_program else control)
        if walk.which:
            answer(screen, "which connector", walk.which)
        answer(screen, "address that users reach", "" if front == control else front)
        for question, typed in walk.answers(server):
            answer(screen, question, typed)
        asked(screen, "type ")
        said = " ".join(screen.text().split())
        for words in (walk.called, 'reads "not contained" now', *walk.told):
            assert words in said
        assert seen == [walk.free], "nothing is switched before it is confirmed"
        answer(screen, "type ", walk.confirm)
        assert screen.wait_exit(3 * WALK_S) == 0
        assert f"{walk.confirm} of support-bot is proved" in screen.text()
    assert seen == [walk.free, walk.held, walk.free, walk.held, walk.free]
    with open_workstation(home) as station:
        [badge] = badges(station).values()
        assert badge.actions == (walk.confirm,)


def test_litellm_without_a_database_is_told_what_it_lacks(litellm: Any, tmp_path: Path) -> None:
    """Its controls need a database, and so this is as far as anybody comes without one."""
    with walking(tmp_path / "home", env={"LITELLM_MASTER_KEY": MASTER_KEY}) as screen:
        for question, typed in (
            ("your name", "Mira"), ("name of the AI system", "bot"), ("who owns it", ""), ("how its on-call", ""),
            ("address of the gateway", litellm.control), ("address that users reach", ""), ("which control", ""),
            ("parameter key", "a" * 64), ("which signals", ""),
        ):  # fmt: skip
            answer(screen, question, typed)
        answer(screen, LOOKS_AGAIN, "d")
        assert screen.wait_exit(WALK_S) == 0
        said = screen.text()
    assert "LiteLLM proxy" in said
    assert "database_url: os.environ/DATABASE_URL" in said
    assert "recorded and not proved" in said
