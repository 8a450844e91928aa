"""What a deployment may allow itself."""

from typing import Any

import pytest

from chassis.outbound import AllowanceRefused, OutboundSettings, Policy
from chassis.outbound.judge import read
from chassis.settings import SettingsInvalid, load

BASE = {"LOGI_ISSUER": "https://id.example", "LOGI_NATS_URL": "nats://x", "LOGI_HEALTH_PORT": "1"}


def _settings(**given: str) -> OutboundSettings:
    environ = {f"LOGI_{name.upper()}": value for name, value in given.items()}
    return load(OutboundSettings, {**BASE, **environ})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("outbound_http_loopback", "true"),
        ("outbound_loopback_addresses", "127.0.0.1"),
        ("outbound_nameservers", "127.0.0.1:53"),
        ("outbound_extra_ca", "/ca.pem"),
        ("outbound_port_map", "443:8443"),
        ("outbound_any_port", "true"),
    ],
)
def test_production_refuses_every_allowance(name: str, value: str) -> None:
    """A development allowance in production stops the start, and the message names the variable."""
    with pytest.raises(AllowanceRefused, match=name.upper()):
        Policy.for_environment(_settings(**{name: value}))
    Policy.for_environment(_settings(environment="local", **{name: value}))


def test_settings_become_the_policy() -> None:
    """Every allowance of a developer's machine arrives in the policy."""
    made = Policy.for_environment(
        _settings(environment="local", outbound_loopback_addresses="127.0.0.1,::1", outbound_port_map="443:8443,80:81")
    )
    assert frozenset({read("127.0.0.1"), read("::1")}) == made.loopback_addresses
    assert {443: 8443, 80: 81} == made.port_map
    assert ("id.example",) == made.own_domains


@pytest.mark.parametrize("broken", [{"outbound_port_map": "x"}, {"outbound_own_addresses": "host"}])
def test_broken_settings_are_named(broken: dict[str, Any]) -> None:
    """A setting that cannot be read is a settings failure."""
    with pytest.raises(SettingsInvalid):
        Policy.for_environment(_settings(environment="local", **broken))


def test_only_loopback_can_be_allowed() -> None:
    """No allowance opens a private network."""
    with pytest.raises(AllowanceRefused):
        Policy(loopback_addresses=frozenset({read("10.0.0.1")}))
