"""Streams as SSF 1.0 writes them."""

from typing import Any, Literal

import msgspec

from chassis.problems import InvalidRequest
from services.delivery.ground import Ground
from services.delivery.ssf import mapping
from services.delivery.ssf.store import Status, Stream
from services.delivery.ssf.streams import POLL, PUSH, Wanted

SPEC_VERSION = "1_0"


class Delivery(msgspec.Struct, omit_defaults=True):
    method: str
    endpoint_url: str | None = None
    authorization_header: str | None = None


class StreamBody(msgspec.Struct):
    stream_id: str | None = None
    delivery: Delivery | None = None
    events_requested: list[str] | None = None
    description: str | None = None


class StreamView(msgspec.Struct):
    stream_id: str
    iss: str
    aud: str
    delivery: Delivery
    events_supported: list[str]
    events_requested: list[str]
    events_delivered: list[str]
    description: str | None


class StatusBody(msgspec.Struct):
    stream_id: str
    status: Status
    reason: str | None = None


class StatusView(msgspec.Struct):
    stream_id: str
    status: Status
    reason: str | None


class SubjectBody(msgspec.Struct):
    stream_id: str
    subject: dict[str, Any]
    verified: bool | None = None


class VerifyBody(msgspec.Struct):
    stream_id: str
    state: str | None = None


class PollBody(msgspec.Struct):
    """RFC 8936 section 2.2."""

    max_events: int = msgspec.field(default=100, name="maxEvents")
    return_immediately: bool = msgspec.field(default=False, name="returnImmediately")
    ack: list[str] = []
    set_errs: dict[str, Any] = msgspec.field(default_factory=dict, name="setErrs")


class Scheme(msgspec.Struct):
    spec_urn: str


class Configuration(msgspec.Struct):
    """SSF 1.0 section 7.1."""

    issuer: str
    jwks_uri: str
    delivery_methods_supported: list[str]
    configuration_endpoint: str
    status_endpoint: str
    add_subject_endpoint: str
    remove_subject_endpoint: str
    verification_endpoint: str
    authorization_schemes: list[Scheme]
    default_subjects: Literal["ALL", "NONE"] = "ALL"
    spec_version: str = SPEC_VERSION
    critical_subject_members: list[str] = []


def configuration(issuer: str) -> Configuration:
    return Configuration(
        issuer=issuer,
        jwks_uri=f"{issuer}/ssf/jwks.json",
        delivery_methods_supported=[PUSH, POLL],
        configuration_endpoint=f"{issuer}/ssf/streams",
        status_endpoint=f"{issuer}/ssf/status",
        add_subject_endpoint=f"{issuer}/ssf/subjects/add",
        remove_subject_endpoint=f"{issuer}/ssf/subjects/remove",
        verification_endpoint=f"{issuer}/ssf/verify",
        authorization_schemes=[Scheme("urn:ietf:rfc:6749"), Scheme("urn:ietf:rfc:6750")],
    )


def wanted(body: StreamBody) -> Wanted:
    delivery = body.delivery or Delivery(POLL)
    return Wanted(
        method=delivery.method,
        endpoint_url=delivery.endpoint_url,
        authorization=delivery.authorization_header,
        events_requested=body.events_requested,
        description=body.description,
    )


def patched(ground: Ground, stream: Stream, body: StreamBody) -> Wanted:
    """What the stream has, with what the body changes."""
    sealed = stream.sealed_authorization
    had = Wanted(
        method=PUSH if stream.method == "push" else POLL,
        endpoint_url=stream.endpoint_url,
        authorization=None if sealed is None else ground.vault.open(sealed, stream.id).decode(),
        events_requested=stream.events_requested if body.events_requested is None else body.events_requested,
        description=stream.description if body.description is None else body.description,
    )
    if body.delivery is None:
        return had
    return msgspec.structs.replace(
        had,
        method=body.delivery.method,
        endpoint_url=body.delivery.endpoint_url,
        authorization=body.delivery.authorization_header,
    )


def stream(found: Stream, issuer: str) -> StreamView:
    """Without the authorization header: it is the receiver's secret and is not told back."""
    poll = Delivery(POLL, f"{issuer}/ssf/streams/{found.id}/poll")
    return StreamView(
        stream_id=found.id,
        iss=issuer,
        aud=found.client_id,
        delivery=Delivery(PUSH, found.endpoint_url) if found.method == "push" else poll,
        events_supported=mapping.SUPPORTED,
        events_requested=found.events_requested,
        events_delivered=[uri for uri in mapping.SUPPORTED if uri in found.events_requested],
        description=found.description,
    )


def sub_of(subject: dict[str, Any], issuer: str) -> str:
    """The `sub` of a subject in the format iss_sub. Raises InvalidRequest for any other."""
    if subject.get("format") != "iss_sub" or subject.get("iss") != issuer or not isinstance(subject.get("sub"), str):
        raise InvalidRequest(f"A subject here is `iss_sub` with the issuer {issuer}.")
    return str(subject["sub"])
