"""The second half: the relying party signs its user in, hears of the end, and proves that a host is its own."""

import asyncio
import base64
import hashlib
import hmac
import json
import secrets
from urllib.parse import parse_qs, urlsplit

import jwt

from tests.system.journey.developer import CALLBACK, Journey


async def authorize(journey: Journey) -> None:
    """Authorization code with PKCE: the consent page names the app, and the code comes to the callback."""
    journey.story.step("Send the user to /oauth/authorize", "They consent; the browser goes back with a code.")
    verifier = secrets.token_urlsafe(48)
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    state, nonce = secrets.token_urlsafe(32), secrets.token_urlsafe(16)
    query = {
        "client_id": journey.app["client_id"],
        "redirect_uri": CALLBACK,
        "response_type": "code",
        "scope": "openid profile email",
        "state": state,
        "nonce": nonce,
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    page = await journey.browser.go(str(journey.http.build_request("GET", "/oauth/authorize", params=query).url))
    assert "Acme Notes" in page.text, page.text[:2000]
    back = await journey.browser.submit("consent", {}, button=("decision", "allow"))
    assert back.headers["location"].startswith(CALLBACK + "?")
    answer = {name: values[0] for name, values in parse_qs(urlsplit(back.headers["location"]).query).items()}
    assert answer["state"] == state
    assert answer["iss"] == journey.issuer
    journey.tokens = {"code": answer["code"], "verifier": verifier, "nonce": nonce}


async def exchange(journey: Journey) -> None:
    """The code and its verifier buy tokens, once."""
    journey.story.step("Exchange the code", "Server to server, with the client's secret and the PKCE verifier.")
    form = {
        "grant_type": "authorization_code",
        "code": journey.tokens["code"],
        "redirect_uri": CALLBACK,
        "code_verifier": journey.tokens["verifier"],
    }
    answer = await journey.http.post("/oauth/token", data=form, auth=journey.as_client)
    assert answer.status_code == 200, answer.text
    journey.tokens |= answer.json()


async def verify_id_token(journey: Journey) -> None:
    """An independent library finds the key by its id and believes the token."""
    journey.story.step("Verify the ID token", "With PyJWT and the published JWKS; nothing of ours is trusted here.")
    discovery = (await journey.http.get("/.well-known/openid-configuration")).json()
    jwks = (await journey.http.get(discovery["jwks_uri"])).json()
    token = journey.tokens["id_token"]
    key = jwt.PyJWKSet.from_dict(jwks)[jwt.get_unverified_header(token)["kid"]]
    journey.claims = jwt.decode(
        token, key.key, algorithms=["RS256"], audience=journey.app["client_id"], issuer=journey.issuer
    )
    assert journey.claims["nonce"] == journey.tokens["nonce"]
    journey.story.tell(f"sub {journey.claims['sub']}, signed RS256 by {jwt.get_unverified_header(token)['kid']}")


async def userinfo(journey: Journey) -> None:
    """The claims of the granted scopes."""
    journey.story.step("Ask who it is", "The access token at /oauth/userinfo.")
    answer = await journey.http.get("/oauth/userinfo", headers=_bearer(journey))
    assert answer.status_code == 200, answer.text
    assert answer.json()["sub"] == journey.claims["sub"]
    assert answer.json()["email"] == journey.email
    assert answer.json()["email_verified"] is True


async def refresh(journey: Journey) -> None:
    """Rotation: new tokens, and the old refresh token is retired."""
    journey.story.step("Refresh", "A new pair; the old refresh token is retired.")
    form = {"grant_type": "refresh_token", "refresh_token": journey.tokens["refresh_token"]}
    answer = await journey.http.post("/oauth/token", data=form, auth=journey.as_client)
    assert answer.status_code == 200, answer.text
    assert answer.json()["refresh_token"] != journey.tokens["refresh_token"]
    journey.tokens |= answer.json()


async def disconnect(journey: Journey) -> None:
    """The user disconnects the app; its tokens are dead at once."""
    journey.story.step("The user disconnects the app", "The grant and every token end in the same transaction.")
    client_id = journey.app["client_id"]
    gone = await journey.http.delete(f"/api/v1/me/connected_apps/{client_id}", headers=journey.with_key)
    assert gone.is_success, gone.text
    refused = await journey.http.get("/oauth/userinfo", headers=_bearer(journey))
    assert refused.status_code == 401


async def hear(journey: Journey) -> None:
    """The webhook arrives and its signature holds, in the older form and in that of Standard Webhooks."""
    journey.story.step("The receiver hears of it", "user.unlinked, signed; the receiver checks both signatures.")
    hook = await journey.world.hook("user.unlinked")
    body = json.loads(hook.body)
    journey.story.tell(f"← POST {journey.world.webhook_url}  {hook.body.decode()[:160]}")
    secret = journey.app["webhook_secret"].encode()
    expected = "sha256=" + hmac.new(secret, hook.body, hashlib.sha256).hexdigest()
    assert hmac.compare_digest(expected, hook.headers["x-logi-signature"])
    key = base64.b64decode(journey.app["webhook_signing_key"]["secret"].removeprefix("whsec_"))
    signed = f"{hook.headers['webhook-id']}.{hook.headers['webhook-timestamp']}.".encode() + hook.body
    wanted = "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    assert hmac.compare_digest(wanted, hook.headers["webhook-signature"])
    assert body["data"]["sub"] == journey.claims["sub"]
    journey.claims["event_id"] = body["event_id"]


async def poll(journey: Journey) -> None:
    """Whoever missed the webhook finds the same event by polling."""
    journey.story.step("Poll for it as well", "With the client's own credentials; the same event, the same id.")
    answer = await journey.http.get("/api/v1/events", auth=journey.as_client)
    assert answer.status_code == 200, answer.text
    assert journey.claims["event_id"] in [event["event_id"] for event in answer.json()["events"]]


async def rotate(journey: Journey) -> None:
    """The old secret is dead when the new one is shown."""
    journey.story.step("Rotate the secret", "The old one gets 401 at once, everywhere.")
    old = journey.as_client
    url = f"/api/v1/applications/{journey.app['id']}/rotate_secret"
    rotated = await journey.http.post(url, headers=journey.with_key)
    assert rotated.status_code == 200, rotated.text
    assert rotated.json()["propagation"] == "complete"
    journey.app["client_secret"] = rotated.json()["client_secret"]
    form = {"grant_type": "refresh_token", "refresh_token": "none"}
    refused = await journey.http.post("/oauth/token", data=form, auth=old)
    assert (refused.status_code, refused.json()["error"]) == (401, "invalid_client")
    known = await journey.http.post("/oauth/token", data=form, auth=journey.as_client)
    assert (known.status_code, known.json()["error"]) == (400, "invalid_grant")


async def prove_host(journey: Journey) -> None:
    """A second redirect URI; its host proves by DNS that it is theirs, and the app carries the stamp."""
    journey.story.step("Prove a host", f"A second callback on {journey.host}; its TXT record is published and checked.")
    uri = f"https://{journey.host}/auth/callback"
    app = f"/api/v1/applications/{journey.app['id']}"
    added = await journey.http.post(f"{app}/redirect_uris", json={"uri": uri}, headers=journey.with_key)
    assert added.status_code == 200, added.text
    listed = (await journey.http.get(f"{app}/redirect_uri_verifications", headers=journey.with_key)).json()
    challenge = next(entry for entry in listed["verifications"] if entry["uri"] == uri)
    journey.world.publish(challenge["challenge_dns_record"], challenge["challenge_dns_value"])
    done = await journey.http.post(f"{app}/verify_redirect_uri", json={"uri": uri}, headers=journey.with_key)
    assert done.status_code == 200, done.text
    assert (done.json()["verified"], done.json()["method"]) == (True, "dns"), done.text
    stamped = (await journey.http.get(app, headers=journey.with_key)).json()
    assert stamped["redirect_uri_metadata"][uri]["status"] == "verified"


async def traced(journey: Journey, traces: str) -> None:
    """One trace tells of the disconnection from the gateway to the webhook."""
    journey.story.step("Look at the trace", "Gateway, services, event and webhook of the disconnection in one picture.")
    wanted = {"gateway", "auth", "delivery"}
    hook = await journey.world.hook("user.unlinked")
    trace_id = hook.headers["traceparent"].split("-")[1]
    async with asyncio.timeout(60):
        while True:
            answer = await journey.http.get(f"{traces}/traces/{trace_id}.json")
            spans = answer.json().get("spans", []) if answer.status_code == 200 else []
            names = {span["name"] for span in spans}
            if wanted <= {span["service"] for span in spans} and {"event.applied", "webhook.post"} <= names:
                break
            await asyncio.sleep(0.2)
    assert any("connected_apps" in span["name"] for span in spans)
    journey.story.tell(
        f"{len(spans)} spans of {len({span['service'] for span in spans})} services: {traces}/traces/{trace_id}"
    )


def _bearer(journey: Journey) -> dict[str, str]:
    return {"authorization": f"Bearer {journey.tokens['access_token']}"}
