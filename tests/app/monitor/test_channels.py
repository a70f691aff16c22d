"""Channels against real servers of this machine: what arrives, what is refused, and what never leaves."""

import datetime as dt
import hashlib
import hmac
import io
import ssl
import stat
from pathlib import Path

import httpx2
import pytest
from tests.fake_venue import Inbox, MailServer, receiver, venue
from tests.tls_proxy import certificate

from seawall.app.monitor.channels import Console, Desktop, Mail, Webhook
from seawall.app.monitor.courier import Courier, pause_s
from seawall.app.monitor.memory import LONGEST_WAIT_S, Letter
from seawall.app.monitor.schema import MailFile, WebhookFile
from seawall.app.monitor.wire import Line, Pinned, private
from seawall.core.errors import DataError, InputError, SeawallError

NOW = dt.datetime(2026, 3, 2, 12, 0, tzinfo=dt.UTC)
BODY = {"seawall_alert": 1, "id": "abc-alert", "kind": "alert", "level": "act", "rule": "liquidation",
        "fact": "the perp is near its end", "remedy": "add collateral", "value": 0.4}  # fmt: skip


def letter(**more: object) -> Letter:
    return Letter("abc-alert", "x", "abc", "alert", {**BODY, **more}, NOW, 0)


def hook(url: str, allow: bool = True, secret: str = "") -> Webhook:
    given = WebhookFile(channel="webhook", url_from="HOOK_URL", allow_private=allow, timeout=2.0,
                        secret_from="HOOK_SECRET" if secret else None)  # fmt: skip
    return Webhook(given, {"HOOK_URL": url, "HOOK_SECRET": secret})


def test_a_webhook_is_signed_and_names_its_notice() -> None:
    inbox = Inbox()
    with receiver(inbox) as target:
        hook(target.url + "/x", secret="s3cret").send(letter())  # noqa: S106
    headers, body = inbox.got[0]
    assert headers["x-seawall-alert"] == "abc-alert"
    assert headers["content-type"] == "application/json"
    assert headers["x-seawall-signature"] == "sha256=" + hmac.new(b"s3cret", body, hashlib.sha256).hexdigest()
    assert inbox.bodies() == [BODY]


@pytest.mark.parametrize("status", [301, 302, 307, 308, 400, 401, 404, 500, 503])
def test_anything_but_2xx_is_no_arrival_and_a_redirect_is_not_followed(status: int) -> None:
    inbox = Inbox(lambda _: status)
    with receiver(inbox) as target, pytest.raises(DataError, match=str(status)):
        hook(target.url + "/secret-path").send(letter())
    assert inbox.tries == 1


def test_no_message_repeats_the_address() -> None:
    for url in ("http://127.0.0.1:9/hidden", "http://127.0.0.1:0/hidden", "http://[::1]:9/hidden", "ftp://hidden/"):
        with pytest.raises(SeawallError) as told:
            hook(url).send(letter())
        assert "hidden" not in str(told.value)


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "localhost", "10.1.2.3", "192.168.0.1", "169.254.169.254", "[::1]", "[::ffff:10.0.0.1]", "0.0.0.0"],  # noqa: S104
)
def test_a_private_address_is_refused_unless_allowed(host: str) -> None:
    with pytest.raises(InputError, match="private"):
        hook(f"http://{host}:9/x", allow=False).send(letter())


@pytest.mark.parametrize(
    ("number", "hidden"),
    [
        ("8.8.8.8", False), ("2606:4700::1111", False), ("127.0.0.1", True), ("::ffff:127.0.0.1", True),
        ("224.0.0.1", True), ("100.64.0.1", True), ("fe80::1", True), ("2002:7f00:1::", True), ("0.0.0.0", True),  # noqa: S104
    ],
)  # fmt: skip
def test_which_numbers_are_private(number: str, hidden: bool) -> None:
    assert private(number) == hidden


def test_a_name_that_changes_after_the_check_reaches_nothing() -> None:
    """The name is public when the address is checked and private when the connection is made."""
    asked: list[httpx2.Request] = []

    def handle(request: httpx2.Request) -> httpx2.Response:
        asked.append(request)
        return httpx2.Response(204)

    answers = iter([["8.8.8.8"], ["127.0.0.1"], ["8.8.8.8", "10.0.0.1"]])
    pinned = Pinned(httpx2.MockTransport(handle), False, lambda _: next(answers))
    with httpx2.Client(transport=pinned) as client:
        assert client.post("https://hook.example.org/x").status_code == 204
        for _ in range(2):
            with pytest.raises(DataError, match="private network"):
                client.post("https://hook.example.org/x")
    assert [(one.url.host, one.headers["host"]) for one in asked] == [("8.8.8.8", "hook.example.org")]
    assert asked[0].extensions["sni_hostname"] == "hook.example.org"


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ((200, b"x" * 2000), "larger than 1,000"),
        ((302, b"http://127.0.0.1:9/"), "redirects are not followed"),
        ((500, b""), "answered 500"),
        (None, "broke off"),
    ],
)
def test_a_venue_that_fails_is_one_line(answer: tuple[int, bytes] | None, told: str) -> None:
    with venue(lambda _: answer) as served, pytest.raises(DataError, match=told):
        Line(served.url, True, 2.0).get(1000)


