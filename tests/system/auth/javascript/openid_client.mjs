// A relying party made with openid-client.
import * as client from 'openid-client'
import { approve, done, expect, given, visit } from './wire.mjs'

const insecure = { execute: [client.allowInsecureRequests] }
const issuer = new URL(given.issuer)
const find = (app, auth) => client.discovery(issuer, app.client_id, undefined, auth, insecure)

const shop = await find(given.app, client.ClientSecretPost(given.app.client_secret))
const open = await find(given.open, client.None())

async function begin(config, more = {}, build = client.buildAuthorizationUrl) {
  const verifier = client.randomPKCECodeVerifier()
  const checks = { pkceCodeVerifier: verifier, expectedState: client.randomState(), expectedNonce: client.randomNonce() }
  const url = await build(config, {
    redirect_uri: given.callback,
    scope: 'openid profile email',
    code_challenge: await client.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    state: checks.expectedState,
    nonce: checks.expectedNonce,
    ...more,
  })
  return { checks, back: await visit(url) }
}

async function enter(config, options, more, build) {
  const { checks, back } = await begin(config, more, build)
  return client.authorizationCodeGrant(config, back, { ...checks, idTokenExpected: true }, undefined, options)
}

const tokens = await enter(shop)
const claims = tokens.claims()
const told = await client.fetchUserInfo(shop, tokens.access_token, claims.sub)
expect(told.email === given.email, 'the address of the person')
await done('code')

const fresh = await client.refreshTokenGrant(shop, tokens.refresh_token)
expect(fresh.refresh_token !== tokens.refresh_token, 'a new refresh token')
await done('refresh')

expect((await client.tokenIntrospection(shop, fresh.access_token)).sub === claims.sub, 'an active token')
await done('introspection')

await client.tokenRevocation(shop, fresh.refresh_token)
expect((await client.tokenIntrospection(shop, fresh.access_token)).active === false, 'a token that is dead')
await done('revocation')

const pushed = await enter(shop, undefined, undefined, client.buildAuthorizationUrlWithPAR)
expect(pushed.claims().sub === claims.sub, 'the same person')
await done('par')

const keys = await client.randomDPoPKeyPair()
const DPoP = client.getDPoPHandle(open, keys)
const bound = await enter(open, { DPoP })
expect(bound.token_type === 'dpop', 'a bound token')
expect((await client.fetchUserInfo(open, bound.access_token, claims.sub, { DPoP })).sub === claims.sub, 'a proof that counts')
await done('dpop')

const waiting = await client.initiateDeviceAuthorization(open, { scope: 'openid email' })
const poll = client.pollDeviceAuthorizationGrant(open, waiting)
await approve(waiting.verification_uri_complete)
expect((await poll).claims().sub === claims.sub, 'the same person on the device')
await done('device')

const machine = await find(given.machine, client.ClientSecretBasic(given.machine.client_secret))
const service = await client.clientCredentialsGrant(machine, { resource: given.resource, scope: 'all' })
expect(service.scope === 'all', 'the scope of the resource')
await done('client_credentials')

const last = await enter(shop)
const state = client.randomState()
const left = await visit(
  client.buildEndSessionUrl(shop, { id_token_hint: last.id_token, post_logout_redirect_uri: given.bye, state }),
)
expect(left.href === `${given.bye}?state=${encodeURIComponent(state)}`, 'the way back to the app')
await done('logout')
process.exit(0)
