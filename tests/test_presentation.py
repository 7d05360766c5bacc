"""What pages write for a state: a mark and its word."""

import pytest

from incubator.presentation import MARKS, state_mark


@pytest.mark.parametrize("kind", sorted(MARKS))
def test_a_mark_has_its_colour_and_its_word(kind):
    assert state_mark(kind, "已<报送>") == (
        f'<span class="state state--{kind}"><span class="mark" aria-hidden="true"></span>已&lt;报送&gt;</span>')


def test_a_kind_that_no_style_knows_is_refused():
    with pytest.raises(KeyError):
        state_mark("bad", "逾期 3 天")
