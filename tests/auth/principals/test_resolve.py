"""Whose credential is this: each kind, and each way of being none."""

import base64

import pytest

from contracts.ids import new_pak
from contracts.principal import Anonymous, Client, Principal, Refused, Session
from contracts.questions.auth import PrincipalOf
from tests.auth.people import People


def basic(text: str) -> str:
    return "Basic " + base64.b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    ("authorization", "answer"),
    [
        (None, Anonymous()),
        ("Bearer", Refused(why="malformed")),
        ("Bearer x", Refused(why="malformed")),
        ("Bearer a.b.c", Refused(why="unknown")),
        ("Digest x", Refused(why="malformed")),
        ("Basic !", Refused(why="malformed", via="basic")),
        (basic("nocolon"), Refused(why="malformed", via="basic")),
        (basic("logi_1:wrong"), Refused(why="wrong_secret", via="basic")),
        (basic("logi%5F1:s3cret"), Client(client_id="logi_1", application_id=1, status="approved")),
        ("bEaReR lpa_pat_short", Refused(why="malformed")),
    ],
)
async def test_what_a_header_is_worth(process: People, authorization: str | None, answer: Principal) -> None:
    """Every shape has its reason; Basic is form-decoded as RFC 6749 says."""
    assert answer == await process.resolver.of(PrincipalOf(authorization=authorization))


async def test_a_key_that_was_never_issued(process: People) -> None:
    """A right checksum alone is worth nothing."""
    assert Refused(why="unknown") == await process.resolver.of(PrincipalOf(authorization=f"Bearer {new_pak()}"))


async def test_a_cookie_is_a_session(process: People) -> None:
    """It says who, since when and how; an unknown cookie is refused, not anonymous."""
    account = await process.developer("ada@who.example")
    async with process.signed_in("ada@who.example") as browser:
        found = await process.resolver.of(PrincipalOf(session=browser.cookies["logi_session"]))
    assert isinstance(found, Session)
    assert (account.id, ("pwd",), process.clock.now()) == (found.user_id, found.methods, found.authenticated_at)
    assert Refused(why="expired", via="cookie") == await process.resolver.of(PrincipalOf(session="A" * 43))


async def test_a_header_beats_the_cookie(process: People) -> None:
    """Also where the header does not count: nobody acts as the cookie's owner by accident."""
    await process.developer("bob@who.example")
    async with process.signed_in("bob@who.example") as browser:
        cookie = browser.cookies["logi_session"]
    question = PrincipalOf(authorization="Bearer nonsense", session=cookie)
    assert Refused(why="malformed") == await process.resolver.of(question)
