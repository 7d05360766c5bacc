import pytest
from hypothesis import given
from hypothesis import strategies as st

from incubator.policy import identifiers
from incubator.policy.identifiers import (
    ID18_CHECKS,
    USCC_ALPHABET,
    DocumentNumber,
    WrongIdentifier,
    base_name,
    document_number,
    id18,
    name_key,
    phone,
    site_key,
    subject_of,
    uscc,
)

from .entities import ID18S, USCCS

FULL_WIDTH = str.maketrans({chr(c): chr(c + 0xFEE0) for c in range(0x21, 0x7F)})


@pytest.mark.parametrize("code", [*USCCS, "91512081MA62K0260E", "11320000MB151840XJ"])
def test_valid_credit_codes(code):
    assert uscc(code) == code


def test_t107_wrong_check_character_is_told():
    with pytest.raises(WrongIdentifier) as wrong:
        uscc("91350100M000100Y4Z")
    assert "校验码应为3" in str(wrong.value)
    assert uscc("91350100M000100Y43") == "91350100M000100Y43"


def test_t107_lower_case_is_accepted():
    assert uscc("91512081ma62k0260e") == "91512081MA62K0260E"


def test_credit_code_accepts_spaces_and_full_width():
    assert uscc(" 9151 2081 ma62 k0260e\u3000".translate(FULL_WIDTH)) == "91512081MA62K0260E"


def test_credit_code_faults_name_place_and_length():
    with pytest.raises(WrongIdentifier, match="应为18位，现为17位"):
        uscc(USCCS[0][:17])
    with pytest.raises(WrongIdentifier, match="第9位“I”"):
        uscc("91220102IA0000015Y")


@given(st.text(USCC_ALPHABET, min_size=17, max_size=17))
def test_exactly_one_check_character_fits(first17):
    right = identifiers.uscc_check_char(first17)
    assert uscc(first17 + right) == first17 + right
    for char in USCC_ALPHABET:
        if char != right:
            with pytest.raises(WrongIdentifier, match=f"校验码应为{right}"):
                uscc(first17 + char)


@given(st.sampled_from(USCCS), st.integers(0, 16), st.sampled_from(USCC_ALPHABET))
def test_one_wrong_character_is_always_found(code, place, char):
    changed = code[:place] + char + code[place + 1 :]
    if changed != code:
        with pytest.raises(WrongIdentifier):
            uscc(changed)


@pytest.mark.parametrize("number", [*ID18S, "11010519491231002X", "440524188001010014"])
def test_valid_citizen_numbers(number):
    assert id18(number) == number


def test_citizen_number_spacing_and_case():
    assert id18("110105 19491231 002x") == "11010519491231002X"


@pytest.mark.parametrize(
    ("number", "fault"),
    [
        ("22010219900101001", "现为17位"),
        ("22010219900101001A", "末位为数字或X"),
        ("220102199002300017", "不是日期"),
        ("220102199001010018", "校验码应为7"),
    ],
)
def test_citizen_number_faults(number, fault):
    with pytest.raises(WrongIdentifier, match=fault):
        id18(number)


@given(st.dates(), st.integers(0, 999999), st.integers(0, 999))
def test_one_citizen_check_fits(born, region, order):
    first17 = f"{region:06d}{born.year:04d}{born.month:02d}{born.day:02d}{order:03d}"
    right = identifiers.id18_check_char(first17)
    assert id18(first17 + right) == first17 + right
    assert sum(_reads(id18, first17 + c) for c in ID18_CHECKS) == 1


def _reads(reader, text):
    try:
        reader(text)
    except WrongIdentifier:
        return False
    return True


@pytest.mark.parametrize("typed", ["13800000017", "138 0000 0017", "+86 138-0000-0017", "8613800000017", "１３８００００００１７"])
def test_phone(typed):
    assert phone(typed) == "13800000017"


