"""A founded hub without workstations: a root, its folder, and devices that write lanes."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support.lanes import Asker, Writer, guest

from ircockpit.core.ids import random_uuid
from ircockpit.hub.authority import Authority
from ircockpit.hub.folder import Founding, HubFolder
from ircockpit.hub.service import Hub
from ircockpit.ledger.certificate import HUB_AUTHORITY, HUB_LOG, SignedCertificate, issue
from ircockpit.ledger.signing import SigningKey, key_id


def hub_certificates(root: SigningKey, folder: HubFolder) -> tuple[SignedCertificate, ...]:
    """What the root signs so that a folder is a hub."""
    return tuple(
        issue(
            root,
            org=key_id(root.public),
            subject=random_uuid(),
            device=random_uuid(),
            public=key.public,
            purpose=purpose,
            not_before=1,
            serial=random_uuid(),
        )
        for key, purpose in ((folder.log_key, HUB_LOG), (folder.authority_key, HUB_AUTHORITY))
    )


@pytest.fixture
def root() -> SigningKey:
    return SigningKey.generate()


@pytest.fixture
def writer(root: SigningKey) -> Writer:
    return Writer(root)


@pytest.fixture
def folder(tmp_path: Path, root: SigningKey, writer: Writer) -> Iterator[HubFolder]:
    folder = HubFolder(tmp_path / "hub")
    certificates = (*hub_certificates(root, folder), writer.certificate)
    folder.found(Founding(root.public, random_uuid(), certificates, "Ann"), 1)
    yield folder
    folder.close()


@pytest.fixture
def hub(folder: HubFolder) -> Hub:
    return Hub(folder)


@pytest.fixture
def asker(hub: Hub, writer: Writer) -> Asker:
    return Asker(hub, writer)


@pytest.fixture
def authority(hub: Hub) -> Authority:
    return hub.members.authority


@pytest.fixture
def other(hub: Hub, root: SigningKey, asker: Asker) -> Writer:
    """A second member, let in as a responder because the root certified them."""
    writer = Writer(root)
    guest(hub, writer).sign_in(certificate=True)
    return writer
