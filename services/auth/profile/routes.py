"""/account: one's own profile, and its change by API."""

from typing import Annotated, Any

import msgspec
from litestar import Request, Response
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromQuery, JSONBody

from chassis import web
from chassis.problems import Unauthorized, ValidationFailed
from chassis.web import Given
from chassis.web.languages import LANGUAGES, choose
from chassis.web.pages import Pages, see_other
from services.auth.accounts import store as accounts
from services.auth.accounts.console_pages import checked, visitor
from services.auth.ground import Ground
from services.auth.profile import change
from services.auth.profile.change import ProfilePatch


class ProfileForm(msgspec.Struct):
    preferred_name: str = ""
    full_name: str = ""
    language: str = ""
    csrf_token: str = ""


class Profile(msgspec.Struct, frozen=True, kw_only=True):
    preferred_name: str | None
    full_name: str | None
    language: str


@web.get("/account", credentials=("session",), rate="page", face="page", include_in_schema=False)
async def account_page(
    request: Request[Any, Any, Any],
    ground: Given[Ground],
    pages: Given[Pages],
    sent: FromQuery[str] = "",
) -> Response[bytes]:
    """One's own account."""
    return await _page(request, ground, pages, sent=sent)


@web.post("/account/profile", credentials=("session",), rate="page", face="page", include_in_schema=False)
async def profile_form(
    request: Request[Any, Any, Any],
    ground: Given[Ground],
    pages: Given[Pages],
    data: Annotated[ProfileForm, Body(media_type=RequestEncodingType.URL_ENCODED)],
) -> Response[bytes]:
    """Saves the profile."""
    caller = checked(request, data.csrf_token)
    language = next((known for known in LANGUAGES if known == data.language), LANGUAGES[0])
    patch = ProfilePatch(preferred_name=data.preferred_name, full_name=data.full_name, language=language)
    try:
        await change.profile(ground, caller.user_id, patch)
    except ValidationFailed as problem:
        return await _page(request, ground, pages, form=data, wrong=problem.fields)
    return see_other("/account?sent=profile")


@web.patch("/api/v1/me", credentials=("session", "pak"), scopes=("profile:write",), rate="api", tags=["Account"])
async def change_profile(
    request: Request[Any, Any, Any], ground: Given[Ground], data: JSONBody[ProfilePatch]
) -> Profile:
    """Changes one's names and the language of mails; members that are left out stay."""
    try:
        account = await change.profile(ground, web.person(request).user_id, data)
    except ValidationFailed as problem:
        raise ValidationFailed(
            fields={name: ["at most 100 printable characters"] for name in problem.fields}
        ) from problem
    return Profile(preferred_name=account.preferred_name, full_name=account.full_name, language=account.language)


async def _page(
    request: Request[Any, Any, Any],
    ground: Ground,
    pages: Pages,
    *,
    sent: str = "",
    form: ProfileForm | None = None,
    wrong: dict[str, list[str]] | None = None,
) -> Response[bytes]:
    person = await visitor(request, ground)
    account = await accounts.by_id(ground.db, person.user_id)
    if account is None:
        raise Unauthorized
    t = pages.words.of(choose(request))
    return pages.render(
        request,
        "account.html",
        status=422 if wrong else 200,
        at="/account",
        visitor=person,
        profile=form or account,
        sent=sent if sent in {"1", "profile", "email"} else "",
        errors={name: t(keys[0]) for name, keys in (wrong or {}).items()},
    )


ROUTES = [account_page, profile_form, change_profile]
