"""Events: written once, never lost (ADR 3).

`announce` writes an event in the transaction of its change, `Relay` publishes it, `Listener` applies it in order and
once. `Replay` answers who missed something, `new_epoch` is for the day after a restore.
"""

from chassis.events.dispatch import Heard
from chassis.events.epochs import new_epoch
from chassis.events.frames import Record
from chassis.events.lag import NotCaughtUp
from chassis.events.listener import Listener
from chassis.events.outbox import EventTooLarge, announce
from chassis.events.rebuild import Replica
from chassis.events.relay import Relay
from chassis.events.replay import Records, Replay
from chassis.events.retain import retain

__all__ = [
    "EventTooLarge",
    "Heard",
    "Listener",
    "NotCaughtUp",
    "Record",
    "Records",
    "Relay",
    "Replay",
    "Replica",
    "announce",
    "new_epoch",
    "retain",
]
