"""A control done by hand: a card with the exact steps for whoever reaches the target, and what was done, as attested."""

import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from ircockpit.command.action import Result
from ircockpit.core import stated
from ircockpit.core.errors import CockpitError, ConflictError, NotFound, RefusedError, UsageError
from ircockpit.core.occurred import from_wall
from ircockpit.features.containment import queries
from ircockpit.features.containment.approvals import refuse_under_later
from ircockpit.features.containment.offers import Offer, measure_of, offers
from ircockpit.features.containment.verdicts import FAILS, Ground, newest
from ircockpit.features.incidents.queries import IncidentRow, incident
from ircockpit.inert.gate import clean, line
from ircockpit.render.span import Line, Span
from ircockpit.store.profile import write_file
from ircockpit.store.workstation import Draft, Workstation

if TYPE_CHECKING:
    from ircockpit.features.containment.engine.measure import Measure
    from ircockpit.features.containment.engine.spec import Ask

WORDS = 2000
HOUR_US = 3_600_000_000
_SAFE = "nothing was sent"


def card(station: Workstation, *, incident: str, control: str, to: str | None = None) -> Result:
    """The steps of a control for somebody who does them by hand: nothing is read or sent from here."""
    row, offer = _offered(station, incident, control)
    text = _card(station, row, offer)
    if to is not None:
        path = Path(to)
        if path.exists():
            raise ConflictError(f"{to} is there already", safe="it was not touched", fix="name another file")
        write_file(path, (text + "\n").encode())
    lines: list[Line] = [(Span(each),) for each in text.split("\n")]
    said = (
        f"written to {to}; it holds no secret" if to is not None else "nothing was sent; it holds no secret"
    )
    return Result(
        {"incident": row.short, "control": offer.control.name, "card": text, "file": to}, tuple(lines), said
    )


def by_hand(station: Workstation, *, incident: str, control: str, did: str, lifted: bool = False) -> Result:
    """Record that somebody switched a control on, or lifted it, by hand: attested, which is no proof."""
    row, offer = _offered(station, incident, control)
    did = stated.given(did, WORDS, "what was done")
    ident = (_lift if lifted else _switch_on)(station, row, offer, did)
    found = queries.action(station.view, ident)
    said = f"recorded as {found.short}, {found.state}: what was done by hand is attested, not proved"
    if lifted and (verdict := newest(station, found)).says == FAILS:
        said += f"; {verdict.words}: THE HARM IS STILL THERE"
    return Result(queries.data_of(found), (), said)


def _switch_on(station: Workstation, row: IncidentRow, offer: Offer, did: str) -> str:
    ident, hours = station.new_id(row.stream), 4
    facts: dict[str, Any] = {
        "incident": row.ident, "system": row.system, "control": offer.control.name, "title": clean(offer.title),
        "family": "", "connector": offer.control.connector, "target": offer.control.target, "plan": "", "state": "planned",
        "summary": "by hand", "answers": station.me, "people": 1, "recipe": "", "waits": "", "review": "",
        "expires": from_wall(station.clock.wall_us() + hours * HOUR_US, station.clock.offset_minutes()),
    }  # fmt: skip
    station.append([Draft(row.stream, "containment.planned", ident, (facts,))])
    step = station.set_field(
        row.stream, "containment.stepped", ident, "state", "attested", detail=did, title=clean(offer.title)
    )
    station.append([step])
    return ident


def _lift(station: Workstation, row: IncidentRow, offer: Offer, did: str) -> str:
    held = queries.latest_of_control(station.view, row.ident, offer.control.name)
    if held is None or held.state != "attested":
        raise RefusedError(
            f"{line(offer.control.name)} was not switched on by hand here", safe="nothing was recorded",
            fix="what was sent from a device is lifted there: ircockpit contain revert",
        )  # fmt: skip
    refuse_under_later(station, held, safe="nothing was recorded")
    # What was done cannot be refused any more; what runs said of it then is kept beside it.
    cited = Ground(newest(station, held), did).body()
    step = station.set_field(
        row.stream,
        "containment.stepped",
        held.ident,
        "state",
        "reverted",
        detail=f"by hand: {did}",
        title=held.title,
        **{name: value for name, value in cited.items() if name == "verdict"},
    )
    station.append([step])
    return held.ident


def _offered(station: Workstation, text: str, control: str) -> tuple[IncidentRow, Offer]:
    row = incident(station.view, text)
    found = offers(station, row.ident, row.system)
    for offer in found:
        if control in (str(offer.digit), offer.control.name):
            return row, offer
    known = ", ".join(f"{each.digit} {line(each.control.name)}" for each in found) or "none"
    raise NotFound(f"there is no control {control!r}", safe=_SAFE, fix=f"the controls are: {known}")


