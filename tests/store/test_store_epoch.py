"""A new epoch begun beside an open workstation holds from its next act on."""

import os
from pathlib import Path

from tests.store.profiles import declare, note, open_station

from ircockpit.store.lanemark import begin_epoch


def test_an_epoch_begun_within_one_tick_of_the_disks_clock_is_taken_over(tmp_path: Path) -> None:
    with open_station(tmp_path) as who:
        ident, stream = declare(who)
        who.refresh()
        mark = who.profile.lane_mark
        before = mark.stat()
        epoch = begin_epoch(mark)
        os.utime(mark, ns=(before.st_atime_ns, before.st_mtime_ns))
        written = who.log.get(note(who, stream, ident, "after it"))
        assert written is not None
        assert written.event.envelope.epoch == epoch
