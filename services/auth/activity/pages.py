"""/account/activity: the same for a person with a browser."""

from typing import Annotated, Any, Final

from litestar import Request, Response
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromQuery

from chassis import web
from chassis.problems import NotFound
from chassis.web import Given
from chassis.web.languages import choose
from chassis.web.pages import Pages, see_other
from services.auth.accounts.console_pages import TokenForm, checked, visitor
from services.auth.activity import store
from services.auth.activity.routes import Before, Id
from services.auth.ground import Ground
from services.auth.qr.decide import label

HERE: Final = "/account/activity"
SHOWN: Final = 25

Form = Annotated[TokenForm, Body(media_type=RequestEncodingType.URL_ENCODED)]


@web.get(HERE, credentials=("session",), rate="page", face="page", include_in_schema=False)
async def activity_page(
    request: Request[Any, Any, Any],
    ground: Given[Ground],
    pages: Given[Pages],
    before: Before = None,
    trash: FromQuery[bool] = False,
) -> Response[bytes]:
    """Who came to the door, or what was put into the trash."""
    person = await visitor(request, ground)
    find = store.trash if trash else store.page
    entries = await find(ground.db, person.user_id, before, SHOWN)
    language = choose(request)
    t, known = pages.words.of(language), pages.words.has

    def words(area: str, value: str) -> str:
        """Others log as well; what has no words here is shown as it is."""
        key = f"activity.{area}.{value}"
        return t(key) if known(language, key) else value

    return pages.render(
        request,
        "activity.html",
        visitor=person,
        entries=entries,
        words=words,
        browser=_browser,
        trash=trash,
        before=before,
        next=entries[-1].id if len(entries) == SHOWN else None,
    )


@web.post(f"{HERE}/{{log_id:int}}/delete", credentials=("session",), rate="page", face="page", include_in_schema=False)
async def trash_form(request: Request[Any, Any, Any], ground: Given[Ground], log_id: Id, data: Form) -> Response[bytes]:
    """Puts an entry into the trash."""
    caller = checked(request, data.csrf_token)
    if not await store.throw(ground.db, caller.user_id, log_id, ground.clock.now()):
        raise NotFound
    return see_other(HERE)


@web.post(f"{HERE}/{{log_id:int}}/restore", credentials=("session",), rate="page", face="page", include_in_schema=False)
async def take_back_form(
    request: Request[Any, Any, Any], ground: Given[Ground], log_id: Id, data: Form
) -> Response[bytes]:
    """Takes an entry out of it."""
    caller = checked(request, data.csrf_token)
    if await store.take_back(ground.db, caller.user_id, log_id) is None:
        raise NotFound
    return see_other(f"{HERE}?trash=1")


def _browser(user_agent: str) -> str:
    """Its short name, where it has one that we know."""
    known = label(user_agent)
    return user_agent if known == "?" else known


ROUTES = [activity_page, trash_form, take_back_form]
