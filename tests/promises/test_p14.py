"""P14: passwords cannot be guessed; the count stands in the database and is taken before the judgement."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from incubator.kernel.security import Vault
from tests import walk
from tests.visitor import Visitor

pytestmark = pytest.mark.promise("P14")
GUESSES = 20


def test_twenty_guesses_at_once_verify_at_most_five(app, clock, monkeypatch, promise):
    with app.app_context():
        walk.person("x220104", "朝阳经办", ("county_clerk", "220104"))
    verified = []
    real = Vault.verify_password

    def counting(self, stored, password):
        verified.append(password)
        return real(self, stored, password)

    monkeypatch.setattr(Vault, "verify_password", counting)
    guessers = [Visitor(app) for _ in range(GUESSES)]
    with ThreadPoolExecutor(GUESSES) as pool:
        answers = list(pool.map(lambda pair: pair[1].sign_in("x220104", f"Guess-{pair[0]:04d}!").status_code, enumerate(guessers)))
    wrong = max(0, len(verified) - 5) + sum(a not in (422, 429) for a in answers) + (answers.count(429) < GUESSES - 5)
    # the right password finds the door shut too, and open again after a quarter of an hour
    someone = Visitor(app)
    wrong += someone.sign_in("x220104").status_code != 429
    clock.forward(minutes=14)
    wrong += someone.sign_in("x220104").status_code != 429
    clock.forward(minutes=1, seconds=1)
    wrong += someone.sign_in("x220104").status_code != 302
    promise("P14", n=GUESSES, failures=wrong, verified=len(verified), answers=sorted(set(answers)))
