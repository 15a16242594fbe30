"""One notice to one channel: its intent on record, then sent once, then what became of it; a cut-off one is never repeated."""

from typing import NamedTuple

from ircockpit.core.digest import sha256
from ircockpit.core.errors import CockpitError, ConflictError, RefusedError
from ircockpit.core.ids import companion_id
from ircockpit.features.incidents.queries import IncidentRow
from ircockpit.features.notices.channels import Channel, Channels, place, read
from ircockpit.features.notices.claims import bad_state, unmet
from ircockpit.features.notices.events import CUT_OFF, FAILED, UNKNOWN
from ircockpit.features.notices.facts import facts_of, facts_of_test, since, situation_of
from ircockpit.features.notices.queries import SENDING, NoticeRow, notice, notices, open_of
from ircockpit.features.notices.reading import TEST, Notice, Ready, of_profile, render
from ircockpit.features.notices.rules import ESCALATION, Situation, recipients
from ircockpit.features.response.queries import escalation
from ircockpit.net.giveup import GiveUp
from ircockpit.notify.delivery import Address, Delivery, look, need, send
from ircockpit.secrets.sources import resolve
from ircockpit.store.locks import held_now
from ircockpit.store.workstation import Draft, Workstation

LOCK = "notices.lock"
PAST_US = 3600 * 1_000_000
"""For how long a notice that may have arrived is asked about before the same one is sent there again."""


class Outgoing(NamedTuple):
    """A notice as it would go to one channel now."""

    row: IncidentRow
    ready: Ready
    channel: Channel
    recipients: tuple[str, ...]
    notice: Notice
    level: int
    called: str
    """Whom that level of the escalation path is; empty where none is called."""
    doubt: NoticeRow | None
    """The last one of this template to this channel, where it may have arrived."""


def channels_of(station: Workstation) -> Channels:
    """The channels of this device."""
    return read(place(station.profile.folder))


def situation(station: Workstation, row: IncidentRow, level: int = 0) -> Situation:
    """What decides whom a notice is for: a level that could not be reached is behind, and the next one is called."""
    now = situation_of(station, row)
    path = escalation(station, row)
    if path is None or path.taken:
        return now
    missed = {
        each.level for each in notices(station.view, row.ident) if each.outcome == FAILED and each.level
    }
    waiting = [each for each in path.ladder.rungs if not each.called_us]
    fit = [each for each in waiting if each.number == level] if level else [
        each for each in waiting if each.number not in missed
    ]  # fmt: skip
    rung = next(iter((*fit, *waiting)), None)
    return now if rung is None else now._replace(level=rung.number, called=rung.level.who)


def prepare(
    station: Workstation, row: IncidentRow, ready: Ready, channel: Channel, *, level: int = 0
) -> Outgoing:
    """The exact words that would go out now.

    Raises :class:`RefusedError` for an escalation that calls nobody, and for what would claim more than is on record.
    """
    if reason := unmet(station, row, ready.id):
        raise RefusedError(
            f"{ready.id} is not told of {row.short} now: {reason}", safe="nothing was sent",
            fix="declared, severity and handover tell how it stands, whatever that is",
        )  # fmt: skip
    now = situation(station, row, level)
    if ready.id == ESCALATION and not now.level:
        raise RefusedError(
            f"nobody is to be called about {row.short}: somebody has it, or its system names nobody", safe="nothing was sent",
            fix=f"ircockpit escalation {row.short} shows the path; another template tells of it",
        )  # fmt: skip
    facts = facts_of(station, row, now.level)
    if ready.id == "failed":
        # Another control that holds must not hide it, nor lend it its time.
        facts["control"] = bad_state(station, row)
        facts["since"] = since(station, row, facts["control"])
    level, called = (now.level, now.called) if ready.id == ESCALATION else (0, "")
    return Outgoing(
        row, ready, channel, recipients(channel, ready.id, now), render(ready.template, facts), level, called,
        _doubt(station, row, ready.id, channel.name),
    )  # fmt: skip


def address_of(channel: Channel) -> Address:
    """A channel's address as it may be shown. Nothing is sent. Raises :class:`CockpitError`."""
    need()
    return look(resolve(channel.url))


