"""Without any network at all: a device joins by files, both work, and bundles carry everything there and back."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support.bundles import run
from tests.support.hub import declare, ids, station

from ircockpit.core.errors import ExitCode, TrustError
from ircockpit.features.bundles.actions import export, show, take
from ircockpit.features.incidents.actions import note
from ircockpit.features.trust import enrolling
from ircockpit.ledger.joining import spoken
from ircockpit.store.workstation import Workstation

Two = tuple[Workstation, Workstation]


@pytest.fixture
def two(tmp_path: Path) -> Iterator[Two]:
    """Two workstations that never had a hub; the second has worked alone before."""
    with station(tmp_path / "a") as a, station(tmp_path / "c") as c:
        declare(c, "written before joining")
        yield a, c


def join(a: Workstation, c: Workstation, folder: Path) -> None:
    asked = enrolling.request(c, file=str(folder / "request")).data["fingerprint"]
    done = enrolling.certify(
        a, request=str(folder / "request"), file=str(folder / "certificate"), confirm=str(asked)
    )
    assert done.code == ExitCode.OK
    assert (
        enrolling.accept(c, file=str(folder / "certificate"), confirm=spoken(a.identity.root)).code
        == ExitCode.OK
    )


def carry(who: Workstation, to: Workstation, place: Path) -> Path:
    export(who, to=str(place), all=True)
    take(to, folders=[str(place)], yes=True)
    return place


def test_two_without_a_hub_end_in_the_same(two: Two, tmp_path: Path) -> None:
    a, c = two
    with pytest.raises(TrustError):  # until it has joined, its word counts for nothing
        carry(c, a, tmp_path / "early")
    join(a, c, tmp_path)
    ident = declare(a, "wrong dose")
    carry(a, c, tmp_path / "one")
    note(c, incident=ident, text="from the field")
    there = carry(c, a, tmp_path / "two")
    note(a, incident=ident, text="answered")
    carry(a, c, tmp_path / "three")
    assert ids(a) == ids(c)
    assert a.view.dump() == c.view.dump()
    titles = {row[0] for row in a.view.rows("SELECT title FROM incident")}
    assert titles == {"written before joining", "wrong dose"}
    assert not a.log.db.execute("SELECT count(*) FROM doubt").fetchone()[0]
    shown = show(a, folder=str(there))
    assert shown.code == ExitCode.OK
    assert not shown.data[0]["uncertified"]
    one = run(there, a.identity.org)
    assert one.findings == []
    assert any("by nobody else" in note_ for note_ in one.notes)


def test_what_was_carried_out_before_a_device_joined_is_refused_and_carried_anew(
    two: Two, tmp_path: Path
) -> None:
    a, c = two
    export(c, to=str(tmp_path / "early"), all=True)
    join(a, c, tmp_path)
    carry(a, c, tmp_path / "out")
    with pytest.raises(TrustError, match="another organisation"):
        take(a, folders=[str(tmp_path / "early")], yes=True)
    take(c, folders=[str(tmp_path / "early")], yes=True)  # its own record from before is no stranger's
    carry(c, a, tmp_path / "anew")
    assert ids(c) == ids(a)
