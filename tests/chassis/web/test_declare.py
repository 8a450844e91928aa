"""Routes say who may call them, and the gateway learns it from them."""

from typing import Any

import pytest
from litestar import get

from chassis import web
from contracts.routes import MIB, Credential, Route
from tests.chassis.web.builders import a_route, an_app


@pytest.mark.parametrize("said", [{}, {"rate": "api"}, {"credentials": ("pak",)}])
def test_a_route_cannot_keep_silent(said: dict[str, Any]) -> None:
    """Without credentials or without a rate class there is no route."""
    with pytest.raises(TypeError, match="required keyword-only"):
        web.get("/cups", **said)


def test_an_undeclared_route_is_a_mistake() -> None:
    """A handler that was made past our decorators is found when the table is made, not when it is abused."""

    @get("/back-door")
    async def back_door() -> None: ...

    with pytest.raises(TypeError, match="/back-door"):
        web.table(an_app(back_door), "shop")


def test_the_table_tells_all_that_was_declared() -> None:
    """Method, template, face, credentials, rate class, pool, limits: what the gateway acts by."""
    route = a_route(
        "/cups/{cup:int}/fill",
        "session",
        "pak",
        method="post",
        face="second",
        pool="token",
        body_limit=MIB,
        timeout_ms=500,
        cors=True,
    )
    table = web.table(an_app(route), "shop")
    assert "shop" == table.service
    assert [
        Route(
            method="POST",
            path="/cups/{cup}/fill",
            face="second",
            credentials=("session", "pak"),
            rate="api",
            pool="token",
            body_limit=MIB,
            timeout_ms=500,
            cors=True,
            operation_id="hear",
        )
    ] == table.routes


def test_the_table_has_one_order() -> None:
    """The same routes give the same file, in whatever order they were written."""
    routes = [a_route("/b", "none"), a_route("/a", "none", method="post"), a_route("/a", "none")]
    forwards = web.table(an_app(*routes), "shop").routes
    backwards = web.table(an_app(*reversed(routes)), "shop").routes
    assert [("GET", "/a"), ("POST", "/a"), ("GET", "/b")] == [(route.method, route.path) for route in forwards]
    assert forwards == backwards


def test_the_description_is_openapi_31() -> None:
    """Each service describes its own routes; the gateway merges them."""
    document = web.openapi(an_app(a_route("/cups", "pak")))
    assert document["openapi"].startswith("3.1")
    assert "Says who called." == document["paths"]["/cups"]["get"]["description"]
    assert "hear" == document["paths"]["/cups"]["get"]["operationId"]


@pytest.mark.parametrize(
    ("credentials", "said"),
    [
        (("session", "pak"), [{"session": []}, {"pak": ["cups:fill"]}]),
        (("none", "client"), [{"client": []}, {}]),
        (("none",), None),
        (("own",), None),
    ],
)
def test_the_description_tells_who_may_call(credentials: tuple[Credential, ...], said: object) -> None:
    """Any one of the credentials that a route takes, with the scopes that it needs; a reader can try it out."""
    document = web.openapi(an_app(a_route("/cups", *credentials, scopes=("cups:fill",))))
    assert said == document["paths"]["/cups"]["get"].get("security")
    assert {"pak", "access_token", "client", "session"} == set(document["components"]["securitySchemes"])
