// npm oidc-provider as the peer, in its own process: memory adapter, private_key_jwt, DPoP with nonces, at+jwt ES256.
// argv[2] is a JSON file { port, clients: [{ clientId, jwk }] }; it prints "ready" when it listens.
import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import Provider from 'oidc-provider'

const AUDIENCE = 'granfjelldal:journal'
const { port, clients } = JSON.parse(readFileSync(process.argv[2] as string, 'utf8')) as {
  port: number
  clients: { clientId: string; jwk: Record<string, unknown> }[]
}
const signingKey = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' })
const resource = {
  scope: `${AUDIENCE}/read`,
  audience: AUDIENCE,
  accessTokenFormat: 'jwt' as const,
  accessTokenTTL: 600,
  jwt: { sign: { alg: 'ES256' as const } },
}

const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients: clients.map(({ clientId, jwk }) => ({
    client_id: clientId,
    grant_types: ['client_credentials'],
    redirect_uris: [],
    response_types: [],
    token_endpoint_auth_method: 'private_key_jwt',
    token_endpoint_auth_signing_alg: 'ES256',
    id_token_signed_response_alg: 'ES256',
    dpop_bound_access_tokens: true,
    jwks: { keys: [{ ...jwk, alg: 'ES256', use: 'sig' }] },
  })),
  jwks: { keys: [{ ...signingKey, alg: 'ES256', use: 'sig' }] },
  scopes: [`${AUDIENCE}/read`],
  enabledJWA: { clientAuthSigningAlgValues: ['ES256'], dPoPSigningAlgValues: ['ES256'] },
  features: {
    devInteractions: { enabled: false },
    clientCredentials: { enabled: true },
    dPoP: { enabled: true, nonceSecret: randomBytes(32), requireNonce: () => true },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => 'urn:granfjelldal:journal',
      getResourceServerInfo: () => resource,
      useGrantedResource: () => true,
    },
  },
})
provider.on('server_error', (_ctx: unknown, error: Error) => console.error(error))
provider.listen(port, '127.0.0.1', () => console.log('ready'))
