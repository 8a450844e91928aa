"""What the routes of streams stand on besides the ground."""

import msgspec

from chassis.outbound import Outbound
from services.delivery.ssf.token import Signer


class Doors(msgspec.Struct, frozen=True):
    signer: Signer
    outbound: Outbound | None
    """None only where the app is described or tested without a network."""
