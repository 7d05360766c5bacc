"""How people are told outside the portal: what they may choose, and what nobody may switch off (第七、八、十三条).

Returns, decisions, sanctions, urgings and the day of a deadline itself have legal weight: they go out at once. An
urging is the act on which 第十六条（二）4 rests (AMB-17): nobody may say later that it never reached him.
"""

import re

from .articles import Refusal

MAIL_CHOICES = {"each": "每条消息都发", "daily": "一天一封", "legal": "只发有法律效力的"}
TEXT_CHOICES = {"each": "每条消息都发", "legal": "只发有法律效力的"}
LEGAL_KINDS = "退回、决定、处理、催报和到期当天的消息"
USUAL_MAIL, USUAL_TEXT = "each", "legal"
ADDRESS_MOST = 120
_ADDRESS = re.compile(r"[A-Za-z0-9._%+-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.)+[A-Za-z]{2,24}")


def of_legal_weight(step, station) -> bool:
    """Whether a step is told with legal weight: a return, what ends a matter, and what is done against the applicant."""
    return step.remarks or step.harm or station.holder == "end"


def at_once(choice: str, legal: bool) -> bool:
    """Whether a message goes out by itself as soon as it is there."""
    return legal or choice == "each"


def mail_refusal(address: str) -> Refusal | None:
    """Why an address can't be kept; an empty one means that none is wanted."""
    if address and (len(address) > ADDRESS_MOST or not _ADDRESS.fullmatch(address)):
        return Refusal("13", "电子邮箱写得不对", "写成 name@example.cn，不要带空格和其他文字")
    return None
