"""No address of a hub is left out of the fuzzing: whoever adds one adds a request that finds it."""

import ast
import importlib
import inspect
import pkgutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from textwrap import dedent
from types import CodeType, FrameType
from typing import Any

import pytest
from starlette.routing import Match, Route
from tests.faults.test_fuzz_hub import on_the_wire
from tests.support.conversation import conversation, wired
from tests.support.hub import Made
from tests.sync.conftest import Team

from ircockpit import hub as hub_package
from ircockpit.hub import decisions
from ircockpit.hub.app import make_app
from ircockpit.hub.asking import Asked
from ircockpit.hub.live import Hints
from ircockpit.hub.service import Hub


def dispatching() -> Iterator[Callable[..., Any]]:
    """Every function of the hub that decides by method or path what a request is."""
    for found in pkgutil.iter_modules(hub_package.__path__, f"{hub_package.__name__}."):
        if found.name.endswith("__main__"):
            continue
        module = importlib.import_module(found.name)
        classes = [each for _, each in inspect.getmembers(module, inspect.isclass)]
        for owner in (module, *classes):
            for _, function in inspect.getmembers(owner, inspect.isfunction):
                if function.__module__ == found.name and "match asked." in inspect.getsource(function):
                    yield function


DISPATCH = tuple(dispatching())


@pytest.fixture
def asked(team: Team, made: Made, tmp_path: Path) -> Iterator[list[Asked]]:
    with made.copy("c", tmp_path / "c") as newcomer:
        yield conversation(team, newcomer)


def cases(function: Callable[..., Any]) -> dict[int, str]:
    """First line of what is done in each case of a function's matches, with the pattern."""
    lines, start = inspect.getsourcelines(function)
    tree = ast.parse(dedent("".join(lines)))
    found = [case for node in ast.walk(tree) if isinstance(node, ast.Match) for case in node.cases]
    return {start + case.body[0].lineno - 1: ast.unparse(case.pattern) for case in found}


@contextmanager
def lines_of(*functions: Callable[..., Any]) -> Iterator[set[tuple[CodeType, int]]]:
    """Lines of these functions that are run while inside."""
    codes = {function.__code__ for function in functions}
    found: set[tuple[CodeType, int]] = set()

    def line(frame: FrameType, event: str, _: object) -> Any:
        if event == "line":
            found.add((frame.f_code, frame.f_lineno))
        return line

    before = sys.gettrace()
    sys.settrace(lambda frame, event, arg: line if frame.f_code in codes else None)
    try:
        yield found
    finally:
        sys.settrace(before)


def missed(hub: Hub, asked: list[Asked], *functions: Callable[..., Any]) -> list[str]:
    """Cases that none of the requests came to."""
    with lines_of(*functions) as run:
        for each in asked:
            hub.answer(each)
    return [
        f"{function.__qualname__}: case {pattern}"
        for function in functions
        for number, pattern in cases(function).items()
        if (function.__code__, number) not in run
    ]


def test_every_address_of_the_hub_is_among_what_is_fuzzed(team: Team, asked: list[Asked]) -> None:
    assert len(DISPATCH) == len(set(DISPATCH)) >= 5
    assert sum(len(cases(function)) for function in DISPATCH) >= 20
    assert missed(team.hub.hub, asked, *DISPATCH) == []


def test_an_address_that_no_request_comes_to_is_found(team: Team, asked: list[Asked]) -> None:
    """The control: without its one request each is missed."""
    for path in ("/v1/authority", "/v1/renew", "/v1/status"):
        others = [each for each in asked if each.path != path]
        assert [each for each in missed(team.hub.hub, others, *DISPATCH) if path in each]
    without = [each for each in asked if not each.path.endswith(("/commit", "/parts"))]
    assert len(missed(team.hub.hub, without, *DISPATCH)) == 2


def test_every_route_of_the_server_is_among_what_goes_over_the_wire(team: Team, asked: list[Asked]) -> None:
    app = make_app(team.hub.hub, Hints())
    routes = [route for route in app.routes if isinstance(route, Route)]
    assert len(routes) == len(app.routes) >= 5
    met = {
        next(
            route.path
            for route in routes
            if route.matches({"type": "http", "path": each.path, "method": each.method})[0] is Match.FULL
        )
        for each in wired(asked)
    }
    assert met == {route.path for route in routes}
    assert all(on_the_wire(each).startswith(each.method.encode()) for each in wired(asked))


def test_every_decision_has_a_case_that_is_known_here() -> None:
    """Those about members are made by hand in ``tests/hub/test_hub_authority.py``; a new one has to be looked at."""
    assert set(cases(decisions.carry_out).values()) == {"'role'", "'remove'", "'revoke'", "'erase'"}
