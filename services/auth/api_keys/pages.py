"""/settings/api-keys: the same verbs for a person with a browser."""

from typing import Annotated, Any

import msgspec
from litestar import Request, Response
from litestar.datastructures import FormMultiDict
from litestar.enums import RequestEncodingType
from litestar.params import Body

from chassis import web
from chassis.problems import ValidationFailed
from chassis.web import Given
from chassis.web.languages import choose
from chassis.web.pages import Pages, see_other
from services.auth.accounts.console_pages import TokenForm, checked, visitor
from services.auth.api_keys import make, store
from services.auth.api_keys.make import KeyRequest, MadeKey, TooManyKeys
from services.auth.ground import Ground
from services.auth.paths import Id

HERE = "/settings/api-keys"


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """A form as it was sent, to be shown again beside what is wrong with it."""

    name: str = ""
    scopes: tuple[str, ...] = ()
    days: str = "90"
    organization: str = ""


@web.get(HERE, credentials=("session",), rate="page", face="page", include_in_schema=False)
async def api_keys_page(request: Request[Any, Any, Any], ground: Given[Ground], pages: Given[Pages]) -> Response[bytes]:
    """One's keys and a form for a new one."""
    return await _page(request, ground, pages, Draft())


@web.post(HERE, credentials=("session",), rate="page", face="page", include_in_schema=False)
async def api_key_form(request: Request[Any, Any, Any], ground: Given[Ground], pages: Given[Pages]) -> Response[bytes]:
    """Makes a key and shows it, this once; so this page answers the form itself instead of leading away."""
    form = await request.form()
    caller = checked(request, str(form.get("csrf_token", "")))
    draft = _draft(form)
    days = int(draft.days) if draft.days.isascii() and draft.days.isdigit() and len(draft.days) < 5 else 0
    try:
        wish = KeyRequest(
            name=draft.name, scopes=draft.scopes, expires_in_days=days, organization=draft.organization or None
        )
        made = await make.create(ground, caller, wish)
    except ValidationFailed as problem:
        return await _page(request, ground, pages, draft, wrong=problem.fields)
    except TooManyKeys:
        return await _page(request, ground, pages, draft, wrong={"name": ["keys.too_many"]})
    return await _page(request, ground, pages, Draft(), made=made)


@web.post(
    "/settings/api-keys/{key_id:int}/revoke",
    credentials=("session",),
    rate="page",
    face="page",
    include_in_schema=False,
)
async def revoke_api_key_form(
    request: Request[Any, Any, Any],
    ground: Given[Ground],
    key_id: Id,
    data: Annotated[TokenForm, Body(media_type=RequestEncodingType.URL_ENCODED)],
) -> Response[bytes]:
    """Revokes a key."""
    caller = checked(request, data.csrf_token)
    await make.revoke(ground, caller.user_id, key_id)
    return see_other(HERE)


async def _page(
    request: Request[Any, Any, Any],
    ground: Ground,
    pages: Pages,
    draft: Draft,
    *,
    made: MadeKey | None = None,
    wrong: dict[str, list[str]] | None = None,
) -> Response[bytes]:
    person = await visitor(request, ground)
    t = pages.words.of(choose(request))
    return pages.render(
        request,
        "api_keys.html",
        status=422 if wrong else 200,
        at=HERE,
        visitor=person,
        keys=await store.living(ground.db, person.user_id, ground.clock.now()),
        scopes=make.grantable(person.role),
        draft=draft,
        made=made,
        errors={name: t(keys[0]) for name, keys in (wrong or {}).items()},
    )


def _draft(form: FormMultiDict) -> Draft:
    return Draft(
        name=str(form.get("name", "")),
        scopes=tuple(str(scope) for scope in form.getall("scopes", [])),
        days=str(form.get("expires_in_days", "90")),
        organization=str(form.get("organization", "")).strip(),
    )
