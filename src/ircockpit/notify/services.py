"""Which addresses messages may be sent to, and what an address may not decide by itself; pure."""

from urllib.parse import parse_qsl, urlsplit

from ircockpit.core.errors import BadInput

CLEAR = (
    "json",
    "form",
    "xml",
    "mmost",
    "rocket",
    "matrix",
    "nctalk",
    "ntfy",
    "gotify",
    "signal",
    "goalert",
    "mailto",
)
"""Services of one's own host that are also reached without TLS: what is sent can be read on the way."""
SECURE = (
    *(f"{each}s" for each in CLEAR),
    "slack", "discord", "gchat", "webex", "wxteams", "workflow", "workflows", "zulip", "tgram", "pover",
    "pagerduty", "opsgenie", "victorops", "splunk", "pagertree", "spike", "squadcast", "signl4", "ilert", "incidentio",
    "twilio", "vonage", "nexmo", "sns", "ses", "sendgrid", "mailgun", "postmark", "brevo", "msgbird", "clicksend", "sinch",
    "bulksms", "seven", "46elks", "threema",
)  # fmt: skip
"""Services that are reached with TLS alone."""
ALLOWED = frozenset((*CLEAR, *SECURE))
"""Schemes that can be used: each sends HTTP or SMTP requests and nothing else.

Everything else apprise knows is left out: what shows something on this machine's desktop, writes into its log, runs a
program, needs a library of its own, reads key files, or publishes to everybody.
"""
SETTLED = {
    "verify": "certificates are always verified",
    "redirect": "redirects are never followed",
    "retry": "a message is tried once, so that nobody is called twice",
    "wait": "a message is tried once, so that nobody is called twice",
    "rto": "the channel's own timeout holds",
    "cto": "the channel's own timeout holds",
    "format": "messages are plain text",
    "overflow": "messages are short enough to stay whole",
    "emojis": "messages are plain text",
    "store": "nothing is kept beside the record",
    "tz": "times are UTC",
    "template": "no file is read for a message",
    "attach": "nothing is attached to a message",
    "attach-as": "nothing is attached to a message",
    "pgp": "no key is made or read for a message",
    "pgpkey": "no key is made or read for a message",
    "smime": "no key is made or read for a message",
    "pem": "no key is made or read for a message",
    "key": "no key is made or read for a message",
    "keyfile": "no file is read for a message",
    "subfile": "no file is read for a message",
}
"""What an address may not say, and what holds instead. ``verify=yes`` says what holds anyway."""
_FIX = "put another address into the source of this channel; docs/notifications.md lists what can be used"
_SAFE = "nothing was sent"
MOST = 4096
"""Characters of an address."""


def check(url: str) -> str:
    """The scheme of an address that may be used. Raises :class:`BadInput`, which repeats nothing of the address."""
    if not url.isprintable() or len(url) > MOST or url != url.strip():
        raise BadInput("the address is not one line of text", safe=_SAFE, fix=_FIX)
    scheme, mark, _ = url.partition("://")
    scheme = scheme.lower()
    if not mark or not scheme.isascii() or not scheme.replace("-", "").isalnum():
        raise BadInput("the address is no address of a service (service://…)", safe=_SAFE, fix=_FIX)
    if scheme not in ALLOWED:
        # What is no name of a service may be a part of the secret.
        named = f"the service {scheme}:" if len(scheme) <= 12 else "this service"
        raise BadInput(f"{named} is not one that messages are sent to", safe=_SAFE, fix=_FIX)
    try:
        asked = parse_qsl(urlsplit(url).query, keep_blank_values=True)
    except ValueError:
        raise BadInput("the address cannot be read", safe=_SAFE, fix=_FIX) from None
    for name, value in asked:
        key = name.strip().lower()
        if key == "mode" and value.strip().lower() == "insecure" and not is_clear(scheme):
            raise BadInput(
                f"the address says mode=insecure, and {scheme}: is encrypted", safe=_SAFE, fix=_FIX
            )
        if key in SETTLED and not (key == "verify" and value.strip().lower() in ("yes", "true", "1", "on")):
            raise BadInput(f"the address says {key}=…, and {SETTLED[key]}", safe=_SAFE, fix=_FIX)
    return scheme


def is_clear(scheme: str) -> bool:
    """Whether what is sent can be read on the way."""
    return scheme in CLEAR
