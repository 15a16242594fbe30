"""Hostile bundles: whatever stands in the folder, it is refused with a sentence, and nothing outside is touched."""

import os
import shutil
import tracemalloc
import unicodedata
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.store.profiles import declare, open_station
from tests.support.bundles import reseal, restate

from ircockpit.bundle import layout
from ircockpit.bundle.reading import Bundle
from ircockpit.core.errors import CockpitError, ExitCode, TrustError
from ircockpit.features.bundles.actions import export, take
from ircockpit.features.evidence.actions import add
from ircockpit.store.workstation import Workstation


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A profile and a sound bundle of it."""
    folder = tmp_path_factory.mktemp("hostile")
    with open_station(folder / "profile") as station:
        ident, _ = declare(station)
        (folder / "file").write_bytes(b"bytes")
        add(station, file=str(folder / "file"), incident=ident)
        export(station, to=str(folder / "out"), all=True)
    return folder / "profile", folder / "out"


class Target:
    """A sound bundle to be spoiled, beside the profile it is of."""

    def __init__(self, station: Workstation, folder: Path) -> None:
        self.station, self.folder = station, folder

    def seal(self) -> None:
        reseal(self.folder, self.station.key())

    def refused(self) -> CockpitError:
        """The refusal; nothing of the bundle was kept."""
        before = self.station.log.count(), sorted(self.station.profile.blobs.rglob("*"))
        with pytest.raises(CockpitError) as caught:
            take(self.station, folders=[str(self.folder)], yes=True)
        assert (self.station.log.count(), sorted(self.station.profile.blobs.rglob("*"))) == before
        error = caught.value
        assert error.code in (ExitCode.USAGE, ExitCode.DAMAGED, ExitCode.REFUSED, ExitCode.NOT_FOUND)
        assert "nothing" in error.safe
        return error


@pytest.fixture
def target(made: tuple[Path, Path], tmp_path: Path) -> Iterator[Target]:
    shutil.copytree(made[0], tmp_path / "profile")
    shutil.copytree(made[1], tmp_path / "out")
    with open_station(tmp_path / "profile") as station:
        yield Target(station, tmp_path / "out")


def test_the_control_is_taken_over(target: Target) -> None:
    assert take(target.station, folders=[str(target.folder)], yes=True).data["taken"]["held"]
    target.seal()
    assert take(target.station, folders=[str(target.folder)], yes=True).data["taken"]["files"] == 1


NAMES = [
    "../profile/log.db", "data/../../profile/log.db", "/etc/passwd", "data/blobs/../../x", "data//blobs/x", "~/x",
    "data/blobs/" + "0" * 63 + "\x1b", "data/streams/x/events.ndjson", "data/fetch.txt", "data/blobs/" + "A" * 64,
    unicodedata.normalize("NFD", "data/é"), unicodedata.normalize("NFC", "data/é"), "data/blobs/" + "0" * 64 + "\u200b",
    "C:\\x", "data\\blobs\\x", "data/blobs/" + "0" * 64 + "\n", "con", "",
]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("manifest", [layout.MANIFEST, layout.TAG_MANIFEST])
def test_a_manifest_can_name_nothing_but_the_layout(target: Target, name: str, manifest: str) -> None:
    path = target.folder / manifest
    path.write_bytes(path.read_bytes() + f"{'0' * 64}  {name}\n".encode())
    assert target.refused().code == ExitCode.USAGE


def _links(folder: Path) -> None:
    (folder / layout.INSTRUCTIONS).unlink()
    (folder / layout.INSTRUCTIONS).symlink_to("/etc/hostname")


def _link_of_a_folder(folder: Path) -> None:
    (folder / "data" / "blobs").rename(folder.parent / "elsewhere")
    (folder / "data" / "blobs").symlink_to(folder.parent / "elsewhere")


def _pipe(folder: Path) -> None:
    os.mkfifo(folder / "data" / "pipe")


def _added(folder: Path) -> None:
    (folder / "data" / "added").write_text("x")


def _twice(folder: Path) -> None:
    path = folder / layout.MANIFEST
    path.write_text(path.read_text() + path.read_text().splitlines(keepends=True)[0])


def _gone(folder: Path) -> None:
    next((folder / "data" / "blobs").iterdir()).unlink()


def _empty(folder: Path) -> None:
    (folder / layout.STATEMENT).write_text("")


def _many_names(folder: Path) -> None:
    path = folder / layout.MANIFEST
    with path.open("a") as file:
        file.writelines(f"{'0' * 64}  data/blobs/{number:064x}\n" for number in range(10_000))


@pytest.mark.parametrize(
    "spoil", [_links, _link_of_a_folder, _pipe, _added, _twice, _gone, _empty, _many_names]
)
def test_what_is_no_bundle_is_refused(target: Target, spoil: Callable[[Path], None]) -> None:
    spoil(target.folder)
    target.refused()


def _one_line(folder: Path) -> None:
    path = next(folder.glob("data/streams/*/events.ndjson"))
    path.write_bytes(b"[" * (layout.MAX_LINE * 8))


def _deep(folder: Path) -> None:
    path = next(folder.glob("data/streams/*/events.ndjson"))
    path.write_bytes(b'{"e":' * 5000 + b"1" + b"}" * 5000 + b"\n")


def _not_text(folder: Path) -> None:
    path = next(folder.glob("data/streams/*/events.ndjson"))
    path.write_bytes(b"\xff\xfe\x00" * 1000 + b"\n")


def _a_list(folder: Path) -> None:
    path = next(folder.glob("data/streams/*/events.ndjson"))
    path.write_bytes(b'[]\n{"r":null}\n{"r":1,"e":2,"s":3,"p":4}\n')


def _statement(field: str, value: object) -> Callable[[Path], None]:
    def spoil(folder: Path) -> None:
        restate(folder, lambda said: said.update({field: value}))

    return spoil


def _no_certificates(folder: Path) -> None:
    (folder / layout.CERTIFICATES).write_text('{"raw":"","sig":""}\n')


def _certificate_of_lists(folder: Path) -> None:
    (folder / layout.CERTIFICATES).write_text("[[]]\n")


def _no_checkpoint(folder: Path) -> None:
    next(folder.glob("data/streams/*/checkpoints.txt")).write_text("\n\n\n— x y\n\n" * 100)


@pytest.mark.parametrize(
    "spoil",
    [
        _one_line, _deep, _not_text, _a_list, _no_certificates, _certificate_of_lists, _no_checkpoint,
        _statement("v", 9), _statement("streams", [{}]), _statement("streams", []), _statement("made_by", None),
        _statement("says", ["x" * 5000]), _statement("files", 7), _statement("org", "0" * 64),
        _statement("number", 2**70), _statement("shape", "x"),
    ],
)  # fmt: skip
def test_what_is_sealed_and_makes_no_sense_is_refused(target: Target, spoil: Callable[[Path], None]) -> None:
    spoil(target.folder)
    target.seal()
    target.refused()


def test_names_that_are_no_text_and_words_with_control_bytes_are_told_inertly(target: Target) -> None:
    from ircockpit.inert.gate import clean

    (target.folder / os.fsdecode(b"\xff\x1b[2J")).write_text("x")
    error = target.refused()
    assert "\x1b" not in clean(error.what)


def test_sizes_are_judged_before_bytes_are_read(target: Target) -> None:
    """A file that claims more than there is room for is not read: the sum was stated, and so is the free space."""
    path = next((target.folder / "data" / "blobs").iterdir())
    with path.open("r+b") as file:
        file.truncate(1 << 40)  # a hole: it takes no room here, and hashing it would take an hour
    assert "other sizes" in target.refused().what


def test_more_than_the_disk_has_room_for_is_refused(target: Target, monkeypatch: pytest.MonkeyPatch) -> None:
    from types import SimpleNamespace

    monkeypatch.setattr(
        "ircockpit.features.bundles.survey.shutil.disk_usage", lambda _: SimpleNamespace(free=1000)
    )
    assert "free on the disk" in target.refused().what


def test_a_million_tiny_files_are_not_all_looked_at(target: Target, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layout, "MAX_FILES", 500)
    many = target.folder / "data" / "blobs"
    for number in range(600):
        (many / str(number)).touch()
    assert "more than 500 files" in target.refused().what


def test_folders_beside_those_of_the_layout_are_not_gone_into(target: Target) -> None:
    for name in ("d", "data/d", "data/streams/d", "data/blobs/ab"):
        (target.folder / name).mkdir()
        assert "no file of a bundle" in target.refused().what
        (target.folder / name).rmdir()


def test_memory_does_not_grow_with_the_bundle(target: Target) -> None:
    blob = target.folder / layout.blob_of("0" * 64)
    with blob.open("wb") as file:
        for _ in range(48):
            file.write(os.urandom(1 << 20))
    restate(target.folder, lambda said: said.update(files=2))
    target.seal()
    tracemalloc.start()
    bundle = Bundle(target.folder)
    assert [damage.place for damage in bundle.damages()] == [layout.blob_of("0" * 64)]
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 12 << 20


def test_the_seal_is_looked_at(target: Target) -> None:
    (target.folder / layout.SIGNATURE).write_text(
        "-----BEGIN SSH SIGNATURE-----\nAAAA\n-----END SSH SIGNATURE-----\n"
    )
    error = target.refused()
    assert isinstance(error, TrustError)
    (target.folder / layout.SIGNATURE).write_text("x" * 100_000)
    target.refused()
