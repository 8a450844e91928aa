// A relying party made with oauth4webapi, which leaves each step to its caller and checks each answer strictly.
import * as oauth from 'oauth4webapi'
import { approve, done, expect, given, visit } from './wire.mjs'

const http = { [oauth.allowInsecureRequests]: true }
const issuer = new URL(given.issuer)
const as = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, { ...http, algorithm: 'oauth2' }))
const shop = { client_id: given.app.client_id }
const byShop = oauth.ClientSecretBasic(given.app.client_secret)
const open = { client_id: given.open.client_id }
const machine = { client_id: given.machine.client_id }

async function begin(client) {
  const verifier = oauth.generateRandomCodeVerifier()
  const state = oauth.generateRandomState()
  const nonce = oauth.generateRandomNonce()
  const parameters = new URLSearchParams({
    client_id: client.client_id,
    redirect_uri: given.callback,
    response_type: 'code',
    scope: 'openid profile email',
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    state,
    nonce,
  })
  return { verifier, state, nonce, parameters }
}

async function redeem(client, auth, begun, back, options = {}) {
  const answer = oauth.validateAuthResponse(as, client, back, begun.state)
  const send = () =>
    oauth.authorizationCodeGrantRequest(as, client, auth, answer, given.callback, begun.verifier, { ...http, ...options })
  const read = async (response) =>
    oauth.processAuthorizationCodeResponse(as, client, response, { expectedNonce: begun.nonce, requireIdToken: true })
  try {
    return await read(await send())
  } catch (error) {
    if (!oauth.isDPoPNonceError(error)) throw error
    return read(await send())
  }
}

async function enter(client, auth, options) {
  const begun = await begin(client)
  return redeem(client, auth, begun, await visit(`${as.authorization_endpoint}?${begun.parameters}`), options)
}

const tokens = await enter(shop, byShop)
const { sub } = oauth.getValidatedIdTokenClaims(tokens)
const asked = await oauth.userInfoRequest(as, shop, tokens.access_token, http)
expect((await oauth.processUserInfoResponse(as, shop, sub, asked)).email === given.email, 'the address of the person')
await done('code')

const renewed = await oauth.refreshTokenGrantRequest(as, shop, byShop, tokens.refresh_token, http)
const fresh = await oauth.processRefreshTokenResponse(as, shop, renewed)
expect(fresh.refresh_token !== tokens.refresh_token, 'a new refresh token')
await done('refresh')

async function introspect(token) {
  return oauth.processIntrospectionResponse(as, shop, await oauth.introspectionRequest(as, shop, byShop, token, http))
}
expect((await introspect(fresh.access_token)).sub === sub, 'an active token')
await done('introspection')

await oauth.processRevocationResponse(await oauth.revocationRequest(as, shop, byShop, fresh.refresh_token, http))
expect((await introspect(fresh.access_token)).active === false, 'a token that is dead')
await done('revocation')

const pushing = await begin(shop)
const pushed = await oauth.processPushedAuthorizationResponse(
  as, shop, await oauth.pushedAuthorizationRequest(as, shop, byShop, pushing.parameters, http),
)
const short = new URLSearchParams({ client_id: shop.client_id, request_uri: pushed.request_uri })
await redeem(shop, byShop, pushing, await visit(`${as.authorization_endpoint}?${short}`))
await done('par')

const DPoP = oauth.DPoP(open, await oauth.generateKeyPair('ES256'))
const bound = await enter(open, oauth.None(), { DPoP })
expect(bound.token_type === 'dpop', 'a bound token')
const proven = await oauth.userInfoRequest(as, open, bound.access_token, { ...http, DPoP })
expect((await oauth.processUserInfoResponse(as, open, sub, proven)).sub === sub, 'a proof that counts')
await done('dpop')

const wanted = await oauth.deviceAuthorizationRequest(as, open, oauth.None(), { scope: 'openid email' }, http)
const waiting = await oauth.processDeviceAuthorizationResponse(as, open, wanted)
await approve(waiting.verification_uri_complete)
const polled = await oauth.deviceCodeGrantRequest(as, open, oauth.None(), waiting.device_code, http)
const device = await oauth.processDeviceCodeResponse(as, open, polled)
expect(oauth.getValidatedIdTokenClaims(device).sub === sub, 'the same person on the device')
await done('device')

const byMachine = oauth.ClientSecretPost(given.machine.client_secret)
const service = await oauth.processClientCredentialsResponse(
  as, machine,
  await oauth.clientCredentialsGrantRequest(as, machine, byMachine, { resource: given.resource, scope: 'all' }, http),
)
const call = new Request('https://api.example/', { headers: { authorization: `Bearer ${service.access_token}` } })
const seen = await oauth.validateJwtAccessToken(as, call, given.resource, http)
expect(seen.client_id === machine.client_id, 'a token as RFC 9068 has it')
await done('client_credentials')

const last = await enter(shop, byShop)
const leave = new URLSearchParams({ id_token_hint: last.id_token, post_logout_redirect_uri: given.bye, state: 'gone' })
expect((await visit(`${as.end_session_endpoint}?${leave}`)).href === `${given.bye}?state=gone`, 'the way back to the app')
await done('logout')
process.exit(0)
