"""What people hear of by mail: announced by who knows the people, written by auth, which knows their addresses."""

from typing import Literal

from contracts.events import Event

Occasion = Literal["redirect_uri_lapsed", "rp_down", "rp_recovered"]


class OwnersAlerted(Event, frozen=True, kw_only=True, tag="registry.owners.alerted"):
    """Something happened to an application that its owners should know; registry adds who they are."""

    occasion: Occasion
    application_id: int
    application_name: str
    user_ids: tuple[int, ...]
    host: str
    reason: str
