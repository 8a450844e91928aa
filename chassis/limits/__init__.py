"""Rate limits: GCRA in Redis for all gateways together, and a share of each limit in process while Redis is away."""

from chassis.limits.headers import headers
from chassis.limits.limiter import Limiter
from chassis.limits.policy import Decision, Policy, Standing

__all__ = ["Decision", "Limiter", "Policy", "Standing", "headers"]
