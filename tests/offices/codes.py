"""A telephone for tests: reads the secret from the page, as one types it in by hand, and makes its codes."""

from __future__ import annotations

import re

import pyotp

from incubator.kernel import clock
from tests.visitor import Visitor

SECRET = re.compile(r'<p class="code secret">([A-Z2-7 ]+)</p>')
CODES = re.compile(r'<li class="code">([0-9A-Z]{5}-[0-9A-Z]{5})</li>')


class Telephone:
    def __init__(self, secret: str) -> None:
        self.secret = secret.replace(" ", "")

    def code(self, steps: int = 0) -> str:
        return pyotp.TOTP(self.secret).generate_otp(int(clock.now().timestamp()) // 30 + steps)


def half_in(app, login: str, site: str = "http://localhost") -> Visitor:
    """Somebody whose password was right and who has given no code yet."""
    someone = Visitor(app, site)
    answer = someone.sign_in(login)
    assert answer.status_code == 302 and answer.location.startswith("/login/code"), answer.status_code
    return someone


def enrol(app, login: str, site: str = "http://localhost") -> tuple[Visitor, Telephone, list[str]]:
    """The first sign-in of a member of staff: the telephone is set, ten recovery codes are given."""
    someone = half_in(app, login, site)
    phone = Telephone(SECRET.search(someone.get("/login/code").text)[1])
    answer = someone.post("/login/code", {"code": phone.code()})
    assert answer.status_code == 200, answer.text
    return someone, phone, CODES.findall(answer.text)


def come_in(app, login: str, phone: Telephone) -> Visitor:
    """Signed in whole, by password and code."""
    someone = half_in(app, login)
    assert someone.post("/login/code", {"code": phone.code()}).status_code == 302
    return someone