def test_a_venue_that_does_not_answer_is_not_waited_for() -> None:
    import time

    def slow(_: int) -> tuple[int, bytes]:
        time.sleep(1.5)
        return 200, b"{}"

    with venue(slow) as served, pytest.raises(DataError, match="in time"):
        Line(served.url, True, 0.3).get(1000)


def mail(server: MailServer, **more: object) -> MailFile:
    given = {"channel": "email", "host": "127.0.0.1", "port": server.port, "security": "plain",
             "sender": "desk@example.org", "to": ["me@example.org", "you@example.org"], "timeout": 5.0}  # fmt: skip
    return MailFile.model_validate(given | more)


def test_mail_arrives_with_one_id_and_no_header_of_the_text() -> None:
    with MailServer() as server:
        Mail(mail(server), {}).send(letter(fact="near its end\r\nBcc: thief@example.org\n\nhello"))
    receivers, text = server.mails[0]
    assert receivers == ["me@example.org", "you@example.org"]
    head, _, _ = text.partition("\r\n\r\n")
    names = [line.partition(":")[0].lower() for line in head.split("\r\n") if not line.startswith((" ", "\t"))]
    assert "bcc" not in names
    assert names.count("message-id") == 1
    assert "X-Seawall-Alert: abc-alert" in head
    assert "<abc-alert@seawall.invalid>" in head


def test_mail_goes_through_starttls_with_a_checked_certificate(tmp_path: Path) -> None:
    key, made = certificate(tmp_path)
    theirs = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    theirs.load_cert_chain(made, key)
    trusting = ssl.create_default_context(cafile=str(made))
    environ = {"PASS": "geheim"}
    with MailServer(theirs, ("desk", "geheim")) as server:
        given = mail(server, security="starttls", user="desk", password_from="PASS")  # noqa: S106
        with pytest.raises(DataError, match="SSLCertVerificationError"):
            Mail(given, environ).send(letter())
        assert server.logins == []  # the password was not shown to a server that nobody vouches for
        Mail(given, environ, trusting).send(letter())
        with pytest.raises(DataError, match="refused the login") as told:
            Mail(given, {"PASS": "wrong"}, trusting).send(letter())
    assert "wrong" not in str(told.value)
    assert len(server.mails) == 1


def test_mail_is_not_sent_in_the_clear_when_starttls_is_not_offered() -> None:
    with MailServer() as server, pytest.raises(DataError, match="STARTTLS"):
        Mail(mail(server, security="starttls"), {}).send(letter())
    assert server.mails == []


def test_console_writes_one_line_whatever_the_text() -> None:
    stream = io.StringIO()
    Console(stream).send(letter(fact="a\x1b[2J\nb"))
    assert stream.getvalue() == "2026-03-02 12:00:00 UTC [act] a [2J b: add collateral\n"


def test_desktop_passes_text_as_arguments(tmp_path: Path) -> None:
    script, out = tmp_path / "notify-send", tmp_path / "out"
    script.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" > {out}\n')
    script.chmod(script.stat().st_mode | stat.S_IXUSR)
    Desktop(lambda name: str(script) if name == "notify-send" else None).send(letter(fact="-x $(touch hacked); `id`"))
    assert out.read_text().splitlines() == ["--app-name=seawall", "--", "seawall: act", "-x $(touch hacked); `id`"]


def test_a_desktop_without_a_notifier_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platform.system", lambda: "Linux")
    with pytest.raises(DataError, match="no notify-send or osascript"):
        Desktop(lambda _: None).send(letter())


def test_pauses_grow_to_five_minutes() -> None:
    for attempts, least in ((1, 1.0), (2, 2.0), (5, 16.0), (9, 256.0), (60, LONGEST_WAIT_S)):
        assert least <= pause_s(attempts) <= least + 1.0


def test_a_receiver_that_is_down_for_a_while_gets_the_notice_once(tmp_path: Path) -> None:
    from tests.app.monitor.test_memory import alert, notice, wrote

    from seawall.app.monitor.memory import Memory

    inbox = Inbox(lambda tries: 503 if tries < 3 else 204)
    now = [NOW]
    with receiver(inbox) as target:
        channel = hook(target.url)
        channel.name = "a"
        memory = Memory(tmp_path / "s.sqlite")
        wrote(memory, notice(alert()))
        courier = Courier(memory, (channel,), lambda: now[0], 3600.0)
        for _ in range(20):
            courier.one(channel)
            now[0] += dt.timedelta(seconds=5)
    assert [one["id"] for one in inbox.bodies()] == ["id1-alert"]
    assert (courier.counts["a", "failed"], courier.counts["a", "ok"]) == (3, 1)


def test_a_notice_that_never_arrives_is_given_up_and_counted(tmp_path: Path) -> None:
    from tests.app.monitor.test_memory import alert, notice, wrote

    from seawall.app.monitor.memory import Memory

    now = [NOW]
    channel = hook("http://127.0.0.1:9/")
    channel.name = "a"
    memory = Memory(tmp_path / "s.sqlite")
    wrote(memory, notice(alert()))
    courier = Courier(memory, (channel,), lambda: now[0], 60.0)
    for _ in range(40):
        courier.one(channel)
        now[0] += dt.timedelta(seconds=10)
    assert courier.counts["a", "abandoned"] == 1
    assert "a" not in memory.waiting()
