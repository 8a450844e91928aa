"""The main job, end to end: what every issue after this one must keep working."""

from tests.system.journey import STEPS, Journey
from tests.system.journey.relying_party import traced
from tests.system.stack import Stack


async def test_one_relying_party_lives_through_the_whole_journey(journey: Journey, stack: Stack) -> None:
    """From sign-up to a proven host, each step usable in the next, and one trace over the disconnection."""
    for step in STEPS:
        await step(journey)
    await traced(journey, stack.desk)
