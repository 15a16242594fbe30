"""The page of the controls says of each what its file says, and every family has one that was proved."""

import json
import re
from pathlib import Path

import pytest
import yaml
from tests.support.caddy import Caddy
from tests.support.envoy import bootstrap
from tests.support.haproxy import CONFIG
from tests.support.upstream import Upstream
from tests.support.varnish import KEEPS, PASSES

from ircockpit.features.containment.connectors import SHIPPED
from ircockpit.features.containment.engine.connector import shipped
from ircockpit.features.containment.engine.families import FAMILIES
from ircockpit.features.containment.engine.measure import partly_bound
from ircockpit.features.containment.engine.target import Target
from ircockpit.features.containment.engine.template import fill_text

STOPS_NOTHING = "quiet_alerts"


@pytest.fixture(scope="module")
def page(repository: Path) -> str:
    return (repository / "docs" / "controls.md").read_text("utf-8")


def told(page: str, heading: str) -> str:
    """The first block of configuration below a heading of the page."""
    _, _, below = page.partition(f"### {heading}\n")
    return below.partition("```")[2].partition("\n")[2].partition("```")[0]


def rows(page: str, columns: int) -> list[tuple[str, ...]]:
    """The rows of the tables with so many columns, without their heads."""
    found = [
        tuple(cell.strip(" `") for cell in line.strip("|").split("|"))
        for line in page.splitlines()
        if line[:1] == "|"
    ]
    return [
        row
        for row in found
        if len(row) == columns and row[0] not in ("family", "connector") and "---" not in row[0]
    ]


def test_the_table_is_that_of_the_files(page: str) -> None:
    told = [
        (row[0], row[1], row[2], row[3])
        for row in rows(page, 4)
        if row[3] in {shipped(name).badge for name in SHIPPED}
    ]
    meant = [
        (FAMILIES[action.family].words, name, action.id, shipped(name).badge)
        for family in FAMILIES
        for name in SHIPPED
        for action in shipped(name).actions
        if action.family == family
    ]
    assert told == meant


def test_every_connector_has_its_needs_told(page: str) -> None:
    assert [row[0] for row in rows(page, 4) if row[0] in SHIPPED] == list(SHIPPED)


def test_every_family_has_a_control_that_was_proved_on_its_server() -> None:
    proved = {
        action.family for name in SHIPPED for action in shipped(name).actions if shipped(name).tested_with
    }
    assert proved == set(FAMILIES)
    # Switching a feature off and halting an integration are two ways to do one of the ten things.
    assert len(set(FAMILIES) - {STOPS_NOTHING, "disable_feature"}) == 10


@pytest.mark.parametrize("family", sorted(set(FAMILIES) - {STOPS_NOTHING, "disable_feature"}))
def test_each_of_the_ten_families_was_proved_on_two_servers(family: str) -> None:
    held = map(shipped, SHIPPED)
    proved = {each.id for each in held if each.tested_with and any(a.family == family for a in each.actions)}
    assert len(proved) >= 2, proved


def test_every_control_that_is_called_proved_is_in_the_matrix_of_real_servers(repository: Path) -> None:
    matrix = (repository / "tests" / "live" / "matrix.py").read_text("utf-8")
    driven = set(re.findall(r'Case\(\s*"[a-z_]+",\s*"([a-z-]+)",\s*"([a-z-]+)"', matrix))
    called = {
        (name, action.id) for name in SHIPPED for action in shipped(name).actions if shipped(name).tested_with
    }
    assert driven == called


def test_the_configuration_told_for_haproxy_is_what_the_tests_run_with(page: str) -> None:
    lines = [line.strip() for line in told(page, "HAProxy: lists and maps").splitlines()]
    frontend = CONFIG[CONFIG.index("frontend llm") : CONFIG.index("frontend careless")]
    run = [line.strip() for line in frontend.splitlines()]
    assert len(lines) > 15
    assert [line for line in run if line in lines] == lines


def test_the_configuration_told_for_caddy_is_what_the_tests_run_with(page: str, tmp_path: Path) -> None:
    caddy = Caddy(tmp_path)
    with Upstream("prod") as caddy.prod:
        caddy.ports = (1, 2, 3)
        routes = caddy.config()["apps"]["http"]["servers"]["llm"]["routes"]
    assert json.loads(told(page, "Caddy: words in prompts")) == routes[-3:-1]


def test_the_configuration_told_for_two_versions_is_what_the_tests_run_with(page: str) -> None:
    told_routes = yaml.safe_load(told(page, "Envoy: two versions").replace("known-good", "fallback"))
    manager = bootstrap(1, 2)["static_resources"]["listeners"][0]["filter_chains"][0]["filters"][0]
    assert told_routes == manager["typed_config"]["route_config"]["virtual_hosts"][0]["routes"][1:]


