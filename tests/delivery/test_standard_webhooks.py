"""Our webhooks in the hands of the Standard Webhooks library, which knows nothing of us."""

import pytest
from standardwebhooks import Webhook
from standardwebhooks.webhooks import WebhookVerificationError

from chassis.outbound import Outbound
from contracts.applications import Application
from contracts.events import PublicEvent
from services.delivery.caller import OPERATOR
from services.delivery.ground import Ground
from services.delivery.keys import rotate
from tests.delivery.builders import accepted, an_application, an_event, dispatching, known
from tests.delivery.receiver import Came, Receiver


async def sent(ground: Ground, outbound: Outbound, receiver: Receiver, event: PublicEvent) -> Came:
    """The webhook of this event as it came."""
    count = len(receiver.came) + 1
    async with dispatching(ground, outbound):
        await accepted(ground, event)
        await receiver.wait_for(count)
    return receiver.came[-1]


@pytest.mark.parametrize("older", [True, False])
@pytest.mark.parametrize("asymmetric", [True, False])
async def test_it_takes_what_we_sign(
    ground: Ground, outbound: Outbound, receiver: Receiver, older: bool, asymmetric: bool
) -> None:
    """Whichever form our own header has, with the secret as it is shown, beside `v1a` or alone."""
    app = an_application(webhook_url=receiver.url, webhook_legacy_signature=older, webhook_asymmetric=asymmetric)
    secrets = await known(ground, app)
    event = an_event(app.client_id)
    came = await sent(ground, outbound, receiver, event)
    verified = Webhook(secrets.signing_secret or "").verify(came.body, came.headers)
    assert (event.event_id, "user.unlinked") == (verified["event_id"], verified["event_type"])
    with pytest.raises(WebhookVerificationError):
        Webhook(secrets.signing_secret or "").verify(came.body + b" ", came.headers)
    late = {**came.headers, "webhook-timestamp": str(int(came.headers["webhook-timestamp"]) - 301)}
    with pytest.raises(WebhookVerificationError):
        Webhook(secrets.signing_secret or "").verify(came.body, late)


async def test_a_rotation(ground: Ground, outbound: Outbound, receiver: Receiver) -> None:
    """In the grace the old secret and the new one both verify; a key that leaked signs nothing from that moment on."""
    app: Application = an_application(webhook_url=receiver.url)
    old = (await known(ground, app)).signing_secret or ""
    new = (await rotate.signing_key(ground, OPERATOR, app.client_id)).secret.reveal()
    came = await sent(ground, outbound, receiver, an_event(app.client_id))
    for secret in (old, new):
        assert Webhook(secret).verify(came.body, came.headers)
    kid = await ground.db.fetchval(
        "select kid from signing_keys where client_id = $1 and status = 'verify_only'", app.client_id
    )
    async with dispatching(ground, outbound):
        await rotate.revoke(ground, OPERATOR, kid, "compromise")
        await receiver.wait_for(2)
    notice = receiver.came[1]
    assert "webhook_key.compromised" == Webhook(new).verify(notice.body, notice.headers)["event_type"]
    with pytest.raises(WebhookVerificationError):
        Webhook(old).verify(notice.body, notice.headers)
