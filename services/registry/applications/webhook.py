"""The URL that webhooks go to is judged when it is saved, and again at every dispatch (registry.md 5.4)."""

from chassis.outbound import OutboundFailed, Policy, UrlRefused, judge_url
from services.registry.applications.refusals import InvalidWebhookUrl


async def check(url: str | None, policy: Policy, field: str = "webhook_url") -> None:
    """Raises InvalidWebhookUrl with the reason; a host that does not resolve yet is refused too."""
    if url is None:
        return
    try:
        await judge_url(url, policy)
    except (UrlRefused, OutboundFailed) as failure:
        # Only the reason: a failure's text names the addresses that our resolver saw (verifier.md A5).
        raise InvalidWebhookUrl(reason=failure.reason, fields={field: [failure.reason]}) from failure
