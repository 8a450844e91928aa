// oidc-provider with its store in memory: what a token costs where there is no gateway, no database and no audit.
import { generateKeyPairSync } from 'node:crypto'
import Provider from 'oidc-provider'

const [port, clientId, clientSecret] = process.argv.slice(2)
const own = (kind, options) => generateKeyPairSync(kind, options).privateKey.export({ format: 'jwk' })
const resource = {
  scope: 'all',
  audience: 'https://api.example',
  accessTokenTTL: 900,
  accessTokenFormat: 'jwt',
  jwt: { sign: { alg: 'ES256' } },
}
const provider = new Provider(`http://localhost:${port}`, {
  clients: [
    {
      client_id: clientId,
      client_secret: clientSecret,
      grant_types: ['client_credentials'],
      redirect_uris: [],
      response_types: [],
      token_endpoint_auth_method: 'client_secret_post',
    },
  ],
  jwks: { keys: [{ ...own('ec', { namedCurve: 'P-256' }), use: 'sig' }, { ...own('rsa', { modulusLength: 2048 }), use: 'sig' }] },
  scopes: ['openid', 'all'],
  features: {
    devInteractions: { enabled: false },
    clientCredentials: { enabled: true },
    resourceIndicators: {
      enabled: true,
      getResourceServerInfo: () => resource,
      useGrantedResource: () => true,
    },
  },
})
provider.listen(Number(port), '127.0.0.1', () => process.stdout.write('listening\n'))
