"""A founder and a colleague with profiles of their own, and passphrases in files."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.support.hub import DirectTransport, LocalHub, Made, sync

from ircockpit.store.workstation import Workstation


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """Profiles made once: ``a`` founded an organisation with a hub, ``b`` joined it, ``c`` is alone."""
    return Made(tmp_path_factory.mktemp("made"))


@pytest.fixture
def a(made: Made, tmp_path: Path) -> Iterator[Workstation]:
    with made.copy("a", tmp_path / "a") as who:
        yield who


@pytest.fixture
def b(made: Made, tmp_path: Path) -> Iterator[Workstation]:
    with made.copy("b", tmp_path / "b") as who:
        yield who


@pytest.fixture
def c(made: Made, tmp_path: Path) -> Iterator[Workstation]:
    with made.copy("c", tmp_path / "c") as who:
        yield who


@pytest.fixture
def hub(made: Made, a: Workstation, tmp_path: Path) -> Iterator[LocalHub]:
    hub = made.hub(a, tmp_path / "hub")
    yield hub
    hub.close()


@pytest.fixture
def meet(hub: LocalHub) -> Callable[..., None]:
    """One round with the hub for each of those given."""

    def rounds(*those: Workstation) -> None:
        for who in those:
            sync(who, lambda _: DirectTransport(lambda: hub.hub))

    return rounds


@pytest.fixture
def source(tmp_path: Path) -> str:
    """Where a passphrase is."""
    file = tmp_path / "words"
    file.touch(0o600)
    file.write_text("a quiet long word\n")
    return f"file:{file}"
