"""What is asked of a newcomer, what an answer must be, and the record it becomes; pure."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from ircockpit.core.errors import BadInput, UsageError
from ircockpit.features.systems.rules import (
    AUTH_FORMS,
    NAME,
    Control,
    System,
    Target,
    check_address,
    read_auth,
    read_rule,
)

if TYPE_CHECKING:
    from ircockpit.features.containment.engine.connector import Connector
    from ircockpit.features.containment.engine.spec import Action

Row = TypeVar("Row", bound=Target | Control)

TARGET = "gateway"
"""What the first target of a system is called; nobody has to think of a name for it."""
PARAM = "param "
"""Stands before a parameter's name in the key of its answer."""
_SOURCE = re.compile(r"(env|file|keyring|cred|cmd):.+")

FLAGS = {
    "me": "--me NAME", "system": "SYSTEM", "owner": "--owner OWNER", "on_call": "--on-call HOW", "admin": "--admin ADDRESS",
    "ca": "--ca FILE", "auth": "--auth AUTH", "connector": "--connector NAME", "probe": "--probe ADDRESS",
    "probe_auth": "--probe-auth AUTH", "action": "--control ACTION", "match": "--match RULE",
}  # fmt: skip
"""How each answer is given without a terminal."""
CALLED = {
    "me": "your name", "on_call": "on call", "admin": "control API", "ca": "authority", "auth": "credentials",
    "probe": "users reach", "probe_auth": "as a user", "action": "control", "match": "signals",
}  # fmt: skip
"""How the answers are called where they are listed; the others by their own names."""
WITH = {"admin": ("ca", "auth", "connector"), "connector": ("action",), "action": (PARAM,), "probe": ("probe_auth",)}  # fmt: skip
"""Answers that mean nothing any more once another one is given anew."""


ONLY_IF_NEEDED = ("ca", "auth", "probe_auth")
"""Questions that come up only where the target wants them answered."""
NOTHING = ("", "-", "none")


class Option(NamedTuple):
    """One of several answers that are offered."""

    value: str
    label: str = ""


class Question(NamedTuple):
    """One question, for either door."""

    key: str
    text: str
    help: str
    check: Callable[[str], str]
    """The answer as it is kept. Raises a :class:`CockpitError` for one that cannot be."""
    default: str | None = None
    """What holds where nothing is typed; ``None`` where something must be."""
    options: tuple[Option, ...] = ()
    optional: bool = False
    """Whether ``none`` is an answer."""

    @property
    def flag(self) -> str:
        """How it is answered without a terminal."""
        return (
            f"--param {self.key.removeprefix(PARAM)}=VALUE" if self.key.startswith(PARAM) else FLAGS[self.key]
        )

    def chosen(self, typed: str) -> str:
        """The answer that was typed: a number stands for the option of that place, unless it is one itself."""
        if self.optional and typed in NOTHING:
            return ""
        values = [option.value for option in self.options]
        if typed not in values and typed.isascii() and typed.isdigit() and 1 <= int(typed) <= len(values):
            typed = values[int(typed) - 1]
        return self.check(typed)


def called(key: str) -> str:
    """How an answer is called in a list."""
    return CALLED.get(key, key.removeprefix(PARAM))


def system_name(text: str) -> str:
    """The name of a system."""
    if not NAME.fullmatch(text):
        raise BadInput(
            "a system's name is small letters, digits, dots and dashes", fix="for example: pharmacy-bot"
        )
    return text


def control_address(text: str) -> str:
    """The address of a control API; a plain ``host:port`` is one over http, a plain path a socket."""
    if text.startswith("/"):
        text = f"unix:{text}"
    elif "://" not in text and not text.startswith(("unix:", "exec:")):
        text = f"http://{text}"
    check_address(text, local=True)
    return text if text.startswith("unix:") else text.rstrip("/")


def is_address(text: str) -> bool:
    """Whether it can be nothing but an address: with a scheme, a path, or a port."""
    return (
        text.startswith(("/", "unix:")) or "://" in text or re.fullmatch(r"[\w.-]+:\d{1,5}", text) is not None
    )


def user_address(text: str, control: str = "") -> str:
    """The address that users reach; where nobody is served, what is ``control`` is the place to ask as well."""
    if control and text == control:
        return text
    text = text if "://" in text else f"http://{text}"
    check_address(text)
    return text.rstrip("/")


