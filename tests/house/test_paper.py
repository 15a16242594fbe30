"""README, CHANGELOG, LICENSE, pyproject.toml and the locks agree with each other and with the Makefile."""

import hashlib
import re
import shlex
import tomllib
from pathlib import Path

import pytest

import ircockpit
from ircockpit.command.parser import build, parse
from ircockpit.core.errors import UsageError
from ircockpit.features.catalogue import actions

LOCKS = ("requirements.lock", "requirements-notify.lock", "requirements-dev.lock")
APACHE_2 = "cfc7749b96f63bd31c3c42b5c471bf756814053e847c10f3eb003417bc523d30"
"""SHA-256 of the licence's text as the Apache Software Foundation publishes it."""


def targets(makefile: str) -> set[str]:
    """Names of everything ``make`` can be asked for."""
    rules = re.findall(r"^([a-z][a-z -]*):(?!=)", makefile, re.MULTILINE)
    return {name for rule in rules for name in rule.split()}


def test_every_make_command_of_the_readme_exists(repository: Path) -> None:
    asked = set(re.findall(r"(?:`|^)make ([a-z-]+)", (repository / "README.md").read_text(), re.MULTILINE))
    assert {"run", "test"} <= asked
    assert asked <= targets((repository / "Makefile").read_text())


def test_every_command_of_the_readme_is_one(repository: Path) -> None:
    blocks = re.findall(
        r"^```sh\n(.*?)^```", (repository / "README.md").read_text(), re.MULTILINE | re.DOTALL
    )
    lines = "".join(blocks).replace("\\\n", " ").splitlines()
    typed = [shlex.split(line)[1:] for line in lines if re.match(r"(\.venv/bin/)?ircockpit ", line)]
    assert len(typed) > 3
    parser = build(actions(), ircockpit.__version__)
    for words in typed:
        assert parse(parser, words).action is not None
    with pytest.raises(UsageError):
        parse(parser, ["demo", "--no-such-option"])


def test_make_alone_lists_every_target(repository: Path) -> None:
    makefile = (repository / "Makefile").read_text()
    assert set(re.findall(r"^## make ([a-z-]+)", makefile, re.MULTILINE)) == targets(makefile) - {"help"}


def test_links_of_the_readme_lead_somewhere(repository: Path) -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)", (repository / "README.md").read_text())
    assert links
    assert not [link for link in links if not (repository / link).exists()]


def test_the_licence_is_apache_2(repository: Path) -> None:
    assert hashlib.sha256((repository / "LICENSE").read_bytes()).hexdigest() == APACHE_2


def test_one_version_everywhere(repository: Path) -> None:
    project = tomllib.loads((repository / "pyproject.toml").read_text())["project"]
    newest = re.search(r"^## \[([^\]]+)\]", (repository / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert newest is not None
    assert project["version"] == ircockpit.__version__ == newest[1]


def requirements(lock: str) -> dict[str, str]:
    """Name and version, with all that follows, of every entry of a lock."""
    joined = lock.replace("\\\n", " ")
    return {line.split(" ")[0]: line for line in joined.splitlines() if line and not line.startswith("#")}


def faults(lock: str) -> list[str]:
    """Entries that are not pinned, carry no hash, or stand in for an address."""
    whole = re.compile(r"[a-z0-9-]+==\S+ (; [^#@]+ )?( *--hash=sha256:[0-9a-f]{64} *)+")
    return [name for name, line in requirements(lock).items() if not whole.fullmatch(line)] + re.findall(
        r"\S*://\S*", lock
    )


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_holds_hashes_and_no_address(repository: Path, name: str) -> None:
    lock = (repository / name).read_text()
    assert len(requirements(lock)) > 40
    assert not faults(lock)
    assert [line for line in lock.splitlines() if line.startswith(("#", "-"))] == [lock.splitlines()[0]]


def test_a_faulty_lock_is_seen() -> None:
    good = "anyio==4.16.0 \\\n    --hash=sha256:" + "0" * 64 + "\n"
    assert not faults(good)
    assert faults("anyio==4.16.0\n") == ["anyio==4.16.0"]
    assert faults("anyio>=4 \\\n    --hash=sha256:" + "0" * 64 + "\n")
    assert faults("anyio @ https://host.example/anyio.whl \\\n    --hash=sha256:" + "0" * 64 + "\n")


def test_the_lock_for_testing_repeats_the_one_for_running(repository: Path) -> None:
    running, notifying, testing = ({*requirements((repository / name).read_text())} for name in LOCKS)
    assert running < notifying < testing
    assert "textual==8.2.8" in running


def test_every_dependency_of_the_program_is_locked(repository: Path) -> None:
    project = tomllib.loads((repository / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    wanted = {
        "requirements.lock": [*project["dependencies"], *extras["hub"]],
        "requirements-notify.lock": [*project["dependencies"], *extras["hub"], *extras["notify"]],
        "requirements-dev.lock": [*extras["notify"], *extras["dev"]],
    }
    for lock, named in wanted.items():
        locked = {name.partition("==")[0] for name in requirements((repository / lock).read_text())}
        names = {re.split(r"[^\w.-]", entry)[0].lower().replace("_", "-") for entry in named}
        assert names <= locked
