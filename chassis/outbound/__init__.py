"""The guarded client for every server that somebody else named: webhooks, proofs, probes, connectors (ADR 9)."""

from chassis.outbound.answer import Answer, Terms, Timings
from chassis.outbound.client import Outbound
from chassis.outbound.failures import (
    BadResponse,
    Blocked,
    BlockedAddress,
    BlockedHost,
    ConnectFailed,
    ConnectionReset,
    ConnectTimeout,
    HostUnresolvable,
    OutboundFailed,
    ReadTimeout,
    RedirectNotFollowed,
    TlsInvalid,
    TooLarge,
    UrlRefused,
)
from chassis.outbound.policy import AllowanceRefused, OutboundSettings, Policy
from chassis.outbound.proof import NothingToProve
from chassis.outbound.resolve import judge_url

__all__ = [
    "AllowanceRefused",
    "Answer",
    "BadResponse",
    "Blocked",
    "BlockedAddress",
    "BlockedHost",
    "ConnectFailed",
    "ConnectTimeout",
    "ConnectionReset",
    "HostUnresolvable",
    "NothingToProve",
    "Outbound",
    "OutboundFailed",
    "OutboundSettings",
    "Policy",
    "ReadTimeout",
    "RedirectNotFollowed",
    "Terms",
    "Timings",
    "TlsInvalid",
    "TooLarge",
    "UrlRefused",
    "judge_url",
]
