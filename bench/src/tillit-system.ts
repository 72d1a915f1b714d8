import { startConstellation, type Constellation } from '@tillit/deploy-local'
import type { System } from './measure.ts'
import type { BenchClient } from './requests.ts'

export const AUDIENCE = 'granfjelldal:journal'
const OWNER = '999977774'

/** The registry for a run: one organisation, one API, these clients, and a rate that no run reaches (the limiter stays on). */
function seed(clients: readonly BenchClient[]): Record<string, unknown[]> {
  return {
    organisations: [
      {
        orgnr: OWNER,
        name: 'Granfjelldal kommune',
        synthetic: true,
        member: true,
        approvedSupplier: false,
        subUnits: [],
        acceptedTerms: [],
      },
    ],
    apis: [
      {
        audience: AUDIENCE,
        name: 'Granfjelldal journal',
        owner: OWNER,
        scopes: [`${AUDIENCE}/read`],
        claims: ['helseid://claims/client/claims/orgnr_parent'],
        signingAlg: 'ES256',
        accessTokenLifetime: 600,
        allowBearer: false,
        introspectionClients: [],
      },
    ],
    clients: clients.map(({ clientId, assertionJwk }) => ({
      clientId,
      clientName: clientId,
      organisation: OWNER,
      tenancy: 'single-tenant',
      childOrganizationNumbers: [],
      grantTypes: ['client_credentials'],
      scopes: [`${AUDIENCE}/read`],
      keys: [{ jwk: assertionJwk }],
      rateLimit: { perSecond: 100_000, burst: 100_000 },
    })),
    delegations: [],
  }
}

export interface TillitSystem extends System {
  readonly constellation: Constellation
}

/** The real constellation, everything switched on; load goes to the token service's own port, without the gateway. */
export async function startTillit(
  clients: readonly BenchClient[],
  options: { tokens?: number; syncAlways: boolean; env?: Record<string, Record<string, string>> },
): Promise<TillitSystem> {
  const constellation = await startConstellation({
    seed: seed(clients) as never,
    syncAlways: options.syncAlways,
    replicas: { token: options.tokens ?? 1 },
    ...(options.env && { env: options.env }),
    gatewayPort: 28_443,
  })
  const pidsOf = (service: string): number[] =>
    constellation.replicas
      .filter((one) => one.service === service)
      .map(({ name }) => constellation.supervisor.pid(name))
  const { issuer } = constellation
  return {
    name: options.syncAlways ? 'Tillit, sync always' : 'Tillit',
    ports: constellation.replicas.flatMap(({ service, url }) =>
      service === 'token' && url !== undefined ? [Number(new URL(url).port)] : [],
    ),
    pids: {
      token: pidsOf('token'),
      'signing-key': pidsOf('signing-key'),
      nats: [constellation.supervisor.pid('nats')],
    },
    target: {
      issuer,
      tokenEndpoint: `${issuer}/connect/token`,
      path: '/connect/token',
      form: { scope: `${AUDIENCE}/read` },
    },
    stop: () => constellation.stop(),
    constellation,
  }
}