def test_the_configuration_told_for_varnish_is_what_the_tests_run_with(page: str) -> None:
    _, _, second = page.partition("### Varnish: a configuration that keeps nothing\n")
    passes, delivers = (part.partition("```")[2].partition("```")[0].strip() for part in halves(second))
    assert (
        passes.replace("/etc/varnish/default.vcl", "{keeps}")
        == PASSES.replace("{{", "{").replace("}}", "}").strip()
    )
    assert delivers in KEEPS.replace("{{", "{").replace("}}", "}")


def halves(text: str) -> tuple[str, str]:
    """Two blocks of configuration, one after the other."""
    first, _, rest = text.partition("In the one in use")
    return first, rest


def prepared(connector: str, action: str, **params: str) -> str:
    """What a file says its server needs, as `init` shows it with these parameters."""
    target = Target("it", BASE.get(connector, "http://127.0.0.1:1"), program="it")
    measure = partly_bound(shipped(connector), action, params, target)
    # Those that the tests start find their files beside them.
    return fill_text(measure.action.prepare or "", measure.scope).replace("/etc/haproxy/", "")


def configured(text: str) -> list[str]:
    """The lines of configuration among those of a text for people, which stand indented."""
    return [each.strip() for each in text.splitlines() if each[:1] == " "]


BASE = {"haproxy": "tcp://127.0.0.1:1", "varnish": "exec:varnishadm"}
HAPROXY = {
    "halt": {"key": "llm"}, "limit": {"key": "llm"}, "block-key": {}, "block-prompt": {}, "revoke-token": {},
    "withdraw-link": {}, "roll-back": {"key": "llm"},
}  # fmt: skip
NOT_TOLD = re.compile("normalize-uri")
"""What only some services need."""


@pytest.mark.parametrize("action", HAPROXY)
def test_what_haproxy_needs_for_an_action_is_what_the_tests_run_with(action: str) -> None:
    run = [line.strip() for line in CONFIG.replace("size 1k", "size 100k").splitlines()]
    text = prepared("haproxy", action, **HAPROXY[action]).replace("BACKEND-IN-USE", "llm")
    lines = [line for line in configured(text) if not NOT_TOLD.search(line)]
    assert lines
    assert set(lines) <= set(run)
    # Rules are met in their order; what they go by may be defined in any.
    rules = [line for line in lines if line.startswith("http-request")]
    assert [line for line in run[: run.index("frontend careless")] if line in rules] == rules


def test_the_files_tell_all_that_the_page_tells_of_haproxy(page: str) -> None:
    texts = (
        prepared("haproxy", each, **values).replace("BACKEND-IN-USE", "llm")
        for each, values in HAPROXY.items()
    )
    told_lines = {line.strip() for line in told(page, "HAProxy: lists and maps").splitlines()}
    assert told_lines - {line for text in texts for line in configured(text)} == {"default_backend llm"}
    prompts = " ".join(configured(prepared("haproxy", "block-prompt")))
    assert all(word in prompts for word in ("tune.bufsize", "status 411", "status 413", "req.body_len"))


def test_the_files_tell_what_the_page_tells_of_caddy_envoy_and_varnish(page: str) -> None:
    caddy = prepared("caddy", "block-prompt")
    routes = caddy[caddy.index("  {") : caddy.index("Then, and from then on")]
    assert json.loads(f"[{routes}]") == json.loads(told(page, "Caddy: words in prompts"))
    envoy = prepared("envoy", "roll-back", marker="[good", cluster="known-good")
    shifted = yaml.safe_load(envoy[envoy.index("  - match") :])
    named = yaml.safe_load(told(page, "Envoy: two versions").replace(": prod", ": NEW-VERSION"))
    assert shifted == named
    _, _, second = page.partition("### Varnish: a configuration that keeps nothing\n")
    for part in halves(second):
        block = part.partition("```")[2].partition("```")[0]
        assert [line.strip() for line in block.splitlines() if line.strip()] == [
            line
            for line in configured(prepared("varnish", "bypass"))
            if line in {each.strip() for each in block.splitlines()}
        ]


@pytest.mark.parametrize("name", SHIPPED)
def test_what_the_page_asks_for_is_told_by_the_file(name: str) -> None:
    for action in shipped(name).actions:
        prose = [line for line in (action.prepare or "").splitlines() if line[:1] != " "]
        assert prose, action.id
        # As filled in with values of usual length, beside the four columns that `init` sets it in by.
        assert all(len(re.sub(r"\$\{[^}]*\}", "x" * 8, line)) < 74 for line in prose), action.id
