"""Revocation and a hub that was put back, or has heard a part of it: nobody's word is lost, no thief's comes in."""

import random
from pathlib import Path

import pytest
from tests.support.copies import copy_unnoticed
from tests.support.hub import DirectTransport, declare, join, set_field, station
from tests.sync.conftest import Team, stream_of
from tests.sync.test_sync_revoked import bring, revoke, rows_of, titles

from ircockpit.core.errors import TrustError
from ircockpit.ledger import receipt as receipts
from ircockpit.ledger import revocation
from ircockpit.store.workstation import Draft, Workstation
from ircockpit.sync.client import event_wire
from ircockpit.sync.revoked import REVOKED


def push(team: Team, who: Workstation, stream: str, last: int | None = None) -> set[tuple[str, str]]:
    """Send the beginning of one stream and nothing else, as a round does that is cut off; words and reasons."""
    connection = team.connection(who)
    wires = [event_wire(stored.event) for stored in who.log.of_stream(stream)[:last]]
    pushed, _ = connection.client.push(stream, wires)
    connection.close()
    return {(each.word, each.reason) for each in pushed}


def doubts(who: Workstation, *streams: str) -> dict[str, str]:
    """Why events do not count, by id."""
    found = (stored for stream in streams for stored in who.log.of_stream(stream))
    return {stored.event.id: stored.doubt for stored in found if stored.doubt}


def newcomer(team: Team, home: Path) -> Workstation:
    """Somebody who joins now and knows what the hub says, and nothing else."""
    who = station(home)
    join(team.hub, who, "Cy", DirectTransport(lambda: team.hub.hub))
    team.sync(who)
    return who


def test_a_rival_that_reaches_a_hub_put_back_does_not_stand_in_the_honest_ones_place(
    team: Team, tmp_path: Path
) -> None:
    team.sync(team.b)
    ident = declare(team.b, "before")
    for who in (team.b, team.a):
        team.sync(who)
    team.hub.back_up(tmp_path / "backup")
    with station(copy_unnoticed(team.b.profile.folder, tmp_path / "stolen")) as thief:
        set_field(thief, ident, "title", "forged")
        set_field(team.b, ident, "title", "the owner's last word")
        for who in (team.b, team.a):
            team.sync(who)
        revoke(team, team.b.identity.device)
        team.sync(team.a)
        team.hub.restore(tmp_path / "backup")
        # Its members come back first; before the record does, the thief is there.
        assert push(team, team.a, team.a.identity.authority_stream) <= {("ok", ""), ("dup", "")}
        push(team, thief, stream_of(thief, ident))
        with pytest.raises(TrustError, match="revoked"):
            team.sync(thief)
    for _ in range(2):
        team.sync(team.a)
        assert titles(team.a) == {"the owner's last word"}
    stream = stream_of(team.a, ident)
    assert list(doubts(team.a, stream).values()) == [REVOKED]
    said = [receipts.decode(row.receipt) for row in team.hub.folder.store.record(stream, 0)[1]]
    honest = {each.event_id for each in said} - doubts(team.a, stream).keys()
    assert honest == {each.event_id for each in said if each.accepted} - doubts(team.a, stream).keys()
    with newcomer(team, tmp_path / "new") as fresh:
        assert titles(fresh) == {"the owner's last word"}
        assert doubts(fresh, stream) == doubts(team.a, stream)