def _card(station: Workstation, row: IncidentRow, offer: Offer) -> str:
    """Plain text for paper. What a value before the change is, nobody here knows: its place says where to write it."""
    try:
        measure = measure_of(station, offer)
    except CockpitError as error:
        raise UsageError(f"no card can be written: {error.what}", safe=_SAFE, fix=error.fix) from None
    action, place = measure.action, measure.target
    steps = [
        (
            f"Look up {each.name}, and write it down; where there is none, go no further. It is {each.pick}."
            f" {each.hint}".rstrip(),
            [_curl(measure, each)],
        )
        for each in action.resolve
    ]
    steps += [
        (
            "Read what it is now, and write the answer down: the way back needs it.",
            [_curl(measure, action.read)],
        ),
        (f"Switch it on: {action.title}.", [_curl(measure, each) for each in action.apply]),
        (f"Read it back. It is on where this holds: {action.contained}", [_curl(measure, action.read)]),
    ]
    if measure.probe is not None:
        wanted = f"Ask as a user does, {measure.probe.consecutive} times. It works where this holds: {measure.probe.contained}"
        steps.append((wanted, [_curl(measure, measure.probe, plane="probe")]))
    steps.append(
        (
            "The way back, later, with what you wrote down and somebody's approval:",
            [_curl(measure, each) for each in action.revert],
        )
    )
    people = "two people" if action.approval == "two-person" else "one person"
    lines = [
        f"BY HAND: {clean(offer.title)}   incident {row.short}   target {clean(place.name)} {clean(place.base_url)}",
        f"reaches {action.blast.tier}: {clean(action.blast.text)}   needs {people}",
        f"connector {measure.connector.id} version {measure.connector.version}, sha256 {measure.connector.sha256[:16]}", "",
    ]  # fmt: skip
    if place.auth is not None:
        lines += [
            f"The secret is in {clean(place.auth.secret)}: export IRCOCKPIT_SECRET before, and unset it after.",
            "",
        ]
    for name, uri in measure.secrets.items():
        lines += [
            f"The value of {name} is in {clean(uri)}: export {_variable(name)} before, and unset it after.",
            "",
        ]
    for number, (words, commands) in enumerate(steps, 1):
        lines += [f"{number}. {clean(words)}", *(f"   {each}" for each in commands), ""]
    verdict = (
        newest(station, offer.action).words
        if offer.action is not None
        else "no fix verdict: nothing is on yet"
    )
    lines += [
        f"Before it is lifted: {verdict}. A lifting needs one that holds, or a reason that is written down.", "",
        "done at ____:____ UTC by ________________   approved by ________________",
        f"then: ircockpit contain by-hand {row.short} {offer.digit} \"what was done, and when\"",
    ]  # fmt: skip
    return "\n".join(lines)


def _curl(measure: "Measure", ask: "Ask", plane: Any = "control") -> str:
    """One request as a shell command, quoted; values that only the answer before gives stand as ``<…>``."""
    from ircockpit.features.containment.engine.request import bound, planned
    from ircockpit.features.containment.engine.sealed import mark
    from ircockpit.features.containment.engine.template import Hole

    names = [each.name for each in measure.action.resolve]
    read_in = len(names) + 1
    names += [name for send in measure.action.apply for name in send.capture]
    scope = measure.scope | {
        "before": f"<as read in step {read_in}>",
        "var": {name: Hole.of(name) for name in names},
    }
    try:
        request = planned(ask, measure, plane, scope)
    except CockpitError:
        return line(f"# {ask.method} {ask.path}: fill in the values read before", 400)
    asked = bound(request)
    for (
        name
    ) in measure.secrets:  # a word that holds a mark is always quoted, one that is encoded would not be
        asked["url"] = asked["url"].replace(quote(mark(name), safe=""), mark(name))
    command = _command(asked)
    for name in measure.secrets:
        command = command.replace(mark(name), f"'\"${_variable(name)}\"'")
    return command


def _variable(name: str) -> str:
    return f"IRCOCKPIT_{name.upper()}"


def _command(request: dict[str, Any]) -> str:
    """A request as a line for a shell: curl, a program with its arguments, or a line for a socket."""
    method, url = str(request["method"]), str(request["url"])
    if url.startswith("exec:"):
        return shlex.join([url.removeprefix("exec:"), *map(str, request.get("args", ()))])
    if not url.startswith("http") and not _PLAIN_SOCKET.fullmatch(url):
        return line(f"# to {url}, in which socat would read more than a place: {request['body']}", 400)
    if not url.startswith("http"):
        return f"printf '%s\\n' {shlex.quote(str(request['body']))} | socat - {shlex.quote(_socket(url))}"
    words, tail = ["curl", "-sS", "-i", "--max-time", "10", "-X", method], []
    for name, value, secret, *user in request["headers"]:
        if user:
            tail.append(f'-u {shlex.quote(user[0])}:"$IRCOCKPIT_SECRET"')
        elif secret:
            tail.append(f"-H {_before_secret(f'{name}: {value}')}")
        else:
            words += ["-H", f"{name}: {value}"]
    if request["body"] is not None:
        words += ["--data-raw", str(request["body"])]  # in which a leading @ names no file
    mark = "&" if "?" in url else "?"
    query = "".join(_before_secret(f"{mark}{name}=") for name, *_ in request.get("in_query", ()))
    signed = "   # has to be signed too: the card cannot do that" if request.get("signing") else ""
    return " ".join([*map(shlex.quote, words), *tail, shlex.quote(url) + query]) + signed


_PLAIN_SOCKET = re.compile(r"(unix:|tcp://)[A-Za-z0-9/._:\[\]@+-]+")


def _before_secret(words: str) -> str:
    """Words of other people, in which a shell reads nothing, and right behind them the secret."""
    return f'{shlex.quote(words)}"$IRCOCKPIT_SECRET"'


def _socket(url: str) -> str:
    return (
        f"UNIX-CONNECT:{url.removeprefix('unix:')}"
        if url.startswith("unix:")
        else f"TCP:{url.removeprefix('tcp://')}"
    )
