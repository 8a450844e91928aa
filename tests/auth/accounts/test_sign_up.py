"""Signing up and proving an address, through the pages."""

import asyncio
from datetime import timedelta

import pytest

from tests.auth.people import PASSWORD, People, csrf, sign_in, sign_up


async def token_of(house: People, email: str, which: int = -1) -> str:
    return (await house.letters(email))[which][1].partition("token=")[2]


async def use(house: People, token: str) -> int:
    async with house.browser() as browser:
        form = {"token": token, "csrf_token": await csrf(browser, f"/console/verify_email?token={token}")}
        return (await browser.post("/console/verify_email", data=form)).status_code


async def test_a_new_address_gets_an_account_and_a_link(house: People) -> None:
    """Sign-up makes a developer of level 0, announces them, and mails one link built from the issuer."""
    async with house.browser() as browser:
        answer = await sign_up(browser, "ada@example.com")
    assert (303, "/console/signup/sent") == (answer.status_code, answer.headers["location"])
    ((kind, link),) = await house.letters("ada@example.com")
    assert "verify_email" == kind
    assert link.startswith("http://localhost:8000/console/verify_email?token=")
    (event,) = [e for e in await house.announced("auth.user.registered") if e["user"]["email"] == "ada@example.com"]
    assert ("developer", 0) == (event["user"]["role"], event["user"]["identity_verified_level"])


async def test_the_link_proves_the_address_once(house: People) -> None:
    """The button raises level 0 to 1 and announces it; the second press is refused."""
    async with house.browser() as browser:
        await sign_up(browser, "bob@example.com")
    token = await token_of(house, "bob@example.com")
    assert 200 == await use(house, token)
    assert 409 == await use(house, token)
    verified = await house.announced("auth.user.email_verified")
    assert ["bob@example.com"] == [event["user"]["email"] for event in verified]
    assert (1, 2) == (verified[0]["user"]["identity_verified_level"], verified[0]["user"]["version"])


async def test_opening_the_link_uses_nothing_up(house: People) -> None:
    """A mail scanner that opens every link leaves it whole for its reader."""
    async with house.browser() as scanner:
        await sign_up(scanner, "carol@example.com")
        token = await token_of(house, "carol@example.com")
        for _ in range(3):
            assert 200 == (await scanner.get(f"/console/verify_email?token={token}")).status_code
    assert 200 == await use(house, token)


async def test_twenty_at_once_one_wins(house: People) -> None:
    """A link that is used twenty times in parallel counts once."""
    async with house.browser() as browser:
        await sign_up(browser, "dave@example.com")
    token = await token_of(house, "dave@example.com")
    answers = await asyncio.gather(*(use(house, token) for _ in range(20)))
    assert [200] + 19 * [409] == sorted(answers)


async def test_a_known_address_is_told_by_mail_only(house: People) -> None:
    """Status, body and headers are the same for a known address; its owner gets a mail, and nobody a second account."""
    await house.developer("erin@example.com")
    async with house.browser() as first, house.browser() as second:
        known, unknown = await sign_up(first, "erin@example.com"), await sign_up(second, "frank@example.com")
    assert (known.status_code, known.content) == (unknown.status_code, unknown.content)
    assert {**known.headers} == {**unknown.headers}
    assert ["already_registered"] == [kind for kind, _ in await house.letters("erin@example.com")]
    count = "select count(*) from users where email_key = 'erin@example.com'"
    assert 1 == await house.ground.db.fetchval(count)


async def test_reminders_end(house: People) -> None:
    """Nobody can fill another's mailbox by signing up again and again."""
    await house.developer("grace@example.com")
    for _ in range(6):
        async with house.browser() as browser:
            assert 303 == (await sign_up(browser, "grace@example.com")).status_code
    assert 3 == len(await house.letters("grace@example.com"))


async def test_the_owner_of_the_mailbox_decides_whose_password_counts(house: People) -> None:
    """A stranger who signed up first with my address does not know the password of the account I confirm."""
    async with house.browser() as stranger, house.browser() as owner:
        await sign_up(stranger, "heidi@example.com", "stranger's password")
        await sign_up(owner, "heidi@example.com", "the owner's password")
    assert 200 == await use(house, await token_of(house, "heidi@example.com"))
    async with house.browser() as stranger, house.browser() as owner:
        assert 401 == (await sign_in(stranger, "heidi@example.com", "stranger's password")).status_code
        assert 303 == (await sign_in(owner, "heidi@example.com", "the owner's password")).status_code


@pytest.mark.parametrize(
    "spelling",
    [
        "IVAN@example.com",
        "ivan@EXAMPLE.com",
        " ivan@example.com ",
        "\uff49\uff56\uff41\uff4e@example.com",
        "ivan@\uff45xample.com",
    ],
)
async def test_case_and_unicode_collisions_are_one_account(house: People, spelling: str) -> None:
    """Case, blanks and full-width look-alikes make no second account."""
    async with house.browser() as first, house.browser() as second:
        await sign_up(first, "ivan@example.com")
        assert 303 == (await sign_up(second, spelling)).status_code
    rows = await house.ground.db.fetch("select email_key from users where email_key like '%van@%'")
    assert ["ivan@example.com"] == [row["email_key"] for row in rows]


async def test_two_at_once_make_one_account(house: People) -> None:
    """Ten sign-ups of one address in parallel make one account and ten like answers."""

    async def once() -> int:
        async with house.browser() as browser:
            return (await sign_up(browser, "judy@example.com")).status_code

    assert 10 * [303] == list(await asyncio.gather(*(once() for _ in range(10))))
    assert 1 == await house.ground.db.fetchval("select count(*) from users where email_key = 'judy@example.com'")


async def test_what_is_wrong_is_said_beside_the_field(house: People) -> None:
    """A short password and a mistyped address come back with the form, the address kept and the password not."""
    async with house.browser() as browser:
        answer = await sign_up(browser, "not an address", "123456789")
    assert 422 == answer.status_code
    assert 'role="alert"' in answer.text
    assert 'value="not an address"' in answer.text
    assert "123456789" not in answer.text


async def test_a_password_of_digits_stays_text(house: People) -> None:
    """What a form parser could take for a number is a password like any other."""
    async with house.browser() as browser:
        assert 303 == (await sign_up(browser, "mallory@example.com", "8273649105")).status_code
        assert 303 == (await sign_in(browser, "mallory@example.com", "8273649105")).status_code


async def test_a_link_lasts_a_day(house: People) -> None:
    """After 24 hours it is as good as used."""
    async with house.browser() as browser:
        await sign_up(browser, "niaj@example.com", PASSWORD)
    token = await token_of(house, "niaj@example.com")
    house.clock.advance(timedelta(hours=24))
    assert 409 == await use(house, token)


async def test_host_poisoning_of_mailed_links(house: People) -> None:
    """A forged Host or X-Forwarded-Host changes nothing in a mailed link."""
    async with house.browser(host="evil.example", **{"x-forwarded-host": "evil.example"}) as browser:
        browser.base_url = "http://localhost:8000"
        form = {
            "email": "olivia@example.com",
            "password": PASSWORD,
            "csrf_token": await csrf(browser, "/console/signup"),
        }
        await browser.post("/console/signup", data=form)
    ((_, link),) = await house.letters("olivia@example.com")
    assert link.startswith("http://localhost:8000/")
