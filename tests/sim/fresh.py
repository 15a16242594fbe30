"""Ids that the program makes up out of nothing, made by the seed: one world at a time draws them."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import TYPE_CHECKING
from unittest.mock import patch
from uuid import UUID

from tests.sim.nature import chance

from ircockpit.blobs import halves, manifest
from ircockpit.features.bundles import export
from ircockpit.hub import enrolment, erasing, uploads
from ircockpit.store import sweep
from ircockpit.sync import exhibits, uploading
from ircockpit.sync.fetching import Download

if TYPE_CHECKING:
    import random

CHUNK_BYTES, PIECE_BYTES = 64, 16
"""Bytes of a chunk and of a piece of an evidence file, so that small files have several."""


class Fresh:
    """Where they come from now."""

    def __init__(self) -> None:
        self.of: random.Random = chance(0)

    def uuid(self) -> str:
        """In the place of :func:`ircockpit.core.ids.random_uuid`."""
        return str(UUID(bytes=self.of.randbytes(16), version=4))


fresh = Fresh()


@contextmanager
def small_and_repeatable() -> Iterator[None]:
    """Inside, made-up ids follow the seed; chunks are small, one goes at a time and is not tried again.

    A database in memory needs no writing anew: what was taken out of it is nowhere.
    """
    defaults = (CHUNK_BYTES, *(manifest.Manifest.__new__.__defaults__ or ())[1:])
    with ExitStack() as stack:
        for module in (enrolment, export):
            stack.enter_context(patch.object(module, "random_uuid", fresh.uuid))
        for module in (manifest, uploads, halves):
            stack.enter_context(patch.object(module, "CHUNK_BYTES", CHUNK_BYTES))
        stack.enter_context(patch.object(manifest.Manifest.__new__, "__defaults__", defaults))
        stack.enter_context(patch.object(halves, "PIECE_BYTES", PIECE_BYTES))
        stack.enter_context(patch.object(halves, "_PER_CHUNK", CHUNK_BYTES // PIECE_BYTES))
        stack.enter_context(patch.object(exhibits, "IN_FLIGHT", 1))
        stack.enter_context(patch.object(exhibits, "Download", partial(Download, patience_s=-1.0)))
        stack.enter_context(patch.object(uploading, "PAUSE_S", 0.0))
        for module in (sweep, erasing):
            stack.enter_context(patch.object(module, "rewrite", lambda *_: True))
        yield
