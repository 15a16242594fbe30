"""What the screens look like: each at two sizes and without colour, compared with the picture kept of it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from rich.segment import Segment
from rich.style import Style
from tests.screens.frames import MODES, framed, plain_picture
from tests.screens.night import Night, night
from tests.screens.stage import Cockpit
from tests.store.profiles import NOON_US
from textual.strip import Strip

from ircockpit.blobs.files import FileBlobs
from ircockpit.blobs.halves import Half
from ircockpit.blobs.manifest import manifest_of
from ircockpit.features.clocks.rulebook import rulebook
from ircockpit.features.evidence.queries import exhibits
from ircockpit.screens.app import CockpitApp
from ircockpit.store.settings import place
from ircockpit.store.workstation import Workstation
from ircockpit.sync.alarms import Alarm, raise_alarm
from ircockpit.sync.state import Link, Sending, SyncState


@pytest.fixture(params=MODES)
def mode(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def tonight(tmp_path: Path) -> Iterator[Night]:
    with night(tmp_path) as made:
        yield made


@pytest.fixture(scope="module")
def same_night(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Night]:
    """For those who only look."""
    with night(tmp_path_factory.mktemp("night")) as made:
        rulebook(made.station.profile.folder)
        yield made


KEYS: dict[str, tuple[str, ...]] = {
    "queue": (), "queue signals": ("G",), "help": ("question_mark",), "overview": ("enter",), "triage": ("enter", "2"),
    "containment": ("enter", "3"), "timeline": ("enter", "4"), "evidence": ("enter", "5"), "playbook": ("enter", "6"),
    "people": ("enter", "7"), "clocks": ("enter", "8"), "exhibit": ("enter", "5", "enter"), "entry": ("enter", "4", "enter"),
    "local times": ("enter", "4", "Z", "j"), "no evidence": ("j", "enter", "5"), "sync alone": ("s",),
    "settings": ("comma", "j"),
}  # fmt: skip
"""What is pressed to come to each picture, from the start."""
UNREACHED = SyncState(
    Link.OFFLINE, "http://hub.example", unsent=3, unconfirmed=5, uploading=2, last_ok_us=NOON_US + 31 * 60_000_000,
    trouble="no answer from hub.example within 5 s",
)  # fmt: skip


@pytest.mark.parametrize("name", KEYS)
def test_the_screen_is_as_pictured(same_night: Night, name: str, mode: str) -> None:
    async def scenario(cockpit: Cockpit) -> None:
        await cockpit.press(*KEYS[name])

    framed(name.replace(" ", "_"), mode, same_night.station, scenario)


def test_the_sync_page_names_everything_that_is_open(tonight: Night, mode: str) -> None:
    station, clock = tonight.station, tonight.clock
    tonight.disagree()
    station.profile.save_identity(station.identity._replace(hub="http://hub.example"))
    station.identity = station.profile.identity()
    raise_alarm(
        station.log,
        Alarm("restored", "", "the hub went back to an earlier state; what it lacks is sent again", 1),
    )
    sha256 = exhibits(station.view, tonight.incident)[1].sha256
    news = UNREACHED._replace(sending=Sending(sha256, 481_996, 1_204_992, 64_000.0))
    begin_fetching(station, b"y" * 3_000_000)
    clock.after_noon(63)

    async def scenario(cockpit: Cockpit) -> None:
        cockpit.app.post_message(CockpitApp.HubNews(news))
        await cockpit.press("s", "j", "j")
        await cockpit.until("offline")

    framed("sync_open", mode, station, scenario)


def test_a_plan_is_shown_before_it_is_sent(same_night: Night, mode: str) -> None:
    async def scenario(cockpit: Cockpit) -> None:
        await cockpit.press("exclamation_mark")
        await cockpit.until("press f to send")

    framed("stop_plan", mode, same_night.station, scenario)


def test_a_disagreement_stands_on_the_overview(tonight: Night, mode: str) -> None:
    tonight.disagree()
    tonight.clock.after_noon(63)

    async def scenario(cockpit: Cockpit) -> None:
        await cockpit.press("enter", "X")

    framed("disagreement", mode, tonight.station, scenario)


def test_what_is_wrong_with_the_settings_stands_above_them(tonight: Night, mode: str) -> None:
    place(tonight.station.profile.folder).write_text('theme = "night"\n[care]\nblur = "no" # too dark\n')

    async def scenario(cockpit: Cockpit) -> None:
        await cockpit.press("comma")

    framed("settings_wrong", mode, tonight.station, scenario)


def begin_fetching(station: Workstation, data: bytes) -> None:
    """A file of which a third is here, and nobody is at it."""
    manifest = manifest_of([data])
    half = Half(FileBlobs(station.profile.blobs), manifest)
    piece = half.missing()[0]
    half.take(piece, data[: piece.size])
    half.close()


def test_a_colour_where_there_are_to_be_none_is_seen() -> None:
    with pytest.raises(AssertionError):
        plain_picture([Strip([Segment("red", Style(color="red"))])])
    assert (
        plain_picture([Strip([Segment("x", Style(bold=True)), Segment(" ", Style(reverse=True))])])
        == "br |x\n"
    )
