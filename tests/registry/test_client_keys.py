"""Keys of clients that sign instead of telling a secret: what a record takes, and what goes out of it."""

import httpx
import pytest

from tests.gateless import as_caller
from tests.registry.builders import Peers, a_developer, an_app

URL = "/api/v1/applications"
KEY = {"kty": "EC", "crv": "P-256", "kid": "a", "x": "AA", "y": "AA"}


async def test_keys_reach_the_copies(http: httpx.AsyncClient, peers: Peers) -> None:
    """A patch with a key set and the method: the copies have both, and a later one takes them away."""
    me = as_caller(a_developer())
    made = (await http.post(URL, json=an_app(), headers=me)).json()
    change = {"token_endpoint_auth_method": "private_key_jwt", "jwks": {"keys": [KEY]}}
    answer = await http.patch(f"{URL}/{made['id']}", json={"application": change}, headers=me)
    assert (200, "private_key_jwt") == (answer.status_code, answer.json()["token_endpoint_auth_method"]), answer.text
    assert {"keys": [KEY]} == peers.applied[-1].jwks == answer.json()["jwks"]
    change = {"jwks": None, "jwks_uri": "https://app.example/jwks.json"}
    answer = await http.patch(f"{URL}/{made['id']}", json={"application": change}, headers=me)
    assert (200, None, change["jwks_uri"]) == (answer.status_code, peers.applied[-1].jwks, peers.applied[-1].jwks_uri)
    shown = (await http.get(f"{URL}/{made['id']}", headers=me)).json()
    assert (None, change["jwks_uri"]) == (shown["jwks"], shown["jwks_uri"])


@pytest.mark.parametrize(
    "change",
    [
        {"token_endpoint_auth_method": "private_key_jwt"},
        {"jwks": {"keys": []}},
        {"jwks": {"keys": [KEY | {"d": "AA"}]}},
        {"jwks": {"keys": [{"kty": "oct", "k": "AA"}]}},
        {"jwks": {"keys": [KEY] * 11}},
        {"jwks": {"keys": "x"}},
        {"jwks": {}},
        {"jwks_uri": "http://app.example/jwks.json"},
        {"jwks_uri": "javascript:alert(1)"},
        {"jwks": {"keys": [KEY]}, "jwks_uri": "https://app.example/jwks.json"},
    ],
    ids=str,
)
async def test_keys_that_are_not_taken(http: httpx.AsyncClient, change: dict[str, object]) -> None:
    """No keys, private ones, secrets, too many, two places at once, no https: 422 with the field."""
    me = as_caller(a_developer())
    made = (await http.post(URL, json=an_app(), headers=me)).json()
    answer = await http.patch(f"{URL}/{made['id']}", json={"application": change}, headers=me)
    assert 422 == answer.status_code, answer.text
    assert set(answer.json()["fields"]) & {"jwks", "jwks_uri", "token_endpoint_auth_method"}
