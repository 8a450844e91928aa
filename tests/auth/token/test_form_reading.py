"""Our reading of a form against the standard library's."""

from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.problems import InvalidRequest
from services.auth.token import form

WRITTEN = st.text("ab=&%+20fF8c3é;\n", max_size=60).map(lambda text: text.encode("latin-1"))


@given(WRITTEN)
def test_a_form_is_read_as_the_standard_library_reads_it(body: bytes) -> None:
    """The same pairs in the same order, or a refusal where it cannot read them or finds a zero byte."""
    try:
        wanted = parse_qsl(
            body.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=form.MAX_FIELDS
        )
    except ValueError:
        wanted = None
    if wanted is None or any("\x00" in text for pair in wanted for text in pair):
        with pytest.raises(InvalidRequest):
            form.pairs(body)
    else:
        assert wanted == form.pairs(body)


def test_parameters_are_counted_before_they_are_read() -> None:
    """One more than may be is refused, however short they are."""
    assert form.MAX_FIELDS == len(form.pairs(b"&".join([b"a="] * form.MAX_FIELDS)))
    with pytest.raises(InvalidRequest):
        form.pairs(b"&".join([b"a="] * (form.MAX_FIELDS + 1)))
