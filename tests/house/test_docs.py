"""The pages in docs/ say what the registry says, name commands that exist, and link to what is there."""

import re
import shlex
from pathlib import Path

import pytest
from tools.docs import EXITS, commands_page, keys_page, stale

import ircockpit
from ircockpit.command.parser import build, parse
from ircockpit.core.errors import ExitCode, UsageError
from ircockpit.core.yamltext import load_yaml
from ircockpit.features.catalogue import actions
from ircockpit.features.systems.rules import check, stated_fields, system_from


@pytest.fixture(scope="module")
def papers(repository: Path) -> dict[Path, str]:
    found = {path: path.read_text("utf-8") for path in sorted((repository / "docs").glob("*.md"))}
    assert len(found) > 5
    return found


def test_generated_pages_are_current() -> None:
    assert not stale(), "run: make docs"


def test_a_changed_registry_would_be_seen() -> None:
    registry = actions()
    changed = (registry[0]._replace(title="something else", keys=("f9",)), *registry[1:])
    assert commands_page(changed) != commands_page(registry)
    assert keys_page(changed) != keys_page(registry)
    with pytest.raises(SystemExit):
        commands_page((registry[0]._replace(result="no such shape"), *registry[1:]))


def test_every_exit_code_and_every_key_is_told() -> None:
    registry = actions()
    assert set(EXITS) == set(ExitCode)
    page = keys_page(registry)
    for action in registry:
        if action.keys:
            assert action.title in page, action.id


def test_links_lead_somewhere(papers: dict[Path, str]) -> None:
    broken = [
        f"{path.name}: {link}"
        for path, text in papers.items()
        for link in re.findall(r"\]\((?!https?:)([^)#]+)", text)
        if not (path.parent / link).exists()
    ]
    assert not broken


def test_every_command_in_docs_is_one(papers: dict[Path, str]) -> None:
    parser = build(actions(), ircockpit.__version__)
    typed = [
        shlex.split(line, comments=True)[1:]
        for text in papers.values()
        for block in re.findall(r"^```sh\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
        for line in block.replace("\\\n", " ").splitlines()
        if line.startswith("ircockpit ")
    ]
    inline = [
        shlex.split(words)
        for text in papers.values()
        for words in re.findall(r"`ircockpit ([a-z][^`]*)`", text)
    ]
    assert len(typed) > 5
    for words in typed:
        assert parse(parser, words).action is not None
    verbs = {action.verb for action in actions()} | {action.verb[:1] for action in actions() if action.alone}
    for words in inline:
        assert tuple(words[:1]) in verbs or tuple(words[:2]) in verbs, words
    with pytest.raises(UsageError):
        parse(parser, ["system", "add", "--no-such-option"])


def test_the_example_of_a_system_is_one(papers: dict[Path, str]) -> None:
    text = next(text for path, text in papers.items() if path.name == "systems.md")
    found = re.search(r"<!-- example -->\n```yaml\n(.*?)```", text, re.DOTALL)
    assert found
    stated = load_yaml(found[1].encode())
    stated["targets"] = [{"name": name, **row} for name, row in stated["targets"].items()]
    system = system_from("", stated)
    check(system)
    assert set(stated) == set(stated_fields(system))
    assert len(system.controls) == len(stated["controls"]) == 2
