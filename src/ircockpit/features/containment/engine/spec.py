"""The parts of a connector file: requests, parameters, what is read, changed, probed and preserved, each with its words."""

from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

Name = Annotated[str, Meta(pattern="^[a-z][a-z0-9_]{0,31}$")]
Slug = Annotated[str, Meta(pattern="^[a-z][a-z0-9-]{0,62}$")]
Words = Annotated[str, Meta(min_length=1, max_length=300)]
Seconds = Annotated[float, Meta(gt=0, le=600)]
Family = Literal[
    "disable_model",
    "disable_feature",
    "safe_fallback",
    "rollback_model",
    "rate_limit",
    "restrict_prompts",
    "halt_integration",
    "block_principal",
    "hold_queue",
    "revoke_credentials",
    "quarantine_source",
    "quiet_alerts",
]
Kind = Literal["http", "line", "program"]
Tier = Literal["principal", "feature", "endpoint", "global"]


class Ask(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A request without the place it goes to; texts may hold ``${expression}``.

    Over HTTP it has ``method`` and ``path``, over a socket of lines ``line``, for a program ``args``.
    """

    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"] | None = None
    """Of HTTP; a change is never sent with GET."""
    path: str | None = None
    """Begins with ``/``, below the target's address; values stay within their segment."""
    query: dict[str, str] = {}
    """Percent-encoded, in this order."""
    headers: dict[str, str] = {}
    """Beside those of ``auth``, which are never stated here."""
    json: Any = UNSET
    """A body in JSON; a text that is one hole takes the value with its type."""
    form: dict[str, str] | None = None
    """A body as a form sends it."""
    body: str | None = None
    """A plain body of printable ASCII."""
    line: str | None = None
    """One command; the blanks of values are escaped, and what parts commands is refused in them."""
    args: list[Any] | None = None
    """Arguments of the target's program: texts, or objects and lists that become one argument of JSON."""
    parse: Literal["json", "text", "csv", "table"] = "json"
    """What ``body`` is: JSON where the answer is that, or rows by the names of their columns."""
    timeout_s: Annotated[float, Meta(gt=0, le=60)] = 5.0
    """Seconds for one complete answer."""
    redact: list[str] = []
    """Dotted paths (``*`` for any member) taken out of a parsed answer before anything else sees it."""

    @property
    def kind(self) -> Kind:
        """The sort of target it is for."""
        return "line" if self.line is not None else "program" if self.args is not None else "http"

    @property
    def accepts(self) -> str:
        """The predicate that a good answer meets where the file states none."""
        # A command that changes something answers with nothing; one that reads has something to say.
        line = "text == ''" if isinstance(self, Send) else "text != ''"
        return {"http": "status >= `200` && status < `300`", "line": line, "program": "status == `0`"}[
            self.kind
        ]


class Judged(Ask, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A request whose answer is good or not."""

    ok: str | None = None
    """Recognises a good answer; left out: 2xx, no words to a line that changes something, exit status 0."""

    @property
    def good(self) -> str:
        """What recognises a good answer, stated or not."""
        return self.accepts if self.ok is None else self.ok


class Lookup(Judged, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Finds what a name stands for, before anything is planned; later requests have it as ``var.<name>``.

    It is asked once more right before the change is sent, which is refused where the answer is another.
    """

    name: Name
    pick: str
    """The id in the answer: one text or number."""
    hint: str = ""
    """What to check where there is none."""


class Source(Judged, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The values a parameter may take, as the target lists them, for whoever fills it in."""

    pick: str
    """A list of texts or numbers, or of objects with ``value`` and ``label``."""


class Param(Struct, frozen=True, forbid_unknown_fields=True):
    """One value a person or a system record fills in."""

    help: Words
    """What it is, for whoever fills it in."""
    type: Literal["text", "int", "flag", "polarity", "secret"] = "text"
    """``polarity`` is ``on`` or ``off``: the position of a switch in which it contains. ``secret`` is a value that must
    stand nowhere: what is filled in names its source."""
    pattern: str | None = None
    """Regular expression the whole text, or the value of a secret, must match."""
    enum: list[str | int] | None = None
    """The only values it may have."""
    default: str | int | bool | UnsetType = UNSET
    """What holds where nothing is filled in; without one, something must be."""
    source: Source | None = None
    """What the target offers for it."""


class Read(Judged, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How the control is read: ``state`` is all that is kept of the answer."""

    hint: str = ""
    """What to check when ``ok`` does not hold, for the person in front of it."""
    absent_when: str | None = None
    """Recognises the answer that there is no such thing: its state is then ``null``, whatever ``ok`` says."""
    state: str
    """Expression over the answer; select only what the control itself decides, or every plan drifts."""
    version: str | None = None
    """What a compare-and-swap compares with (an ETag, a revision, a lock's token), as ``version`` in changes."""


class Send(Judged, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One change, or one step of the way back."""

    when: str | None = None
    """Whether this step is sent at all, over ``p``, ``var`` and ``before``; decided when it is planned."""
    guard: str | None = None
    """Recognises the answer of a compare-and-swap that lost: somebody else changed the target."""
    capture: dict[Name, str] = {}
    """Ids made by the change that a later step or the way back needs, as ``var.<name>``."""


class Probe(Ask, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A request on the data plane, as a user makes it, free of side effects."""

    contained: str
    """Recognises the answer of the control, not just the absence of a good one."""
    serving: str
    """Recognises a healthy answer that is not contained."""
    every_ms: Annotated[int, Meta(ge=50, le=60_000)] = 500
    consecutive: Annotated[int, Meta(ge=2, le=20)] = 3
    """Contained answers in a row that make it effective."""
    within_s: Seconds = 30.0
    """Seconds after read-back until which the effect may take its time."""


class ReadBack(Struct, frozen=True, forbid_unknown_fields=True):
    """How long and how often the control is read after a change."""

    timeout_s: Seconds = 5.0
    every_ms: Annotated[int, Meta(ge=20, le=60_000)] = 200


class Verify(Struct, frozen=True, forbid_unknown_fields=True):
    """What must be seen before the action counts; without a probe it stays unverified."""

    control: ReadBack = ReadBack()
    probe: Probe | None = None
    """Without one it stays ``unverified``, and that is said."""


class Server(Judged, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Asks which version of the server this is, for the badge of a connector that was tried."""

    pick: str
    """The version in the answer, as text."""


class Recognise(Ask, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A question that changes nothing, and the answer by which a server of this kind is told from all others."""

    when: str
    """Recognises the server; no other kind of server answers so."""
    program: Annotated[str, Meta(pattern="^([a-z0-9][a-z0-9._-]{0,62})?$")] = ""
    """With ``args``: the one program that is run with them, NAME of ``exec:NAME``; to another they could mean anything."""
    timeout_s: Annotated[float, Meta(gt=0, le=5)] = 3.0


class Preserve(Judged, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What can be kept as evidence beside a change: read from the target, which it must not change."""

    id: Slug
    title: Words
    """What it is, as people read it: ``conversations of the bot``."""
    params: dict[Name, Param] = {}
    """Values that a system's record fills in."""
    plane: Literal["control", "probe"] = "control"
    """Which address of the target is asked, with whose credentials."""
    reads_only: bool = False
    """Has to be said of a POST: it asks, and changes nothing."""
    select: str | None = None
    """What of an answer is kept: a list by its members; left out, its text line by line."""
    first: str | int = ""
    """The value of ``var.next`` in the first request, where there are pages."""
    next: str | None = None
    """The value of ``var.next`` for the next page; nothing where there is none."""
    pages: Annotated[int, Meta(ge=1, le=500)] = 1
    """Answers asked for at most, one after the other."""
    most_kb: Annotated[int, Meta(ge=1, le=65_536)] = 4096
    """Kilobytes kept at most."""
    within_s: Seconds = 60.0
    """Seconds for all of it."""


class Change(Struct, frozen=True, forbid_unknown_fields=True):
    """The one line a person approves: what, from which value, to which."""

    what: str
    """What is changed, with holes."""
    value: str
    """Expression over ``state`` and ``p`` that gives the value to show."""
    after: str
    """The value afterwards, with holes."""


class Count(Judged, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Asks the target how many it reaches now; where it does not answer, that is told and nothing waits for it."""

    counts: Annotated[dict[Words, str], Meta(min_length=1, max_length=5)]
    """What is counted, in words, and the number in the answer."""
    timeout_s: Annotated[float, Meta(gt=0, le=5)] = 2.0


class Blast(Struct, frozen=True, forbid_unknown_fields=True):
    """How many it reaches."""

    tier: Tier
    text: Words
    """Who notices, in words."""
    query: Count | None = None
    """How many it reaches now, where the target can be asked."""


class Retry(Struct, frozen=True, forbid_unknown_fields=True):
    """How often a change of a repeatable action is sent again where the target is away or says "not now"."""

    times: Annotated[int, Meta(ge=0, le=5)] = 2
    """Further tries after the first."""
    first_ms: Annotated[int, Meta(ge=50, le=10_000)] = 300
    """The first pause; each further one is twice as long. A ``Retry-After`` prolongs it."""


class Action(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One control of a connector."""

    id: Slug
    family: Family
    title: Words
    """What it does, as people read it: ``halt the model``."""
    params: dict[Name, Param] = {}
    """Values that a system's record fills in beforehand."""
    resolve: Annotated[list[Lookup], Meta(max_length=10)] = []
    """What is looked up before planning, in this order."""
    read: Read
    """How the control is asked where it stands; it must change nothing."""
    contained: str
    """Predicate over ``state`` and ``p``: whether the control is on."""
    change: Change
    """What a person approves, in one line."""
    apply: Annotated[list[Send], Meta(min_length=1, max_length=10)]
    """The changes, in this order."""
    revert: Annotated[list[Send], Meta(max_length=10)] = []
    """The way back to what was read before, not to a default."""
    reversible: bool = True
    """Whether it can be taken back at all; what cannot is asked for twice and never tried."""
    proof: Literal["by-hand", "scheduled"] = "by-hand"
    """Whether a proof of it, there and back, may be approved once and then repeated on a schedule without a person there."""
    verify: Verify
    """What must be seen before it counts."""
    repeatable: bool = False
    """Whether sending a change twice does no more than sending it once."""
    retry: Retry = Retry()
    blast: Blast
    approval: Literal["none", "typed-confirm", "two-person"]
    """Whether one key sends it, the id has to be typed, or a second person has to approve it."""
    ttl_h: Annotated[int, Meta(ge=1, le=720)] = 4
    """Hours after which the responder is reminded that it is still on."""
    deadline_s: Seconds = 120.0
    """Seconds for the whole action, from approval to its last probe."""
    prepare: Annotated[str, Meta(max_length=4000)] = ""
    """What the server needs in its own configuration before this can be switched, as people write it there."""


class File(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One file, one kind of gateway."""

    schema_version: Literal[1]
    id: Slug
    """As systems and commands name it."""
    version: Annotated[int, Meta(ge=1)]
    """Of this file, counted by whoever writes it."""
    vendor: Words
    docs: Words
    """Where the control API is described."""
    tested_with: list[str] = []
    """Versions of the server on which every action went there and back, its effect seen by users."""
    contract_with: list[str] = []
    """Versions whose own validation took the form of every request, without one being carried out."""
    server: Server | None = None
    """Asks for the server's version."""
    recognise: Annotated[list[Recognise], Meta(max_length=3)] = []
    """How a server of this kind is known by what it answers; any of them suffices."""
    login: Annotated[str, Meta(max_length=200)] = ""
    """What a system's `auth` looks like where the server wants to know who asks; the source is only an example."""
    probe_login: Annotated[str, Meta(max_length=200)] = ""
    """As ``login``, for `probe_auth`: how users of this kind of server commonly say who they are."""
    one_address: bool = False
    """Whether users are commonly served at the very address that is controlled."""
    actions: Annotated[list[Action], Meta(min_length=1, max_length=50)]
    """What can be switched."""
    preserve: Annotated[list[Preserve], Meta(max_length=20)] = []
    """What can be kept as evidence, where a system's record names it."""
