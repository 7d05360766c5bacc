"""A mail server and a text gateway that really receive, for tests; on loopback, in threads of their own."""

from __future__ import annotations

import json
import socketserver
import threading
import time
from email import message_from_bytes, policy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class MailServer(socketserver.ThreadingTCPServer):
    """As much of SMTP as a client needs (RFC 5321); `answers` says what DATA gets: ok, full or silence."""

    allow_reuse_address = daemon_threads = True

    def __init__(self) -> None:
        self.letters, self.answers = [], "ok"
        super().__init__(("127.0.0.1", 0), _Mail)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def port(self) -> int:
        return self.server_address[1]


class _Mail(socketserver.StreamRequestHandler):
    def say(self, line: str) -> None:
        self.wfile.write(line.encode() + b"\r\n")

    def handle(self) -> None:
        self.say("220 test")
        while said := self.rfile.readline():
            word = said.split(None, 1)[0].upper().rstrip()
            if word == b"QUIT":
                return self.say("221 bye")
            if word != b"DATA":
                self.say("250 ok")
                continue
            self.say("354 go on")
            lines = []
            while (line := self.rfile.readline()) != b".\r\n":
                lines.append(line[1:] if line.startswith(b".") else line)
            if self.server.answers == "silence":
                self.server.letters.append(message_from_bytes(b"".join(lines), policy=policy.default))
                time.sleep(3)
                return None
            if self.server.answers == "full":
                self.say("452 mailbox full, said to wang@example.cn")
                continue
            self.server.letters.append(message_from_bytes(b"".join(lines), policy=policy.default))
            self.say("250 taken")
        return None


class Gateway(ThreadingHTTPServer):
    """The provider of text messages as `channels.TextMessage` knows it: one message a key, whatever is sent."""

    daemon_threads = True

    def __init__(self) -> None:
        self.taken, self.calls, self.answers = {}, [], "ok"
        super().__init__(("127.0.0.1", 0), _Gateway)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/messages"


class _Gateway(BaseHTTPRequestHandler):
    def log_message(self, *words) -> None:
        pass

    def answer(self, status: int, told: dict) -> None:
        self.send_response(status)
        self.end_headers()
        self.wfile.write(json.dumps(told).encode())

    def do_GET(self) -> None:
        from urllib.parse import unquote

        key = unquote(self.path.rsplit("/", 1)[1])
        self.server.calls.append(("GET", key))
        self.answer(200, {"id": self.server.taken[key][0]}) if key in self.server.taken else self.answer(404, {})

    def do_POST(self) -> None:
        said = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        assert self.headers["Authorization"] == "Bearer secret" and self.headers["Idempotency-Key"] == said["key"]
        self.server.calls.append(("POST", said["key"]))
        if self.server.answers == "broken":
            return self.answer(500, {})
        if said["key"] in self.server.taken:
            return self.answer(409, {"id": self.server.taken[said["key"]][0]})
        self.server.taken[said["key"]] = (f"m{len(self.server.taken) + 1}", said)
        if self.server.answers == "silence":  # taken, but nobody hears of it
            time.sleep(3)
            return None
        return self.answer(200, {"id": self.server.taken[said["key"]][0]})
