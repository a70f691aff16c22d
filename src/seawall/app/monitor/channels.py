"""Ways to tell somebody: console, desktop, webhook, e-mail. Each sends one letter or raises; none waits for long."""

import hashlib
import hmac
import json
import os
import platform
import shutil
import smtplib
import ssl
import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import closing
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Any, Final, Protocol, TextIO, final

from seawall.app.monitor.memory import Letter
from seawall.app.monitor.schema import AnyChannel, ConsoleFile, DesktopFile, MailFile, WebhookFile
from seawall.app.monitor.wire import Line
from seawall.core.errors import DataError, SeawallError

HEADER: Final = "X-Seawall-Alert"
SIGNATURE: Final = "X-Seawall-Signature"
WORDS: Final = {"alert": "", "again": "still: ", "cleared": "", "test": "test: "}
SCRIPT: Final = "on run argv\ndisplay notification (item 2 of argv) with title (item 1 of argv)\nend run"


class Channel(Protocol):
    """Something that takes letters."""

    @property
    def name(self) -> str:
        """As in the file."""
        ...  # pragma: no cover

    def send(self, letter: Letter) -> None:
        """Deliver; raises a ``SeawallError`` in one line, without a secret, when it did not arrive."""
        ...  # pragma: no cover


def plain(text: str, most: int = 500) -> str:
    """One line without control signs: labels of a book must not reach a terminal or a header as they are."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())[:most]


def line_of(body: Mapping[str, Any]) -> str:
    """A letter in one line."""
    return plain(f"{WORDS[str(body['kind'])]}[{body['level']}] {body['fact']}: {body['remedy']}")


@final
class Console:
    """A line on a stream."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self.name, self._stream = "console", stream

    def send(self, letter: Letter) -> None:
        """Write the line."""
        stream = sys.stdout if self._stream is None else self._stream
        try:
            stream.write(f"{letter.at:%Y-%m-%d %H:%M:%S} UTC {line_of(letter.body)}\n")
            stream.flush()
        except (OSError, ValueError):
            raise DataError("the console cannot be written: check where stdout goes") from None


@final
class Desktop:
    """A notification by notify-send or osascript; the text is an argument, never part of a command or a script."""

    def __init__(self, find: Callable[[str], str | None] = shutil.which) -> None:
        self.name, self._find = "desktop", find

    def send(self, letter: Letter) -> None:
        """Show it."""
        title, text = f"seawall: {letter.body['level']}", plain(f"{WORDS[letter.kind]}{letter.body['fact']}")
        command: list[str]
        if (notify := self._find("notify-send")) is not None:
            command = [notify, "--app-name=seawall", "--", title, text]
        elif platform.system() == "Darwin" and (script := self._find("osascript")) is not None:
            command = [script, "-e", SCRIPT, title, text]
        else:
            raise DataError("there is no notify-send or osascript here: use another channel")
        try:
            done = subprocess.run(command, capture_output=True, timeout=10.0, check=False)  # noqa: S603
        except (OSError, subprocess.TimeoutExpired):
            raise DataError("the desktop did not take the notification: is one running?") from None
        if done.returncode != 0:
            raise DataError("the desktop did not take the notification: is one running?")


@final
class Webhook:
    """JSON by POST, with the id of the notice in a header, and signed where there is a secret."""

    def __init__(self, given: WebhookFile, environ: Mapping[str, str] = os.environ) -> None:
        self.name, self._given = given.name, given
        self._url = environ.get(given.url_from, "").strip()
        self._secret = environ.get(given.secret_from, "").strip() if given.secret_from else ""

    def send(self, letter: Letter) -> None:
        """POST it; only a status of 2xx is an arrival."""
        body = json.dumps(letter.body, allow_nan=False, sort_keys=True).encode()
        headers = {"Content-Type": "application/json", HEADER: letter.id}
        if self._secret:
            headers[SIGNATURE] = signature(body, self._secret)
        with closing(Line(self._url, self._given.allow_private, self._given.timeout)) as line:
            line.post(body, headers)


def signature(body: bytes, secret: str) -> str:
    """What a receiver compares: ``sha256=`` and the HMAC-SHA256 of the body in hex."""
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


@final
class Mail:
    """E-mail by SMTP, encrypted unless the server is on this machine and the file says plain."""

    def __init__(
        self, given: MailFile, environ: Mapping[str, str] = os.environ, context: ssl.SSLContext | None = None
    ) -> None:
        self.name, self._given, self._context = given.name, given, context
        self._password = environ.get(given.password_from, "") if given.password_from else ""

    def send(self, letter: Letter) -> None:
        """Hand it to the server."""
        try:
            with self._server() as server:
                if self._given.user is not None:
                    server.login(self._given.user, self._password)
                refused = server.send_message(self._message(letter))
        except smtplib.SMTPAuthenticationError:
            raise DataError("the mail server refused the login: check `user` and the password's variable") from None
        except smtplib.SMTPNotSupportedError:
            raise DataError("the mail server offers no STARTTLS or no login: check `port` and `security`") from None
        except (smtplib.SMTPException, ssl.SSLError, OSError) as fault:
            raise DataError(f"the mail server did not take it ({type(fault).__name__}): check the server") from None
        if refused:
            raise DataError(f"the mail server refused {len(refused)} of the receivers: check `to`")

    def _server(self) -> smtplib.SMTP:
        given = self._given
        context = self._context or ssl.create_default_context()
        if given.security == "tls":
            return smtplib.SMTP_SSL(given.host, given.port, timeout=given.timeout, context=context)
        server = smtplib.SMTP(given.host, given.port, timeout=given.timeout)
        if given.security == "starttls":
            try:
                server.starttls(context=context)
            except BaseException:
                server.close()
                raise
        return server

    def _message(self, letter: Letter) -> EmailMessage:
        body, message = letter.body, EmailMessage()
        message["Subject"] = plain(f"seawall [{body['level']}] {WORDS[letter.kind]}{body['fact']}", 180)
        message["From"], message["To"] = self._given.sender, ", ".join(self._given.to)
        message["Message-ID"] = f"<{letter.id}@seawall.invalid>"
        message["Date"] = format_datetime(letter.at)
        message[HEADER] = letter.id
        rows = [f"{key}: {plain(str(value))}" for key, value in body.items() if value is not None]
        message.set_content("\n".join([line_of(body), "", *rows, "", "Not financial advice."]))
        return message


def made(
    given: tuple[AnyChannel, ...], environ: Mapping[str, str] = os.environ, console: TextIO | None = None
) -> tuple[Channel, ...]:
    """The channels of a configuration. ``console``: where lines go, stdout if None."""
    return tuple(_made(one, environ, console) for one in given)


def _made(one: AnyChannel, environ: Mapping[str, str], console: TextIO | None) -> Channel:
    if isinstance(one, WebhookFile):
        return Webhook(one, environ)
    if isinstance(one, MailFile):
        return Mail(one, environ)
    assert isinstance(one, ConsoleFile | DesktopFile)  # noqa: S101  (the union has four)
    return Console(console) if isinstance(one, ConsoleFile) else Desktop()


def tested(channel: Channel, letter: Letter) -> str:
    """Empty when a letter arrived, else why not."""
    try:
        channel.send(letter)
    except SeawallError as fault:
        return str(fault)
    return ""
