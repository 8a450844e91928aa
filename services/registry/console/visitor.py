"""Who looks at a page of registry's."""

from pathlib import Path
from typing import Any, Final

from litestar import Request
from litestar.datastructures import FormMultiDict

from chassis import web
from chassis.problems import Problem
from chassis.web import console
from chassis.web.languages import choose
from chassis.web.pages import Pages
from services.registry.ground import Ground
from services.registry.invitations import store

TEMPLATES: Final = Path(__file__).parent / "pages"


class Visitor(console.Visitor, frozen=True, kw_only=True):
    """`email` as auth announced it."""

    user_id: int
    role: str
    verified: bool


async def visitor(request: Request[Any, Any, Any], ground: Ground) -> Visitor:
    """Raises Unauthorized, which a page turns into a sign-in."""
    found = web.session(request)
    async with ground.db.connection() as connection:
        email = await store.address(connection, found.user_id)
    return Visitor(
        user_id=found.user_id,
        sub=found.sub,
        email=email,
        role=found.role,
        verified=found.identity_verified_level > 0,
        csrf_token=found.csrf_token,
    )


def cursor(request: Request[Any, Any, Any]) -> int | None:
    """From where a list goes on; None from its beginning, and for what is no cursor."""
    shown = request.query_params.get("cursor", "")
    return int(shown) if shown.isascii() and shown.isdigit() and len(shown) < 19 else None


def acknowledged(sent: FormMultiDict) -> tuple[str, ...]:
    """The risks whose boxes were ticked."""
    return tuple(str(flag) for flag in sent.getall("acknowledged_flags", []))


def beside(request: Request[Any, Any, Any], pages: Pages, refusal: Problem | None, otherwise: str) -> dict[str, str]:
    """What is wrong by field, in the visitor's language where a catalogue has it; what is about none is `otherwise`."""
    if refusal is None:
        return {}
    language = choose(request)
    t, known = pages.words.of(language), pages.words.has

    def said(key: str, words: str) -> str:
        return t(key) if known(language, key) else words

    told = {name: said(f"fault.{words[0]}", words[0]) for name, words in refusal.fields.items()}
    return told or {otherwise: said(f"problem.{refusal.code}", refusal.detail or refusal.code)}
