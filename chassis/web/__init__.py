"""An ordinary Litestar app with the house's rules: declared routes, typed refusals, one wide line per request."""

from chassis.web.answer import Answer
from chassis.web.application import application, openapi, table
from chassis.web.caller import bearer, person, principal, request_id, session
from chassis.web.declare import delete, get, patch, post, put
from chassis.web.given import Given

__all__ = [
    "Answer",
    "Given",
    "application",
    "bearer",
    "delete",
    "get",
    "openapi",
    "patch",
    "person",
    "post",
    "principal",
    "put",
    "request_id",
    "session",
    "table",
]
