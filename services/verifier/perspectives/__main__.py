"""`python -m services.verifier.perspectives`: a process in another region that looks and does nothing else.

It needs NATS, under the user `perspective`, and a way out to the internet; it has no database and no key.
"""

from chassis import life
from chassis.life import House
from chassis.outbound import Outbound, Policy
from chassis.service import link
from chassis.wire import questions
from services.verifier.perspectives.look import Look, Outlook
from services.verifier.proof.prove import Prover
from services.verifier.proof.txt import Names
from services.verifier.settings import PerspectiveSettings

NAME = "perspective"


async def build(house: House[PerspectiveSettings]) -> None:
    policy = Policy.for_environment(house.settings)
    outbound = Outbound(policy)
    await house.keep("outbound", outbound)
    outlook = Outlook(Prover(Names(policy.nameservers), outbound, house.clock), policy)
    nats = await link(house)
    answering = await questions.answer(nats, "verifier", Look, outlook.look, of=house.settings.perspective)
    house.on_drain(answering.drain)


if __name__ == "__main__":
    life.main(NAME, PerspectiveSettings, build)