@pytest.mark.parametrize("typed", ["1380000001", "138000000177", "23800000017", "0431-88880000", "138０a000017"])
def test_phone_faults(typed):
    with pytest.raises(WrongIdentifier, match="11位"):
        phone(typed)


def test_t61_document_number_in_parts():
    number = document_number("吉工信创业〔2023〕92号")
    assert number == DocumentNumber("吉工信创业", 2023, 92)
    assert str(number) == "吉工信创业〔2023〕92号"
    assert document_number(" 吉工信创业〔２０２３〕 92 号") == number


@pytest.mark.parametrize(
    ("typed", "hint", "right"),
    [
        ("吉工信创业[2023]92号", "六角括号", "吉工信创业〔2023〕92号"),
        ("吉工信创业（2023）92号", "六角括号", "吉工信创业〔2023〕92号"),
        ("吉工信创业〔2023〕092号", "不编虚位", "吉工信创业〔2023〕92号"),
        ("吉工信创业〔2023〕第92号", "不加“第”", "吉工信创业〔2023〕92号"),
        ("[2023]92号", "六角括号", "吉工信创业〔2023〕92号"),
        ("〔2023〕92号", "缺少机关代字", "吉工信创业〔2023〕92号"),
        ("吉工信创业〔23〕92号", "年份应为4位", "吉工信创业"),
        ("吉工信创业〔2023〕92", "缺少“号”", "吉工信创业〔2023〕92号"),
        ("九十二号文", "缺少", "吉工信创业〔2023〕92号"),
    ],
)
def test_t61_document_number_refused_with_hint(typed, hint, right):
    with pytest.raises(WrongIdentifier) as wrong:
        document_number(typed)
    assert hint in wrong.value.reason
    assert right in wrong.value.way_out


@given(st.sampled_from(["吉工信创业", "长工信发", "延州工信"]), st.integers(1000, 9999), st.integers(1, 99999))
def test_document_number_round_trip(agency, year, n):
    number = DocumentNumber(agency, year, n)
    assert document_number(str(number)) == number


def test_t63_base_name():
    assert base_name("吉林示例创业孵化基地") == "吉林示例创业孵化基地"
    assert base_name(" 吉林 ＡＢ 示例创业孵化基地 ") == "吉林AB示例创业孵化基地"
    for wrong in ("吉林示例孵化器", "示例创业孵化示范基地", "创业孵化基地", "", "示例创业孵化基地一期"):
        with pytest.raises(WrongIdentifier) as refused:
            base_name(wrong)
        assert refused.value.article == "19"


def test_base_name_length_bound():
    ending = "创业孵化基地"
    assert base_name("长" * 24 + ending)
    with pytest.raises(WrongIdentifier, match="超过30字"):
        base_name("长" * 25 + ending)


def test_names_and_sites_compare_without_spaces_width_and_marks():
    assert name_key("吉林 ＡＢ（一期）创业孵化基地") == name_key("吉林AB(一期)创业孵化基地")
    assert site_key("示例路１号，Ａ座 3层") == site_key("示例路1号A座3层") == "示例路1号A座3层"
    assert site_key("示例路1号") != site_key("示例路2号")


@given(st.text(max_size=40))
def test_site_key_is_stable(text):
    assert site_key(site_key(text)) == site_key(text)


@given(st.text(max_size=30))
def test_no_reader_breaks_on_any_text(text):
    for reader in (uscc, id18, phone, document_number, base_name):
        _reads(reader, text)


def test_subject_follows_the_code():
    assert [subject_of(c) for c in USCCS[:6]] == [
        "company", "company", "individual", "private_nonprofit", "other", "cooperative",
    ]


def test_a_hyphen_between_numbers_tells_two_doors_apart():
    assert site_key("示例路1-2号") == site_key("示例路 1－2 号") != site_key("示例路12号")
    assert site_key("示例路1号,2楼") == site_key("示例路1号2楼")
