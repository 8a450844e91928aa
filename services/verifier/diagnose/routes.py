"""`/diagnose`: a form without scripts, and what is wrong with what was typed into it."""

from pathlib import Path
from typing import Any, Final

import msgspec
from litestar import Request, Response

from chassis import web
from chassis.web import Given
from chassis.web.pages import Pages
from services.verifier.diagnose import examine
from services.verifier.diagnose.examine import Asked
from services.verifier.ground import Ground

TEMPLATES: Final = Path(__file__).parent / "pages"

FIELDS: Final = Asked.__struct_fields__


@web.get("/diagnose", credentials=("none",), rate="diagnose", face="page", include_in_schema=False)
async def diagnose(request: Request[Any, Any, Any], ground: Given[Ground], pages: Given[Pages]) -> Response[bytes]:
    """Reads only; every value comes back as text."""
    given = {name: request.query_params.get(name, "").strip() for name in FIELDS}
    repeated = [name for name in FIELDS if len(request.query_params.getall(name, [])) > 1]
    asked = Asked(**given)
    found = [] if asked.empty else await examine.request(ground, asked)
    return pages.render(
        request,
        "diagnose.html",
        asked=msgspec.structs.asdict(asked),
        found=found,
        repeated=repeated,
        done=not asked.empty,
    )


ROUTES = [diagnose]
