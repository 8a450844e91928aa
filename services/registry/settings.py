"""What registry needs to know before it starts."""

from chassis.service import ServiceSettings


class Settings(ServiceSettings, frozen=True, kw_only=True):
    """Nothing beyond what every service needs."""