def deliver(
    station: Workstation,
    prepared: Outgoing,
    *,
    occasion: str = "",
    again: bool = False,
    give_up: GiveUp | None = None,
) -> NoticeRow:
    """Send it, once. Raises :class:`CockpitError` where nothing was tried, with nothing of it on record."""
    need()
    row, channel, stop = prepared.row, prepared.channel, give_up or GiveUp()
    address = resolve(channel.url)
    look(address)  # what cannot be an address is told before anything is on record
    with held_now(station.profile.folder / LOCK) as free:
        if not free:
            raise ConflictError(
                "another window or command is sending a notice", safe="nothing was sent from here", fix="send it after that one"
            )  # fmt: skip
        station.refresh()
        settle(station)
        doubt = _doubt(station, row, prepared.ready.id, channel.name)
        if doubt is not None and not again and not occasion:
            raise RefusedError(
                f"{doubt.short}, the same to {channel.name}, may have arrived", safe="nothing was sent",
                fix="ask there first; --again, or the key once more, sends it all the same",
            )  # fmt: skip
        ident = (
            occasion_id(row.ident, prepared.ready.id, channel.name, occasion)
            if occasion
            else station.new_id(row.stream)
        )
        if occasion and notice(station.view, ident) is not None:
            raise ConflictError("this was sent already, here or on another device", safe="nothing was sent")
        station.append([Draft(row.stream, "notice.begun", ident, _intent(station, prepared, occasion))])
        try:
            came = send(
                address,
                *prepared.notice,
                timeout_s=channel.timeout,
                ca=channel.ca,
                given_up=lambda: stop.asked,
            )
        except CockpitError as error:
            came = Delivery(FAILED, error.what, 0)
        except BaseException:
            _close(station, row.stream, ident, prepared, Delivery(UNKNOWN, CUT_OFF, 0))
            raise
        _close(station, row.stream, ident, prepared, came)
    found = notice(station.view, ident)
    assert found is not None  # noqa: S101 - it was put on record above
    return found


def words_of_test(station: Workstation) -> Notice:
    """What a test would say now."""
    ready = of_profile(station.profile.folder).ready[TEST]
    return render(ready.template, facts_of_test(station.clock, station.identity.name))


def try_channel(station: Workstation, channel: Channel) -> tuple[Notice, Delivery]:
    """Send a real test message to a channel, and put on record that it was tried. Raises :class:`CockpitError`."""
    need()
    ready, words = of_profile(station.profile.folder).ready[TEST], words_of_test(station)
    address = resolve(channel.url)
    look(address)
    came = send(address, *words, timeout_s=channel.timeout, ca=channel.ca)
    body = {
        "channel": channel.name, "template_sha256": ready.sha256, "text": words.whole, "outcome": came.outcome,
        "why": came.reason, "ms": came.ms,
    }  # fmt: skip
    station.append([Draft(station.identity.org_stream, "notice.tested", station.me, (body,))])
    return words, came


def settle(station: Workstation) -> int:
    """Say of notices that were cut off on this device that nobody knows; the caller holds the lock. How many there were."""
    found = open_of(station.view, station.identity.device)
    lost = Delivery(UNKNOWN, CUT_OFF, 0)
    for each in found:
        station.append([_outcome(station, each.stream, each.ident, lost, each.template, each.channel)])
    return len(found)


def settle_now(station: Workstation) -> int:
    """The same where nothing is being sent now; 0 where something is."""
    if not open_of(station.view, station.identity.device):
        return 0
    with held_now(station.profile.folder / LOCK) as free:
        return settle(station) if free else 0


def occasion_id(incident: str, template: str, channel: str, occasion: str) -> str:
    """The id of a notice that is sent by itself: the same on every device, so that two of them are one."""
    return companion_id(incident, "notice", template, channel, occasion)


def _doubt(station: Workstation, row: IncidentRow, template: str, channel: str) -> NoticeRow | None:
    found = [
        each
        for each in notices(station.view, row.ident)
        if (each.template, each.channel) == (template, channel)
    ]
    last = found[-1] if found else None
    recent = last is not None and station.clock.wall_us() - last.at_us < PAST_US
    return last if last is not None and recent and last.outcome in (UNKNOWN, SENDING) else None


def _intent(station: Workstation, prepared: Outgoing, occasion: str) -> tuple[dict[str, object], ...]:
    words = prepared.notice
    facts: dict[str, object] = {
        "incident": prepared.row.ident, "template": prepared.ready.id, "template_sha256": prepared.ready.sha256,
        "channel": prepared.channel.name, "number": len(notices(station.view, prepared.row.ident)) + 1,
        "text_sha256": sha256(words.whole.encode()).hexdigest(), "level": prepared.level, "occasion": occasion,
    }  # fmt: skip
    # Names stand in what was sent: a part of its own, which can be erased and leaves that it was sent.
    said: dict[str, object] = {
        "recipients": list(prepared.recipients),
        "subject": words.subject,
        "text": words.text,
    }
    return (facts, said)


def _close(station: Workstation, stream: str, ident: str, prepared: Outgoing, came: Delivery) -> None:
    drafts = [_outcome(station, stream, ident, came, prepared.ready.id, prepared.channel.name)]
    if prepared.level and came.outcome != FAILED:
        # Who was sent for is called: the path goes on from here, and whoever answers takes the incident.
        facts = {"incident": prepared.row.ident, "level": prepared.level, "answer": ""}
        note = {"note": f"notice to {prepared.channel.name}: {came.outcome}"}
        parts = (facts, {"who": prepared.called}, note)
        drafts.append(Draft(stream, "call.made", station.new_id(stream), parts))
    station.append(drafts)


def _outcome(
    station: Workstation, stream: str, ident: str, came: Delivery, template: str, channel: str
) -> Draft:
    return station.set_field(
        stream, "notice.set", ident, "outcome", came.outcome, why=came.reason, ms=came.ms, template=template,
        channel=channel,
    )  # fmt: skip
