"""Every column of registry that the vault sealed, for the day on which its key is changed."""

from typing import Final

from chassis.reseal import Place

SEALED: Final = (
    Place("promotion_documents", "sealed", "'promotion/' || request_id || '/' || revision"),
    Place("notices", "sealed", "'notice/' || key"),
    Place("idempotency_keys", "reply", "'idempotency/' || user_id || '/' || key"),
)
