import { generateKeyPairSync } from 'node:crypto'
import type { Rules } from './environment.js'

/** Synthetic records for tests: what an import document holds, with fresh numbers where a suite shares a database. */
export const NOW = Date.UTC(2026, 10, 22, 12)
export const localRules: Rules = { environment: 'local', now: NOW }

export const publicJwk = (): Record<string, unknown> => ({
  ...generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'jwk' }),
})

let next = 100_000_000

/** A number that no earlier call gave. */
export const freshOrgnr = (): string => String(next++)

export interface World {
  readonly main: string
  readonly units: readonly [string, string]
  readonly supplier: string
  readonly audience: string
  readonly client: string
}

export function freshWorld(): World {
  const main = freshOrgnr()
  return {
    main,
    units: [freshOrgnr(), freshOrgnr()],
    supplier: freshOrgnr(),
    audience: `test:api-${main}`,
    client: `client-${main}`,
  }
}

/** Any document, for tests that take it apart. */
export interface Draft {
  organisations: Record<string, unknown>[]
  apis: Record<string, unknown>[]
  clients: Record<string, unknown>[]
  delegations: Record<string, unknown>[]
}

/** A municipality with two sub-units, a supplier, an API, a client of each kind and a delegation. */
export function documentOf({ main, units, supplier, audience, client }: World): Draft {
  return {
    organisations: [
      {
        orgnr: main,
        name: 'Granfjelldal kommune',
        synthetic: true,
        member: true,
        subUnits: units.map((orgnr) => ({ orgnr, name: `Unit ${orgnr}` })),
        acceptedTerms: [{ uri: 'urn:test:terms', version: '1' }],
      },
      { orgnr: supplier, name: 'Supplier', synthetic: true, member: true, approvedSupplier: true },
    ],
    apis: [
      {
        audience,
        name: 'Journal',
        owner: main,
        scopes: [`${audience}/read`, `${audience}/write`],
        introspectionClients: [client],
        terms: { uri: 'urn:test:terms', version: '1' },
      },
    ],
    clients: [
      {
        clientId: client,
        clientName: 'Journal system',
        organisation: main,
        tenancy: 'single-tenant',
        childOrganizationNumbers: [...units],
        grantTypes: ['client_credentials'],
        scopes: [`${audience}/read`],
        keys: [{ jwk: publicJwk(), expiresAt: '2030-01-01T00:00:00Z' }],
        audienceClaims: { [audience]: { 'journal-id': '17' } },
      },
      {
        clientId: `${client}-saas`,
        clientName: 'Journal as a service',
        organisation: supplier,
        tenancy: 'multi-tenant',
        grantTypes: ['client_credentials'],
        scopes: [`${audience}/read`],
        keys: [{ jwk: publicJwk() }],
        rateLimit: { perSecond: 5, burst: 10 },
      },
    ],
    delegations: [{ supplier, delegator: main }],
  }
}

/** The nth of a draft's list; a missing one is a mistake of the test. */
export function item(list: Record<string, unknown>[], at = 0): Record<string, unknown> {
  const found = list[at]
  if (!found) throw new Error(`the draft has no item ${at}`)
  return found
}
