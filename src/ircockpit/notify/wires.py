"""What goes over the wire in the process that sends: no redirects, proxies or endless answers, and a note of how each ended.

apprise says only whether it worked. Whether the other side can have seen the message is known here alone.
"""

import smtplib
import ssl
import time
from collections.abc import Callable
from typing import Any, NamedTuple

BEFORE, TAKEN, REFUSED, AFTER = "before", "taken", "refused", "after"
"""How a request ended: before anything left, with a yes, with a no, or without a word after it may have left."""
MOST = 64 * 1024
"""Bytes of an answer that are read."""


class Fact(NamedTuple):
    """How one request ended."""

    how: str
    said: str


FACTS: list[Fact] = []
"""Of every request of this process, in their order."""


def note(how: str, said: str) -> None:
    """Keep how a request ended."""
    FACTS.append(Fact(how, said))


def verdict(good: bool) -> tuple[str, str]:
    """The outcome and its reason, from what apprise says and how the requests ended."""
    if good:
        return "delivered", ""
    lost = next((each for each in FACTS if each.how == AFTER), None)
    if lost is not None:
        return "unknown", f"{lost.said}; it may have arrived"
    bad = next((each for each in reversed(FACTS) if each.how != TAKEN), None)
    taken = sum(each.how == TAKEN for each in FACTS)
    if bad is None:
        said = (
            "the service answered, and its answer is no yes"
            if taken
            else "the service refused it before anything was sent"
        )
        return "failed", said
    part = f"; {taken} of {len(FACTS)} requests were taken" if taken else ""
    return "failed", bad.said + part


def watch(until: float, ca: str) -> None:
    """Watch every request from now on; ``until`` is the time.monotonic() at which the message has had its time."""
    _watch_http(until, ca)
    _watch_mail(until, ca)


def _watch_http(until: float, ca: str) -> None:
    import requests

    asked = requests.Session.request

    def request(session: requests.Session, method: str, url: str, **options: Any) -> requests.Response:
        # Neither proxies nor ~/.netrc of whoever sits here, and nothing goes where an answer points to.
        session.trust_env = False
        options |= {"verify": ca or True, "allow_redirects": False, "stream": True, "timeout": _left(until)}
        try:
            answer = asked(session, method, url, **options)
            _read(answer, until)
        except requests.RequestException as error:
            note(*_sorted(error))
            raise
        code = answer.status_code
        if 200 <= code < 300:
            note(TAKEN, f"it answered {code}")
        elif 300 <= code < 400:
            note(REFUSED, f"it answered {code} and pointed elsewhere, which is not followed")
        elif code in (502, 504):
            note(AFTER, f"a gateway before it answered {code}")
        else:
            note(REFUSED, f"it answered {code}")
        return answer

    requests.Session.request = request  # type: ignore[assignment,method-assign]


def _read(answer: Any, until: float) -> None:
    """Read an answer as far as it is wanted; one without end is cut off, its status has been said by then."""
    kept = bytearray()
    while len(kept) < MOST and time.monotonic() < until:
        piece = answer.raw.read(4096, decode_content=True)
        if not piece:
            break
        kept += piece
    answer.close()
    answer._content, answer._content_consumed = bytes(kept), True


def _sorted(error: Exception) -> tuple[str, str]:
    """Sort a failed request by the one question that matters: whether the other side can have seen it."""
    import requests
    from urllib3 import exceptions as lower

    if isinstance(error, requests.exceptions.SSLError):
        untrusted = "CERTIFICATE_VERIFY_FAILED" in str(error)
        return (
            BEFORE,
            f"{'its certificate is not trusted' if untrusted else 'it speaks no TLS'}; nothing was sent",
        )
    if isinstance(error, requests.exceptions.ConnectTimeout):
        return BEFORE, "it did not accept a connection in time; nothing was sent"
    if isinstance(error, requests.exceptions.ReadTimeout):
        return AFTER, "it took the message and did not answer in time"
    cause = getattr(error.args[0], "reason", None) if error.args else None
    if isinstance(cause, lower.NameResolutionError):
        return BEFORE, "its name is not known; nothing was sent"
    if isinstance(cause, lower.NewConnectionError):
        return BEFORE, "not reached; nothing was sent"
    if isinstance(error, requests.exceptions.InvalidURL | requests.exceptions.InvalidSchema | ValueError):
        return BEFORE, "its address cannot be used; nothing was sent"
    return AFTER, "the connection broke before it had answered"


def _watch_mail(until: float, ca: str) -> None:
    made = ssl.create_default_context

    def context(*given: Any, **options: Any) -> ssl.SSLContext:
        return made(*given, **{**options, "cafile": ca} if ca else options)

    ssl.create_default_context = context
    for name, after in (("connect", False), ("starttls", False), ("login", False), ("sendmail", True)):
        setattr(smtplib.SMTP, name, _noted(getattr(smtplib.SMTP, name), after, until))


def _noted(method: Callable[..., Any], after: bool, until: float) -> Callable[..., Any]:
    """A step of a mail's way that notes how it ended; ``after`` for the one in which the message leaves."""

    def step(mail: smtplib.SMTP, *given: Any, **options: Any) -> Any:
        mail.timeout = _left(until)
        if mail.sock is not None:
            mail.sock.settimeout(_left(until))
        try:
            done = method(mail, *given, **options)
        except ssl.SSLCertVerificationError:
            note(BEFORE, "its certificate is not trusted; nothing was sent")
            raise
        except smtplib.SMTPServerDisconnected:
            note(AFTER if after else BEFORE, "the connection broke before it had answered")
            raise
        except smtplib.SMTPAuthenticationError as error:
            note(REFUSED, f"it refused the credentials ({error.smtp_code})")
            raise
        except smtplib.SMTPRecipientsRefused:
            note(REFUSED, "it refused the recipients")
            raise
        except smtplib.SMTPResponseException as error:
            note(REFUSED, f"it answered {error.smtp_code}")
            raise
        except smtplib.SMTPException:
            note(REFUSED, "it does not offer what is needed, TLS or a login; nothing was sent")
            raise
        except OSError as error:
            late = isinstance(error, TimeoutError)
            said = (
                "it did not answer in time"
                if late
                else "not reached"
                if not after
                else "the connection broke"
            )
            note(AFTER if after else BEFORE, said if after else f"{said}; nothing was sent")
            raise
        if after:
            note(REFUSED if done else TAKEN, "it refused a recipient" if done else "it took the mail")
        return done

    return step


def _left(until: float) -> float:
    return max(until - time.monotonic(), 0.05)
