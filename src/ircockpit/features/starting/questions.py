"""Each question as it stands now: its words, its default, and what the target itself offers for it."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from functools import partial
from itertools import groupby
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from ircockpit.command.progress import tell, waiting
from ircockpit.core.errors import (
    BadInput,
    CockpitError,
    DeadlineError,
    NotFound,
    OfflineError,
    RefusedError,
    TrustError,
)
from ircockpit.features.containment import shelf
from ircockpit.features.containment.offers import engine_target
from ircockpit.features.people.birth import own_name
from ircockpit.features.people.naming import checked
from ircockpit.features.people.queries import name_of, names
from ircockpit.features.starting import rules
from ircockpit.features.starting.recognising import Heard, Recognised, reach_users, recognise
from ircockpit.features.starting.rules import PARAM, Option, Question
from ircockpit.features.systems.queries import systems
from ircockpit.features.systems.rules import AUTH_FORMS, System, Target, read_auth
from ircockpit.inert.gate import clean, line
from ircockpit.secrets.sources import resolve

if TYPE_CHECKING:
    from ircockpit.features.containment.engine.connector import Connector
    from ircockpit.features.containment.engine.spec import Action
    from ircockpit.features.containment.engine.transport import TargetTransport
    from ircockpit.store.workstation import Workstation


WIDTH = 76
"""Cells that a row of the conversation may have."""


class NeedsAnswer(RefusedError):
    """A question that comes up only now has to be answered first."""

    def __init__(self, key: str, what: str) -> None:
        super().__init__(what, safe="nothing was changed", fix=f"say it with {rules.FLAGS[key]}")
        self.key = key


class Questions:
    """What is asked, over the answers so far."""

    def __init__(self, station: "Workstation", answers: Mapping[str, str]) -> None:
        self.station = station
        self.answers = dict(answers)
        self._seen: dict[tuple[str, ...], Recognised] = {}
        self._told: Recognised | None = None

    @property
    def known(self) -> System | None:
        """The system as it is recorded, where it is."""
        name = self.answers.get("system")
        return next((each for each in systems(self.station.view) if each.name == name), None)

    @property
    def connector(self) -> "Connector":
        """The connector that was recognised, or chosen."""
        return shelf.connector(self.station.profile, self.answers["connector"])

    @property
    def action(self) -> "Action":
        """The control that was chosen."""
        return self.connector.action(self.answers["action"])

    def transport(self, **also: str) -> "TargetTransport":
        """To the target as answered so far, with one more answer that is tried."""
        from ircockpit.features.containment.engine.transport import TargetTransport

        place = rules.place_of({**self.answers, **also})
        return TargetTransport(engine_target(self.station.profile, place), lambda uri: resolve(uri).reveal())

    def recognised(self) -> Recognised:
        """What answers at the control's address, asked once. Raises where nobody does."""
        found = self.seen()
        if found is None:
            target = engine_target(self.station.profile, rules.place_of(self.answers))
            with waiting(f"asking {target.base_url} what it is"), self.transport() as transport:
                found = self._seen[self._whom()] = recognise(self._usable(), target, transport)
        return found

    def seen(self) -> Recognised | None:
        """What answered there, where it was asked already."""
        return self._seen.get(self._whom())

    def _whom(self) -> tuple[str, ...]:
        return tuple(self.answers.get(key, "") for key in ("admin", "auth", "ca"))

    def _usable(self) -> list["Connector"]:
        """The connectors that may be written with."""
        held = shelf.connectors(self.station.profile)
        return [each.connector for each in held if each.origin != "not trusted"]

    def question(self, key: str) -> Question:
        """A question as it stands now. Raises a :class:`CockpitError` where the target has to be asked and does not answer."""
        if key.startswith(PARAM):
            return self._param(key)
        made: dict[str, Callable[[], Question]] = {
            "me": self._me, "system": self._system, "owner": self._owner, "on_call": self._on_call, "admin": self._admin,
            "ca": self._ca, "auth": partial(self._auth, "auth", "the control API"), "connector": self._which,
            "probe": self._probe, "probe_auth": partial(self._auth, "probe_auth", "the address of the users"),
            "action": self._control, "match": self._match,
        }  # fmt: skip
        return made[key]()

    def try_answer(self, key: str, value: str) -> None:
        """Try what can be tried of an answer by itself. Raises a :class:`CockpitError` where it cannot be right."""
        from ircockpit.secrets.trial import missing

        if key in ("admin", "ca"):
            with self.transport(**{key: value}):
                pass  # whether it is an address, and a file, that can be used at all
        elif key in ("auth", "probe_auth") and value:
            for source in read_auth(value).secrets:
                if (error := missing(source)) is not None:
                    raise error
        elif key == "probe" and value == self.answers["admin"] and not self.connector.one_address:
            tell("  - that is the address of the control API; users seldom reach that one")
        elif key == "probe" and value and value != self.answers["admin"]:
            target = engine_target(self.station.profile, rules.place_of({**self.answers, key: value}))
            try:
                with self.transport(probe=value) as transport:
                    why = reach_users(target, transport)
            except TrustError as error:
                raise NeedsAnswer("ca", error.what) from None
            if why:
                raise BadInput(why, fix="give the address at which users end up")

    def _me(self) -> Question:
        return Question(
            "me", "your name", "Colleagues see it beside what you do. It stands in an entry of its own, which can be erased.",
            checked, own_name(),
        )  # fmt: skip

    def _system(self) -> Question:
        return Question(
            "system", "name of the AI system",
            "One AI system that your team answers for: small letters, digits, dots and dashes, such as pharmacy-bot.",
            rules.system_name,
        )  # fmt: skip

    def _owner(self) -> Question:
        mine = self.answers.get("me") or name_of(names(self.station.view), self.station.me)
        return Question("owner", "who owns it", "A team or a person; shown when it does harm.", str, mine)

    def _on_call(self) -> Question:
        return Question(
            "on_call",
            "how its on-call is reached",
            "A pager, a number, a channel; read by everybody on the team.",
            str,
            "",
            optional=True,
        )

    def _admin(self) -> Question:
        return Question(
            "admin", "address of the gateway's control API",
            "Where the gateway is switched, not where users are: http://127.0.0.1:9901 (Envoy), http://127.0.0.1:2019 (Caddy),"
            " /run/haproxy.sock or tcp://127.0.0.1:9999 (HAProxy's runtime API), exec:redis-cli (a program that this device"
            " allows). It is asked what it is; that changes nothing.",
            rules.control_address, self.known.targets[0].admin if self.known and self.known.targets else None,
        )  # fmt: skip

    def _recorded(self) -> Target | None:
        """The target of the known system that was answered, as it is recorded."""
        targets = self.known.targets if self.known else ()
        return next((each for each in targets if each.admin == self.answers.get("admin")), None)

    def _ca(self) -> Question:
        return Question(
            "ca", "file of the authority that signed its certificate",
            "A PEM file on this device. If you do not know the certificate, find out first who answers there.", str,
            (there.ca if (there := self._recorded()) else "") or None,
        )  # fmt: skip

    def _auth(self, key: str, what: str) -> Question:
        there = self._recorded()
        recorded = getattr(there, key) if there else ""
        known = self.connector if "connector" in self.answers else None
        login = (known.login if key == "auth" else known.probe_login) if known else ""
        return Question(
            key, f"credentials for {what}",
            f"Never the secret itself, but where it lies: env:NAME, file:/path, keyring:service/user. `ircockpit secret set"
            f" file:~/gateway.key` in another terminal keeps one. {f'This server wants: {login}. ' if login else ''}In full:"
            f" {AUTH_FORMS['bearer']} (a bearer token), X-Api-Key: env:NAME (any header), basic USER env:NAME (password)",
            partial(rules.credentials, login=login), recorded or None,
        )  # fmt: skip

    def _which(self) -> Question:
        """The connector: found out, else chosen by hand. Raises :class:`NeedsAnswer` for what has to be known first."""
        try:
            found = self.recognised()
        except TrustError as error:
            raise NeedsAnswer("ca", error.what) from None
        if found.closed:
            again = "it does not accept these credentials" if self.answers.get("auth") else found.why_not
            raise NeedsAnswer("auth", again)
        self._tell_once(found)
        offered = found.connectors or self._fitting()
        options = tuple(Option(each.id, f"{each.vendor}: {each.badge}") for each in offered)
        return Question(
            "connector", "which connector",
            "The kind of gateway it is. Those that are called unverified template were never run on their server.",
            rules.one_of([each.id for each in offered], "connector"),
            options[0].value if len(found.connectors) == 1 else None, options,
        )  # fmt: skip

    def _tell_once(self, found: Recognised) -> None:
        if found is self._told:
            return
        self._told = found
        if found.connectors:
            called = " or ".join(dict.fromkeys(each.vendor for each in found.connectors))
            by = "the program of " if self.answers["admin"].startswith("exec:") else ""
            tell(f"  that is {by}{called}{f', {found.version}' if found.version else ''}")
        else:
            admin = urlsplit(self.answers["admin"])
            path = admin.path.strip("/") if admin.scheme in ("http", "https") else ""
            # Each connector brings the paths of its own.
            whole = f", or the path /{line(path, 40)} is too much" if path else ""
            explain(
                f"{found.why_not}. Perhaps this is the address that users reach{whole}; < goes back", "- "
            )

    def _fitting(self) -> tuple["Connector", ...]:
        """The connectors that speak to such an address."""
        kind = engine_target(self.station.profile, rules.place_of(self.answers)).kind("control")
        return tuple(
            each for each in self._usable() if any(action.read.kind == kind for action in each.actions)
        )

    def _probe(self) -> Question:
        admin = self.answers["admin"]
        same = self.connector.one_address and admin.startswith(("http", "exec:"))
        there = self._recorded()
        default = there.probe if there and there.probe else admin if same else None
        return Question(
            "probe", "address that users reach",
            "The probe asks there, as a user does: only so can a control be proved. `none` leaves every stop unverified.",
            partial(rules.user_address, control=admin), default, optional=True,
        )  # fmt: skip

    def _control(self) -> Question:
        actions = self.connector.actions
        options = tuple(Option(each.id, each.title) for each in actions)
        return Question(
            "action", "which control first", "Each can be added later. The first one stands under the digit 1.",
            rules.one_of([each.id for each in actions], "control"), actions[0].id, options,
        )  # fmt: skip

    def _param(self, key: str) -> Question:
        from msgspec import UnsetType

        from ircockpit.features.containment.engine.measure import value_of

        name = key.removeprefix(PARAM)
        param = self.action.params[name]
        options = self._offered(name)
        default = None if isinstance(param.default, UnsetType) else str(param.default)
        if default is None and len(options) == 1:
            default = options[0].value
        elif (known := self.inherited(name)) is not None:
            default = known
        return Question(
            key,
            f"parameter {name}: {param.help}",
            f"{param.help}. {self._where_from(name)}",
            lambda text: str(value_of(name, param, text)),
            default,
            options,
        )

    def inherited(self, name: str) -> str | None:
        """What a parameter is by another control of the system, of the same connector; ``None`` where that says nothing here.

        A text without a form of its own is about one control. Where the defaults differ, each control has one of its own,
        which may lie in the same folder.
        """
        param = self.action.params[name]
        for control in self.known.controls if self.known else ():
            value = dict(control.params).get(name)
            if value is None or control.connector != self.connector.id or control.action == self.action.id:
                continue
            with suppress(CockpitError):
                there = self.connector.action(control.action).params.get(name)
                if there is None or not there.pattern or there.pattern != param.pattern:
                    continue
                if there.default == param.default:
                    return value
                folder, slash, _ = value.rpartition("/")
                if slash and isinstance(param.default, str):
                    return f"{folder}/{param.default.rpartition('/')[2]}"
        return None

    def _where_from(self, name: str) -> str:
        """How the value of a parameter is found, in a sentence."""
        from ircockpit.features.containment.engine.measure import partly_bound
        from ircockpit.features.containment.engine.template import fill_text

        param = self.action.params[name]
        form = f" Its form: {param.pattern}" if param.pattern else ""
        if param.source is None:
            return f"It is not asked of the gateway: its configuration says it, or you choose it.{form}"
        asked = param.source.line or param.source.path or ""
        target = engine_target(self.station.profile, rules.place_of(self.answers))
        with suppress(CockpitError):
            measure = partly_bound(self.connector, self.action.id, rules.params_of(self.answers), target)
            asked = fill_text(asked, measure.scope)
        what = f" ({asked})" if asked else ""
        return (
            f"The gateway is asked for a list{what}: type a number of it, or a name that is not in it.{form}"
        )

    def _offered(self, name: str) -> tuple[Option, ...]:
        """What a parameter may be: as its connector says, or as the target lists it. Raises :class:`NeedsAnswer`."""
        from ircockpit.features.containment.engine.measure import partly_bound
        from ircockpit.features.containment.engine.resolving import choices

        param = self.action.params[name]
        stated = {"polarity": ("on", "off"), "flag": ("true", "false")}.get(param.type) or param.enum or ()
        if stated or param.source is None:
            return tuple(Option(str(each)) for each in stated)
        target = engine_target(self.station.profile, rules.place_of(self.answers))
        measure = partly_bound(self.connector, self.action.id, rules.params_of(self.answers), target)
        with self.transport() as transport:
            heard = Heard(transport)
            try:
                return tuple(Option(str(each.value), each.label) for each in choices(heard, measure, name))
            except (BadInput, NotFound, RefusedError, OfflineError, DeadlineError) as error:
                if heard.is_closed("control"):
                    raise NeedsAnswer("auth", "the control API wants to know who asks") from None
                explain(f"there is no list to choose from: {error.what}", "- ")
                return ()

    def _match(self) -> Question:
        return Question(
            "match", "which signals are about it",
            "Labels of signals with patterns, joined by commas: service=support-*,source=garak. `none` leaves it to be assigned"
            " by hand; `ircockpit system add` changes it later.",
            rules.rule, f"service={self.answers['system']}", optional=True,
        )  # fmt: skip


def explain(text: str, mark: str = "") -> None:
    """Some sentences below a question, broken between words."""
    for number, each in enumerate(between_words(clean(text), WIDTH - len(mark))):
        tell(f"  {mark if number == 0 else ' ' * len(mark)}{each}")


def between_words(text: str, width: int = WIDTH) -> list[str]:
    """The rows of a text, broken between words; a word that is longer than a row stays whole."""
    from textwrap import wrap

    return wrap(text, width, break_long_words=False, break_on_hyphens=False) or [text]


def laid_out(text: str, width: int = WIDTH - 4) -> Iterator[str]:
    """What a gateway needs, row by row: sentences are broken between words, and configuration stays as it is."""
    for is_prose, rows in groupby(text.splitlines(), lambda row: row[:1].strip() != ""):
        found = list(rows)
        yield from between_words(" ".join(found), width) if is_prose else found
