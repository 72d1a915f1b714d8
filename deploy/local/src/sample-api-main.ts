import { LOOPBACK } from './ports.js'
import { sampleApi } from './sample-api.js'

// A process of its own, as an API is: it knows the issuer and its own name, and trusts the local CA through Node.
const { ISSUER = '', AUDIENCE = '', PORT = '' } = process.env
const rules = { issuer: ISSUER, jwksUri: `${ISSUER}/.well-known/openid-configuration/jwks`, audience: AUDIENCE }
const app = sampleApi({ rules, baseUrl: `http://${LOOPBACK}:${PORT}` })
await app.listen({ host: LOOPBACK, port: Number(PORT) })
process.once('SIGTERM', () => void app.close().then(() => process.exit(0)))
