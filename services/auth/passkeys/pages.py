"""/account/passkeys: what there is, making one, naming it, removing it."""

from typing import Annotated, Any, Final

import msgspec
from litestar import Request, Response
from litestar.enums import RequestEncodingType
from litestar.params import Body

from chassis import web
from chassis.problems import Problem, ValidationFailed
from chassis.web import Given
from chassis.web.languages import choose
from chassis.web.pages import Pages, see_other
from services.auth import step_up
from services.auth.accounts.console_pages import TokenForm, checked, visitor
from services.auth.factors.pages import told, what_is_wrong
from services.auth.ground import Ground
from services.auth.passkeys import enrol, store
from services.auth.passkeys.enrol import TooManyPasskeys
from services.auth.passkeys.show import PasskeyRefused
from services.auth.paths import Id
from services.auth.totp.pages import show_codes

PAGE: Final = "/account/passkeys"


class NewForm(msgspec.Struct):
    """`credential` is what a script of ours fills in."""

    name: str = ""
    credential: str = ""
    csrf_token: str = ""


class NameForm(msgspec.Struct):
    name: str = ""
    csrf_token: str = ""


New = Annotated[NewForm, Body(media_type=RequestEncodingType.URL_ENCODED)]


@web.get(PAGE, credentials=("session",), rate="page", face="page", include_in_schema=False)
async def passkeys_page(request: Request[Any, Any, Any], ground: Given[Ground], pages: Given[Pages]) -> Response[bytes]:
    """One's passkeys."""
    return await _list(request, ground, pages, None)


@web.get(f"{PAGE}/new", credentials=("session",), rate="page", face="page", include_in_schema=False)
async def passkey_new_page(
    request: Request[Any, Any, Any], ground: Given[Ground], pages: Given[Pages]
) -> Response[bytes]:
    """The name of a new one; the button asks the browser to make it."""
    step_up.require(ground, web.principal(request))
    return await _new(request, ground, pages, "")


@web.post(f"{PAGE}/new/options", credentials=("session",), rate="passkeys", face="page", include_in_schema=False)
async def passkey_new_options(request: Request[Any, Any, Any], ground: Given[Ground], data: New) -> Response[bytes]:
    """What the page's script asks the browser with."""
    caller = checked(request, data.csrf_token)
    step_up.require(ground, caller)
    return told(await enrol.options(ground, caller))


@web.post(f"{PAGE}/new", credentials=("session",), rate="passkeys", face="page", include_in_schema=False)
async def passkey_made(
    request: Request[Any, Any, Any], ground: Given[Ground], pages: Given[Pages], data: New
) -> Response[bytes]:
    """What the browser made; with the first factor the backup codes are shown, this once."""
    caller = checked(request, data.csrf_token)
    step_up.require(ground, caller)
    try:
        done = await enrol.finish(ground, caller, data.credential, data.name)
    except (PasskeyRefused, TooManyPasskeys, ValidationFailed) as problem:
        return await _new(request, ground, pages, data.name, problem)
    return await show_codes(request, ground, pages, done.backup_codes, done.cookie)


@web.post(
    f"{PAGE}/{{passkey_id:int}}/rename", credentials=("session",), rate="passkeys", face="page", include_in_schema=False
)
async def passkey_rename(
    request: Request[Any, Any, Any],
    ground: Given[Ground],
    pages: Given[Pages],
    passkey_id: Id,
    data: Annotated[NameForm, Body(media_type=RequestEncodingType.URL_ENCODED)],
) -> Response[bytes]:
    """Another name for it."""
    caller = checked(request, data.csrf_token)
    try:
        await enrol.rename(ground, caller.user_id, passkey_id, data.name)
    except ValidationFailed as problem:
        return await _list(request, ground, pages, problem)
    return see_other(PAGE)


@web.post(
    f"{PAGE}/{{passkey_id:int}}/remove", credentials=("session",), rate="passkeys", face="page", include_in_schema=False
)
async def passkey_remove(
    request: Request[Any, Any, Any],
    ground: Given[Ground],
    passkey_id: Id,
    data: Annotated[TokenForm, Body(media_type=RequestEncodingType.URL_ENCODED)],
) -> Response[bytes]:
    """From now on it opens nothing."""
    caller = checked(request, data.csrf_token)
    step_up.require(ground, caller)
    await enrol.remove(ground, caller.user_id, passkey_id)
    return see_other(PAGE)


async def _list(
    request: Request[Any, Any, Any], ground: Ground, pages: Pages, problem: Problem | None
) -> Response[bytes]:
    person = await visitor(request, ground)
    held = await store.of(ground.db, person.user_id)
    return pages.render(
        request,
        "passkeys.html",
        status=problem.status if problem else 200,
        at=PAGE,
        visitor=person,
        passkeys=held,
        longest=enrol.LONGEST_NAME,
        wrong=_words(pages, request, problem),
    )


async def _new(
    request: Request[Any, Any, Any], ground: Ground, pages: Pages, name: str, problem: Problem | None = None
) -> Response[bytes]:
    return pages.render(
        request,
        "passkey_new.html",
        status=problem.status if problem else 200,
        at=f"{PAGE}/new",
        visitor=await visitor(request, ground),
        name=name,
        wrong=_words(pages, request, problem),
    )


def _words(pages: Pages, request: Request[Any, Any, Any], problem: Problem | None) -> str | None:
    if isinstance(problem, ValidationFailed):
        return pages.words.of(choose(request))("passkeys.name_length", most=enrol.LONGEST_NAME)
    return what_is_wrong(pages, request, problem)


ROUTES = [
    passkeys_page,
    passkey_new_page,
    passkey_new_options,
    passkey_made,
    passkey_rename,
    passkey_remove,
]
