"""Two people at the same instant: threads with connections of their own that start together."""

import threading
from collections.abc import Callable

from sqlalchemy.exc import IntegrityError

from incubator.kernel.database import db
from incubator.kernel.errors import Conflict


def race(app, *acts: Callable) -> list:
    """What each act returned or raised; they begin together, each on a connection of its own."""
    gate = threading.Barrier(len(acts))
    answers: list = [None] * len(acts)

    def run(index: int, act: Callable) -> None:
        with app.app_context():
            gate.wait(10)
            try:
                answers[index] = act()
            except Exception as error:  # judged by the test
                answers[index] = error
            finally:
                db.session.remove()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return answers


def won(answers: list) -> list:
    return [answer for answer in answers if not isinstance(answer, Exception)]


def lost(answers: list) -> list[Exception]:
    return [answer for answer in answers if isinstance(answer, Exception)]


def is_conflict(error: Exception) -> bool:
    """What the page answers with 409."""
    return isinstance(error, Conflict | IntegrityError)
