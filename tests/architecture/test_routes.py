"""No way into a service without a declared guard."""

import importlib
import json
from collections.abc import Iterator

import pytest
from litestar.handlers import HTTPRouteHandler
from litestar.routes import HTTPRoute

from chassis.web import guard
from tests.architecture.sources import ROOT, services

RATE_CLASSES = set(json.loads((ROOT / "gateway" / "limits.json").read_text()))


def handlers(service: str) -> Iterator[tuple[str, HTTPRouteHandler]]:
    """Every handler of a service with the path it hears, but those that Litestar adds."""
    for route in importlib.import_module(f"services.{service}.app").described().routes:
        assert isinstance(route, HTTPRoute), f"{route.path} is not a plain HTTP route"
        for handler in route.route_handlers:
            if not handler.fn.__module__.startswith("litestar."):
                yield route.path, handler


@pytest.mark.parametrize("service", services())
def test_every_route_declares_who_may_call(service: str) -> None:
    """A handler is made by chassis.web's decorators, which ask for credentials and a rate class."""
    assert [] == [path for path, handler in handlers(service) if "route" not in handler.opt]


@pytest.mark.parametrize("service", services())
def test_every_route_with_a_credential_has_the_guard(service: str) -> None:
    """Where the gateway resolves the caller, the service judges them; `none` and `own` stand alone."""
    unguarded = []
    for path, handler in handlers(service):
        credentials = handler.opt["route"].credentials
        if {"none", "own"} & set(credentials):
            assert 1 == len(set(credentials)) or "own" not in credentials, f"{path}: {credentials}"
        elif guard.admit not in (handler.guards or ()):
            unguarded.append(path)
        assert credentials, path
    assert [] == unguarded


@pytest.mark.parametrize("service", services())
def test_every_rate_class_is_known(service: str) -> None:
    """A route counts under a class of the gateway's table, or under none on purpose."""
    assert set() == {handler.opt["route"].rate for _, handler in handlers(service)} - RATE_CLASSES - {"none"}


@pytest.mark.parametrize("service", services())
def test_every_route_is_described(service: str) -> None:
    """A handler's docstring is its description in the OpenAPI document; pages are not in it."""
    assert [] == [
        path for path, handler in handlers(service) if handler.opt["route"].face != "page" and not handler.fn.__doc__
    ]
