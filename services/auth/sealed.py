"""Every column of auth that the vault sealed, for the day on which its key is changed."""

from typing import Final

from chassis.reseal import Place

SEALED: Final = (
    Place("signing_keys", "private_key", "'signing_keys/' || kid"),
    Place("totp_seeds", "sealed", "'totp/' || user_id"),
    Place("connectors", "sealed", "'connector/' || key"),
    Place("mail_outbox", "sealed", "'mail/' || key"),
    Place("letterbox", "sealed", "'letterbox/' || key"),
)
