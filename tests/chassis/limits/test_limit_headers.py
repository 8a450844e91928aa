"""The fields of draft-ietf-httpapi-ratelimit-headers-11."""

import re
from datetime import timedelta

from chassis.clock import FrozenClock
from chassis.limits import Decision, Limiter, Policy, headers
from tests.chassis.limits.builders import a_policy

ITEM = re.compile(r'"([a-z0-9-]+)";([a-z]+)=(\d+);([a-z]+)=(\d+);pk=:[A-Za-z0-9+/]+={0,2}:')


async def test_every_policy_is_told(limiter: Limiter, still: FrozenClock) -> None:
    """Each policy has its item in both fields: quota and window, what remains and when it is whole again."""
    a, b = a_policy(60, 60), a_policy(1000, 3600)
    fields = dict(headers(await limiter.take([(a, "k"), (b, "k")])))
    assert [(a.name, "q", "60", "w", "60"), (b.name, "q", "1000", "w", "3600")] == ITEM.findall(
        fields["RateLimit-Policy"]
    )
    assert [(a.name, "r", "59", "t", "1"), (b.name, "r", "999", "t", "4")] == ITEM.findall(fields["RateLimit"])
    assert "Retry-After" not in fields


async def test_refusal_says_when(limiter: Limiter) -> None:
    """Retry-After is whole seconds, rounded up, and not before the effective window ends (section 6)."""
    policy = a_policy(7, 60)
    for _ in range(8):
        decision = await limiter.take([(policy, "k")])
    fields = dict(headers(decision))
    assert fields["Retry-After"] == "9"
    assert [(policy.name, "r", "0", "t", "9")] == ITEM.findall(fields["RateLimit"])


async def test_partition_keys_reveal_nothing(limiter: Limiter) -> None:
    """The same key has the same partition, another one has another, and neither can be read."""
    policy = a_policy(9)
    said = [dict(headers(await limiter.peek([(policy, key)])))["RateLimit-Policy"] for key in ("ann", "ann", "bob")]
    assert said[0] == said[1]
    assert said[1] != said[2]
    assert "ann" not in said[0]


def test_nothing_counted_nothing_told() -> None:
    """While a limit is not counted, no header pretends that it is."""
    assert headers(Decision((), blind=True)) == []


def test_names_need_no_quoting() -> None:
    """A name that could break out of the field is refused when the policy is made."""
    for name in ('a"b', "", "A", "a b", "a\n"):
        try:
            Policy(name=name, quota=1, window=timedelta(seconds=1))
        except ValueError:
            continue
        raise AssertionError(name)
