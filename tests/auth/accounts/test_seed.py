"""The operator's seed."""

import pytest

from chassis.settings import Secret
from contracts.ids import new_pak
from contracts.principal import Pak
from contracts.questions.auth import PrincipalOf
from services.auth.accounts import seed
from services.auth.accounts.seed import Operator
from tests.auth.people import NOON, People, sign_in


async def test_the_operator_can_do_everything_afterwards(process: People) -> None:
    """Account and key of the credentials document work; seeding again changes nothing and announces nothing."""
    pak = new_pak()
    operator = Operator(email="Operator@logi.localhost", password=Secret("the operator's own"), pak=Secret(pak))
    ground = process.ground
    first = await seed.seed(ground.db, ground.passwords, operator, NOON)
    second = await seed.seed(ground.db, ground.passwords, operator, NOON)
    assert first == second
    assert 1 == len(await process.announced("auth.user.registered"))
    found = await process.resolver.of(PrincipalOf(authorization=f"Bearer {pak}"))
    assert isinstance(found, Pak)
    assert ("admin", 1) == (found.role, found.identity_verified_level)
    assert {"apps:manage", "admin:review", "keys:manage"} <= set(found.scopes)
    async with process.browser() as browser:
        answer = await sign_in(browser, "operator@logi.localhost", "the operator's own")
    assert 303 == answer.status_code


async def test_a_mistyped_key_is_refused(process: People) -> None:
    """Before anything is written."""
    operator = Operator(email="o2@logi.localhost", password=Secret("the operator's own"), pak=Secret("lpa_pat_x"))
    with pytest.raises(ValueError, match="shape"):
        await seed.seed(process.ground.db, process.ground.passwords, operator, NOON)
