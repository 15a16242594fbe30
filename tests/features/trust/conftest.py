"""A founder, a colleague and somebody alone, each with a profile, joining by files, and passphrases in files."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.support.hub import DirectTransport, LocalHub, Made, sync

from ircockpit.core.errors import CockpitError, ExitCode
from ircockpit.features.trust import enrolling
from ircockpit.ledger.joining import spoken
from ircockpit.store.workstation import Workstation

Meet = Callable[..., None]


def asked(who: Workstation, file: Path) -> str:
    """Write a request; its fingerprint."""
    return str(enrolling.request(who, file=str(file)).data["fingerprint"])


def carried(who: Workstation, by: Workstation, folder: Path, **more: str) -> Path:
    """Request and certificate, each confirmed; where the certificate lies."""
    folder.mkdir(exist_ok=True)
    letters = asked(who, folder / "request")
    done = enrolling.certify(
        by, request=str(folder / "request"), file=str(folder / "certificate"), confirm=letters, **more
    )
    assert done.code == ExitCode.OK
    return folder / "certificate"


def accept(who: Workstation, file: Path, of: Workstation) -> dict[str, Any]:
    """Accept a certificate, having compared the fingerprint."""
    result = enrolling.accept(who, file=str(file), confirm=spoken(of.identity.root))
    assert result.code == ExitCode.OK
    return dict(result.data)


def state(who: Workstation) -> tuple[object, ...]:
    return (
        who.profile.identity(), who.identity, who.epoch(), len(who.log.certificates()), who.log.head_arrival(),
        sorted((path.name, path.read_bytes()) for path in who.profile.keys.iterdir()),
    )  # fmt: skip


def unchanged(who: Workstation, act: Callable[[], object], words: str | None = None) -> CockpitError:
    """The sentence it is refused with; nothing has changed."""
    before = state(who)
    with pytest.raises(CockpitError, match=words) as told:
        act()
    assert told.value.safe
    assert told.value.fix
    assert state(who) == before
    return told.value


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
def meet(hub: LocalHub) -> Meet:
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