def test_what_a_hub_refused_that_had_heard_half_of_a_revocation_counts_again(
    team: Team, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(revocation, "LANES_AT_ONCE", 1)
    for who in (team.b, team.a):
        team.sync(who)
    team.hub.back_up(tmp_path / "backup")
    idents = [declare(team.b, title) for title in ("one", "two")]
    for who in (team.b, team.a):
        team.sync(who)
    revoke(team, team.b.identity.device)
    team.sync(team.a)
    authority = team.a.identity.authority_stream
    stated = [
        i for i, s in enumerate(team.a.log.of_stream(authority)) if s.event.envelope.type == "device.revoked"
    ]
    assert len(stated) >= 2, "control: it took several events"
    team.hub.restore(tmp_path / "backup")
    push(team, team.a, authority, last=stated[0] + 1)
    said = {ident: push(team, team.a, stream_of(team.a, ident)) for ident in idents}
    assert ("quarantined", "revoked") in set.union(*said.values()), "control: the hub did not know better"
    for _ in range(2):
        team.sync(team.a)
        assert titles(team.a) == {"one", "two"}
    with newcomer(team, tmp_path / "new") as fresh:
        assert titles(fresh) == {"one", "two"}


def test_a_word_of_the_hub_stands_where_the_revocation_is_not_held(team: Team) -> None:
    team.sync(team.b)
    ident = declare(team.b, "before")
    for who in (team.b, team.a):
        team.sync(who)
    revoke(team, team.b.identity.device)
    set_field(team.b, ident, "title", "late")
    stream = stream_of(team.a, ident)
    with pytest.raises(TrustError):
        team.sync(team.b)
    connection = team.connection(team.a)
    connection.engine.pull_hinted({stream})  # and not the record of members
    connection.close()
    assert not team.a.log.meta("revoked.judged"), "control: nothing is known of a revocation"
    assert list(doubts(team.a, stream).values()) == [REVOKED]
    assert titles(team.a) == {"before"}


def test_why_an_event_does_not_count_follows_what_comes_later(team: Team) -> None:
    """Only what nothing but the right is lacking can be adopted, whatever was the matter with it at first."""
    team.sync(team.b)
    ident = declare(team.b, "before")
    for who in (team.b, team.a):
        team.sync(who)
    stream = stream_of(team.a, ident)
    revoke(team, team.b.identity.device)
    team.sync(team.a)
    set_field(team.b, ident, "title", "one")
    set_field(team.b, ident, "title", "two")
    rows = rows_of(team.b, stream)
    bring(team.a, stream, rows[-1:])
    (last,) = doubts(team.a, stream)
    assert doubts(team.a, stream)[last] != REVOKED
    bring(team.a, stream, rows)
    assert set(doubts(team.a, stream).values()) == {REVOKED}
    assert titles(team.a) == {"before"}
    team.a.append([Draft(stream, "event.adopted", stream, ({"event": last},))])
    assert titles(team.a) == {"two"}


def test_whatever_comes_first_the_same_counts(
    team: Team, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two records, a thief's rival in one and the revocation of their author in pieces, brought in any order."""
    monkeypatch.setattr(revocation, "LANES_AT_ONCE", 1)
    for who in (team.a, team.b):
        team.sync(who)
    newcomer(team, tmp_path / "new").close()
    idents = [declare(team.b, title) for title in ("one", "two")]
    streams = [stream_of(team.b, ident) for ident in idents]
    team.sync(team.b)
    with station(copy_unnoticed(team.b.profile.folder, tmp_path / "stolen")) as thief:
        set_field(thief, idents[0], "title", "forged")
        forged = rows_of(thief, streams[0])[-1:]
    set_field(team.b, idents[0], "title", "first")
    for who in (team.b, team.a):
        team.sync(who)
    revoke(team, team.b.identity.device)
    team.sync(team.a)
    set_field(team.b, idents[1], "title", "late")
    authority, first, second = team.a.identity.authority_stream, *(rows_of(team.b, each) for each in streams)
    with station(copy_unnoticed(tmp_path / "new", tmp_path / "known")) as c:
        told = [row for row in rows_of(team.a, authority) if row not in rows_of(c, authority)]
    assert len(told) >= 3, "control: the revocation took several events"
    pieces = [
        *((authority, [row]) for row in told), (streams[0], first[:-1]), (streams[0], first[-1:]),
        (streams[0], forged), (streams[1], second[:2]), (streams[1], second[2:]),
    ]  # fmt: skip
    seen: set[int] = set()
    every = range(len(pieces))
    # The last of the first: what the revocation says is heard when the event before it comes, and not by itself.
    orders = [[*every[::-1]], *(random.Random(seed).sample(every, len(every)) for seed in range(8))]  # noqa: S311
    for turn, order in enumerate(orders):
        with station(copy_unnoticed(tmp_path / "new", tmp_path / str(turn))) as c:
            for which in order:
                bring(c, *pieces[which])
                seen.add(len(doubts(c, *streams)))
            assert titles(c) == {"first", "two"}, order
            assert sorted(doubts(c, *c.log.streams()).values()) == [REVOKED, REVOKED], order
    assert max(seen) > 2, "control: half of the revocation did put in doubt what counts in the end"
