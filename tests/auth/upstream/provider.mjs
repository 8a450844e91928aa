// Providers that people have accounts at, made with oidc-provider: an independent server, with its own login page.
// A person's login, and the provider's sub, is `subject~address~yes`; the last word says whether the provider has verified the address.
import { createPublicKey, generateKeyPairSync } from 'node:crypto'
import { jwtVerify } from 'jose'
import Provider from 'oidc-provider'

const given = JSON.parse(process.argv[2])
const own = (kind, options) => ({ ...generateKeyPairSync(kind, options).privateKey.export({ format: 'jwk' }), use: 'sig' })
const person = (id) => {
  const [sub, email, verified] = id.split('~')
  return { sub, ...(email ? { email, email_verified: verified === 'yes' } : {}) }
}

// As GitHub has it: records instead of ID tokens, told for the very tokens that this server has issued.
const records = async (ctx, next) => {
  if (!ctx.path.startsWith('/api/')) return next()
  const token = await ctx.state.provider.AccessToken.find((ctx.get('authorization').match(/^Bearer (.+)$/) ?? [])[1])
  if (!token) return ctx.throw(401)
  const { sub, email, email_verified: verified } = person(token.accountId)
  if (ctx.path === '/api/nested') return void (ctx.body = { account: { uid: sub, mail: { address: email, proved: verified } } })
  ctx.body = ctx.path === '/api/user' ? { id: Number(sub), login: 'octocat' } : [
    { email: 'old@elsewhere.example', primary: false, verified: true },
    { email, primary: true, verified },
  ]
}

for (const { host, port, client, claimsInUserinfoOnly = false, appleKey } of given) {
  const provider = new Provider(`http://${host}:${port}`, {
    clients: [{ grant_types: ['authorization_code'], response_types: ['code'], ...client }],
    jwks: { keys: [own('rsa', { modulusLength: 2048 })] },
    cookies: { keys: ['a test has no secrets'] },
    scopes: ['openid', 'account_email', 'read:user', 'user:email'],
    claims: { openid: ['sub'], email: ['email', 'email_verified'], account_email: ['email', 'email_verified'] },
    conformIdTokenClaims: claimsInUserinfoOnly,
    pkce: { required: () => true },
    findAccount: (ctx, id) => ({ accountId: id, claims: async () => person(id) }),
  })
  if (appleKey) {
    // Apple's client secret is a JWT; jose verifies it as Apple says it does.
    const key = createPublicKey(appleKey)
    provider.Client.prototype.compareClientSecret = async (secret) => {
      const options = { algorithms: ['ES256'], issuer: 'TEAM', subject: client.client_id, audience: `http://${host}:${port}` }
      const { protectedHeader, payload } = await jwtVerify(secret, key, options)
      return protectedHeader.kid === 'KEY' && payload.exp - payload.iat <= 15777000
    }
  }
  provider.use(async (ctx, next) => { ctx.state.provider = provider; await next() })
  provider.use(records)
  await new Promise((resolve) => provider.listen(port, '127.0.0.1', resolve))
}
process.stdout.write('listening\n')
