"""Every column of verifier that the vault sealed, for the day on which its key is changed."""

from typing import Final

from chassis.reseal import Place

SEALED: Final = (
    Place("rp_health_secrets", "current", "'rp_health/' || application_id"),
    Place("rp_health_secrets", "previous", "'rp_health/' || application_id"),
)
