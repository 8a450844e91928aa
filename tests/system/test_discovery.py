"""What discovery tells of is there: clients configure themselves from it and ask nobody."""

import httpx
import pytest

from tests.system.stack import Stack


@pytest.mark.parametrize("document", ["/.well-known/openid-configuration", "/oidc/.well-known/openid-configuration"])
def test_every_address_of_discovery_leads_somewhere(stack: Stack, document: str) -> None:
    """The gateway knows each of them; whatever they say to an empty request, it is not "nothing here"."""
    with httpx.Client(base_url=stack.issuer) as http:
        told = http.get(document).json()
        addresses = {name: url for name, url in told.items() if name.endswith(("_endpoint", "_uri"))}
        assert {"token_endpoint", "jwks_uri"} <= set(addresses)
        assert {} == {name: url for name, url in addresses.items() if http.get(url).status_code == 404}
