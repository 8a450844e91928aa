"""The page on which a person merges another account of theirs, without scripts."""

from datetime import timedelta

from tests.auth.merging.builders import code_in_mail, people
from tests.auth.rp import World

PAGE = "/account/merge"


async def test_the_whole_way(world: World) -> None:
    """Address, code, confirmation; the page says what became of both."""
    mine, other = await people(world, "page1", "page2")
    async with world.browser() as http:
        csrf = await world.sign_in(http, mine)
        assert 'name="target_email"' in (await http.get(PAGE)).text
        form = {"csrf_token": csrf, "target_email": str(other.email)}
        assert 'name="otp_code"' in (await http.post(f"{PAGE}/code", data=form)).text
        form |= {"otp_code": await code_in_mail(world, str(other.email))}
        unticked = await http.post(PAGE, data=form)
        assert (422, True) == (unticked.status_code, 'id="understood-error"' in unticked.text)
        done = await http.post(PAGE, data={**form, "understood": "yes"})
        assert (200, True) == (done.status_code, f"{other.email} is part of {mine.email}" in done.text)
    assert mine.id == await world.db.fetchval("select merged_into from users where id = $1", other.id)


async def test_a_wrong_code_is_said_beside_its_field(world: World) -> None:
    """In the visitor's language, with the address kept."""
    mine, other = await people(world, "page3", "page4")
    async with world.browser() as http:
        csrf = await world.sign_in(http, mine)
        form = {"csrf_token": csrf, "target_email": str(other.email), "otp_code": "000000", "understood": "yes"}
        answer = await http.post(PAGE, data=form, headers={"accept-language": "ko"})
    assert 422 == answer.status_code
    assert "유효하지 않은 코드" in answer.text
    assert str(other.email) in answer.text


async def test_forms_of_elsewhere_and_old_sign_ins(world: World) -> None:
    """Without the session's token nothing is sent; after a quarter of an hour the person confirms first."""
    mine, other = await people(world, "page5", "page6")
    async with world.browser() as http:
        csrf = await world.sign_in(http, mine)
        form = {"csrf_token": "x", "target_email": str(other.email)}
        assert 403 == (await http.post(f"{PAGE}/code", data=form)).status_code
        world.clock.advance(timedelta(minutes=16))
        answer = await http.get(PAGE)
        assert (303, True) == (answer.status_code, answer.headers["location"].startswith("/session/confirm"))
        assert 303 == (await http.post(f"{PAGE}/code", data={**form, "csrf_token": csrf})).status_code
    assert not await world.db.fetchval("select true from mail_outbox where recipient = $1", other.email)
