"""The one question that every sensitive verb of auth asks first."""

from chassis.web import step_up
from contracts.principal import Principal
from contracts.step_up import Need
from services.auth.ground import Ground


def require(ground: Ground, caller: Principal, need: Need = "recent") -> None:
    """Raises StepUpRequired: 403 `step_up_required` by API; a page leads to /session/confirm and comes back.

    `recent`: within 15 minutes a passkey, a one-time or a backup code of whoever has a second factor, the password or a
    fresh sign-in of who has none. `otp`: the same within 5 minutes, but that a passkey counts for 15. Personal API keys
    and tokens never pass.
    """
    step_up.check(caller, ground.clock.now(), need)
