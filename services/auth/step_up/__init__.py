"""Showing once more who one is before a sensitive act: `require` asks for it, the page /session/confirm takes it.

A verb or a route that is sensitive calls `step_up.require(ground, caller)` with the principal of its request.
"""

from chassis.web.step_up import StepUpRequired
from services.auth.step_up.require import require

__all__ = ["StepUpRequired", "require"]
