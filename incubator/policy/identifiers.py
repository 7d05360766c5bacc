"""Identifiers that the Measures and national standards give a fixed form.

Credit code (GB 32100-2015), citizen number (GB 11643-1999), mobile number,
document number (GB/T 9704-2012), base name (Article 19, A19-1) and the key
that compares sites (A7-1a). Every reader takes any spacing, case and full
width; what is wrong is raised as :class:`WrongIdentifier` with the way out.
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date

USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
USCC_WEIGHTS = tuple(pow(3, i, 31) for i in range(17))
ID18_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
ID18_CHECKS = "10X98765432"
BASE_NAME_ENDING = "创业孵化基地"
BASE_NAME_LENGTH = 30

# Pairs 登记管理部门 + 类别 of GB 32100-2015 → tenant subject of domain.md §8.7.
USCC_SUBJECTS = {
    "91": "company",
    "92": "individual",
    "93": "cooperative",
    "52": "private_nonprofit",
}
# Entities that are registered but are not legal persons or may not operate a base (T106).
NOT_LEGAL_PERSONS = {"92": "个体工商户", "93": "农民专业合作社"}


class WrongIdentifier(ValueError):
    """An identifier that cannot be read.

    ``reason`` says what is wrong, ``way_out`` how to mend it, ``article`` the
    standard or article that fixes the form.
    """

    def __init__(self, reason: str, way_out: str, article: str):
        super().__init__(f"{reason}。{way_out}")
        self.reason, self.way_out, self.article = reason, way_out, article


def plain(text: object) -> str:
    """Text in NFKC without any white space or invisible character."""
    folded = unicodedata.normalize("NFKC", str(text))
    return "".join(c for c in folded if not c.isspace() and unicodedata.category(c) != "Cf")


def uscc_check_char(first17: str) -> str:
    """Check character of the first 17 characters of a credit code (GB 32100-2015)."""
    total = sum(USCC_ALPHABET.index(c) * w for c, w in zip(first17, USCC_WEIGHTS, strict=True))
    return USCC_ALPHABET[(31 - total % 31) % 31]


def uscc(text: object) -> str:
    """Normalised unified social credit code: 18 characters, upper case.

    The inner organisation code and the registrar's division are not judged
    (domain.md §1.2). Raises WrongIdentifier; a wrong last character is told
    together with the right one (T107).
    """
    code = plain(text).upper().replace("-", "")
    if len(code) != 18:
        raise WrongIdentifier(
            f"统一社会信用代码应为18位，现为{len(code)}位", "按营业执照逐位核对", "GB 32100-2015"
        )
    for position, char in enumerate(code[:17], 1):
        if char not in USCC_ALPHABET:
            raise WrongIdentifier(
                f"统一社会信用代码第{position}位“{char}”不在可用字符内",
                "代码不使用字母I、O、S、V、Z，核对是否与数字1、0、5、2混淆",
                "GB 32100-2015",
            )
    expected = uscc_check_char(code[:17])
    if code[17] != expected:
        raise WrongIdentifier(
            f"统一社会信用代码与校验位不符，按前17位计算校验码应为{expected}",
            "按营业执照逐位核对，错的也可能是前17位",
            "GB 32100-2015",
        )
    return code


def subject_of(code: str) -> str:
    """Tenant subject that the first two characters of a credit code suggest, else "other"."""
    return USCC_SUBJECTS.get(code[:2], "other")


def id18_check_char(first17: str) -> str:
    """Check character of the first 17 digits of a citizen number (GB 11643-1999)."""
    total = sum(int(c) * w for c, w in zip(first17, ID18_WEIGHTS, strict=True))
    return ID18_CHECKS[total % 11]


def id18(text: object) -> str:
    """Normalised citizen number: 17 digits and a digit or X. Raises WrongIdentifier."""
    number = plain(text).upper().replace("-", "")
    standard = "GB 11643-1999"
    if len(number) != 18:
        raise WrongIdentifier(
            f"公民身份号码应为18位，现为{len(number)}位", "按身份证逐位核对", standard
        )
    if not re.fullmatch(r"[0-9]{17}[0-9X]", number):
        raise WrongIdentifier(
            "公民身份号码前17位应为数字，末位为数字或X", "按身份证逐位核对", standard
        )
    try:
        date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        raise WrongIdentifier(
            f"公民身份号码第7至14位“{number[6:14]}”不是日期", "按身份证逐位核对", standard
        ) from None
    expected = id18_check_char(number[:17])
    if number[17] != expected:
        raise WrongIdentifier(
            f"公民身份号码与校验位不符，按前17位计算校验码应为{expected}",
            "按身份证逐位核对，错的也可能是前17位",
            standard,
        )
    return number


def phone(text: object) -> str:
    """Normalised mobile number: 11 digits that begin with 1; +86 is dropped."""
    number = re.sub(r"[-()]", "", plain(text))
    number = re.sub(r"^(\+86|0086|86(?=1\d{10}$))", "", number)
    if not re.fullmatch(r"1[0-9]{10}", number):
        raise WrongIdentifier(
            f"手机号码应为以1开头的11位数字，现为“{number}”", "核对位数，区号和分机不填在这里", ""
        )
    return number


@dataclass(frozen=True, order=True)
class DocumentNumber:
    """A document number in its three parts; ``str()`` gives its one written form."""

    agency: str
    year: int
    n: int

    def __str__(self) -> str:
        return f"{self.agency}〔{self.year}〕{self.n}号"


def document_number(text: object) -> DocumentNumber:
    """Document number such as 吉工信创业〔2023〕92号 in its parts (GB/T 9704-2012, T61).

    Wrong brackets, leading zeros and 第 are refused with the right form, not
    mended, because the number must be the one on the paper. Raises
    WrongIdentifier.
    """
    number = plain(text)
    standard = "GB/T 9704-2012"
    loose = re.fullmatch(
        r"(?P<agency>[^\d\[\](){}〔〕【】〈〉]*)(?P<open>[\[({〔【〈])(?P<year>\d{2,4})年?"
        r"(?P<close>[\])}〕】〉])(?P<order>第?)(?P<n>\d+)(?P<end>号?)",
        number,
        flags=re.ASCII,
    )
    if not loose:
        raise WrongIdentifier(
            f"文号“{number}”缺少机关代字、年份、序号或“号”",
            "按“机关代字〔年份〕序号号”填写，例如 吉工信创业〔2023〕92号",
            standard,
        )
    agency, year, n = loose["agency"], loose["year"], int(loose["n"])
    right = f"{agency}〔{year}〕{n}号"
    faults = []
    if not agency:
        faults.append("缺少机关代字")
        right = f"吉工信创业{right}"
    if (loose["open"], loose["close"]) != ("〔", "〕"):
        faults.append("年份应使用六角括号〔〕")
    if len(year) != 4:
        faults.append("年份应为4位")
    if loose["order"]:
        faults.append("序号前不加“第”")
    if loose["n"] != str(n) or n == 0:
        faults.append("序号从1起，不编虚位（前面不加0）")
    if not loose["end"]:
        faults.append("末尾缺少“号”")
    if faults:
        raise WrongIdentifier(
            f"文号“{number}”写法不对：" + "；".join(faults), f"应写作 {right}", standard
        )
    return DocumentNumber(agency, int(year), n)


def _half_width(text: str) -> str:
    # Letters and digits only: Chinese brackets of a name stay as they are.
    return "".join(unicodedata.normalize("NFKC", c) if c.isalnum() else c for c in text)


def base_name(text: object) -> str:
    """Normalised base name that ends in 创业孵化基地 (Article 19, A19-1, T63).

    Spaces are dropped, full width letters and digits become half width.
    Raises WrongIdentifier.
    """
    name = "".join(_half_width(unicodedata.normalize("NFC", str(text))).split())
    if not name.endswith(BASE_NAME_ENDING) or name == BASE_NAME_ENDING:
        raise WrongIdentifier(
            f"基地名称“{name}”不符合命名格式",
            f"名称应以“{BASE_NAME_ENDING}”结尾，例如 吉林示例{BASE_NAME_ENDING}",
            "19",
        )
    if len(name) > BASE_NAME_LENGTH:
        raise WrongIdentifier(
            f"基地名称共{len(name)}字，超过{BASE_NAME_LENGTH}字", "缩短“创业孵化基地”之前的部分", "19"
        )
    return name


def _letters_and_digits(text: object) -> str:
    return "".join(c for c in plain(text) if unicodedata.category(c)[0] in "LN")


def name_key(name: object) -> str:
    """Key under which base names are unique in the province (A19-1, compared as in A7-1a)."""
    return _letters_and_digits(name)


def site_key(address: object) -> str:
    """Key of a site: the address in NFKC without spaces and punctuation (A7-1a).

    What stands between two digits is kept as one hyphen: 1-2号 and 12号 are two doors.
    """
    doors = re.split(r"(?<=\d)[^\w\s]+(?=\d)", plain(address))
    return "-".join(_letters_and_digits(part) for part in doors)
