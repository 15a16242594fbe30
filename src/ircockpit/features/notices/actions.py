"""Notices by command: look at channels and templates, try a channel, send one, and list what was sent."""

from collections.abc import Sequence
from typing import Any

from ircockpit.command.action import Result
from ircockpit.command.progress import tell, waiting
from ircockpit.core.errors import BadInput, CockpitError, ExitCode
from ircockpit.features.incidents.queries import incident as find_incident
from ircockpit.features.notices import pages, queries
from ircockpit.features.notices.channels import Channel, Channels
from ircockpit.features.notices.events import DELIVERED, FAILED
from ircockpit.features.notices.reading import TEST, of_profile
from ircockpit.features.notices.rules import ESCALATION, fitting
from ircockpit.features.notices.sending import (
    Outgoing,
    address_of,
    channels_of,
    deliver,
    prepare,
    settle_now,
    situation,
    try_channel,
    words_of_test,
)
from ircockpit.features.summary import blanked
from ircockpit.inert.foreign import safely
from ircockpit.inert.gate import clean
from ircockpit.render.glyphs import counted
from ircockpit.store.workstation import Workstation


def channels(station: Workstation, *, look: bool = False) -> Result:
    """The channels of this device; with ``look`` each address is fetched from its source and shown masked."""
    found = channels_of(station)
    told = {each.name: _told(each) for each in found.found} if look else {}
    data = {
        "channels": [{**pages.channel_data(each), "address": told.get(each.name, "")} for each in found.found],
        "complaints": list(found.complaints),
    }  # fmt: skip
    none = (
        "" if found.found else "there is no channel: docs/notifications.md shows how to write channels.toml"
    )
    return Result(data, tuple(pages.channel_lines(found, told)), none)


def templates(station: Workstation, *, template: str | None = None) -> Result:
    """The templates in force here, or one of them with the facts it may name."""
    book = of_profile(station.profile.folder)
    shown = [book.find(template)] if template else list(book.ready.values())
    data = [
        {"id": each.id, "title": each.template.title, "subject": each.template.subject, "text": each.template.text,
         "sha256": each.sha256, "own": each.own}
        for each in shown
    ]  # fmt: skip
    lines = pages.one_template(shown[0]) if template else pages.template_lines(book)
    return Result(data[0] if template else data, tuple(lines))


def sent(station: Workstation, *, incident: str, safe: bool = False) -> Result:
    """What was sent about an incident, and what became of it."""
    row = find_incident(station.view, incident)
    settle_now(station)
    rows = queries.notices(station.view, row.ident)
    with safely(safe):
        lines = tuple(pages.notice_lines(rows, station.shown_offset))
        data = blanked([queries.data_of(each) for each in rows])
    return Result(data, lines, "" if rows else f"nothing was sent about {row.short}")


def try_one(station: Workstation, *, channel: str, yes: bool = False) -> Result:
    """Send a real test message to a channel."""
    each = channels_of(station).find(channel)
    with waiting(f"reading the address of {each.name}"):
        address = address_of(each)
    if not yes:
        words = words_of_test(station)
        lines = pages.try_lines(each, words, address)
        return Result(
            {"channel": each.name, "text": words.whole}, tuple(lines), _UNCONFIRMED, int(ExitCode.REFUSED)
        )
    with waiting(f"sending a test to {each.name}"):
        words, came = try_channel(station, each)
    said = f"the test to {each.name} {'has' if came.outcome == FAILED else 'is'} {came.outcome}"
    data = {
        "channel": each.name,
        "text": words.whole,
        "outcome": came.outcome,
        "why": came.reason,
        "ms": came.ms,
    }
    why = (
        f": {came.reason}"
        if came.reason
        else f" after {came.ms / 1000:.1f} s; ask there whether it is readable"
    )
    return Result(data, (), said + why, 0 if came.outcome == DELIVERED else int(ExitCode.FAILED))


def notify(
    station: Workstation, *, incident: str, template: str | None = None, to: Sequence[str] | None = None,
    level: int | None = None, again: bool = False, dry_run: bool = False, yes: bool = False,
) -> Result:  # fmt: skip
    """Send a notice to the channels named, else to those whose rules say that it is for them."""
    row = find_incident(station.view, incident)
    found, book = channels_of(station), of_profile(station.profile.folder)
    if not template:
        raise BadInput(
            "it is not said what is told", safe="nothing was sent", fix=f"--template with one of: {', '.join(book.ready)}"
        )  # fmt: skip
    ready = book.find(template)
    if ready.id == TEST:
        raise BadInput(
            "a test is about no incident", safe="nothing was sent", fix="ircockpit notify test CHANNEL"
        )
    for complaint in found.complaints:
        tell(clean(complaint))
    wanted = _wanted(
        found, to or (), list(fitting(found.found, ready.id, situation(station, row, level or 0)))
    )
    prepared = [prepare(station, row, ready, each, level=level or 0) for each in wanted]
    addresses = {}
    for each in wanted:
        with waiting(f"reading the address of {each.name}"):
            addresses[each.name] = address_of(each)
    lines = tuple(pages.send_lines(prepared, addresses))
    if dry_run or not yes:
        data = [_prepared_data(each) for each in prepared]
        said = "nothing was sent: this is what would be" if dry_run else _UNCONFIRMED
        return Result(data, lines, said, 0 if dry_run else int(ExitCode.REFUSED))
    return _send(station, prepared, again)


_UNCONFIRMED = "nothing was sent: confirm with --yes"


def _send(station: Workstation, prepared: Sequence[Outgoing], again: bool) -> Result:
    done: list[queries.NoticeRow] = []
    failed: list[str] = []
    for each in prepared:
        try:
            with waiting(f"sending to {each.channel.name}"):
                done.append(deliver(station, each, again=again))
        except CockpitError as error:
            if len(prepared) == 1:
                raise
            failed.append(f"{each.channel.name}: {error.what}; {error.fix or error.safe}")
    good = sum(each.outcome == DELIVERED for each in done)
    said = f"{good} of {counted(len(prepared), 'notice')} delivered" + "".join(f". {each}" for each in failed)
    if prepared[0].ready.id == ESCALATION and any(each.outcome == FAILED for each in done):
        after = situation(station, prepared[0].row)
        said += f". Next on the path: level {after.level}, {clean(after.called)}" if after.level else ""
    lines = tuple(pages.notice_lines(done, station.shown_offset))
    data = [queries.data_of(each) for each in done]
    return Result(data, lines, said, 0 if good == len(prepared) else int(ExitCode.FAILED))


def _wanted(found: Channels, to: Sequence[str], fit: Sequence[str]) -> list[Channel]:
    names = list(dict.fromkeys(to)) or list(fit)
    if not names:
        there = ", ".join(each.name for each in found.found)
        raise BadInput(
            "no channel is for this notice", safe="nothing was sent",
            fix=f"name one with --to: {there}" if there else "write channels.toml in the profile: docs/notifications.md",
        )  # fmt: skip
    return [found.find(name) for name in names]


def _told(each: Channel) -> str:
    try:
        with waiting(f"reading the address of {each.name}"):
            return pages.address_words(address_of(each))
    except CockpitError as error:
        return clean(f"{error.what} {error.fix}")


def _prepared_data(each: Outgoing) -> dict[str, Any]:
    return {
        "channel": each.channel.name, "recipients": list(each.recipients), "template": each.ready.id,
        "sha256": each.ready.sha256, "subject": each.notice.subject, "text": each.notice.text, "level": each.level,
    }  # fmt: skip
