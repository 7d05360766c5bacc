"""The ways out of the portal: e-mail by SMTP, text messages by HTTP. Off while they are not set up.

Neither knows people or letters: an address, words, and a key under which the same message is known to the provider.
An `Undelivered` never names an address: it stands in the outbox and on a page (P28).
"""

import http.client
import json
import smtplib
import ssl
from contextlib import closing
from email.message import EmailMessage
from urllib.parse import quote, urlsplit

from incubator.kernel import security

CONNECT, ANSWER = 5, 15  # seconds (§3.5.3)


class Undelivered(Exception):
    """It was not taken, or nobody knows (`unknown`): tried again later, after asking the provider where that is possible."""

    def __init__(self, result: str, words: str) -> None:
        super().__init__(words)
        self.result = result


class Mail:
    """E-mail. A server can't be asked about a message later; the Message-ID made from the key tells a second one."""

    def __init__(self, config) -> None:
        self.config = config

    def known(self, key: str) -> str | None:
        return None

    def send(self, address: str, subject: str, body: str, key: str) -> str:
        """Hand one message to the server; answers its Message-ID."""
        config = self.config
        message = EmailMessage()
        message["From"], message["To"] = config.SMTP_SENDER, address
        message["Subject"] = " ".join(subject.split())
        host = config.PUBLIC_BASE_URL.partition("://")[2].partition(":")[0]
        message["Message-ID"] = f"<{security.digest(key)[:32]}@{host}>"
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(body)
        try:
            with self._server() as server:
                server.sock.settimeout(ANSWER)
                if config.SMTP_USER:
                    server.login(config.SMTP_USER, config.SMTP_PASSWORD)
                server.send_message(message)
        except smtplib.SMTPResponseException as refused:
            raise Undelivered("refused", f"SMTP {refused.smtp_code}") from None
        except smtplib.SMTPRecipientsRefused:
            raise Undelivered("refused", "SMTP recipient refused") from None
        except (TimeoutError, smtplib.SMTPServerDisconnected):
            raise Undelivered("unknown", "SMTP no answer") from None
        except (OSError, smtplib.SMTPException) as wrong:
            raise Undelivered("failed", f"SMTP {type(wrong).__name__}") from None
        return message["Message-ID"]

    def _server(self) -> smtplib.SMTP:
        config, context = self.config, ssl.create_default_context()
        if config.SMTP_TLS == "tls":
            return smtplib.SMTP_SSL(config.SMTP_HOST, config.SMTP_PORT, timeout=CONNECT, context=context)
        server = smtplib.SMTP(config.SMTP_HOST, config.SMTP_PORT, timeout=CONNECT)
        if config.SMTP_TLS == "starttls":
            server.starttls(context=context)
        return server


class TextMessage:
    """A text message by the provider's gateway.

    ``POST SMS_URL`` with ``{"to", "text", "key"}`` and the key as Idempotency-Key: 2xx ``{"id"}`` it was taken, 409
    ``{"id"}`` it had been taken before. ``GET SMS_URL/<key>``: 200 ``{"id"}`` or 404.
    """

    def __init__(self, config) -> None:
        self.config = config

    def known(self, key: str) -> str | None:
        """The provider's number of the message with this key, None when it never came."""
        status, told = self._ask("GET", "/" + quote(key, safe=""), None, key)
        if status == 404:
            return None
        if status == 200:
            return str(told.get("id", ""))
        raise Undelivered("unknown", f"HTTP {status}")

    def send(self, address: str, subject: str, body: str, key: str) -> str:
        status, told = self._ask("POST", "", {"to": address, "text": body, "key": key}, key)
        if status == 409 or 200 <= status < 300:
            return str(told.get("id", ""))
        raise Undelivered("refused" if status < 500 else "failed", f"HTTP {status}")

    def _ask(self, method: str, below: str, said: dict | None, key: str) -> tuple[int, dict]:
        url = urlsplit(self.config.SMS_URL)
        kind = http.client.HTTPSConnection if url.scheme == "https" else http.client.HTTPConnection
        headers = {"Authorization": f"Bearer {self.config.SMS_TOKEN}", "Idempotency-Key": key, "Accept": "application/json"}
        body = None
        if said is not None:
            body, headers["Content-Type"] = json.dumps(said).encode(), "application/json"
        asked = False
        try:
            with closing(kind(url.hostname, url.port, timeout=CONNECT)) as connection:
                connection.connect()
                connection.sock.settimeout(ANSWER)
                asked = True
                connection.request(method, url.path + below, body, headers)
                answer = connection.getresponse()
                text = answer.read(65_536)
        except (TimeoutError, OSError, http.client.HTTPException) as wrong:
            raise Undelivered("unknown" if asked else "failed", f"HTTP {type(wrong).__name__}") from None
        try:
            told = json.loads(text or b"{}")
        except ValueError:
            told = {}
        return answer.status, told if isinstance(told, dict) else {}


def set_up(config) -> dict[str, object]:
    """The channels that this portal has, by name."""
    found = {}
    if config.SMTP_HOST:
        found["mail"] = Mail(config)
    if config.SMS_URL:
        found["text"] = TextMessage(config)
    return found