def credentials(text: str, login: str) -> str:
    """Credentials by their source; a source alone takes the form that the server is known to want.

    Raises :class:`BadInput` or :class:`SecretError`, neither of which repeats what may be a secret.
    """
    from ircockpit.secrets.sources import SecretSource

    form = login or AUTH_FORMS["bearer"]
    if _SOURCE.fullmatch(text) and len(read_auth(form).secrets) == 1:
        text = f"{form.rpartition(' ')[0]} {text}"
    for source in read_auth(text).secrets:
        SecretSource.parse(source)
    return text


def rule(text: str) -> str:
    """A rule over the labels of signals."""
    read_rule(text)
    return text


def one_of(values: Sequence[str], what: str) -> Callable[[str], str]:
    """A check that lets through one of these alone."""

    def check(text: str) -> str:
        if text not in values:
            raise UsageError(f"there is no {what} {text!r}", fix=f"there is: {', '.join(values)}")
        return text

    return check


def in_order(keys: Iterable[str]) -> list[str]:
    """Keys of answers as their questions are asked, parameters after their control, whenever each was given last."""
    asked = list(FLAGS)
    return sorted(keys, key=lambda key: asked.index(key if key in FLAGS else "action"))


def hanging(answers: Mapping[str, str], key: str) -> dict[str, str]:
    """The answers that mean something only beside another one."""
    held = without(answers, key)
    return {each: value for each, value in answers.items() if each != key and each not in held}


def without(answers: Mapping[str, str], key: str) -> dict[str, str]:
    """The answers without one of them, and without those that hang on it."""
    gone, reach = {key}, [key]
    while reach:
        for prefix in WITH.get(reach.pop(), ()):
            hanging = {each for each in answers if each.startswith(prefix)} - gone
            gone |= hanging
            reach += hanging
    return {each: value for each, value in answers.items() if each not in gone}


def place_of(answers: Mapping[str, str], name: str = TARGET) -> Target:
    """The target as answered so far."""
    return Target(
        name, answers["admin"], answers.get("probe", ""), answers.get("auth", ""), answers.get("ca", ""),
        answers.get("probe_auth", ""),
    )  # fmt: skip


def params_of(answers: Mapping[str, str]) -> dict[str, str]:
    """The parameters that were answered; the others have their defaults."""
    return {key.removeprefix(PARAM): value for key, value in answers.items() if key.startswith(PARAM)}


def described(
    known: System | None, answers: Mapping[str, str], connector: "Connector", action: "Action"
) -> tuple[System, Control]:
    """The system's record with this control in it; what is recorded of it already stays."""
    before = known or System("", answers["system"])
    place = place_of(answers)
    place = place._replace(name=_free(TARGET, place, before.targets, lambda one, two: one.admin == two.admin))
    if (there := before.target(place.name)) is not None:
        place = there._replace(**{field: value for field, value in place._asdict().items() if value})
    control = Control(
        action.id,
        action.title,
        connector.id,
        action.id,
        place.name,
        tuple(sorted(params_of(answers).items())),
    )
    same = _free(
        action.id, control, before.controls,
        lambda one, two: (one.connector, one.action, one.target) == (two.connector, two.action, two.target),
    )  # fmt: skip
    control = control._replace(name=same)
    rules = tuple(filter(None, (read_rule(answers["match"]) if answers.get("match") else (),)))
    return before._replace(
        owner=answers.get("owner") or before.owner,
        on_call=answers.get("on_call") or before.on_call,
        match=before.match + tuple(each for each in rules if each not in before.match),
        targets=_put(before.targets, place),
        controls=_put(before.controls, control),
    ), control


def _free(name: str, row: Row, rows: Sequence[Row], same: Callable[[Row, Row], bool]) -> str:
    """The name of a row that is this one already, else the first name that none has."""
    for each in rows:
        if same(each, row):
            return each.name
    taken = {each.name for each in rows}
    names = (name if number == 1 else f"{name}-{number}" for number in range(1, len(rows) + 2))
    return next(each for each in names if each not in taken)


def _put(rows: tuple[Row, ...], row: Row) -> tuple[Row, ...]:
    """The rows with this one in the place of that of its name, or after all."""
    for at, each in enumerate(rows):
        if each.name == row.name:
            return (*rows[:at], row, *rows[at + 1 :])
    return (*rows, row)
