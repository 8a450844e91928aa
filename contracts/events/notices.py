"""What people hear of by mail: announced by who knows the people, written by auth, which knows their addresses."""

from typing import Literal

from contracts.events import Event

Occasion = Literal[
    "redirect_uri_lapsed",
    "rp_down",
    "rp_recovered",
    "secret_rotated",
    "app_suspended",
    "app_approved",
    "app_rejected",
    "app_held",
    "webhooks_failing",
    "webhooks_disabled",
    "stream_paused",
]

Address = Literal["invited", "promotion_submitted", "support_asked"]
"""Occasions of which somebody hears who may have no account: only the address is known."""


class OwnersAlerted(Event, frozen=True, kw_only=True, tag="registry.owners.alerted"):
    """Something happened to an application that its owners should know; registry adds who they are."""

    occasion: Occasion
    application_id: int
    application_name: str
    user_ids: tuple[int, ...]
    host: str
    reason: str


class LetterAsked(Event, frozen=True, kw_only=True, tag="registry.letter.asked"):
    """A mail to an address. `path` is where its one link leads on our own host, `places` fill the gaps of its words."""

    occasion: Address
    address: str
    path: str
    places: dict[str, str]
