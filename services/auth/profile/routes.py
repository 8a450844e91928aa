"""/account: one's own profile, and its change by API."""

from typing import Annotated, Any, Final

import msgspec
from litestar import Request, Response
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromQuery, JSONBody

from chassis import web
from chassis.problems import ValidationFailed
from chassis.web import Given
from chassis.web.languages import LANGUAGES, choose
from chassis.web.pages import Pages, see_other
from services.auth.accounts.console_pages import checked, visitor
from services.auth.ground import Ground
from services.auth.profile import change
from services.auth.profile.change import Profile, ProfilePatch


class ProfileForm(msgspec.Struct):
    preferred_name: str = ""
    full_name: str = ""
    language: str = ""
    phone_number: str = ""
    address: str = ""
    postal_code: str = ""
    csrf_token: str = ""


IN_ENGLISH: Final = {
    "profile.name_unusable": "at most 100 printable characters",
    "profile.address_unusable": "an address of at most 300, a postal code of at most 20 printable characters",
    "profile.phone_unusable": "a plus sign, the country's code and the number: 7 to 15 digits (E.164)",
}
"""What the API says where the page has words in the person's language."""


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
    patch = ProfilePatch(
        preferred_name=data.preferred_name,
        full_name=data.full_name,
        language=language,
        phone_number=data.phone_number,
        address=data.address,
        postal_code=data.postal_code,
    )
    try:
        await change.profile(ground, caller.user_id, patch)
    except ValidationFailed as problem:
        return await _page(request, ground, pages, form=data, wrong=problem.fields)
    return see_other("/account?sent=profile")


@web.patch("/api/v1/me", credentials=("session", "pak"), scopes=("profile:write",), rate="api", tags=["Account"])
async def change_profile(
    request: Request[Any, Any, Any], ground: Given[Ground], data: JSONBody[ProfilePatch]
) -> Profile:
    """Changes one's names, the language of mails, telephone number and address; members that are left out stay."""
    try:
        return await change.profile(ground, web.person(request).user_id, data)
    except ValidationFailed as problem:
        told = {name: [IN_ENGLISH[one] for one in wrong] for name, wrong in problem.fields.items()}
        raise ValidationFailed(fields=told) from problem


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
    t = pages.words.of(choose(request))
    return pages.render(
        request,
        "account.html",
        status=422 if wrong else 200,
        at="/account",
        visitor=person,
        profile=form or await change.held(ground, person.user_id),
        sent=sent if sent in {"1", "profile", "email"} else "",
        errors={name: t(keys[0]) for name, keys in (wrong or {}).items()},
    )


ROUTES = [account_page, profile_form, change_profile]
