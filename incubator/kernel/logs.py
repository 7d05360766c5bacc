"""What is written to logs: no ID number and no telephone, whoever writes it (reliability §3.12, P28)."""

import logging
import re

# 18 digits of a citizen's number and 11 of a mobile one, standing by themselves; as typed or as in an address
_PERSONAL = re.compile(r"(?<![0-9A-Za-z])(?:[1-9]\d{16}[\dXx]|(?:\+?86)?1[3-9]\d{9})(?![0-9A-Za-z])")
_COVER = "[…]"
_plain = logging.Formatter()
_factory = logging.getLogRecordFactory()


def masked(text: str) -> str:
    """`text` with every ID number and mobile number covered."""
    return _PERSONAL.sub(_COVER, text)


def _record(*args, **kwargs) -> logging.LogRecord:
    record = _factory(*args, **kwargs)
    try:
        said = record.getMessage()
    except Exception:  # a wrong number of arguments is the handler's to report
        return record
    covered = masked(said)
    if covered != said:
        record.msg, record.args = covered, ()
    if record.exc_info and record.exc_info[0] is not None:
        record.exc_text = masked(_plain.formatException(record.exc_info))
    return record


def guard() -> None:
    """Cover personal numbers in every record of every logger of this process, the server's and the worker's too."""
    logging.setLogRecordFactory(_record)
