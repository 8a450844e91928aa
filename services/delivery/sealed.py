"""Every column of delivery that the vault sealed, for the day on which its key is changed."""

from typing import Final

from chassis.reseal import Place

SEALED: Final = (
    Place("signing_keys", "sealed_secret", "kid"),
    Place("webhook_secrets", "sealed_secret", "client_id"),
    Place("platform_keys", "sealed_private", "kid"),
    Place("ssf_streams", "sealed_authorization", "id"),
)
