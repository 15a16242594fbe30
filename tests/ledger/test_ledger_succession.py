"""Successors of a root: followed by whoever holds the statement, made by nobody but a root."""

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest

from ircockpit.core.errors import TrustError
from ircockpit.core.ids import named_uuid
from ircockpit.ledger.certificate import (
    DEVICE,
    HUB_AUTHORITY,
    HUB_LOG,
    MAX_SUCCESSION,
    ROOT_SUCCESSOR,
    Anchors,
    SignedCertificate,
    issue,
    verify_chain,
)
from ircockpit.ledger.roster import Roster
from ircockpit.ledger.signing import SigningKey, key_id

if TYPE_CHECKING:
    from tests.ledger.conftest import Org


def named(org: "Org", by: SigningKey, successor: SigningKey) -> SignedCertificate:
    """A statement by ``by`` that ``successor`` stands in for the root."""
    ident = named_uuid("successor", successor.public.hex())
    facts: dict[str, Any] = {
        "org": org.id, "subject": ident, "device": ident, "public": successor.public,
        "purpose": ROOT_SUCCESSOR, "not_before": 1, "serial": ident,
    }  # fmt: skip
    return issue(by, **facts)


@pytest.fixture
def keys() -> list[SigningKey]:
    return [SigningKey.generate() for _ in range(MAX_SUCCESSION + 1)]


@pytest.mark.parametrize("purpose", [DEVICE, HUB_LOG, HUB_AUTHORITY, ROOT_SUCCESSOR])
def test_a_successor_certifies_whatever_the_root_may(
    org: "Org", keys: list[SigningKey], purpose: str
) -> None:
    statement = named(org, org.root, keys[0])
    made = org.certify("anna", purpose, by=keys[0])
    stated = verify_chain(made, org.root.public, [statement])
    assert (stated.org, stated.issuer) == (org.id, key_id(keys[0].public))
    with pytest.raises(TrustError):  # without the statement nobody knows the successor
        verify_chain(made, org.root.public)
    assert verify_chain(org.certify("bert"), org.root.public, [statement])  # what the root signed stays


def test_authorities_of_a_successor_certify_devices(org: "Org", keys: list[SigningKey]) -> None:
    statement = named(org, org.root, keys[0])
    authority = issue(
        keys[0], org=org.id, subject=named_uuid("hub"), device=named_uuid("hub"), public=keys[1].public,
        purpose=HUB_AUTHORITY, not_before=1, serial=named_uuid("hub"),
    )  # fmt: skip
    made = org.certify("anna", by=keys[1])
    assert verify_chain(made, org.root.public, [authority, statement])
    with pytest.raises(TrustError):
        verify_chain(made, org.root.public, [authority])


def test_the_chain_is_followed_in_any_order_and_has_an_end(org: "Org", keys: list[SigningKey]) -> None:
    chain = [named(org, by, to) for by, to in pairwise([org.root, *keys])]
    for given in (chain, chain[::-1]):
        anchors = Anchors(org.root.public, given)
        assert len(anchors.statements) == MAX_SUCCESSION
        assert list(anchors.roots.values()) == [
            org.root.public,
            *(key.public for key in keys[:MAX_SUCCESSION]),
        ]
        assert anchors.verify(org.certify("last", by=keys[MAX_SUCCESSION - 1]))
        with pytest.raises(TrustError):
            anchors.verify(org.certify("beyond", by=keys[MAX_SUCCESSION]))
    with pytest.raises(TrustError):  # a link is missing
        Anchors(org.root.public, chain[1:]).verify(org.certify("last", by=keys[1]))


def test_successors_in_a_circle_are_no_trouble(org: "Org", keys: list[SigningKey]) -> None:
    circle = [
        named(org, org.root, keys[0]),
        named(org, keys[0], keys[1]),
        named(org, keys[1], keys[0]),
        named(org, keys[1], org.root),
        named(org, keys[0], keys[0]),
    ]
    anchors = Anchors(org.root.public, circle)
    assert set(anchors.roots) == {org.id, key_id(keys[0].public), key_id(keys[1].public)}
    assert anchors.rivals() == []


def test_of_two_rivals_both_are_followed_and_it_is_told(org: "Org", keys: list[SigningKey]) -> None:
    first, second = named(org, org.root, keys[0]), named(org, org.root, keys[1])
    assert Anchors(org.root.public, [first]).rivals() == []
    assert Anchors(org.root.public, [first, first]).rivals() == []
    for given in ([first, second], [second, first]):
        anchors = Anchors(org.root.public, given)
        assert [set(each) for each in anchors.rivals()] == [{key_id(k.public) for k in keys[:2]}]
        for key in keys[:2]:
            assert anchors.verify(org.certify("anna", by=key))


def test_nobody_but_a_root_names_a_successor(org: "Org", make_org: Any, keys: list[SigningKey]) -> None:
    device, authority, thief = SigningKey.generate(), SigningKey.generate(), keys[0]
    facts: dict[str, Any] = {
        "org": org.id, "subject": named_uuid("x"), "device": named_uuid("x"), "not_before": 1,
        "serial": named_uuid("x"),
    }  # fmt: skip
    of_device = issue(org.root, public=device.public, purpose=DEVICE, **facts)
    of_hub = issue(org.root, public=authority.public, purpose=HUB_AUTHORITY, **facts)
    of_log = issue(org.root, public=authority.public, purpose=HUB_LOG, **facts)
    honest = named(org, org.root, thief)
    stranger = make_org("stranger")
    forged = {
        "by a device": named(org, device, thief),
        "by a hub": named(org, authority, thief),
        "by itself": named(org, thief, thief),
        "by another organisation's root": named(org, stranger.root, thief),
        "of another organisation": named(stranger, org.root, thief),
        "unsigned": SignedCertificate(honest.raw, bytes(64)),
        "with another certificate's signature": SignedCertificate(honest.raw, of_device.sig),
        "a device's certificate in its place": issue(org.root, public=thief.public, purpose=DEVICE, **facts),
        "a hub's certificate in its place": issue(org.root, public=thief.public, purpose=HUB_LOG, **facts),
    }
    made = org.certify("anna", by=thief)
    for how, statement in forged.items():
        held = [of_device, of_hub, of_log, statement]
        with pytest.raises(TrustError, match="nobody known"):
            verify_chain(made, org.root.public, held)
        assert Anchors(org.root.public, held).statements == [], how
    assert verify_chain(made, org.root.public, [of_device, of_hub, honest])  # the control


def test_a_device_does_not_certify_a_device(org: "Org", keys: list[SigningKey]) -> None:
    anna = issue(
        org.root, org=org.id, subject=named_uuid("u"), device=named_uuid("d"), public=keys[0].public,
        purpose=DEVICE, not_before=1, serial=named_uuid("s"),
    )  # fmt: skip
    made = org.certify("bert", by=keys[0])
    with pytest.raises(TrustError, match="nobody known"):
        verify_chain(made, org.root.public, [anna])
    assert Roster(org.root.public, [anna, made]).keys(named_uuid("device", "bert")) == ()


def test_a_successor_holds_no_pen(org: "Org", keys: list[SigningKey]) -> None:
    statement = named(org, org.root, keys[0])
    roster = Roster(org.root.public, [statement])
    ident = named_uuid("successor", keys[0].public.hex())
    assert roster.keys(ident) == ()
    assert not roster.speaks_for(ident, ident)
    assert list(roster.vouched()) == list(roster.certified) != []
