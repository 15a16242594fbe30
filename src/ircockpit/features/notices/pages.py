"""Channels, templates and notices as lines."""

from collections.abc import Iterable, Sequence

from ircockpit.features.notices.channels import Channel, Channels
from ircockpit.features.notices.events import DELIVERED, FAILED, UNKNOWN
from ircockpit.features.notices.form import FACTS
from ircockpit.features.notices.queries import NoticeRow
from ircockpit.features.notices.reading import Book, Notice, Ready
from ircockpit.features.notices.sending import Outgoing
from ircockpit.inert.foreign import words
from ircockpit.inert.gate import clean
from ircockpit.notify.delivery import Address
from ircockpit.render.glyphs import duration
from ircockpit.render.span import Line, Span, fit, plain
from ircockpit.render.timeline import at_minute

ROLES = {DELIVERED: "ok", FAILED: "bad", UNKNOWN: "warn"}
MARKS = {DELIVERED: "■", FAILED: "✕", UNKNOWN: "?"}
_NAME = 16


def stands(row: NoticeRow) -> str:
    """Its outcome in one sentence, as it is shown."""
    took = f" after {duration(row.ms)}" if row.outcome == DELIVERED else ""
    return f"{row.outcome}{took}{f': {words(row.why)}' if row.why else ''}"


def notice_line(row: NoticeRow, offset: int) -> Line:
    """One notice: when, what, where, and what became of it."""
    return (
        Span(f" {at_minute(row.at_us, offset)}  ", "dim"), Span(fit(words(row.template), 12), "key"),
        Span(fit(words(row.channel), _NAME)), Span(f"{MARKS.get(row.outcome, '◐')} ", ROLES.get(row.outcome, "accent")),
        Span(stands(row), ROLES.get(row.outcome, "text")),
    )  # fmt: skip


def notice_lines(rows: Sequence[NoticeRow], offset: int) -> list[Line]:
    """Each notice with its words below it."""
    lines: list[Line] = []
    for row in rows:
        lines.append(notice_line(row, offset))
        lines.append(
            (Span(f"          {row.short}  ", "dim"), Span(words(f"{row.subject}: {row.text}"), "dim"))
        )
    return lines


def channel_lines(found: Channels, told: dict[str, str]) -> list[Line]:
    """Each channel: its source, who is behind it, whom it is for, and what its address is where that was looked up."""
    lines: list[Line] = []
    for each in found.found:
        about = ", ".join(
            part for part in (each.about, f"read by {each.behind}" if each.behind else "") if part
        )
        lines.append((Span(fit(each.name, _NAME), "key"), Span(clean(about) or "nothing is said about it")))
        lines.append(
            (Span(f"{'':{_NAME}}address in {clean(each.url)}", "dim"), Span(f"  {told.get(each.name, '')}"))
        )
        rules = ", ".join(rule.said for rule in each.rules)
        lines.append((Span(f"{'':{_NAME}}for {clean(rules) or 'whoever is chosen when sending'}", "dim"),))
        if each.automatic:
            lines.append((Span(f"{'':{_NAME}}by itself: {clean(', '.join(each.automatic))}", "warn"),))
    return [*lines, *complaint_lines(found)]


def complaint_lines(found: Channels) -> list[Line]:
    """What of the file is not used."""
    return [(Span(clean(each), "warn"),) for each in found.complaints]


def address_line(address: Address) -> Line:
    """An address as it may be shown; that it can be read on the way stands out."""
    clear = (Span("; NOT ENCRYPTED on the way", "warn"),) if address.clear else ()
    return (Span(clean(f"{address.service} {address.masked}")), *clear)


def address_words(address: Address) -> str:
    """The same as words."""
    return plain(address_line(address))


def template_lines(book: Book) -> list[Line]:
    """Each template with its title, and what of one's own is refused."""
    lines: list[Line] = [
        (
            Span(fit(each.id, 14), "key"),
            Span(clean(each.template.title)),
            Span("  own" if each.own else "", "dim"),
        )
        for each in book.ready.values()
    ]
    return [*lines, *((Span(clean(error.what), "warn"),) for error in book.refused)]


def one_template(ready: Ready) -> list[Line]:
    """A template as it is written, and the facts there are."""
    lines: list[Line] = [
        (Span("subject  ", "dim"), Span(clean(ready.template.subject))),
        (Span("text     ", "dim"), Span(clean(ready.template.text))),
        (Span("facts", "title"),),
    ]  # fmt: skip
    return lines + [(Span(f"  {fit(name, 10)}", "key"), Span(f"{fact.about}; at most {fact.most}", "dim"))
                    for name, fact in FACTS.items()]  # fmt: skip


def words_lines(notice: Notice) -> list[Line]:
    """The exact words of a notice."""
    return [
        (Span(" subject   ", "dim"), Span(notice.subject, "title")),
        (Span(" text      ", "dim"), Span(notice.text)),
    ]


def send_lines(prepared: Iterable[Outgoing], addresses: dict[str, Address]) -> list[Line]:
    """What is about to be sent to whom, for a confirmation: the exact words, then each channel with its address."""
    lines: list[Line] = []
    for at, each in enumerate(prepared):
        if not at:
            lines += words_lines(each.notice)
            lines.append(
                (Span(" length    ", "dim"), Span(f"{len(each.notice.whole)} characters, as plain text"))
            )
        lines.append(to_line(each, addresses[each.channel.name]))
        if each.doubt is not None:
            lines.append(doubt_line(each.doubt))
    return lines


def to_line(each: Outgoing, address: Address) -> Line:
    """One channel of a confirmation."""
    return (Span(" to        ", "dim"), Span(f"{each.channel.name}  ", "key"), *address_line(address),
            Span(f"  for {', '.join(map(clean, each.recipients))}" if each.recipients else "", "dim"))  # fmt: skip


def try_lines(channel: Channel, notice: Notice, address: Address) -> list[Line]:
    """A test that is about to be sent, for a confirmation."""
    to = (Span(" to        ", "dim"), Span(f"{channel.name}  ", "key"), *address_line(address))
    return [*words_lines(notice), to]


def doubt_line(row: NoticeRow) -> Line:
    """That the same may have arrived already."""
    return (
        Span(
            f" careful   {row.short}, the same to {words(row.channel)}, may have arrived; this sends it again",
            "warn",
        ),
    )


def channel_data(each: Channel) -> dict[str, object]:
    """A channel as ``--json`` prints it: its source, never its address."""
    return {
        "name": each.name, "source": each.url, "about": each.about, "behind": each.behind,
        "for": [rule.said for rule in each.rules], "automatic": list(each.automatic), "timeout_s": each.timeout,
    }  # fmt: skip
