"""The bytes: test vectors of delivery.md 4.8 and the canonical form."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.settings import Secret
from services.delivery.signing import canonical, sign

SECRET = Secret("whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=")
EVENT = {
    "event_id": "evt_01HE3QZ8M4T7V9X2K5N6P0R1SB",
    "event_type": "user.merged",
    "occurred_at": "2026-05-11T12:34:56Z",
    "data": {"survivor_canonical_sub": "17", "merged_via": "t3_otp", "merged_canonical_sub": "42"},
}
BODY = (
    b'{"data":{"merged_canonical_sub":"42","merged_via":"t3_otp","survivor_canonical_sub":"17"},'
    b'"event_id":"evt_01HE3QZ8M4T7V9X2K5N6P0R1SB","event_type":"user.merged","occurred_at":"2026-05-11T12:34:56Z"}'
)


def test_the_published_vectors() -> None:
    """All three forms come out byte for byte as they are published for receivers."""
    assert canonical.encode(EVENT) == BODY
    assert (
        sign.outbox(sign.mac(SECRET, BODY), "whk_0badcafe", 1778502896)
        == "t=1778502896,kid=whk_0badcafe,v1=ed6ad76ad341a76c0fd8d287808afb019d03586aba6d94449c118972e8b2889a"
    )
    assert (
        sign.standard(SECRET, "evt_01HE3QZ8M4T7V9X2K5N6P0R1SB", 1778502896, BODY)
        == "v1,uV/aQ+VQW32Oj/LFg1tkYzTzePMbX1eah3Jsm50u1IU="
    )
    older = b'{"event_type":"token.revoked","sub":"17"}'
    assert (
        sign.legacy(sign.mac(Secret("legacy-test-secret"), older))
        == "sha256=20800e4f3266b20496dc19b2e1c3fe9791ffa7644613dfdd0e66d2b7e26d49fe"
    )


@pytest.mark.parametrize("value", [1.5, 2**53, "\ud800", {"a": object()}, {"a": float("nan")}])
def test_what_has_no_canonical_form_is_refused(value: object) -> None:
    """Floats, large integers and lone surrogates never reach a signature."""
    with pytest.raises(canonical.NotCanonical):
        canonical.encode(value)


_json = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner)
    ),
    max_leaves=20,
)


@given(_json)
def test_canonical_form_means_the_same(value: object) -> None:
    """Any independent JSON parser reads the value back, and encoding is stable under re-reading."""
    encoded = canonical.encode(value)
    assert json.loads(encoded) == value
    assert canonical.encode(json.loads(encoded)) == encoded
