"""What every test stands on: a profile of its own, a plain terminal, steady Hypothesis, and honest skips.

A skip says what is absent (``absent: <what> (<how to get it>)``) and is named at the end of the run. With
``IRCOCKPIT_REQUIRE_SERVERS=1`` every skip is a failure, except ``elsewhere: <reason>``: a test that means
another system than this one.
"""

import os
import re
import shutil
import signal
from collections.abc import Callable, Generator, Iterator
from itertools import count
from pathlib import Path
from typing import Any, NoReturn

import pytest
from hypothesis import HealthCheck, settings
from tests.support import leftovers
from tests.support.surroundings import clean_environment

ROOT = Path(__file__).resolve().parent.parent
SHARED_ABSENT = "absent: shared data (set IRCOCKPIT_SHARED to the folder that holds data/)"

settings.register_profile(
    "ci",
    derandomize=True,
    deadline=None,
    database=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile("long", settings.get_profile("ci"), derandomize=False, max_examples=2000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))

# A shell without job control starts what it puts in the background deaf to SIGINT, nohup does so for SIGHUP, and
# children inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)
if hasattr(signal, "SIGHUP"):
    signal.signal(signal.SIGHUP, signal.SIG_DFL)

Say = Callable[[str], None]
"""Says a figure past pytest, so that it stands in the output of a run that went well."""

_numbers = count()


def must_not_skip() -> bool:
    """Whether an absent server or file is a failure here."""
    return os.environ.get("IRCOCKPIT_REQUIRE_SERVERS", "") not in ("", "0")


MARKED = pytest.StashKey[str]()
LEFT = pytest.StashKey[list[str]]()


def pytest_configure(config: pytest.Config) -> None:
    """Finds the shared data beside the clone, for tests that read the variable themselves, and marks what they start."""
    if leftovers.PROCESSES.is_dir():
        config.stash[MARKED] = leftovers.mark()
        guard = leftovers.guard(config.stash[MARKED])

        def leave() -> None:
            guard.terminate()
            guard.wait()

        config.add_cleanup(leave)
    config.stash[LEFT] = []
    beside = ROOT.parent / "shared"
    if (beside / "data").is_dir():
        os.environ.setdefault("IRCOCKPIT_SHARED", str(beside))


@pytest.fixture(autouse=True)
def own_surroundings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Gives each test an ``IRCOCKPIT_HOME`` that does not exist yet and a plain terminal; undone after."""
    before = dict(os.environ)
    home = tmp_path_factory.getbasetemp() / f"home-{next(_numbers)}"
    clean = clean_environment(home)
    os.environ.clear()
    os.environ.update(clean)
    yield
    os.environ.clear()
    os.environ.update(before)


@pytest.fixture
def say(request: pytest.FixtureRequest, capsys: pytest.CaptureFixture[str]) -> Say:
    """Says at once what a test alone in its process tells; of several processes the summary says it."""

    def said(text: str) -> None:
        if hasattr(request.config, "workerinput"):
            request.node.user_properties.append(("said", text))
            return
        with capsys.disabled():
            print(f"\n  {text}", end="")  # noqa: T201 - the figures are what a run is for

    return said


@pytest.fixture(scope="session")
def repository() -> Path:
    """The folder of the project."""
    return ROOT


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of files from other projects; where it is absent, the test is skipped by name."""
    given = os.environ.get("IRCOCKPIT_SHARED")
    if not given or not (Path(given) / "data").is_dir():
        pytest.skip(SHARED_ABSENT)
    return Path(given) / "data"


@pytest.fixture(scope="session")
def need_program() -> Callable[[str, str], str]:
    """``need_program(name, how_to_get_it)`` gives the path of a program, or skips the test by name."""

    def need(name: str, how_to_get_it: str) -> str:
        found = shutil.which(name)
        return found if found else absent(name, how_to_get_it)

    return need


def absent(what: str, how_to_get_it: str) -> NoReturn:
    """Skips the running test because ``what`` is not on this machine."""
    pytest.skip(f"absent: {what} ({how_to_get_it})")


def skip_reason(report: pytest.TestReport | pytest.CollectReport) -> str:
    """The words of a skip, without pytest's own in front."""
    words = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    return re.sub(r"^Skipped:? ", "", words)


def hold_to_it(report: pytest.TestReport | pytest.CollectReport) -> None:
    """Turns a skip into a failure where nothing may be left out."""
    if report.outcome != "skipped" or hasattr(report, "wasxfail") or not must_not_skip():
        return
    reason = skip_reason(report)
    if not reason.startswith("elsewhere: "):
        report.outcome = "failed"
        report.longrepr = f"Nothing may be skipped here (IRCOCKPIT_REQUIRE_SERVERS), yet: {reason}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Applies the rule on skips to tests."""
    report = yield
    hold_to_it(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Applies the rule on skips to whole modules."""
    report = yield
    hold_to_it(report)
    return report


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Takes what a process of several has left running."""
    node.config.stash[LEFT] += getattr(node, "workeroutput", {}).get("left", [])


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fails a run whose programs outlive it."""
    config = session.config
    beside = getattr(config, "workeroutput", None)
    if MARKED in config.stash and not config.getoption("numprocesses", None):
        config.stash[LEFT] += leftovers.left_at_last(config.stash[MARKED])
    if beside is not None:
        beside["left"] = config.stash[LEFT]
    elif config.stash[LEFT] and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Says the figures of the run, and names, once each, what was left out and how often, and what was left running."""
    reports = [report for kind in ("passed", "failed") for report in terminalreporter.stats.get(kind, [])]
    figures = [
        (report.nodeid, text) for report in reports for name, text in report.user_properties if name == "said"
    ]
    if figures:
        terminalreporter.section("figures")
        for place, text in figures:
            terminalreporter.line(f"{place}\n  {text}")
    if still := terminalreporter.config.stash[LEFT]:
        terminalreporter.section("outlived its test, and was killed")
        for words in still:
            terminalreporter.line(words)
    reasons: dict[str, int] = {}
    for report in terminalreporter.stats.get("skipped", []):
        reason = skip_reason(report)
        reasons[reason] = reasons.get(reason, 0) + 1
    if reasons:
        terminalreporter.section("left out")
        for reason, times in sorted(reasons.items()):
            terminalreporter.line(f"{times:4} x {reason}")
