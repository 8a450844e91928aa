"""Turning one-time codes on and off, through the pages and by API."""

import asyncio
import re
from datetime import UTC, datetime, timedelta

import pyotp

from services.auth.totp import codes
from tests.auth.factors.builders import code, with_totp
from tests.auth.people import NOON, People, csrf, sign_in

API = "/api/v1/me/otp"


async def test_nothing_counts_before_the_first_code(process: People) -> None:
    """A seed that was shown but never confirmed asks for nothing at sign-in, and a second look shows the same one."""
    await process.developer("ada@totp.example")
    async with process.signed_in("ada@totp.example") as browser:
        token = await csrf(browser, "/account/one-time-codes")
        await browser.post("/account/one-time-codes", data={"csrf_token": token})
        pages = [(await browser.get("/account/one-time-codes/new")).text for _ in range(2)]
        seeds = {found for page in pages for found in re.findall(r'<code id="seed">([A-Z2-7 ]+)<', page)}
        assert 1 == len(seeds)
        assert "data:image/svg+xml" in pages[0]
        wrong = await browser.post("/account/one-time-codes/new", data={"csrf_token": token, "code": "000000"})
        assert 422 == wrong.status_code
        assert "/console" == (await sign_in(browser, "ada@totp.example")).headers["location"]


async def test_confirmed_once(process: People) -> None:
    """Five confirmations at once turn codes on once, with one set of backup codes, one event and one mail."""
    account = await process.developer("bob@totp.example")
    async with process.signed_in("bob@totp.example") as browser:
        header = {"x-logi-csrf-token": await csrf(browser, "/console")}
        offer = (await browser.post(API, headers=header)).json()
        assert offer["uri"].startswith("otpauth://totp/localhost:bob%40totp.example?secret=")
        body = {"code": code(process, offer["secret"])}
        answers = await asyncio.gather(*(browser.post(f"{API}/confirm", json=body, headers=header) for _ in range(5)))
        done = [one for one in answers if one.status_code == 200]
        assert (1, 10) == (len(done), len(done[0].json()["backup_codes"]))
        assert 409 == (await browser.post(API, headers=header)).status_code
        standing = (await browser.get(API)).json()
        assert (True, 10, 0) == (standing["enabled"], standing["backup_codes"], standing["passkeys"])
    assert 10 == await process.ground.db.fetchval("select count(*) from backup_codes where user_id = $1", account.id)
    events = [event for event in await process.announced("auth.factor.added") if event["sub"] == account.sub]
    assert [("totp", 1)] == [(event["factor"], event["left"]) for event in events]
    assert ["totp_added"] == [kind for kind, _ in await process.letters("bob@totp.example")]


async def test_the_code_of_the_confirmation_is_spent(process: People) -> None:
    """It signs nobody in, and steps nothing up."""
    await process.developer("carol@totp.example")
    async with process.signed_in("carol@totp.example") as browser:
        seed, _ = await with_totp(process, browser)
        header = {"x-logi-csrf-token": await csrf(browser, "/console")}
        again = await browser.post(f"{API}/verify", json={"code": code(process, seed)}, headers=header)
        assert (422, "wrong_code") == (again.status_code, again.json()["error"])
        process.clock.advance(timedelta(seconds=30))
        fresh = await browser.post(f"{API}/verify", json={"code": code(process, seed)}, headers=header)
        assert (204, True) == (fresh.status_code, "logi_session=" in fresh.headers["set-cookie"])


async def test_the_seed_is_sealed(process: People) -> None:
    """What lies in the database opens with the vault's key for this very account, and is no seed as it lies there."""
    account = await process.developer("dave@totp.example")
    async with process.signed_in("dave@totp.example") as browser:
        seed, backup = await with_totp(process, browser)
    sealed = await process.ground.db.fetchval("select sealed from totp_seeds where user_id = $1", account.id)
    assert seed.encode() not in sealed
    assert seed == process.ground.vault.open(sealed, f"totp/{account.id}").decode()
    kept = await process.ground.db.fetch("select sha256 from backup_codes where user_id = $1", account.id)
    assert {32} == {len(row["sha256"]) for row in kept}
    assert backup[0].encode() not in b"".join(row["sha256"] for row in kept)


async def test_turning_them_off(process: People) -> None:
    """Behind step-up, with event and mail; backup codes go with the last factor; the password is enough again."""
    account = await process.developer("erin@totp.example")
    async with process.signed_in("erin@totp.example") as browser:
        await with_totp(process, browser)
        token = await csrf(browser, "/account/one-time-codes")
        process.clock.advance(timedelta(minutes=16))
        header = {"x-logi-csrf-token": token}
        late = await browser.delete(API, headers=header)
        assert (403, "step_up_required") == (late.status_code, late.json()["error"])
        process.clock.advance(timedelta(minutes=-16))
        await browser.post("/account/one-time-codes/remove", data={"csrf_token": token})
        assert 404 == (await browser.delete(API, headers=header)).status_code
        assert 409 == (await browser.post(f"{API}/backup_codes", headers=header)).status_code
    event = (await process.announced("auth.factor.removed"))[-1]
    assert (account.sub, "totp", 0) == (event["sub"], event["factor"], event["left"])
    assert "totp_removed" == (await process.letters("erin@totp.example"))[-1][0]
    assert 0 == await process.ground.db.fetchval("select count(*) from backup_codes where user_id = $1", account.id)
    async with process.browser() as browser:
        assert "/console" == (await sign_in(browser, "erin@totp.example")).headers["location"]


def test_a_clock_may_be_off_by_one_step() -> None:
    """RFC 6238 section 5.2: the step before and after count, no other; blanks in a code are passed over."""
    seed = codes.new_seed()
    now = int(NOON.timestamp()) // codes.PERIOD
    shown = {step: pyotp.TOTP(seed).generate_otp(now + step) for step in range(-2, 3)}
    found = {step: codes.step_of(seed, f"{text[:3]} {text[3:]}", NOON) for step, text in shown.items()}
    assert {-2: None, -1: now - 1, 0: now, 1: now + 1, 2: None} == found
    assert codes.step_of(seed, "١٢٣٤٥٦", NOON) is None


def test_the_vectors_of_the_rfc() -> None:
    """RFC 6238 appendix B with SHA-1, cut to six digits."""
    seed = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
    for seconds, expected in ((59, "287082"), (1111111109, "081804"), (1234567890, "005924"), (20000000000, "353130")):
        assert seconds // 30 == codes.step_of(seed, expected, datetime.fromtimestamp(seconds, UTC))
