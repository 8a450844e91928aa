"""Telephone number, postal address and custom claims: who writes them, and which apps see them."""

from typing import Any

import pytest

from services.auth.profile import commands
from services.auth.profile.store import Particulars, keep
from tests.auth.people import People, a_key, bearer, csrf
from tests.auth.rp import World, an_app

GIVEN = Particulars(
    phone_number="+821012345678",
    address="1 Long Lane, London",
    postal_code="SE1 4PG",
    custom_claims={"acme": {"tier": "gold", "points": 7}},
)
SCOPES = ("openid", "phone", "address", "profile:basic", "acme:tier", "acme:level")


async def shown(world: World, email: str, scope: str, **asked: str) -> dict[str, Any]:
    """What userinfo says beyond who it is."""
    ada = await world.person(email)
    await keep(world.db, ada.id, GIVEN)
    await world.db.execute("update users set preferred_name = 'Ada', full_name = 'Ada Lovelace' where id = $1", ada.id)
    app = await world.tell(an_app(allowed_scopes=SCOPES))
    tokens = await world.tokens(app, ada, scope=scope, **asked)
    told: dict[str, Any] = (await world.userinfo(tokens["access_token"])).json()
    identity = {"sub", "canonical_sub", "is_canonical", "linked_subs", "previously_anonymous"}
    return {name: value for name, value in told.items() if name not in identity}


@pytest.mark.parametrize(
    ("scope", "claims"),
    [
        ("openid", {}),
        ("openid phone", {"phone_number": "+821012345678", "phone_number_verified": False}),
        (
            "openid address",
            {"address": {"formatted": "1 Long Lane, London", "postal_code": "SE1 4PG"}, "postal_code": "SE1 4PG"},
        ),
        ("openid acme:tier", {"acme:tier": "gold"}),
        ("openid acme:level", {}),
        (
            "openid profile",
            {"preferred_name": "Ada", "full_name": "Ada Lovelace", "name": "Ada Lovelace", "nickname": "Ada"},
        ),
    ],
)
async def test_each_scope_tells_its_own(world: World, scope: str, claims: dict[str, Any]) -> None:
    """And nothing of the others; standard clients find the names under their standard names."""
    assert claims == await shown(world, f"{scope.replace(' ', '-').replace(':', '-')}@particulars.example", scope)


async def test_the_person_writes_them(house: People) -> None:
    """At the account page and by API; spaces of a number are dropped, and blanks empty a line."""
    account = await house.developer("ada@particulars.example")
    key = await a_key(house, account.id, "profile:write")
    form = {"phone_number": "+82 10-1234-5678", "address": " 1  Long Lane ", "postal_code": "SE1", "language": "en"}
    async with house.signed_in("ada@particulars.example") as browser:
        form["csrf_token"] = await csrf(browser, "/account")
        assert 303 == (await browser.post("/account/profile", data=form)).status_code
        page = (await browser.get("/account")).text
        assert all(f'value="{kept}"' in page for kept in ("+821012345678", "1 Long Lane", "SE1"))
        wrong = await browser.post("/account/profile", data=form | {"phone_number": "12"})
        assert (422, True) == (wrong.status_code, 'id="phone_number-error"' in wrong.text)
    async with house.browser() as http:
        body = {"phone_number": None, "address": "2 Long Lane"}
        told = (await http.patch("/api/v1/me", json=body, headers=bearer(key))).json()
    assert (None, "2 Long Lane", "SE1") == (told["phone_number"], told["address"], told["postal_code"])


async def test_the_operator_writes_custom_claims(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    """All of an account's at once; the trail says of which namespaces, and not what they say."""
    ada = await world.person("custom@particulars.example")
    await commands.keep(world.db, ada.id, commands.read(b'{"acme": {"tier": "gold"}}'))
    await commands.claims(world.ground.settings, world.db, ["show", "custom@particulars.example"])
    assert '{"acme":{"tier":"gold"}}' == capsys.readouterr().out.strip()
    noted = await world.db.fetchrow("select action, detail from account_audit where user_id = $1", ada.id)
    assert noted is not None
    assert ("custom_claims", {"namespaces": ["acme"]}) == (noted["action"], noted["detail"])


@pytest.mark.parametrize(
    "document",
    [
        b"[]",
        b'{"acme": 1}',
        b'{"identity": {"level": 3}}',
        b'{"a:b": {"c": 1}}',
        b'{"acme": {"a b": 1}}',
        b'{"acme": {"k": "\\u0000"}}',
        b'{"acme": {"k": "' + b"x" * 17_000 + b'"}}',
    ],
)
def test_no_custom_claim_passes_for_one_of_ours(document: bytes) -> None:
    """Nor for anything but a scope's name, nor with what Postgres cannot keep."""
    with pytest.raises(SystemExit):
        commands.read(document)
